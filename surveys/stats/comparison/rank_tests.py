"""Rank tests between groups: all at once, pair by pair, and two alone with exact ties."""

import math
from dataclasses import dataclass

import numpy as np

from surveys.stats.comparison.groups import ALL_SAME, EMPTY_GROUP, ONE_GROUP, GroupTables
from surveys.stats.comparison.multiplicity import holm
from surveys.stats.counts import CountTable
from surveys.stats.ratings import NOBODY_RATED, BoolArray, FloatArray, IntArray
from surveys.stats.stability.reasons import Reasons, first_reason
from surveys.stats.stability.tails import chi_square_tail, two_sided_normal

# Up to this many experts in two groups together the permutation distribution is counted; the
# ways to choose a group, at most 50 over 25, are then whole numbers that a float holds exactly.
EXACT_UP_TO = 50


@dataclass(frozen=True, slots=True, eq=False)
class KruskalWallis:
    """Kruskal and Wallis' test over groups; shape (items,) unless said.

    n : usable ratings, shape (items, groups). mean_ranks : (items, groups); NaN without ratings.
    statistic : H, corrected for ties; df : groups with ratings less one; p : NaN where undefined.
    epsilon_squared : H / (n - 1), 0 for equal mean ranks to 1 for groups wholly apart.
    reasons : why undefined, or None.
    """

    n: IntArray
    mean_ranks: FloatArray
    statistic: FloatArray
    df: IntArray
    p: FloatArray
    epsilon_squared: FloatArray
    reasons: Reasons


