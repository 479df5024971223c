"""The protocol: everything a study fixes before its first round, as one locked bundle.

Its hash, kept with the time of locking, is how a reader knows that the definition of consensus was
not chosen after the results. A later change is a new protocol with another hash, and `changes`
says which parts differ, for the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import ClassVar

from surveys.delphi import quantile, wording
from surveys.delphi.arms import FeedbackArms
from surveys.delphi.carrying import CarryForwardRule
from surveys.delphi.consensus import ConsensusByRound, VerdictNames
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.delphi.scale import Scale
from surveys.delphi.stability import StabilityRule
from surveys.delphi.stopping import StoppingRule
from surveys.delphi.stored import Json, Stored, load_as
from surveys.delphi.voices import CommentRule
from surveys.delphi.wording import Phrase, say


class Population(StrEnum):
    """Whose ratings count for consensus in a round. Stability always takes pairs."""

    ANSWERED = "answered this round"
    COMPLETERS = "completed every round"


_POPULATION: Mapping[Population, Phrase] = {
    Population.ANSWERED: {
        "en": "Consensus is judged on everyone who answered the round; stability on experts who"
        " rated the statement in both rounds.",
        "nl": "Consensus wordt beoordeeld op iedereen die de ronde beantwoordde; stabiliteit op"
        " experts die de stelling in beide rondes beoordeelden.",
        "fr": "Le consensus est jugé sur toutes les personnes ayant répondu au tour\u00a0; la"
        " stabilité sur les experts ayant évalué l'énoncé aux deux tours.",
        "de": "Konsens wird an allen beurteilt, die in der Runde geantwortet haben; Stabilität an"
        " den Fachleuten, die die Aussage in beiden Runden bewertet haben.",
    },
    Population.COMPLETERS: {
        "en": "Consensus is judged on experts who completed every round so far; stability on"
        " experts who rated the statement in both rounds.",
        "nl": "Consensus wordt beoordeeld op experts die tot dusver elke ronde afrondden;"
        " stabiliteit op experts die de stelling in beide rondes beoordeelden.",
        "fr": "Le consensus est jugé sur les experts ayant terminé tous les tours jusqu'ici\u00a0;"
        " la stabilité sur les experts ayant évalué l'énoncé aux deux tours.",
        "de": "Konsens wird an den Fachleuten beurteilt, die bisher alle Runden abgeschlossen"
        " haben; Stabilität an denen, die die Aussage in beiden Runden bewertet haben.",
    },
}
_UNSUBMITTED: Mapping[bool, Phrase] = {
    True: {
        "en": "Answers that were given but not submitted when the round closes count, and are"
        " reported as partial.",
        "nl": "Antwoorden die bij het sluiten van de ronde gegeven maar niet ingediend zijn, tellen"
        " mee en worden als gedeeltelijk gerapporteerd.",
        "fr": "Les réponses données mais non envoyées à la clôture du tour comptent et sont"
        " rapportées comme partielles.",
        "de": "Antworten, die beim Schließen der Runde gegeben, aber nicht abgesendet sind, zählen"
        " und werden als unvollständig berichtet.",
    },
    False: {
        "en": "Answers that were not submitted when the round closes do not count.",
        "nl": "Antwoorden die bij het sluiten van de ronde niet ingediend zijn, tellen niet mee.",
        "fr": "Les réponses non envoyées à la clôture du tour ne comptent pas.",
        "de": "Antworten, die beim Schließen der Runde nicht abgesendet sind, zählen nicht.",
    },
}

_REAL_TIME: Phrase = {
    "en": "In real time: {rounds}. An expert answers an item blind, then sees the figures of the"
    " group so far and may revise until the close; what counts is the last answer. New figures are"
    " released once at least {smallest} answers that are shown together are new or changed.",
    "nl": "In realtime: {rounds}. Een expert beantwoordt een item eerst blind, ziet dan de cijfers"
    " van de groep tot dusver en mag herzien tot de ronde sluit; het laatste antwoord telt. Nieuwe"
    " cijfers komen vrij zodra ten minste {smallest} antwoorden die samen getoond worden, nieuw of"
    " gewijzigd zijn.",
    "fr": "En temps réel\u00a0: {rounds}. Un expert répond d'abord à un item sans rien voir du"
    " groupe, puis voit les chiffres du groupe à ce stade et peut réviser sa réponse jusqu'à la"
    " clôture\u00a0; la dernière réponse compte. De nouveaux chiffres paraissent dès qu'au moins"
    " {smallest} réponses montrées ensemble sont nouvelles ou modifiées.",
    "de": "In Echtzeit: {rounds}. Eine Fachperson beantwortet ein Item zunächst blind, sieht dann die"
    " bisherigen Zahlen der Gruppe und darf bis zum Schließen ändern; es zählt die letzte Antwort."
    " Neue Zahlen werden freigegeben, sobald mindestens {smallest} Antworten, die zusammen gezeigt"
    " werden, neu oder geändert sind.",
}
_ROUND: Phrase = {"en": "round {n}", "nl": "ronde {n}", "fr": "tour {n}", "de": "Runde {n}"}

_GROUPS: Phrase = {
    "en": "The panel has stakeholder groups: {groups}.",
    "nl": "Het panel bestaat uit groepen van belanghebbenden: {groups}.",
    "fr": "Le panel comprend des groupes de parties prenantes\u00a0: {groups}.",
    "de": "Das Panel besteht aus Interessengruppen: {groups}.",
}
_QUANTILE: Phrase = {
    "en": "Quartiles are computed by {name}.",
    "nl": "Kwartielen worden berekend met: {name}.",
    "fr": "Les quartiles sont calculés ainsi\u00a0: {name}.",
    "de": "Quartile werden so berechnet: {name}.",
}


@dataclass(frozen=True, slots=True)
class Protocol(Stored):
    """A study's rules, together and complete.

    scale : the scale statements are rated on, with its bands.
    consensus : the consensus rule of every round (with the denominator of its shares).
    stability, stopping, carry_forward, feedback : the other rules.
    quantile_method : the definition behind every quartile and percentile, by numpy's name.
    population : whose ratings count for consensus.
    unsubmitted_count : whether answers given but not submitted count when the round closes.
    arms : the conditions of feedback that are compared, if any; `feedback` then says what is shown
        where nothing is compared, and its smallest group holds for all.
    comments : how comments reach other experts, where they are shown.
    groups : codes of the panel's stakeholder groups, in order; written down when it is locked.
    real_time : numbers of the rounds in which experts see the round's own figures while it is open.

    Raises ValueError when a part is not of its family, when a rule judges by another quantile
    definition than the study shows, and when a round in real time drops answers that were not
    submitted: there every answer counts, and is shown to others, from the moment it is given.
    """

    kind: ClassVar[str] = "protocol"

    scale: Scale
    consensus: ConsensusByRound
    stability: StabilityRule
    stopping: StoppingRule = field(default_factory=StoppingRule)
    carry_forward: CarryForwardRule = field(default_factory=CarryForwardRule)
    feedback: FeedbackPolicy = field(default_factory=FeedbackPolicy)
    quantile_method: str = "linear"
    population: Population = Population.ANSWERED
    unsubmitted_count: bool = True
    arms: FeedbackArms | None = None
    comments: CommentRule = field(default_factory=CommentRule)
    real_time: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        families = {
            "scale": Scale,
            "consensus": ConsensusByRound,
            "stability": StabilityRule,
            "stopping": StoppingRule,
            "carry_forward": CarryForwardRule,
            "feedback": FeedbackPolicy,
            "comments": CommentRule,
        }
        for name, family in families.items():
            if not isinstance(getattr(self, name), family):
                raise ValueError(f"{name} of a protocol is not {getattr(self, name)!r}")
        self._set(quantile_method=quantile.checked(self.quantile_method))
        judged_by = set(self.stability.quantile_methods)
        judged_by.update(*(step.rule.quantile_methods for step in self.consensus.steps))
        if others := sorted(judged_by - {self.quantile_method}):
            raise ValueError(
                f"quartiles are shown by {self.quantile_method} and judged by {', '.join(others)}"
            )
        if not isinstance(self.unsubmitted_count, bool):
            raise ValueError(f"unsubmitted answers count or not: {self.unsubmitted_count!r}")
        self._set(population=Population(self.population))
        if self.arms is not None and not isinstance(self.arms, FeedbackArms):
            raise ValueError(f"arms of a protocol is not {self.arms!r}")
        for number in self.real_time:
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise ValueError(f"a round in real time is named by its number, not {number!r}")
        self._set(real_time=tuple(sorted(set(self.real_time))))
        for code in self.groups:
            if not isinstance(code, str) or not code:
                raise ValueError(f"a stakeholder group is named by its code, not {code!r}")
        self._set(groups=tuple(self.groups))
        if self.real_time and not self.unsubmitted_count:
            raise ValueError("in a round in real time answers count without being submitted")

    @property
    def shows_comments(self) -> bool:
        """Whether any expert is shown what others wrote."""
        return any(Shown.COMMENTS in policy.shows for policy in self.policies)

    @property
    def policies(self) -> tuple[FeedbackPolicy, ...]:
        """What experts may be shown: one policy, or that of each arm. All have one smallest group."""
        return (self.feedback,) if self.arms is None else tuple(a.policy for a in self.arms.arms)

    def sentences(self, locale: str, names: VerdictNames | None = None) -> tuple[str, ...]:
        """The whole protocol in words, one sentence or two per part, in the order of the method."""
        return (
            self.consensus.sentence(locale, self.scale, names),
            self.stability.sentence(locale, self.scale),
            self.carry_forward.sentence(locale),
            self.stopping.sentence(locale),
            self.feedback.sentence(locale) if self.arms is None else self.arms.sentence(locale),
            *([self.comments.sentence(locale)] if self.shows_comments else []),
            say(_POPULATION[self.population], locale),
            say(_UNSUBMITTED[self.unsubmitted_count], locale),
            *self._in_real_time(locale),
            *self._of_groups(locale),
            say(_QUANTILE, locale, name=quantile.name_in(self.quantile_method, locale)),
        )

    def said_of(self, part: str, locale: str) -> str:
        """Whose ratings count, or what of answers not submitted, in words. Raises KeyError for
        another part."""
        said = {
            "population": _POPULATION[self.population],
            "unsubmitted_count": _UNSUBMITTED[self.unsubmitted_count],
        }
        return say(said[part], locale)

    def _in_real_time(self, locale: str) -> tuple[str, ...]:
        if not self.real_time:
            return ()
        rounds = wording.all_of([say(_ROUND, locale, n=n) for n in self.real_time], locale)
        smallest = self.feedback.smallest_group
        return (say(_REAL_TIME, locale, rounds=rounds, smallest=smallest),)

    def _of_groups(self, locale: str) -> tuple[str, ...]:
        if not self.groups:
            return ()
        return (say(_GROUPS, locale, groups=wording.all_of(list(self.groups), locale)),)

    def to_json(self) -> dict[str, Json]:
        """The kind and every setting. Without a round in real time, or groups, nothing is said of
        them, so that protocols locked before these could be written down keep their hash.
        """
        written = super(Protocol, self).to_json()
        for later in ("real_time", "groups"):
            if not written[later]:
                del written[later]
        return written

    def sentence(self, locale: str, names: VerdictNames | None = None) -> str:
        """The whole protocol as one paragraph."""
        return " ".join(self.sentences(wording.language(locale), names))

    def changes(self, later: Protocol) -> tuple[str, ...]:
        """The parts in which a later protocol differs, by field name; empty when none."""
        return tuple(
            part.name
            for part in fields(self)
            if getattr(self, part.name) != getattr(later, part.name)
        )

    @classmethod
    def from_json(cls, data: object) -> Protocol:
        """Read a stored protocol. Raises ValueError when it is none or incomplete."""
        protocol: Protocol = load_as(cls, data)
        return protocol
