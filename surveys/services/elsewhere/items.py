"""What the panel said of each item: numbers, verdict, how sure it is and what it hangs on."""

from __future__ import annotations

from surveys.delphi import fragility as delphi_fragility
from surveys.delphi.consensus import Judgement
from surveys.delphi.rand import regions_of
from surveys.services.elsewhere import certainty
from surveys.services.elsewhere.choices import Choices, by_quantiles, percentiles_with
from surveys.services.elsewhere.numbers import Entries, Entry
from surveys.services.elsewhere.rounds import Counted
from surveys.stats import item_table as tables
from surveys.stats.item_table import ItemTable
from surveys.stats.ratings import NOBODY_RATED, ONE_RATING

# Definitions under which a verdict is asked again, to say whether it hangs on them.
OTHER_QUANTILES = ("linear", "weibull", "averaged_inverted_cdf", "tukey_hinges")
NO_QUANTILES = "the rule uses no quartiles or percentiles"

# Columns of the item table that stand in the result under the same name, one value each.
_PLAIN = (
    "median",
    "mean",
    "sd",
    "lowest",
    "highest",
    "q1",
    "q3",
    "iqr",
    "p30",
    "p70",
    "mad",
    "mad_scaled",
    "mad_mean",
    "cv",
    "near_median_1",
    "near_median_2",
    "ipras",
    "disagreement_index",
    "disagreement",
    "disagreement_classic",
    "agreement_classic",
    "appropriateness",
    "consensus_index",
    "agreement_a",
    "polarisation",
    "leik_d",
    "blair_lacy_l",
    "blair_lacy_l2",
    "ordinal_variation",
    "kvalseth",
    "reynal_querol",
    "esteban_ray",
    "entropy",
    "bimodality",
    "dip",
    "polarised",
    "r_wg",
    "a_wg",
    "ad_mean",
    "ad_median",
)


def table_of(round_: Counted, choices: Choices) -> ItemTable:
    """Every number of every item, by the choices made."""
    regions = regions_of(round_.scale)
    return tables.item_table(
        round_.table,
        low=regions.low,
        middle=regions.middle,
        high=regions.high,
        quantile_method=choices.quantile_method,
        percentile_method=percentiles_with(choices.quantile_method),
        unable_in_denominator=choices.unable_in_denominator,
    )


def judged(round_: Counted, choices: Choices) -> dict[str, Judgement]:
    """Every item's verdict."""
    return {
        code: choices.rule.judge(counts, round_.scale, round_.groups_of(code))
        for code, counts in round_.items.items()
    }


def described(
    round_: Counted, found: ItemTable, verdicts: dict[str, Judgement], choices: Choices
) -> dict[str, Entry]:
    """Every item as one object of the result, by code."""
    codes = list(round_.items)
    fragile = delphi_fragility.fragility_each(
        choices.rule,
        list(round_.items.values()),
        round_.scale,
        [round_.groups[code] for code in codes] if round_.groups else None,
    )
    depends = _depends_on_quantiles(round_, choices)
    sure = {
        name: certainty.of_condition(condition, round_.table, round_.scale, round_.group_tables)
        for name, condition in (
            ("probability_of_consensus", choices.rule.in_when),
            ("probability_of_consensus_out", choices.rule.out_when),
        )
    }
    entries = {}
    for place, code in enumerate(codes):
        item = _numbers(found, place)
        item.put("verdict", verdicts[code].verdict)
        item.put("verdict_reason", verdicts[code].sentence("en"))
        for name, chances in sure.items():
            item.put(name, chances.probability[place], chances.reasons[place])
        hangs = fragile[place]
        item.put("fragility", hangs.changes, hangs.sentence("en"))
        item.put(
            "verdict_depends_on_quantiles",
            None if depends is None else depends[place],
            NO_QUANTILES,
        )
        entries[code] = item.finished()
    return entries


def _numbers(found: ItemTable, place: int) -> Entries:
    row, why = found.row(place), found.reasons[place]
    item = Entries()
    for name in ("n", "missing", "unable"):
        item.put(name, row[name])
    item.put("counts", found.table.counts[place])
    with_unable = found.conventions["denominator"] != "usable"
    item.put("denominator", row["n"] + row["unable"] if with_unable else row["n"])
    for band in ("low", "middle", "high"):
        share = f"share_{band}"
        item.put(f"count_{band}", row[f"n_{band}"])
        item.put(share, row[share], why.get(share))
        limits = row[f"{share}_lower"], row[f"{share}_upper"]
        item.put_interval(f"{share}_interval", *limits, why.get(f"{share}_lower"))
    for name in _PLAIN:
        item.put(name, row[name], why.get(name))
    limits = row["median_lower"], row["median_upper"]
    item.put_interval("median_interval", *limits, why.get("median_lower"))
    item.put("median_interval_coverage", row["median_coverage"], why.get("median_coverage"))
    item.put("mode", row["modes"], why.get("modes"))
    # The range is defined on every scale; only what it is compared with belongs to 1 to 9.
    several = row["n"] > 1
    few = ONE_RATING if row["n"] else NOBODY_RATED
    item.put("ipr", row["p70"] - row["p30"] if several else None, few)
    return item


def _depends_on_quantiles(round_: Counted, choices: Choices) -> list[bool] | None:
    """Where the verdict would be another by another program's quartiles; None without quartiles."""
    if not choices.rule.quantile_methods:
        return None
    verdicts = [
        [
            rule.judge(counts, round_.scale, round_.groups_of(code)).verdict
            for code, counts in round_.items.items()
        ]
        for rule in (by_quantiles(choices.rule, method) for method in OTHER_QUANTILES)
    ]
    return [len(set(of_item)) > 1 for of_item in zip(*verdicts, strict=True)]
