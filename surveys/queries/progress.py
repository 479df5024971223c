"""How a round is going: invited, begun, submitted, by group and over time; and whom it waits for.

People stand here by pseudonym. Names are out of reach.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from surveys.models.base import AnySession
from surveys.models.invitation import MailState, Outbox
from surveys.models.panel import EarlierAnswers, Expert, StakeholderGroup
from surveys.models.response import Comment, Rating, Response, is_asked
from surveys.models.round import Round


@dataclass(frozen=True, slots=True)
class GroupProgress:
    """One stakeholder group, or the whole panel, in one round."""

    code: str
    name: dict[str, str]
    invited: int
    # Of the invitations: what the mail server took, and what it refused for good.
    accepted: int
    refused: int
    begun: int
    submitted: int
    withdrawn: int

    @property
    def partial(self) -> int:
        """Experts who began and have not submitted."""
        return self.begun - self.submitted


@dataclass(frozen=True, slots=True)
class MailProgress:
    """What became of a round's messages."""

    waiting: int
    sent: int
    refused: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoundProgress:
    """A round's progress for its monitor."""

    panel: GroupProgress
    groups: tuple[GroupProgress, ...]
    mail: MailProgress
    answers: int


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Experts who were invited to a round, are still in the study and have not submitted."""

    begun: int
    not_begun: int

    @property
    def all(self) -> int:
        """Every one of them."""
        return self.begun + self.not_begun


@dataclass(frozen=True, slots=True)
class Day:
    """How many began and how many submitted until the end of a day, and on it."""

    day: date
    begun: int
    submitted: int
    begun_so_far: int
    submitted_so_far: int


@dataclass(frozen=True, slots=True)
class Person:
    """One expert by pseudonym, as far as a round goes."""

    code: str
    group_name: dict[str, str]
    language: str
    begun: bool
    submitted: bool


@dataclass(frozen=True, slots=True)
class Awaited:
    """An expert who was invited and has not submitted."""

    code: str
    group_name: dict[str, str]
    language: str
    begun: bool
    last_save: datetime | None
    # Messages of the round that the mail server took, invitation and all.
    mails: int
    # Whether it refused one for good.
    refused: bool


def days(
    session: AnySession, round_: Round, local: Callable[[datetime], datetime], until: datetime
) -> list[Day]:
    """When experts began and submitted, day by day from the launch to its end or to now.

    local : a moment in the time zone whose days are counted.
    """
    if round_.opened_at is None:
        return []
    moments = session.execute(
        select(Response.started_at, Response.submitted_at)
        .join(Expert, Expert.id == Response.expert_id)
        .where(Response.round_id == round_.id, _stands())
    ).all()
    begun = Counter(local(row.started_at).date() for row in moments)
    submitted = Counter(local(row.submitted_at).date() for row in moments if row.submitted_at)
    first = local(round_.opened_at).date()
    last = max(local(until).date(), first)
    found, began, done = [], 0, 0
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        began += begun[day]
        done += submitted[day]
        found.append(Day(day, begun[day], submitted[day], began, done))
    return found


def people(session: AnySession, round_: Round) -> list[Person]:
    """Everyone on the panel, in the order of their codes, and how far they are with a round."""
    return [
        Person(code, name, language, begun is not None, submitted is not None)
        for code, name, language, begun, submitted in session.execute(
            select(
                Expert.code,
                StakeholderGroup.name,
                Expert.language,
                Response.id,
                Response.submitted_at,
            )
            .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
            .outerjoin(
                Response, and_(Response.expert_id == Expert.id, Response.round_id == round_.id)
            )
            .where(Expert.study_id == round_.study_id, Expert.withdrawn_at.is_(None))
            .order_by(Expert.id)
        )
    ]


def awaited(
    session: AnySession, round_: Round, *, begun: bool | None = None, after: int = 0, most: int = 50
) -> list[Awaited]:
    """Whom a round waits for, in the order of their codes; of those who have begun or have not, at will."""
    rows = session.execute(
        _waiting_for(
            round_,
            Expert.id,
            Expert.code,
            StakeholderGroup.name,
            Expert.language,
            Response.id.label("response_id"),
        )
        .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
        .where(*_begun_or_not(begun))
        .order_by(Expert.id)
        .offset(after)
        .limit(most)
    ).all()
    saves = _last_saves(session, [row.response_id for row in rows if row.response_id])
    mails: dict[int, Counter[MailState]] = {row.id: Counter() for row in rows}
    for expert_id, state, count in session.execute(
        select(Outbox.expert_id, Outbox.state, func.count(Outbox.id))
        .where(Outbox.round_id == round_.id, Outbox.expert_id.in_(mails))
        .group_by(Outbox.expert_id, Outbox.state)
    ):
        mails[expert_id][state] = count
    return [
        Awaited(
            row.code,
            row.name,
            row.language,
            row.response_id is not None,
            saves.get(row.response_id),
            mails[row.id][MailState.SENT],
            bool(mails[row.id][MailState.REFUSED]),
        )
        for row in rows
    ]


def _last_saves(session: AnySession, responses: list[int]) -> dict[int, datetime]:
    """When anything was last kept in these responses; begun and nothing kept has no moment."""
    latest: dict[int, datetime] = {}
    for kind in (Rating, Comment):
        for response_id, moment in session.execute(
            select(kind.response_id, func.max(kind.given_at))
            .where(kind.response_id.in_(responses), kind.latest)
            .group_by(kind.response_id)
        ):
            latest[response_id] = max(moment, latest.get(response_id, moment))
    return latest


def _begun_or_not(begun: bool | None) -> tuple[Any, ...]:
    if begun is None:
        return ()
    return (Response.id.is_not(None) if begun else Response.id.is_(None),)


def _waiting_for(round_: Round, *columns: Any) -> Select[Any]:
    """Experts who were invited to a round, are still in the study and have not submitted."""
    return (
        select(*columns)
        .select_from(Expert)
        .join(
            Outbox,
            and_(
                Outbox.expert_id == Expert.id,
                Outbox.round_id == round_.id,
                Outbox.act == "invitation",
            ),
        )
        .outerjoin(Response, and_(Response.expert_id == Expert.id, Response.round_id == round_.id))
        .where(Expert.withdrawn_at.is_(None), Response.submitted_at.is_(None))
    )


def _stands() -> Any:
    """Who had the answers erased took part in nothing that is left."""
    return or_(Expert.earlier_answers.is_(None), Expert.earlier_answers == EarlierAnswers.KEEP)


def unfinished(session: AnySession, round_: Round) -> Unfinished:
    """How many experts a round still waits for, and how many of them have begun."""
    experts, begun = session.execute(
        _waiting_for(round_, func.count(Expert.id), func.count(Response.id))
    ).one()
    return Unfinished(begun, experts - begun)


def of_round(session: AnySession, round_: Round) -> RoundProgress:
    """Count who was invited, who has begun and who submitted."""
    rows = session.execute(
        select(
            StakeholderGroup.code,
            StakeholderGroup.name,
            func.count(func.distinct(Outbox.expert_id)),
            func.count(func.distinct(Outbox.expert_id)).filter(Outbox.state == MailState.SENT),
            func.count(func.distinct(Outbox.expert_id)).filter(Outbox.state == MailState.REFUSED),
            func.count(func.distinct(Response.id)),
            func.count(func.distinct(Response.id)).filter(Response.submitted_at.is_not(None)),
            func.count(func.distinct(Expert.id)).filter(Expert.withdrawn_at.is_not(None)),
        )
        .join(Expert, Expert.group_id == StakeholderGroup.id)
        .outerjoin(
            Outbox,
            and_(
                Outbox.expert_id == Expert.id,
                Outbox.round_id == round_.id,
                Outbox.act == "invitation",
            ),
        )
        .outerjoin(
            Response,
            and_(
                Response.expert_id == Expert.id,
                Response.round_id == round_.id,
                _stands(),
            ),
        )
        .where(StakeholderGroup.study_id == round_.study_id)
        .group_by(StakeholderGroup.id)
        .order_by(StakeholderGroup.position)
    ).all()
    groups = tuple(GroupProgress(*row) for row in rows)
    panel = GroupProgress(
        "panel",
        {},
        sum(group.invited for group in groups),
        sum(group.accepted for group in groups),
        sum(group.refused for group in groups),
        sum(group.begun for group in groups),
        sum(group.submitted for group in groups),
        sum(group.withdrawn for group in groups),
    )
    answers = session.scalar(
        select(func.count(Rating.id))
        .join(Response, Response.id == Rating.response_id)
        .where(Response.round_id == round_.id, Rating.latest, is_asked(Rating))
    )
    return RoundProgress(panel, groups, _mail(session, round_), answers or 0)


def _mail(session: AnySession, round_: Round) -> MailProgress:
    states = dict(
        session.execute(
            select(Outbox.state, func.count(Outbox.id))
            .where(Outbox.round_id == round_.id)
            .group_by(Outbox.state)
        ).all()
    )
    problems = session.scalars(
        select(Outbox.problem)
        .where(
            Outbox.round_id == round_.id,
            Outbox.problem != "",
            # Of a message that was stopped it holds our reason, and no server's words.
            Outbox.state != MailState.STOPPED,
        )
        .distinct()
        .limit(5)
    )
    return MailProgress(
        waiting=states.get(MailState.QUEUED, 0) + states.get(MailState.SENDING, 0),
        sent=states.get(MailState.SENT, 0),
        refused=states.get(MailState.REFUSED, 0),
        problems=tuple(problems),
    )
