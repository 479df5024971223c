"""Decide which figures of an item experts may see: whose, and beside what they saw before.

The rule is delphi/disclosure.py's; here it is given the people. What it decides is frozen in the sheet,
as ``cells``: whose figures stood beside each other, and how many people were behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from surveys.delphi.disclosure import Cell, Division, Earlier, between, divide
from surveys.delphi.feedback import FeedbackPolicy, Whose
from surveys.delphi.protocol import Protocol
from surveys.delphi.summary import ItemCounts
from surveys.items import ItemKind, load_kind
from surveys.models.base import AnySession
from surveys.models.round import RoundItem
from surveys.queries import behind
from surveys.queries.behind import Said, ShownSheet

# People by part of an answer that has figures of its own, and by group; what each adds to them.
People = dict[str, dict[str, dict[int, Any]]]
Sizes = Mapping[str, Mapping[str, int]]

# The part that is the answer as a whole, and the one group of a kind whose figures are the panel's only.
WHOLE = ""
PANEL = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What may be shown of an item's figures.

    division : whose figures; None where these figures are not shown.
    stands : the figures shown before, which are shown again because too few people lie between them and
        the new ones; None where there is no such thing.
    sizes : people in the figures, by part and group.
    by_group : whether figures of groups are shown at all.
    """

    division: Division | None
    stands: ShownSheet | None
    sizes: Sizes
    by_group: bool

    @property
    def cells(self) -> dict[str, Any]:
        """As it is kept in the sheet."""
        if self.division is None:
            return {}
        return {
            "alone": list(self.division.alone),
            "together": list(self.division.together),
            "people": {part: dict(groups) for part, groups in self.sizes.items()},
        }


def plans(
    session: AnySession, protocol: Protocol, figures: Mapping[int, Mapping[str, Any]]
) -> dict[int, Plan]:
    """What may be shown of the figures of some round items.

    figures : the stored numbers of each, as ``ItemResult.numbers``.
    """
    kinds = {
        placed.id: load_kind(placed.kind, placed.settings)
        for placed in session.scalars(select(RoundItem).where(RoundItem.id.in_(figures)))
    }
    before = behind.shown_sheets(session, figures)
    wanted = {shown.source for sheets in before.values() for shown in sheets}
    # Of ratings that are shown for the first time the stored numbers say everything.
    wanted |= {place for place in figures if before[place] or kinds[place].rating_scale is None}
    answered = behind.answers(session, wanted, only_submitted=not protocol.unsubmitted_count)
    return {
        place: plan(protocol.policies, kinds[place], numbers, answered, before[place], place)
        for place, numbers in figures.items()
    }


def plan(
    policies: Sequence[FeedbackPolicy],
    kind: ItemKind,
    numbers: Mapping[str, Any],
    answered: Mapping[int, Mapping[int, Said]],
    before: Sequence[ShownSheet],
    place: int,
) -> Plan:
    """What may be shown of one round item's figures, given what was shown before, newest first."""
    smallest = policies[0].smallest_group
    now = _people(kind, answered.get(place, {}))
    sizes = _sizes(now, numbers)
    by_group = "groups" in numbers and any(policy.whose is not Whose.PANEL for policy in policies)
    if sum(sizes[WHOLE].values()) < smallest:
        return Plan(None, None, sizes, by_group)
    then = {shown.source: _people(kind, answered[shown.source]) for shown in before}
    divided: Division | None = None
    for part, groups in sizes.items():
        if sum(groups.values()) < smallest:
            continue
        figures = [
            _earlier(shown, part, then[shown.source], now, groups, smallest) for shown in before
        ]
        found = divide(
            groups,
            smallest,
            apart=None if by_group else (),
            earlier=[earlier for earlier in figures if earlier is not None],
        )
        if found is None:
            return Plan(None, before[0], sizes, by_group)
        if part == WHOLE:
            divided = found
    return Plan(divided, None, sizes, by_group)


def others(numbers: Mapping[str, Any], division: Division) -> ItemCounts | None:
    """The answers of those who are shown together; None where there are none beside a group alone.

    Where no group stands alone they are the panel, which is shown anyway.
    """
    counts = list(numbers["counts"])
    for code in division.alone:
        for at, count in enumerate(numbers["groups"][code]["counts"]):
            counts[at] -= count
    unable = sum(
        numbers["groups"].get(code, {}).get("unable", 0) or 0 for code in division.together
    )
    if not division.alone or not any(counts):
        return None
    return ItemCounts(tuple(counts), unable=unable)


def _people(kind: ItemKind, said: Mapping[int, Said]) -> People:
    """Who adds what to the figures of an item, by part and by group."""
    people: People = {WHOLE: {}}
    for expert, one in said.items():
        group = PANEL if kind.rating_scale is None else one.group
        for part, what in kind.adds(one.answer).items():
            people.setdefault(part, {}).setdefault(group, {})[expert] = what
    return people


def _sizes(people: People, numbers: Mapping[str, Any]) -> Sizes:
    """How many people are in the figures: as stored of the whole, as they answered of its parts."""
    whole = {code: of_one["n"] for code, of_one in numbers.get("groups", {}).items()}
    counted = {
        part: {group: len(those) for group, those in groups.items()}
        for part, groups in people.items()
    }
    return counted | {WHOLE: whole or {PANEL: numbers["n"]}}


def _earlier(
    shown: ShownSheet, part: str, then: People, now: People, sizes: Mapping[str, int], smallest: int
) -> Earlier | None:
    """What was shown of one part before, and who lies between; None where it was too small to show."""
    cells = shown.sheet.get("cells", {})
    was, is_now = then.get(part, {}), now.get(part, {})
    known: Mapping[str, int] = cells.get("people", {}).get(part, {})
    groups = {*was, *is_now, *known, *sizes}
    found = {
        group: between(
            was.get(group, {}),
            is_now.get(group, {}),
            people_then=known.get(group),
            people_now=sizes.get(group, 0),
        )
        for group in groups
    }
    if sum(of.then for of in found.values()) < smallest:
        return None
    if part == WHOLE and not known and sum(of.then for of in found.values()) != shown.sheet["n"]:
        # Somebody is in the figures who cannot be found any more, and nobody knows in which group.
        found = {group: replace(of, same=False) for group, of in found.items()}
    apart = cells.get("alone", shown.sheet.get("groups", {})) if part == WHOLE else ()
    alone = [frozenset({group}) for group in sorted(groups & set(apart))]
    rest = frozenset(groups - set(apart))
    parts: list[Cell] = [*alone, rest] if rest else alone
    return Earlier(tuple(parts), found)
