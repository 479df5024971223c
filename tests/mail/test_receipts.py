"""The receipt: on the page at once, by mail soon after, once for each submission that says something."""

import pytest
from sqlalchemy import select

from surveys import worker
from surveys.models.base import transaction
from surveys.models.invitation import MailState, Outbox
from surveys.models.panel import EarlierAnswers
from surveys.models.response import Response
from surveys.services import responding, withdrawing
from tests.actors.mailbox import text_of
from tests.actors.visitor import Visitor
from tests.factories import HOST


def submit(story, expert=3):
    with transaction(story.session):
        responding.submit(
            story.session,
            story.expert(expert).id,
            story.round(2).id,
            at=story.now,
            sender_host=HOST,
        )


def owed(story):
    return list(
        story.anew().session.scalars(
            select(Outbox.act).where(Outbox.act.startswith("receipt")).order_by(Outbox.id)
        )
    )


def code(story, expert=3):
    return story.anew().session.scalar(
        select(Response.receipt).where(
            Response.expert_id == story.expert(expert).id,
            Response.round_id == story.round(2).id,
        )
    )


def test_submitting_on_the_page_mails_the_code_that_the_page_shows(app, story, mailbox):
    visitor = Visitor(app)
    visitor.arrive(story.link(3))
    rating = {f"a-{story.place(2, 'S01')}": "4"}
    visitor.press("Submit", **rating)
    page = visitor.press("Submit anyway")
    worker.sweep(app)
    (letter,) = mailbox.to("expert3@panel.example")
    assert letter["Subject"] == "Received: round 2 of A small study"
    assert code(story) in text_of(letter)
    assert code(story) in page.text
    assert "You may change your answers until" in text_of(letter)
    assert "https://rondo.institute.example/p/" in text_of(letter)


def test_it_is_written_in_the_experts_language(app, story, mailbox):
    submit(story, 2)
    worker.sweep(app)
    (letter,) = mailbox.to("expert2@panel.example")
    assert letter["Content-Language"] == "nl"
    assert "Een kleine studie" in letter["Subject"]


def test_pressing_twice_mails_once(app, story, mailbox):
    story.keep(3, 2, {"S01": 4})
    submit(story)
    submit(story)
    story.later(minutes=1)
    submit(story)
    assert owed(story) == ["receipt:1"]
    worker.sweep(app)
    assert len(mailbox.to("expert3@panel.example")) == 1


@pytest.mark.parametrize(
    ("given", "comments"), [({"S01": 2}, {}), ({}, {"S01": "I was too strict."})]
)
def test_what_was_changed_and_submitted_again_is_acknowledged_again(story, given, comments):
    story.keep(3, 2, {"S01": 4})
    submit(story)
    first = code(story)
    story.later(minutes=5)
    story.keep(3, 2, given, comments)
    story.later(minutes=1)
    submit(story)
    assert owed(story) == ["receipt:1", "receipt:2"]
    assert code(story) == first, "the code stays, so that the one an expert kept is good"


def test_a_receipt_goes_out_after_the_close_without_a_link(app, story, mailbox):
    submit(story)
    story.close(2)
    worker.sweep(app)
    (letter,) = mailbox.to("expert3@panel.example")
    assert code(story) in text_of(letter)
    assert "/p/" not in text_of(letter)


def test_who_left_is_not_written_to(app, story, mailbox):
    submit(story)
    with transaction(story.session):
        withdrawing.withdraw(
            story.session,
            story.expert(3),
            earlier_answers=EarlierAnswers.KEEP,
            actor="expert",
            at=story.now,
        )
    worker.sweep(app)
    assert mailbox.to("expert3@panel.example") == []
    states = story.anew().session.scalars(select(Outbox.state).where(Outbox.act == "receipt:1"))
    assert states.all() == [MailState.STOPPED]


def test_a_simulated_submission_owes_nobody_a_letter(story):
    story.submit(3, 2)
    assert owed(story) == []
