"""Three ways to use a page: by touch, with a keyboard alone, and with what a screen reader is told.

All speak of groups and controls by the names that stand on the page, so one story can be told in every way.
"""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.actors.tree import Tree

# More stops than any page has.
MOST_STOPS = 300
LOOK = """(el) => {
  const here = document.activeElement;
  if (here === document.body) return ["nothing has the focus"];
  const { outlineStyle, outlineWidth } = getComputedStyle(here);
  const box = here.getBoundingClientRect();
  const bar = document.querySelector(".bar");
  const fixed = bar && getComputedStyle(bar).position === "fixed" && !bar.contains(here);
  const below = fixed ? bar.getBoundingClientRect().top : innerHeight;
  const faults = [];
  if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) faults.push("shows no focus");
  if (box.width < 1 || box.height < 1) faults.push("has no size");
  if (box.top < 0 || box.left < 0 || box.right > innerWidth) faults.push("is outside of the screen");
  // What is larger than the screen shows its beginning.
  if (Math.min(box.bottom, box.top + below) > below) faults.push("is hidden below");
  return faults.map((fault) => `${here.outerHTML.slice(0, 120)} ${fault}`);
}"""


class Hands:
    """By touch or by mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def control(self, role: str, *names: str) -> Locator:
        """The control of this role and name, in groups whose names begin so."""
        *groups, name = names
        around: Any = self.page
        for group in groups:
            around = around.get_by_role("group", name=re.compile(f"^{re.escape(group)}"))
        found: Locator = around.get_by_role(role, name=name, exact=True)
        return found

    def choose(self, *names: str) -> None:
        """Choose an option."""
        # Its words are what one touches; the button itself may be drawn over.
        self.control("radio", *names).locator("xpath=ancestor::label").click()

    def tick(self, *names: str) -> None:
        self.control("checkbox", *names).check()

    def write(self, *names: str, text: str) -> None:
        box = self.control("textbox", *names)
        if box.input_value() != text:
            box.fill(text)
            box.blur()

    def press(self, *names: str) -> None:
        """Press a button that leads to another page."""
        with self.page.expect_navigation():
            self.control("button", *names).click()

    def reads(self, title: str) -> None:
        expect(self.page).to_have_title(re.compile(f"^{re.escape(title)}"))

    def hears(self, text: str) -> None:
        """Wait for what a status line says."""
        expect(self.page.get_by_role("status").filter(has_text=text).first).to_be_attached()


class Keys(Hands):
    """With a keyboard alone; looks at every stop whether the focus can be seen."""

    def reach(self, wanted: Locator) -> None:
        """Go on from stop to stop until the control has the focus."""
        for _stop in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            faults = self.page.evaluate(LOOK)
            assert not faults, faults
            if wanted.evaluate("(el) => el === document.activeElement"):
                return
        raise AssertionError(f"cannot be reached: {wanted}")

    def choose(self, *names: str) -> None:
        *groups, _name = names
        wanted = self.control("radio", *names)
        field = wanted.get_attribute("name")
        stop = self.page.locator(f"input[name='{field}']")
        self.reach(stop.locator("nth=0"))
        self.page.keyboard.press("Space")
        for _point in range(stop.count()):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"cannot be chosen: {names}")

    def tick(self, *names: str) -> None:
        self.reach(self.control("checkbox", *names))
        self.page.keyboard.press("Space")

    def write(self, *names: str, text: str) -> None:
        self.reach(self.control("textbox", *names))
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def press(self, *names: str) -> None:
        self.reach(self.control("button", *names))
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


class Ears(Hands):
    """With nothing but what the browser tells a screen reader."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.tree = Tree(page)

    def choose(self, *names: str) -> None:
        self._act("radio", *names)

    def tick(self, *names: str) -> None:
        self._act("checkbox", *names)

    def _act(self, role: str, *names: str) -> None:
        node = self.tree.find(role, *names)
        self.tree.act(node)
        assert self.tree.again(node).says("checked") == "true"

    def write(self, *names: str, text: str) -> None:
        node = self.tree.find("textbox", *names)
        self.tree.focus(node)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        assert self.tree.again(node).value == text

    def press(self, *names: str) -> None:
        unsaid = self.tree.left_unsaid()
        assert not unsaid, unsaid
        before = self.tree.loads
        self.tree.act(self.tree.find("button", *names))
        self.tree.wait(lambda: self.tree.loads > before, "another page")

    def reads(self, title: str) -> None:
        self.tree.wait(lambda: self.tree.root().name.startswith(title), title)

    def hears(self, text: str) -> None:
        self.tree.wait(lambda: any(text in line for line in self.tree.announced()), text)
