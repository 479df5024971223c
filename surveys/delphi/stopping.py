"""When no further round is needed, asked in Dajani's order: is it stable, and only then, on what.

Consensus is not a reason to stop by itself: ratings that still move may move out of it. A stable
split is a result too, to be reported or reworded, not to be iterated away.

Source: Dajani JS, Sincoff MZ, Talley WK. Technol Forecast Soc Change 1979;13:83-90.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from surveys.delphi.consensus import Verdict
from surveys.delphi.exact import threshold
from surveys.delphi.scale import Band, Scale
from surveys.delphi.stored import Json, Stored, load_as
from surveys.delphi.summary import ItemCounts
from surveys.delphi.wording import Phrase, say


class Outcome(StrEnum):
    """What a panel arrived at on one statement, strongest first."""

    NOT_STABLE = "not stable"
    NOT_ASSESSED = "stability not assessed"
    CONSENSUS = "consensus"
    MAJORITY = "majority"
    PLURALITY = "plurality"
    BIPOLAR = "bipolar"
    DISAGREEMENT = "disagreement"

    @property
    def settled(self) -> bool:
        """Whether another round is unlikely to change it."""
        return self not in (Outcome.NOT_STABLE, Outcome.NOT_ASSESSED)

    def name_in(self, locale: str) -> str:
        """The outcome in words."""
        return say(_OUTCOME[self], locale)


_OUTCOME: Mapping[Outcome, Phrase] = {
    Outcome.NOT_STABLE: {
        "en": "not stable yet",
        "nl": "nog niet stabiel",
        "fr": "pas encore stable",
        "de": "noch nicht stabil",
    },
    Outcome.NOT_ASSESSED: {
        "en": "stability not assessed",
        "nl": "stabiliteit niet beoordeeld",
        "fr": "stabilité non évaluée",
        "de": "Stabilität nicht beurteilt",
    },
    Outcome.CONSENSUS: {
        "en": "stable, with consensus",
        "nl": "stabiel, met consensus",
        "fr": "stable, avec consensus",
        "de": "stabil, mit Konsens",
    },
    Outcome.MAJORITY: {
        "en": "stable, with a majority",
        "nl": "stabiel, met een meerderheid",
        "fr": "stable, avec une majorité absolue",
        "de": "stabil, mit absoluter Mehrheit",
    },
    Outcome.PLURALITY: {
        "en": "stable, with a plurality",
        "nl": "stabiel, met een relatieve meerderheid",
        "fr": "stable, avec une majorité relative",
        "de": "stabil, mit relativer Mehrheit",
    },
    Outcome.BIPOLAR: {
        "en": "stable, split in two camps",
        "nl": "stabiel, verdeeld in twee kampen",
        "fr": "stable, partagé en deux camps",
        "de": "stabil, in zwei Lager gespalten",
    },
    Outcome.DISAGREEMENT: {
        "en": "stable, with disagreement",
        "nl": "stabiel, met onenigheid",
        "fr": "stable, avec désaccord",
        "de": "stabil, mit Dissens",
    },
}


class Decision(StrEnum):
    """What the team decides after a round."""

    FINISH = "finish"
    GO_ON = "go on"

    def departs(self, advice: StoppingAdvice) -> bool:
        """Whether it goes against the stopping rule's advice, so that a reason is needed."""
        return advice.stop is (self is Decision.GO_ON)


class StopReason(StrEnum):
    """Why to stop or to go on; stable codes."""

    EVERYTHING_SETTLED = "everything_settled"
    LAST_ROUND = "last_round"
    STILL_MOVING = "still_moving"
    NOTHING_RATED = "nothing_rated"


_ADVICE: Mapping[StopReason, Phrase] = {
    StopReason.EVERYTHING_SETTLED: {
        "en": "Stop: the ratings of every statement have settled ({total}).",
        "nl": "Stop: de beoordelingen van elke stelling zijn stabiel ({total}).",
        "fr": "Arrêter\u00a0: les évaluations de chaque énoncé sont stables ({total}).",
        "de": "Aufhören: Die Bewertungen jeder Aussage sind stabil ({total}).",
    },
    StopReason.LAST_ROUND: {
        "en": "Stop: round {round} was the last by protocol; not settled: {open} of {total}"
        " statements.",
        "nl": "Stop: ronde {round} was volgens het protocol de laatste; niet stabiel: {open} van"
        " {total} stellingen.",
        "fr": "Arrêter\u00a0: le tour {round} était le dernier selon le protocole\u00a0; énoncés non"
        " stables\u00a0: {open} sur {total}.",
        "de": "Aufhören: Runde {round} war laut Protokoll die letzte; nicht stabil: {open} von"
        " {total} Aussagen.",
    },
    StopReason.STILL_MOVING: {
        "en": "Go on; not settled yet: {open} of {total} statements.",
        "nl": "Ga door; nog niet stabiel: {open} van {total} stellingen.",
        "fr": "Continuer\u00a0; énoncés pas encore stables\u00a0: {open} sur {total}.",
        "de": "Weitermachen; noch nicht stabil: {open} von {total} Aussagen.",
    },
    StopReason.NOTHING_RATED: {
        "en": "Go on: no statement has been rated yet.",
        "nl": "Ga door: er is nog geen stelling beoordeeld.",
        "fr": "Continuer\u00a0: aucun énoncé n'a encore été évalué.",
        "de": "Weitermachen: Noch keine Aussage wurde bewertet.",
    },
}


