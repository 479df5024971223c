"""Where do the ratings lie: median, mean, modes, and the share of them in a region.

Everything is computed from the count table. Undefined cells are NaN; the reason is
``ratings.NOBODY_RATED`` unless the function names another.
"""

from dataclasses import dataclass

import numpy as np

from surveys.stats import intervals
from surveys.stats.counts import CountTable
from surveys.stats.intervals import ProportionMethod
from surveys.stats.ratings import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class RegionShare:
    """How many experts rated in a region, and what share of the panel that may stand for.

    lowest, highest : the region, both ends included, in scale points.
    count : experts in the region, shape (items,).
    n : the denominator, shape (items,).
    share : count / n; NaN where n is 0.
    lower, upper : limits of the interval for the share.
    confidence, interval : its level and method.
    unable_in_denominator : whether n holds those who said they could not judge.
    """

    lowest: float
    highest: float
    count: IntArray
    n: IntArray
    share: FloatArray
    lower: FloatArray
    upper: FloatArray
    confidence: float
    interval: ProportionMethod
    unable_in_denominator: bool


@dataclass(frozen=True, slots=True, eq=False)
class MedianInterval:
    """Between which two ratings the median of all such experts lies.

    lower, upper : ratings, in scale points; NaN where the panel is too small.
    coverage : the chance with which the interval covers, at least the confidence asked for; NaN
        where the panel is too small.
    confidence : the confidence asked for.
    """

    lower: FloatArray
    upper: FloatArray
    coverage: FloatArray
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class MeanInterval:
    """Student's interval for the mean: lower and upper in scale points, and its confidence."""

    lower: FloatArray
    upper: FloatArray
    confidence: float


@dataclass(frozen=True, slots=True)
class MajorityOpinions:
    """The average percent of majority opinions, a cut-off taken from the data themselves.

    cut_off : from 0 to 1; None when there is no rating at all, with ``reason``.
    responses_in_majority : ratings that belong to a majority, over the items that have one.
    responses : usable ratings over all items.
    majority_agree, majority_disagree : items on which more than half agree, or disagree.
    """

    cut_off: float | None
    responses_in_majority: int
    responses: int
    majority_agree: int
    majority_disagree: int
    reason: str | None


def share_between(
    table: CountTable,
    lowest: float,
    highest: float,
    *,
    unable_in_denominator: bool = False,
    interval: ProportionMethod = "wilson",
    confidence: float = 0.95,
) -> RegionShare:
    """Which share of the panel rated in this region?

    lowest, highest : the region, both ends included, in scale points; 7 and 9 for "7 to 9".
    unable_in_denominator : count "unable to judge" as experts who did not rate in the region.
        The choice changes decisions (on ENLIGHT's 61 items, six of them), so it belongs to the
        study's rule. Default: usable ratings only.

    Returns a RegionShare. Decide on ``count`` and ``n``, never on a rounded share.

    Raises ValueError when the region holds no point of the scale.
    Undefined: share and limits are NaN where the denominator is 0.

    Source: for the habit, Diamond IR et al., J Clin Epidemiol 2014;67:401-9 (percentage agreement
    is the commonest definition of consensus).

    >>> from surveys.stats import counts
    >>> from surveys.stats.ratings import ScalePoints
    >>> table = counts.from_ratings([7, 8, 8, 3], points=ScalePoints(1, 9))
    >>> share_between(table, 7, 9).share.tolist()
    [0.75]
    """
    count = table.between(lowest, highest)
    n = table.n + table.unable if unable_in_denominator else table.n
    limits = intervals.proportion(count, n, method=interval, confidence=confidence)
    return RegionShare(
        lowest=lowest,
        highest=highest,
        count=count,
        n=n,
        share=_divide(count, n),
        lower=limits.lower,
        upper=limits.upper,
        confidence=confidence,
        interval=interval,
        unable_in_denominator=unable_in_denominator,
    )


