"""Keep what an expert answers, from the first click on; submit; never lose, never double."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, select

from surveys.delphi.answer import Answer
from surveys.delphi.round import RoundDates
from surveys.items import InvalidAnswer
from surveys.items.base import N_
from surveys.models.base import AnySession, insert_of
from surveys.models.panel import Expert
from surveys.models.response import Comment, Rating, Response, SelfRating
from surveys.models.round import Round, RoundMode
from surveys.models.study import Study
from surveys.queries import questionnaire
from surveys.queries.questionnaire import AskedRound
from surveys.services import asking, auditing, mailing, releasing, screening
from surveys.services.answer_log import COMMENTS, RATINGS, Log, Version

LONGEST_COMMENT = 4_000
COMMENT_TOO_LONG = N_("This comment is too long to be kept. Please shorten it.")
# No letters or digits that are mistaken for one another when a receipt is read aloud.
RECEIPT_SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
GROUPS_OF_SIGNS, GROUP_OF_SIGNS = 3, 4


# Built once: every save asks it.
_PLACE = (
    select(
        Round.opened_at,
        Round.closes_at,
        Round.closed_at,
        Round.mode,
        Response.id,
        Study.public_id,
    )
    .join(Study, Study.id == Round.study_id)
    .join(Expert, Expert.study_id == Round.study_id)
    .outerjoin(Response, and_(Response.round_id == Round.id, Response.expert_id == Expert.id))
    .where(
        Round.id == bindparam("round"),
        Expert.id == bindparam("expert"),
        Expert.withdrawn_at.is_(None),
    )
)


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
    """A newer answer from elsewhere stands; the offered one was not written over it.

    A rating and its comment clash each for itself: the one of the two that was kept stands here as well.
    """

    round_item_id: int
    standing: Answer
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """What a save did: which versions the page now knows, and what it refused to overwrite.

    standing : what the expert answered in all of the round, by round item. left_out : the items that
        the expert is not asked, now that this stands.
    """

    response_id: int
    versions: Mapping[int, tuple[int, int]]
    conflicts: tuple[Conflict, ...]
    written: int
    standing: Mapping[int, Answer]
    left_out: frozenset[int]


def keep(
    session: AnySession,
    expert_id: int,
    round_id: int,
    offers: Mapping[int, Offer],
    *,
    language: str,
    at: datetime,
    intake_id: int | None = None,
) -> Kept:
    """Append what is new among the offered answers. Saying the same again changes nothing.

    intake_id : where a researcher enters what the expert answered by phone or on paper.

    An answer that is newer than the page it comes from (another tab, another device) is not written
    over: it comes back as a conflict, and the person decides. An answer to an item that the expert is
    not asked is kept as well, and does not count as long as that is so.

    Raises RoundNotOpen, NotInRound, or AnswersRefused naming every answer that does not fit.
    """
    response_id, study, real_time = _open_place(session, expert_id, round_id, at)
    # Read once per process: what a launched round asks never changes.
    asked = questionnaire.launched_round(session, study, round_id, language)
    _check(asked, offers)
    if real_time:
        releasing.take_turns(session, round_id)
    if response_id is None:
        response_id = _begin(session, expert_id, round_id, at)
    _take_turns(session, response_id)

    # All ratings, because they are asked for afterwards; a comment can be long.
    ratings = RATINGS.standing(session, response_id)
    comments = COMMENTS.standing(session, response_id, offers)
    standing = {round_item_id: version.said for round_item_id, version in ratings.items()}
    new_ratings: list[dict[str, Any]] = []
    new_comments: list[dict[str, Any]] = []
    conflicts = []
    versions = {}
    for round_item_id, offer in offers.items():
        rating = ratings.get(round_item_id, RATINGS.nothing)
        comment = comments.get(round_item_id, COMMENTS.nothing)
        place = _Place(session, response_id, round_item_id)
        new_rating, clash, version = _settle(place, RATINGS, rating, offer.answer, offer.seen)
        new_comment, comment_clash, comment_version = _settle(
            place, COMMENTS, comment, _tidy(offer.comment), offer.comment_seen
        )
        if clash or comment_clash:
            moments = [moment for moment in (rating.given_at, comment.given_at) if moment]
            conflicts.append(
                Conflict(
                    round_item_id,
                    rating.said if new_rating is None else new_rating,
                    comment.said if new_comment is None else new_comment,
                    max(moments),
                )
            )
        if new_rating is not None:
            standing[round_item_id] = new_rating
            new_ratings.append(
                {
                    "round_item_id": round_item_id,
                    "version": version,
                    "value": new_rating.value,
                    "detail": new_rating.detail,
                    "missing": new_rating.missing,
                    "given_at": at,
                    "intake_id": intake_id,
                }
            )
        if new_comment is not None:
            new_comments.append(
                {
                    "round_item_id": round_item_id,
                    "version": comment_version,
                    "text": new_comment,
                    "language": language,
                    "given_at": at,
                    "hidden_reason": "",
                    "intake_id": intake_id,
                }
            )
        versions[round_item_id] = (version, comment_version)
    RATINGS.append(session, response_id, new_ratings)
    COMMENTS.append(session, response_id, new_comments)
    left_out = asking.settle(session, response_id, expert_id, asked, standing)
    if real_time:
        if new_comments:
            # Others may read them at once, so they are looked over at once.
            screening.screen(session, session.get_one(Round, round_id), at=at)
        answered = {row["round_item_id"]: row["version"] for row in new_ratings}
        releasing.follow(session, asked, response_id, answered, at=at)
    written = len(new_ratings) + len(new_comments)
    return Kept(response_id, versions, tuple(conflicts), written, standing, left_out)


def submit(
    session: AnySession,
    expert_id: int,
    round_id: int,
    *,
    at: datetime,
    sender_host: str = "",
    actor: str = "",
) -> Response:
    """Note that the expert is done, and give a receipt. A second submission renews the moment.

    sender_host : in which name the receipt is mailed; without one it is not. A submission that
        changed nothing since the one before owes no second mail. actor : who says so for the expert.

    Raises RoundNotOpen or NotInRound.
    """
    response = session.get_one(Response, take_place(session, expert_id, round_id, at))
    round_, expert = session.get_one(Round, round_id), session.get_one(Expert, expert_id)
    news = response.submitted_at is None or changed_since(
        session, response.id, response.submitted_at
    )
    response.submitted_at = at
    response.receipt = response.receipt or _receipt()
    if news and sender_host:
        mailing.acknowledge(session, response, sender_host=sender_host, at=at)
    auditing.record(
        session,
        study_id=round_.study_id,
        actor=actor or auditing.expert(expert.code),
        act="round submitted",
        at=at,
        round=round_.number,
        **({"expert": expert.code} if actor else {}),
    )
    return response


def take_place(session: AnySession, expert_id: int, round_id: int, at: datetime) -> int:
    """The expert's response in a round that takes answers now, begun where it was not; others wait.

    Raises RoundNotOpen or NotInRound.
    """
    response_id, study, _real_time = _open_place(session, expert_id, round_id, at)
    if response_id is None:
        response_id = _begin(session, expert_id, round_id, at)
        language = session.get_one(Expert, expert_id).language
        asked = questionnaire.launched_round(session, study, round_id, language)
        asking.settle(session, response_id, expert_id, asked, {})
    _take_turns(session, response_id)
    return response_id


def _check(asked: AskedRound, offers: Mapping[int, Offer]) -> None:
    """Refuse what does not belong to the round or does not fit its item: all of it at once."""
    if not offers.keys() <= {item.id for item in asked.asking}:
        raise NotInRound
    problems = {}
    for round_item_id, offer in offers.items():
        try:
            if offer.answer is not None:
                asked.by_id[round_item_id].kind.check(offer.answer)
            if offer.comment is not None and len(offer.comment) > LONGEST_COMMENT:
                raise InvalidAnswer(COMMENT_TOO_LONG)
        except InvalidAnswer as error:
            problems[round_item_id] = str(error)
    if problems:
        raise AnswersRefused(problems)


def _open_place(
    session: AnySession, expert_id: int, round_id: int, at: datetime
) -> tuple[int | None, str, bool]:
    """Where the answers of an expert belong, if the round takes them now.

    The response, None if none was begun; the study; whether the round runs in real time.

    Raises NotInRound or RoundNotOpen.
    """
    row = session.execute(_PLACE, {"round": round_id, "expert": expert_id}).first()
    if row is None:
        raise NotInRound
    if not RoundDates(row.opened_at, row.closes_at, row.closed_at).accepts(at):
        raise RoundNotOpen
    return row.id, row.public_id, row.mode is RoundMode.REAL_TIME


def _begin(session: AnySession, expert_id: int, round_id: int, at: datetime) -> int:
    """Note the expert's first sign of life in a round; another of their pages may just have done so."""
    insert_if_new = insert_of(session)(Response).on_conflict_do_nothing()
    row = {"round_id": round_id, "expert_id": expert_id, "started_at": at}
    session.execute(insert_if_new.values(row))
    return session.scalars(
        select(Response.id).where(Response.round_id == round_id, Response.expert_id == expert_id)
    ).one()


