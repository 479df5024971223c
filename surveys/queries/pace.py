"""How long the rest of a questionnaire takes, from the moments at which this study's panel answered.

Only medians over the panel are used, and nothing is stored beyond the moment of each answer.

An item's time is reading its text at a steady speed, and answering it. How long answering takes is
learned per kind of item: the gaps between an expert's first answers, less the reading, as a multiple
of what the kind expects (``ItemKind.usual_seconds``). Until a kind has enough gaps by enough experts, its own
expectation stands. Gaps that are breaks are left out; answers saved together share their gap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from statistics import median

from sqlalchemy import select

from surveys.models.base import AnySession
from surveys.models.response import Rating, Response
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.queries.questionnaire import AskedItem, launched_round

# About 200 words of six signs a minute: read with care, and on a phone.
SIGNS_PER_SECOND = 20
# A longer gap is a break, not an answer.
LONGEST_GAP = timedelta(minutes=10)
# So many gaps of a kind make a median that one slow expert cannot move far.
FEWEST_GAPS = 20
# One expert's pace is never told to another.
FEWEST_EXPERTS = 3
# The newest responses tell the pace of this round soon, and cost a page little.
RESPONSES = 40
RENEWED_AFTER = timedelta(minutes=10)
REMEMBERED_PACES = 64


@dataclass(frozen=True, slots=True)
class Pace:
    """How the panel answers: per kind, its time as a multiple of what the kind expects."""

    factors: Mapping[str, float] = field(default_factory=dict)

    def seconds(self, items: Iterable[AskedItem]) -> float:
        """The time to read and answer these items."""
        return sum(
            reading(item) + self.factors.get(item.kind.kind, 1.0) * item.kind.usual_seconds
            for item in items
        )


def reading(item: AskedItem) -> float:
    """Seconds to read an item's text."""
    return (len(item.wording) + len(item.help)) / SIGNS_PER_SECOND


_paces: dict[tuple[str, int], tuple[datetime, Pace]] = {}


def of_panel(
    session: AnySession, study: str, round_id: int, language: str, *, at: datetime
) -> Pace:
    """The pace of a study's panel up to a round; looked up anew every ten minutes per process."""
    known = _paces.get((study, round_id))
    if known is not None and timedelta(0) <= at - known[0] < RENEWED_AFTER:
        return known[1]
    if len(_paces) >= REMEMBERED_PACES:
        _paces.clear()
    pace = measured(session, study, round_id, language)
    _paces[study, round_id] = (at, pace)
    return pace


def measured(session: AnySession, study: str, round_id: int, language: str) -> Pace:
    """The pace in the newest responses of a round and of those before it."""
    number = select(Round.number).where(Round.id == round_id).scalar_subquery()
    newest = (
        select(Response.id, Response.round_id)
        .join(Round, Round.id == Response.round_id)
        .join(Study, Study.id == Round.study_id)
        .where(Study.public_id == study, Round.number <= number)
        .order_by(Response.started_at.desc(), Response.id.desc())
        .limit(RESPONSES)
        .subquery()
    )
    rows = session.execute(
        select(Rating.response_id, newest.c.round_id, Rating.given_at, Rating.round_item_id)
        .join(newest, newest.c.id == Rating.response_id)
        .where(Rating.version == 1)
        .order_by(Rating.response_id, Rating.given_at)
    ).all()
    multiples: dict[str, list[float]] = defaultdict(list)
    experts: dict[str, set[int]] = defaultdict(set)
    for response, answers in groupby(rows, key=lambda row: row.response_id):
        moments = [
            (moment, list(together))
            for moment, together in groupby(answers, key=lambda row: row.given_at)
        ]
        for (before, _), (moment, together) in pairwise(moments):
            gap = (moment - before) / len(together)
            if gap > LONGEST_GAP:
                continue
            for row in together:
                asked = launched_round(session, study, row.round_id, language)
                item = asked.by_id[row.round_item_id]
                beyond = max(gap.total_seconds() - reading(item), 0.0)
                multiples[item.kind.kind].append(beyond / item.kind.usual_seconds)
                experts[item.kind.kind].add(response)
    return Pace(
        {
            kind: median(found)
            for kind, found in multiples.items()
            if len(found) >= FEWEST_GAPS and len(experts[kind]) >= FEWEST_EXPERTS
        }
    )
