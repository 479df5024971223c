"""When ratings have settled between two rounds, which is another question than consensus.

A `StabilityRule` looks at the pairs: experts who rated the same item, with the same meaning, in
both rounds. It answers stable, not stable, or not assessed, and never folds that into a verdict on
consensus (Dajani 1979; von der Gracht 2012).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from surveys.delphi import wording
from surveys.delphi.exact import Comparison, plain, threshold
from surveys.delphi.scale import Scale
from surveys.delphi.stored import Json, Stored, load_as
from surveys.delphi.summary import PairCounts
from surveys.delphi.wording import Phrase, say


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


class StabilityReason(StrEnum):
    """Why an item is stable, not stable, or not assessed; stable codes for exports."""

    KEPT = "kept"
    CHANGED = "changed"
    SHIFTED = "shifted"
    RATED_ONCE = "rated_once"
    TOO_FEW_PAIRS = "too_few_pairs"


_REASON: Mapping[StabilityReason, Phrase] = {
    StabilityReason.KEPT: {
        "en": "Stable: {count} {kept}{net}.",
        "nl": "Stabiel: {count} {kept}{net}.",
        "fr": "Stable\u00a0: {count} {kept}{net}.",
        "de": "Stabil: {count} {kept}{net}.",
    },
    StabilityReason.CHANGED: {
        "en": "Not stable: {count} {kept}{net}.",
        "nl": "Niet stabiel: {count} {kept}{net}.",
        "fr": "Pas stable\u00a0: {count} {kept}{net}.",
        "de": "Nicht stabil: {count} {kept}{net}.",
    },
    StabilityReason.SHIFTED: {
        "en": "Not stable: {count} {kept}, but the panel as a whole moved{net}.",
        "nl": "Niet stabiel: {count} {kept}, maar het panel als geheel verschoof{net}.",
        "fr": "Pas stable\u00a0: {count} {kept}, mais le panel dans son ensemble a bougé{net}.",
        "de": "Nicht stabil: {count} {kept}, aber das Panel insgesamt hat sich bewegt{net}.",
    },
    StabilityReason.RATED_ONCE: {
        "en": "Stability not assessed: rated once.",
        "nl": "Stabiliteit niet beoordeeld: één keer beoordeeld.",
        "fr": "Stabilité non évaluée\u00a0: évalué une seule fois.",
        "de": "Stabilität nicht beurteilt: nur einmal bewertet.",
    },
    StabilityReason.TOO_FEW_PAIRS: {
        "en": "Stability not assessed: {pairs} experts rated it in both rounds,"
        " the rule asks for at least {minimum}.",
        "nl": "Stabiliteit niet beoordeeld: {pairs} experts beoordeelden het in beide rondes,"
        " de regel vraagt er ten minste {minimum}.",
        "fr": "Stabilité non évaluée\u00a0: {pairs} experts l'ont évalué aux deux tours,"
        " la règle en demande au moins {minimum}.",
        "de": "Stabilität nicht beurteilt: {pairs} Fachleute haben es in beiden Runden bewertet,"
        " die Regel verlangt mindestens {minimum}.",
    },
}
_NET: Phrase = {
    "en": " (net change {percent})",
    "nl": " (nettoverschuiving {percent})",
    "fr": " (changement net {percent})",
    "de": " (Nettoveränderung {percent})",
}


@dataclass(frozen=True, slots=True)
class StabilityJudgement:
    """Whether one item's ratings settled.

    stable : True, False, or None when it could not be assessed.
    reason : why, as a stable code.
    pairs : experts who rated in both rounds; kept : those who kept their rating in the rule's
        sense; needed : how many had to.
    net_change : half the absolute difference of the two distributions, 0..1; None without pairs.
    """

    rule: StabilityRule
    stable: bool | None
    reason: StabilityReason
    pairs: int
    kept: int
    needed: int
    net_change: Fraction | None

    @property
    def share(self) -> Fraction | None:
        """Exact share of pairs that kept their rating; None without pairs."""
        return Fraction(self.kept, self.pairs) if self.pairs else None

    def sentence(self, locale: str) -> str:
        """The answer with its numbers."""
        net = ""
        if self.rule.net_change_under is not None and self.net_change is not None:
            net = say(_NET, locale, percent=wording.percent(100 * self.net_change, locale))
        return say(
            _REASON[self.reason],
            locale,
            count=wording.share(self.kept, self.pairs, locale) if self.pairs else "",
            kept=say(_KEPT[self.rule.kept], locale),
            net=net,
            pairs=self.pairs,
            minimum=self.rule.minimum_pairs,
        )

    def to_json(self) -> dict[str, Json]:
        """The answer for an export."""
        return {
            "stable": self.stable,
            "reason": self.reason.value,
            "rule": self.rule.hash,
            "pairs": self.pairs,
            "kept": self.kept,
            "needed": self.needed,
            "net_change": None if self.net_change is None else plain(self.net_change),
        }


# Fewer pairs than this say nothing about settling, unless a study says otherwise.
FEWEST_PAIRS = 5


@dataclass(frozen=True, slots=True)
class StabilityRule(Stored):
    """Enough of the same experts kept their rating, and the panel as a whole did not move.

    kept : what counts as having kept it: unchanged, within one point, or in the same band.
    comparison, percent : how many of the pairs must have; percent is exact, 0..100.
    minimum_pairs : pairs below which stability is not assessed.
    net_change_under : optional second limit, in percent: half the absolute difference between the
        two distributions must stay under it. The first clause sees experts who swap places, the
        second a slow drift of everyone.

    Raises ValueError for a percentage outside 0..100, a minimum below 1, or "at most" and "under",
    which would ask for change.

    >>> five = Scale.of(1, 5)
    >>> pairs = PairCounts.of([(4, 4), (4, 5), (5, 5), (2, 2), (3, 3)], five)
    >>> StabilityRule.of("within one", ">=", 80).judge(pairs, five).stable
    True
    """

    kind: ClassVar[str] = "stability"

    kept: Kept
    comparison: Comparison
    percent: Fraction
    minimum_pairs: int = FEWEST_PAIRS
    net_change_under: Fraction | None = None

    def __post_init__(self) -> None:
        self._set(
            kept=Kept(self.kept),
            comparison=Comparison(self.comparison),
            percent=threshold(self.percent, percent=True),
        )
        if not self.comparison.wants_much:
            raise ValueError(f"stability asks for many kept ratings, not {self.comparison.value!r}")
        if self.net_change_under is not None:
            self._set(net_change_under=threshold(self.net_change_under, percent=True))
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
        """A stability rule from plain values: `StabilityRule.of("within one", ">=", 80)`."""
        limit = None if net_change_under is None else threshold(net_change_under, percent=True)
        return cls(
            Kept(kept),
            Comparison(comparison),
            threshold(percent, percent=True),
            minimum_pairs,
            limit,
        )

    def judge(self, pairs: PairCounts, scale: Scale) -> StabilityJudgement:
        """Say whether one item settled. Raises ValueError when the pairs do not fit the scale."""
        pairs.check_fits(scale)
        total, kept = pairs.pairs, self.kept.kept_by(pairs, scale)
        stable, reason = self._answer(total, kept, pairs.net_change)
        needed = self.comparison.limit(self.percent, total)
        return StabilityJudgement(self, stable, reason, total, kept, needed, pairs.net_change)

    def _answer(
        self, pairs: int, kept: int, net_change: Fraction | None
    ) -> tuple[bool | None, StabilityReason]:
        if net_change is None:
            return None, StabilityReason.RATED_ONCE
        if pairs < self.minimum_pairs:
            return None, StabilityReason.TOO_FEW_PAIRS
        if not self.comparison.holds(100 * kept, self.percent * pairs):
            return False, StabilityReason.CHANGED
        if self.net_change_under is not None and 100 * net_change >= self.net_change_under:
            return False, StabilityReason.SHIFTED
        return True, StabilityReason.KEPT

    def sentence(self, locale: str, scale: Scale | None = None) -> str:
        """The rule in words."""
        amount = wording.compare(
            self.comparison, wording.percent_threshold(self.percent, locale), locale
        )
        text = say(_RULE, locale, amount=amount, kept=say(_KEPT[self.kept], locale))
        if self.net_change_under is not None:
            limit = wording.percent_threshold(self.net_change_under, locale)
            text += say(_RULE_NET, locale, limit=limit)
        return text + say(_RULE_PAIRS, locale, minimum=self.minimum_pairs)

    @classmethod
    def from_json(cls, data: object) -> StabilityRule:
        """Read a stored rule. Raises ValueError when it is none."""
        rule: StabilityRule = load_as(cls, data)
        return rule


_RULE: Phrase = {
    "en": "Stable: {amount} of the experts who rated it in both rounds {kept}",
    "nl": "Stabiel: {amount} van de experts die het in beide rondes beoordeelden {kept}",
    "fr": "Stable\u00a0: {amount} des experts qui l'ont évalué aux deux tours {kept}",
    "de": "Stabil: {amount} der Fachleute, die es in beiden Runden bewertet haben, {kept}",
}
_RULE_NET: Phrase = {
    "en": ", and the net change of the distribution is under {limit}",
    "nl": ", en de nettoverschuiving van de verdeling is minder dan {limit}",
    "fr": ", et le changement net de la distribution est inférieur à {limit}",
    "de": ", und die Nettoveränderung der Verteilung liegt unter {limit}",
}
_RULE_PAIRS: Phrase = {
    "en": ", with at least {minimum} such experts.",
    "nl": ", bij ten minste {minimum} zulke experts.",
    "fr": ", avec au moins {minimum} experts dans ce cas.",
    "de": ", bei mindestens {minimum} solchen Fachleuten.",
}
