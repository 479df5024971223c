"""A round is followed in a browser: its figures come by themselves, and its pages stand up to judges."""

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
from tests.actors.judges import Judges
from tests.actors.researcher import ResearcherAtDesk
from tests.conftest import left_out
from tests.factories import Story, make_story

NARROW = {"width": 320, "height": 640}


@pytest.fixture
def story(session: Any, app: Flask) -> Story:
    """Round 2 is open since two days; nobody has answered."""
    story = make_story(
        session,
        statements=2,
        at=datetime.now(UTC) - timedelta(days=4),
        links=app.extensions["rondo.links"],
    )
    story.until_round_2()
    return story


def test_figures_come_by_themselves_and_every_page_stands_up_to_axe_and_nu(
    story: Story, live: str, browser: Any, tmp_path: Path
) -> None:
    with transaction(story.session):
        lead = story.session.get_one(Researcher, 1)
        token = signing_in.offer(story.session, lead, datetime.now(UTC))
    desk = ResearcherAtDesk(browser(size=NARROW), live)
    desk.sign_in_once(token)
    page, study = desk.page, f"{live}/studies/{story.study.public_id}"
    seen = tmp_path / "pages"
    seen.mkdir()
    judges = Judges(seen, left_out)
    page.goto(f"{study}/rounds/2")
    expect(page.get_by_text("Followed by itself.")).to_be_visible()
    submitted = page.locator(".tile").filter(has_text="Submitted").locator(".figure")
    expect(submitted).to_have_text("0")
    story.answer(1, 2, {"S01": 4, "S02": 3})
    # What the page does once its ten seconds are over, or once somebody looks at it again.
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(submitted).to_have_text("1")
    expect(page.get_by_text("Followed by itself; last change at")).to_be_visible()
    page.get_by_text("The same as a table").click()
    judges.look(page, "round")
    when = (datetime.now(UTC) - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    sitting = f"how=paper&when={when}"
    for name, path in {
        "waiting": "/rounds/2/waiting",
        "choose": "/rounds/2/entering",
        "consent": f"/rounds/2/entering/E02?{sitting}",
        "entering": f"/rounds/2/entering/E01?{sitting}",
        "rehearsal": "/rehearsal",
        "close": "/rounds/2/close",
    }.items():
        page.goto(study + path)
        judges.look(page, name)
    page.goto(f"{study}/rehearsal")
    page.get_by_label("Simulated experts").fill("4")
    page.get_by_role("button", name="Run the dry run").click()
    expect(page.get_by_text("with 4 simulated experts")).to_be_visible()
    judges.look(page, "rehearsal, played")
    page.get_by_role("link", name="sees").last.click()
    expect(page.get_by_text("Nothing you do here is kept.")).to_be_visible()
    judges.look(page, "as seen")
    page.goto(f"{live}/studies/?show=rehearsals")
    judges.look(page, "studies")
    judges.verdict()
