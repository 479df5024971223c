"""From the outbox to the mailbox: what is owed arrives, with a link that works and is kept nowhere."""

import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from surveys import worker
from surveys.models.base import transaction
from surveys.models.invitation import MailState, Outbox
from surveys.services import letters, mailing
from tests.actors.mailbox import text_of
from tests.actors.visitor import Visitor
from tests.factories import HOST, make_story


@pytest.fixture
def story(app, session):
    """Round 1 is open until next week, as the clock on the wall has it."""
    now = datetime.now(UTC)
    story = make_story(session, experts=3, at=now, links=app.extensions["rondo.links"])
    story.launch(1, closes_at=story.now + timedelta(days=7))
    return story


def states(story):
    story.session.rollback()
    return [row.state for row in story.session.scalars(select(Outbox).order_by(Outbox.id))]


def problems(story):
    story.session.rollback()
    return set(story.session.scalars(select(Outbox.problem)))


def link_in(letter):
    (found,) = re.findall(r"https://rondo\.institute\.example(/p/\S+)", text_of(letter))
    return found


def test_every_expert_gets_one_letter_in_their_language(app, story, mailbox):
    assert worker.sweep(app, story.now) == 3
    assert states(story) == [MailState.SENT] * 3
    assert sorted(mailbox.recipients) == [[f"expert{n}@panel.example"] for n in (1, 2, 3)]
    (english,), (dutch,) = mailbox.to("expert1@panel.example"), mailbox.to("expert2@panel.example")
    assert english["Subject"] == "Invitation: A small study"
    assert "A small study" in text_of(english)
    assert "Een kleine studie" in dutch["Subject"]
    assert (english["Content-Language"], dutch["Content-Language"]) == ("en", "nl")
    assert "Name of 1" in text_of(english)
    assert "contact@institute.example" in text_of(english)


def test_the_link_in_the_letter_works(app, story, mailbox):
    worker.sweep(app, story.now)
    (letter,) = mailbox.to("expert1@panel.example")
    visitor = Visitor(app)
    assert visitor.open(link_in(letter)).h1 == "A small study"
    assert visitor.press("Start").h1 == "Before you take part"


def test_a_sweep_with_nothing_owed_sends_nothing(app, story, mailbox):
    worker.sweep(app, story.now)
    assert worker.sweep(app, story.now + timedelta(hours=1)) == 0
    assert len(mailbox.letters) == 3


def test_no_link_and_no_answer_is_left_in_database_queue_or_log(
    app, story, mailbox, tmp_path, caplog
):
    """Whoever has only the database files and the logs can enter nobody's study."""
    caplog.set_level(logging.DEBUG)
    app.extensions["rondo.wake"]()
    worker.sweep(app, story.now)
    with transaction(story.session):
        mailing.remind(
            story.session,
            story.round(1),
            1,
            sender_host=HOST,
            actor=story.actor,
            at=story.now,
        )
    worker.sweep(app, story.now)
    tokens = {link_in(letter).removeprefix("/p/") for letter in mailbox.letters}
    assert len(tokens) == 3
    assert len(mailbox.letters) == 6
    visitor = Visitor(app)
    for token in tokens:
        visitor.open(f"/p/{token}")
        visitor.press(form=visitor.page.form_with(action=token))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"study.sqlite", "jobs.sqlite"} <= {path.name for path in files}
    for path in files:
        content = path.read_bytes()
        assert not [token for token in tokens if token.encode() in content], path.name
    # The mail server of this test speaks here too; what it writes down is not ours.
    said = [r.getMessage() for r in caplog.records if r.name != "mail.log"]
    assert not [line for line in said if any(token in line for token in tokens)]


def test_what_was_sent_before_a_crash_is_sent_again_as_the_same_message(app, story, mailbox):
    """The sender dies after the server took the letter and before that was noted."""
    first = story.session.scalars(select(Outbox.id).order_by(Outbox.id)).first()
    with transaction(story.session):
        assert mailing.claim(story.session, first, story.now)
    made = letters.letter(story.session, first, app.extensions["rondo.links"], story.now)
    written = worker.write(made.letter, app.extensions["rondo.config"])
    app.extensions["rondo.delivery"].send(written)
    assert worker.sweep(app, story.now) == 2
    assert worker.sweep(app, story.now + mailing.LEASE + timedelta(seconds=1)) == 1
    one, again = mailbox.to("expert1@panel.example")
    assert one["Message-ID"] == again["Message-ID"]
    assert text_of(one) == text_of(again)
    assert states(story) == [MailState.SENT] * 3


