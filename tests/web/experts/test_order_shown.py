"""The same order for one expert everywhere, and resuming that follows it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from surveys.models.base import db
from surveys.models.round import ShownOrder
from tests.actors.visitor import Visitor
from tests.factories import make_story
from tests.services.test_ordering import document, orders


@pytest.fixture
def story(session, links):
    story = make_story(
        session, at=datetime.now(UTC) - timedelta(days=3), links=links, **document("random")
    )
    story.until_round_2()
    return story


def codes_on(page):
    return [node.text for node in page.all("span", class_="code")]


def arrived(story, app, expert):
    person = Visitor(app, story.expert(expert).language)
    person.arrive(story.link(expert))
    return person


def test_an_expert_sees_one_order_after_a_reload_and_on_another_device(story, app):
    drawn = orders(story)[story.expert(1).id]
    phone, desk = arrived(story, app, 1), arrived(story, app, 1)
    assert codes_on(phone.page) == codes_on(desk.page) == drawn
    assert codes_on(phone.open(phone.at)) == drawn
    other = orders(story)[story.expert(2).id]
    assert codes_on(arrived(story, app, 2).page) == other != drawn


def test_the_page_leads_to_the_first_that_is_open_in_the_order_that_is_shown(story, app):
    drawn = orders(story)[story.expert(1).id]
    story.consent(1)
    story.keep(1, 2, {drawn[0]: 4, drawn[2]: 4})
    page = arrived(story, app, 1).page
    (resume,) = [node for node in page.all("a") if node.inside("p") in page.all(class_="resume")]
    assert resume.attrs["href"] == f"#i-{story.place(2, drawn[1])}"


def test_what_is_missing_is_listed_in_the_order_that_is_shown(story, app):
    person = arrived(story, app, 1)
    person.press("Submit")
    assert codes_on(person.page) == orders(story)[story.expert(1).id]


def test_a_page_that_refuses_an_answer_keeps_the_order(story, app):
    person = arrived(story, app, 1)
    place = story.place(2, "S01")
    answer = person.send("Save", **{f"a-{place}": "99"})
    assert answer.status_code == 422
    assert codes_on(person.page)[-8:] == orders(story)[story.expert(1).id]


def test_who_joined_after_the_launch_has_an_order_from_the_first_look_on(story, app):
    story.recruit(1, languages=("en",))
    person = arrived(story, app, 7)
    first = codes_on(person.page)
    assert sorted(first) == list(story.anew().asked(2))
    assert codes_on(person.open(person.at)) == first
    kept = select(ShownOrder).where(ShownOrder.expert_id == story.expert(7).id)
    assert len(story.session.scalars(kept).all()) == 1


def test_an_order_of_ones_own_costs_one_query(story, app):
    person = arrived(story, app, 1)
    person.open(person.at)
    asked = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    person.open(person.at)
    assert len([statement for statement in asked if "shown_order" in statement]) == 1
    assert len(asked) <= 10
