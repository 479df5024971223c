"""The share of agreement with those who left brought back in: by a model, and by its bounds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats import counts as count_tables
from surveys.stats import intervals
from surveys.stats.counts import CountTable
from surveys.stats.participation.attrition import stayed_marks
from surveys.stats.ratings import (
    NOBODY_RATED,
    ONE_RATING,
    BoolArray,
    FloatArray,
    IntArray,
    ScalePoints,
    checked,
)
from surveys.stats.stability.moves import checked_region
from surveys.stats.stability.reasons import Reasons, first_reason
from surveys.stats.transitions import proportion_of

NOBODY_LEFT = "nobody left, so there is nothing to adjust for"

# Weight of half the squared coefficients in the fit. With 1, a coefficient of 1 per standard
# deviation of a covariate is one prior standard deviation away from 0.
PENALTY = 1.0

_MOST_STEPS = 100
_SMALL_STEP = 1e-10
# Log odds of one in ten thousand million, which no panel can show.
_RUN_OFF = 23.0


@dataclass(frozen=True, slots=True, eq=False)
class RetentionModel:
    """How staying depended on what was known before.

    probability : fitted chance to stay, shape (experts,); all 1 where nobody left.
    intercept, coefficients : on the log odds, per standard deviation of each covariate
        (coefficients of shape (covariates,)); None where nobody left.
    penalty : the ridge penalty used. reason : why there is no model, or None.
    """

    probability: FloatArray
    intercept: float | None
    coefficients: FloatArray | None
    penalty: float
    reason: str | None


@dataclass(frozen=True, slots=True, eq=False)
class AdjustedShare:
    """The share inside a region with stayers weighted up for leavers like them; shape (items,).

    n : stayers who rated the item. share : as counted. adjusted : weighted; NaN without ratings.
    standard_error : of adjusted; NaN with fewer than two ratings.
    lower, upper : Wilson interval of adjusted at the effective number of experts.
    effective_n : (sum of weights)**2 / sum of squared weights, at most n.
    largest_weight : the largest single weight as a share of all; close to 1 the adjusted share is
        one expert's opinion.
    reasons : why adjusted and interval are undefined, or None; error_reasons : the same of
        standard_error.
    """

    n: IntArray
    share: FloatArray
    adjusted: FloatArray
    standard_error: FloatArray
    lower: FloatArray
    upper: FloatArray
    effective_n: FloatArray
    largest_weight: FloatArray
    confidence: float
    reasons: Reasons
    error_reasons: Reasons


@dataclass(frozen=True, slots=True, eq=False)
class AttritionBounds:
    """What the later round could have looked like, had nobody left.

    leavers : experts who rated the item earlier and not later, shape (items,).
    observed : the later round's counts. all_low, all_high : the same with every leaver on the
        lowest, and on the highest point of the scale.
    """

    leavers: IntArray
    observed: CountTable
    all_low: CountTable
    all_high: CountTable

    def share(self, inside: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest possible share inside a region, each of shape (items,).

        inside : for each point of the scale whether it lies in the region, booleans (c,). NaN
        where nobody rated in either round.
        """
        region = checked_region(inside, self.observed.points)
        counted = self.observed.counts[:, region].sum(axis=1)
        everybody = self.observed.n + self.leavers
        return proportion_of(counted, everybody), proportion_of(counted + self.leavers, everybody)


def retention_covariates(
    ratings: npt.ArrayLike, groups: Sequence[str | None] | None = None
) -> FloatArray:
    """Turn the earlier round into a few covariates for `retention_model`.

    ratings : of the earlier round, shape (experts, items); NaN is missing.
    groups : each expert's group, or None.

    Returns shape (experts, 1 + groups): the expert's mean usable rating, then a column of 0 and 1
    for every group in alphabetical order. Every group has its column, so that the penalised fit
    does not depend on a choice of reference; an unpenalised fit needs one of them removed. A mean
    is NaN for an expert without ratings: such an expert is not in the population to adjust to.
    """
    values = checked(ratings)
    rated = ~np.isnan(values)
    means = proportion_of(np.where(rated, values, 0.0).sum(axis=1), rated.sum(axis=1))
    names = sorted({group for group in groups or () if group is not None})
    if groups is not None and len(groups) != len(values):
        raise ValueError(f"{len(groups)} group names do not belong to {len(values)} experts")
    columns = [means, *([[float(g == name) for g in groups or ()] for name in names])]
    return np.array(columns, dtype=np.float64).T


