"""Content validity panels: is an item essential, is it relevant?

CVR, I-CVI and S-CVI, modified kappa, and Aiken's V, with what each needs to be called enough.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt

from surveys.stats import centre, intervals
from surveys.stats.counts import CountTable
from surveys.stats.intervals import Interval
from surveys.stats.ratings import NOBODY_RATED, FloatArray, IntArray

CriticalSource = Literal["exact", "lawshe", "wilson"]

NOT_ENOUGH_EXPERTS = "not even unanimity is significant with so few experts"
NOT_IN_TABLE = "the printed table has no row for this number of experts"

# Lawshe's printed minima at one-tailed .05. They do not follow from any test for 8 to 10 experts,
# which is why they are offered as legacy only.
LAWSHE_TABLE = {
    5: 0.99, 6: 0.99, 7: 0.99, 8: 0.75, 9: 0.78, 10: 0.62, 11: 0.59, 12: 0.56, 13: 0.54,
    14: 0.51, 15: 0.49, 20: 0.42, 25: 0.37, 30: 0.33, 35: 0.31, 40: 0.29,
}  # fmt: skip


# Up to this many experts the tail is counted in whole numbers, which takes the square of it.
_COUNTED = 1_000
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class CriticalRatio:
    """What it takes to call an item essential beyond chance.

    cvr : smallest CVR that is enough; None with ``reason``.
    essential : so many experts at least must say so; None with ``reason``.
    experts : size of the panel.
    source : "exact", "lawshe" or "wilson".
    reason : why there is none.
    """

    cvr: float | None
    essential: int | None
    experts: int
    source: CriticalSource
    reason: str | None


@dataclass(frozen=True, slots=True, eq=False)
class ContentValidity:
    """Content validity indices of a list of items.

    i_cvi : share of experts who call the item relevant, shape (items,); NaN where nobody rated.
    kappa : the same corrected for chance, shape (items,); NaN with fewer than two ratings.
    chance : probability of so many "relevant" if every expert tossed a coin.
    s_cvi_ave : mean of the I-CVI over the items; None with ``reason``.
    s_cvi_ua : share of the items that every expert calls relevant; None with ``reason``.
    relevant, n : counts per item.
    reason : why the scale's two indices are undefined.
    """

    i_cvi: FloatArray
    kappa: FloatArray
    chance: FloatArray
    s_cvi_ave: float | None
    s_cvi_ua: float | None
    relevant: IntArray
    n: IntArray
    reason: str | None


def ratio(essential: npt.ArrayLike, n: npt.ArrayLike) -> FloatArray:
    """Do more than half of the experts call the item essential (Lawshe's CVR)?

    essential : experts who say so; n : experts who rated.

    Returns (essential - n/2) / (n/2), from -1 (nobody) over 0 (half) to 1 (all).

    Undefined: NaN where nobody rated. Raises ValueError for a count outside 0..n.

    Source: Lawshe CH, Pers Psychol 1975;28:563-75.
    """
    said, totals = intervals.checked_counts(essential, n)
    values = np.full(said.shape, np.nan)
    np.divide(2 * said - totals, totals, out=values, where=totals > 0)
    return values


def critical_ratio(
    experts: int, *, alpha: float = 0.05, source: CriticalSource = "exact"
) -> CriticalRatio:
    """How many experts must call an item essential before chance is an unlikely reason?

    experts : size of the panel.
    alpha : one-sided; the printed legacy table has .05 only.
    source : "exact", the smallest number whose binomial probability at chance 1/2 is at most
        alpha; "wilson", the normal approximation z / sqrt(n) of Wilson et al.; "lawshe", the
        original printed table. The last two are for comparison with older reports.

    Returns a CriticalRatio.
    Undefined: below five experts at .05 (``NOT_ENOUGH_EXPERTS``); sizes Lawshe did not print
    (``NOT_IN_TABLE``).

    Raises ValueError for fewer than one expert, an alpha not between 0 and 1, an unknown source,
    and an alpha other than .05 with "lawshe".

    Source: Ayre C, Scally AJ, Meas Eval Couns Dev 2014;47:79-86. Lawshe 1975. Wilson FR, Pan W,
    Schumsky DA, Meas Eval Couns Dev 2012;45:197-210.

    Checked against: Ayre and Scally's values for 5 to 15, 20 and 40 experts; scipy 1.17
    binomtest for 5 to 40.

    >>> critical_ratio(10)
    CriticalRatio(cvr=0.8, essential=9, experts=10, source='exact', reason=None)
    """
    if experts < 1:
        raise ValueError(f"a panel has at least one expert, not {experts}")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha {alpha} is not between 0 and 1")
    if source == "exact":
        return _exact_ratio(experts, alpha)
    if source == "wilson":
        from statistics import NormalDist

        value = NormalDist().inv_cdf(1 - alpha) / math.sqrt(experts)
        return _legacy_ratio(value if value <= 1 else None, experts, source, NOT_ENOUGH_EXPERTS)
    if source != "lawshe":
        raise ValueError(f"no critical values are called {source!r}")
    if alpha != 0.05:
        raise ValueError(f"Lawshe's table is for alpha 0.05, not {alpha}")
    return _legacy_ratio(LAWSHE_TABLE.get(experts), experts, source, NOT_IN_TABLE)


def indices(table: CountTable, *, relevant: tuple[float, float]) -> ContentValidity:
    """Which share of the experts finds each item relevant, and how does the whole list fare?

    relevant : lowest and highest point that mean "relevant"; 3 and 4 on the usual four points.

    Returns a ContentValidity. Modified kappa is (I-CVI - chance) / (1 - chance), with chance the
    binomial probability of exactly so many "relevant" at 1/2.

    Undefined: per item as the fields say; the two indices of the scale are None when an item has
    no rating or there is no item.

    Source: Polit DF, Beck CT, Owen SV, Res Nurs Health 2007;30:459-67.

    Checked against: their table 3 (I-CVI, chance and kappa for three to nine experts).
    """
    said, n = table.between(*relevant), table.n
    share = np.full(table.items, np.nan)
    np.divide(said, n, out=share, where=n > 0)
    chance = np.array([_coin(int(a), int(b)) for a, b in zip(said, n, strict=True)])
    chance = np.where(n > 0, chance, np.nan)
    kappa = np.full(table.items, np.nan)
    np.divide(share - chance, 1 - chance, out=kappa, where=n > 1)
    complete = bool((n > 0).all()) and table.items > 0
    return ContentValidity(
        i_cvi=share,
        kappa=kappa,
        chance=chance,
        s_cvi_ave=float(share.mean()) if complete else None,
        s_cvi_ua=float((said == n).mean()) if complete else None,
        relevant=said,
        n=n,
        reason=None if complete else NOBODY_RATED,
    )


def aiken_v(table: CountTable) -> FloatArray:
    """How far up the scale is the mean rating (Aiken's V)?

    Returns 0 when every expert chose the lowest point, 1 when every expert chose the highest,
    shape (items,). Undefined: NaN where nobody rated.

    Source: Aiken LR, Educ Psychol Meas 1985;45:131-42.
    """
    return (centre.mean(table) - table.points.lowest) / table.points.span


def aiken_interval(table: CountTable, *, confidence: float = 0.95) -> Interval:
    """Between which values does Aiken's V of all such experts lie?

    Returns an Interval from 0 to 1. Undefined: NaN where nobody rated.

    Method: the score interval of a share, with n (c - 1) in the place of n.

    Source: Penfield RD, Giacobbi PR, Meas Phys Educ Exerc Sci 2004;8:213-25.

    Checked against: the formula as printed; statsmodels 0.15 proportion_confint ("wilson").
    """
    steps = table.points.count - 1
    sums = table.counts @ np.arange(table.points.count)
    limits = intervals.proportion(sums, steps * table.n, confidence=confidence)
    return Interval(limits.lower, limits.upper, confidence, "penfield-giacobbi")


def _exact_ratio(experts: int, alpha: float) -> CriticalRatio:
    needed = _by_beta(experts, float(alpha)) if experts > _COUNTED else None
    if needed is None:
        needed = _by_counting(experts, Fraction(alpha))
    if needed > experts:
        return CriticalRatio(None, None, experts, "exact", NOT_ENOUGH_EXPERTS)
    return CriticalRatio((2 * needed - experts) / experts, needed, experts, "exact", None)


def _by_counting(experts: int, alpha: Fraction) -> int:
    """The smallest number whose tail is at most alpha; one more than all where there is none.

    Adding from the top keeps the sum in whole numbers: no rounding decides the table.
    """
    needed, tail, ways = experts + 1, 0, 1
    limit = math.floor(alpha * 2**experts)
    while needed > 0 and tail + ways <= limit:
        needed -= 1
        tail += ways
        ways = ways * needed // (experts - needed + 1)
    return needed


def _by_beta(experts: int, alpha: float) -> int | None:
    """The same by the incomplete beta function; None where its rounding could decide."""
    from scipy import special

    tails = special.betainc(np.arange(1, experts + 1), np.arange(experts, 0, -1), 0.5)
    needed = int(np.argmax(tails <= alpha)) + 1
    nearest = float(np.abs(tails - alpha).min())
    return needed if tails[-1] <= alpha and nearest > _ROUNDING * alpha else None


def _legacy_ratio(
    value: float | None, experts: int, source: CriticalSource, reason: str
) -> CriticalRatio:
    if value is None:
        return CriticalRatio(None, None, experts, source, reason)
    # Lawshe's values are printed with two places, so a ratio may reach them only when rounded.
    places = 2 if source == "lawshe" else None
    ratios = ((2 * count - experts) / experts for count in range(experts + 1))
    needed = next(
        count
        for count, reached in enumerate(ratios)
        if (reached if places is None else round(reached, places)) >= value
    )
    return CriticalRatio(value, needed, experts, source, None)


def _coin(successes: int, tosses: int) -> float:
    """Probability of exactly so many heads."""
    logarithm = (
        math.lgamma(tosses + 1)
        - math.lgamma(successes + 1)
        - math.lgamma(tosses - successes + 1)
        - tosses * math.log(2)
    )
    return math.exp(logarithm)
