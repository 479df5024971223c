"""The roster: the only query that joins Contact. Whoever calls it keeps that in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from surveys.models.base import AnySession
from surveys.models.contact import Contact
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.response import Response
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
    wants_naming: bool | None
    named_as: str


def roster(session: AnySession, study: Study) -> list[RosterLine]:
    """Everybody on the panel, by pseudonym."""
    return [
        RosterLine(
            expert.id,
            expert.code,
            group,
            expert.language,
            expert.withdrawn_at is not None,
            contact.name if contact else "",
            contact.email if contact else "",
            contact.wants_naming if contact else None,
            contact.named_as if contact else "",
        )
        for expert, group, contact in session.execute(
            select(Expert, StakeholderGroup.name, Contact)
            .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
            .outerjoin(Contact, Contact.expert_id == Expert.id)
            .where(Expert.study_id == study.id)
            .order_by(Expert.id)
        )
    ]


def to_be_named(session: AnySession, study: Study) -> list[str]:
    """The names of those who wish to be named, in an order that tells nothing of their codes.

    Who answered in no round took no part, and who left the study is thanked by nobody's list.
    """
    took_part = select(Response.id).where(Response.expert_id == Expert.id).exists()
    rows = session.execute(
        select(Contact.name, Contact.named_as)
        .join(Expert, Expert.id == Contact.expert_id)
        .where(
            Expert.study_id == study.id,
            Expert.withdrawn_at.is_(None),
            Contact.wants_naming.is_(True),
            took_part,
        )
    )
    return sorted((named_as or name for name, named_as in rows), key=str.casefold)
