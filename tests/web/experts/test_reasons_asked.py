"""A reason is asked for beside the comment, without a script after saving, and never demanded."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_rated_story

OUTSIDE = "Your rating lies outside the middle half of the group. If you like, say why:"
CROSSED = "You judge this differently from last time. If you like, say why:"


@pytest.fixture
def story(session, links):
    """Round 3 asks all four statements again. On S01 the middle half is 3.75 to 4.25."""
    story = make_rated_story(session, at=datetime.now(UTC) - timedelta(days=20), links=links)
    story.prepare(2, returning=[placed.id for placed in story.asked(2).values()])
    story.launch(3)
    story.later(minutes=1)
    return story


@pytest.fixture
def expert(story, visitor):
    """Expert 7, who rated S01 with 3."""
    visitor.arrive(story.link(7))
    return visitor


def label(story, page, code="S01"):
    return next(
        node.text
        for node in page.all("label")
        if node.attrs.get("for") == f"c-{story.place(3, code)}"
    )


@pytest.mark.parametrize(
    ("rating", "asked"), [("3", OUTSIDE), ("5", OUTSIDE), ("4", CROSSED), ("unable", "Comment")]
)
def test_after_saving_the_comment_asks_why_where_there_is_an_occasion(story, expert, rating, asked):
    assert label(story, expert.page) == "Comment"
    page = expert.press("Save", **{f"a-{story.place(3, 'S01')}": rating})
    assert label(story, page) == asked


def test_nobody_has_to_say_why(story, expert):
    codes = story.asked(3)
    page = expert.press("Submit", **{f"a-{codes[code].id}": "1" for code in codes})
    assert page.h1 == "Thank you. We have your answers."


def test_the_script_is_told_what_the_expert_was_shown(story, expert):
    item = expert.page.one("fieldset", id=f"i-{story.place(3, 'S01')}")
    assert item.attrs["data-middle"] == "3.75 4.25"
    assert item.attrs["data-own"] == "3"
    assert item.attrs["data-bands"] == "llmhh"


def test_who_left_it_open_last_time_has_not_changed_a_mind(story, visitor):
    visitor.arrive(story.link(8))
    item = visitor.page.one("fieldset", id=f"i-{story.place(3, 'S03')}")
    # Expert 8 left S03 open before, so there is no own rating to differ from.
    assert "data-own" not in item.attrs
    assert "data-middle" in item.attrs
