"""Keep what an expert answers, from the first click on; submit; never lose, never double."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from surveys.delphi.answer import Answer, Missing
from surveys.items import InvalidAnswer, load_kind
from surveys.models.base import AnySession
from surveys.models.panel import Expert
from surveys.models.response import Comment, Rating, Response
from surveys.models.round import Round, RoundItem
from surveys.services import auditing

LONGEST_COMMENT = 4_000
# No letters or digits that are mistaken for one another when a receipt is read aloud.
RECEIPT_SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


class RoundNotOpen(Exception):
    """The round takes no answers now: not launched yet, or closed."""


class NotInRound(Exception):
    """An answer to an item that this round does not ask."""


class AnswersRefused(Exception):
    """Some answers do not fit their items; ``problems`` maps round item to sentence. None was kept."""

    def __init__(self, problems: Mapping[int, str]) -> None:
        super().__init__(f"{len(problems)} answers refused")
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Offer:
    """An answer and a comment as a page sends them, with the versions that page was based on.

    None for ``answer`` or ``comment`` means: this page says nothing about it.
    """

    answer: Answer | None = None
    comment: str | None = None
    seen: int = 0
    comment_seen: int = 0


@dataclass(frozen=True, slots=True)
class Conflict:
    """A newer answer from elsewhere stands; the offered one was not written over it."""

    round_item_id: int
    standing: Answer
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """What a save did: the standing versions of every offered item, and what it refused to overwrite."""

    response_id: int
    versions: Mapping[int, tuple[int, int]]
    conflicts: tuple[Conflict, ...]
    written: int


def keep(
    session: AnySession,
    expert: Expert,
    round_id: int,
    offers: Mapping[int, Offer],
    *,
    language: str,
    at: datetime,
) -> Kept:
    """Append what is new among the offered answers. Saying the same again changes nothing.

    An answer that is newer than the page it comes from (another tab, another device) is not written
    over: it comes back as a conflict, and the person decides.

    Raises RoundNotOpen, NotInRound, or AnswersRefused naming every answer that does not fit.
    """
    round_ = session.get(Round, round_id)
    if round_ is None or round_.study_id != expert.study_id or expert.withdrawn_at is not None:
        raise NotInRound
    if not round_.dates.accepts(at):
        raise RoundNotOpen
    _check(session, round_id, offers)
    response = _response(session, round_id, expert, at)

    ratings = _versions(session, Rating, response.id, offers)
    comments = _versions(session, Comment, response.id, offers)
    new_ratings: list[dict[str, Any]] = []
    new_comments: list[dict[str, Any]] = []
    conflicts = []
    versions = {}
    for round_item_id, offer in offers.items():
        standing, version, conflict = _settle_rating(ratings.get(round_item_id, []), offer)
        comment, comment_version, comment_conflict = _settle_comment(
            comments.get(round_item_id, []), offer
        )
        base = {"response_id": response.id, "round_item_id": round_item_id, "given_at": at}
        if conflict or comment_conflict:
            last = (ratings.get(round_item_id) or comments[round_item_id])[-1]
            conflicts.append(
                Conflict(
                    round_item_id,
                    _answer(ratings[round_item_id][-1])
                    if ratings.get(round_item_id)
                    else Answer.absent(Missing.SKIPPED),
                    comments[round_item_id][-1].text if comments.get(round_item_id) else "",
                    last.given_at,
                )
            )
        if not conflict and standing is not None:
            new_ratings.append(
                {
                    **base,
                    "version": version,
                    "value": standing.value,
                    "detail": standing.detail,
                    "missing": standing.missing,
                    "latest": True,
                }
            )
        if not comment_conflict and comment is not None:
            new_comments.append(
                {
                    **base,
                    "version": comment_version,
                    "text": comment,
                    "language": language,
                    "latest": True,
                    "hidden_reason": "",
                }
            )
        versions[round_item_id] = (version, comment_version)
    _append(session, Rating, response.id, new_ratings)
    _append(session, Comment, response.id, new_comments)
    return Kept(response.id, versions, tuple(conflicts), len(new_ratings) + len(new_comments))


def submit(session: AnySession, expert: Expert, round_id: int, *, at: datetime) -> Response:
    """Note that the expert is done, and give a receipt. A second submission renews the moment.

    Raises RoundNotOpen or NotInRound.
    """
    round_ = session.get(Round, round_id)
    if round_ is None or round_.study_id != expert.study_id or expert.withdrawn_at is not None:
        raise NotInRound
    if not round_.dates.accepts(at):
        raise RoundNotOpen
    response = _response(session, round_id, expert, at)
    response.submitted_at = at
    response.receipt = response.receipt or _receipt()
    auditing.record(
        session,
        study_id=round_.study_id,
        actor=auditing.expert(expert.code),
        act="round submitted",
        at=at,
        round=round_.number,
    )
    return response


def _check(session: AnySession, round_id: int, offers: Mapping[int, Offer]) -> None:
    """Refuse what does not belong to the round or does not fit its item: all of it at once."""
    placed = {
        row.id: row
        for row in session.execute(
            select(RoundItem.id, RoundItem.kind, RoundItem.settings).where(
                RoundItem.round_id == round_id, RoundItem.id.in_(list(offers))
            )
        )
    }
    if len(placed) != len(offers):
        raise NotInRound
    problems = {}
    for round_item_id, offer in offers.items():
        row = placed[round_item_id]
        try:
            if offer.answer is not None:
                load_kind(row.kind, row.settings).check(offer.answer)
            if offer.comment is not None and len(offer.comment) > LONGEST_COMMENT:
                raise InvalidAnswer("This comment is too long to be kept. Please shorten it.")
        except InvalidAnswer as error:
            problems[round_item_id] = str(error)
    if problems:
        raise AnswersRefused(problems)


def _response(session: AnySession, round_id: int, expert: Expert, at: datetime) -> Response:
    """The expert's response in this round, begun now if it is the first sign of life."""
    response = session.scalar(
        select(Response).where(Response.round_id == round_id, Response.expert_id == expert.id)
    )
    if response is None:
        response = Response(round_id=round_id, expert_id=expert.id, started_at=at)
        session.add(response)
        session.flush()
    return response


