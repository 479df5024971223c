"""Numbers that experts type: read from text, written back, spoken, and put into files."""

from __future__ import annotations

import re
from collections.abc import Mapping

from surveys.delphi import wording
from surveys.delphi.answer import Answer, Missing
from surveys.delphi.wording import Phrase
from surveys.items.base import MISSING_CODES, N_, InvalidAnswer
from surveys.items.settings import LARGEST, without_point
from surveys.tables import Cell, Column, Measure

USUAL_DECIMALS = 2
MOST_DECIMALS = 6
# Blanks between groups of digits: plain, no-break and narrow ones, and the Swiss apostrophe.
_BLANKS = re.compile(r"[\s\u00a0\u202f'’]+")
_NUMBER = re.compile(r"[+\-\u2212\u2013]?[0-9]+(?:[.,]([0-9]+))?")

_WHY_ABSENT: Phrase = {
    "en": "Why there is no answer",
    "nl": "Waarom er geen antwoord is",
    "fr": "Pourquoi il n'y a pas de réponse",
    "de": "Warum keine Antwort vorliegt",
}


def typed(text: str, decimals: int) -> float:
    """The number somebody typed; comma and point both begin the decimals.

    Raises InvalidAnswer for text that is no number, and for more decimals than are asked: "1,500"
    is not taken for one and a half where somebody meant fifteen hundred.
    """
    compact = _BLANKS.sub("", text)
    found = _NUMBER.fullmatch(compact)
    if found is None:
        raise InvalidAnswer(
            N_("“%(typed)s” is not a number. Please use digits, like 12."), typed=text.strip()
        )
    if len(found[1] or "") > decimals:
        if decimals == 0:
            raise InvalidAnswer(
                N_("Please give a whole number, without a sign for thousands, not “%(typed)s”."),
                typed=text.strip(),
            )
        raise InvalidAnswer(
            N_(
                "Please give at most %(decimals)s decimals and no sign for thousands, "
                "not “%(typed)s”."
            ),
            decimals=decimals,
            typed=text.strip(),
        )
    number = float(re.sub("[\u2212\u2013]", "-", compact).replace(",", "."))
    if abs(number) >= LARGEST:
        raise InvalidAnswer(N_("“%(typed)s” is too large a number to be kept."), typed=text.strip())
    return number + 0.0  # so that −0 is 0


def check_within(number: float, lowest: float | None, highest: float | None) -> None:
    """Raise InvalidAnswer unless a number lies within the bounds of its item."""
    below = lowest is not None and number < lowest
    above = highest is not None and number > highest
    if not (below or above):
        return
    lowest, highest = without_point(lowest), without_point(highest)
    if lowest is not None and highest is not None:
        raise InvalidAnswer(
            N_("Please give a number from %(lowest)s to %(highest)s."),
            lowest=lowest,
            highest=highest,
        )
    if below:
        raise InvalidAnswer(N_("Please give a number of at least %(lowest)s."), lowest=lowest)
    raise InvalidAnswer(N_("Please give a number of at most %(highest)s."), highest=highest)


def plain(number: float) -> str:
    """A number as it stands in a field: a point, no zeros at the end."""
    text = f"{number:.{MOST_DECIMALS}f}"
    return text.rstrip("0").rstrip(".")


def spoken(number: float, language: str, unit: str = "") -> str:
    """A number in a sentence, with its unit."""
    return wording.number(number, language or "en", digits=MOST_DECIMALS) + behind(unit, language)


def behind(unit: str, language: str) -> str:
    """A unit as it stands behind a number: no line ends between them, "%" stands close."""
    if not unit:
        return ""
    if unit.startswith("%"):
        return unit if language in ("", "en", "nl") else f"\u202f{unit}"
    return f"\u00a0{unit}"


def decimal_sign(language: str) -> str:
    """What begins the decimals in a language."""
    return "." if language in ("", "en") else ","


def phrase_in(phrase: Phrase, language: str) -> str:
    """One of a kind's own phrases; English where no language is asked for."""
    return phrase.get(language) or phrase["en"]


def missing_names(language: str) -> Mapping[int, str]:
    """What the codes of missing answers mean."""
    return {code: reason.name_in(language) for reason, code in MISSING_CODES.items()}


def why_absent(code: str, label: str, language: str) -> Column:
    """The column beside a number that says why there is none: any code could be a number itself."""
    return Column(
        f"{code.lower()}_missing",
        f"{phrase_in(_WHY_ABSENT, language)}{wording.colon(language)} {label}",
        Measure.NOMINAL,
        missing_names(language),
    )


def reason_cell(answer: Answer | None) -> Cell:
    """The value of that column; nothing where there is an answer."""
    if answer is None:
        return MISSING_CODES[Missing.SKIPPED]
    return None if answer.missing is None else MISSING_CODES[answer.missing]
