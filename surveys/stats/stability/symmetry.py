"""Do moves cancel out? Symmetry of the table of moves, and sameness of its two margins."""

from typing import Literal

import numpy as np

from surveys.stats.ratings import BoolArray, IntArray
from surveys.stats.stability.chi_square import ChiSquareTest
from surveys.stats.stability.reasons import ONE_WAY, nothing_moved
from surveys.stats.stability.tails import chi_square_tail
from surveys.stats.transitions import TransitionTables, proportion_of


def bowker(
    tables: TransitionTables, *, zero_pairs: Literal["drop", "keep"] = "drop"
) -> ChiSquareTest:
    """Test whether moves from a to b are as frequent as moves from b to a (Bowker's symmetry).

    tables : `TransitionTables`, by point or `in_bands`.
    zero_pairs : two points between which nobody moved either way are 0/0. "drop" leaves them out
        and takes one degree of freedom off for each; "keep" counts 0 and keeps the degree of
        freedom (statsmodels does). R's ``mcnemar.test`` gives NaN there.

    Returns ChiSquareTest. Stable reads as p not small, which small panels give anyway.

    Raises ValueError for another name of ``zero_pairs``.

    Undefined: `NO_CHANGE` where nobody moved, `transitions.NO_PAIRS` without pairs.

    Source
        Bowker AH. J Am Stat Assoc 1948;43:572-4.

    Checked against: statsmodels 0.15 ``SquareTable.symmetry`` ("keep"); the vision data of
    7477 women.
    """
    if zero_pairs not in ("drop", "keep"):
        raise ValueError(f"pairs of points without moves are 'drop' or 'keep', not {zero_pairs!r}")
    above, below = np.triu_indices(tables.points.count, 1)
    forth = tables.counts[:, above, below]
    back = tables.counts[:, below, above]
    moves = forth + back
    terms = np.where(moves > 0, proportion_of((forth - back) ** 2, moves), 0.0)
    used = np.count_nonzero(moves, axis=1)
    everybody_stayed = used == 0
    df = used if zero_pairs == "drop" else np.full(tables.items, above.size)
    df = np.where(everybody_stayed, 0, df).astype(np.int64)
    statistic = np.where(everybody_stayed, np.nan, terms.sum(axis=1))
    return ChiSquareTest(
        statistic=statistic,
        df=df,
        p=chi_square_tail(statistic, df),
        convention=f"Bowker; pairs of points without moves: {zero_pairs}",
        reads_as_stable="p not small",
        reasons=nothing_moved(tables),
    )


def marginal_homogeneity(
    tables: TransitionTables, *, method: Literal["stuart_maxwell", "bhapkar"] = "stuart_maxwell"
) -> ChiSquareTest:
    """Test whether the panel's distribution changed, using that the same experts rated twice.

    Answers "is the group's opinion the same?"; experts who swap places leave it unchanged.

    tables : `TransitionTables`, by point or `in_bands`.
    method : "stuart_maxwell" estimates the variance as if nothing had changed; "bhapkar" with the
        change found, which rejects a little more often.

    Returns ChiSquareTest. Stable reads as p not small.

    Raises ValueError for another name of ``method``.

    Undefined: `NO_CHANGE` where nobody moved, `transitions.NO_PAIRS` without pairs, and for
    Bhapkar `ONE_WAY` where the change found leaves no variance.

    Method
        d' V^- d with d the differences of the margins and V their covariance, which is the
        Laplacian of the graph of moves. Points nobody came from or went to, and separate sets of
        points, make V singular; its generalised inverse gives the statistic all the same, with
        one degree of freedom less than points used in each connected set. On a table without
        such gaps this is the usual statistic with c - 1 degrees of freedom. Bhapkar's statistic
        is S / (1 - S / n).

    Source
        Stuart A. Biometrika 1955;42:412-6. Maxwell AE. Br J Psychiatry 1970;116:651-5.
        Bhapkar VP. J Am Stat Assoc 1966;61:228-35.

    Checked against: statsmodels 0.15 ``SquareTable.homogeneity`` (both methods) and the vision
    data of 7477 women.
    """
    if method not in ("stuart_maxwell", "bhapkar"):
        raise ValueError(f"the method is 'stuart_maxwell' or 'bhapkar', not {method!r}")
    statistic = np.full(tables.items, np.nan)
    df = np.zeros(tables.items, dtype=np.int64)
    reasons = list(nothing_moved(tables))
    for item, counts in enumerate(tables.counts):
        if reasons[item] is not None:
            continue
        value, freedom = _stuart_maxwell(counts)
        pairs = float(counts.sum())
        if method == "bhapkar":
            # All moves one way make S equal n up to rounding in the generalised inverse.
            if value >= pairs * (1.0 - 1e-9):
                reasons[item] = ONE_WAY
                continue
            value = value / (1.0 - value / pairs)
        statistic[item], df[item] = value, freedom
    return ChiSquareTest(
        statistic=statistic,
        df=df,
        p=chi_square_tail(statistic, df),
        convention="Stuart-Maxwell" if method == "stuart_maxwell" else "Bhapkar",
        reads_as_stable="p not small",
        reasons=tuple(reasons),
    )


def _stuart_maxwell(counts: IntArray) -> tuple[float, int]:
    moves = counts + counts.T
    np.fill_diagonal(moves, 0)
    used = moves.any(axis=1)
    edges = moves[np.ix_(used, used)]
    difference = (counts.sum(axis=1) - counts.sum(axis=0))[used].astype(np.float64)
    laplacian = np.diag(edges.sum(axis=1)) - edges
    inverse = np.linalg.pinv(laplacian.astype(np.float64), hermitian=True)
    return float(difference @ inverse @ difference), int(used.sum()) - _connected_sets(edges > 0)


def _connected_sets(joined: BoolArray) -> int:
    """Number of sets of points between which nobody moved."""
    unseen = set(range(joined.shape[0]))
    sets = 0
    while unseen:
        sets += 1
        reached = {unseen.pop()}
        while reached:
            neighbours = set(np.nonzero(joined[reached.pop()])[0].tolist()) & unseen
            unseen -= neighbours
            reached |= neighbours
    return sets
