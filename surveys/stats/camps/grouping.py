"""Dividing points into groups, choosing how many, and saying how alike two divisions are."""

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from surveys.stats.ratings import FloatArray, IntArray

# Lloyd's method settles in five to fifteen turns on these maps; the limit only ends a quarrel
# between equally near centres.
_TURNS = 100
# Points times groups times starts handled at once, to bound memory: about 40 MB of distances.
_AT_ONCE = 5_000_000
# Rows of the distance matrix held at once, so that memory does not grow with the square.
_ROWS_AT_ONCE = 512
# The published limit on the number of groups: two, and one more for every twelve people. Below
# that a further group is a handful whose place is chance.
EXPERTS_PER_FURTHER_CAMP = 12


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """The best division of the counted experts that could be found, deserved or not.

    k : number of groups.
    labels : int array, shape (experts,): each expert's group, 0 to k - 1, the largest first;
        experts who were not counted get the group whose centre is nearest, -1 where they have no
        position.
    sizes : int array, shape (k,): counted experts per group.
    centres : float array, shape (k, 2): mean position of the counted experts of each group.
    widths : float array, shape (experts,): silhouette width, -1 to 1: how much nearer an expert
        lies to her own group than to the next; NaN for experts who were not counted.
    silhouettes : mean silhouette width by number of groups tried.
    standard_errors : of those means, by number of groups tried.
    """

    k: int
    labels: IntArray
    sizes: IntArray
    centres: FloatArray
    widths: FloatArray
    silhouettes: dict[int, float]
    standard_errors: dict[int, float]


