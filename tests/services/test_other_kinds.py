"""Kinds that no rule judges: from an expert's answer to the feedback of the next round, and into files."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from surveys.queries import dataset, questionnaire, results
from surveys.services import exporting, loading, responding
from surveys.services.preparing import proposals
from tests.factories import both, make_story, study_document, study_file

OPTIONS = [{"code": code, "name": both(code)} for code in ("home", "clinic")]
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "I1": ("information", {"text": both("Two **trials**.")}),
    "K1": ("single_choice", {"options": OPTIONS, "other": both("Elsewhere")}),
    "K2": ("multiple_choice", {"options": OPTIONS, "minimum": 2}),
    "K3": ("number", {"unit": "%", "minimum": 0}),
    "K4": ("slider", {"low_name": both("No"), "high_name": both("Yes")}),
    "K5": ("interval_estimate", {"unit": both("days")}),
    "K6": ("multi_rating", {"dimensions": [{"code": c, "name": both(c)} for c in ("good", "bad")]}),
}


def rounds() -> list[dict[str, Any]]:
    """The small study with one item of each of these kinds in round 2."""
    made: list[dict[str, Any]] = study_document()["rounds"]
    made[1]["items"] = [
        {
            "code": code,
            "theme": "care",
            "kind": kind,
            "wording": both(code),
            "settings": deepcopy(settings),
        }
        for code, (kind, settings) in KINDS.items()
    ]
    return made


# What five experts say, by the fields of each kind; the fifth leaves one estimate unfinished.
def said(number: int) -> dict[str, Any]:
    return {
        "K1": {"": "other", "-other": "At work"} if number == 1 else {"": "home"},
        "K2": {"-home": True, "-clinic": True},
        "K3": {"": f"{number},5"},
        "K4": {"": str(10 * number)},
        "K5": {"-lowest": "1", "-best": str(number)} | ({"-highest": "9"} if number < 6 else {}),
        "K6": {"-good": "4", "-bad": "unable" if number == 1 else "2"},
    }


@pytest.fixture
def story(session):
    story = make_story(session, experts=7, rounds=rounds())
    story.until_round_2()
    for number in range(1, 7):
        story.answer(number, 2, said(number))
    return story


@pytest.fixture
def closed(story):
    story.later(days=7)
    story.close(2)
    return story


def asked(story, number=2):
    study = story.study
    return questionnaire.asked_round(story.session, study, story.round(number), "en")


def test_what_informs_is_not_asked_and_not_counted(story):
    round_ = asked(story)
    assert [item.code for item in round_.asking] == ["K1", "K2", "K3", "K4", "K5", "K6"]
    own = questionnaire.own_answers(story.session, story.expert(1).id, round_)
    assert own.answered(round_) == 6


def test_an_answer_to_what_informs_belongs_to_no_round(story):
    with pytest.raises(responding.NotInRound):
        story.keep(1, 2, {"I1": 4})


@pytest.mark.both_engines
def test_an_answer_that_is_begun_is_kept_and_still_asked_for(story):
    round_ = asked(story)
    own = questionnaire.own_answers(story.session, story.expert(6).id, round_)
    assert [item.code for item in own.unanswered(round_)] == ["K5"]
    assert own.given[story.place(2, "K5")].answer.detail == {"lowest": 1, "best": 6}


def test_results_sum_them_up_by_the_protocol_and_judge_none(closed):
    stored = results.of_round(closed.session, closed.round(2))
    assert stored is not None
    assert stored.statements == ()
    numbers = {other.code: other.numbers for other in stored.others}
    assert set(numbers) == set(KINDS) - {"I1"}
    assert {code: one["n"] for code, one in numbers.items()} == {
        "K1": 6,
        "K2": 6,
        "K3": 6,
        "K4": 6,
        "K5": 5,
        "K6": 6,
    }
    assert numbers["K1"]["options"]["other"]["count"] == 1
    assert numbers["K3"]["median"] == 4
    assert numbers["K6"]["dimensions"]["bad"]["unable"] == 1


def test_they_come_back_with_what_informs_and_with_feedback(closed):
    assert all(carried.returns for carried in proposals(closed.session, closed.round(2)))
    closed.prepare(2)
    closed.later(days=1)
    closed.launch(3)
    sheets = {item.code: item.sheet for item in asked(closed, 3).items}
    assert list(sheets) == list(KINDS)
    assert sheets.pop("I1") is None
    assert all(not sheet["suppressed"] and sheet["numbers"]["n"] >= 5 for sheet in sheets.values())


def test_what_informs_stays_away_when_nothing_of_its_theme_returns(closed):
    closed.prepare(2, returning=[])
    assert closed.asked(3) == {}


def test_files_hold_every_answer_and_nothing_that_informs(closed):
    data = dataset.of_study(closed.session, closed.study)
    wide = exporting.wide_table(closed.study, data, "en")
    first = dict(zip([column.name for column in wide.columns], wide.rows[0], strict=True))
    assert not any(name.startswith("r2_i1") for name in first)
    assert (first["r2_k1"], first["r2_k1_other"]) == (3, "At work")
    assert (first["r2_k2_home"], first["r2_k3"], first["r2_k4"]) == (1, 1.5, 10)
    assert (first["r2_k5_lowest"], first["r2_k5_highest"]) == (1, 9)
    assert (first["r2_k6_good"], first["r2_k6_bad"]) == (4, -2)
    long = exporting.long_table(closed.study, data, "en")
    codes = [column.name for column in long.columns].index("item")
    assert {row[codes] for row in long.rows} == {"Q1", "Q2", *KINDS} - {"I1"}


def test_a_text_that_a_language_lacks_is_named_with_its_item():
    broken = rounds()
    broken[1]["items"][1]["settings"]["options"][0]["name"] = {"en": "home"}
    with pytest.raises(loading.StudyFileBroken) as refused:
        loading.read(study_file(rounds=broken))
    assert "K1: option home has no text in nl" in str(refused.value)
