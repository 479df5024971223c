"""Published definitions, on every scale they fit."""

import pytest

from surveys.delphi import presets
from surveys.delphi.consensus import ConsensusByRound, ConsensusRule, Verdict
from surveys.delphi.presets import BY_ID, PRESETS, fitting, preset
from surveys.delphi.scale import Scale
from surveys.delphi.stored import load
from surveys.delphi.summary import ItemCounts, as_groups
from tests.delphi.rulebook import FIVE, FOUR, LOCALES, NINE, SEVEN, presets_on


@pytest.mark.parametrize("chosen", PRESETS, ids=lambda chosen: chosen.id)
@pytest.mark.parametrize("scale", [FOUR, FIVE, SEVEN, NINE, Scale.of(0, 10)], ids=len)
def test_a_preset_fits_a_scale_or_says_it_does_not(chosen, scale):
    if not chosen.fits(scale):
        with pytest.raises(ValueError, match=f"{chosen.id} does not fit"):
            chosen.rule(scale)
        return
    rule = chosen.rule(scale)
    assert load(rule.to_json()) == rule
    assert len({chosen.sentence(locale, scale) for locale in LOCALES}) == 4


def test_ids_are_names_without_spaces_and_each_rule_stands_once():
    rules = [rule.hash for rule in presets_on(NINE).values()]

    assert len(BY_ID) == len(PRESETS)
    assert all(name == name.lower() and " " not in name for name in BY_ID)
    assert len(set(rules)) == len(rules)


def test_every_preset_that_is_fixed_to_a_scale_leaves_the_others_alone():
    assert "rand-ipras" in presets_on(NINE)
    assert "rand-ipras" not in presets_on(SEVEN)
    assert "cvi-78" in presets_on(FOUR)
    assert "cvi-78" not in presets_on(FIVE)
    assert "rand-classic" not in presets_on(FOUR)


def test_rules_by_group_are_compared_only_where_there_are_groups():
    names = {chosen.id for chosen in fitting(NINE)}

    assert not any(BY_ID[name].by_group for name in names)
    assert {chosen.id for chosen in fitting(NINE, groups=True)} - names == {
        "comet-70-15-every-group",
        "comet-70-15-out-50",
    }
    assert all(isinstance(chosen.rule(NINE), ConsensusRule) for chosen in fitting(NINE))


@pytest.mark.parametrize(
    ("name", "high", "low", "verdict"),
    [
        ("comet-70-15", 70, 14, Verdict.IN),
        ("comet-70-15", 70, 15, Verdict.NO_CONSENSUS),
        ("comet-50-15", 50, 14, Verdict.IN),
        ("share-80-15", 79, 0, Verdict.NO_CONSENSUS),
        ("share-75-15", 75, 15, Verdict.IN),
        ("share-75", 75, 25, Verdict.IN),
        ("share-over-75", 75, 25, Verdict.NO_CONSENSUS),
        ("share-over-75", 76, 24, Verdict.IN),
        ("share-70", 69, 0, Verdict.NO_CONSENSUS),
        ("share-67", 67, 33, Verdict.IN),
        ("share-67", 33, 67, Verdict.OUT),
        ("two-thirds", 66, 0, Verdict.NO_CONSENSUS),
        ("share-51", 51, 49, Verdict.IN),
        ("majority", 50, 0, Verdict.NO_CONSENSUS),
        ("majority", 49, 51, Verdict.OUT),
        ("one-band-75", 75, 0, Verdict.IN),
        ("one-band-75", 0, 25, Verdict.NO_CONSENSUS),
    ],
)
def test_shares_of_a_hundred_are_judged_at_their_boundary(name, high, low, verdict):
    counts = ItemCounts((low, 0, 0, 0, 100 - high - low, 0, 0, 0, high))

    assert presets_on(NINE)[name].judge(counts, NINE).verdict is verdict


def test_two_of_three_are_two_thirds_and_not_67_percent():
    counts = ItemCounts.of([5, 5, 5, 5, 3, 3], FIVE)

    assert presets_on(FIVE)["two-thirds"].judge(counts, FIVE).verdict is Verdict.IN
    assert presets_on(FIVE)["share-67"].judge(counts, FIVE).verdict is Verdict.NO_CONSENSUS


@pytest.mark.parametrize(("scale", "limit"), [(FIVE, "1"), (SEVEN, "1"), (NINE, "2")])
def test_the_limit_on_the_iqr_grows_with_the_scale(scale, limit):
    said = presets_on(scale)["median-iqr"].sentence("en", scale)

    assert f"is at most {limit}" in said


def test_the_definition_of_each_group_asks_each_group():
    rule = presets_on(NINE)["comet-70-15-every-group"]
    groups = as_groups({"patients": [8, 8, 8, 5], "nurses": [8] * 9 + [1]}, NINE)
    counts = groups["patients"] + groups["nurses"]

    assert rule.judge(counts, NINE, groups).verdict is Verdict.IN
    divided = as_groups({"patients": [8, 8, 5, 5], "nurses": [8] * 10}, NINE)
    assert rule.judge(counts, NINE, divided).verdict is Verdict.NO_CONSENSUS


def test_a_first_round_may_ask_for_less():
    by_round = preset("comet-50-15-then-70-15").rule(NINE)

    assert isinstance(by_round, ConsensusByRound)
    assert by_round.for_round(1) == presets_on(NINE)["comet-50-15"]
    assert by_round.for_round(2) == presets_on(NINE)["comet-70-15"]
    assert presets.of_one_round(preset("comet-50-15-then-70-15")) == "comet-50-15 or comet-70-15"


@pytest.mark.parametrize(
    ("ratings", "strict", "relaxed"),
    [
        ([7, 8, 8, 9, 9], Verdict.IN, Verdict.IN),
        ([1, 7, 8, 8, 9], Verdict.NO_CONSENSUS, Verdict.IN),
        ([1, 1, 7, 8, 9], Verdict.NO_CONSENSUS, Verdict.NO_CONSENSUS),
        ([1, 2, 2, 3, 9], Verdict.NO_CONSENSUS, Verdict.OUT),
    ],
)
def test_leaving_out_the_extremes_relaxes_the_strict_rule(ratings, strict, relaxed):
    counts = ItemCounts.of(ratings, NINE)

    assert presets_on(NINE)["rand-strict"].judge(counts, NINE).verdict is strict
    assert presets_on(NINE)["rand-relaxed"].judge(counts, NINE).verdict is relaxed


def test_a_preset_that_is_none_is_named_with_those_there_are():
    with pytest.raises(ValueError, match="'comet'; there are comet-70-15"):
        preset("comet")
    assert preset("cvr").reference.startswith("Lawshe")