def most_groups(experts: int, *, most: int, smallest: int) -> int:
    """How many groups are worth trying among so many experts."""
    return min(most, 2 + experts // EXPERTS_PER_FURTHER_CAMP, experts // smallest)


def k_means(
    clouds: FloatArray, k: int, *, starts: int, smallest: int, rng: np.random.Generator
) -> tuple[FloatArray, IntArray]:
    """Divide each of many clouds of points into ``k`` groups with the least scatter inside them.

    clouds : float array, shape (clouds, points, dimensions). Many at once, because the test
        against chance needs hundreds and a loop over them would take most of its time.
    starts : how many times to begin anew; the best result is kept.
    smallest : a division with a smaller group than this is no result. One far-away expert is not
        a camp, and Lloyd's method is fond of making her one.

    Returns (scatter, labels): scatter, shape (clouds,), the sum of squared distances to the own
    group's centre, infinite where no start gave large enough groups; labels, shape (clouds,
    points), 0 to k - 1.

    Method
        Lloyd's iteration from k-means++ starts (Arthur D, Vassilvitskii S. SODA 2007).
    Checked against
        scikit-learn 1.9 ``KMeans`` on three of the real panels.
    """
    at_once = max(1, _AT_ONCE // (clouds.shape[1] * k * starts))
    parts = [
        _k_means(clouds[first : first + at_once], k, starts, smallest, rng)
        for first in range(0, len(clouds), at_once)
    ]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _k_means(
    clouds: FloatArray, k: int, starts: int, smallest: int, rng: np.random.Generator
) -> tuple[FloatArray, IntArray]:
    count, points, _ = clouds.shape
    tries = np.repeat(clouds, starts, axis=0)
    centres = _spread_starts(tries, k, rng)
    labels = np.full((len(tries), points), -1, dtype=np.int64)
    moving = np.arange(len(tries))
    for _ in range(_TURNS):
        here = centres[moving]
        # The squared distance less the point's own square, which is the same for every centre.
        squares = (here**2).sum(axis=2)[:, np.newaxis, :]
        nearest = (squares - 2 * (tries[moving] @ here.transpose(0, 2, 1))).argmin(axis=2)
        changed = (nearest != labels[moving]).any(axis=1)
        labels[moving] = nearest
        moving = moving[changed]
        if not len(moving):
            break
        sizes, sums = _totals(tries[moving], labels[moving], k)
        means = sums / np.maximum(sizes, 1)[:, :, np.newaxis]
        # A group that lost all its points keeps its centre, so that it may win some back.
        centres[moving] = np.where(sizes[:, :, np.newaxis] > 0, means, centres[moving])
    sizes, sums = _totals(tries, labels, k)
    between = ((sums**2).sum(axis=2) / np.maximum(sizes, 1)).sum(axis=1)
    # Rounding may leave the scatter of a perfect division a few units below zero.
    scatter = np.maximum((tries**2).sum(axis=(1, 2)) - between, 0.0)
    scatter = np.where(sizes.min(axis=1) >= smallest, scatter, np.inf).reshape(count, starts)
    best = scatter.argmin(axis=1)
    each = np.arange(count)
    return scatter[each, best], labels.reshape(count, starts, points)[each, best]


def _spread_starts(tries: FloatArray, k: int, rng: np.random.Generator) -> FloatArray:
    """First centres: a random point, then each at odds of its squared distance to those chosen."""
    count, points, dimensions = tries.shape
    each = np.arange(count)
    centres = np.empty((count, k, dimensions))
    centres[:, 0] = tries[each, rng.integers(points, size=count)]
    squares = ((tries - centres[:, :1]) ** 2).sum(axis=2)
    for group in range(1, k):
        odds = np.cumsum(squares, axis=1)
        drawn = rng.uniform(size=count) * odds[:, -1]
        chosen = np.minimum((odds <= drawn[:, np.newaxis]).sum(axis=1), points - 1)
        centres[:, group] = tries[each, chosen]
        newest = ((tries - centres[:, group : group + 1]) ** 2).sum(axis=2)
        squares = np.minimum(squares, newest)
    return centres


def _totals(tries: FloatArray, labels: IntArray, k: int) -> tuple[FloatArray, FloatArray]:
    member = (labels[:, :, np.newaxis] == np.arange(k)).astype(np.float64)
    return member.sum(axis=1), member.transpose(0, 2, 1) @ tries


def centres_of(points: FloatArray, labels: IntArray, k: int) -> FloatArray:
    """Mean position of each group, shape (k, dimensions); 0 for a group without members."""
    sizes, sums = _totals(points[np.newaxis], labels[np.newaxis], k)
    centres: FloatArray = sums[0] / np.maximum(sizes[0], 1)[:, np.newaxis]
    return centres


def nearest_centre(points: FloatArray, centres: FloatArray) -> IntArray:
    """The group whose centre is nearest, per point, shape (points,)."""
    squares = ((points[:, np.newaxis, :] - centres[np.newaxis]) ** 2).sum(axis=2)
    return np.asarray(squares.argmin(axis=1), dtype=np.int64)


def silhouette_widths(points: FloatArray, labels: IntArray, k: int) -> FloatArray:
    """How much nearer each point lies to its own group than to the next, -1 to 1, shape (points,).

    (b - a) / max(a, b), a the mean distance to the others of the own group, b the smallest mean
    distance to another group. 0 for a group of one, as Rousseeuw has it, and where a and b are 0.

    points : float array, shape (points, dimensions).
    labels : int array, shape (points,), 0 to k - 1, no group empty, k at least 2.

    Source: Rousseeuw PJ. J Comput Appl Math 1987;20:53-65.
    Checked against: scikit-learn 1.9 ``silhouette_samples``.
    """
    member = (labels[:, np.newaxis] == np.arange(k)).astype(np.float64)
    sizes = member.sum(axis=0)
    sums = np.vstack(
        [
            _distances(points[first : first + _ROWS_AT_ONCE], points) @ member
            for first in range(0, len(points), _ROWS_AT_ONCE)
        ]
    )
    each = np.arange(len(points))
    own = sums[each, labels] / np.maximum(sizes[labels] - 1, 1)
    other = sums / sizes
    other[each, labels] = np.inf
    nearest = other.min(axis=1)
    largest = np.maximum(own, nearest)
    widths = np.zeros(len(points))
    np.divide(nearest - own, largest, out=widths, where=(largest > 0) & (sizes[labels] > 1))
    return widths


def _distances(some: FloatArray, points: FloatArray) -> FloatArray:
    """Distances from some points to all, coordinate by coordinate.

    Not by way of inner products, which lose half the digits between near points and would find
    an expert a distance from her double.
    """
    squares = np.zeros((len(some), len(points)))
    for axis in range(points.shape[1]):
        squares += np.subtract.outer(some[:, axis], points[:, axis]) ** 2
    return np.sqrt(squares)


def divide(
    points: FloatArray, *, most: int, smallest: int, starts: int, rng: np.random.Generator
) -> tuple[IntArray, dict[int, float], dict[int, float]] | None:
    """Divide the experts into as few groups as describe them about as well as any number does.

    points : float array, shape (experts, 2).

    Returns (labels, silhouettes, standard errors), the latter two by number of groups; None when
    no number of groups leaves every group with ``smallest`` experts.

    Method
        k-means for 2, 3, ... groups. The number is the smallest whose mean silhouette width lies
        within one standard error of the best: the difference between 0.43 and 0.44 is no reason
        to report a third camp.
    """
    found: dict[int, IntArray] = {}
    silhouettes: dict[int, float] = {}
    errors: dict[int, float] = {}
    for k in range(2, most_groups(len(points), most=most, smallest=smallest) + 1):
        scatter, labels = k_means(points[np.newaxis], k, starts=starts, smallest=smallest, rng=rng)
        if np.isinf(scatter[0]):
            continue
        widths = silhouette_widths(points, labels[0], k)
        found[k] = labels[0]
        silhouettes[k] = float(widths.mean())
        errors[k] = float(widths.std() / np.sqrt(len(points)))
    if not found:
        return None
    best = max(found, key=lambda k: silhouettes[k])
    chosen = min(k for k in found if silhouettes[k] >= silhouettes[best] - errors[best])
    return _largest_first(points, found[chosen], chosen), silhouettes, errors


def _largest_first(points: FloatArray, labels: IntArray, k: int) -> IntArray:
    """Number the groups by size, equals from left to right on the map."""
    sizes = np.bincount(labels, minlength=k)
    order = np.lexsort((centres_of(points, labels, k)[:, 0], -sizes))
    number = np.empty(k, dtype=np.int64)
    number[order] = np.arange(k)
    return number[labels]


def divide_again(
    shaping: FloatArray, everybody: FloatArray, k: int, *, starts: int, rng: np.random.Generator
) -> IntArray:
    """Divide some experts into ``k`` groups and put everybody into the group that is nearest.

    shaping : positions of the experts who make the groups, shape (some, 2), at least one.
    everybody : positions of the experts to be placed, shape (experts, 2).

    Groups of any size will do here: in a redrawn panel three copies of one expert are no camp.
    """
    _, labels = k_means(shaping[np.newaxis], k, starts=starts, smallest=0, rng=rng)
    used, numbered = np.unique(labels[0], return_inverse=True)
    return nearest_centre(everybody, centres_of(shaping, numbered, len(used)))


def adjusted_rand_index(one: IntArray, other: IntArray) -> float | None:
    """How far two divisions of the same experts agree: 1 the same, about 0 no better than chance.

    one, other : whole-number labels, shape (experts,). Their names do not matter.

    Raises ValueError when the two are of different length.
    Undefined: None for fewer than two experts, and where both divisions put everybody together or
    both put everybody apart, so that chance leaves no room.

    Source: Hubert L, Arabie P. J Classif 1985;2:193-218.
    Checked against: scikit-learn 1.9 ``adjusted_rand_score``.
    """
    if len(one) != len(other):
        raise ValueError(f"{len(one)} labels cannot be compared with {len(other)}")
    if len(one) < 2:
        return None
    rows, columns = np.unique(one, return_inverse=True)[1], np.unique(other, return_inverse=True)[1]
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1.0)
    together = _pairs(table)
    in_one, in_other = _pairs(table.sum(axis=1)), _pairs(table.sum(axis=0))
    by_chance = in_one * in_other / _pairs(np.array([len(one)], dtype=np.float64))
    room = (in_one + in_other) / 2 - by_chance
    return (together - by_chance) / room if room > 0 else None


def _pairs(counts: FloatArray) -> float:
    return float((counts * (counts - 1) / 2).sum())


def overlaps(one: IntArray, other: IntArray, k: int) -> FloatArray:
    """Jaccard overlap of every group of ``one`` with every group of ``other``, shape (k, k).

    Shared members over all members of either, 0 to 1; 0 where both groups are empty.
    """
    first = one[:, np.newaxis] == np.arange(k)
    second = other[:, np.newaxis] == np.arange(k)
    both = first.astype(np.float64).T @ second.astype(np.float64)
    either = first.sum(axis=0)[:, np.newaxis] + second.sum(axis=0) - both
    shared = np.zeros((k, k))
    np.divide(both, either, out=shared, where=either > 0)
    return shared


def renamed_to_match(labels: IntArray, reference: IntArray, k: int) -> IntArray:
    """The same division under the names that agree with most of the reference."""
    first = reference[:, np.newaxis] == np.arange(k)
    second = labels[:, np.newaxis] == np.arange(k)
    both = first.astype(np.int64).T @ second.astype(np.int64)
    each = np.arange(k)
    names = max(permutations(range(k)), key=lambda naming: both[list(naming), each].sum())
    return np.asarray(names, dtype=np.int64)[labels]
