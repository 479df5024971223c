"""The audit trail: every act can be reached, by kind and page by page, and names nobody."""

from datetime import UTC, datetime, timedelta

import pytest

from surveys.models.base import transaction
from surveys.services import auditing
from tests.factories import make_rated_story


@pytest.fixture
def story(session, links):
    """Two rounds behind them, and 120 files taken."""
    story = make_rated_story(session, at=datetime.now(UTC) - timedelta(days=20), links=links)
    with transaction(story.session):
        for number in range(120):
            auditing.record(
                story.session,
                study_id=story.study_id,
                actor="researcher:1",
                act="data exported",
                at=datetime.now(UTC),
                table="long",
                rows=number,
            )
    return story


def lines(page):
    return [row.text for row in page.one("tbody").all("tr")]


def test_every_act_is_reached_page_by_page(story, lead):
    page = lead.open(lead.study)
    assert len(lines(page)) == 12
    page = lead.open(f"{lead.study}/trail")
    seen = lines(page)
    assert "data exported: table long, rows 119" in seen[0]
    while following := page.all("a", rel="next"):
        page = lead.open(following[0].attrs["href"])
        seen += lines(page)
    assert len(seen) == len(set(seen)) > 150
    assert "study created" in seen[-1]
    assert not any("expert1@" in line or "Name of" in line for line in seen)


def test_one_kind_of_act_can_be_shown_alone(story, lead):
    lead.open(f"{lead.study}/trail")
    page = lead.press("Show", act="data exported")
    assert "Newest first: 1 to 50 of 120." in page.text
    page = lead.open(page.one("a", rel="next").attrs["href"])
    assert "51 to 100 of 120" in page.text
    assert all("data exported" in line for line in lines(page))


@pytest.mark.parametrize("end", ["?page=0", "?page=-1", "?page=x", "?page=" + "9" * 30, "?act=x"])
def test_a_page_or_a_kind_that_is_none_shows_what_there_is(story, lead, end):
    page = lead.open(f"{lead.study}/trail{end}")
    assert page.status == 200
    assert lines(page)


def test_where_a_researcher_decided_against_the_rule_the_trail_says_so(story, lead):
    # Everything was rated once, so by the rule all of it comes back.
    lead.open(f"{lead.study}/rounds/2/next")
    left = [story.place(2, code) for code in ("S02", "S03", "S04")]
    choices = {f"choice-{place}": "leaves" for place in left}
    reasons = {f"why-{place}": "Not ours to judge." for place in left}
    lead.press("Prepare round 3 as chosen", **choices, **reasons)
    said = lines(lead.open(f"{lead.study}/trail?act=round+prepared"))[0]
    assert said.endswith(
        "round prepared: round 3, returning (S01), leaving (S02, S03, S04),"
        " against the rule (S02, S03, S04)"
    )
