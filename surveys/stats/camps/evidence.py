"""Whether a division is there or only drawn: three tests against chance, and resampling."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from surveys.stats.camps import grouping
from surveys.stats.camps.opinion_map import NO_VARIANCE, Axes, axes, place
from surveys.stats.ratings import FloatArray, IntArray

# Reference clouds divided between two reports of progress.
_BATCH = 20


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What speaks for the division, from resampling.

    gap_p : chance of a division as clean as this among experts spread evenly over the same map,
        with the same gaps. Small: there is emptier space between the groups than within them.
    axis_p : chance of a first axis as strong as this if the statements had nothing to do with
        each other. Small: opinions hang together.
    overlap : float array, shape (k,): mean Jaccard overlap, 0 to 1, of each group with its like
        when experts are drawn anew with replacement.
    experts_agreement : mean adjusted Rand index of those divisions with the one reported.
    statements_agreement : the same when statements are drawn anew; None where no redrawn set of
        statements could be divided.
    membership : float array, shape (experts,): share of the divisions by redrawn experts that put
        an expert into the group reported for her, 0 to 1; NaN for experts not counted.
    resamples : how often each was drawn.
    """

    gap_p: float
    axis_p: float
    overlap: FloatArray
    experts_agreement: float
    statements_agreement: float | None
    membership: FloatArray
    resamples: int


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """The counted experts and the statements they rated, ready to be drawn anew.

    values, observed : as from ``opinion_map.filled``, shape (counted, drawn).
    remove_level : whether experts' own levels are taken out.
    """

    values: FloatArray
    observed: FloatArray
    remove_level: bool

    def axes(self) -> Axes:
        """The two directions along which they differ most."""
        return axes(self.values, self.observed, remove_level=self.remove_level)

    def placed(self, found: Axes) -> FloatArray:
        """Their positions on a map, shape (counted, 2)."""
        return place(self.values, self.observed, found, remove_level=self.remove_level)

    def with_experts(self, chosen: IntArray) -> "Panel":
        """Some experts, perhaps several times."""
        return Panel(self.values[chosen], self.observed[chosen], self.remove_level)

    def with_statements(self, chosen: IntArray) -> "Panel":
        """Some statements, perhaps several times."""
        return Panel(self.values[:, chosen], self.observed[:, chosen], self.remove_level)


def gap_p(
    panel: Panel,
    labels: IntArray,
    k: int,
    *,
    resamples: int,
    starts: int,
    smallest: int,
    rng: np.random.Generator,
    advance: Callable[[int], None],
) -> float:
    """How often an evenly spread panel divides as cleanly as this one.

    Method
        The statistic is the scatter left inside k groups as a share of all scatter on the map.
        It is compared with clouds that have the same variances along the map's own axes but are
        flat: every expert uniform over a rectangle. Among clouds without a dip between two
        summits the flat one is the most easily mistaken for groups (shown in one dimension by
        Tibshirani, Walther and Hastie), so an unjustified "camps" is rarer still for a bell.
        The rectangle is each expert's own: its size and slant follow from which statements she
        rated, as the loadings and the statements' unexplained variance have it, since people who
        rated little lie nearer the centre and people who rated other statements lie elsewhere.
        p = (1 + clouds at least as clean) / (1 + clouds).

    Source
        Tibshirani R, Walther G, Hastie T. J R Stat Soc B 2001;63:411-23, reference (b), here as a
        test rather than as the gap statistic. The share of scatter as a test statistic: Liu Y, et
        al. (SigClust). J Am Stat Assoc 2008;103:1281-93, with a normal cloud.
    """
    found = panel.axes()
    positions = panel.placed(found)
    positions = positions - positions.mean(axis=0)
    # Turn the map to its own axes: the gap-filled matrix's axes are not quite those of the
    # stretched positions.
    _, lengths, turn = np.linalg.svd(positions, full_matrices=False)
    there = lengths**2 > NO_VARIANCE * lengths[0] ** 2
    positions = positions @ turn[there].T
    spreads = turn[there] @ _spreads(panel, found, positions @ turn[there]) @ turn[there].T
    scatter = ((positions - grouping.centres_of(positions, labels, k)[labels]) ** 2).sum()
    as_clean = 0
    for first in range(0, resamples, _BATCH):
        count = min(_BATCH, resamples - first)
        clouds = _even_clouds(positions, spreads, count, rng)
        scatters, _ = grouping.k_means(clouds, k, starts=starts, smallest=smallest, rng=rng)
        as_clean += int((scatters <= scatter).sum())
        advance(count)
    return (1 + as_clean) / (1 + resamples)


def _spreads(panel: Panel, found: Axes, positions: FloatArray) -> FloatArray:
    """Square root of each expert's own covariance on the map, shape (counted, 2, 2).

    An expert's position is stretch * sum over her statements of loading * (standpoint . loading +
    remainder). With A the sum of the outer products of her statements' loadings and N the same
    weighted by the remainders' variances, its covariance is stretch^2 * (A F A + N). F, the
    variance of standpoints, is what makes the average covariance that of the positions.
    """
    directions = found.directions
    outer = directions.T[:, :, np.newaxis] * directions.T[:, np.newaxis, :]
    per_item = np.maximum(panel.observed.sum(axis=0), 1.0)
    away = (panel.values - found.centre) * panel.observed
    explained = directions.T**2 @ found.variances
    remainder = np.maximum((away**2).sum(axis=0) / per_item - explained, 0.0)
    items = panel.values.shape[1]
    stretch = items / panel.observed.sum(axis=1)[:, np.newaxis, np.newaxis]
    seen = np.einsum("ij,jab->iab", panel.observed, outer)
    chance = stretch * np.einsum("ij,jab->iab", panel.observed * remainder, outer)
    weights = (stretch * seen**2).mean(axis=0)
    wanted = (positions**2).mean(axis=0) - np.diagonal(chance.mean(axis=0))
    standpoints = np.maximum(np.linalg.lstsq(weights, wanted)[0], 0.0)
    covariances = stretch * np.einsum("iab,b,ibc->iac", seen, standpoints, seen) + chance
    squares, vectors = np.linalg.eigh(covariances)
    roots = np.sqrt(np.maximum(squares, 0.0))
    spreads: FloatArray = np.einsum("iab,ib,icb->iac", vectors, roots, vectors)
    return spreads


