"""Conditions on where the ratings lie and how far they spread: median, mean, IQR, range.

All of them compare whole numbers: a median is half of a sum of two ratings, a quartile a fraction
with a known denominator (`surveys.stats.spread.quantile_fractions`), and no float decides.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

import numpy as np

from surveys.delphi import quantile, wording
from surveys.delphi.conditions import (
    Answers,
    Condition,
    Denominator,
    Finding,
    ShareCondition,
    Tables,
    Undefined,
    answers,
    table_of,
)
from surveys.delphi.exact import Comparison, plain, threshold
from surveys.delphi.region import Region
from surveys.delphi.scale import Band, Scale
from surveys.delphi.summary import Groups, ItemCounts
from surveys.delphi.wording import Phrase, say
from surveys.stats import spread
from surveys.stats.counts import CountTable
from surveys.stats.ratings import BoolArray, IntArray


def doubled_medians(table: CountTable, scale: Scale) -> IntArray:
    """Twice the median of every item, a whole number; without meaning where nobody rated."""
    n = np.maximum(table.n, 1)
    doubled: IntArray = (
        2 * scale.low + table.category_at((n + 1) // 2) + table.category_at(n // 2 + 1)
    )
    return doubled


@dataclass(frozen=True, slots=True)
class NumberCondition(Condition):
    """A question about one number in scale points, compared exactly with a threshold.

    comparison, value : the threshold, with or without its boundary; value is exact.
    """

    comparison: Comparison
    value: Fraction

    def __post_init__(self) -> None:
        self._set(comparison=Comparison(self.comparison), value=threshold(self.value))

    # Why an item has no such number: nobody rated, or one rating where a spread is asked for.
    unknown: ClassVar[Undefined] = Undefined.NOBODY_RATED

    @abstractmethod
    def numbers(
        self, table: CountTable, scale: Scale
    ) -> tuple[IntArray, IntArray | int, BoolArray]:
        """Numerators, denominators, and for which items the number exists."""

    @property
    @abstractmethod
    def subject(self) -> Phrase:
        """What the number is: "the median"."""

    @property
    @abstractmethod
    def name(self) -> Phrase:
        """The same without an article: "median"."""

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        top, bottom, known = self.numbers(table_of([counts], scale), scale)
        if not known[0]:
            reason = Undefined.NOBODY_RATED if counts.n == 0 else self.unknown
            return Finding(self, None, undefined=reason)
        divisor = bottom if isinstance(bottom, int) else int(bottom[0])
        value = Fraction(int(top[0]), divisor)
        return Finding(self, self.comparison.holds(value, self.value), value=value)

    def holds_each(self, table: CountTable, scale: Scale, groups: Tables | None = None) -> Answers:
        top, bottom, known = self.numbers(table, scale)
        limit, divisor = self.value.numerator, self.value.denominator
        return answers(self.comparison.each(top * divisor, limit * bottom), known)

    def named(self, locale: str) -> str:
        """What the number is, with its definition where it has one."""
        return say(self.subject, locale)

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        digits = len(plain(self.value).partition(".")[2])
        limit = wording.number(self.value, locale, digits=max(digits, 2))
        amount = wording.compare(self.comparison, limit, locale)
        return say(_IS, locale, subject=self.named(locale), amount=amount)

    def fact(self, finding: Finding, locale: str, scale: Scale | None = None) -> str:
        value = wording.number(finding.value or Fraction(0), locale)
        return say(_FACT, locale, name=say(self.name, locale), value=value)


_IS: Phrase = {
    "en": "{subject} is {amount}",
    "nl": "{subject} bedraagt {amount}",
    "fr": "{subject} vaut {amount}",
    "de": "{subject} beträgt {amount}",
}
_FACT: Phrase = {
    "en": "{name} {value}",
    "nl": "{name} {value}",
    "fr": "{name} {value}",
    "de": "{name} {value}",
}
_MEDIAN: Phrase = {"en": "the median", "nl": "de mediaan", "fr": "la médiane", "de": "der Median"}
_MEAN: Phrase = {
    "en": "the mean",
    "nl": "het gemiddelde",
    "fr": "la moyenne",
    "de": "der Mittelwert",
}
_IQR: Phrase = {
    "en": "the interquartile range",
    "nl": "de interkwartielafstand",
    "fr": "l'écart interquartile",
    "de": "der Interquartilsabstand",
}
_RANGE: Phrase = {
    "en": "the distance from the lowest to the highest rating",
    "nl": "de afstand tussen de laagste en de hoogste beoordeling",
    "fr": "l'écart entre l'évaluation la plus basse et la plus haute",
    "de": "der Abstand zwischen der niedrigsten und der höchsten Bewertung",
}
_MEDIAN_NAME: Phrase = {"en": "median", "nl": "mediaan", "fr": "médiane", "de": "Median"}
_MEAN_NAME: Phrase = {"en": "mean", "nl": "gemiddelde", "fr": "moyenne", "de": "Mittelwert"}
_IQR_NAME: Phrase = {
    "en": "interquartile range",
    "nl": "interkwartielafstand",
    "fr": "écart interquartile",
    "de": "Interquartilsabstand",
}
_RANGE_NAME: Phrase = {
    "en": "lowest to highest rating",
    "nl": "laagste tot hoogste beoordeling",
    "fr": "de l'évaluation la plus basse à la plus haute",
    "de": "niedrigste bis höchste Bewertung",
}


@dataclass(frozen=True, slots=True)
class _Location(NumberCondition):
    """A number that lies somewhere on the scale, so that it has a mirror image."""

    @classmethod
    def of(cls, comparison: Comparison | str, value: str | int | Fraction) -> _Location:
        """The condition from plain values: `MedianCut.of(">=", 4)`."""
        return cls(Comparison(comparison), threshold(value))

    def mirrored(self, scale: Scale | None = None) -> Condition:
        if scale is None:
            raise ValueError(f"{plain(self.value)} has no other end without a scale")
        return replace(
            self,
            comparison=self.comparison.mirrored,
            value=scale.low + scale.high - self.value,
        )


@dataclass(frozen=True, slots=True)
class MedianCut(_Location):
    """Does the median reach a cut? For an even panel the median is the mean of the middle two."""

    kind: ClassVar[str] = "median"

    def numbers(
        self, table: CountTable, scale: Scale
    ) -> tuple[IntArray, IntArray | int, BoolArray]:
        return doubled_medians(table, scale), 2, table.n > 0

    @property
    def subject(self) -> Phrase:
        return _MEDIAN

    @property
    def name(self) -> Phrase:
        return _MEDIAN_NAME


@dataclass(frozen=True, slots=True)
class MeanCut(_Location):
    """Does the mean reach a cut?"""

    kind: ClassVar[str] = "mean"

    def numbers(
        self, table: CountTable, scale: Scale
    ) -> tuple[IntArray, IntArray | int, BoolArray]:
        points = np.arange(scale.low, scale.high + 1)
        return table.counts @ points, np.maximum(table.n, 1), table.n > 0

    @property
    def subject(self) -> Phrase:
        return _MEAN

    @property
    def name(self) -> Phrase:
        return _MEAN_NAME


@dataclass(frozen=True, slots=True)
class Iqr(NumberCondition):
    """Are the quartiles close together?

    quantile_method : the definition of the quartiles; part of the rule, because it can change the
        verdict.

    Undefined with fewer than two ratings: one rating has no spread.

    >>> ten = ItemCounts((0, 0, 2, 5, 3))  # 3 3 4 4 4 4 4 5 5 5
    >>> five = Scale.of(1, 5)
    >>> [Iqr.of("<=", 1, quantile_method=name).check(ten, five).holds
    ...  for name in ("linear", "weibull")]
    [True, False]
    """

    kind: ClassVar[str] = "iqr"
    unknown: ClassVar[Undefined] = Undefined.ONE_RATING

    quantile_method: str = "linear"

    def __post_init__(self) -> None:
        NumberCondition.__post_init__(self)
        self._set(quantile_method=quantile.checked(self.quantile_method))

    @classmethod
    def of(
        cls,
        comparison: Comparison | str,
        value: str | int | Fraction,
        *,
        quantile_method: str | int = "linear",
    ) -> Iqr:
        """The condition from plain values: `Iqr.of("<=", 1)`."""
        return cls(Comparison(comparison), threshold(value), str(quantile_method))

    def numbers(
        self, table: CountTable, scale: Scale
    ) -> tuple[IntArray, IntArray | int, BoolArray]:
        tops, bottom = spread.quantile_fractions(
            table, (0.25, 0.75), quantile_method=self.quantile_method
        )
        return tops[:, 1] - tops[:, 0], bottom, table.n > 1

    @property
    def subject(self) -> Phrase:
        return _IQR

    @property
    def name(self) -> Phrase:
        return _IQR_NAME

    @property
    def quantiles(self) -> str | None:
        return self.quantile_method

    def with_quantiles(self, method: str | int) -> Condition:
        return replace(self, quantile_method=str(method))

    def named(self, locale: str) -> str:
        return f"{say(self.subject, locale)} ({quantile.name_in(self.quantile_method, locale)})"

    def mirrored(self, scale: Scale | None = None) -> Condition:
        return self


@dataclass(frozen=True, slots=True)
class Span(NumberCondition):
    """Are the lowest and the highest rating close together?

    Undefined with fewer than two ratings.
    """

    kind: ClassVar[str] = "span"
    unknown: ClassVar[Undefined] = Undefined.ONE_RATING

    @classmethod
    def of(cls, comparison: Comparison | str, value: str | int | Fraction) -> Span:
        """The condition from plain values: `Span.of("<=", 2)`."""
        return cls(Comparison(comparison), threshold(value))

    def numbers(
        self, table: CountTable, scale: Scale
    ) -> tuple[IntArray, IntArray | int, BoolArray]:
        n = np.maximum(table.n, 1)
        lowest = table.category_at(np.ones_like(n))
        return table.category_at(n) - lowest, 1, table.n > 1

    @property
    def subject(self) -> Phrase:
        return _RANGE

    @property
    def name(self) -> Phrase:
        return _RANGE_NAME

    def mirrored(self, scale: Scale | None = None) -> Condition:
        return self


class BetweenBands(StrEnum):
    """Where a median between two bands belongs, such as 3.5 or 6.5 on 1-3 / 4-6 / 7-9."""

    # The RAND/UCLA manual puts both in the higher category.
    HIGHER = "higher"
    LOWER = "lower"
    # Neither low nor high: consensus asks for a median inside an outer band.
    MIDDLE = "middle"


@dataclass(frozen=True, slots=True)
class MedianIn(Condition):
    """Does the median lie in a band?

    band : low, middle or high.
    between : where a median between two bands belongs.

    >>> nine = Scale.of(1, 9)
    >>> [MedianIn(Band.HIGH, between).check(ItemCounts.of([6, 7], nine), nine).holds
    ...  for between in BetweenBands]
    [True, False, False]
    """

    kind: ClassVar[str] = "median in"

    band: Band
    between: BetweenBands = BetweenBands.HIGHER

    def __post_init__(self) -> None:
        self._set(band=Band(self.band), between=BetweenBands(self.between))

    def doubled_ends(self, scale: Scale) -> tuple[int, int]:
        """Twice the lowest and the highest median that the band holds."""
        gap = {BetweenBands.HIGHER: (0, 1), BetweenBands.LOWER: (1, 0), BetweenBands.MIDDLE: (0, 0)}
        last_low, first_high = 2 * scale.low_until, 2 * scale.high_from
        to_lower, to_higher = gap[self.between]
        return {
            Band.LOW: (2 * scale.low, last_low + to_lower),
            Band.MIDDLE: (last_low + to_lower + 1, first_high - to_higher - 1),
            Band.HIGH: (first_high - to_higher, 2 * scale.high),
        }[self.band]

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        if counts.n == 0:
            return Finding(self, None, undefined=Undefined.NOBODY_RATED)
        doubled = int(doubled_medians(table_of([counts], scale), scale)[0])
        first, last = self.doubled_ends(scale)
        return Finding(self, first <= doubled <= last, value=Fraction(doubled, 2))

    def holds_each(self, table: CountTable, scale: Scale, groups: Tables | None = None) -> Answers:
        doubled = doubled_medians(table, scale)
        first, last = self.doubled_ends(scale)
        return answers((doubled >= first) & (doubled <= last), table.n > 0)

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        where = self.band.name_in(locale)
        if scale is not None and scale.points_in(self.band):
            where = Region.of(self.band).within(locale, scale)
        return say(_LIES, locale, where=where) + say(_BETWEEN[self.between], locale)

    def fact(self, finding: Finding, locale: str, scale: Scale | None = None) -> str:
        value = wording.number(finding.value or Fraction(0), locale)
        return say(_FACT, locale, name=say(_MEDIAN_NAME, locale), value=value)

    def mirrored(self, scale: Scale | None = None) -> Condition:
        return replace(self, band=self.band.mirrored)


_LIES: Phrase = {
    "en": "the median lies {where}",
    "nl": "de mediaan ligt {where}",
    "fr": "la médiane se situe {where}",
    "de": "der Median liegt {where}",
}
_BETWEEN: Mapping[BetweenBands, Phrase] = {
    BetweenBands.HIGHER: {"en": "", "nl": "", "fr": "", "de": ""},
    BetweenBands.LOWER: {
        "en": " (one between two bands counts with the lower)",
        "nl": " (een mediaan tussen twee zones telt bij de lagere)",
        "fr": " (une médiane entre deux zones compte pour la plus basse)",
        "de": " (ein Median zwischen zwei Bereichen zählt zum unteren)",
    },
    BetweenBands.MIDDLE: {
        "en": " (one between two bands counts with the middle)",
        "nl": " (een mediaan tussen twee zones telt bij de middelste)",
        "fr": " (une médiane entre deux zones compte pour la zone médiane)",
        "de": " (ein Median zwischen zwei Bereichen zählt zum mittleren)",
    },
}


@dataclass(frozen=True, slots=True)
class NearMedian(ShareCondition):
    """Is the share of ratings within some points of the median large enough?

    within : the distance in scale points. A median between two points, such as 6.5, makes the
        window (5.5, 7.5), which holds two points.
    """

    kind: ClassVar[str] = "near median"

    within: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        ShareCondition.__post_init__(self)
        self._set(within=threshold(self.within))
        if self.within < 0:
            raise ValueError(f"a distance from the median is not {plain(self.within)}")

    @classmethod
    def of(
        cls,
        within: str | int | Fraction,
        comparison: Comparison | str,
        percent: str | int | Fraction,
    ) -> NearMedian:
        """The condition from plain values: `NearMedian.of(1, ">=", 80)`."""
        return cls(Comparison(comparison), threshold(percent, percent=True), threshold(within))

    def tally(self, table: CountTable, scale: Scale) -> tuple[IntArray, IntArray]:
        doubled = doubled_medians(table, scale)
        points = 2 * np.arange(scale.low, scale.high + 1)
        distance = np.abs(points[np.newaxis, :] - doubled[:, np.newaxis])
        near = distance * self.within.denominator <= 2 * self.within.numerator
        return (table.counts * near).sum(axis=1), table.n

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        of_whom = "" if after else f" {Denominator.USABLE.name_in(locale)}"
        return say(
            _NEAR if self.within != 1 else _NEAR_ONE,
            locale,
            amount=self.amount(locale),
            of_whom=of_whom,
            within=wording.number(self.within, locale),
        )

    def fact(self, finding: Finding, locale: str, scale: Scale | None = None) -> str:
        return say(
            _NEAR_FACT,
            locale,
            share=self.share_found(finding, locale),
            within=wording.number(self.within, locale),
        )

    def mirrored(self, scale: Scale | None = None) -> Condition:
        return self


_NEAR_ONE: Phrase = {
    "en": "{amount}{of_whom} lie within 1 point of the median",
    "nl": "{amount}{of_whom} ligt op hoogstens 1 punt van de mediaan",
    "fr": "{amount}{of_whom} se situent à 1 point au plus de la médiane",
    "de": "{amount}{of_whom} liegen höchstens 1 Punkt vom Median entfernt",
}
_NEAR: Phrase = {
    "en": "{amount}{of_whom} lie within {within} points of the median",
    "nl": "{amount}{of_whom} ligt op hoogstens {within} punten van de mediaan",
    "fr": "{amount}{of_whom} se situent à {within} points au plus de la médiane",
    "de": "{amount}{of_whom} liegen höchstens {within} Punkte vom Median entfernt",
}
_NEAR_FACT: Phrase = {
    "en": "{share} within {within} of the median",
    "nl": "{share} op hoogstens {within} van de mediaan",
    "fr": "{share} à {within} au plus de la médiane",
    "de": "{share} höchstens {within} vom Median entfernt",
}
