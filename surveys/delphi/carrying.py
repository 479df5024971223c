"""Which statements return in the next round, and why.

A `CarryForwardRule` only proposes. Whatever it says, a researcher decides, and the reason is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from surveys.delphi.consensus import Verdict
from surveys.delphi.stored import Json, Stored, load_as
from surveys.delphi.wording import Phrase, say


class Leaving(StrEnum):
    """When a statement has been rated often enough."""

    CONSENSUS_AND_STABLE = "consensus and stable"
    FIRST_CONSENSUS = "first consensus"


class Proposal(StrEnum):
    """What is proposed for one statement."""

    RETURNS = "returns"
    LEAVES_IN = "leaves in"
    LEAVES_OUT = "leaves out"
    LOOK = "needs a look"

    @property
    def leaves(self) -> bool:
        """Whether the statement is done."""
        return self in (Proposal.LEAVES_IN, Proposal.LEAVES_OUT)

    def name_in(self, locale: str) -> str:
        """The proposal in words."""
        return say(_PROPOSAL[self], locale)


class Choice(StrEnum):
    """What a researcher chooses for one statement, whatever the rule proposes."""

    RETURNS = "returns"
    LEAVES = "leaves"

    def departs(self, proposal: Proposal) -> bool:
        """Whether it goes against the rule: where the rule asks for a look, neither choice does."""
        if proposal is Proposal.LOOK:
            return False
        return proposal.leaves is (self is Choice.RETURNS)


_PROPOSAL: Mapping[Proposal, Phrase] = {
    Proposal.RETURNS: {
        "en": "returns in the next round",
        "nl": "komt terug in de volgende ronde",
        "fr": "revient au tour suivant",
        "de": "kommt in der nächsten Runde wieder",
    },
    Proposal.LEAVES_IN: {
        "en": "leaves with consensus in",
        "nl": "verlaat de studie met consensus vóór",
        "fr": "sort avec un consensus pour",
        "de": "scheidet mit Konsens dafür aus",
    },
    Proposal.LEAVES_OUT: {
        "en": "leaves with consensus out",
        "nl": "verlaat de studie met consensus tegen",
        "fr": "sort avec un consensus contre",
        "de": "scheidet mit Konsens dagegen aus",
    },
    Proposal.LOOK: {
        "en": "needs a look",
        "nl": "vraagt uw oordeel",
        "fr": "demande votre examen",
        "de": "braucht Ihre Entscheidung",
    },
}


class CarryReason(StrEnum):
    """Why; stable codes for exports."""

    CONSENSUS_AND_STABLE = "consensus_and_stable"
    FIRST_CONSENSUS = "first_consensus"
    CONSENSUS_NOT_STABLE = "consensus_not_stable"
    CONSENSUS_STABILITY_UNKNOWN = "consensus_stability_unknown"
    RATED_TOO_SELDOM = "rated_too_seldom"
    NO_CONSENSUS = "no_consensus"
    STABLE_WITHOUT_CONSENSUS = "stable_without_consensus"
    UNDECIDED = "undecided"
    NOT_RATED = "not_rated"


_REASON: Mapping[CarryReason, Phrase] = {
    CarryReason.CONSENSUS_AND_STABLE: {
        "en": "In consensus, and ratings have settled.",
        "nl": "Er is consensus en de beoordelingen zijn stabiel.",
        "fr": "Il y a consensus et les évaluations sont stables.",
        "de": "Es besteht Konsens, und die Bewertungen sind stabil.",
    },
    CarryReason.FIRST_CONSENSUS: {
        "en": "In consensus. Stability not assessed: rated once.",
        "nl": "Er is consensus. Stabiliteit niet beoordeeld: één keer beoordeeld.",
        "fr": "Il y a consensus. Stabilité non évaluée\u00a0: évalué une seule fois.",
        "de": "Es besteht Konsens. Stabilität nicht beurteilt: nur einmal bewertet.",
    },
    CarryReason.CONSENSUS_NOT_STABLE: {
        "en": "In consensus, but ratings are still moving.",
        "nl": "Er is consensus, maar de beoordelingen verschuiven nog.",
        "fr": "Il y a consensus, mais les évaluations bougent encore.",
        "de": "Es besteht Konsens, aber die Bewertungen bewegen sich noch.",
    },
    CarryReason.CONSENSUS_STABILITY_UNKNOWN: {
        "en": "In consensus, but too few experts rated it in both rounds to speak of stability.",
        "nl": "Er is consensus, maar te weinig experts beoordeelden het in beide rondes om van"
        " stabiliteit te spreken.",
        "fr": "Il y a consensus, mais trop peu d'experts l'ont évalué aux deux tours pour parler"
        " de stabilité.",
        "de": "Es besteht Konsens, aber zu wenige Fachleute haben in beiden Runden bewertet, um"
        " von Stabilität zu sprechen.",
    },
    CarryReason.RATED_TOO_SELDOM: {
        "en": "Rated in {rated} of at least {needed} rounds.",
        "nl": "Beoordeeld in {rated} van ten minste {needed} rondes.",
        "fr": "Tours où il a été évalué\u00a0: {rated} sur {needed} au moins.",
        "de": "In {rated} von mindestens {needed} Runden bewertet.",
    },
    CarryReason.NO_CONSENSUS: {
        "en": "No consensus yet.",
        "nl": "Nog geen consensus.",
        "fr": "Pas encore de consensus.",
        "de": "Noch kein Konsens.",
    },
    CarryReason.STABLE_WITHOUT_CONSENSUS: {
        "en": "Ratings have settled without consensus: another round will hardly change that."
        " Report it, reword it, or ask once more.",
        "nl": "De beoordelingen zijn stabiel zonder consensus: een volgende ronde verandert daar"
        " weinig aan. Rapporteer, herformuleer, of vraag het nog één keer.",
        "fr": "Les évaluations sont stables sans consensus\u00a0: un tour de plus n'y changera"
        " guère. Rapportez-le, reformulez-le, ou posez la question une dernière fois.",
        "de": "Die Bewertungen sind stabil ohne Konsens: Eine weitere Runde ändert daran kaum"
        " etwas. Berichten, neu formulieren oder noch einmal fragen.",
    },
    CarryReason.UNDECIDED: {
        "en": "The rule could not decide.",
        "nl": "De regel kon niet beslissen.",
        "fr": "La règle n'a pas pu trancher.",
        "de": "Die Regel konnte nicht entscheiden.",
    },
    CarryReason.NOT_RATED: {
        "en": "Not rated yet.",
        "nl": "Nog niet beoordeeld.",
        "fr": "Pas encore évalué.",
        "de": "Noch nicht bewertet.",
    },
}


@dataclass(frozen=True, slots=True)
class CarryProposal:
    """What is proposed for one statement, and why.

    proposal : returns, leaves in, leaves out, or needs a look.
    reason : why, as a stable code.
    rated, needed : rounds in which it was rated with its present meaning, and how many the rule
        asks for.
    """

    proposal: Proposal
    reason: CarryReason
    rated: int
    needed: int

    def sentence(self, locale: str) -> str:
        """The reason in words."""
        return say(_REASON[self.reason], locale, rated=self.rated, needed=self.needed)

    def to_json(self) -> dict[str, Json]:
        """The proposal for an export."""
        return {
            "proposal": self.proposal.value,
            "reason": self.reason.value,
            "rated": self.rated,
            "needed": self.needed,
        }


@dataclass(frozen=True, slots=True)
class CarryForwardRule(Stored):
    """When a statement leaves the study.

    leaving : by default when it is in consensus *and* stable; or at its first consensus, in which
        case results say that stability was not assessed.
    rounds : rounds in which a statement is rated at least, before it may leave (2 by default; with
        first consensus 1).

    Raises ValueError when a rule that asks for stability lets statements leave after one round.

    >>> CarryForwardRule().propose(Verdict.IN, None, rated=1).proposal.value
    'returns'
    >>> CarryForwardRule().propose(Verdict.IN, True, rated=2).proposal.value
    'leaves in'
    """

    kind: ClassVar[str] = "carry forward"

    leaving: Leaving = Leaving.CONSENSUS_AND_STABLE
    rounds: int = 2

    def __post_init__(self) -> None:
        self._set(leaving=Leaving(self.leaving))
        least = 2 if self.leaving is Leaving.CONSENSUS_AND_STABLE else 1
        if isinstance(self.rounds, bool) or not isinstance(self.rounds, int):
            raise ValueError(f"a number of rounds is whole, not {self.rounds!r}")
        if self.rounds < least:
            raise ValueError(
                f"{self.leaving.value!r} takes at least {least} rounds, not {self.rounds}"
            )

    @classmethod
    def at_first_consensus(cls) -> CarryForwardRule:
        """A statement leaves as soon as it is in consensus, even when rated once."""
        return cls(Leaving.FIRST_CONSENSUS, 1)

    def propose(self, verdict: Verdict, stable: bool | None, *, rated: int) -> CarryProposal:
        """Propose what happens to one statement after a round.

        verdict : of the round just closed; stable : since the round before, None when it was not
        assessed; rated : rounds in which it was rated with its present meaning (a reworded
        statement starts anew).
        """
        proposal, reason = self._answer(verdict, stable, rated)
        return CarryProposal(proposal, reason, rated, self.rounds)

    def _answer(
        self, verdict: Verdict, stable: bool | None, rated: int
    ) -> tuple[Proposal, CarryReason]:
        if rated < 1:
            return Proposal.RETURNS, CarryReason.NOT_RATED
        if verdict is Verdict.UNDECIDED:
            return Proposal.LOOK, CarryReason.UNDECIDED
        if not verdict.is_consensus:
            if stable and rated >= self.rounds:
                return Proposal.LOOK, CarryReason.STABLE_WITHOUT_CONSENSUS
            return Proposal.RETURNS, CarryReason.NO_CONSENSUS
        if rated < self.rounds:
            return Proposal.RETURNS, CarryReason.RATED_TOO_SELDOM
        leaves = Proposal.LEAVES_IN if verdict is Verdict.IN else Proposal.LEAVES_OUT
        if stable:
            return leaves, CarryReason.CONSENSUS_AND_STABLE
        if self.leaving is Leaving.FIRST_CONSENSUS:
            if rated == 1:
                return leaves, CarryReason.FIRST_CONSENSUS
            known = stable is not None
            return leaves, (
                CarryReason.CONSENSUS_NOT_STABLE
                if known
                else CarryReason.CONSENSUS_STABILITY_UNKNOWN
            )
        if stable is None:
            return Proposal.LOOK, CarryReason.CONSENSUS_STABILITY_UNKNOWN
        return Proposal.RETURNS, CarryReason.CONSENSUS_NOT_STABLE

    def sentence(self, locale: str) -> str:
        """The rule in words."""
        if self.leaving is Leaving.FIRST_CONSENSUS and self.rounds > 1:
            return say(_RULE_LATER, locale, rounds=self.rounds)
        return say(_RULE[self.leaving], locale, rounds=self.rounds)

    @classmethod
    def from_json(cls, data: object) -> CarryForwardRule:
        """Read a stored rule. Raises ValueError when it is none."""
        rule: CarryForwardRule = load_as(cls, data)
        return rule


_RULE_LATER: Phrase = {
    "en": "A statement leaves at its first consensus once it has been rated in {rounds} rounds,"
    " whether or not its ratings are stable.",
    "nl": "Een stelling verlaat de studie bij de eerste consensus nadat ze in {rounds} rondes is"
    " beoordeeld, of de beoordelingen nu stabiel zijn of niet.",
    "fr": "Un énoncé sort de l'étude au premier consensus une fois évalué à {rounds} tours, que"
    " ses évaluations soient stables ou non.",
    "de": "Eine Aussage scheidet beim ersten Konsens aus, sobald sie in {rounds} Runden bewertet"
    " wurde, ob ihre Bewertungen stabil sind oder nicht.",
}
_RULE: Mapping[Leaving, Phrase] = {
    Leaving.CONSENSUS_AND_STABLE: {
        "en": "Every statement is rated in at least {rounds} rounds and leaves when it is in"
        " consensus and its ratings are stable.",
        "nl": "Elke stelling wordt in ten minste {rounds} rondes beoordeeld en verlaat de studie"
        " wanneer er consensus is en de beoordelingen stabiel zijn.",
        "fr": "Chaque énoncé est évalué à {rounds} tours au moins et sort de l'étude lorsqu'il y a"
        " consensus et que les évaluations sont stables.",
        "de": "Jede Aussage wird in mindestens {rounds} Runden bewertet und scheidet aus, wenn"
        " Konsens besteht und die Bewertungen stabil sind.",
    },
    Leaving.FIRST_CONSENSUS: {
        "en": "A statement leaves at its first consensus; the stability of a statement rated once"
        " is not assessed.",
        "nl": "Een stelling verlaat de studie bij de eerste consensus; van een stelling die één"
        " keer is beoordeeld, is de stabiliteit niet beoordeeld.",
        "fr": "Un énoncé sort de l'étude au premier consensus\u00a0; la stabilité d'un énoncé"
        " évalué une seule fois n'est pas évaluée.",
        "de": "Eine Aussage scheidet beim ersten Konsens aus; die Stabilität einer nur einmal"
        " bewerteten Aussage wird nicht beurteilt.",
    },
}
