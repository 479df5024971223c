"""Numbers are understood as people type them in four languages, and never guessed at."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi.answer import Answer, Missing
from surveys.items.base import InvalidAnswer
from surveys.items.numbers import (
    check_within,
    decimal_sign,
    missing_names,
    plain,
    reason_cell,
    spoken,
    typed,
    why_absent,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" 12 ", 12),
        ("3.5", 3.5),
        ("3,5", 3.5),
        ("+4", 4),
        ("-4", -4),
        ("−4,25", -4.25),
        ("12 500", 12_500),
        ("12\u00a0500,5", 12_500.5),
        ("12\u202f500", 12_500),
        ("12’500", 12_500),
        ("-0", 0),
        ("007", 7),
    ],
)
def test_a_number_is_read_as_it_is_typed(text, number):
    read = typed(text, 2)
    assert read == number
    assert math.copysign(1, read) == math.copysign(1, number or 1)


@pytest.mark.parametrize("text", ["many", "1e5", "1.2.3", "12 years", "½", "٣", "1,", ".5", "--1"])
def test_what_is_no_number_is_given_back_in_a_sentence(text):
    with pytest.raises(InvalidAnswer, match="is not a number") as refused:
        typed(text, 2)
    assert refused.value.sentence.values["typed"] == text


@pytest.mark.parametrize("text", ["1,500", "1.500", "12,345"])
def test_a_sign_for_thousands_is_never_taken_for_a_decimal_sign(text):
    with pytest.raises(InvalidAnswer, match="no sign for thousands"):
        typed(text, 2)
    with pytest.raises(InvalidAnswer, match="whole number, without a sign for thousands"):
        typed(text, 0)


def test_more_decimals_are_read_where_they_are_asked_for():
    assert typed("1,125", 3) == 1.125


def test_numbers_that_no_file_keeps_exactly_are_refused():
    with pytest.raises(InvalidAnswer, match="too large"):
        typed("1000000000000000", 0)


@given(st.decimals(-(10**9), 10**9, places=6, allow_nan=False))
def test_a_number_in_a_field_is_read_as_the_same_number(number):
    assert typed(plain(float(number)), 6) == float(number)


@pytest.mark.parametrize(
    ("bounds", "number", "said"),
    [
        ((0, 60), 61, "from 0 to 60"),
        ((0, 60), -1, "from 0 to 60"),
        ((0, None), -0.5, "at least 0"),
        ((None, 60), 60.5, "at most 60"),
    ],
)
def test_a_number_outside_its_bounds_is_told_them(bounds, number, said):
    with pytest.raises(InvalidAnswer, match=said):
        check_within(number, *bounds)


@pytest.mark.parametrize("bounds", [(0, 60), (0, None), (None, 60), (None, None)])
def test_both_bounds_are_allowed(bounds):
    check_within(0, *bounds)
    check_within(60, *bounds)


def test_a_number_is_spoken_in_the_readers_language():
    assert spoken(12.5, "en", "years") == "12.5\u00a0years"
    assert spoken(-12.5, "nl") == "−12,5"
    assert spoken(12.5, "") == "12.5"
    assert [spoken(40, language, "%") for language in ("en", "nl", "fr", "de", "")] == [
        "40%",
        "40%",
        "40\u202f%",
        "40\u202f%",
        "40%",
    ]
    assert [decimal_sign(language) for language in ("en", "nl", "fr", "de", "")] == list(".,,,.")


def test_a_missing_number_has_its_reason_in_a_column_of_its_own():
    column = why_absent("R1_N01", "How many?", "nl")
    assert (column.name, column.label) == (
        "r1_n01_missing",
        "Waarom er geen antwoord is: How many?",
    )
    assert column.values == missing_names("nl")
    assert reason_cell(Answer(-2)) is None
    assert reason_cell(None) == reason_cell(Answer.absent(Missing.SKIPPED)) == -1
    assert reason_cell(Answer.absent(Missing.UNABLE)) == -2
