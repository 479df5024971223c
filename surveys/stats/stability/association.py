"""Did each expert keep their place? Weighted kappa and rank correlations of two rounds."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from surveys.stats import resampling
from surveys.stats.ratings import BoolArray, FloatArray
from surveys.stats.reliability.two_ratings import disagreement
from surveys.stats.resampling import DRAWS, BootstrapIntervals, Progress
from surveys.stats.stability.reasons import (
    NO_PAIRS,
    ONE_PAIR,
    ONE_POINT_USED,
    Reasons,
    first_reason,
    round_unanimous,
)
from surveys.stats.transitions import TransitionTables


@dataclass(frozen=True, slots=True, eq=False)
class RankCorrelation:
    """Correlation of earlier and later ratings; shape (items,), in -1..1, NaN where undefined."""

    spearman: FloatArray
    kendall_tau_b: FloatArray
    reasons: Reasons


@dataclass(frozen=True, slots=True, eq=False)
class WeightedKappa:
    """Weighted kappa of earlier and later ratings; shape (items,).

    kappa : at most 1; NaN where undefined. one_round_unanimous : where kappa is 0 by construction,
        however many kept their rating. reasons : why undefined, or None.
    """

    kappa: FloatArray
    one_round_unanimous: BoolArray
    reasons: Reasons


def rank_correlation(tables: TransitionTables) -> RankCorrelation:
    """Say how well the order of the experts was kept: Spearman's rho and Kendall's tau-b.

    Blind to a shift of everybody: if each expert goes one point up, both are 1. Read them beside
    the share unchanged.

    tables : `TransitionTables` of two rounds.

    Returns RankCorrelation.

    Undefined: where a round is unanimous there is no order to keep (`EARLIER_UNANIMOUS`,
    `LATER_UNANIMOUS`, `EACH_ROUND_UNANIMOUS`), with one pair `ONE_PAIR`, without any
    `transitions.NO_PAIRS`.

    Method: ranks with ties averaged; rho is their product-moment correlation, tau-b the surplus
    of concordant over discordant pairs of experts against the geometric mean of the pairs not
    tied in the one and in the other round. All sums are whole numbers.

    Source
        Spearman C. Am J Psychol 1904;15:72-101. Kendall MG. Biometrika 1945;33:239-51.

    Checked against: scipy 1.17.1 ``spearmanr`` and ``kendalltau``.
    """
    # Float64 holds these whole numbers exactly up to some 200,000 experts, and to 16 digits beyond.
    counts = tables.counts.astype(np.float64)
    n = counts.sum(axis=(1, 2))
    first, second = counts.sum(axis=2), counts.sum(axis=1)

    # Twice the mid-rank, less its mean n + 1: whole, and centred already.
    centred = [
        2 * (np.cumsum(margin, axis=1) - margin) + margin - n[:, np.newaxis]
        for margin in (first, second)
    ]
    together = np.einsum("jab,ja,jb->j", counts, centred[0], centred[1])
    alone = [
        (margin * rank**2).sum(axis=1)
        for margin, rank in zip((first, second), centred, strict=True)
    ]
    product = alone[0] * alone[1]
    spearman = np.full(n.shape, np.nan)
    np.divide(together, np.sqrt(product), out=spearman, where=product > 0)

    below = np.cumsum(np.cumsum(counts, axis=1), axis=2)
    concordant_with = np.zeros_like(counts)
    concordant_with[:, 1:, 1:] = below[:, :-1, :-1]
    discordant_with = np.zeros_like(counts)
    to_the_right = below[:, :, -1:] - below
    discordant_with[:, 1:, :] = to_the_right[:, :-1, :]
    surplus = (counts * (concordant_with - discordant_with)).sum(axis=(1, 2))
    untied = [n * (n - 1) / 2 - (m * (m - 1) / 2).sum(axis=1) for m in (first, second)]
    tau = np.full(n.shape, np.nan)
    product = untied[0] * untied[1]
    np.divide(surplus, np.sqrt(product), out=tau, where=product > 0)

    reasons = tuple(
        ONE_PAIR if pairs == 1 else why
        for why, pairs in zip(round_unanimous(tables), n.tolist(), strict=True)
    )
    return RankCorrelation(spearman, tau, reasons)


def weighted_kappa(
    tables: TransitionTables,
    *,
    weights: Literal["quadratic", "linear", "identity"] | npt.ArrayLike = "quadratic",
) -> WeightedKappa:
    """Say how far experts kept their rating, beyond what their two distributions give by chance.

    Read it as a trend over rounds beside the share unchanged, without verbal labels: it falls as
    a panel converges, because there is less left to agree on beyond chance.

    tables : `TransitionTables`; every point of the scale counts, used or not.
    weights : how grave a move is. "quadratic" (square of the steps; kappa is then an intraclass
        correlation), "linear" (steps), "identity" (any move is one move: Cohen's unweighted
        kappa), or gravities of your own, shape (c, c), not negative, 0 for keeping the rating.

    Returns WeightedKappa.

    Raises ValueError for another name, and for gravities that are not such a table.

    Undefined: `ONE_POINT_USED` where all ratings of both rounds are equal, so that chance
    alone gives full agreement; `transitions.NO_PAIRS` without pairs. Where only one round is
    unanimous kappa is exactly 0, however many kept their rating: ``one_round_unanimous`` says so.

    Method: 1 - n * sum v_ab n_ab / sum v_ab r_a c_b, with v the gravity of moving from a to b and
    r, c the margins; whole numbers for the named weights.

    Source
        Cohen J. Psychol Bull 1968;70:213-20. Fleiss JL, Cohen J. Educ Psychol Meas 1973;33:613-9.

    Checked against: Cohen's table 1, .492 .348 .574 .353;
    statsmodels 0.15 ``cohens_kappa``.
    """
    counts = tables.counts
    found = disagreement(counts, _gravity(weights, tables.points.count))
    points_used = [np.count_nonzero(counts.sum(axis=axis), axis=1) for axis in (2, 1)]
    by_chance = found.due > 0
    reasons = first_reason((tables.pairs == 0, NO_PAIRS), (~by_chance, ONE_POINT_USED))
    unanimous: BoolArray = ((points_used[0] == 1) | (points_used[1] == 1)) & by_chance
    return WeightedKappa(found.kappa, unanimous, reasons)


def weighted_kappa_interval(
    tables: TransitionTables,
    *,
    seed: int,
    weights: Literal["quadratic", "linear", "identity"] | npt.ArrayLike = "quadratic",
    draws: int = DRAWS,
    confidence: float = 0.95,
    progress: Progress | None = None,
) -> BootstrapIntervals:
    """Give weighted kappa a percentile interval by drawing experts with both their ratings.

    Below some 40 experts such an interval covers less than it says (Klar 2002 found about 83 %
    for 95 % with 20 units, for two categories): read it as rough.

    Arguments as in `weighted_kappa` and ``resampling.bootstrap_transitions``.

    Undefined: no interval where kappa is undefined, nor where one round is unanimous: kappa is
    then 0 in every resample, which says nothing about precision.

    Source: Klar N, Lipsitz SR, Parzen M, Leong T. J Stat Plan Inference 2002.
    """
    found = resampling.bootstrap_transitions(
        tables,
        lambda drawn: weighted_kappa(drawn, weights=weights).kappa,
        seed=seed,
        draws=draws,
        confidence=confidence,
        progress=progress,
    )
    by_construction = weighted_kappa(tables, weights=weights).one_round_unanimous
    found.lower[by_construction] = np.nan
    found.upper[by_construction] = np.nan
    return found


def _gravity(weights: object, width: int) -> npt.NDArray[np.number]:
    steps = np.abs(np.arange(width)[:, np.newaxis] - np.arange(width)[np.newaxis, :])
    named = {"quadratic": steps**2, "linear": steps, "identity": np.minimum(steps, 1)}
    if isinstance(weights, str):
        if weights not in named:
            raise ValueError(f"weights are {', '.join(named)} or a table, not {weights!r}")
        chosen: npt.NDArray[np.number] = named[weights]
        return chosen
    gravity = np.asarray(weights, dtype=np.float64)
    right = gravity.shape == (width, width) and bool((gravity >= 0).all())
    if not right or np.diagonal(gravity).any() or not gravity.any():
        raise ValueError(
            f"gravities of moves are a {width} x {width} table from 0 on, 0 on its diagonal only,"
            f" not {gravity.tolist()}"
        )
    return gravity
