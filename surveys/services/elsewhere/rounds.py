"""One round's ratings, counted: what every part of an analysis is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveys.delphi.conditions import points_of
from surveys.delphi.scale import Scale
from surveys.delphi.summary import Groups, ItemCounts
from surveys.services.elsewhere.reading import GroupsFile, RatingsFile
from surveys.stats import counts as count_tables
from surveys.stats.counts import CountTable
from surveys.stats.ratings import BoolArray, ScalePoints


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A round with its counts.

    table : counts per item. items : the same as rules are given them, by code.
    group_of : each expert's stakeholder group, None without one; None where none were given.
    groups : counts by code and group; group_tables : tables by group; empty where none were given.
    """

    file: RatingsFile
    scale: Scale
    points: ScalePoints
    table: CountTable
    items: dict[str, ItemCounts]
    group_of: tuple[str | None, ...] | None
    groups: dict[str, Groups]
    group_tables: dict[str, CountTable]

    @property
    def who_rated(self) -> BoolArray:
        """Which experts rated anything, shape (experts,)."""
        rated: BoolArray = np.logical_or.reduce(~np.isnan(self.file.ratings), axis=1)
        return rated

    def groups_of(self, code: str) -> Groups | None:
        """One item by stakeholder group; None where no groups were given."""
        return self.groups.get(code) if self.group_of is not None else None


def counted(file: RatingsFile, scale: Scale, groups: GroupsFile | None = None) -> Counted:
    """Count one round, over the panel and by stakeholder group."""
    points = points_of(scale)
    table = count_tables.from_ratings(file.ratings, points=points, unable=file.unable)
    by_group: dict[str, dict[str, ItemCounts]] = {code: {} for code in file.items}
    group_tables: dict[str, CountTable] = {}
    group_of = None
    if groups is not None:
        group_of = tuple(groups.group_of.get(expert) for expert in file.experts)
        for name in sorted({name for name in group_of if name is not None}):
            rows = np.array([group == name for group in group_of])
            group_tables[name] = count_tables.from_ratings(
                file.ratings[rows], points=points, unable=file.unable[rows]
            )
            for code, counts in zip(file.items, as_items(group_tables[name]), strict=True):
                by_group[code][name] = counts
    return Counted(
        file=file,
        scale=scale,
        points=points,
        table=table,
        items=dict(zip(file.items, as_items(table), strict=True)),
        group_of=group_of,
        groups=dict(by_group) if groups is not None else {},
        group_tables=group_tables,
    )


def as_items(table: CountTable) -> list[ItemCounts]:
    """A table's items as rules are given them."""
    return [
        ItemCounts(tuple(row), unable=unable, skipped=missing)
        for row, unable, missing in zip(
            table.counts.tolist(), table.unable.tolist(), table.missing.tolist(), strict=True
        )
    ]
