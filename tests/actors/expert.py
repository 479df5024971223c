"""An expert between two clients, at a phone or a desk: methods are sentences."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


class ExpertInBrowser:
    """Knows a personal link and nothing else; does not depend on the language of the pages."""

    def __init__(self, page: Page, link: str) -> None:
        self.page = page
        self.link = link

    def open_link(self) -> None:
        self.page.goto(self.link)

    def start(self) -> None:
        self._go_on()

    def consent(self) -> None:
        self.page.locator("input[name=agree]").check()
        self._go_on()

    def _go_on(self) -> None:
        with self.page.expect_navigation():
            self.page.locator("main form button").click()

    def item(self, code: str) -> Locator:
        """The part of the page that asks this item."""
        code_mark = self.page.locator(".code", has_text=code)
        return self.page.locator("[data-item]", has=code_mark)

    def write(self, code: str, text: str) -> None:
        with self.page.expect_response(lambda r: r.url.endswith("/answers") and r.ok):
            self.item(code).locator("textarea").first.fill(text)
            self.item(code).locator("textarea").first.blur()

    def rate(self, code: str, point: int | str) -> None:
        with self.page.expect_response(lambda r: r.url.endswith("/answers") and r.ok):
            # The words of a point are what one touches; the radio itself is drawn over.
            self.item(code).locator(f"label:has(input[value='{point}'])").click()

    def has_rated(self, code: str) -> str | None:
        chosen = self.item(code).locator("input[type=radio]:checked")
        return chosen.get_attribute("value") if chosen.count() else None

    def submit(self, *, anyway: bool = False) -> None:
        self.page.locator(".bar button[value=submit]").click()
        if anyway:
            self.page.wait_for_url("**/review")
            self.page.locator("button[value=submit_anyway]").click()
        self.page.wait_for_url("**/receipt")

    def receipt(self) -> str:
        code = self.page.locator(".receipt-code")
        expect(code).to_be_visible()
        return code.inner_text()
