"""What the camps say: statements that divide them, that unite them, and that mark each one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from surveys.stats.camps import grouping
from surveys.stats.camps.evidence import Panel
from surveys.stats.ratings import (
    ALL_EQUAL,
    NOBODY_RATED,
    BoolArray,
    FloatArray,
    IntArray,
    ScalePoints,
)

Side = Literal["agree", "disagree"]
Adjustment = Literal["holm", "benjamini-hochberg"]

ONE_CAMP_RATED = "fewer than two camps rated"
NO_OTHER_STATEMENT = "no other statement to divide the experts by"

# Polis calls a statement representative when both of its one-sided tests reach 90 %.
REPRESENTATIVE_Z = 1.2816
# Up to this many ratings the rank test is a permutation test; beyond it chi-square is as good.
_PERMUTED_RATINGS = 60
_PERMUTATIONS = 4999
# Opinions are multiples of a scale step; differences this small are rounding.
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Statements:
    """Every statement, camp by camp. Arrays over camps and items have shape (camps, items).

    answered, agree, disagree : int arrays, counted experts per camp.
    mean : float array, mean opinion, -1 to 1; NaN where nobody of the camp rated.
    agree_estimate, disagree_estimate : float arrays, 0 to 1: (agree + 1) / (answered + 2); NaN
        where nobody of the camp rated.
    consensus_agree, consensus_disagree : float arrays, shape (items,): group-informed consensus,
        the product of the estimates over the camps, 0 to 1; NaN where a camp did not rate.
    difference : float array, shape (items,): highest less lowest camp mean, 0 to 2; NaN where
        fewer than two camps rated.
    cliffs_delta : float array, shape (items,): between those two camps, the chance that an expert
        of the higher one rates higher less the chance that she rates lower, -1 to 1; NaN as
        difference.
    highest, lowest : int arrays, shape (items,): those two camps; -1 where undefined.
    p : float array, shape (items,): chance of ranks as different between camps *found without
        this statement*; NaN where undefined.
    adjusted_p : the same, adjusted over all statements that have one.
    agree_ratio, disagree_ratio : float arrays: the camp's estimate over that of everybody else;
        NaN where one side did not rate.
    agree_z, disagree_z : float arrays: whether more than half of the camp does; NaN as mean.
    agree_difference_z, disagree_difference_z : float arrays: whether more of the camp does than
        of everybody else; NaN as the ratios.
    reasons : per item, why its ``p`` is undefined, None where it is defined. Every other NaN
        has one reason, ``ratings.NOBODY_RATED``, in the camp or camps it is about.
    adjustment : how ``adjusted_p`` was made.
    """

    answered: IntArray
    agree: IntArray
    disagree: IntArray
    mean: FloatArray
    agree_estimate: FloatArray
    disagree_estimate: FloatArray
    consensus_agree: FloatArray
    consensus_disagree: FloatArray
    difference: FloatArray
    cliffs_delta: FloatArray
    highest: IntArray
    lowest: IntArray
    p: FloatArray
    adjusted_p: FloatArray
    agree_ratio: FloatArray
    disagree_ratio: FloatArray
    agree_z: FloatArray
    disagree_z: FloatArray
    agree_difference_z: FloatArray
    disagree_difference_z: FloatArray
    reasons: tuple[str | None, ...]
    adjustment: Adjustment

    def dividing(self, *, top: int = 5, alpha: float | None = 0.05) -> tuple[int, ...]:
        """The items that divide the camps most: largest difference of means first.

        alpha : only items whose adjusted p is at most this; None for all that have a difference.
        """
        fit = ~np.isnan(self.difference)
        if alpha is not None:
            fit &= np.nan_to_num(self.adjusted_p, nan=1.0) <= alpha
        return _largest(np.where(fit, self.difference, np.nan), top)

    def uniting(self, side: Side, *, top: int = 5) -> tuple[int, ...]:
        """The items on whose agreement (or rejection) the camps come together, strongest first.

        Only items on which every camp's estimate is above one half: a product can be the largest
        there is and still join one camp's enthusiasm to another's shrug.
        """
        agreeing = side == "agree"
        estimate = self.agree_estimate if agreeing else self.disagree_estimate
        consensus = self.consensus_agree if agreeing else self.consensus_disagree
        with_all = np.nan_to_num(estimate, nan=0.0).min(axis=0) > 0.5
        return _largest(np.where(with_all, consensus, np.nan), top)

    def representative(self, camp: int, *, top: int = 5) -> tuple[tuple[int, Side], ...]:
        """What marks a camp: (item, side), most representative first; perhaps nothing.

        Polis's rule: the side on which the camp differs more from everybody else, if more than
        half of the camp takes it and more of the camp than of the rest, each at a one-sided 90 %;
        ordered by the product of ratio, estimate and the two z. Where Polis falls back on the
        best of the rest so that every group has something to show, this says nothing.
        """
        agreeing = self.agree_difference_z[camp] > self.disagree_difference_z[camp]
        score = np.where(agreeing, self._score(camp, "agree"), self._score(camp, "disagree"))
        return tuple(
            (item, "agree" if agreeing[item] else "disagree") for item in _largest(score, top)
        )

    def _score(self, camp: int, side: Side) -> FloatArray:
        """How representative each item is of a camp on one side; NaN where not at all."""
        agree = (self.agree_z, self.agree_difference_z, self.agree_ratio, self.agree_estimate)
        disagree = (
            self.disagree_z,
            self.disagree_difference_z,
            self.disagree_ratio,
            self.disagree_estimate,
        )
        z, difference_z, ratio, estimate = (
            row[camp] for row in (agree if side == "agree" else disagree)
        )
        passes = (z > REPRESENTATIVE_Z) & (difference_z > REPRESENTATIVE_Z)
        return np.where(passes, ratio * difference_z * estimate * z, np.nan)


def _largest(values: FloatArray, top: int) -> tuple[int, ...]:
    order = np.argsort(-values, kind="stable")
    return tuple(int(item) for item in order if not np.isnan(values[item]))[:top]


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Who agrees and who disagrees, bool arrays of shape (experts, items)."""

    agree: BoolArray
    disagree: BoolArray

    def of(self, experts: IntArray | BoolArray) -> "Sides":
        """The same for some experts, chosen as numpy chooses rows."""
        return Sides(self.agree[experts], self.disagree[experts])


