"""Thresholds are exact, and a boundary either counts or does not."""

import doctest
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi import exact
from surveys.delphi.exact import Comparison


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("70", Fraction(70)),
        ("66.7", Fraction(667, 10)),
        ("200/3", Fraction(200, 3)),
        ("-0.5", Fraction(-1, 2)),
        (70, Fraction(70)),
        (Decimal("12.5"), Fraction(25, 2)),
        (Fraction(1, 3), Fraction(1, 3)),
    ],
)
def test_a_threshold_is_read_as_it_is_written(written, value):
    assert exact.exact(written) == value


@pytest.mark.parametrize("wrong", [0.7, True, "", "70%", "1e3", "1/0", "seven", " 70"])
def test_what_is_not_exact_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match="threshold|number") as refused:
        exact.exact(wrong)

    assert repr(wrong) in str(refused.value)


@given(st.fractions(-1000, 1000, max_denominator=500))
def test_a_threshold_written_down_is_read_back(value):
    assert exact.exact(exact.plain(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(70), "70"),
        (Fraction(1, 8), "0.125"),
        (Fraction(-1, 4), "-0.25"),
        (Fraction(200, 3), "200/3"),
        (Fraction(1, 50), "0.02"),
    ],
)
def test_a_finite_decimal_is_written_as_one(value, text):
    assert exact.plain(value) == text


@pytest.mark.parametrize("percent", [-1, 101, "100.1"])
def test_a_percentage_outside_0_to_100_is_refused(percent):
    with pytest.raises(ValueError, match="between 0 and 100"):
        exact.threshold(percent, percent=True)


def test_a_threshold_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="None"):
        exact.threshold(None)


def test_70_percent_of_10_is_7_and_16_of_23_is_not_70_percent():
    at_least = Comparison.AT_LEAST

    assert at_least.limit(Fraction(70), 10) == 7
    assert at_least.limit(Fraction(70), 23) == 17
    assert at_least.holds(100 * 7, Fraction(70) * 10)
    assert not at_least.holds(100 * 16, Fraction(70) * 23)


@given(
    st.sampled_from(Comparison),
    st.fractions(0, 100, max_denominator=30),
    st.integers(1, 60),
    st.integers(0, 60),
)
def test_the_limit_is_the_last_count_that_meets_the_threshold(comparison, percent, total, count):
    met = comparison.holds(Fraction(100 * count, total), percent)
    limit = comparison.limit(percent, total)

    assert met == (count >= limit if comparison.wants_much else count <= limit)


@given(st.sampled_from(Comparison), st.integers(-9, 9), st.integers(-9, 9))
def test_opposites_exclude_and_mirrors_reflect(comparison, value, limit):
    held = comparison.holds(value, limit)

    assert comparison.opposite.holds(value, limit) is not held
    assert comparison.mirrored.holds(-value, -limit) is held
    assert comparison.each(np.array([value]), limit).tolist() == [held]


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(exact).failed == 0
