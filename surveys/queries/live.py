"""What a round in real time has released, and to whom it is open.

An item opens to an expert with their own first answer. The reads for experts begin at that answer, so
that figures of an item that is not open are never even fetched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import aliased

from surveys.delphi.answer import Answer
from surveys.delphi.round import RoundDates
from surveys.models.base import AnySession
from surveys.models.live import FigureRelease, FirstAnswer, ReleaseShown
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.response import Rating, Response, is_asked
from surveys.models.round import Round, RoundItem, RoundMode
from surveys.queries.ratings import stands

# Built once: every save of an answer asks them, and every page again and again.
_PLACES: Any = bindparam("places", expanding=True)
_LAST = select(
    FigureRelease.round_item_id, FigureRelease.id, FigureRelease.number, FigureRelease.streams
).where(FigureRelease.round_item_id.in_(_PLACES), FigureRelease.latest)
_STANDING = (
    select(
        Rating.round_item_id,
        Rating.id,
        Rating.response_id,
        StakeholderGroup.code,
        Rating.version,
        Rating.value,
        Rating.detail,
        Rating.missing,
    )
    .join(Response, Response.id == Rating.response_id)
    .join(Expert, Expert.id == Response.expert_id)
    .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
    .where(
        Response.round_id == bindparam("round"),
        Rating.round_item_id.in_(_PLACES),
        Rating.latest,
        stands(only_submitted=False),
        is_asked(Rating),
    )
    .order_by(Rating.id)
)
_VERSIONS = (
    select(
        Rating.round_item_id,
        Rating.response_id,
        Rating.id,
        Rating.value,
        Rating.detail,
        Rating.missing,
    )
    .where(
        Rating.round_item_id.in_(_PLACES),
        Rating.response_id.in_(bindparam("responses", expanding=True)),
        Rating.id <= bindparam("until"),
    )
    .order_by(Rating.id)
)


_WHERE_IT_STANDS = (
    select(
        Round.id,
        Round.opened_at,
        Round.closes_at,
        Round.closed_at,
        func.count(FigureRelease.id),
        func.coalesce(func.max(FigureRelease.id), 0),
    )
    .outerjoin(
        Response, and_(Response.round_id == Round.id, Response.expert_id == bindparam("expert"))
    )
    .outerjoin(FirstAnswer, FirstAnswer.response_id == Response.id)
    .outerjoin(
        FigureRelease,
        and_(FigureRelease.round_item_id == FirstAnswer.round_item_id, FigureRelease.latest),
    )
    .where(
        Round.study_id == bindparam("study"),
        Round.number == bindparam("number"),
        Round.mode == RoundMode.REAL_TIME,
        Round.opened_at.is_not(None),
    )
    .group_by(Round.id, Round.opened_at, Round.closes_at, Round.closed_at)
)


@dataclass(frozen=True, slots=True)
class Released:
    """The figures that stand on one item that is open to an expert."""

    release_id: int
    number: int
    sheet: Mapping[str, Any]
    # Whether they were on the expert's screen before.
    seen: bool


def released_to(session: AnySession, expert_id: int, round_id: int) -> dict[int, Released]:
    """The figures of every item that is open to an expert, by round item."""
    rows = session.execute(
        select(
            FirstAnswer.round_item_id,
            FigureRelease.id,
            FigureRelease.number,
            FigureRelease.sheet,
            ReleaseShown.id,
        )
        .join(Response, Response.id == FirstAnswer.response_id)
        .join(
            FigureRelease,
            and_(FigureRelease.round_item_id == FirstAnswer.round_item_id, FigureRelease.latest),
        )
        .outerjoin(
            ReleaseShown,
            and_(ReleaseShown.release_id == FigureRelease.id, ReleaseShown.expert_id == expert_id),
        )
        .where(Response.round_id == round_id, Response.expert_id == expert_id)
    )
    return {
        place: Released(release_id, number, sheet, shown is not None)
        for place, release_id, number, sheet, shown in rows
    }


@dataclass(frozen=True, slots=True)
class Standing:
    """What can have changed since an expert's page last asked; nothing else is looked at for it."""

    round_id: int
    dates: RoundDates
    # How many items are open to the expert, and the newest figures among them.
    opened: int
    newest: int


def standing(session: AnySession, study_id: int, number: int, expert_id: int) -> Standing | None:
    """Where a launched round in real time stands for an expert; None where there is no such round."""
    row = session.execute(
        _WHERE_IT_STANDS, {"study": study_id, "number": number, "expert": expert_id}
    ).first()
    if row is None:
        return None
    round_id, opened_at, closes_at, closed_at, opened, newest = row
    return Standing(round_id, RoundDates(opened_at, closes_at, closed_at), opened, newest)


