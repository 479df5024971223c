"""Check the code on a receipt: whether it is genuine, and what arrived with it. Never whose it is by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from surveys.models.base import AnySession
from surveys.models.panel import EarlierAnswers, Expert
from surveys.models.response import Response
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.queries import questionnaire
from surveys.services import auditing, responding
from surveys.services.responding import GROUP_OF_SIGNS, GROUPS_OF_SIGNS, RECEIPT_SIGNS


@dataclass(frozen=True, slots=True)
class Genuine:
    """A submission that a receipt belongs to."""

    code: str
    expert: str
    round_number: int
    submitted_at: datetime
    # Of the questions of the round, as they stand now.
    answered: int
    total: int
    # Whether something was answered or said after the submission.
    changed_since: bool
    erased: bool


def as_written(typed: str) -> str:
    """A code as receipts have it, however it was typed: in small letters, with or without dashes."""
    signs = "".join(sign for sign in typed.upper() if sign.isalnum())
    groups = range(0, len(signs), GROUP_OF_SIGNS)
    return "-".join(signs[start : start + GROUP_OF_SIGNS] for start in groups)


def is_code(code: str) -> bool:
    """Whether a code could be one of ours; anything else may be a text that belongs in no trail."""
    groups = code.split("-")
    return len(groups) == GROUPS_OF_SIGNS and all(
        len(group) == GROUP_OF_SIGNS and set(group) <= set(RECEIPT_SIGNS) for group in groups
    )


def check(
    session: AnySession, study: Study, typed: str, *, actor: str, at: datetime
) -> Genuine | None:
    """What a code stands for in this study, None for nothing; that somebody asked is kept."""
    code = as_written(typed)
    found = _submission(session, study, code) if is_code(code) else None
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="receipt checked",
        at=at,
        found="yes" if found else "no",
        **({"expert": found.expert, "round": found.round_number} if found else {}),
    )
    return found


def _submission(session: AnySession, study: Study, code: str) -> Genuine | None:
    row = session.execute(
        select(Response, Round, Expert)
        .join(Round, Round.id == Response.round_id)
        .join(Expert, Expert.id == Response.expert_id)
        .where(Round.study_id == study.id, Response.receipt == code)
    ).first()
    if row is None or row.Response.submitted_at is None:
        return None
    response, round_, expert = row
    submitted_at = row.Response.submitted_at
    asked = questionnaire.launched_round(
        session, study.public_id, round_.id, study.default_language
    )
    own = questionnaire.own_answers(session, expert.id, asked)
    return Genuine(
        code=code,
        expert=expert.code,
        round_number=round_.number,
        submitted_at=submitted_at,
        answered=own.answered(asked),
        total=len(asked.asking),
        changed_since=responding.changed_since(session, response.id, submitted_at),
        erased=expert.earlier_answers is EarlierAnswers.ERASE,
    )
