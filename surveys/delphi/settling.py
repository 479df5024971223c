"""How often a rule would call ratings stable if so many experts truly kept theirs, or none did.

The question of `chance`, asked of a stability rule. Before it is locked it is tried on as many
pairs as are planned, whose experts rate again independently of each other: anew and at random, or
so that a stated share keeps the rating and the others move by a point or anywhere. Rules on the
share kept can be counted; for the others panels are drawn from a seed, and the error is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from surveys.delphi.chance import SEED, Opinion
from surveys.delphi.scale import Scale
from surveys.delphi.stability import REASONS, ShareKept, StabilityReason, StabilityRule
from surveys.stats import planning
from surveys.stats.ratings import FloatArray, IntArray

# So many different tables of pairs are looked at one by one; more are drawn.
EXACT_TABLES = 20_000
DRAWN = 1_000
# Sizes tried where the number of pairs that is enough has to be drawn, and how often each.
SIZES_DRAWN = (5, 10, 15, 20, 30, 40, 60, 80, 100)
DRAWN_BY_SIZE = 400
LARGEST_COUNTED = 300
# What first ratings are like, wherever the truth does not say so itself.
FIRST_AGREEING = 80
SHARES_KEPT = (90, 80, 70, 50)


@dataclass(frozen=True, slots=True)
class Truth:
    """How such experts would truly rate twice: the share of them in each cell of a table of pairs.

    kind : "random" (both ratings at any point), "anew" (the second as if there had been no first,
    from the same opinion), "one point" or "anywhere" (a share keeps the rating, the others move
    so). kept : that share in percent, of the last two only.
    """

    kind: Literal["random", "anew", "one point", "anywhere"]
    shares: tuple[tuple[Fraction, ...], ...]
    kept: int | None = None

    @classmethod
    def random(cls, scale: Scale) -> Truth:
        """Both ratings say nothing."""
        even = Opinion.random(scale).shares
        return cls("random", _independent(even, even))

    @classmethod
    def anew(cls, first: Opinion) -> Truth:
        """The panel as a whole thinks the same; no expert remembers."""
        return cls("anew", _independent(first.shares, first.shares))

    @classmethod
    def keeping(
        cls, first: Opinion, percent: int, others: Literal["one point", "anywhere"]
    ) -> Truth:
        """So many per cent keep their rating; the others move to another point, each as likely.

        others : to the next point, up or down (at an end of the scale: inward), or to any.
        """
        kept = Fraction(percent, 100)
        points = range(len(first.shares))
        rows = []
        for at in points:
            reached = [
                to for to in points if to != at and (others == "anywhere" or abs(to - at) == 1)
            ]
            row = [Fraction(0) for _ in points]
            row[at] = first.shares[at] * kept
            for to in reached:
                row[to] = first.shares[at] * (1 - kept) / len(reached)
            rows.append(tuple(row))
        return cls(others, tuple(rows), percent)


def _independent(
    first: Sequence[Fraction], second: Sequence[Fraction]
) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(one * other for other in second) for one in first)


def truths(scale: Scale) -> tuple[Truth, ...]:
    """What every stability rule is tried on."""
    first = Opinion.agreement(scale, FIRST_AGREEING)
    return (
        Truth.random(scale),
        Truth.anew(first),
        *(Truth.keeping(first, percent, "one point") for percent in SHARES_KEPT),
        *(Truth.keeping(first, percent, "anywhere") for percent in SHARES_KEPT),
    )


@dataclass(frozen=True, slots=True)
class SettlingChances:
    """How likely each answer of a stability rule is, under one truth.

    of : 0..1 by reason, adding up to 1. panels : how many were drawn; 0 where the chances are
    exact, and then there is no seed.
    """

    truth: Truth
    of: Mapping[StabilityReason, float]
    panels: int = 0
    seed: int | None = None

    @property
    def exact(self) -> bool:
        """Whether every table of pairs was looked at."""
        return self.panels == 0

    @property
    def stable(self) -> float:
        """How likely the statement is called stable."""
        return self.of[StabilityReason.SETTLED]

    @property
    def not_assessed(self) -> float:
        """How likely nothing is said of it: too few pairs, or a number that is undefined."""
        assessed = (StabilityReason.SETTLED, StabilityReason.MOVED)
        return sum(share for reason, share in self.of.items() if reason not in assessed)

    @property
    def error(self) -> float:
        """The largest standard error of drawing among the answers; 0 where they are exact."""
        if self.exact:
            return 0.0
        return max(math.sqrt(share * (1 - share) / self.panels) for share in self.of.values())


def settling(
    rule: StabilityRule,
    scale: Scale,
    pairs: int,
    under: Sequence[Truth],
    *,
    seed: int = SEED,
    panels: int = DRAWN,
) -> tuple[SettlingChances, ...]:
    """How likely is each answer when so many experts rate a statement in both rounds?

    seed, panels : of the drawing, where there are too many tables to look at every one.

    Raises ValueError for a negative number of pairs.

    >>> five = Scale.of(1, 5)
    >>> rule = StabilityRule.of("unchanged", ">=", 75)
    >>> (found,) = settling(rule, five, 8, [Truth.random(five)])
    >>> round(found.stable, 5), found.exact
    (0.00123, True)
    """
    if pairs < 0:
        raise ValueError(f"there are no {pairs} pairs")
    cells = _cells(rule, scale)
    if pairs < rule.minimum_pairs:
        # One table tells: nobody looks at what is in it.
        cells = [list(range(len(scale) ** 2))]
    if math.comb(pairs + len(cells) - 1, pairs) <= EXACT_TABLES:
        return tuple(_exact(rule, scale, pairs, under, cells))
    return tuple(_drawn(rule, scale, pairs, under, seed, panels))


def is_counted(rule: StabilityRule) -> bool:
    """Whether `pairs_needed` counts for this rule; otherwise it draws, at `SIZES_DRAWN` alone."""
    return all(isinstance(clause, ShareKept) for clause in rule.clauses) and (
        len({clause.kept for clause in rule.clauses if isinstance(clause, ShareKept)}) == 1
    )


def pairs_needed(
    rule: StabilityRule, scale: Scale, truth: Truth, wanted: Sequence[float], *, seed: int = SEED
) -> tuple[int | None, ...]:
    """From how many pairs on is a statement that truly is so called stable often enough?

    wanted : chances, above 0 and up to 1.

    Returns for each the smallest number that reaches it together with every larger one looked at:
    up to 300 where pairs can be counted, else `SIZES_DRAWN`, each drawn 400 times (a standard
    error of up to 2.5 percentage points). None where the largest does not reach it.

    >>> five = Scale.of(1, 5)
    >>> truth = Truth.keeping(Opinion.agreement(five, 80), 90, "anywhere")
    >>> pairs_needed(StabilityRule.of("unchanged", ">=", 75), five, truth, (0.8, 0.9))
    (5, 8)
    """
    if not all(0 < chance <= 1 for chance in wanted):
        raise ValueError(f"a chance wanted lies above 0 and up to 1, unlike {wanted!r}")
    if is_counted(rule):
        sizes: Sequence[int] = range(1, LARGEST_COUNTED + 1)
        reached = _by_size_counted(rule, scale, truth)
    else:
        sizes = SIZES_DRAWN
        reached = _by_size_drawn(rule, scale, truth, seed)
    return tuple(_first(sizes, reached >= chance - 1e-12) for chance in wanted)


def _first(sizes: Sequence[int], enough: Sequence[bool] | np.ndarray) -> int | None:
    """The first size from which on every one is enough."""
    failing = np.flatnonzero(~np.asarray(enough))
    first = int(failing[-1]) + 1 if failing.size else 0
    return sizes[first] if first < len(sizes) else None


def _by_size_counted(rule: StabilityRule, scale: Scale, truth: Truth) -> FloatArray:
    """Chance of stable with 1, 2, ... pairs: those kept are binomial."""
    from scipy import special

    clauses = [clause for clause in rule.clauses if isinstance(clause, ShareKept)]
    kept = float(_shares(truth)[clauses[0].kept.cells(scale)].sum())
    sizes = range(1, LARGEST_COUNTED + 1)
    needed = [max(c.comparison.limit(c.percent, size) for c in clauses) for size in sizes]
    at_least = np.array(needed, dtype=np.float64)
    n = np.array(sizes)
    chances = special.bdtrc(np.minimum(at_least, n) - 1, n, min(1.0, kept))
    chances = np.where(at_least <= 0, 1.0, np.where(at_least > n, 0.0, chances))
    found: FloatArray = np.where(n < rule.minimum_pairs, 0.0, chances)
    return found


def _by_size_drawn(rule: StabilityRule, scale: Scale, truth: Truth, seed: int) -> FloatArray:
    """Chance of stable at `SIZES_DRAWN`: the same panels grow, so that sizes can be compared."""
    rng = np.random.default_rng([seed, SIZES_DRAWN[-1]])
    flat = _shares(truth).ravel()
    before, growing = 0, np.zeros((DRAWN_BY_SIZE, len(flat)), dtype=np.int64)
    tables = []
    for size in SIZES_DRAWN:
        growing = growing + _tables(rng, flat, size - before, DRAWN_BY_SIZE)
        tables.append(growing)
        before = size
    codes = rule.reasons_each(_square(np.concatenate(tables), scale), scale)
    stable = codes == REASONS.index(StabilityReason.SETTLED)
    found: FloatArray = stable.reshape(len(SIZES_DRAWN), -1).mean(axis=1)
    return found


def _exact(
    rule: StabilityRule,
    scale: Scale,
    pairs: int,
    under: Sequence[Truth],
    cells: Sequence[Sequence[int]],
) -> Iterator[SettlingChances]:
    """Judge every table once; a truth only says how likely each of them is."""
    ways = planning.all_tables(pairs, len(cells))
    tables = np.zeros((len(ways), len(scale) ** 2), dtype=np.int64)
    tables[:, [cell[0] for cell in cells]] = ways
    codes = rule.reasons_each(_square(tables, scale), scale)
    for truth in under:
        flat = _shares(truth).ravel()
        weights = planning.multinomial_chances(
            ways, np.array([min(1.0, flat[list(cell)].sum()) for cell in cells])
        )
        yield SettlingChances(truth, _by_reason(codes, weights))


def _drawn(
    rule: StabilityRule,
    scale: Scale,
    pairs: int,
    under: Sequence[Truth],
    seed: int,
    panels: int,
) -> Iterator[SettlingChances]:
    for place, truth in enumerate(under):
        # A stream of its own for each, so that leaving one out does not change the others.
        rng = np.random.default_rng([seed, place])
        tables = _square(_tables(rng, _shares(truth).ravel(), pairs, panels), scale)
        codes = rule.reasons_each(tables, scale)
        weights = np.full(panels, 1 / panels)
        yield SettlingChances(truth, _by_reason(codes, weights), panels, seed)


def _tables(rng: np.random.Generator, flat: FloatArray, pairs: int, panels: int) -> IntArray:
    """Panels of so many pairs, shape (panels, cells)."""
    if pairs > 2 * len(flat):
        return rng.multinomial(pairs, flat / flat.sum(), size=panels)
    # Few experts over many cells: to place each of them is the shorter way.
    edges = np.cumsum(flat)[:-1]
    cells = np.searchsorted(edges, rng.random((panels, pairs)) * flat.sum(), side="right")
    cells += np.arange(panels)[:, None] * len(flat)
    counted = np.bincount(cells.ravel(), minlength=panels * len(flat))
    return counted.reshape(panels, len(flat))


def _square(tables: IntArray, scale: Scale) -> IntArray:
    return tables.reshape(len(tables), len(scale), len(scale))


def _shares(truth: Truth) -> FloatArray:
    return np.array([[float(share) for share in row] for row in truth.shares])


def _by_reason(codes: np.ndarray, weights: FloatArray) -> dict[StabilityReason, float]:
    sums = np.bincount(codes, weights=weights, minlength=len(REASONS))
    return {reason: min(1.0, float(sums[at])) for at, reason in enumerate(REASONS)}


def _cells(rule: StabilityRule, scale: Scale) -> list[list[int]]:
    """Cells of a table of pairs that the rule tells apart: by which clauses count them as kept."""
    every = len(scale) ** 2
    marks = np.zeros(every, dtype=np.int64)
    for at, clause in enumerate(rule.clauses):
        if not isinstance(clause, ShareKept):
            return [[cell] for cell in range(every)]
        marks += clause.kept.cells(scale).ravel() * 2**at
    return [np.flatnonzero(marks == mark).tolist() for mark in np.unique(marks)]