def retention_model(
    stayed: npt.ArrayLike, covariates: npt.ArrayLike, *, penalty: float = PENALTY
) -> RetentionModel:
    """Fit how the chance to stay depended on earlier ratings and group.

    stayed : booleans, shape (experts,). covariates : numbers, shape (experts, covariates), none
    missing.
    penalty : ridge penalty, not negative; 0 is maximum likelihood.

    Returns RetentionModel.

    Raises ValueError for missing covariates (with the expert), for a negative penalty, when
    nobody stayed, and without a penalty when the covariates separate stayers from leavers, so
    that the likelihood has no top.

    Undefined: where nobody left there is nothing to fit (`NOBODY_LEFT`) and every chance is 1.

    Method: logistic regression on covariates scaled to mean 0 and SD 1 (n below; one that does
    not vary is left out), maximising the log likelihood less penalty / 2 times the sum of squared
    coefficients, intercept free, by Newton's method with halved steps. The penalty is there
    because a Delphi loses a handful of experts: unpenalised, chances run off to 0 and weights to
    infinity. It draws the weights together, so the adjustment is if anything too small.

    Source
        Seaman SR, White IR. Stat Methods Med Res 2013;22:278-95. le Cessie S, van Houwelingen JC.
        Appl Stat 1992;41:191-201.

    Checked against: scikit-learn 1.9 ``LogisticRegression(C=1 / penalty)``; statsmodels 0.15
    ``Logit`` (penalty 0).
    """
    table = np.asarray(covariates, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"covariates of shape {table.shape} are not (experts, covariates)")
    kept = stayed_marks(stayed, len(table))
    if not penalty >= 0:
        raise ValueError(f"penalty {penalty} is negative")
    missing = ~np.isfinite(table)
    if missing.any():
        expert, column = (int(place) for place in np.argwhere(missing)[0])
        raise ValueError(f"covariate {column} of expert {expert} (counted from 0) is missing")
    if kept.all():
        return RetentionModel(np.ones(len(kept)), None, None, penalty, NOBODY_LEFT)
    if not kept.any():
        raise ValueError("nobody stayed: there is nobody to weight")

    deviation = table.std(axis=0)
    varies = deviation > 0
    scaled = (table[:, varies] - table[:, varies].mean(axis=0)) / deviation[varies]
    design = np.column_stack([np.ones(len(kept)), scaled])
    fitted = _ridge_logistic(design, kept, penalty)
    coefficients = np.zeros(table.shape[1])
    coefficients[varies] = fitted[1:]
    return RetentionModel(
        probability=_logistic(design @ fitted),
        intercept=float(fitted[0]),
        coefficients=coefficients,
        penalty=penalty,
        reason=None,
    )


def adjusted_share(
    later: npt.ArrayLike,
    probability: npt.ArrayLike,
    *,
    points: ScalePoints,
    inside: npt.ArrayLike,
    confidence: float = 0.95,
) -> AdjustedShare:
    """Give the share inside a region as if those who left had answered like stayers like them.

    later : ratings of the later round by the experts of the model, shape (experts, items) or
        (experts,); NaN where missing, for leavers throughout.
    probability : each expert's chance to stay, from `retention_model`, above 0 and at most 1.
    points : the scale. inside : for each of its points whether it lies in the region.

    Returns AdjustedShare. It corrects only for what the model knows: look at `attrition_bounds`
    for what it does not.

    Raises ValueError when there is not one chance per expert or a chance is not above 0 and at
    most 1, for a rating off the scale, and for a confidence outside (0, 1).

    Undefined: `ratings.NOBODY_RATED`; the standard error also with one rating.

    Method: weights 1 / chance, share as the weighted mean (Hajek). Standard error by
    linearisation, sqrt(n / (n - 1) * sum(w**2 (y - share)**2)) / sum(w), which takes the weights
    as known. The interval is Wilson's formula at the effective number of experts, because the
    share plus and minus errors leaves 0..1 in small panels.

    Source
        Hajek J, in Godambe VP, Sprott DA (eds), Foundations of Statistical Inference, 1971.
        Kish L. Survey Sampling, 1965. Standard error as R's survey ``svymean`` with replacement.

    Checked against: the formulas written out per expert; with equal weights the plain share, its
    Wilson interval and sqrt(p (1 - p) / (n - 1)).
    """
    values = checked(later, points=points)
    chance = np.asarray(probability, dtype=np.float64)
    if chance.shape != (len(values),):
        raise ValueError(f"{chance.size} chances to stay do not belong to {len(values)} experts")
    wrong = ~((chance > 0) & (chance <= 1))
    if wrong.any():
        raise ValueError(f"chance to stay {chance[wrong][0]:g} is not above 0 and at most 1")
    region = checked_region(inside, points)
    tail = intervals.one_tail(confidence)

    rated = ~np.isnan(values)
    yes = _inside(values, rated, region, points)
    weights = np.where(rated, 1.0 / chance[:, np.newaxis], 0.0)
    n: IntArray = rated.sum(axis=0)
    total = weights.sum(axis=0)
    adjusted = proportion_of((weights * yes).sum(axis=0), total)
    squares = (weights**2).sum(axis=0)
    effective = proportion_of(total**2, squares)
    residual = ((weights * (yes - adjusted)) ** 2).sum(axis=0)
    error = np.full(n.shape, np.nan)
    factor = n / np.maximum(n - 1, 1)
    np.divide(np.sqrt(factor * residual), total, out=error, where=n > 1)
    lower, upper = _wilson(adjusted, effective, tail)
    nobody = n == 0
    return AdjustedShare(
        n=n,
        share=proportion_of(yes.sum(axis=0), n),
        adjusted=adjusted,
        standard_error=error,
        lower=lower,
        upper=upper,
        effective_n=effective,
        largest_weight=proportion_of(weights.max(axis=0, initial=0.0), total),
        confidence=confidence,
        reasons=first_reason((nobody, NOBODY_RATED)),
        error_reasons=first_reason((nobody, NOBODY_RATED), (n == 1, ONE_RATING)),
    )


