"""A researcher brings the panel from a spreadsheet with mistakes in it, in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from surveys.models.base import transaction
from surveys.models.researcher import Researcher
from surveys.services import signing_in
from tests.actors.browser import PHONE
from tests.actors.judges import Judges
from tests.actors.researcher import ResearcherAtDesk
from tests.conftest import left_out
from tests.factories import make_researcher, make_story
from tests.spreadsheet import workbook

ROWS = [
    ["Naam", "E-mailadres", "Groep", "Taal"],
    ["Ann Claes", "ann@new.example", "Verpleegkundige", "nl"],
    ["Bo Maes", "bo(at)new.example", "Arts", "en"],
    ["Cy Smet", "cy@new.example", "Patiënt", "nl"],
    ["Di Wouters", "ann@new.example", "Arts", "nl"],
]


@pytest.mark.browser
def test_a_spreadsheet_with_mistakes_becomes_a_panel(
    app: Flask, session: Any, live: str, browser: Any, tmp_path: Path
) -> None:
    story = make_story(session, experts=2, at=datetime.now(UTC))
    lead_id = make_researcher(session)
    with transaction(session):
        person = session.get_one(Researcher, lead_id)
        token = signing_in.offer(session, person, datetime.now(UTC))
    researcher = ResearcherAtDesk(browser(size=PHONE), live)
    pages = tmp_path / "pages"
    pages.mkdir()
    judges = Judges(pages, left_out)
    researcher.sign_in_once(token)
    page = researcher.page
    page.goto(f"{live}/studies/{story.study.public_id}/panel")
    judges.look(page, "panel")
    page.get_by_role("link", name="Experts from a file").click()
    expect(page.get_by_label("Spreadsheet")).to_be_visible()
    judges.look(page, "import")
    page.get_by_label("Spreadsheet").set_input_files(
        {"name": "panel.xlsx", "mimeType": "application/octet-stream", "buffer": workbook(ROWS)}
    )
    page.get_by_role("button", name="Look at the list").click()

    expect(page.get_by_text("4 people were read.")).to_be_visible()
    problems = page.locator(".all-problems li")
    expect(problems).to_have_count(3)
    expect(problems.nth(2)).to_contain_text("“ann@new.example” stands in row 2 already.")
    judges.look(page, "check")
    page.get_by_label("“Patiënt”").select_option("make this group")
    page.locator("#email-3").fill("bo@new.example")
    page.get_by_label("Leave out row 5").check()
    page.get_by_role("button", name="Take the corrections and add everybody").click()

    expect(page.get_by_text("3 experts were added to the panel: E03 to E05.")).to_be_visible()
    expect(page.locator("tbody tr").nth(4)).to_contain_text("Patiënt")
    expect(page.get_by_text("Ann Claes")).to_have_count(0)

    page.get_by_role("link", name="E05").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Expert E05")
    judges.look(page, "expert")
    page.get_by_role("button", name="See and correct name and address").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Cy Smet")
    judges.look(page, "correct")
    page.goto(f"{live}/studies/{story.study.public_id}/panel/identities")
    judges.look(page, "who is who")
    page.get_by_label("because an expert asked for it").check()
    page.get_by_role("button", name="Show the names").click()
    expect(page.get_by_text("bo@new.example")).to_be_visible()
    judges.look(page, "identities")
    page.goto(f"{live}/studies/{story.study.public_id}/panel/profile")
    judges.look(page, "profile")
    judges.verdict()
