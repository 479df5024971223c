"""A lost link: asked for by anybody, answered to nobody but the mailbox of the address."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from surveys.models.audit import AuditEvent
from surveys.models.base import db, transaction
from surveys.models.invitation import LinkRequest, Outbox, PersonalLink
from surveys.models.panel import EarlierAnswers
from surveys.services import linking, lost_links, withdrawing
from surveys.services.lost_links import NoAddress
from surveys.services.turnstile import (
    MOST_MAILS_TO_AN_ADDRESS,
    MOST_REQUESTS_OF_A_CLIENT,
    WINDOW,
    TooManyRequests,
)
from tests.factories import HOST, LINKS, make_story

KNOWN, UNKNOWN = "expert1@panel.example", "nobody@panel.example"


@pytest.fixture
def story(session):
    story = make_story(session)
    story.until_round_2()
    return story


def ask(story, address=KNOWN, client="192.0.2.1"):
    with transaction(story.session):
        lost_links.ask(story.session, address, client, links=LINKS, at=story.now)


def answer(story):
    with transaction(story.session):
        return lost_links.answer(story.session, links=LINKS, sender_host=HOST, at=story.now)


def owed(story):
    """The experts to whom a lost link is owed."""
    return list(
        story.session.scalars(
            select(Outbox.expert_id).where(Outbox.act.startswith("link:")).order_by(Outbox.id)
        )
    )


def requests(story):
    return story.session.scalar(select(func.count(LinkRequest.id)))


@pytest.mark.parametrize("typed", [KNOWN, KNOWN.upper(), f"{KNOWN[0].upper()}{KNOWN[1:]}"])
def test_whoever_is_on_a_panel_is_owed_a_mail_whatever_the_letters_case(story, typed):
    ask(story, typed)
    assert owed(story) == [], "nothing is found out before the worker looks"
    assert answer(story) == 1
    assert owed(story) == [story.expert(1).id]


@pytest.mark.both_engines
def test_an_unknown_address_is_owed_nothing(story):
    ask(story, UNKNOWN)
    assert answer(story) == 0
    assert (owed(story), requests(story)) == ([], 1)


@pytest.mark.both_engines
def test_the_same_is_written_for_a_known_and_an_unknown_address(story):
    for address in (KNOWN, UNKNOWN):
        ask(story, address)
    one, other = story.session.scalars(select(LinkRequest).order_by(LinkRequest.id))
    assert one.address_mark != other.address_mark
    for name in ("client_mark", "asked_at", "passed_over", "answered_at"):
        assert getattr(one, name) == getattr(other, name)


@pytest.mark.both_engines
def test_neither_address_nor_client_can_be_read_in_a_request(story):
    ask(story)
    row = story.session.scalars(select(LinkRequest)).one()
    told = repr([getattr(row, column.name) for column in LinkRequest.__table__.c])
    assert "panel" not in told
    assert "192.0" not in told
    assert row.address_mark != linking.token_hash(KNOWN), "a mark that needs no key can be guessed"


def test_one_mail_for_each_study_the_address_is_on(story, session):
    other = make_story(session)
    ask(story)
    assert answer(story) == 2
    assert owed(story) == [story.expert(1).id, other.expert(1).id]


@pytest.mark.both_engines
def test_before_the_first_launch_the_link_is_sent_too(session):
    story = make_story(session)
    ask(story)
    assert answer(story) == 1


def test_asked_twice_before_anybody_looked_is_one_mail(story):
    ask(story)
    ask(story)
    assert answer(story) == 1
    assert answer(story) == 0


def test_asked_again_later_is_one_more_mail(story):
    for _again in range(2):
        ask(story)
        answer(story)
        story.later(minutes=5)
    assert len(owed(story)) == 2


@pytest.mark.parametrize("choice", list(EarlierAnswers))
def test_who_left_gets_nothing(story, choice):
    with transaction(story.session):
        withdrawing.withdraw(
            story.session,
            story.expert(1),
            earlier_answers=choice,
            actor="expert",
            at=story.now,
        )
    ask(story)
    assert answer(story) == 0


def test_whose_links_are_all_revoked_gets_nothing(story):
    with transaction(story.session):
        linking.revoke_links(story.session, story.expert(1), story.now)
    ask(story)
    assert answer(story) == 0


def test_the_link_that_stands_stays(story):
    before = linking.plain_token(story.session, story.expert(1), LINKS)
    ask(story)
    answer(story)
    assert linking.plain_token(story.session, story.expert(1), LINKS) == before


@pytest.mark.both_engines
def test_for_an_expired_link_a_new_one_is_made_and_the_old_one_stays_dead(story):
    old = linking.plain_token(story.session, story.expert(1), LINKS)
    story.later(days=LINKS.days + 5)
    ask(story)
    assert answer(story) == 1
    new = linking.plain_token(story.session, story.expert(1), LINKS)
    assert linking.expert_behind(story.session, new, story.now).id == story.expert(1).id
    with pytest.raises(linking.LinkReplaced):
        linking.expert_behind(story.session, old, story.now)
    links = select(func.count(PersonalLink.id)).where(PersonalLink.expert_id == story.expert(1).id)
    assert story.session.scalar(links) == 2


def test_an_address_gets_so_many_mails_an_hour_and_no_more(story):
    for _again in range(MOST_MAILS_TO_AN_ADDRESS + 3):
        ask(story)
        answer(story)
        story.later(minutes=1)
    assert len(owed(story)) == MOST_MAILS_TO_AN_ADDRESS
    ask(story, "expert2@panel.example")
    assert answer(story) == 1, "others are not touched by it"


def test_somebody_who_keeps_asking_cannot_keep_mails_from_the_expert(story):
    for _minute in range(61):
        ask(story, client="the attacker's" if _minute % 4 else f"another {_minute}")
        answer(story)
        story.later(minutes=4)
    hours = 61 * 4 / 60
    assert len(owed(story)) >= MOST_MAILS_TO_AN_ADDRESS * int(hours)


def test_a_client_may_ask_so_often_an_hour_for_whatever_addresses(story):
    for number in range(MOST_REQUESTS_OF_A_CLIENT):
        ask(story, f"somebody{number}@elsewhere.example")
    with pytest.raises(TooManyRequests):
        ask(story)
    assert requests(story) == MOST_REQUESTS_OF_A_CLIENT
    ask(story, client="192.0.2.2")
    story.later(hours=1, seconds=1)
    ask(story)


@pytest.mark.both_engines
def test_limits_hold_when_many_ask_at_once(app, story):
    """Each in a thread with a connection of its own."""
    story.session.rollback()
    refused = []

    def one_of_many(number):
        with app.app_context():
            try:
                with transaction(db.session):
                    lost_links.ask(
                        db.session, f"n{number}@x.example", "one", links=LINKS, at=story.now
                    )
            except TooManyRequests:
                refused.append(number)
            finally:
                db.session.remove()

    threads = [
        threading.Thread(target=one_of_many, args=(number,))
        for number in range(MOST_REQUESTS_OF_A_CLIENT + 8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (requests(story), len(refused)) == (MOST_REQUESTS_OF_A_CLIENT, 8)


@pytest.mark.parametrize("typed", ["", "x", "a b@c.example", "a@b@c.example", "@", "a@", "é" * 300])
def test_what_cannot_be_an_address_is_refused_and_noted_nowhere(story, typed):
    with pytest.raises(NoAddress):
        ask(story, typed)
    assert requests(story) == 0


def test_requests_are_forgotten_after_a_day(story):
    ask(story)
    assert lost_links.waiting(story.session, story.now)
    answer(story)
    assert not lost_links.waiting(story.session, story.now)
    story.later(days=1, minutes=1)
    assert lost_links.waiting(story.session, story.now)
    answer(story)
    assert requests(story) == 0


@pytest.mark.both_engines
def test_the_trail_tells_the_pseudonym_and_no_address(story):
    ask(story)
    ask(story, UNKNOWN)
    answer(story)
    events = story.session.scalars(
        select(AuditEvent).where(AuditEvent.act == "lost link sent")
    ).all()
    assert [(event.actor, event.details) for event in events] == [("system", {"expert": "E01"})]
    trail = story.session.execute(select(AuditEvent.actor, AuditEvent.details)).all()
    assert "panel.example" not in repr(trail)


def test_marks_need_the_key():
    other = linking.LinkMaker("another key, which nobody else has at all", 180)
    assert LINKS.mark("x") == LINKS.mark("x") != other.mark("x")
    assert timedelta(hours=1) == WINDOW
