"""One count table per stakeholder group, and why a comparison of groups may have no answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats import counts as count_tables
from surveys.stats.counts import CountTable
from surveys.stats.ratings import IntArray, ScalePoints, checked

ONE_GROUP = "only one group rated"
EMPTY_GROUP = "nobody rated in one of the groups"
ALL_SAME = "all ratings of the groups are the same"
ONE_RATING_IN_A_GROUP = "one of the groups has one rating"


@dataclass(frozen=True, slots=True, eq=False)
class GroupTables:
    """How many experts of each group chose each point, per item.

    counts : int array, shape (items, groups, c).
    names : the groups, in the order of the second axis.
    points : the scale, of c points.

    Raises ValueError for a shape that does not fit names and scale, for a name given twice, and
    for a negative or fractional count.
    """

    counts: IntArray
    names: tuple[str, ...]
    points: ScalePoints

    def __post_init__(self) -> None:
        given = np.asarray(self.counts)
        if given.ndim != 3 or given.shape[1:] != (len(self.names), self.points.count):
            raise ValueError(
                f"counts of shape {given.shape} are not (items, {len(self.names)} groups,"
                f" {self.points.count} points)"
            )
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"two groups have the same name: {', '.join(self.names)}")
        with np.errstate(invalid="ignore"):  # a NaN does not survive the cast, and is refused
            whole: IntArray = given.astype(np.int64)
        wrong = (whole != given) | (whole < 0)
        if wrong.any():
            raise ValueError(f"count {given[wrong][0]} is not a whole number from 0")
        whole.flags.writeable = False
        object.__setattr__(self, "counts", whole)

    @property
    def items(self) -> int:
        """Number of items."""
        return int(self.counts.shape[0])

    @property
    def n(self) -> IntArray:
        """Usable ratings per item and group, shape (items, groups)."""
        n: IntArray = self.counts.sum(axis=2)
        return n

    def of(self, name: str) -> CountTable:
        """One group's table. Raises ValueError for a group that is not there."""
        if name not in self.names:
            raise ValueError(f"no group is called {name!r}; there are {', '.join(self.names)}")
        return count_tables.from_counts(self.counts[:, self.names.index(name)], points=self.points)


def group_tables(
    ratings: npt.ArrayLike,
    groups: Sequence[str | None],
    *,
    points: ScalePoints,
    names: Sequence[str] | None = None,
) -> GroupTables:
    """Count ratings per group.

    ratings : shape (experts, items) or (experts,); NaN is missing.
    groups : each expert's group; None for an expert who belongs to none and is left out.
    points : the scale.
    names : the groups to compare, in order; by default all that occur, in alphabetical order.
        Experts of other groups are left out.

    Returns GroupTables.

    Raises ValueError when there is not one group per expert, and for a rating off the scale.
    """
    values = checked(ratings)
    if len(groups) != len(values):
        raise ValueError(f"{len(groups)} group names do not belong to {len(values)} experts")
    occurring = sorted({group for group in groups if group is not None})
    wanted = tuple(occurring if names is None else names)
    tables = [
        count_tables.from_ratings(values[[group == name for group in groups]], points=points).counts
        for name in wanted
    ]
    shape = (len(wanted), values.shape[1], points.count)
    stacked: IntArray = np.array(tables, dtype=np.int64).reshape(shape).transpose(1, 0, 2)
    return GroupTables(stacked, wanted, points)