def sides(
    opinions: FloatArray,
    *,
    points: ScalePoints | Sequence[ScalePoints],
    agree_from: float | Sequence[float] | None,
    disagree_to: float | Sequence[float] | None,
) -> Sides:
    """Read agreement and rejection off the scale.

    opinions : on the common scale, NaN missing.
    agree_from, disagree_to : scale points, one for all items or one per item; everything above
        and everything below the middle of the scale when left out.

    Raises ValueError for a number of points that does not fit the items, for a point off its
    scale, and where agreement would not begin above rejection.
    """
    items = opinions.shape[1]
    scales = [points] * items if isinstance(points, ScalePoints) else list(points)
    middle = np.array([scale.midpoint for scale in scales])
    half = np.array([scale.span for scale in scales]) / 2
    # Without a bound, anything beyond the middle counts: half a step is beyond rounding.
    step = np.array([scale.step for scale in scales]) / half
    from_ = _bound("agree_from", agree_from, scales)
    to = _bound("disagree_to", disagree_to, scales)
    above = step / 4 if from_ is None else (from_ - middle) / half - step / 4
    below = -step / 4 if to is None else (to - middle) / half + step / 4
    if (above <= below).any():
        item = int(np.argmax(above <= below))
        raise ValueError(
            f"agreement from {agree_from} and rejection up to {disagree_to} overlap"
            f" on item {item} (counted from 0)"
        )
    with np.errstate(invalid="ignore"):
        return Sides(agree=opinions > above, disagree=opinions < below)


def _bound(
    name: str, bound: float | Sequence[float] | None, scales: list[ScalePoints]
) -> FloatArray | None:
    if bound is None:
        return None
    values = np.asarray(bound, dtype=np.float64)
    if values.ndim == 0:
        values = np.full(len(scales), float(values))
    if values.shape != (len(scales),):
        raise ValueError(f"{name} has shape {values.shape}, not one number per item")
    for item, scale in enumerate(scales):
        if not scale.on(values[[item]])[0]:
            raise ValueError(
                f"{name} {values[item]:g} of item {item} (counted from 0) is not a point of the"
                f" scale {scale}"
            )
    return values