@dataclass(frozen=True, slots=True)
class LastRelease:
    """Which figures stand on an item, and of which answers they are."""

    release_id: int
    number: int
    streams: Mapping[str, Any]


def last_releases(session: AnySession, places: Sequence[int]) -> dict[int, LastRelease]:
    """What was last released on each of some items; the figures themselves are not fetched."""
    rows = session.execute(_LAST, {"places": places})
    return {place: LastRelease(*rest) for place, *rest in rows}


@dataclass(frozen=True, slots=True)
class Given:
    """One expert's answer that stands on an item."""

    rating_id: int
    response_id: int
    group: str
    version: int
    answer: Answer


def standing_answers(
    session: AnySession, round_id: int, places: Sequence[int]
) -> dict[int, list[Given]]:
    """All answers that stand on some items of a round, of experts whose answers count."""
    found: dict[int, list[Given]] = {place: [] for place in places}
    for place, rating_id, response_id, group, version, value, detail, missing in session.execute(
        _STANDING, {"round": round_id, "places": places}
    ):
        answer = Answer(value, detail, missing)
        found[place].append(Given(rating_id, response_id, group, version, answer))
    return found


def versions(
    session: AnySession, places: Sequence[int], responses: Sequence[int], *, until: int
) -> dict[tuple[int, int], list[tuple[int, Answer]]]:
    """The versions some experts gave on some items up to a rating, in order.

    (Item, response) to (rating, answer).
    """
    found: dict[tuple[int, int], list[tuple[int, Answer]]] = defaultdict(list)
    for place, response_id, rating_id, value, detail, missing in session.execute(
        _VERSIONS, {"places": places, "responses": responses, "until": until}
    ):
        found[place, response_id].append((rating_id, Answer(value, detail, missing)))
    return found


def with_comments(session: AnySession, places: Sequence[int]) -> list[FigureRelease]:
    """The standing figures of some items that comments come with."""
    rows = session.scalars(
        select(FigureRelease).where(FigureRelease.round_item_id.in_(places), FigureRelease.latest)
    )
    return [row for row in rows if "comments" in row.sheet]


def sheets(session: AnySession, places: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What was last released on each of some items; items of other rounds are not in it."""
    rows = session.execute(
        select(FigureRelease.round_item_id, FigureRelease.sheet).where(
            FigureRelease.round_item_id.in_(places), FigureRelease.latest
        )
    )
    return dict(rows.all())


def first_and_final(
    session: AnySession, round_id: int, *, only_submitted: bool
) -> dict[int, list[tuple[Answer, Answer]]]:
    """What each expert first answered, blind, and what stands at the end, by round item."""
    first, final = aliased(Rating), aliased(Rating)
    found: dict[int, list[tuple[Answer, Answer]]] = defaultdict(list)
    for place, *answers in session.execute(
        select(
            FirstAnswer.round_item_id,
            *(first.value, first.detail, first.missing),
            *(final.value, final.detail, final.missing),
        )
        .join(Response, Response.id == FirstAnswer.response_id)
        .join(Expert, Expert.id == Response.expert_id)
        .join(first, first.id == FirstAnswer.rating_id)
        .join(
            final,
            and_(
                final.response_id == FirstAnswer.response_id,
                final.round_item_id == FirstAnswer.round_item_id,
                final.latest,
            ),
        )
        .where(Response.round_id == round_id, stands(only_submitted), is_asked(final))
    ):
        found[place].append((Answer(*answers[:3]), Answer(*answers[3:])))
    return found


def panel_sizes(session: AnySession, study_id: int) -> dict[str, int]:
    """How many experts each stakeholder group has on the panel now."""
    rows = session.execute(
        select(StakeholderGroup.code, func.count(Expert.id))
        .outerjoin(
            Expert, and_(Expert.group_id == StakeholderGroup.id, Expert.withdrawn_at.is_(None))
        )
        .where(StakeholderGroup.study_id == study_id)
        .group_by(StakeholderGroup.code)
    )
    return dict(rows.all())


def asked(session: AnySession, round_id: int) -> list[RoundItem]:
    """The items of a round in their order."""
    return list(
        session.scalars(
            select(RoundItem).where(RoundItem.round_id == round_id).order_by(RoundItem.position)
        )
    )
