"""From the experts' rankings to the panel's: mean rank, Borda, Kemeny, and how far they agree.

A ranking is a float array of shape (experts, items): 1 is the first place, NaN an item the expert
did not rank. Only the order within an expert counts, so 1, 5, 9 is the ranking 1, 2, 3.

Ties. An expert may give two items the same place; to a comparison of the two that expert then says
nothing (Borda: half a point each). The panel's Kemeny rankings are strict, without ties; when the
panel is evenly divided there are several, and all are given.

Unranked items mean one of two things, and which one is asked for by ``unranked``: "unknown" (the
expert was not asked, or did not know: no comparison with the other items) or "last" (the expert
was asked for the top few: every unranked item comes after every ranked one).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from typing import Literal

import numpy as np
import numpy.typing as npt

from surveys.stats import ratings as panel
from surveys.stats.concordance import KendallsW, kendalls_w
from surveys.stats.ratings import FloatArray, IntArray

Unranked = Literal["unknown", "last"]

NOBODY_RANKED = "nobody ranked"
NEVER_COMPARED = "nobody ranked this item beside another"
NO_TWO_EXPERTS = "no two items were ranked by the same two experts"
FEWER_THAN_TWO_ITEMS = "fewer than two items are in both rankings"

# The exact search keeps a number for every subset of items: 2^15 of them for 15 items take some
# milliseconds, and each further item doubles that.
EXACT_ITEMS = 15


@dataclass(frozen=True, slots=True, eq=False)
class Preferences:
    """How many experts put one item before another.

    prefer : int array, shape (items, items); ``prefer[i, j]`` experts placed i before j.
    tied : int array, shape (items, items); experts who gave i and j the same place.
    ranked_by : int array, shape (items,); experts who placed the item.
    experts : experts who placed at least one item.
    """

    prefer: IntArray
    tied: IntArray
    ranked_by: IntArray
    experts: int

    @property
    def items(self) -> int:
        """Number of items."""
        return len(self.ranked_by)

    @property
    def condorcet_winner(self) -> int | None:
        """The item that more experts put before each other item than after it, if there is one."""
        beats = self.prefer > self.prefer.T
        winners = np.flatnonzero(beats.sum(axis=1) == self.items - 1)
        return int(winners[0]) if winners.size else None


@dataclass(frozen=True, slots=True)
class Scores:
    """The panel's order by a score per item.

    scores : one per item; NaN for an item that has none (reason: ``NEVER_COMPARED``).
    ranked_by : experts who placed the item.
    order : places from first to last, each a tuple of the items that share it; items without a
        score are in none.
    experts : experts who placed at least one item.
    reason : why there are no scores at all, else None.
    """

    scores: tuple[float, ...]
    ranked_by: tuple[int, ...]
    order: tuple[tuple[int, ...], ...]
    experts: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Borda:
    """Borda's count.

    points : per item, over all experts, the items placed after it, ties half; a float per item.
    mean_points : points per expert who placed the item; NaN where nobody did.
    share_won : points per comparison the item was in, 0..1; NaN where it was in none (reason:
        ``NEVER_COMPARED``). With complete rankings this is mean_points / (items - 1).
    ranked_by, order, experts, reason : as in Scores; the order is by share_won.
    """

    points: tuple[float, ...]
    mean_points: tuple[float, ...]
    share_won: tuple[float, ...]
    ranked_by: tuple[int, ...]
    order: tuple[tuple[int, ...], ...]
    experts: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Kemeny:
    """The strict rankings closest to the experts' own.

    orders : item numbers from first to last place, one tuple per ranking: all that are equally
        close, or ``most`` of them, sorted.
    count : how many there are; None when the search was not exhaustive.
    distance : sum over experts of Kemeny and Snell's distance to such a ranking; None when
        undefined, with ``reason``.
    lower_bound : no ranking has a smaller distance than this.
    exact : whether ``orders`` are proved to be closest. If not, they are what local search found.
    experts, items : as given.
    """

    orders: tuple[tuple[int, ...], ...]
    count: int | None
    distance: int | None
    lower_bound: int | None
    exact: bool
    experts: int
    items: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class KemenyDistance:
    """Kemeny and Snell's distance between two rankings.

    distance : 0 (the same) to pairs x 2 (reversed); None with ``reason`` when undefined.
    pairs : pairs of items that are in both.
    """

    distance: int | None
    pairs: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class RankingConcordance:
    """How far the experts' rankings agree.

    w : Kendall's W over the experts who ranked every item, with its tests and its own reasons.
    u : Kendall's coefficient of agreement over all pairs of experts and of items they both ranked,
        gaps or not: 1 the same order, 0 as often against as with each other. With complete
        rankings without ties it is the average Kendall tau between two experts. None with
        ``reason``.
    comparisons : pairs of experts x pairs of items it rests on.
    """

    w: KendallsW
    u: float | None
    comparisons: int
    reason: str | None


def preferences(rankings: npt.ArrayLike, *, unranked: Unranked = "unknown") -> Preferences:
    """Count for every two items how many experts put the one before the other.

    rankings : shape (experts, items), 1 = first, NaN = unranked.
    unranked : what an empty place means, see the module.

    Raises ValueError for an infinite rank, another shape, or another word for ``unranked``.
    An expert who ranked nothing says nothing, also with ``unranked="last"``.
    """
    if unranked not in ("unknown", "last"):
        raise ValueError(f'unranked is "unknown" or "last", not {unranked!r}')
    places = panel.checked(rankings)
    placed = ~np.isnan(places)
    if unranked == "last":
        places = np.where(placed | ~placed.any(axis=1, keepdims=True), places, np.inf)
    items = places.shape[1]
    prefer = np.zeros((items, items), dtype=np.int64)
    tied = np.zeros((items, items), dtype=np.int64)
    for item in range(items):
        own = places[:, item, np.newaxis]
        prefer[item] = (own < places).sum(axis=0)
        tied[item] = (own == places).sum(axis=0)
    np.fill_diagonal(tied, 0)
    return Preferences(
        prefer=prefer,
        tied=tied,
        ranked_by=placed.sum(axis=0),
        experts=int(placed.any(axis=1).sum()),
    )


def mean_rank(rankings: npt.ArrayLike, *, unranked: Unranked = "unknown") -> Scores:
    """Average the place that the experts gave to each item; the lowest mean comes first.

    Inputs and errors as for ``preferences``. Places are first made 1, 2, 3, ... within each expert,
    ties sharing their mean place. With "unknown" an item's mean is over the experts who placed it,
    *among the items that expert placed*: with very unequal numbers of placed items use ``borda``,
    which compares like with like. With "last" unranked items share the mean of the places left.

    Undefined: an item that nobody placed has NaN; ``reason`` when nobody placed anything.

    Checked against: scipy 1.17 rankdata, averaged.
    """
    counted = preferences(rankings, unranked=unranked)
    places = panel.checked(rankings)
    placed = ~np.isnan(places)
    if unranked == "last":
        somebody = placed.any(axis=1)
        places = np.where(placed, places, np.inf)[somebody]
        placed = np.ones(places.shape, dtype=np.bool_)
    total = np.zeros(places.shape[1])
    for item in range(places.shape[1]):
        own = places[:, item, np.newaxis]
        # Place = 1 + items before it + half the items beside it, not counting itself.
        before = (places < own).sum(axis=1) + ((places == own).sum(axis=1) - 1) / 2
        total[item] = (1 + before)[placed[:, item]].sum()
    n = placed.sum(axis=0)
    means = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
    return Scores(
        scores=_floats(means),
        ranked_by=_ints(counted.ranked_by),
        order=_order(means),
        experts=counted.experts,
        reason=None if counted.experts else NOBODY_RANKED,
    )


def borda(rankings: npt.ArrayLike, *, unranked: Unranked = "unknown") -> Borda:
    """Give each item a point for every item that an expert placed after it.

    Inputs and errors as for ``preferences``. A tie gives half a point to both. Experts who placed
    few items give few points, so items are ordered by the share of comparisons they won.

    Undefined: an item that was compared with no other has NaN; ``reason`` when nobody placed
    anything.

    Source: de Borda JC. Mémoires de l'Académie Royale des Sciences, 1781. Ties by half points:
        Emerson P. Soc Choice Welf 2013;40:353-8.
    Checked against: the capital of Tennessee (points 194, 173, 126, 107); pref_voting 1.18.2.
    """
    counted = preferences(rankings, unranked=unranked)
    points = counted.prefer.sum(axis=1) + counted.tied.sum(axis=1) / 2
    compared = (counted.prefer + counted.prefer.T + counted.tied).sum(axis=1)
    # With "last" an expert's points include comparisons of items left unranked.
    by = counted.ranked_by if unranked == "unknown" else np.full(len(points), counted.experts)
    nothing = np.full(len(points), np.nan)
    won = np.divide(points, compared, out=nothing.copy(), where=compared > 0)
    return Borda(
        points=_floats(points),
        mean_points=_floats(np.divide(points, by, out=nothing, where=by > 0)),
        share_won=_floats(won),
        ranked_by=_ints(counted.ranked_by),
        order=_order(-won),
        experts=counted.experts,
        reason=None if counted.experts else NOBODY_RANKED,
    )


def kemeny(
    rankings: npt.ArrayLike | Preferences, *, unranked: Unranked = "unknown", most: int = 1_000
) -> Kemeny:
    """Find the rankings that disagree least with the experts', all of them if there are several.

    Answers "which order of the items contradicts the fewest comparisons made by the panel?". It is
    the median of the rankings: one expert's odd ranking cannot pull it far, and an item that a
    majority puts before every other item comes first.

    rankings : as for ``preferences``, or Preferences already counted.
    unranked : as for ``preferences``; ignored for Preferences.
    most : how many equally close rankings to list; their number is given in any case.

    Returns Kemeny. Rankings are strict. A Condorcet cycle of three items gives three.

    Raises ValueError as ``preferences``, and for ``most`` below 1.
    Undefined: nobody ranked anything.

    Method
        Distance per expert and pair of items: 2 when the order is reversed, 1 when the expert tied
        them, 0 otherwise; pairs with an unranked item do not count. Items are first split into
        groups such that a majority puts every item of an earlier group before every item of a
        later one; closest rankings keep the groups in that order (the extended Condorcet
        criterion), so each group is solved by itself. Groups of up to 15 items: exact, by dynamic
        programming over subsets, which finds every optimum. Larger groups: from Borda's order,
        the best move of one item is made until none helps; ``exact`` then is False unless the
        result meets the lower bound. So lists far beyond 15 items are exact when the panel's
        majorities contain no large cycle.

    Source: Kemeny JG. Daedalus 1959;88:577-91. Kemeny JG, Snell JL. Mathematical Models in the
        Social Sciences, 1962. Truchon M. An extension of the Condorcet criterion, 1998.
    Checked against: all permutations of up to 7 items; pref_voting 1.18.2 kemeny_young_rankings.
    """
    if most < 1:
        raise ValueError(f"at least 1 ranking is listed, not {most}")
    counted = (
        rankings if isinstance(rankings, Preferences) else preferences(rankings, unranked=unranked)
    )
    items = counted.items
    if not counted.experts:
        return Kemeny((), None, None, None, False, 0, items, NOBODY_RANKED)
    solved = [_solve(group, counted.prefer, most) for group in _groups(counted.prefer)]
    orders = tuple(
        tuple(item for part in parts for item in part)
        for parts in islice(product(*(group.orders for group in solved)), most)
    )
    counts = [group.count for group in solved]
    ties = int(np.triu(counted.tied).sum())
    contradicted = _reversed(orders[0], counted.prefer)
    unproved = sum(group.unproved for group in solved)
    return Kemeny(
        orders=orders,
        count=None if None in counts else prod(count for count in counts if count is not None),
        distance=2 * contradicted + ties,
        lower_bound=2 * (contradicted - unproved) + ties,
        exact=unproved == 0,
        experts=counted.experts,
        items=items,
        reason=None,
    )


def kemeny_distance(first: npt.ArrayLike, second: npt.ArrayLike) -> KemenyDistance:
    """Count how far two rankings are apart, pair of items by pair of items.

    first, second : shape (items,), 1 = first, NaN = unranked. A pair of items in opposite order
    counts 2, a pair tied in one ranking only counts 1; pairs with an item that either ranking
    lacks do not count. Half of it is Kendall's distance when there are no ties.

    Returns KemenyDistance.

    Raises ValueError when the lengths differ, and for an infinite rank.
    Undefined: fewer than two items in both.

    Source: Kemeny JG, Snell JL. Mathematical Models in the Social Sciences, 1962.
    Checked against: scipy 1.17 kendalltau, as pairs x (1 - tau) without ties.
    """
    a, b = panel.checked(first), panel.checked(second)
    if a.shape[1] != 1 or a.shape != b.shape:
        raise ValueError(f"two rankings of the same items, not of shapes {a.shape} and {b.shape}")
    both = ~(np.isnan(a) | np.isnan(b))[:, 0]
    items = int(both.sum())
    pairs = items * (items - 1) // 2
    if items < 2:
        return KemenyDistance(None, pairs, FEWER_THAN_TWO_ITEMS)
    x, y = a[both], b[both]
    apart = np.abs(np.sign(x - x.T) - np.sign(y - y.T))
    return KemenyDistance(int(apart.sum()) // 2, pairs, None)


def concordance(rankings: npt.ArrayLike, *, unranked: Unranked = "unknown") -> RankingConcordance:
    """Say how far the experts' rankings agree: Kendall's W, and u where rankings have gaps.

    Inputs and errors as for ``preferences``. With "unknown" W uses the experts who ranked every
    item; with "last" all who ranked anything, unranked items sharing the last places.

    Undefined: w as in ``concordance.kendalls_w``; u when no two items were ranked by the same two
    experts.

    Method: of every two experts and two items, u = (same order - opposite order) / all, a tie
    counting for neither.

    Source: Kendall MG, Babington Smith B. Biometrika 1940;31:324-45.
    Checked against: scipy 1.17 kendalltau averaged over pairs of experts.
    """
    counted = preferences(rankings, unranked=unranked)
    places = panel.checked(rankings)
    if unranked == "last":
        placed = ~np.isnan(places)
        after = np.max(places, initial=0.0, where=placed) + 1
        places = np.where(placed | ~placed.any(axis=1, keepdims=True), places, after)
    before, after_it = np.triu(counted.prefer), np.triu(counted.prefer.T)
    n = before + after_it + np.triu(counted.tied)
    comparisons = int((n * (n - 1)).sum()) // 2
    u = None
    if comparisons:
        with_less_against = np.square(before - after_it) - (before + after_it)
        u = float(with_less_against.sum()) / 2 / comparisons
    return RankingConcordance(
        w=kendalls_w(places),
        u=u,
        comparisons=comparisons,
        reason=None if comparisons else NO_TWO_EXPERTS,
    )


@dataclass(frozen=True, slots=True)
class _Solved:
    """The best orders found of one group of items.

    count : how many there are; None when the search was not exhaustive.
    unproved : contradicted comparisons above the least that any order could have; 0 when proved.
    """

    orders: tuple[tuple[int, ...], ...]
    count: int | None
    unproved: int


def _groups(prefer: IntArray) -> list[IntArray]:
    """Items in groups, every item of an earlier one before every later one for a majority."""
    # i reaches j when no chain of majorities forbids i before j: within a group all reach all.
    reaches = (prefer >= prefer.T).astype(np.float64)
    steps = 1
    while steps < len(reaches):
        reaches = ((reaches @ reaches) > 0).astype(np.float64)
        steps *= 2
    reach = reaches.sum(axis=1)
    return [np.flatnonzero(reach == size) for size in np.unique(reach)[::-1]]


def _solve(group: IntArray, prefer: IntArray, most: int) -> _Solved:
    # cost[i, j] : experts contradicted when i comes before j.
    cost = prefer[np.ix_(group, group)].T
    if len(group) > EXACT_ITEMS:
        order = _improved(_by_points(cost), cost)
        fewest = int(np.triu(np.minimum(cost, cost.T)).sum())
        unproved = _reversed(tuple(order), cost.T) - fewest
        return _Solved((tuple(int(item) for item in group[order]),), None, unproved)
    best, count = _best_of_subsets(cost)
    orders = tuple(
        tuple(int(group[item]) for item in order)
        for order in islice(_orders(len(best) - 1, cost, best), most)
    )
    return _Solved(tuple(sorted(orders)), int(count[-1]), 0)


def _best_of_subsets(cost: IntArray) -> tuple[IntArray, IntArray]:
    """For every subset of items (as a bit mask) its least cost, and how many orders have it."""
    items = len(cost)
    subsets = np.arange(1 << items)
    size = np.zeros(1 << items, dtype=np.int64)
    # under[i, s] : cost of putting item i after all items of subset s.
    under = np.zeros((items, 1 << items), dtype=np.int64)
    for item in range(items):
        half = 1 << item
        under[:, half : 2 * half] = under[:, :half] + cost[item][:, np.newaxis]
        size[half : 2 * half] = size[:half] + 1
    best = np.zeros(1 << items, dtype=np.int64)
    count = np.ones(1 << items, dtype=np.int64)
    by_size = np.argsort(size, kind="stable")
    bounds = np.searchsorted(size[by_size], np.arange(items + 2))
    never = np.iinfo(np.int64).max
    for members in range(1, items + 1):
        masks = subsets[by_size[bounds[members] : bounds[members + 1]]]
        without = masks[np.newaxis, :] ^ (1 << np.arange(items))[:, np.newaxis]
        inside = without < masks
        rest = np.where(inside, without, 0)
        last = np.where(inside, best[rest] + under[np.arange(items)[:, np.newaxis], rest], never)
        best[masks] = last.min(axis=0)
        count[masks] = np.where(last == best[masks], count[rest], 0).sum(axis=0)
    return best, count


def _orders(mask: int, cost: IntArray, best: IntArray) -> Iterator[list[int]]:
    """Every order of a subset that has its least cost, from first to last place."""
    if not mask:
        yield []
        return
    members = [item for item in range(len(cost)) if mask >> item & 1]
    for item in members:
        rest = mask ^ (1 << item)
        if best[rest] + sum(int(cost[other, item]) for other in members) == best[mask]:
            for order in _orders(rest, cost, best):
                yield [*order, item]


def _by_points(cost: IntArray) -> IntArray:
    """Items by comparisons won less comparisons lost, ties by number."""
    return np.argsort(cost.sum(axis=1) - cost.sum(axis=0), kind="stable")


def _improved(order: IntArray, cost: IntArray) -> IntArray:
    """Move one item at a time to where it helps most, until no move helps."""
    items = len(order)
    place = np.arange(items)
    while True:
        # gain[p, q] : contradictions spared when the item at p comes after, not before, that at q.
        gain = (cost - cost.T)[np.ix_(order, order)]
        along = np.zeros((items, items + 1), dtype=np.int64)
        np.cumsum(gain, axis=1, out=along[:, 1:])
        own = along[place, place][:, np.newaxis]
        later = along[:, 1:] - own
        sooner = along[:, :-1] - own
        spared = np.where(place[np.newaxis, :] > place[:, np.newaxis], later, sooner)
        here, there = np.unravel_index(int(spared.argmax()), spared.shape)
        if spared[here, there] <= 0:
            return order
        order = np.insert(np.delete(order, here), there, order[here])


def _reversed(order: tuple[int, ...], prefer: IntArray) -> int:
    """Comparisons by experts that an order contradicts."""
    placed = np.asarray(order, dtype=np.int64)
    return int(np.triu(prefer[np.ix_(placed, placed)].T, k=1).sum())


def _order(scores: FloatArray) -> tuple[tuple[int, ...], ...]:
    """Items by ascending score, those with the same score together."""
    return tuple(
        tuple(int(item) for item in np.flatnonzero(scores == score))
        for score in np.unique(scores[~np.isnan(scores)])
    )


def _floats(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _ints(values: IntArray) -> tuple[int, ...]:
    return tuple(int(value) for value in values)
