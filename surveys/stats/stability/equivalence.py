"""Has it stopped changing? Equivalence within a margin, which needs evidence for stability."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats import resampling
from surveys.stats.counts import CountTable
from surveys.stats.ratings import BoolArray, FloatArray
from surveys.stats.resampling import DRAWS, Progress
from surveys.stats.stability.reasons import (
    NO_CHANGE,
    NO_PAIRS,
    ONE_PAIR,
    SAME_FOR_ALL,
    UNDEFINED_IN_A_ROUND,
    Reasons,
    first_reason,
)
from surveys.stats.transitions import TransitionTables, proportion_of


@dataclass(frozen=True, slots=True, eq=False)
class Equivalence:
    """Whether the change lies inside a margin fixed beforehand; shape (items,) throughout.

    change : later minus earlier, in the unit of the number compared; NaN where undefined.
    lower, upper : ends of its interval at ``confidence``; NaN where undefined.
    equivalent : whether both ends lie strictly inside plus or minus ``margin``. False also where
        undefined: nothing was shown.
    p : for `mean_equivalence`, the larger of the two one-sided p-values; None for the bootstrap.
    """

    change: FloatArray
    lower: FloatArray
    upper: FloatArray
    equivalent: BoolArray
    margin: float
    confidence: float
    p: FloatArray | None
    draws: int | None
    seed: int | None
    reasons: Reasons


def equivalence(
    tables: TransitionTables,
    number: Callable[[CountTable], npt.ArrayLike],
    *,
    margin: float,
    seed: int,
    confidence: float = 0.90,
    draws: int = DRAWS,
    progress: Progress | None = None,
) -> Equivalence:
    """Say whether a number of the panel has stopped changing, by a margin fixed beforehand.

    Answers "may we stop?". It needs evidence for stability; a wide interval is not equivalent.

    tables : `TransitionTables` of two rounds.
    number : what is compared: takes one round's CountTable and gives one float per item, such as
        a share in a band or ``centre.median``.
    margin : the largest change that does not matter, in the unit of that number; above 0.
    confidence : 0.90 gives the test at 5 % (two one-sided tests at 5 % each).
    draws, seed, progress : as in ``resampling.bootstrap_transitions``.

    Returns Equivalence; ``p`` is None.

    Raises ValueError for a margin that is not above 0.

    Undefined: where the number is undefined in a round, equivalence was not shown.

    Method: experts are drawn with both their ratings; equivalent if the percentile interval of
    later minus earlier lies inside plus or minus the margin. Medians jump by half points or more,
    so their interval is coarse: a share, or `mean_equivalence`, is the finer instrument. An item
    nobody moved on has the interval 0 to 0.

    Source
        Lakens D. Soc Psychol Personal Sci 2017;8:355-62. Efron and Tibshirani 1993.

    Checked against: row resampling of the pairs with ``numpy``.
    """
    _refuse_margin(margin)

    def change(drawn: TransitionTables) -> FloatArray:
        later = np.asarray(number(drawn.later), dtype=np.float64)
        earlier = np.asarray(number(drawn.earlier), dtype=np.float64)
        difference: FloatArray = later - earlier
        return difference

    found = resampling.bootstrap_transitions(
        tables, change, seed=seed, draws=draws, confidence=confidence, progress=progress
    )
    inside: BoolArray = (found.lower > -margin) & (found.upper < margin)
    reasons = first_reason(
        (tables.pairs == 0, NO_PAIRS),
        (np.isnan(found.estimate), UNDEFINED_IN_A_ROUND),
        (np.isnan(found.lower), resampling.NO_DRAW_DEFINED),
    )
    return Equivalence(
        change=found.estimate,
        lower=found.lower,
        upper=found.upper,
        equivalent=inside,
        margin=margin,
        confidence=confidence,
        p=None,
        draws=draws,
        seed=seed,
        reasons=reasons,
    )


def mean_equivalence(
    tables: TransitionTables, *, margin: float, alpha: float = 0.05
) -> Equivalence:
    """Say whether the mean rating changed by less than a margin fixed beforehand (TOST).

    tables : `TransitionTables` of two rounds.
    margin : the largest mean change that does not matter, in scale points; above 0. Half a point
        is a common choice.
    alpha : size of each of the two one-sided tests.

    Returns Equivalence; the interval has confidence 1 - 2 alpha and lies inside the margin exactly
    when ``p < alpha``.

    Raises ValueError for a margin that is not above 0 and an alpha outside (0, 0.5).

    Undefined: `ONE_PAIR`, `transitions.NO_PAIRS`. Where every expert's rating changed by the same
    amount (by 0 included) the differences have no variance: there is no p (`SAME_FOR_ALL` or
    `NO_CHANGE`), the interval is that amount, and it is equivalent if it lies inside the margin.

    Method: two one-sided paired t-tests against plus and minus the margin; p is the larger.

    Source
        Schuirmann DJ. J Pharmacokinet Biopharm 1987;15:657-80. Lakens 2017.

    Checked against: statsmodels 0.15 ``ttost_paired``.
    """
    _refuse_margin(margin)
    if not 0.0 < alpha < 0.5:
        raise ValueError(f"alpha {alpha} is not between 0 and 0.5")
    from scipy import special

    moved = tables.steps_moved
    step = tables.points.step
    change = (np.arange(moved.shape[1]) - (tables.points.count - 1)) * step
    n = tables.pairs.astype(np.float64)
    mean = proportion_of(moved @ change, n)
    squares = (moved * (change[np.newaxis, :] - mean[:, np.newaxis]) ** 2).sum(axis=1)
    enough = n > 1
    varied = enough & (np.count_nonzero(moved, axis=1) > 1)
    error = np.where(enough, 0.0, np.nan)
    np.sqrt(squares / np.maximum(n * (n - 1), 1), out=error, where=varied)
    df = np.where(enough, n - 1, 1.0)
    reach = np.where(varied, special.stdtrit(df, 1.0 - alpha), 0.0) * error
    nearest = np.full(n.shape, np.nan)
    np.divide(margin - np.abs(mean), error, out=nearest, where=varied)
    p = np.where(varied, special.stdtr(df, -nearest), np.nan)
    lower, upper = mean - reach, mean + reach
    reasons = first_reason(
        (n == 0, NO_PAIRS),
        (n == 1, ONE_PAIR),
        (~varied & (mean == 0), NO_CHANGE),
        (~varied, SAME_FOR_ALL),
    )
    return Equivalence(
        change=mean,
        lower=lower,
        upper=upper,
        equivalent=(lower > -margin) & (upper < margin),
        margin=margin,
        confidence=1.0 - 2.0 * alpha,
        p=p,
        draws=None,
        seed=None,
        reasons=reasons,
    )


def _refuse_margin(margin: float) -> None:
    if not margin > 0:
        raise ValueError(f"margin {margin} is not above 0")
