"""What only informs: its text is checked, and it never holds an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from surveys.delphi.answer import Answer, Missing
from surveys.items import ASKING, InvalidAnswer
from surveys.items.information import Information

TEXT = {"en": "Two **trials**.", "nl": "Twee **studies**."}
SKIPPED = Answer.absent(Missing.SKIPPED)


def information(**settings: Any) -> Information:
    return Information.load({"text": TEXT, **settings})


def test_settings_survive_json():
    for kind in (information(), Information.load({})):
        assert Information.load(json.loads(json.dumps(kind.to_json()))) == kind


def test_a_setting_it_does_not_have_is_refused_by_name():
    with pytest.raises(ValueError, match="information has no setting link"):
        information(link="x")


def test_every_text_an_expert_reads_is_named():
    assert information().texts() == {"text": TEXT}
    assert Information.load({}).texts() == {}


def test_the_text_is_in_the_readers_language():
    assert information().face("nl")["text"] == "Twee **studies**."


def test_it_asks_for_nothing():
    kind = information()
    assert not kind.asks
    assert Information.kind not in ASKING
    assert kind.fields() == {}
    assert kind.filled(None) == kind.filled(SKIPPED) == {}
    assert kind.read({"": "an answer"}) == SKIPPED
    assert kind.in_words(SKIPPED, "en") == ""


def test_an_answer_to_it_is_refused():
    information().check(SKIPPED)
    for answer in (Answer(4), Answer(detail={"text": "yes"}), Answer.absent(Missing.UNABLE)):
        with pytest.raises(InvalidAnswer, match="asks for no answer"):
            information().check(answer)


def test_it_has_no_numbers_no_feedback_and_no_columns():
    kind = information()
    assert kind.summarise([SKIPPED], quantile_method="linear") is None
    assert kind.columns("i1", "Read this", "en") == ()
    assert kind.cells(SKIPPED) == ()


def test_its_time_is_that_of_reading_its_longest_text():
    text = {"en": "x" * 100, "nl": "x" * 200}
    assert information(text=text).usual_seconds == 10
    assert Information.load({}).usual_seconds == 0
