"""Ordinal agreement and polarisation of one item's distribution.

Each measure looks at the whole histogram over the full scale, unused points included. They run in
different directions; the docstrings say which end is agreement:

    1 is agreement   consensus, agreement, blair_lacy, blair_lacy_squared
    0 is agreement   polarisation, leik, ordinal_variation, kvalseth, reynal_querol,
                     esteban_ray, entropy

Two defaults serve most studies: ``agreement`` (van der Eijk's A), because it tells a flat
distribution from a split one, and ``consensus`` (Tastle and Wierman), which works with two points
too. Show the distribution first and the index second.

Undefined cells are NaN: with fewer than two ratings every measure here (``ratings.ONE_RATING``,
``ratings.NOBODY_RATED``), because one rating would pass for perfect agreement.
"""

import numpy as np

from surveys.stats import centre
from surveys.stats.counts import CountTable
from surveys.stats.ratings import FloatArray

TWO_POINTS = "the scale has two points"


def consensus(table: CountTable) -> FloatArray:
    """How near to one another are the ratings, as information (Tastle and Wierman)?

    Returns 1 for unanimity, 0 for half the panel at either end, shape (items,).

    Method: 1 + sum of p log2(1 - |x - mean| / span) over the points with ratings.

    Source: Tastle WJ, Wierman MJ, Int J Approx Reason 2007;45:531-45.

    Checked against: the article's example (19, 16, 26, 29, 10 of five points: .518); agrmt 1.42
    manual (.7256876 for 30, 40, 210, 130, 530, 50, 10).
    """
    distance = np.abs(table.points.values - centre.mean(table)[:, np.newaxis]) / table.points.span
    logs = np.zeros(table.counts.shape)
    np.log2(1 - distance, out=logs, where=table.counts > 0)
    return _with_two_ratings(table, 1 + (table.shares * logs).sum(axis=1))


def agreement(table: CountTable) -> FloatArray:
    """Is the panel in agreement, spread out, or split (van der Eijk's A)?

    Returns 1 for unanimity, 0 for equally many at every point, -1 for half at either end, shape
    (items,). Undefined also on a scale of two points (``TWO_POINTS``): NaN.

    Method: the histogram is peeled into layers of equal height. A layer with S of K points filled
    scores U (1 - (S - 1) / (K - 1)), where U compares its triples of points that look unimodal
    (1 1 0, 0 1 1) with those that look bimodal (1 0 1):
    U = ((K - 2) TU - (K - 1) TDU) / ((K - 2) (TU + TDU)), and 1 where there is no such triple.
    The scores are weighted by the ratings in the layers.

    Source: van der Eijk C, Qual Quant 2001;35:325-41.

    Checked against: the article's layers (p. 331; 30, 40, 210, 130, 530, 50, 10: .6113333, and
    each layer's score) and its parties PvdA and D66 (.61, .48), as in the agrmt 1.42 vignette.
    """
    points = table.points.count
    if points < 3:
        return np.full(table.items, np.nan)
    heights = np.sort(table.counts, axis=1)
    total = np.zeros(table.items)
    floor = np.zeros(table.items, dtype=np.int64)
    for layer in range(points):
        thickness = heights[:, layer] - floor
        floor = heights[:, layer]
        if not thickness.any():
            continue
        filled = table.counts >= floor[:, np.newaxis]
        size = filled.sum(axis=1)
        before = np.cumsum(filled, axis=1)
        bimodal = np.where(filled, 0, before * (size[:, np.newaxis] - before)).sum(axis=1)
        triples = size * (size - 1) // 2 * (points - size)
        unimodal = triples - bimodal
        score = np.ones(table.items)
        np.divide(
            (points - 2) * unimodal - (points - 1) * bimodal,
            (points - 2) * triples,
            out=score,
            where=triples > 0,
        )
        total += thickness * size * score * (1 - (size - 1) / (points - 1))
    return _with_two_ratings(table, total / np.maximum(table.n, 1))


def polarisation(table: CountTable) -> FloatArray:
    """How far is the panel split, on the scale of van der Eijk's A turned round?

    Returns (1 - A) / 2: 0 for unanimity, 0.5 for a flat distribution, 1 for half at either end.
    Undefined as ``agreement``.

    Checked against: agrmt 1.42 manual (.1943333).
    """
    return (1 - agreement(table)) / 2


def leik(table: CountTable) -> FloatArray:
    """How much of the largest possible ordinal dispersion is there (Leik's D)?

    Returns 0 for unanimity, 1 for half at either end, shape (items,). Some authors print
    1 - D as "consensus"; this is D.

    Method: 2 / (c - 1) times the sum over the points but the last of min(F, 1 - F), F the
    cumulative share.

    Source: Leik RK, Pac Sociol Rev 1966;9:85-90.

    Checked against: agrmt 1.42 manual (.287).
    """
    below = table.cumulative[:, :-1]
    n = table.n
    nearer = np.minimum(below, n[:, np.newaxis] - below).sum(axis=1)
    return _with_two_ratings(table, 2 * nearer / ((table.points.count - 1) * np.maximum(n, 1)))


