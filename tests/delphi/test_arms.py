"""Feedback arms: the draw is balanced, repeatable, and refuses what is no comparison."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi.arms import FeedbackArm, FeedbackArms
from surveys.delphi.feedback import FeedbackPolicy, Shown, Whose
from surveys.delphi.stored import load

NOTHING = FeedbackArm("none", FeedbackPolicy(shows=()))
NUMBERS = FeedbackArm("numbers", FeedbackPolicy(shows=(Shown.OWN_RATING, Shown.DISTRIBUTION)))
GROUPS = FeedbackArm("groups", FeedbackPolicy(whose=Whose.ALL_GROUPS))

panels = st.dictionaries(
    st.sampled_from(["counsellor", "physician", "nurse", "psychologist"]),
    st.lists(st.integers(0, 500), max_size=30, unique=True),
    min_size=1,
).map(lambda groups: {g: [f"{g}-{n}" for n in members] for g, members in groups.items()})


@given(panels, st.integers(0, 99))
def test_arms_are_balanced_over_the_panel(panel, seed):
    arms = FeedbackArms((NOTHING, NUMBERS, GROUPS), seed)
    allocation = arms.allocate(panel)
    assert set(allocation) == {expert for members in panel.values() for expert in members}
    counts = Counter(allocation.values())
    sizes = [counts[arm.code] for arm in arms.arms]
    assert max(sizes) - min(sizes) <= 1


@given(panels, st.integers(0, 99))
def test_arms_are_balanced_within_each_group(panel, seed):
    arms = FeedbackArms((NOTHING, NUMBERS), seed)
    allocation = arms.allocate(panel)
    for members in panel.values():
        counts = Counter(allocation[expert] for expert in members)
        # A group may begin and end inside a block: one expert more at either end.
        assert abs(counts["none"] - counts["numbers"]) <= 2


@given(panels, st.integers(0, 99))
def test_the_same_seed_draws_the_same_arms_whatever_the_order(panel, seed):
    arms = FeedbackArms((NOTHING, NUMBERS), seed)
    turned = {group: list(reversed(panel[group])) for group in reversed(list(panel))}
    assert arms.allocate(panel) == arms.allocate(turned)


def test_another_seed_draws_other_arms():
    panel = {"nurse": [f"E{n:02d}" for n in range(24)]}
    drawn = {
        tuple(sorted(FeedbackArms((NOTHING, NUMBERS), seed).allocate(panel).items()))
        for seed in range(20)
    }
    assert len(drawn) > 15


def test_arms_come_back_from_json_equal():
    arms = FeedbackArms((NOTHING, NUMBERS, GROUPS), 7)
    assert load(arms.to_json()) == arms
    assert FeedbackArms.from_json(arms.to_json()) == arms


def test_an_arm_knows_what_it_shows():
    arms = FeedbackArms((NOTHING, GROUPS))
    assert arms.policy_of("groups").whose is Whose.ALL_GROUPS
    with pytest.raises(KeyError):
        arms.policy_of("other")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FeedbackArms((NOTHING,)), "two arms"),
        (lambda: FeedbackArms((NOTHING, NOTHING)), "do not differ"),
        (lambda: FeedbackArms((NOTHING, NUMBERS), True), "whole number"),
        (lambda: FeedbackArm("", FeedbackPolicy()), "needs a code"),
        (lambda: FeedbackArm("a", None), "policy of an arm"),
    ],
)
def test_what_is_no_comparison_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
