"""Letters are tested on SQLite alone: the engine does not matter to a mail server."""

from datetime import UTC, datetime, timedelta

import pytest

from surveys import worker
from surveys.models.base import transaction
from tests.factories import make_story


@pytest.fixture
def engine_name():
    return "sqlite"


@pytest.fixture
def settings(mailbox):
    """An institute's own address, and a mail server."""
    return {
        "public_url": "https://rondo.institute.example",
        "mail_host": "127.0.0.1",
        "mail_port": mailbox.port,
        "mail_sender": "study@institute.example",
    }


@pytest.fixture
def story(app, session, mailbox):
    """Round 2 is open until next week; the mails so far have gone out."""
    now = datetime.now(UTC)
    story = make_story(
        session, experts=3, at=now - timedelta(days=3), links=app.extensions["rondo.links"]
    )
    story.until_round_2()
    with transaction(session):
        story.round(2).closes_at = now + timedelta(days=7)
    worker.sweep(app, now)
    mailbox.letters.clear()
    mailbox.recipients.clear()
    return story
