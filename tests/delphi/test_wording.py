"""Numbers and lists as each language writes them."""

from fractions import Fraction

import pytest

from surveys.delphi import wording
from surveys.delphi.exact import Comparison

NARROW = "\u202f"


@pytest.mark.parametrize(
    ("locale", "language"), [("en", "en"), ("nl_BE", "nl"), ("fr-CA", "fr"), ("DE", "de")]
)
def test_a_locale_speaks_its_language(locale, language):
    assert wording.language(locale) == language


def test_a_language_rules_do_not_speak_is_named():
    with pytest.raises(ValueError, match="'pt'"):
        wording.language("pt")


@pytest.mark.parametrize(
    ("locale", "text"),
    [("en", "69.6%"), ("nl", "69,6%"), ("fr", f"69,6{NARROW}%"), ("de", f"69,6{NARROW}%")],
)
def test_a_percentage_is_written_by_locale(locale, text):
    assert wording.percent(Fraction(1600, 23), locale) == text


@pytest.mark.parametrize(
    ("count", "total", "text"),
    [
        (16, 23, "16 of 23 (69.6%)"),
        (7, 10, "7 of 10 (70%)"),
        (6999, 10000, "6999 of 10000 (69.99%)"),
        (0, 5, "0 of 5 (0%)"),
        (1, 3000000, "1 of 3000000 (0.00003%)"),
    ],
)
def test_a_share_below_70_percent_never_reads_70_percent(count, total, text):
    assert wording.share(count, total, "en") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(75), "75%"), (Fraction(667, 10), "66.7%"), (Fraction(200, 3), "2/3")],
)
def test_a_threshold_is_said_exactly(value, text):
    assert wording.percent_threshold(value, "en") == text


@pytest.mark.parametrize(
    ("value", "text"), [(Fraction(-7, 2), "\u22123.5"), (0.0, "0"), (-0.0001, "0"), (6, "6")]
)
def test_a_number_has_a_real_minus_and_no_idle_zeros(value, text):
    assert wording.number(value, "en") == text


def test_a_whole_number_of_digits_keeps_its_zeros():
    assert wording.number(70, "en", digits=0) == "70"


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [(7, 9, "7\u20139"), (5, 5, "5"), (-3, -1, "\u22123 to \u22121"), (-2, -2, "\u22122")],
)
def test_points_are_said_so_that_a_minus_is_no_dash(first, last, text):
    assert wording.span(first, last, "en") == text


def test_clauses_are_joined_as_each_language_joins_them():
    assert wording.all_of(["a", "b", "c"], "en") == "a, b and c"
    assert wording.any_of(["a", "b"], "de") == "a oder b"
    assert wording.all_of(["a"], "fr") == "a"
    assert wording.all_of([], "nl") == ""


def test_comparisons_are_words_before_the_number():
    assert wording.compare(Comparison.UNDER, "15%", "nl") == "minder dan 15%"
    assert wording.compare(Comparison.MORE_THAN, "50%", "fr") == "plus de 50%"


def test_french_spaces_its_colons_and_semicolons():
    assert wording.colon("fr") == "\u00a0:"
    assert wording.semicolon("fr") == f"{NARROW}; "
    assert wording.colon("de") + wording.semicolon("de") == ":; "


def test_one_expert_is_not_experts():
    assert wording.experts(1, "en") == "1 expert"
    assert wording.experts(4, "de") == "4 Fachleute"
