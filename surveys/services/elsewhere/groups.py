"""Stakeholder groups beside each other: each group's numbers, by how much they differ, and tests."""

from __future__ import annotations

import numpy as np

from surveys.delphi.rand import regions_of
from surveys.services.elsewhere.choices import Choices, percentiles_with
from surveys.services.elsewhere.numbers import Entries, Entry
from surveys.services.elsewhere.rounds import Counted
from surveys.stats import comparison, item_table
from surveys.stats.comparison import GroupTables
from surveys.stats.comparison.groups import ONE_GROUP
from surveys.stats.item_table import ItemTable
from surveys.stats.ratings import NOBODY_RATED, FloatArray

ASKS_GROUPS = "the rule asks stakeholder groups itself"


def compared(round_: Counted, choices: Choices) -> Entry:
    """Every item by stakeholder group, with the differences between groups."""
    group_of = round_.group_of or ()
    tables = comparison.group_tables(round_.file.ratings, group_of, points=round_.points)
    names = tables.names
    entry = Entries()
    entry.put("names", names)
    entry.put("experts", {name: group_of.count(name) for name in names})
    entry.put("without_group", group_of.count(None))
    by_group = {name: _table(tables, name, round_, choices) for name in names}
    over_all = comparison.kruskal_wallis(tables)
    holm = comparison.holm(over_all.p)
    screened = comparison.benjamini_hochberg(over_all.p)
    pairs = _Pairs(tables)
    entries: dict[str, Entry] = {}
    for place, code in enumerate(round_.items):
        item = Entries()
        item.put(
            "groups",
            {
                name: _of_group(found, place, round_, code, name, choices)
                for name, found in by_group.items()
            },
        )
        item.put("share_high_equal_groups", *_equal_groups(by_group, place))
        reason = over_all.reasons[place]
        item.put("kruskal_wallis_h", over_all.statistic[place], reason)
        item.put("kruskal_wallis_df", int(over_all.df[place]))
        item.put("kruskal_wallis_p", over_all.p[place], reason)
        item.put("kruskal_wallis_p_holm", holm[place], reason)
        item.put("kruskal_wallis_p_screened", screened[place], reason)
        item.put("epsilon_squared", over_all.epsilon_squared[place], reason)
        item.put("pairs", pairs.of(place) if len(names) > 1 else None, ONE_GROUP)
        entries[code] = item.finished()
    entry.put("items", entries)
    return entry.finished()


def _table(tables: GroupTables, name: str, round_: Counted, choices: Choices) -> ItemTable:
    regions = regions_of(round_.scale)
    return item_table.item_table(
        tables.of(name),
        low=regions.low,
        middle=regions.middle,
        high=regions.high,
        quantile_method=choices.quantile_method,
        percentile_method=percentiles_with(choices.quantile_method),
    )


def _of_group(
    found: ItemTable, place: int, round_: Counted, code: str, name: str, choices: Choices
) -> Entry:
    row, why = found.row(place), found.reasons[place]
    counts = round_.groups[code][name]
    entry = Entries()
    entry.put("n", row["n"])
    entry.put("unable", counts.unable)
    entry.put("missing", counts.skipped)
    entry.put("counts", counts.counts)
    for column in ("share_low", "share_middle", "share_high", "median", "mean", "sd", "iqr"):
        entry.put(column, row[column], why.get(column))
    limits = row["share_high_lower"], row["share_high_upper"]
    entry.put_interval("share_high_interval", *limits, why.get("share_high_lower"))
    alone = None if choices.rule.asks_groups else choices.rule.judge(counts, round_.scale).verdict
    entry.put("verdict", alone, ASKS_GROUPS)
    return entry.finished()


def _equal_groups(by_group: dict[str, ItemTable], place: int) -> tuple[float | None, str]:
    """The share high with every group that rated counting the same."""
    shares: FloatArray = np.array([found.share_high[place] for found in by_group.values()])
    rated = shares[~np.isnan(shares)]
    return (float(rated.mean()) if rated.size else None), NOBODY_RATED


class _Pairs:
    """Every two groups compared on every item: by points, by order, and by tests."""

    def __init__(self, tables: GroupTables) -> None:
        self.dunn = comparison.dunn_test(tables)
        self.found = []
        for first, second in self.dunn.pairs:
            one, other = tables.of(first), tables.of(second)
            self.found.append(
                (
                    comparison.mann_whitney(one, other),
                    comparison.cliffs_delta(one, other),
                    comparison.hodges_lehmann_shift(one, other),
                )
            )

    def of(self, place: int) -> list[Entry]:
        """One item's comparisons."""
        entries = []
        for column, (first, second) in enumerate(self.dunn.pairs):
            ranks, delta, shift = self.found[column]
            pair = Entries()
            pair.put("first", first)
            pair.put("second", second)
            pair.put("shift", shift.shift[place], shift.reasons[place])
            limits = shift.lower[place], shift.upper[place]
            pair.put_interval("shift_interval", *limits, shift.reasons[place])
            pair.put("cliffs_delta", delta.delta[place], delta.reasons[place])
            limits = delta.lower[place], delta.upper[place]
            pair.put_interval("cliffs_delta_interval", *limits, delta.reasons[place])
            pair.put("mann_whitney_u", ranks.u[place], ranks.reasons[place])
            pair.put("mann_whitney_p", ranks.p[place], ranks.reasons[place])
            reason = self.dunn.reasons[column][place]
            pair.put("dunn_z", self.dunn.z[place, column], reason)
            pair.put("dunn_p_holm", self.dunn.p_holm[place, column], reason)
            entries.append(pair.finished())
        return entries