def test_a_busy_server_is_asked_again_until_it_takes_the_letter(app, story, mailbox):
    mailbox.refusal = "451 4.7.1 <expert1@panel.example> greylisted"
    assert worker.sweep(app, story.now) == 0
    assert states(story) == [MailState.QUEUED] * 3
    assert problems(story) == {"451 4.7.1 <‹address›> greylisted"}
    mailbox.refusal = None
    assert worker.sweep(app, story.now + timedelta(seconds=59)) == 0
    assert worker.sweep(app, story.now + timedelta(seconds=62)) == 3
    assert problems(story) == {""}


def test_a_bounced_letter_is_not_sent_again_and_its_reason_names_nobody(app, story, mailbox):
    mailbox.refusal = "550 5.1.1 <expert1@panel.example>: no such user"
    worker.sweep(app, story.now)
    assert states(story) == [MailState.REFUSED] * 3
    assert problems(story) == {"550 5.1.1 <‹address›>: no such user"}
    mailbox.refusal = None
    assert worker.sweep(app, story.now + timedelta(days=2)) == 0


def test_a_reminder_reaches_only_those_who_are_not_done(app, story, mailbox):
    worker.sweep(app, story.now)
    story.answer(1, 1, {"Q1": "done"})
    with transaction(story.session):
        owed = mailing.remind(
            story.session,
            story.round(1),
            1,
            sender_host=HOST,
            actor=story.actor,
            at=story.now,
        )
    assert owed == 2
    # One more is done before the reminder goes out.
    story.answer(2, 1, {"Q1": "done too"})
    assert worker.sweep(app, story.now) == 1
    assert len(mailbox.to("expert1@panel.example")) == 1
    assert len(mailbox.to("expert2@panel.example")) == 1
    invitation, reminder = mailbox.to("expert3@panel.example")
    assert reminder["Subject"] == "Reminder: round 1 of A small study"
    assert link_in(reminder) == link_in(invitation)
    assert states(story).count(MailState.STOPPED) == 1


def test_a_round_whose_end_has_passed_is_closed_by_the_sweep_and_sends_no_more(app, story, mailbox):
    worker.sweep(app, story.now + timedelta(days=8))
    assert story.round(1).closed_at == story.now + timedelta(days=7)
    assert mailbox.letters == []
    assert states(story) == [MailState.STOPPED] * 3


def test_a_simulated_panel_never_reaches_the_mail_server(app, session, mailbox, tmp_path):
    now = datetime.now(UTC)
    links = app.extensions["rondo.links"]
    story = make_story(session, experts=3, at=now, links=links, simulated=True)
    story.launch(1)
    assert worker.sweep(app, now) == 3
    assert mailbox.letters == []
    letters = list((tmp_path / "instance" / "outbox").glob("*.eml"))
    assert len(letters) == 3
    assert all(b"/p/" in letter.read_bytes() for letter in letters)


def test_a_message_that_cannot_be_written_holds_up_no_other(app, story, mailbox, monkeypatch):
    first = story.session.scalars(select(Outbox.id).order_by(Outbox.id)).first()
    story.session.rollback()
    real = letters.letter

    def slip(session, outbox_id, *more):
        if outbox_id == first:
            raise KeyError("Name of 1")
        return real(session, outbox_id, *more)

    monkeypatch.setattr(letters, "letter", slip)
    assert worker.sweep(app, story.now) == 2
    assert states(story) == [MailState.QUEUED, MailState.SENT, MailState.SENT]
    assert problems(story) == {"", "the message could not be written: KeyError"}
    monkeypatch.undo()
    assert worker.sweep(app, story.now + timedelta(seconds=62)) == 1
    row = story.anew().session.get_one(Outbox, first)
    assert (row.state, row.possibly_twice) == (MailState.SENT, False)
