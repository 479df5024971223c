"""What experts are shown, and what is too small to show."""

import doctest

import pytest

from surveys.delphi import feedback
from surveys.delphi.feedback import FeedbackPolicy, Shown, Whose
from tests.delphi.rulebook import LOCALES

POLICY = FeedbackPolicy()


def test_five_ratings_may_be_shown_and_four_may_not():
    assert POLICY.may_show(5)
    assert not POLICY.may_show(4)


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


def test_a_policy_that_shows_groups_says_what_becomes_of_small_ones():
    by_group = FeedbackPolicy(whose=Whose.ALL_GROUPS)

    assert "together, as others" in by_group.sentence("en")
    assert "others" not in POLICY.sentence("en")


def test_a_policy_that_shows_nothing_says_so():
    assert FeedbackPolicy(()).sentence("en") == "Experts see nothing of the previous round."


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(feedback).failed == 0
