"""The audit trail of a study, newest first."""

from __future__ import annotations

from sqlalchemy import func, select

from surveys.models.audit import AuditEvent
from surveys.models.base import AnySession


def acts(session: AnySession, study_id: int) -> dict[str, int]:
    """Which kinds of act there were, and how many of each."""
    counted = session.execute(
        select(AuditEvent.act, func.count(AuditEvent.id))
        .where(AuditEvent.study_id == study_id)
        .group_by(AuditEvent.act)
    )
    return dict(counted.all())


def events(
    session: AnySession, study_id: int, *, act: str = "", after: int = 0, most: int
) -> list[AuditEvent]:
    """At most so many acts, all kinds or one, leaving out the ``after`` newest."""
    asked = select(AuditEvent).where(AuditEvent.study_id == study_id)
    if act:
        asked = asked.where(AuditEvent.act == act)
    newest_first = asked.order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    return list(session.scalars(newest_first.offset(after).limit(most)))
