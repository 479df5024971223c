"""A place on a line: no answer until one is given; what is read, summed up and written out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.items import InvalidAnswer
from surveys.items.slider import Slider

ENDS = {
    "low_name": {"en": "Certainly not", "nl": "Zeker niet"},
    "high_name": {"en": "Certainly", "nl": "Zeker wel"},
}
UNABLE = {"en": "I cannot say", "nl": "Kan ik niet zeggen"}
EVERYTHING = FeedbackPolicy(tuple(Shown), smallest_group=2)
SKIPPED, CANNOT = Answer.absent(Missing.SKIPPED), Answer.absent(Missing.UNABLE)


def slider(**settings: Any) -> Slider:
    return Slider.load({**ENDS, "unable": UNABLE, **settings})


def test_settings_survive_json():
    for kind in (slider(), slider(low=-5, high=5, unit="%"), Slider.load(ENDS)):
        assert Slider.load(json.loads(json.dumps(kind.to_json()))) == kind


def test_it_runs_from_0_to_100_unless_the_study_says_other():
    kind = slider(low="", high="10", step="2")
    assert (kind.low, kind.high, kind.step) == (0, 10, 2)
    assert (slider().low, slider().high, slider().step) == (0, 100, 1)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"preset": 50}, "a slider has no setting preset"),
        ({"low": 100}, r"low \(100\) must lie below high \(100\)"),
        ({"step": 30}, "steps of 30 must lead from 0 to 100"),
        ({"high": 5_000}, "at most 1000 of them"),
        ({"step": 0}, "step must be at least 1"),
        ({"low_name": ""}, "“low_name” is absent"),
        ({"high_name": None}, "“high_name” is absent"),
        ({"high": 9.5}, "high must be a whole number"),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_a_sentence(settings, said):
    with pytest.raises(ValueError, match=said):
        slider(**settings)


def test_every_text_an_expert_reads_is_named():
    assert set(slider(unit="%").texts()) == {"low_name", "high_name", "unit", "unable"}
    assert set(Slider.load(ENDS).texts()) == {"low_name", "high_name"}


def test_there_is_no_answer_until_one_is_given():
    kind = slider()
    assert kind.filled(None) == kind.filled(SKIPPED) == {"": "", "-unable": ""}
    assert kind.read({"": ""}) == SKIPPED


@pytest.mark.parametrize("answer", [Answer(0), Answer(50), Answer(100), CANNOT, SKIPPED])
def test_what_the_page_shows_is_read_as_the_same_answer(answer):
    kind = slider()
    assert kind.filled(answer).keys() == kind.fields().keys()
    assert kind.read(kind.filled(answer)) == answer
    kind.check(answer)


def test_a_typed_number_may_bring_its_unit():
    assert slider(unit="%").read({"": "40 %"}) == Answer(40)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"": "40.5"}, "whole number"),
        ({"": "half"}, "is not a number"),
        ({"": "40", "-unable": True}, "not both"),
    ],
)
def test_what_is_no_place_is_given_back(data, said):
    with pytest.raises(InvalidAnswer, match=said):
        slider().read(data)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(101), "from 0 to 100"),
        (Answer(-5), "from 0 to 100"),
        (Answer(42), "in steps of 5, starting from 0"),
        (Answer(detail={"place": 5}), "not a number"),
    ],
)
def test_what_does_not_fit_is_refused(answer, said):
    with pytest.raises(InvalidAnswer, match=said):
        slider(step=5).check(answer)


def test_unable_is_refused_where_it_is_not_offered():
    kind = Slider.load(ENDS)
    assert set(kind.fields()) == {""}
    with pytest.raises(InvalidAnswer, match="not offered here"):
        kind.check(CANNOT)


@pytest.mark.parametrize(
    ("answer", "words"),
    [(Answer(40), "40%"), (CANNOT, "Kan ik niet zeggen"), (SKIPPED, "")],
)
def test_an_answer_reads_as_words(answer, words):
    assert slider(unit="%").in_words(answer, "nl") == words


PANEL = [Answer(value) for value in (10, 20, 20, 35, 100)] + [CANNOT, SKIPPED]


def test_the_panel_is_described():
    numbers = slider().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    assert (numbers["n"], numbers["median"], numbers["q1"], numbers["q3"]) == (5, 20, 20, 35)
    assert [count for _, _, count in numbers["bins"]] == [0, 1, 2, 1, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("answers", [[], [SKIPPED, CANNOT]])
def test_nobody_touched_the_line(answers):
    numbers = slider().summarise(answers, quantile_method="linear")
    assert numbers is not None
    assert (numbers["n"], numbers["median"]) == (0, None)
    assert sum(count for _, _, count in numbers["bins"]) == 0


def test_feedback_shows_ones_own_place_beside_the_groups():
    numbers = slider().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    shown = slider(unit="%").feedback(numbers, Answer(35), "nl", EVERYTHING)
    assert shown is not None
    assert (shown["own"], shown["median"], shown["unit"]) == (35, 20, "%")
    assert (shown["low_name"], shown["high_name"]) == ("Zeker niet", "Zeker wel")


def test_files_name_the_ends():
    kind = slider()
    value, why = kind.columns("r2_S01", "How likely?", "nl")
    assert value.label == "How likely? (0 = Zeker niet, 100 = Zeker wel)"
    assert (value.name, why.name) == ("r2_s01", "r2_s01_missing")
    assert kind.cells(Answer(0)) == (0, None)
    assert kind.cells(None) == (None, -1)
    assert kind.cells(CANNOT) == (None, -2)


def test_the_page_is_told_what_to_draw():
    face = slider(low=-5, high=5).face("nl")
    assert (face["low"], face["high"], face["step"]) == (-5, 5, 1)
    assert (face["low_name"], face["unable_name"]) == ("Zeker niet", "Kan ik niet zeggen")
