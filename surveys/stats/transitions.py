"""From one round to the next: which rating became which, counted once per item.

Every number about stability between two rounds is a function of one small table per item, earlier
rating by later rating. It is counted in one pass over the two rounds (or delivered by a database
that can group), and from then on no cost grows with the number of experts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats import counts as count_tables
from surveys.stats.counts import CountTable
from surveys.stats.ratings import BoolArray, FloatArray, IntArray, ScalePoints, off_scale

NO_PAIRS = "nobody rated in both rounds"

# Scheibe, Skutsch and Schofer read a net change below this as stable. A habit, not a test.
SCHEIBE_CUT = 0.15

# Ratings looked at together: few enough to stay in a core's cache while they are worked on, many
# enough that the cost of a numpy call does not matter.
_BLOCK_RATINGS = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class TransitionTables:
    """Earlier rating by later rating, for every item, over the full scale.

    counts : int array, shape (items, c, c); ``counts[j, a, b]`` experts gave item j the rating
        ``points.values[a]`` in the earlier round and ``points.values[b]`` in the later one.
        Experts who rated in one of the two rounds only are not in it.
    points : the scale, of c points.

    Raises ValueError for a shape that does not fit the scale, and for a negative or fractional
    count.
    """

    counts: IntArray
    points: ScalePoints

    def __post_init__(self) -> None:
        given = np.asarray(self.counts)
        if given.ndim != 3 or given.shape[1:] != (self.points.count, self.points.count):
            raise ValueError(
                f"transitions of shape {given.shape} are not (items, {self.points.count},"
                f" {self.points.count}), the points of the scale {self.points} twice"
            )
        with np.errstate(invalid="ignore"):  # a NaN does not survive the cast, and is refused
            whole: IntArray = given.astype(np.int64)
        wrong = (whole != given) | (whole < 0)
        if wrong.any():
            raise ValueError(f"count {given[wrong][0]} is not a whole number from 0")
        whole.flags.writeable = False
        object.__setattr__(self, "counts", whole)

    @property
    def items(self) -> int:
        """Number of items."""
        return int(self.counts.shape[0])

    @property
    def pairs(self) -> IntArray:
        """Experts who rated the item in both rounds, shape (items,)."""
        pairs: IntArray = self.counts.sum(axis=(1, 2))
        return pairs

    @property
    def earlier(self) -> CountTable:
        """What these pairs answered in the earlier round."""
        return count_tables.from_counts(self.counts.sum(axis=2), points=self.points)

    @property
    def later(self) -> CountTable:
        """What these pairs answered in the later round."""
        return count_tables.from_counts(self.counts.sum(axis=1), points=self.points)

    @property
    def steps_moved(self) -> IntArray:
        """Experts by how many steps of the scale they moved, shape (items, 2c - 1).

        Column c - 1 holds those who did not move; columns before it moved down.
        """
        width = self.points.count
        diagonals = [
            np.trace(self.counts, offset=steps, axis1=1, axis2=2)
            for steps in range(1 - width, width)
        ]
        return np.stack(diagonals, axis=1)

    def in_bands(self, bands: npt.ArrayLike) -> "TransitionTables":
        """Count the same pairs by band instead of by point.

        bands : for each point of the scale the number of its band, 0, 1, ..., shape (c,). The
            result's scale is 0, 1, ... up to the highest number.

        Raises ValueError as `movement` does, and when there is only one band.
        """
        numbers = band_numbers(bands, points=self.points)
        member = np.zeros((int(numbers.max()) + 1, numbers.size), dtype=np.int64)
        member[numbers, np.arange(numbers.size)] = 1
        by_band: IntArray = member @ self.counts @ member.T
        return TransitionTables(by_band, ScalePoints(0, int(numbers.max())))

    def only(self, items: Sequence[int] | IntArray | BoolArray | slice) -> "TransitionTables":
        """The tables of some items, chosen as numpy chooses rows."""
        return TransitionTables(self.counts[items], self.points)


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """How many experts kept or changed their rating, per item; every field has shape (items,).

    pairs : experts who rated in both rounds: the denominator of all the rest.
    unchanged : exactly the same rating.
    same_region : a rating in the same band.
    within_one : a rating at most one step of the scale away.
    moved_up, moved_down : a higher, a lower rating than before.
    net_change : half the sum of the absolute differences between the two rounds' distributions,
        a proportion from 0 to 1; NaN where there are no pairs (reason `NO_PAIRS`). It is blind
        to experts who swap places.
    """

    pairs: IntArray
    unchanged: IntArray
    same_region: IntArray
    within_one: IntArray
    moved_up: IntArray
    moved_down: IntArray
    net_change: FloatArray

    def share(self, count: IntArray) -> FloatArray:
        """Turn one of the counts into a proportion of pairs; NaN where there are none."""
        return proportion_of(count, self.pairs)


def transition_tables(
    earlier: npt.ArrayLike, later: npt.ArrayLike, *, points: ScalePoints
) -> TransitionTables:
    """Count, per item, which rating of the earlier round became which in the later one.

    Answers "what did the same experts do with the same item?".

    earlier, later : ratings, shape (experts, items) or, for one item, (experts,); the same expert
        in the same row and the same item in the same column of both. NaN is missing.
    points : the scale.

    Returns `TransitionTables`; an expert who misses one of the two ratings is left out of that
    item's table.

    Raises ValueError naming both shapes when they differ, and for the first rating that is not a
    point of the scale, with its place.

    Undefined: nothing; an item without pairs has a table of zeros.

    Method: one pass over both rounds in blocks that fit a core's cache. Memory beside the ratings
    is one block and the tables.

    >>> five = ScalePoints(1, 5)
    >>> transition_tables([3, 5, 5], [3, 4, float("nan")], points=five).pairs.tolist()
    [2]
    """
    first, second = _as_matrix(earlier), _as_matrix(later)
    if first.shape != second.shape:
        raise ValueError(
            "the same experts and items are needed in both rounds: the earlier has the shape"
            f" {first.shape}, the later {second.shape}"
        )
    experts, items = first.shape
    width = points.count
    # Place 0 of each item takes the pairs with a gap, so that nothing need be filtered out.
    places = width * width + 1
    start_of_item = np.arange(items) * float(places) + 1.0
    tally = np.zeros(items * places, dtype=np.int64)
    # A long tally is added up less often: its own length then costs no more than the ratings.
    rows = max(1, max(_BLOCK_RATINGS, tally.size) // max(1, items))

    for start in range(0, experts if items else 0, rows):
        place = _categories(first[start : start + rows], points, "earlier", start)
        place *= width
        place += _categories(second[start : start + rows], points, "later", start)
        # fmax prefers a number to NaN: a pair with a gap lands before the item's table.
        np.fmax(place, -1.0, out=place)
        place += start_of_item
        tally += np.bincount(place.astype(np.intp).ravel(), minlength=tally.size)

    counts = tally.reshape(items, places)[:, 1:].reshape(items, width, width)
    return TransitionTables(counts, points)


def movement(tables: TransitionTables, *, bands: npt.ArrayLike) -> Movement:
    """Say how many experts kept their rating, and how the others moved.

    Answers "did the panel settle?" in the plainest way there is. The share unchanged is the first
    number to show, because everything computed from the two distributions overlooks experts who
    swap places.

    tables : `TransitionTables` of two rounds.
    bands : for each point of the scale the number of its band, shape (c,); for 1-9 with bands
        1-3, 4-6, 7-9 that is [0, 0, 0, 1, 1, 1, 2, 2, 2]. Points outside every named band get a
        number of their own.

    Returns `Movement`.

    Raises ValueError when `bands` does not give one whole number from 0 per point.

    Undefined: counts are 0 and proportions NaN for an item without pairs (reason `NO_PAIRS`).

    Source
        Shares and direction: von der Gracht HA. Technol Forecast Soc Change 2012;79:1525-36.
        Net change, with 15 % as its cut: Scheibe M, Skutsch M, Schofer J, in Linstone HA,
        Turoff M (eds), The Delphi Method, 1975.

    Checked against: a count by hand (two nested loops over experts and items) on random panels.

    >>> swap = transition_tables([1, 1, 9, 9], [9, 9, 1, 1], points=ScalePoints(1, 9))
    >>> moved = movement(swap, bands=[0, 0, 0, 1, 1, 1, 2, 2, 2])
    >>> moved.unchanged.tolist(), moved.net_change.tolist()
    ([0], [0.0])
    """
    counts = tables.counts
    numbers = band_numbers(bands, points=tables.points)
    pairs = tables.pairs
    place = np.arange(tables.points.count)
    steps = place[np.newaxis, :] - place[:, np.newaxis]
    gap = np.abs(counts.sum(axis=2) - counts.sum(axis=1)).sum(axis=1)
    return Movement(
        pairs=pairs,
        unchanged=_experts(counts, steps == 0),
        same_region=_experts(counts, numbers[:, np.newaxis] == numbers[np.newaxis, :]),
        within_one=_experts(counts, np.abs(steps) <= 1),
        moved_up=_experts(counts, steps > 0),
        moved_down=_experts(counts, steps < 0),
        net_change=proportion_of(gap, 2 * pairs),
    )


def proportion_of(count: npt.ArrayLike, whole: npt.ArrayLike) -> FloatArray:
    """Divide counts by their denominators; NaN, not 0, where the denominator is 0."""
    count, whole = np.broadcast_arrays(np.asarray(count), np.asarray(whole))
    shares = np.full(whole.shape, np.nan)
    np.divide(count, whole, out=shares, where=whole > 0)
    return shares


def band_numbers(bands: npt.ArrayLike, *, points: ScalePoints) -> IntArray:
    """Check a list of band numbers: one whole number from 0 for each point of the scale.

    Raises ValueError naming the number of bands given, or the first that is not a whole number.
    """
    given = np.asarray(bands, dtype=np.float64)
    if given.shape != (points.count,):
        raise ValueError(
            f"{given.size} band numbers do not name the bands of {points.count} points"
        )
    with np.errstate(invalid="ignore"):  # a NaN does not survive the cast, and is refused below
        numbers: IntArray = given.astype(np.int64)
    wrong = (numbers != given) | (numbers < 0)
    if wrong.any():
        raise ValueError(f"band number {given[wrong][0]:g} is not a whole number from 0")
    return numbers


def _experts(counts: IntArray, where: BoolArray) -> IntArray:
    experts: IntArray = counts[:, where].sum(axis=1)
    return experts


def _as_matrix(ratings: npt.ArrayLike) -> FloatArray:
    matrix = np.asarray(ratings, dtype=np.float64)
    if matrix.ndim == 1:
        return matrix[:, np.newaxis]
    if matrix.ndim != 2:
        raise ValueError(f"ratings have {matrix.ndim} dimensions, not (experts, items)")
    return matrix


def _categories(
    block: FloatArray, points: ScalePoints, round_name: str, first_row: int
) -> FloatArray:
    """The place of each rating on the scale, counted from 0; NaN stays NaN."""
    steps = block - points.lowest
    if points.step != 1:
        steps /= points.step
    nearest = np.rint(steps)
    with np.errstate(invalid="ignore"):  # infinity less infinity is NaN; the bounds refuse it
        steps -= nearest
    np.abs(steps, out=steps)
    # fmin and fmax pass over NaN; where all is NaN no comparison holds, and nothing is wrong.
    if (
        np.fmax.reduce(steps, axis=None) > points.allowance
        or np.fmin.reduce(nearest, axis=None) < 0
        or np.fmax.reduce(nearest, axis=None) >= points.count
    ):
        wrong = ~(np.isnan(block) | points.on(block))
        message = off_scale(block, wrong, points=points, first_row=first_row)
        raise ValueError(f"{round_name} round: {message}")
    return nearest