def _versions(
    session: AnySession, kind: type[Rating] | type[Comment], response_id: int, offers: Any
) -> dict[int, list[Any]]:
    """Every version there is of the offered items, oldest first."""
    columns: Sequence[Any] = (
        (Rating.value, Rating.detail, Rating.missing) if kind is Rating else (Comment.text,)
    )
    versions: dict[int, list[Any]] = {}
    for row in session.execute(
        select(kind.round_item_id, kind.version, kind.given_at, *columns)
        .where(kind.response_id == response_id, kind.round_item_id.in_(list(offers)))
        .order_by(kind.version)
    ):
        versions.setdefault(row.round_item_id, []).append(row)
    return versions


def _answer(row: Any) -> Answer:
    return Answer(row.value, row.detail, row.missing)


def _settle_rating(history: list[Any], offer: Offer) -> tuple[Answer | None, int, bool]:
    """What to append (None for nothing), the version that then stands, and whether it clashes."""
    version = len(history)
    if offer.answer is None:
        return None, version, False
    if not history:
        nothing = offer.answer.missing is Missing.SKIPPED
        return (None, 0, False) if nothing else (offer.answer, 1, False)
    if _same(offer.answer, _answer(history[-1])):
        return None, version, False
    if offer.seen < version:
        seen = _answer(history[offer.seen - 1]) if offer.seen else Answer.absent(Missing.SKIPPED)
        untouched = _same(offer.answer, seen)
        return None, version, not untouched
    return offer.answer, version + 1, False


def _settle_comment(history: list[Any], offer: Offer) -> tuple[str | None, int, bool]:
    """As for ratings."""
    version = len(history)
    if offer.comment is None:
        return None, version, False
    text = offer.comment.replace("\r\n", "\n").replace("\x00", "").strip()
    standing = history[-1].text if history else ""
    if text == standing:
        return None, version, False
    if offer.comment_seen < version:
        seen = history[offer.comment_seen - 1].text if offer.comment_seen else ""
        return None, version, text != seen
    return text, version + 1, False


def _same(one: Answer, other: Answer) -> bool:
    return (one.value, one.detail, one.missing) == (other.value, other.detail, other.missing)


def _append(
    session: AnySession,
    kind: type[Rating] | type[Comment],
    response_id: int,
    rows: list[dict[str, Any]],
) -> None:
    """Let the new versions stand: the ones before stop being the latest, nothing is changed."""
    if not rows:
        return
    later = [row["round_item_id"] for row in rows if row["version"] > 1]
    if later:
        session.execute(
            update(kind)
            .where(kind.response_id == response_id, kind.round_item_id.in_(later), kind.latest)
            .values(latest=False)
            .execution_options(synchronize_session=False)
        )
    session.execute(insert(kind), rows)


def _receipt() -> str:
    """A code an expert can keep: three groups of four signs."""
    groups = ("".join(secrets.choice(RECEIPT_SIGNS) for _ in range(4)) for _ in range(3))
    return "-".join(groups)
