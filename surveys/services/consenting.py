"""Keep an expert's consent, with the wording that was agreed to."""

from __future__ import annotations

from datetime import datetime

from surveys.models.base import AnySession, insert_of
from surveys.models.panel import Consent, Expert
from surveys.services import auditing


def agree(
    session: AnySession,
    expert: Expert,
    *,
    version: str,
    language: str,
    text: str,
    at: datetime,
) -> None:
    """Keep that the expert consented to this wording, now. A second click changes nothing."""
    insert_if_new = insert_of(session)(Consent).on_conflict_do_nothing().returning(Consent.id)
    row = {"expert_id": expert.id, "version": version, "language": language, "text": text}
    if session.execute(insert_if_new.values({**row, "given_at": at})).first():
        auditing.record(
            session,
            study_id=expert.study_id,
            actor=auditing.expert(expert.code),
            act="consent given",
            at=at,
            version=version,
            language=language,
        )
