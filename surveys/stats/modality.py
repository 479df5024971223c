"""Does one item's distribution have one peak or more? Flags, not verdicts.

Tests of modality were made for continuous measurements. On a rating scale every point is a tie,
and the usual table of the dip rejects plainly one-peaked items; skewed items, the rule in a
Delphi, pass for two-peaked by the bimodality coefficient. So the p-value here comes from a
simulation on the item's own scale, and ``polarised`` gives the plain reading beside it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveys.stats import dispersion, spread
from surveys.stats.counts import CountTable
from surveys.stats.ratings import BoolArray, FloatArray, IntArray

# The coefficient of a uniform distribution; above it, two peaks are usually suspected.
BIMODALITY_OF_UNIFORM = 5 / 9

BimodalityVariant = Literal["sas", "uncorrected", "population"]

# With three ratings or fewer every arrangement has the smallest dip there is.
_FEWEST_FOR_DIP = 4
# Two dips that differ only in how their arithmetic was rounded are the same dip.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class DipTest:
    """Hartigan's dip and how often one-peaked ratings on the same scale dip as far.

    dip : as ``dip``, shape (items,).
    p : that frequency, shape (items,); NaN where the dip is undefined.
    draws, seed : simulated panels per item, and the seed of the random numbers.
    """

    dip: FloatArray
    p: FloatArray
    draws: int
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Polarised:
    """The practical flag, per item.

    flag : a third or more at either end, or van der Eijk's A below 0.
    thirds_at_both_ends : the first reason alone.
    negative_agreement : the second reason alone.
    low, high : experts at either end.
    """

    flag: BoolArray
    thirds_at_both_ends: BoolArray
    negative_agreement: BoolArray
    low: IntArray
    high: IntArray


def bimodality_coefficient(table: CountTable, *, variant: BimodalityVariant = "sas") -> FloatArray:
    """Is the distribution flatter or more split than its skewness explains?

    variant : how skewness s and kurtosis k are estimated.
        "sas": (s^2 + 1) / (k + 3 (n - 1)^2 / ((n - 2) (n - 3))) with the corrected moments of
        SAS, SPSS and Excel, as R's mousetrap has it.
        "uncorrected": the same sum with the plain moments, as some programs copied it.
        "population": (s^2 + 1) / (k + 3) with the plain moments (Ellison).

    Returns a coefficient from 0 to 1, shape (items,); 5/9 for a uniform distribution, more may
    mean two peaks, or one peak and a long tail. Never show it alone.

    Undefined: NaN with fewer than four ratings (``ratings.TOO_FEW``; "population": two) and where
    all are equal (``ratings.ALL_EQUAL``). Raises ValueError for another variant.

    Source: Pfister R et al., Front Psychol 2013;4:700. Ellison AM, Am J Bot 1987;74:1280-8.

    Checked against: Pfister's two examples (.34 and .79), as in R's mousetrap 3.2.
    """
    if variant == "population":
        skew, excess = (spread.skewness(table, kind=1), spread.excess_kurtosis(table, kind=1))
        plain: FloatArray = (skew**2 + 1) / (excess + 3)
        return plain
    if variant not in ("sas", "uncorrected"):
        raise ValueError(f"no bimodality coefficient is called {variant!r}")
    kind = 2 if variant == "sas" else 1
    skew, excess = spread.skewness(table, kind=kind), spread.excess_kurtosis(table, kind=kind)
    n = table.n.astype(np.float64)
    correction = np.full(table.items, np.nan)
    np.divide(3 * (n - 1) ** 2, (n - 2) * (n - 3), out=correction, where=n > 3)
    coefficient: FloatArray = (skew**2 + 1) / (excess + correction)
    return coefficient


def dip(table: CountTable) -> FloatArray:
    """How far is the distribution from the nearest one with a single peak (Hartigan)?

    Returns the largest difference between the panel's cumulative distribution and the nearest
    unimodal one, from 1 / (2n) to 0.25, shape (items,).

    Undefined: NaN with fewer than four ratings (``ratings.TOO_FEW``) and where all are equal
    (``ratings.ALL_EQUAL``): R prints 1 / (2n) there and Python 0.

    Method: Hartigan's: the greatest convex minorant of the lower and the least concave majorant
    of the upper corners of the distribution close in on the modal interval, from the used points
    of the scale alone, so that cost does not grow with the panel.

    Source: Hartigan JA, Hartigan PM, Ann Stat 1985;13:70-84.

    Checked against: PyPI diptest 0.12 with allow_zero=False, which is R's reading (its default
    gives 0 for evenly spaced ratings), on random panels; a linear program from the definition.
    """
    defined = _varies(table)
    return np.array(
        [
            _dip(row.tolist()) if known else np.nan
            for row, known in zip(table.counts, defined, strict=True)
        ],
        dtype=np.float64,
    )


def dip_test(
    table: CountTable,
    *,
    draws: int = 2000,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> DipTest:
    """Would one-peaked opinions, rated on this scale by so many experts, dip as far?

    draws : panels to simulate per item.
    seed : of the random numbers; the same item gets the same p wherever it stands in the table.
    progress : called with (items done, items) as the work goes on.

    Returns a DipTest. Small p says: hard to explain by one peak on this scale.
    Undefined: NaN as ``dip``.

    Raises ValueError for less than one draw.

    Method: panels of n ratings are drawn from the one-peaked distribution that makes the item's
    own counts most likely (isotonic up to the peak, antitonic after it), and p is
    (1 + panels that dip at least as far) / (1 + draws). The published table of the dip assumes
    continuous data: on nine points and n = 200 it rejects every item of a plainly one-peaked
    test panel.

    Checked against: its own error rate on one-peaked distributions over nine points (at most .05
    at p <= .05, within the simulation's error).
    """
    if draws < 1:
        raise ValueError(f"a simulation needs at least one draw, not {draws}")
    dips = dip(table)
    p = np.full(table.items, np.nan)
    for item, observed in enumerate(dips):
        if not np.isnan(observed):
            p[item] = _p_one_peak(table.counts[item], observed, draws, seed)
        if progress is not None:
            progress(item + 1, table.items)
    return DipTest(dips, p, draws, seed)


def polarised(
    table: CountTable, *, low: tuple[float, float], high: tuple[float, float]
) -> Polarised:
    """Do two camps face each other on this item, in plain counts?

    low, high : lowest and highest point of the region at either end.

    Returns a Polarised. With fewer than two ratings nothing is flagged.

    Raises ValueError for a region without a point.

    Method: at least a third of the usable ratings in each of the two regions (in whole numbers),
    or van der Eijk's A below 0.
    """
    n = table.n
    at_low, at_high = table.between(*low), table.between(*high)
    thirds = (3 * at_low >= n) & (3 * at_high >= n) & (n > 1)
    negative = dispersion.agreement(table) < 0
    return Polarised(thirds | negative, thirds, negative, at_low, at_high)


def one_peak_fit(counts: Sequence[int] | IntArray) -> FloatArray:
    """The one-peaked distribution under which these counts are most likely.

    counts : experts at each point of the scale, shape (categories,).

    Returns probabilities, shape (categories,): never falling before the peak, never rising after
    it. Of several peaks that fit equally well the lowest is taken. Raises ValueError when nobody
    rated.
    """
    observed = [float(count) for count in counts]
    if sum(observed) <= 0:
        raise ValueError("nobody rated, so no distribution fits")
    # Rising fits of every beginning and falling fits of every end; the peak joins two of them.
    best, best_likelihood = np.array(observed), -np.inf
    for peak in range(len(observed)):
        rising = _pooled(observed[: peak + 1])
        falling = _pooled(observed[:peak:-1])[::-1]
        fit = np.array(rising + falling)
        used = fit > 0
        likelihood = float((np.array(observed)[used] * np.log(fit[used])).sum())
        if likelihood > best_likelihood + _ROUNDING:
            best, best_likelihood = fit, likelihood
    fitted: FloatArray = best / best.sum()
    return fitted


def _pooled(values: list[float]) -> list[float]:
    """Nearest sequence that never falls: neighbours out of order share their mean."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        total, size = value, 1
        while blocks and blocks[-1][0] * size >= total * blocks[-1][1]:
            earlier, earlier_size = blocks.pop()
            total, size = total + earlier, size + earlier_size
        blocks.append((total, size))
    return [total / size for total, size in blocks for _ in range(size)]


def _p_one_peak(counts: IntArray, observed: float, draws: int, seed: int) -> float:
    n = int(counts.sum())
    chance = np.random.default_rng(seed)
    panels = chance.multinomial(n, one_peak_fit(counts), size=draws)
    patterns, times = np.unique(panels, axis=0, return_counts=True)
    as_far = sum(
        int(often)
        for pattern, often in zip(patterns, times, strict=True)
        if _dip(pattern.tolist()) >= observed - _ROUNDING
    )
    return (1 + as_far) / (1 + draws)


def _varies(table: CountTable) -> BoolArray:
    several_points = np.count_nonzero(table.counts, axis=1) > 1
    varies: BoolArray = np.logical_and(table.n >= _FEWEST_FOR_DIP, several_points)
    return varies


def _dip(counts: list[int]) -> float:
    """The dip of one item. All heights are in ratings until the last line."""
    used = [category for category, count in enumerate(counts) if count]
    upper, n = [], 0
    for category in used:
        n += counts[category]
        upper.append(n)
    lower = [0, *upper[:-1]]
    first, last = 0, len(used) - 1
    largest = 1.0
    while first < last:
        convex = _hull(used, lower, first, last, 1)
        concave = _hull(used, upper, first, last, -1)
        gap, corner = max(
            (_height(used, upper, concave, at) - _height(used, lower, convex, at), -at)
            for at in {*convex, *concave}
        )
        if gap <= largest:
            break
        # The modal interval shrinks to the widest gap and the next corner of the other curve.
        if -corner in convex:
            start = -corner
            stop = concave[bisect_left(concave, start)]
        else:
            stop = -corner
            start = convex[bisect_right(convex, stop) - 1]
        for at in range(first, start):
            largest = max(largest, upper[at] - _height(used, lower, convex, at))
        for at in range(stop + 1, last + 1):
            largest = max(largest, _height(used, upper, concave, at) - lower[at])
        first, last = start, stop
    return largest / (2 * n)


def _hull(x: list[int], y: list[int], first: int, last: int, side: int) -> list[int]:
    """Corners of the greatest convex minorant (side 1) or least concave majorant (side -1)."""
    corners = [first]
    for new in range(first + 1, last + 1):
        while len(corners) > 1:
            before, at = corners[-2], corners[-1]
            turn = (y[at] - y[before]) * (x[new] - x[before])
            turn -= (y[new] - y[before]) * (x[at] - x[before])
            if side * turn < 0:
                break
            corners.pop()
        corners.append(new)
    return corners


def _height(x: list[int], y: list[int], corners: list[int], at: int) -> float:
    """Height of a hull at one used point."""
    right = bisect_left(corners, at)
    end = corners[right]
    if end == at:
        return y[at]
    start = corners[right - 1]
    return y[start] + (y[end] - y[start]) * (x[at] - x[start]) / (x[end] - x[start])
