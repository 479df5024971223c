"""Where a statement comes from, and why its ratings are then not compared with earlier ones.

Two ratings are a pair only where the same expert rated the same thing twice. A statement whose meaning
changed, a part of one that was split, and one that several were merged into say something else than what
was rated before: movement between them would be movement between two questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from surveys.delphi.wording import Phrase, all_of, say


class Descent(StrEnum):
    """By what act a statement was made from others."""

    SPLIT = "split"
    MERGED = "merged"


class WhyNoPair(StrEnum):
    """Why there is nothing to compare with; stable codes for exports."""

    MEANING_CHANGED = "meaning_changed"
    SPLIT = "made_by_split"
    MERGED = "made_by_merge"


_WHY: Mapping[WhyNoPair, Phrase] = {
    WhyNoPair.MEANING_CHANGED: {
        "en": "Not compared with round {round}: its meaning changed since, so the two ratings answer"
        " two questions.",
        "nl": "Niet vergeleken met ronde {round}: de betekenis veranderde sindsdien, dus de twee"
        " beoordelingen beantwoorden twee vragen.",
        "fr": "Non comparé au tour {round}\u00a0: son sens a changé depuis, et les deux évaluations"
        " répondent à deux questions.",
        "de": "Nicht mit Runde {round} verglichen: Die Bedeutung hat sich seither geändert, beide"
        " Bewertungen beantworten also zwei Fragen.",
    },
    WhyNoPair.SPLIT: {
        "en": "Not compared with round {round}: it is one part of {codes}, and ratings of the whole"
        " say nothing certain of a part.",
        "nl": "Niet vergeleken met ronde {round}: ze is één deel van {codes}, en beoordelingen van het"
        " geheel zeggen niets zekers over een deel.",
        "fr": "Non comparé au tour {round}\u00a0: c'est une partie de {codes}, et l'évaluation du tout"
        " ne dit rien de certain d'une partie.",
        "de": "Nicht mit Runde {round} verglichen: Sie ist ein Teil von {codes}, und Bewertungen des"
        " Ganzen sagen nichts Sicheres über einen Teil.",
    },
    WhyNoPair.MERGED: {
        "en": "Not compared with round {round}: it was made from {codes}, which experts rated one by"
        " one.",
        "nl": "Niet vergeleken met ronde {round}: ze is gemaakt uit {codes}, die elk apart werden"
        " beoordeeld.",
        "fr": "Non comparé au tour {round}\u00a0: il réunit {codes}, évalués séparément.",
        "de": "Nicht mit Runde {round} verglichen: Sie wurde aus {codes} gemacht, die einzeln bewertet"
        " wurden.",
    },
}

_BY: Mapping[Descent, WhyNoPair] = {
    Descent.SPLIT: WhyNoPair.SPLIT,
    Descent.MERGED: WhyNoPair.MERGED,
}


@dataclass(frozen=True, slots=True)
class NoPair:
    """That the ratings of a statement are compared with none of an earlier round.

    why : as a stable code. round : the round it is not compared with.
    codes : the statements it was made from; of a changed meaning none.

    >>> NoPair.of(Descent.MERGED, 2, ("S03", "S07")).sentence("en")
    'Not compared with round 2: it was made from S03 and S07, which experts rated one by one.'
    """

    why: WhyNoPair
    round: int
    codes: tuple[str, ...] = ()

    @classmethod
    def of(cls, act: Descent, round: int, codes: tuple[str, ...]) -> NoPair:
        """Of a statement that was made from others."""
        return cls(_BY[act], round, codes)

    def sentence(self, locale: str) -> str:
        """The reason in words."""
        return say(_WHY[self.why], locale, round=self.round, codes=all_of(self.codes, locale))
