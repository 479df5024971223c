"""Counts of one item and pairs between two rounds."""

import doctest
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi import summary
from surveys.delphi.answer import Answer, Missing
from surveys.delphi.scale import Band
from surveys.delphi.summary import ItemCounts, PairCounts, as_groups
from tests.delphi.rulebook import FIVE, FOUR, NINE

POINTS = st.sampled_from(FIVE.points)


def test_every_reason_for_missing_is_counted_apart():
    answers = [Answer(4), Answer(5.0), *(Answer.absent(reason) for reason in Missing)]

    counts = ItemCounts.from_answers(answers, FIVE)

    assert counts == ItemCounts((0, 0, 0, 1, 1), unable=1, skipped=1, not_shown=1, withdrawn=1)
    assert counts.n == 2
    assert counts.asked == 4


@pytest.mark.parametrize("answer", [Answer(6), Answer(3.5), Answer(detail="text")])
def test_an_answer_off_the_scale_is_refused(answer):
    with pytest.raises(ValueError, match="not a point of 1 to 5"):
        ItemCounts.from_answers([answer], FIVE)


@pytest.mark.parametrize("counts", [(1, -1), (1.5, 0), (True, 0)])
def test_a_count_is_a_whole_number_from_zero(counts):
    with pytest.raises(ValueError, match="a count is a whole number"):
        ItemCounts(counts)


def test_bands_are_counted():
    counts = ItemCounts.of([1, 1, 5, 7, 9, 9], NINE)

    assert counts.by_band(NINE) == {Band.LOW: 2, Band.MIDDLE: 1, Band.HIGH: 3}
    assert ItemCounts.of([1, 4], FOUR).in_band(FOUR, Band.MIDDLE) == 0
    assert counts.between(NINE, -5, 1) == 2


@given(st.lists(POINTS))
def test_ratings_come_back_in_order(ratings):
    counts = ItemCounts.of(ratings, FIVE)

    assert list(counts.ratings(FIVE)) == sorted(ratings)
    assert counts.n == len(ratings)


@given(st.lists(POINTS), st.lists(POINTS))
def test_two_groups_together_are_one_panel(first, second):
    groups = as_groups({"a": first, "b": second}, FIVE)

    assert groups["a"] + groups["b"] == ItemCounts.of(first + second, FIVE)


def test_groups_on_two_scales_do_not_add_up():
    with pytest.raises(ValueError, match="4 and 5 points"):
        ItemCounts((0,) * 4) + ItemCounts((0,) * 5)


def test_counts_of_another_scale_are_refused():
    with pytest.raises(ValueError, match="4 counts do not fit a scale of 5 points"):
        ItemCounts((0,) * 4).in_band(FIVE, Band.LOW)


@given(st.lists(st.tuples(POINTS, POINTS), min_size=1))
def test_movement_is_what_a_person_would_count(pairs):
    moved = PairCounts.of(pairs, FIVE)

    assert moved.pairs == len(pairs)
    assert moved.unchanged == sum(was == became for was, became in pairs)
    assert moved.within(1) == sum(abs(was - became) <= 1 for was, became in pairs)
    assert moved.moved_up == sum(became > was for was, became in pairs)
    assert moved.moved_down == sum(became < was for was, became in pairs)
    assert moved.same_band(FIVE) == sum(
        FIVE.band_of(was) is FIVE.band_of(became) for was, became in pairs
    )
    before, after = (ItemCounts.of(column, FIVE).counts for column in zip(*pairs, strict=True))
    assert (moved.earlier, moved.later) == (before, after)
    change = sum(abs(a - b) for a, b in zip(before, after, strict=True))
    assert moved.net_change == Fraction(change, 2 * len(pairs))


def test_experts_who_swap_places_are_no_net_change():
    swapped = PairCounts.of([(1, 9)] * 6 + [(9, 1)] * 6, NINE)

    assert swapped.net_change == 0
    assert swapped.unchanged == 0


def test_without_pairs_nothing_moved():
    assert PairCounts.none(FIVE).net_change is None
    assert PairCounts.none(FIVE).pairs == 0


@pytest.mark.parametrize("table", [((1,),), ((1, 2), (3,)), ()])
def test_a_table_of_pairs_is_square(table):
    with pytest.raises(ValueError, match="square"):
        PairCounts(table)


def test_a_table_of_pairs_holds_counts():
    with pytest.raises(ValueError, match="-1"):
        PairCounts(((1, -1), (0, 0)))


def test_a_pair_off_the_scale_is_refused():
    with pytest.raises(ValueError, match="6 is not a point of 1 to 5"):
        PairCounts.of([(5, 6)], FIVE)


def test_pairs_of_another_scale_are_refused():
    with pytest.raises(ValueError, match="a table of 4 points does not fit 1 to 5"):
        PairCounts.none(FOUR).same_band(FIVE)


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(summary).failed == 0
