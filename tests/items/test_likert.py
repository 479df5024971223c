"""Rated statements: any number of points, with names of any length."""

from __future__ import annotations

import json
from typing import Any

import pytest

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.scale import Scale
from surveys.items import InvalidAnswer
from surveys.items.likert import Likert

UNABLE = {"en": "I cannot say", "nl": "Kan ik niet zeggen"}
SKIPPED, CANNOT = Answer.absent(Missing.SKIPPED), Answer.absent(Missing.UNABLE)


def likert(*names: str, points: int = 5, **settings: Any) -> Likert:
    """A scale from 1 whose points bear these names; points without a name have their number."""
    labels = {"en": {str(place): name for place, name in enumerate(names, start=1) if name}}
    return Likert.load(
        {"scale": Scale.of(1, points).to_json(), "labels": labels, "unable": UNABLE, **settings}
    )


def named_ends(points: int, low: str, high: str) -> Likert:
    return likert(low, *[""] * (points - 2), high, points=points)


def test_settings_survive_json():
    kind = likert("never", points=9)
    assert Likert.load(json.loads(json.dumps(kind.to_json()))) == kind


def test_a_scale_from_a_form_is_read_with_its_numbers():
    typed = {name: str(value) for name, value in Scale.of(1, 9).to_json().items()}
    assert likert(scale=typed).scale == Scale.of(1, 9)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "“scale” is absent"),
        ({"scale": 5}, "a stored rule is an object"),
        ({"scale": {**Scale.of(1, 9).to_json(), "high": "many"}}, "high must be a number"),
        ({"scale": Scale.of(1, 9).to_json(), "colour": "red"}, "has no setting colour"),
        ({"scale": Scale.of(1, 9).to_json(), "unable": True}, "unable must be a text"),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_a_sentence(settings, said):
    with pytest.raises(ValueError, match=said):
        Likert.load(settings)


def test_every_name_of_a_point_is_a_text_that_experts_read():
    texts = likert("never", "", "", "", "always").texts()
    assert texts["labels of point 1"] == {"en": "never"}
    assert texts["labels of point 2"] == {"en": ""}
    assert texts["unable"] == UNABLE
    assert Likert.load({"scale": Scale.of(1, 3).to_json()}).texts() == {}


@pytest.mark.parametrize("points", range(3, 12))
def test_short_names_stand_inside_their_points(points):
    face = named_ends(points, "low", "high").face("en")
    assert len(face["points"]) == points
    assert not face["names_below"]
    assert face["ends_named"]
    assert face["ends"] == ("low", "high")


@pytest.mark.parametrize("points", range(5, 12))
def test_a_word_longer_than_its_point_takes_the_names_below(points):
    face = named_ends(points, "niet", "doorslaggevend belangrijk").face("en")
    assert face["names_below"]


def test_ends_that_are_numbers_alone_are_not_drawn_as_names():
    assert not likert(points=5).face("en")["ends_named"]
    assert likert("", "", "", "", "always").face("en")["ends_named"]


def test_a_name_longer_than_a_line_of_a_phone_is_given_two():
    assert not likert("Noch akkoord, noch niet akkoord").face("nl")["long_names"]
    assert likert("x", "x", "Weder Zustimmung noch Ablehnung möglich").face("de")["long_names"]


def test_names_between_the_ends_count_only_where_they_are_shown():
    long = "Meinungsverschiedenheiten"
    assert likert("a", long, "b", points=7).face("en")["names_below"]
    assert not likert("a", long, *[""] * 5, "b", points=8).face("en")["names_below"]


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ({"": "4"}, Answer(4)),
        ({"": "unable"}, CANNOT),
        ({"": ""}, SKIPPED),
        ({"": None}, SKIPPED),
        ({}, SKIPPED),
    ],
)
def test_what_is_chosen_is_read_and_shown_again(data, answer):
    kind = likert()
    assert kind.read(data) == answer
    assert kind.read(kind.filled(answer)) == answer
    kind.check(answer)


def test_what_is_not_on_the_scale_is_refused():
    for typed in ("high", "4.5"):
        with pytest.raises(InvalidAnswer, match="not a point"):
            likert().read({"": typed})
    with pytest.raises(InvalidAnswer, match="not a point"):
        likert().check(Answer(6))
    with pytest.raises(InvalidAnswer, match="not offered"):
        likert(unable={}).check(CANNOT)


def test_an_answer_reads_as_its_name_or_its_number():
    kind = likert("never")
    assert [kind.in_words(Answer(value), "en") for value in (1, 2)] == ["never", "2"]
    assert kind.in_words(CANNOT, "nl") == "Kan ik niet zeggen"
    assert kind.in_words(SKIPPED, "en") == ""


def test_files_hold_the_point_or_why_there_is_none():
    kind = likert("never")
    (column,) = kind.columns("R2_S01", "Often?", "en")
    assert (column.name, column.values[1], column.values[2]) == ("r2_s01", "never", "2")
    assert [kind.cells(answer) for answer in (Answer(3), None, SKIPPED, CANNOT)] == [
        (3,),
        (-1,),
        (-1,),
        (-2,),
    ]
