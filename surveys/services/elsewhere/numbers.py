"""Objects of an analysis: plain values by name, and the reason of every one that is undefined."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, TypeAlias

import numpy as np

from surveys.delphi.stored import Json

Entry: TypeAlias = "dict[str, Json]"
REASONS = "reasons"


class Entries:
    """One object under construction; a value that is None or NaN must come with its reason.

    >>> entries = Entries()
    >>> entries.put("n", 1)
    >>> entries.put("sd", float("nan"), "one rating")
    >>> entries.finished()
    {'n': 1, 'sd': None, 'reasons': {'sd': 'one rating'}}
    """

    def __init__(self) -> None:
        self._values: Entry = {}
        self._reasons: dict[str, Json] = {}

    def put(self, name: str, value: Any, reason: str | None = None) -> None:
        """Add one value. Raises ValueError for an undefined value without a reason."""
        found = plain(value)
        if found is None:
            if reason is None:
                raise ValueError(f"{name} is undefined and nobody says why")
            self._reasons[name] = reason
        self._values[name] = found

    def put_interval(self, name: str, lower: Any, upper: Any, reason: str | None = None) -> None:
        """Add two limits as a list, or None where either is undefined."""
        limits = [plain(lower), plain(upper)]
        self.put(name, None if None in limits else limits, reason)

    def finished(self) -> Entry:
        """The object, its reasons last."""
        return {**self._values, REASONS: self._reasons}


def plain(value: Any) -> Json:
    """A value as JSON has it; NaN is an undefined number, and that is None."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"an analysis holds plain values, not {value!r}")


def without_nothing(data: Json) -> Json:
    """The same with empty settings left out: a rule reads back equal without them."""
    if isinstance(data, dict):
        return {key: without_nothing(part) for key, part in data.items() if part is not None}
    if isinstance(data, list):
        return [without_nothing(part) for part in data]
    return data


def undefined_places(entry: Json, path: str = "") -> Iterable[str]:
    """Every None in an analysis whose object does not say why; there should be none."""
    if isinstance(entry, dict):
        reasons = entry.get(REASONS)
        known = reasons if isinstance(reasons, dict) else {}
        for name, value in entry.items():
            if value is None and not known.get(name):
                yield f"{path}.{name}".lstrip(".")
            yield from undefined_places(value, f"{path}.{name}")
    elif isinstance(entry, list):
        for place, value in enumerate(entry):
            if value is None:
                yield f"{path}[{place}]".lstrip(".")
            yield from undefined_places(value, f"{path}[{place}]")
