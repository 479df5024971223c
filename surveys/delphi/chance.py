"""How often a rule would declare consensus if opinion were so and so, or if there were none at all.

A threshold sounds strict or lax; what it does depends on the panel's size. So before a rule is
locked it is tried on panels of the planned size whose experts answer independently of each other:
at random, mostly in agreement, or in two camps. Where all panels can be looked at the chances are
exact; elsewhere panels are drawn from a seed, and the error of drawing is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt

from surveys.delphi.conditions import Condition, EqualGroups, OneBand, Share, points_of
from surveys.delphi.consensus import VERDICTS, ConsensusRule, Verdict
from surveys.delphi.scale import Band, Scale
from surveys.delphi.validity import ContentValidity
from surveys.stats import planning
from surveys.stats.counts import CountTable, from_counts
from surveys.stats.ratings import FloatArray, IntArray

# So many different panels are looked at one by one; more are drawn.
EXACT_PANELS = 50_000
DRAWN = 4_000
# Groups with equal weight are averaged as fractions, panel by panel.
DRAWN_SLOWLY = 500
SEED = 20_261_127


@dataclass(frozen=True, slots=True)
class Opinion:
    """What such experts would truly answer: the share of them at each point of a scale.

    kind : "random", "agreeing" or "split". agreeing : the percentage in the high band, of
    "agreeing" only.
    """

    kind: Literal["random", "agreeing", "split"]
    shares: tuple[Fraction, ...]
    agreeing: int | None = None

    @classmethod
    def random(cls, scale: Scale) -> Opinion:
        """Every point as likely as any other: answers that say nothing."""
        return cls("random", tuple(Fraction(1, len(scale)) for _ in scale))

    @classmethod
    def agreement(cls, scale: Scale, percent: int) -> Opinion:
        """So many per cent in the high band, the others at the points below it; evenly in both."""
        high = len(scale.points_in(Band.HIGH))
        inside = Fraction(percent, 100) / high
        outside = (1 - Fraction(percent, 100)) / (len(scale) - high)
        shares = (inside if point >= scale.high_from else outside for point in scale)
        return cls("agreeing", tuple(shares), percent)

    @classmethod
    def split(cls, scale: Scale) -> Opinion:
        """Half in the low band, half in the high band, nobody between."""
        low, high = scale.points_in(Band.LOW), scale.points_in(Band.HIGH)
        shares = (
            Fraction(1, 2 * len(low))
            if point in low
            else Fraction(1, 2 * len(high))
            if point in high
            else Fraction(0)
            for point in scale
        )
        return cls("split", tuple(shares))


def opinions(scale: Scale) -> tuple[Opinion, ...]:
    """The opinions that every rule is tried on."""
    return (
        Opinion.random(scale),
        *(Opinion.agreement(scale, percent) for percent in (60, 70, 80, 90)),
        Opinion.split(scale),
    )


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely each verdict is, under one opinion.

    of : 0..1 by verdict, adding up to 1. panels : how many were drawn; 0 where the chances are
    exact, and then there is no seed.
    """

    opinion: Opinion
    of: Mapping[Verdict, float]
    panels: int = 0
    seed: int | None = None

    @property
    def exact(self) -> bool:
        """Whether every panel was looked at."""
        return self.panels == 0

    def error(self, verdict: Verdict) -> float:
        """The standard error of drawing; 0 where the chance is exact."""
        share = self.of[verdict]
        return 0.0 if self.exact else math.sqrt(share * (1 - share) / self.panels)


