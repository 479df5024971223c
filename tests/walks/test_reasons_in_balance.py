"""From a comment that names somebody to balanced reasons in two languages, through the real pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from surveys.models.base import transaction
from surveys.models.researcher import Researcher
from surveys.services import signing_in
from tests.actors.browser import DESKTOP, PHONE
from tests.actors.expert import ExpertInBrowser
from tests.actors.judges import Judges
from tests.actors.researcher import ResearcherAtDesk
from tests.conftest import left_out
from tests.services.voicing import make_commented

pytestmark = pytest.mark.browser

SAID = [
    (5, "Staff need training."),
    (1, "Dokter Peeters kreeg het niet rond."),
    (4, "The staff needs training!"),
    (2, "Dat kost te veel tijd."),
    (3, "It depends."),
]


def test_comments_are_moderated_translated_and_read_in_two_languages(
    app: Flask, session: Any, live: str, browser: Any, tmp_path: Path
) -> None:
    links = app.extensions["rondo.links"]
    at = datetime.now(UTC) - timedelta(days=3)
    story = make_commented(session, SAID, at=at, links=links, statements=1)
    with transaction(session):
        token = signing_in.offer(session, session.query(Researcher).first(), datetime.now(UTC))
    pages = tmp_path / "pages"
    pages.mkdir()
    judges = Judges(pages, left_out)
    desk = ResearcherAtDesk(browser(), live)
    desk.sign_in_once(token)
    desk.study = f"{live}/studies/{story.study.public_id}"
    page = desk.page

    # The inbox: what names somebody waits; what says the same is proposed.
    desk.open_round(2, "/comments")
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        judges.look(page, f"inbox-{size['width']}")
    page.get_by_role("button", name="Merge these 2 comments").click()
    page.get_by_text("Reword or keep back").click()
    page.get_by_label("What others read instead").fill("Een collega kreeg het niet rond.")
    page.get_by_role("button", name="Let through in these words").click()
    expect(page.get_by_text("Nothing waits for a decision.")).to_be_visible()
    desk.open_round(2, "/comments?view=all")
    judges.look(page, "all-comments")

    # What is fed to English readers is translated.
    desk.open_round(2, "/translations?into=en")
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        judges.look(page, f"translations-{size['width']}")
    boxes = page.locator("main textarea")
    expect(boxes).to_have_count(2)
    boxes.first.fill("A colleague did not manage it.")
    page.get_by_role("button", name="Keep the translations").click()
    expect(page.get_by_text("1 translation kept.")).to_be_visible()
    desk.launch_round(3)

    # Two experts read the same reasons, each in their language.
    for number, language, size in ((1, "en", PHONE), (2, "nl", DESKTOP)):
        person = ExpertInBrowser(
            browser(language=language, size=size), f"{live}{story.anew().link(number)}"
        )
        person.open_link()
        person.start()
        item = person.item("S01")
        item.locator(".voices > summary").click()
        judges.look(person.page, f"reasons-{language}")
        expect(item.get_by_text("Peeters")).to_have_count(0)
        if language == "en":
            expect(item.get_by_text("A colleague did not manage it.")).to_be_visible()
            expect(item.get_by_text("2 experts said this")).to_be_visible()
            item.get_by_text("Translated from Dutch by the research team").click()
        expect(item.get_by_text("Een collega kreeg het niet rond.")).to_be_visible()
        lists = item.get_by_role("list")
        names = [one.get_attribute("aria-labelledby") for one in lists.all()]
        assert len([name for name in names if name]) == 3
    judges.verdict()
