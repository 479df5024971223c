"""The chi-square tests and the index by which Delphi's own literature first measured stability.

They answer different questions and read in opposite directions; each result says how.
"""

from dataclasses import dataclass

import numpy as np

from surveys.stats.counts import CountTable
from surveys.stats.ratings import FloatArray, IntArray
from surveys.stats.stability.reasons import (
    LATER_UNANIMOUS,
    NO_PAIRS,
    NOBODY_IN_A_ROUND,
    ONE_POINT_USED,
    Reasons,
    first_reason,
    round_unanimous,
)
from surveys.stats.stability.tails import chi_square_tail
from surveys.stats.transitions import TransitionTables, proportion_of


@dataclass(frozen=True, slots=True, eq=False)
class ChiSquareTest:
    """A statistic with a chi-square distribution; shape (items,) throughout.

    statistic, p : NaN where undefined. df : degrees of freedom, 0 where undefined.
    convention : the variant, by name. reads_as_stable : which p-values speak for stability, for
        these tests run in opposite directions. reasons : why undefined, or None.
    """

    statistic: FloatArray
    df: IntArray
    p: FloatArray
    convention: str
    reads_as_stable: str
    reasons: Reasons


@dataclass(frozen=True, slots=True, eq=False)
class IndividualChiSquare(ChiSquareTest):
    """The same, with the check that Chaffin and Talley's test needs.

    smallest_expected : smallest expected count of each item's table. below_five : share of its
        cells expected below 5; the p-value wants none, or few. NaN without pairs.
    """

    smallest_expected: FloatArray
    below_five: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Lambda:
    """Goodman and Kruskal's lambda, later rating predicted from the earlier; 0..1, (items,)."""

    value: FloatArray
    reasons: Reasons


def chi_square_group(earlier: CountTable, later: CountTable) -> ChiSquareTest:
    """Compare the two rounds' distributions as if two different panels had answered (Dajani).

    Offered because Dajani, Sincoff and Talley used it. It treats the two answers of one expert as
    independent, which they are not, and overlooks experts who swap places: prefer
    `marginal_homogeneity`, and the share unchanged to both.

    earlier, later : counts of the two rounds, of pairs or of everybody who answered.

    Returns ChiSquareTest. Stable reads as p not small.

    Raises ValueError when scale or number of items differ.

    Undefined: `ONE_POINT_USED`; `NOBODY_IN_A_ROUND` where nobody answered in one of them.

    Method: Pearson's chi-square of the 2 x c table, points nobody used left out.

    Source
        Dajani JS, Sincoff MZ, Talley WK. Technol Forecast Soc Change 1979;13:83-90.

    Checked against: the printed 0.138 of Dajani's pooled table 3 and 1.516 of Chaffin and
    Talley's table 1; scipy 1.17.1 ``chi2_contingency``.
    """
    earlier.together_with(later)  # refuses another scale or number of items
    rounds = np.stack([earlier.counts, later.counts], axis=1)
    statistic, df, _, _ = _pearson(rounds)
    reasons = first_reason(
        ((earlier.n == 0) | (later.n == 0), NOBODY_IN_A_ROUND), (df == 0, ONE_POINT_USED)
    )
    return ChiSquareTest(
        statistic=statistic,
        df=df,
        p=chi_square_tail(statistic, df),
        convention="Dajani's group chi-square; rounds taken as independent panels",
        reads_as_stable="p not small",
        reasons=reasons,
    )


def chi_square_individual(tables: TransitionTables) -> IndividualChiSquare:
    """Test whether later ratings depend on earlier ones at all (Chaffin and Talley).

    A small p speaks *for* stability here: the opposite direction to every other test of change.
    It asks for dependence, not for sameness: a panel that turns round completely is as dependent.

    tables : `TransitionTables`, by point or `in_bands`; expected counts want 5 or more, so bands
        are usually the better choice.

    Returns IndividualChiSquare.

    Undefined: where a round is unanimous nothing can depend on it; without pairs.

    Method: Pearson's chi-square of the earlier x later table, points unused in a round left out.

    Source
        Chaffin WW, Talley WK. Technol Forecast Soc Change 1980;16:67-73.

    Checked against: their tables 2a and 3a, 196.43 and 3.70 from the counts (they print 197.5
    and 3.79 from expected counts rounded to one decimal); scipy 1.17.1 ``chi2_contingency``.
    """
    statistic, df, smallest, below_five = _pearson(tables.counts)
    return IndividualChiSquare(
        statistic=statistic,
        df=df,
        p=chi_square_tail(statistic, df),
        convention="Chaffin and Talley's individual chi-square",
        reads_as_stable="p small",
        reasons=round_unanimous(tables),
        smallest_expected=smallest,
        below_five=below_five,
    )


def goodman_kruskal_lambda(tables: TransitionTables) -> Lambda:
    """Say by how much knowing earlier ratings improves the guess of later ones, in 0..1.

    Predictability, not sameness: a panel in which everybody turns round is perfectly predictable.

    tables : `TransitionTables`, by point or `in_bands`.

    Undefined: `LATER_UNANIMOUS` where nothing is left to guess; `transitions.NO_PAIRS`.

    Method: (sum over earlier points of the largest count - largest later total) /
    (n - largest later total).

    Source
        Goodman LA, Kruskal WH. J Am Stat Assoc 1954;49:732-64. In Delphi: Chaffin and Talley 1980.

    Checked against: Chaffin and Talley's .85 and 0; Goodman and Kruskal's hair-colour table.
    """
    later = tables.counts.sum(axis=1)
    pairs = tables.pairs
    without = later.max(axis=1)
    knowing = tables.counts.max(axis=2).sum(axis=1)
    value = proportion_of(knowing - without, pairs - without)
    reasons = first_reason((pairs == 0, NO_PAIRS), (pairs == without, LATER_UNANIMOUS))
    return Lambda(value, reasons)


def _pearson(
    tables: IntArray,
) -> tuple[FloatArray, IntArray, FloatArray, FloatArray]:
    """Pearson's chi-square of each table (items, rows, columns), empty rows and columns left out.

    Gives statistic (NaN with no degree of freedom), degrees of freedom, smallest expected count
    and share of expected counts below 5 (both NaN for an empty table).
    """
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    n = rows.sum(axis=1)
    expected = np.full(tables.shape, np.nan)
    np.divide(
        rows[:, :, np.newaxis] * columns[:, np.newaxis, :],
        n[:, np.newaxis, np.newaxis],
        out=expected,
        where=(rows[:, :, np.newaxis] > 0) & (columns[:, np.newaxis, :] > 0),
    )
    df = (np.count_nonzero(rows, axis=1) - 1) * (np.count_nonzero(columns, axis=1) - 1)
    df = np.where(n > 0, df, 0).astype(np.int64)
    filled = ~np.isnan(expected)
    terms = np.zeros(tables.shape)
    np.divide((tables - expected) ** 2, expected, out=terms, where=filled)
    statistic = np.where(df > 0, terms.sum(axis=(1, 2)), np.nan)
    cells = filled.sum(axis=(1, 2))
    smallest = np.where(filled, expected, np.inf).min(axis=(1, 2))
    below_five = proportion_of(((expected < 5) & filled).sum(axis=(1, 2)), cells)
    return statistic, df, np.where(cells > 0, smallest, np.nan), below_five
