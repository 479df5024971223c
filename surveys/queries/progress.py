"""How a round is going: invited, begun, submitted, by group. Counts only."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select

from surveys.models.base import AnySession
from surveys.models.invitation import MailState, Outbox
from surveys.models.panel import EarlierAnswers, Expert, StakeholderGroup
from surveys.models.response import Rating, Response, is_asked
from surveys.models.round import Round


@dataclass(frozen=True, slots=True)
class GroupProgress:
    """One stakeholder group, or the whole panel, in one round."""

    code: str
    name: dict[str, str]
    invited: int
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


def unfinished(session: AnySession, round_: Round) -> Unfinished:
    """How many experts a round still waits for, and how many of them have begun."""
    experts, begun = session.execute(
        select(func.count(Expert.id), func.count(Response.id))
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
    ).one()
    return Unfinished(begun, experts - begun)


def of_round(session: AnySession, round_: Round) -> RoundProgress:
    """Count who was invited, who has begun and who submitted."""
    rows = session.execute(
        select(
            StakeholderGroup.code,
            StakeholderGroup.name,
            func.count(func.distinct(Outbox.expert_id)),
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
                # Who had the answers erased took part in nothing that is left.
                or_(
                    Expert.earlier_answers.is_(None),
                    Expert.earlier_answers == EarlierAnswers.KEEP,
                ),
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
        .where(Outbox.round_id == round_.id, Outbox.problem != "")
        .distinct()
        .limit(5)
    )
    return MailProgress(
        waiting=states.get(MailState.QUEUED, 0) + states.get(MailState.SENDING, 0),
        sent=states.get(MailState.SENT, 0),
        refused=states.get(MailState.REFUSED, 0),
        problems=tuple(problems),
    )
