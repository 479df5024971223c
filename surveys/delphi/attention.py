"""Which statements a researcher should look at before the next round, whatever the rule proposes.

Signs, not verdicts: they change no proposal and nothing that is stored. Their thresholds are the same for
every study, except for the share at which a panel counts as split, which the study's stopping rule sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from surveys.delphi.scale import Band, Scale
from surveys.delphi.summary import ItemCounts, PairCounts
from surveys.delphi.wording import Phrase, percent_threshold, say, share

# Percentages of whom each sign speaks of; see docs/rules.md.
MOVED = Fraction(50)
RATED = Fraction(200, 3)
UNABLE = Fraction(20)
# As in the RAND/UCLA rule for disagreement.
CAMPS = Fraction(100, 3)
# Usable ratings and pairs below which a share tells too little.
FEWEST = 5


class Sign(StrEnum):
    """What stands out; stable codes."""

    POLARISED = "polarised"
    UNSTABLE = "unstable"
    LOW_N = "low n"
    UNABLE = "many unable"

    def name_in(self, locale: str) -> str:
        """The sign in words."""
        return say(_NAME[self], locale)


_NAME: Mapping[Sign, Phrase] = {
    Sign.POLARISED: {"en": "polarised", "nl": "verdeeld", "fr": "polarisé", "de": "polarisiert"},
    Sign.UNSTABLE: {"en": "unstable", "nl": "onstabiel", "fr": "instable", "de": "instabil"},
    Sign.LOW_N: {
        "en": "few ratings",
        "nl": "weinig beoordelingen",
        "fr": "peu d'évaluations",
        "de": "wenige Bewertungen",
    },
    Sign.UNABLE: {
        "en": "many unable to judge",
        "nl": "velen kunnen niet oordelen",
        "fr": "beaucoup ne peuvent pas juger",
        "de": "viele können nicht urteilen",
    },
}
_SAID: Mapping[Sign, Phrase] = {
    Sign.POLARISED: {
        "en": "Polarised: {low} rated it low and {high} high, at least {threshold} on each side.",
        "nl": "Verdeeld: {low} beoordeelden ze laag en {high} hoog, ten minste {threshold} aan elke"
        " kant.",
        "fr": "Polarisé\u00a0: {low} l'ont évalué bas et {high} haut, au moins {threshold} de chaque"
        " côté.",
        "de": "Polarisiert: {low} bewerteten niedrig und {high} hoch, mindestens {threshold} auf jeder"
        " Seite.",
    },
    Sign.UNSTABLE: {
        "en": "Unstable: {count} who rated it in both rounds changed their rating, more than"
        " {threshold}.",
        "nl": "Onstabiel: {count} die ze in beide rondes beoordeelden, veranderden hun beoordeling,"
        " meer dan {threshold}.",
        "fr": "Instable\u00a0: {count} qui l'ont évalué aux deux tours ont changé leur évaluation, plus"
        " de {threshold}.",
        "de": "Instabil: {count}, die in beiden Runden bewerteten, änderten ihre Bewertung, mehr als"
        " {threshold}.",
    },
    Sign.LOW_N: {
        "en": "Few ratings: {count} of those who were asked rated it; it should be {fewest} or more, and"
        " at least {threshold}.",
        "nl": "Weinig beoordelingen: {count} van wie het gevraagd werd, beoordeelden ze; het moeten er"
        " {fewest} of meer zijn, en ten minste {threshold}.",
        "fr": "Peu d'évaluations\u00a0: {count} des personnes interrogées l'ont évalué\u00a0; il en faut"
        " {fewest} ou plus, et au moins {threshold}.",
        "de": "Wenige Bewertungen: {count} der Befragten bewerteten sie; es sollten {fewest} oder mehr"
        " sein und mindestens {threshold}.",
    },
    Sign.UNABLE: {
        "en": "Many unable to judge: {count} of those who answered said so, at least {threshold}.",
        "nl": "Velen kunnen niet oordelen: {count} van wie antwoordde, zeiden dat, ten minste"
        " {threshold}.",
        "fr": "Beaucoup ne peuvent pas juger\u00a0: {count} des personnes qui ont répondu l'ont dit, au"
        " moins {threshold}.",
        "de": "Viele können nicht urteilen: {count} derer, die antworteten, sagten es, mindestens"
        " {threshold}.",
    },
}


@dataclass(frozen=True, slots=True)
class Noticed:
    """One sign on one statement, with the numbers that gave it.

    count, total : of how many it is true, and of how many it is asked; of a polarised statement the
        low and then the high ratings. threshold : the percentage it is compared with.
    """

    sign: Sign
    count: int
    total: int
    threshold: Fraction
    other: int = 0

    def sentence(self, locale: str) -> str:
        """The sign in words, with the number that gave it."""
        threshold = percent_threshold(self.threshold, locale)
        if self.sign is Sign.POLARISED:
            low, high = (share(one, self.total, locale) for one in (self.count, self.other))
            return say(_SAID[self.sign], locale, low=low, high=high, threshold=threshold)
        return say(
            _SAID[self.sign],
            locale,
            count=share(self.count, self.total, locale),
            threshold=threshold,
            fewest=FEWEST,
        )


def noticed(
    counts: ItemCounts, scale: Scale, pairs: PairCounts | None, *, camps: Fraction = CAMPS
) -> tuple[Noticed, ...]:
    """What stands out on one statement after a round.

    counts : its ratings; pairs : how the same experts rated it the round before, None where it was not
    compared; camps : from which percentage on in both outer bands a panel counts as split.

    Polarised and unstable need five ratings, or pairs: of fewer, a share tells too little.

    >>> scale = Scale.of(1, 5)
    >>> [one.sign.value for one in noticed(ItemCounts((4, 0, 2, 0, 6)), scale, None)]
    ['polarised']
    """
    found = []
    bands = counts.by_band(scale)
    low, high = bands[Band.LOW], bands[Band.HIGH]
    if counts.n >= FEWEST and 100 * min(low, high) >= camps * counts.n:
        found.append(Noticed(Sign.POLARISED, low, counts.n, camps, high))
    if pairs is not None and pairs.pairs >= FEWEST:
        moved = pairs.pairs - pairs.unchanged
        if 100 * moved > MOVED * pairs.pairs:
            found.append(Noticed(Sign.UNSTABLE, moved, pairs.pairs, MOVED))
    if counts.asked and (counts.n < FEWEST or 100 * counts.n < RATED * counts.asked):
        found.append(Noticed(Sign.LOW_N, counts.n, counts.asked, RATED))
    answered = counts.n + counts.unable
    if answered and 100 * counts.unable >= UNABLE * answered:
        found.append(Noticed(Sign.UNABLE, counts.unable, answered, UNABLE))
    return tuple(found)