def chances(
    rule: ConsensusRule,
    scale: Scale,
    n: int,
    under: Sequence[Opinion],
    *,
    groups: Mapping[str, int] | None = None,
    seed: int = SEED,
    panels: int = DRAWN,
) -> tuple[Chances, ...]:
    """How likely is each verdict when so many experts give a usable rating?

    n : experts; groups : experts by stakeholder group, for rules that ask groups, whose sum then
    takes the place of ``n``. seed, panels : of the drawing, where there are too many panels to
    look at every one.

    Raises ValueError for a negative number of experts.

    >>> five = Scale.of(1, 5)
    >>> rule = ConsensusRule.mirrored(Share.of("high", ">=", 75))
    >>> (found,) = chances(rule, five, 8, [Opinion.random(five)])
    >>> round(found.of[Verdict.IN], 4), found.exact
    (0.0498, True)
    """
    if n < 0 or any(size < 0 for size in (groups or {}).values()):
        raise ValueError(f"a panel has no {n} experts")
    if rule.asks_groups:
        return tuple(_drawn(rule, scale, groups or {"": n}, under, seed, panels))
    cells = _cells(rule, scale)
    if math.comb(n + len(cells) - 1, n) <= EXACT_PANELS:
        return tuple(_exact(rule, scale, n, under, cells))
    return tuple(_drawn(rule, scale, {"": n}, under, seed, panels))


def _exact(
    rule: ConsensusRule,
    scale: Scale,
    n: int,
    under: Sequence[Opinion],
    cells: Sequence[tuple[int, ...]],
) -> Iterator[Chances]:
    """Judge every panel once; an opinion only says how likely each of them is."""
    tables = planning.all_tables(n, len(cells))
    counts = np.zeros((len(tables), len(scale)), dtype=np.int64)
    # Whoever is in a cell may stand at any of its points: the rule does not tell them apart.
    counts[:, [cell[0] for cell in cells]] = tables
    codes = rule.codes_each(_table(counts, scale), scale)
    for opinion in under:
        shares = np.array([float(sum(opinion.shares[at] for at in cell)) for cell in cells])
        weights = planning.multinomial_chances(tables, shares)
        yield Chances(opinion, _by_verdict(codes, weights))


def _drawn(
    rule: ConsensusRule,
    scale: Scale,
    sizes: Mapping[str, int],
    under: Sequence[Opinion],
    seed: int,
    panels: int,
) -> Iterator[Chances]:
    if any(_weighs_equally(condition) for condition in rule.conditions):
        panels = min(panels, DRAWN_SLOWLY)
    for place, opinion in enumerate(under):
        # A stream of its own for each, so that leaving one out does not change the others.
        rng = np.random.default_rng([seed, place])
        shares = np.array([float(share) for share in opinion.shares])
        by_group = {
            name: _table(rng.multinomial(size, shares / shares.sum(), size=panels), scale)
            for name, size in sizes.items()
        }
        panel = _table(sum(table.counts for table in by_group.values()), scale)
        groups = {name: table for name, table in by_group.items() if name} or None
        codes = rule.codes_each(panel, scale, groups)
        weights = np.full(panels, 1 / panels)
        yield Chances(opinion, _by_verdict(codes, weights), panels, seed)


def _table(counts: npt.ArrayLike, scale: Scale) -> CountTable:
    return from_counts(counts, points=points_of(scale))


def _by_verdict(codes: npt.NDArray[np.int8], weights: FloatArray) -> dict[Verdict, float]:
    sums: IntArray | FloatArray = np.bincount(codes, weights=weights, minlength=len(VERDICTS))
    return {verdict: min(1.0, float(sums[at])) for at, verdict in enumerate(VERDICTS)}


def _weighs_equally(condition: Condition) -> bool:
    return isinstance(condition, EqualGroups) or any(map(_weighs_equally, condition.inside))


def _cells(rule: ConsensusRule, scale: Scale) -> list[tuple[int, ...]]:
    """Places on the scale that the rule tells apart, as neighbouring points in order.

    A rule of shares asks only in which regions ratings lie; any other sees every point.
    """
    leaves = [leaf for condition in rule.conditions for leaf in condition.leaves()]
    regions: list[tuple[int, ...]] = []
    for leaf in leaves:
        if isinstance(leaf, Share | ContentValidity):
            regions.append(tuple(leaf.region.points(scale)))
        elif isinstance(leaf, OneBand):
            regions += scale.bands.values()
        else:
            return [(at,) for at in range(len(scale))]
    marks = [tuple(point in region for region in regions) for point in scale]
    cells: list[tuple[int, ...]] = []
    for at, mark in enumerate(marks):
        if cells and marks[cells[-1][0]] == mark and cells[-1][-1] == at - 1:
            cells[-1] = (*cells[-1], at)
        else:
            cells.append((at,))
    return cells
