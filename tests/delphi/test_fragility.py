"""How many changed ratings flip a verdict, and which verdicts hang on one expert."""

import doctest
import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi import fragility as module
from surveys.delphi import reach
from surveys.delphi.conditions import EveryGroup, Share, points_of, row_of
from surveys.delphi.consensus import ConsensusRule, Verdict
from surveys.delphi.fragility import (
    Fragility,
    NotKnown,
    fragility,
    fragility_each,
    influence,
    without_one,
)
from surveys.delphi.reach import Answer, Boxes, NotBoxes, reaching
from surveys.delphi.redundancy import every_panel
from surveys.delphi.summary import ItemCounts, as_groups
from surveys.stats.counts import from_counts
from tests.delphi.rulebook import FIVE, FOUR, LOCALES, NINE, TYPED, panels, presets_on, typed

UNABLE = 2
STUDY = ConsensusRule.share_with_limit(75, 15)


@functools.cache
def every_distance(rule, scale, n):
    """The fewest changes from every panel of n ratings, by comparing each with every other."""
    all_panels = every_panel(n, scale)
    table = from_counts(
        all_panels, points=points_of(scale), unable=np.full(len(all_panels), UNABLE)
    )
    codes = rule.codes_each(table, scale)
    apart = np.abs(all_panels[:, None, :] - all_panels[None, :, :]).sum(axis=2) // 2
    apart = np.where(codes[:, None] != codes[None, :], apart, n + 1)
    return {
        tuple(int(count) for count in panel): int(least)
        for panel, least in zip(all_panels, apart.min(axis=1), strict=True)
    }


@pytest.mark.parametrize("text", TYPED)
@given(counts=panels(FIVE, least=1, most=6), counting=st.booleans())
def test_no_panel_with_another_verdict_is_nearer(text, counts, counting):
    rule = typed(text).counting_unable() if counting else typed(text)
    expected = every_distance(rule, FIVE, counts.n)[counts.counts]

    found = fragility(rule, ItemCounts(counts.counts, unable=UNABLE), FIVE)

    if rule.judge(counts, FIVE).reason == "too_few":
        assert found.reason is NotKnown.TOO_FEW
    elif expected > counts.n:
        assert found == Fragility(None, 0, NotKnown.NEVER)
    else:
        assert found == Fragility(expected, expected)


@pytest.mark.parametrize("name", ["rand-ipras", "rand-classic", "rand-agreement", "near-median-80"])
@given(counts=panels(NINE, least=3, most=4))
def test_nor_on_nine_points(name, counts):
    rule = ConsensusRule(presets_on(NINE)[name].in_when, presets_on(NINE)[name].out_when, 1)
    expected = every_distance(rule, NINE, counts.n)[counts.counts]

    found = fragility(rule, ItemCounts(counts.counts, unable=UNABLE), NINE)

    assert found.changes == (expected if expected <= counts.n else None)


@given(panels(FOUR, least=1, most=7))
def test_nor_on_a_scale_without_a_middle(counts):
    for text in ("agreement", "no disagreement (classic)", "median in high", "low<=10%"):
        rule = typed(text, FOUR)
        expected = every_distance(rule, FOUR, counts.n)[counts.counts]

        found = fragility(rule, ItemCounts(counts.counts, unable=UNABLE), FOUR)

        assert found.changes == (expected if expected <= counts.n else None)


@pytest.mark.parametrize(
    ("low", "middle", "high", "changes"),
    [(0, 3, 9, 1), (0, 0, 12, 2), (0, 4, 8, 1), (0, 12, 0, 9), (6, 0, 6, 5)],
)
def test_the_first_study_is_as_fragile_as_a_person_would_count(low, middle, high, changes):
    # Of 12 ratings 9 make 75 %, and at most 1 may be opposite.
    assert fragility(STUDY, ItemCounts((low, 0, middle, 0, high)), FIVE).changes == changes


def test_a_thousand_experts_are_no_obstacle():
    counts = ItemCounts((50, 50, 100, 400, 400))

    assert fragility(STUDY, counts, FIVE).changes == 51
    # The lower quartile falls once the 250th rating is 3, and 200 are 3 or less already.
    assert fragility(typed("iqr<=1 and median>=4"), counts, FIVE).changes == 50


def test_too_few_ratings_have_no_verdict_to_flip():
    found = fragility(STUDY, ItemCounts.of([5, 5], FIVE), FIVE)

    assert found.reason is NotKnown.TOO_FEW
    assert found.changes is None


def test_a_verdict_that_nothing_changes_says_so():
    found = fragility(typed("high>=0%; out: never"), ItemCounts.of([1, 5], FIVE), FIVE)

    assert found.reason is NotKnown.NEVER


