"""Whether an expert wishes to be named among those who took part: kept with the identity, nowhere else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from surveys.models.base import AnySession
from surveys.models.contact import Contact
from surveys.models.panel import Expert
from surveys.services import auditing

LONGEST_NAME = 160


def wish(
    session: AnySession,
    expert: Expert,
    *,
    named: bool,
    written: str | None = None,
    at: datetime,
) -> None:
    """Keep the wish. The trail tells that there is one, and not which: it is about a name.

    written : how the name is to be written; empty for as the researchers have it, None for as before.
    """
    contact = session.scalar(select(Contact).where(Contact.expert_id == expert.id))
    if contact is None:
        return
    written = contact.named_as if written is None else " ".join(written.split())[:LONGEST_NAME]
    if (contact.wants_naming, contact.named_as) == (named, written):
        return
    contact.wants_naming, contact.named_as, contact.wish_given_at = named, written, at
    session.flush()
    auditing.record(
        session,
        study_id=expert.study_id,
        actor=auditing.expert(expert.code),
        act="wish about naming noted",
        at=at,
    )
