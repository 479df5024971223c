"""Which panels satisfy a condition, and how many ratings away the nearest of them is.

A panel's ratings of one item are described by how many lie at or below each point. In that
description almost every condition is a set of boxes: a share in the top band is a limit on one of
these numbers, a median or a quartile a limit on a few of them. Boxes intersect exactly, so "can
this clause ever decide at this size?" and "how many ratings must change before the verdict does?"
have exact answers without trying panels one by one: the latter is the cheapest way of moving
ratings into a box, found by dynamic programming over the points.

The mean is the one condition in use that is no box; `NotBoxes` is raised for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from itertools import combinations_with_replacement
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from surveys.delphi.centre import Iqr, MedianCut, MedianIn, NearMedian, Span
from surveys.delphi.conditions import (
    NO,
    UNKNOWN,
    YES,
    AllOf,
    Condition,
    OneBand,
    OneOf,
    Share,
    ShareCondition,
    points_of,
    table_of,
)
from surveys.delphi.rand import (
    ClassicAgreement,
    NoDisagreement,
    SplitRule,
    WithoutExtremes,
    regions_of,
)
from surveys.delphi.scale import Band, Scale
from surveys.delphi.summary import ItemCounts
from surveys.delphi.validity import ContentValidity
from surveys.stats import appropriateness, spread
from surveys.stats.counts import CountTable, from_counts
from surveys.stats.ratings import IntArray, ScalePoints

_Counts: TypeAlias = "npt.NDArray[np.int32]"

# More boxes than this would take longer than anybody waits.
MOST_BOXES = 400_000
# Cells of the moving table worked on at once.
_CELLS_AT_ONCE = 1 << 21
# A cost that no panel has.
_NEVER = np.int32(1 << 29)


class NotBoxes(ValueError):
    """The condition cannot be said as limits on how many rated at or below each point."""


class Answer(Enum):
    """An answer to reach; with undefined conditions "not yes" is more than "no"."""

    YES = "yes"
    NOT_YES = "not yes"
    NO = "no"
    NOT_NO = "not no"


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """A set of panels of one size, as a union of boxes.

    n : usable ratings. lower, upper : shape (boxes, points - 1); the number of ratings at or
    below each point but the last lies between them, both included. Empty boxes are left out.
    """

    n: int
    lower: IntArray
    upper: IntArray

    @classmethod
    def of(cls, n: int, lower: npt.ArrayLike, upper: npt.ArrayLike, *, points: int) -> Boxes:
        """Tighten limits to what ratings in order can reach, and drop what is empty."""
        low = np.asarray(lower, dtype=np.int64).reshape(-1, points - 1)
        high = np.asarray(upper, dtype=np.int64).reshape(-1, points - 1)
        low = np.maximum.accumulate(np.maximum(low, 0), axis=1)
        high = np.minimum.accumulate(np.minimum(high, n)[:, ::-1], axis=1)[:, ::-1]
        filled = (low <= high).all(axis=1)
        return cls(n, low[filled], high[filled])

    @classmethod
    def everything(cls, n: int, *, points: int) -> Boxes:
        """Every panel of this size."""
        return cls.of(n, np.zeros(points - 1), np.full(points - 1, n), points=points)

    @classmethod
    def nothing(cls, n: int, *, points: int) -> Boxes:
        """No panel at all."""
        return cls.of(n, np.zeros((0, points - 1)), np.zeros((0, points - 1)), points=points)

    @property
    def points(self) -> int:
        """Points of the scale."""
        return int(self.lower.shape[1]) + 1

    @property
    def empty(self) -> bool:
        """Whether no panel is in it."""
        return len(self.lower) == 0

    def __or__(self, other: Boxes) -> Boxes:
        lower = np.concatenate([self.lower, other.lower])
        upper = np.concatenate([self.upper, other.upper])
        return Boxes(self.n, lower, upper)

    def __and__(self, other: Boxes) -> Boxes:
        if len(self.lower) * len(other.lower) > MOST_BOXES:
            raise NotBoxes(f"more than {MOST_BOXES} boxes")
        return Boxes.of(
            self.n,
            np.maximum(self.lower[:, np.newaxis], other.lower[np.newaxis]),
            np.minimum(self.upper[:, np.newaxis], other.upper[np.newaxis]),
            points=self.points,
        )

    def distance(self, counts: Sequence[int]) -> int | None:
        """How many ratings must change, at least, to be in one of the boxes.

        counts : the panel's ratings at each point. Returns 0 when it is in one already, None when
        there is no box.
        """
        now = np.cumsum(counts)[:-1]
        # Whoever must come down past a point and whoever must go up are different people.
        down = np.maximum(self.lower - now, 0).max(axis=1, initial=0)
        up = np.maximum(now - self.upper, 0).max(axis=1, initial=0)
        at_least = down + up
        order = np.argsort(at_least, kind="stable")
        best: int | None = None
        step = max(1, _CELLS_AT_ONCE // (self.n + 1))
        start = 0
        while start < len(order) and (best is None or at_least[order[start]] < best):
            # A few at first: most often the nearest box is among them.
            stop = min(len(order), start + (16 if start == 0 else step))
            found = self._cheapest(order[start:stop], counts)
            best = found if best is None else min(best, found)
            start = stop
        return best

    def _cheapest(self, chosen: IntArray, counts: Sequence[int]) -> int:
        """The fewest changes into one of the chosen boxes.

        cost[b, f] is twice the fewest changes on the points so far with f ratings at or below the
        last of them: twice, because a moved rating leaves one point and arrives at another.
        """
        n = self.n
        places = np.arange(n + 1, dtype=np.int32)
        cost = np.full((len(chosen), n + 1), _NEVER, dtype=np.int32)
        cost[:, 0] = 0
        for point, count in enumerate(counts):
            more = np.minimum.accumulate(cost - places, axis=1)
            gained = np.full_like(cost, _NEVER)
            gained[:, count:] = more[:, : n + 1 - count] + (places[count:] - count)
            kept = _window_minimum(cost + places, count + 1) + (count - places)
            cost = np.minimum(np.minimum(gained, kept), _NEVER)
            if point < len(counts) - 1:
                inside = (places >= self.lower[chosen, point, np.newaxis]) & (
                    places <= self.upper[chosen, point, np.newaxis]
                )
                cost = np.where(inside, cost, _NEVER)
        return int(cost[:, n].min()) // 2


def _window_minimum(values: _Counts, width: int) -> _Counts:
    """Minimum of each entry and the `width - 1` before it, along rows."""
    result, covered = values, 1
    while covered < width:
        shift = min(covered, width - covered)
        shifted = np.full_like(result, _NEVER)
        shifted[:, shift:] = result[:, :-shift]
        result = np.minimum(result, shifted)
        covered += shift
    return result


def reaching(condition: Condition, wanted: Answer, *, n: int, unable: int, scale: Scale) -> Boxes:
    """The panels of a size for which a condition has the wanted answer.

    n : usable ratings; unable : experts unable to judge.

    Raises NotBoxes for a mean, for conditions by group, and when there would be too many boxes.
    """
    if isinstance(condition, AllOf | OneOf):
        parts = [
            reaching(part, wanted, n=n, unable=unable, scale=scale) for part in condition.conditions
        ]
        joined = isinstance(condition, AllOf) == (wanted in (Answer.YES, Answer.NOT_NO))
        return reduce(Boxes.__and__, parts) if joined else reduce(Boxes.__or__, parts)
    if isinstance(condition, WithoutExtremes):
        return _without_extremes(condition, wanted, n=n, unable=unable, scale=scale)
    known = _known(condition, n=n, unable=unable, scale=scale)
    if not known:
        if wanted in (Answer.NOT_YES, Answer.NOT_NO):
            return Boxes.everything(n, points=len(scale))
        return Boxes.nothing(n, points=len(scale))
    holds = wanted in (Answer.YES, Answer.NOT_NO)
    return _leaf(condition, holds, n=n, unable=unable, scale=scale)


def _known(condition: Condition, *, n: int, unable: int, scale: Scale) -> bool:
    """Whether a single question has an answer; that depends on how many rated, never on what."""
    if condition.asks_groups:
        raise NotBoxes("a condition by group is about several panels")
    anybody = ItemCounts((n, *[0] * (len(scale) - 1)), unable=unable)
    return int(condition.holds_each(table_of([anybody], scale), scale)[0]) != UNKNOWN


def _leaf(condition: Condition, holds: bool, *, n: int, unable: int, scale: Scale) -> Boxes:
    if isinstance(condition, Share):
        points = condition.region.points(scale)
        total = n + (unable if condition.denominator.value != "usable" else 0)
        least, most = _count_limits(condition, holds, total, n)
        return _in_region(points, least, most, n=n, scale=scale)
    if isinstance(condition, OneBand):
        return _one_band(condition, holds, n=n, scale=scale)
    if isinstance(condition, NearMedian):
        return _near_median(condition, holds, n=n, scale=scale)
    if isinstance(condition, ContentValidity):
        needed = condition.critical(n) or 0
        least, most = (needed, n) if holds else (0, needed - 1)
        return _in_region(condition.region.points(scale), least, most, n=n, scale=scale)
    if isinstance(condition, NoDisagreement) and condition.rule is SplitRule.CLASSIC:
        return _classic_disagreement(not holds, n=n, scale=scale)
    if isinstance(condition, ClassicAgreement):
        return _classic_agreement(condition, holds, n=n, scale=scale)
    if isinstance(condition, MedianCut | MedianIn | Iqr | Span | NoDisagreement):
        return _by_ranks(condition, holds, n=n, scale=scale)
    raise NotBoxes(f"{condition.kind!r} is no set of boxes")


def _count_limits(condition: ShareCondition, holds: bool, total: int, n: int) -> tuple[int, int]:
    """Least and most ratings in the region for the answer."""
    limit = condition.comparison.limit(condition.percent, total)
    if condition.comparison.wants_much:
        return (max(limit, 0), n) if holds else (0, min(limit - 1, n))
    return (0, min(limit, n)) if holds else (max(limit + 1, 0), n)


def _in_region(points: Sequence[int], least: int, most: int, *, n: int, scale: Scale) -> Boxes:
    """Panels with so many ratings on some neighbouring points."""
    width = len(scale)
    if not points:
        inside = least <= 0 <= most
        return Boxes.everything(n, points=width) if inside else Boxes.nothing(n, points=width)
    first, last = points[0] - scale.low, points[-1] - scale.low
    # Ratings below the region: none for a region at the low end, else every number is tried;
    # where the region reaches the top, "below" alone decides.
    if first == 0 and last == width - 1:
        inside = least <= n <= most
        return Boxes.everything(n, points=width) if inside else Boxes.nothing(n, points=width)
    lower, upper = np.zeros((1, width - 1)), np.full((1, width - 1), n)
    if first == 0:
        lower[0, last], upper[0, last] = least, most
    elif last == width - 1:
        lower[0, first - 1], upper[0, first - 1] = n - most, n - least
    else:
        below = np.arange(n + 1)
        lower, upper = np.repeat(lower, n + 1, axis=0), np.repeat(upper, n + 1, axis=0)
        lower[:, first - 1] = upper[:, first - 1] = below
        lower[:, last], upper[:, last] = below + least, below + most
    return Boxes.of(n, lower, upper, points=width)


def _one_band(condition: OneBand, holds: bool, *, n: int, scale: Scale) -> Boxes:
    least, most = _count_limits(condition, holds, n, n)
    bands = [
        _in_region(points, least, most, n=n, scale=scale)
        for points in scale.bands.values()
        if points
    ]
    # The fullest band has at least so many when one band has, and at most so many when all have.
    if condition.comparison.wants_much == holds:
        return reduce(Boxes.__or__, bands)
    return reduce(Boxes.__and__, bands)


def _median_ranks(n: int) -> tuple[int, ...]:
    return tuple(sorted({(n + 1) // 2, n // 2 + 1}))


def _near_median(condition: NearMedian, holds: bool, *, n: int, scale: Scale) -> Boxes:
    least, most = _count_limits(condition, holds, n, n)
    found = Boxes.nothing(n, points=len(scale))
    ranks = _median_ranks(n)
    for places in combinations_with_replacement(range(len(scale)), len(ranks)):
        doubled = 2 * scale.low + places[0] + places[-1]
        near = [point for point in scale if abs(2 * point - doubled) <= 2 * condition.within]
        found |= _at_ranks(ranks, [places], n=n, scale=scale) & _in_region(
            near, least, most, n=n, scale=scale
        )
    return found


def _classic_disagreement(present: bool, *, n: int, scale: Scale) -> Boxes:
    least = int(_classic(n, scale).least_each[0])
    low, high = scale.points_in(Band.LOW), scale.points_in(Band.HIGH)
    if present:
        return _in_region(low, least, n, n=n, scale=scale) & _in_region(
            high, least, n, n=n, scale=scale
        )
    return _in_region(low, 0, least - 1, n=n, scale=scale) | _in_region(
        high, 0, least - 1, n=n, scale=scale
    )


def _classic(n: int, scale: Scale) -> appropriateness.ClassicRule:
    anybody = table_of([ItemCounts((n, *[0] * (len(scale) - 1)))], scale)
    return appropriateness.classic_rule(anybody, regions=regions_of(scale))


def _classic_agreement(condition: ClassicAgreement, holds: bool, *, n: int, scale: Scale) -> Boxes:
    most_outside = int(_classic(n, scale).most_outside[0])
    least, most = (n - most_outside, n) if holds else (0, n - most_outside - 1)
    found = Boxes.nothing(n, points=len(scale))
    for band in Band:
        median = MedianIn(band, condition.between)
        place = _by_ranks(median, True, n=n, scale=scale)
        points = scale.points_in(band)
        if points:
            found |= place & _in_region(points, least, most, n=n, scale=scale)
        elif not holds:
            # A median between the bands of a scale without a middle has no band to agree in.
            found |= place
    return found


def _by_ranks(condition: Condition, holds: bool, *, n: int, scale: Scale) -> Boxes:
    """Panels told apart by the ratings at a few ranks: medians, quartiles, extremes."""
    ranks = _ranks(condition, n)
    places = list(combinations_with_replacement(range(len(scale)), len(ranks)))
    table = _panels_with(ranks, places, n=n, scale=scale)
    answers = condition.holds_each(table, scale)
    wanted = YES if holds else NO
    met = [place for place, answer in zip(places, answers, strict=True) if answer == wanted]
    return _at_ranks(ranks, met, n=n, scale=scale)


def _ranks(condition: Condition, n: int) -> tuple[int, ...]:
    """The ranks whose ratings decide a condition."""
    if isinstance(condition, MedianCut | MedianIn):
        return _median_ranks(n)
    if isinstance(condition, Span):
        return (1, n)
    shares = (0.25, 0.75) if isinstance(condition, Iqr) else (0.3, 0.7)
    # On a panel whose ratings are its ranks a quantile is its own rank.
    one_each = from_counts(np.ones((1, n), dtype=np.int64), points=ScalePoints(1, n))
    tops, bottom = spread.quantile_fractions(
        one_each, shares, quantile_method=condition.quantiles or "linear"
    )
    ranks = set()
    for top in tops[0]:
        ranks |= {1 + int(top) // bottom, 1 + -(-int(top) // bottom)}
    return tuple(sorted(ranks))


def _panels_with(
    ranks: Sequence[int], places: Sequence[tuple[int, ...]], *, n: int, scale: Scale
) -> CountTable:
    """One panel for each way of filling the ranks, the others following the rank below them."""
    # How many ratings each rank stands for: its own and those up to the next rank.
    ends = [*(rank - 1 for rank in ranks[1:]), n]
    sizes = np.diff([0, *ends])
    counts = np.zeros((len(places), len(scale)), dtype=np.int64)
    rows = np.arange(len(places))
    for place, size in zip(np.array(places).T, sizes, strict=True):
        np.add.at(counts, (rows, place), size)
    return from_counts(counts, points=points_of(scale))


def _at_ranks(
    ranks: Sequence[int], places: Sequence[tuple[int, ...]], *, n: int, scale: Scale
) -> Boxes:
    """Panels whose ratings at the ranks are at these places of the scale."""
    width = len(scale)
    # One column more at either end takes the limits that every panel meets.
    lower = np.zeros((len(places), width + 1), dtype=np.int64)
    upper = np.full((len(places), width + 1), n, dtype=np.int64)
    rows = np.arange(len(places))
    for rank, place in zip(
        ranks, np.array(places, dtype=np.int64).reshape(-1, len(ranks)).T, strict=True
    ):
        upper[rows, place] = np.minimum(upper[rows, place], rank - 1)
        lower[rows, place + 1] = np.maximum(lower[rows, place + 1], rank)
    return Boxes.of(n, lower[:, 1:-1], upper[:, 1:-1], points=width)


def _without_extremes(
    condition: WithoutExtremes, wanted: Answer, *, n: int, unable: int, scale: Scale
) -> Boxes:
    """Limits on a trimmed panel as limits on the whole one: one more at or below each point."""
    left = max(n - 2, 0)
    inner = reaching(condition.condition, wanted, n=left, unable=unable, scale=scale)
    if n < 2:
        everything = Boxes.everything(n, points=len(scale))
        return Boxes.nothing(n, points=len(scale)) if inner.empty else everything
    lower = np.where(inner.lower > 0, inner.lower + 1, 0)
    upper = np.where(inner.upper < left, inner.upper + 1, n)
    return Boxes.of(n, lower, upper, points=len(scale))


def patterns(n: int, scale: Scale) -> int:
    """How many different panels of n ratings there are on a scale."""
    return math.comb(n + len(scale) - 1, n)
