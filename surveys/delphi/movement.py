"""How ratings moved within one round in real time: the final ones against the first, given blind.

The same experts, the same item, two ratings: pairs, as between two rounds, and the study's stability
rule can be asked of them. But it is another question. Between rounds everyone rates again, knowing
what all others said; within a round in real time an expert has seen those who came before, and who never
looked again has not moved. So the answer has a name of its own, and is never taken for stability.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from surveys.delphi import wording
from surveys.delphi.scale import Scale
from surveys.delphi.stability import StabilityJudgement, StabilityReason, StabilityRule
from surveys.delphi.stored import Json
from surveys.delphi.summary import PairCounts
from surveys.delphi.wording import Phrase, say

_REASON: Mapping[StabilityReason, Phrase] = {
    StabilityReason.SETTLED: {
        "en": "First against final answer, within this real-time round: little moved, {facts}.",
        "nl": "Eerste tegenover laatste antwoord, binnen deze realtimeronde: weinig verschoof,"
        " {facts}.",
        "fr": "Première et dernière réponse, au sein de ce tour en temps réel\u00a0: peu de"
        " mouvement, {facts}.",
        "de": "Erste gegen letzte Antwort, innerhalb dieser Echtzeitrunde: wenig bewegte sich,"
        " {facts}.",
    },
    StabilityReason.MOVED: {
        "en": "First against final answer, within this real-time round: ratings moved, {facts}.",
        "nl": "Eerste tegenover laatste antwoord, binnen deze realtimeronde: beoordelingen"
        " verschoven, {facts}.",
        "fr": "Première et dernière réponse, au sein de ce tour en temps réel\u00a0: les évaluations"
        " ont bougé, {facts}.",
        "de": "Erste gegen letzte Antwort, innerhalb dieser Echtzeitrunde: Bewertungen bewegten"
        " sich, {facts}.",
    },
    StabilityReason.UNDEFINED: {
        "en": "First against final answer, within this real-time round: not assessed, {facts}.",
        "nl": "Eerste tegenover laatste antwoord, binnen deze realtimeronde: niet beoordeeld,"
        " {facts}.",
        "fr": "Première et dernière réponse, au sein de ce tour en temps réel\u00a0: non évalué,"
        " {facts}.",
        "de": "Erste gegen letzte Antwort, innerhalb dieser Echtzeitrunde: nicht beurteilt,"
        " {facts}.",
    },
    StabilityReason.RATED_ONCE: {
        "en": "First against final answer, within this real-time round: nobody gave both.",
        "nl": "Eerste tegenover laatste antwoord, binnen deze realtimeronde: niemand gaf beide.",
        "fr": "Première et dernière réponse, au sein de ce tour en temps réel\u00a0: personne n'a"
        " donné les deux.",
        "de": "Erste gegen letzte Antwort, innerhalb dieser Echtzeitrunde: niemand gab beide.",
    },
    StabilityReason.TOO_FEW_PAIRS: {
        "en": "First against final answer, within this real-time round: not assessed, both were"
        " given by {pairs}; the rule asks for at least {minimum}.",
        "nl": "Eerste tegenover laatste antwoord, binnen deze realtimeronde: niet beoordeeld, beide"
        " werden gegeven door {pairs}; de regel vraagt er ten minste {minimum}.",
        "fr": "Première et dernière réponse, au sein de ce tour en temps réel\u00a0: non évalué, les"
        " deux ont été données par {pairs}\u00a0; la règle en demande au moins {minimum}.",
        "de": "Erste gegen letzte Antwort, innerhalb dieser Echtzeitrunde: nicht beurteilt, beide"
        " liegen vor von {pairs}; die Regel verlangt mindestens {minimum}.",
    },
}


@dataclass(frozen=True, slots=True)
class Movement:
    """One item's first ratings against its final ones.

    pairs : experts by first rating (rows) and final rating (columns); who first could not judge, or
        cannot now, is not in it. settled : what the study's stability rule says of these pairs.
    """

    pairs: PairCounts
    settled: StabilityJudgement

    @classmethod
    def within_a_round(cls, pairs: PairCounts, scale: Scale, rule: StabilityRule) -> Movement:
        """Ask the rule of first and final ratings. Raises ValueError when they do not fit the scale.

        >>> five = Scale.of(1, 5)
        >>> pairs = PairCounts.of([(4, 4), (4, 5), (5, 5), (2, 2), (3, 3)], five)
        >>> rule = StabilityRule.of("within one", ">=", 80)
        >>> Movement.within_a_round(pairs, five, rule).settled.stable
        True
        """
        return cls(pairs, rule.judge(pairs, scale))

    def sentence(self, locale: str) -> str:
        """The answer with its numbers."""
        settled = self.settled
        facts = [finding.clause.fact(finding, locale) for finding in settled.findings]
        return say(
            _REASON[settled.reason],
            locale,
            facts=wording.semicolon(locale).join(facts),
            pairs=wording.experts(settled.pairs, locale),
            minimum=settled.rule.minimum_pairs,
        )

    def to_json(self) -> dict[str, Json]:
        """The answer for storing and for an export."""
        return {
            "pairs": self.pairs.pairs,
            "unchanged": self.pairs.unchanged,
            "moved_up": self.pairs.moved_up,
            "moved_down": self.pairs.moved_down,
            "table": [list(row) for row in self.pairs.table],
            "settled": self.settled.to_json(),
        }
