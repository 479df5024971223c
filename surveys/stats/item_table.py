"""Everything a report says of each item of one round, from one count table, in one go.

The columns and their names are those of the results table, the exports and the command line. A
cell that is undefined is NaN in a column and ``None`` in a row, and its reason stands in
``reasons``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

import numpy as np

from surveys.stats import (
    appropriateness,
    centre,
    dispersion,
    modality,
    spread,
    within_group,
)
from surveys.stats.appropriateness import (
    NOT_ONE_TO_NINE,
    Appropriateness,
    DisagreementRule,
    HalfMedian,
    Region,
    Regions,
    TriState,
)
from surveys.stats.counts import CountTable
from surveys.stats.dispersion import TWO_POINTS
from surveys.stats.intervals import ProportionMethod
from surveys.stats.modality import BimodalityVariant
from surveys.stats.ratings import (
    ALL_EQUAL,
    NOBODY_RATED,
    ONE_RATING,
    TOO_FEW,
    BoolArray,
    FloatArray,
    IntArray,
)
from surveys.stats.spread import MEAN_NOT_POSITIVE
from surveys.stats.within_group import MEAN_AT_END

NO_IQR_LIMIT = "no limit of the IQR was given"
NO_MIDDLE = "the scale has no middle region"


@dataclass(frozen=True, slots=True, eq=False)
class ItemTable:
    """One row per item. Arrays have shape (items,); units as in the package's conventions.

    table : the counts everything was computed from.
    regions : low, middle and high part of the scale.
    conventions : every choice by name, as texts.
    reasons : per item, the reason of every undefined cell, by column.

    n, unable, missing : usable ratings, unable to judge, without a rating for another reason.
    n_low, n_middle, n_high : experts per region.
    share_low, share_middle, share_high : of the denominator that ``conventions`` names.
    share_low_lower, share_low_upper, ... : limits of their intervals.
    median, median_lower, median_upper, median_coverage : with its exact interval.
    mean, sd : and the SD with n - 1.
    modes : every mode, ascending.
    lowest, highest : the extreme ratings given.
    q1, q3, iqr, p30, p70 : by the quantile definition in ``conventions``; p30 and p70 by its
        percentile definition.
    iqr_depends : whether "IQR at most the limit" depends on the definition; only with a limit.
    mad, mad_scaled, mad_mean : median |x - median|, the same times 1.4826, mean |x - median|.
    cv : SD / mean.
    near_median_1, near_median_2 : share within one and two points of the median.
    ipr, ipras, disagreement_index : RAND/UCLA, on 1 to 9.
    disagreement : by the rule in ``conventions``; True, False or None.
    disagreement_classic, agreement_classic : by the count rule.
    appropriateness : category, or None.
    consensus_index : Tastle and Wierman. agreement_a, polarisation : van der Eijk.
    leik_d, blair_lacy_l, blair_lacy_l2, ordinal_variation, kvalseth, reynal_querol, esteban_ray,
    entropy : see ``dispersion``.
    bimodality : coefficient in the variant of ``conventions``. dip : Hartigan's.
    polarised : the practical flag.
    r_wg, a_wg, ad_mean, ad_median : see ``within_group``.
    """

    table: CountTable
    regions: Regions
    conventions: Mapping[str, str]
    reasons: tuple[Mapping[str, str], ...]

    n: IntArray
    unable: IntArray
    missing: IntArray
    n_low: IntArray
    n_middle: IntArray
    n_high: IntArray
    share_low: FloatArray
    share_low_lower: FloatArray
    share_low_upper: FloatArray
    share_middle: FloatArray
    share_middle_lower: FloatArray
    share_middle_upper: FloatArray
    share_high: FloatArray
    share_high_lower: FloatArray
    share_high_upper: FloatArray
    median: FloatArray
    median_lower: FloatArray
    median_upper: FloatArray
    median_coverage: FloatArray
    mean: FloatArray
    sd: FloatArray
    modes: tuple[tuple[float, ...] | None, ...]
    lowest: FloatArray
    highest: FloatArray
    q1: FloatArray
    q3: FloatArray
    iqr: FloatArray
    iqr_depends: tuple[TriState, ...]
    p30: FloatArray
    p70: FloatArray
    mad: FloatArray
    mad_scaled: FloatArray
    mad_mean: FloatArray
    cv: FloatArray
    near_median_1: FloatArray
    near_median_2: FloatArray
    ipr: FloatArray
    ipras: FloatArray
    disagreement_index: FloatArray
    disagreement: tuple[TriState, ...]
    disagreement_classic: tuple[TriState, ...]
    agreement_classic: tuple[TriState, ...]
    appropriateness: tuple[Appropriateness | None, ...]
    consensus_index: FloatArray
    agreement_a: FloatArray
    polarisation: FloatArray
    leik_d: FloatArray
    blair_lacy_l: FloatArray
    blair_lacy_l2: FloatArray
    ordinal_variation: FloatArray
    kvalseth: FloatArray
    reynal_querol: FloatArray
    esteban_ray: FloatArray
    entropy: FloatArray
    bimodality: FloatArray
    dip: FloatArray
    polarised: tuple[TriState, ...]
    r_wg: FloatArray
    a_wg: FloatArray
    ad_mean: FloatArray
    ad_median: FloatArray

    def row(self, item: int) -> dict[str, Any]:
        """One item as plain numbers: int, float, bool, text, tuple, or None where undefined.

        The reason of every None is in ``reasons[item]`` under the same name.
        """
        row: dict[str, Any] = {}
        for name in COLUMNS:
            value = getattr(self, name)[item]
            if isinstance(value, np.integer):
                value = int(value)
            elif isinstance(value, np.floating):
                value = None if np.isnan(value) else float(value)
            row[name] = value
        return row


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(ItemTable))[4:]


def item_table(
    table: CountTable,
    *,
    low: Region,
    middle: Region | None,
    high: Region,
    quantile_method: str | int = "linear",
    percentile_method: str | int = "linear",
    interval: ProportionMethod = "wilson",
    confidence: float = 0.95,
    unable_in_denominator: bool = False,
    iqr_limit: float | None = None,
    disagreement: DisagreementRule = "ipras",
    half_median: HalfMedian = "higher",
    map_to_nine: bool = False,
    bimodality: BimodalityVariant = "sas",
    esteban_ray_alpha: float = 1.0,
) -> ItemTable:
    """What did the panel say of every item of this round?

    table : the round's counts.
    low, middle, high : the regions of the scale, lowest and highest point of each; middle is None
        on a scale without one.
    quantile_method : definition of the quartiles.
    percentile_method : definition of P30 and P70, also for IPRAS.
    interval, confidence : of the shares, and the confidence of the median's interval.
    unable_in_denominator : whether "unable to judge" counts in the denominator of the shares.
    iqr_limit : when given, ``iqr_depends`` says where the verdict "IQR at most the limit"
        depends on the quantile definition.
    disagreement, half_median, map_to_nine : of the RAND/UCLA columns.
    bimodality : variant of the coefficient.
    esteban_ray_alpha : weight of likeness within a bloc.

    Returns an ItemTable. Columns that do not apply to the scale (IPRAS away from 1 to 9) are
    undefined with that reason; they do not raise.

    Raises ValueError for regions that overlap, an unknown name, a confidence not between 0 and 1.
    """
    regions = Regions(low, middle, high)
    columns: dict[str, Any] = {
        **_ratings(table),
        **_regions(table, regions, interval, confidence, unable_in_denominator),
        **_centre(table, confidence),
        **_spread(table, quantile_method, percentile_method, iqr_limit),
        **_appropriateness(
            table, regions, disagreement, half_median, percentile_method, map_to_nine
        ),
        **_agreement(table, esteban_ray_alpha),
        **_modality(table, regions, bimodality),
    }
    return ItemTable(
        table=table,
        regions=regions,
        conventions=_conventions(
            table,
            regions,
            quantiles=quantile_method,
            percentiles=percentile_method,
            interval=f"{interval}, {confidence:g}",
            denominator="usable and unable" if unable_in_denominator else "usable",
            iqr_limit="none" if iqr_limit is None else f"{iqr_limit:g}",
            disagreement=disagreement,
            half_median=half_median,
            ipras_scale="mapped to 1 to 9" if map_to_nine else "1 to 9 only",
            bimodality=bimodality,
            esteban_ray=f"alpha {esteban_ray_alpha:g}, positions 0 to 1, even split of the ends 1",
        ),
        reasons=_reasons(table, columns, regions, unable_in_denominator),
        **columns,
    )


def _ratings(table: CountTable) -> dict[str, Any]:
    return {"n": table.n, "unable": table.unable, "missing": table.missing}


def _regions(
    table: CountTable,
    regions: Regions,
    interval: ProportionMethod,
    confidence: float,
    unable_in_denominator: bool,
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name in ("low", "middle", "high"):
        region: Region | None = getattr(regions, name)
        if region is None:
            undefined = np.full(table.items, np.nan)
            columns[f"n_{name}"] = np.zeros(table.items, dtype=np.int64)
            for column in ("", "_lower", "_upper"):
                columns[f"share_{name}{column}"] = undefined
            continue
        share = centre.share_between(
            table,
            *region,
            interval=interval,
            confidence=confidence,
            unable_in_denominator=unable_in_denominator,
        )
        columns[f"n_{name}"] = share.count
        columns[f"share_{name}"] = share.share
        columns[f"share_{name}_lower"] = share.lower
        columns[f"share_{name}_upper"] = share.upper
    return columns


def _centre(table: CountTable, confidence: float) -> dict[str, Any]:
    interval = centre.median_interval(table, confidence=confidence)
    return {
        "median": centre.median(table),
        "median_lower": interval.lower,
        "median_upper": interval.upper,
        "median_coverage": interval.coverage,
        "mean": centre.mean(table),
        "modes": tuple(modes or None for modes in centre.modes(table)),
        "near_median_1": centre.share_near_median(table, within=1),
        "near_median_2": centre.share_near_median(table, within=2),
    }


def _spread(
    table: CountTable,
    quantile_method: str | int,
    percentile_method: str | int,
    iqr_limit: float | None,
) -> dict[str, Any]:
    quartiles = spread.quartiles(table, quantile_method=quantile_method)
    percentiles = spread.interquantile_range(table, 0.3, 0.7, quantile_method=percentile_method)
    lowest, highest = spread.extremes(table)
    depends: tuple[TriState, ...] = (None,) * table.items
    if iqr_limit is not None:
        verdicts = spread.iqr_verdict_by_definition(table, limit=iqr_limit)
        depends = appropriateness.tri_state(verdicts.depends, table.n > 1)
    return {
        "sd": spread.standard_deviation(table),
        "lowest": lowest,
        "highest": highest,
        "q1": quartiles.lower,
        "q3": quartiles.upper,
        "iqr": quartiles.width,
        "iqr_depends": depends,
        "p30": percentiles.lower,
        "p70": percentiles.upper,
        "mad": spread.median_absolute_deviation(table),
        "mad_scaled": spread.median_absolute_deviation(table, scaled=True),
        "mad_mean": spread.mean_absolute_deviation(table),
        "cv": spread.coefficient_of_variation(table),
    }


def _appropriateness(
    table: CountTable,
    regions: Regions,
    rule: DisagreementRule,
    half_median: HalfMedian,
    percentile_method: str | int,
    map_to_nine: bool,
) -> dict[str, Any]:
    nine = map_to_nine or _is_one_to_nine(table)
    classic = appropriateness.classic_rule(table, regions=regions, half_median=half_median)
    found: tuple[TriState, ...] = (None,) * table.items
    if nine or rule == "classic":
        found = appropriateness.disagreement(
            table,
            rule=rule,
            regions=regions,
            quantile_method=percentile_method,
            map_to_nine=map_to_nine,
        )
    columns: dict[str, Any] = {
        "disagreement": found,
        "disagreement_classic": classic.disagreement,
        "agreement_classic": classic.agreement,
        "appropriateness": appropriateness.categories(
            table, found, regions=regions, half_median=half_median
        ),
    }
    if nine:
        by_range = appropriateness.ipras(
            table, quantile_method=percentile_method, map_to_nine=map_to_nine
        )
        ranges = (by_range.ipr, by_range.limit, by_range.index)
    else:
        ranges = (np.full(table.items, np.nan),) * 3
    return columns | dict(zip(("ipr", "ipras", "disagreement_index"), ranges, strict=True))


def _agreement(table: CountTable, esteban_ray_alpha: float) -> dict[str, Any]:
    agreement = dispersion.agreement(table)
    return {
        "consensus_index": dispersion.consensus(table),
        "agreement_a": agreement,
        "polarisation": (1 - agreement) / 2,
        "leik_d": dispersion.leik(table),
        "blair_lacy_l": dispersion.blair_lacy(table),
        "blair_lacy_l2": dispersion.blair_lacy_squared(table),
        "ordinal_variation": dispersion.ordinal_variation(table),
        "kvalseth": dispersion.kvalseth(table),
        "reynal_querol": dispersion.reynal_querol(table),
        "esteban_ray": dispersion.esteban_ray(table, alpha=esteban_ray_alpha),
        "entropy": dispersion.entropy(table),
        "r_wg": within_group.r_wg(table),
        "a_wg": within_group.a_wg(table),
        "ad_mean": within_group.average_deviation(table, about="mean"),
        "ad_median": within_group.average_deviation(table, about="median"),
    }


def _modality(table: CountTable, regions: Regions, variant: BimodalityVariant) -> dict[str, Any]:
    camps = modality.polarised(table, low=regions.low, high=regions.high)
    return {
        "bimodality": modality.bimodality_coefficient(table, variant=variant),
        "dip": modality.dip(table),
        "polarised": appropriateness.tri_state(camps.flag, table.n > 1),
    }


def _is_one_to_nine(table: CountTable) -> bool:
    return (table.points.lowest, table.points.highest) == (1, 9)


def _conventions(
    table: CountTable,
    regions: Regions,
    *,
    quantiles: str | int,
    percentiles: str | int,
    **choices: str,
) -> Mapping[str, str]:
    parts = {"low": regions.low, "middle": regions.middle, "high": regions.high}
    texts = {
        "scale": str(table.points),
        **{
            f"region_{name}": "none" if part is None else f"{part[0]:g} to {part[1]:g}"
            for name, part in parts.items()
        },
        "quantile_definition": _definition(quantiles),
        "percentile_definition": _definition(percentiles),
        "sd": "n - 1 in the denominator",
        **choices,
    }
    return MappingProxyType(texts)


def _definition(method: str | int) -> str:
    definition = spread.quantile_definition(method)
    r_type = "" if definition.r_type is None else f" (R type {definition.r_type})"
    return definition.name + r_type


def _reasons(
    table: CountTable, columns: Mapping[str, Any], regions: Regions, with_unable: bool
) -> tuple[Mapping[str, str], ...]:
    """Per item, the first reason that holds for each undefined cell."""
    n = table.n
    everywhere, nobody, one = np.ones(table.items, dtype=np.bool_), n == 0, n == 1
    equal = np.count_nonzero(table.counts, axis=1) == 1
    asked_nobody = (n + table.unable if with_unable else n) == 0

    rated = ((nobody, NOBODY_RATED),)
    share = ((asked_nobody, NOBODY_RATED),)
    two = ((nobody, NOBODY_RATED), (one, ONE_RATING))
    shape = (*two, (equal, ALL_EQUAL), (everywhere, TOO_FEW))
    nine_only = (*two, (everywhere, NOT_ONE_TO_NINE))
    special: dict[str, tuple[tuple[BoolArray, str], ...]] = {
        **dict.fromkeys(("median", "mean", "modes", "lowest", "highest", "q1", "q3"), rated),
        **dict.fromkeys(("p30", "p70", "near_median_1", "near_median_2"), rated),
        **dict.fromkeys(_columns_of("low") + _columns_of("high"), share),
        **dict.fromkeys(_columns_of("middle"), ((everywhere, NO_MIDDLE),)),
        **dict.fromkeys(
            ("median_lower", "median_upper", "median_coverage"), (*rated, (everywhere, TOO_FEW))
        ),
        "iqr_depends": (*two, (everywhere, NO_IQR_LIMIT)),
        "cv": (*two, (everywhere, MEAN_NOT_POSITIVE)),
        **dict.fromkeys(("ipr", "ipras", "disagreement_index"), nine_only),
        **dict.fromkeys(("disagreement", "appropriateness"), nine_only),
        **dict.fromkeys(("agreement_a", "polarisation"), (*two, (everywhere, TWO_POINTS))),
        **dict.fromkeys(("bimodality", "dip"), shape),
        "a_wg": (*two, (everywhere, MEAN_AT_END)),
    }
    if regions.middle is not None:
        special |= dict.fromkeys(_columns_of("middle"), share)

    reasons: tuple[dict[str, str], ...] = tuple({} for _ in range(table.items))
    for name in COLUMNS:
        for item in np.flatnonzero(_undefined(columns[name])):
            reasons[item][name] = next(
                reason for holds, reason in special.get(name, two) if holds[item]
            )
    return tuple(MappingProxyType(why) for why in reasons)


def _columns_of(region: str) -> tuple[str, ...]:
    return tuple(f"share_{region}{limit}" for limit in ("", "_lower", "_upper"))


def _undefined(column: Any) -> BoolArray:
    if isinstance(column, tuple):
        return np.array([value is None for value in column], dtype=np.bool_)
    missing: BoolArray = np.isnan(column)
    return missing
