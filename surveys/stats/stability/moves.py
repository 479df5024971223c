"""The plain questions: toward the panel or away, in or out of a region, closer together or not."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats import centre, intervals, spread
from surveys.stats.ratings import BoolArray, FloatArray, IntArray, ScalePoints
from surveys.stats.stability.reasons import (
    NO_PAIRS,
    NOBODY_CHANGED_SIDES,
    ONE_PAIR,
    Reasons,
    first_reason,
)
from surveys.stats.stability.tails import two_sided_normal
from surveys.stats.transitions import TransitionTables, proportion_of


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """Which way ratings moved, seen from the earlier round's median; shape (items,) throughout.

    median : the median used. toward : now nearer to it than before. away : now farther from it.
    across : moved to the other side of it and just as far. unmoved : the same rating.
    """

    median: FloatArray
    toward: IntArray
    away: IntArray
    across: IntArray
    unmoved: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class McNemar:
    """McNemar's test of a yes-or-no question asked twice; shape (items,) throughout.

    both, earlier_only, later_only, neither : experts with a rating inside in both rounds, in one
        of them, in none.
    exact_p, mid_p : two-sided binomial p-values; 1 where nobody changed sides, NaN without pairs.
    statistic, chi2_p : chi-square with one degree of freedom and no continuity correction, for
        comparison; NaN where nobody changed sides.
    reasons : why a number is undefined, or None.
    """

    both: IntArray
    earlier_only: IntArray
    later_only: IntArray
    neither: IntArray
    exact_p: FloatArray
    mid_p: FloatArray
    statistic: FloatArray
    chi2_p: FloatArray
    reasons: Reasons


@dataclass(frozen=True, slots=True, eq=False)
class ShareChange:
    """Change of the share of experts inside a region, on pairs; shape (items,) throughout.

    earlier, later : the share in each round. change : later minus earlier.
    lower, upper : ends of its interval. All NaN without pairs (reason `transitions.NO_PAIRS`).
    """

    earlier: FloatArray
    later: FloatArray
    change: FloatArray
    lower: FloatArray
    upper: FloatArray
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class SpreadChange:
    """Later minus earlier spread of the same experts; shape (items,), NaN where undefined.

    iqr, sd : in scale points. cv : coefficient of variation, without unit.
    reasons : why iqr and sd are undefined, or None; cv_reasons : the same of cv.
    """

    iqr: FloatArray
    sd: FloatArray
    cv: FloatArray
    quantile_method: str
    reasons: Reasons
    cv_reasons: Reasons


def direction_of_moves(
    tables: TransitionTables, *, earlier_median: npt.ArrayLike | None = None
) -> Direction:
    """Say whether experts moved toward the panel or away from it.

    Answers "did the feedback pull?". Movement toward the median is also what regression to the
    mean looks like, so it is a description and no proof of influence.

    tables : `TransitionTables` of two rounds.
    earlier_median : the median that was fed back, in scale points, shape (items,) or one number;
        when left out, the median of the pairs' earlier ratings.

    Returns Direction.

    Raises ValueError when there is not one median per item.

    Undefined: where the median is NaN nobody moves toward or away; every mover counts as across.

    Checked against: a loop over experts on random panels.
    """
    values = tables.points.values
    if earlier_median is None:
        median = centre.median(tables.earlier)
    else:
        median = np.asarray(earlier_median, dtype=np.float64)
        if median.ndim > 1 or median.size not in (1, tables.items):
            raise ValueError(f"{median.size} medians do not belong to {tables.items} items")
        median = np.broadcast_to(median, (tables.items,)).copy()
    distance = np.abs(values[np.newaxis, :] - median[:, np.newaxis])
    nearer = distance[:, np.newaxis, :] < distance[:, :, np.newaxis]
    farther = distance[:, np.newaxis, :] > distance[:, :, np.newaxis]
    toward: IntArray = np.where(nearer, tables.counts, 0).sum(axis=(1, 2))
    away: IntArray = np.where(farther, tables.counts, 0).sum(axis=(1, 2))
    unmoved: IntArray = np.trace(tables.counts, axis1=1, axis2=2)
    return Direction(median, toward, away, tables.pairs - toward - away - unmoved, unmoved)


def mcnemar(tables: TransitionTables, *, inside: npt.ArrayLike) -> McNemar:
    """Test whether the share of experts inside a region changed between two rounds.

    Answers "did more experts enter the region than leave it?".

    tables : `TransitionTables` of two rounds.
    inside : for each point of the scale whether it lies in the region, booleans of shape (c,).

    Returns McNemar. Prefer ``mid_p``: the exact p is conservative and the chi-square too liberal
    or, corrected, worse than either below some 25 experts who changed sides.

    Raises ValueError when `inside` is not one boolean per point.

    Undefined: nothing but the chi-square where nobody changed sides (`NOBODY_CHANGED_SIDES`); the
    binomial p-values are then 1, since no split of nobody is surprising. All NaN without pairs.

    Method
        Of n experts who changed sides, X entering is binomial(n, 1/2) if entering and leaving are
        equally likely. exact_p = min(1, 2 P(X <= smaller)); mid_p counts the probability of the
        smaller number found by half.

    Source
        McNemar Q. Psychometrika 1947;12:153-7. Fagerland MW, Lydersen S, Laake P. BMC Med Res
        Methodol 2013;13:91 (mid-p).

    Checked against: statsmodels 0.15 ``mcnemar`` (exact, and chi-square uncorrected); mid-p
    against its definition with scipy 1.17.1 ``binom``; Fagerland's airway example.
    """
    region = checked_region(inside, tables.points)
    counts = tables.counts
    both: IntArray = counts[:, region][:, :, region].sum(axis=(1, 2))
    left: IntArray = counts[:, region][:, :, ~region].sum(axis=(1, 2))
    entered: IntArray = counts[:, ~region][:, :, region].sum(axis=(1, 2))
    neither: IntArray = tables.pairs - both - left - entered
    n = left + entered
    smaller = np.minimum(left, entered)
    exact_p, mid_p = _sign_test(smaller, n)
    paired = tables.pairs > 0
    statistic = proportion_of((left - entered) ** 2, n)
    reasons = first_reason((~paired, NO_PAIRS), (n == 0, NOBODY_CHANGED_SIDES))
    return McNemar(
        both=both,
        earlier_only=left,
        later_only=entered,
        neither=neither,
        exact_p=np.where(paired, exact_p, np.nan),
        mid_p=np.where(paired, mid_p, np.nan),
        statistic=statistic,
        chi2_p=two_sided_normal(np.sqrt(statistic)),
        reasons=reasons,
    )


def share_change(
    tables: TransitionTables, *, inside: npt.ArrayLike, confidence: float = 0.95
) -> ShareChange:
    """Say by how much the share of experts inside a region changed, with an interval.

    tables : `TransitionTables` of two rounds; both shares are of the pairs.
    inside : for each point of the scale whether it lies in the region, booleans of shape (c,).
    confidence : coverage aimed at.

    Returns ShareChange.

    Raises ValueError when `inside` is not one boolean per point, or for a confidence outside
    (0, 1).

    Undefined: NaN without pairs.

    Method: ``intervals.difference_paired`` (Newcombe's score interval for pairs).

    Source
        Newcombe RG. Stat Med 1998;17:2635-50.
    """
    answer = mcnemar(tables, inside=inside)
    pairs = tables.pairs
    limits = intervals.difference_paired(
        answer.both,
        answer.later_only,
        answer.earlier_only,
        answer.neither,
        confidence=confidence,
    )
    earlier = proportion_of(answer.both + answer.earlier_only, pairs)
    later = proportion_of(answer.both + answer.later_only, pairs)
    return ShareChange(earlier, later, later - earlier, limits.lower, limits.upper, confidence)


def change_in_spread(tables: TransitionTables, *, quantile_method: str) -> SpreadChange:
    """Say by how much the panel drew together or apart: later minus earlier spread of the pairs.

    Convergence is not stability: a panel can draw together while everybody moves.

    tables : `TransitionTables`; the same experts in both rounds.
    quantile_method : definition of the quartiles, as in ``spread``.

    Returns SpreadChange. Negative where the panel drew together. A change of CV below 0.2 in
    absolute value is often read as stable (Dajani 1979; English and Kernan 1976); CV depends on
    where the scale starts.

    Undefined: `ONE_PAIR` and `transitions.NO_PAIRS`; CV also where a round's mean is not
    above 0 (``spread.MEAN_NOT_POSITIVE``).

    Checked against: the functions of ``spread`` on the pairs' ratings of each round.
    """
    earlier, later = tables.earlier, tables.later
    iqr = (
        spread.quartiles(later, quantile_method=quantile_method).width
        - spread.quartiles(earlier, quantile_method=quantile_method).width
    )
    sd = spread.standard_deviation(later) - spread.standard_deviation(earlier)
    cv = spread.coefficient_of_variation(later) - spread.coefficient_of_variation(earlier)
    too_few = ((tables.pairs == 0, NO_PAIRS), (tables.pairs == 1, ONE_PAIR))
    return SpreadChange(
        iqr=iqr,
        sd=sd,
        cv=cv,
        quantile_method=quantile_method,
        reasons=first_reason(*too_few),
        cv_reasons=first_reason(*too_few, (np.isnan(cv), spread.MEAN_NOT_POSITIVE)),
    )


def checked_region(inside: npt.ArrayLike, points: ScalePoints) -> BoolArray:
    region = np.asarray(inside)
    if region.shape != (points.count,) or region.dtype != np.bool_:
        raise ValueError(
            f"a region of the scale {points} is {points.count} booleans, not {region.tolist()}"
        )
    return region


def _sign_test(smaller: IntArray, n: IntArray) -> tuple[FloatArray, FloatArray]:
    """Exact and mid-p of a binomial(n, 1/2) with ``smaller`` on the rarer side, two-sided."""
    exact, mid = np.ones(n.shape), np.ones(n.shape)
    for place, (few, all_of_them) in enumerate(zip(smaller.tolist(), n.tolist(), strict=True)):
        # Whole numbers of any size: exact for every panel.
        at_most = 0
        term = 1
        for k in range(few + 1):
            at_most += term
            last = term
            term = term * (all_of_them - k) // (k + 1)
        patterns = 1 << all_of_them
        exact[place] = min(1.0, 2 * at_most / patterns)
        mid[place] = min(1.0, (2 * at_most - last) / patterns)
    return exact, mid
