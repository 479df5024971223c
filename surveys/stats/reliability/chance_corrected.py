"""Agreement corrected for chance: Gwet, Fleiss, Conger, Brennan and Prediger, or not corrected."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats import counts as tally
from surveys.stats import ratings as panel
from surveys.stats.concordance import check_confidence
from surveys.stats.counts import CountTable
from surveys.stats.ratings import BoolArray, FloatArray, IntArray, ScalePoints
from surveys.stats.reliability.weights import Weights, named_weights

NO_ITEM_RATED_TWICE = "no item was rated by two experts"
ONE_CATEGORY = "one category overall"
CHANCE_IS_CERTAIN = "agreement by chance is certain, so nothing is left to correct"
ONE_ITEM_NO_ERROR = "one item gives no standard error"
NO_SPREAD = "every item has the same agreement, so there is no spread to make an interval from"
# Differences below this, next to numbers of the order of 1, are the arithmetic's own rounding.
_ROUNDING = 1e-12
# A block of this many ratings stays in a core's cache while it is worked on.
_RATINGS_AT_ONCE = 1 << 15


@dataclass(frozen=True, slots=True)
class ChanceCorrected:
    """One coefficient of agreement with its parts, its error and what it was computed from.

    name : for instance "Gwet AC2".
    coefficient : (observed - expected) / (1 - expected); at most 1, may be negative. None when
        undefined, with ``reason``.
    observed : weighted share of agreeing pairs of experts, averaged over items.
    expected : the same by chance, as this coefficient defines chance.
    standard_error : over items, conditional on these experts.
    lower, upper : coefficient -/+ t x standard_error on items - 1 degrees of freedom. Not clipped:
        clip the display to -1..1. None with ``interval_reason``.
    items : items with at least one rating; paired_items : with at least two.
    ratings : ratings in those items.
    weights : the name of the weights, or "custom".
    """

    name: str
    coefficient: float | None
    observed: float | None
    expected: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None
    confidence: float
    items: int
    paired_items: int
    ratings: int
    weights: str
    reason: str | None
    interval_reason: str | None


def percent_agreement(
    table: CountTable, *, weights: Weights = "unweighted", confidence: float = 0.95
) -> ChanceCorrected:
    """Share of pairs of experts who gave an item the same rating, averaged over items.

    Answers "if I pick an item and two of its experts, how often did they say the same?". Nothing
    is taken off for chance: expected is 0. With weights, near misses count in part.

    table : category counts over the full scale; experts with a gap count where they rated.
    Result, errors and undefined outcomes as for ``gwet_ac``.

    Source: Gwet KL. Handbook of Inter-Rater Reliability, 4th ed., 2014.
    Checked against: the plain count over all pairs.
    """
    found = _observe(table, weights)
    no_chance = np.zeros(len(found.each))
    return _corrected("percent agreement", found, 0.0, no_chance, confidence)


def brennan_prediger(
    table: CountTable, *, weights: Weights = "unweighted", confidence: float = 0.95
) -> ChanceCorrected:
    """Agreement corrected for experts who would pick every point of the scale equally often.

    Chance depends on the scale alone, so the full scale must be in ``table``: leaving out unused
    points changes the result. Result, errors and undefined outcomes as for ``gwet_ac``.

    Source: Brennan RL, Prediger DJ. Educ Psychol Meas 1981;41:687-99.
    Checked against: irrCAC 0.4.4 (Python).
    """
    found = _observe(table, weights)
    expected = float(found.weights.mean())
    # The scale is fixed, so chance has no error of its own.
    fixed = np.full(len(found.each), expected)
    return _corrected("Brennan-Prediger", found, expected, fixed, confidence)


def gwet_ac(
    table: CountTable, *, weights: Weights = "quadratic", confidence: float = 0.95
) -> ChanceCorrected:
    """Gwet's AC1 (unweighted) or AC2 (weighted): agreement beyond chance on hard items.

    Answers "how much more do two experts agree than if they guessed on the items that are hard
    to judge?". It does not collapse when almost everybody rates high, as kappas do.

    table : category counts, shape (items, categories), **over the full scale**: the number of
        points enters the formula.
    weights : a name from ``WEIGHTS``, or a symmetric array of shape (points, points) with 1 on the
        diagonal.
    confidence : between 0 and 1.

    Returns ChanceCorrected. A panel unanimous on the same point everywhere has 1.

    Raises ValueError for unknown or broken weights or a confidence outside 0..1.
    Undefined: nobody rated; no item rated by two experts (one expert included). The interval alone
    is undefined with one item, and when every item has exactly the same agreement.

    Method
        Observed: per item with at least two ratings the weighted share of agreeing pairs, averaged.
        Expected: sum of weights / (q (q - 1)) x sum over points of p (1 - p), p the mean over items
        of the share of ratings at the point, q the number of points. Items with a single rating
        count in p only. Standard error: Gwet's linearisation over items, which treats the experts
        as given.

    Source: Gwet KL. Br J Math Stat Psychol 2008;61:29-48. Weights, missing ratings and error:
        Gwet KL. Handbook of Inter-Rater Reliability, 4th ed., 2014.
    Checked against: irrCAC 0.4.4 (Python): coefficient, parts, error and interval, all weights,
        with and without missing ratings.
    """
    found = _observe(table, weights)
    q = found.weights.shape[0]
    p = found.mean_shares
    scale = float(found.weights.sum()) / (q * (q - 1))
    expected = scale * float((p * (1 - p)).sum())
    each = scale * (found.shares @ (1 - p))
    # The diagonal is 1, so that AC1 is where nothing else counts.
    name = "Gwet AC1" if np.count_nonzero(found.weights) == q else "Gwet AC2"
    return _corrected(name, found, expected, each, confidence)


def fleiss_kappa(
    table: CountTable, *, weights: Weights = "unweighted", confidence: float = 0.95
) -> ChanceCorrected:
    """Fleiss' kappa: agreement beyond what the panel's overall use of the scale would give.

    Unequal numbers of ratings per item are allowed, as Gwet generalises it; with equal numbers it
    is Fleiss' own coefficient. Result, errors and input as for ``gwet_ac``.

    Undefined: as for ``gwet_ac``, and when all ratings fall in one category, because agreement by
    chance is then certain. A panel unanimous on every item, at different points, has 1.

    Source: Fleiss JL. Psychol Bull 1971;76:378-82 (30 patients, 6 psychiatrists: .430).
    Checked against: that example; statsmodels 0.15 fleiss_kappa (equal numbers); irrCAC 0.4.4
        (unequal numbers, weights, error and interval).
    """
    found = _observe(table, weights)
    p = found.mean_shares
    expected = float(p @ found.weights @ p)
    each = found.shares @ (found.weights @ p)
    return _corrected("Fleiss kappa", found, expected, each, confidence, _one_category(found))


def conger_kappa(
    ratings: npt.ArrayLike,
    *,
    points: ScalePoints,
    weights: Weights = "unweighted",
    confidence: float = 0.95,
) -> ChanceCorrected:
    """Conger's kappa: chance from each expert's own use of the scale; Cohen's kappa for two.

    ratings : shape (experts, items), points of the scale, NaN where missing. The ratings
        themselves are needed, because counts have forgotten who gave them.
    points : the scale.
    Result and errors as for ``gwet_ac``; also ValueError for a rating off the scale.

    Undefined: as for ``fleiss_kappa``.

    Method: expected is the mean over pairs of experts of the agreement that their two margins
    give. Experts who rated nothing are left out.

    Source: Conger AJ. Psychol Bull 1980;88:322-8. Missing ratings and error: Gwet 2014.
    Checked against: irrCAC 0.4.4 (Python) and, for two experts, ``kappa``.
    """
    values = panel.checked(ratings)
    found = _observe(tally.from_ratings(values, points=points), weights)
    absent = np.isnan(values).all(axis=1)
    present = values[~absent] if absent.any() else values
    expected, each = 0.0, np.zeros(len(found.each))
    if found.reason is None:
        expected, each = _conger_chance(present, points, found)
    return _corrected("Conger kappa", found, expected, each, confidence, _one_category(found))


@dataclass(frozen=True, slots=True)
class _Observed:
    """What the coefficients share: shares of ratings and agreement, per item with a rating."""

    weights: FloatArray
    weights_name: str
    kept: BoolArray
    shares: FloatArray
    mean_shares: FloatArray
    each: FloatArray
    paired: BoolArray
    ratings: int
    reason: str | None


def _observe(table: CountTable, weights: Weights) -> _Observed:
    matrix, name = named_weights(weights, table.points, symmetric=True)
    kept = table.n > 0
    counts, n = (table.counts, table.n) if kept.all() else (table.counts[kept], table.n[kept])
    counted, n = counts.astype(np.float64), n.astype(np.float64)
    paired = n >= 2
    agreeing = np.vecdot(counted, counted @ matrix - 1)
    each = np.divide(agreeing, n * (n - 1), out=np.zeros(len(n)), where=paired)
    shares = counted / n[:, np.newaxis]
    reason = None if paired.any() else NO_ITEM_RATED_TWICE
    return _Observed(
        weights=matrix,
        weights_name=name,
        kept=kept,
        shares=shares,
        mean_shares=shares.sum(axis=0) / max(1, len(n)),
        each=each,
        paired=paired,
        ratings=int(n.sum()),
        reason=reason if len(n) else panel.NOBODY_RATED,
    )


def _one_category(found: _Observed) -> str | None:
    return ONE_CATEGORY if np.count_nonzero(found.mean_shares) == 1 else None


def _corrected(
    name: str,
    found: _Observed,
    expected: float,
    expected_each: FloatArray,
    confidence: float,
    reason: str | None = None,
) -> ChanceCorrected:
    """Correct for chance; ``expected_each`` is each item's own contribution to chance."""
    check_confidence(confidence)
    items, paired = len(found.each), int(found.paired.sum())
    reason = found.reason or reason
    if reason is None and 1 - expected <= _ROUNDING:
        reason = CHANCE_IS_CERTAIN
    observed = value = error = lower = upper = None
    interval_reason = reason
    if found.reason is None:
        observed = float(found.each.sum()) / paired
    if observed is not None and reason is None:
        value = (observed - expected) / (1 - expected)
        interval_reason = ONE_ITEM_NO_ERROR if items == 1 else None
    if value is not None and interval_reason is None:
        from scipy import special

        # Each item's pull on the coefficient: through the agreement observed on it, and through
        # what it adds to the margins that define chance.
        pull = items / paired * (found.each - expected * found.paired) / (1 - expected)
        pull -= 2 * (1 - value) * (expected_each - expected) / (1 - expected)
        error = float(np.sqrt(np.square(pull - value).sum() / (items * (items - 1))))
        if error <= _ROUNDING:
            error, interval_reason = 0.0, NO_SPREAD
        else:
            reach = float(special.stdtrit(items - 1, (1 + confidence) / 2)) * error
            lower, upper = value - reach, value + reach
    return ChanceCorrected(
        name=name,
        coefficient=value,
        observed=observed,
        expected=None if found.reason else expected,
        standard_error=error,
        lower=lower,
        upper=upper,
        confidence=confidence,
        items=items,
        paired_items=paired,
        ratings=found.ratings,
        weights=found.weights_name,
        reason=reason,
        interval_reason=interval_reason,
    )


