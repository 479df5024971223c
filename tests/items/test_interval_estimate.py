"""Lowest, best and highest value: what is read, kept while it is begun, told, summed up, written out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.items import InvalidAnswer
from surveys.items.interval_estimate import IntervalEstimate

DAYS = {"en": "days", "nl": "dagen"}
UNABLE = {"en": "I cannot say", "nl": "Kan ik niet zeggen"}
EVERYTHING = FeedbackPolicy(tuple(Shown), smallest_group=2)
SKIPPED, CANNOT = Answer.absent(Missing.SKIPPED), Answer.absent(Missing.UNABLE)


def estimate(**settings: Any) -> IntervalEstimate:
    given = {"unit": DAYS, "minimum": 0, "confidence": True, "unable": UNABLE, **settings}
    return IntervalEstimate.load(given)


def guessed(
    lowest: float | None = None,
    best: float | None = None,
    highest: float | None = None,
    confidence: float | None = None,
) -> Answer:
    parts = {"lowest": lowest, "best": best, "highest": highest, "confidence": confidence}
    return Answer(detail={name: value for name, value in parts.items() if value is not None})


def test_settings_survive_json():
    for kind in (estimate(), estimate(confidence=False, maximum=0.5), IntervalEstimate.load({})):
        assert IntervalEstimate.load(json.loads(json.dumps(kind.to_json()))) == kind


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"sure": True}, "an estimate has no setting sure"),
        ({"minimum": 3, "maximum": 1}, "must lie below"),
        ({"confidence": "often"}, "confidence must be true or false"),
        ({"decimals": 1.5}, "decimals must be a whole number"),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_a_sentence(settings, said):
    with pytest.raises(ValueError, match=said):
        estimate(**settings)


def test_every_text_an_expert_reads_is_named():
    assert estimate().texts() == {"unit": DAYS, "unable": UNABLE}


# --- answers


def test_numbers_are_read_part_by_part():
    data = {"-lowest": "2", "-best": "3,5 days", "-highest": " 7 ", "-confidence": "80 %"}
    assert estimate().read(data) == guessed(2, 3.5, 7, 80)
    assert estimate().read({"-best": "3"}) == guessed(best=3)
    assert estimate().read({}) == SKIPPED
    assert estimate().read({"-unable": True}) == CANNOT


def test_whole_numbers_are_stored_whole():
    assert json.dumps(estimate().read({"-best": "3.0"}).detail) == '{"best": 3}'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"-best": "some"}, "“some” is not a number"),
        ({"-best": "3", "-confidence": "80.5"}, "whole number"),
        ({"-lowest": "3", "-unable": True}, "not both"),
    ],
)
def test_what_is_no_estimate_is_given_back(data, said):
    with pytest.raises(InvalidAnswer, match=said):
        estimate().read(data)


@pytest.mark.parametrize(
    "answer",
    [
        guessed(2, 3.5, 7, 80),
        guessed(3, 3, 3, 0),
        guessed(best=3),
        guessed(lowest=2),
        CANNOT,
        SKIPPED,
    ],
)
def test_what_the_page_shows_is_read_as_the_same_answer(answer):
    kind = estimate()
    assert kind.filled(answer).keys() == kind.fields().keys()
    assert kind.read(kind.filled(answer)) == answer
    kind.check(answer)


def test_an_item_without_answer_shows_empty_fields():
    assert set(estimate().filled(None).values()) == {""}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (guessed(4, 3, 7), r"lowest value \(4\) is above your best estimate \(3\)"),
        (guessed(1, 8.5, 7), r"best estimate \(8.5\) is above your highest value \(7\)"),
        # The order is looked at as soon as two parts are there.
        (guessed(lowest=8, highest=7), r"lowest value \(8\) is above your highest value \(7\)"),
        (guessed(-1, 3, 7), "at least 0"),
        (guessed(1, 3, 7, 101), "from 0 to 100"),
        (Answer(detail={"lowest": 1, "middle": 2}), "not an estimate"),
        (Answer(detail={"lowest": 1, "best": "2"}), "not an estimate"),
        (Answer(detail={}), "not an estimate"),
        (Answer(4), "not an estimate"),
        (Answer(detail={"best": True}), "not an estimate"),
    ],
)
def test_what_does_not_fit_is_refused_with_both_numbers(answer, said):
    with pytest.raises(InvalidAnswer, match=said):
        estimate().check(answer)


def test_what_is_not_asked_is_refused():
    kind = estimate(confidence=False, unable=None)
    assert set(kind.fields()) == {"-lowest", "-best", "-highest"}
    with pytest.raises(InvalidAnswer, match="not an estimate"):
        kind.check(guessed(1, 2, 3, 80))
    with pytest.raises(InvalidAnswer, match="not offered here"):
        kind.check(CANNOT)


@pytest.mark.parametrize(
    ("answer", "language", "told"),
    [
        (guessed(2), "en", "best estimate, highest value and how sure"),
        (guessed(2, 3, 7), "nl", "hoe zeker"),
        (guessed(best=3, confidence=80), "", "lowest value and highest value"),
    ],
)
def test_what_is_begun_is_kept_and_what_is_missing_told(answer, language, told):
    assert str(estimate().lacks(answer, language)) == f"Still to fill in: {told}."


@pytest.mark.parametrize("answer", [guessed(2, 3, 7, 80), CANNOT, SKIPPED])
def test_what_is_whole_or_absent_lacks_nothing(answer):
    assert estimate().lacks(answer, "en") is None
    assert estimate(confidence=False).lacks(guessed(2, 3, 7), "en") is None


@pytest.mark.parametrize(
    ("answer", "language", "words"),
    [
        (
            guessed(2, 3.5, 7, 80),
            "nl",
            "tussen 2\u00a0dagen en 7\u00a0dagen, beste schatting 3,5\u00a0dagen, 80% zeker",
        ),
        (
            guessed(2, 3.5, 7, 80),
            "de",
            "zwischen 2\u00a0days und 7\u00a0days, beste Schätzung 3,5\u00a0days, "
            "zu 80\u202f% sicher",
        ),
        (guessed(2, highest=7), "", "lowest value 2\u00a0days, highest value 7\u00a0days"),
        (CANNOT, "nl", "Kan ik niet zeggen"),
        (SKIPPED, "nl", ""),
    ],
)
def test_an_answer_reads_as_words(answer, language, words):
    assert estimate().in_words(answer, language) == words


# --- the panel


PANEL = [
    guessed(1, 2, 4, 70),
    guessed(2, 3, 9, 80),
    guessed(2, 4, 5, 90),
    guessed(8, 9, 12, 60),
    guessed(best=100),
    CANNOT,
    SKIPPED,
]


def test_the_panel_is_described_from_whole_estimates_only():
    numbers = estimate().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    counts = {name: numbers[name] for name in ("n", "unfinished", "unable", "skipped")}
    assert counts == {"n": 4, "unfinished": 1, "unable": 1, "skipped": 1}
    assert numbers["best"]["median"] == 3.5
    assert (numbers["lowest"]["median"], numbers["highest"]["median"]) == (2, 7)
    assert numbers["confidence"]["mean"] == 75
    # 3.5 lies within the first three intervals and not within 8 to 12.
    assert numbers["inside"] == 3


@pytest.mark.parametrize("answers", [[], [SKIPPED, CANNOT], [guessed(best=3)]])
def test_nobody_gave_a_whole_estimate(answers):
    numbers = estimate().summarise(answers, quantile_method="linear")
    assert numbers is not None
    assert (numbers["n"], numbers["inside"], numbers["bins"]) == (0, None, [])
    assert numbers["best"]["median"] is None


def test_feedback_puts_ones_own_interval_beside_the_groups():
    numbers = estimate().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    shown = estimate().feedback(numbers, guessed(1, 2, 4, 70), "nl", EVERYTHING)
    assert shown is not None
    assert shown["own"] == {"lowest": 1, "best": 2, "highest": 4, "confidence": 70}
    assert (shown["lowest"], shown["best"], shown["highest"]) == (2, 3.5, 7)
    assert (shown["q1"], shown["q3"]) == (2.75, 5.25)


def test_feedback_shows_only_what_the_policy_names():
    numbers = estimate().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    shown = estimate().feedback(numbers, guessed(1, 2, 4), "nl", FeedbackPolicy((Shown.COMMENTS,)))
    assert shown is not None
    assert (shown["own"], shown["best"], shown["q1"], shown["bins"]) == (None, None, None, [])


def test_an_estimate_that_was_never_finished_is_not_drawn():
    numbers = estimate().summarise(PANEL, quantile_method="linear")
    assert numbers is not None
    for own in (guessed(best=3), None):
        shown = estimate().feedback(numbers, own, "en", EVERYTHING)
        assert shown is not None
        assert shown["own"] is None


# --- files


def test_files_have_a_column_per_part():
    kind = estimate()
    columns = kind.columns("r2_S01", "How long?", "nl")
    assert [column.name for column in columns] == [
        "r2_s01_lowest",
        "r2_s01_best",
        "r2_s01_highest",
        "r2_s01_confidence",
        "r2_s01_missing",
    ]
    assert columns[0].label == "How long? laagste waarde (dagen)"
    assert columns[3].label == "How long? hoe zeker (%)"
    assert kind.cells(guessed(1, 2.5, 4, 70)) == (1, 2.5, 4, 70, None)
    # What was begun is in the file, too.
    assert kind.cells(guessed(best=3)) == (None, 3, None, None, None)
    assert kind.cells(None) == (None, None, None, None, -1)
    assert kind.cells(CANNOT) == (None, None, None, None, -2)
    plain = IntervalEstimate.load({})
    assert plain.columns("s", "How long?", "en")[0].label == "How long? lowest value"
    assert len(plain.columns("s", "How long?", "en")) == len(plain.cells(None)) == 4


def test_the_page_is_told_what_to_draw():
    face = estimate().face("fr")
    assert (face["unit"], face["confidence"], face["decimal_sign"]) == ("days", True, ",")


def test_every_part_takes_its_time():
    assert estimate().usual_seconds > estimate(confidence=False).usual_seconds > 0
