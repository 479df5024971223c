"""The condition of a content validity panel: more experts say "essential" than chance explains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import ClassVar, cast

import numpy as np

from surveys.delphi import wording
from surveys.delphi.conditions import (
    Answers,
    Condition,
    Finding,
    Tables,
    Undefined,
    answers,
)
from surveys.delphi.exact import threshold
from surveys.delphi.region import Region
from surveys.delphi.scale import Band, Scale
from surveys.delphi.summary import Groups, ItemCounts
from surveys.delphi.wording import Phrase, say
from surveys.stats import content_validity
from surveys.stats.counts import CountTable


@lru_cache(maxsize=4096)
def _essential(experts: int, alpha: Fraction) -> int | None:
    """How many of a panel must call an item essential; None when even all of them are too few."""
    # Handed on as a fraction: beyond a thousand experts 2**n has no float to be multiplied with.
    return content_validity.critical_ratio(experts, alpha=cast(float, alpha)).essential


@dataclass(frozen=True, slots=True)
class ContentValidity(Condition):
    """Is Lawshe's content validity ratio at least its exact critical value?

    region : the ratings that mean "essential".
    alpha : one-sided level in percent, exact.

    The critical number is the smallest whose binomial probability at chance one half is at most
    alpha: 9 of 10, 11 of 14, 15 of 20 at 5 %.

    Undefined when nobody rated, and for panels so small that not even unanimity would do (below
    five experts at 5 %).

    Source: Lawshe CH. Personnel Psychol 1975;28:563-75. Ayre C, Scally AJ. Meas Eval Couns Dev
    2014;47:79-86.

    >>> three = Scale.of(1, 3)
    >>> ContentValidity().check(ItemCounts((0, 2, 8)), three).holds
    False
    """

    kind: ClassVar[str] = "content validity"

    region: Region = Region(band=Band.HIGH)
    alpha: Fraction = Fraction(5)

    def __post_init__(self) -> None:
        self._set(region=Region.of(self.region), alpha=threshold(self.alpha, percent=True))
        if not 0 < self.alpha < 100:
            raise ValueError(f"a level lies between 0 and 100 %, not at {self.alpha}")

    def critical(self, experts: int) -> int | None:
        """So many must find it essential; None where even all of them are too few."""
        return _essential(experts, self.alpha / 100) if experts else None

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        counts.check_fits(scale)
        needed = self.critical(counts.n)
        if needed is None:
            reason = Undefined.PANEL_TOO_SMALL if counts.n else Undefined.NOBODY_RATED
            return Finding(self, None, undefined=reason)
        count = self.region.count(counts, scale)
        ratio = Fraction(2 * count - counts.n, counts.n)
        return Finding(self, count >= needed, count, counts.n, needed, ratio)

    def holds_each(self, table: CountTable, scale: Scale, groups: Tables | None = None) -> Answers:
        sizes, place = np.unique(table.n, return_inverse=True)
        needed = [self.critical(int(size)) for size in sizes]
        known = np.array([number is not None for number in needed], dtype=np.bool_)[place]
        least = np.array([number or 0 for number in needed], dtype=np.int64)[place]
        points = self.region.points(scale)
        essential = table.counts[:, [point - scale.low for point in points]].sum(axis=1)
        return answers(essential >= least, known)

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        return say(
            _CVR,
            locale,
            region=self.region.place(locale, scale),
            alpha=wording.percent_threshold(self.alpha, locale),
        )

    def fact(self, finding: Finding, locale: str, scale: Scale | None = None) -> str:
        return say(
            _FOUND,
            locale,
            count=finding.count,
            total=finding.total,
            needed=finding.needed,
            ratio=wording.number(finding.value or Fraction(0), locale, digits=3),
            region=self.region.place(locale, scale),
        )

    def mirrored(self, scale: Scale | None = None) -> Condition:
        return replace(self, region=self.region.mirrored(scale))


_CVR: Phrase = {
    "en": "the content validity ratio (ratings {region}) reaches its exact critical value at"
    " {alpha}, one-sided",
    "nl": "de inhoudsvaliditeitsratio (beoordelingen {region}) bereikt de exacte kritieke waarde"
    " bij {alpha}, eenzijdig",
    "fr": "le ratio de validité de contenu (évaluations {region}) atteint sa valeur critique"
    " exacte à {alpha}, test unilatéral",
    "de": "der Content Validity Ratio (Bewertungen {region}) erreicht seinen exakten kritischen"
    " Wert bei {alpha}, einseitig",
}
_FOUND: Phrase = {
    "en": "{count} of {total} {region}, content validity ratio {ratio} ({needed} needed)",
    "nl": "{count} van {total} {region}, inhoudsvaliditeitsratio {ratio} ({needed} nodig)",
    "fr": "{count} sur {total} {region}, ratio de validité de contenu {ratio} ({needed} requis)",
    "de": "{count} von {total} {region}, Content Validity Ratio {ratio} ({needed} nötig)",
}
