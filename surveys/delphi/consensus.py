"""What a study calls consensus: the rule, its verdict on one item, and the reasons for it.

A `ConsensusRule` says when an item is in consensus *in* and when *out*, each as a condition on the
ratings (`surveys.delphi.conditions`), and how many usable ratings it takes to judge at all. It is
fixed before the round opens, stored as JSON with a hash, and may differ by round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from surveys.delphi import wording
from surveys.delphi.conditions import (
    NO,
    UNKNOWN,
    YES,
    AllOf,
    Condition,
    Denominator,
    Finding,
    Share,
    Tables,
    Undefined,
    check_table,
    say_facts,
)
from surveys.delphi.exact import Comparison, plain
from surveys.delphi.scale import Band, Scale
from surveys.delphi.stored import Json, Stored, load_as
from surveys.delphi.summary import Groups, ItemCounts
from surveys.delphi.wording import Phrase, say
from surveys.stats.counts import CountTable


class Verdict(StrEnum):
    """What a rule says of one item."""

    IN = "in"
    OUT = "out"
    NO_CONSENSUS = "no consensus"
    UNDECIDED = "undecided"

    @property
    def is_consensus(self) -> bool:
        """Whether the panel agrees, in either direction."""
        return self in (Verdict.IN, Verdict.OUT)

    def name_in(self, locale: str) -> str:
        """The verdict in words; a study may use words of its own instead."""
        return say(_VERDICT[self], locale)


# Verdicts by the position that `ConsensusRule.codes_each` gives.
VERDICTS = tuple(Verdict)

# A study's own words for verdicts in one language, for instance "agrees" for in.
VerdictNames = Mapping[Verdict, str]

_VERDICT: Mapping[Verdict, Phrase] = {
    Verdict.IN: {
        "en": "consensus in",
        "nl": "consensus vóór",
        "fr": "consensus pour",
        "de": "Konsens dafür",
    },
    Verdict.OUT: {
        "en": "consensus out",
        "nl": "consensus tegen",
        "fr": "consensus contre",
        "de": "Konsens dagegen",
    },
    Verdict.NO_CONSENSUS: {
        "en": "no consensus",
        "nl": "geen consensus",
        "fr": "pas de consensus",
        "de": "kein Konsens",
    },
    Verdict.UNDECIDED: {
        "en": "undecided",
        "nl": "onbeslist",
        "fr": "indécis",
        "de": "unentschieden",
    },
}


class Reason(StrEnum):
    """Why a verdict is what it is; stable codes for exports."""

    IN_MET = "in_met"
    OUT_MET = "out_met"
    NEITHER_MET = "neither_met"
    BOTH_MET = "both_met"
    TOO_FEW = "too_few"
    UNDEFINED = "undefined"


_REASON: Mapping[Reason, Phrase] = {
    Reason.IN_MET: {"en": "{facts}", "nl": "{facts}", "fr": "{facts}", "de": "{facts}"},
    Reason.OUT_MET: {"en": "{facts}", "nl": "{facts}", "fr": "{facts}", "de": "{facts}"},
    Reason.NEITHER_MET: {"en": "{facts}", "nl": "{facts}", "fr": "{facts}", "de": "{facts}"},
    Reason.BOTH_MET: {
        "en": "the rule for in and the rule for out are both met ({facts})",
        "nl": "aan de regel voor én aan de regel tegen is voldaan ({facts})",
        "fr": "la règle pour et la règle contre sont toutes deux remplies ({facts})",
        "de": "die Regel dafür und die Regel dagegen sind beide erfüllt ({facts})",
    },
    Reason.TOO_FEW: {
        "en": "too few usable ratings: {n}, the rule asks for at least {minimum}",
        "nl": "te weinig bruikbare beoordelingen: {n}, de regel vraagt er ten minste {minimum}",
        "fr": "trop peu d'évaluations exploitables : {n}, la règle en demande au moins {minimum}",
        "de": "zu wenige verwertbare Bewertungen: {n}, die Regel verlangt mindestens {minimum}",
    },
    Reason.UNDEFINED: {"en": "{why}", "nl": "{why}", "fr": "{why}", "de": "{why}"},
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A rule's verdict on one item, with everything it was based on.

    rule : the rule that judged; scale : the scale it judged on.
    verdict : in, out, no consensus, or undecided.
    reason : why, as a stable code; `sentence` says it with its numbers.
    counts : what was judged; n : usable ratings among it.
    for_in, for_out : the findings of the two conditions; None where the rule did not ask, because
        there were too few ratings or because it has no condition for out.
    """

    rule: ConsensusRule
    scale: Scale
    verdict: Verdict
    reason: Reason
    counts: ItemCounts
    for_in: Finding | None = None
    for_out: Finding | None = None

    @property
    def n(self) -> int:
        """Usable ratings."""
        return self.counts.n

    @property
    def by_band(self) -> dict[Band, int]:
        """Usable ratings in each band."""
        return self.counts.by_band(self.scale)

    def share(self, band: Band) -> Fraction | None:
        """Exact share of usable ratings in a band; None when nobody rated."""
        return Fraction(self.counts.in_band(self.scale, band), self.n) if self.n else None

    @property
    def clauses(self) -> tuple[Finding, ...]:
        """Every single condition that was asked, first for in and then for out."""
        findings = [found for found in (self.for_in, self.for_out) if found is not None]
        return tuple(leaf for found in findings for leaf in found.leaves)

    @property
    def undefined(self) -> Undefined | None:
        """Which question had no answer, where that is the reason for "undecided"."""
        if self.reason is not Reason.UNDEFINED:
            return None
        reasons = [found.undefined for found in (self.for_in, self.for_out) if found is not None]
        return next(reason for reason in reasons if reason is not None)

    def sentence(self, locale: str, names: VerdictNames | None = None) -> str:
        """The verdict with its numbers: "Consensus in: 16 of 20 (80%) at 4–5; …".

        names : the study's own words for the verdicts in this language.
        """
        name = (names or {}).get(self.verdict) or self.verdict.name_in(locale)
        why = self.undefined.name_in(locale) if self.undefined is not None else ""
        reason = say(
            _REASON[self.reason],
            locale,
            facts=self._facts(locale),
            n=self.n,
            minimum=self.rule.minimum,
            why=why,
        )
        return f"{wording.capital(name)}{wording.colon(locale)} {reason}."

    def _facts(self, locale: str) -> str:
        told = [self.for_out] if self.reason is Reason.OUT_MET else [self.for_in]
        if self.reason is Reason.NEITHER_MET:
            told.append(self.for_out)
        return say_facts(
            (
                fact
                for found in told
                if found is not None
                for fact in found.facts(locale, self.scale)
            ),
            locale,
        )

    def to_json(self) -> dict[str, Json]:
        """The judgement for an export: verdict, reason, exact counts, the rule's hash."""
        shares = {band: self.share(band) for band in Band}
        return {
            "verdict": self.verdict.value,
            "reason": self.reason.value,
            "rule": self.rule.hash,
            "n": self.n,
            "unable": self.counts.unable,
            "skipped": self.counts.skipped,
            "counts": list(self.counts.counts),
            "by_band": {band.value: count for band, count in self.by_band.items()},
            "shares": {
                band.value: None if share is None else plain(share)
                for band, share in shares.items()
            },
            "for_in": None if self.for_in is None else self.for_in.to_json(),
            "for_out": None if self.for_out is None else self.for_out.to_json(),
        }


