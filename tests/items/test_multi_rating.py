"""Several ratings of one statement: read, kept while begun, summed up and shown per dimension."""

from __future__ import annotations

import json
from typing import Any

import pytest

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.delphi.scale import Scale
from surveys.items import InvalidAnswer
from surveys.items.likert import Likert
from surveys.items.multi_rating import MultiRating

DIMENSIONS = [
    {"code": "chance", "name": {"en": "Opportunity", "nl": "Kans"}},
    {"code": "risk", "name": {"en": "Risk", "nl": "Risico"}},
]
SCALE = {
    "scale": Scale.of(1, 5).to_json(),
    "labels": {"en": {"1": "very low", "5": "very high"}, "nl": {"1": "zeer laag"}},
    "unable": {"en": "I cannot say", "nl": "Kan ik niet zeggen"},
}
EVERYTHING = FeedbackPolicy(tuple(Shown), smallest_group=2)
SKIPPED, CANNOT = Answer.absent(Missing.SKIPPED), Answer.absent(Missing.UNABLE)


def statement(**settings: Any) -> MultiRating:
    return MultiRating.load({**SCALE, "dimensions": DIMENSIONS, **settings})


def rated(chance: int | str | None = None, risk: int | str | None = None) -> Answer:
    said = {"chance": chance, "risk": risk}
    return Answer(detail={"ratings": {code: one for code, one in said.items() if one is not None}})


def test_settings_survive_json():
    kind = statement()
    assert MultiRating.load(json.loads(json.dumps(kind.to_json()))) == kind


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"weights": []}, "has no setting weights"),
        ({"dimensions": DIMENSIONS[:1]}, "dimensions: there must be 2 to"),
        ({"dimensions": "risk"}, "dimensions:"),
        (
            {"dimensions": [{"code": f"d{n}", "name": {"en": "d"}} for n in range(7)]},
            "at most 6 dimensions, not 7",
        ),
        ({"scale": 5}, "a stored rule is"),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_a_sentence(settings, said):
    with pytest.raises(ValueError, match=said):
        statement(**settings)


def test_it_needs_dimensions_and_a_scale():
    with pytest.raises(ValueError, match="“dimensions” is absent"):
        MultiRating.load(SCALE)
    with pytest.raises(ValueError, match="“scale” is absent"):
        MultiRating.load({"dimensions": DIMENSIONS})


def test_every_text_an_expert_reads_is_named():
    assert {"dimension chance", "dimension risk", "labels of point 1", "unable"} < set(
        statement().texts()
    )


def test_it_is_not_judged_as_one_statement():
    assert not MultiRating.rates
    assert statement().rating_scale is None


# --- answers


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ({}, SKIPPED),
        ({"-chance": "4", "-risk": "2"}, rated(4, 2)),
        ({"-chance": "", "-risk": "2"}, rated(risk=2)),
        ({"-chance": "4", "-risk": "unable"}, rated(4, "unable")),
        ({"-chance": "unable", "-risk": "unable"}, CANNOT),
        ({"-chance": "unable", "-risk": ""}, rated("unable")),
    ],
)
def test_each_dimension_is_read_by_itself(data, answer):
    assert statement().read(data) == answer


@pytest.mark.parametrize(
    "answer", [rated(4, 2), rated(1), rated(4, "unable"), rated("unable"), CANNOT, SKIPPED]
)
def test_what_the_page_shows_is_read_as_the_same_answer(answer):
    kind = statement()
    assert kind.filled(answer).keys() == kind.fields().keys()
    assert kind.read(kind.filled(answer)) == answer
    kind.check(answer)


def test_an_item_without_answer_shows_nothing_chosen():
    assert set(statement().filled(None).values()) == {""}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (rated(6, 2), "not a point of the scale"),
        (Answer(detail={"ratings": {"beauty": 3}}), "not a rating of this statement"),
        (Answer(detail={"ratings": {"risk": 3, "beauty": 3}}), "not a rating of this statement"),
        (Answer(detail={"ratings": {}}), "not a rating of this statement"),
        (Answer(detail={"ratings": 4}), "not a rating of this statement"),
        (Answer(detail="4"), "not a rating of this statement"),
    ],
)
def test_what_does_not_fit_is_refused(answer, said):
    with pytest.raises(InvalidAnswer, match=said):
        statement().check(answer)


def test_unable_is_refused_where_it_is_not_offered():
    kind = statement(unable={})
    for answer in (CANNOT, rated(3, "unable")):
        with pytest.raises(InvalidAnswer, match="not offered here"):
            kind.check(answer)


def test_a_dimension_without_rating_is_told_by_name():
    assert str(statement().lacks(rated(4), "nl")) == "Still to rate: Risico."
    assert statement().lacks(rated(4, "unable"), "nl") is None
    assert statement().lacks(CANNOT, "nl") is None
    assert statement().lacks(SKIPPED, "nl") is None


