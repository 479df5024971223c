"""Several of several options: what is read, kept, told, summed up and written out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.items import InvalidAnswer
from surveys.items.multiple_choice import MultipleChoice
from surveys.items.single_choice import SingleChoice

OPTIONS = [
    {"code": "nurse", "name": {"en": "Nurses", "nl": "Verpleegkundigen"}},
    {"code": "doctor", "name": {"en": "Doctors", "nl": "Artsen"}},
    {"code": "peer", "name": {"en": "Peers", "nl": "Lotgenoten"}},
]
NAMES = {
    "other": {"en": "Others", "nl": "Anderen"},
    "none": {"en": "Nobody", "nl": "Niemand"},
    "unable": {"en": "I cannot say", "nl": "Kan ik niet zeggen"},
}
EVERYTHING = FeedbackPolicy(tuple(Shown), smallest_group=2)
SKIPPED, CANNOT = Answer.absent(Missing.SKIPPED), Answer.absent(Missing.UNABLE)


def choice(**settings: Any) -> MultipleChoice:
    return MultipleChoice.load({"options": OPTIONS, **NAMES, **settings})


def chose(*codes: str, text: str = "") -> Answer:
    return Answer(detail={"choices": list(codes)} | ({"text": text} if text else {}))


NOBODY = chose()


# --- settings


def test_settings_survive_json():
    for kind in (choice(), choice(minimum=2, maximum=3), MultipleChoice.load({"options": OPTIONS})):
        assert MultipleChoice.load(json.loads(json.dumps(kind.to_json()))) == kind


def test_a_form_sends_limits_as_text():
    kind = choice(minimum="2", maximum="")
    assert (kind.minimum, kind.maximum) == (2, None)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"colour": "red"}, "has no setting colour"),
        ({"minimum": 5}, "minimum must be at most 4"),
        ({"minimum": "two"}, "minimum must be a number"),
        ({"minimum": 3, "maximum": 2}, "maximum must be at least 3"),
        ({"maximum": 9}, "maximum must be at most 4"),
        ({"other": None, "maximum": 4}, "maximum must be at most 3"),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_a_sentence(settings, said):
    with pytest.raises(ValueError, match=said):
        choice(**settings)


def test_every_text_an_expert_reads_is_named():
    assert {"option nurse", "other", "none", "unable"} < set(choice().texts())


# --- answers


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ({}, SKIPPED),
        ({"-nurse": True, "-peer": True}, chose("nurse", "peer")),
        ({"-nurse": False, "-other": "  Family\tdoctors "}, chose(text="Family doctors")),
        ({"-doctor": True, "-other": "Family"}, chose("doctor", text="Family")),
        ({"-none": True}, NOBODY),
        ({"-unable": True}, CANNOT),
    ],
)
def test_the_boxes_say_one_thing(data, answer):
    assert choice().read(data) == answer


@pytest.mark.parametrize(
    "data",
    [
        {"-nurse": True, "-none": True},
        {"-other": "Family", "-unable": True},
        {"-none": True, "-unable": True},
    ],
)
def test_answers_that_contradict_each_other_are_given_back(data):
    with pytest.raises(InvalidAnswer, match="not both"):
        choice().read(data)


@pytest.mark.parametrize(
    "answer",
    [chose("nurse", "peer"), chose("doctor", text="Family"), chose(text="Family"), NOBODY, CANNOT],
)
def test_what_the_page_shows_is_read_as_the_same_answer(answer):
    kind = choice()
    assert kind.filled(answer).keys() == kind.fields().keys()
    assert kind.read(kind.filled(answer)) == answer
    kind.check(answer)


def test_an_item_without_answer_shows_empty_boxes():
    assert set(choice().filled(None).values()) == set(choice().filled(SKIPPED).values()) == {""}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (chose("cleaner"), "not one of the answers"),
        (Answer(detail={"choices": "nurse"}, missing=None), None),
        (chose("nurse", "doctor", "peer"), "at most 2 answers; you chose 3"),
        (chose("nurse", "doctor", text="Family"), "at most 2 answers; you chose 3"),
        (chose(text="x" * 301), "longer than 300"),
        (Answer(3), None),
    ],
)
def test_what_does_not_fit_is_refused(answer, said):
    kind = choice(maximum=2, none=None)
    with pytest.raises(InvalidAnswer, match=said or "not one of the answers"):
        kind.check(answer)


def test_nothing_ticked_is_nobody_only_where_that_is_offered():
    choice().check(NOBODY)
    with pytest.raises(InvalidAnswer, match="not one of the answers"):
        choice(none=None).check(NOBODY)
    with pytest.raises(InvalidAnswer, match="not one of the answers"):
        choice(other=None).check(chose(text="Family"))
    with pytest.raises(InvalidAnswer, match="not offered here"):
        choice(unable=None).check(CANNOT)
    choice().check(SKIPPED)


def test_too_few_answers_are_kept_and_told():
    kind = choice(minimum=2)
    kind.check(chose("nurse"))
    assert "at least 2 answers; you chose 1" in str(kind.lacks(chose("nurse"), "en"))
    assert kind.lacks(chose("nurse", text="Family"), "en") is None
    assert kind.lacks(NOBODY, "en") is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (chose("peer", "nurse"), "Verpleegkundigen; Lotgenoten"),
        (chose("doctor", text="familie"), "Artsen; Anderen: familie"),
        (NOBODY, "Niemand"),
        (CANNOT, "Kan ik niet zeggen"),
        (SKIPPED, ""),
    ],
)
def test_an_answer_reads_as_words(answer, words):
    assert choice().in_words(answer, "nl") == words


# --- the panel


PANEL = [
    chose("nurse", "doctor"),
    chose("nurse"),
    chose("nurse", text="Family"),
    NOBODY,
    CANNOT,
    SKIPPED,
]


def test_shares_are_of_those_who_answered():
    numbers = choice().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    assert (numbers["n"], numbers["none"], numbers["unable"], numbers["skipped"]) == (4, 1, 1, 1)
    assert {code: one["share"] for code, one in numbers["options"].items()} == {
        "nurse": 0.75,
        "doctor": 0.25,
        "peer": 0.0,
        "other": 0.25,
    }
    assert "Family" not in json.dumps(numbers)


@pytest.mark.parametrize("answers", [[], [SKIPPED, CANNOT]])
def test_nobody_chose_anything(answers):
    numbers = choice(other=None).summarise(answers, quantile_method="linear")
    assert numbers is not None
    assert numbers["n"] == 0
    assert {one["share"] for one in numbers["options"].values()} == {None}
    assert "other" not in numbers["options"]


def test_feedback_marks_ones_own_choices_among_the_groups():
    numbers = choice().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    shown = choice().feedback(numbers, chose("peer", text="Family"), "en", EVERYTHING)
    assert shown is not None
    assert [row["name"] for row in shown["rows"] if row["own"]] == ["Peers", "Others"]
    policy = FeedbackPolicy((Shown.DISTRIBUTION,), smallest_group=2)
    alone = choice().feedback(numbers, chose("peer"), "en", policy)
    assert alone is not None
    assert not any(row["own"] for row in alone["rows"])


# --- files


def test_files_have_a_column_per_option():
    kind = choice()
    columns = kind.columns("r2_S01", "Who?", "nl")
    assert [column.name for column in columns] == [
        "r2_s01_nurse",
        "r2_s01_doctor",
        "r2_s01_peer",
        "r2_s01_none",
        "r2_s01_other",
    ]
    assert columns[0].label == "Who? Verpleegkundigen"
    assert columns[0].values == {0: "niet gekozen", 1: "gekozen"}
    assert kind.cells(chose("nurse", text="Family")) == (1, 0, 0, 0, "Family")
    assert kind.cells(NOBODY) == (0, 0, 0, 1, None)
    assert kind.cells(None) == kind.cells(SKIPPED) == (-1, -1, -1, -1, None)
    assert kind.cells(CANNOT)[0] == -2


def test_what_is_not_offered_has_no_column():
    kind = MultipleChoice.load({"options": OPTIONS})
    assert len(kind.columns("c", "Who?", "en")) == len(kind.cells(SKIPPED)) == 3
    assert kind.cells(chose("doctor")) == (0, 1, 0)
    assert set(kind.fields()) == {"-nurse", "-doctor", "-peer"}


def test_the_page_is_told_what_to_draw():
    face = choice(minimum=2, maximum=3).face("nl")
    assert (face["minimum"], face["maximum"], face["none_name"]) == (2, 3, "Niemand")


def test_several_answers_take_longer_than_one():
    assert choice().usual_seconds > SingleChoice.load({"options": OPTIONS}).usual_seconds > 0
