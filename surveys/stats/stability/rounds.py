"""Three rounds and more: a steady trend, any difference, and a share that differs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import numpy.typing as npt

from surveys.stats.ratings import BoolArray, FloatArray, IntArray, ScalePoints, checked
from surveys.stats.stability.moves import checked_region
from surveys.stats.stability.reasons import (
    NO_CHANGE_OVER_ROUNDS,
    NO_COMPLETE_RATER,
    NOBODY_CHANGED_SIDES,
    Reasons,
    first_reason,
)
from surveys.stats.stability.signed_rank import EXACT_UP_TO
from surveys.stats.stability.tails import chi_square_tail, upper_normal


@dataclass(frozen=True, slots=True, eq=False)
class PageTrend:
    """Page's test for ordered rounds; shape (items,).

    complete : experts who rated in every round. statistic : Page's L; NaN where undefined.
    p_rising, p_falling : one-sided p-values. exact : whether they were counted.
    """

    complete: IntArray
    statistic: FloatArray
    p_rising: FloatArray
    p_falling: FloatArray
    exact: BoolArray
    reasons: Reasons


@dataclass(frozen=True, slots=True, eq=False)
class RoundsTest:
    """Cochran's Q or Friedman's test over rounds; shape (items,); as `ChiSquareTest`."""

    complete: IntArray
    statistic: FloatArray
    df: int
    p: FloatArray
    reasons: Reasons


def page_trend(rounds: Sequence[npt.ArrayLike], *, exact_up_to: int = EXACT_UP_TO) -> PageTrend:
    """Test whether ratings rise (or fall) steadily over three or more rounds (Page).

    rounds : the rounds in time order, each of shape (experts, items) or (experts,); NaN missing.
        Only experts who rated the item in every round take part.
    exact_up_to : largest number of such experts for which the distribution is counted; it is
        counted for at most five rounds.

    Returns PageTrend, with one p-value for each direction: say beforehand which you will read.

    Raises ValueError for fewer than three rounds, or rounds of different shapes.

    Undefined: `NO_COMPLETE_RATER`; `NO_CHANGE_OVER_ROUNDS` where nobody changed.

    Method
        L = sum over rounds t of t * R_t, with R_t the sum of the experts' ranks of round t, ties
        averaged. Exact: given the ratings, each expert's could have come in any order, all
        equally likely; the distribution of L is the convolution of the experts' own. Otherwise
        normal, with each expert's variance computed from their own (tied) ranks, without
        continuity correction.

    Source
        Page EB. J Am Stat Assoc 1963;58:216-30.

    Checked against: scipy 1.17.1 ``page_trend_test`` (exact and asymptotic, ranks without ties);
    with ties, all orders written out.
    """
    centred, complete = _centred_ranks(rounds)
    count = centred.shape[0]
    time = np.arange(1, count + 1, dtype=np.float64)
    n = complete.sum(axis=0)
    surplus = np.einsum("t,tej->j", time, centred)
    total = surplus + n * count * (count + 1) ** 2 / 4.0
    spread_of_time = ((time - time.mean()) ** 2).sum()
    variance = (centred**2).sum(axis=(0, 1)) * spread_of_time / (count - 1)
    z = np.full(n.shape, np.nan)
    np.divide(surplus, np.sqrt(variance), out=z, where=variance > 0)
    rising, falling = upper_normal(z), upper_normal(-z)
    exact = (variance > 0) & (n <= exact_up_to) & (count <= 5)
    for item in np.nonzero(exact)[0]:
        ranks = centred[:, complete[:, item], item].T + (count + 1) / 2.0
        rising[item], falling[item] = _exact_page(ranks, float(total[item]))
    return PageTrend(
        complete=n,
        statistic=np.where(variance > 0, total, np.nan),
        p_rising=rising,
        p_falling=falling,
        exact=exact,
        reasons=_rounds_reasons(n, variance > 0),
    )


def friedman_over_rounds(rounds: Sequence[npt.ArrayLike]) -> RoundsTest:
    """Test whether ratings of one item differ between three or more rounds, in any direction.

    rounds : as in `page_trend`; only experts who rated in every round take part.

    Returns RoundsTest, with the number of rounds less one as degrees of freedom. Stable reads as
    p not small.

    Raises ValueError and is undefined as `page_trend`.

    Method: Friedman's chi-square with ties.

    Source
        Friedman M. J Am Stat Assoc 1937;32:675-701.

    Checked against: scipy 1.17.1 ``friedmanchisquare``.
    """
    centred, complete = _centred_ranks(rounds)
    count = centred.shape[0]
    n = complete.sum(axis=0)
    within = (centred**2).sum(axis=(0, 1))
    between = (centred.sum(axis=1) ** 2).sum(axis=0)
    statistic = np.full(n.shape, np.nan)
    np.divide((count - 1) * between, within, out=statistic, where=within > 0)
    df = np.full(n.shape, count - 1, dtype=np.int64)
    return RoundsTest(
        complete=n,
        statistic=statistic,
        df=count - 1,
        p=chi_square_tail(statistic, df),
        reasons=_rounds_reasons(n, within > 0),
    )


def cochran_q(
    rounds: Sequence[npt.ArrayLike], *, points: ScalePoints, inside: npt.ArrayLike
) -> RoundsTest:
    """Test whether the share of experts inside a region differs between three or more rounds.

    rounds : as in `page_trend`; only experts who rated in every round take part.
    points : the scale. inside : for each of its points whether it lies in the region.

    Returns RoundsTest, with the number of rounds less one as degrees of freedom. Stable reads as
    p not small.

    Raises ValueError for a rating off the scale, and as `page_trend`.

    Undefined: `NO_COMPLETE_RATER`; `NOBODY_CHANGED_SIDES` where no expert changed sides.

    Source
        Cochran WG. Biometrika 1950;37:256-66.

    Checked against: statsmodels 0.15 ``cochrans_q``.
    """
    region = checked_region(inside, points)
    layers, complete = _complete(rounds)
    values = layers[:, complete]
    if not points.on(values).all():
        wrong = values[~points.on(values)][0]
        raise ValueError(f"rating {wrong:g} is not a point of the scale {points}")
    yes = np.zeros(layers.shape)
    yes[:, complete] = region[np.rint((values - points.lowest) / points.step).astype(np.intp)]
    count = layers.shape[0]
    n = complete.sum(axis=0)
    per_round, per_expert = yes.sum(axis=1), yes.sum(axis=0)
    left_over = (per_expert * (count - per_expert)).sum(axis=0)
    apart = count * (per_round**2).sum(axis=0) - per_round.sum(axis=0) ** 2
    statistic = np.full(n.shape, np.nan)
    np.divide((count - 1) * apart, left_over, out=statistic, where=left_over > 0)
    df = np.full(n.shape, count - 1, dtype=np.int64)
    return RoundsTest(
        complete=n,
        statistic=statistic,
        df=count - 1,
        p=chi_square_tail(statistic, df),
        reasons=_rounds_reasons(n, left_over > 0, NOBODY_CHANGED_SIDES),
    )


def _exact_page(ranks: FloatArray, found: float) -> tuple[float, float]:
    """P(L >= found) and P(L <= found) when each expert's ranks could come in any order."""
    count = ranks.shape[1]
    time = np.arange(1, count + 1)
    distribution = np.ones(1)
    start = 0
    # Experts with the same ties have the same distribution; twice a mid-rank is a whole number.
    kinds, sizes = np.unique(np.sort(2 * ranks, axis=1), axis=0, return_counts=True)
    for kind, size in zip(kinds, sizes.tolist(), strict=True):
        sums = [int(np.dot(time, order)) for order in permutations(kind.astype(np.int64).tolist())]
        lowest = min(sums)
        own = np.bincount(np.array(sums) - lowest) / len(sums)
        for _ in range(size):
            distribution = np.convolve(distribution, own)
            start += lowest
    at = round(2 * found) - start
    return float(distribution[at:].sum()), float(distribution[: at + 1].sum())


