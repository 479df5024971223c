"""What all tests in a browser stand on: an act is over when the page that it leads to is there."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser

HERE = "http://127.0.0.1/"
FORM = '<h1>One</h1><form action="/two"><button>Go on</button></form><a href="#here">Down</a>'
NEXT = '<h1>Two</h1><a href="/file" download>Keep</a><script src="/late.js" defer></script>'


@pytest.mark.parametrize("scripts", [True, False])
def test_an_act_that_leads_to_another_page_ends_when_that_page_is_there(
    browser: Any, scripts: bool
) -> None:
    page = browser(scripts=scripts)

    def answer(route: Any) -> None:
        name = route.request.url.removeprefix(HERE).partition("?")[0]
        if name in ("two", "late.js"):
            page.wait_for_timeout(150)
        kind = "text/javascript" if name == "late.js" else "text/html"
        body = {"": FORM, "two": NEXT, "late.js": "document.title = 'awake'", "file": "kept"}[name]
        route.fulfill(body=body, content_type=f"{kind}; charset=utf-8")

    page.route("**/*", answer)
    page.goto(HERE)
    page.get_by_role("link", name="Down").click()
    assert page.evaluate("location.hash") == "#here"

    page.get_by_role("button", name="Go on").click()

    assert page.evaluate("document.querySelector('h1').innerText") == "Two"
    assert page.title() == ("awake" if scripts else "")
    with page.expect_download() as kept:
        page.get_by_role("link", name="Keep").click()
    assert kept.value.url.endswith("/file")
