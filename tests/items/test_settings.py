"""Settings are read as a study file, a form or the database writes them, and refused in sentences."""

import pytest

from surveys.items.settings import (
    decimal,
    optional_decimal,
    refuse_others,
    text_in,
    texts,
    truth,
    whole,
    without_point,
)


def test_a_text_written_once_is_the_same_in_every_language():
    assert texts(" mm Hg ", "unit") == dict.fromkeys(("en", "nl", "fr", "de"), "mm Hg")
    assert texts(2020, "name")["nl"] == "2020"


def test_a_text_per_language_stays_so():
    assert texts({"en": "years", "nl": " jaar"}, "unit") == {"en": "years", "nl": "jaar"}


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_nothing_is_no_text(nothing):
    assert texts(nothing, "unit") == {}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "unit must be a text, or a text per language"),
        (["years"], "unit must be a text, or a text per language"),
        ({"en": " "}, "unit must be a text"),
        ({"en": False}, "unit must be a text"),
        ({"en": "years", "es": "años"}, "unit has a text in es"),
    ],
)
def test_what_is_no_text_is_refused_with_its_name(value, said):
    with pytest.raises(ValueError, match=said):
        texts(value, "unit")


def test_a_text_falls_back_on_the_first_there_is():
    assert text_in({"en": "years", "nl": "jaar"}, "nl") == "jaar"
    assert text_in({"nl": "jaar"}, "de") == "jaar"
    assert text_in({}, "nl") == ""


def test_an_unknown_setting_is_named_with_those_there_are():
    with pytest.raises(ValueError, match="a slider has no setting colour; it has high, low"):
        refuse_others({"low": 1, "colour": "red"}, {"low", "high"}, "a slider")


@pytest.mark.parametrize("value", [3, 3.0, "3", " 3 "])
def test_whole_numbers_are_read_from_files_and_forms(value):
    assert whole(value, "step") == 3


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("many", "step must be a number, not 'many'"),
        (True, "step must be a number"),
        (None, "step must be a number"),
        (2.5, "step must be a whole number"),
        (0, "step must be at least 1"),
        (9, "step must be at most 8"),
        (float("inf"), "step must be a number below"),
        (float("nan"), "step must be a number below"),
    ],
)
def test_other_numbers_are_refused_with_their_bounds(value, said):
    with pytest.raises(ValueError, match=said):
        whole(value, "step", least=1, most=8)


def test_a_bound_may_be_left_out():
    assert optional_decimal({}, "minimum") is None
    assert optional_decimal({"minimum": ""}, "minimum") is None
    assert optional_decimal({"minimum": "0.5"}, "minimum") == 0.5
    assert decimal(-2, "minimum") == -2


def test_yes_and_no_come_from_files_and_boxes():
    assert truth(True, "confidence") is truth("yes", "confidence") is True
    assert (
        truth(None, "confidence") is truth("", "confidence") is truth(False, "confidence") is False
    )
    with pytest.raises(ValueError, match="confidence must be true or false, not 'perhaps'"):
        truth("perhaps", "confidence")


def test_numbers_are_stored_as_people_write_them():
    assert repr(without_point(12.0)) == "12"
    assert repr(without_point(0.5)) == "0.5"
    assert without_point(None) is None
