"""The RAND/UCLA appropriateness method: disagreement, agreement, and the three categories.

Two rules for disagreement are in use, the classic count of experts at either end and the
interpercentile range adjusted for symmetry (IPRAS). Both overlook a minority below their cut: of
11 experts, 8 at one end and 3 at the other are in disagreement by neither. So the distribution
belongs beside every verdict, and a study says which rule decides.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np

from surveys.stats import centre, spread
from surveys.stats.counts import CountTable
from surveys.stats.ratings import BoolArray, FloatArray, IntArray

# IPR that is disagreement when ratings lie symmetrically about the middle of 1 to 9, and what each
# point of asymmetry adds; fitted by the method's authors for that scale.
IPR_WITHOUT_ASYMMETRY = 2.35
ASYMMETRY_CORRECTION = 1.5

NOT_ONE_TO_NINE = "the scale is not 1 to 9"

Region = tuple[float, float]
HalfMedian = Literal["higher", "lower", "uncertain"]
DisagreementRule = Literal["ipras", "classic", "either"]
TriState = bool | None


class Appropriateness(StrEnum):
    """What the panel says of an item."""

    APPROPRIATE = "appropriate"
    UNCERTAIN = "uncertain"
    INAPPROPRIATE = "inappropriate"


@dataclass(frozen=True, slots=True)
class Regions:
    """The three parts of a scale: lowest and highest point of each, both included.

    middle is None on a scale without one (1 to 4: 1-2 and 3-4).

    Raises ValueError for regions that overlap or do not ascend.
    """

    low: Region
    middle: Region | None
    high: Region

    def __post_init__(self) -> None:
        ends = [*self.low, *(self.middle or ()), *self.high]
        starts_and_stops = [self.low, *([self.middle] if self.middle else []), self.high]
        ascending = all(
            before[1] < after[0]
            for before, after in zip(starts_and_stops, starts_and_stops[1:], strict=False)
        )
        if not ascending or any(first > last for first, last in starts_and_stops):
            raise ValueError(f"regions {ends} overlap or do not ascend")

    @property
    def ascending(self) -> tuple[Region, ...]:
        """The regions there are, from low to high."""
        return (self.low, self.high) if self.middle is None else (self.low, self.middle, self.high)


# The thirds of the nine-point scale, which the method is made for.
THIRDS = Regions((1, 3), (4, 6), (7, 9))


@dataclass(frozen=True, slots=True, eq=False)
class Ipras:
    """Disagreement by the interpercentile range adjusted for symmetry, per item.

    n : usable ratings.
    p30, p70 : percentiles, on 1 to 9.
    ipr : P70 - P30.
    limit : the IPRAS, the smallest IPR that is still agreement at this asymmetry.
    index : the disagreement index, ipr / limit; above 1 is disagreement.
    present : True, False, or None where undefined.
    definition : quantile definition of the percentiles.
    mapped : whether another scale was stretched to 1 to 9.
    """

    n: IntArray
    p30: FloatArray
    p70: FloatArray
    ipr: FloatArray
    limit: FloatArray
    index: FloatArray
    present: tuple[TriState, ...]
    definition: str
    mapped: bool


@dataclass(frozen=True, slots=True, eq=False)
class ClassicRule:
    """Agreement and disagreement by counting experts, per item.

    low, high : experts in the lowest and in the highest region.
    outside : experts outside the region that holds the median.
    most_outside : so many may lie outside in agreement.
    least_each : so many at least at either end make disagreement.
    agreement, disagreement : True, False, or None where undefined.
    from_table : whether the panel size stands in the printed table (8 to 16).
    """

    low: IntArray
    high: IntArray
    outside: IntArray
    most_outside: IntArray
    least_each: IntArray
    agreement: tuple[TriState, ...]
    disagreement: tuple[TriState, ...]
    from_table: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class SpanRules:
    """The strict and relaxed definitions of the first appropriateness panels, per item.

    strict_agreement : all ratings lie in one region.
    relaxed_agreement : all ratings lie within a window of so many adjacent points.
    strict_disagreement : somebody chose the lowest point and somebody the highest.
    relaxed_disagreement : somebody rated in the lowest region and somebody in the highest.
    extremes_discarded : whether one lowest and one highest rating were left out first.
    n : ratings that were judged.
    """

    strict_agreement: tuple[TriState, ...]
    relaxed_agreement: tuple[TriState, ...]
    strict_disagreement: tuple[TriState, ...]
    relaxed_disagreement: tuple[TriState, ...]
    extremes_discarded: bool
    n: IntArray


def ipras(
    table: CountTable, *, quantile_method: str | int = "linear", map_to_nine: bool = False
) -> Ipras:
    """Did the experts split into camps, more than a middling median would show?

    quantile_method : definition of the percentiles. The method's manual does not print one;
        "linear" (R type 7) reproduces its published example. SPSS's can differ by half a point
        with nine experts, so the name travels with the result.
    map_to_nine : stretch another scale to 1 to 9 first. The constants were fitted on 1 to 9 and
        nowhere else; the result says ``mapped``.

    Returns an Ipras. Raises ValueError on a scale other than 1 to 9 unless ``map_to_nine``.
    Undefined: NaN and None with fewer than two ratings (percentiles: with none).

    Method: limit = 2.35 + 1.5 |5 - (P30 + P70) / 2|; present is P70 - P30 > limit, decided in
    whole numbers.

    Source: Fitch K et al., The RAND/UCLA Appropriateness Method User's Manual, RAND MR-1269, 2001.

    Checked against: BMJ Open 2012;2:e001431, table 1 (P30 7, P70 8, limit 6.1; the formula
    printed there has 2.5 for 2.35, which would give 6.25).

    >>> from surveys.stats import counts
    >>> from surveys.stats.ratings import ScalePoints
    >>> table = counts.from_ratings([1, 2, 3, 6, 7, 7, 8, 9, 9], points=ScalePoints(1, 9))
    >>> ipras(table).present, ipras(table, quantile_method="weibull").present
    ((False,), (True,))
    """
    points = table.points
    mapped = (points.lowest, points.highest) != (1, 9)
    if mapped and not map_to_nine:
        raise ValueError(f"{NOT_ONE_TO_NINE} but {points}, so IPRAS has no constants for it")
    tops, bottom = spread.quantile_fractions(table, (0.3, 0.7), quantile_method=quantile_method)
    # On 1 to 9 a percentile is 1 + top / bottom; whole numbers keep "greater than" exact.
    tops, bottom = 8 * tops, bottom * (points.count - 1)
    ipr, asymmetry = tops[:, 1] - tops[:, 0], np.abs(8 * bottom - tops.sum(axis=1))
    beyond = 20 * ipr > 47 * bottom + 15 * asymmetry
    n = table.n
    rated, spread_out = n > 0, n > 1
    limit = IPR_WITHOUT_ASYMMETRY + ASYMMETRY_CORRECTION * asymmetry / (2 * bottom)
    return Ipras(
        n=n,
        p30=np.where(rated, 1 + tops[:, 0] / bottom, np.nan),
        p70=np.where(rated, 1 + tops[:, 1] / bottom, np.nan),
        ipr=np.where(spread_out, ipr / bottom, np.nan),
        limit=np.where(spread_out, limit, np.nan),
        index=np.where(spread_out, ipr / bottom / limit, np.nan),
        present=tri_state(beyond, spread_out),
        definition=spread.quantile_definition(quantile_method).name,
        mapped=mapped,
    )


def classic_rule(
    table: CountTable, *, regions: Regions = THIRDS, half_median: HalfMedian = "higher"
) -> ClassicRule:
    """By the classic count, does the panel agree, and is it in disagreement?

    regions : the three parts of the scale.
    half_median : where a median between two regions (3.5, 6.5) belongs; see ``categories``.

    Returns a ClassicRule. Agreement and disagreement are not opposites: most items are neither.
    Undefined: None with fewer than two ratings.

    Method: by the number of usable ratings of the item, not of experts invited:

        8 to 10   at most 2 outside the median's region | at least 3 at each end
        11 to 13  at most 3                             | at least 4
        14 to 16  at most 4                             | at least 5
        otherwise fewer than a third outside            | at least a third at each end

    Source: BMC Med Inform Decis Mak 2012;12:93, table 7, after the method's developers; thirds
    for other panels as at arcade-consensus.org.

    Checked against: the table itself, and BMJ Open 2012;2:e001431, table 1 (15 experts, three
    outside 7-9, agreement).
    """
    n = table.n
    from_table = (n >= 8) & (n <= 16)
    # The printed rows go up by one for every three experts.
    most_outside = np.where(from_table, (n - 2) // 3, (n + 2) // 3 - 1)
    least_each = np.where(from_table, (n + 1) // 3, (n + 2) // 3)
    low, high = table.between(*regions.low), table.between(*regions.high)
    place = _median_region(table, regions, half_median)
    inside = np.zeros(table.items, dtype=np.int64)
    for number, region in enumerate(regions.ascending):
        inside = np.where(place == number, table.between(*region), inside)
    outside = n - inside
    enough = n > 1
    return ClassicRule(
        low=low,
        high=high,
        outside=outside,
        most_outside=most_outside,
        least_each=least_each,
        agreement=tri_state((outside <= most_outside) & (place >= 0), enough),
        disagreement=tri_state((low >= least_each) & (high >= least_each), enough),
        from_table=from_table,
    )


def disagreement(
    table: CountTable,
    *,
    rule: DisagreementRule = "ipras",
    regions: Regions = THIRDS,
    quantile_method: str | int = "linear",
    map_to_nine: bool = False,
) -> tuple[TriState, ...]:
    """Is the panel in disagreement on each item, by the rule the study chose?

    rule : "ipras", "classic", or "either" (disagreement when one of them says so).
    regions : for the classic rule. quantile_method, map_to_nine : as in ``ipras``.

    Returns True or False per item. Undefined: None with fewer than two ratings.

    Raises ValueError for an unknown rule, and as ``ipras``.
    """
    if rule not in ("ipras", "classic", "either"):
        raise ValueError(f"no rule for disagreement is called {rule!r}")
    if rule == "classic":
        return classic_rule(table, regions=regions).disagreement
    by_range = ipras(table, quantile_method=quantile_method, map_to_nine=map_to_nine).present
    if rule == "ipras":
        return by_range
    by_count = classic_rule(table, regions=regions).disagreement
    return tuple(
        None if wide is None else wide or bool(split)
        for wide, split in zip(by_range, by_count, strict=True)
    )


def categories(
    table: CountTable,
    disagreeing: tuple[TriState, ...],
    *,
    regions: Regions = THIRDS,
    half_median: HalfMedian = "higher",
) -> tuple[Appropriateness | None, ...]:
    """Is each item appropriate, uncertain or inappropriate by the panel's judgement?

    disagreeing : from ``disagreement``; it makes an item uncertain whatever its median.
    regions : the three parts of the scale.
    half_median : where a median between two regions belongs, such as 6.5. "higher" is the
        manual's reading (appropriate), "lower" the opposite, "uncertain" that of the Lausanne
        panels (EPAGE: appropriate from 7 on, inappropriate up to 3, all else uncertain).

    Returns one category per item.
    Undefined: None where disagreement is, because one expert cannot disagree.

    Source: Fitch K et al., RAND MR-1269, 2001; epage.ch (2002).
    """
    place = _median_region(table, regions, half_median)
    of_region = {
        0: Appropriateness.INAPPROPRIATE,
        len(regions.ascending) - 1: Appropriateness.APPROPRIATE,
    }
    return tuple(
        None
        if split is None
        else Appropriateness.UNCERTAIN
        if split
        else of_region.get(int(where), Appropriateness.UNCERTAIN)
        for split, where in zip(disagreeing, place, strict=True)
    )


def span_rules(
    table: CountTable,
    *,
    regions: Regions = THIRDS,
    window: int = 3,
    discard_extremes: bool = False,
) -> SpanRules:
    """Do all experts lie close together, or does somebody stand at either end?

    regions : the parts of the scale that strict agreement and relaxed disagreement look at.
    window : adjacent points that relaxed agreement allows.
    discard_extremes : leave out one lowest and one highest rating first. Doing so raised the
        share of indications called appropriate from about 40 % to 60 % in one comparison.

    Returns a SpanRules.
    Undefined: None where fewer than two ratings are left to compare.

    Raises ValueError for a window of less than one point.

    Source: the rules of the first RAND panels (Park RE et al., Am J Public Health
    1986;76:766-72); the comparison in J Public Health Med 1991;13:35-9.
    """
    if window < 1:
        raise ValueError(f"a window holds at least one point, not {window}")
    judged = without_extremes(table) if discard_extremes else table
    n, counts = judged.n, judged.counts
    in_one_region = np.zeros(judged.items, dtype=np.bool_)
    for region in regions.ascending:
        in_one_region |= judged.between(*region) == n
    lowest, highest = judged.category_at(1), judged.category_at(np.maximum(n, 1))
    enough = n > 1
    both_ends = (counts[:, 0] > 0) & (counts[:, -1] > 0)
    both_regions = (judged.between(*regions.low) > 0) & (judged.between(*regions.high) > 0)
    return SpanRules(
        strict_agreement=tri_state(in_one_region, enough),
        relaxed_agreement=tri_state(highest - lowest < window, enough),
        strict_disagreement=tri_state(both_ends, enough),
        relaxed_disagreement=tri_state(both_regions, enough),
        extremes_discarded=discard_extremes,
        n=n,
    )


def without_extremes(table: CountTable) -> CountTable:
    """The same table without one lowest and one highest rating per item.

    An item with fewer than two ratings keeps none.
    """
    counts = table.counts.copy()
    rows, n = np.arange(table.items), table.n
    last = table.points.count - 1
    for rank in (1, np.maximum(n, 1)):
        category = np.minimum(table.category_at(rank), last)
        counts[rows, category] -= 1
    counts[n < 2] = 0
    return CountTable(counts, table.points, table.unable, table.missing)


def tri_state(true: BoolArray, defined: BoolArray) -> tuple[TriState, ...]:
    """Per item: true or false where it is defined, None where it is not."""
    return tuple(bool(value) if known else None for value, known in zip(true, defined, strict=True))


def _median_region(table: CountTable, regions: Regions, half_median: HalfMedian) -> IntArray:
    """Number of the region that holds each median, from 0; -1 where none does."""
    if half_median not in ("higher", "lower", "uncertain"):
        raise ValueError(f"a median between regions is higher, lower or uncertain: {half_median!r}")
    medians = centre.median(table)
    ascending = regions.ascending
    place = np.full(table.items, -1, dtype=np.int64)
    for number, (first, last) in enumerate(ascending):
        place[(medians >= first) & (medians <= last)] = number
    for number, (below, above) in enumerate(zip(ascending, ascending[1:], strict=False)):
        between = (medians > below[1]) & (medians < above[0])
        if half_median == "uncertain":
            place[between] = 1 if regions.middle is not None else -1
        else:
            place[between] = number + 1 if half_median == "higher" else number
    return place
