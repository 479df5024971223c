"""How kinds read their settings: texts per language, whole numbers, decimals.

Settings come from a study file, from the database, or from a form, where every number is typed text.
What does not fit is said in a sentence that names the setting.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from surveys.delphi.wording import LANGUAGES


def refuse_others(settings: Mapping[str, Any], known: Collection[str], what: str) -> None:
    """Raise ValueError naming the settings that this kind does not have."""
    unknown = sorted(set(settings) - set(known))
    if unknown:
        raise ValueError(
            f"{what} has no setting {', '.join(unknown)}; it has {', '.join(sorted(known))}"
        )


def texts(value: Any, name: str) -> dict[str, str]:
    """A text per language; a text written once is the same in all. Nothing given is an empty dict.

    Raises ValueError for anything else, and for an empty text.
    """
    if value is None or value == {} or value == "":
        return {}
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        value = dict.fromkeys(LANGUAGES, value)
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be a text, or a text per language; not {value!r}")
    read = {str(language): _text(text, name) for language, text in value.items()}
    strange = sorted(set(read) - set(LANGUAGES))
    if strange:
        raise ValueError(
            f"{name} has a text in {', '.join(strange)}; the languages are {', '.join(LANGUAGES)}"
        )
    return read


def _text(text: Any, name: str) -> str:
    if isinstance(text, bool) or not isinstance(text, str | int | float) or not str(text).strip():
        raise ValueError(f"{name} must be a text, not {text!r}")
    return str(text).strip()


def text_in(texts: Mapping[str, str], language: str) -> str:
    """One text in a language, else in the first there is; empty where there is none."""
    return texts.get(language) or next(iter(texts.values()), "")


def whole(value: Any, name: str, *, least: int | None = None, most: int | None = None) -> int:
    """A whole number, also as typed text. Raises ValueError naming the setting and its bounds."""
    number = decimal(value, name)
    if not number.is_integer():
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    if least is not None and number < least:
        raise ValueError(f"{name} must be at least {least}, not {value!r}")
    if most is not None and number > most:
        raise ValueError(f"{name} must be at most {most}, not {value!r}")
    return int(number)


def decimal(value: Any, name: str) -> float:
    """A number, also as typed text. Raises ValueError naming the setting."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number, not {value!r}") from None
    if abs(number) >= LARGEST or number != number:
        raise ValueError(f"{name} must be a number below {LARGEST:.0e}, not {value!r}")
    return number


# Whole numbers up to here are exact in every program that reads our files.
LARGEST = 1e15


def optional_decimal(settings: Mapping[str, Any], name: str) -> float | None:
    """A number that may be absent or empty."""
    value = settings.get(name)
    return None if value is None or value == "" else decimal(value, name)


def truth(value: Any, name: str) -> bool:
    """Yes or no: true and false, or a box of a form, which sends "yes" or nothing."""
    if isinstance(value, bool):
        return value
    if value in (None, ""):
        return False
    if value == "yes":
        return True
    raise ValueError(f"{name} must be true or false, not {value!r}")


def without_point(number: float | None) -> int | float | None:
    """A number as people write it in a file: 12, not 12.0."""
    if number is None:
        return None
    return int(number) if float(number).is_integer() else float(number)
