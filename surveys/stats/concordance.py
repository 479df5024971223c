"""Does the panel put the items in the same order? Kendall's W and its kin.

Every number here compares items *within* each expert, so an expert who is strict with everything
and one who is generous with everything can agree completely. It says nothing about the level of a
rating: a panel that rates every item 7, 8 or 9 has reached consensus and may have a W near 0,
because little is left to put in order.

A rating may be missing. The formulas need experts who rated the same items, so either the experts
with a gap or the items with a gap are left out, and each result says how many.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from surveys.stats import ratings as panel
from surveys.stats.ratings import FloatArray, IntArray
from surveys.stats.resampling import DRAWS, Progress

LeftOut = Literal["experts", "items"]
DrawnOver = Literal["experts", "items", "pairs"]

NO_COMPLETE_EXPERT = "no expert rated every item"
NO_COMPLETE_ITEM = "no item was rated by every expert"
ONE_EXPERT = "one expert"
ONE_ITEM = "one item"
ALL_TIED = "every expert gave all items the same rating"
COMPLETE_CONCORDANCE = "W is 1, so F is infinite"
NO_DEGREES_OF_FREEDOM = "two experts and two items leave F no degrees of freedom"
TOTALS_EQUAL = "all items have the same total rating"
NO_SECOND_RANKING = "fewer than two experts put the items in an order"
NO_DRAW_WITH_TWO = "no resample held two different experts"

# Beyond this many rows of an intermediate table the exact permutation distribution would take
# longer than a second, and drawing permutations answers as well.
_EXACT_STATES = 400_000
# Numbers worked on at once when resampling: a few megabytes, so that a large panel does not need
# its whole size again per resample.
_BLOCK = 1 << 20
# Ranking goes over its numbers a dozen times, so a block of them should stay in a core's cache.
_RANKED_AT_ONCE = 1 << 13
# W can pass 1 by the rounding of its own arithmetic, and by no more than this.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class KendallsW:
    """Concordance of the panel's orderings, with what it was computed from.

    w : Kendall's coefficient of concordance, 0 (no common order) to 1 (the same order); None when
        undefined, with ``reason``.
    experts, items : how many were used.
    experts_left_out, items_left_out : how many were not, because a rating was missing.
    tied_experts : experts among those used who gave all items the same rating. They express no
        order; they stay in and lower W.
    mean_ranks : mean rank of each item used, lowest rating = rank 1; empty when undefined.
    tie_term : sum over experts of t^3 - t over their groups of t equal ratings.
    chi_squared, df, p_chi_squared : Friedman's test of "no common order", df = items - 1.
    f, df1, df2, p_f : the F test, better for few experts; None with ``f_reason``.
    average_rank_correlation : (experts x W - 1) / (experts - 1), the average over pairs of
        experts of their rank correlation (exactly so without ties).
    left_out : which were left out for missing ratings, "experts" or "items".
    """

    w: float | None
    experts: int
    items: int
    experts_left_out: int
    items_left_out: int
    tied_experts: int
    mean_ranks: tuple[float, ...]
    tie_term: float
    chi_squared: float | None
    df: int | None
    p_chi_squared: float | None
    f: float | None
    df1: float | None
    df2: float | None
    p_f: float | None
    average_rank_correlation: float | None
    left_out: LeftOut
    reason: str | None
    f_reason: str | None


@dataclass(frozen=True, slots=True)
class Friedman:
    """Friedman's test that no item stands out for the panel.

    statistic, df, p : the tie-corrected chi-squared, its degrees of freedom (items - 1) and its
        upper tail; None with ``reason`` when undefined.
    experts, items, experts_left_out, items_left_out : as in KendallsW.
    """

    statistic: float | None
    df: int | None
    p: float | None
    experts: int
    items: int
    experts_left_out: int
    items_left_out: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """Chance of a W at least as large if every expert had ordered the items at random.

    p : that chance; None with ``reason`` when undefined.
    method : "exact" (every arrangement counted) or "drawn" (random arrangements, the observed one
        included among them, so that p is never 0).
    draws, seed : arrangements drawn and the seed; 0 and None when exact.
    """

    p: float | None
    method: Literal["exact", "drawn"] | None
    draws: int
    seed: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ResampledInterval:
    """A percentile bootstrap interval, with everything needed to draw it again.

    lower, upper : the limits; None with ``reason`` when no resample had a value.
    confidence : for instance 0.95.
    over : what was drawn with replacement: "experts", "items" or "pairs" of ratings.
    draws, seed : how many resamples, and from which seed.
    usable : resamples in which the number was defined; below ``draws`` the interval is rough.
    """

    lower: float | None
    upper: float | None
    confidence: float
    over: DrawnOver
    draws: int
    seed: int
    usable: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """Average Spearman correlation over all pairs of experts.

    value : -1 to 1; None with ``reason`` when undefined.
    experts : experts in the pairs.
    tied_experts : experts left out because they gave all items the same rating, which correlates
        with nothing.
    items, experts_left_out, items_left_out : as in KendallsW.
    """

    value: float | None
    experts: int
    tied_experts: int
    items: int
    experts_left_out: int
    items_left_out: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class CronbachAlpha:
    """Cronbach's alpha with experts in the place of test questions.

    alpha : at most 1, may be negative; None with ``reason`` when undefined.
    lower, upper : Feldt's interval; None with ``interval_reason``.
    note : what must be said beside the number.
    experts, items, experts_left_out, items_left_out : as in KendallsW.
    """

    alpha: float | None
    lower: float | None
    upper: float | None
    confidence: float
    experts: int
    items: int
    experts_left_out: int
    items_left_out: int
    note: str
    reason: str | None
    interval_reason: str | None


ALPHA_NOTE = (
    "Alpha grows with the number of experts even when they agree no better, and does not notice"
    " when one expert rates everything higher than another: it is not a measure of consensus."
)


@dataclass(frozen=True, slots=True)
class CompletePanel:
    """The part of a panel without gaps: ratings of shape (experts, items) and what was left out."""

    ratings: FloatArray
    experts_left_out: int
    items_left_out: int
    reason: str | None


def complete_part(ratings: npt.ArrayLike, *, leave_out: LeftOut) -> CompletePanel:
    """Keep the experts who rated every item, or the items rated by every expert.

    Experts (items) who rated nothing at all (were rated by nobody) are left out first in both
    cases, so that one person who never opened the questionnaire does not empty the panel.

    Raises ValueError for an infinite rating, another shape, or another word for ``leave_out``.
    Undefined: ``reason`` says why nothing is left.
    """
    if leave_out not in ("experts", "items"):
        raise ValueError(f'leave_out is "experts" or "items", not {leave_out!r}')
    values = panel.checked(ratings)
    experts, items = values.shape
    rated = ~np.isnan(values)
    if not rated.any():
        return CompletePanel(values[:0], experts, 0, panel.NOBODY_RATED)
    if leave_out == "experts":
        asked = rated.any(axis=0)
        whole = rated[:, asked].all(axis=1)
        kept = values[np.ix_(whole, asked)]
        reason = None if whole.any() else NO_COMPLETE_EXPERT
    else:
        present = rated.any(axis=1)
        common = rated[present].all(axis=0)
        kept = values[np.ix_(present, common)]
        reason = None if common.any() else NO_COMPLETE_ITEM
    return CompletePanel(kept, experts - len(kept), items - kept.shape[1], reason)


def ranks(ratings: npt.ArrayLike) -> FloatArray:
    """Rank the items within each expert, lowest rating first, equal ratings sharing a rank.

    ratings : shape (experts, items), without gaps. Equal ratings all get the mean of the ranks
    they occupy. Returns ranks 1..items of the same shape.

    Raises ValueError when a rating is missing or infinite.
    """
    values = panel.checked(ratings)
    if np.isnan(values).any():
        row, column = (int(place) for place in np.argwhere(np.isnan(values))[0])
        raise ValueError(f"expert {row} did not rate item {column} (counted from 0)")
    return _ranked(values)[0]


def kendalls_w(ratings: npt.ArrayLike, *, leave_out: LeftOut = "experts") -> KendallsW:
    """Measure how far the experts put the items in the same order.

    Answers "do they agree on what matters more and what less?", not "do they agree on this item?".

    ratings : float array, shape (experts, items), any unit in which more means more (or ranks), NaN
        where missing.
    leave_out : for missing ratings leave out the "experts" with a gap (default: the panel loses
        voices, every item stays) or the "items" with a gap.

    Returns KendallsW.

    Raises ValueError for an infinite rating or another shape.
    Undefined (w is None): nobody rated; nobody rated every item; one expert; one item; every
    expert gave all items the same rating. Two experts with opposite orders give 0.

    Method
        Ratings are ranked within each expert, ties sharing their mean rank. With m experts, k
        items, rank sums R and S = sum of (R - mean R)^2,
        W = 12 S / (m^2 (k^3 - k) - m sum T), T = sum of t^3 - t over an expert's groups of t ties.
        chi-squared = m (k - 1) W on k - 1 degrees of freedom, which is Friedman's statistic.
        F = (m - 1) W / (1 - W) on k - 1 - 2/m and (m - 1)(k - 1 - 2/m).
        A W above 1 cannot come out; ``kendalls_w_from_rank_sums`` refuses rank sums that give one.

    Source
        Kendall MG, Babington Smith B. Ann Math Stat 1939;10:275-87. Ties and F: Kendall MG,
        Gibbons JD. Rank Correlation Methods, 5th ed., 1990. Legendre P. J Agric Biol Environ Stat
        2005;10:226-45 for F with few judges.

    Checked against
        scipy 1.17 friedmanchisquare, pingouin 0.7 (W, chi-squared, F), and ENLIGHT round 1
        (19 of 65 complete experts: 0.384 with, 0.337 without the tie term).

    >>> kendalls_w([[1, 2, 3], [1, 3, 2], [2, 1, 3]]).w
    0.4444444444444444
    """
    part = complete_part(ratings, leave_out=leave_out)
    experts, items = part.ratings.shape
    reason = part.reason or _too_few(experts, items)
    rank_sums, ties = _rank_sums(part.ratings)
    tied = int(np.count_nonzero(ties == items**3 - items))
    if reason is None and tied == experts:
        reason = ALL_TIED
    if reason is not None:
        return _undefined_w(part, tied, float(ties.sum()), leave_out, reason)
    return _from_rank_sums(rank_sums, part, tied, float(ties.sum()), leave_out)


def kendalls_w_from_rank_sums(
    rank_sums: npt.ArrayLike, *, experts: int, tie_term: float = 0.0
) -> KendallsW:
    """Recompute W from the rank sums that a paper or a database gives.

    rank_sums : sum over experts of each item's rank, shape (items,).
    experts : how many ranked all of them.
    tie_term : sum over experts of t^3 - t over their groups of t equal ratings; 0 without ties.

    Returns KendallsW (tied_experts is unknown here and given as 0).

    Raises ValueError when the sums do not add up to what ``experts`` rankings make, and when W
    would be above 1: then the ties were not averaged, or the tie term does not belong to these
    sums.
    Undefined: as for ``kendalls_w``.
    """
    sums = np.asarray(rank_sums, dtype=np.float64)
    if sums.ndim != 1 or not np.isfinite(sums).all():
        raise ValueError(f"rank sums are one finite number per item, not {rank_sums!r}")
    if experts < 0 or tie_term < 0:
        raise ValueError(f"{experts} experts with a tie term of {tie_term:g} cannot be")
    items = sums.size
    part = CompletePanel(np.empty((experts, items)), 0, 0, None)
    reason = _too_few(experts, items)
    if reason is None:
        due = experts * items * (items + 1) / 2
        if abs(float(sums.sum()) - due) > _ROUNDING * due:
            raise ValueError(
                f"the rank sums add up to {sums.sum():g}; {experts} rankings of {items} items"
                f" make {due:g}"
            )
        if tie_term >= experts * (items**3 - items):
            reason = ALL_TIED
    if reason is not None:
        return _undefined_w(part, 0, tie_term, "experts", reason)
    return _from_rank_sums(sums, part, 0, tie_term, "experts")


def friedman(ratings: npt.ArrayLike, *, leave_out: LeftOut = "experts") -> Friedman:
    """Test whether the panel ranks some item above another, or whether all orders are random.

    Inputs, missing ratings and undefined outcomes are those of ``kendalls_w``, of which this is the
    test: statistic = experts x (items - 1) x W, corrected for ties. Full ties, where scipy 1.17
    gives NaN, are undefined with the reason.

    Source: Friedman M. J Am Stat Assoc 1937;32:675-701.
    Checked against scipy 1.17 friedmanchisquare.
    """
    found = kendalls_w(ratings, leave_out=leave_out)
    return Friedman(
        statistic=found.chi_squared,
        df=found.df,
        p=found.p_chi_squared,
        experts=found.experts,
        items=found.items,
        experts_left_out=found.experts_left_out,
        items_left_out=found.items_left_out,
        reason=found.reason,
    )


def permutation_test(
    ratings: npt.ArrayLike,
    *,
    seed: int,
    draws: int = 9_999,
    leave_out: LeftOut = "experts",
) -> PermutationTest:
    """Give the p-value of W without leaning on a large panel.

    Answers "could experts who order the items at random agree this much?" by shuffling each
    expert's own ranks, ties and all. All arrangements are counted where that is quick (10 experts
    with 4 items, 5 with 5), otherwise ``draws`` random ones.

    ratings, leave_out : as for ``kendalls_w``.
    seed : of numpy's default generator; recorded in the result.
    draws : at least 1; at 9,999 a p of 0.05 has a standard error of 0.002.

    Returns PermutationTest.

    Raises ValueError for fewer than 1 draw.
    Undefined: as for ``kendalls_w``.

    Method
        Exact: shuffling makes the items exchangeable, so the distribution of the *sorted* rank
        sums is built up expert by expert. Drawn: p = (1 + arrangements with W at least as large)
        / (1 + draws). Ranks are doubled to whole numbers, so "at least as large" is exact.

    Source: Legendre P. J Agric Biol Environ Stat 2005;10:226-45; Phipson B, Smyth GK. Stat Appl
        Genet Mol Biol 2010;9:39 for the 1 + in the drawn p.
    Checked against: complete enumeration, and Friedman's exact tables (3 items: chi-squared 6 with
        3 experts p .028, 6.5 with 4 experts p .042).
    """
    if draws < 1:
        raise ValueError(f"a permutation test needs at least 1 draw, not {draws}")
    found = kendalls_w(ratings, leave_out=leave_out)
    if found.reason is not None:
        return PermutationTest(None, None, 0, None, found.reason)
    ranked, ties = _ranked(complete_part(ratings, leave_out=leave_out).ratings)
    # An expert without an order adds the same to every item, however shuffled.
    ordering = ties < found.items**3 - found.items
    doubled = np.rint(2 * ranked[ordering]).astype(np.int64)
    exact = _exact_tail(doubled)
    if exact is not None:
        return PermutationTest(exact, "exact", 0, None, None)
    return PermutationTest(_drawn_tail(doubled, seed, draws), "drawn", draws, seed, None)


def kendalls_w_interval(
    ratings: npt.ArrayLike,
    *,
    seed: int,
    draws: int = DRAWS,
    confidence: float = 0.95,
    leave_out: LeftOut = "experts",
    progress: Progress | None = None,
) -> ResampledInterval:
    """Say how far W might move had other experts of the same kind been asked.

    ratings, leave_out : as for ``kendalls_w``; the items are taken as given.
    seed, draws : of the bootstrap; both recorded in the result.
    confidence : between 0 and 1.
    progress : called as ``progress(done, draws)`` after every block of resamples.

    Returns ResampledInterval, limits within 0..1.

    Raises ValueError for fewer than 1 draw or a confidence outside 0..1.
    Undefined: as for ``kendalls_w``.

    Method
        Complete experts are drawn with replacement and percentiles taken (W is lattice-valued on
        small panels, which makes bias-corrected intervals erratic). An expert drawn twice agrees
        with the copy by construction; counted as agreement this shifts the whole interval upwards
        by about (1 - r)/m, enough at 11 experts to leave W itself outside. So pairs of an expert
        with a copy are left out: each resample averages the rank covariance over pairs of
        different experts, and W follows as (1 + (m - 1) times the average) / m.

    Source: Efron B, Tibshirani RJ. An Introduction to the Bootstrap, 1993, chapter 13. Leaving out
        the copies is ours.
    Checked against: the same resampling written as a loop; coverage by simulation, see
        docs/statistics.md.
    """
    check_draws(draws, confidence)
    found = kendalls_w(ratings, leave_out=leave_out)
    if found.reason is not None:
        return undefined_interval("experts", confidence, draws, seed, found.reason)
    ranked, _ = _ranked(complete_part(ratings, leave_out=leave_out).ratings)
    values = _resampled_w(ranked - (found.items + 1) / 2, seed, draws, progress)
    return percentile_interval(
        np.clip(values, 0.0, 1.0),
        confidence=confidence,
        over="experts",
        seed=seed,
        reason_when_empty=NO_DRAW_WITH_TWO,
    )


def average_rank_correlation(
    ratings: npt.ArrayLike, *, leave_out: LeftOut = "experts"
) -> RankCorrelation:
    """Average Spearman's rank correlation over all pairs of experts.

    Answers "how alike are two experts' orders, on average?". Unlike W it does not depend on the
    number of experts: two unrelated orders give 0, not 1/2.

    Inputs and missing ratings as for ``kendalls_w``. An expert who gave all items the same rating
    correlates with nobody and is left out, with the count in the result.

    Returns RankCorrelation.
    Undefined: nobody rated, nobody complete, one item, fewer than two experts with an order.

    Method: every expert's ranks are standardised; the average over pairs follows from the length
    of their sum, without forming the pairs. Without ties it equals (m W - 1) / (m - 1).

    Source: Kendall MG, Gibbons JD. Rank Correlation Methods, 5th ed., 1990.
    Checked against: scipy 1.17 spearmanr, averaged over pairs.
    """
    part = complete_part(ratings, leave_out=leave_out)
    experts, items = part.ratings.shape
    ranked, ties = _ranked(part.ratings)
    ordering = ties < items**3 - items
    tied = experts - int(np.count_nonzero(ordering))
    used = experts - tied
    reason = part.reason or (ONE_ITEM if items < 2 else None)
    if reason is None and used < 2:
        reason = NO_SECOND_RANKING
    if reason is not None:
        value = None
    else:
        centred = ranked[ordering] - (items + 1) / 2
        unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
        together = unit.sum(axis=0)
        value = (float(together @ together) - used) / (used * (used - 1))
        value = min(1.0, max(-1.0, value))
    return RankCorrelation(
        value=value,
        experts=used,
        tied_experts=tied,
        items=items,
        experts_left_out=part.experts_left_out,
        items_left_out=part.items_left_out,
        reason=reason,
    )


def cronbach_alpha(
    ratings: npt.ArrayLike, *, confidence: float = 0.95, leave_out: LeftOut = "experts"
) -> CronbachAlpha:
    """Measure how reliably the panel's mean tells the items apart.

    Some Delphi reports call this the homogeneity of the panel. It answers "would the mean ratings
    of another panel like this one go up and down with ours?". It is not a measure of consensus;
    ``note`` in the result says why and belongs beside the number.

    Inputs and missing ratings as for ``kendalls_w``.

    Returns CronbachAlpha; negative values are legal.

    Raises ValueError for a confidence outside 0..1.
    Undefined: nobody rated, nobody complete, one expert, one item, all items with the same total.

    Method: alpha = m/(m - 1) x (1 - sum of the experts' variances over items / variance of the
    items' totals), which is ICC(C,k). Interval: 1 - (1 - alpha) F, F on items - 1 and
    (items - 1)(experts - 1) degrees of freedom.

    Source: Cronbach LJ. Psychometrika 1951;16:297-334. Feldt LS. Psychometrika 1965;30:357-70.
        In Delphi: Graham B, Regehr G, Wright JG. J Clin Epidemiol 2003;56:1150-6.
    Checked against: pingouin 0.7 cronbach_alpha.
    """
    check_confidence(confidence)
    part = complete_part(ratings, leave_out=leave_out)
    experts, items = part.ratings.shape
    reason = part.reason or _too_few(experts, items)
    alpha = lower = upper = interval_reason = None
    if reason is None:
        # Centring changes no variance and keeps a large common level from eating digits.
        centred = part.ratings - part.ratings.mean(axis=1, keepdims=True)
        of_totals = float(np.square(centred.sum(axis=0)).sum())
        of_experts = float(np.square(centred).sum())
        if of_totals <= 1e-12 * of_experts or of_experts == 0:
            reason = TOTALS_EQUAL
        else:
            alpha = experts / (experts - 1) * (1 - of_experts / of_totals)
    if alpha is None:
        interval_reason = reason
    else:
        from scipy import special

        df1, df2 = items - 1, (items - 1) * (experts - 1)
        tail = (1 - confidence) / 2
        lower = 1 - (1 - alpha) * float(special.fdtri(df1, df2, 1 - tail))
        upper = 1 - (1 - alpha) * float(special.fdtri(df1, df2, tail))
    return CronbachAlpha(
        alpha=alpha,
        lower=lower,
        upper=upper,
        confidence=confidence,
        experts=experts,
        items=items,
        experts_left_out=part.experts_left_out,
        items_left_out=part.items_left_out,
        note=ALPHA_NOTE,
        reason=reason,
        interval_reason=interval_reason,
    )


def percentile_interval(
    values: FloatArray,
    *,
    confidence: float,
    over: DrawnOver,
    seed: int,
    reason_when_empty: str,
) -> ResampledInterval:
    """Take the percentile interval of resampled values, NaN marking a resample without one.

    The limits are quantiles by linear interpolation (R type 7).
    """
    defined = values[~np.isnan(values)]
    if defined.size == 0:
        return undefined_interval(over, confidence, values.size, seed, reason_when_empty)
    tail = (1 - confidence) / 2
    lower, upper = np.quantile(defined, (tail, 1 - tail), method="linear")
    return ResampledInterval(
        lower=float(lower),
        upper=float(upper),
        confidence=confidence,
        over=over,
        draws=values.size,
        seed=seed,
        usable=defined.size,
        reason=None,
    )


def undefined_interval(
    over: DrawnOver, confidence: float, draws: int, seed: int, reason: str
) -> ResampledInterval:
    """The interval of a number that is undefined itself, or in every resample."""
    return ResampledInterval(None, None, confidence, over, draws, seed, 0, reason)


def resampling_weights(
    seed: int, *, units: int, draws: int, progress: Progress | None = None
) -> Iterator[FloatArray]:
    """Draw how often each of ``units`` is in each resample, some resamples at a time.

    Yields arrays of shape (some resamples, units) whose rows add up to ``units``; tells
    ``progress`` when the caller comes back for more.
    """
    chance = np.random.default_rng(seed)
    at_once = max(1, _BLOCK // units)
    for first in range(0, draws, at_once):
        rows = min(at_once, draws - first)
        drawn = chance.integers(units, size=(rows, units))
        drawn += np.arange(rows)[:, np.newaxis] * units
        often = np.bincount(drawn.ravel(), minlength=rows * units)
        yield often.reshape(rows, units).astype(np.float64)
        if progress is not None:
            progress(first + rows, draws)


def check_confidence(confidence: float) -> None:
    """Raise ValueError unless the confidence lies between 0 and 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")


def check_draws(draws: int, confidence: float) -> None:
    """Raise ValueError unless these settings make a bootstrap interval."""
    check_confidence(confidence)
    if draws < 1:
        raise ValueError(f"{draws} draws are no bootstrap")


def _too_few(experts: int, items: int) -> str | None:
    if items < 2:
        return ONE_ITEM if items else panel.NOBODY_RATED
    if experts < 2:
        return ONE_EXPERT if experts else panel.NOBODY_RATED
    return None


def _ranked(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """Mean ranks within rows, and per row the sum of t^3 - t over its groups of t ties."""
    found = np.empty(values.shape)
    ties = np.zeros(len(values), dtype=np.int64)
    for rows in _rows_at_a_time(values):
        found[rows], ties[rows] = _ranked_block(values[rows])
    return found, ties


def _rank_sums(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """Sum of ranks per item and ties per expert, without keeping the ranks."""
    sums = np.zeros(values.shape[1])
    ties = np.zeros(len(values), dtype=np.int64)
    for rows in _rows_at_a_time(values):
        ranked, ties[rows] = _ranked_block(values[rows])
        sums += ranked.sum(axis=0)
    return sums, ties


def _rows_at_a_time(values: FloatArray) -> Iterator[slice]:
    experts, items = values.shape
    at_once = max(1, _RANKED_AT_ONCE // max(1, items))
    for first in range(0, experts if items else 0, at_once):
        yield slice(first, first + at_once)


def _ranked_block(values: FloatArray) -> tuple[FloatArray, IntArray]:
    columns = values.shape[1]
    order = np.argsort(values, axis=1)
    ascending = np.take_along_axis(values, order, axis=1)
    place = np.broadcast_to(np.arange(columns), values.shape)
    opens = np.ones(values.shape, dtype=np.bool_)
    np.not_equal(ascending[:, 1:], ascending[:, :-1], out=opens[:, 1:])
    closes = np.ones(values.shape, dtype=np.bool_)
    closes[:, :-1] = opens[:, 1:]
    first = np.maximum.accumulate(np.where(opens, place, 0), axis=1)
    last = np.minimum.accumulate(np.where(closes, place, columns)[:, ::-1], axis=1)[:, ::-1]
    found = np.empty(values.shape)
    np.put_along_axis(found, order, (first + last) / 2 + 1, axis=1)
    # Each of the t members of a group adds t^2 - 1, together t^3 - t.
    ties = (np.square(last - first + 1) - 1).sum(axis=1, dtype=np.int64)
    return found, ties


def _undefined_w(
    part: CompletePanel, tied: int, tie_term: float, left_out: LeftOut, reason: str
) -> KendallsW:
    experts, items = part.ratings.shape
    return KendallsW(
        w=None,
        experts=experts,
        items=items,
        experts_left_out=part.experts_left_out,
        items_left_out=part.items_left_out,
        tied_experts=tied,
        mean_ranks=(),
        tie_term=tie_term,
        chi_squared=None,
        df=None,
        p_chi_squared=None,
        f=None,
        df1=None,
        df2=None,
        p_f=None,
        average_rank_correlation=None,
        left_out=left_out,
        reason=reason,
        f_reason=reason,
    )


def _from_rank_sums(
    rank_sums: FloatArray, part: CompletePanel, tied: int, tie_term: float, left_out: LeftOut
) -> KendallsW:
    from scipy import special

    m, k = part.ratings.shape
    spread = float(np.square(rank_sums - rank_sums.mean()).sum())
    w = 12 * spread / (m * m * (k**3 - k) - m * tie_term)
    if w > 1 + _ROUNDING:
        raise ValueError(
            f"W would be {w:.4f}: these rank sums and this tie term do not belong together"
        )
    w = min(w, 1.0)
    chi_squared = m * (k - 1) * w
    df1 = k - 1 - 2 / m
    f_reason = NO_DEGREES_OF_FREEDOM if df1 <= 0 else None
    if f_reason is None and 1 - w <= _ROUNDING:
        f_reason = COMPLETE_CONCORDANCE
    f = None if f_reason else (m - 1) * w / (1 - w)
    return KendallsW(
        w=w,
        experts=m,
        items=k,
        experts_left_out=part.experts_left_out,
        items_left_out=part.items_left_out,
        tied_experts=tied,
        mean_ranks=tuple(float(rank) for rank in rank_sums / m),
        tie_term=tie_term,
        chi_squared=chi_squared,
        df=k - 1,
        p_chi_squared=float(special.chdtrc(k - 1, chi_squared)),
        f=f,
        df1=None if f is None else df1,
        df2=None if f is None else (m - 1) * df1,
        p_f=None if f is None else float(special.fdtrc(df1, (m - 1) * df1, f)),
        average_rank_correlation=(m * w - 1) / (m - 1),
        left_out=left_out,
        reason=None,
        f_reason=f_reason,
    )


def _exact_tail(doubled: IntArray) -> float | None:
    """Share of all arrangements whose rank sums spread at least as far; None when too many."""
    experts, items = doubled.shape
    base = int(2 * items * experts) + 1
    if items * np.log2(base) >= 63:
        return None
    radix = base ** np.arange(items, dtype=np.int64)
    observed = int(np.square(doubled.sum(axis=0)).sum())
    # The first expert may keep one arrangement: every other only renames the items.
    sums = np.sort(doubled[:1], axis=1)
    share: FloatArray = np.ones(1)
    for row in doubled[1:]:
        arrangements = _arrangements(np.sort(row), _EXACT_STATES // len(sums))
        if arrangements is None:
            return None
        grown = (sums[:, np.newaxis, :] + arrangements).reshape(-1, items)
        grown.sort(axis=1)
        _, at, back = np.unique(grown @ radix, return_index=True, return_inverse=True)
        each = np.repeat(share / len(arrangements), len(arrangements))
        share = np.bincount(back, weights=each).astype(np.float64)
        sums = grown[at]
    return min(1.0, float(share[np.square(sums).sum(axis=1) >= observed].sum()))


def _arrangements(sorted_row: IntArray, most: int) -> IntArray | None:
    """All different orders of a row with ties, shape (orders, items); None above ``most``."""
    found = np.empty((1, 0), dtype=np.int64)
    values, counts = np.unique(sorted_row, return_counts=True)
    left = counts[np.newaxis, :]
    for _ in range(sorted_row.size):
        row, value = np.nonzero(left)
        if len(row) > most:
            return None
        found = np.column_stack([found[row], values[value]])
        left = left[row]
        left[np.arange(len(row)), value] -= 1
    return found


def _drawn_tail(doubled: IntArray, seed: int, draws: int) -> float:
    chance = np.random.default_rng(seed)
    observed = int(np.square(doubled.sum(axis=0)).sum())
    at_once = max(1, _BLOCK // doubled.size)
    hits = 0
    for first in range(0, draws, at_once):
        rows = min(at_once, draws - first)
        shuffled = chance.permuted(np.broadcast_to(doubled, (rows, *doubled.shape)), axis=2)
        spread = np.square(shuffled.sum(axis=1)).sum(axis=1)
        hits += int(np.count_nonzero(spread >= observed))
    return (1 + hits) / (1 + draws)


def _resampled_w(
    centred: FloatArray, seed: int, draws: int, progress: Progress | None
) -> FloatArray:
    """W of every resample of experts, copies not paired with each other; NaN where undefined."""
    m = len(centred)
    own = np.square(centred).sum(axis=1)
    found = []
    for often in resampling_weights(seed, units=m, draws=draws, progress=progress):
        together = np.square(often @ centred).sum(axis=1)
        twice = np.square(often)
        between = together - twice @ own
        pairs = m * m - twice.sum(axis=1)
        within = often @ own / m
        defined = (pairs > 0) & (within > 0)
        correlation = np.divide(
            between, pairs * within, out=np.full(len(often), np.nan), where=defined
        )
        found.append((1 + (m - 1) * correlation) / m)
    return np.concatenate(found)