@dataclass(frozen=True, slots=True, eq=False)
class DunnTest:
    """Dunn's comparisons of every two groups; arrays have shape (items, pairs).

    pairs : names of the two groups compared, in the order of the columns.
    z : positive where the first group of the pair ranks higher. p : two-sided.
    p_holm : adjusted within the item. NaN where a group has no ratings or all ratings are the
        same; ``reasons[pair][item]`` says which.
    """

    pairs: tuple[tuple[str, str], ...]
    z: FloatArray
    p: FloatArray
    p_holm: FloatArray
    reasons: tuple[Reasons, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MannWhitney:
    """Mann and Whitney's test of two groups; shape (items,) throughout.

    n_first, n_second : usable ratings. u : pairs of experts in which the first group's rating is
        higher, ties counted by half; NaN where a group is empty.
    z : standardised u, positive where the first group rates higher. p : two-sided. Both NaN where
        undefined. exact : whether p was counted and not approximated.
    reasons : why z and p are undefined, or None.
    """

    n_first: IntArray
    n_second: IntArray
    u: FloatArray
    z: FloatArray
    p: FloatArray
    exact: BoolArray
    reasons: Reasons


def kruskal_wallis(tables: GroupTables) -> KruskalWallis:
    """Test whether stakeholder groups rate an item differently.

    tables : `GroupTables`.

    Returns KruskalWallis. The p-value is an approximation that wants some five experts in every
    group; with two small groups use `mann_whitney`, which counts.

    Undefined: `ratings.NOBODY_RATED`; `ONE_GROUP` where fewer than two groups rated; `ALL_SAME`.

    Method: H is the share of the variance of the ranks (ties averaged) that lies between groups,
    times n - 1; this is the usual H divided by its tie correction.

    Source
        Kruskal WH, Wallis WA. J Am Stat Assoc 1952;47:583-621.

    Checked against: scipy 1.17.1 ``kruskal``.
    """
    centred, variation = _centred_ranks(tables.counts.sum(axis=1))
    n = tables.n
    total = n.sum(axis=1)
    sums = np.einsum("jgc,jc->jg", tables.counts, centred)
    means = np.full(n.shape, np.nan)
    np.divide(sums, n, out=means, where=n > 0)
    groups = np.count_nonzero(n, axis=1)
    defined = (groups > 1) & (variation > 0)
    between = np.nansum(means * sums, axis=1)
    share = np.full(total.shape, np.nan)
    np.divide(between, variation, out=share, where=defined)
    statistic = share * (total - 1)
    df = np.where(defined, groups - 1, 0).astype(np.int64)
    return KruskalWallis(
        n=n,
        mean_ranks=(means + (total + 1)[:, np.newaxis]) / 2.0,
        statistic=statistic,
        df=df,
        p=chi_square_tail(statistic, df),
        epsilon_squared=share,
        reasons=first_reason(
            (total == 0, NOBODY_RATED), (groups < 2, ONE_GROUP), (variation == 0, ALL_SAME)
        ),
    )


def dunn_test(tables: GroupTables) -> DunnTest:
    """Say which two groups differ, after Kruskal and Wallis found that some do.

    tables : `GroupTables`.

    Returns DunnTest. The family of Holm's adjustment is the pairs of groups of one item; adjust
    over items as well where items are tested.

    Undefined: `EMPTY_GROUP` where one of the two did not rate; `ALL_SAME`.

    Method: the mean ranks of all groups together, their difference divided by
    sqrt(s**2 (1/n1 + 1/n2)), with s**2 the variance of the ranks (n - 1 below), which corrects
    for ties; normal, two-sided.

    Source
        Dunn OJ. Technometrics 1964;6:241-52.

    Checked against: the formula with scipy 1.17.1 ``rankdata`` and ``norm``; for two groups z**2
    is Kruskal and Wallis' H.
    """
    test = kruskal_wallis(tables)
    n = tables.n
    total = n.sum(axis=1)
    _, variation = _centred_ranks(tables.counts.sum(axis=1))
    # Variation is of twice the ranks, so a quarter of it is that of the ranks.
    variance = variation / 4.0 / np.maximum(total - 1, 1)
    groups = range(len(tables.names))
    columns = [(one, other) for one in groups for other in groups if one < other]
    z = np.full((tables.items, len(columns)), np.nan)
    reasons = []
    for column, (one, other) in enumerate(columns):
        empty = (n[:, one] == 0) | (n[:, other] == 0)
        defined = ~empty & (variance > 0)
        per_rater = 1.0 / np.maximum(n[:, one], 1) + 1.0 / np.maximum(n[:, other], 1)
        difference = test.mean_ranks[:, one] - test.mean_ranks[:, other]
        np.divide(difference, np.sqrt(variance * per_rater), out=z[:, column], where=defined)
        reasons.append(first_reason((empty, EMPTY_GROUP), (variance == 0, ALL_SAME)))
    p = two_sided_normal(z.ravel()).reshape(z.shape)
    adjusted = np.array([holm(row) for row in p]).reshape(z.shape)
    pairs = tuple((tables.names[one], tables.names[other]) for one, other in columns)
    return DunnTest(pairs, z, p, adjusted, tuple(reasons))


def mann_whitney(
    first: CountTable, second: CountTable, *, exact_up_to: int = EXACT_UP_TO
) -> MannWhitney:
    """Test whether two groups rate an item differently.

    first, second : the groups' counts, on the same items and scale.
    exact_up_to : largest number of experts in both groups for which p is counted.

    Returns MannWhitney. u / (n_first * n_second) is the chance that an expert of the first group
    rates higher than one of the second; see `cliffs_delta` for it with an interval.

    Raises ValueError when scale or items differ, and for ``exact_up_to`` above 50, where the ways
    to choose a group could no longer be counted exactly.

    Undefined: `EMPTY_GROUP`; `ALL_SAME`, where no rank differs.

    Method
        Exact: given all ratings with their ties, every choice of which experts form the first
        group is equally likely; the rank sums of all choices are counted point by point of the
        scale (the same distribution as the network algorithm's), and p = min(1, 2 * the smaller
        tail). Some programs count the choices at least as far from the mean instead, which
        differs where ties make the distribution lopsided. Otherwise normal with the tie-corrected
        variance and no continuity correction.

    Source
        Mann HB, Whitney DR. Ann Math Stat 1947;18:50-60. Streitberg B, Roehmel J. Stat Softw
        Newsl 1986;12:10-7 (exact with ties).

    Checked against: scipy 1.17.1 ``mannwhitneyu`` (asymptotic; exact without ties; with ties
    PermutationMethod over all choices up to 12 experts).
    """
    if exact_up_to > EXACT_UP_TO:
        raise ValueError(f"exact up to {exact_up_to} experts: the most is {EXACT_UP_TO}")
    together = first.together_with(second)
    centred, variation = _centred_ranks(together.counts)
    n_first, n_second = first.n, second.n
    total = n_first + n_second
    surplus = (first.counts * centred).sum(axis=1)
    filled = (n_first > 0) & (n_second > 0)
    defined = filled & (variation > 0)

    # Twice the rank sum, centred, has the variance n1 n2 / n times that of all ranks (n - 1).
    product = (n_first * n_second).astype(np.float64)
    variance = product * variation / np.maximum(total * (total - 1), 1)
    z = np.full(total.shape, np.nan)
    np.divide(surplus, np.sqrt(variance), out=z, where=defined)
    p = two_sided_normal(z)
    exact: BoolArray = defined & (total <= exact_up_to)
    for item in np.nonzero(exact)[0]:
        p[item] = _exact_rank_sum(
            together.counts[item], centred[item], int(n_first[item]), int(surplus[item])
        )
    return MannWhitney(
        n_first=n_first,
        n_second=n_second,
        u=np.where(filled, (surplus + product) / 2.0, np.nan),
        z=z,
        p=p,
        exact=exact,
        reasons=first_reason((~filled, EMPTY_GROUP), (variation == 0, ALL_SAME)),
    )


def rank_sum_ways(sizes: IntArray, scores: IntArray, chosen: int, *, up_to: int) -> IntArray:
    """In how many ways ``chosen`` of all experts add up to each score from 0 to ``up_to``.

    sizes : experts at each point; scores : a whole number from 0 for each point.

    Returns whole numbers; place s holds the ways to reach the sum s. Exact up to some 60 experts.
    """
    ways = np.zeros((chosen + 1, up_to + 1), dtype=np.int64)
    ways[0, 0] = 1
    for size, score in zip(sizes.tolist(), scores.tolist(), strict=True):
        grown = ways.copy()
        for some in range(1, min(size, chosen) + 1):
            kept = up_to + 1 - some * score
            if kept <= 0:
                break
            grown[some:, some * score :] += math.comb(size, some) * ways[:-some, :kept]
        ways = grown
    of_this_many: IntArray = ways[chosen]
    return of_this_many


def _exact_rank_sum(sizes: IntArray, centred: FloatArray, chosen: int, surplus: int) -> float:
    """Two-sided p of a group of ``chosen`` whose centred double rank sum is ``surplus``.

    The other group has the surplus with its sign turned, and turning the scale round turns the
    sign as well: so the smaller group is counted, from the end that its sum is nearer to.
    """
    used = sizes > 0
    some, scores = sizes[used], centred[used].astype(np.int64)
    total = int(some.sum())
    if 2 * chosen > total:
        chosen, surplus = total - chosen, -surplus
    if surplus > 0:
        some, scores, surplus = some[::-1], -scores[::-1], -surplus
    lowest = int(scores[0])
    step = math.gcd(*(scores - lowest).tolist())
    found = (surplus - chosen * lowest) // step
    ways = rank_sum_ways(some, (scores - lowest) // step, chosen, up_to=found)
    everything = math.comb(total, chosen)
    at_most = int(ways.sum())
    at_least = everything - at_most + int(ways[found])
    return min(1.0, 2 * min(at_most, at_least) / everything)


def _centred_ranks(counts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Twice each point's mid-rank less n + 1, and the sum of its squares over all experts.

    Whole numbers held in floats, exactly up to some 200,000 experts.
    """
    n = counts.sum(axis=1, keepdims=True)
    centred = (2 * np.cumsum(counts, axis=1) - counts - n).astype(np.float64)
    variation: FloatArray = (counts * centred**2).sum(axis=1)
    return centred, variation
