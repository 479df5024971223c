"""In which order one expert is shown the items of a section: as listed, or drawn by a seed.

Where a statement stands moves how it is rated: the first ones are read fresh and set the measure. In an
order drawn anew for every expert such effects fall on all statements alike. The draw is made from the
round's seed and the expert, so that it can be made again, and it never crosses a section.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from surveys.delphi.stored import Stored, fingerprint, load_as
from surveys.delphi.wording import Phrase, all_of, say


@dataclass(frozen=True, slots=True)
class Placed:
    """One item at its place in the list.

    theme : its section is the run of items with the same theme. stays : it keeps its place, and what
        stands before it stays before it (information belongs to the questions that follow). after :
        codes of items that it may only follow.
    """

    code: str
    theme: str | None
    stays: bool = False
    after: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ItemOrder(Stored):
    """Random order within sections.

    sections : the themes whose items are shuffled; None for all. seed : a whole number.

    Raises ValueError for a seed that is none, and for no section at all.
    """

    kind: ClassVar[str] = "item order"

    sections: tuple[str, ...] | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        if self.sections is not None:
            self._set(sections=tuple(self.sections))
            if not self.sections or not all(isinstance(one, str) for one in self.sections):
                raise ValueError("random order needs the codes of the sections it holds in")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            raise ValueError(f"a seed is a whole number, not {self.seed!r}")

    def shuffles(self, theme: str | None) -> bool:
        """Whether the items of a section are shuffled."""
        return self.sections is None or theme in self.sections

    def arrange(self, expert: str, items: Sequence[Placed]) -> tuple[str, ...]:
        """The items' codes in the order in which this expert is shown them.

        expert : what stands for the expert in the draw; another one gets another order.

        An item that may only follow others in its section moves together with them, directly behind
        them in the listed order.
        """
        order: list[str] = []
        for number, (theme, section) in enumerate(groupby(items, lambda item: item.theme)):
            listed = list(section)
            if not self.shuffles(theme):
                order += [item.code for item in listed]
                continue
            # A draw of its own per section: an item added to one changes the order of no other.
            draw = random.Random(fingerprint([self.seed, expert, number, theme]))  # noqa: S311 - no secret
            for stays, run in groupby(listed, lambda item: item.stays):
                blocks = _together(run)
                if not stays:
                    draw.shuffle(blocks)
                order += [code for block in blocks for code in block]
        return tuple(order)

    def sentence(self, locale: str, names: Mapping[str, str] | None = None) -> str:
        """The order in words. names : theme code to its title."""
        if self.sections is None:
            return say(_EVERYWHERE, locale, seed=self.seed)
        titles = [(names or {}).get(code, code) for code in self.sections]
        return say(_SOMEWHERE, locale, seed=self.seed, titles=all_of(titles, locale))

    @classmethod
    def from_json(cls, data: object) -> ItemOrder:
        """Read a stored order. Raises ValueError when it is none."""
        order: ItemOrder = load_as(cls, data)
        return order


def _together(items: Iterable[Placed]) -> list[list[str]]:
    """Items that hang together, each bundle in the listed order."""
    bundles: list[list[str]] = []
    for item in items:
        tied = [bundle for bundle in bundles if item.after & set(bundle)]
        if not tied:
            bundles.append([item.code])
            continue
        first, *others = tied
        for other in others:
            first += other
            bundles.remove(other)
        first.append(item.code)
    return bundles


_EVERYWHERE: Phrase = {
    "en": "Within each section every expert sees the items in an order of their own, drawn with seed"
    " {seed}.",
    "nl": "Binnen elke sectie ziet iedere expert de items in een eigen volgorde, geloot met startgetal"
    " {seed}.",
    "fr": "Dans chaque section, chaque expert voit les éléments dans un ordre qui lui est propre, tiré"
    " avec la graine {seed}.",
    "de": "In jedem Abschnitt sieht jede Fachperson die Elemente in einer eigenen Reihenfolge, gezogen"
    " mit dem Startwert {seed}.",
}
_SOMEWHERE: Phrase = {
    "en": "Within {titles} every expert sees the items in an order of their own, drawn with seed"
    " {seed}.",
    "nl": "Binnen {titles} ziet iedere expert de items in een eigen volgorde, geloot met startgetal"
    " {seed}.",
    "fr": "Dans {titles}, chaque expert voit les éléments dans un ordre qui lui est propre, tiré avec"
    " la graine {seed}.",
    "de": "In {titles} sieht jede Fachperson die Elemente in einer eigenen Reihenfolge, gezogen mit"
    " dem Startwert {seed}.",
}
