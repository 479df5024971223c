"""Rules for a whole list: the top so many, and concordance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi.consensus import Verdict
from surveys.delphi.lists import Concordance, OrderedBy, PlaceReason, TopK
from surveys.delphi.stored import load
from surveys.delphi.summary import ItemCounts
from tests.delphi.rulebook import FIVE, LOCALES, panels


def counted(**ratings):
    return {code: ItemCounts.of(given, FIVE) for code, given in ratings.items()}


def test_the_items_with_the_highest_means_are_in():
    items = counted(a=[5, 5, 5], b=[1, 1, 5], c=[4, 4, 4], d=[3, 3, 3])

    placed = TopK(2, minimum=1).judge(items, FIVE)

    assert {code: found.verdict.value for code, found in placed.items()} == {
        "a": "in",
        "b": "no consensus",
        "c": "in",
        "d": "no consensus",
    }


def test_mean_and_median_order_differently():
    items = counted(skewed=[5, 5, 1], even=[4, 4, 4])

    assert TopK(1, minimum=1).judge(items, FIVE)["even"].verdict is Verdict.IN
    by_median = TopK(1, OrderedBy.MEDIAN, minimum=1).judge(items, FIVE)
    assert by_median["skewed"].verdict is Verdict.IN


def test_items_tied_across_the_last_place_are_undecided():
    items = counted(a=[5, 5], b=[4, 4], c=[3, 5], d=[1, 1])

    placed = TopK(2, minimum=1).judge(items, FIVE)

    assert placed["a"].verdict is Verdict.IN
    assert {placed["b"].reason, placed["c"].reason} == {PlaceReason.TIED_AT_THE_CUT}
    assert TopK(3, minimum=1).judge(items, FIVE)["c"].verdict is Verdict.IN


def test_an_item_with_too_few_ratings_takes_no_place():
    items = counted(a=[5], b=[4] * 5, c=[3] * 5)

    placed = TopK(1).judge(items, FIVE)

    assert placed["a"].reason is PlaceReason.TOO_FEW
    assert placed["a"].value is None
    assert placed["b"].verdict is Verdict.IN


@given(st.dictionaries(st.text("abcdef", min_size=1), panels(FIVE)), st.integers(1, 4))
def test_never_more_than_so_many_are_in_and_every_place_is_said(items, size):
    placed = TopK(size, minimum=1).judge(items, FIVE)

    assert sum(found.verdict is Verdict.IN for found in placed.values()) <= size
    for found in placed.values():
        assert found.to_json()["n"] == found.n
        assert all("{" not in found.sentence(locale) for locale in LOCALES)


@pytest.mark.parametrize("settings", [{"size": 0}, {"size": True}, {"size": 3, "minimum": 0}])
def test_a_number_of_places_starts_at_one(settings):
    with pytest.raises(ValueError, match="a whole number from 1"):
        TopK(**settings)


def test_experts_who_order_alike_agree_on_the_list():
    judged = Concordance().judge([[1, 2, 3], [1, 2, 3], [1, 2, 4]])

    assert judged.holds is True
    assert judged.w == pytest.approx(1)
    assert "3 experts" in judged.sentence("en")


def test_experts_who_order_oppositely_do_not():
    judged = Concordance.of(">", "0").judge([[1, 2, 3], [3, 2, 1]])

    assert judged.holds is False
    assert "does not agree enough" in judged.sentence("en")


def test_a_w_exactly_at_the_threshold_is_at_least_it():
    # m = 2, k = 3, rank sums 3, 4, 5: S = 2, W = 12 * 2 / (4 * 24) = 1/4.
    ratings = [[1, 2, 3], [2, 2.5, 1]]
    w = Concordance.of(">=", "0.5").judge(ratings).w

    assert w == pytest.approx(0.25)
    assert Concordance.of(">=", "0.25").judge(ratings).holds is True
    assert Concordance.of(">", "0.25").judge(ratings).holds is False


def test_one_expert_cannot_agree_on_a_list():
    judged = Concordance().judge([[1, 2, 3]])

    assert judged.holds is None
    assert judged.reason == "one expert"
    assert all("{" not in judged.sentence(locale) for locale in LOCALES)


@pytest.mark.parametrize(("comparison", "value"), [("<=", "0.7"), (">=", "1.5"), (">=", "-1")])
def test_concordance_asks_for_a_high_w(comparison, value):
    with pytest.raises(ValueError, match="W"):
        Concordance.of(comparison, value)


@pytest.mark.parametrize("rule", [TopK(10), Concordance.of(">=", "0.6")])
def test_list_rules_are_stored_and_said(rule):
    assert load(rule.to_json()) == rule
    assert all("{" not in rule.sentence(locale) for locale in LOCALES)
