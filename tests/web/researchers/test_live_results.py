"""Results of a round in real time on the page: final answers, and beside them how they came about."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_live_story


@pytest.fixture
def story(session, links):
    story = make_live_story(session, at=datetime.now(UTC) - timedelta(days=3), links=links)
    for expert, rating in enumerate([5, 5, 4, 4, 4, 2], start=1):
        story.keep(expert, 1, {"S01": rating})
    story.keep(6, 1, {"S01": 4})
    story.close(1)
    return story


def test_first_against_final_answers_are_shown_under_that_name(lead):
    page = lead.open(f"{lead.study}/rounds/1/results")
    assert "it is no stability between rounds, and no rule uses it" in page.text
    said = page.one("article", id="result-S01").text
    assert "Stability not assessed: rated once." in said
    assert "First against final answer, within this real-time round: little moved" in said
    assert "5 kept the rating, 1 moved up, 0 moved down." in said
    bars = [node.attrs["aria-label"] for node in page.all("svg", class_="distribution")]
    assert "First, blind: 0 at 1, 1 at 2, 0 at 3, 3 at 4, 2 at 5" in bars
    assert "Final: 0 at 1, 0 at 2, 0 at 3, 4 at 4, 2 at 5" in bars


def test_a_statement_nobody_answered_says_so(lead):
    said = lead.open(f"{lead.study}/rounds/1/results").one("article", id="result-S02").text
    assert "nobody gave both" in said
