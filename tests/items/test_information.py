"""What only informs: its text and evidence are checked, and it never holds an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from surveys.delphi.answer import Answer, Missing
from surveys.items import ASKING, InvalidAnswer
from surveys.items.information import Information

TEXT = {"en": "Two **trials**.", "nl": "Twee **studies**."}
PAPER = {"title": {"en": "The trial", "nl": "De studie"}, "url": "https://www.who.int/a/Trial.PDF"}
SKIPPED = Answer.absent(Missing.SKIPPED)


def information(**settings: Any) -> Information:
    return Information.load({"text": TEXT, "evidence": [PAPER], **settings})


def test_settings_survive_json():
    for kind in (information(), Information.load({})):
        assert Information.load(json.loads(json.dumps(kind.to_json()))) == kind


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"link": "x"}, "information has no setting link"),
        ({"evidence": "https://who.int"}, "“evidence” must be a list"),
        ({"evidence": [{"url": "https://who.int"}]}, "a title and a url"),
        ({"evidence": [{**PAPER, "title": ""}]}, "needs a title"),
        ({"evidence": [{**PAPER, "url": "trial.pdf"}]}, "whole web address, not 'trial.pdf'"),
        ({"evidence": [{**PAPER, "url": "javascript:alert(1)"}]}, "whole web address"),
        ({"evidence": [{**PAPER, "url": "https://"}]}, "whole web address"),
        ({"evidence": [{**PAPER, "url": "https://who.int/a b"}]}, "whole web address"),
        ({"evidence": [{**PAPER, "url": "https://who.int/" + "a" * 2_000}]}, "2000 characters"),
        ({"evidence": [PAPER] * 21}, "at most 20 pieces of evidence, not 21"),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_a_sentence(settings, said):
    with pytest.raises(ValueError, match=said):
        information(**settings)


def test_every_text_an_expert_reads_is_named():
    assert information().texts() == {"text": TEXT, "evidence 1": PAPER["title"]}
    assert Information.load({}).texts() == {}


@pytest.mark.parametrize(
    ("url", "form", "host"),
    [
        ("https://www.who.int/a/Trial.PDF?page=2", "pdf", "who.int"),
        ("http://example.org/map.png", "picture", "example.org"),
        ("https://doi.org/10.1000/182", "page", "doi.org"),
    ],
)
def test_a_link_says_what_one_gets_and_from_where(url, form, host):
    shown = information(evidence=[{**PAPER, "url": url}]).face("nl")["evidence"][0]
    assert (shown["title"], shown["form"], shown["host"]) == ("De studie", form, host)


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
