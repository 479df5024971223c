"""How far apart do the ratings lie: quantiles by named definition, IQR, SD, MAD, CV, shape.

There are ten definitions of a quartile in use, and on a panel's short scales they disagree: the
rule "IQR at most 1" flips for some items when the definition changes. So a quantile is always
asked for with the name of its definition, and ``iqr_verdict_by_definition`` says where it matters.

Quantiles are computed in whole numbers and divided once, so that a comparison such as
"IQR <= 1" is exact.

Undefined cells are NaN. One rating has no spread: every width, deviation and coefficient here is
undefined with fewer than two (``ratings.ONE_RATING``), which is not the same as 0.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from surveys.stats.counts import CountTable
from surveys.stats.ratings import BoolArray, FloatArray, IntArray

# Makes the median absolute deviation estimate the SD where ratings are normal.
NORMAL_CONSISTENCY = 1.4826

MEAN_NOT_POSITIVE = "mean is not above zero"

# The definitions whose verdicts are compared by default: R, numpy, pandas and Excel; SPSS, Minitab
# and Excel's QUARTILE.EXC; SAS; the textbooks' median of halves.
COMPARED_DEFINITIONS = ("linear", "weibull", "averaged_inverted_cdf", "tukey_hinges")


@dataclass(frozen=True, slots=True)
class QuantileDefinition:
    """One named way to read a quantile off ordered ratings.

    name : as in ``numpy.quantile``, or "tukey_hinges".
    r_type : number of the type in R's ``quantile``; None for Tukey's hinges.
    used_by : where a reader will have met it.
    a, b : the constants of the plotting position for the types that interpolate, where the
        quantile at p of n ratings is the rating at rank a + p (n + 1 - a - b); None otherwise.
    """

    name: str
    r_type: int | None
    used_by: str
    a: Fraction | None = None
    b: Fraction | None = None


_HALF, _THIRD, _THREE_EIGHTHS = Fraction(1, 2), Fraction(1, 3), Fraction(3, 8)

DEFINITIONS: dict[str, QuantileDefinition] = {
    definition.name: definition
    for definition in (
        QuantileDefinition("inverted_cdf", 1, "SAS PCTLDEF=3"),
        QuantileDefinition("averaged_inverted_cdf", 2, "SAS default (PCTLDEF=5), Stata"),
        QuantileDefinition("closest_observation", 3, "SAS PCTLDEF=2"),
        QuantileDefinition(
            "interpolated_inverted_cdf", 4, "SAS PCTLDEF=1", Fraction(0), Fraction(1)
        ),
        QuantileDefinition("hazen", 5, "hydrology", _HALF, _HALF),
        QuantileDefinition(
            "weibull", 6, "SPSS, Minitab, Excel QUARTILE.EXC", Fraction(0), Fraction(0)
        ),
        QuantileDefinition(
            "linear", 7, "R default, numpy, pandas, Excel QUARTILE.INC", Fraction(1), Fraction(1)
        ),
        QuantileDefinition("median_unbiased", 8, "Hyndman and Fan's advice", _THIRD, _THIRD),
        QuantileDefinition(
            "normal_unbiased", 9, "normal scores plots", _THREE_EIGHTHS, _THREE_EIGHTHS
        ),
        QuantileDefinition("tukey_hinges", None, "textbooks (median of halves), R fivenum"),
    )
}


def quantile_definition(method: str | int) -> QuantileDefinition:
    """The definition called by this name or number.

    method : a name as in ``numpy.quantile``, "tukey_hinges", or R's type: 7, "7", "type 7".

    Raises ValueError for any other.

    Source: Hyndman RJ, Fan Y, Am Stat 1996;50:361-5.
    """
    asked = str(method).strip().lower()
    if asked in DEFINITIONS:
        return DEFINITIONS[asked]
    number = asked.removeprefix("r ").removeprefix("type").strip()
    for definition in DEFINITIONS.values():
        if number == str(definition.r_type):
            return definition
    raise ValueError(
        f"no quantile definition is called {method!r}; there are R's types 1 to 9 and "
        + ", ".join(DEFINITIONS)
    )


@dataclass(frozen=True, slots=True, eq=False)
class QuantileRange:
    """Two quantiles and the distance between them, in scale points.

    lower, upper : the quantiles, shape (items,); NaN where nobody rated.
    width : upper - lower, computed as one exact quotient; NaN with fewer than two ratings.
    lower_share, upper_share : which quantiles, for instance 0.25 and 0.75.
    definition : name of the quantile definition.
    """

    lower: FloatArray
    upper: FloatArray
    width: FloatArray
    lower_share: float
    upper_share: float
    definition: str


@dataclass(frozen=True, slots=True, eq=False)
class IqrVerdicts:
    """Whether "IQR at most the limit" holds, by each definition.

    within : booleans, shape (items, definitions); False where undefined.
    depends : booleans, shape (items,); True where the definitions do not agree.
    definitions : their names, in the order of the columns.
    limit : in scale points.
    """

    within: BoolArray
    depends: BoolArray
    definitions: tuple[str, ...]
    limit: float


def quantiles(
    table: CountTable, shares: Sequence[float], *, quantile_method: str | int
) -> FloatArray:
    """Below which ratings do these shares of the panel lie?

    shares : from 0 to 1; only 0.25, 0.5 and 0.75 for "tukey_hinges".
    quantile_method : name or R number of the definition.

    Returns scale points, shape (items, shares). Undefined: NaN where nobody rated.

    Raises ValueError for a share outside 0..1 and for an unknown definition.

    Method: R's nine types as Hyndman and Fan number them. A share is taken as the fraction it
    was typed as (0.3 is three tenths), so that ranks that are whole are not missed by a rounding
    error, which R guards against with a small constant. Type 3 takes the even rank when two are
    equally near, as R does.

    Source: Hyndman RJ, Fan Y, Am Stat 1996;50:361-5. Tukey JW, Exploratory Data Analysis, 1977.

    Checked against: numpy 2.4 quantile by all nine methods (type 3 apart where its tie falls);
    R's fivenum as documented.
    """
    numerators, denominator = quantile_fractions(table, shares, quantile_method=quantile_method)
    values = table.points.lowest + table.points.step * numerators / denominator
    return np.where(table.n[:, np.newaxis] > 0, values, np.nan)


def quantile_fractions(
    table: CountTable, shares: Sequence[float], *, quantile_method: str | int
) -> tuple[IntArray, int]:
    """The same quantiles as exact fractions of a step above the lowest point.

    Returns numerators, shape (items, shares), and their common denominator. Where nobody rated
    the numerator has no meaning.
    """
    definition = quantile_definition(quantile_method)
    fractions = [_fraction(share) for share in shares]
    if definition.a is not None and definition.b is not None:
        ranks = [_interpolated_rank(table.n, p, definition.a, definition.b) for p in fractions]
    elif definition.r_type is None:
        ranks = [_hinge_rank(table.n, p) for p in fractions]
    else:
        ranks = [_stepped_rank(table.n, p, definition.r_type) for p in fractions]
    denominator = math.lcm(1, *(bottom for _, bottom in ranks))
    columns = [
        _between_ranks(table, top * (denominator // bottom), denominator) for top, bottom in ranks
    ]
    shape = (table.items, len(columns))
    return np.array(columns, dtype=np.int64).reshape(shape[::-1]).T, denominator


def quartiles(table: CountTable, *, quantile_method: str | int) -> QuantileRange:
    """Between which ratings does the middle half of the panel lie, and how far apart are they?

    Returns a QuantileRange; ``width`` is the IQR. Undefined and checked as ``quantiles``; the
    width also with one rating.

    >>> from surveys.stats import counts
    >>> from surveys.stats.ratings import ScalePoints
    >>> table = counts.from_ratings([3, 3, 4, 4, 4, 4, 4, 5, 5, 5], points=ScalePoints(1, 5))
    >>> quartiles(table, quantile_method="linear").width.tolist()
    [0.75]
    >>> quartiles(table, quantile_method="weibull").width.tolist()
    [1.25]
    """
    return interquantile_range(table, 0.25, 0.75, quantile_method=quantile_method)


def interquantile_range(
    table: CountTable, lower: float, upper: float, *, quantile_method: str | int
) -> QuantileRange:
    """How far apart are two quantiles, for instance P30 and P70?

    lower, upper : shares from 0 to 1, the lower first.

    Returns a QuantileRange. Raises ValueError when upper is below lower, and as ``quantiles``.
    """
    if upper < lower:
        raise ValueError(f"the upper share {upper} is below the lower share {lower}")
    tops, bottom = quantile_fractions(table, (lower, upper), quantile_method=quantile_method)
    step, start, n = table.points.step, table.points.lowest, table.n
    low, high = (np.where(n > 0, start + step * tops[:, k] / bottom, np.nan) for k in (0, 1))
    width = np.where(n > 1, step * (tops[:, 1] - tops[:, 0]) / bottom, np.nan)
    return QuantileRange(low, high, width, lower, upper, quantile_definition(quantile_method).name)


def iqr_verdict_by_definition(
    table: CountTable, *, limit: float, definitions: Sequence[str | int] = COMPARED_DEFINITIONS
) -> IqrVerdicts:
    """Would another program's quartiles change the verdict "IQR at most the limit"?

    limit : in scale points.
    definitions : names or R numbers of the definitions to compare; by default those of R, SPSS,
        SAS and the textbooks.

    Returns an IqrVerdicts. With fewer than two ratings there is no IQR: no definition holds and
    none disagrees.

    Worked example: of the 1,001 patterns that ten experts can make on a 5-point scale, "IQR at
    most 1" by "linear" and by "weibull" differs on 180.
    """
    widths = [quartiles(table, quantile_method=method).width for method in definitions]
    columns = np.array(widths, dtype=np.float64).reshape(len(widths), table.items)
    within: BoolArray = (columns <= limit).T
    return IqrVerdicts(
        within=within,
        depends=np.logical_and(within.any(axis=1), ~within.all(axis=1)),
        definitions=tuple(quantile_definition(method).name for method in definitions),
        limit=limit,
    )


def extremes(table: CountTable) -> tuple[FloatArray, FloatArray]:
    """The lowest and the highest rating given, in scale points; NaN where nobody rated."""
    n = table.n
    lowest, highest = table.category_at(1), table.category_at(np.maximum(n, 1))
    start, step = table.points.lowest, table.points.step
    return (
        np.where(n > 0, start + step * lowest, np.nan),
        np.where(n > 0, start + step * highest, np.nan),
    )


def variance(table: CountTable) -> FloatArray:
    """Mean square distance from the mean with n - 1 below, in squared scale points.

    Undefined: NaN with fewer than two ratings. Method: from whole-number sums, so that equal
    ratings have exactly 0.
    """
    categories = np.arange(table.points.count)
    n = table.n
    sums, squares = table.counts @ categories, table.counts @ categories**2
    result = np.full(table.items, np.nan)
    np.divide(n * squares - sums**2, n * (n - 1), out=result, where=n > 1)
    return result * table.points.step**2


def standard_deviation(table: CountTable) -> FloatArray:
    """How far from the mean do ratings lie, as a root mean square, in scale points?

    Returns the SD with n - 1 in the denominator, shape (items,). Undefined: NaN with fewer than
    two ratings; it is 0 when all are equal.

    Checked against: numpy 2.4 std(ddof=1).
    """
    sd: FloatArray = np.sqrt(variance(table))
    return sd


def coefficient_of_variation(table: CountTable) -> FloatArray:
    """How large is the SD beside the mean?

    Returns SD / mean, no unit, shape (items,). Depends on where the scale begins: 1 to 5 and 0 to
    4 give different numbers for the same answers, so compare it only within one scale.

    Undefined: NaN with fewer than two ratings, and where the mean is not above zero
    (``MEAN_NOT_POSITIVE``): below it the ratio would call wide spread narrow.

    Source: English JM, Kernan GL, Transp Res 1976;10:187-96 (CV to 0.5 as agreement).
    """
    from surveys.stats import centre

    means = centre.mean(table)
    ratio = np.full(table.items, np.nan)
    np.divide(standard_deviation(table), means, out=ratio, where=means > 0)
    return ratio


def median_absolute_deviation(table: CountTable, *, scaled: bool = False) -> FloatArray:
    """How far from the median does the middle expert lie?

    scaled : multiply by 1.4826, which makes it comparable with an SD where ratings are normal
        (R's ``mad`` does so by default). Default: the plain distance.

    Returns the median of |rating - median|, in scale points, shape (items,). The name MAD also
    stands for ``mean_absolute_deviation``; say which.

    Undefined: NaN with fewer than two ratings.

    Checked against: scipy 1.17 stats.median_abs_deviation.
    """
    n = table.n
    doubled = table.category_at((n + 1) // 2) + table.category_at(n // 2 + 1)
    # Distances in half steps are whole numbers, so they can be counted like ratings.
    halves = np.zeros((table.items, 2 * table.points.count), dtype=np.int64)
    rows = np.arange(table.items)
    for category in range(table.points.count):
        distance = np.minimum(np.abs(2 * category - doubled), 2 * table.points.count - 1)
        halves[rows, distance] += table.counts[:, category]
    at_or_below = np.cumsum(halves, axis=1)
    low, high = (
        np.count_nonzero(at_or_below < rank[:, np.newaxis], axis=1)
        for rank in ((n + 1) // 2, n // 2 + 1)
    )
    distances = table.points.step * (low + high) / 4
    return np.where(n > 1, distances * (NORMAL_CONSISTENCY if scaled else 1.0), np.nan)


def mean_absolute_deviation(table: CountTable) -> FloatArray:
    """How far from the median do experts lie on average?

    Returns the mean of |rating - median|, in scale points, shape (items,). This is the "MAD" of
    RAND/UCLA reports (MAD-M) and the AD_Md of organisational research.

    Undefined: NaN with fewer than two ratings.
    """
    n = table.n
    doubled = table.category_at((n + 1) // 2) + table.category_at(n // 2 + 1)
    distances = np.abs(2 * np.arange(table.points.count) - doubled[:, np.newaxis])
    total = (table.counts * distances).sum(axis=1)
    result = np.full(table.items, np.nan)
    np.divide(total, 2 * n, out=result, where=n > 1)
    return result * table.points.step


def skewness(table: CountTable, *, kind: int = 2) -> FloatArray:
    """Do ratings trail off to one side (negative: a tail towards low ratings)?

    kind : 1, the plain third moment g1; 2, corrected as in SAS, SPSS and Excel; 3, with the SD of
        n - 1, as in Minitab. The numbers are those of R's e1071.

    Returns a coefficient without unit, shape (items,).

    Undefined: NaN where all ratings are equal (``ratings.ALL_EQUAL``), with fewer than two
    ratings, and for kind 2 with fewer than three (``ratings.TOO_FEW``).

    Raises ValueError for another kind.

    Source: Joanes DN, Gill CA, The Statistician 1998;47:183-9.

    Checked against: scipy 1.17 stats.skew, pandas 3.1 Series.skew (kind 2).
    """
    n = table.n.astype(np.float64)
    m2, m3, _ = _central_moments(table)
    with np.errstate(divide="ignore", invalid="ignore"):  # refused by the conditions below
        g1 = m3 / m2**1.5
        by_kind = {
            1: (g1, n > 1),
            2: (g1 * np.sqrt(n * (n - 1)) / (n - 2), n > 2),
            3: (g1 * ((n - 1) / n) ** 1.5, n > 1),
        }
    values, defined = _kind(by_kind, kind)
    return np.where(defined & (m2 > 0), values, np.nan)


def excess_kurtosis(table: CountTable, *, kind: int = 2) -> FloatArray:
    """Are the tails heavier than a normal distribution's (0), or lighter (negative)?

    kind : as in ``skewness``.

    Returns a coefficient without unit, shape (items,).

    Undefined: NaN where all ratings are equal, with fewer than two ratings, and for kind 2 with
    fewer than four.

    Raises ValueError for another kind.

    Source and checked against: as ``skewness``; scipy's kurtosis, pandas' kurt.
    """
    n = table.n.astype(np.float64)
    m2, _, m4 = _central_moments(table)
    with np.errstate(divide="ignore", invalid="ignore"):  # refused by the conditions below
        g2 = m4 / m2**2 - 3
        by_kind = {
            1: (g2, n > 1),
            2: (((n + 1) * g2 + 6) * (n - 1) / ((n - 2) * (n - 3)), n > 3),
            3: ((g2 + 3) * (1 - 1 / n) ** 2 - 3, n > 1),
        }
    values, defined = _kind(by_kind, kind)
    return np.where(defined & (m2 > 0), values, np.nan)


def _kind(
    by_kind: dict[int, tuple[FloatArray, BoolArray]], kind: int
) -> tuple[FloatArray, BoolArray]:
    if kind not in by_kind:
        raise ValueError(f"there is no kind {kind!r} of skewness and kurtosis; 1, 2 or 3")
    return by_kind[kind]


def _central_moments(table: CountTable) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Second to fourth central moment, in powers of a step; NaN where nobody rated."""
    shares = table.shares
    categories = np.arange(table.points.count)
    sums = np.full(table.items, np.nan)
    np.divide(table.counts @ categories, table.n, out=sums, where=table.n > 0)
    distances = categories - sums[:, np.newaxis]
    second, third, fourth = ((shares * distances**power).sum(axis=1) for power in (2, 3, 4))
    return second, third, fourth


def _fraction(share: float) -> Fraction:
    if not 0 <= share <= 1:
        raise ValueError(f"a quantile lies from 0 to 1, not at {share}")
    return Fraction(share).limit_denominator(1_000_000)


def _interpolated_rank(n: IntArray, p: Fraction, a: Fraction, b: Fraction) -> tuple[IntArray, int]:
    """Rank a + p (n + 1 - a - b) as (numerators, denominator)."""
    fixed = a + p * (1 - a - b)
    bottom = math.lcm(fixed.denominator, p.denominator)
    top = n * (p.numerator * (bottom // p.denominator))
    return top + fixed.numerator * (bottom // fixed.denominator), bottom


def _stepped_rank(n: IntArray, p: Fraction, r_type: int) -> tuple[IntArray, int]:
    """Rank by one of the three types that do not interpolate, in half ranks."""
    if r_type == 3:
        # The rank nearest to n p, the even one of two that are equally near.
        doubled = 2 * n * p.numerator - p.denominator
        whole, rest = np.divmod(doubled, 2 * p.denominator)
        stays = (rest == 0) & (whole % 2 == 0)
        return 2 * np.where(stays, whole, whole + 1), 2
    whole, rest = np.divmod(n * p.numerator, p.denominator)
    if r_type == 1:
        return 2 * (whole + (rest > 0)), 2
    return np.where(rest > 0, 2 * (whole + 1), 2 * whole + 1), 2


def _hinge_rank(n: IntArray, p: Fraction) -> tuple[IntArray, int]:
    """Tukey's depths: the median of each half, the middle rating belonging to both."""
    hinge = (n + 3) // 2  # twice the depth of a hinge
    depths = {Fraction(1, 4): hinge, Fraction(1, 2): n + 1, Fraction(3, 4): 2 * (n + 1) - hinge}
    if p not in depths:
        raise ValueError(f"Tukey's hinges are quartiles; they give no quantile at {float(p)}")
    return depths[p], 2


def _between_ranks(table: CountTable, rank: IntArray, denominator: int) -> IntArray:
    """Category at a rank given in 1/denominator, interpolated, as a numerator over the same."""
    inside = np.clip(rank, denominator, denominator * np.maximum(table.n, 1))
    whole, rest = np.divmod(inside, denominator)
    below = table.category_at(whole)
    above = table.category_at(np.minimum(whole + 1, np.maximum(table.n, 1)))
    between: IntArray = below * denominator + rest * (above - below)
    return between
