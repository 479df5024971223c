"""Kinds of item on a phone with a keyboard: answers are saved, told what they lack, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, Route, expect

from surveys.items import KINDS
from tests.actors.browser import PHONE
from tests.actors.expert import ExpertInBrowser
from tests.actors.judges import Judges
from tests.conftest import left_out
from tests.factories import Story, both, make_story, study_document

pytestmark = pytest.mark.browser

OPTIONS = [{"code": code, "name": both(code.title())} for code in ("home", "clinic", "school")]
UNABLE = both("Unable to judge", "Kan ik niet beoordelen")
ITEMS: dict[str, tuple[str, dict[str, Any]]] = {
    "I1": (
        "information",
        {
            "text": both("Two **trials**."),
            "evidence": [{"title": both("A trial"), "url": "https://example.org/a.pdf"}],
        },
    ),
    "K1": ("single_choice", {"options": OPTIONS, "other": both("Elsewhere"), "unable": UNABLE}),
    "K2": ("multiple_choice", {"options": OPTIONS, "none": both("None"), "minimum": 2}),
    "K3": ("number", {"unit": both("years", "jaar"), "minimum": 0, "maximum": 60}),
    "K4": ("slider", {"low_name": both("No"), "high_name": both("Yes"), "unable": UNABLE}),
    "K5": ("interval_estimate", {"unit": both("days"), "confidence": True, "unable": UNABLE}),
    "K6": ("multi_rating", {"dimensions": [{"code": c, "name": both(c)} for c in ("good", "bad")]}),
}
# What a finger needs, less what a browser rounds away.
TARGET = 43.5
TOO_SMALL = """() => [...document.querySelectorAll("main form [data-item] :is(input, button, a, summary)")]
    .map((one) => one.closest("label.choice") ?? one)
    .filter((one) => !one.matches(".clear, [type=hidden]") && one.getBoundingClientRect().width)
    .filter((one) => Math.min(one.getBoundingClientRect().width, one.getBoundingClientRect().height) < %s)
    .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture
def story(session: Any, app: Flask) -> Story:
    """Round 2 is open and asks one item of each of these kinds."""
    rounds = study_document()["rounds"]
    rounds[1]["items"] = [
        {"code": code, "theme": "care", "kind": kind, "wording": both(code), "settings": settings}
        for code, (kind, settings) in ITEMS.items()
    ]
    story = make_story(
        session,
        rounds=rounds,
        at=datetime.now(UTC) - timedelta(days=5),
        links=app.extensions["rondo.links"],
    )
    story.until_round_2()
    return story


@pytest.fixture
def judges(tmp_path: Path) -> Iterator[Judges]:
    folder = tmp_path / "seen"
    folder.mkdir()
    judges = Judges(folder, left_out)
    yield judges
    judges.verdict()


@pytest.fixture
def expert(story: Story, live: str, browser: Callable[..., Page]) -> ExpertInBrowser:
    """The third expert of the panel, who reads English, on the answering page."""
    expert = ExpertInBrowser(browser(size=PHONE), live + story.link(3))
    expert.open_link()
    expert.start()
    expert.consent()
    expert.page.wait_for_url("**/rounds/2")
    return expert


def lacks(item: Locator) -> Locator:
    return item.locator("[data-lacks]")


def saved(item: Locator) -> None:
    """Wait until the item says when it was saved."""
    expect(item.locator("[data-saved]")).to_have_count(1)


