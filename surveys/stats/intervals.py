"""Confidence intervals for shares: one share, several shares of one item, a difference of two.

Everything here works on exact counts and on arrays of any one shape. With nobody in the
denominator every limit is NaN (reason: ``ratings.NOBODY_RATED``).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

from surveys.stats.ratings import FloatArray, IntArray

ProportionMethod = Literal["wilson", "clopper-pearson", "jeffreys"]
MultinomialMethod = Literal["goodman", "sison-glaz"]


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """Limits of a confidence interval, one per share.

    lower, upper : limits, in the unit of what was estimated; NaN where nobody rated.
    confidence : level, for instance 0.95.
    method : name of the method.
    """

    lower: FloatArray
    upper: FloatArray
    confidence: float
    method: str


def proportion(
    count: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    method: ProportionMethod = "wilson",
    confidence: float = 0.95,
) -> Interval:
    """Between which shares of all such experts is the counted share compatible with the data?

    count : experts who did, whole numbers from 0 to n, any shape.
    n : experts who could have, the same shape or one number.
    method : "wilson" (score interval, the default: close to its nominal coverage in small
        panels), "clopper-pearson" (never covers too little, therefore wide) or "jeffreys"
        (equal-tailed interval of the posterior under the prior Beta(1/2, 1/2)).
    confidence : between 0 and 1.

    Returns an Interval in shares from 0 to 1. With count 0 the lower limit is exactly 0, with
    count n the upper limit is exactly 1, by every method.

    Raises ValueError for a count outside 0..n, an unknown method, a confidence not between 0
    and 1.

    Source: Wilson EB, J Am Stat Assoc 1927;22:209-12. Clopper CJ, Pearson ES, Biometrika
    1934;26:404-13. Brown LD, Cai TT, DasGupta A, Stat Sci 2001;16:101-33.

    Checked against: statsmodels 0.15 proportion_confint.

    >>> interval = proportion(8, 11)
    >>> f"{interval.lower:.3f} to {interval.upper:.3f}"
    '0.434 to 0.903'
    """
    counts, totals = checked_counts(count, n)
    tail = one_tail(confidence)
    if method not in _PROPORTION:
        raise ValueError(f"no interval for a share is called {method!r}")
    lower, upper = _PROPORTION[method](counts, totals, tail)
    lower = np.where(counts == 0, 0.0, lower)
    upper = np.where(counts == totals, 1.0, upper)
    nobody = totals == 0
    return Interval(
        np.where(nobody, np.nan, lower), np.where(nobody, np.nan, upper), confidence, method
    )


def simultaneous(
    counts: npt.ArrayLike, *, method: MultinomialMethod = "goodman", confidence: float = 0.95
) -> Interval:
    """Between which shares do all regions of an item lie, all at once?

    counts : experts per region, whole numbers, shape (items, regions); the regions are exclusive
        and hold every usable rating.
    method : "goodman" (score intervals at the level confidence shared out over the regions) or
        "sison-glaz" (shorter for many regions and large panels; its intervals are as wide for a
        rare region as for a common one).

    Returns an Interval with limits of shape (items, regions). With the probability
    ``confidence`` *all* regions of an item are covered together.

    Raises ValueError for a negative or fractional count, fewer than two regions, an unknown
    method.

    Source: Goodman LA, Technometrics 1965;7:247-54. Sison CP, Glaz J, J Am Stat Assoc
    1995;90:366-9.

    Checked against: statsmodels 0.15 multinomial_proportions_confint.
    """
    table = np.atleast_2d(np.asarray(counts))
    regions, totals = checked_counts(table, table.sum(axis=-1, keepdims=True))
    if regions.ndim != 2 or regions.shape[1] < 2:
        raise ValueError(f"counts of shape {regions.shape} are not (items, two regions or more)")
    tail = one_tail(confidence)
    if method == "goodman":
        lower, upper = _score(regions, totals, tail / regions.shape[1])
        lower = np.where(regions == 0, 0.0, lower)
        upper = np.where(regions == totals, 1.0, upper)
    elif method == "sison-glaz":
        limits = [_sison_glaz(row, confidence) for row in regions]
        lower = np.array([low for low, _ in limits]).reshape(regions.shape)
        upper = np.array([high for _, high in limits]).reshape(regions.shape)
    else:
        raise ValueError(f"no simultaneous interval is called {method!r}")
    nobody = np.broadcast_to(totals == 0, regions.shape)
    return Interval(
        np.where(nobody, np.nan, lower), np.where(nobody, np.nan, upper), confidence, method
    )


def difference_unpaired(
    first: npt.ArrayLike,
    first_n: npt.ArrayLike,
    second: npt.ArrayLike,
    second_n: npt.ArrayLike,
    *,
    confidence: float = 0.95,
) -> Interval:
    """By how much does a share differ between two separate sets of experts?

    first, second : experts who did, in either set; first_n, second_n : experts in either set.

    Returns an Interval for the first share minus the second, from -1 to 1; NaN where either set
    is empty.

    Raises ValueError for a count outside 0..n.

    Method: Newcombe's hybrid score interval, from the Wilson limits of both shares.

    Source: Newcombe RG, Stat Med 1998;17:873-90, method 10.

    Checked against: the paper's example, 56 of 70 and 48 of 80, 0.0524 to 0.3339; statsmodels
    0.15 confint_proportions_2indep(method="newcomb").
    """
    share, low, high = _wilson_limits(first, first_n, confidence)
    other, other_low, other_high = _wilson_limits(second, second_n, confidence)
    below = np.sqrt((share - low) ** 2 + (other_high - other) ** 2)
    above = np.sqrt((high - share) ** 2 + (other - other_low) ** 2)
    estimate = share - other
    return Interval(estimate - below, estimate + above, confidence, "newcombe, unpaired")


def difference_paired(
    both: npt.ArrayLike,
    first_only: npt.ArrayLike,
    second_only: npt.ArrayLike,
    neither: npt.ArrayLike,
    *,
    confidence: float = 0.95,
) -> Interval:
    """By how much did a share change between two rounds, among the experts who rated in both?

    both, first_only, second_only, neither : experts who did in both rounds, in the first only,
        in the second only, in neither.

    Returns an Interval for the share in the first minus the share in the second, from -1 to 1;
    NaN where there is no pair.

    Raises ValueError for a negative or fractional count.

    Method: Newcombe's score interval for pairs, from the Wilson limits of both shares and the
    correlation phi between the rounds, whose numerator is brought towards 0 by half the number
    of pairs where it is positive.

    Source: Newcombe RG, Stat Med 1998;17:2635-50, method 10.

    Checked against: the airway example in Fagerland MW, Lydersen S, Laake P, Stat Med
    2014;33:2850-75 (1, 1, 7, 12: -0.507 to -0.026).
    """
    a, b, c, d = np.broadcast_arrays(both, first_only, second_only, neither)
    pairs = a + b + c + d
    for cell in (a, b, c, d):
        checked_counts(cell, pairs)
    share, low, high = _wilson_limits(a + b, pairs, confidence)
    other, other_low, other_high = _wilson_limits(a + c, pairs, confidence)
    phi = _phi(*(cell.astype(np.float64) for cell in (a, b, c, d)))
    down, up = share - low, high - share
    other_down, other_up = other - other_low, other_high - other
    below = np.sqrt(down**2 - 2 * phi * down * other_up + other_up**2)
    above = np.sqrt(up**2 - 2 * phi * up * other_down + other_down**2)
    estimate = share - other
    return Interval(estimate - below, estimate + above, confidence, "newcombe, paired")


def _phi(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> FloatArray:
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    excess = a * d - b * c
    excess = np.where(excess > 0, np.maximum(excess - (a + b + c + d) / 2, 0), excess)
    phi: FloatArray = np.divide(
        excess, np.sqrt(margins), out=np.zeros(excess.shape), where=margins > 0
    )
    return phi


def _wilson_limits(
    count: npt.ArrayLike, n: npt.ArrayLike, confidence: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    interval = proportion(count, n, confidence=confidence)
    counts, totals = checked_counts(count, n)
    share = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    return share, interval.lower, interval.upper


def _score(counts: IntArray, totals: IntArray, tail: float) -> tuple[FloatArray, FloatArray]:
    """Wilson's limits with ``tail`` probability beyond either of them."""
    z = NormalDist().inv_cdf(1 - tail)
    n = np.maximum(totals, 1).astype(np.float64)
    centre = counts + z * z / 2
    half = z * np.sqrt(counts * (n - counts) / n + z * z / 4)
    return (centre - half) / (n + z * z), (centre + half) / (n + z * z)


