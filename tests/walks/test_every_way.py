"""A whole round, with every kind of item and its feedback, in every way in which people use a page."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.actors.browser import PHONE
from tests.actors.hands import Ears, Hands, Keys
from tests.every_kind import ENGLISH, EXPERTS, make_fed_back
from tests.factories import Story
from tests.walks.whole_round import WANTED, answer_everything, stands

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 568}
ENLARGED = {
    "size": {"width": 320, "height": 256},
    "device_scale_factor": 4,
}  # 1280 by 1024 at 400 %
# The most of a screen that the bar at the bottom may take.
MOST_OF_THE_SCREEN = 0.25
FITS = """(most) => {
  const faults = [];
  const told = (what, el) => faults.push(`${what}: ${el.outerHTML.slice(0, 80)}`);
  if (document.documentElement.scrollWidth > innerWidth) faults.push("scrolls sideways");
  const bar = document.querySelector(".bar");
  const fixed = bar && getComputedStyle(bar).position === "fixed";
  if (fixed && bar.offsetHeight > most * innerHeight) told("takes too much of the screen", bar);
  for (const el of document.querySelectorAll("main *, .bar *")) {
    const { clipPath, overflowX } = getComputedStyle(el);
    if (!el.checkVisibility() || clipPath !== "none" || el.closest("svg, .visually-hidden")) continue;
    const box = el.getBoundingClientRect();
    if (box.right > innerWidth + 1 || box.left < -1) told("sticks out", el);
    const cut = overflowX !== "visible" && !el.matches("input, textarea, progress");
    if (cut && el.scrollWidth > el.clientWidth + 1) told("is cut off", el);
  }
  return faults;
}"""
# Notes everything that moves by itself from the first moment of every page.
NOTE_MOVES = """
  addEventListener("DOMContentLoaded", () => (window.moved = []));
  for (const name of ["transitionrun", "animationstart"])
    addEventListener(name, (event) => window.moved?.push(event.target.outerHTML.slice(0, 80)), true);
