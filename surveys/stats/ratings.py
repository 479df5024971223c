"""One checked array of ratings, (experts, items), and the scale its values lie on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

# Why a number is undefined. One sentence per reason, the same in every module and export.
NOBODY_RATED = "nobody rated"
ONE_RATING = "one rating"
ALL_EQUAL = "all ratings equal"
TOO_FEW = "too few ratings"

# A slider of tenths from 0 to 100 has 1001 points; a table over many more is no table of counts.
_MOST_POINTS = 10_001

# Scales with a fractional step (0, 0.1, 0.2, ...) cannot be written exactly in binary, so a
# rating within this fraction of a step counts as the point itself. Integer steps are exact.
_STEP_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class ScalePoints:
    """The points an expert could choose: from ``lowest`` to ``highest`` in equal steps.

    Integer points by default: ``ScalePoints(1, 9)`` is the nine-point scale. A slider from 0 to
    100 is ``ScalePoints(0, 100)``, one that moves by halves ``ScalePoints(0, 10, 0.5)``.

    Raises ValueError naming the bounds when they do not make at least two points, or more than
    10,001.
    """

    lowest: float
    highest: float
    step: float = 1.0

    def __post_init__(self) -> None:
        finite = bool(np.isfinite([self.lowest, self.highest, self.step]).all())
        if not finite or self.step <= 0 or self.highest <= self.lowest:
            raise ValueError(f"no scale runs from {self.lowest} to {self.highest} by {self.step}")
        steps = (self.highest - self.lowest) / self.step
        if abs(steps - round(steps)) > _STEP_TOLERANCE * steps:
            raise ValueError(
                f"steps of {self.step} from {self.lowest} do not arrive at {self.highest}"
            )
        if round(steps) + 1 > _MOST_POINTS:
            raise ValueError(f"a scale of {round(steps) + 1} points is too fine to count")

    @property
    def count(self) -> int:
        """How many points there are."""
        return round((self.highest - self.lowest) / self.step) + 1

    @property
    def span(self) -> float:
        """Distance between the two ends, in scale points."""
        return float(self.highest - self.lowest)

    @property
    def midpoint(self) -> float:
        """The middle of the scale, which need not be one of its points."""
        return (self.lowest + self.highest) / 2

    @property
    def values(self) -> FloatArray:
        """Every point, ascending, shape (count,)."""
        return self.lowest + self.step * np.arange(self.count, dtype=np.float64)

    @property
    def exact(self) -> bool:
        """Whether every point is an integer, so that ratings may be compared exactly."""
        return float(self.lowest).is_integer() and float(self.step).is_integer()

    @property
    def allowance(self) -> float:
        """How far from a point a rating may lie and still be it, in steps."""
        return 0.0 if self.exact else _STEP_TOLERANCE * self.count

    def between(self, lowest: float, highest: float) -> slice:
        """The categories from ``lowest`` to ``highest``, both included, as a slice.

        Raises ValueError when no point of the scale lies there.
        """
        allowance = self.allowance * self.step
        values = self.values
        start = int(np.searchsorted(values, lowest - allowance, side="left"))
        stop = int(np.searchsorted(values, highest + allowance, side="right"))
        if start >= stop:
            raise ValueError(f"no point of the scale {self} lies from {lowest:g} to {highest:g}")
        return slice(start, stop)

    def on(self, ratings: FloatArray) -> BoolArray:
        """Which ratings are points of this scale; NaN and everything else is not."""
        steps = (ratings - self.lowest) / self.step
        nearest = np.rint(steps)
        with np.errstate(invalid="ignore"):  # infinity less infinity is NaN, and NaN is not on it
            on_a_step = np.abs(steps - nearest) <= self.allowance
        inside: BoolArray = on_a_step & (nearest >= 0) & (nearest < self.count)
        return inside

    def __str__(self) -> str:
        by = "" if self.step == 1 else f" by {self.step:g}"
        return f"{self.lowest:g} to {self.highest:g}{by}"


def checked(ratings: npt.ArrayLike, *, points: ScalePoints | None = None) -> FloatArray:
    """Give back ratings as a float array of shape (experts, items), or say what is wrong.

    ratings : anything numpy reads as numbers, shape (experts, items); a single item may be given
        as (experts,) and comes back as one column. NaN is missing.
    points : the scale, when ratings must be points of it.

    Returns float64, the same memory where the input already was float64.

    Raises ValueError for another number of dimensions, for an infinite rating, and, with
    ``points``, for the first rating that is not a point of the scale, with its place (row and
    column counted from 0).
    """
    values = np.asarray(ratings, dtype=np.float64)
    if values.ndim == 1:
        values = values[:, np.newaxis]
    if values.ndim != 2:
        raise ValueError(f"ratings have {values.ndim} dimensions, not (experts, items)")
    wrong = np.isinf(values) if points is None else ~(np.isnan(values) | points.on(values))
    if wrong.any():
        raise ValueError(off_scale(values, wrong, points=points))
    return values


def off_scale(
    values: FloatArray, wrong: BoolArray, *, points: ScalePoints | None, first_row: int = 0
) -> str:
    """Name the first wrong rating and its place, as the text of an error."""
    row, column = (int(place) for place in np.argwhere(wrong)[0])
    scale = "a finite number" if points is None else f"a point of the scale {points}"
    return (
        f"rating {values[row, column]:g} of expert {first_row + row} on item {column}"
        f" (counted from 0) is not {scale}"
    )