GROUPS = as_groups({"a": [5] * 4 + [3], "b": [5] * 7 + [3] * 3, "c": [4] * 3}, FIVE)
PANEL = GROUPS["a"] + GROUPS["b"] + GROUPS["c"]


def nearest_by_search(rule, groups, scale):
    """The fewest changes over all groups, by looking at every way of filling them."""
    verdict = rule.judge(sum_of(groups), scale, groups).verdict
    rings = [{tuple(sorted((name, group.counts) for name, group in groups.items()))}]
    for changes in range(1, sum_of(groups).n + 1):
        ring = set()
        for state in rings[-1]:
            for place, (name, counts) in enumerate(state):
                for moved in module._one_change_further([counts], set()):
                    ring.add((*state[:place], (name, moved), *state[place + 1 :]))
        rings.append(ring)
        for state in ring:
            there = {name: ItemCounts(counts) for name, counts in state}
            if rule.judge(sum_of(there), scale, there).verdict is not verdict:
                return changes
    return None


def sum_of(groups):
    first, *others = groups.values()
    for other in others:
        first = first + other
    return first


@pytest.mark.parametrize(
    "text",
    [
        "every group(high>=70% and low<15%)",
        "every group(high>=70%); out: every group(high<=50%)",
        "any group(high>=70%)",
        'group "b"(high>=60%)',
        "every group(iqr<=1) or any group(high>=90%)",
    ],
)
@given(first=panels(FOUR, least=1, most=3), second=panels(FOUR, least=1, most=3))
def test_changes_are_counted_over_all_groups(text, first, second):
    rule = typed(text, FOUR)
    groups = {"a": ItemCounts(first.counts), "b": ItemCounts(second.counts)}

    found = fragility(rule, sum_of(groups), FOUR, groups)

    assert found.changes == nearest_by_search(rule, groups, FOUR)


def test_one_group_can_undo_what_every_group_must_hold():
    rule = typed("every group(high>=70%)")

    assert fragility(rule, PANEL, FIVE, GROUPS).changes == 1
    assert fragility(typed("any group(high>=70%)"), PANEL, FIVE, GROUPS).changes == 3


def test_a_missing_or_small_group_leaves_nothing_to_flip():
    assert fragility(typed("every group(high>=70%)"), PANEL, FIVE).reason is NotKnown.NEVER
    absent = typed('group "d"(high>=60%)')
    assert fragility(absent, PANEL, FIVE, GROUPS).reason is NotKnown.NEVER
    small = ConsensusRule.mirrored(EveryGroup(Share.of("high", ">=", 70), minimum=4))
    assert fragility(small, PANEL, FIVE, GROUPS).changes == 1


@pytest.mark.parametrize(
    "text", ["equal groups(high>=70%)", "every group(high>=70%) and high>=80%"]
)
def test_rules_that_mix_the_ratings_of_groups_are_not_computed(text):
    found = fragility(typed(text), PANEL, FIVE, GROUPS)

    assert found == Fragility(None, 1, NotKnown.GROUPS)


def test_a_search_that_takes_too_long_says_at_least(monkeypatch):
    monkeypatch.setattr(module, "MOST_PANELS", 30)
    rule = typed("mean>=4 and high>=90%; out: never")

    found = fragility(rule, ItemCounts.of([1] * 9, FIVE), FIVE)

    assert found == Fragility(None, 3, NotKnown.MANY)


def test_a_mean_beside_a_share_is_searched_panel_by_panel():
    rule = typed("mean>=4 and high>=90%; out: never")

    assert fragility(rule, ItemCounts.of([5, 5, 3], FIVE), FIVE) == Fragility(1, 1)
    assert fragility(rule, ItemCounts.of([4, 3, 3], FIVE), FIVE) == Fragility(2, 2)


def test_a_search_without_end_finds_that_nothing_changes():
    always = typed("mean>=1 and mean<=5; out: never")
    never = typed("mean>5 and high>=90%; out: never")

    for rule in (always, never):
        assert fragility(rule, ItemCounts.of([1, 5], FIVE), FIVE).reason is NotKnown.NEVER


def test_items_with_the_same_counts_are_as_fragile():
    items = [ItemCounts((0, 0, 3, 0, 9)), ItemCounts((0, 0, 0, 0, 12)), ItemCounts((0, 0, 3, 0, 9))]

    assert [found.changes for found in fragility_each(STUDY, items, FIVE)] == [1, 2, 1]
    grouped = fragility_each(typed("every group(high>=70%)"), [PANEL] * 2, FIVE, [GROUPS] * 2)
    assert [found.changes for found in grouped] == [1, 1]


