"""A round in real time in real browsers: blind first, then figures that come by themselves.

Waiting is done by the browser's own clock, wound forward.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from tests.actors.browser import DESKTOP, PHONE
from tests.actors.expert import ExpertInBrowser
from tests.actors.judges import Judges
from tests.actors.server import free_port, server_process
from tests.conftest import left_out
from tests.every_kind import ROUND_2, make_four_languages
from tests.factories import Story, live_rounds, make_live_story, study_document
from tests.walks.test_killed_server import ExpertOverHttp

NEXT_ASKING = 8_000
# "The group so far", and what only feedback of another round says.
SAID = {
    "en": ("The group so far", "last time"),
    "nl": ("De groep tot nu toe", "vorige"),
    "fr": ("Le groupe jusqu’à présent", "précédent"),
    "de": ("Die Gruppe bisher", "letzten Mal"),
}


def story_of(app: Flask, session: Any, **parts: Any) -> Story:
    """A round in real time is open, with two statements."""
    return make_live_story(
        session,
        at=datetime.now(UTC) - timedelta(days=3),
        links=app.extensions["rondo.links"],
        rounds=live_rounds(items=study_document(statements=2)["rounds"][1]["items"]),
        **parts,
    )


@pytest.fixture
def judges(tmp_path: Path) -> Iterator[Judges]:
    folder = tmp_path / "seen"
    folder.mkdir()
    judges = Judges(folder, left_out)
    yield judges
    judges.verdict()


def arrive(page: Page, address: str) -> ExpertInBrowser:
    """An expert in front of the round, in whose browser a test lets the time pass."""
    page.clock.install()
    expert = ExpertInBrowser(page, address)
    expert.open_link()
    expert.start()
    expert.consent()
    page.wait_for_selector("html.is-live")
    return expert


def group_so_far(expert: ExpertInBrowser, code: str) -> Locator:
    return expert.item(code).locator(".live")


def top_of(part: Locator) -> float:
    """Where something stands on the screen."""
    box = part.bounding_box()
    assert box is not None
    return box["y"]


def wait_for_the_next_asking(expert: ExpertInBrowser) -> None:
    with expert.page.expect_response(lambda answer: "/figures" in answer.url):
        expert.page.clock.fast_forward(NEXT_ASKING)


def answer_beside(story: Story, experts: range, rating: int, comment: str = "") -> None:
    """Others of the panel answer meanwhile."""
    for number in experts:
        story.anew().keep(number, 1, {"S01": rating}, {"S01": comment} if comment else None)


@pytest.mark.browser
def test_two_experts_live_first_blind_then_with_figures_that_come_by_themselves(
    app: Flask, session: Any, live: str, browser: Callable[..., Page], judges: Judges
) -> None:
    story = story_of(app, session)
    answer_beside(story, range(5, 9), 4, "because of the others")
    anna = arrive(browser(size=PHONE), live + story.link(1))
    ben = arrive(browser(size=DESKTOP), live + story.link(3))
    for expert in (anna, ben):
        expect(group_so_far(expert, "S01")).to_be_empty()
        assert "because of the others" not in expert.page.content()
    judges.look(anna.page, "blind-phone")

    # Anna's own answer is the fifth, so hers brings the figures; Ben still sees none.
    anna.rate("S01", 5)
    expect(group_so_far(anna, "S01")).to_contain_text("5 of 5 experts (100%) rated it 4–5")
    wait_for_the_next_asking(ben)
    expect(group_so_far(ben, "S01")).to_be_empty()
    ben.rate("S01", 1)
    expect(group_so_far(ben, "S01")).to_contain_text("Your answer now: 1 (point 1). 5 of 5 experts")
    expect(ben.item("S01").locator(".remark label")).to_contain_text("outside the middle half")
    judges.look(anna.page, "open-phone")
    judges.look(ben.page, "open-desk")

    # Three more and Ben are four; nothing moves. The fifth is Ben's change of mind, together with
    # another's, and Anna's page has it without being loaded anew while she writes.
    answer_beside(story, range(9, 12), 2)
    wait_for_the_next_asking(anna)
    expect(group_so_far(anna, "S01")).to_contain_text("5 of 5 experts")
    anna.item("S02").locator("textarea").click()
    anna.page.keyboard.type("I was just saying")
    place = top_of(anna.item("S02"))
    answer_beside(story, range(12, 13), 2)
    anna.page.clock.fast_forward(NEXT_ASKING)
    expect(group_so_far(anna, "S01")).to_contain_text("5 of 10 experts (50%) rated it 4–5")
    expect(anna.page.locator("#live-state")).to_have_text("New figures of the group on 1 question.")
    expect(anna.item("S02").locator("textarea")).to_be_focused()
    expect(anna.item("S02").locator("textarea")).to_have_value("I was just saying")
    # A browser scrolls by whole pixels.
    assert abs(top_of(anna.item("S02")) - place) < 1
    judges.look(anna.page, "renewed-phone")


@pytest.mark.browser
def test_figures_that_are_being_read_wait_until_they_have_been(
    app: Flask, session: Any, live: str, browser: Callable[..., Page]
) -> None:
    story = story_of(app, session)
    answer_beside(story, range(5, 10), 4, "a reason")
    anna = arrive(browser(), live + story.link(1))
    anna.rate("S01", 5)
    block = group_so_far(anna, "S01")
    block.locator("summary").click()
    answer_beside(story, range(5, 10), 2)
    wait_for_the_next_asking(anna)
    expect(block).to_contain_text("5 of 5 experts (100%) rated it 4–5")
    expect(block.locator("li").first).to_be_visible()
    block.get_by_role("button", name="Show the new figures").click()
    expect(block).to_contain_text("2 of 6 experts (33%) rated it 4–5")
    expect(block).to_be_focused()


@pytest.mark.browser
def test_a_page_nobody_looks_at_and_a_page_without_network_ask_nothing(
    app: Flask, session: Any, live: str, browser: Callable[..., Page]
) -> None:
    story = story_of(app, session)
    anna = arrive(browser(), live + story.link(1))
    anna.rate("S01", 5)
    expect(group_so_far(anna, "S01")).to_contain_text("Too few have answered")
    asked: list[str] = []
    anna.page.on("request", lambda request: asked.append(request.url))
    anna.page.context.set_offline(True)
    anna.page.clock.fast_forward(10 * NEXT_ASKING)
    assert asked == []
    answer_beside(story, range(5, 9), 4)
    with anna.page.expect_response(lambda answer: "/figures" in answer.url):
        anna.page.context.set_offline(False)
    expect(group_so_far(anna, "S01")).to_contain_text("5 of 5 experts")
    asked.clear()
    anna.page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    anna.page.clock.fast_forward(10 * NEXT_ASKING)
    assert asked == []


@pytest.mark.slow
@pytest.mark.browser
def test_every_kind_of_item_shows_the_group_so_far_in_four_languages(
    app: Flask, session: Any, live: str, browser: Callable[..., Page], judges: Judges
) -> None:
    story = make_four_languages(session, links=app.extensions["rondo.links"], mode="real_time")
    story.until_round_2()
    sure = [{**estimate, "-confidence": "80"} for estimate in ROUND_2["E01"]]
    story.rate(2, {**ROUND_2, "E01": sure})
    for number, (language, (so_far, before)) in enumerate(SAID.items(), start=1):
        page = browser(size=PHONE)
        expert = ExpertInBrowser(page, live + story.link(number))
        expert.open_link()
        expert.start()
        if "/consent" in page.url:
            expert.consent()
        assert page.locator("html").get_attribute("lang") == language
        for code in ROUND_2:
            block = group_so_far(expert, code)
            expect(block.locator(".live-head")).to_contain_text(so_far)
            expect(block.locator(".feedback")).to_be_visible()
            assert before not in block.inner_text()
        judges.look(page, language)


def test_two_server_processes_show_the_same_figures(app: Flask, session: Any, port: int) -> None:
    story = story_of(app, session, experts=12)
    other = free_port()
    places = [placed.id for placed in story.asked(1).values()]
    links = {n: (story.link(n), story.participation(n)) for n in range(1, 8)}
    session.remove()
    with server_process(app, port), server_process(app, other):
        addresses = [f"http://127.0.0.1:{one}" for one in (port, other)]
        experts = {}
        for number, (link, participation) in links.items():
            experts[number] = expert = ExpertOverHttp(addresses[number // 2 % 2])
            expert.arrive(link, participation)
            expert.autosave = f"/e/{participation}/rounds/1/answers"

        def figures(number: int, tag: str = "") -> tuple[int, Any, str]:
            expert, participation = experts[number], links[number][1]
            address = f"{expert.address}/e/{participation}/rounds/1/figures?after=0"
            asked = Request(address, headers={"If-None-Match": tag} if tag else {})  # noqa: S310
            try:
                with expert.opener.open(asked, timeout=30) as answer:
                    return answer.status, json.loads(answer.read()), answer.headers["ETag"]
            except HTTPError as error:
                return error.code, None, error.headers["ETag"]

        for number in range(1, 5):
            experts[number].save(places[0], 4, "", "0.0")
        status, body, tag = figures(1)
        assert "Too few have answered" in body["items"][str(places[0])]["html"]
        # The fifth answer goes to the one process; who asked the other has it at once.
        experts[5].save(places[0], 2, "", "0.0")
        (_, by_one, tag_of_one), (_, by_other, tag_of_other) = figures(1, tag), figures(3)
        for body in (by_one, by_other):
            assert "4 of 5 experts" in body["items"][str(places[0])]["html"]
        assert by_one["newest"] == by_other["newest"]
        assert figures(1, tag_of_one)[0] == figures(3, tag_of_other)[0] == 304
        # A sixth is in nobody's figures, whichever process took it.
        experts[6].save(places[0], 1, "", "0.0")
        assert figures(1, tag_of_one)[0] == 304
        assert "5 experts" in figures(6)[1]["items"][str(places[0])]["html"]
