"""Typed is kept: through reloads, closed tabs, lost networks, killed servers and second tabs.

In a real browser against a real server. Waiting is done by the browser's own clock, wound forward;
`python3 run.py deep` waits the minute out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, Route, expect
from sqlalchemy import select

from surveys.models.base import transaction
from surveys.models.panel import EarlierAnswers
from surveys.models.response import Comment, Rating, Response
from surveys.services import withdrawing
from tests.actors.browser import PATIENCE, PHONE
from tests.actors.expert import ExpertInBrowser
from tests.actors.server import server_process
from tests.factories import Story, make_rated_story, make_story, study_document

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
WAITING = "Not saved yet. We keep trying."
RESTORED = "We found answers here that had not been saved, and put them back."
MINUTE = 60_000


def story_of(app: Any, session: Any, **parts: Any) -> Story:
    """Round 2 is open: S01 and S03 on care, S02 on data."""
    story = make_story(
        session,
        at=datetime.now(UTC) - timedelta(days=3),
        links=app.extensions["rondo.links"],
        **parts,
    )
    story.until_round_2()
    return story


@pytest.fixture
def story(app: Any, session: Any) -> Story:
    return story_of(app, session)


def arrive(page: Page, live: str, story: Story, number: int = 3) -> ExpertInBrowser:
    """An expert in front of round 2."""
    expert = ExpertInBrowser(page, live + story.link(number))
    expert.open_link()
    expert.start()
    if "/consent" in page.url:
        expert.consent()
    page.wait_for_selector("html.is-autosaving")
    return expert


def another_tab(expert: ExpertInBrowser) -> ExpertInBrowser:
    """The same questionnaire once more in the same browser."""
    tab = expert.page.context.new_page()
    tab.goto(expert.page.url)
    tab.wait_for_selector("html.is-autosaving")
    return ExpertInBrowser(tab, expert.link)


def choose(expert: ExpertInBrowser, code: str, point: int) -> None:
    """Touch a point without waiting for it to be saved."""
    expert.item(code).locator(f"label:has(input[value='{point}'])").click()


def box(expert: ExpertInBrowser, code: str) -> Any:
    return expert.item(code).locator("textarea")


def state(expert: ExpertInBrowser) -> Any:
    return expert.page.locator("#save-state")


def log(story: Story, code: str, kind: Any = Rating, number: int = 3) -> list[Any]:
    """Every version of an expert's answer to an item of round 2, oldest first."""
    column = kind.text if kind is Comment else kind.value
    return list(
        story.anew().session.scalars(
            select(column)
            .join(Response, Response.id == kind.response_id)
            .where(
                Response.expert_id == story.expert(number).id,
                kind.round_item_id == story.place(2, code),
            )
            .order_by(kind.version)
        )
    )


def comes_to_be(what: Callable[[], Any], wanted: Any) -> None:
    """Wait until it is so."""
    until = time.monotonic() + PATIENCE / 1000
    while what() != wanted and time.monotonic() < until:
        time.sleep(0.05)
    assert what() == wanted


def without_the_server(page: Page) -> None:
    """Let no answer through, while pages still load."""
    page.context.route("**/answers", lambda route: route.abort())


def with_the_server(page: Page) -> None:
    page.context.unroute("**/answers")


