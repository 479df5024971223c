"""The category-count table: how many experts chose each point of the scale, per item.

Every statistic of one item's distribution is computed from it, so that cost does not grow with
the panel once the table stands, and a database can deliver it with one GROUP BY.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from surveys.stats.ratings import BoolArray, FloatArray, IntArray, ScalePoints, off_scale

# Ratings looked at together: a block stays in a core's cache while it is compared with every point
# of the scale, and is large enough that the cost of a numpy call does not matter.
_COMPARED_AT_ONCE = 1 << 18
_LOOKED_UP_AT_ONCE = 1 << 16
# Rows are added up in bytes, which is four to eight times faster than in words and overflows
# after 255 of them.
_BYTE_ROWS = 255
# Rows of few items are laid side by side up to this width, because one addition per row costs
# more than the row itself.
_WIDTH = 1600
# Comparing with every point is the fastest way to count up to about this many points; beyond it
# one look-up per rating wins.
_COMPARED_POINTS = 32
# A float64 tells a whole number up to 31 by its first two bytes (sign, exponent and four bits of
# fraction) and leaves the other six 0, so that a quarter of the memory is enough to compare.
_FIRST_TWO_BYTES = 3 if sys.byteorder == "little" else 0
_OTHER_SIX_BYTES = (1 << 48) - 1
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
    n : usable ratings per item, shape (items,).

    Raises ValueError for a shape that does not fit the scale, and for a negative or fractional
    count.
    """

    counts: IntArray
    points: ScalePoints
    unable: IntArray
    missing: IntArray
    n: IntArray = field(init=False, repr=False)

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
        n = counts.sum(axis=1)
        most = int(n.max(initial=0))
        if most * (self.points.count - 1) > _EXACT_SUM:
            raise ValueError(f"{most} ratings of one item are more than can be added up exactly")
        n.flags.writeable = False
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "n", n)

    @property
    def items(self) -> int:
        """Number of items."""
        return int(self.counts.shape[0])

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
    missing ones. Where the first two bytes of all ratings say everything, only they are compared.
    Extra memory is one block. Scales of more than 32 points, or with fractional steps, are
    counted by look-up instead.
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
    at_once = _COMPARED_AT_ONCE if compared else _LOOKED_UP_AT_ONCE
    for first, stop in _blocks(experts, items, at_once):
        block = np.ascontiguousarray(values[first:stop], dtype=np.float64)
        found = count_block(block, points)
        if found is None:
            wrong = ~(np.isnan(block) | points.on(block))
            raise ValueError(off_scale(block, wrong, points=points, first_row=first))
        counts += found
        if marked is not None:
            marks = np.ascontiguousarray(marked[first:stop])
            _refuse_rated_and_unable(block, marks, first)
            unable_per_item += np.count_nonzero(marks, axis=0)

    without = experts - counts.sum(axis=1)
    return CountTable(counts, points, unable_per_item, without - unable_per_item)


def _blocks(experts: int, items: int, at_once: int) -> Iterator[tuple[int, int]]:
    """Experts from first to stop: as few blocks as can be, about equally large."""
    most = min(max(1, at_once // max(1, items)), _BYTE_ROWS * _beside(items))
    blocks = -(-experts // most) if items else 0
    for block in range(blocks):
        yield experts * block // blocks, experts * (block + 1) // blocks


def _beside(items: int) -> int:
    """How many experts' rows are laid side by side."""
    return max(1, _WIDTH // max(1, items))


def _count_by_comparing(block: FloatArray, points: ScalePoints) -> IntArray | None:
    """Counts of one block, (items, points); None when a rating is neither a point nor missing."""
    found = _count_first_two_bytes(block, points)
    if found is not None:
        return found
    found = _matches(block, points.values)
    missing = np.count_nonzero(np.isnan(block))
    return found if int(found.sum()) + int(missing) == block.size else None


def _count_first_two_bytes(block: FloatArray, points: ScalePoints) -> IntArray | None:
    """The same from two bytes of each rating; None where these do not say everything."""
    wanted = _first_two_bytes(np.append(points.values, np.nan))
    given = _first_two_bytes(block)
    if wanted is None or given is None:
        return None
    found = _matches(given, wanted)
    # A missing rating with another sign than the one looked for is left to the plain comparison.
    return found[:, :-1] if int(found.sum()) == block.size else None


def _first_two_bytes(numbers: FloatArray) -> npt.NDArray[np.uint16] | None:
    """The sign, the exponent and four bits of each number; None when one has more bits set."""
    flat = numbers.reshape(-1)
    if int(np.bitwise_or.reduce(flat.view(np.uint64))) & _OTHER_SIX_BYTES:
        return None
    two = np.ascontiguousarray(flat.view(np.uint16)[_FIRST_TWO_BYTES::4])
    return two.reshape(numbers.shape)


def _matches(block: npt.NDArray[np.generic], wanted: npt.NDArray[np.generic]) -> IntArray:
    """How many experts have each of the wanted values, (items, wanted), added up in bytes.

    Rows of experts are laid side by side, so that item j stays in the columns j, j + items,
    j + 2 * items and so on; the last such row may be shorter than the others.
    """
    items = block.shape[1]
    width = items * _beside(items)
    same = np.empty(block.shape, dtype=np.bool_)
    bytes_ = same.reshape(-1).view(np.uint8)
    whole = bytes_.size - bytes_.size % width
    rows, rest = bytes_[:whole].reshape(-1, width), bytes_[whole:]
    sums = np.empty((len(wanted), width), dtype=np.uint8)
    for column, value in zip(sums, wanted, strict=True):
        np.equal(block, value, out=same)
        np.add.reduce(rows, axis=0, dtype=np.uint8, out=column)
        column[: rest.size] += rest
    found: IntArray = sums.reshape(len(wanted), -1, items).sum(axis=1, dtype=np.int64).T
    return found


def _count_by_look_up(block: FloatArray, points: ScalePoints) -> IntArray | None:
    """Counts of one block, (items, points); None when a rating is neither a point nor missing."""
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
        return None
    places += 1.0 + np.arange(items) * float(points.count + 1)
    size = items * (points.count + 1)
    found = np.bincount(places.astype(np.intp).ravel(), minlength=size).reshape(items, -1)
    if found[:, 0].sum() != np.count_nonzero(np.isnan(block)):
        return None
    return found[:, 1:]


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
    if given.dtype != np.int64 or whole.min(initial=0) < 0:
        wrong = (whole != given) | (whole < 0)
        if wrong.any():
            raise ValueError(f"{name} {given[wrong][0]} is not a whole number from 0")
    whole.flags.writeable = False
    return whole
