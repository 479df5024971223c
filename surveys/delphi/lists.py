"""Rules that judge a whole list of items at once: the best so many, and concordance.

Other rules look at one item. These cannot: whether an item is in the top ten depends on the other
items, and Kendall's W has one value for the list. Both describe unless they were fixed in advance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

import numpy.typing as npt

from surveys.delphi import wording
from surveys.delphi.consensus import FEWEST_RATINGS, Verdict
from surveys.delphi.exact import Comparison, plain, threshold
from surveys.delphi.scale import Scale
from surveys.delphi.stored import Json, Stored
from surveys.delphi.summary import ItemCounts
from surveys.delphi.wording import Phrase, say


class OrderedBy(StrEnum):
    """The number by which items are put in order."""

    MEAN = "mean"
    MEDIAN = "median"

    def of(self, counts: ItemCounts, scale: Scale) -> Fraction:
        """That number for one item, exactly."""
        ratings = counts.ratings(scale)
        if self is OrderedBy.MEAN:
            return Fraction(sum(ratings), len(ratings))
        return Fraction(ratings[(len(ratings) - 1) // 2] + ratings[len(ratings) // 2], 2)


_ORDERED: Mapping[OrderedBy, Phrase] = {
    OrderedBy.MEAN: {"en": "mean", "nl": "gemiddelde", "fr": "moyenne", "de": "Mittelwert"},
    OrderedBy.MEDIAN: {"en": "median", "nl": "mediaan", "fr": "médiane", "de": "Median"},
}


class PlaceReason(StrEnum):
    """Why an item is in or not; stable codes."""

    AMONG_THE_TOP = "among_the_top"
    BELOW_THE_TOP = "below_the_top"
    TIED_AT_THE_CUT = "tied_at_the_cut"
    TOO_FEW = "too_few"


_PLACE: Mapping[PlaceReason, Phrase] = {
    PlaceReason.AMONG_THE_TOP: {
        "en": "Among the top {size} ({by} {value}).",
        "nl": "Bij de hoogste {size} ({by} {value}).",
        "fr": "Parmi les {size} premiers ({by} {value}).",
        "de": "Unter den obersten {size} ({by} {value}).",
    },
    PlaceReason.BELOW_THE_TOP: {
        "en": "Not among the top {size} ({by} {value}).",
        "nl": "Niet bij de hoogste {size} ({by} {value}).",
        "fr": "Pas parmi les {size} premiers ({by} {value}).",
        "de": "Nicht unter den obersten {size} ({by} {value}).",
    },
    PlaceReason.TIED_AT_THE_CUT: {
        "en": "Tied at the last of {size} places ({by} {value}): the rule cannot choose.",
        "nl": "Gedeelde laatste van {size} plaatsen ({by} {value}): de regel kan niet kiezen.",
        "fr": "À égalité pour la dernière des {size} places ({by} {value})\u00a0: la règle ne peut"
        " pas choisir.",
        "de": "Gleichauf auf dem letzten von {size} Plätzen ({by} {value}): Die Regel kann nicht"
        " wählen.",
    },
    PlaceReason.TOO_FEW: {
        "en": "Too few usable ratings: {n}, the rule asks for at least {minimum}.",
        "nl": "Te weinig bruikbare beoordelingen: {n}, de regel vraagt er ten minste {minimum}.",
        "fr": "Trop peu d'évaluations exploitables\u00a0: {n}, la règle en demande au moins"
        " {minimum}.",
        "de": "Zu wenige verwertbare Bewertungen: {n}, die Regel verlangt mindestens {minimum}.",
    },
}


@dataclass(frozen=True, slots=True)
class Placed:
    """One item's place in the list.

    value : the number it was ordered by; None with too few ratings.
    n : usable ratings.
    """

    rule: TopK
    verdict: Verdict
    reason: PlaceReason
    n: int
    value: Fraction | None

    def sentence(self, locale: str) -> str:
        """The place in words."""
        return say(
            _PLACE[self.reason],
            locale,
            size=self.rule.size,
            by=say(_ORDERED[self.rule.by], locale),
            value="" if self.value is None else wording.number(self.value, locale),
            n=self.n,
            minimum=self.rule.minimum,
        )

    def to_json(self) -> dict[str, Json]:
        """The place for an export."""
        return {
            "verdict": self.verdict.value,
            "reason": self.reason.value,
            "rule": self.rule.hash,
            "n": self.n,
            "value": None if self.value is None else plain(self.value),
        }


@dataclass(frozen=True, slots=True)
class TopK(Stored):
    """In are the items with the highest means (or medians), so many of them.

    size : how many. by : mean or median. minimum : usable ratings an item needs to take part.

    Items tied across the last place are undecided, all of them: the rule has no reason to prefer
    one. Nothing is ever out; the others have no consensus.

    Raises ValueError for a size or minimum below 1.
    """

    kind: ClassVar[str] = "top"

    size: int
    by: OrderedBy = OrderedBy.MEAN
    minimum: int = FEWEST_RATINGS

    def __post_init__(self) -> None:
        self._set(by=OrderedBy(self.by))
        for name, number in (("size", self.size), ("minimum", self.minimum)):
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise ValueError(f"{name} is a whole number from 1, not {number!r}")

    def judge(self, items: Mapping[str, ItemCounts], scale: Scale) -> dict[str, Placed]:
        """Judge every item of a list, by its code."""
        values = {
            code: self.by.of(counts, scale)
            for code, counts in items.items()
            if counts.n >= self.minimum
        }
        return {
            code: self._placed(counts.n, values.get(code), list(values.values()))
            for code, counts in items.items()
        }

    def _placed(self, n: int, value: Fraction | None, values: list[Fraction]) -> Placed:
        if value is None:
            return Placed(self, Verdict.UNDECIDED, PlaceReason.TOO_FEW, n, None)
        above = sum(other > value for other in values)
        equal = sum(other == value for other in values)
        if above + equal <= self.size:
            return Placed(self, Verdict.IN, PlaceReason.AMONG_THE_TOP, n, value)
        if above >= self.size:
            return Placed(self, Verdict.NO_CONSENSUS, PlaceReason.BELOW_THE_TOP, n, value)
        return Placed(self, Verdict.UNDECIDED, PlaceReason.TIED_AT_THE_CUT, n, value)

    def sentence(self, locale: str, scale: Scale | None = None) -> str:
        """The rule in words."""
        return say(
            _TOP,
            locale,
            size=self.size,
            by=say(_ORDERED[self.by], locale),
            minimum=self.minimum,
        )


_TOP: Phrase = {
    "en": "Consensus in: the {size} items with the highest {by}, among those with at least"
    " {minimum} usable ratings.",
    "nl": "Consensus vóór: de {size} items met de hoogste waarde ({by}), onder die met ten minste"
    " {minimum} bruikbare beoordelingen.",
    "fr": "Consensus pour\u00a0: les {size} items dont la {by} est la plus élevée, parmi ceux qui"
    " ont au moins {minimum} évaluations exploitables.",
    "de": "Konsens dafür: die {size} Items mit dem höchsten Wert ({by}), unter denen mit"
    " mindestens {minimum} verwertbaren Bewertungen.",
}

# W is a float; one that equals the threshold except for its last digits is taken as equal.
_SAME_W = 1e-12


@dataclass(frozen=True, slots=True)
class ConcordanceJudgement:
    """Whether the panel agrees on the order of the list.

    holds : True, False, or None where W is undefined, for `reason`.
    w : Kendall's W with ties; experts, items : how many it was computed from.
    experts_left_out : experts with a gap, who cannot be ranked.
    """

    rule: Concordance
    holds: bool | None
    w: float | None
    experts: int
    items: int
    experts_left_out: int
    reason: str | None

    def sentence(self, locale: str) -> str:
        """The answer with its numbers."""
        if self.w is None:
            return say(_NO_W, locale)
        return say(
            _W_HOLDS if self.holds else _W_FAILS,
            locale,
            w=wording.number(self.w, locale, digits=3),
            experts=self.experts,
            items=self.items,
        )


_NO_W: Phrase = {
    "en": "Agreement on the order of the list cannot be computed from these ratings.",
    "nl": "Overeenstemming over de volgorde van de lijst is uit deze beoordelingen niet te"
    " berekenen.",
    "fr": "L'accord sur l'ordre de la liste ne peut pas être calculé à partir de ces évaluations.",
    "de": "Die Übereinstimmung über die Reihenfolge lässt sich aus diesen Bewertungen nicht"
    " berechnen.",
}
_W_HOLDS: Phrase = {
    "en": "The panel agrees on the order of the list: Kendall's W {w}, {experts} experts,"
    " {items} items.",
    "nl": "Het panel is het eens over de volgorde van de lijst: Kendalls W {w}, {experts} experts,"
    " {items} items.",
    "fr": "Le panel s'accorde sur l'ordre de la liste\u00a0: W de Kendall {w}, {experts} experts,"
    " {items} items.",
    "de": "Das Panel ist sich über die Reihenfolge einig: Kendalls W {w}, {experts} Fachleute,"
    " {items} Items.",
}
_W_FAILS: Phrase = {
    "en": "The panel does not agree enough on the order of the list: Kendall's W {w},"
    " {experts} experts, {items} items.",
    "nl": "Het panel is het niet genoeg eens over de volgorde van de lijst: Kendalls W {w},"
    " {experts} experts, {items} items.",
    "fr": "Le panel ne s'accorde pas assez sur l'ordre de la liste\u00a0: W de Kendall {w},"
    " {experts} experts, {items} items.",
    "de": "Das Panel ist sich über die Reihenfolge nicht einig genug: Kendalls W {w},"
    " {experts} Fachleute, {items} Items.",
}


@dataclass(frozen=True, slots=True)
class Concordance(Stored):
    """Do the experts put the items of a list in the same order (Kendall's W)?

    comparison, value : the threshold for W, 0..1; Schmidt 1997 calls 0.7 strong agreement.

    Raises ValueError for a threshold outside 0..1, and for "at most" or "under".

    Source: Schmidt RC. Decis Sci 1997;28:763-74.
    """

    kind: ClassVar[str] = "concordance"

    comparison: Comparison = Comparison.AT_LEAST
    value: Fraction = Fraction(7, 10)

    def __post_init__(self) -> None:
        self._set(comparison=Comparison(self.comparison), value=threshold(self.value))
        if not self.comparison.wants_much:
            raise ValueError(f"concordance asks for a high W, not {self.comparison.value!r}")
        if not 0 <= self.value <= 1:
            raise ValueError(f"W lies between 0 and 1, not at {plain(self.value)}")

    @classmethod
    def of(cls, comparison: Comparison | str, value: str | int | Fraction) -> Concordance:
        """The rule from plain values: `Concordance.of(">=", "0.7")`."""
        return cls(Comparison(comparison), threshold(value))

    def judge(self, ratings: npt.ArrayLike) -> ConcordanceJudgement:
        """Judge a list from its ratings.

        ratings : float array, shape (experts, items), NaN where missing; experts with a gap are
        left out, and the judgement says how many.
        """
        from surveys.stats import concordance

        found = concordance.kendalls_w(ratings)
        holds = None
        if found.w is not None:
            limit = float(self.value)
            same = math.isclose(found.w, limit, rel_tol=0, abs_tol=_SAME_W)
            holds = self.comparison.holds(limit if same else found.w, Fraction(limit))
        return ConcordanceJudgement(
            self,
            holds,
            found.w,
            found.experts,
            found.items,
            found.experts_left_out,
            found.reason,
        )

    def sentence(self, locale: str, scale: Scale | None = None) -> str:
        """The rule in words."""
        limit = wording.number(self.value, locale)
        return say(_CONCORDANCE, locale, amount=wording.compare(self.comparison, limit, locale))


_CONCORDANCE: Phrase = {
    "en": "The panel agrees on the order of the list when Kendall's W is {amount}.",
    "nl": "Het panel is het eens over de volgorde van de lijst wanneer Kendalls W {amount} is.",
    "fr": "Le panel s'accorde sur l'ordre de la liste lorsque le W de Kendall vaut {amount}.",
    "de": "Das Panel ist sich über die Reihenfolge einig, wenn Kendalls W {amount} beträgt.",
}
