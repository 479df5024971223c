"""What changed between two wordings, word by word.

A word keeps its apostrophes and hyphens ("foto's", "follow-up", "Patient:innen"), but a French article
or pronoun is a word of its own ("l'", "qu'"): who reads that "l'appli" became "l'application" should see
one word change, and who reads that it became "une appli" should see the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# Elided before a vowel or a mute h: l'eau, d'abord, qu'il, aujourd'hui is no such case.
_ELIDED = r"(?:[cdjlmnst]|qu|lorsqu|puisqu|quoiqu|jusqu)['\u2019](?=[^\W\d_])(?=[aeiouyhàâäæéèêëîïôöœùûü])"
_JOINED = r"(?:['\u2019\u2010\u2011:\-](?=\w)\w+)*"
_TOKEN = re.compile(rf"\b{_ELIDED}|\w+{_JOINED}|\s+|[^\w\s]", re.IGNORECASE)
# With less in common than this, a difference is confetti: the two wordings are told one after the other.
LEAST_IN_COMMON = 0.3


class Mark(StrEnum):
    """What became of a piece of text."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that share what became of them."""

    mark: Mark
    text: str

    @property
    def around(self) -> tuple[str, str, str]:
        """The spaces before, the words themselves, the spaces after: a mark looks best on words."""
        words = self.text.strip()
        start = self.text.find(words)
        return self.text[:start], words, self.text[start + len(words) :]


@dataclass(frozen=True, slots=True)
class WordDifference:
    """The way from one wording to another: what was removed stands before what was added."""

    pieces: tuple[Piece, ...]

    @property
    def old(self) -> str:
        """The wording before, exactly."""
        return "".join(piece.text for piece in self.pieces if piece.mark is not Mark.ADDED)

    @property
    def new(self) -> str:
        """The wording after, exactly."""
        return "".join(piece.text for piece in self.pieces if piece.mark is not Mark.REMOVED)

    @property
    def length(self) -> int:
        """How many characters it takes to show."""
        return sum(len(piece.text) for piece in self.pieces)

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return any(piece.mark is not Mark.KEPT for piece in self.pieces)


def word_difference(old: str, new: str) -> WordDifference:
    """Say which words were removed and which were added.

    Of two wordings that have next to nothing in common, all of the old one is removed and all of
    the new one added.
    """
    before, after = words(old), words(new)
    # Spaces are in every text; a match must not hang on them.
    matcher = SequenceMatcher(str.isspace, before, after, autojunk=False)
    changes = [
        (before[low:high], after[start:end]) if tag != "equal" else (before[low:high], None)
        for tag, low, high, start, end in matcher.get_opcodes()
    ]
    pieces = tuple(_pieces(_without_islands(changes)))
    if _share_kept(pieces, old, new) < LEAST_IN_COMMON:
        pieces = tuple(_pieces([([old], [new])]))
    return WordDifference(pieces)


def words(text: str) -> list[str]:
    """Words, spaces and signs, of which the text consists."""
    return _TOKEN.findall(text)


_Change = tuple[Sequence[str], "Sequence[str] | None"]


def _without_islands(changes: Iterable[_Change]) -> Iterator[_Change]:
    """Changes with nothing but spaces or signs between them become one; a change without a
    replacement (None) is text that was kept."""
    removed: list[str] = []
    added: list[str] = []
    island: Sequence[str] = ()
    for old, new in changes:
        if new is not None:
            removed += [*island, *old]
            added += [*island, *new]
            island = ()
        elif (removed or added) and not any(map(_is_word, old)):
            island = old
        else:
            if removed or added:
                yield removed, added
            yield [*island, *old], None
            removed, added, island = [], [], ()
    if removed or added:
        yield removed, added
    if island:
        yield island, None


def _pieces(changes: Iterable[_Change]) -> Iterator[Piece]:
    """The pieces of changes, without empty ones."""
    for old, new in changes:
        parts = [(Mark.KEPT, old)] if new is None else [(Mark.REMOVED, old), (Mark.ADDED, new)]
        for mark, tokens in parts:
            if text := "".join(tokens):
                yield Piece(mark, text)


def _share_kept(pieces: Sequence[Piece], old: str, new: str) -> float:
    """How much of both wordings' words was kept, from 0 to 1; of two without words, all."""
    total = sum(map(_is_word, words(old))) + sum(map(_is_word, words(new)))
    kept = [piece.text for piece in pieces if piece.mark is Mark.KEPT]
    return 2 * sum(_is_word(word) for text in kept for word in words(text)) / total if total else 1


def _is_word(token: str) -> bool:
    return any(sign.isalnum() for sign in token)
