"""How the wordings of a study's items changed from round to round, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from surveys.models.base import AnySession
from surveys.models.item import Item, ItemRevision, Meaning
from surveys.models.round import Round, RoundItem


@dataclass(frozen=True, slots=True)
class Reworded:
    """An item that comes back in other words than experts saw the last time."""

    # The round in which they saw it last.
    since: int
    before: Mapping[str, str]
    after: Mapping[str, str]
    reasons: Mapping[str, str]
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class ShownBefore:
    """Where an item was asked last before a round."""

    round_item_id: int
    round_number: int
    revision_id: int
    wording: Mapping[str, str]


def shown_before(session: AnySession, round_: Round) -> dict[int, ShownBefore]:
    """The last launched place of every item before a round, by item."""
    placed, earlier = aliased(RoundItem), aliased(Round)
    rows = session.execute(
        select(placed.item_id, placed.id, earlier.number, placed.revision_id, ItemRevision.wording)
        .join(earlier, earlier.id == placed.round_id)
        .join(ItemRevision, ItemRevision.id == placed.revision_id)
        .where(
            earlier.study_id == round_.study_id,
            earlier.number < round_.number,
            earlier.opened_at.is_not(None),
            placed.item_id.in_(select(RoundItem.item_id).where(RoundItem.round_id == round_.id)),
        )
        .order_by(earlier.number)
    )
    # In the order of the rounds, so that the last place of an item is the one that stays.
    return {item_id: ShownBefore(*where) for item_id, *where in rows}


def reworded(session: AnySession, round_: Round) -> dict[int, Reworded]:
    """What changed in the words of a round's items since experts saw them, by round item."""
    before = shown_before(session, round_)
    if not before:
        return {}
    rows = session.execute(
        select(RoundItem.id, RoundItem.item_id, ItemRevision)
        .join(ItemRevision, ItemRevision.id == RoundItem.revision_id)
        .where(RoundItem.round_id == round_.id, RoundItem.item_id.in_(list(before)))
    )
    return {
        place: Reworded(
            last.round_number,
            last.wording,
            revision.wording,
            revision.reasons or {},
            revision.meaning or Meaning.CHANGED,
        )
        for place, item_id, revision in rows
        if (last := before[item_id]).revision_id != revision.id
    }


@dataclass(frozen=True, slots=True)
class Wording:
    """One revision of one item, and the rounds in which it was shown."""

    code: str
    revision: int
    wording: dict[str, Any]
    reasons: dict[str, Any]
    meaning: str | None
    rounds: tuple[int, ...]


def wordings(session: AnySession, study_id: int) -> list[Wording]:
    """Every wording that experts of a study have seen, in the order of the items."""
    found: dict[int, tuple[str, ItemRevision, list[int]]] = {}
    for code, revision, number in session.execute(
        select(Item.code, ItemRevision, Round.number)
        .join(ItemRevision, ItemRevision.item_id == Item.id)
        .join(RoundItem, RoundItem.revision_id == ItemRevision.id)
        .join(Round, Round.id == RoundItem.round_id)
        .where(Item.study_id == study_id, Round.opened_at.is_not(None))
        .order_by(Item.id, ItemRevision.number, Round.number)
    ):
        found.setdefault(revision.id, (code, revision, []))[2].append(number)
    return [
        Wording(
            code,
            revision.number,
            revision.wording,
            revision.reasons or {},
            revision.meaning.value if revision.meaning else None,
            tuple(numbers),
        )
        for code, revision, numbers in found.values()
    ]
