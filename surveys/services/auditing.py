"""Keep the trail: who did what, when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from surveys.models.audit import AuditEvent
from surveys.models.base import AnySession

SYSTEM = "system"


def record(
    session: AnySession,
    *,
    study_id: int | None,
    actor: str,
    act: str,
    at: datetime,
    **details: Any,
) -> None:
    """Write one event. ``details`` hold codes and numbers, never a name, an address or an answer."""
    session.add(AuditEvent(study_id=study_id, at=at, actor=actor, act=act, details=details))
    session.flush()


def researcher(researcher_id: int) -> str:
    """How the trail names a researcher."""
    return f"researcher:{researcher_id}"


def expert(code: str) -> str:
    """How the trail names an expert."""
    return f"expert:{code}"
