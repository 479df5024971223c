"""Conditions of the RAND/UCLA appropriateness method, and the trimming that goes with it.

The counting itself is `surveys.stats.appropriateness`, which decides in whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

import numpy as np

from surveys.delphi import quantile, wording
from surveys.delphi.centre import BetweenBands
from surveys.delphi.conditions import (
    Answers,
    Condition,
    Finding,
    Tables,
    Undefined,
    answers,
    row_of,
    table_of,
)
from surveys.delphi.exact import exact
from surveys.delphi.scale import Band, Scale
from surveys.delphi.summary import Groups, ItemCounts
from surveys.delphi.wording import Phrase, say
from surveys.stats import appropriateness, spread
from surveys.stats.appropriateness import HalfMedian, Regions, TriState
from surveys.stats.counts import CountTable


def regions_of(scale: Scale) -> Regions:
    """The scale's bands as the statistics package knows them."""
    ends = {
        band: (points[0], points[-1]) if points else None for band, points in scale.bands.items()
    }
    return Regions((scale.low, scale.low_until), ends[Band.MIDDLE], (scale.high_from, scale.high))


def _each(found: tuple[TriState, ...], *, wanted: bool) -> Answers:
    known = np.array([held is not None for held in found], dtype=np.bool_)
    return answers(np.array([held is wanted for held in found], dtype=np.bool_), known)


class SplitRule(StrEnum):
    """How disagreement is recognised."""

    IPRAS = "ipras"
    CLASSIC = "classic"


@dataclass(frozen=True, slots=True)
class NoDisagreement(Condition):
    """Is the panel *not* split into two camps (RAND/UCLA)?

    rule : "ipras", the interpercentile range adjusted for symmetry, which exists for 1 to 9 only;
        or "classic", too many experts in both outer bands for the panel's size.
    quantile_method : the definition of the percentiles behind IPRAS.

    Undefined with fewer than two ratings. Judging by IPRAS on another scale than 1 to 9 raises
    ValueError. Both rules overlook a minority below their cut: 8 against 3 of 11 is no
    disagreement by either.

    Source: Fitch K, et al. The RAND/UCLA Appropriateness Method User's Manual. RAND MR-1269, 2001.

    >>> nine = Scale.of(1, 9)
    >>> split = ItemCounts.of([1, 2, 2, 3, 5, 8, 8, 9, 9], nine)
    >>> NoDisagreement(SplitRule.CLASSIC).check(split, nine).holds
    False
    """

    kind: ClassVar[str] = "no disagreement"

    rule: SplitRule = SplitRule.IPRAS
    quantile_method: str = "linear"

    def __post_init__(self) -> None:
        self._set(rule=SplitRule(self.rule), quantile_method=quantile.checked(self.quantile_method))

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        table = table_of([counts], scale)
        held = self.holds_each(table, scale)[0]
        if held < 0:
            reason = Undefined.ONE_RATING if counts.n else Undefined.NOBODY_RATED
            return Finding(self, None, undefined=reason)
        if self.rule is SplitRule.IPRAS:
            return Finding(self, bool(held), value=self._index(table))
        classic = appropriateness.classic_rule(table, regions=regions_of(scale))
        fewer = min(int(classic.low[0]), int(classic.high[0]))
        return Finding(
            self, bool(held), count=fewer, total=counts.n, needed=int(classic.least_each[0]) - 1
        )

    def _index(self, table: CountTable) -> Fraction:
        """The disagreement index, IPR / IPRAS, exactly."""
        tops, bottom = spread.quantile_fractions(
            table, (0.3, 0.7), quantile_method=self.quantile_method
        )
        lower, upper = (1 + Fraction(int(top), bottom) for top in tops[0])
        limit = exact("2.35") + Fraction(3, 2) * abs(5 - (lower + upper) / 2)
        return (upper - lower) / limit

    def holds_each(self, table: CountTable, scale: Scale, groups: Tables | None = None) -> Answers:
        if self.rule is SplitRule.IPRAS:
            by_range = appropriateness.ipras(table, quantile_method=self.quantile_method)
            return _each(by_range.present, wanted=False)
        classic = appropriateness.classic_rule(table, regions=regions_of(scale))
        return _each(classic.disagreement, wanted=False)

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        return say(
            _NO_SPLIT[self.rule], locale, name=quantile.name_in(self.quantile_method, locale)
        )

    def fact(self, finding: Finding, locale: str, scale: Scale | None = None) -> str:
        if finding.value is not None:
            return say(_INDEX, locale, index=wording.number(finding.value, locale))
        return say(
            _ENDS,
            locale,
            count=finding.count,
            total=finding.total,
            split=(finding.needed or 0) + 1,
        )

    def mirrored(self, scale: Scale | None = None) -> Condition:
        return self

    @property
    def quantiles(self) -> str | None:
        return self.quantile_method if self.rule is SplitRule.IPRAS else None

    def with_quantiles(self, method: str | int) -> Condition:
        return replace(self, quantile_method=str(method))


