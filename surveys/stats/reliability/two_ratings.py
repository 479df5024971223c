"""Cohen's kappa, plain and weighted: two ratings of the same things.

Two experts over the items, or the experts of one item over two rounds, with every kind of weights
and the large-sample errors. For all items of two rounds at once see ``stability.weighted_kappa``.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats import ratings as panel
from surveys.stats.concordance import (
    ResampledInterval,
    check_confidence,
    check_draws,
    percentile_interval,
    undefined_interval,
)
from surveys.stats.ratings import FloatArray, IntArray, ScalePoints
from surveys.stats.reliability.chance_corrected import CHANCE_IS_CERTAIN
from surveys.stats.reliability.weights import Weights, named_weights
from surveys.stats.resampling import DRAWS, NO_DRAW_DEFINED

NO_PAIRS = "nobody rated in both rounds"
SAME_CATEGORY = "all ratings of both rounds are the same"
ONE_ROUND_UNANIMOUS = "one round is unanimous, so kappa is 0 however many kept their rating"
NO_ERROR_LEFT = "the large-sample error is 0, which is no basis for an interval"
# Differences below this, next to numbers of the order of 1, are the arithmetic's own rounding.
_ROUNDING = 1e-12
_CELLS_AT_ONCE = 1 << 21


@dataclass(frozen=True, slots=True)
class PairedKappa:
    """Cohen's kappa, plain or weighted, between two ratings of the same things.

    kappa : None when undefined, with ``reason``.
    observed, expected : weighted agreement found and due to the margins, 0..1.
    standard_error : large-sample, for the interval; null_standard_error : under kappa = 0.
    lower, upper : kappa -/+ z x standard_error; poor below about 40 pairs, where ``kappa_interval``
        is the better one. None with ``interval_reason``.
    pairs : how many pairs; may be fractional only where the table's counts were.
    weights : the name of the weights, or "custom".
    """

    kappa: float | None
    observed: float | None
    expected: float | None
    standard_error: float | None
    null_standard_error: float | None
    lower: float | None
    upper: float | None
    confidence: float
    pairs: float
    weights: str
    reason: str | None
    interval_reason: str | None


def kappa(
    earlier: npt.ArrayLike,
    later: npt.ArrayLike,
    *,
    points: ScalePoints,
    weights: Weights = "quadratic",
    confidence: float = 0.95,
) -> PairedKappa:
    """Cohen's kappa between two ratings of the same things, weighted unless asked otherwise.

    Answers "beyond what the two distributions give by themselves, does the earlier rating tell the
    later one?" for the experts of one item, or the same of two experts over items.

    earlier, later : ratings on the scale, shape (pairs,); a pair with a NaN is left out.
    points : the full scale.
    weights : a name from ``WEIGHTS``, or an array of agreement of shape (points, points), 1 on the
        diagonal, not necessarily symmetric (rows: earlier). ``agreement_from_disagreement`` makes
        one from costs.

    Returns PairedKappa.

    Raises ValueError when the lengths differ, for a rating off the scale, broken weights, or a
    confidence outside 0..1.
    Undefined: no pairs; all ratings of both rounds the same. When one round alone is unanimous
    kappa is 0, however many experts kept their rating: read it beside the share unchanged.

    Source: Cohen J. Psychol Bull 1968;70:213-20. Errors: Fleiss JL, Cohen J, Everitt BS. Psychol
        Bull 1969;72:323-7.
    Checked against: Cohen's Table 1 (.492, .348, .574, .353); statsmodels 0.15 cohens_kappa.

    >>> kappa([1, 2, 3, 3], [1, 2, 3, 2], points=ScalePoints(1, 3)).kappa
    0.8
    """
    first, second = _paired(earlier, later, points)
    places = first * points.count + second
    table = np.bincount(places, minlength=points.count**2).reshape(points.count, -1)
    return kappa_from_table(table, weights=weights, points=points, confidence=confidence)


def kappa_from_table(
    table: npt.ArrayLike,
    *,
    weights: Weights = "quadratic",
    points: ScalePoints | None = None,
    confidence: float = 0.95,
) -> PairedKappa:
    """``kappa`` from a table of earlier (rows) by later (columns) category.

    table : pairs, shape (points, points), the full scale.
    points : the scale; 1, 2, 3, ... when left out, which matters for "ratio" weights only.

    Raises ValueError for a table that is not square or holds a negative number, and as ``kappa``.
    """
    check_confidence(confidence)
    cells, scale = _square(table, points, axes=2)
    matrix, name = named_weights(weights, scale, symmetric=False)
    n = float(cells.sum())
    apart = disagreement(cells[np.newaxis], 1 - matrix)
    found, due = float(apart.found[0]), float(apart.due[0])
    reason = None
    if n == 0:
        reason = NO_PAIRS
    elif due == 0:
        reason = SAME_CATEGORY if np.count_nonzero(cells) == 1 else CHANCE_IS_CERTAIN
    if reason is not None:
        return PairedKappa(
            kappa=None,
            observed=None if n == 0 else 1 - found,
            expected=None if n == 0 else 1 - due,
            standard_error=None,
            null_standard_error=None,
            lower=None,
            upper=None,
            confidence=confidence,
            pairs=n,
            weights=name,
            reason=reason,
            interval_reason=reason,
        )
    from scipy import special

    value = float(apart.kappa[0])
    error, null_error = _kappa_errors(cells / n, matrix, value, due, n)
    reach = float(special.ndtri((1 + confidence) / 2)) * error
    flat = error <= _ROUNDING
    return PairedKappa(
        kappa=value,
        observed=1 - found,
        expected=1 - due,
        standard_error=0.0 if flat else error,
        null_standard_error=null_error,
        lower=None if flat else value - reach,
        upper=None if flat else value + reach,
        confidence=confidence,
        pairs=n,
        weights=name,
        reason=None,
        interval_reason=NO_ERROR_LEFT if flat else None,
    )


def kappas_from_tables(
    tables: npt.ArrayLike,
    *,
    weights: Weights = "quadratic",
    points: ScalePoints | None = None,
) -> FloatArray:
    """``kappa`` of many tables at once, shape (tables, points, points).

    Returns one kappa per table, shape (tables,); NaN where ``kappa`` is undefined.

    Raises ValueError as ``kappa_from_table``.
    """
    cells, scale = _square(tables, points, axes=3)
    matrix, _ = named_weights(weights, scale, symmetric=False)
    return disagreement(cells, 1 - matrix).kappa


def kappa_interval(
    earlier: npt.ArrayLike,
    later: npt.ArrayLike,
    *,
    points: ScalePoints,
    seed: int,
    weights: Weights = "quadratic",
    draws: int = DRAWS,
    confidence: float = 0.95,
) -> ResampledInterval:
    """A percentile interval of ``kappa`` over pairs (experts), for panels below about 40.

    Drawing pairs with replacement is drawing the cells of their table from a multinomial, so the
    cost does not grow with the panel. Resamples in which all ratings are the same have no kappa
    and are missing from ``usable``.

    Inputs and errors as for ``kappa``. Undefined: as for ``kappa``, and when one round alone is
    unanimous, because every resample then gives 0 too.

    Source: Klar N, Lipsitz SR, Parzen M, Leong T. J R Stat Soc D 2002;51:467-78, on why the
        large-sample interval is poor in small samples.
    Checked against: ``kappa`` called on every resample.
    """
    check_draws(draws, confidence)
    first, second = _paired(earlier, later, points)
    matrix, _ = named_weights(weights, points, symmetric=False)
    n = first.size
    reason = NO_PAIRS if n == 0 else None
    if reason is None and (np.ptp(first) == 0 or np.ptp(second) == 0):
        same = np.array_equal(first, second)
        reason = SAME_CATEGORY if same else ONE_ROUND_UNANIMOUS
    if reason is not None:
        return undefined_interval("pairs", confidence, draws, seed, reason)
    places, often = np.unique(first * points.count + second, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(n, often / n, size=draws)
    at_once = max(1, _CELLS_AT_ONCE // matrix.size)
    found = []
    for start in range(0, draws, at_once):
        some = drawn[start : start + at_once]
        tables = np.zeros((len(some), matrix.size))
        tables[:, places] = some
        found.append(disagreement(tables.reshape(-1, *matrix.shape), 1 - matrix).kappa)
    return percentile_interval(
        np.concatenate(found),
        confidence=confidence,
        over="pairs",
        seed=seed,
        reason_when_empty=NO_DRAW_DEFINED,
    )


def _paired(
    earlier: npt.ArrayLike, later: npt.ArrayLike, points: ScalePoints
) -> tuple[IntArray, IntArray]:
    """Categories, counted from 0, of the pairs with both ratings."""
    both = []
    for ratings in (earlier, later):
        values = np.asarray(ratings, dtype=np.float64)
        if values.ndim != 1:
            raise ValueError(f"ratings of shape {values.shape} are not (pairs,)")
        both.append(panel.checked(values, points=points)[:, 0])
    first, second = both
    if first.size != second.size:
        raise ValueError(f"{first.size} earlier and {second.size} later ratings make no pairs")
    usable = ~(np.isnan(first) | np.isnan(second))
    start, step = points.lowest, points.step
    return (
        np.rint((first[usable] - start) / step).astype(np.int64),
        np.rint((second[usable] - start) / step).astype(np.int64),
    )


def _square(
    table: npt.ArrayLike, points: ScalePoints | None, *, axes: int
) -> tuple[FloatArray, ScalePoints]:
    cells = np.asarray(table, dtype=np.float64)
    if cells.ndim != axes or cells.shape[-1] != cells.shape[-2] or cells.shape[-1] < 2:
        raise ValueError(f"a table of shape {cells.shape} is not earlier by later category")
    wrong = ~((cells >= 0) & np.isfinite(cells))
    if wrong.any():
        raise ValueError(f"a table of pairs holds counts, not {cells[wrong][0]:g}")
    scale = points or ScalePoints(1, cells.shape[-1])
    if scale.count != cells.shape[-1]:
        raise ValueError(f"a table of {cells.shape[-1]} categories is not the scale {scale}")
    return cells, scale


@dataclass(frozen=True, slots=True, eq=False)
class Disagreement:
    """Weighted disagreement found and due to chance, and kappa, per table; NaN where undefined."""

    found: FloatArray
    due: FloatArray
    kappa: FloatArray


def disagreement(tables: npt.NDArray[np.number], costs: npt.NDArray[np.number]) -> Disagreement:
    """How far two ratings of the same things lie apart, and how far chance would put them.

    tables : pairs by earlier and later category, shape (tables, points, points).
    costs : of every two categories, shape (points, points), 0 on the diagonal. Whole numbers keep
        every sum whole, so that kappa is exactly 0 where chance gives what was found.

    Undefined: found and due without pairs, kappa also where chance gives no disagreement.
    """
    # Disagreement rather than agreement: it is exactly 0 where nothing disagrees, so that a scale
    # of many points needs no tolerance.
    n = tables.sum(axis=(1, 2))
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    apart = np.einsum("tab,ab->t", tables, costs)
    by_chance = np.einsum("ta,ta->t", rows @ costs, columns)
    found, due, kappa = (np.full(len(n), np.nan) for _ in range(3))
    np.divide(apart, n, out=found, where=n > 0)
    np.divide(by_chance, np.square(n), out=due, where=n > 0)
    np.divide(by_chance - apart * n, by_chance, out=kappa, where=by_chance > 0)
    return Disagreement(found, due, kappa)


def _kappa_errors(
    p: FloatArray, weights: FloatArray, value: float, due: float, n: float
) -> tuple[float, float]:
    """Large-sample standard errors of kappa as it is, and as if it were 0."""
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    # Mean weight of each earlier category over the later margin, and the other way round.
    margins = (weights @ columns)[:, np.newaxis] + (rows @ weights)[np.newaxis, :]
    scale = float(np.sqrt(n)) * due
    return (
        _spread(weights - margins * (1 - value), p) / scale,
        _spread(weights - margins, np.outer(rows, columns)) / scale,
    )


def _spread(values: FloatArray, p: FloatArray) -> float:
    """Standard deviation of values that occur with chances p."""
    return float(np.sqrt((p * np.square(values - (p * values).sum())).sum()))
