"""Items that come and go with the answers, on pages without a script and in what a script is told."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from surveys.models.base import db
from surveys.models.response import Rating
from tests.actors.visitor import Visitor
from tests.factories import make_story
from tests.services.test_asking import CONDITIONS, document

LATELY = datetime.now(UTC) - timedelta(days=3)


@pytest.fixture
def story(session, links):
    """S02 after a low S01, S03 after a high S02, S04 of physicians; the first expert is a nurse."""
    story = make_story(session, at=LATELY, links=links, **document(CONDITIONS))
    story.until_round_2()
    return story


@pytest.fixture
def nurse(story, app):
    person = Visitor(app)
    person.arrive(story.link(1))
    return person


def asked(person):
    """The codes of the items that the page shows."""
    return [
        node.text
        for node in person.page.all("span", class_="code")
        if (around := node.inside("fieldset")) and "hidden" not in around.attrs
    ]


def save(story, person, **ratings):
    return person.press(
        "Save", **{f"a-{story.place(2, code)}": str(value) for code, value in ratings.items()}
    )


def progress(page):
    return page.one(id="progress").text


def test_saving_without_a_script_brings_the_items_that_are_asked_now(story, nurse):
    assert asked(nurse) == ["S01"]
    assert progress(nurse.page) == "0 of 1 answered"
    save(story, nurse, S01=1)
    assert asked(nurse) == ["S01", "S02"]
    assert progress(nurse.page) == "1 of 2 answered"
    save(story, nurse, S02=5)
    assert asked(nurse) == ["S01", "S02", "S03"]
    save(story, nurse, S01=4)
    assert asked(nurse) == ["S01"]
    assert progress(nurse.page) == "1 of 1 answered"
    save(story, nurse, S01=2)
    assert asked(nurse) == ["S01", "S02", "S03"]
    assert progress(nurse.page) == "2 of 3 answered"


def test_what_an_expert_is_asked_depends_on_their_group(story, app):
    physician = Visitor(app)
    physician.arrive(story.link(2))
    assert asked(physician) == ["S01", "S04"]


def test_what_is_not_asked_is_not_missing(story, nurse):
    save(story, nurse, S01=5)
    page = nurse.press("Submit")
    assert nurse.at.endswith("/receipt")
    assert "1 of 1" in page.text


def test_what_a_save_brought_is_listed_as_missing(story, nurse):
    page = nurse.press("Submit", **{f"a-{story.place(2, 'S01')}": "1"})
    assert page.h1 == "1 question has no answer yet"
    assert [node.text for node in page.all("span", class_="code")] == ["S02"]


def test_resuming_leads_to_the_first_open_item_that_is_asked(story, app):
    story.consent(1)
    story.keep(1, 2, {"S01": 1, "S02": 4})
    person = Visitor(app)
    page = person.arrive(story.link(1))
    (link,) = [node for node in page.all("a") if "first unanswered" in node.text]
    assert link.attrs["href"] == f"#i-{story.place(2, 'S03')}"


def autosave(story, person, code, value, seen="0.0"):
    place = story.place(2, code)
    answer = person.script(f"{person.at}/answers", {f"a-{place}": str(value), f"v-{place}": seen})
    codes = {str(placed.id): code for code, placed in story.asked(2).items()}
    told = answer.get_json()
    told["asked"] = {codes[item]: there for item, there in told["asked"].items()}
    return told


def test_a_script_is_told_with_every_save_what_is_asked_now(story, nurse):
    at = nurse.at
    told = autosave(story, nurse, "S01", 1)
    assert told["asked"] == {"S02": True, "S03": False, "S04": False}
    assert (told["answered"], told["total"]) == (1, 2)
    nurse.at = at
    told = autosave(story, nurse, "S01", 3, "1.0")
    assert told["asked"] == {"S02": False, "S03": False, "S04": False}
    assert (told["answered"], told["total"]) == (1, 1)


def test_an_answer_posted_to_what_is_not_asked_is_kept_and_not_counted(story, nurse):
    told = autosave(story, nurse, "S02", 5)
    assert told["versions"] == {str(story.place(2, "S02")): "1.0"}
    assert (told["answered"], told["total"]) == (0, 1)
    log = select(func.count(Rating.id)).where(Rating.round_item_id == story.place(2, "S02"))
    assert story.anew().session.scalar(log) == 1


def test_a_round_without_conditions_tells_a_script_nothing_of_them(app, session, links):
    story = make_story(session, at=LATELY, links=links)
    story.until_round_2()
    person = Visitor(app)
    page = person.arrive(story.link(1))
    assert "asking.js" not in str([node.attrs for node in page.all("script")])
    place = story.place(2, "S01")
    answer = person.script(f"{person.at}/answers", {f"a-{place}": "4", f"v-{place}": "0.0"})
    assert {"asked", "sections", "total"}.isdisjoint(answer.get_json())


def test_conditions_cost_a_page_few_queries(story, nurse):
    queries = []
    with nurse.browser.application.app_context():
        engine = db.engine
    nurse.open(nurse.at)
    event.listen(engine, "before_cursor_execute", lambda *call: queries.append(call[2]))
    nurse.open(nurse.at)
    assert len(queries) <= 10


# --- a page for each section


@pytest.fixture
def in_sections(session, links):
    """Care, then data, whose only item is asked after a low S01, then care again."""
    rounds = document({"S02": CONDITIONS["S02"]}, statements=3)["rounds"]
    rounds[1]["items"][1]["theme"] = "data"
    story = make_story(session, at=LATELY, links=links, rounds=rounds, layout="sections")
    story.until_round_2()
    return story


def test_a_section_of_which_nothing_is_asked_is_passed_over(in_sections, app):
    person = Visitor(app)
    page = person.arrive(in_sections.link(1))
    assert "Section 1 of 2" in page.text
    person.press("Next", **{f"a-{in_sections.place(2, 'S01')}": "5"})
    assert person.at.endswith("/sections/3")
    assert "Section 2 of 2" in person.page.text
    assert [b.text for b in person.page.all("button") if "hidden" not in b.attrs].count(
        "Submit"
    ) == 1
    person.press("Back")
    assert person.at.endswith("/sections/1")
    person.press("Next", **{f"a-{in_sections.place(2, 'S01')}": "1"})
    assert person.at.endswith("/sections/2")
    assert "Section 2 of 3" in person.page.text


def test_the_address_of_a_section_that_is_not_asked_leads_to_one_that_is(in_sections, app):
    person = Visitor(app)
    person.arrive(in_sections.link(1))
    person.open(person.at.replace("/sections/1", "/sections/2"))
    assert person.at.endswith("/sections/1")
    in_sections.keep(1, 2, {"S01": 1})
    person.open(person.at.replace("/sections/1", ""))
    assert person.at.endswith("/sections/2")