@dataclass(frozen=True, slots=True)
class StoppingAdvice:
    """Whether to stop after a round.

    stop : the advice; reason : why, as a stable code.
    round : the round just closed; outcomes : the outcome of every statement, by its code.
    """

    stop: bool
    reason: StopReason
    round: int
    outcomes: Mapping[str, Outcome]

    @property
    def open(self) -> tuple[str, ...]:
        """The statements that have not settled."""
        return tuple(code for code, outcome in self.outcomes.items() if not outcome.settled)

    def sentence(self, locale: str) -> str:
        """The advice in words, with its numbers."""
        return say(
            _ADVICE[self.reason],
            locale,
            total=len(self.outcomes),
            open=len(self.open),
            round=self.round,
        )

    def to_json(self) -> dict[str, Json]:
        """The advice for an export."""
        return {
            "stop": self.stop,
            "reason": self.reason.value,
            "round": self.round,
            "outcomes": {code: outcome.value for code, outcome in self.outcomes.items()},
        }


@dataclass(frozen=True, slots=True)
class StoppingRule(Stored):
    """Stop when every statement has settled, or after a number of rounds.

    max_rounds : the last round by protocol; None for no limit.
    majority : a band holds a majority when its share is *more than* this percentage.
    camps : a panel is split when the low and the high band each hold *at least* this percentage
        (one third, as in the RAND/UCLA rule for disagreement).

    Raises ValueError for fewer than one round, or percentages outside 0..100.
    """

    kind: ClassVar[str] = "stopping"

    max_rounds: int | None = 3
    majority: Fraction = Fraction(50)
    camps: Fraction = Fraction(100, 3)

    def __post_init__(self) -> None:
        rounds = self.max_rounds
        if rounds is not None and (
            isinstance(rounds, bool) or not isinstance(rounds, int) or rounds < 1
        ):
            raise ValueError(f"a study has at least one round, not {rounds!r}")
        self._set(
            majority=threshold(self.majority, percent=True),
            camps=threshold(self.camps, percent=True),
        )

    def classify(
        self, verdict: Verdict, stable: bool | None, counts: ItemCounts, scale: Scale
    ) -> Outcome:
        """Name what the panel arrived at on one statement, in Dajani's order.

        Not stable, or not known to be: nothing more is said. Stable: consensus by the study's own
        rule; else a majority in one band; else a plurality, one band ahead of both others, unless
        low and high each hold a third or more, which is a panel split in two; else disagreement.
        """
        if stable is None:
            return Outcome.NOT_ASSESSED
        if not stable:
            return Outcome.NOT_STABLE
        if verdict.is_consensus:
            return Outcome.CONSENSUS
        bands = counts.by_band(scale)
        most = max(bands.values())
        if counts.n and 100 * most > self.majority * counts.n:
            return Outcome.MAJORITY
        outer = min(bands[Band.LOW], bands[Band.HIGH])
        if counts.n and 100 * outer >= self.camps * counts.n:
            return Outcome.BIPOLAR
        ahead = [band for band, count in bands.items() if count == most]
        return Outcome.PLURALITY if len(ahead) == 1 else Outcome.DISAGREEMENT

    def advise(self, outcomes: Mapping[str, Outcome], *, round: int) -> StoppingAdvice:
        """Advise after a round, from the outcome of every statement rated in it."""
        if not outcomes:
            return StoppingAdvice(False, StopReason.NOTHING_RATED, round, {})
        if all(outcome.settled for outcome in outcomes.values()):
            return StoppingAdvice(True, StopReason.EVERYTHING_SETTLED, round, dict(outcomes))
        if self.max_rounds is not None and round >= self.max_rounds:
            return StoppingAdvice(True, StopReason.LAST_ROUND, round, dict(outcomes))
        return StoppingAdvice(False, StopReason.STILL_MOVING, round, dict(outcomes))

    def sentence(self, locale: str) -> str:
        """The rule in words."""
        if self.max_rounds is None:
            return say(_RULE, locale)
        return say(_RULE_ROUNDS, locale, rounds=self.max_rounds)

    @classmethod
    def from_json(cls, data: object) -> StoppingRule:
        """Read a stored rule. Raises ValueError when it is none."""
        rule: StoppingRule = load_as(cls, data)
        return rule


_RULE: Phrase = {
    "en": "The study stops when the ratings of every statement are stable.",
    "nl": "De studie stopt wanneer de beoordelingen van elke stelling stabiel zijn.",
    "fr": "L'étude s'arrête lorsque les évaluations de chaque énoncé sont stables.",
    "de": "Die Studie endet, wenn die Bewertungen jeder Aussage stabil sind.",
}
_RULE_ROUNDS: Phrase = {
    "en": "The study stops when the ratings of every statement are stable, and at the latest after"
    " round {rounds}.",
    "nl": "De studie stopt wanneer de beoordelingen van elke stelling stabiel zijn, en uiterlijk na"
    " ronde {rounds}.",
    "fr": "L'étude s'arrête lorsque les évaluations de chaque énoncé sont stables, et au plus tard"
    " après le tour {rounds}.",
    "de": "Die Studie endet, wenn die Bewertungen jeder Aussage stabil sind, spätestens nach Runde"
    " {rounds}.",
}
