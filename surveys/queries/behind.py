"""Whose answers are behind the figures of an item, and which figures of it experts saw before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from surveys.delphi.answer import Answer
from surveys.delphi.batches import TOGETHER
from surveys.models.base import AnySession
from surveys.models.live import FigureRelease
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.response import Rating, Response
from surveys.models.round import ItemFeedback, Round, RoundItem
from surveys.queries.ratings import stands


@dataclass(frozen=True, slots=True)
class ShownSheet:
    """A sheet that experts were shown, and of which round's answers to which round item it is."""

    source: int
    number: int
    sheet: Mapping[str, Any]


def shown_sheets(session: AnySession, places: Iterable[int]) -> dict[int, list[ShownSheet]]:
    """What was shown on the same items before the figures of these round items; the newest first.

    A round item's own sheet is of the round before it, and so on back to the first round in which the
    item had its present meaning. Figures that stood in for others come as those they are.
    """
    found: dict[int, list[ShownSheet]] = {place: [] for place in places}
    # Each step goes one round back for all items at once.
    at = {place: place for place in found}
    while at:
        rows = session.execute(
            select(RoundItem.id, RoundItem.previous_id, ItemFeedback.sheet)
            .outerjoin(ItemFeedback, ItemFeedback.round_item_id == RoundItem.id)
            .where(RoundItem.id.in_(set(at.values())), RoundItem.previous_id.is_not(None))
        )
        before = {here: (there, sheet) for here, there, sheet in rows}
        for place, here in at.items():
            there, sheet = before.get(here, (None, None))
            if there is not None and sheet is not None and not sheet["suppressed"]:
                found[place].append(ShownSheet(sheet.get("source", there), 0, sheet))
        at = {place: before[here][0] for place, here in at.items() if here in before}
    return _numbered(session, found)


def _numbered(
    session: AnySession, found: Mapping[int, Sequence[ShownSheet]]
) -> dict[int, list[ShownSheet]]:
    """The same with the numbers of the rounds, each round's figures once."""
    sources = {sheet.source for sheets in found.values() for sheet in sheets}
    numbers: dict[int, int] = dict(
        session.execute(
            select(RoundItem.id, Round.number)
            .join(Round, Round.id == RoundItem.round_id)
            .where(RoundItem.id.in_(sources))
        ).all()
    )
    return {
        place: list(
            {
                sheet.source: ShownSheet(sheet.source, numbers[sheet.source], sheet.sheet)
                for sheet in reversed(sheets)
            }.values()
        )[::-1]
        for place, sheets in found.items()
    }


@dataclass(frozen=True, slots=True)
class Said:
    """One expert's answer in the figures of a round item."""

    group: str
    answer: Answer


def answers(
    session: AnySession, places: Iterable[int], *, only_submitted: bool
) -> dict[int, dict[int, Said]]:
    """The answers behind the figures of round items, by expert.

    Of a round in real time those that were in the figures released last; otherwise those that stand.
    """
    wanted = set(places)
    until = _until(session, wanted)
    found: dict[int, dict[int, Said]] = {place: {} for place in wanted}
    rows = session.execute(
        select(
            Rating.round_item_id,
            Expert.id,
            StakeholderGroup.code,
            Rating.id,
            Rating.value,
            Rating.detail,
            Rating.missing,
        )
        .join(Response, Response.id == Rating.response_id)
        .join(Expert, Expert.id == Response.expert_id)
        .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
        .where(
            Rating.round_item_id.in_(wanted),
            stands(only_submitted),
            Rating.latest | Rating.round_item_id.in_(until),
        )
        .order_by(Rating.id)
    )
    for place, expert, group, rating, value, detail, missing in rows:
        released = until.get(place)
        if released is None or rating <= released.get(group, released[TOGETHER]):
            found[place][expert] = Said(group, Answer(value, detail, missing))
    return found


def _until(session: AnySession, places: Iterable[int]) -> dict[int, dict[str, int]]:
    """The last rating in the figures of each group, of items that were released in real time.

    A group that came onto the panel later is in the batch of the small ones.
    """
    found = {}
    for place, streams in session.execute(
        select(FigureRelease.round_item_id, FigureRelease.streams).where(
            FigureRelease.round_item_id.in_(set(places)), FigureRelease.latest
        )
    ):
        last = {batch: of["until"] for batch, of in streams["released"].items()}
        found[place] = {group: last.get(batch, 0) for group, batch in streams["of"].items()}
        found[place][TOGETHER] = last.get(TOGETHER, 0)
    return found
