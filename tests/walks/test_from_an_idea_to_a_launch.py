"""From an empty installation to a launched round, counting every click.

With RONDO_PICTURES=docs/pictures each step is written there as a picture for docs/researchers.md.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from surveys import worker
from surveys.models.base import db, transaction
from surveys.models.invitation import MailState, Outbox
from surveys.models.panel import Expert
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study
from surveys.services import signing_in
from tests.spreadsheet import workbook

pytestmark = pytest.mark.browser

MOST_CLICKS = 40
GUIDE = Path(__file__).parents[2] / "docs" / "researchers.md"
STATEMENTS = [
    "Apps make it easier for clients to ask for help.",
    "Clients share more with an app than with a counsellor.",
    "Reminders by telephone keep clients on course between two sessions.",
    "Apps reach smokers who would never come to a practice.",
    "Apps save counsellors time that they can give to clients.",
    "Progress on a screen motivates clients to go on.",
    "Apps lower the price of good counselling.",
    "Clients without a recent telephone are left out.",
    "Apps expose health data to companies.",
    "Apps replace counsellors where money is short.",
    "Clients stop using an app within a month.",
    "Apps give advice that contradicts the counsellor.",
    "Older clients feel pushed aside by apps.",
    "Counsellors lose sight of clients who only use an app.",
    "A counsellor should choose the app together with the client.",
    "Health insurance should pay for apps that work.",
    "Apps should be tested in trials before they are recommended.",
    "Every app should offer a person to call.",
    "Counsellors need training before they work with apps.",
    "Data should stay in the country of the client.",
]
PANEL = [
    ("Name", "E-mail", "Group"),
    *(
        (
            f"Expert {number}",
            f"expert{number}@practice.example",
            ("Counsellors", "Nurses", "Physicians")[number % 3],
        )
        for number in range(1, 13)
    ),
]


class CountedHand:
    """A person with a mouse: every press counts, in pages and in the windows of the system."""

    def __init__(self, page: Page, pictures: Path | None) -> None:
        self.page, self.pictures = page, pictures
        self.clicks = 0

    def press(self, target: Locator) -> None:
        self.clicks += 1
        target.click()

    def press_button(self, name: str) -> None:
        self.press(self.page.get_by_role("button", name=name, exact=True))

    def press_link(self, name: str) -> None:
        self.press(self.page.get_by_role("link", name=name, exact=True))

    def type(self, box: Locator, text: str) -> None:
        """One click into the box; typing itself is no click."""
        self.press(box)
        box.fill(text)

    def choose(self, box: Locator, name: str) -> None:
        """One click opens the list, one takes a line of it."""
        self.clicks += 2
        box.select_option(name)

    def give(self, box: Locator, name: str, content: bytes) -> None:
        """One click opens the system's window, one marks the file, one says that it is the one."""
        self.clicks += 3
        box.set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        )

    def see(self, heading: str) -> None:
        """Wait for a page by its heading."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    def picture(self, name: str) -> None:
        """Keep what stands on the screen."""
        if self.pictures is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.pictures / f"{name}.png")


@pytest.fixture
def sign_in_link(app: Flask, live: str) -> str:
    """What an installation without any study prints for its first researcher."""
    at = datetime.now(UTC)
    with app.app_context():
        with transaction(db.session):
            lead = signing_in.account(db.session, "lead@institute.example", "Lead", at)
            token = signing_in.offer(db.session, lead, at)
        db.session.remove()
    return f"{live}/sign-in/once/{token}"


def test_twenty_statements_and_twelve_experts_are_launched_within_forty_clicks(
    app: Flask, live: str, browser: Any, sign_in_link: str
) -> None:
    named = os.environ.get("RONDO_PICTURES")
    page = browser()
    hand = CountedHand(page, Path(named) / "researchers" if named else None)

    page.goto(sign_in_link)
    hand.press_button("Sign in")
    hand.press_link("Not now")
    hand.see("Studies")

    # The study, from a list of statements in the first column.
    hand.press_link("Begin a study")
    hand.see("Begin a study")
    hand.picture("begin")
    hand.give(
        page.locator("#spreadsheet"), "statements.xlsx", workbook([(one,) for one in STATEMENTS])
    )
    hand.press_button("Look at it first")
    expect(page.get_by_text(STATEMENTS[-1])).to_be_visible()
    hand.picture("statements")
    hand.type(page.locator("#title"), "Apps beside counselling")
    hand.press_button("Create the study")
    hand.see("Apps beside counselling")
    study = page.url
    hand.picture("steps")

    # What experts read of the team.
    hand.press_link("What experts read of your team")
    for box in page.locator("main form [name]:not([type=hidden]):not(button)").all():
        name = box.get_attribute("name") or ""
        hand.type(box, "team@institute.example" if name == "contact_email" else f"Our {name}")
    hand.press_button("Keep the settings")
    expect(page.get_by_text("The settings are kept.")).to_be_visible()
    hand.picture("settings")

    # The panel, from a spreadsheet with groups that the study does not have yet.
    hand.press(page.locator(".first-steps").get_by_role("link", name="Panel"))
    hand.see("Panel")
    hand.press_link("Experts from a file")
    hand.see("Experts from a file")
    hand.give(page.get_by_label("Spreadsheet"), "panel.xlsx", workbook(PANEL))
    hand.press_button("Look at the list")
    hand.see("Look at the list")
    for group in ("Counsellors", "Nurses", "Physicians"):
        expect(page.get_by_label(f"“{group}”").locator("option:checked")).to_have_text(
            "make this group"
        )
    hand.picture("panel")
    hand.press_button("Add 12 experts")
    expect(page.get_by_text("12 experts were added to the panel")).to_be_visible()

    # The rule, looked at and kept.
    hand.press_link("Protocol")
    hand.see("The rules of the study")
    hand.picture("rule")
    hand.press_button("Keep these rules")
    expect(page.get_by_text("The rules are kept.")).to_be_visible()

    # A trial of the invitation, and the launch.
    hand.press_link("Study")
    hand.see("Apps beside counselling")
    hand.press(page.locator(".first-steps").get_by_role("link", name="Launch"))
    hand.see("Your opinion")
    hand.press_button("Send me a trial of the invitation")
    expect(page.get_by_text("trial").first).to_be_visible()
    expect(page.get_by_text("Nobody is in")).to_have_count(0)
    hand.picture("launch")
    hand.press_button("Launch round 1")
    expect(page.get_by_text("12 invitations are on their way")).to_be_visible()
    hand.picture("launched")
    assert hand.clicks <= MOST_CLICKS
    assert f"{hand.clicks} clicks" in GUIDE.read_text("utf-8")
    assert page.url.startswith(study)

    worker.sweep(app)
    with app.app_context():
        launched = db.session.scalars(select(Round).where(Round.number == 1)).one()
        assert launched.opened_at is not None
        assert db.session.scalars(select(Study)).one().protocol_hash
        count = select(func.count())
        asked = count.select_from(RoundItem).where(RoundItem.round_id == launched.id)
        assert db.session.scalar(asked) == len(STATEMENTS)
        assert db.session.scalar(count.select_from(Expert)) == 12
        sent = count.select_from(Outbox).where(Outbox.state == MailState.SENT)
        assert db.session.scalar(sent) == 12
        db.session.remove()
