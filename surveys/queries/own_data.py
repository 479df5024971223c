"""All that is held on one expert, for that expert's eyes alone. Beside the roster the one read of names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from surveys.models.base import AnySession
from surveys.models.contact import Contact


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
