"""Close a round, extend it, reopen it with a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from surveys.delphi.round import Permission
from surveys.models.base import AnySession
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.services import analysing, asking, auditing, screening


class NotDone(Exception):
    """The round is not in a state that allows this; ``permission`` knows every obstacle."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission.sentence("en"))
        self.permission = permission


def close(
    session: AnySession,
    study: Study,
    round_: Round,
    *,
    actor: str,
    at: datetime,
    reason: str | None = None,
) -> None:
    """Close the round, evaluate it, and look over its comments. Raises NotDone.

    reason : what a person says who closes it before its announced end.
    """
    permission = round_.dates.may_close(at, reason=reason)
    if not permission:
        raise NotDone(permission)
    # A round whose announced end has passed took no answer after it, whenever this runs.
    ended = round_.closes_at if round_.closes_at and round_.closes_at < at else at
    early = round_.dates.closes_early(at)
    round_.closed_at = ended
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="round closed",
        at=at,
        round=round_.number,
        **({"reason": (reason or "").strip()} if early and reason else {}),
    )
    asking.settle_round(session, study, round_)
    analysing.evaluate(session, study, round_, at=at)
    screening.screen(session, round_, at=at)


def close_due(session: AnySession, at: datetime) -> list[int]:
    """Close every round whose announced end has passed; return their ids."""
    closed = []
    for round_ in session.scalars(
        select(Round).where(Round.opened_at.is_not(None), Round.closed_at.is_(None))
    ).all():
        if round_.dates.due(at):
            study = session.get_one(Study, round_.study_id)
            close(session, study, round_, actor=auditing.SYSTEM, at=at)
            closed.append(round_.id)
    return closed


def extend(
    session: AnySession,
    study: Study,
    round_: Round,
    *,
    until: datetime,
    actor: str,
    at: datetime,
    reason: str = "",
) -> None:
    """Move the announced end of an open round; a reason is kept where one is given. Raises NotDone."""
    permission = round_.dates.may_extend(at, until=until)
    if not permission:
        raise NotDone(permission)
    round_.closes_at = until
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="round extended",
        at=at,
        round=round_.number,
        until=until.isoformat(),
        **({"reason": reason.strip()} if reason.strip() else {}),
    )


def reopen(
    session: AnySession,
    study: Study,
    round_: Round,
    *,
    until: datetime | None,
    reason: str,
    actor: str,
    at: datetime,
) -> None:
    """Let a closed round take answers again, unless a later one was launched. Raises NotDone."""
    later = session.scalar(
        select(func.count(Round.id)).where(
            Round.study_id == study.id,
            Round.number > round_.number,
            Round.opened_at.is_not(None),
        )
    )
    permission = round_.dates.may_reopen(at, until=until, reason=reason, later_launched=bool(later))
    if not permission:
        raise NotDone(permission)
    round_.closed_at = None
    round_.closes_at = until
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="round reopened",
        at=at,
        round=round_.number,
        reason=reason.strip(),
    )
