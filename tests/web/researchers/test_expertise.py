"""Results by expertise: beside the locked ones, computed by hand, changing no verdict."""

from datetime import UTC, datetime, timedelta

import pytest

from surveys.models.base import transaction
from tests.factories import make_rated_story

# How well experts 1 to 8 say to know the four statements' themes: care (S01, S03) and data (S02, S04).
CARE = [5, 5, 4, 3, 2, 1, 1, None]


@pytest.fixture
def story(session, links):
    """S01 was rated 5 5 4 4 4 4 3 2; round 2 is closed again."""
    story = make_rated_story(
        session, at=datetime.now(UTC) - timedelta(days=30), links=links, expertise="theme"
    )
    with transaction(session):
        story.round(2).closed_at = None
    for number, level in enumerate(CARE, start=1):
        story.know(number, 2, {"care": level})
    with transaction(session):
        story.round(2).closed_at = story.now
    return story


def results(lead, chosen=""):
    return lead.open(f"{lead.study}/rounds/2/results?expertise={chosen}")


def beside(page, code):
    return page.one("section", aria_label=f"{code}, by expertise").text.replace("\u2060", "")


def test_nothing_stands_beside_unless_it_is_chosen(lead):
    page = results(lead)
    assert "Experts said how well they know what they rated." in page.text
    assert "S01, by expertise" not in page.html


def test_a_filter_shows_the_ratings_of_those_who_pass(lead):
    page = results(lead, "4")
    said = beside(page, "S01")
    # Experts 1 to 3: 5, 5 and 4.
    assert "4 very familiar and above 3 of 8 ratings" in said
    assert "3 / 3 (100%)" in said
    assert "Median5" in said
    assert "Nobody of them rated it." in beside(page, "S02"), "nobody said to know data"


def test_the_rule_speaks_of_them_and_the_verdict_stays(lead):
    before = results(lead).one("article", id="result-S01").text
    page = results(lead, "2")
    # Experts 1 to 5: 5 5 4 4 4.
    said = beside(page, "S01")
    assert "these ratings alone would come to: The panel agrees" in said
    after = page.one("article", id="result-S01").text
    assert after.startswith(before[: before.index("Median")])
    assert "This changes no verdict" in page.text


def test_too_few_who_pass_are_too_few_to_judge(lead):
    assert "would come to: Too few ratings" in beside(results(lead, "4"), "S01")


def test_weights_count_each_rating_as_often_as_its_level_says(lead):
    said = beside(results(lead, "weighted"), "S01")
    # 5+5+4+3+2+1 = 20 of 21 rate high (4 or 5), expert 7's 3 weighs 1, expert 8 named nothing.
    assert "7 of 8 ratings" in said
    assert "Sum of weights21" in said
    assert "Agree, weighted95.2%" in said
    assert "Disagree, weighted0%" in said
    # (5*5 + 5*5 + 4*4 + 3*4 + 2*4 + 1*4 + 1*3) / 21 = 93 / 21
    assert "Mean, weighted4.43" in said


def test_the_choice_and_the_verdict_shown_go_together(lead):
    page = lead.open(f"{lead.study}/rounds/2/results?expertise=3&verdict=out")
    assert [node.attrs["id"] for node in page.all("article")] == ["result-S03"]
    links = [node.attrs["href"] for node in page.all("a", class_="nav-link")]
    assert any("verdict=in" in link and "expertise=3" in link for link in links)
    assert any("verdict=out" in link and "expertise=weighted" in link for link in links)


@pytest.mark.parametrize("junk", ["0", "1", "6", "x", "%00", "-3", "<b>"])
def test_what_cannot_be_chosen_shows_nothing_beside(lead, junk):
    page = results(lead, junk)
    assert (page.status, page.all("section", class_="beside")) == (200, [])


def test_a_study_that_never_asked_offers_nothing(session, links, app, lead):
    other = make_rated_story(session, at=datetime.now(UTC) - timedelta(days=30), links=links)
    page = lead.open(f"/studies/{other.study.public_id}/rounds/2/results?expertise=3")
    assert page.status == 200
    assert "how well they know" not in page.text


def test_a_draft_round_is_told_what_to_ask(story, lead):
    lead.open(f"{lead.study}/rounds/3")
    page = lead.press("Keep", about="item")
    assert "Kept." in page.text
    assert story.anew().round(3).expertise == "item"
    assert "Expertise asked: round 3, about for each item" in lead.open(lead.study).text.replace(
        "expertise asked", "Expertise asked"
    )
    page = lead.press(
        "Keep", form=lead.open(f"{lead.study}/rounds/3").form_with(field="about"), about="x"
    )
    assert "Please choose one of the answers offered." in page.text


def test_a_launched_round_cannot_be_changed(story, lead):
    form = lead.open(f"{lead.study}/rounds/3").form_with(field="about")
    story.launch(3)
    page = lead.press("Keep", form=form, about="item")
    assert "what experts see is not changed any more" in page.text
    assert story.anew().round(3).expertise == "theme"
