"""Enter what an expert answered by phone or on paper: under the same rules as the expert's own page.

Every version so entered says how it came, when the expert gave it and who entered it. The expert sees
this among their data, and every export carries it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from surveys.items.base import N_
from surveys.models.base import AnySession, insert_of
from surveys.models.panel import Channel, Expert
from surveys.models.response import Intake, Response
from surveys.models.round import Round
from surveys.queries.questionnaire import AskedRound
from surveys.services import auditing, responding, self_rating
from surveys.services.problems import Problem, Refused

# By so much a clock may be ahead of ours.
A_MOMENT = timedelta(minutes=5)


class NotTaken(Refused):
    """Answers cannot have been taken when it was said."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """How and when an expert answered, and who enters it."""

    channel: Channel
    taken_at: datetime
    researcher: str


@dataclass(frozen=True, slots=True)
class Entered:
    """What was kept of the answers, and of how well the expert says to know things."""

    answers: responding.Kept | None
    levels: self_rating.Kept


def look_over(round_: Round, taken_at: datetime, at: datetime) -> None:
    """Refuse a moment that lies ahead, or before the day on which the round was launched.

    Raises NotTaken.
    """
    if taken_at > at + A_MOMENT:
        raise NotTaken([Problem(N_("Answers cannot have been taken in the future."))])
    if round_.opened_at is None or taken_at < round_.opened_at - timedelta(days=1):
        raise NotTaken(
            [Problem(N_("Answers cannot have been taken before the round was launched."))]
        )


def keep(
    session: AnySession,
    expert: Expert,
    asked: AskedRound,
    offers: Mapping[int, responding.Offer],
    levels: Mapping[str, self_rating.Offer],
    *,
    sitting: Sitting,
    language: str,
    at: datetime,
) -> Entered:
    """Keep what a researcher enters for an expert. What the expert answered meanwhile is not written over.

    Raises NotTaken, RoundNotOpen, NotInRound or AnswersRefused.
    """
    round_ = session.get_one(Round, asked.id)
    look_over(round_, sitting.taken_at, at)
    intake_id = _intake(session, expert, round_, sitting, at)
    kept, known = None, self_rating.Kept()
    written = 0
    if offers:
        kept = responding.keep(
            session, expert.id, round_.id, offers, language=language, at=at, intake_id=intake_id
        )
        written = kept.written
    if levels:
        known = self_rating.keep(session, expert.id, asked, levels, at=at, intake_id=intake_id)
    if written:
        auditing.record(
            session,
            study_id=round_.study_id,
            actor=sitting.researcher,
            act="answers entered",
            at=at,
            round=round_.number,
            expert=expert.code,
            channel=sitting.channel.value,
            taken_at=sitting.taken_at.isoformat(),
            answers=written,
        )
    return Entered(kept, known)


def submit(
    session: AnySession,
    expert: Expert,
    round_: Round,
    *,
    sitting: Sitting,
    sender_host: str,
    at: datetime,
) -> Response:
    """Note that the expert said to be done. The receipt goes to the expert as always.

    Raises RoundNotOpen or NotInRound.
    """
    return responding.submit(
        session,
        expert.id,
        round_.id,
        at=at,
        sender_host=sender_host,
        actor=sitting.researcher,
    )


def _intake(
    session: AnySession, expert: Expert, round_: Round, sitting: Sitting, at: datetime
) -> int:
    """The row of a sitting; saving twice in one makes no second."""
    known = {
        "round_id": round_.id,
        "expert_id": expert.id,
        "researcher": sitting.researcher,
        "channel": sitting.channel,
        "taken_at": sitting.taken_at,
    }
    insert_if_new = insert_of(session)(Intake).on_conflict_do_nothing()
    session.execute(insert_if_new.values({**known, "created_at": at}))
    return session.scalars(select(Intake.id).filter_by(**known)).one()
