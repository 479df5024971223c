"""How the wordings of a study's items changed from round to round, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from surveys.delphi.descent import Descent, NoPair, WhyNoPair
from surveys.models.base import AnySession
from surveys.models.item import Item, ItemDescent, ItemRevision, Meaning
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


class NotComparable(ValueError):
    """Two places are no pair: they hold other items, or the meaning changed between them."""


@dataclass(frozen=True, slots=True)
class Parent:
    """A statement that another one was made from, as experts rated it last."""

    code: str
    round_item_id: int
    round_number: int
    wording: Mapping[str, str]
    kind: str
    settings: Mapping[str, Any]
    # What experts are shown of its ratings, frozen at launch.
    sheet: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """From what an item was made, how, and why."""

    act: Descent
    parents: tuple[Parent, ...]
    reasons: Mapping[str, str]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the parents."""
        return tuple(parent.code for parent in self.parents)

    @property
    def since(self) -> int:
        """The round in which they were rated last."""
        return max(parent.round_number for parent in self.parents)


def made_from(session: AnySession, round_: Round) -> dict[int, MadeFrom]:
    """From what the new items of a round were made, by round item; of one that comes back, nothing."""
    child, parent, parent_item = aliased(RoundItem), aliased(RoundItem), aliased(Item)
    earlier = aliased(Round)
    found: dict[int, tuple[ItemDescent, list[Parent]]] = {}
    for place, descent, placed, code, number, wording in session.execute(
        select(
            child.id, ItemDescent, parent, parent_item.code, earlier.number, ItemRevision.wording
        )
        .join(ItemDescent, ItemDescent.item_id == child.item_id)
        .join(parent, parent.id == ItemDescent.parent_id)
        .join(parent_item, parent_item.id == parent.item_id)
        .join(ItemRevision, ItemRevision.id == parent.revision_id)
        .join(earlier, earlier.id == parent.round_id)
        .where(child.round_id == round_.id, earlier.number == round_.number - 1)
        .order_by(child.position, parent.position)
    ):
        found.setdefault(place, (descent, []))[1].append(
            Parent(code, placed.id, number, wording, placed.kind, placed.settings, descent.sheet)
        )
    return {
        place: MadeFrom(descent.act, tuple(parents), descent.reasons)
        for place, (descent, parents) in found.items()
    }


def became(session: AnySession, round_: Round) -> dict[int, tuple[Descent, tuple[str, ...]]]:
    """What places of a round were split or merged into, by place: the act and the new codes."""
    found: dict[int, tuple[Descent, list[str]]] = {}
    for place, act, code in session.execute(
        select(ItemDescent.parent_id, ItemDescent.act, Item.code)
        .join(Item, Item.id == ItemDescent.item_id)
        .join(RoundItem, RoundItem.id == ItemDescent.parent_id)
        .where(RoundItem.round_id == round_.id)
        .order_by(Item.id)
    ):
        found.setdefault(place, (act, []))[1].append(code)
    return {place: (act, tuple(codes)) for place, (act, codes) in found.items()}


def no_pairs(session: AnySession, round_: Round) -> dict[int, NoPair]:
    """Which items of a round are compared with no earlier rating, although there was one, and why.

    An item that is simply new has no line here: there is nothing it could be compared with.
    """
    changed = {
        place: NoPair(WhyNoPair.MEANING_CHANGED, change.since)
        for place, change in reworded(session, round_).items()
        if change.meaning is Meaning.CHANGED
    }
    made = {
        place: NoPair.of(origin.act, origin.since, origin.codes)
        for place, origin in made_from(session, round_).items()
    }
    return changed | made


def refuse_what_is_no_pair(session: AnySession, places: Mapping[int, int]) -> None:
    """Before ratings are compared, make sure that each place and its earlier one ask the same.

    places : round item to the earlier round item. Raises NotComparable.
    """
    rows = session.execute(
        select(RoundItem.id, RoundItem.item_id, ItemRevision.number)
        .join(ItemRevision, ItemRevision.id == RoundItem.revision_id)
        .where(RoundItem.id.in_([*places, *places.values()]))
    )
    at = {place: (item_id, number) for place, item_id, number in rows}
    changes = {
        (item_id, number)
        for item_id, number in session.execute(
            select(ItemRevision.item_id, ItemRevision.number).where(
                ItemRevision.meaning == Meaning.CHANGED,
                ItemRevision.item_id.in_({item_id for item_id, _number in at.values()}),
            )
        )
    }
    for here, then in places.items():
        (item_id, number), (item_then, number_then) = at[here], at[then]
        if item_id != item_then:
            raise NotComparable(f"round items {here} and {then} ask different things")
        if any((item_id, later) in changes for later in range(number_then + 1, number + 1)):
            raise NotComparable(f"the meaning changed between round items {then} and {here}")


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
