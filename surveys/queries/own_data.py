"""All that is held on one expert, for that expert's eyes alone. Beside the roster the one read of names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, and_, cast, or_, select

from surveys.delphi.answer import Answer
from surveys.delphi.expertise import Level
from surveys.items import ASKING, load_kind
from surveys.models.audit import AuditEvent
from surveys.models.base import AnySession, Model
from surveys.models.contact import Contact
from surveys.models.feedback import FeedbackCondition
from surveys.models.invitation import Outbox
from surveys.models.item import Item, ItemRevision
from surveys.models.panel import Channel, Consent, Expert
from surveys.models.response import Comment, Intake, Rating, Response, SelfRating
from surveys.models.round import ItemFeedback, Round, RoundItem
from surveys.models.study import Study, Theme
from surveys.queries import protocols
from surveys.queries.feedback import condition_of, narrowed
from surveys.queries.questionnaire import StudyText, in_language


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an expert is; empty once it was erased."""

    name: str = ""
    email: str = ""
    # Whether to be named among those who took part, and how it is to be written where not as above.
    wants_naming: bool | None = None
    named_as: str = ""
    wish_given_at: datetime | None = None


def identity(session: AnySession, expert_id: int) -> Identity:
    """The expert's own name and address, and the wish about naming."""
    contact = session.scalar(select(Contact).where(Contact.expert_id == expert_id))
    if contact is None:
        return Identity()
    return Identity(
        contact.name,
        contact.email,
        contact.wants_naming,
        contact.named_as,
        contact.wish_given_at,
    )


