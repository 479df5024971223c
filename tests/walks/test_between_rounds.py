"""Two colleagues between two rounds: by keyboard and by phone, what one chooses the other sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from surveys.models.base import transaction
from surveys.models.researcher import Researcher, Role
from surveys.services import signing_in
from tests.actors.browser import PHONE
from tests.actors.judges import Judges
from tests.actors.researcher import ResearcherAtDesk
from tests.conftest import left_out
from tests.factories import Story, make_member
from tests.services.voicing import make_commented

pytestmark = pytest.mark.browser

SAID = [
    (5, "Staff need training."),
    (1, "Dokter Peeters kreeg het niet rond."),
    (4, "The staff needs training!"),
    (2, "Dat kost te veel tijd."),
    (3, "It depends."),
]


def at_a_desk(story: Story, person: int, page: Any, live: str) -> ResearcherAtDesk:
    """A researcher of the study, signed in."""
    with transaction(story.session):
        researcher = story.session.get_one(Researcher, person)
        token = signing_in.offer(story.session, researcher, datetime.now(UTC))
    desk = ResearcherAtDesk(page, live)
    desk.sign_in_once(token)
    desk.study = f"{live}/studies/{story.study.public_id}"
    return desk


def test_choices_are_kept_as_they_are_made_seen_by_others_and_undone(
    app: Flask, session: Any, live: str, browser: Any, tmp_path: Path
) -> None:
    links = app.extensions["rondo.links"]
    story = make_commented(
        session, SAID, at=datetime.now(UTC) - timedelta(days=3), links=links, statements=3
    )
    pages = tmp_path / "pages"
    pages.mkdir()
    judges = Judges(pages, left_out)
    other = make_member(session, story.study_id, Role.FACILITATOR)
    desk = at_a_desk(story, 1, browser(), live)
    colleague = at_a_desk(story, other, browser(size=PHONE, scripts=False), live)
    page, phone = desk.page, colleague.page
    desk.open_round(2, "/next")
    colleague.open_round(2, "/next")

    # By keyboard alone: a choice against the rule waits for its reason, Enter keeps it.
    first = page.locator("#s-S01")
    first.get_by_label("Your choice").focus()
    page.keyboard.type("Leave")
    reason = first.get_by_label("Reason, if it departs")
    expect(reason).to_be_focused()
    page.keyboard.type("Not ours to decide.")
    page.keyboard.press("Enter")
    expect(page.locator("#choice-state")).to_have_text("Kept.")
    expect(page.get_by_role("button", name="Undo: choice for S01")).to_be_visible()

    # The colleague has no script and an older page: their choice does not go over the newer one.
    phone.locator("#s-S01").get_by_label("Your choice").select_option("returns")
    phone.get_by_role("button", name="Keep the choices").click()
    expect(phone.get_by_text("chose for the same statement")).to_be_visible()
    expect(phone.locator("#s-S01").get_by_label("Your choice")).to_have_value("leaves")

    # Split, and look at every page on the way, on both screens.
    page.locator("#s-S02").get_by_role("link", name="Split S02").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Split S02")
    judges.look(page, "split")
    for field, text in {
        "Wording in English": ["One half.", "Other half."],
        "Wording in Nederlands": ["Ene helft.", "Andere helft."],
    }.items():
        for place, words in enumerate(text):
            page.get_by_label(field).nth(place).fill(words)
    page.get_by_label("Reason in English").fill("Two ideas.")
    page.get_by_label("Reason in Nederlands").fill("Twee ideeën.")
    page.locator("main .acts .btn-primary").click()
    expect(page.get_by_text("S02 was split into S04, S05.")).to_be_visible()
    page.locator("article summary").first.click()
    judges.look(page, "between")
    colleague.open_round(2, "/next")
    phone.locator("article summary").first.click()
    expect(phone.get_by_text("Split into S04, S05.")).to_be_visible()
    assert not phone.evaluate("document.documentElement.scrollWidth > innerWidth")

    page.get_by_role("button", name="Prepare round 3 as chosen").first.click()
    expect(page.get_by_text("Round 3 is ready.")).to_be_visible()
    page.goto(f"{desk.study}/lineage")
    judges.look(page, "lineage")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    judges.look(page, "lineage-phone")
    phone.goto(f"{colleague.study}/rounds/2/next")
    for said in ("preparing of round 3", "split of S02", "choice for S01"):
        phone.get_by_role("button", name=f"Undo: {said}").click()
        expect(phone.get_by_text(f"Undone: {said}.")).to_be_visible()
    phone.get_by_role("button", name="Undo: preparing of round 3").click()
    expect(phone.get_by_text("Done so far")).to_have_count(0)
    assert not story.anew().asked(3)
    judges.verdict()