@pytest.mark.parametrize(
    ("answer", "language", "words"),
    [
        (rated(5, 2), "en", "Opportunity: very high; Risk: 2"),
        (rated(risk="unable"), "nl", "Risico: Kan ik niet zeggen"),
        (rated(5, 1), "", "Opportunity: very high; Risk: very low"),
        (CANNOT, "nl", "Kan ik niet zeggen"),
        (SKIPPED, "nl", ""),
    ],
)
def test_an_answer_reads_as_words(answer, language, words):
    assert statement().in_words(answer, language) == words


# --- the panel


PANEL = [rated(5, 1), rated(4, 2), rated(4, "unable"), rated(2), rated(3, 5), CANNOT, SKIPPED]


def test_each_dimension_has_the_numbers_of_a_rated_statement():
    numbers = statement().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    assert (numbers["n"], numbers["unable"], numbers["skipped"]) == (5, 1, 1)
    chance, risk = numbers["dimensions"]["chance"], numbers["dimensions"]["risk"]
    assert (chance["n"], chance["counts"], chance["median"]) == (5, [0, 1, 1, 2, 1], 4)
    assert (chance["unable"], chance["skipped"]) == (1, 1)
    assert (chance["count_high"], chance["count_low"]) == (3, 1)
    # One rated opportunity and left risk open, one skipped all; two could not judge the risk.
    assert (risk["n"], risk["unable"], risk["skipped"]) == (3, 2, 2)


def test_the_first_two_dimensions_are_crossed():
    together = (statement().summarise(PANEL, quantile_method="linear") or {})["together"]
    # Rows: opportunity low, middle, high; columns: risk low, middle, high.
    assert together == {"n": 3, "table": [[0, 0, 0], [0, 0, 1], [2, 0, 0]]}


@pytest.mark.parametrize("answers", [[], [SKIPPED, CANNOT]])
def test_nobody_rated_anything(answers):
    numbers = statement().summarise(answers, quantile_method="linear")
    assert numbers is not None
    assert (numbers["n"], numbers["together"]["n"]) == (0, 0)
    assert numbers["dimensions"]["risk"]["median"] is None


def test_feedback_shows_each_dimension_with_ones_own_rating():
    numbers = statement().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    shown = statement().feedback(numbers, rated(4, "unable"), "nl", EVERYTHING)
    assert shown is not None
    chance, risk = shown["rows"]
    assert (chance["name"], chance["own"], chance["n"], chance["high"]) == ("Kans", 4, 5, 3)
    assert chance["counts"][0] == (1, "zeer laag", 0)
    assert (chance["median"], chance["span_high"]) == (4, "4–5")
    assert (risk["own"], risk["own_words"]) == (None, "Kan ik niet zeggen")


def test_a_dimension_that_few_rated_shows_only_ones_own():
    numbers = statement().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    policy = FeedbackPolicy(tuple(Shown), smallest_group=5)
    shown = statement().feedback(numbers, None, "en", policy)
    assert shown is not None
    assert [row["shown"] for row in shown["rows"]] == [True, False]
    assert set(shown["rows"][1]) == {"name", "own", "own_words", "shown"}


def test_the_median_is_shown_only_where_the_policy_names_it():
    numbers = statement().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    policy = FeedbackPolicy((Shown.DISTRIBUTION,), smallest_group=2)
    shown = statement().feedback(numbers, None, "en", policy)
    assert shown is not None
    assert {row["median"] for row in shown["rows"]} == {None}


# --- files


def test_files_have_a_rating_per_dimension():
    kind = statement()
    columns = kind.columns("r2_S01", "Apps.", "nl")
    assert [column.name for column in columns] == ["r2_s01_chance", "r2_s01_risk"]
    assert columns[1].label == "Apps. Risico"
    likert = Likert.load(SCALE).columns("c", "Apps.", "nl")[0]
    assert (columns[0].values, columns[0].missing) == (likert.values, likert.missing)
    assert kind.cells(rated(4, "unable")) == (4, -2)
    assert kind.cells(rated(4)) == (4, -1)
    assert kind.cells(None) == kind.cells(SKIPPED) == (-1, -1)
    assert kind.cells(CANNOT) == (-2, -2)


def test_the_page_is_told_what_to_draw():
    face = statement().face("nl")
    assert face["dimensions"] == (("chance", "Kans"), ("risk", "Risico"))
    assert face["points"][0] == ("1", "zeer laag")


def test_every_dimension_takes_its_time():
    third = {"code": "worth", "name": {"en": "Worth"}}
    longer = statement(dimensions=[*DIMENSIONS, third])
    assert longer.usual_seconds > statement().usual_seconds > 0
