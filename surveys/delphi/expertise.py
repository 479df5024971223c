"""How well experts know what they judge, by their own account: five levels, and what may be made of them.

The account never touches a verdict: the locked rule judges all ratings alike. It only lets a reader ask
whether those who know a subject best say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from fractions import Fraction

from surveys.delphi.scale import Band, Scale
from surveys.delphi.summary import ItemCounts
from surveys.delphi.wording import Phrase, say


class AskedAbout(StrEnum):
    """On what a round asks experts how well they know it; nobody has to say."""

    NOTHING = "nothing"
    ITEM = "item"
    THEME = "theme"

    def name_in(self, locale: str) -> str:
        """The choice in words."""
        return say(_ASKED_ABOUT[self], locale)


class Level(IntEnum):
    """How well an expert says to know a subject."""

    NOT = 1
    SLIGHTLY = 2
    FAMILIAR = 3
    VERY = 4
    OWN_FIELD = 5

    def name_in(self, locale: str) -> str:
        """The level in words: "very familiar"."""
        return say(_LEVEL[self], locale)


_ASKED_ABOUT: Mapping[AskedAbout, Phrase] = {
    AskedAbout.NOTHING: {
        "en": "do not ask",
        "nl": "niet vragen",
        "fr": "ne pas demander",
        "de": "nicht fragen",
    },
    AskedAbout.ITEM: {
        "en": "for each item",
        "nl": "bij elk item",
        "fr": "pour chaque question",
        "de": "zu jedem Item",
    },
    AskedAbout.THEME: {
        "en": "once for each theme",
        "nl": "één keer per thema",
        "fr": "une fois par thème",
        "de": "einmal je Thema",
    },
}
_LEVEL: Mapping[Level, Phrase] = {
    Level.NOT: {
        "en": "not familiar",
        "nl": "niet vertrouwd",
        "fr": "pas familier",
        "de": "nicht vertraut",
    },
    Level.SLIGHTLY: {
        "en": "slightly familiar",
        "nl": "enigszins vertrouwd",
        "fr": "peu familier",
        "de": "etwas vertraut",
    },
    Level.FAMILIAR: {
        "en": "familiar",
        "nl": "vertrouwd",
        "fr": "familier",
        "de": "vertraut",
    },
    Level.VERY: {
        "en": "very familiar",
        "nl": "zeer vertrouwd",
        "fr": "très familier",
        "de": "sehr vertraut",
    },
    Level.OWN_FIELD: {
        "en": "my own field",
        "nl": "mijn vakgebied",
        "fr": "mon domaine",
        "de": "mein Fachgebiet",
    },
}


@dataclass(frozen=True, slots=True)
class ByLevel:
    """One item's ratings by how well those who gave them say to know its subject.

    levels : the counts at each level that somebody named.
    unsaid : the counts of experts who named none.

    >>> scale = Scale.of(1, 5)
    >>> item = ByLevel({Level(2): ItemCounts.of([2, 4], scale), Level(5): ItemCounts.of([5], scale)})
    >>> item.at_least(Level.FAMILIAR).n, item.weighted(scale).share_high
    (1, Fraction(7, 9))
    """

    levels: Mapping[Level, ItemCounts]
    unsaid: ItemCounts | None = None

    @property
    def said(self) -> int:
        """Usable ratings by experts who named a level."""
        return sum(counts.n for counts in self.levels.values())

    def at_least(self, level: Level) -> ItemCounts | None:
        """The ratings of those who name this level or a higher one; None where nobody does."""
        found = [counts for named, counts in self.levels.items() if named >= level]
        return sum(found[1:], found[0]) if found else None

    def weighted(self, scale: Scale) -> Weighted:
        """Every rating counted as often as its expert's level says: 1 to 5 times.

        Who named no level has no weight, and is left out.
        """
        total = sum(level * counts.n for level, counts in self.levels.items())

        def share(band: Band) -> Fraction | None:
            inside = sum(
                level * counts.in_band(scale, band) for level, counts in self.levels.items()
            )
            return Fraction(inside, total) if total else None

        return Weighted(self.said, total, share(Band.LOW), share(Band.HIGH), self._mean(scale))

    def _mean(self, scale: Scale) -> Fraction | None:
        weights = [
            (level * count, point)
            for level, counts in self.levels.items()
            for point, count in zip(scale, counts.counts, strict=True)
        ]
        total = sum(weight for weight, _point in weights)
        return Fraction(sum(w * point for w, point in weights), total) if total else None


@dataclass(frozen=True, slots=True)
class Weighted:
    """What ratings come to when weighed by level. None where nobody who named one rated.

    n : the ratings that have a weight; weight : the sum of their weights.
    """

    n: int
    weight: int
    share_low: Fraction | None
    share_high: Fraction | None
    mean: Fraction | None