def blair_lacy_squared(table: CountTable) -> FloatArray:
    """How far is the distribution from an even split over the ends (Blair and Lacy's l squared)?

    Returns 1 for unanimity, 0 for half at either end, shape (items,).

    Method: sum of (F - 1/2)^2 over the points but the last, divided by (c - 1) / 4.

    Source: Blair J, Lacy MG, Sociol Methods Res 2000;28:251-80.

    Checked against: 1 - ``ordinal_variation`` where n is even, as the agrmt 1.42 manual states;
    the defining sum written out.
    """
    n = table.n[:, np.newaxis]
    squares = ((2 * table.cumulative[:, :-1] - n) ** 2).sum(axis=1)
    return _with_two_ratings(
        table, squares / ((table.points.count - 1) * np.maximum(table.n, 1).astype(np.float64) ** 2)
    )


def blair_lacy(table: CountTable) -> FloatArray:
    """The same distance without the square (Blair and Lacy's l).

    Returns the square root of ``blair_lacy_squared``: 1 for unanimity, 0 for half at either end.
    """
    root: FloatArray = np.sqrt(blair_lacy_squared(table))
    return root


def ordinal_variation(table: CountTable) -> FloatArray:
    """How large is the mean distance between two experts, of the largest possible (IOV)?

    Returns 0 for unanimity, 1 for a split as even as n allows over the ends, shape (items,).

    Method: sum over pairs of experts of the distance between their ratings in steps, divided by
    (c - 1) n^2 / 4, or by (c - 1) (n^2 - 1) / 4 where n is odd.

    Source: Berry KJ, Mielke PW, Percept Mot Skills 1992;74:63-6.

    Checked against: the sum over all pairs written out; 1 - l squared for even n.
    """
    below = table.cumulative[:, :-1]
    n = table.n
    apart = (below * (n[:, np.newaxis] - below)).sum(axis=1)
    most = (table.points.count - 1) * np.maximum(n * n - n % 2, 1)
    return _with_two_ratings(table, 4 * apart / most)


def kvalseth(table: CountTable) -> FloatArray:
    """Berry and Mielke's index on a linear scale (Kvalseth's COV).

    Returns 1 - sqrt(1 - IOV): 0 for unanimity, 1 for an even split over the ends.

    Source: Kvalseth TO, Percept Mot Skills 1995;81:621-2.
    """
    spread_left = np.maximum(1 - ordinal_variation(table), 0)
    return _with_two_ratings(table, 1 - np.sqrt(spread_left))


def reynal_querol(table: CountTable) -> FloatArray:
    """How near is the panel to two equal blocs, whatever their distance (RQ)?

    Returns 0 for unanimity, 1 for half the panel at each of any two points: the order of the
    points does not count.

    Method: 4 times the sum of p^2 (1 - p).

    Source: Montalvo JG, Reynal-Querol M, J Dev Econ 2005;76:293-323.
    """
    shares = table.shares
    return _with_two_ratings(table, 4 * (shares**2 * (1 - shares)).sum(axis=1))


def esteban_ray(table: CountTable, *, alpha: float = 1.0) -> FloatArray:
    """How strongly do blocs that are alike inside stand apart from one another?

    alpha : weight of the likeness inside a bloc, above 0 and at most 1.6.

    Returns 0 for unanimity, 1 for half the panel at either end, shape (items,).

    Raises ValueError for an alpha outside that range.

    Method: K times the sum over pairs of points of p_i^(1 + alpha) p_j |y_i - y_j|, with positions
    from 0 to 1 and K = 2^(1 + alpha), so that the even split over the ends is 1. Other programs
    leave positions raw and K = 1.

    Source: Esteban JM, Ray D, Econometrica 1994;62:819-51.
    """
    if not 0 < alpha <= 1.6:
        raise ValueError(f"alpha is above 0 and at most 1.6, not {alpha}")
    shares = table.shares
    positions = np.linspace(0, 1, table.points.count)
    distances = np.abs(positions[:, np.newaxis] - positions)
    apart = ((shares ** (1 + alpha)) * (shares @ distances)).sum(axis=1)
    return _with_two_ratings(table, 2 ** (1 + alpha) * apart)


def entropy(table: CountTable, *, normalised: bool = False) -> FloatArray:
    """How many bits does it take to say which point an expert chose (Shannon)?

    normalised : divide by the largest value, log2 of the number of points, to lie from 0 to 1.

    Returns bits, 0 for unanimity, shape (items,). The order of the points does not count.

    Checked against: scipy 1.17 stats.entropy.
    """
    shares = table.shares
    logs = np.zeros(shares.shape)
    np.log2(shares, out=logs, where=table.counts > 0)
    bits = np.maximum(-(shares * logs).sum(axis=1), 0)
    return _with_two_ratings(table, bits / np.log2(table.points.count) if normalised else bits)


def _with_two_ratings(table: CountTable, values: FloatArray) -> FloatArray:
    return np.where(table.n > 1, values, np.nan)
