"""A round is put in order by drag, by keys and without script; its pages are looked at by the judges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from surveys.models.base import transaction
from surveys.services import editing, signing_in
from tests.actors.browser import PHONE
from tests.actors.judges import Judges
from tests.conftest import left_out
from tests.factories import Story, make_story

pytestmark = pytest.mark.browser


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def story(app: Any, session: Any) -> Story:
    """Round 2 is a draft with S01 and S03 under Care, S02 under Data between them."""
    return make_story(
        session,
        at=datetime.now(UTC) - timedelta(days=3),
        links=app.extensions["rondo.links"],
    )


def signed_in(story: Story, live: str, page: Page) -> str:
    """Somebody who leads the study; the address of the editor of round 2."""
    with transaction(story.session):
        lead = signing_in.account(story.session, "lead@institute.example", "Lead", story.now)
        token = signing_in.offer(story.session, lead, datetime.now(UTC))
    page.goto(f"{live}/sign-in/once/{token}")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Not now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Studies")
    return f"{live}/studies/{story.study.public_id}/rounds/2/design"


def stands(story: Story) -> list[tuple[str, str | None]]:
    """What the database says of the order of round 2."""
    codes = {row.id: code for code, row in story.anew().asked(2).items()}
    return [(codes[row], theme) for row, theme in editing.themed(story.session, story.round(2))]


def test_items_are_dragged_moved_by_keys_and_by_buttons_without_script(
    story: Story, live: str, browser: Any, tmp_path: Path
) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    page, judges = browser(), Judges(pages, left_out)
    editor = signed_in(story, live, page)
    page.goto(editor)
    grip = page.locator("[data-code=S03] .grip")
    expect(grip).to_be_visible()
    judges.look(page, "round")

    # By drag: from the last section to the top of the first.
    grip.scroll_into_view_if_needed()
    begin, end = grip.bounding_box(), page.locator("[data-code=S01]").bounding_box()
    assert begin
    assert end
    page.mouse.move(begin["x"] + 8, begin["y"] + 20)
    page.mouse.down()
    page.mouse.move(end["x"] + 30, end["y"] + 60, steps=4)
    page.mouse.move(end["x"] + 30, end["y"] + 4, steps=4)
    page.mouse.up()
    expect(page.locator("#order-state")).to_have_text("The new order is kept.")
    expect(page.locator("#moved")).to_have_text("S03 is now item 1 of 3, in Care.")
    assert stands(story) == [("S03", "care"), ("S01", "care"), ("S02", "data")]

    # By keys: down within the section, and over its edge.
    link = page.locator("[data-code=S03] a").first
    link.focus()
    link.press("Alt+ArrowDown")
    expect(page.locator("#moved")).to_have_text("S03 is now item 2 of 3, in Care.")
    link.press("Alt+ArrowDown")
    expect(page.locator("#moved")).to_have_text("S03 is now item 2 of 3, in Data.")
    expect(link).to_be_focused()
    page.get_by_role("button", name="Move S01 down").click()
    expect(page.locator("#moved")).to_have_text("S01 is now item 1 of 3, in Data.")
    page.reload()
    expect(page.locator("#order-state")).to_be_hidden()
    assert stands(story) == [("S01", "data"), ("S03", "data"), ("S02", "data")]

    # The preview is the expert's page in a frame, and nothing that is tried in it is kept.
    page.goto(editor.replace("/design", "/preview?language=nl&width=phone"))
    framed = page.frame_locator("iframe")
    framed.locator("[data-item] input[type=radio]").first.check(force=True)
    expect(framed.locator("#save-state")).to_contain_text("(")
    judges.look(page, "preview")
    page.goto(editor.rpartition("/rounds/")[0] + "/design")
    judges.look(page, "design")
    page.goto(f"{editor}/new?kind=multiple_choice")
    page.get_by_label("English", exact=True).first.fill("Apps and/or sites.")
    expect(page.locator("[data-clarity=en] .clarity")).to_contain_text("“and/or”")
    page.locator("#setting-options-n3-name-en").fill("The fourth of them")
    expect(page.locator("#setting-options-n4-name-en")).to_have_value("")
    judges.look(page, "item")

    # Without script, on a phone: plain buttons.
    plain = browser(scripts=False, size=PHONE)
    plain.goto(signed_in(story, live, plain))
    plain.get_by_role("button", name="Move S02 up").click()
    expect(plain.locator(".designed > li").nth(1)).to_contain_text("S02")
    assert stands(story) == [("S01", "data"), ("S02", "data"), ("S03", "data")]
    judges.verdict()
