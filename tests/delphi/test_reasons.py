"""Asking for reasons: outside the middle half, across a band, and otherwise not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi.reasons import Asked, reason_asked
from surveys.delphi.scale import Scale

NINE = Scale.of(1, 9)


def asked(rating, *, middle=None, earlier=None):
    return reason_asked(rating, NINE, middle=middle, earlier=earlier)


def test_nothing_shown_raises_no_question():
    assert [asked(point) for point in NINE] == [None] * 9


@pytest.mark.parametrize(
    ("rating", "found"),
    [(3, Asked.OUTSIDE), (4, Asked.OUTSIDE), (5, None), (7, None), (8, Asked.OUTSIDE)],
)
def test_a_rating_outside_the_middle_half_asks_why(rating, found):
    assert asked(rating, middle=(4.5, 7)) is found


def test_a_rating_on_the_edge_of_the_middle_half_is_in_it():
    assert asked(4, middle=(4, 4)) is None


@pytest.mark.parametrize(
    ("earlier", "rating", "found"),
    [(3, 4, Asked.CROSSED), (4, 6, None), (7, 9, None), (9, 6, Asked.CROSSED), (5, 5, None)],
)
def test_a_rating_in_another_band_than_the_own_earlier_one_asks_why(earlier, rating, found):
    assert asked(rating, earlier=earlier) is found


def test_who_stands_apart_is_asked_about_that_first():
    assert asked(2, middle=(6, 8), earlier=7) is Asked.OUTSIDE


def test_who_moved_into_the_middle_is_asked_what_changed():
    assert asked(7, middle=(6, 8), earlier=2) is Asked.CROSSED


@given(st.integers(1, 9), st.integers(1, 9))
def test_who_keeps_a_rating_within_the_middle_half_is_never_asked(one, other):
    low, high = sorted((one, other))
    for rating in range(low, high + 1):
        assert asked(rating, middle=(low, high), earlier=rating) is None


@given(st.integers(1, 9), st.integers(1, 9))
def test_crossing_a_band_does_not_depend_on_the_direction(one, other):
    assert asked(one, earlier=other) is asked(other, earlier=one)
