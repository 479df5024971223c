"""Others' reasons, in balance: the side a comment speaks for, its order, and how much is read at once.

A comment stands on the side of the rating it came with, never beside a name. Whoever is shown only
what most people said learns nothing new, so the sides take turns and the smaller one goes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from surveys.delphi.scale import Band, Scale
from surveys.delphi.stored import Stored, fingerprint, load_as
from surveys.delphi.wording import Phrase, say

# About a minute of reading for one statement; a reader takes in some 200 words a minute.
USUAL_WORDS = 150


class Side(StrEnum):
    """What a comment speaks for, by the rating it came with."""

    FOR = "for"
    AGAINST = "against"
    OTHER = "other"


class Place(StrEnum):
    """Where a moderator puts a comment, in place of the rule."""

    FIRST = "first"  # read before the others of its side, whatever the budget
    FOLDED = "folded"  # read by those who unfold everything


class Standing(StrEnum):
    """Whether a comment may be read by other experts, and who decided so."""

    WAITING = "waiting"  # held back until a moderator decides
    PASSED = "passed"  # let through by the study's rule
    APPROVED = "approved"  # let through by a moderator
    REDACTED = "redacted"  # let through in another wording; the original is kept
    KEPT_BACK = "kept back"
    MERGED = "merged"  # says the same as another one, with which it is counted

    @property
    def released(self) -> bool:
        """Whether its text may be read by other experts."""
        return self in (Standing.PASSED, Standing.APPROVED, Standing.REDACTED)


class Approval(StrEnum):
    """Which comments wait for a moderator before anybody reads them."""

    FLAGGED = "flagged"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a moderator decided of one comment so far.

    kept_back, approved : at most one of them. wording : what stands in place of the text; only of an
    approved one. merged : whether it is counted with another one.
    """

    kept_back: bool = False
    approved: bool = False
    wording: str | None = None
    merged: bool = False

    def standing(self, *, flagged: bool, approval: Approval) -> Standing:
        """Whether the comment may be read. What is flagged never passes by itself."""
        if self.kept_back:
            return Standing.KEPT_BACK
        if self.merged:
            return Standing.MERGED
        if self.approved:
            return Standing.APPROVED if self.wording is None else Standing.REDACTED
        if flagged or approval is Approval.ALL:
            return Standing.WAITING
        return Standing.PASSED


@dataclass(frozen=True, slots=True)
class Voice:
    """One comment as it may be read.

    experts : how many said it; more than one where a moderator merged what says the same.
    """

    text: str
    side: Side
    experts: int = 1
    place: Place | None = None

    @property
    def words(self) -> int:
        """How much there is to read."""
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class CommentRule(Stored):
    """How comments reach other experts: which wait for a moderator, and how many stand open.

    approval : which comments wait for a moderator; those that could give somebody away always do.
    words, comments : the reading budget of one statement, the most that stands open; the rest is
        unfolded on demand. None for no limit; with both, the first one reached counts.

    Raises ValueError for a budget below 1.

    >>> CommentRule(words=100).sentence("en").startswith("Of a statement's comments about 100 words")
    True
    """

    kind: ClassVar[str] = "comments"

    approval: Approval = Approval.FLAGGED
    words: int | None = USUAL_WORDS
    comments: int | None = None

    def __post_init__(self) -> None:
        self._set(approval=Approval(self.approval))
        for name in ("words", "comments"):
            limit = getattr(self, name)
            if limit is None:
                continue
            if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
                raise ValueError(f"a reading budget in {name} is a whole number from 1: {limit!r}")

    def allows(self, words: int, comments: int) -> bool:
        """Whether so much stays within the reading budget."""
        return (self.words is None or words <= self.words) and (
            self.comments is None or comments <= self.comments
        )

    def sentence(self, locale: str) -> str:
        """The rule in words."""
        limits = [
            say(phrase, locale, count=limit)
            for phrase, limit in ((_WORDS, self.words), (_COMMENTS, self.comments))
            if limit is not None
        ]
        budget = (
            say(_BUDGET, locale, limits=say(_OR, locale).join(limits))
            if limits
            else say(_NO_BUDGET, locale)
        )
        return f"{budget} {say(_APPROVAL[self.approval], locale)}"

    @classmethod
    def from_json(cls, data: object) -> CommentRule:
        """Read a stored rule. Raises ValueError when it is none."""
        rule: CommentRule = load_as(cls, data)
        return rule


def side_of(value: float | None, scale: Scale | None) -> Side:
    """The side of a comment that came with this rating.

    Neither side for the middle band, for whoever could not judge or did not rate, and on items
    without a scale.

    >>> [side_of(value, Scale.of(1, 5)).value for value in (5, 3, 1, None)]
    ['for', 'other', 'against', 'other']
    """
    if value is None or scale is None:
        return Side.OTHER
    return {Band.HIGH: Side.FOR, Band.LOW: Side.AGAINST}.get(scale.band_of(value), Side.OTHER)


