"""When ratings have settled between two rounds, which is another question than consensus.

A `StabilityRule` looks at the pairs: experts who rated the same item, with the same meaning, in
both rounds. It answers stable, not stable, or not assessed, and never folds that into a verdict on
consensus (Dajani 1979; von der Gracht 2012).

A rule is one or more clauses that must all hold. The plainest is the share of experts who kept
their rating; a limit on the net change of the distribution beside it catches a slow drift of
everyone, which the first clause alone would pass.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from surveys.delphi import quantile, wording
from surveys.delphi.conditions import NO, UNKNOWN, Answers, answers, points_of, table_of
from surveys.delphi.exact import Comparison, plain, threshold
from surveys.delphi.scale import Scale
from surveys.delphi.stored import Json, Stored, load_as
from surveys.delphi.summary import ItemCounts, PairCounts
from surveys.delphi.wording import Phrase, say
from surveys.stats import spread
from surveys.stats.counts import from_counts
from surveys.stats.ratings import BoolArray, IntArray


class Kept(StrEnum):
    """What counts as an expert having kept a rating."""

    UNCHANGED = "unchanged"
    WITHIN_ONE = "within one"
    SAME_BAND = "same band"

    def kept_by(self, pairs: PairCounts, scale: Scale) -> int:
        """Experts who kept theirs in this sense."""
        if self is Kept.UNCHANGED:
            return pairs.unchanged
        if self is Kept.WITHIN_ONE:
            return pairs.within(1)
        return pairs.same_band(scale)

    def cells(self, scale: Scale) -> BoolArray:
        """Which cells of a table of pairs count as kept in this sense, shape (points, points)."""
        if self is Kept.SAME_BAND:
            bands = [scale.band_of(point) for point in scale]
            return np.array([[one is other for other in bands] for one in bands])
        at = np.arange(len(scale))
        distance = 0 if self is Kept.UNCHANGED else 1
        near: BoolArray = np.abs(at[:, None] - at) <= distance
        return near


_KEPT: Mapping[Kept, Phrase] = {
    Kept.UNCHANGED: {
        "en": "kept exactly the same rating",
        "nl": "gaf precies dezelfde beoordeling",
        "fr": "ont donné exactement la même évaluation",
        "de": "gaben genau dieselbe Bewertung",
    },
    Kept.WITHIN_ONE: {
        "en": "stayed within one scale point",
        "nl": "bleef binnen één schaalpunt",
        "fr": "sont restés à un point au plus de leur évaluation",
        "de": "blieben innerhalb eines Skalenpunktes",
    },
    Kept.SAME_BAND: {
        "en": "stayed in the same band",
        "nl": "bleef in dezelfde zone",
        "fr": "sont restés dans la même zone",
        "de": "blieben im selben Bereich",
    },
}


@dataclass(frozen=True, slots=True)
class PairFinding:
    """A clause's answer for one item.

    holds : True, False, or None where its number is undefined.
    count, total, needed : exact counts, where the clause is about a share of pairs.
    value : the number compared; None where undefined.
    """

    clause: PairClause
    holds: bool | None
    count: int | None = None
    total: int | None = None
    needed: int | None = None
    value: Fraction | None = None

    def to_json(self) -> dict[str, Json]:
        """The finding for an export."""
        return {
            "clause": self.clause.to_json(),
            "holds": self.holds,
            "count": self.count,
            "total": self.total,
            "needed": self.needed,
            "value": None if self.value is None else plain(self.value),
        }


@dataclass(frozen=True, slots=True)
class PairClause(Stored):
    """One question about the pairs of an item."""

    @abstractmethod
    def check(self, pairs: PairCounts, scale: Scale) -> PairFinding:
        """Answer it for one item that has pairs."""

    @abstractmethod
    def holds_each(self, tables: IntArray, scale: Scale) -> Answers:
        """Answer it for many tables of pairs, shape (items, points, points), none empty."""

    @abstractmethod
    def phrase(self, locale: str) -> str:
        """The clause in words."""

    @abstractmethod
    def fact(self, finding: PairFinding, locale: str) -> str:
        """What was found, with its numbers."""

    @property
    def quantiles(self) -> str | None:
        """The quantile definition its answer depends on, if any."""
        return None

    def with_quantiles(self, method: str | int) -> PairClause:
        """The same clause by another quantile definition; itself where none is used."""
        return self


@dataclass(frozen=True, slots=True)
class ShareKept(PairClause):
    """Did enough of the same experts keep their rating?

    kept : what counts as having kept it: unchanged, within one point, or in the same band.
    comparison, percent : how many of the pairs must have; percent is exact, 0..100.

    Raises ValueError for "at most" and "under", which would ask for change.
    """

    kind: ClassVar[str] = "share kept"

    kept: Kept
    comparison: Comparison
    percent: Fraction

    def __post_init__(self) -> None:
        self._set(
            kept=Kept(self.kept),
            comparison=Comparison(self.comparison),
            percent=threshold(self.percent, percent=True),
        )
        if not self.comparison.wants_much:
            raise ValueError(f"stability asks for many kept ratings, not {self.comparison.value!r}")

    def check(self, pairs: PairCounts, scale: Scale) -> PairFinding:
        kept, total = self.kept.kept_by(pairs, scale), pairs.pairs
        holds = self.comparison.holds(100 * kept, self.percent * total)
        needed = self.comparison.limit(self.percent, total)
        return PairFinding(self, holds, kept, total, needed, Fraction(kept, total))

    def holds_each(self, tables: IntArray, scale: Scale) -> Answers:
        flat = tables.reshape(len(tables), -1)
        kept, total = flat @ self.kept.cells(scale).ravel().astype(np.int64), flat.sum(axis=1)
        top, bottom = self.percent.numerator, self.percent.denominator
        return answers(self.comparison.each(100 * bottom * kept, top * total), total > 0)

    def phrase(self, locale: str) -> str:
        amount = wording.compare(
            self.comparison, wording.percent_threshold(self.percent, locale), locale
        )
        return say(_SHARE_KEPT, locale, amount=amount, kept=say(_KEPT[self.kept], locale))

    def fact(self, finding: PairFinding, locale: str) -> str:
        share = wording.share(finding.count or 0, finding.total or 0, locale)
        return f"{share} {say(_KEPT[self.kept], locale)}"


_SHARE_KEPT: Phrase = {
    "en": "{amount} of the experts who rated it in both rounds {kept}",
    "nl": "{amount} van de experts die het in beide rondes beoordeelden {kept}",
    "fr": "{amount} des experts qui l'ont évalué aux deux tours {kept}",
    "de": "{amount} der Fachleute, die es in beiden Runden bewertet haben, {kept}",
}


@dataclass(frozen=True, slots=True)
class NetChange(PairClause):
    """Did the distribution as a whole stay where it was?

    comparison, percent : the limit on half the sum of absolute differences between the two
        distributions of the pairs. Blind to experts who swap places.

    Raises ValueError for "at least" and "more than", which would ask for change.

    Source: Scheibe M, Skutsch M, Schofer J, in Linstone HA, Turoff M (eds), The Delphi Method,
    1975: under 15 % is stable.
    """

    kind: ClassVar[str] = "net change"

    comparison: Comparison
    percent: Fraction

    def __post_init__(self) -> None:
        self._set(
            comparison=Comparison(self.comparison), percent=threshold(self.percent, percent=True)
        )
        if self.comparison.wants_much:
            raise ValueError(f"stability asks for little change, not {self.comparison.value!r}")

    def check(self, pairs: PairCounts, scale: Scale) -> PairFinding:
        change = pairs.net_change or Fraction(0)
        return PairFinding(self, self.comparison.holds(100 * change, self.percent), value=change)

    def holds_each(self, tables: IntArray, scale: Scale) -> Answers:
        total = tables.sum(axis=(1, 2))
        moved = np.abs(tables.sum(axis=1) - tables.sum(axis=2)).sum(axis=1)
        top, bottom = self.percent.numerator, self.percent.denominator
        return answers(self.comparison.each(50 * bottom * moved, top * total), total > 0)

    def phrase(self, locale: str) -> str:
        limit = wording.percent_threshold(self.percent, locale)
        amount = wording.compare(self.comparison, limit, locale)
        return say(_NET_CHANGE, locale, amount=amount)

    def fact(self, finding: PairFinding, locale: str) -> str:
        change = wording.percent(100 * (finding.value or Fraction(0)), locale)
        return say(_NET_FOUND, locale, percent=change)


_NET_CHANGE: Phrase = {
    "en": "the net change of the distribution is {amount}",
    "nl": "de nettoverschuiving van de verdeling bedraagt {amount}",
    "fr": "le changement net de la distribution vaut {amount}",
    "de": "die Nettoveränderung der Verteilung beträgt {amount}",
}
_NET_FOUND: Phrase = {
    "en": "net change {percent}",
    "nl": "nettoverschuiving {percent}",
    "fr": "changement net {percent}",
    "de": "Nettoveränderung {percent}",
}


@dataclass(frozen=True, slots=True)
class Kappa(PairClause):
    """Do the experts' two ratings agree beyond chance (quadratically weighted kappa)?

    comparison, value : the threshold, exact.

    When nobody moved the clause holds whatever kappa says: it is undefined for a panel that is
    unanimous in both rounds, and that panel is as stable as any. With one unanimous round kappa is
    0 however many kept their rating; prefer the share kept for near-unanimous panels.

    Source: Cohen J. Psychol Bull 1968;70:213-20. In Delphi: Holey EA, et al. BMC Med Res Methodol
    2007;7:52, as a trend rather than a cut-off.
    """

    kind: ClassVar[str] = "kappa"

    comparison: Comparison
    value: Fraction

    def __post_init__(self) -> None:
        self._set(comparison=Comparison(self.comparison), value=threshold(self.value))
        if not self.comparison.wants_much:
            raise ValueError(f"stability asks for a high kappa, not {self.comparison.value!r}")

    def check(self, pairs: PairCounts, scale: Scale) -> PairFinding:
        value = _weighted_kappa(pairs)
        # Undefined only where every rating is the same, and then nobody moved either.
        if value is None or pairs.unchanged == pairs.pairs:
            return PairFinding(self, True, value=value)
        return PairFinding(self, self.comparison.holds(value, self.value), value=value)

    def holds_each(self, tables: IntArray, scale: Scale) -> Answers:
        at = np.arange(len(scale))
        weights = (at[:, None] - at) ** 2
        total = tables.sum(axis=(1, 2))
        observed = (tables.reshape(len(tables), -1) @ weights.ravel()) * total
        expected = ((tables.sum(axis=2) @ weights) * tables.sum(axis=1)).sum(axis=1)
        top, bottom = self.value.numerator, self.value.denominator
        agreeing = self.comparison.each(bottom * (expected - observed), top * expected)
        # Nobody moved: settled, whatever kappa says, also where it is undefined.
        return answers(agreeing | (observed == 0), total > 0)

    def phrase(self, locale: str) -> str:
        limit = wording.number(self.value, locale)
        return say(_KAPPA, locale, amount=wording.compare(self.comparison, limit, locale))

    def fact(self, finding: PairFinding, locale: str) -> str:
        if finding.value is None:
            return say(_NO_KAPPA, locale)
        return say(_KAPPA_FOUND, locale, value=wording.number(finding.value, locale))


def _weighted_kappa(pairs: PairCounts) -> Fraction | None:
    """Exactly; None where the ratings of both rounds are all the same point."""
    earlier, later, n = pairs.earlier, pairs.later, pairs.pairs
    places = range(len(pairs.table))
    observed = sum((i - j) ** 2 * pairs.table[i][j] for i in places for j in places)
    expected = sum((i - j) ** 2 * earlier[i] * later[j] for i in places for j in places)
    return 1 - Fraction(observed * n, expected) if expected else None


_KAPPA: Phrase = {
    "en": "the weighted kappa between the two rounds is {amount}",
    "nl": "de gewogen kappa tussen de twee rondes bedraagt {amount}",
    "fr": "le kappa pondéré entre les deux tours vaut {amount}",
    "de": "das gewichtete Kappa zwischen den beiden Runden beträgt {amount}",
}
_KAPPA_FOUND: Phrase = {
    "en": "weighted kappa {value}",
    "nl": "gewogen kappa {value}",
    "fr": "kappa pondéré {value}",
    "de": "gewichtetes Kappa {value}",
}
_NO_KAPPA: Phrase = {
    "en": "weighted kappa undefined: every rating is the same",
    "nl": "gewogen kappa niet gedefinieerd: alle beoordelingen zijn gelijk",
    "fr": "kappa pondéré indéfini\u00a0: toutes les évaluations sont identiques",
    "de": "gewichtetes Kappa nicht definiert: alle Bewertungen sind gleich",
}


@dataclass(frozen=True, slots=True)
class IqrChange(PairClause):
    """Did the interquartile range of the pairs stay about the same?

    comparison, value : the limit on the absolute difference, in scale points, exact.
    quantile_method : the definition of the quartiles.

    Undefined for a single pair. A panel can close ranks or drift without changing its spread, so
    this says less than the share kept.
    """

    kind: ClassVar[str] = "iqr change"

    comparison: Comparison
    value: Fraction
    quantile_method: str = "linear"

    def __post_init__(self) -> None:
        self._set(
            comparison=Comparison(self.comparison),
            value=threshold(self.value),
            quantile_method=quantile.checked(self.quantile_method),
        )
        if self.comparison.wants_much:
            raise ValueError(f"stability asks for little change, not {self.comparison.value!r}")

    def check(self, pairs: PairCounts, scale: Scale) -> PairFinding:
        if pairs.pairs < 2:
            return PairFinding(self, None)
        table = table_of([ItemCounts(pairs.earlier), ItemCounts(pairs.later)], scale)
        tops, bottom = spread.quantile_fractions(
            table, (0.25, 0.75), quantile_method=self.quantile_method
        )
        before, after = (Fraction(int(upper - lower), bottom) for lower, upper in tops)
        change = abs(after - before)
        return PairFinding(self, self.comparison.holds(change, self.value), value=change)

    def holds_each(self, tables: IntArray, scale: Scale) -> Answers:
        widths = []
        for margin in (tables.sum(axis=2), tables.sum(axis=1)):
            table = from_counts(margin, points=points_of(scale))
            tops, bottom = spread.quantile_fractions(
                table, (0.25, 0.75), quantile_method=self.quantile_method
            )
            widths.append((tops[:, 1] - tops[:, 0], bottom))
        (before, below), (after, beneath) = widths
        change = np.abs(after * below - before * beneath)
        top, bottom = self.value.numerator, self.value.denominator
        held = self.comparison.each(change * bottom, top * below * beneath)
        return answers(held, tables.sum(axis=(1, 2)) > 1)

    def phrase(self, locale: str) -> str:
        limit = wording.number(self.value, locale)
        return say(
            _IQR_CHANGE,
            locale,
            name=quantile.name_in(self.quantile_method, locale),
            amount=wording.compare(self.comparison, limit, locale),
        )

    def fact(self, finding: PairFinding, locale: str) -> str:
        if finding.value is None:
            return say(_NO_IQR, locale)
        return say(_IQR_FOUND, locale, value=wording.number(finding.value, locale))

    @property
    def quantiles(self) -> str | None:
        return self.quantile_method

    def with_quantiles(self, method: str | int) -> PairClause:
        return replace(self, quantile_method=str(method))


_IQR_CHANGE: Phrase = {
    "en": "the interquartile range ({name}) changed by {amount}",
    "nl": "de interkwartielafstand ({name}) veranderde met {amount}",
    "fr": "l'écart interquartile ({name}) a changé de {amount}",
    "de": "der Interquartilsabstand ({name}) änderte sich um {amount}",
}
_IQR_FOUND: Phrase = {
    "en": "interquartile range changed by {value}",
    "nl": "interkwartielafstand veranderde met {value}",
    "fr": "écart interquartile changé de {value}",
    "de": "Interquartilsabstand geändert um {value}",
}
_NO_IQR: Phrase = {
    "en": "one pair has no spread",
    "nl": "één paar heeft geen spreiding",
    "fr": "une seule paire n'a pas de dispersion",
    "de": "ein einzelnes Paar hat keine Streuung",
}


class StabilityReason(StrEnum):
    """Why an item is stable, not stable, or not assessed; stable codes for exports."""

    SETTLED = "settled"
    MOVED = "moved"
    RATED_ONCE = "rated_once"
    TOO_FEW_PAIRS = "too_few_pairs"
    UNDEFINED = "undefined"


# The order in which `StabilityRule.reasons_each` counts them.
REASONS = tuple(StabilityReason)

_REASON: Mapping[StabilityReason, Phrase] = {
    StabilityReason.SETTLED: {
        "en": "Stable: {facts}.",
        "nl": "Stabiel: {facts}.",
        "fr": "Stable\u00a0: {facts}.",
        "de": "Stabil: {facts}.",
    },
    StabilityReason.MOVED: {
        "en": "Not stable: {facts}.",
        "nl": "Niet stabiel: {facts}.",
        "fr": "Pas stable\u00a0: {facts}.",
        "de": "Nicht stabil: {facts}.",
    },
    StabilityReason.UNDEFINED: {
        "en": "Stability not assessed: {facts}.",
        "nl": "Stabiliteit niet beoordeeld: {facts}.",
        "fr": "Stabilité non évaluée\u00a0: {facts}.",
        "de": "Stabilität nicht beurteilt: {facts}.",
    },
    StabilityReason.RATED_ONCE: {
        "en": "Stability not assessed: rated once.",
        "nl": "Stabiliteit niet beoordeeld: één keer beoordeeld.",
        "fr": "Stabilité non évaluée\u00a0: évalué une seule fois.",
        "de": "Stabilität nicht beurteilt: nur einmal bewertet.",
    },
    StabilityReason.TOO_FEW_PAIRS: {
        "en": "Stability not assessed: {pairs} rated it in both rounds,"
        " the rule asks for at least {minimum}.",
        "nl": "Stabiliteit niet beoordeeld: in beide rondes beoordeeld door {pairs},"
        " de regel vraagt er ten minste {minimum}.",
        "fr": "Stabilité non évaluée\u00a0: évalué aux deux tours par {pairs},"
        " la règle en demande au moins {minimum}.",
        "de": "Stabilität nicht beurteilt: nur {pairs} mit Bewertungen in beiden Runden,"
        " die Regel verlangt mindestens {minimum}.",
    },
}


@dataclass(frozen=True, slots=True)
class StabilityJudgement:
    """Whether one item's ratings settled.

    stable : True, False, or None when it could not be assessed.
    reason : why, as a stable code.
    pairs : experts who rated in both rounds.
    findings : the clauses' answers; empty where they were not asked.
    net_change : half the absolute difference of the two distributions, 0..1; None without pairs.
    """

    rule: StabilityRule
    stable: bool | None
    reason: StabilityReason
    pairs: int
    findings: tuple[PairFinding, ...]
    net_change: Fraction | None

    def sentence(self, locale: str) -> str:
        """The answer with its numbers."""
        facts = [finding.clause.fact(finding, locale) for finding in self.findings]
        return say(
            _REASON[self.reason],
            locale,
            facts=wording.semicolon(locale).join(facts),
            pairs=wording.experts(self.pairs, locale),
            minimum=self.rule.minimum_pairs,
        )

    def to_json(self) -> dict[str, Json]:
        """The answer for an export."""
        return {
            "stable": self.stable,
            "reason": self.reason.value,
            "rule": self.rule.hash,
            "pairs": self.pairs,
            "findings": [finding.to_json() for finding in self.findings],
            "net_change": None if self.net_change is None else plain(self.net_change),
        }


# Fewer pairs than this say nothing about settling, unless a study says otherwise.
FEWEST_PAIRS = 5


@dataclass(frozen=True, slots=True)
class StabilityRule(Stored):
    """When the ratings of one item have settled: every clause must hold.

    clauses : `ShareKept`, `NetChange`, `Kappa`, `IqrChange`.
    minimum_pairs : pairs below which stability is not assessed.

    Raises ValueError without clauses, and for a minimum below 1.

    >>> five = Scale.of(1, 5)
    >>> pairs = PairCounts.of([(4, 4), (4, 5), (5, 5), (2, 2), (3, 3)], five)
    >>> StabilityRule.of("within one", ">=", 80).judge(pairs, five).stable
    True
    """

    kind: ClassVar[str] = "stability"

    clauses: tuple[PairClause, ...]
    minimum_pairs: int = FEWEST_PAIRS

    def __post_init__(self) -> None:
        self._set(clauses=tuple(self.clauses))
        if not self.clauses:
            raise ValueError("a stability rule needs at least one clause")
        for clause in self.clauses:
            if not isinstance(clause, PairClause):
                raise ValueError(f"{clause!r} says nothing about stability")
        least = self.minimum_pairs
        if isinstance(least, bool) or not isinstance(least, int) or least < 1:
            raise ValueError(f"the smallest number of pairs is at least 1, not {least!r}")

    @classmethod
    def of(
        cls,
        kept: Kept | str,
        comparison: Comparison | str,
        percent: str | int | Fraction,
        *,
        minimum_pairs: int = FEWEST_PAIRS,
        net_change_under: str | int | Fraction | None = None,
    ) -> StabilityRule:
        """The usual rule from plain values: `StabilityRule.of("within one", ">=", 80)`.

        net_change_under : a second clause: the net change stays under so many percent.
        """
        clauses: list[PairClause] = [
            ShareKept(Kept(kept), Comparison(comparison), threshold(percent, percent=True))
        ]
        if net_change_under is not None:
            limit = threshold(net_change_under, percent=True)
            clauses.append(NetChange(Comparison.UNDER, limit))
        return cls(tuple(clauses), minimum_pairs)

    def judge(self, pairs: PairCounts, scale: Scale) -> StabilityJudgement:
        """Say whether one item settled. Raises ValueError when the pairs do not fit the scale."""
        pairs.check_fits(scale)
        if pairs.pairs == 0:
            return StabilityJudgement(self, None, StabilityReason.RATED_ONCE, 0, (), None)
        if pairs.pairs < self.minimum_pairs:
            return StabilityJudgement(
                self, None, StabilityReason.TOO_FEW_PAIRS, pairs.pairs, (), pairs.net_change
            )
        findings = tuple(clause.check(pairs, scale) for clause in self.clauses)
        holds = [finding.holds for finding in findings]
        stable = False if False in holds else None if None in holds else True
        reason = {
            True: StabilityReason.SETTLED,
            False: StabilityReason.MOVED,
            None: StabilityReason.UNDEFINED,
        }[stable]
        return StabilityJudgement(self, stable, reason, pairs.pairs, findings, pairs.net_change)

    def reasons_each(self, tables: IntArray, scale: Scale) -> npt.NDArray[np.int8]:
        """The reasons of many tables of pairs, shape (items, points, points), as places in `REASONS`."""
        total = tables.sum(axis=(1, 2))
        found = [clause.holds_each(tables, scale) for clause in self.clauses]
        codes = np.full(len(tables), REASONS.index(StabilityReason.SETTLED), dtype=np.int8)
        codes[np.any([one == UNKNOWN for one in found], axis=0)] = REASONS.index(
            StabilityReason.UNDEFINED
        )
        codes[np.any([one == NO for one in found], axis=0)] = REASONS.index(StabilityReason.MOVED)
        codes[total < self.minimum_pairs] = REASONS.index(StabilityReason.TOO_FEW_PAIRS)
        codes[total == 0] = REASONS.index(StabilityReason.RATED_ONCE)
        return codes

    @property
    def quantile_methods(self) -> tuple[str, ...]:
        """The quantile definitions its answers depend on, each once."""
        named = {clause.quantiles for clause in self.clauses}
        return tuple(sorted(name for name in named if name is not None))

    def with_quantiles(self, method: str | int) -> StabilityRule:
        """The same rule with another quantile definition wherever it uses one."""
        return replace(
            self, clauses=tuple(clause.with_quantiles(method) for clause in self.clauses)
        )

    def sentence(self, locale: str, scale: Scale | None = None) -> str:
        """The rule in words."""
        clauses = wording.all_of([clause.phrase(locale) for clause in self.clauses], locale)
        return say(_RULE, locale, clauses=clauses, minimum=self.minimum_pairs)

    @classmethod
    def from_json(cls, data: object) -> StabilityRule:
        """Read a stored rule. Raises ValueError when it is none."""
        rule: StabilityRule = load_as(cls, data)
        return rule


_RULE: Phrase = {
    "en": "Stable: {clauses}, with at least {minimum} experts who rated it twice.",
    "nl": "Stabiel: {clauses}, bij ten minste {minimum} experts die het twee keer beoordeelden.",
    "fr": "Stable\u00a0: {clauses}, avec au moins {minimum} experts l'ayant évalué deux fois.",
    "de": "Stabil: {clauses}, bei mindestens {minimum} Fachleuten, die zweimal bewertet haben.",
}