def _conger_chance(
    values: FloatArray, points: ScalePoints, found: _Observed
) -> tuple[float, FloatArray]:
    """Chance agreement averaged over pairs of experts, and each item's contribution to it."""
    experts, items = len(values), int(found.kept.sum())
    width = points.count + 1
    chose = np.zeros(experts * width)
    for rows, cells in _cells(values, points):
        block = np.bincount(cells.ravel(), minlength=len(rows) * width)
        chose[rows[0] * width : (rows[-1] + 1) * width] = block
    own = chose.reshape(experts, width)[:, :-1]
    n = own.sum(axis=1, keepdims=True)
    p = own / n
    # Agreement of each point with the way all the other experts together use the scale.
    others = p.sum(axis=0) @ found.weights - p @ found.weights
    level = (others * p).sum(axis=1, keepdims=True)
    pairs = experts * (experts - 1)

    # An item moves chance by moving the margin of every expert who rated it; a missing rating
    # moves nothing.
    moves = np.zeros((experts, width))
    moves[:, :-1] = (others - level) * (items / n)
    each = np.full(values.shape[1], level.sum())
    for rows, cells in _cells(values, points):
        each += np.take(moves[rows[0] : rows[-1] + 1].ravel(), cells).sum(axis=0)
    return float(level.sum()) / pairs, each[found.kept] / pairs


def _cells(values: FloatArray, points: ScalePoints) -> Iterator[tuple[range, IntArray]]:
    """Some experts at a time, and where each of their ratings lies in a table of expert by point.

    The table has one column more than the scale has points, for missing ratings.
    """
    at_once = max(1, _RATINGS_AT_ONCE // values.shape[1])
    for first in range(0, len(values), at_once):
        steps = values[first : first + at_once] - points.lowest
        np.copyto(steps, points.span + points.step, where=np.isnan(steps))
        if not points.exact or points.step != 1:
            np.rint(steps / points.step, out=steps)
        cells = steps.astype(np.int64)
        cells += np.arange(len(cells))[:, np.newaxis] * (points.count + 1)
        yield range(first, first + len(cells)), cells
