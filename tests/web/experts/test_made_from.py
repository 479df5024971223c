"""What experts are told of a statement that was split off or merged, and what they are not."""

from datetime import UTC, datetime, timedelta

import pytest

from surveys.models.base import transaction
from surveys.services import preparing
from tests.actors.visitor import Visitor
from tests.factories import make_rated_story
from tests.services.test_redrawing import merge, split


@pytest.fixture
def story(session, links):
    """S02 was split into S05 and S06, S01 and S03 were merged into S07; round 3 is open."""
    at = datetime.now(UTC) - timedelta(days=20)
    story = make_rated_story(session, at=at, links=links)
    split(story, "S02")
    merge(story, ["S01", "S03"], {"en": "Both hold.", "nl": "Beide kloppen."})
    story.later(days=1)
    story.launch(3)
    return story


def told(app, story, expert):
    """What stands above each statement, by code."""
    visitor = Visitor(app, ("en", "nl")[(expert - 1) % 2])
    visitor.arrive(story.link(expert))
    return {
        code: visitor.page.one(id=f"i-{placed.id}").text for code, placed in story.asked(3).items()
    }


def test_a_part_says_from_what_it_came_and_why_with_ones_own_earlier_rating(app, story):
    part = told(app, story, 1)["S05"]
    assert "New: one part of S02, which was split" in part
    assert "Why: Two ideas in one." in part
    assert "is not compared with your answer here" in part
    assert "Statement 2 holds." in part
    assert "Your answer last time: 5 (point 5)." in part
    assert "6 of 8 experts (75%) rated it 4–5; 2 (25%) rated it 1–2." in part


def test_a_merged_statement_says_it_of_each_and_in_the_experts_language(app, story):
    merged = told(app, story, 2)["S07"]
    assert "Nieuw: gemaakt uit S01 en S03, die zijn samengevoegd" in merged
    assert "Waarom: Twee ideeën in één." in merged
    assert "Stelling 1 klopt." in merged
    assert "Uw antwoord van de vorige keer: 5 (punt 5)." in merged
    assert "Uw antwoord van de vorige keer: 1 (punt 1)." in merged


def test_what_comes_back_is_told_nothing_of_the_kind(app, story):
    same = told(app, story, 1)["S04"]
    assert "New:" not in same
    assert "You rated 4" in same


def test_in_the_round_after_it_is_an_item_like_any_other(app, story):
    for number in range(1, 8):
        story.answer(number, 3, dict.fromkeys(story.asked(3), 4))
    story.close(3)
    with transaction(story.session):
        preparing.prepare(
            story.session,
            story.study,
            story.round(3),
            reason="New statements were rated once.",
            actor=story.actor,
            at=story.now,
        )
    story.later(minutes=1)
    story.launch(4)
    visitor = Visitor(app)
    visitor.arrive(story.link(1))
    part = visitor.page.one(id=f"i-{story.place(4, 'S05')}").text
    assert "You rated 4" in part
    assert "which was split" not in part
