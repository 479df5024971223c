"""Everybody of a spreadsheet gets the invitation once, whatever the mail server does and however the sender
ends.

The sender is a process of its own and is killed without a word, several times; the server is real
and fails one time in ten, at random, in every way that a server can; one time in four where there are
few experts, so that every way is seen.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from surveys import worker
from surveys.exports import roster_template
from surveys.models.base import transaction
from surveys.models.contact import Contact
from surveys.models.invitation import MailState, Outbox
from surveys.services import importing, mailing, panel_files
from tests.actors.fickle_mailbox import (
    HANGS_UP_AFTER,
    TROUBLES,
    UNKNOWN,
    FickleMailbox,
)
from tests.actors.sender import Sender, send_all
from tests.factories import GROUPS, HOST, make_researcher, make_story


@pytest.fixture
def mailbox():
    with FickleMailbox(seed=20) as box:
        yield box


@pytest.mark.parametrize(
    ("experts", "kills", "one_in"),
    [
        pytest.param(30, 1, 4, id="30"),
        pytest.param(1_000, 5, 10, id="1000", marks=pytest.mark.slow),
    ],
)
def test_whoever_is_imported_is_invited_and_nobody_is_lost_or_written_to_twice_unseen(
    app, session, mailbox, settings, tmp_path, db_url, experts, kills, one_in
):
    instance, about = tmp_path / "instance", {**settings, "database_url": db_url}
    mailbox.one_in = one_in
    at = datetime.now(UTC)
    story = make_story(session, experts=0, at=at, links=app.extensions["rondo.links"])
    bring(story, workbook(experts), experts)
    story.launch(1, closes_at=at + timedelta(days=60))

    for number in range(1, kills + 1):
        sender = Sender(instance, about, at)
        sender.kill_once(lambda share=number / (kills + 1): len(mailbox.letters) >= share * experts)
        at += mailing.LEASE + timedelta(hours=1)
    send_all(app, at)

    owed = {email: row for row, email in rows(story)}
    taken = mailbox.taken()
    assert len(owed) == experts
    assert set(mailbox.troubles) == set(TROUBLES), "the server was too kind to show anything"
    states = Counter(row.state for row in owed.values())
    assert set(states) == {MailState.SENT, MailState.REFUSED}
    # Refused for good is the one way not to get it, and the log says so in the server's words.
    for email, row in owed.items():
        if row.state is MailState.REFUSED:
            assert row.problem == "550 5.1.1 <‹address›> no such user"
            assert email not in taken or row.possibly_twice
        else:
            assert email in taken, f"{email} was noted as sent and never arrived"
        ids = {letter["Message-ID"] for letter in taken.get(email, [])}
        assert ids <= {row.message_id}, "a repeat must be recognisable as the same message"
        if len(taken.get(email, [])) > 1:
            assert row.possibly_twice, f"{email} got it twice and the log does not say so"
    # Only who was in the sender's hands, or whose connection ended, can be uncertain.
    uncertain = sum(row.possibly_twice for row in owed.values())
    assert uncertain <= kills + mailbox.troubles[HANGS_UP_AFTER] + mailbox.troubles["hangs up"]

    # A researcher looks into the refused addresses and has them tried again: now everybody has it.
    mailbox.patient = True
    with transaction(session):
        again = mailing.send_all_again(session, story.study_id, actor=story.actor, at=at)
    assert again == states[MailState.REFUSED] == mailbox.troubles[UNKNOWN]
    before = {email for email, row in owed.items() if row.state is MailState.SENT}
    count = {email: len(letters) for email, letters in taken.items()}
    worker.sweep(app, at)
    assert {row.state for row, _email in rows(story)} == {MailState.SENT}
    assert set(mailbox.taken()) == set(owed)
    assert all(len(mailbox.taken()[email]) == count[email] for email in before)


def workbook(size):
    """A panel as a researcher keeps it: an XLSX with names, addresses, groups and languages."""
    people = [
        (f"Name of {number}", f"expert{number}@panel.example", GROUPS[number % 2], "nl")
        for number in range(1, size + 1)
    ]
    return roster_template.write("Panel", ("Naam", "E-mailadres", "Groep", "Taal"), people, {})


def bring(story, content, size):
    """Import the file as the page does: read, looked at, kept, and added in one act."""
    session, at = story.session, story.now
    draft = panel_files.read(content, importing.known(session, story.study))
    assert len(panel_files.examine(draft, importing.known(session, story.study)).ready) == size
    lead_id = make_researcher(session)
    with transaction(session):
        key = importing.keep(session, story.study_id, lead_id, draft, at=at)
    with transaction(session):
        added = importing.add_all(
            session,
            story.study,
            importing.find(session, story.study_id, lead_id, key, at=at),
            links=story.links,
            sender_host=HOST,
            actor=story.actor,
            at=at,
        )
    assert len(added.codes) == size


def rows(story):
    story.session.rollback()
    return story.session.execute(
        select(Outbox, Contact.email).join(Contact, Contact.expert_id == Outbox.expert_id)
    ).all()
