"""Rankings and points to share in a browser: by touch, by mouse, by keys alone, by number, without script.

Every way ends in the same fields, which are the answer; what the list shows is what is saved.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from surveys.models.response import Rating, Response
from tests.actors.browser import DESKTOP, PHONE
from tests.actors.expert import ExpertInBrowser
from tests.actors.judges import Judges
from tests.conftest import left_out
from tests.factories import Story, both, make_story, study_document

pytestmark = pytest.mark.browser

OPTIONS = [
    {"code": code, "name": both(name)}
    for code, name in (
        ("cost", "What it costs"),
        ("time", "Time it takes"),
        ("proof", "Proof that it works"),
        ("help", "Help by a person"),
    )
]
UNABLE = both("I cannot judge this", "Dit kan ik niet beoordelen")
ITEMS = {
    "R1": ("ranking", {"options": OPTIONS}),
    "R2": ("ranking", {"options": OPTIONS, "places": 2, "unranked": "last", "unable": UNABLE}),
    "R3": ("ranking", {"options": OPTIONS, "ties": True, "unranked": "unknown"}),
    "A1": ("allocation", {"options": OPTIONS, "unable": UNABLE}),
}
NARROW = {"width": 320, "height": 640}


@pytest.fixture
def story(app: Any, session: Any) -> Story:
    """Round 2 asks for three rankings and for points."""
    rounds = study_document()["rounds"]
    rounds[1]["items"] = [
        {
            "code": code,
            "theme": "care",
            "kind": kind,
            "wording": both(f"Please compose {code}."),
            "settings": settings,
        }
        for code, (kind, settings) in ITEMS.items()
    ]
    story = make_story(
        session,
        at=datetime.now(UTC) - timedelta(days=3),
        links=app.extensions["rondo.links"],
        rounds=rounds,
    )
    story.until_round_2()
    return story


def arrive(page: Page, live: str, story: Story) -> ExpertInBrowser:
    expert = ExpertInBrowser(page, live + story.link(3))
    expert.open_link()
    expert.start()
    expert.consent()
    return expert


def order(item: Locator) -> str:
    """The list as it stands: places and codes, from top to bottom."""
    return " ".join(
        f"{box.input_value() or '–'}:{(box.get_attribute('name') or '').rpartition('-')[2]}"
        for box in item.locator(".place").all()
    )


def row(item: Locator, name: str) -> Locator:
    return item.locator(".arrange li", has=item.page.locator("label", has_text=name))


def place(item: Locator, name: str) -> Locator:
    return row(item, name).locator("input")


def touch(item: Locator, *names: str) -> None:
    for name in names:
        row(item, name).locator("label").click()


def saved(expert: ExpertInBrowser) -> None:
    """Wait until nothing is unsaved: the page may still say so of an earlier moment."""
    for _moment in range(100):
        if not expert.page.evaluate("localStorage.length"):
            break
        expert.page.wait_for_timeout(100)
    expect(expert.page.locator("#save-state")).to_contain_text("Saved")


def detail(story: Story, code: str) -> Any:
    """What stands in the database."""
    return story.anew().session.scalar(
        select(Rating.detail)
        .join(Response, Response.id == Rating.response_id)
        .where(
            Response.expert_id == story.expert(3).id,
            Rating.round_item_id == story.place(2, code),
            Rating.latest,
        )
    )


def comes_to_hold(story: Story, expert: ExpertInBrowser, code: str, wanted: Any) -> None:
    """The answer reaches the database; a save of an earlier moment may still be on its way."""
    for _moment in range(50):
        if detail(story, code) == wanted:
            return
        expert.page.wait_for_timeout(100)
    assert detail(story, code) == wanted


def points(item: Locator) -> list[str]:
    return [box.input_value() for box in item.locator(".points-for input").all()]


# --- rankings


def test_nothing_is_placed_before_the_expert_places_it(story, live, browser):
    item = arrive(browser(), live, story).item("R1")
    assert order(item) == "–:cost –:time –:proof –:help"
    expect(item.locator(".not-placed")).to_be_visible()


def test_options_are_touched_in_their_order_on_a_phone(story, live, browser):
    expert = arrive(browser(size=PHONE, has_touch=True), live, story)
    item = expert.item("R1")
    for name in ("Proof", "Help", "What it costs"):
        row(item, name).locator("label").tap()
    assert order(item) == "1:proof 2:help 3:cost 4:time", "the last place has one candidate"
    expect(item.locator(".not-placed")).to_be_hidden()
    saved(expert)
    expect(expert.page.locator("#progress")).to_have_text("1 of 4 answered")
    comes_to_hold(story, expert, "R1", {"ranks": {"cost": 3, "time": 4, "proof": 1, "help": 2}})


def test_a_ranking_is_made_with_keys_alone(story, live, browser):
    expert = arrive(browser(), live, story)
    item, keys = expert.item("R1"), expert.page.keyboard
    row(item, "Time").get_by_role("button", name="Place 1: Time it takes").focus()
    keys.press("Enter")
    expect(item.locator("[role=status]")).to_have_text("Time it takes: place 1 of 4")
    keys.press("Enter")  # the focus went on to the next without a place
    assert order(item) == "1:time 2:cost –:proof –:help"
    place(item, "What it costs").focus()
    keys.press("ArrowUp")
    assert order(item) == "1:cost 2:time –:proof –:help"
    expect(place(item, "What it costs")).to_be_focused()
    keys.press("ArrowUp")
    assert order(item) == "1:cost 2:time –:proof –:help", "there is nothing above the first"
    row(item, "Time").get_by_role("button", name="Move down: Time it takes").focus()
    keys.press("Enter")
    assert order(item) == "1:cost –:time –:proof –:help", "down from the last place is out"
    expect(item.locator("[role=status]")).to_have_text("Time it takes: without a place")
    comes_to_hold(story, expert, "R1", {"ranks": {"cost": 1}})


def test_a_place_is_typed_and_the_others_make_room(story, live, browser):
    expert = arrive(browser(), live, story)
    item = expert.item("R1")
    touch(item, "What it costs", "Time", "Proof")
    place(item, "Help").fill("2")
    expert.page.keyboard.press("Tab")
    assert order(item) == "1:cost 2:help 3:time 4:proof"
    place(item, "Help").fill("")
    expert.page.keyboard.press("Tab")
    assert order(item) == "1:cost 2:time 3:proof –:help", "who is taken out stays out"


def test_what_is_no_place_is_told_and_stays_as_typed(story, live, browser):
    expert = arrive(browser(), live, story)
    item = expert.item("R1")
    place(item, "Help").fill("first")
    expert.page.keyboard.press("Tab")
    expect(item.locator(".problem")).to_contain_text("not “first”")
    expect(place(item, "Help")).to_have_value("first")


def drag(page: Page, item: Locator, name: str, to: str, pointer: str) -> None:
    """Take a row by its grip and let it go over another."""
    grip = row(item, name).locator(".grip")
    grip.scroll_into_view_if_needed()
    begin, end = grip.bounding_box(), row(item, to).bounding_box()
    assert begin
    assert end
    x, y = begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] / 2
    # Over the far edge: a row changes places when the pointer has passed the middle of the other.
    goal = end["y"] + (3 if end["y"] < y else end["height"] - 3)
    steps = [y + (goal - y) * part / 6 for part in range(1, 7)]
    if pointer == "mouse":
        page.mouse.move(x, y)
        page.mouse.down()
        for there in steps:
            page.mouse.move(x, there)
        page.mouse.up()
        return
    finger = page.context.new_cdp_session(page)
    for kind, there in [("touchStart", y), *(("touchMove", one) for one in steps)]:
        finger.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": there}]}
        )
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize("pointer", ["mouse", "finger"])
def test_options_are_dragged(story, live, browser, pointer):
    expert = arrive(browser(size=PHONE, has_touch=pointer == "finger"), live, story)
    item, page = expert.item("R1"), expert.page
    touch(item, "What it costs", "Time", "Proof")
    drag(page, item, "Help", "What it costs", pointer)
    expect(place(item, "Help")).to_have_value("1")
    assert order(item) == "1:help 2:cost 3:time 4:proof"
    drag(page, item, "Help", "Time", pointer)
    expect(place(item, "Help")).to_have_value("3")
    assert order(item) == "1:cost 2:time 3:help 4:proof"
    comes_to_hold(story, expert, "R1", {"ranks": {"cost": 1, "time": 2, "proof": 4, "help": 3}})


def test_escape_puts_a_dragged_option_back(story, live, browser):
    expert = arrive(browser(), live, story)
    item, page = expert.item("R1"), expert.page
    touch(item, "What it costs", "Time", "Proof")
    before = order(item)
    grip, goal = row(item, "Help").locator(".grip"), row(item, "What it costs").bounding_box()
    grip.hover()
    page.mouse.down()
    page.mouse.move(goal["x"] + 5, goal["y"] + 3)
    assert order(item) != before
    page.keyboard.press("Escape")
    page.mouse.up()
    assert order(item) == before


def test_only_the_top_few_are_placed_where_the_study_asks_for_them(story, live, browser):
    expert = arrive(browser(), live, story)
    item = expert.item("R2")
    touch(item, "Time", "Help", "Proof")
    assert order(item) == "1:time 2:help –:cost –:proof", "there is no third place"
    place(item, "Proof").fill("1")
    expert.page.keyboard.press("Tab")
    assert order(item) == "1:proof 2:time –:cost –:help", "the last one makes room"
    saved(expert)
    expect(expert.page.locator("#progress")).to_have_text("1 of 4 answered")


def test_two_options_share_a_place_where_they_may(story, live, browser):
    expert = arrive(browser(), live, story)
    item = expert.item("R3")
    touch(item, "What it costs", "Time", "Proof")
    tie = row(item, "Time").get_by_role("button", name="Same place as the one above")
    tie.click()
    assert order(item) == "1:cost 1:time 3:proof –:help"
    expect(tie).to_have_attribute("aria-pressed", "true")
    row(item, "Proof").get_by_role("button", name="Move up: Proof").click()
    assert order(item) == "1:proof 2:cost 2:time –:help"
    tie.click()
    assert order(item) == "1:proof 2:cost 3:time –:help"


def test_who_cannot_judge_takes_the_places_back_and_the_other_way_round(story, live, browser):
    expert = arrive(browser(), live, story)
    item = expert.item("R2")
    unable = item.get_by_label("I cannot judge this")
    touch(item, "Time")
    unable.check()
    assert order(item) == "–:cost –:time –:proof –:help"
    touch(item, "Help")
    expect(unable).not_to_be_checked()
    comes_to_hold(story, expert, "R2", {"ranks": {"help": 1}})


def test_the_list_stands_as_it_was_left(story, live, browser):
    expert = arrive(browser(), live, story)
    touch(expert.item("R1"), "Proof", "Help")
    saved(expert)
    expert.page.reload()
    assert order(expert.item("R1")) == "1:proof 2:help –:cost –:time"


# --- points


def test_the_rest_is_in_sight_and_shared_in_one_act(story, live, browser):
    expert = arrive(browser(), live, story)
    item = expert.item("A1")
    told = item.locator("[data-sum]")
    expect(told).to_have_text("100 of 100 points are left to give.")
    item.get_by_label("Proof").fill("50")
    expect(told).to_have_text("50 of 100 points are left to give.")
    item.get_by_role("button", name="Share the rest").click()
    assert points(item) == ["17", "17", "50", "16"]
    expect(told).to_have_text("All 100 points are given.")
    comes_to_hold(
        story, expert, "A1", {"points": {"cost": 17, "time": 17, "proof": 50, "help": 16}}
    )


def test_too_many_points_are_scaled_in_their_proportion(story, live, browser):
    expert = arrive(browser(), live, story)
    item = expert.item("A1")
    item.get_by_label("What it costs").fill("100")
    item.get_by_label("Proof").fill("300")
    expect(item.locator("[data-sum]")).to_have_text("That is 300 points too many: there are 100.")
    item.get_by_role("button", name="Scale to 100").click()
    assert points(item) == ["25", "0", "75", "0"]


def test_points_are_stepped_with_keys(story, live, browser):
    expert = arrive(browser(), live, story)
    item = expert.item("A1")
    item.get_by_label("Time").focus()
    for key in ("PageUp", "PageUp", "ArrowUp", "ArrowDown", "ArrowDown", "PageDown"):
        expert.page.keyboard.press(key)
    assert points(item) == ["", "9", "", ""]
    for _press in range(2):
        expert.page.keyboard.press("PageDown")
    assert points(item) == ["", "0", "", ""], "never below none"


def test_a_sum_that_is_not_there_yet_is_kept_and_not_counted(story, live, browser):
    expert = arrive(browser(), live, story)
    item = expert.item("A1")
    item.get_by_label("Proof").fill("40")
    expert.page.keyboard.press("Tab")
    saved(expert)
    expect(expert.page.locator("#progress")).to_have_text("0 of 4 answered")
    expert.page.reload()
    assert points(expert.item("A1")) == ["", "", "40", ""]
    expert.page.locator(".bar button[value=submit]").click()
    expect(expert.page.get_by_role("heading", level=1)).to_contain_text("4 questions")


# --- without a script, and for everyone


def test_a_whole_round_is_composed_without_script(story, live, browser):
    page = browser(scripts=False)
    expert = arrive(page, live, story)
    for code, typed in {
        "R1": ("2", "1", "", "3"),
        "R2": ("", "1", "", "2"),
        "R3": ("1", "1", "3", ""),
        "A1": ("50", "30", "", ""),
    }.items():
        boxes = expert.item(code).locator("input[type=text]")
        for at, value in enumerate(typed):
            boxes.nth(at).fill(value)
    page.locator(".bar button[value=save]").click()
    expect(expert.item("R1").locator(".lacks")).to_have_text(
        "Still without a place: Proof that it works."
    )
    expect(expert.item("A1").locator(".lacks")).to_have_text(
        "You have given 80 of 100 points; 20 are left to give."
    )
    expect(page.locator("#progress")).to_have_text("2 of 4 answered")
    expert.item("R1").locator("input[type=text]").nth(2).fill("4")
    expert.item("A1").locator("input[type=text]").nth(3).fill("20")
    expert.submit()
    assert detail(story, "R1") == {"ranks": {"cost": 2, "time": 1, "proof": 4, "help": 3}}
    assert detail(story, "A1") == {"points": {"cost": 50, "time": 30, "help": 20}}


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(NARROW, id="320", marks=pytest.mark.slow),
        pytest.param(PHONE, id="375"),
        pytest.param(DESKTOP, id="1280", marks=pytest.mark.slow),
    ],
)
def test_the_judges_find_nothing(story, live, browser, tmp_path, size):
    pages = tmp_path / "pages"
    pages.mkdir()
    judges = Judges(pages, left_out)
    expert = arrive(browser(size=size), live, story)
    judges.look(expert.page, "empty")
    touch(expert.item("R1"), "Proof", "Help")
    touch(expert.item("R3"), "What it costs", "Time", "Proof")
    row(expert.item("R3"), "Time").get_by_role("button", name="Same place").click()
    expert.item("A1").get_by_label("Proof").fill("120")
    expert.page.keyboard.press("Tab")
    saved(expert)
    judges.look(expert.page, "begun")
    judges.verdict()
