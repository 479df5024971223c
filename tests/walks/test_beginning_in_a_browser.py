"""A researcher with twenty statements in a spreadsheet begins a study, on a phone, in a real browser."""

from __future__ import annotations

import re
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
from tests.factories import make_researcher
from tests.spreadsheet import workbook

ROWS = [
    ["wording en", "theme", "mark"],
    *([f"Statement number {number} is one that experts rate.", "Care", ""] for number in range(20)),
    ["One with a mark that is none.", "Care", "luck"],
    ["", "Money", ""],
]


@pytest.mark.browser
def test_twenty_statements_become_a_study_in_four_clicks(
    app: Flask, session: Any, live: str, browser: Any, tmp_path: Path
) -> None:
    lead_id = make_researcher(session)
    with transaction(session):
        person = session.get_one(Researcher, lead_id)
        token = signing_in.offer(session, person, datetime.now(UTC))
    researcher = ResearcherAtDesk(browser(size=PHONE), live)
    (tmp_path / "pages").mkdir()
    judges = Judges(tmp_path / "pages", left_out)
    researcher.sign_in_once(token)
    page = researcher.page
    file = {"name": "my statements.xlsx", "mimeType": "application/octet-stream"}

    # Three clicks and the choice of the file.
    page.get_by_role("link", name="Begin a study").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Begin a study")
    judges.look(page, "ways")
    page.get_by_label("File", exact=True).set_input_files({**file, "buffer": workbook(ROWS)})
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What will be made")
    expect(page.get_by_text("2 rows cannot be used")).to_be_visible()
    judges.look(page, "looked at")
    page.get_by_role("button", name="Create the study with 20 rows").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("My statements")
    expect(page.get_by_text("Round 1 asks 20 items.")).to_be_visible()
    judges.look(page, "steps")
    expect(page).to_have_url(re.compile(r"/studies/[^/]+$"))
    study = page.url

    page.goto(f"{study}/rounds/1/spreadsheet")
    judges.look(page, "more")
    page.get_by_label("File", exact=True).set_input_files({**file, "buffer": workbook(ROWS)})
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What will be added")
    judges.look(page, "what will be added")

    page.goto(f"{live}/studies/new")
    page.get_by_label("Study file", exact=True).set_input_files(
        {"name": "a.yaml", "mimeType": "text/yaml", "buffer": b"rondo: 1\ncode: x\n"}
    )
    page.get_by_role("button", name="Create from the file").click()
    expect(page.get_by_role("alert")).to_contain_text("things are wrong in the file")
    judges.look(page, "a file with mistakes")
    judges.verdict()
