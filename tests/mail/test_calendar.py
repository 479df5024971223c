"""The end of a round in a calendar: one entry that moves with it, and no way into the study."""

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from surveys import worker
from surveys.models.base import transaction
from surveys.services import closing, mailing
from tests.actors.visitor import Visitor
from tests.factories import HOST, make_story


@pytest.fixture
def settings(mailbox):
    return {
        "public_url": "https://rondo.institute.example",
        "mail_host": "127.0.0.1",
        "mail_port": mailbox.port,
    }


@pytest.fixture
def story(app, session):
    now = datetime.now(UTC)
    story = make_story(session, experts=2, at=now, links=app.extensions["rondo.links"])
    # Calendars know whole seconds.
    story.now = story.now.replace(microsecond=0)
    story.launch(1, closes_at=story.now + timedelta(days=7))
    worker.sweep(app, story.now)
    return story


def entry_in(file):
    (event,) = Calendar.from_ical(file).walk("VEVENT")
    return event


def attached(letter):
    (file,) = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    assert file.get_param("method") == "PUBLISH"
    return file.get_content()


def test_the_invitation_brings_the_end_without_the_link(story, mailbox):
    (letter,) = mailbox.to("expert1@panel.example")
    file = attached(letter)
    event = entry_in(file)
    assert event["SUMMARY"] == "Round 1 closes: A small study"
    assert event.decoded("DTEND") == story.now + timedelta(days=7)
    # Calendars are shared: neither the link nor who it was sent to stands in it.
    assert story.link(1).rpartition("/")[2] not in file
    assert "http" not in file
    assert "expert1" not in file


def test_the_same_entry_moves_when_the_end_does(app, story, mailbox):
    first = entry_in(attached(mailbox.to("expert2@panel.example")[0]))
    until = story.now + timedelta(days=10)
    with transaction(story.session):
        closing.extend(
            story.session,
            story.study,
            story.round(1),
            until=until,
            actor=story.actor,
            at=story.now,
        )
        mailing.remind(
            story.session, story.round(1), 1, sender_host=HOST, actor=story.actor, at=story.now
        )
    worker.sweep(app, story.now)
    again = entry_in(attached(mailbox.to("expert2@panel.example")[1]))
    assert again["UID"] == first["UID"]
    assert again["SEQUENCE"] > first["SEQUENCE"]
    assert (first["SUMMARY"], again.decoded("DTEND")) == ("Ronde 1 sluit: Een kleine studie", until)

    visitor = Visitor(app)
    page = visitor.arrive(story.link(2))
    (link,) = [node.attrs["href"] for node in page.all("a") if "deadline.ics" in node.attrs["href"]]
    answer = visitor.ask("GET", link)
    assert answer.mimetype == "text/calendar"
    here = entry_in(answer.text)
    assert (here["UID"], here["SEQUENCE"]) == (again["UID"], again["SEQUENCE"])
    assert here.decoded("DTEND") == until
    story.close(1)
    assert visitor.ask("GET", link).status_code == 404