def asks_before_leaving(page: Page) -> list[str]:
    """Leave whatever the page asks, and note that it asked."""
    asked: list[str] = []

    def note(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", note)
    return asked


# --- reloads and closed tabs


def test_a_reload_keeps_what_was_typed_and_not_yet_saved(story, live, browser):
    expert = arrive(browser(), live, story)
    asked = asks_before_leaving(expert.page)
    without_the_server(expert.page)
    box(expert, "S01").press_sequentially("Only with a person")
    choose(expert, "S02", 4)
    expert.page.reload()
    assert asked == ["beforeunload"], "leaving warns while something is unsaved"
    expect(expert.page.get_by_text(RESTORED)).to_be_visible()
    expect(box(expert, "S01")).to_have_value("Only with a person")
    assert expert.has_rated("S02") == "4"
    with_the_server(expert.page)
    expect(state(expert)).to_contain_text("Saved", timeout=40_000)
    assert (log(story, "S01", Comment), log(story, "S02")) == (["Only with a person"], [4])


def test_a_closed_tab_keeps_what_was_typed_and_not_yet_saved(story, live, browser):
    expert = arrive(browser(size=PHONE), live, story)
    address, context = expert.page.url, expert.page.context
    context.set_offline(True)
    box(expert, "S01").press_sequentially("Half a sent")
    expert.page.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto(address)
    again = ExpertInBrowser(page, expert.link)
    expect(box(again, "S01")).to_have_value("Half a sent")
    expect(page.get_by_text(RESTORED)).to_be_visible()
    expect(state(again)).to_contain_text("Saved")
    assert log(story, "S01", Comment) == ["Half a sent"]
    page.reload()
    expect(box(again, "S01")).to_have_value("Half a sent")
    expect(page.get_by_text(RESTORED)).to_have_count(0)


def test_leaving_does_not_warn_once_all_is_saved(story, live, browser):
    expert = arrive(browser(), live, story)
    asked = asks_before_leaving(expert.page)
    expert.rate("S01", 4)
    expect(state(expert)).to_contain_text("Saved")
    expert.page.reload()
    assert asked == []
    assert expert.has_rated("S01") == "4"


def test_what_was_typed_a_moment_before_the_page_is_left_is_saved(story, live, browser):
    expert = arrive(browser(), live, story)
    asks_before_leaving(expert.page)
    box(expert, "S01").press_sequentially("Called away")
    expert.page.goto("about:blank")
    comes_to_be(lambda: log(story, "S01", Comment), ["Called away"])


def test_a_page_that_is_put_aside_saves_before_its_pause_is_over(story, live, browser):
    """Browsers slow the clocks of hidden pages down, or stop them."""
    page = browser()
    page.clock.install()
    expert = arrive(page, live, story)
    box(expert, "S01").press_sequentially("Half a sentence")
    page.evaluate(
        """() => {
          Object.defineProperty(document, "visibilityState", { value: "hidden" });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    # The clock of the page stands still.
    comes_to_be(lambda: log(story, "S01", Comment), ["Half a sentence"])


# --- one device, several people


def copies(page: Page) -> list[str]:
    """What the device holds of unsaved answers."""
    return page.evaluate("Object.entries(localStorage).map((entry) => entry.join(': '))")


def test_what_another_expert_left_unsaved_is_saved_as_theirs_and_leaves_the_device(
    story, live, browser
):
    anna = arrive(browser(), live, story)
    context = anna.page.context
    context.set_offline(True)
    choose(anna, "S01", 4)
    box(anna, "S01").fill("Typed by Anna")
    assert "Typed+by+Anna" in str(copies(anna.page))
    anna.page.close()
    context.set_offline(False)
    ben = arrive(context.new_page(), live, story, 5)
    comes_to_be(lambda: copies(ben.page), [])
    assert (log(story, "S01"), log(story, "S01", Comment)) == ([4], ["Typed by Anna"])
    assert log(story, "S01", number=5) == []
    assert ben.has_rated("S01") is None


def test_a_page_that_is_still_open_keeps_its_copies_for_itself(story, live, browser):
    anna = arrive(browser(), live, story)
    without_the_server(anna.page)
    choose(anna, "S01", 4)
    expect(state(anna)).to_have_text(WAITING)
    arrive(anna.page.context.new_page(), live, story, 5)
    with_the_server(anna.page)
    choose(anna, "S01", 5)
    # She may have tried the first once more in between, and have read that it was saved; each has
    # come once.
    comes_to_be(lambda: log(story, "S01")[-1:], [5])
    expect(state(anna)).to_contain_text("Saved")
    assert log(story, "S01") in ([5], [4, 5])


def test_leaving_the_study_leaves_nothing_on_the_device(story, live, browser):
    page = browser()
    anna = arrive(page, live, story)
    asks_before_leaving(page)
    without_the_server(page)
    box(anna, "S01").fill("I take this with me")
    page.goto(f"{live}/e/{story.participation(3)}/leave")
    assert copies(page) != []
    page.locator("input[value=erase]").check()
    page.locator("main form button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You have left the study")
    comes_to_be(lambda: copies(page), [])


def test_having_left_on_another_device_leaves_nothing_on_this_one_either(story, live, browser):
    page = browser()
    anna = arrive(page, live, story)
    asks_before_leaving(page)
    without_the_server(page)
    box(anna, "S01").fill("Typed before")
    with transaction(story.session):
        withdrawing.withdraw(
            story.session,
            story.expert(3),
            earlier_answers=EarlierAnswers.KEEP,
            actor="expert:E03",
            at=story.now,
        )
    anna.open_link()
    expect(page.get_by_role("heading", level=1)).to_have_text("You have left this study")
    comes_to_be(lambda: copies(page), [])


# --- the network


def answer_without_network(expert: ExpertInBrowser, pass_a_minute: Any) -> None:
    """Answer in the middle of a lost minute; the page says so all the while."""
    expert.page.context.set_offline(True)
    choose(expert, "S02", 2)
    box(expert, "S02").press_sequentially("In the tunnel")
    box(expert, "S02").blur()
    pass_a_minute()
    expect(state(expert)).to_have_text(WAITING)
    choose(expert, "S03", 5)
    pass_a_minute()
    expect(state(expert)).to_have_text(WAITING)
    expert.page.context.set_offline(False)


def saved_after_the_network_came_back(expert: ExpertInBrowser, story: Story) -> None:
    expect(state(expert)).to_contain_text("Saved")
    expect(expert.page.locator("#progress")).to_have_text("3 of 3 answered")
    assert {code: log(story, code) for code in ("S01", "S02", "S03")} == {
        "S01": [4],
        "S02": [2],
        "S03": [5],
    }, "nothing lost, nothing doubled"
    assert log(story, "S02", Comment) == ["In the tunnel"]


def test_a_lost_network_loses_nothing_and_doubles_nothing(story, live, browser):
    page = browser()
    page.clock.install()
    expert = arrive(page, live, story)
    choose(expert, "S01", 4)
    page.clock.run_for(1000)
    expect(state(expert)).to_contain_text("Saved")
    answer_without_network(expert, lambda: page.clock.run_for(MINUTE))
    page.clock.run_for(1000)
    saved_after_the_network_came_back(expert, story)


@pytest.mark.slow
def test_a_minute_without_network_in_real_time(story, live, browser):
    expert = arrive(browser(), live, story)
    expert.rate("S01", 4)
    answer_without_network(expert, lambda: expert.page.wait_for_timeout(MINUTE / 2))
    saved_after_the_network_came_back(expert, story)


def lose_the_word_that_it_arrived(route: Route) -> None:
    route.fetch()
    route.abort()


@pytest.mark.parametrize("reloaded", [False, True], ids=["same page", "reloaded page"])
def test_an_answer_whose_acknowledgement_was_lost_is_not_taken_for_another_pages(
    story, live, browser, reloaded
):
    expert = arrive(browser(), live, story)
    asks_before_leaving(expert.page)
    expert.page.context.route("**/answers", lose_the_word_that_it_arrived)
    choose(expert, "S01", 4)
    expect(state(expert)).to_have_text(WAITING)
    assert log(story, "S01") == [4]
    expert.page.context.unroute("**/answers")
    expert.page.context.set_offline(True)
    choose(expert, "S01", 2)
    if reloaded:
        address, context = expert.page.url, expert.page.context
        expert.page.close()
        expert = ExpertInBrowser(context.new_page(), expert.link)
        context.set_offline(False)
        expert.page.goto(address)
    else:
        expert.page.context.set_offline(False)
    expect(state(expert)).to_contain_text("Saved")
    comes_to_be(lambda: log(story, "S01"), [4, 2])
    expect(expert.page.locator(".elsewhere")).to_have_count(0)


def test_submitting_without_network_stays_on_the_page(story, live, browser):
    expert = arrive(browser(), live, story)
    expert.page.context.set_offline(True)
    choose(expert, "S01", 4)
    expert.page.locator(".bar button[value=submit]").click()
    expect(state(expert)).to_have_text(WAITING)
    assert expert.has_rated("S01") == "4"
    expert.page.context.set_offline(False)
    expect(state(expert)).to_contain_text("Saved")
    expert.submit(anyway=True)
    assert log(story, "S01") == [4]


# --- the server


def wind_on_until_saved(expert: ExpertInBrowser) -> None:
    """Wind the browser's clock on, retry by retry: the first may still meet a dead connection."""
    for _retry in range(10):
        expert.page.clock.run_for(MINUTE // 2)
        expert.page.wait_for_timeout(500)
        if "Saved" in state(expert).inner_text():
            return
    expect(state(expert)).to_contain_text("Saved")


def test_a_killed_server_loses_nothing_and_doubles_nothing(app, story, port, browser):
    address = f"http://127.0.0.1:{port}"
    page = browser()
    page.clock.install()
    with server_process(app, port) as server:
        expert = arrive(page, address, story)
        choose(expert, "S01", 4)
        page.clock.run_for(1000)
        expect(state(expert)).to_contain_text("Saved")
        server.kill()
        server.wait()
        choose(expert, "S02", 2)
        box(expert, "S03").fill("Typed to nobody")
        page.clock.run_for(5000)
        expect(state(expert)).to_have_text(WAITING)
    with server_process(app, port):
        wind_on_until_saved(expert)
        assert (log(story, "S01"), log(story, "S02")) == ([4], [2])
        assert log(story, "S03", Comment) == ["Typed to nobody"]
        expert.page.reload()
        assert expert.has_rated("S02") == "2"
        expect(box(expert, "S03")).to_have_value("Typed to nobody")


# --- two tabs


def test_a_second_tab_never_writes_over_a_newer_answer_unasked(story, live, browser):
    first = arrive(browser(), live, story)
    second = another_tab(first)
    first.rate("S01", 4)
    choose(second, "S01", 2)
    told = second.item("S01").locator(".elsewhere")
    expect(told).to_contain_text("This was also answered on another page or device")
    expect(told).to_contain_text("point 4")
    assert log(story, "S01") == [4]
    told.get_by_role("button", name="Keep what I have here").click()
    expect(state(second)).to_contain_text("Saved")
    assert log(story, "S01") == [4, 2]


def test_the_other_tabs_answer_can_be_taken(story, live, browser):
    first = arrive(browser(), live, story)
    second = another_tab(first)
    first.write("S01", "From the first tab")
    box(second, "S01").fill("From the second tab")
    box(second, "S01").blur()
    told = second.item("S01").locator(".elsewhere")
    expect(told).to_contain_text("From the first tab")
    told.get_by_role("button", name="Take the other answer").click()
    expect(box(second, "S01")).to_have_value("From the first tab")
    asked = asks_before_leaving(second.page)
    second.page.reload()
    assert asked == []
    assert log(story, "S01", Comment) == ["From the first tab"]


def test_an_old_tab_that_only_writes_a_comment_leaves_the_newer_rating_alone(story, live, browser):
    first = arrive(browser(), live, story)
    first.rate("S01", 4)
    second = another_tab(first)
    first.rate("S01", 5)
    second.write("S01", "One")
    second.write("S01", "One, and two")
    assert log(story, "S01") == [4, 5]
    assert log(story, "S01", Comment) == ["One", "One, and two"]
    choose(second, "S01", 2)
    expect(second.item("S01").locator(".elsewhere")).to_contain_text("point 5")


def test_two_tabs_on_different_items_do_not_meet(story, live, browser):
    first = arrive(browser(), live, story)
    second = another_tab(first)
    first.rate("S01", 4)
    second.rate("S02", 5)
    expect(second.page.locator("#progress")).to_have_text("2 of 3 answered")
    expect(second.page.locator(".elsewhere")).to_have_count(0)
    assert (log(story, "S01"), log(story, "S02")) == ([4], [5])


# --- sections


@pytest.fixture
def sections(app: Any, session: Any) -> Story:
    """Round 2 in two sections: S01 and S03 on care, then S02 on data."""
    rounds = study_document()["rounds"]
    rounds[1]["items"].sort(key=lambda item: item["theme"])
    rounds[1]["layout"] = "sections"
    return story_of(app, session, rounds=rounds)


def test_what_was_typed_in_one_section_is_saved_from_another(sections, live, browser):
    expert = arrive(browser(), live, sections)
    asks_before_leaving(expert.page)
    expert.page.context.set_offline(True)
    choose(expert, "S01", 4)
    box(expert, "S01").fill("Typed in the first section")
    round_ = expert.page.url.rpartition("/sections/")[0]
    other = expert.page.context.new_page()
    expert.page.close()
    other.context.set_offline(False)
    other.goto(f"{round_}/sections/2")
    there = ExpertInBrowser(other, expert.link)
    expect(state(there)).to_contain_text("Saved")
    expect(other.locator("#progress")).to_have_text("1 of 3 answered")
    assert log(sections, "S01") == [4]
    assert log(sections, "S01", Comment) == ["Typed in the first section"]


def test_a_clash_in_another_section_is_told_and_decided_there(sections, live, browser):
    expert = arrive(browser(), live, sections)
    context, address = expert.page.context, expert.page.url
    context.set_offline(True)
    choose(expert, "S01", 4)
    expert.page.close()
    context.set_offline(False)
    # Meanwhile, on another device.
    sections.keep(3, 2, {"S01": 2})
    page = context.new_page()
    page.goto(address.replace("/sections/1", "/sections/2"))
    page.get_by_role("link", name="Look at it").click()
    page.wait_for_url("**/sections/1**")
    there = ExpertInBrowser(page, expert.link)
    told = there.item("S01").locator(".elsewhere")
    expect(told).to_contain_text("point 2")
    told.get_by_role("button", name="Keep what I have here").click()
    expect(state(there)).to_contain_text("Saved")
    assert log(sections, "S01") == [2, 4]


def test_going_on_to_the_next_section_saves_first(sections, live, browser):
    expert = arrive(browser(), live, sections)
    asked = asks_before_leaving(expert.page)
    box(expert, "S01").fill("Typed a moment ago")
    expert.page.get_by_role("button", name="Next").click()
    expert.page.wait_for_url("**/sections/2")
    assert asked == []
    assert log(sections, "S01", Comment) == ["Typed a moment ago"]


# --- reasons


def test_the_comment_asks_why_as_soon_as_a_rating_stands_apart(app, session, live, browser):
    story = make_rated_story(
        session,
        at=datetime.now(UTC) - timedelta(days=20),
        links=app.extensions["rondo.links"],
    )
    story.prepare(2, returning=[placed.id for placed in story.asked(2).values()])
    story.launch(3)
    expert = arrive(browser(), live, story, 7)
    label = expert.item("S01").locator(".remark label")
    expect(label).to_have_text("Comment")
    choose(expert, "S01", 5)
    expect(label).to_contain_text("outside the middle half")
    choose(expert, "S01", 4)
    expect(label).to_contain_text("differently from last time")
    expert.item("S01").locator(".clear").click()
    expect(label).to_have_text("Comment")
