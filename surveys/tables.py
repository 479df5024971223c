"""Neutral tables, shared by item kinds and file writers. Plain values, no framework."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Cell = float | int | str | None


class Measure(StrEnum):
    """What may be computed with a column's values."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Column:
    """One variable: a name safe in every statistics program, a label for people, its codes.

    ``values`` labels the codes of answers, ``missing`` the codes that mean "no answer, because".
    Codes are numbers, except in columns of words.
    """

    name: str
    label: str
    measure: Measure
    values: Mapping[int, str] | Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[int, str] | Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of equal length. Raises ValueError for a row that does not fit."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"row {number} of {self.name} has {len(row)} cells for {len(self.columns)} columns"
                )
