"""A person whose browser runs no scripts: follows links, fills in forms, has opinions about pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.actors.page import Form, Page

MOST_REDIRECTS = 6


class Visitor:
    """Fetches pages and checks every one of them against the rules of the house."""

    def __init__(self, app: Flask, language: str = "en") -> None:
        self.browser: FlaskClient = app.test_client()
        self.language = language
        self.response: TestResponse | None = None
        self.page: Page = Page("")
        self.at = ""

    def open(self, address: str) -> Page:
        """Go to an address, as a link or the address line would."""
        return self._follow(self._ask("GET", address))

    def ask(self, method: str, address: str, **more: Any) -> TestResponse:
        """Send one request and follow nothing; a page that comes back is checked."""
        return self._ask(method, address, **more)

    def press(self, button: str = "", *, form: Form | None = None, **changes: Any) -> Page:
        """Fill in fields of the form with this button and press it; follow where it leads."""
        return self._follow(self.send(button, form=form, **changes))

    def send(self, button: str = "", *, form: Form | None = None, **changes: Any) -> TestResponse:
        """The same, without following."""
        form = form or self.page.form_with(button=button)
        buttons = [node for node in form.controls if node.tag == "button"]
        pressed = [node for node in buttons if node.text == button][:1]
        data = form.data(changes)
        data += [
            (node.attrs["name"], node.attrs.get("value", ""))
            for node in pressed
            if "name" in node.attrs and node.attrs["name"] not in changes
        ]
        action = next(
            (node.attrs["formaction"] for node in pressed if "formaction" in node.attrs), ""
        )
        if form.method == "get":
            return self._ask("GET", action or form.action, query_string=data)
        return self._ask("POST", action or form.action, data=_multi(data))

    # --- what experts and researchers do first

    def arrive(self, link: str) -> Page:
        """Open a personal link and go in, with consent where it is asked for."""
        self.open(link)
        self.press(form=self.page.form_with(action=urlsplit(link).path))
        if any(node.attrs.get("name") == "agree" for node in self.page.all("input")):
            self.press(form=self.page.form_with(field="agree"), agree="yes")
        return self.page

    def sign_in(self, link: str) -> Page:
        """Use a one-time sign-in."""
        self.open(link)
        return self.press(form=self.page.form_with(action=urlsplit(link).path))

    @property
    def token(self) -> str:
        """The form token of the page that is open."""
        return self.page.all("input", name="csrf_token")[0].attrs["value"]

    def post(self, address: str, **data: Any) -> TestResponse:
        """Send fields to an address with the open page's token; nothing is followed."""
        return self._ask("POST", address, data={"csrf_token": self.token, **data})

    def script(self, address: str, data: Any, *, token: str | None = None) -> TestResponse:
        """What the page's own script sends: an answer wanted as JSON."""
        headers = {"Accept": "application/json", "X-CSRFToken": token or self.token}
        return self._ask("POST", address, data=data, headers=headers)

    def _ask(self, method: str, address: str, **more: Any) -> TestResponse:
        parts = urlsplit(address)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Accept-Language": self.language, **more.pop("headers", {})}
        response = self.browser.open(path, method=method, headers=headers, **more)
        self.response, self.at = response, parts.path
        if response.mimetype == "text/html" and not 300 <= response.status_code < 400:
            page = Page(response.text, f"{method} {parts.path}", response.status_code)
            assert not page.faults(), f"{page.path}:\n" + "\n".join(page.faults())
            self.page = page
        return response

    def _follow(self, response: TestResponse) -> Page:
        for _step in range(MOST_REDIRECTS):
            if not 300 <= response.status_code < 400:
                return self.page
            response = self._ask("GET", response.headers["Location"])
        raise AssertionError(f"redirected without end to {response.headers['Location']}")


def _multi(data: list[tuple[str, str]]) -> dict[str, Any]:
    """Fields for the client, which wants several values of one name as a list."""
    gathered: dict[str, list[str]] = {}
    for name, value in data:
        gathered.setdefault(name, []).append(value)
    return dict(gathered)
