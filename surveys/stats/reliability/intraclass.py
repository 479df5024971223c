"""Intraclass correlations: which part of the variance of the ratings lies between the items."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats import ratings as panel
from surveys.stats.concordance import (
    ALL_TIED,
    ONE_EXPERT,
    ONE_ITEM,
    LeftOut,
    check_confidence,
    complete_part,
)
from surveys.stats.ratings import FloatArray

ITEMS_NOT_APART = "the items' means do not differ at all"
F_INFINITE = "no variance is left as error, so F is infinite"
NO_VARIANCE_LEFT = "the estimated variances do not add up to more than 0"
INTERVAL_MISSES = "the approximate interval does not hold for so negative a value"
MEAN_UNDEFINED = "the items' means differ too little for a correlation of the panel's mean"
# Differences below this, next to numbers of the order of 1, are the arithmetic's own rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class IntraclassCorrelation:
    """One form of the ICC.

    form : Shrout and Fleiss' name, for instance "ICC(2,1)"; name : McGraw and Wong's, "ICC(A,1)".
    value : at most 1, negative values are legal. None when undefined, with ``reason``.
    lower, upper : F-based interval; None with ``interval_reason``.
    f, df1, df2, p : test of value = 0; None where F is infinite or undefined.
    """

    form: str
    name: str
    value: float | None
    lower: float | None
    upper: float | None
    f: float | None
    df1: int
    df2: int
    p: float | None
    reason: str | None
    interval_reason: str | None


@dataclass(frozen=True, slots=True)
class IntraclassCorrelations:
    """All six forms of the ICC from one analysis of variance.

    one_way, agreement, consistency : of a single expert: ICC(1,1), ICC(2,1) = A,1 and
        ICC(3,1) = C,1.
    mean_one_way, mean_agreement, mean_consistency : of the panel's mean: ICC(1,k), ICC(2,k) = A,k
        and ICC(3,k) = C,k.
    experts, items : in the analysis; experts_left_out, items_left_out : for missing ratings.
    left_out : which of the two were left out.
    """

    one_way: IntraclassCorrelation
    agreement: IntraclassCorrelation
    consistency: IntraclassCorrelation
    mean_one_way: IntraclassCorrelation
    mean_agreement: IntraclassCorrelation
    mean_consistency: IntraclassCorrelation
    experts: int
    items: int
    experts_left_out: int
    items_left_out: int
    left_out: LeftOut
    confidence: float


def icc(
    ratings: npt.ArrayLike, *, confidence: float = 0.95, leave_out: LeftOut = "experts"
) -> IntraclassCorrelations:
    """Intraclass correlations: which part of the variance lies between the items?

    Answers "how well does one expert's rating (or the panel's mean) stand for another's?". For a
    Delphi, where the same experts rate every item and a generous expert should count as
    disagreeing, the form to report is ``agreement``, ICC(2,1) = ICC(A,1), or ``mean_agreement``
    for the panel's mean.

    ratings : shape (experts, items), NaN where missing.
    leave_out : complete cases are needed: leave out the "experts" (default) or the "items" with a
        gap.

    Returns IntraclassCorrelations. Negative values are legal and mean: less alike than chance.

    Raises ValueError for an infinite rating, another shape, or a confidence outside 0..1.
    Undefined: nobody rated or nobody complete, one expert, one item, all ratings equal; the
    consistency forms when every expert gave all items the same rating; the forms of the panel's
    mean when the items' means differ less than the experts' noise can explain by the formula.
    Intervals are undefined where F is infinite, where the items' means do not differ at all, and
    for ICC(2,1) and (2,k) where the approximation would leave a negative value outside.

    Method
        Two-way analysis of variance without replication; with MSB between items, MSJ between
        experts, MSE residual, MSW within items, n items and k experts:
        (1,1) (MSB - MSW) / (MSB + (k - 1) MSW)
        (2,1) (MSB - MSE) / (MSB + (k - 1) MSE + k (MSJ - MSE) / n)
        (3,1) (MSB - MSE) / (MSB + (k - 1) MSE)
        The forms of the mean are these stepped up, k r / (1 + (k - 1) r). Intervals from F; for
        (2,1) with Satterthwaite's degrees of freedom.

    Source: Shrout PE, Fleiss JL. Psychol Bull 1979;86:420-8 (.17 .29 .71 .44 .62 .91). McGraw KO,
        Wong SP. Psychol Methods 1996;1:30-46, with the correction on p. 390.
    Checked against: that example; pingouin 0.7 intraclass_corr.
    """
    check_confidence(confidence)
    part = complete_part(ratings, leave_out=leave_out)
    experts, items = part.ratings.shape
    reason = part.reason
    if reason is None and experts < 2:
        reason = ONE_EXPERT
    if reason is None and items < 2:
        reason = ONE_ITEM
    if reason is None and np.ptp(part.ratings) == 0:
        reason = panel.ALL_EQUAL
    squares = _no_squares(part.ratings) if reason else _mean_squares(part.ratings)
    single = (
        _relative(("ICC(1,1)", "ICC(1,1)"), squares, squares.within, confidence, reason),
        _absolute(squares, confidence, reason),
        _relative(("ICC(3,1)", "ICC(C,1)"), squares, squares.residual, confidence, reason),
    )
    one_way, agreement, consistency = single
    return IntraclassCorrelations(
        one_way=one_way,
        agreement=agreement,
        consistency=consistency,
        mean_one_way=_stepped_up(one_way, experts),
        mean_agreement=_stepped_up(agreement, experts),
        mean_consistency=_stepped_up(consistency, experts),
        experts=experts,
        items=items,
        experts_left_out=part.experts_left_out,
        items_left_out=part.items_left_out,
        left_out=leave_out,
        confidence=confidence,
    )


@dataclass(frozen=True, slots=True)
class _MeanSquares:
    items: int
    experts: int
    between_items: float
    between_experts: float
    residual: float
    within: float


def _no_squares(values: FloatArray) -> _MeanSquares:
    experts, items = values.shape
    return _MeanSquares(items, experts, 0.0, 0.0, 0.0, 0.0)


def _mean_squares(values: FloatArray) -> _MeanSquares:
    experts, items = values.shape
    centred = values - values.mean()
    of_items, of_experts = centred.mean(axis=0), centred.mean(axis=1)
    left = centred - of_items[np.newaxis, :] - of_experts[:, np.newaxis]
    # A sum of squares that is only the arithmetic's rounding is the 0 it stands for.
    least = _ROUNDING * float(np.square(centred).sum())
    between_items, between_experts, residual = (
        squares if squares > least else 0.0
        for squares in (
            experts * float(np.square(of_items).sum()),
            items * float(np.square(of_experts).sum()),
            float(np.square(left).sum()),
        )
    )
    return _MeanSquares(
        items=items,
        experts=experts,
        between_items=between_items / (items - 1),
        between_experts=between_experts / (experts - 1),
        residual=residual / ((items - 1) * (experts - 1)),
        within=(between_experts + residual) / (items * (experts - 1)),
    )


def _relative(
    names: tuple[str, str],
    squares: _MeanSquares,
    error: float,
    confidence: float,
    reason: str | None,
) -> IntraclassCorrelation:
    """ICC(1,1) with the variance within items as error, ICC(3,1) with the residual."""
    n, k = squares.items, squares.experts
    one_way = names[0] == "ICC(1,1)"
    df1, df2 = max(0, n - 1), max(0, n * (k - 1) if one_way else (n - 1) * (k - 1))
    between = squares.between_items
    if reason is None and between == error == 0:
        reason = ALL_TIED
    value = lower = upper = f = p = None
    interval_reason = reason
    if reason is None:
        from scipy import special

        value = (between - error) / (between + (k - 1) * error)
        if error == 0:
            interval_reason = F_INFINITE
        else:
            f = between / error
            p = float(special.fdtrc(df1, df2, f))
            interval_reason = None if between > 0 else ITEMS_NOT_APART
            if interval_reason is None:
                reach = (1 + confidence) / 2
                lower_f = f / float(special.fdtri(df1, df2, reach))
                upper_f = f * float(special.fdtri(df2, df1, reach))
                lower = (lower_f - 1) / (lower_f + k - 1)
                upper = (upper_f - 1) / (upper_f + k - 1)
    return IntraclassCorrelation(
        *names, value, lower, upper, f, df1, df2, p, reason, interval_reason
    )


def _absolute(
    squares: _MeanSquares, confidence: float, reason: str | None
) -> IntraclassCorrelation:
    """ICC(2,1): a difference between experts counts as disagreement."""
    n, k = squares.items, squares.experts
    df1, df2 = max(0, n - 1), max(0, (n - 1) * (k - 1))
    between, experts, error = squares.between_items, squares.between_experts, squares.residual
    total = between + (k - 1) * error + k * (experts - error) / max(1, n)
    if reason is None and total <= 0:
        reason = NO_VARIANCE_LEFT
    value = lower = upper = f = p = None
    interval_reason = reason
    if reason is None:
        value = (between - error) / total
        if error == 0:
            interval_reason = F_INFINITE
        else:
            from scipy import special

            f = between / error
            p = float(special.fdtrc(df1, df2, f))
            interval_reason = None if between > 0 else ITEMS_NOT_APART
    if value is not None and interval_reason is None:
        # Satterthwaite's degrees of freedom of the error that the ratio of variances faces.
        of_experts = k * value * experts / error
        of_residual = n * (1 + (k - 1) * value) - k * value
        df = df2 * (of_experts + of_residual) ** 2 / (df1 * of_experts**2 + of_residual**2)
        reach = (1 + confidence) / 2
        above = float(special.fdtri(df1, df, reach))
        below = float(special.fdtri(df, df1, reach))
        rest = k * experts + (k * n - k - n) * error
        lower = n * (between - above * error) / (above * rest + n * between)
        upper = n * (below * between - error) / (rest + n * below * between)
        if not lower <= value <= upper:
            lower, upper, interval_reason = None, None, INTERVAL_MISSES
    return IntraclassCorrelation(
        "ICC(2,1)", "ICC(A,1)", value, lower, upper, f, df1, df2, p, reason, interval_reason
    )


def _stepped_up(single: IntraclassCorrelation, experts: int) -> IntraclassCorrelation:
    """The same form for the mean of all experts (Spearman and Brown)."""

    def step(value: float | None) -> float | None:
        if value is None or 1 + (experts - 1) * value <= _ROUNDING:
            return None
        return experts * value / (1 + (experts - 1) * value)

    value, lower, upper = step(single.value), step(single.lower), step(single.upper)
    reason = single.reason or (MEAN_UNDEFINED if value is None else None)
    interval_reason = reason or single.interval_reason
    if interval_reason is None and (lower is None or upper is None):
        interval_reason = MEAN_UNDEFINED
    return IntraclassCorrelation(
        form=single.form.replace(",1)", ",k)"),
        name=single.name.replace(",1)", ",k)"),
        value=value,
        lower=None if interval_reason else lower,
        upper=None if interval_reason else upper,
        f=single.f,
        df1=single.df1,
        df2=single.df2,
        p=single.p,
        reason=reason,
        interval_reason=interval_reason,
    )