def changed_since(session: AnySession, response_id: int, moment: datetime) -> bool:
    """Whether anything was answered or said after a moment."""
    return any(
        session.scalar(
            select(kind.id).where(kind.response_id == response_id, kind.given_at > moment).limit(1)
        )
        for kind in (Rating, Comment, SelfRating)
    )


def _take_turns(session: AnySession, response_id: int) -> None:
    """Let two pages of one expert write one after the other. On SQLite every writer does anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(Response.id).where(Response.id == response_id).with_for_update())


class _Place(NamedTuple):
    """Where versions of one answer are kept."""

    session: AnySession
    response_id: int
    round_item_id: int


def _settle(
    place: _Place, log: Log[Any], standing: Version[Any], offered: Any, seen: int
) -> tuple[Any, bool, int]:
    """What to append, None for nothing; whether it clashes with something newer; what the page then knows."""
    latest = standing.number
    if offered is None:
        return None, False, min(seen, latest)
    if offered == standing.said:
        return None, False, latest
    if seen < latest:
        # The page is older than what stands. Where it only repeats what it was drawn with, it is
        # not told of the newer answer, and must not be taken to know it the next time.
        clash = offered != log.in_version(*place, seen).said
        return None, clash, latest if clash else seen
    return offered, False, latest + 1


def _tidy(comment: str | None) -> str | None:
    """A comment as it is kept: without the line ends of one system and stray blanks."""
    if comment is None:
        return None
    return comment.replace("\r\n", "\n").replace("\x00", "").strip()


def _receipt() -> str:
    """A code an expert can keep: three groups of four signs."""
    return "-".join(
        "".join(secrets.choice(RECEIPT_SIGNS) for _ in range(GROUP_OF_SIGNS))
        for _ in range(GROUPS_OF_SIGNS)
    )