@pytest.mark.parametrize("locale", LOCALES)
def test_fragility_is_said_in_every_language(locale):
    for found in (Fragility(1, 1), Fragility(3, 3), *(Fragility(None, 4, why) for why in NotKnown)):
        said = found.sentence(locale)
        assert said
        assert "{" not in said


def test_boxes_hold_what_they_should():
    everything = Boxes.everything(3, points=5)

    assert not everything.empty
    assert everything.distance((0, 0, 3, 0, 0)) == 0
    assert Boxes.nothing(3, points=5).distance((0, 0, 3, 0, 0)) is None
    assert everything.points == 5


def test_changes_up_and_down_can_cost_more_than_either_alone():
    # Two ratings at 2, two at 4; one of them must come to 1, two leave 2, three be at most 3.
    box = Boxes.of(4, [[1, 0, 3]], [[4, 1, 4]], points=4)

    assert box.distance((0, 2, 0, 2)) == 3


def test_a_mean_is_no_set_of_boxes():
    with pytest.raises(NotBoxes, match="'mean'"):
        reaching(typed("mean>=4").in_when, Answer.YES, n=5, unable=0, scale=FIVE)


def test_too_many_boxes_are_refused(monkeypatch):
    monkeypatch.setattr(reach, "MOST_BOXES", 3)
    condition = typed("2-4>=60% and 3-4>=20%").in_when

    with pytest.raises(NotBoxes, match="more than 3 boxes"):
        reaching(condition, Answer.YES, n=9, unable=0, scale=FIVE)


def test_a_condition_by_group_is_about_several_panels():
    with pytest.raises(NotBoxes, match="several panels"):
        reaching(EveryGroup(Share.of("high", ">=", 70)), Answer.YES, n=5, unable=0, scale=FIVE)


@given(panels(FIVE, least=1, most=7), st.sampled_from(TYPED), st.sampled_from(Answer))
def test_a_panel_is_in_the_boxes_exactly_when_the_condition_has_that_answer(counts, text, wanted):
    condition = typed(text).in_when
    if any(leaf.kind == "mean" for leaf in condition.leaves()):
        return
    held = condition.check(counts, FIVE).holds
    is_so = {
        Answer.YES: held is True,
        Answer.NOT_YES: held is not True,
        Answer.NO: held is False,
        Answer.NOT_NO: held is not False,
    }

    boxes = reaching(condition, wanted, n=counts.n, unable=counts.unable, scale=FIVE)

    assert (boxes.distance(counts.counts) == 0) is is_so[wanted]


RATINGS = np.array(
    [
        [5, 5, 1, 5],
        [5, 4, 1, 5],
        [4, 4, 2, 5],
        [5, 5, 5, 5],
        [4, 3, 3, 4],
        [5, 3, 3, np.nan],
    ]
)


def test_verdicts_that_hang_on_one_expert_are_those_a_recount_changes():
    found = influence(STUDY, RATINGS, FIVE)

    for expert in range(len(RATINGS)):
        rest = np.delete(RATINGS, expert, axis=0)
        for item in range(RATINGS.shape[1]):
            given = rest[:, item][~np.isnan(rest[:, item])]
            verdict = STUDY.judge(ItemCounts.of(given, FIVE), FIVE).verdict
            assert found.changed[expert, item] == (verdict is not found.verdicts[item])
    assert found.by_expert.sum() == found.by_item.sum() == found.changed.sum()


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        (typed("every group(high>=70%)"), "whole panel"),
        (STUDY.counting_unable(), "shares are of usable ratings"),
    ],
)
def test_influence_is_for_rules_that_ratings_alone_decide(rule, complaint):
    with pytest.raises(ValueError, match=complaint):
        influence(rule, RATINGS, FIVE)


def test_experts_with_the_same_rating_are_asked_once():
    counts = ItemCounts((0, 0, 3, 0, 9))

    assert without_one(STUDY, counts, FIVE) == {("", 5): Verdict.NO_CONSENSUS}


def test_an_expert_leaves_their_group_and_the_panel():
    rule = typed("every group(high>=70%) and n>=3")
    groups = as_groups({"a": [5, 5, 5, 3], "b": [5, 5, 5, 5]}, FIVE)
    counts = groups["a"] + groups["b"] + ItemCounts.of([1], FIVE)

    assert without_one(rule, counts, FIVE, groups) == {("a", 5): Verdict.NO_CONSENSUS}


def test_a_row_of_a_table_is_one_item():
    table = from_counts([[1, 0, 2, 0, 0]], points=points_of(FIVE), unable=[4])

    assert row_of(table, 0) == ItemCounts((1, 0, 2, 0, 0), unable=4)


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(module).failed == 0
