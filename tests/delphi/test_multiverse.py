"""Every item under every definition."""

import csv
import json
import os
from pathlib import Path

import pytest

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.consensus import ConsensusRule, Verdict
from surveys.delphi.multiverse import OWN, multiverse
from surveys.delphi.notation import parse
from surveys.delphi.scale import Scale
from surveys.delphi.summary import ItemCounts, as_groups
from tests.delphi.rulebook import FIVE, typed

ROOT = Path(__file__).resolve().parents[2]
REAL_DATA = Path(os.environ.get("RONDO_REAL_DATA", ROOT.parent / "shared" / "data"))
ITEMS = {
    "sure": ItemCounts.of([5] * 10, FIVE),
    "split": ItemCounts.of([5] * 5 + [1] * 5, FIVE),
    "close": ItemCounts.of([5] * 7 + [3] * 3, FIVE),
}
RULES = {name: typed(name) for name in ("high>=75%", "high>=70%", "high>50%")}


def test_each_item_is_judged_by_each_definition():
    table = multiverse(ITEMS, FIVE, rules=RULES)

    assert table.verdict("close", "high>=75%") is Verdict.NO_CONSENSUS
    assert table.verdict("close", "high>=70%") is Verdict.IN
    assert table.column("high>50%") == (Verdict.IN, Verdict.NO_CONSENSUS, Verdict.IN)
    assert table.kept() == {"high>=75%": 1, "high>=70%": 2, "high>50%": 2}


def test_items_hang_on_the_definition_or_do_not():
    table = multiverse(ITEMS, FIVE, rules=RULES)

    assert table.in_under_all == ("sure",)
    assert table.in_under_none == ("split",)
    assert table.depending == ("close",)


def test_flips_are_counted_against_the_studys_own_rule():
    table = multiverse(ITEMS, FIVE, own=typed("high>=75%"), rules=RULES)

    assert table.definitions[0] == OWN
    assert table.flips() == {OWN: 0, "high>=75%": 0, "high>=70%": 1, "high>50%": 1}
    assert table.flips("high>50%")[OWN] == 1
    assert table.flips_by_item() == {"sure": 0, "split": 0, "close": 2}
    assert table.flips_by_item("high>50%")["close"] == 2
    assert table.spread("close")[Verdict.IN] == 2


def test_the_verdicts_are_those_of_each_rule_alone():
    table = multiverse(ITEMS, FIVE)

    for name, rule in zip(table.definitions, table.rules, strict=True):
        for item, counts in ITEMS.items():
            assert table.verdict(item, name) is rule.judge(counts, FIVE).verdict
    assert "comet-70-15" in table.definitions


def test_presets_take_over_the_studys_conventions():
    unsure = {"item": ItemCounts.of([5] * 6, FIVE, unable=4)}

    assert multiverse(unsure, FIVE).verdict("item", "share-75") is Verdict.IN
    counting = multiverse(unsure, FIVE, unable_in_denominator=True)
    assert counting.verdict("item", "share-75") is Verdict.NO_CONSENSUS
    weibull = multiverse(ITEMS, FIVE, quantile_method="weibull")
    methods = {method for rule in weibull.rules for method in rule.quantile_methods}
    assert methods == {"weibull"}


def test_definitions_by_group_are_compared_where_there_are_groups():
    groups = {"item": as_groups({"a": [5] * 5, "b": [3] * 5}, FIVE)}
    items = {"item": groups["item"]["a"] + groups["item"]["b"]}

    table = multiverse(items, FIVE, groups=groups)

    assert table.verdict("item", "comet-70-15-every-group") is Verdict.NO_CONSENSUS
    assert "comet-70-15-every-group" not in multiverse(items, FIVE).definitions


def test_the_table_is_exported_with_its_rules():
    table = multiverse(ITEMS, FIVE, rules=RULES)
    stored = json.loads(json.dumps(table.to_json()))

    assert stored["items"]["close"]["high>=70%"] == "in"
    assert stored["definitions"]["high>=75%"]["kept"] == 1
    assert stored["definitions"]["high>50%"]["flips"] == 1
    assert ConsensusRule.from_json(stored["definitions"]["high>50%"]["rule"]) == RULES["high>50%"]
    assert stored["depending"] == ["close"]


def test_unknown_items_and_definitions_are_named():
    table = multiverse(ITEMS, FIVE, rules=RULES)

    with pytest.raises(ValueError, match="'lost' is not among sure, split, close"):
        table.verdict("lost", "high>50%")
    with pytest.raises(ValueError, match="'comet'"):
        table.flips("comet")


def test_nothing_to_compare_is_refused():
    with pytest.raises(ValueError, match="no definition"):
        multiverse(ITEMS, FIVE, rules={})


def enlight():
    """Round 1 of ENLIGHT: counts per item, and the authors' own decisions."""
    files = [
        REAL_DATA / name
        for name in ("enlight_round1_ratings.csv", "enlight_round1_published_item_rating.csv")
    ]
    if not all(file.exists() for file in files):
        pytest.skip("the ENLIGHT ratings are not beside the checkout (RONDO_REAL_DATA)")
    ratings, published = (
        list(csv.DictReader(file.read_text(encoding="utf-8").splitlines())) for file in files
    )
    absent = {"X": Answer.absent(Missing.UNABLE), "": Answer.absent(Missing.SKIPPED)}
    scale = Scale.of(1, 7, low_until=3, high_from=5)
    counts = {
        column.split(" ", 1)[1]: ItemCounts.from_answers(
            [absent.get(row[column]) or Answer(int(row[column])) for row in ratings], scale
        )
        for column in ratings[0]
        if column != "rater"
    }
    return scale, counts, published


def test_enlights_own_rule_gives_enlights_own_decisions():
    # More than 75 % in 5-7 (or 1-3) of all answers, "cannot judge" included.
    scale, counts, published = enlight()
    rule = parse("high>75%", scale).counting_unable()

    for row in published:
        # One label is shortened in the published file.
        start = row["Var2"][:20]
        (item,) = [row["Var2"]] if row["Var2"] in counts else [n for n in counts if n[:20] == start]
        verdict = rule.judge(counts[item], scale).verdict
        assert (verdict is Verdict.IN) == (row["incl_yn"] == "y"), item
        assert (verdict is Verdict.OUT) == (row["excl_yn"] == "y"), item
    assert len(published) == 61


def test_most_of_enlights_items_hang_on_the_definition():
    scale, counts, _ = enlight()
    own = parse("high>75%", scale).counting_unable()

    table = multiverse(counts, scale, own=own)

    printed = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    for name, kept in table.kept().items():
        assert f"| `{name}` | {kept} | {table.flips()[name]} |" in printed
    assert not any(verdict is Verdict.OUT for row in table.verdicts for verdict in row)
    assert (len(table.in_under_all), len(table.in_under_none), len(table.depending)) == (1, 10, 50)


def test_without_the_strict_rules_more_of_enlights_items_are_in_under_all():
    scale, counts, _ = enlight()
    whole = multiverse(counts, scale, own=parse("high>75%", scale).counting_unable())
    rules = dict(zip(whole.definitions, whole.rules, strict=True))
    del rules["rand-strict"], rules["rand-relaxed"]

    assert len(multiverse(counts, scale, rules=rules).in_under_all) == 11
