"""How a rule is written down: JSON with its kind, read back, and a hash that stays the same.

A study's rules are stored as JSON, fixed by hash before the first round, and must mean the same
ten years later. So every rule is a frozen dataclass whose fields are exactly its settings; the
JSON carries `kind` and those fields, nothing more, and the hash is taken over one canonical text.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from fractions import Fraction
from typing import Any, ClassVar, TypeAlias

from surveys.delphi.exact import plain

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"

_KINDS: dict[str, type[Stored]] = {}
_FAMILIES = tuple(
    f"surveys.delphi.{name}"
    for name in (
        "centre",
        "rand",
        "validity",
        "lists",
        "stability",
        "ordering",
        "reminding",
        "protocol",
    )
)


class AsText:
    """A value small enough to be stored as one word of text, which its maker reads again."""

    __slots__ = ()

    @property
    @abstractmethod
    def text(self) -> str:
        """The word."""


def canonical(data: Json) -> str:
    """One text for one content: keys sorted, no spaces, characters as they are."""
    return json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def fingerprint(data: Json) -> str:
    """SHA-256 of the canonical text, in hexadecimal; the order of keys does not matter."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Stored:
    """A value with a kind that goes to JSON and comes back equal.

    A subclass names its `kind` and is thereby known to `load`. Its constructor accepts its fields
    as JSON has them (text for thresholds and enums, lists for tuples) and brings them to their
    declared types in `__post_init__`, so that a value from a file is checked like any other.
    """

    kind: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        # Called twice per class, because slots=True makes the class anew: the second one counts.
        if cls.kind:
            _KINDS[cls.kind] = cls

    def to_json(self) -> dict[str, Json]:
        """The kind and every setting, in plain JSON types."""
        settings = {field.name: _plain(getattr(self, field.name)) for field in fields(self)}
        return {"kind": self.kind, **settings}

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON: equal for equal rules, wherever they were written."""
        return fingerprint(self.to_json())

    def _set(self, **values: object) -> None:
        """Bring fields to their types while the value is being made; never called afterwards."""
        for name, value in values.items():
            object.__setattr__(self, name, value)


def load(data: object) -> Any:
    """Read one stored value back, of whichever kind it says it is.

    Raises ValueError naming the unknown kind, the missing setting or the one too many.
    """
    if not isinstance(data, Mapping):
        raise ValueError(f"a stored rule is an object with a kind, not {data!r}")
    kind = data.get("kind")
    if not isinstance(kind, str):
        raise ValueError(f"unknown kind of rule: {kind!r}")
    # Whoever reads a protocol need not have imported every family of rules before.
    for module in () if kind in _KINDS else _FAMILIES:
        importlib.import_module(module)
    if kind not in _KINDS:
        raise ValueError(f"unknown kind of rule: {kind!r}")
    settings = {key: _read(value) for key, value in data.items() if key != "kind"}
    known = {field.name for field in fields(_KINDS[kind])}
    if extra := sorted(set(settings) - known):
        raise ValueError(f"{kind} has no setting {', '.join(map(repr, extra))}")
    try:
        return _KINDS[kind](**settings)
    except TypeError as error:
        raise ValueError(f"{kind} lacks a setting: {error}") from None


def load_as(wanted: type[Any], data: object) -> Any:
    """Read a stored value and insist on its family: a stability rule never judges consensus."""
    value = load(data)
    if not isinstance(value, wanted):
        raise ValueError(f"expected a {wanted.__name__}, found {value.kind!r}")
    return value


def _read(value: object) -> object:
    if isinstance(value, Mapping) and "kind" in value:
        return load(value)
    if isinstance(value, list):
        return tuple(_read(part) for part in value)
    return value


def _plain(value: object) -> Json:
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Fraction):
        return plain(value)
    if isinstance(value, AsText):
        return value.text
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, Stored):
        return value.to_json()
    raise TypeError(f"a rule cannot store {value!r}")