def _even_clouds(
    positions: FloatArray, spreads: FloatArray, count: int, rng: np.random.Generator
) -> FloatArray:
    """Flat clouds with exactly the variances of the positions, shape (count, counted, axes)."""
    drawn = rng.uniform(-1.0, 1.0, (count, *positions.shape))
    clouds = np.einsum("iab,qib->qia", spreads, drawn)
    clouds -= clouds.mean(axis=1, keepdims=True)
    covariances = clouds.transpose(0, 2, 1) @ clouds / len(positions)
    squares, vectors = np.linalg.eigh(covariances)
    # A cloud without extent in some direction stays without it instead of being blown up.
    real = squares > NO_VARIANCE * squares[:, -1:]
    inverse = np.where(real, 1 / np.sqrt(np.where(real, squares, 1.0)), 0.0)
    upright = vectors * inverse[:, np.newaxis, :] @ vectors.transpose(0, 2, 1)
    scaled: FloatArray = clouds @ upright * np.sqrt((positions**2).mean(axis=0))
    return scaled


def axis_p(
    panel: Panel, *, resamples: int, rng: np.random.Generator, advance: Callable[[int], None]
) -> float:
    """How often unrelated statements give a first axis as strong as this one.

    Method
        Parallel analysis by permutation: the ratings of each statement are dealt anew among those
        who rated it, so that margins and gaps stay and every relation between statements goes.
        The statistic is the first axis's share of all variance.

    Source
        Buja A, Eyuboglu N. Multivar Behav Res 1992;27:509-40.
    """
    strength = _first_share(panel.axes())
    items, experts = np.nonzero(panel.observed.T)
    ratings = panel.values[experts, items]
    as_strong = 0
    for _ in range(resamples):
        # A random number below 1 on top of the item's number shuffles within items only.
        dealt = np.argsort(items + rng.uniform(size=len(items)))
        values = np.zeros_like(panel.values)
        values[experts, items] = ratings[dealt]
        shuffled = Panel(values, panel.observed, panel.remove_level)
        as_strong += _first_share(shuffled.axes()) >= strength
        advance(1)
    return (1 + as_strong) / (1 + resamples)


def _first_share(found: Axes) -> float:
    return float(found.variances[0]) / (found.total_variance or 1.0)


def by_redrawn_experts(
    panel: Panel,
    labels: IntArray,
    k: int,
    *,
    resamples: int,
    starts: int,
    rng: np.random.Generator,
    advance: Callable[[int], None],
) -> tuple[FloatArray, float, FloatArray]:
    """Draw the experts anew with replacement, map and divide them, and place everybody there.

    Returns (overlap, shape (k,); mean adjusted Rand index; membership, shape (counted,)).

    Source: Hennig C. Comput Stat Data Anal 2007;52:258-71 (mean Jaccard overlap per group; 0.75
    and more is stable, below 0.6 is not to be trusted). He compares over the experts drawn; here
    everybody counts, those not drawn too, since a camp should hold people it was not built from.
    """
    experts = len(labels)
    best, agreement, same = np.zeros(k), 0.0, np.zeros(experts)
    for _ in range(resamples):
        drawn = panel.with_experts(_drawn_anew(experts, rng))
        found = drawn.axes()
        there = grouping.divide_again(
            drawn.placed(found), panel.placed(found), k, starts=starts, rng=rng
        )
        best += grouping.overlaps(labels, there, k).max(axis=1)
        # A redrawn panel that falls together agrees no better than chance.
        agreement += grouping.adjusted_rand_index(labels, there) or 0.0
        same += grouping.renamed_to_match(there, labels, k) == labels
        advance(1)
    return best / resamples, agreement / resamples, same / resamples


def by_redrawn_statements(
    panel: Panel,
    labels: IntArray,
    k: int,
    *,
    resamples: int,
    starts: int,
    rng: np.random.Generator,
    advance: Callable[[int], None],
) -> float | None:
    """Draw the statements anew with replacement, map and divide the experts on those.

    Returns the mean adjusted Rand index with the division given, over the experts who rated a
    statement drawn; None where no draw could be compared. Low: the division hangs on few
    statements. A sensitivity, not an inference: the statements are no sample of anything.
    """
    statements = panel.values.shape[1]
    agreements: list[float] = []
    for _ in range(resamples):
        drawn = panel.with_statements(_drawn_anew(statements, rng))
        rated = drawn.observed.any(axis=1)
        drawn = drawn.with_experts(np.flatnonzero(rated))
        positions = drawn.placed(drawn.axes())
        there = grouping.divide_again(positions, positions, k, starts=starts, rng=rng)
        agreement = grouping.adjusted_rand_index(labels[rated], there)
        if agreement is not None:
            agreements.append(agreement)
        advance(1)
    return float(np.mean(agreements)) if agreements else None


def _drawn_anew(count: int, rng: np.random.Generator) -> IntArray:
    return np.asarray(rng.integers(count, size=count), dtype=np.int64)