def _clopper_pearson(
    counts: IntArray, totals: IntArray, tail: float
) -> tuple[FloatArray, FloatArray]:
    return _beta_limits(counts, totals - counts + 1, counts + 1, totals - counts, tail)


def _jeffreys(counts: IntArray, totals: IntArray, tail: float) -> tuple[FloatArray, FloatArray]:
    did, did_not = counts + 0.5, totals - counts + 0.5
    return _beta_limits(did, did_not, did, did_not, tail)


def _beta_limits(
    lower_a: npt.NDArray[np.number],
    lower_b: npt.NDArray[np.number],
    upper_a: npt.NDArray[np.number],
    upper_b: npt.NDArray[np.number],
    tail: float,
) -> tuple[FloatArray, FloatArray]:
    from scipy import special

    # A parameter of 0 belongs to a limit at the edge, which the caller sets exactly.
    lower = special.betaincinv(np.maximum(lower_a, 0.5), np.maximum(lower_b, 0.5), tail)
    upper = special.betainccinv(np.maximum(upper_a, 0.5), np.maximum(upper_b, 0.5), tail)
    return np.asarray(lower), np.asarray(upper)


_PROPORTION: dict[str, Callable[[IntArray, IntArray, float], tuple[FloatArray, FloatArray]]] = {
    "wilson": _score,
    "clopper-pearson": _clopper_pearson,
    "jeffreys": _jeffreys,
}


