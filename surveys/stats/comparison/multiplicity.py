"""Many items tested at once: p-values adjusted for the family they belong to.

The family is every item tested in one table. An item without a p-value was not tested and is not
in the family; it stays without one.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from surveys.stats.ratings import FloatArray


def holm(p_values: npt.ArrayLike) -> FloatArray:
    """Adjust p-values so that any false finding at all stays rare (Holm's step-down).

    For confirmatory comparisons: below 0.05 after adjustment, the chance of even one false
    finding in the family is at most 0.05, whatever the dependence between items.

    p_values : from 0 to 1, NaN where there was no test; any shape, one family.

    Returns adjusted p-values of the same shape, at most 1, NaN where there was no test.

    Raises ValueError naming the first number that is not a p-value.

    Method: the k-th smallest of m is multiplied by m - k + 1; none may fall below a smaller one's.

    Source
        Holm S. Scand J Stat 1979;6:65-70.

    Checked against: statsmodels 0.15 ``multipletests(method="holm")``.

    >>> holm([0.01, float("nan"), 0.04]).tolist()
    [0.02, nan, 0.04]
    """
    return _adjusted(p_values, _step_down)


def benjamini_hochberg(p_values: npt.ArrayLike) -> FloatArray:
    """Adjust p-values so that few of the findings are false (Benjamini and Hochberg).

    For screening: of the items below 0.05 after adjustment, on average at most 5 % are false
    findings, for independent or positively dependent tests.

    As `holm` in every other respect.

    Method: the k-th smallest of m is multiplied by m / k; none may exceed a larger one's.

    Source
        Benjamini Y, Hochberg Y. J R Stat Soc B 1995;57:289-300.

    Checked against: statsmodels 0.15 ``multipletests(method="fdr_bh")``.
    """
    return _adjusted(p_values, _step_up)


def _step_down(ordered: FloatArray) -> FloatArray:
    family = ordered.size
    multiplied: FloatArray = ordered * (family - np.arange(family))
    return np.maximum.accumulate(multiplied)


def _step_up(ordered: FloatArray) -> FloatArray:
    family = ordered.size
    multiplied = ordered * family / (np.arange(family) + 1)
    smallest: FloatArray = np.minimum.accumulate(multiplied[::-1])[::-1]
    return smallest


def _adjusted(p_values: npt.ArrayLike, step: Callable[[FloatArray], FloatArray]) -> FloatArray:
    given = np.asarray(p_values, dtype=np.float64)
    tested = given[~np.isnan(given)]
    wrong = (tested < 0) | (tested > 1)
    if wrong.any():
        raise ValueError(f"{tested[wrong][0]:g} is not a p-value")
    order = np.argsort(tested, kind="stable")
    adjusted = np.empty(tested.size)
    adjusted[order] = np.minimum(1.0, step(tested[order]))
    result = np.full(given.shape, np.nan)
    result[~np.isnan(given)] = adjusted
    return result