def tabulate(
    opinions: FloatArray,
    taken: Sides,
    labels: IntArray,
    k: int,
    *,
    p: FloatArray,
    reasons: tuple[str | None, ...],
    adjustment: Adjustment,
) -> Statements:
    """Count every statement by camp.

    opinions, taken : of the counted experts, shape (counted, items).
    labels : int array, shape (counted,), 0 to k - 1.
    p, reasons : as from ``chances``.

    Method
        The pseudo-count (agree + 1) / (answered + 2) is the posterior mean under a uniform prior:
        it keeps two of two from counting as certainty, and one camp that nobody of which has
        agreed *yet* from wiping out a product. The z and their pseudo-counts are those of Polis:
        one proportion against one half, z = 2 sqrt(n) (x / n - 1/2), and two proportions with the
        pooled variance, every x and n raised by 1 beforehand.
    Source
        Small C, et al. Recerca 2021;26(2), and its program as published (compdemocracy/polis).
    Checked against
        statsmodels 0.15 ``proportions_ztest`` on the raised counts; worked by hand in the tests.
    """
    member = (labels[:, np.newaxis] == np.arange(k)).astype(np.float64).T
    rated = ~np.isnan(opinions)
    answered = member @ rated
    agree, disagree = member @ taken.agree, member @ taken.disagree
    sums = member @ np.where(rated, opinions, 0.0)
    nobody = answered == 0
    mean = np.where(nobody, np.nan, sums / np.maximum(answered, 1))
    highest, lowest, difference = _extremes(mean)
    agree_part = _share(agree, answered)
    disagree_part = _share(disagree, answered)
    return Statements(
        answered=answered.astype(np.int64),
        agree=agree.astype(np.int64),
        disagree=disagree.astype(np.int64),
        mean=mean,
        agree_estimate=agree_part.estimate,
        disagree_estimate=disagree_part.estimate,
        consensus_agree=agree_part.estimate.prod(axis=0),
        consensus_disagree=disagree_part.estimate.prod(axis=0),
        difference=difference,
        cliffs_delta=_cliffs_deltas(opinions, labels, highest, lowest),
        highest=highest,
        lowest=lowest,
        p=p,
        adjusted_p=adjusted(p, adjustment),
        agree_ratio=agree_part.ratio,
        disagree_ratio=disagree_part.ratio,
        agree_z=agree_part.z,
        disagree_z=disagree_part.z,
        agree_difference_z=agree_part.difference_z,
        disagree_difference_z=disagree_part.difference_z,
        reasons=reasons,
        adjustment=adjustment,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Share:
    estimate: FloatArray
    ratio: FloatArray
    z: FloatArray
    difference_z: FloatArray


def _share(taking: FloatArray, answered: FloatArray) -> _Share:
    """Estimates and tests for one side, each array of shape (camps, items)."""
    others_taking = taking.sum(axis=0) - taking
    others = answered.sum(axis=0) - answered
    estimate = (taking + 1) / (answered + 2)
    ratio = estimate / ((others_taking + 1) / (others + 2))
    z = 2 * np.sqrt(answered + 1) * ((taking + 1) / (answered + 1) - 0.5)
    inside, outside = answered + 1, others + 1
    pooled = (taking + others_taking + 2) / (inside + outside)
    variance = pooled * (1 - pooled) * (1 / inside + 1 / outside)
    # Everybody takes this side, inside and out: no difference, and no variance to divide by.
    gap = (taking + 1) / inside - (others_taking + 1) / outside
    difference_z = np.where(variance > 0, gap / np.sqrt(np.where(variance > 0, variance, 1.0)), 0.0)
    nobody = answered == 0
    one_side = nobody | (others == 0)
    return _Share(
        estimate=np.where(nobody, np.nan, estimate),
        ratio=np.where(one_side, np.nan, ratio),
        z=np.where(nobody, np.nan, z),
        difference_z=np.where(one_side, np.nan, difference_z),
    )


def _extremes(mean: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """The camps with the highest and the lowest mean, and how far apart these are."""
    comparable = (~np.isnan(mean)).sum(axis=0) >= 2
    highest = np.where(np.isnan(mean), -np.inf, mean).argmax(axis=0)
    # The last of the lowest, so that camps with equal means are still two different camps.
    lowest = len(mean) - 1 - np.where(np.isnan(mean), np.inf, mean)[::-1].argmin(axis=0)
    each = np.arange(mean.shape[1])
    difference = np.where(comparable, mean[highest, each] - mean[lowest, each], np.nan)
    return np.where(comparable, highest, -1), np.where(comparable, lowest, -1), difference


def _cliffs_deltas(
    opinions: FloatArray, labels: IntArray, highest: IntArray, lowest: IntArray
) -> FloatArray:
    deltas = np.full(opinions.shape[1], np.nan)
    for item in np.flatnonzero(highest >= 0):
        column = opinions[:, item]
        rated = ~np.isnan(column)
        high = column[rated & (labels == highest[item])]
        low = np.sort(column[rated & (labels == lowest[item])])
        # By counting instead of comparing all pairs: camps may hold a thousand each.
        above = np.searchsorted(low, high - _TOLERANCE, side="left").sum()
        below = len(low) * len(high) - np.searchsorted(low, high + _TOLERANCE, side="right").sum()
        deltas[item] = (above - below) / (len(high) * len(low))
    return deltas


def chances(
    panel: Panel,
    k: int,
    *,
    starts: int,
    rng: np.random.Generator,
    advance: Callable[[int], None],
) -> tuple[FloatArray, tuple[str | None, ...]]:
    """How surprising each statement's difference between camps is, honestly.

    The camps were made from these very statements, so that a plain test between them would find
    every statement significant, in noise as well. Each statement is therefore tested between the
    camps that the *other* statements make (same map, same number of groups).

    Returns (p, reasons), by statement of the panel.

    Method
        Kruskal-Wallis on midranks: up to 60 ratings the share of 4,999 permutations as extreme
        (counting the data themselves), beyond that chi-square with the tie correction.
    Checked against
        scipy 1.17 ``kruskal`` (asymptotic) and ``permutation_test``.
    """
    statements = panel.values.shape[1]
    p = np.full(statements, np.nan)
    reasons: list[str | None] = [None] * statements
    for item in range(statements):
        others = np.delete(np.arange(statements), item)
        rest = panel.with_statements(others)
        tested = (panel.observed[:, item] > 0) & (rest.observed.any(axis=1))
        p[item], reasons[item] = _chance(panel.values[:, item], tested, rest, k, starts, rng)
        advance(1)
    return p, tuple(reasons)


def _chance(
    column: FloatArray,
    tested: BoolArray,
    rest: Panel,
    k: int,
    starts: int,
    rng: np.random.Generator,
) -> tuple[float, str | None]:
    if rest.values.shape[1] == 0:
        return np.nan, NO_OTHER_STATEMENT
    values = column[tested]
    if not len(values):
        return np.nan, NOBODY_RATED
    if np.ptp(values) < _TOLERANCE:
        return np.nan, ALL_EQUAL
    positions = rest.placed(rest.axes())
    shaping = positions[rest.observed.any(axis=1)]
    labels = grouping.divide_again(shaping, positions[tested], k, starts=starts, rng=rng)
    if len(np.unique(labels)) < 2:
        return np.nan, ONE_CAMP_RATED
    return rank_p(values, labels, rng=rng), None


def rank_p(values: FloatArray, labels: IntArray, *, rng: np.random.Generator) -> float:
    """Kruskal-Wallis p: do these groups rate on different levels?

    values : float array, shape (experts,), not all equal.
    labels : whole numbers, shape (experts,), at least two different ones.
    """
    # Rounding first, so that equal opinions from scales written differently stay equal.
    _, place, ties = np.unique(np.round(values, 9), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(ties) - (ties - 1) / 2)[place]
    used, numbered, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    member = (numbered[:, np.newaxis] == np.arange(len(used))).astype(np.float64)
    between = float(((ranks @ member) ** 2 / sizes).sum())
    n = len(values)
    if n <= _PERMUTED_RATINGS:
        shuffled = rng.permuted(np.tile(ranks, (_PERMUTATIONS, 1)), axis=1)
        as_extreme = ((shuffled @ member) ** 2 / sizes).sum(axis=1) >= between * (1 - _TOLERANCE)
        return float(1 + as_extreme.sum()) / (1 + _PERMUTATIONS)
    from scipy.special import chdtrc

    tied = 1 - float((ties**3 - ties).sum()) / (n**3 - n)
    statistic = (12 * between / (n * (n + 1)) - 3 * (n + 1)) / tied
    return float(chdtrc(len(used) - 1, max(statistic, 0.0)))


def adjusted(p: FloatArray, adjustment: Adjustment) -> FloatArray:
    """Adjust for having tested several statements; NaN is not in the family and stays NaN.

    "holm" keeps the chance of even one false claim at the level asked for (Holm 1979),
    "benjamini-hochberg" the expected share of false ones among the claims (1995).

    Raises ValueError for another name.
    Checked against: statsmodels 0.15 ``multipletests``.
    """
    check_adjustment(adjustment)
    corrected = np.full(len(p), np.nan)
    order = np.argsort(p, kind="stable")[: int((~np.isnan(p)).sum())]
    m = len(order)
    rank = np.arange(m)
    if adjustment == "holm":
        raised = np.maximum.accumulate(p[order] * (m - rank))
    else:
        raised = np.minimum.accumulate((p[order] * m / (rank + 1))[::-1])[::-1]
    corrected[order] = np.minimum(raised, 1.0)
    return corrected


def check_adjustment(adjustment: str) -> None:
    """Raise ValueError for an adjustment that does not exist, naming it."""
    if adjustment not in get_args(Adjustment):
        raise ValueError(f"no adjustment is called {adjustment!r}")