def _sison_glaz(counts: IntArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Limits for one item.

    With c the half width in experts, the chance that every count lies within c of its expectation
    rises with c; the last c below the level is taken, and what is missing is interpolated into
    the upper limit. As in the authors' published program, c = 0 counts as no chance.
    """
    n = int(counts.sum())
    if n == 0:
        return np.full(counts.shape, np.nan), np.full(counts.shape, np.nan)
    c, below, reached = 0, 0.0, _chance_within(counts, n, 1)
    while reached <= confidence:
        c, below, reached = c + 1, reached, _chance_within(counts, n, c + 2)
    share = counts / n
    beyond = (confidence - below) / (reached - below)
    lower: FloatArray = np.maximum(0.0, share - c / n)
    upper: FloatArray = np.minimum(1.0, share + (c + 2 * beyond) / n)
    return lower, upper


def _chance_within(counts: IntArray, n: int, c: int) -> float:
    """Chance that multinomial counts with these expectations all lie within c of them.

    Independent Poisson counts, each cut off at its bounds, are conditioned on adding up to n; the
    chance of that sum comes from an Edgeworth expansion with their first four moments.
    """
    if c >= n:
        return 1.0
    mean = counts.astype(np.float64)
    first, last = np.maximum(counts - c, 0), np.minimum(counts + c, n)
    inside = _poisson_between(first, last, mean)
    # The r-th factorial moment of a cut-off Poisson count: move both bounds down by r.
    f1, f2, f3, f4 = (
        mean**r * _poisson_between(first - r, last - r, mean) / inside for r in (1, 2, 3, 4)
    )
    variances = f2 + f1 - f1**2
    third = f3 + f2 * (3 - 3 * f1) + f1 - 3 * f1**2 + 2 * f1**3
    fourth = f4 + f3 * (6 - 4 * f1) + f2 * (7 - 12 * f1 + 6 * f1**2)
    fourth += f1 - 4 * f1**2 + 6 * f1**3 - 3 * f1**4
    variance = float(variances.sum())
    skew = float(third.sum()) / variance**1.5
    excess = float((fourth - 3 * variances**2).sum()) / variance**2
    z = (n - float(f1.sum())) / math.sqrt(variance)
    expansion = (
        1
        + skew * (z**3 - 3 * z) / 6
        + excess * (z**4 - 6 * z**2 + 3) / 24
        + skew**2 * (z**6 - 15 * z**4 + 45 * z**2 - 15) / 72
    )
    sum_is_n = expansion * math.exp(-z * z / 2) / math.sqrt(2 * math.pi * variance)
    chance: float = math.prod(inside.tolist()) * sum_is_n / _poisson_at(n)
    return chance


def _poisson_between(first: IntArray, last: IntArray, mean: FloatArray) -> FloatArray:
    """Chance that Poisson counts lie from ``first`` to ``last``; either may be negative."""
    from scipy import special

    up_to_last = np.where(last >= 0, special.pdtr(np.maximum(last, 0), mean), 0.0)
    before_first = np.where(first > 0, special.pdtr(np.maximum(first - 1, 0), mean), 0.0)
    between: FloatArray = up_to_last - before_first
    return between


def _poisson_at(n: int) -> float:
    """Poisson probability of n with mean n."""
    return math.exp(n * math.log(n) - n - math.lgamma(n + 1))


def one_tail(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence} is not between 0 and 1")
    return (1 - confidence) / 2


def checked_counts(count: npt.ArrayLike, n: npt.ArrayLike) -> tuple[IntArray, IntArray]:
    given, given_n = np.broadcast_arrays(np.asarray(count), np.asarray(n))
    wrong = (given != np.floor(given)) | (given < 0) | (given > given_n)
    if wrong.any():
        place = np.argwhere(wrong)[0]
        raise ValueError(
            f"count {given[tuple(place)]} is not a whole number from 0 to {given_n[tuple(place)]}"
        )
    return given.astype(np.int64), given_n.astype(np.int64)
