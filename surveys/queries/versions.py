"""Every version of every answer of a study by pseudonym, with what its author had seen of the group."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select

from surveys.delphi.answer import Answer
from surveys.models.base import AnySession
from surveys.models.live import FigureRelease, FirstAnswer, ReleaseShown
from surveys.models.panel import Channel, Expert
from surveys.models.response import Intake, Rating, Response
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.queries.ratings import stands


@dataclass(frozen=True, slots=True)
class AnswerVersion:
    """One version of one expert's answer to one item."""

    expert_id: int
    round_item_id: int
    number: int
    answer: Answer
    given_at: datetime
    real_time: bool
    # Whether it is the answer that opened the item in a round in real time.
    first: bool
    # The newest figures of this item that had been on the expert's screen by then; 0 for none.
    figures: int
    # How it came where a researcher entered it; nothing where the expert did.
    channel: Channel | None = None


def of_study(session: AnySession, study: Study) -> list[AnswerVersion]:
    """All versions in the order in which they were given, without those that were erased."""
    looks: dict[tuple[int, int], list[tuple[datetime, int]]] = defaultdict(list)
    for expert_id, place, shown_at, number in session.execute(
        select(
            ReleaseShown.expert_id,
            FigureRelease.round_item_id,
            ReleaseShown.shown_at,
            FigureRelease.number,
        )
        .join(FigureRelease, FigureRelease.id == ReleaseShown.release_id)
        .join(Expert, Expert.id == ReleaseShown.expert_id)
        .where(Expert.study_id == study.id)
    ):
        looks[expert_id, place].append((shown_at, number))

    def figures(expert_id: int, place: int, moment: datetime) -> int:
        seen = looks.get((expert_id, place), ())
        return max((number for shown_at, number in seen if shown_at <= moment), default=0)

    rows = session.execute(
        select(
            Response.expert_id,
            Rating.round_item_id,
            Rating.version,
            Rating.value,
            Rating.detail,
            Rating.missing,
            Rating.given_at,
            Round,
            FirstAnswer.id,
            Intake.channel,
        )
        .join(Response, Response.id == Rating.response_id)
        .join(Round, Round.id == Response.round_id)
        .join(Expert, Expert.id == Response.expert_id)
        .outerjoin(FirstAnswer, and_(FirstAnswer.rating_id == Rating.id))
        .outerjoin(Intake, Intake.id == Rating.intake_id)
        .where(Expert.study_id == study.id, stands(only_submitted=False))
        .order_by(Rating.id)
    )
    return [
        AnswerVersion(
            expert_id,
            place,
            version,
            Answer(value, detail, missing),
            given_at,
            round_.real_time,
            first is not None,
            figures(expert_id, place, given_at),
            channel,
        )
        for expert_id, place, version, value, detail, missing, given_at, round_, first, channel in rows
    ]
