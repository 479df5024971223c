"""The category-count table: how many experts chose each point of the scale, per item.

Every statistic of one item's distribution is computed from it, so that cost does not grow with
the panel once the table stands, and a database can deliver it with one GROUP BY.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats.ratings import BoolArray, FloatArray, IntArray, ScalePoints, off_scale

# A block of ratings this large stays in a core's cache while it is compared with every point of
# the scale; larger blocks make each comparison wait for memory again.
_BLOCK_RATINGS = 1 << 16
# Rows are added up in bytes, which is four to eight times faster than in words and overflows
# after 255 of them.
_BYTE_ROWS = 255
# Rows of few items are laid side by side up to this width, because one addition per row costs
# more than the row itself.
_WIDTH = 1600
# Comparing with every point is the fastest way to count up to about this many points; beyond it
# one look-up per rating wins.
_COMPARED_POINTS = 32
# Variances are computed from whole numbers, n times a sum of squares, which must fit 64 bits.
_EXACT_SUM = 2**31


@dataclass(frozen=True, slots=True, eq=False)
class CountTable:
    """How many experts chose each point, per item, over the full scale.

    counts : int array, shape (items, categories); ``counts[j, k]`` experts gave item j the rating
        ``points.values[k]``. Unused points are columns of zeros.
    points : the scale.
    unable : int array, shape (items,); experts who said they could not judge.
    missing : int array, shape (items,); experts without a rating for any other reason.

    Raises ValueError for a shape that does not fit the scale, and for a negative or fractional
    count.
    """

    counts: IntArray
    points: ScalePoints
    unable: IntArray
    missing: IntArray

    def __post_init__(self) -> None:
        counts = _whole(self.counts, "count")
        if counts.ndim != 2 or counts.shape[1] != self.points.count:
            raise ValueError(
                f"counts of shape {counts.shape} are not (items, {self.points.count}),"
                f" the points of the scale {self.points}"
            )
        for name, column in (("unable", self.unable), ("missing", self.missing)):
            checked_column = _whole(column, name)
            if checked_column.shape != counts.shape[:1]:
                raise ValueError(
                    f"{name} has shape {checked_column.shape}, not one number per item"
                )
            object.__setattr__(self, name, checked_column)
        most = int(counts.sum(axis=1).max(initial=0))
        if most * (self.points.count - 1) > _EXACT_SUM:
            raise ValueError(f"{most} ratings of one item are more than can be added up exactly")
        object.__setattr__(self, "counts", counts)

    @property
    def items(self) -> int:
        """Number of items."""
        return int(self.counts.shape[0])

    @property
    def n(self) -> IntArray:
        """Usable ratings per item, shape (items,)."""
        n: IntArray = self.counts.sum(axis=1)
        return n

    @property
    def shares(self) -> FloatArray:
        """Share of usable ratings at each point, shape (items, categories); NaN where n is 0."""
        n = self.n[:, np.newaxis].astype(np.float64)
        shares = np.full(self.counts.shape, np.nan)
        np.divide(self.counts, n, out=shares, where=n > 0)
        return shares

    @property
    def cumulative(self) -> IntArray:
        """Experts at or below each point, shape (items, categories)."""
        return np.cumsum(self.counts, axis=1)

    def category_at(self, rank: npt.ArrayLike) -> IntArray:
        """Category of the rating at a rank when each item's ratings are put in order.

        rank : whole number from 1 to n, per item or one for all.

        Returns ints, shape (items,); the number of categories where the rank exceeds n.
        """
        ranks = np.broadcast_to(np.asarray(rank), self.items)[:, np.newaxis]
        category: IntArray = np.count_nonzero(self.cumulative < ranks, axis=1)
        return category

    def between(self, lowest: float, highest: float) -> IntArray:
        """Experts who rated from ``lowest`` to ``highest``, both included, shape (items,).

        Raises ValueError when no point of the scale lies there.
        """
        inside: IntArray = self.counts[:, self.points.between(lowest, highest)].sum(axis=1)
        return inside

    def only(self, items: Sequence[int] | IntArray | BoolArray | slice) -> "CountTable":
        """The same table for some items, chosen as numpy chooses rows."""
        return CountTable(self.counts[items], self.points, self.unable[items], self.missing[items])

    def together_with(self, other: "CountTable") -> "CountTable":
        """The table of two groups of experts taken together, on the same items and scale.

        Raises ValueError when scale or number of items differ.
        """
        if self.points != other.points:
            raise ValueError(f"the scales {self.points} and {other.points} differ")
        if self.items != other.items:
            raise ValueError(f"{self.items} items cannot be joined with {other.items}")
        return CountTable(
            self.counts + other.counts,
            self.points,
            self.unable + other.unable,
            self.missing + other.missing,
        )


def from_counts(
    counts: npt.ArrayLike,
    *,
    points: ScalePoints,
    unable: npt.ArrayLike | None = None,
    missing: npt.ArrayLike | None = None,
) -> CountTable:
    """Make a table from counts that somebody else made, for instance a database.

    counts : whole numbers, shape (items, categories), or (categories,) for one item.
    unable, missing : whole numbers, shape (items,); 0 for every item when left out.

    Raises ValueError as CountTable does.
    """
    table = np.atleast_2d(np.asarray(counts))
    nobody = np.zeros(table.shape[0], dtype=np.int64)
    return CountTable(
        table,
        points,
        nobody if unable is None else np.atleast_1d(np.asarray(unable)),
        nobody if missing is None else np.atleast_1d(np.asarray(missing)),
    )


def from_ratings(
    ratings: npt.ArrayLike,
    *,
    points: ScalePoints,
    unable: npt.ArrayLike | None = None,
) -> CountTable:
    """Count the experts at each point of the scale, checking every rating in the same pass.

    ratings : numbers, shape (experts, items) or (experts,) for one item; NaN is missing.
    points : the scale.
    unable : which missing ratings mean "unable to judge": booleans of the shape of ``ratings``.

    Returns a CountTable; missing counts every NaN that is not marked unable.

    Raises ValueError for the first rating that is not a point of the scale, and for a rating that
    is marked unable and has a value all the same, each with its place.

    Method: blocks of rows that fit a core's cache are compared with every point of the scale and
    the matches added up in bytes; the ratings that matched nothing must then be exactly the
    missing ones. Extra memory is one block. Scales of more than 32 points, or with fractional
    steps, are counted by look-up instead.
    """
    values = np.asarray(ratings)
    if values.dtype.kind not in "fiu":
        values = values.astype(np.float64)
    if values.ndim == 1:
        values = values[:, np.newaxis]
    if values.ndim != 2:
        raise ValueError(f"ratings have {values.ndim} dimensions, not (experts, items)")
    experts, items = values.shape
    marked = _marks(unable, values)
    compared = points.exact and points.count <= _COMPARED_POINTS
    count_block = _count_by_comparing if compared else _count_by_look_up

    counts = np.zeros((items, points.count), dtype=np.int64)
    unable_per_item = np.zeros(items, dtype=np.int64)
    beside = max(1, _WIDTH // max(items, 1))
    rows = min(_BYTE_ROWS, max(1, _BLOCK_RATINGS // max(items * beside, 1)))
    for first, stop in _blocks(experts if items else 0, rows, beside):
        block = np.ascontiguousarray(values[first:stop], dtype=np.float64)
        if not count_block(block, points, rows, counts):
            wrong = ~(np.isnan(block) | points.on(block))
            raise ValueError(off_scale(block, wrong, points=points, first_row=first))
        if marked is not None:
            marks = np.ascontiguousarray(marked[first:stop])
            _refuse_rated_and_unable(block, marks, first)
            unable_per_item += _per_item(marks, rows, items)

    without = experts - counts.sum(axis=1)
    return CountTable(counts, points, unable_per_item, without - unable_per_item)


def _blocks(experts: int, rows: int, beside: int) -> Iterator[tuple[int, int]]:
    """Blocks of ``rows * beside`` experts, and what remains in blocks of at most ``rows``."""
    whole = experts - experts % (rows * beside)
    for first in range(0, whole, rows * beside):
        yield first, first + rows * beside
    for first in range(whole, experts, rows):
        yield first, min(first + rows, experts)


def _per_item(marks: BoolArray, rows: int, items: int) -> IntArray:
    """Number of marks per item in one C-ordered block, added up in bytes.

    Reshaping lays whole rows of experts side by side: item j stays in the columns j, j + items,
    j + 2 * items and so on.
    """
    laid = marks.reshape(min(rows, len(marks)), -1).view(np.uint8)
    sums = np.add.reduce(laid, axis=0, dtype=np.uint8)
    per_item: IntArray = sums.reshape(-1, items).sum(axis=0, dtype=np.int64)
    return per_item


def _count_by_comparing(
    block: FloatArray, points: ScalePoints, rows: int, counts: IntArray
) -> bool:
    """Add one block to the counts; False when a rating is neither a point nor missing."""
    same = np.empty(block.shape, dtype=np.bool_)
    found = 0
    for category, value in enumerate(points.values):
        np.equal(block, value, out=same)
        per_item = _per_item(same, rows, block.shape[1])
        counts[:, category] += per_item
        found += int(per_item.sum())
    return found + int(np.count_nonzero(np.isnan(block, out=same))) == block.size


def _count_by_look_up(block: FloatArray, points: ScalePoints, rows: int, counts: IntArray) -> bool:
    """Add one block to the counts; False when a rating is neither a point nor missing."""
    items = block.shape[1]
    # fmax prefers a number to NaN, so a missing rating lands before the scale, in place 0. So
    # does a rating below the scale, which the count of NaN then gives away.
    steps = block - points.lowest
    if points.step != 1:
        steps /= points.step
    np.fmax(steps, -1.0, out=steps)
    places = np.rint(steps)
    with np.errstate(invalid="ignore"):  # infinity less infinity is NaN, which is not small
        np.subtract(steps, places, out=steps)
    between = np.abs(steps, out=steps) > points.allowance
    if between.any() or not places.max() < points.count:
        return False
    places += 1.0 + np.arange(items) * float(points.count + 1)
    size = items * (points.count + 1)
    found = np.bincount(places.astype(np.intp).ravel(), minlength=size).reshape(items, -1)
    if found[:, 0].sum() != np.count_nonzero(np.isnan(block)):
        return False
    counts += found[:, 1:]
    return True


def _marks(unable: npt.ArrayLike | None, values: npt.NDArray[np.generic]) -> BoolArray | None:
    if unable is None:
        return None
    marked = np.asarray(unable, dtype=np.bool_)
    if marked.ndim == 1:
        marked = marked[:, np.newaxis]
    if marked.shape != values.shape:
        raise ValueError(f"unable has shape {marked.shape}, the ratings have {values.shape}")
    return marked


def _refuse_rated_and_unable(block: FloatArray, marks: BoolArray, first_row: int) -> None:
    both = marks & ~np.isnan(block)
    if both.any():
        row, column = (int(place) for place in np.argwhere(both)[0])
        raise ValueError(
            f"expert {first_row + row} is unable to judge item {column} (counted from 0)"
            f" and rated it {block[row, column]:g}"
        )


def _whole(numbers: npt.ArrayLike, name: str) -> IntArray:
    """Whole numbers from 0, read-only."""
    given = np.asarray(numbers)
    with np.errstate(invalid="ignore"):  # a NaN does not survive the cast, and is refused below
        whole: IntArray = given.astype(np.int64)
    wrong = (whole != given) | (whole < 0)
    if wrong.any():
        raise ValueError(f"{name} {given[wrong][0]} is not a whole number from 0")
    whole.flags.writeable = False
    return whole