# What would open something, were it to fall into other hands.
SECRET = {"token_hash"}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of something an expert said, in words; empty where it was taken back."""

    number: int
    said: str
    at: datetime
    stands: bool
    # Where a researcher entered it: how it was given, and when.
    channel: Channel | None = None
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OwnItem:
    """One item with every version of what the expert said of it, oldest first."""

    code: str
    wording: StudyText
    answers: tuple[Version, ...]
    comments: tuple[Version, ...]
    expertise: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class OwnRound:
    """One round that the expert took part in."""

    number: int
    title: StudyText
    started_at: datetime
    submitted_at: datetime | None
    receipt: str
    items: tuple[OwnItem, ...]
    # On themes, by their titles.
    themes: tuple[tuple[StudyText, tuple[Version, ...]], ...]
    feedback_shown_at: datetime | None


def rounds(session: AnySession, study: Study, expert_id: int, language: str) -> list[OwnRound]:
    """What an expert said in every round, the newest round first, each version with its moment."""

    def say(texts: Mapping[str, Any] | None) -> StudyText:
        return in_language(texts, language, study.default_language)

    found = []
    for response, round_, shown_at in session.execute(
        select(Response, Round, FeedbackCondition.first_shown_at)
        .join(Round, Round.id == Response.round_id)
        .outerjoin(
            FeedbackCondition,
            and_(
                FeedbackCondition.round_id == Round.id,
                FeedbackCondition.expert_id == Response.expert_id,
            ),
        )
        .where(Response.expert_id == expert_id)
        .order_by(Round.number.desc())
    ):
        said = _Said(session, response.id, language)
        placed = session.execute(
            select(RoundItem, Item.code, ItemRevision.wording)
            .join(Item, Item.id == RoundItem.item_id)
            .join(ItemRevision, ItemRevision.id == RoundItem.revision_id)
            .where(RoundItem.round_id == round_.id, RoundItem.kind.in_(ASKING))
            .order_by(RoundItem.position)
        )
        themes = session.execute(
            select(Theme.id, Theme.title).where(Theme.study_id == study.id).order_by(Theme.position)
        )
        found.append(
            OwnRound(
                round_.number,
                say(round_.title),
                response.started_at,
                response.submitted_at,
                response.receipt or "",
                tuple(
                    OwnItem(
                        code,
                        say(wording),
                        said.answers(row),
                        tuple(said.comments.get(row.id, ())),
                        tuple(said.of_items.get(row.id, ())),
                    )
                    for row, code, wording in placed
                ),
                tuple(
                    (say(title), tuple(said.of_themes[theme]))
                    for theme, title in themes
                    if theme in said.of_themes
                ),
                shown_at,
            )
        )
    return found


class _Said:
    """Every version of what was said in one response."""

    def __init__(self, session: AnySession, response_id: int, language: str) -> None:
        self.language = language
        self.ratings: dict[int, list[Rating]] = defaultdict(list)
        self.comments: dict[int, list[Version]] = defaultdict(list)
        self.of_items: dict[int, list[Version]] = defaultdict(list)
        self.of_themes: dict[int, list[Version]] = defaultdict(list)
        self.taken = {
            intake.id: (intake.channel, intake.taken_at)
            for intake in session.scalars(
                select(Intake)
                .join(
                    Response,
                    and_(
                        Response.expert_id == Intake.expert_id,
                        Response.round_id == Intake.round_id,
                    ),
                )
                .where(Response.id == response_id)
            )
        }
        for rating in session.scalars(_versions(Rating, response_id)):
            self.ratings[rating.round_item_id].append(rating)
        for comment in session.scalars(_versions(Comment, response_id)):
            self.comments[comment.round_item_id].append(self.version(comment, comment.text))
        for said in session.scalars(_versions(SelfRating, response_id)):
            level = Level(said.level).name_in(language) if said.level else ""
            version = self.version(said, level)
            if said.round_item_id is not None:
                self.of_items[said.round_item_id].append(version)
            elif said.theme_id is not None:
                self.of_themes[said.theme_id].append(version)

    def answers(self, placed: RoundItem) -> tuple[Version, ...]:
        """The versions of an answer in words."""
        kind = load_kind(placed.kind, placed.settings)
        return tuple(
            self.version(
                row, kind.in_words(Answer(row.value, row.detail, row.missing), self.language)
            )
            for row in self.ratings.get(placed.id, ())
        )

    def version(self, row: Rating | Comment | SelfRating, words: str) -> Version:
        """One row in words, with how it came."""
        channel, taken_at = self.taken.get(row.intake_id or 0, (None, None))
        return Version(row.version, words, row.given_at, row.latest, channel, taken_at)


def _versions(kind: Any, response_id: int) -> Any:
    return select(kind).where(kind.response_id == response_id).order_by(kind.version)


def feedback(session: AnySession, study: Study, expert_id: int) -> list[dict[str, Any]]:
    """What the expert was shown of the group in each round, as it was frozen, item by item."""
    found = []
    for round_id, number, opened_at in session.execute(
        select(Round.id, Round.number, Round.opened_at)
        .where(Round.study_id == study.id, Round.opened_at.is_not(None))
        .order_by(Round.number)
    ).all():
        condition = condition_of(session, round_id, expert_id)
        if condition is None or condition.first_shown_at is None or opened_at is None:
            continue
        # An amendment later on shows nothing else of a round that was.
        protocol = protocols.in_force(session, study, opened_at)
        found += [
            {
                "round": number,
                "item": code,
                "first_shown_at": condition.first_shown_at.isoformat(),
                "shown": narrowed(sheet, condition.policy(protocol), condition.group),
            }
            for code, sheet in session.execute(
                select(Item.code, ItemFeedback.sheet)
                .join(RoundItem, RoundItem.id == ItemFeedback.round_item_id)
                .join(Item, Item.id == RoundItem.item_id)
                .where(RoundItem.round_id == round_id)
                .order_by(RoundItem.position)
            )
        ]
    return found


def mails(session: AnySession, expert_id: int) -> list[tuple[Outbox, int]]:
    """The messages that were owed to an expert, with the number of the round each was about."""
    return [
        (message, number)
        for message, number in session.execute(
            select(Outbox, Round.number)
            .join(Round, Round.id == Outbox.round_id)
            .where(Outbox.expert_id == expert_id)
            .order_by(Outbox.id)
        )
    ]


def consents(session: AnySession, expert_id: int) -> list[Consent]:
    """What an expert agreed to, oldest first."""
    return list(
        session.scalars(
            select(Consent).where(Consent.expert_id == expert_id).order_by(Consent.given_at)
        )
    )


def acts(session: AnySession, expert: Expert) -> list[AuditEvent]:
    """The lines of the trail that are of an expert, or about one: alone or among others."""
    found = session.scalars(
        select(AuditEvent)
        .where(
            AuditEvent.study_id == expert.study_id,
            or_(
                AuditEvent.actor == f"expert:{expert.code}",
                AuditEvent.details["expert"].as_string() == expert.code,
                # A list of codes, as of those whose names were looked at, is searched as text.
                cast(AuditEvent.details, String).contains(f'"{expert.code}"'),
            ),
        )
        .order_by(AuditEvent.id)
    )
    return [act for act in found if _is_about(act, expert.code)]


def _is_about(act: AuditEvent, code: str) -> bool:
    among = act.details.get("experts")
    return (
        act.actor == f"expert:{code}"
        or act.details.get("expert") == code
        or (isinstance(among, list) and code in among)
    )


def everything(session: AnySession, expert_id: int) -> dict[str, list[dict[str, Any]]]:
    """Every row that is about an expert, at whatever remove: by table, and whole but for secrets.

    Found by the database's own references and not from a list, so that a table that is added later
    is in it without anybody remembering.
    """
    tables: Sequence[Any] = Model.metadata.sorted_tables
    known: dict[str, list[Any]] = {}
    rows: dict[str, list[dict[str, Any]]] = {}
    for table in tables:
        about = [
            key.parent.in_(known[key.column.table.name])
            for key in table.foreign_keys
            if known.get(key.column.table.name)
        ]
        if table.name == "expert":
            about = [table.c.id == expert_id]
        if not about:
            continue
        found = session.execute(
            select(table).where(or_(*about)).order_by(*table.primary_key)
        ).mappings()
        kept = [
            {name: _plain(value) for name, value in row.items() if name not in SECRET}
            for row in found
        ]
        if kept:
            rows[table.name] = kept
            known[table.name] = [row["id"] for row in kept if "id" in row]
    return rows


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    return value.isoformat() if isinstance(value, datetime) else value
