"""No more mail: looking changes nothing, one press does, and the personal link goes on working."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from surveys import worker
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.invitation import MailState, Outbox
from surveys.models.mail import MailStop
from surveys.models.panel import EarlierAnswers
from surveys.queries import progress
from surveys.services import mailing, recruiting, withdrawing
from tests.actors.mailbox import text_of
from tests.actors.visitor import Visitor
from tests.factories import HOST, make_story

ONE_PRESS = {"List-Unsubscribe": "One-Click"}


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
    story = make_story(session, experts=3, at=now, links=app.extensions["rondo.links"])
    story.launch(1, closes_at=story.now + timedelta(days=7))
    worker.sweep(app, story.now)
    return story


def foot_of(letter):
    (found,) = re.findall(r"https://rondo\.institute\.example(/no-more-mail/\S+)", text_of(letter))
    return found


def remind(story, number=1):
    with transaction(story.session):
        mailing.remind(
            story.session,
            story.round(1),
            number,
            sender_host=HOST,
            actor=story.actor,
            at=story.now,
        )


def stops(story):
    return list(story.anew().session.scalars(select(MailStop)))


def test_a_mail_says_to_people_and_to_programs_where_to_ask_for_no_more(story, mailbox):
    (letter,) = mailbox.to("expert1@panel.example")
    address = f"https://rondo.institute.example{foot_of(letter)}"
    assert letter["List-Unsubscribe"] == f"<{address}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    html = letter.get_body(("html",)).get_content()
    assert f'<a href="{address}">' in html


def test_looking_changes_nothing_and_one_press_does_without_cookie_or_token(app, story, mailbox):
    foot = foot_of(mailbox.to("expert2@panel.example")[0])
    page = Visitor(app).open(foot)
    assert page.h1 == "Geen mails meer over deze studie?", "in the expert's own language"
    assert stops(story) == []
    answer = app.test_client().post(foot, data=ONE_PRESS)
    assert answer.status_code == 200, "a mail program follows no redirect"
    (entry,) = stops(story)
    assert (entry.expert_id, entry.actor) == (story.expert(2).id, "expert")
    # It cannot be read off the row whose address it is.
    assert "expert2@panel.example" not in str(vars(entry))


def test_nothing_more_is_sent_and_the_old_link_still_takes_answers(app, story, mailbox):
    app.test_client().post(foot_of(mailbox.to("expert1@panel.example")[0]), data=ONE_PRESS)
    remind(story)
    assert worker.sweep(app, story.now) == 2
    assert len(mailbox.to("expert1@panel.example")) == 1
    row = story.anew().session.scalar(select(Outbox).where(Outbox.state == MailState.STOPPED))
    assert (row.expert_id, row.problem) == (story.expert(1).id, "stop list")
    # No trouble of a mail server's, so the round's page does not show it as one.
    assert progress.of_round(story.session, story.round(1)).mail.problems == ()
    assert Visitor(app).arrive(story.link(1)).h1 == "Your experience"


def test_who_changes_their_mind_is_written_to_again(app, story, mailbox):
    visitor, foot = Visitor(app), foot_of(mailbox.to("expert1@panel.example")[0])
    visitor.open(foot)
    assert visitor.press("No more mail").h1 == "You get no more mail"
    assert "We write to you again." in visitor.press("Write to me again").text
    remind(story)
    assert worker.sweep(app, story.now) == 3
    acts = story.anew().session.scalars(
        select(AuditEvent.act).where(AuditEvent.act.in_(("mail stopped", "mail resumed")))
    )
    assert list(acts) == ["mail stopped", "mail resumed"]


@pytest.mark.parametrize(
    "change", [lambda foot: foot[:-1], lambda foot: foot + "é", lambda _f: "/no-more-mail/x/y"]
)
def test_an_address_that_we_did_not_make_leads_nowhere(app, story, mailbox, change):
    foot = change(foot_of(mailbox.to("expert1@panel.example")[0]))
    assert Visitor(app).open(foot).status == 404
    assert app.test_client().post(foot, data=ONE_PRESS).status_code == 404
    assert stops(story) == []


def test_who_left_and_is_added_again_is_still_not_written_to(app, story, mailbox):
    """The mark of the address outlives the person's place on the panel."""
    foot = foot_of(mailbox.to("expert1@panel.example")[0])
    app.test_client().post(foot, data=ONE_PRESS)
    with transaction(story.session):
        withdrawing.withdraw(
            story.session,
            story.expert(1),
            earlier_answers=EarlierAnswers.ERASE,
            actor="expert:E01",
            at=story.now,
        )
        newcomer = recruiting.add_expert(
            story.session,
            story.study,
            recruiting.Newcomer("Name of 1", "Expert1@panel.example", "nurse", "en"),
            links=story.links,
            actor=story.actor,
            at=story.now,
        )
        mailing.invite_late(
            story.session,
            newcomer,
            act=mailing.INVITATION,
            sender_host=HOST,
            actor=story.actor,
            at=story.now,
        )
    assert worker.sweep(app, story.now) == 0
    assert Visitor(app).open(foot).h1 == "You get no more mail"
