"""The outbox: one row per act and expert, leased while it is sent, never lost."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from surveys.models.base import db, transaction
from surveys.models.invitation import MailState, Outbox
from surveys.models.panel import EarlierAnswers
from surveys.services import letters, mailing, withdrawing
from surveys.services.letters import Pointless
from tests.factories import HOST, LINKS, make_story


@pytest.fixture
def story(session):
    story = make_story(session, experts=3)
    story.launch(1)
    return story


def remind(story, number=1):
    with transaction(story.session):
        return mailing.remind(
            story.session,
            story.round(1),
            number,
            sender_host=HOST,
            actor=story.actor,
            at=story.now,
        )


def outbox(story):
    return story.session.scalars(select(Outbox).order_by(Outbox.id)).all()


def claim(story, outbox_id, at):
    with transaction(story.session):
        return mailing.claim(story.session, outbox_id, at)


def fail(story, outbox_id, problem, *, final=False):
    with transaction(story.session):
        mailing.failed(story.session, outbox_id, problem, final=final, at=story.now)


def letter(story, outbox_id):
    """What to write now, or why nothing."""
    return letters.letter(story.session, outbox_id, LINKS, story.now)


def test_every_message_has_an_id_of_its_own(story):
    ids = [row.message_id for row in outbox(story)]
    assert len(set(ids)) == 3
    assert all(name.startswith("<") and name.endswith(f"@{HOST}>") for name in ids)


def test_a_reminder_pressed_twice_is_owed_once(story):
    assert remind(story) == 3
    assert remind(story) == 0
    assert [row.act for row in outbox(story)] == ["invitation"] * 3 + ["reminder:1"] * 3


@pytest.mark.both_engines
def test_a_second_reminder_is_another_act(story):
    remind(story)
    assert mailing.reminders_so_far(story.session, story.round(1)) == 1
    assert remind(story, 2) == 3
    assert mailing.reminders_so_far(story.session, story.round(1)) == 2


@pytest.mark.both_engines
def test_the_database_itself_refuses_a_second_row_for_one_act(story, session):
    first = outbox(story)[0]
    about = {
        "expert_id": first.expert_id,
        "round_id": first.round_id,
        "act": first.act,
        "message_id": "<another@id>",
        "state": MailState.QUEUED,
        "queued_at": story.now,
        "due_at": story.now,
    }
    with pytest.raises(IntegrityError), transaction(session):
        session.add(Outbox(**about))


def test_only_those_who_have_not_submitted_are_reminded(story):
    story.answer(1, 1, {"Q1": "done"})
    story.keep(2, 1, {"Q1": "begun"})
    assert remind(story) == 2
    reminded = [row.expert_id for row in outbox(story) if row.act == "reminder:1"]
    assert reminded == [story.expert(2).id, story.expert(3).id]


def test_a_message_is_claimed_once(story):
    first = outbox(story)[0].id
    assert claim(story, first, story.now) is True
    assert claim(story, first, story.now) is False
    assert first not in mailing.due(story.session, story.now)


@pytest.mark.both_engines
def test_of_several_workers_one_gets_the_message(story, app, session):
    first, now = outbox(story)[0].id, story.now
    session.remove()
    start, claimed = threading.Barrier(5), []

    def work():
        with app.app_context():
            start.wait()
            with transaction(db.session):
                claimed.append(mailing.claim(db.session, first, now))
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(claimed) == [False] * 4 + [True]


@pytest.mark.both_engines
def test_a_message_whose_sender_died_is_due_again_under_the_same_id(story):
    first = outbox(story)[0]
    before = first.message_id
    claim(story, first.id, story.now)
    after_the_lease = story.now + mailing.LEASE + timedelta(seconds=1)
    assert first.id not in mailing.due(story.session, story.now + mailing.LEASE)
    assert first.id in mailing.due(story.session, after_the_lease)
    assert claim(story, first.id, after_the_lease) is True
    assert letter(story, first.id).letter.message_id == before
    assert story.session.get_one(Outbox, first.id).possibly_twice is True


@pytest.mark.both_engines
def test_a_message_that_went_out_is_never_due_again(story):
    first = outbox(story)[0].id
    claim(story, first, story.now)
    with transaction(story.session):
        mailing.settled(story.session, first, story.now)
    later = story.now + timedelta(days=365)
    assert first not in mailing.due(story.session, later)
    assert claim(story, first, later) is False


@pytest.mark.both_engines
def test_each_failure_doubles_the_pause_up_to_six_hours_and_the_sixteenth_is_the_last(story):
    first, pauses = outbox(story)[0].id, []
    for _attempt in range(mailing.MOST_ATTEMPTS):
        assert claim(story, first, story.now)
        fail(story, first, "451 come back later")
        row = story.session.get_one(Outbox, first)
        if row.state is MailState.QUEUED:
            pauses.append((row.due_at - story.now) / timedelta(minutes=1))
            assert first not in mailing.due(story.session, row.due_at - timedelta(seconds=1))
        story.now = row.due_at
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, *[360] * 6]
    assert story.session.get_one(Outbox, first).state is MailState.REFUSED


@pytest.mark.both_engines
def test_a_final_refusal_is_not_tried_again(story):
    first = outbox(story)[0].id
    claim(story, first, story.now)
    fail(story, first, "550 no such user", final=True)
    assert story.session.get_one(Outbox, first).state is MailState.REFUSED
    assert first not in mailing.due(story.session, story.now + timedelta(days=365))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 <expert1@panel.example>: unknown", "550 <‹address›>: unknown"),
        ("550 expert1@panel.example unknown", "550 ‹address› unknown"),
        ("550 'o'brien@panel.example' (x@y.z)", "550 ‹address› (‹address›)"),
        ('550 "a.b+c"@panel.example, x@y.z; no', "550 ‹address›, ‹address›; no"),
        ("450 greylisted", "450 greylisted"),
    ],
)
def test_addresses_in_a_servers_words_are_masked_before_they_are_kept(story, said, kept):
    first = outbox(story)[0].id
    claim(story, first, story.now)
    fail(story, first, said)
    problem = story.session.get_one(Outbox, first).problem
    assert problem == kept


def test_a_very_long_refusal_is_cut(story):
    first = outbox(story)[0].id
    claim(story, first, story.now)
    fail(story, first, "550 " + "x" * 5_000)
    assert len(story.session.get_one(Outbox, first).problem) == 500


def test_a_letter_says_who_where_and_what_for(story):
    made = letter(story, outbox(story)[0].id).letter
    assert (made.message, made.language, made.name) == ("invitation", "en", "Name of 1")
    assert made.email == "expert1@panel.example"
    assert made.round_number == 1
    assert story.link(1) == f"/p/{made.token}"


@pytest.mark.both_engines
def test_a_reminder_has_no_purpose_once_the_expert_submitted(story):
    remind(story)
    reminder = next(row.id for row in outbox(story) if row.act == "reminder:1")
    assert letter(story, reminder).letter.message == "reminder"
    story.answer(1, 1, {"Q1": "done"})
    assert letter(story, reminder) is Pointless.SUBMITTED
    assert letter(story, outbox(story)[0].id).letter.message == "invitation"


@pytest.mark.parametrize("choice", list(EarlierAnswers))
def test_nothing_is_sent_to_an_expert_who_left(story, session, choice):
    with transaction(session):
        withdrawing.withdraw(
            session,
            story.expert(1),
            earlier_answers=choice,
            actor="expert:E01",
            at=story.now,
        )
    assert letter(story, outbox(story)[0].id) is Pointless.LEFT
    assert remind(story) == 2


def test_nothing_is_sent_once_the_round_is_closed(story):
    story.close(1)
    assert [letter(story, row.id) for row in outbox(story)] == [Pointless.CLOSED] * 3
