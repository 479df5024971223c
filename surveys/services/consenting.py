"""Keep an expert's consent, with the wording that was agreed to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from surveys.models.base import AnySession
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
    known = session.scalar(
        select(Consent.id).where(Consent.expert_id == expert.id, Consent.version == version)
    )
    if known is None:
        session.add(
            Consent(expert_id=expert.id, version=version, language=language, text=text, given_at=at)
        )
        session.flush()
        auditing.record(
            session,
            study_id=expert.study_id,
            actor=auditing.expert(expert.code),
            act="consent given",
            at=at,
            version=version,
            language=language,
        )