def _centred_ranks(rounds: Sequence[npt.ArrayLike]) -> tuple[FloatArray, BoolArray]:
    """Each complete expert's ranks of the rounds, ties averaged, less their mean; 0 for others.

    Ranks have the shape (rounds, experts, items), who is complete (experts, items).
    """
    layers, complete = _complete(rounds)
    centred = np.zeros(layers.shape)
    # A rank less the mean rank is half the difference of the rounds below and above it.
    for one in range(layers.shape[0]):
        for other in range(layers.shape[0]):
            centred[one] += 0.5 * np.sign(layers[one] - layers[other])
    return np.where(complete, centred, 0.0), complete


def _complete(rounds: Sequence[npt.ArrayLike]) -> tuple[FloatArray, BoolArray]:
    layers = [checked(ratings) for ratings in rounds]
    if len(layers) < 3:
        raise ValueError(f"a trend needs three rounds or more, not {len(layers)}")
    shapes = {layer.shape for layer in layers}
    if len(shapes) > 1:
        raise ValueError(f"the rounds have different shapes: {sorted(shapes)}")
    stacked = np.stack(layers)
    complete = np.logical_not(np.isnan(stacked).any(axis=0))
    return stacked, complete


def _rounds_reasons(n: IntArray, varied: BoolArray, same: str = NO_CHANGE_OVER_ROUNDS) -> Reasons:
    return first_reason((n == 0, NO_COMPLETE_RATER), (~varied, same))