_NO_SPLIT: Mapping[SplitRule, Phrase] = {
    SplitRule.IPRAS: {
        "en": "there is no disagreement by IPRAS ({name})",
        "nl": "er is geen onenigheid volgens IPRAS ({name})",
        "fr": "il n'y a pas de désaccord selon l'IPRAS ({name})",
        "de": "nach IPRAS ({name}) liegt kein Dissens vor",
    },
    SplitRule.CLASSIC: {
        "en": "there is no disagreement by the classic RAND/UCLA count for the panel's size",
        "nl": "er is geen onenigheid volgens de klassieke RAND/UCLA-telling voor die panelgrootte",
        "fr": "il n'y a pas de désaccord selon le décompte RAND/UCLA classique pour cette taille"
        " de panel",
        "de": "nach der klassischen RAND/UCLA-Zählung für diese Panelgröße liegt kein Dissens vor",
    },
}
_INDEX: Phrase = {
    "en": "disagreement index {index}",
    "nl": "onenigheidsindex {index}",
    "fr": "indice de désaccord {index}",
    "de": "Dissensindex {index}",
}
_ENDS: Phrase = {
    "en": "at least {count} of {total} in each outer band (disagreement from {split} on)",
    "nl": "ten minste {count} van {total} in elke buitenste zone (onenigheid vanaf {split})",
    "fr": "au moins {count} sur {total} dans chaque zone extrême (désaccord à partir de {split})",
    "de": "mindestens {count} von {total} in jedem äußeren Bereich (Dissens ab {split})",
}


@dataclass(frozen=True, slots=True)
class ClassicAgreement(Condition):
    """Do few enough experts rate outside the band that holds the median (RAND/UCLA)?

    At most 2 of 8 to 10, 3 of 11 to 13, 4 of 14 to 16, and fewer than a third of other panels.

    between : where a median between two bands belongs. Undefined with fewer than two ratings.

    Source: BMC Med Inform Decis Mak 2012;12:93, table 7, after the method's developers.
    """

    kind: ClassVar[str] = "classic agreement"

    between: BetweenBands = BetweenBands.HIGHER

    def __post_init__(self) -> None:
        self._set(between=BetweenBands(self.between))

    def _classic(self, table: CountTable, scale: Scale) -> appropriateness.ClassicRule:
        names: Mapping[BetweenBands, HalfMedian] = {
            BetweenBands.HIGHER: "higher",
            BetweenBands.LOWER: "lower",
            BetweenBands.MIDDLE: "uncertain",
        }
        return appropriateness.classic_rule(
            table, regions=regions_of(scale), half_median=names[self.between]
        )

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        found = self._classic(table_of([counts], scale), scale)
        held = found.agreement[0]
        if held is None:
            reason = Undefined.ONE_RATING if counts.n else Undefined.NOBODY_RATED
            return Finding(self, None, undefined=reason)
        return Finding(
            self,
            held,
            count=int(found.outside[0]),
            total=counts.n,
            needed=int(found.most_outside[0]),
        )

    def holds_each(self, table: CountTable, scale: Scale, groups: Tables | None = None) -> Answers:
        return _each(self._classic(table, scale).agreement, wanted=True)

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        return say(_AGREE, locale)

    def fact(self, finding: Finding, locale: str, scale: Scale | None = None) -> str:
        return say(_OUTSIDE, locale, count=finding.count, total=finding.total, most=finding.needed)

    def mirrored(self, scale: Scale | None = None) -> Condition:
        return self


_AGREE: Phrase = {
    "en": "few enough ratings for the panel's size lie outside the median's band"
    " (classic RAND/UCLA agreement)",
    "nl": "weinig genoeg beoordelingen voor die panelgrootte liggen buiten de zone van de mediaan"
    " (klassieke RAND/UCLA-overeenstemming)",
    "fr": "assez peu d'évaluations pour cette taille de panel se situent hors de la zone de la"
    " médiane (accord RAND/UCLA classique)",
    "de": "für diese Panelgröße liegen wenige genug Bewertungen außerhalb des Bereichs des Medians"
    " (klassische RAND/UCLA-Übereinstimmung)",
}
_OUTSIDE: Phrase = {
    "en": "{count} of {total} outside the median's band (at most {most})",
    "nl": "{count} van {total} buiten de zone van de mediaan (hoogstens {most})",
    "fr": "{count} sur {total} hors de la zone de la médiane (au plus {most})",
    "de": "{count} von {total} außerhalb des Bereichs des Medians (höchstens {most})",
}


@dataclass(frozen=True, slots=True)
class WithoutExtremes(Condition):
    """Does the condition hold when one lowest and one highest rating are left out?

    Undefined when nothing is left to judge.

    Source: the relaxed definition compared in J Public Health Med 1991;13:35-9.
    """

    kind: ClassVar[str] = "without extremes"

    condition: Condition

    def __post_init__(self) -> None:
        if not isinstance(self.condition, Condition):
            raise ValueError(f"{self.condition!r} is not a condition")
        if self.condition.asks_groups:
            raise ValueError("leave out the extremes inside the groups, not around them")

    @property
    def inside(self) -> tuple[Condition, ...]:
        return (self.condition,)

    def rebuilt(self, change: Callable[[Condition], Condition]) -> Condition:
        return replace(self, condition=self.condition.rebuilt(change))

    def mirrored(self, scale: Scale | None = None) -> Condition:
        return replace(self, condition=self.condition.mirrored(scale))

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        trimmed = appropriateness.without_extremes(table_of([counts], scale))
        found = self.condition.check(row_of(trimmed, 0), scale)
        return Finding(self, found.holds, undefined=found.undefined, parts=(found,))

    def holds_each(self, table: CountTable, scale: Scale, groups: Tables | None = None) -> Answers:
        return self.condition.holds_each(appropriateness.without_extremes(table), scale)

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        return say(_TRIMMED, locale, clause=self.condition.phrase(locale, scale))


_TRIMMED: Phrase = {
    "en": "without the lowest and the highest rating {clause}",
    "nl": "zonder de laagste en de hoogste beoordeling geldt: {clause}",
    "fr": "sans l'évaluation la plus basse ni la plus haute, {clause}",
    "de": "ohne die niedrigste und die höchste Bewertung gilt: {clause}",
}
