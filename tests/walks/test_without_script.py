"""The experts' pages without script, and on the smallest phone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from surveys.models.base import transaction
from surveys.models.response import Comment, Rating, Response
from surveys.services import loading, recruiting
from tests.actors.browser import PHONE
from tests.factories import Story, make_story

pytestmark = pytest.mark.browser

SMALLEST_TARGET = 44
# The promise is 10,000; the rest is room for what studies add to a statement, in the widest of usual fonts.
TALLEST_PAGE = 9_300


@pytest.fixture
def story(app: Any, session: Any) -> Story:
    story = make_story(
        session,
        at=datetime.now(UTC) - timedelta(days=3),
        links=app.extensions["rondo.links"],
    )
    story.until_round_2()
    return story


def given(story: Story, kind: Any) -> list[Any]:
    """What stands of expert 3 in round 2, in the order of the statements."""
    column = kind.text if kind is Comment else kind.value
    return list(
        story.anew().session.scalars(
            select(column)
            .join(Response, Response.id == kind.response_id)
            .where(
                Response.expert_id == story.expert(3).id,
                Response.round_id == story.round(2).id,
                kind.latest,
            )
            .order_by(kind.round_item_id)
        )
    )


def test_an_expert_without_script_consents_answers_leaves_returns_and_submits(
    story: Story, live: str, browser: Any
) -> None:
    page = browser(scripts=False, size=PHONE)
    page.goto(live + story.link(3))
    page.get_by_role("button", name="Start").click()
    page.get_by_label("I take part.").check()
    page.get_by_role("button", name="Take part").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your opinion")
    one = page.get_by_role("group", name="Statement 1 holds.")
    # The words of a point are what one touches; the radio itself is drawn over.
    one.locator("label:has(input[value='4'])").click()
    one.get_by_label("Comment").fill("Without any script.")
    page.get_by_role("button", name="Save").first.click()
    assert (given(story, Rating), given(story, Comment)) == ([4], ["Without any script."])

    # Away, and back by the same link.
    page.goto("about:blank")
    page.goto(live + story.link(3))
    page.get_by_role("button", name="Continue").click()
    one = page.get_by_role("group", name="Statement 1 holds.")
    expect(one.locator("input[value='4']")).to_be_checked()
    expect(one.get_by_label("Comment")).to_have_value("Without any script.")
    two = page.get_by_role("group", name="Statement 2 holds.")
    two.locator("label:has(input[value='unable'])").click()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 question has no answer yet")
    page.get_by_role("link", name="Go back and answer").click()
    three = page.get_by_role("group", name="Statement 3 holds.")
    three.locator("label:has(input[value='1'])").click()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. We have your answers.")
    expect(page.get_by_text("3 of 3")).to_be_visible()
    assert given(story, Rating) == [4, None, 1]


def test_an_expert_without_script_may_change_the_language_and_leave(
    story: Story, live: str, browser: Any
) -> None:
    page = browser(scripts=False)
    page.goto(live + story.link(3))
    page.get_by_role("button", name="Start").click()
    page.get_by_label("I take part.").check()
    page.get_by_role("button", name="Take part").click()
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Nederlands").click()
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    page.locator(".foot-links a").first.click()
    page.locator("input[value=erase]").check()
    page.locator("main form button").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert story.anew().expert(3).withdrawn_at is not None


def test_forty_statements_stay_short_and_their_targets_large_on_a_phone(
    app: Any, session: Any, live: str, browser: Any
) -> None:
    """The first study's own statements, in the longer of its languages."""
    file = loading.library_path("smoking_cessation_mhealth").read_text("utf-8")
    story = make_story(
        session,
        experts=0,
        at=datetime.now(UTC) - timedelta(days=2),
        links=app.extensions["rondo.links"],
        file=file,
    )
    add_dutch_nurse(story)
    story.launch(1)
    story.later(hours=1)
    story.close(1)
    story.launch(2)
    page = browser(size=PHONE, language="nl")
    page.goto(live + story.link(1))
    page.locator("main form button").click()
    page.locator("input[name=agree]").check()
    page.locator("main form button").click()
    expect(page.locator("[data-item]").first).to_be_visible()
    measured = page.evaluate(
        """() => {
          const targets = [...document.querySelectorAll(".scale label")].map((el) => {
            const box = el.getBoundingClientRect();
            return Math.min(box.width, box.height);
          });
          return {
            statements: document.querySelectorAll("[data-item]").length,
            comments: document.querySelectorAll("[data-item] textarea").length,
            height: document.documentElement.scrollHeight,
            wider: document.documentElement.scrollWidth - innerWidth,
            smallest: Math.min(...targets),
          };
        }"""
    )
    statements = measured["statements"]
    assert statements == measured["comments"] >= 32
    assert measured["height"] / statements * 40 <= TALLEST_PAGE
    assert measured["wider"] <= 0
    assert measured["smallest"] >= SMALLEST_TARGET


def test_a_chosen_point_says_its_name_on_a_phone_and_moves_nothing(
    story: Story, live: str, browser: Any
) -> None:
    page = browser(scripts=False, size=PHONE)
    page.goto(live + story.link(3))
    page.get_by_role("button", name="Start").click()
    page.get_by_label("I take part.").check()
    page.get_by_role("button", name="Take part").click()
    item = page.locator("[data-item]").first
    ends, middle = item.locator(".ends-of"), item.get_by_text("point 3")
    expect(ends).to_have_text("point 1 point 5")
    expect(ends).to_be_visible()
    below, room = item.locator("textarea").bounding_box(), ends.bounding_box()

    item.get_by_role("radio", name="3, point 3").check()

    expect(ends).to_be_hidden()
    said = middle.bounding_box()
    assert (said["y"], said["height"]) == (room["y"], room["height"])
    assert middle.evaluate("one => getComputedStyle(one).clipPath") == "none"
    assert item.locator("textarea").bounding_box() == below

    item.get_by_role("radio", name="5, point 5").check()

    expect(ends).to_be_visible()
    assert middle.evaluate("one => getComputedStyle(one).clipPath") != "none"


def add_dutch_nurse(story: Story) -> None:
    """And fill in the settings, without which nothing is launched."""
    with transaction(story.session):
        story.study.settings = dict.fromkeys(story.study.settings, "filled in")
        recruiting.add_expert(
            story.session,
            story.study,
            recruiting.Newcomer("Noor", "noor@panel.example", "nurse", "nl"),
            links=story.links,
            actor=story.actor,
            at=story.now,
        )
