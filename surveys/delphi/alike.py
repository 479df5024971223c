"""Which comments seem to say the same: proposed here, decided by a moderator.

Words are compared and not letters in a row, so that another order or another ending of a word
matters little. Only comments in one language and on one side are compared. A comment that denies what
the other one says uses nearly the same words; so two that differ in their denials are never alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rapidfuzz import fuzz, process

from surveys.delphi.voices import Side

# From which likeness on (0 to 1: the share of words that carry meaning which two comments have in common)
# they are proposed as one. Found on pairs that people call the same and pairs that they do not
# (tests/delphi/test_alike.py): one word of four changed (0.75) can turn "older" into "younger".
ALIKE = 0.8
# From which rapidfuzz ratio on (0 to 100) two words are one: "guarantee" and "guaranteed" (95).
SAME_WORD = 80.0
# Below this ratio of letters, with the words in the order of the alphabet, no words are compared.
_ROUGHLY = 65.0

_WORD = re.compile(r"[^\W_]+")
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu)['’](?=\w)", re.IGNORECASE)

# Words that carry no meaning of their own. Denials are not among them, on purpose.
_SMALL_WORDS = {
    "en": "a an the is are be been was were am to of in on at for and or with as it its this that"
    " these those i we you they my our your their he she so very really also just do does have has"
    " will would can could should there here which who by from but if during get gets",
    "nl": "de het een is zijn was waren wordt worden te van in op bij voor en of met als dat die dit"
    " deze ik we wij u je jij men ze zij mijn ons onze uw hun hij er zo heel erg ook wel toch maar"
    " om aan door uit naar dan heeft hebben kan kunnen moet moeten zal zou nog al over",
    "fr": "le la les un une des du de d l et ou à au aux en dans sur pour par avec est sont être été"
    " était c ce cet cette ces il elle on nous vous ils elles je mon ma mes notre nos votre vos leur"
    " leurs son sa ses qui que qu se s y très aussi mais si comme plus peut doit faut a ont",
    "de": "der die das den dem des ein eine einen einem einer eines ist sind war waren wird werden zu"
    " von im in auf an am bei für und oder mit als dass es ich wir sie er ihr man mein meine unser"
    " unsere so sehr auch aber wenn doch nur noch aus nach um über hat haben kann können muss"
    " müssen soll sollen sich",
}
_DENIALS = {
    "en": "no not never nobody nothing none without neither nor cannot hardly unless less"
    " dont doesnt didnt isnt arent wasnt wont cant couldnt shouldnt wouldnt",
    "nl": "geen niet nooit niemand niets niks zonder noch nauwelijks amper tenzij minder",
    "fr": "ne n pas jamais personne rien aucun aucune sans ni guère moins non",
    "de": "kein keine keinen keinem keiner keines nicht nie niemals niemand nichts ohne weder noch"
    " kaum weniger",
}
_small = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_denying = {language: frozenset(words.split()) for language, words in _DENIALS.items()}


@dataclass(frozen=True, slots=True)
class Said:
    """One comment as it is compared. ``key`` is whatever the caller knows it by."""

    key: int
    text: str
    language: str
    side: Side


@dataclass(frozen=True, slots=True)
class _Words:
    """What of a comment is compared."""

    meaning: tuple[str, ...]
    denials: tuple[str, ...]


def likeness(one: str, other: str, language: str) -> float:
    """How alike two comments in a language are, from 0 to 1; 0 where only one of them denies.

    Dice's coefficient of their words: twice the common ones over all.

    >>> likeness("Staff need training.", "The staff needs a training!", "en")
    1.0
    >>> likeness("It is safe for patients.", "It is not safe for patients.", "en")
    0.0
    """
    return _likeness(_words(one, language), _words(other, language))


def proposals(
    comments: Sequence[Said], apart: Collection[tuple[int, int]] = ()
) -> list[tuple[int, ...]]:
    """Groups of comments that seem to say the same, as their keys; each is in one group at most.

    apart : pairs of keys, the smaller first, that somebody has told apart: they are in no group.

    Every two of a group are alike, not only neighbours in a chain: otherwise a row of small steps
    would join comments that have nothing in common.
    """
    words = {comment.key: _words(comment.text, comment.language) for comment in comments}
    alike: dict[int, set[int]] = {comment.key: set() for comment in comments}
    pairs = []
    rough = _roughly([words[comment.key] for comment in comments])
    for place, one in enumerate(comments):
        for there, other in enumerate(comments[place + 1 :], start=place + 1):
            pair = (min(one.key, other.key), max(one.key, other.key))
            if (one.side, one.language) != (other.side, other.language) or pair in apart:
                continue
            if not rough[place][there]:
                continue
            found = _likeness(words[one.key], words[other.key])
            if found >= ALIKE:
                alike[one.key].add(other.key)
                alike[other.key].add(one.key)
                pairs.append((-found, one.key, other.key))
    group_of: dict[int, set[int]] = {key: {key} for key in alike}
    for _likest, one_key, other_key in sorted(pairs):
        first, second = group_of[one_key], group_of[other_key]
        if first is second or not all(second <= alike[key] for key in first):
            continue
        joined = first | second
        group_of.update(dict.fromkeys(joined, joined))
    found_groups = {frozenset(group) for group in group_of.values() if len(group) > 1}
    return sorted(tuple(sorted(group)) for group in found_groups)


def near(texts: Sequence[str], language: str) -> list[tuple[int, int]]:
    """Pairs of texts in a language that seem to say the same, by their places, the earlier one first.

    >>> near(["Staff need training.", "Fees are high.", "The staff needs a training."], "en")
    [(0, 2)]
    """
    words = [_words(text, language) for text in texts]
    rough = _roughly(words)
    return [
        (one, other)
        for one in range(len(texts))
        for other in range(one + 1, len(texts))
        if rough[one][other] and _likeness(words[one], words[other]) >= ALIKE
    ]


def _roughly(words: Sequence[_Words]) -> Any:
    """For every two whether their letters are alike; spares most the slower look at their words."""
    plain = [" ".join(sorted(one.meaning)) for one in words]
    return process.cdist(plain, plain, scorer=fuzz.ratio, score_cutoff=_ROUGHLY)


def _likeness(one: _Words, other: _Words) -> float:
    if bool(one.denials) != bool(other.denials) or not one.meaning or not other.meaning:
        return 0.0
    left = list(other.meaning)
    common = 0
    for word in one.meaning:
        found = process.extractOne(word, left, scorer=fuzz.ratio, score_cutoff=SAME_WORD)
        if found is not None:
            left.pop(found[2])
            common += 1
    return 2 * common / (len(one.meaning) + len(other.meaning))


def _words(text: str, language: str) -> _Words:
    """A comment's words without accents and capitals, apart from those that only join others."""
    if language == "fr":
        text = _ELISION.sub(lambda found: found[0].replace("’", "'").rstrip("'") + " ", text)
    text = text.replace("'", "").replace("’", "")
    words = [_plain(word) for word in _WORD.findall(text)]
    small, denying = _apart(language)
    return _Words(
        tuple(word for word in words if word not in small and word not in denying),
        tuple(word for word in words if word in denying),
    )


@cache
def _apart(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of a language that only join others, and those that deny, as they are compared."""
    small, denying = (
        frozenset(_plain(word) for word in known.get(language, ())) for known in (_small, _denying)
    )
    return small, denying


def _plain(word: str) -> str:
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
