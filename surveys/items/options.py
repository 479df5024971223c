"""Options that an expert puts in order or shares points among: a code for files, a name for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surveys.items.settings import texts

FEWEST_OPTIONS = 2
MOST_OPTIONS = 30
# Codes become parts of field and column names; "unable" is the field for those who cannot judge.
_CODE = re.compile(r"[a-z][a-z0-9_]{0,23}")
RESERVED = ("unable", "sum")


@dataclass(frozen=True, slots=True)
class Option:
    """One of the options of an item."""

    code: str
    name: Mapping[str, str]

    def name_in(self, language: str) -> str:
        """What it is called; in the first language there is where this one has no name."""
        return self.name.get(language) or next(iter(self.name.values()), self.code)


def load_options(stored: Any) -> tuple[Option, ...]:
    """Options from stored settings. Raises ValueError naming what does not fit."""
    if not isinstance(stored, Sequence) or isinstance(stored, str):
        raise ValueError("“options” must be a list; each option has a code and a name")
    options = tuple(_option(entry) for entry in stored)
    if not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
        raise ValueError(
            f"there must be {FEWEST_OPTIONS} to {MOST_OPTIONS} options, not {len(options)}"
        )
    codes = [option.code for option in options]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise ValueError(f"options use a code more than once: {', '.join(twice)}")
    return options


def _option(entry: Any) -> Option:
    if not isinstance(entry, Mapping) or set(entry) != {"code", "name"}:
        raise ValueError(f"an option has a code and a name, nothing else; not {entry!r}")
    code = entry["code"]
    if not isinstance(code, str) or not _CODE.fullmatch(code) or code in RESERVED:
        raise ValueError(
            f"an option's code is a small letter, then small letters, digits and underscores, at"
            f" most 24, and not {' or '.join(RESERVED)}; it is {code!r}"
        )
    name = texts(entry["name"], f"the name of option {code}")
    if not name:
        raise ValueError(f"option {code} has no name")
    return Option(code, name)


def options_to_json(options: Iterable[Option]) -> list[dict[str, Any]]:
    """Options as they are stored."""
    return [{"code": option.code, "name": dict(option.name)} for option in options]


def names_of(options: Iterable[Option], language: str) -> str:
    """Options in one line, for a sentence; names may have commas of their own."""
    return "; ".join(option.name_in(language) for option in options)
