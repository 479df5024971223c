"""How well an expert knows what is asked: one line beside the answers, saved as they are."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from surveys.models.response import Rating, SelfRating
from tests.actors.visitor import Visitor
from tests.factories import make_story


@pytest.fixture
def about():
    """Tests of themes override this."""
    return "item"


@pytest.fixture
def story(session, links, about):
    now = datetime.now(UTC)
    story = make_story(session, at=now - timedelta(days=3), links=links, expertise=about)
    story.until_round_2()
    return story


@pytest.fixture
def expert(story, visitor):
    """Expert 3 in front of round 2."""
    visitor.arrive(story.link(3))
    visitor.autosave = f"/e/{story.participation(3)}/rounds/2/answers"
    return visitor


def levels(story):
    return list(story.anew().session.scalars(select(SelfRating.level).order_by(SelfRating.id)))


def key(story, code):
    return f"k{story.place(2, code)}"


def chosen(page, name):
    """The value of the chosen option of a field; none is the first."""
    options = page.one("select", name=f"a-{name}").all("option")
    marked = [node for node in options if "selected" in node.attrs]
    return (marked or options)[0].attrs["value"]


def test_each_item_asks_once_with_words_and_nothing_is_preset(story, expert):
    fields = [node for node in expert.page.all("select") if node.attrs["name"].startswith("a-k")]
    assert [node.attrs["name"] for node in fields] == [
        f"a-{key(story, code)}" for code in ("S01", "S02", "S03")
    ]
    for field in fields:
        assert not [node for node in field.all("option") if "selected" in node.attrs]
    words = [node.text for node in fields[0].all("option")]
    assert (words[0], words[1], words[5]) == ("not said", "1 · not familiar", "5 · my own field")
    labels = [node.text for node in expert.page.all("label") if "How familiar?" in node.text]
    assert labels == ["How familiar? S01", "How familiar? S02", "How familiar? S03"]


def test_it_is_saved_without_script_and_stands_on_the_page_again(story, expert):
    one = key(story, "S01")
    page = expert.press("Save", **{f"a-{one}": "4", f"a-{story.place(2, 'S01')}": "5"})
    assert chosen(page, one) == "4"
    assert "1 of 3 answered" in page.text
    page = expert.press("Save", **{f"a-{one}": ""})
    assert chosen(page, one) == ""
    assert levels(story) == [4, None]


def test_a_script_saves_it_by_itself(story, expert):
    one = key(story, "S01")
    answer = expert.script(expert.autosave, {f"a-{one}": "2", f"v-{one}": "0"})
    assert (answer.status_code, answer.json["versions"]) == (200, {one: "1"})
    assert answer.json["answered"] == 0
    assert levels(story) == [2]


def test_a_script_on_an_old_page_gets_the_newer_level_to_choose(story, expert):
    one = key(story, "S01")
    for level, seen in (("2", "0"), ("5", "1")):
        expert.script(expert.autosave, {f"a-{one}": level, f"v-{one}": seen})
    answer = expert.script(expert.autosave, {f"a-{one}": "1", f"v-{one}": "1"})
    (conflict,) = answer.json["conflicts"]
    assert (conflict["id"], conflict["values"]) == (one, {"": "5"})
    assert conflict["value_name"] == "my own field"
    assert answer.json["versions"] == {one: "2"}
    assert levels(story) == [2, 5]


def test_an_old_page_without_script_shows_both_and_lets_choose(story, expert):
    one = key(story, "S01")
    old = expert.page.form_with(field=f"a-{one}")
    expert.press("Save", **{f"a-{one}": "5"})
    page = expert.press("Save", form=old, **{f"a-{one}": "1"})
    assert page.status == 422
    assert "You answered this on another page too." in page.text
    assert "my own field" in page.one("p", class_="elsewhere").text
    assert chosen(page, one) == "1"
    expert.press("Save")
    assert levels(story) == [5, 1]


@pytest.mark.parametrize("level", ["0", "6", "-1", "1.0", "five", "٣", "9" * 400])
def test_what_is_no_level_is_refused_beside_its_question(story, expert, level):
    one = key(story, "S01")
    page = expert.press("Save", **{f"a-{one}": level, f"a-{story.place(2, 'S01')}": "3"})
    assert page.status == 422
    assert "S01: This is not one of the answers offered here." in page.text
    assert levels(story) == []
    answer = expert.script(expert.autosave, {f"a-{one}": level})
    assert (answer.status_code, answer.json["problems"][0]["id"]) == (422, one)


@pytest.mark.parametrize("foreign", ["k1", "k999999999999", "t1"])
def test_a_subject_of_another_round_is_refused_whole(story, expert, foreign):
    page = expert.press("Save", **{f"a-{foreign}": "3", f"a-{story.place(2, 'S01')}": "3"})
    assert (page.status, page.h1) == (422, "This answer belongs to another round")
    assert levels(story) == []
    assert story.session.scalars(select(Rating.value).where(Rating.value == 3)).all() == []


def test_a_round_that_closed_meanwhile_gives_back_what_was_chosen(story, expert):
    story.close(2)
    page = expert.press("Save", **{f"a-{key(story, 'S01')}": "4"})
    assert page.h1 == "This round is closed"
    kept = [node for node in page.all("label") if node.text == "How familiar? S01"]
    assert len(kept) == 1


@pytest.mark.parametrize("about", ["theme"])
def test_a_theme_asks_once_above_its_first_items(story, expert):
    fields = [node for node in expert.page.all("select") if node.attrs["name"].startswith("a-t")]
    assert len(fields) == 2
    labels = [node.text for node in expert.page.all("label") if "this theme?" in node.text]
    assert labels == [f"How familiar are you with this theme? {name}" for name in ("Care", "Data")]
    page = expert.press("Save", **{fields[1].attrs["name"]: "5"})
    assert chosen(page, fields[1].attrs["name"].removeprefix("a-")) == "5"


@pytest.mark.parametrize("about", ["nothing"])
def test_a_study_that_does_not_ask_shows_nothing_of_it(expert):
    assert not expert.page.all("div", class_="knows")


@pytest.mark.parametrize("about", ["theme"])
def test_levels_speak_the_language_of_the_page(story, app):
    dutch = Visitor(app)
    page = dutch.arrive(story.link(2))
    words = [node.text for node in page.all("select")[0].all("option")]
    assert words[-1] == "5 · mijn vakgebied"
