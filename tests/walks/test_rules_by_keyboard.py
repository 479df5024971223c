"""A rule composed with the keyboard alone, while its sentence follows; and strict readers of its pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Page, expect

from surveys.delphi.protocol import Protocol
from surveys.models.base import transaction
from surveys.models.researcher import Researcher
from surveys.services import signing_in
from tests.actors.browser import PHONE
from tests.actors.judges import Judges
from tests.actors.researcher import ResearcherAtDesk
from tests.conftest import left_out
from tests.factories import make_researcher, make_story

FARTHEST = 90


def tab_to(page: Page, field: str) -> None:
    """Press Tab until the field has the focus, as a person would."""
    for _step in range(FARTHEST):
        if page.evaluate("document.activeElement.id") == field:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"#{field} is not reached with the Tab key")


def test_a_rule_is_composed_with_the_keyboard_alone(
    app: Flask, live: str, browser: Any, session: Any, tmp_path: Path
) -> None:
    links = app.extensions["rondo.links"]
    story = make_story(session, experts=12, at=datetime.now(UTC) - timedelta(days=1), links=links)
    person = make_researcher(session)
    with transaction(session):
        token = signing_in.offer(session, session.get_one(Researcher, person), datetime.now(UTC))
    rules = f"{live}/studies/{story.study.public_id}/protocol"
    session.rollback()
    page = browser()
    ResearcherAtDesk(page, live).sign_in_once(token)
    page.goto(rules)
    sentence = page.locator("#said-consensus")
    expect(sentence).to_contain_text("at least 75% of usable ratings")

    tab_to(page, "s0-choice")
    page.keyboard.press("Home")
    expect(page.locator("#s0-in-0-number")).to_be_visible()
    expect(page.locator("#s0-in-0-within")).to_be_hidden()
    tab_to(page, "s0-in-0-number")
    page.keyboard.press("Control+A")
    page.keyboard.type("80")
    expect(sentence).to_contain_text("at least 80% of usable ratings")
    tab_to(page, "add-s0-in")
    page.keyboard.press("Enter")
    expect(page.locator("#s0-in-2-asked")).to_be_focused()
    page.keyboard.type("inter")
    tab_to(page, "s0-in-2-comparison")
    page.keyboard.type("at m")
    tab_to(page, "s0-in-2-number")
    page.keyboard.type("1")
    expect(sentence).to_contain_text("the interquartile range (linear interpolation, R type 7)")
    pages = tmp_path / "pages"
    pages.mkdir()
    judges = Judges(pages, left_out)
    judges.look(page, "composing")
    tab_to(page, "planned")
    page.keyboard.type("25")
    expect(page.locator("#chances")).to_contain_text("If 25 experts each give a usable rating")
    tab_to(page, "keep")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The rules are kept.")).to_be_visible()

    story.anew()
    kept = Protocol.from_json(story.study.protocol).consensus.for_round(1)
    assert kept.sentence("en").startswith("Consensus in: at least 80% of usable ratings")
    assert kept.quantile_methods == ("linear",)
    story.launch(1)
    session.rollback()
    page.set_viewport_size(PHONE)
    for part, heading in (
        ("", "The rules of the study"),
        ("/amend", "Amend the protocol"),
        ("/record", "Record of the protocol"),
    ):
        page.goto(rules + part)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        judges.look(page, f"protocol{part}")
    judges.verdict()
