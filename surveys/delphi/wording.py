"""How rules speak: numbers, percentages, comparisons and lists in the four languages.

Only what several rules share is here; the sentences themselves stand beside the rule that says
them. A locale such as "nl_BE" or "nl-BE" speaks as its language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from surveys.delphi.exact import Comparison, plain

LANGUAGES = ("en", "nl", "fr", "de")

# One text in the four languages.
Phrase: TypeAlias = Mapping[str, str]

NARROW_SPACE = "\u202f"
MINUS = "\u2212"
DASH = "\u2013"

_COMPARISON: Mapping[Comparison, Phrase] = {
    Comparison.AT_LEAST: {
        "en": "at least",
        "nl": "ten minste",
        "fr": "au moins",
        "de": "mindestens",
    },
    Comparison.MORE_THAN: {"en": "more than", "nl": "meer dan", "fr": "plus de", "de": "mehr als"},
    Comparison.AT_MOST: {
        "en": "at most",
        "nl": "ten hoogste",
        "fr": "au plus",
        "de": "höchstens",
    },
    Comparison.UNDER: {
        "en": "under",
        "nl": "minder dan",
        "fr": "moins de",
        "de": "weniger als",
    },
}
_AND: Phrase = {"en": " and ", "nl": " en ", "fr": " et ", "de": " und "}
_OR: Phrase = {"en": " or ", "nl": " of ", "fr": " ou ", "de": " oder "}
_TO: Phrase = {"en": " to ", "nl": " tot ", "fr": " à ", "de": " bis "}


def language(locale: str) -> str:
    """The language a locale speaks here. Raises ValueError for one that rules do not speak."""
    spoken = locale.replace("-", "_").partition("_")[0].lower()
    if spoken not in LANGUAGES:
        raise ValueError(f"rules speak {', '.join(LANGUAGES)}, not {locale!r}")
    return spoken


def say(phrase: Phrase, locale: str, **values: object) -> str:
    """One phrase in the reader's language, with its numbers filled in."""
    return phrase[language(locale)].format(**values)


def number(value: Fraction | float | int, locale: str, *, digits: int = 2) -> str:
    """A number for reading: at most `digits` decimals, decimal comma outside English.

    Only sentences round; what was compared stays exact.
    """
    text = f"{float(value):.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text == "-0":
        text = "0"
    text = text.replace("-", MINUS)
    return text if language(locale) == "en" else text.replace(".", ",")


def percent(value: Fraction, locale: str, *, digits: int = 1) -> str:
    """A percentage for reading: "69.6%", in French and German "69,6 %" with a narrow space."""
    space = NARROW_SPACE if language(locale) in ("fr", "de") else ""
    return f"{number(value, locale, digits=digits)}{space}%"


def percent_threshold(value: Fraction, locale: str) -> str:
    """A threshold said exactly: "70%"; "2/3" where no finite decimal will do."""
    text = plain(value)
    if "/" in text:
        return str(value / 100)
    return percent(value, locale, digits=len(text.partition(".")[2]))


def share(count: int, total: int, locale: str) -> str:
    """A share with its numerator and denominator: "16 of 23 (69.6%)".

    One decimal, except that a share which is not 70 % never reads "70 %": more decimals are
    added until it differs from the whole percentage it would be rounded to.
    """
    value = Fraction(100 * count, total)
    digits = 1
    while value.denominator != 1 and float(f"{float(value):.{digits}f}").is_integer():
        digits += 1
        if digits > 4:
            break
    of: Phrase = {
        "en": "{count} of {total} ({percent})",
        "nl": "{count} van {total} ({percent})",
        "fr": "{count} sur {total} ({percent})",
        "de": "{count} von {total} ({percent})",
    }
    return say(of, locale, count=count, total=total, percent=percent(value, locale, digits=digits))


def compare(comparison: Comparison, value: str, locale: str) -> str:
    """A comparison before a number already written for the reader: "at least 75%"."""
    return f"{say(_COMPARISON[comparison], locale)} {value}"


def span(first: int, last: int, locale: str) -> str:
    """Points of a scale for reading: "7–9", "5", "−3 to −1"."""
    if first == last:
        return str(first).replace("-", MINUS)
    if first < 0:
        return f"{first}{say(_TO, locale)}{last}".replace("-", MINUS)
    return f"{first}{DASH}{last}"


def all_of(parts: Sequence[str], locale: str) -> str:
    """Join clauses that must all hold."""
    return _join(parts, say(_AND, locale))


def any_of(parts: Sequence[str], locale: str) -> str:
    """Join clauses of which one is enough."""
    return _join(parts, say(_OR, locale))


def _join(parts: Sequence[str], last: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])}{last}{parts[-1]}"


def capital(text: str) -> str:
    """The text as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def colon(locale: str) -> str:
    """A colon as the language sets it: French puts a no-break space before it."""
    return "\u00a0:" if language(locale) == "fr" else ":"


def semicolon(locale: str) -> str:
    """A semicolon with its spaces, for facts in a row."""
    return "\u202f; " if language(locale) == "fr" else "; "


def experts(count: int, locale: str) -> str:
    """So many experts: "1 expert", "4 experts"."""
    return say(_EXPERT if count == 1 else _EXPERTS, locale, count=count)


_EXPERT: Phrase = {
    "en": "{count} expert",
    "nl": "{count} expert",
    "fr": "{count} expert",
    "de": "{count} Fachperson",
}
_EXPERTS: Phrase = {
    "en": "{count} experts",
    "nl": "{count} experts",
    "fr": "{count} experts",
    "de": "{count} Fachleute",
}
