"""Do two groups differ in a trait of several kinds (profession, country)? Fisher, exactly."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats.comparison.groups import EMPTY_GROUP
from surveys.stats.ratings import IntArray

ONE_CATEGORY = "everybody belongs to one category"

# Partial tables looked at before the exact count is given up, after about a second. Tables of
# several hundred people in six categories get there; for them the chi-square is good.
MOST_PARTIAL_TABLES = 3_000_000
# The same for the bounds, whose cost is the smaller group times everybody.
_MOST_PLACEMENTS = 250_000


@dataclass(frozen=True, slots=True, eq=False)
class FisherTest:
    """Fisher's test of a table of two groups by k categories.

    table : the counts, shape (2, k). p : two-sided, None where undefined.
    method : "exact" or "chi-square", where the table was too large to count.
    reason : why p is undefined, or None.
    """

    table: IntArray
    p: float | None
    method: str
    reason: str | None


def fisher_test(
    table: npt.ArrayLike, *, most_partial_tables: int = MOST_PARTIAL_TABLES
) -> FisherTest:
    """Test whether two groups are made up alike, exactly (Fisher; Freeman and Halton for k > 2).

    table : whole numbers, shape (2, k): people of either group in each category.
    most_partial_tables : partial tables to look at before Pearson's chi-square is given instead,
        and named so.

    Returns FisherTest.

    Raises ValueError for another shape, and for a count that is not a whole number from 0.

    Undefined: `EMPTY_GROUP` where a group has nobody; `ONE_CATEGORY` where all are in one.

    Method: among all tables with the same totals, p is the probability of those that are at most
    as probable as the one found. They are counted column by column; a partial table whose every
    completion is at most as probable, or more probable, is settled at once (the network
    algorithm's bounds). Probabilities are compared as whole numbers, so equal ones are equal;
    R allows a relative error of 1e-7 for the same purpose.

    Source
        Freeman GH, Halton JH. Biometrika 1951;38:141-9. Mehta CR, Patel NR. J Am Stat Assoc
        1983;78:427-34.

    Checked against: scipy 1.17.1 ``fisher_exact`` (2 x 2); all tables written out (2 x k);
    scipy ``chi2_contingency`` for the fallback.
    """
    given = np.asarray(table)
    if given.ndim != 2 or given.shape[0] != 2 or given.shape[1] < 1:
        raise ValueError(f"a table of shape {given.shape} is not (2 groups, categories)")
    with np.errstate(invalid="ignore"):  # a NaN does not survive the cast, and is refused below
        counts: IntArray = given.astype(np.int64)
    wrong = (counts != given) | (counts < 0)
    if wrong.any():
        raise ValueError(f"count {given[wrong][0]} is not a whole number from 0")
    columns = counts.sum(axis=0)
    if (counts.sum(axis=1) == 0).any():
        return FisherTest(counts, None, "exact", EMPTY_GROUP)
    if np.count_nonzero(columns) < 2:
        return FisherTest(counts, None, "exact", ONE_CATEGORY)
    used = counts[:, columns > 0]
    p = _exact(used, most_partial_tables)
    if p is None:
        return FisherTest(counts, _pearson(used), "chi-square", None)
    return FisherTest(counts, p, "exact", None)


def _exact(table: IntArray, most_partial_tables: int) -> float | None:
    """Probability of the tables at most as probable as this one; None if there are too many."""
    group = table[int(np.argmin(table.sum(axis=1)))]
    columns = sorted(zip(table.sum(axis=0).tolist(), group.tolist(), strict=True), reverse=True)
    chosen, everybody = int(group.sum()), int(table.sum())
    if chosen * everybody > _MOST_PLACEMENTS:
        return None
    ways = [[math.comb(size, some) for some in range(size + 1)] for size, _ in columns]
    weight = math.prod(column[some] for column, (_, some) in zip(ways, columns, strict=True))
    largest, smallest, sums = _bounds(ways, chosen)
    counted = looked_at = 0
    # Partial tables: people of the first group placed so far -> weight so far -> how many tables.
    partial: dict[int, dict[int, int]] = {0: {1: 1}}
    rest = everybody
    for column, (size, _) in enumerate(columns, start=1):
        rest -= size
        grown: dict[int, dict[int, int]] = {}
        for placed, weights in partial.items():
            fewest = max(0, chosen - placed - rest)
            for some in range(fewest, min(size, chosen - placed) + 1):
                left = chosen - placed - some
                node = grown.setdefault(placed + some, {})
                looked_at += len(weights)
                if looked_at > most_partial_tables:
                    return None
                for so_far, many in weights.items():
                    now = so_far * ways[column - 1][some]
                    if now * largest[column][left] <= weight:
                        counted += many * now * sums[column][left]
                    elif now * smallest[column][left] <= weight:
                        node[now] = node.get(now, 0) + many
        partial = grown
    return counted / sums[0][chosen]


def _bounds(
    ways: list[list[int]], chosen: int
) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
    """From each column on: largest, smallest and total weight of placing so many people there.

    Placements for which there is no room have 0 throughout; they are never asked for.
    """
    largest, smallest, sums = [[1] + [0] * chosen], [[1] + [0] * chosen], [[1] + [0] * chosen]
    behind = 0
    for column in reversed(ways):
        size = len(column) - 1
        best, least = [0] * (chosen + 1), [0] * (chosen + 1)
        for left in range(min(chosen, behind + size) + 1):
            options = range(max(0, left - behind), min(size, left) + 1)
            best[left] = max(column[some] * largest[0][left - some] for some in options)
            least[left] = min(column[some] * smallest[0][left - some] for some in options)
        behind += size
        largest.insert(0, best)
        smallest.insert(0, least)
        sums.insert(0, [math.comb(behind, left) for left in range(chosen + 1)])
    return largest, smallest, sums


def _pearson(table: IntArray) -> float:
    from scipy import special

    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    return float(special.chdtrc(table.shape[1] - 1, statistic))
