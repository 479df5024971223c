"""Resampling experts: seeded bootstrap intervals, and every number without each expert in turn.

Experts are the sample of a Delphi; items are fixed by the study. So experts are drawn, never
items. What depends on one item's distribution is drawn as counts, which costs the same for ten
experts as for a hundred thousand.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats import counts as count_tables
from surveys.stats.counts import CountTable
from surveys.stats.ratings import FloatArray, IntArray, ScalePoints, checked
from surveys.stats.transitions import TransitionTables

Progress = Callable[[int, int], None]

# Enough draws for the 2.5 % points of a percentile interval to hold to the second digit.
DRAWS = 2000
NO_DRAW_DEFINED = "the number is undefined in every resample"

# Cells drawn together. Chunks bound the memory and are the steps of the progress report; the
# numbers do not depend on them, because the generator is read in the same order whatever they are.
_CELLS_AT_ONCE = 1 << 21


@dataclass(frozen=True, slots=True, eq=False)
class BootstrapIntervals:
    """Percentile intervals from resampled experts; arrays have shape (items,).

    estimate : the number computed from the experts themselves.
    lower, upper : ends of the interval; NaN where the estimate is undefined, or every resample
        is (reason `NO_DRAW_DEFINED`).
    usable : resamples in which the number was defined; below ``draws`` the interval is rough.
    draws, seed, confidence : what to report with the interval, so that it can be drawn again.
    """

    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    usable: IntArray
    draws: int
    seed: int
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class LeaveOneOut:
    """A number per item, with every expert and without each in turn.

    full : shape (items,).
    without : shape (experts, items); row e is the number of the panel without expert e. Where
        that expert did not rate the item it equals ``full``. NaN where undefined.
    """

    full: FloatArray
    without: FloatArray

    @property
    def influence(self) -> FloatArray:
        """What each expert adds: ``full - without``, shape (experts, items)."""
        influence: FloatArray = self.full - self.without
        return influence


def bootstrap_counts(
    table: CountTable,
    statistic: Callable[[CountTable], npt.ArrayLike],
    *,
    seed: int,
    draws: int = DRAWS,
    confidence: float = 0.95,
    progress: Progress | None = None,
) -> BootstrapIntervals:
    """Say how far a number of one item would move with another panel of the same size.

    table : one round's counts.
    statistic : takes a CountTable of any number of items and gives one float per item, NaN where
        undefined.
    seed : start of the random numbers; the same seed gives the same interval, whatever the number
        of draws reported at a time.
    draws : resamples. confidence : coverage aimed at, above 0 and below 1.
    progress : called as ``progress(done, draws)`` after every chunk.

    Returns BootstrapIntervals.

    Raises ValueError for a confidence outside (0, 1), for fewer than one draw, and for a statistic
    that does not give one number per item.

    Undefined: an item whose number is undefined, or undefined in every resample, has no interval.

    Method: n experts drawn with replacement are n multinomial counts, so each resample is one
    multinomial draw from the item's own shares. Items are drawn independently of each other: the
    intervals hold item by item, not for a sum over items (use `bootstrap_experts` there). The ends
    cut (1 - confidence) / 2 of the defined resamples off on either side, as quantiles by linear
    interpolation (R type 7). Percentile and not BCa, because statistics of ratings take few
    distinct values, and BCa's corrections then jump.

    For shares use ``intervals``, which need no resampling.

    Source
        Efron B, Tibshirani RJ. An Introduction to the Bootstrap. 1993, chapter 13.

    Checked against: the exact distribution of the resampled share of a panel of eight (binomial),
    and row resampling with ``numpy`` on the same ratings.
    """

    def drawn(cells: IntArray) -> npt.ArrayLike:
        return statistic(count_tables.from_counts(cells, points=table.points))

    return _percentiles(table.counts, drawn, seed, draws, confidence, progress)


def bootstrap_transitions(
    tables: TransitionTables,
    statistic: Callable[[TransitionTables], npt.ArrayLike],
    *,
    seed: int,
    draws: int = DRAWS,
    confidence: float = 0.95,
    progress: Progress | None = None,
) -> BootstrapIntervals:
    """Say how far a number about two rounds would move with another panel of the same size.

    As `bootstrap_counts`, with pairs of ratings drawn together: what is resampled is the expert,
    with both ratings.

    tables : two rounds' transitions.
    statistic : takes TransitionTables of any number of items and gives one float per item.

    Checked against: row resampling of the pairs with ``numpy``.
    """
    width = tables.points.count

    def drawn(cells: IntArray) -> npt.ArrayLike:
        return statistic(TransitionTables(cells.reshape(-1, width, width), tables.points))

    flat: IntArray = tables.counts.reshape(tables.items, width * width)
    return _percentiles(flat, drawn, seed, draws, confidence, progress)


def bootstrap_experts(
    ratings: npt.ArrayLike,
    statistic: Callable[[FloatArray], float | None],
    *,
    seed: int,
    draws: int = DRAWS,
    confidence: float = 0.95,
    progress: Progress | None = None,
) -> BootstrapIntervals:
    """Say how far a number of the whole list would move with another panel of the same size.

    For what cannot be computed item by item, such as Kendall's W: whole rows are drawn, so that an
    expert brings all their ratings along.

    ratings : shape (experts, items), NaN where missing.
    statistic : takes such an array and gives one float, or None (or NaN) where undefined.

    Returns BootstrapIntervals with arrays of shape (1,). Otherwise as `bootstrap_counts`.

    Undefined: a panel of nobody has no interval.
    """
    values = checked(ratings)
    _refuse_settings(draws, confidence)
    chance = np.random.default_rng(seed)
    experts = values.shape[0]
    drawn = np.full((draws, 1), np.nan)
    estimate = np.array([_number(statistic(values))]) if experts else np.array([np.nan])
    step = max(1, draws // 100)
    for draw in range(draws if experts else 0):
        rows = chance.integers(0, experts, size=experts)
        drawn[draw, 0] = _number(statistic(values[rows]))
        if progress is not None and ((draw + 1) % step == 0 or draw + 1 == draws):
            progress(draw + 1, draws)
    return _interval(estimate, drawn, seed, confidence)


def leave_one_expert_out(
    ratings: npt.ArrayLike,
    statistic: Callable[[CountTable], npt.ArrayLike],
    *,
    points: ScalePoints,
) -> LeaveOneOut:
    """Say what each number would have been without each expert in turn.

    Answers "does this item's verdict hang on one person?".

    ratings : shape (experts, items), NaN where missing.
    statistic : takes a CountTable of any number of items and gives one float per item, NaN where
        undefined.
    points : the scale.

    Returns LeaveOneOut. Raises ValueError for a rating off the scale.

    Method: taking away an expert who rated 7 leaves the same counts whoever that expert is, so
    each item needs one table per point of the scale and not one per expert.

    Checked against: dropping each row and counting again.
    """
    values = np.asarray(ratings, dtype=np.float64)
    values = values[:, np.newaxis] if values.ndim == 1 else values
    table = count_tables.from_ratings(values, points=points)
    width = points.count
    full = _vector(statistic(table), table.items)

    without_one = table.counts[:, np.newaxis, :] - np.eye(width, dtype=np.int64)
    somebody = table.counts > 0
    by_point = np.full((table.items, width), np.nan)
    fewer = count_tables.from_counts(without_one[somebody], points=points)
    by_point[somebody] = _vector(statistic(fewer), int(somebody.sum()))

    without = np.broadcast_to(full, values.shape).copy()
    rated = ~np.isnan(values)
    category = np.rint((values[rated] - points.lowest) / points.step).astype(np.intp)
    without[rated] = by_point[np.nonzero(rated)[1], category]
    return LeaveOneOut(full, without)


def _percentiles(
    cells: IntArray,
    statistic: Callable[[IntArray], npt.ArrayLike],
    seed: int,
    draws: int,
    confidence: float,
    progress: Progress | None,
) -> BootstrapIntervals:
    _refuse_settings(draws, confidence)
    items, width = cells.shape
    chance = np.random.default_rng(seed)
    estimate = _vector(statistic(cells), items)
    n = cells.sum(axis=1)
    shares = np.full((items, width), 1.0 / width)
    np.divide(cells, n[:, np.newaxis], out=shares, where=n[:, np.newaxis] > 0)

    drawn = np.full((draws, items), np.nan)
    at_once = max(1, _CELLS_AT_ONCE // max(1, items * width))
    for done in range(0, draws, at_once):
        size = min(at_once, draws - done)
        counts: IntArray = chance.multinomial(n, shares, size=(size, items))
        values = _vector(statistic(counts.reshape(size * items, width)), size * items)
        drawn[done : done + size] = values.reshape(size, items)
        if progress is not None:
            progress(done + size, draws)
    return _interval(estimate, drawn, seed, confidence)


def _interval(
    estimate: FloatArray, drawn: FloatArray, seed: int, confidence: float
) -> BootstrapIntervals:
    draws, items = drawn.shape
    tail = (1.0 - confidence) / 2.0
    usable: IntArray = np.count_nonzero(~np.isnan(drawn), axis=0).astype(np.int64)
    lower, upper = np.full(items, np.nan), np.full(items, np.nan)
    possible = (usable > 0) & ~np.isnan(estimate)
    if possible.any():
        ends = np.nanquantile(drawn[:, possible], [tail, 1.0 - tail], axis=0)
        lower[possible], upper[possible] = ends
    return BootstrapIntervals(estimate, lower, upper, usable, draws, seed, confidence)


def _refuse_settings(draws: int, confidence: float) -> None:
    if draws < 1:
        raise ValueError(f"{draws} draws are no bootstrap")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence {confidence} is not between 0 and 1")


def _vector(numbers: npt.ArrayLike, items: int) -> FloatArray:
    vector = np.asarray(numbers, dtype=np.float64)
    if vector.shape != (items,):
        raise ValueError(
            f"the statistic gave an array of shape {vector.shape} for {items} items,"
            " not one number per item"
        )
    return vector


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
