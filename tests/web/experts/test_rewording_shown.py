"""What an expert sees of a new wording: which words changed, why, and what still may be compared."""

from datetime import UTC, datetime, timedelta

import pytest

from surveys.models.item import Meaning
from tests.actors.visitor import Visitor
from tests.factories import both, make_rated_story

SHOWN = both("Statement 1 holds.", "Stelling 1 klopt.")
CLEARER = both("Statement 1 holds for adults.", "Stelling 1 klopt voor volwassenen.")
WHY = both("Children were not <meant>.", "Kinderen waren niet bedoeld.")
# The first expert of the panel reads English, the second Dutch.
ENGLISH, DUTCH = 1, 2


@pytest.fixture
def story(session, links):
    return make_rated_story(session, at=datetime.now(UTC) - timedelta(days=20), links=links)


def item_of(story, app, expert, code="S01"):
    """The item on the page of an expert, after the launch."""
    if story.round(3).opened_at is None:
        story.later(days=1)
        story.launch(3)
    person = Visitor(app, story.expert(expert).language)
    page = person.arrive(story.link(expert))
    return page.one(id=f"i-{story.place(3, code)}")


def told(item):
    return [node.text for node in item.all("details", class_="reworded")]


def test_the_words_that_changed_are_marked_in_the_experts_own_language_with_the_reason(story, app):
    story.reword(3, "S01", CLEARER, WHY, Meaning.KEPT)
    english, dutch = item_of(story, app, ENGLISH), item_of(story, app, DUTCH)
    assert told(english) == [
        "Wording changed since round 2 Statement 1 holds (added: for adults)."
        " Why: Children were not <meant>."
    ]
    assert told(dutch) == [
        "Anders geformuleerd dan in ronde 2 Stelling 1 klopt (toegevoegd: voor volwassenen)."
        " Waarom: Kinderen waren niet bedoeld."
    ]
    assert told(item_of(story, app, ENGLISH, "S02")) == []


def test_removed_words_are_told_before_added_ones_to_whoever_does_not_see_the_marks(story, app):
    story.reword(3, "S01", both("Statement 1 is true."), WHY, Meaning.KEPT)
    item = item_of(story, app, ENGLISH)
    assert [node.text for node in item.all("del", "ins")] == [
        "(removed: holds)",
        "(added: is true)",
    ]


def test_while_the_meaning_is_kept_the_earlier_rating_is_shown(story, app):
    story.reword(3, "S01", CLEARER, WHY, Meaning.KEPT)
    item = item_of(story, app, ENGLISH)
    assert "You rated 5" in item.text
    assert "something else" not in item.text


def test_when_the_meaning_changed_no_earlier_rating_is_shown_and_the_page_says_so(story, app):
    story.reword(3, "S01", CLEARER, WHY, Meaning.CHANGED)
    item = item_of(story, app, ENGLISH)
    assert "You rated" not in item.text
    assert item.all(class_="feedback") == []
    assert "The new wording means something else. Please answer it anew" in item.text
    assert "You rated 5" in item_of(story, app, ENGLISH, "S02").text


def test_a_change_in_one_language_is_told_in_that_language_alone(story, app):
    story.reword(3, "S01", {**SHOWN, "nl": CLEARER["nl"]}, {"nl": WHY["nl"]}, Meaning.KEPT)
    assert told(item_of(story, app, ENGLISH)) == []
    assert len(told(item_of(story, app, DUTCH))) == 1


def test_a_meaning_that_changed_in_another_language_is_told_with_its_reason(story, app):
    """The earlier rating is gone from this expert's page too, so the page owes them a word."""
    story.reword(3, "S01", {**SHOWN, "nl": CLEARER["nl"]}, {"nl": WHY["nl"]}, Meaning.CHANGED)
    item = item_of(story, app, ENGLISH)
    assert told(item) == []
    assert "In another language this now means something else" in item.text
    (why,) = item.all("p", class_="why")
    assert [node.attrs["lang"] for node in why.all("span")] == ["nl"]


@pytest.mark.parametrize(("length", "open_"), [(10, True), (60, False)])
def test_a_long_change_is_folded(story, app, length, open_):
    words = " ".join(f"word{number}" for number in range(length))
    story.reword(3, "S01", both(f"Statement 1 holds {words}."), WHY, Meaning.KEPT)
    (details,) = item_of(story, app, ENGLISH).all("details", class_="reworded")
    assert ("open" in details.attrs) is open_
