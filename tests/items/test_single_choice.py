"""One of several options: what is read, kept, told, summed up and written out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.items import InvalidAnswer
from surveys.items.single_choice import LONGEST_OTHER, SingleChoice

OPTIONS = [
    {"code": "home", "name": {"en": "At home", "nl": "Thuis"}},
    {"code": "clinic", "name": {"en": "In the clinic", "nl": "In de kliniek"}},
]
OTHER = {"en": "Elsewhere", "nl": "Elders"}
UNABLE = {"en": "I cannot say", "nl": "Kan ik niet zeggen"}
EVERYTHING = FeedbackPolicy(tuple(Shown), smallest_group=2)
SKIPPED, CANNOT = Answer.absent(Missing.SKIPPED), Answer.absent(Missing.UNABLE)


def choice(**settings: Any) -> SingleChoice:
    return SingleChoice.load({"options": OPTIONS, "other": OTHER, "unable": UNABLE, **settings})


def chose(code: str, text: str | None = None) -> Answer:
    return Answer(detail={"choice": code} | ({} if text is None else {"text": text}))


# --- settings


def test_settings_survive_json():
    kind = choice()
    assert SingleChoice.load(json.loads(json.dumps(kind.to_json()))) == kind


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "“options” is absent"),
        ({"options": OPTIONS, "random": True}, "has no setting random"),
        ({"options": OPTIONS[:1]}, "2 to 30 options"),
        ({"options": [*OPTIONS, {"code": "other", "name": OTHER}]}, "the code other"),
        ({"options": [*OPTIONS, {"code": "none", "name": OTHER}]}, "the code none"),
        ({"options": OPTIONS, "unable": True}, "unable must be a text"),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_a_sentence(settings, said):
    with pytest.raises(ValueError, match=said):
        SingleChoice.load(settings)


def test_every_text_an_expert_reads_is_named():
    assert set(choice().texts()) == {"option home", "option clinic", "other", "unable"}
    assert set(SingleChoice.load({"options": OPTIONS}).texts()) == {"option home", "option clinic"}


# --- answers


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ({}, SKIPPED),
        ({"": "", "-other": " "}, SKIPPED),
        ({"": "home"}, chose("home")),
        ({"": "unable"}, CANNOT),
        ({"": "other", "-other": " At\n work "}, chose("other", "At work")),
        ({"": "other", "-other": ""}, chose("other", "")),
        ({"": "", "-other": "At work"}, chose("other", "At work")),
        # An option chosen after something was typed is the answer.
        ({"": "home", "-other": "At work"}, chose("home")),
    ],
)
def test_the_fields_say_one_thing(data, answer):
    assert choice().read(data) == answer


@pytest.mark.parametrize(
    "answer", [chose("home"), chose("other", "At work"), chose("other", ""), CANNOT, SKIPPED, None]
)
def test_what_the_page_shows_is_read_as_the_same_answer(answer):
    kind = choice()
    assert kind.filled(answer).keys() == kind.fields().keys()
    assert kind.read(kind.filled(answer)) == (answer or SKIPPED)


@pytest.mark.parametrize(
    "answer", [chose("home"), chose("other", "x" * LONGEST_OTHER), SKIPPED, CANNOT]
)
def test_what_is_offered_fits(answer):
    choice().check(answer)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (chose("school"), "not one of the answers"),
        (chose("other", "x" * (LONGEST_OTHER + 1)), "longer than 300 characters"),
        (Answer(4), "not one of the answers"),
        (Answer(detail="home"), "not one of the answers"),
    ],
)
def test_what_is_not_offered_is_refused(answer, said):
    with pytest.raises(InvalidAnswer, match=said):
        choice().check(answer)


def test_other_and_unable_are_refused_where_they_are_not_offered():
    kind = choice(other=None, unable=None)
    with pytest.raises(InvalidAnswer, match="not one of the answers"):
        kind.check(chose("other", "At work"))
    with pytest.raises(InvalidAnswer, match="not offered here"):
        kind.check(CANNOT)
    assert set(kind.fields()) == {""}


def test_other_without_words_is_kept_and_told():
    told = choice().lacks(chose("other", ""), "nl")
    assert str(told) == "You chose “Elders”: please say which."
    assert choice().lacks(chose("other", "Op het werk"), "nl") is None
    assert choice().lacks(chose("home"), "nl") is None


@pytest.mark.parametrize(
    ("answer", "language", "words"),
    [
        (chose("home"), "nl", "Thuis"),
        (chose("home"), "fr", "At home"),
        (chose("other", "au travail"), "fr", "Elsewhere\u00a0: au travail"),
        (chose("other", "at work"), "", "Elsewhere: at work"),
        (chose("other", ""), "nl", "Elders"),
        (CANNOT, "nl", "Kan ik niet zeggen"),
        (SKIPPED, "nl", ""),
        (chose("gone"), "nl", ""),
    ],
)
def test_an_answer_reads_as_words(answer, language, words):
    assert choice().in_words(answer, language) == words


# --- the panel


PANEL = [chose("home")] * 5 + [chose("clinic")] * 2 + [chose("other", "At work"), CANNOT, SKIPPED]


def test_the_panel_is_counted_by_option():
    numbers = choice().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    counts = {code: one["count"] for code, one in numbers["options"].items()}
    assert counts == {"home": 5, "clinic": 2, "other": 1}
    assert (numbers["n"], numbers["unable"], numbers["skipped"]) == (8, 1, 1)
    assert numbers["options"]["home"]["share"] == 5 / 8


def test_own_words_are_counted_and_not_repeated():
    numbers = choice().summarise(PANEL, quantile_method="linear")
    assert "At work" not in json.dumps(numbers)


@pytest.mark.parametrize("answers", [[], [SKIPPED, CANNOT]])
def test_nobody_chose_anything(answers):
    numbers = choice().summarise(answers, quantile_method="linear")
    assert numbers is not None
    assert numbers["n"] == 0
    assert numbers["options"]["home"] == {"count": 0, "share": None, "lower": None, "upper": None}


def test_feedback_marks_ones_own_choice_among_the_groups():
    numbers = choice().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    shown = choice().feedback(numbers, chose("clinic"), "nl", EVERYTHING)
    assert shown is not None
    assert [(row["name"], row["count"], row["own"]) for row in shown["rows"]] == [
        ("Thuis", 5, False),
        ("In de kliniek", 2, True),
        ("Elders", 1, False),
    ]


def test_feedback_shows_only_what_the_policy_names():
    numbers = choice().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    alone = choice().feedback(numbers, chose("home"), "en", FeedbackPolicy((Shown.MEDIAN,)))
    assert alone == {"rows": [], "n": 8}
    group = choice().feedback(numbers, chose("home"), "en", FeedbackPolicy((Shown.DISTRIBUTION,)))
    assert group is not None
    assert not any(row["own"] for row in group["rows"])


# --- files


def test_files_hold_a_number_with_its_name_and_the_own_words():
    kind = choice()
    chosen, words = kind.columns("r2_S01", "Where?", "nl")
    assert (chosen.name, words.name) == ("r2_s01", "r2_s01_other")
    assert chosen.values == {1: "Thuis", 2: "In de kliniek", 3: "Elders"}
    assert words.label == "Where? in eigen woorden"
    assert kind.cells(chose("clinic")) == (2, None)
    assert kind.cells(chose("other", "Op het werk")) == (3, "Op het werk")
    assert kind.cells(None) == kind.cells(SKIPPED) == (-1, None)
    assert kind.cells(CANNOT) == (-2, None)


def test_without_other_there_is_one_column():
    kind = choice(other=None)
    assert len(kind.columns("c", "Where?", "en")) == 1
    assert [kind.cells(answer) for answer in (chose("home"), SKIPPED)] == [(1,), (-1,)]


def test_the_page_is_told_what_to_draw():
    face = choice().face("nl")
    assert face["options"] == (("home", "Thuis"), ("clinic", "In de kliniek"))
    assert (face["other_name"], face["unable_name"]) == ("Elders", "Kan ik niet zeggen")