def test_every_kind_is_answered_with_the_keyboard_and_stands_after_a_reload(
    expert: ExpertInBrowser, judges: Judges
) -> None:
    assert {kind for kind, _ in ITEMS.values()} < set(KINDS)
    page = expert.page
    judges.look(page, "empty")
    assert page.evaluate(TOO_SMALL % TARGET) == []

    # Words beside "other" choose it.
    where = expert.item("K1")
    where.locator("input[type=text]").focus()
    page.keyboard.type("At work")
    expect(where.locator("[value=other]")).to_be_checked()
    saved(where)

    who = expert.item("K2")
    who.locator("[type=checkbox]").nth(0).press("Space")
    expect(lacks(who)).to_contain_text("at least 2 answers; you chose 1")
    who.locator("[type=checkbox]").nth(1).press("Space")
    expect(lacks(who)).to_be_empty()

    years = expert.item("K3").locator("input[type=text]")
    years.focus()
    page.keyboard.type("61")
    page.keyboard.press("Tab")
    expect(expert.item("K3").locator(".problem")).to_have_text("Please give a number from 0 to 60.")
    years.fill("12,5")
    saved(expert.item("K3"))

    # Nothing is said before the line is touched; Enter means the place where the handle stands.
    line = expert.item("K4").locator("[type=range]")
    assert line.get_attribute("aria-valuetext") == "no answer yet"
    box = expert.item("K4").locator(".slider input[type=text]")
    line.focus()
    assert box.input_value() == ""
    page.keyboard.press("Enter")
    expect(box).to_have_value("50")
    page.keyboard.press("ArrowRight")
    expect(box).to_have_value("51")
    assert line.get_attribute("aria-valuetext") is None
    saved(expert.item("K4"))

    guess = expert.item("K5")
    guess.locator("[name$=lowest]").fill("9")
    guess.locator("[name$=best]").fill("4")
    guess.locator("[name$=best]").blur()
    expect(guess.locator(".problem")).to_contain_text("lowest value (9) is above")
    guess.locator("[name$=lowest]").fill("1")
    guess.locator("[name$=lowest]").blur()
    expect(lacks(guess)).to_have_text("Still to fill in: highest value and how sure.")

    good = expert.item("K6").locator("fieldset").nth(0)
    good.locator("[type=radio]").nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(lacks(expert.item("K6"))).to_have_text("Still to rate: bad.")
    expect(page.locator("#progress")).to_contain_text("4 of 6")
    judges.look(page, "answered")

    page.reload()
    assert where.locator("input[type=text]").input_value() == "At work"
    assert years.input_value() == "12.5"
    assert box.input_value() == "51"
    assert guess.locator("[name$=best]").input_value() == "4"
    expect(lacks(guess)).to_contain_text("highest value")
    expect(good.locator("[value='2']")).to_be_checked()
    judges.look(page, "again")


def test_an_answer_can_be_taken_back_and_unable_takes_the_place_of_a_number(
    expert: ExpertInBrowser,
) -> None:
    line = expert.item("K4")
    box = line.locator(".slider input[type=text]")
    box.fill("20")
    expect(line.locator("[type=range]")).to_have_value("20")
    saved(line)
    line.locator("[type=checkbox]").check()
    expect(box).to_have_value("")
    expect(line.locator(".is-unset")).to_have_count(1)
    box.fill("30")
    expect(line.locator("[type=checkbox]")).not_to_be_checked()
    saved(line)
    line.locator(".clear").click()
    expect(box).to_have_value("")
    expect(line.locator(".is-unset")).to_have_count(1)

    rating = expert.item("K6")
    for row in range(2):
        rating.locator("fieldset").nth(row).locator("label").nth(3).click()
    expect(rating.locator(".clear")).to_have_count(2)
    rating.locator(".clear").nth(0).click()
    expect(rating.locator(":checked")).to_have_count(1)

    many = expert.item("K2")
    many.locator("[type=checkbox]").nth(0).check()
    many.locator("[data-alone]").first.check()
    expect(many.locator("[type=checkbox]").nth(0)).not_to_be_checked()
    expect(expert.page.locator("#save-state")).to_contain_text("Saved")


def test_a_number_that_is_mended_while_it_is_on_its_way_is_saved(expert: ExpertInBrowser) -> None:
    """What comes back then speaks of a number that no longer stands there."""
    page, years = expert.page, expert.item("K3").locator("input[type=text]")
    held: list[Route] = []
    page.route("**/answers", lambda route: route.continue_() if held else held.append(route))
    years.fill("61")
    with page.expect_request("**/answers"):
        years.blur()
    years.fill("16")
    while not held:
        page.wait_for_timeout(10)
    held[0].continue_()
    saved(expert.item("K3"))
    expect(page.locator("#save-state")).to_contain_text("Saved")
    expect(expert.item("K3").locator(".problem")).to_have_count(0)
