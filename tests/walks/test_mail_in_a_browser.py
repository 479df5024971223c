"""A researcher words a mail with the letter beside it, and watches how the mails go out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from surveys import worker
from surveys.models.base import transaction
from surveys.models.researcher import Researcher
from surveys.services import signing_in
from tests.actors.browser import PHONE
from tests.actors.judges import Judges
from tests.actors.mailbox import Mailbox
from tests.actors.researcher import ResearcherAtDesk
from tests.conftest import left_out
from tests.factories import make_researcher, make_story


@pytest.fixture
def settings(mailbox: Mailbox, port: int) -> dict[str, Any]:
    return {
        "public_url": f"http://127.0.0.1:{port}",
        "mail_host": "127.0.0.1",
        "mail_port": mailbox.port,
    }


@pytest.mark.browser
def test_a_mail_is_worded_beside_the_letter_and_watched_on_its_way(
    app: Flask, session: Any, live: str, browser: Any, tmp_path: Path, mailbox: Mailbox
) -> None:
    now = datetime.now(UTC)
    story = make_story(session, experts=3, at=now, links=app.extensions["rondo.links"])
    lead_id = make_researcher(session)
    with transaction(session):
        person = session.get_one(Researcher, lead_id)
        token = signing_in.offer(session, person, now)
    pages = tmp_path / "pages"
    pages.mkdir()
    judges = Judges(pages, left_out)
    researcher = ResearcherAtDesk(browser(size=PHONE), live)
    researcher.sign_in_once(token)
    page = researcher.page
    page.goto(f"{live}/studies/{story.study.public_id}/mail")
    judges.look(page, "mail")
    page.get_by_role("link", name=re.compile(r"^English ?: Invitation$")).click()
    letter = page.locator("#mail-preview .letter")
    expect(letter).to_contain_text("Dear Dr Robin Example,")
    judges.look(page, "text")

    # The letter follows what is typed; what is wrong is said at once.
    page.get_by_label("Text", exact=True).fill("Good day,\n\nplease answer by {closse}.\n\n")
    looked_at = page.locator("#mail-preview .notice")
    expect(looked_at).to_contain_text("has no place called {closse}")
    expect(looked_at).to_contain_text("{link} is missing")
    expect(letter).to_contain_text("please answer by {closse}.")
    page.get_by_label("Text", exact=True).fill("Good day {name},\n\n")
    page.get_by_text("Places that are filled in for each expert").click()
    page.get_by_role("button", name="Insert link").click()
    expect(letter.get_by_role("link", name="Open my page")).to_be_visible()
    expect(looked_at).to_have_count(0)
    page.get_by_role("button", name="Keep this text").click()
    expect(page.get_by_text("Kept. From now on this is sent.")).to_be_visible()
    expect(page.get_by_text("Your text, version 1.")).to_be_visible()

    # The log changes by itself while the mails go out.
    story.anew().launch(1, closes_at=now + timedelta(days=14))
    page.goto(f"{live}/studies/{story.study.public_id}/mail/log")
    expect(page.get_by_text("0 of 3 are done")).to_be_visible()
    judges.look(page, "log")
    mailbox.refusal = "550 5.1.1 nobody here"
    assert worker.sweep(app) == 0
    expect(page.get_by_text("The mail server says: 550 5.1.1 nobody here")).to_have_count(3)
    expect(page.get_by_role("status").filter(has_text="All mail is done.")).to_have_count(1)
    judges.look(page, "log, failed")
    mailbox.refusal = None
    page.get_by_role("button", name="Try the 3 that failed again").click()
    expect(page.get_by_text("3 mails are tried again.")).to_be_visible()
    assert worker.sweep(app) == 3
    page.get_by_role("link", name="Look again").focus()
    expect(page.get_by_text("sent", exact=True)).to_have_count(4)  # the filter names it too
    judges.verdict()
    assert {str(one["Subject"]) for one in mailbox.letters} == {
        "Invitation: A small study",
        "Uitnodiging: Een kleine studie",
    }
