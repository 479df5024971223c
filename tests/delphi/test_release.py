"""When live figures may be renewed."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi import release
from surveys.delphi.release import Cell, cell, may_release

ANSWERS = st.dictionaries(st.integers(0, 30), st.integers(1, 5), max_size=25)


def test_the_examples_in_the_text_run():
    assert doctest.testmod(release).failed == 0


def test_nothing_is_released_before_enough_people_answered():
    assert not may_release([cell({}, dict.fromkeys(range(4), 3))], 5)
    assert may_release([cell({}, dict.fromkeys(range(5), 3))], 5)


def test_one_late_answer_waits_for_others():
    released = dict.fromkeys(range(10), 3)

    assert not may_release([cell(released, released | {10: 1})], 5)
    assert may_release([cell(released, released | dict.fromkeys(range(10, 15), 1))], 5)


def test_a_change_of_mind_counts_as_an_answer_does():
    released = dict.fromkeys(range(10), 3)
    four = dict.fromkeys(range(4), 4)

    assert not may_release([cell(released, released | four)], 5)
    assert may_release([cell(released, released | four | {11: 3})], 5)


def test_who_changed_their_mind_and_changed_it_back_has_not_moved():
    assert cell({1: 3}, {1: 3}) == Cell(usable=1, differing=0)


def test_people_who_left_are_people_who_differ():
    released = dict.fromkeys(range(12), 3)

    assert not may_release([cell(released, dict.fromkeys(range(10), 3))], 5)
    assert may_release([cell(released, dict.fromkeys(range(7), 3))], 5)


def test_what_fell_below_the_smallest_group_is_not_released_again():
    assert not may_release([cell(dict.fromkeys(range(9), 3), dict.fromkeys(range(4), 3))], 5)


def test_the_same_figures_are_no_release():
    same = dict.fromkeys(range(9), 3)

    assert not may_release([cell(same, same)], 5)


def test_one_change_in_one_group_holds_back_all():
    assert not may_release([Cell(9, 6), Cell(8, 1)], 5)
    assert may_release([Cell(9, 6), Cell(8, 0)], 5)


def test_a_remainder_too_small_to_show_holds_back_all():
    assert not may_release([Cell(9, 9), Cell(2, 0)], 5)
    assert may_release([Cell(9, 9), Cell(0, 0)], 5)


def test_people_are_not_counted_below_zero():
    with pytest.raises(ValueError, match="from 0"):
        Cell(usable=3, differing=-1)


@given(st.lists(st.tuples(ANSWERS, ANSWERS), min_size=1, max_size=4), st.integers(2, 6))
def test_no_sum_of_cells_differs_from_its_last_release_in_too_few_people(pairs, smallest):
    """Whatever an onlooker adds up, the difference between two releases belongs to a crowd."""
    cells = [cell(before, now) for before, now in pairs]
    if not may_release(cells, smallest):
        return
    for chosen in range(1, 2 ** len(pairs)):
        parts = [pair for at, pair in enumerate(pairs) if chosen >> at & 1]
        movers = sum(
            len({who for who in before.keys() | now.keys() if before.get(who) != now.get(who)})
            for before, now in parts
        )
        answering = sum(len(now) for _, now in parts)

        assert movers == 0 or movers >= smallest
        assert answering == 0 or answering >= smallest
