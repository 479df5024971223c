"""Who works on a study."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from surveys.models.base import AnySession
from surveys.models.researcher import Membership, Researcher, Role


@dataclass(frozen=True, slots=True)
class Colleague:
    """One researcher and their role in the study."""

    id: int
    name: str
    email: str
    role: Role
    # Whether the account can be signed in to again without a link from a mail.
    settled: bool


def of_study(session: AnySession, study_id: int) -> list[Colleague]:
    """Everybody with a role in a study, leads first, then by name."""
    rows = session.execute(
        select(
            Researcher.id,
            Researcher.name,
            Researcher.email,
            Membership.role,
            Researcher.password.is_not(None).label("settled"),
        )
        .join(Membership, Membership.researcher_id == Researcher.id)
        .where(Membership.study_id == study_id)
    )
    order = list(Role)
    return sorted(
        (Colleague(*row) for row in rows), key=lambda one: (order.index(one.role), one.name)
    )
