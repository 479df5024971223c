"""Remind by plan: what is planned for a round, and owing it when its moment has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from surveys.delphi.reminding import Moment, Reminders
from surveys.delphi.stored import load_as
from surveys.mail.wording import REMINDER
from surveys.models.base import AnySession
from surveys.models.invitation import Outbox
from surveys.models.mail import ReminderPlan
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.services import auditing, mailing

# Between the word and the number of days: a reminder by hand is numbered without it.
BY_PLAN = "d"


@dataclass(frozen=True, slots=True)
class Plan:
    """What holds for a round: its own plan, or the study's."""

    reminders: Reminders
    made_at: datetime
    of_round: bool


def plan_of(session: AnySession, study_id: int, round_: Round | None) -> Plan | None:
    """The plan of a round, else that of its study; without a round, the study's."""
    rows = session.scalars(
        select(ReminderPlan).where(
            ReminderPlan.study_id == study_id,
            ReminderPlan.round_id.is_(None)
            if round_ is None
            else ReminderPlan.round_id.is_(None) | (ReminderPlan.round_id == round_.id),
        )
    ).all()
    own = [row for row in rows if row.round_id is not None]
    row = next(iter(own or rows), None)
    if row is None:
        return None
    return Plan(load_as(Reminders, row.plan), row.made_at, row.round_id is not None)


def set_plan(
    session: AnySession,
    study: Study,
    round_: Round | None,
    reminders: Reminders,
    *,
    actor: str,
    at: datetime,
) -> bool:
    """Plan the reminders of a round, or of every round of the study; whether anything changed."""
    row = _row(session, study.id, round_)
    if row is not None and load_as(Reminders, row.plan) == reminders:
        return False
    if row is None:
        row = ReminderPlan(study_id=study.id, round_id=round_.id if round_ else None)
        session.add(row)
    row.plan, row.made_at = reminders.to_json(), at
    session.flush()
    _note(
        session,
        study,
        round_,
        "reminders planned",
        at,
        actor,
        days=", ".join(map(str, reminders.days)),
    )
    return True


def as_the_study(
    session: AnySession, study: Study, round_: Round, *, actor: str, at: datetime
) -> bool:
    """Let the study's plan hold for a round again; whether it had one of its own."""
    row = _row(session, study.id, round_)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    _note(session, study, round_, "reminders as the study", at, actor)
    return True


def planned(session: AnySession, round_: Round, at: datetime) -> Sequence[Moment]:
    """The reminders that are still to come in an open round."""
    plan = plan_of(session, round_.study_id, round_)
    if plan is None or round_.opened_at is None or not round_.dates.accepts(at):
        return ()
    sent = _sent(session, round_)
    return [
        moment
        for moment in plan.reminders.moments(round_.opened_at, round_.closes_at, since=plan.made_at)
        if moment.at > at and moment.days not in sent
    ]


def due(session: AnySession, at: datetime) -> list[tuple[int, int]]:
    """Rounds whose next reminder is to go out now, with its days before the end."""
    found = []
    for round_ in session.scalars(
        select(Round).where(
            Round.opened_at.is_not(None), Round.closed_at.is_(None), Round.closes_at > at
        )
    ):
        plan = plan_of(session, round_.study_id, round_)
        if plan is None or round_.opened_at is None:
            continue
        moment = plan.reminders.due(
            round_.opened_at,
            round_.closes_at,
            sent=_sent(session, round_),
            since=plan.made_at,
            at=at,
        )
        if moment is not None and mailing.unfinished(session, round_):
            found.append((round_.id, moment.days))
    return found


def remind_by_plan(session: AnySession, *, sender_host: str, at: datetime) -> int:
    """Owe every reminder whose moment has come to those who have not finished; how many.

    One that was owed to anybody is over: who is invited later waits for the next.
    """
    owed = 0
    for round_id, days in due(session, at):
        round_ = session.get_one(Round, round_id)
        experts = mailing.unfinished(session, round_)
        added = mailing.owe(
            session,
            experts,
            round_,
            f"{REMINDER}:{BY_PLAN}{days}",
            sender_host=sender_host,
            at=at,
        )
        auditing.record(
            session,
            study_id=round_.study_id,
            actor=auditing.SYSTEM,
            act="reminder queued",
            at=at,
            round=round_.number,
            days=days,
            experts=added,
        )
        owed += added
    return owed


def decent_hours(session: AnySession, outbox_id: int) -> Callable[[datetime], datetime] | None:
    """What holds a planned reminder back that has to be tried again at night; None for others."""
    owed = session.get_one(Outbox, outbox_id)
    if not owed.act.startswith(f"{REMINDER}:{BY_PLAN}"):
        return None
    round_ = session.get_one(Round, owed.round_id)
    plan = plan_of(session, round_.study_id, round_)
    return plan.reminders.not_before if plan else None


def _row(session: AnySession, study_id: int, round_: Round | None) -> ReminderPlan | None:
    whose = (
        ReminderPlan.round_id.is_(None) if round_ is None else ReminderPlan.round_id == round_.id
    )
    return session.scalar(select(ReminderPlan).where(ReminderPlan.study_id == study_id, whose))


def _sent(session: AnySession, round_: Round) -> list[int]:
    """The days of the planned reminders that were owed already."""
    begin = f"{REMINDER}:{BY_PLAN}"
    return [
        int(act.removeprefix(begin))
        for act in session.scalars(
            select(Outbox.act)
            .where(Outbox.round_id == round_.id, Outbox.act.startswith(begin))
            .distinct()
        )
    ]


def _note(
    session: AnySession,
    study: Study,
    round_: Round | None,
    act: str,
    at: datetime,
    actor: str,
    **details: object,
) -> None:
    named = {"round": round_.number} if round_ else {}
    auditing.record(session, study_id=study.id, actor=actor, act=act, at=at, **named, **details)
