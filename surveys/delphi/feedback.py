"""What experts are shown of the previous round, and what is too small to show.

Controlled feedback is one of the method's four marks, so it is a policy fixed with the protocol.
Numbers of few people point at them; which groups may stand beside each other is in disclosure.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from surveys.delphi import wording
from surveys.delphi.stored import Stored, load_as
from surveys.delphi.wording import Phrase, say


class Shown(StrEnum):
    """One thing that feedback can hold."""

    OWN_RATING = "own rating"
    DISTRIBUTION = "distribution"
    MEDIAN = "median"
    SPREAD = "spread"
    COMMENTS = "comments"


_SHOWN: Mapping[Shown, Phrase] = {
    Shown.OWN_RATING: {
        "en": "their own earlier rating",
        "nl": "de eigen eerdere beoordeling",
        "fr": "leur propre évaluation précédente",
        "de": "die eigene frühere Bewertung",
    },
    Shown.DISTRIBUTION: {
        "en": "the distribution of ratings",
        "nl": "de verdeling van de beoordelingen",
        "fr": "la distribution des évaluations",
        "de": "die Verteilung der Bewertungen",
    },
    Shown.MEDIAN: {
        "en": "the median",
        "nl": "de mediaan",
        "fr": "la médiane",
        "de": "den Median",
    },
    Shown.SPREAD: {
        "en": "the interquartile range",
        "nl": "de interkwartielafstand",
        "fr": "l'écart interquartile",
        "de": "den Interquartilsabstand",
    },
    Shown.COMMENTS: {
        "en": "comments without names",
        "nl": "opmerkingen zonder naam",
        "fr": "les commentaires sans nom",
        "de": "Kommentare ohne Namen",
    },
}


class Whose(StrEnum):
    """Whose ratings an expert sees."""

    PANEL = "panel"
    OWN_GROUP = "own group"
    ALL_GROUPS = "all groups"


_WHOSE: Mapping[Whose, Phrase] = {
    Whose.PANEL: {
        "en": "of the whole panel",
        "nl": "van het hele panel",
        "fr": "de l'ensemble du panel",
        "de": "des gesamten Panels",
    },
    Whose.OWN_GROUP: {
        "en": "of their own stakeholder group",
        "nl": "van de eigen groep van belanghebbenden",
        "fr": "de leur propre groupe de parties prenantes",
        "de": "der eigenen Interessengruppe",
    },
    Whose.ALL_GROUPS: {
        "en": "of the whole panel and of each stakeholder group",
        "nl": "van het hele panel en van elke groep van belanghebbenden",
        "fr": "de l'ensemble du panel et de chaque groupe de parties prenantes",
        "de": "des gesamten Panels und jeder Interessengruppe",
    },
}

# Below five ratings a distribution can often be read back to persons.
SMALLEST_GROUP = 5


@dataclass(frozen=True, slots=True)
class FeedbackPolicy(Stored):
    """What an expert sees of the previous round.

    shows : the things shown, in order.
    whose : whole panel, own stakeholder group, or the panel and all groups.
    smallest_group : usable ratings below which a group's (and the panel's) numbers are withheld.

    Raises ValueError for a smallest group below 2, which would show one person's rating.

    >>> policy = FeedbackPolicy()
    >>> Shown.COMMENTS in policy.shows, policy.smallest_group
    (True, 5)
    """

    kind: ClassVar[str] = "feedback"

    shows: tuple[Shown, ...] = (
        Shown.OWN_RATING,
        Shown.DISTRIBUTION,
        Shown.MEDIAN,
        Shown.COMMENTS,
    )
    whose: Whose = Whose.PANEL
    smallest_group: int = SMALLEST_GROUP

    def __post_init__(self) -> None:
        shows = tuple(Shown(part) for part in self.shows)
        if len(set(shows)) != len(shows):
            raise ValueError(f"feedback shows each thing once, not {[*map(str, shows)]}")
        self._set(shows=shows, whose=Whose(self.whose))
        size = self.smallest_group
        if isinstance(size, bool) or not isinstance(size, int) or size < 2:
            raise ValueError(f"the smallest group shown has at least 2 ratings, not {size!r}")

    def may_show(self, n: int) -> bool:
        """Whether numbers from `n` usable ratings may be shown at all."""
        return n >= self.smallest_group

    def sentence(self, locale: str) -> str:
        """The policy in words."""
        if not self.shows:
            return say(_NOTHING, locale)
        things = wording.all_of([say(_SHOWN[part], locale) for part in self.shows], locale)
        policy = say(
            _POLICY,
            locale,
            things=things,
            whose=say(_WHOSE[self.whose], locale),
            smallest=self.smallest_group,
        )
        if self.whose is Whose.PANEL:
            return policy
        return f"{policy} {say(_OTHERS, locale)}"

    @classmethod
    def from_json(cls, data: object) -> FeedbackPolicy:
        """Read a stored policy. Raises ValueError when it is none."""
        policy: FeedbackPolicy = load_as(cls, data)
        return policy


_NOTHING: Phrase = {
    "en": "Experts see nothing of the previous round.",
    "nl": "Experts zien niets van de vorige ronde.",
    "fr": "Les experts ne voient rien du tour précédent.",
    "de": "Die Fachleute sehen nichts von der vorigen Runde.",
}
_POLICY: Phrase = {
    "en": "Experts see of the previous round: {things}. Numbers are those {whose}; fewer than"
    " {smallest} ratings are never shown.",
    "nl": "Experts zien van de vorige ronde: {things}. De cijfers zijn die {whose}; minder dan"
    " {smallest} beoordelingen worden nooit getoond.",
    "fr": "Les experts voient du tour précédent\u00a0: {things}. Les chiffres sont ceux"
    " {whose}\u00a0; moins de {smallest} évaluations ne sont jamais montrées.",
    "de": "Die Fachleute sehen von der vorigen Runde: {things}. Die Zahlen sind die {whose};"
    " weniger als {smallest} Bewertungen werden nie gezeigt.",
}
_OTHERS: Phrase = {
    "en": "Smaller groups are shown together, as others.",
    "nl": "Kleinere groepen worden samen getoond, als anderen.",
    "fr": "Les groupes plus petits sont présentés ensemble, comme autres.",
    "de": "Kleinere Gruppen werden zusammen gezeigt, als Übrige.",
}
