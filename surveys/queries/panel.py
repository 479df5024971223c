"""The roster: the only query that joins Contact. Whoever calls it keeps that in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from surveys.models.base import AnySession
from surveys.models.contact import Contact
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.study import Study


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One expert with the name behind the pseudonym; no name once it was erased."""

    expert_id: int
    code: str
    group: dict[str, Any]
    language: str
    withdrawn: bool
    name: str
    email: str


def roster(session: AnySession, study: Study) -> list[RosterLine]:
    """Everybody on the panel, by pseudonym."""
    return [
        RosterLine(
            expert.id,
            expert.code,
            group,
            expert.language,
            expert.withdrawn_at is not None,
            name or "",
            email or "",
        )
        for expert, group, name, email in session.execute(
            select(Expert, StakeholderGroup.name, Contact.name, Contact.email)
            .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
            .outerjoin(Contact, Contact.expert_id == Expert.id)
            .where(Expert.study_id == study.id)
            .order_by(Expert.id)
        )
    ]
