"""Did the panel as a whole move? Wilcoxon's signed ranks and the Hodges-Lehmann shift."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveys.stats.ratings import BoolArray, FloatArray, IntArray
from surveys.stats.stability.reasons import NO_CHANGE, NO_PAIRS, Reasons, first_reason
from surveys.stats.stability.tails import two_sided_normal
from surveys.stats.transitions import TransitionTables

# Up to this many pairs the exact permutation distribution is counted; its sign patterns, at most
# 2 ** 50, are then whole numbers that a float holds exactly.
EXACT_UP_TO = 50

Zeros = Literal["pratt", "wilcox"]


@dataclass(frozen=True, slots=True, eq=False)
class SignedRank:
    """Wilcoxon's signed-rank test of later against earlier ratings; shape (items,) throughout.

    pairs : experts who rated in both rounds. moved_up, moved_down : those who changed.
    ranks_up, ranks_down : sum of the ranks of those who moved up, and down.
    statistic : the smaller of the two; NaN where nobody moved.
    z : standardised ranks_up, positive when ratings rose; NaN where nobody moved.
    p : two-sided; NaN where nobody moved. exact : whether p was counted and not approximated.
    shift : Hodges-Lehmann estimate of the change, in scale points; NaN without pairs.
    zeros : what was done with those who did not move, "pratt" or "wilcox".
    reasons : why statistic, z and p are undefined, or None.
    """

    pairs: IntArray
    moved_up: IntArray
    moved_down: IntArray
    ranks_up: FloatArray
    ranks_down: FloatArray
    statistic: FloatArray
    z: FloatArray
    p: FloatArray
    exact: BoolArray
    shift: FloatArray
    zeros: Zeros
    reasons: Reasons


def signed_rank(
    tables: TransitionTables, *, zeros: Zeros = "pratt", exact_up_to: int = EXACT_UP_TO
) -> SignedRank:
    """Test whether ratings moved up or down between two rounds (Wilcoxon signed rank).

    Answers "did the panel as a whole move?" about experts who moved for and against each other.
    Not significant is not stable: look at `equivalence` for that.

    tables : `TransitionTables` of two rounds.
    zeros : "pratt" ranks everybody, then leaves out the ranks of those who did not move, so that
        moving two points among many who stayed weighs more than among few; "wilcox" leaves out
        those who did not move before ranking (R's and SPSS's default).
    exact_up_to : largest number of pairs for which the permutation distribution is counted.

    Returns SignedRank. p is two-sided.

    Raises ValueError for another name of ``zeros``, and for ``exact_up_to`` above 50, where sign
    patterns could no longer be counted exactly.

    Undefined: where nobody moved there is no statistic and no p, and the reason is `NO_CHANGE`
    in words; without pairs `transitions.NO_PAIRS`.

    Method
        Ranks of the absolute differences, ties averaged. Exact: given the absolute differences,
        each of the m experts who moved could have moved the other way, 2**m patterns equally
        likely; the patterns with a rank sum up to the smaller of the two found are counted by
        adding one tied group at a time, as whole numbers, and p = min(1, 2 * count / 2**m).
        Otherwise z = (R - sum r / 2) / sqrt(sum r**2 / 4) over the ranks r of those who moved,
        without continuity correction; the ties are in the ranks.
        The differences 0, 1, 1, -3 have Pratt's ranks 1, 2.5, 2.5, 4: up 5, down 4. Of the eight
        sums of 2.5, 2.5 and 4, four (0, 2.5, 2.5, 4) are at most 4, so p = min(1, 2 * 4/8) = 1.

    Source
        Wilcoxon F. Biometrics Bull 1945;1:80-3. Pratt JW. J Am Stat Assoc 1959;54:655-67.
        Hodges JL, Lehmann EL. Ann Math Stat 1963;34:598-611.

    Checked against: scipy 1.17.1 ``wilcoxon`` (both zero methods; asymptotic without correction,
    and PermutationMethod over all sign patterns up to 12 pairs).
    """
    if zeros not in ("pratt", "wilcox"):
        raise ValueError(f"zeros are handled as 'pratt' or 'wilcox', not {zeros!r}")
    if exact_up_to > EXACT_UP_TO:
        raise ValueError(f"exact up to {exact_up_to} pairs: the most is {EXACT_UP_TO}")
    width = tables.points.count
    moved = tables.steps_moved
    up, down = moved[:, width:], moved[:, : width - 1][:, ::-1]
    stayed = moved[:, width - 1]
    tied = up + down
    pairs = tables.pairs

    first = np.cumsum(tied, axis=1) - tied
    if zeros == "pratt":
        first = first + stayed[:, np.newaxis]
    # Mid-ranks are halves, so twice a rank is a whole number and every sum below is exact.
    twice = 2 * first + tied + 1
    ranks_up = (up * twice).sum(axis=1)
    ranks_down = (down * twice).sum(axis=1)
    smaller = np.minimum(ranks_up, ranks_down)
    variance = (tied * twice.astype(np.float64) ** 2).sum(axis=1) / 16.0
    anybody = tied.sum(axis=1) > 0

    z = np.full(pairs.shape, np.nan)
    np.divide((ranks_up - ranks_down) / 4.0, np.sqrt(variance), out=z, where=anybody)
    exact: BoolArray = anybody & (pairs <= exact_up_to)
    p = two_sided_normal(z)
    for item in np.nonzero(exact)[0]:
        p[item] = _exact_signed_rank(tied[item], twice[item], int(smaller[item]))

    reasons = first_reason((pairs == 0, NO_PAIRS), (~anybody, NO_CHANGE))
    return SignedRank(
        pairs=pairs,
        moved_up=up.sum(axis=1),
        moved_down=down.sum(axis=1),
        ranks_up=ranks_up / 2.0,
        ranks_down=ranks_down / 2.0,
        statistic=np.where(anybody, smaller / 2.0, np.nan),
        z=z,
        p=p,
        exact=exact,
        shift=hodges_lehmann_change(tables),
        zeros=zeros,
        reasons=reasons,
    )


def hodges_lehmann_change(tables: TransitionTables) -> FloatArray:
    """Estimate by how much ratings changed: the median of all Walsh averages of the changes.

    A Walsh average is the mean of two experts' changes, every expert with every other and with
    themselves; those who did not move take part. In scale points, shape (items,); NaN without
    pairs (reason `transitions.NO_PAIRS`). Negative where ratings fell.

    R's ``wilcox.test`` drops those who did not move and solves an equation instead, which gives
    another number, such as 0.99997, with ties.

    Source: Hodges JL, Lehmann EL. Ann Math Stat 1963;34:598-611.

    Checked against: ``numpy.median`` of the averages written out.
    """
    moved = tables.steps_moved
    size = moved.shape[1]
    # Averages of the differences in columns a and b lie at place a + b of a grid of half steps.
    averages = np.zeros((tables.items, 2 * size - 1), dtype=np.int64)
    for column in range(size):
        here = moved[:, column : column + 1]
        averages[:, 2 * column : 2 * column + 1] += here * (here + 1) // 2
        averages[:, 2 * column + 1 : column + size] += here * moved[:, column + 1 :]
    half_steps = np.arange(2 * size - 1) - (size - 1)
    middle = _weighted_median(averages, half_steps.astype(np.float64))
    change: FloatArray = middle * tables.points.step / 2.0
    return change


def _exact_signed_rank(sizes: IntArray, twice_rank: IntArray, limit: int) -> float:
    """Two-sided p: the share of sign patterns whose doubled rank sum is at most ``limit``.

    Only sums up to the limit are kept, because larger ones can never come back to it.
    """
    patterns = np.zeros(limit + 1, dtype=np.int64)
    patterns[0] = 1
    for size, step in zip(sizes.tolist(), twice_rank.tolist(), strict=True):
        if size == 0:
            continue
        grown = patterns.copy()
        for chosen in range(1, min(size, limit // step) + 1):
            grown[chosen * step :] += math.comb(size, chosen) * patterns[: -chosen * step]
        patterns = grown
    return min(1.0, float(2 * int(patterns.sum()) / 2 ** int(sizes.sum())))


def _weighted_median(counts: IntArray, values: FloatArray) -> FloatArray:
    """Median of ``values`` repeated ``counts`` times, per row; NaN for an empty row."""
    total = counts.sum(axis=1)
    below = np.cumsum(counts, axis=1)
    lower = np.argmax(below >= ((total + 1) // 2)[:, np.newaxis], axis=1)
    upper = np.argmax(below >= (total // 2 + 1)[:, np.newaxis], axis=1)
    middle = (values[lower] + values[upper]) / 2.0
    return np.where(total > 0, middle, np.nan)