def in_order(voices: Sequence[Voice]) -> list[int]:
    """The places of the voices in the order in which they are read.

    Sides in their order; within one what a moderator put first, what more experts said, and then by
    the fingerprint of the text. That order is always the same, favours no letter of the alphabet,
    and tells neither who spoke first nor which comments are of one hand.
    """
    sides = list(Side)

    def rank(index: int) -> tuple[int, bool, int, str]:
        voice = voices[index]
        return (
            sides.index(voice.side),
            voice.place is not Place.FIRST,
            -voice.experts,
            fingerprint(voice.text),
        )

    return sorted(range(len(voices)), key=rank)


def opened(voices: Sequence[Voice], rule: CommentRule) -> frozenset[int]:
    """The places of the voices that stand open within the budget.

    Sides take turns, the one with the fewest comments first; each time a side opens its next comment
    that still fits. A side without one that fits opens its shortest, so that no side is crowded out
    by a long one. What a moderator put first is open; what a moderator folded is not, unless all of
    its side was. A side that has said everything leaves the rest to the others.
    """
    order = in_order(voices)
    queues = {
        side: [i for i in order if voices[i].side is side and voices[i].place is not Place.FOLDED]
        for side in Side
    }
    for side, queue in queues.items():
        queue += [i for i in order if voices[i].side is side] if not queue else []
    chosen = {i for i in order if voices[i].place is Place.FIRST}
    sides = sorted((side for side in Side if queues[side]), key=lambda side: len(queues[side]))

    def fits(index: int) -> bool:
        words = sum(voices[i].words for i in chosen) + voices[index].words
        return rule.allows(words, len(chosen) + 1)

    for side in sides:
        if chosen.isdisjoint(queues[side]):
            fitting = [i for i in queues[side] if fits(i)]
            chosen.add(fitting[0] if fitting else min(queues[side], key=lambda i: voices[i].words))
    going = True
    while going:
        going = False
        for side in sides:
            following = next((i for i in queues[side] if i not in chosen and fits(i)), None)
            if following is not None:
                chosen.add(following)
                going = True
    return frozenset(chosen)


def written_in(text: str, language: str, translations: Mapping[str, str]) -> str:
    """The language a text is in: the page's on which it was typed, unless the team knows better.

    A translation that equals its text says that there was nothing to translate.

    >>> written_in("Not on Mondays.", "nl", {"en": "Not on Mondays."})
    'en'
    """
    return next((spoken for spoken, said in translations.items() if said == text), language)


_WORDS: Phrase = {
    "en": "about {count} words",
    "nl": "ongeveer {count} woorden",
    "fr": "environ {count} mots",
    "de": "etwa {count} Wörter",
}
_COMMENTS: Phrase = {
    "en": "{count} comments",
    "nl": "{count} opmerkingen",
    "fr": "{count} commentaires",
    "de": "{count} Kommentare",
}
_OR: Phrase = {"en": " or ", "nl": " of ", "fr": " ou ", "de": " oder "}
_BUDGET: Phrase = {
    "en": "Of a statement's comments {limits} stand open, taken in turns from those for and against;"
    " the rest can be unfolded.",
    "nl": "Van de opmerkingen bij een stelling staan er {limits} open, beurtelings gekozen uit die"
    " voor en die tegen; de rest kan worden opengeklapt.",
    "fr": "Parmi les commentaires d'un énoncé, {limits} sont affichés, pris tour à tour parmi ceux"
    " qui sont pour et ceux qui sont contre\u00a0; le reste peut être déplié.",
    "de": "Von den Kommentaren zu einer Aussage stehen {limits} offen, abwechselnd aus denen dafür und"
    " denen dagegen; der Rest lässt sich aufklappen.",
}
_NO_BUDGET: Phrase = {
    "en": "All comments on a statement stand open, those for and against side by side.",
    "nl": "Alle opmerkingen bij een stelling staan open, die voor en die tegen naast elkaar.",
    "fr": "Tous les commentaires d'un énoncé sont affichés, pour et contre côte à côte.",
    "de": "Alle Kommentare zu einer Aussage stehen offen, dafür und dagegen nebeneinander.",
}
_APPROVAL: Mapping[Approval, Phrase] = {
    Approval.FLAGGED: {
        "en": "Comments that seem to tell who somebody is wait for a moderator.",
        "nl": "Opmerkingen die lijken te verraden wie iemand is, wachten op een moderator.",
        "fr": "Les commentaires qui semblent révéler une identité attendent une modération.",
        "de": "Kommentare, die jemanden zu erkennen geben könnten, warten auf die Moderation.",
    },
    Approval.ALL: {
        "en": "No comment is shown before a moderator has let it through.",
        "nl": "Geen opmerking wordt getoond voordat een moderator ze heeft doorgelaten.",
        "fr": "Aucun commentaire n'est montré avant d'avoir été accepté par la modération.",
        "de": "Kein Kommentar wird gezeigt, bevor die Moderation ihn freigegeben hat.",
    },
}
