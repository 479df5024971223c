"""An answer is a value, a detail or a reason why there is none."""

import pytest

from surveys.delphi.answer import Answer, Missing
from tests.delphi.rulebook import LOCALES


def test_a_rating_is_given_and_a_reason_is_not():
    assert Answer(4).given
    assert Answer(detail=["b", "a"]).given
    assert not Answer.absent(Missing.UNABLE).given


def test_zero_is_a_rating():
    assert Answer(0).given


def test_a_reason_is_read_from_its_stored_text():
    assert Answer(missing="withdrawn").missing is Missing.WITHDRAWN


@pytest.mark.parametrize(
    "parts", [{}, {"value": 3, "missing": Missing.SKIPPED}, {"value": 3, "detail": "x"}]
)
def test_an_answer_is_exactly_one_of_three(parts):
    with pytest.raises(ValueError, match="exactly one"):
        Answer(**parts)


@pytest.mark.parametrize("value", [True, float("nan"), float("inf"), "4"])
def test_a_rating_is_a_number(value):
    with pytest.raises(ValueError, match="a rating is a number"):
        Answer(value)


def test_an_unknown_reason_is_refused():
    with pytest.raises(ValueError, match="'lost'"):
        Answer(missing="lost")


@pytest.mark.parametrize("locale", LOCALES)
def test_the_four_reasons_have_four_names(locale):
    assert len({reason.name_in(locale) for reason in Missing}) == 4
