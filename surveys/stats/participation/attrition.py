"""Stayers against leavers: did those who left rate differently, or were they other people?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats import centre
from surveys.stats import counts as count_tables
from surveys.stats.comparison import (
    FisherTest,
    benjamini_hochberg,
    fisher_test,
    mann_whitney,
    standardised_difference,
)
from surveys.stats.comparison.effect_sizes import Denominator
from surveys.stats.ratings import BoolArray, FloatArray, IntArray, ScalePoints, checked
from surveys.stats.stability.reasons import Reasons


@dataclass(frozen=True, slots=True, eq=False)
class AttritionTable:
    """Earlier ratings of those who stayed and those who left; shape (items,) throughout.

    n_stayed, n_left : usable earlier ratings. mean_stayed, mean_left : in scale points.
    difference : stayed less left, in scale points. d : the same in standard deviations, with
        Hedges' correction. flagged : whether d is above 0.2 in absolute value.
    u, p, exact : Mann-Whitney, as in ``comparison``. p_screened : adjusted over the items by
        Benjamini and Hochberg.
    test_reasons, d_reasons : why p, or d, are undefined, or None.
    """

    n_stayed: IntArray
    n_left: IntArray
    mean_stayed: FloatArray
    mean_left: FloatArray
    difference: FloatArray
    d: FloatArray
    flagged: BoolArray
    denominator: Denominator
    u: FloatArray
    p: FloatArray
    p_screened: FloatArray
    exact: BoolArray
    test_reasons: Reasons
    d_reasons: Reasons


@dataclass(frozen=True, slots=True, eq=False)
class TraitAttrition:
    """How those who stayed and those who left are made up.

    categories : in alphabetical order. stayed, left : people in each, shape (categories,).
    unknown : people whose trait is not known and who are left out. test : Fisher's.
    """

    categories: tuple[str, ...]
    stayed: IntArray
    left: IntArray
    unknown: int
    test: FisherTest


def attrition_table(
    ratings: npt.ArrayLike,
    stayed: npt.ArrayLike,
    *,
    points: ScalePoints,
    denominator: Denominator = "pooled",
) -> AttritionTable:
    """Say, item by item, whether those who left had rated differently from those who stayed.

    ratings : of the earlier round, shape (experts, items) or (experts,); NaN is missing.
    stayed : for each expert whether they answered the later round, booleans (experts,).
    points : the scale. denominator : of d, as in ``comparison.standardised_difference``.

    Returns AttritionTable. Read ``d`` and the means: with few leavers no test has power, and with
    many items some p are small by chance (``p_screened``).

    Raises ValueError when there is not one boolean per expert, and for a rating off the scale.

    Undefined: NaN, with reasons, where nobody left or nobody stayed, and as in ``comparison``.

    Checked against: pingouin 0.7 and scipy 1.17.1 through ``comparison``.
    """
    values = checked(ratings)
    kept = stayed_marks(stayed, len(values))
    first = count_tables.from_ratings(values[kept], points=points)
    second = count_tables.from_ratings(values[~kept], points=points)
    test = mann_whitney(first, second)
    effect = standardised_difference(first, second, denominator=denominator)
    return AttritionTable(
        n_stayed=first.n,
        n_left=second.n,
        mean_stayed=centre.mean(first),
        mean_left=centre.mean(second),
        difference=effect.difference,
        d=effect.d,
        flagged=effect.flagged,
        denominator=denominator,
        u=test.u,
        p=test.p,
        p_screened=benjamini_hochberg(test.p),
        exact=test.exact,
        test_reasons=test.reasons,
        d_reasons=effect.reasons,
    )


def trait_attrition(traits: Sequence[str | None], stayed: npt.ArrayLike) -> TraitAttrition:
    """Say whether those who left were other people: another profession, country, group.

    traits : each expert's category, None where not known.
    stayed : for each expert whether they answered the later round, booleans (experts,).

    Returns TraitAttrition.

    Raises ValueError when there is not one boolean per expert.

    Undefined: ``test.p`` is None with a reason where nobody left, nobody stayed, or all belong to
    one category.

    Checked against: as ``comparison.fisher_test``.
    """
    kept = stayed_marks(stayed, len(traits))
    categories = tuple(sorted({trait for trait in traits if trait is not None}))
    table = np.array(
        [
            [
                sum(t == c and k == who for t, k in zip(traits, kept, strict=True))
                for c in categories
            ]
            for who in (True, False)
        ],
        dtype=np.int64,
    ).reshape(2, len(categories))
    # Nobody with a known trait makes no table; one empty category says the same.
    test = fisher_test(table if categories else np.zeros((2, 1)))
    return TraitAttrition(
        categories=categories,
        stayed=table[0],
        left=table[1],
        unknown=sum(trait is None for trait in traits),
        test=test,
    )


def stayed_marks(stayed: npt.ArrayLike, experts: int) -> BoolArray:
    """Check that there is one boolean per expert."""
    marks = np.asarray(stayed)
    if marks.shape != (experts,) or marks.dtype != np.bool_:
        raise ValueError(
            f"an array of {marks.dtype} of shape {marks.shape} does not say who of {experts}"
            " experts stayed"
        )
    return marks