"""
# Colours of the parts of a page, and how far they are apart, by the formula of WCAG.
COLOURS = r"""() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const apart = ([one, its], [other, theirs]) => {
    const lights = [getComputedStyle(one)[its], getComputedStyle(other)[theirs]].map(light);
    return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
  };
  const both = (of, chosen) => [of.replace("?", chosen), of.replace("?", `:not(${chosen})`)]
    .map((one) => document.querySelector(one));
  const [point, otherPoint] = both(".points input?", ":checked");
  const [tick, box] = both(".choice [type=checkbox]?", ":checked");
  const [own, column] = both(".columns rect?", ".own");
  const [ground, edge, paper] = ["backgroundColor", "borderTopColor", [document.body, "backgroundColor"]];
  point.focus();
  return {
    "the chosen point from the others": apart([point, ground], [otherPoint, ground]),
    "its number from its ground": apart([point.nextElementSibling, "color"], [point, ground]),
    "the edge of a point from the paper": apart([otherPoint, edge], paper),
    "the chosen option from the others": apart([tick, ground], [box, ground]),
    "the focus from the paper": apart([point, "outlineColor"], paper),
    "one's own column from the others": apart([own, "fill"], [column, "fill"]),
    "the edge of a column from the paper": apart([column, "stroke"], paper),
    "the numbers of the figure": apart([document.querySelector(".columns text"), "fill"], paper),
  };
}"""

LATE = EXPERTS + ENGLISH


@pytest.fixture
def story(app: Flask, session: Any) -> Story:
    return make_fed_back(session, links=app.extensions["rondo.links"], whose="all_groups")


def go_through(person: Hands, live: str, story: Story, number: int = ENGLISH) -> None:
    """From the link in the mail to the receipt."""
    person.page.goto(live + story.link(number))
    person.reads("Welcome")
    if number == LATE:
        person.press("Start")
        person.reads("Taking part")
        person.tick("I have read this and take part.")
        person.press("Take part")
    else:
        person.press("Continue")
    person.reads("A second look")
    answer_everything(person)
    person.press("Submit")
    person.reads("Received")
    assert stands(story, number) == WANTED


def test_with_what_a_screen_reader_is_told(story: Story, live: str, browser: Any) -> None:
    person = Ears(browser())
    go_through(person, live, story, LATE)
    assert "Answered 11 of 11" in person.tree.root().text


def test_a_screen_reader_hears_the_feedback_on_the_way_to_the_answer(
    story: Story, live: str, browser: Any
) -> None:
    person = Ears(browser())
    person.page.goto(live + story.link(ENGLISH))
    person.press("Continue")
    person.reads("A second look")
    first = person.tree.find("group", "S01")
    assert first.description == (
        "Not the first contact. You rated 5 (Strongly agree). 10 of 12 experts (83%) rated it 4–5; "
        "1 (8%) rated it 1–2. Middle rating 4; middle half of the ratings 4 to 4.25."
    )
    assert "8 of 12 experts" in person.tree.find("group", "M01", "Feasible").description
    for code in ("L01", "N01", "E01"):
        assert "Your answer last time" in person.tree.find("group", code).description
    pictures = [node for node in person.tree.root().walk() if node.role == "image"]
    assert len(pictures) >= 8
    assert all(node.name and not node.text for node in pictures)
    table = next(node for node in first.walk() if node.role == "table")
    assert table.name == "By group"
    assert "Nurses 6 100% 0% 4.5" in table.text


def test_a_screen_reader_hears_what_becomes_of_an_answer(
    story: Story, live: str, browser: Any
) -> None:
    person = Ears(browser())
    page = person.page
    page.goto(live + story.link(ENGLISH))
    person.press("Continue")
    person.reads("A second look")
    person.choose("S01", "2, Disagree")
    person.hears("Saved")
    assert person.tree.find("group", "S01").name.startswith("S01 A follow-up"), "the name stays"
    assert "1 of 11 answered" in next(
        node.name for node in person.tree.root().walk() if node.role == "progressbar"
    )
    person.write("N01", "Your answer", text="a while")
    person.hears("a number")
    assert "a number" in person.tree.find("group", "N01").description
    assert person.tree.find("textbox", "N01", "Your answer").says("invalid") == "true"
    person.write("N01", "Your answer", text="30")
    person.hears("Saved")
    assert "a number" not in person.tree.find("group", "N01").description
    page.context.set_offline(True)
    person.choose("S02", "3, Neutral")
    person.hears("Not saved yet. We keep trying.")
    page.context.set_offline(False)
    person.hears("Saved")
    story.keep(ENGLISH, 3, {"S02": 5})
    person.choose("S02", "4, Agree")
    person.hears("This was also answered on another page or device")


@pytest.mark.parametrize(
    "screen",
    [
        pytest.param({"size": {"width": 1280, "height": 720}}, id="desk"),
        pytest.param(ENLARGED, id="enlarged to 400 %", marks=pytest.mark.slow),
    ],
)
def test_with_a_keyboard_alone(story: Story, live: str, browser: Any, screen: Any) -> None:
    go_through(Keys(browser(**screen)), live, story)


@pytest.mark.parametrize(
    "screen",
    [
        pytest.param({"size": NARROW}, id="320 px"),
        pytest.param(ENLARGED, id="400 %", marks=pytest.mark.slow),
    ],
)
def test_on_a_narrow_screen_where_nothing_moves_by_itself(
    story: Story, live: str, browser: Any, screen: Any
) -> None:
    page = browser(has_touch=True, **screen)
    page.add_init_script(NOTE_MOVES)
    person = Steady(page)
    go_through(person, live, story, LATE)
    page.go_back()
    page.context.set_offline(True)
    person.choose("S01", "1, Strongly disagree")
    person.hears("Not saved yet")
    page.context.set_offline(False)
    person.hears("Saved")


def test_what_moves_where_moving_is_welcome_would_be_noticed(
    story: Story, live: str, browser: Any
) -> None:
    page = browser(reduced_motion="no-preference")
    page.add_init_script(NOTE_MOVES)
    page.goto(live + story.link(ENGLISH))
    person = Hands(page)
    person.press("Continue")
    person.choose("S01", "4, Agree")
    page.wait_for_function("window.moved.length > 0")


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_in_forced_colours(story: Story, live: str, browser: Any, scheme: str) -> None:
    page = browser(forced_colors="active", color_scheme=scheme)
    go_through(Hands(page), live, story)
    page.go_back()
    page.wait_for_selector("html.is-autosaving")
    apart = page.evaluate(COLOURS)
    assert min(apart.values()) >= 3, apart


def test_without_script(story: Story, live: str, browser: Any) -> None:
    go_through(Hands(browser(scripts=False, size=PHONE)), live, story, LATE)


class Steady(Hands):
    """Looks after every act whether the page still fits its screen and nothing has moved by itself."""

    def look(self) -> None:
        faults = self.page.evaluate(FITS, MOST_OF_THE_SCREEN)
        moved = self.page.evaluate("window.moved")
        assert (faults, moved) == ([], [])

    def reads(self, title: str) -> None:
        super().reads(title)
        self.look()

    def choose(self, *names: str) -> None:
        super().choose(*names)
        self.look()

    def hears(self, text: str) -> None:
        super().hears(text)
        self.look()