def attrition_bounds(
    earlier: npt.ArrayLike, later: npt.ArrayLike, *, points: ScalePoints
) -> AttritionBounds:
    """Give the later round as it would be if all leavers had rated lowest, and highest.

    Answers "can attrition have made this verdict?": judge both tables by the study's rule. If the
    verdict is the same for both, no opinion of the leavers could have changed it, and no model is
    needed.

    earlier, later : ratings of the two rounds, shape (experts, items) or (experts,); NaN missing.
    points : the scale.

    Returns AttritionBounds. An expert who rated the item only later is counted as observed.

    Raises ValueError when the shapes differ, and for a rating off the scale.

    Undefined: nothing; an item nobody rated later has the leavers alone.

    Source
        Manski CF. Am Econ Rev 1990;80(2):319-23 (worst-case bounds).

    Checked against: filling the gaps with the end points and counting again.
    """
    first, second = checked(earlier, points=points), checked(later, points=points)
    if first.shape != second.shape:
        raise ValueError(
            "the same experts and items are needed in both rounds: the earlier has the shape"
            f" {first.shape}, the later {second.shape}"
        )
    observed = count_tables.from_ratings(second, points=points)
    leavers: IntArray = (~np.isnan(first) & np.isnan(second)).sum(axis=0)
    tables = []
    for end in (0, points.count - 1):
        filled = observed.counts.copy()
        filled[:, end] += leavers
        tables.append(CountTable(filled, points, observed.unable, observed.missing - leavers))
    return AttritionBounds(leavers, observed, *tables)


def _ridge_logistic(design: FloatArray, stayed: BoolArray, penalty: float) -> FloatArray:
    """Coefficients, intercept first, that maximise the penalised likelihood."""
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = 0.0
    coefficients = np.zeros(design.shape[1])
    loss = _loss(design, stayed, ridge, coefficients)
    for _ in range(_MOST_STEPS):
        chance = _logistic(design @ coefficients)
        gradient = design.T @ (stayed - chance) - ridge * coefficients
        curvature = (design.T * (chance * (1 - chance))) @ design + np.diag(ridge)
        # Least squares, because without a penalty the curvature may be singular.
        step = np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        if np.abs(step).max() < _SMALL_STEP:
            break
        while _loss(design, stayed, ridge, coefficients + step) > loss + 1e-12 * abs(loss):
            step = step / 2.0
        coefficients = coefficients + step
        loss = _loss(design, stayed, ridge, coefficients)
    # Where the likelihood has no top the log odds run off, until the curvature is lost in rounding.
    if penalty == 0 and np.abs(design @ coefficients).max() > _RUN_OFF:
        raise ValueError(
            "the chance to stay cannot be fitted: the covariates separate stayers from leavers;"
            " give a penalty above 0"
        )
    return coefficients


def _loss(
    design: FloatArray, stayed: BoolArray, ridge: FloatArray, coefficients: FloatArray
) -> float:
    odds = design @ coefficients
    likelihood = np.logaddexp(0.0, np.where(stayed, -odds, odds)).sum()
    return float(likelihood + (ridge * coefficients**2).sum() / 2.0)


def _logistic(odds: FloatArray) -> FloatArray:
    chance: FloatArray = np.exp(-np.logaddexp(0.0, -odds))
    return chance


def _inside(
    values: FloatArray, rated: BoolArray, region: BoolArray, points: ScalePoints
) -> FloatArray:
    yes = np.zeros(values.shape)
    category = np.rint((values[rated] - points.lowest) / points.step).astype(np.intp)
    yes[rated] = region[category]
    return yes


def _wilson(share: FloatArray, n: FloatArray, tail: float) -> tuple[FloatArray, FloatArray]:
    """Wilson's limits for a number of experts that need not be whole."""
    from scipy import special

    z = float(special.ndtri(1.0 - tail))
    middle = share * n + z * z / 2
    half = z * np.sqrt(n * share * (1 - share) + z * z / 4)
    lower, upper = (middle - half) / (n + z * z), (middle + half) / (n + z * z)
    return np.where(share == 0, 0.0, lower), np.where(share == 1, 1.0, upper)
