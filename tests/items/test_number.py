"""One number: what is read, kept, told, summed up and written out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.items import InvalidAnswer
from surveys.items.number import Number

YEARS = {"en": "years", "nl": "jaar"}
UNABLE = {"en": "I cannot say", "nl": "Kan ik niet zeggen"}
EVERYTHING = FeedbackPolicy(tuple(Shown), smallest_group=2)
SKIPPED, CANNOT = Answer.absent(Missing.SKIPPED), Answer.absent(Missing.UNABLE)


def number(**settings: Any) -> Number:
    return Number.load({"unit": YEARS, "minimum": 0, "maximum": 60, "unable": UNABLE, **settings})


def test_settings_survive_json():
    for kind in (number(), number(minimum=0.5, decimals=3), Number.load({})):
        assert Number.load(json.loads(json.dumps(kind.to_json()))) == kind


def test_a_form_sends_numbers_as_text():
    kind = number(minimum="", maximum="12.5", decimals="0")
    assert (kind.minimum, kind.maximum, kind.decimals) == (None, 12.5, 0)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"step": 2}, "a number has no setting step"),
        ({"minimum": 60}, r"minimum \(60\) must lie below maximum \(60\)"),
        ({"decimals": 7}, "decimals must be at most 6"),
        ({"decimals": -1}, "decimals must be at least 0"),
        ({"minimum": "few"}, "minimum must be a number"),
        ({"unit": 5.5, "unable": []}, "unable must be a text"),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_a_sentence(settings, said):
    with pytest.raises(ValueError, match=said):
        number(**settings)


def test_every_text_an_expert_reads_is_named():
    assert number().texts() == {"unit": YEARS, "unable": UNABLE}
    assert Number.load({}).texts() == {}


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ({}, SKIPPED),
        ({"": "  "}, SKIPPED),
        ({"": "12,5"}, Answer(12.5)),
        ({"": "12 Jaar"}, Answer(12)),
        ({"": "12 years"}, Answer(12)),
        ({"": "", "-unable": True}, CANNOT),
    ],
)
def test_the_field_says_one_number(data, answer):
    assert number().read(data) == answer


def test_a_number_and_unable_contradict_each_other():
    with pytest.raises(InvalidAnswer, match="not both"):
        number().read({"": "3", "-unable": True})


def test_a_word_is_no_number():
    with pytest.raises(InvalidAnswer, match="“some” is not a number"):
        number().read({"": "some"})


@pytest.mark.parametrize("answer", [Answer(0), Answer(12.5), Answer(60), SKIPPED, CANNOT])
def test_what_the_page_shows_is_read_as_the_same_answer(answer):
    kind = number()
    assert kind.filled(answer).keys() == kind.fields().keys()
    assert kind.read(kind.filled(answer)) == answer
    kind.check(answer)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(60.5), "from 0 to 60"),
        (Answer(-1), "from 0 to 60"),
        (Answer(detail={"number": 4}), "not a number"),
    ],
)
def test_what_does_not_fit_is_refused(answer, said):
    with pytest.raises(InvalidAnswer, match=said):
        number().check(answer)


def test_unable_is_refused_where_it_is_not_offered():
    kind = number(unable=None)
    assert set(kind.fields()) == {""}
    with pytest.raises(InvalidAnswer, match="not offered here"):
        kind.check(CANNOT)
    assert kind.filled(None) == {"": ""}


@pytest.mark.parametrize(
    ("answer", "language", "words"),
    [
        (Answer(12.5), "nl", "12,5\u00a0jaar"),
        (Answer(12), "", "12\u00a0years"),
        (CANNOT, "nl", "Kan ik niet zeggen"),
        (SKIPPED, "nl", ""),
    ],
)
def test_an_answer_reads_as_words(answer, language, words):
    assert number().in_words(answer, language) == words


PANEL = [Answer(value) for value in (2, 4, 4, 6, 30)] + [CANNOT, SKIPPED]


def test_the_panel_is_described_by_the_protocols_quantiles():
    linear = number().summarise(PANEL, quantile_method="linear")
    weibull = number().summarise(PANEL, quantile_method="weibull")
    assert linear is not None
    assert weibull is not None
    assert (linear["n"], linear["unable"], linear["skipped"]) == (5, 1, 1)
    assert (linear["median"], linear["q1"], linear["q3"]) == (4, 4, 6)
    assert (weibull["q1"], weibull["q3"]) == (3, 18)
    assert sum(count for _, _, count in linear["bins"]) == 5


@pytest.mark.parametrize("answers", [[], [SKIPPED, CANNOT]])
def test_nobody_gave_a_number(answers):
    numbers = number().summarise(answers, quantile_method="linear")
    assert numbers is not None
    assert (numbers["n"], numbers["median"], numbers["bins"]) == (0, None, [])


def test_feedback_shows_only_what_the_policy_names():
    numbers = number().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    whole = number().feedback(numbers, Answer(6), "nl", EVERYTHING)
    assert whole is not None
    assert (whole["own"], whole["median"], whole["q3"], whole["unit"]) == (6, 4, 6, "\u00a0jaar")
    assert whole["bins"] == numbers["bins"]
    spread = number().feedback(numbers, Answer(6), "nl", FeedbackPolicy((Shown.SPREAD,)))
    assert spread is not None
    assert (spread["own"], spread["median"], spread["q1"], spread["bins"]) == (None, None, 4, [])
    first = number().feedback(numbers, None, "nl", EVERYTHING)
    assert first is not None
    assert first["own"] is None


def test_files_hold_the_number_and_why_there_is_none():
    kind = number()
    value, why = kind.columns("r2_S01", "How long?", "nl")
    assert (value.name, value.label) == ("r2_s01", "How long? (jaar)")
    assert why.name == "r2_s01_missing"
    assert number(unit=None).columns("s", "How many?", "en")[0].label == "How many?"
    assert repr(kind.cells(Answer(12.0))) == "(12, None)"
    assert kind.cells(Answer(0.5)) == (0.5, None)
    assert kind.cells(None) == (None, -1)
    assert kind.cells(CANNOT) == (None, -2)


def test_the_page_is_told_what_to_draw():
    face = number(decimals=0).face("nl")
    assert (face["unit"], face["decimal_sign"], face["decimals"]) == ("jaar", ",", 0)
    assert (face["minimum"], face["maximum"]) == (0, 60)
