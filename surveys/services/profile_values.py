"""What one profile field may hold: read as typed by an expert, by the team, or in a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from surveys.items.base import N_
from surveys.models.profile import FieldKind, ProfileField
from surveys.queries.panel import plain
from surveys.services.problems import Problem

LONGEST_VALUE = 500
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class KnownField:
    """A profile field that something may be written in."""

    code: str
    kind: FieldKind
    label: Texts
    options: Mapping[str, Texts] = field(default_factory=dict)


def known_field(row: ProfileField) -> KnownField:
    """The same, from what is stored."""
    options = {option["code"]: option["name"] for option in row.options}
    return KnownField(row.code, row.kind, row.label, options)


def value_in(known: KnownField, typed: str) -> tuple[str, Problem | None]:
    """A value as it is kept, or what is wrong with it. Nothing typed is nothing kept."""
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in typed).split())
    if not text:
        return "", None
    if len(text) > LONGEST_VALUE:
        return "", Problem(
            N_("This is longer than %(longest)s characters."), {"longest": LONGEST_VALUE}
        )
    if known.kind is FieldKind.NUMBER:
        number = text.replace(",", ".")
        if not re.fullmatch(r"-?\d{1,12}(?:\.\d{1,6})?", number, re.ASCII):
            return "", Problem(N_("“%(text)s” is not a number."), {"text": text[:40]})
        return number, None
    if known.kind is FieldKind.CHOICE:
        wanted = plain(text)
        for code, names in known.options.items():
            if wanted in {plain(code), *map(plain, names.values())}:
                return code, None
        return "", Problem(N_("“%(text)s” is none of the choices."), {"text": text[:40]})
    return text, None