def median(table: CountTable) -> FloatArray:
    """Which rating has half of the panel on either side?

    Returns scale points, shape (items,): the middle rating, or the mean of the middle two where n
    is even, so that it can lie half way between two points.

    Undefined: NaN where nobody rated. One rating is its own median.
    """
    n = table.n
    twice = table.category_at((n + 1) // 2) + table.category_at(n // 2 + 1)
    return np.where(n > 0, table.points.lowest + table.points.step * twice / 2, np.nan)


def median_interval(table: CountTable, *, confidence: float = 0.95) -> MedianInterval:
    """Between which ratings does the median of all such experts lie?

    Undefined: NaN where the panel is too small for the confidence asked for
    (``ratings.TOO_FEW``; below six experts at 0.95).

    Method: exact. The limits are the j-th lowest and the j-th highest rating, with the largest j
    for which the number of experts below the median, binomial with chance 1/2, leaves at most
    half of 1 - confidence below j. The coverage is therefore at least the confidence, and higher
    still where ratings tie.

    Source: Thompson WR, Ann Math Stat 1936;7:122-8. Conover WJ, Practical Nonparametric
    Statistics, 3rd ed., 1999, section 3.2.

    Checked against: a direct sum of binomial probabilities for every n to 200; scipy 1.17
    quantile_test.
    """
    from scipy import special

    tail = intervals.one_tail(confidence)
    n = table.n
    below = special.bdtrik(tail, np.maximum(n, 1), 0.5)
    j = np.where(np.isfinite(below), np.floor(below), -1).astype(np.int64)
    # The inverse may be off by one where a probability falls on the tail exactly.
    j += special.bdtr(j + 1, n, 0.5) <= tail
    j -= (j >= 0) & (special.bdtr(np.maximum(j, 0), n, 0.5) > tail)
    rank = j + 1
    enough = rank >= 1
    lower, upper = (
        table.points.lowest + table.points.step * table.category_at(np.maximum(at, 1))
        for at in (rank, n + 1 - rank)
    )
    missed = 2 * special.bdtr(np.maximum(j, 0), np.maximum(n, 1), 0.5)
    return MedianInterval(
        lower=np.where(enough, lower, np.nan),
        upper=np.where(enough, upper, np.nan),
        coverage=np.where(enough, 1 - missed, np.nan),
        confidence=confidence,
    )


def mean(table: CountTable) -> FloatArray:
    """What is the average rating, treating the points as equally far apart?

    Returns scale points, shape (items,). Undefined: NaN where nobody rated.
    """
    sums = table.counts @ np.arange(table.points.count)
    return table.points.lowest + table.points.step * _divide(sums, table.n)


def mean_interval(table: CountTable, *, confidence: float = 0.95) -> MeanInterval:
    """Between which values does the mean of all such experts lie?

    Undefined: NaN with fewer than two ratings (``ratings.ONE_RATING``), and where all ratings are
    equal (``ratings.ALL_EQUAL``): a spread of 0 in a small panel says nothing of its width.

    Method: mean plus and minus Student's t with n - 1 degrees of freedom times SD / sqrt(n).

    Checked against: statsmodels 0.15 DescrStatsW.tconfint_mean.
    """
    from scipy import special

    from surveys.stats import spread

    n = table.n
    sd = spread.standard_deviation(table)
    degrees = np.maximum(n - 1, 1).astype(np.float64)
    t = special.stdtrit(degrees, 1 - intervals.one_tail(confidence))
    half = t * np.where(sd > 0, sd, np.nan) / np.sqrt(np.maximum(n, 1))
    centre = mean(table)
    return MeanInterval(centre - half, centre + half, confidence)


def modes(table: CountTable) -> tuple[tuple[float, ...], ...]:
    """Which point, or points, did most experts choose?

    Returns every mode of every item, ascending, in scale points. An item that nobody rated has
    none; an item on which every point was chosen equally often has them all.
    """
    most = table.counts.max(axis=1, keepdims=True, initial=0)
    chosen = (table.counts == most) & (most > 0)
    values = table.points.values
    return tuple(tuple(values[row].tolist()) for row in chosen)


def share_near_median(table: CountTable, *, within: float = 1) -> FloatArray:
    """Which share of the panel rated within so many points of the median?

    within : scale points, both ends included.

    Returns shares, shape (items,). Where the median lies half way between two points the window
    holds an even number of points (median 6.5, within 1: the points 6 and 7), and an odd one
    otherwise (median 7: 6, 7 and 8). Undefined: NaN where nobody rated.

    Raises ValueError for a negative distance.

    Source: the ladder "very good, good, some consistency" of PMC9790819, table 2.
    """
    if within < 0:
        raise ValueError(f"a distance from the median cannot be {within}")
    distance = np.abs(table.points.values - median(table)[:, np.newaxis]) / table.points.step
    # In steps of the scale, distances are whole or half, so a small allowance decides nothing.
    near = distance <= within / table.points.step + 1e-6
    return _divide((table.counts * near).sum(axis=1), table.n)


def majority_opinions(
    table: CountTable, *, agree: tuple[float, float], disagree: tuple[float, float]
) -> MajorityOpinions:
    """How large are the majorities in this round, on average (APMO)?

    agree, disagree : the two regions, lowest and highest point of each.

    Returns a MajorityOpinions. ``cut_off`` is the number of ratings that agree, on items where
    more than half agree, plus those that disagree, on items where more than half disagree, over
    all usable ratings.

    Raises ValueError for a region without a point.
    Undefined: cut_off is None when nobody rated anything.

    A cut-off taken from the data cannot be fixed in advance. Show it; decide nothing with it.

    Source: Kapoor P, Systems approach to documentary maritime fraud, PhD thesis, Plymouth 1987,
    as used since; some papers print the number of statements for the number of ratings, which
    would make the cut-off shrink with the panel.
    """
    from surveys.stats.ratings import NOBODY_RATED

    n = table.n
    agreeing, disagreeing = table.between(*agree), table.between(*disagree)
    agreed, disagreed = 2 * agreeing > n, 2 * disagreeing > n
    in_majority = int(agreeing[agreed].sum() + disagreeing[disagreed].sum())
    responses = int(n.sum())
    return MajorityOpinions(
        cut_off=in_majority / responses if responses else None,
        responses_in_majority=in_majority,
        responses=responses,
        majority_agree=int(np.count_nonzero(agreed)),
        majority_disagree=int(np.count_nonzero(disagreed)),
        reason=None if responses else NOBODY_RATED,
    )


def _divide(numerator: IntArray, denominator: IntArray) -> FloatArray:
    quotient = np.full(denominator.shape, np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient
