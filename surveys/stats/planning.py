"""How many experts? What a panel of a given size can show, worked out before anybody is invited.

Two questions. How sharp will a share be (``experts_for_width``)? And if opinion among such experts
truly is so and so, how likely is it that the rule written in the protocol declares consensus
(``chance_of_consensus``, ``chance_of_rule``)? The second shows what a threshold does on a small
panel: with 11 experts a rule of 70 % turns down 29 % of panels when 75 % of all such experts agree,
and passes 11 % of panels when only half of them do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, comb, floor
from typing import Literal

import numpy as np
import numpy.typing as npt

from surveys.stats.ratings import BoolArray, FloatArray, IntArray

Rule = Callable[[IntArray], npt.ArrayLike]

NOT_REACHED = "no panel up to the largest size asked for reaches it"

# As many different tables of counts as are worked through one by one (9 points: 11 experts;
# 5 points: 44); beyond it tables are drawn.
EXACT_TABLES = 200_000
# A study that would need more experts than this needs another question.
LARGEST_PANEL = 10_000_000


@dataclass(frozen=True, slots=True)
class PanelSize:
    """The smallest panel that does what was asked.

    experts : how many; None with ``reason`` when no size does.
    reached : what that panel reaches: the width of its interval, or its chance.
    """

    experts: int | None
    reached: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ShareClause:
    """A rule on shares: enough in one region and, if asked, few enough in the opposite one.

    at_least : share needed in the region, 0..1; with ``more_than`` True it must be exceeded.
    opposite_below : share that the opposite region must stay under (COMET: 0.15), or None.
    opposite_at_most : share that the opposite region may reach but not exceed, or None.
    fewest : usable ratings below which nothing is declared.

    Shares are read as the decimals they are written in: 0.7 of 10 is 7, not a hair more.

    Raises ValueError for a share outside 0..1, for both kinds of limit at once, and for ``fewest``
    below 1.
    """

    at_least: float
    more_than: bool = False
    opposite_below: float | None = None
    opposite_at_most: float | None = None
    fewest: int = 1

    def __post_init__(self) -> None:
        for share in (self.at_least, self.opposite_below, self.opposite_at_most):
            if share is not None and not 0 <= share <= 1:
                raise ValueError(f"a share lies between 0 and 1, not at {share}")
        if self.opposite_below is not None and self.opposite_at_most is not None:
            raise ValueError("the opposite region has one limit, below or at most, not both")
        if self.fewest < 1:
            raise ValueError(f"a decision needs at least 1 rating, not {self.fewest}")

    def needed(self, n: int) -> int:
        """Experts needed in the region when n gave a usable rating; may be more than n."""
        share = _written(self.at_least) * n
        return floor(share) + 1 if self.more_than else ceil(share)

    def allowed(self, n: int) -> int:
        """Most experts in the opposite region that still pass; -1 when not even none would."""
        if self.opposite_below is not None:
            return ceil(_written(self.opposite_below) * n) - 1
        if self.opposite_at_most is not None:
            return floor(_written(self.opposite_at_most) * n)
        return n


@dataclass(frozen=True, slots=True)
class Chance:
    """How likely it is that a rule declares consensus.

    chance : 0..1.
    method : "exact", or "simulated" with ``simulations``, ``seed`` and the simulation's
        ``standard_error`` (0 when exact).
    """

    chance: float
    method: Literal["exact", "simulated"]
    simulations: int
    seed: int | None
    standard_error: float


def wilson_width(share: float, experts: float, *, confidence: float = 0.95) -> float:
    """Total width of the Wilson interval of a share, as if exactly that share were observed.

    share : 0..1; need not be a whole number of experts. experts : above 0.

    Raises ValueError for values outside these ranges.

    Source: Wilson EB. J Am Stat Assoc 1927;22:209-12.
    Checked against: statsmodels 0.15 proportion_confint, at whole numbers of experts.
    """
    _check_share(share)
    if not experts > 0:
        raise ValueError(f"a panel of {experts} experts has no interval")
    z = _z(confidence)
    spread = share * (1 - share) / experts + z**2 / (4 * experts**2)
    return float(2 * z * np.sqrt(spread) / (1 + z**2 / experts))


def experts_for_width(share: float, width: float, *, confidence: float = 0.95) -> PanelSize:
    """Find how many usable ratings make the Wilson interval of a share narrow enough.

    Answers "how many experts do we need to know the share to within ten points either way?".

    share : the share expected, 0..1; 0.5 is the worst case.
    width : total width wanted, from lower to upper limit, above 0 and below 1.

    Returns PanelSize: the smallest number whose interval is at most that wide. Ratings, not
    invitations: divide by the response you expect.

    Raises ValueError for values outside these ranges.
    Undefined: None when more than ten million experts would be needed.

    Source: as for R's presize package, prec_prop(method = "wilson").
    Checked against: p = .70, total width .20 gives 78; and every n below fails.

    >>> experts_for_width(0.70, 0.20).experts
    78
    """
    _check_share(share)
    if not 0 < width < 1:
        raise ValueError(f"a width lies between 0 and 1, not at {width}")
    if wilson_width(share, LARGEST_PANEL, confidence=confidence) > width:
        return PanelSize(None, None, NOT_REACHED)
    # The width falls with every further expert, so halving finds the first that is enough.
    too_few, enough = 0, LARGEST_PANEL
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if wilson_width(share, middle, confidence=confidence) <= width:
            enough = middle
        else:
            too_few = middle
    return PanelSize(enough, wilson_width(share, enough, confidence=confidence), None)


def chance_of_consensus(
    clause: ShareClause, experts: int, *, region: float, opposite: float = 0.0, usable: float = 1.0
) -> Chance:
    """Say how likely a rule on shares declares consensus, if opinion truly is so.

    Answers "if 80 % of all such experts would rate 7-9, how often does a panel of 11 pass the 70 %
    rule?", and with a lower ``region`` how often the rule passes what it should not.

    clause : the rule.
    experts : experts who answer, from 0.
    region, opposite : true shares of such experts in the rule's region and in the opposite one;
        together at most 1, the rest is in between.
    usable : chance that an expert's rating is usable (not "unable to judge", not missing).

    Returns Chance, exact.

    Raises ValueError for shares outside 0..1 or adding up to more than 1, and negative ``experts``.

    Method: the counts in the two regions are multinomial; the region's count is binomial and the
    opposite one's binomial among the rest. With ``usable`` below 1 the number of usable ratings is
    binomial too, and the rule is applied to each number with its own exact counts. Experts are
    taken to answer independently of each other.

    Checked against: enumeration of all tables (``chance_of_rule``); scipy 1.17 binom.
    """
    _check_truth(region, opposite, usable)
    if experts < 0:
        raise ValueError(f"a panel has no {experts} experts")
    by_number = np.array([_passes(clause, n, region, opposite) for n in range(experts + 1)])
    chance = float(_binomial(experts, usable) @ by_number)
    return Chance(min(1.0, chance), "exact", 0, None, 0.0)


def experts_for_chance(
    clause: ShareClause,
    chance: float,
    *,
    region: float,
    opposite: float = 0.0,
    usable: float = 1.0,
    largest: int = 300,
) -> PanelSize:
    """Find the panel size from which on a rule is likely enough to declare consensus.

    Other inputs and errors as for ``chance_of_consensus``.

    chance : chance wanted, above 0, at most 1.
    largest : largest panel looked at, from 1.

    Returns PanelSize. Because whole experts are counted, the chance goes up and down from one size
    to the next (70 % of 10 is 7 experts, of 11 it is 8); the answer is the smallest size such that
    it *and every larger one up to ``largest``* reach the chance.

    Undefined: None when the largest panel looked at does not reach it, as when the true share is
    below the rule's.

    Checked against: ``chance_of_consensus`` at every size.
    """
    _check_truth(region, opposite, usable)
    if not 0 < chance <= 1:
        raise ValueError(f"a chance wanted lies above 0 and up to 1, not at {chance}")
    if largest < 1:
        raise ValueError(f"the largest panel has at least 1 expert, not {largest}")
    by_number = np.array([_passes(clause, n, region, opposite) for n in range(largest + 1)])
    by_size = np.array(
        [_binomial(size, usable) @ by_number[: size + 1] for size in range(1, largest + 1)]
    )
    failing = np.flatnonzero(by_size < chance)
    first = int(failing[-1]) + 1 if failing.size else 0
    if first == largest:
        return PanelSize(None, None, NOT_REACHED)
    return PanelSize(first + 1, float(min(1.0, by_size[first])), None)


def chance_of_rule(
    rule: Rule,
    experts: int,
    *,
    shares: npt.ArrayLike,
    seed: int,
    usable: float = 1.0,
    simulations: int = 20_000,
) -> Chance:
    """Say how likely any rule on one item's distribution declares consensus.

    For rules that are more than shares: a median and an IQR, a RAND/UCLA verdict, a coefficient.

    rule : takes counts, int array of shape (tables, points), usable ratings only, and gives one
        boolean per table.
    experts : experts who answer, from 0.
    shares : true share of such experts at each point of the scale, adding up to 1.
    seed : of the simulation, should one be needed.
    usable : chance that an expert's rating is usable.
    simulations : panels to simulate, at least 1.

    Returns Chance: exact when there are at most 200,000 different tables of counts (up to 11
    experts on 9 points, 44 on 5), simulated otherwise.

    Raises ValueError for shares that are negative or do not add up to 1, values outside the ranges
    above, and a rule that does not give one boolean per table.

    Checked against: ``chance_of_consensus``; the two methods against each other.
    """
    truth = np.asarray(shares, dtype=np.float64)
    if truth.ndim != 1 or not (truth >= 0).all() or abs(float(truth.sum()) - 1) > 1e-9:
        raise ValueError(f"true shares are from 0 and add up to 1, unlike {shares!r}")
    _check_truth(0.0, 0.0, usable)
    if experts < 0:
        raise ValueError(f"a panel has no {experts} experts")
    if simulations < 1:
        raise ValueError(f"a simulation needs at least 1 panel, not {simulations}")
    every = np.append(truth / truth.sum() * usable, 1 - usable)
    possible = np.flatnonzero(every > 0)
    if comb(experts + len(possible) - 1, experts) <= EXACT_TABLES:
        tables = np.zeros((comb(experts + len(possible) - 1, experts), len(every)), dtype=np.int64)
        tables[:, possible] = all_tables(experts, len(possible))
        passed = _judged(rule, tables[:, :-1])
        chances = multinomial_chances(tables[:, possible], every[possible])
        return Chance(min(1.0, float(chances[passed].sum())), "exact", 0, None, 0.0)
    drawn = np.random.default_rng(seed).multinomial(experts, every, size=simulations)
    share = float(_judged(rule, drawn[:, :-1]).mean())
    error = float(np.sqrt(share * (1 - share) / simulations))
    return Chance(share, "simulated", simulations, seed, error)


def _passes(clause: ShareClause, n: int, region: float, opposite: float) -> float:
    """Chance that n usable ratings satisfy the clause."""
    needed, allowed = clause.needed(n), clause.allowed(n)
    if n < clause.fewest or needed > n or allowed < 0:
        return 0.0
    from scipy import special

    inside = np.arange(needed, n + 1)
    chances = _binomial(n, region)[needed:]
    rest = n - inside
    among_rest = min(1.0, opposite / (1 - region)) if region < 1 else 0.0
    few_enough = special.bdtr(np.minimum(allowed, rest).astype(np.float64), rest, among_rest)
    return float((chances * few_enough).sum())


def _binomial(n: int, share: float) -> FloatArray:
    """Chance of 0, 1, ... n out of n, shape (n + 1,)."""
    count = np.arange(n + 1)
    return multinomial_chances(np.column_stack([count, n - count]), np.array([share, 1 - share]))


def multinomial_chances(tables: IntArray, shares: FloatArray) -> FloatArray:
    """Chance of each table of counts, shape (tables,)."""
    from scipy import special

    n = tables.sum(axis=1)
    log = special.gammaln(n + 1) - special.gammaln(tables + 1).sum(axis=1)
    log += special.xlogy(tables, shares).sum(axis=1)
    chances: FloatArray = np.exp(log)
    return chances


def all_tables(n: int, points: int) -> IntArray:
    """Every way to spread n experts over the points, shape (ways, points)."""
    tables = np.empty((1, 0), dtype=np.int64)
    left = np.array([n], dtype=np.int64)
    for _ in range(points - 1):
        ways = left + 1
        row = np.repeat(np.arange(len(left)), ways)
        here = np.arange(len(row)) - np.repeat(np.cumsum(ways) - ways, ways)
        tables = np.column_stack([tables[row], here])
        left = left[row] - here
    return np.column_stack([tables, left])


def _judged(rule: Rule, tables: IntArray) -> BoolArray:
    passed = np.asarray(rule(tables))
    if passed.shape != (len(tables),) or passed.dtype != np.bool_:
        raise ValueError(
            f"the rule gave {passed.dtype} of shape {passed.shape} for {len(tables)} tables,"
            " not one boolean each"
        )
    return passed


def _written(share: float) -> Fraction:
    """The share as the decimal it was written in: 0.7 is 7/10 and not its binary neighbour."""
    return Fraction(str(share))


def _z(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")
    from scipy import special

    return float(special.ndtri((1 + confidence) / 2))


def _check_share(share: float) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies between 0 and 1, not at {share}")


def _check_truth(region: float, opposite: float, usable: float) -> None:
    for share in (region, opposite, usable):
        _check_share(share)
    if region + opposite > 1 + 1e-9:
        raise ValueError(f"true shares of {region} and {opposite} add up to more than 1")
