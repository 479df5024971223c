"""What experts are shown, and what is too small to show."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi import feedback
from surveys.delphi.feedback import FeedbackPolicy, Shown, Whose
from surveys.delphi.summary import ItemCounts
from tests.delphi.rulebook import LOCALES

POLICY = FeedbackPolicy()


def of(n):
    return ItemCounts((n, 0, 0, 0, 0))


def panel_of(sizes, ungrouped=0):
    return of(sum(sizes.values()) + ungrouped), {name: of(n) for name, n in sizes.items()}


def test_five_ratings_may_be_shown_and_four_may_not():
    assert POLICY.may_show(5)
    assert not POLICY.may_show(4)


def test_a_small_panel_is_not_shown_at_all():
    found = POLICY.disclose(*panel_of({"a": 2, "b": 2}))

    assert found.panel is None
    assert found.groups == {}
    assert found.withheld == ("a", "b")


def test_groups_large_enough_are_shown():
    found = POLICY.disclose(*panel_of({"a": 5, "b": 9}))

    assert list(found.groups) == ["a", "b"]
    assert found.withheld == ()


def test_one_small_group_takes_the_next_smallest_with_it():
    found = POLICY.disclose(*panel_of({"a": 2, "b": 9, "c": 6}))

    assert found.too_small == ("a",)
    assert found.protecting == ("c",)
    assert list(found.groups) == ["b"]


def test_two_small_groups_that_hide_each_other_are_enough():
    found = POLICY.disclose(*panel_of({"a": 2, "b": 3, "c": 6}))

    assert found.protecting == ()
    assert list(found.groups) == ["c"]


def test_experts_without_a_group_are_protected_as_a_group_would_be():
    found = POLICY.disclose(*panel_of({"a": 8, "b": 6}, ungrouped=1))

    assert found.protecting == ("b",)


def test_a_group_without_ratings_gives_nothing_away():
    found = POLICY.disclose(*panel_of({"a": 0, "b": 6, "c": 7}))

    assert found.too_small == ("a",)
    assert found.protecting == ()


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9), max_size=6),
    st.integers(0, 6),
    st.integers(2, 6),
)
def test_no_shown_numbers_give_a_small_number_away(sizes, ungrouped, smallest):
    policy = FeedbackPolicy(smallest_group=smallest)
    panel, groups = panel_of(sizes, ungrouped)

    found = policy.disclose(panel, groups)

    shown = sum(counts.n for counts in found.groups.values())
    assert all(counts.n >= smallest for counts in found.groups.values())
    if found.panel is not None:
        remainder = panel.n - shown
        assert remainder == 0 or remainder >= smallest
    assert set(found.withheld) | set(found.groups) == set(groups)


def test_a_panel_without_groups_is_shown_whole():
    assert POLICY.disclose(of(7)).panel == of(7)


@pytest.mark.parametrize(
    "settings",
    [
        {"smallest_group": 1},
        {"smallest_group": True},
        {"shows": ("median", "median")},
        {"shows": ("names",)},
        {"whose": "everybody"},
    ],
)
def test_a_policy_that_shows_a_person_or_nothing_known_is_refused(settings):
    with pytest.raises(ValueError, match="smallest|once|names|everybody"):
        FeedbackPolicy(**settings)


@pytest.mark.parametrize(
    "policy",
    [
        POLICY,
        FeedbackPolicy(()),
        *(FeedbackPolicy(tuple(Shown), whose) for whose in Whose),
    ],
)
def test_policies_are_stored_and_said(policy):
    assert FeedbackPolicy.from_json(policy.to_json()) == policy
    assert len({policy.sentence(locale) for locale in LOCALES}) == 4


def test_a_policy_that_shows_nothing_says_so():
    assert FeedbackPolicy(()).sentence("en") == "Experts see nothing of the previous round."


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(feedback).failed == 0
