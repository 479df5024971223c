"""Within-group agreement as organisational research measures it: r_wg, a_wg, average deviation.

Reported on request. Negative values stay negative: they say that the panel agrees less than
experts who answer at random would.
"""

import numpy as np

from surveys.stats import centre, spread
from surveys.stats.counts import CountTable
from surveys.stats.ratings import FloatArray

MEAN_AT_END = "mean too near an end of the scale"


def uniform_variance(table: CountTable) -> float:
    """Variance of a rating drawn at random from the scale, (c^2 - 1) / 12 in squared steps."""
    return (table.points.count**2 - 1) / 12 * table.points.step**2


def r_wg(table: CountTable, *, null_variance: float | None = None) -> FloatArray:
    """How much smaller is the variance than that of random answers?

    null_variance : variance under no agreement, in squared scale points; by default that of
        equally likely points, (c^2 - 1) / 12.

    Returns 1 for unanimity, 0 for random answers, below 0 for a panel more split than that,
    shape (items,). R's multilevel::rwg prints 0 for those; this is the raw value.

    Undefined: NaN with fewer than two ratings. Raises ValueError for a null variance not above 0.

    Source: James LR, Demaree RG, Wolf G, J Appl Psychol 1984;69:85-98.
    """
    null = uniform_variance(table) if null_variance is None else null_variance
    if null <= 0:
        raise ValueError(f"the variance under no agreement is above 0, not {null}")
    return 1 - spread.variance(table) / null


def r_star_wg(table: CountTable, *, null_variance: float | None = None) -> float | None:
    """The same for a list of items that measure one thing (r*_wg(j)).

    Returns 1 - mean variance / null variance over the items, which may be negative and does not
    grow with their number as r_wg(j) does. None where an item has fewer than two ratings
    (``ratings.ONE_RATING``) or there is no item.

    Source: Lindell MK, Brandt CJ, Whitney DJ, Appl Psychol Meas 1999;23:127-35.
    """
    per_item = r_wg(table, null_variance=null_variance)
    return None if np.isnan(per_item).any() or not per_item.size else float(per_item.mean())


def a_wg(table: CountTable) -> FloatArray:
    """How much smaller is the variance than the largest one possible at this mean?

    Returns 1 for unanimity, -1 for the largest variance at the mean, shape (items,).

    Undefined: NaN with fewer than two ratings, and where the mean lies so near an end that n
    experts could hardly disagree (``MEAN_AT_END``): below (low (n - 1) + high) / n or above
    (high (n - 1) + low) / n.

    Method: 1 - 2 s^2 / (((high + low) M - M^2 - high low) n / (n - 1)).

    Source: Brown RD, Hauenstein NMA, Organ Res Methods 2005;8:165-84.
    """
    low, high, n = table.points.lowest, table.points.highest, table.n
    means = centre.mean(table)
    # In steps from the lowest point, and in whole numbers, so that a mean on the border is on it.
    sums = table.counts @ np.arange(table.points.count)
    last = table.points.count - 1
    inside = (n > 1) & (sums >= last) & (sums <= last * (n - 1))
    largest = ((high + low) * means - means**2 - high * low) * n / np.maximum(n - 1, 1)
    result = np.full(table.items, np.nan)
    np.divide(2 * spread.variance(table), largest, out=result, where=inside)
    return 1 - result


def average_deviation(table: CountTable, *, about: str = "mean") -> FloatArray:
    """How far from the mean, or median, do experts lie on average (AD)?

    about : "mean" (AD_M) or "median" (AD_Md).

    Returns scale points, 0 for unanimity, shape (items,). A sixth of the number of points is the
    authors' bound for agreement.

    Undefined: NaN with fewer than two ratings. Raises ValueError for another centre.

    Source: Burke MJ, Finkelstein LM, Dusig MS, Organ Res Methods 1999;2:49-68.
    """
    if about == "median":
        return spread.mean_absolute_deviation(table)
    if about != "mean":
        raise ValueError(f"deviations are taken about the mean or the median, not {about!r}")
    distances = np.abs(table.points.values - centre.mean(table)[:, np.newaxis])
    average = (table.shares * distances).sum(axis=1)
    return np.where(table.n > 1, average, np.nan)