# Fewer usable ratings than this are shown, but nothing is decided on them, unless a study says
# otherwise.
FEWEST_RATINGS = 5


@dataclass(frozen=True, slots=True)
class ConsensusRule(Stored):
    """When an item is in consensus, in and out.

    in_when : the condition for consensus in.
    out_when : the condition for consensus out; None when the study only ever includes.
    minimum : usable ratings below which the verdict is "undecided".

    Raises ValueError for a minimum below 1 and for something that is not a condition.

    >>> rule = ConsensusRule.mirrored(
    ...     AllOf((Share.of("high", ">=", 75), Share.of("low", "<=", 15)))
    ... )
    >>> five = Scale.of(1, 5)
    >>> rule.judge(ItemCounts.of([5, 5, 4, 4, 3, 4, 4, 1], five), five).verdict.value
    'in'
    """

    kind: ClassVar[str] = "consensus"

    in_when: Condition
    out_when: Condition | None = None
    minimum: int = FEWEST_RATINGS

    def __post_init__(self) -> None:
        for condition in (self.in_when, self.out_when):
            if condition is not None and not isinstance(condition, Condition):
                raise ValueError(f"{condition!r} is not a condition")
        if self.in_when is None:
            raise ValueError("a consensus rule needs a condition for in")
        if isinstance(self.minimum, bool) or not isinstance(self.minimum, int) or self.minimum < 1:
            raise ValueError(f"the smallest number of ratings is at least 1, not {self.minimum!r}")

    @classmethod
    def mirrored(
        cls, in_when: Condition, *, minimum: int = FEWEST_RATINGS, scale: Scale | None = None
    ) -> ConsensusRule:
        """A rule whose condition for out is the same at the other end of the scale.

        scale : needed only where the condition names points or values instead of bands.
        """
        return cls(in_when, in_when.mirrored(scale), minimum)

    @classmethod
    def share_with_limit(
        cls,
        at_least: str | int,
        at_most_opposite: str | int,
        *,
        limit: Comparison = Comparison.AT_MOST,
        minimum: int = FEWEST_RATINGS,
    ) -> ConsensusRule:
        """At least a share in one outer band, and not too many in the opposite one; both ways.

        `share_with_limit(75, 15)` reads "at least 75 % high and at most 15 % low"; with
        `limit=Comparison.UNDER` exactly 15 % is too many.
        """
        return cls.mirrored(
            AllOf(
                (
                    Share.of(Band.HIGH, Comparison.AT_LEAST, at_least),
                    Share.of(Band.LOW, limit, at_most_opposite),
                )
            ),
            minimum=minimum,
        )

    def judge(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Judgement:
        """Judge one item.

        counts : the whole panel's ratings; groups : the same by stakeholder group, needed only by
        rules that ask for groups. Raises ValueError when counts do not fit the scale.
        """
        counts.check_fits(scale)
        if counts.n < self.minimum:
            return Judgement(self, scale, Verdict.UNDECIDED, Reason.TOO_FEW, counts)
        for_in = self.in_when.check(counts, scale, groups)
        for_out = None if self.out_when is None else self.out_when.check(counts, scale, groups)
        verdict, reason = _verdict(for_in.holds, None if for_out is None else for_out.holds, self)
        return Judgement(self, scale, verdict, reason, counts, for_in, for_out)

    def judge_each(
        self, table: CountTable, scale: Scale, groups: Tables | None = None
    ) -> tuple[Verdict, ...]:
        """Judge every item of a table at once; the same verdicts as `judge`, without findings.

        table : counts per item (`conditions.table_of`, or `surveys.stats.counts`);
        groups : the same items by stakeholder group. Raises ValueError when the scales differ.
        """
        codes = self.codes_each(table, scale, groups)
        return tuple(VERDICTS[code] for code in codes)

    def codes_each(
        self, table: CountTable, scale: Scale, groups: Tables | None = None
    ) -> npt.NDArray[np.int8]:
        """The same as positions in `VERDICTS`, shape (items,)."""
        check_table(table, scale, groups)
        for_in = self.in_when.holds_each(table, scale, groups)
        if self.out_when is None:
            for_out = np.full(table.items, NO, dtype=np.int8)
        else:
            for_out = self.out_when.holds_each(table, scale, groups)
        codes = np.full(table.items, VERDICTS.index(Verdict.NO_CONSENSUS), dtype=np.int8)
        codes[(for_in == UNKNOWN) | (for_out == UNKNOWN)] = VERDICTS.index(Verdict.UNDECIDED)
        codes[for_out == YES] = VERDICTS.index(Verdict.OUT)
        codes[for_in == YES] = VERDICTS.index(Verdict.IN)
        undecided = ((for_in == YES) & (for_out == YES)) | (table.n < self.minimum)
        codes[undecided] = VERDICTS.index(Verdict.UNDECIDED)
        return codes

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions for in and, where there is one, for out."""
        return (self.in_when,) if self.out_when is None else (self.in_when, self.out_when)

    def shares_for(self, verdict: Verdict) -> tuple[Share, ...] | None:
        """The shares that all must hold for in (or out), where the rule is made of shares alone.

        None for any other rule. What an interval or a probability of consensus is computed from.
        """
        condition = {Verdict.IN: self.in_when, Verdict.OUT: self.out_when}.get(verdict)
        parts = condition.conditions if isinstance(condition, AllOf) else (condition,)
        shares = tuple(part for part in parts if isinstance(part, Share))
        return shares if len(shares) == len(parts) else None

    @property
    def asks_groups(self) -> bool:
        """Whether it needs ratings by stakeholder group."""
        return any(condition.asks_groups for condition in self.conditions)

    @property
    def quantile_methods(self) -> tuple[str, ...]:
        """The quantile definitions its verdicts depend on, each once."""
        named = {leaf.quantiles for part in self.conditions for leaf in part.leaves()}
        return tuple(sorted(name for name in named if name is not None))

    def rebuilt(self, change: Callable[[Condition], Condition]) -> ConsensusRule:
        """The same rule with every single question changed."""
        return replace(
            self,
            in_when=self.in_when.rebuilt(change),
            out_when=None if self.out_when is None else self.out_when.rebuilt(change),
        )

    def counting_unable(self) -> ConsensusRule:
        """The same rule with "unable to judge" in the denominator of every share in a region."""
        return self.rebuilt(
            lambda leaf: (
                replace(leaf, denominator=Denominator.WITH_UNABLE)
                if isinstance(leaf, Share)
                else leaf
            )
        )

    def with_quantiles(self, method: str | int) -> ConsensusRule:
        """The same rule with another quantile definition wherever it uses one."""
        return self.rebuilt(lambda leaf: leaf.with_quantiles(method))

    def sentence(
        self, locale: str, scale: Scale | None = None, names: VerdictNames | None = None
    ) -> str:
        """The rule in words; with the scale it names points instead of bands."""
        clauses = [(Verdict.IN, self.in_when)]
        if self.out_when is not None:
            clauses.append((Verdict.OUT, self.out_when))
        said: list[str] = []
        for verdict, condition in clauses:
            name = wording.capital((names or {}).get(verdict) or verdict.name_in(locale))
            clause = condition.phrase(locale, scale)
            least = say(_WITH_AT_LEAST, locale, minimum=self.minimum) if not said else ""
            said.append(f"{name}{wording.colon(locale)} {clause}{least}.")
        return " ".join(said)

    @classmethod
    def from_json(cls, data: object) -> ConsensusRule:
        """Read a stored rule. Raises ValueError when it is none."""
        rule: ConsensusRule = load_as(cls, data)
        return rule


_WITH_AT_LEAST: Phrase = {
    "en": ", with at least {minimum} usable ratings",
    "nl": ", bij ten minste {minimum} bruikbare beoordelingen",
    "fr": ", avec au moins {minimum} évaluations exploitables",
    "de": ", bei mindestens {minimum} verwertbaren Bewertungen",
}


def _verdict(
    for_in: bool | None, for_out: bool | None, rule: ConsensusRule
) -> tuple[Verdict, Reason]:
    if for_in and for_out:
        return Verdict.UNDECIDED, Reason.BOTH_MET
    if for_in:
        return Verdict.IN, Reason.IN_MET
    if for_out:
        return Verdict.OUT, Reason.OUT_MET
    if for_in is None or (for_out is None and rule.out_when is not None):
        return Verdict.UNDECIDED, Reason.UNDEFINED
    return Verdict.NO_CONSENSUS, Reason.NEITHER_MET


@dataclass(frozen=True, slots=True)
class FromRound(Stored):
    """One rule and the first round in which it applies."""

    kind: ClassVar[str] = "from round"

    round: int
    rule: ConsensusRule

    def __post_init__(self) -> None:
        if isinstance(self.round, bool) or not isinstance(self.round, int) or self.round < 1:
            raise ValueError(f"rounds are counted from 1, not {self.round!r}")
        if not isinstance(self.rule, ConsensusRule):
            raise ValueError(f"{self.rule!r} is not a consensus rule")


@dataclass(frozen=True, slots=True)
class ConsensusByRound(Stored):
    """The consensus rule of each round, where it differs: 50 % first, 70 % from round 2 on.

    steps : rules with the round they start in, the first of which is round 1.

    Raises ValueError when the steps do not start in round 1 or are not in order.
    """

    kind: ClassVar[str] = "consensus by round"

    steps: tuple[FromRound, ...]

    def __post_init__(self) -> None:
        self._set(steps=tuple(self.steps))
        rounds = [step.round for step in self.steps]
        if not rounds or rounds[0] != 1 or rounds != sorted(set(rounds)):
            raise ValueError(f"rules by round start in round 1 and go up, not {rounds}")

    @classmethod
    def always(cls, rule: ConsensusRule) -> ConsensusByRound:
        """The same rule in every round."""
        return cls((FromRound(1, rule),))

    @classmethod
    def of(cls, rules: Mapping[int, ConsensusRule]) -> ConsensusByRound:
        """Rules by the round from which they apply."""
        return cls(tuple(FromRound(number, rules[number]) for number in sorted(rules)))

    def for_round(self, number: int) -> ConsensusRule:
        """The rule of one round. Raises ValueError for a round before the first."""
        if number < 1:
            raise ValueError(f"rounds are counted from 1, not {number}")
        return next(step.rule for step in reversed(self.steps) if step.round <= number)

    def sentence(
        self, locale: str, scale: Scale | None = None, names: VerdictNames | None = None
    ) -> str:
        """The rules in words, with their rounds where there is more than one."""
        if len(self.steps) == 1:
            return self.steps[0].rule.sentence(locale, scale, names)
        said = []
        for step in self.steps:
            last = step is self.steps[-1]
            ends = self.steps[self.steps.index(step) + 1].round - 1 if not last else step.round
            label = _FROM_ROUND if last else _IN_ROUND if ends == step.round else _IN_ROUNDS
            when = say(label, locale, first=step.round, last=ends)
            said.append(f"{when}{wording.colon(locale)} {step.rule.sentence(locale, scale, names)}")
        return " ".join(said)


_IN_ROUND: Phrase = {
    "en": "Round {first}",
    "nl": "Ronde {first}",
    "fr": "Tour {first}",
    "de": "Runde {first}",
}
_IN_ROUNDS: Phrase = {
    "en": "Rounds {first}–{last}",
    "nl": "Rondes {first}–{last}",
    "fr": "Tours {first} à {last}",
    "de": "Runden {first}–{last}",
}
_FROM_ROUND: Phrase = {
    "en": "From round {first} on",
    "nl": "Vanaf ronde {first}",
    "fr": "À partir du tour {first}",
    "de": "Ab Runde {first}",
}
