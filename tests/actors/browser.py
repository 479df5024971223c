"""A real Chromium, strict: an error on a page, a blocked script or a foreign request fails the test."""

from __future__ import annotations

import functools
import os
import shutil
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Request,
    sync_playwright,
)

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "msedge",
)
INSTALLED = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing but this machine can be reached, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
PATIENCE = 15_000
PHONE = {"width": 375, "height": 740}
DESKTOP = {"width": 1280, "height": 900}


def system_chromium() -> str | None:
    """A browser of this machine."""
    named = [os.environ.get("CHROMIUM"), *map(shutil.which, PROGRAMS), *INSTALLED]
    return next((path for path in named if path and os.path.exists(path)), None)


@contextmanager
def launched(left_out: Callable[[str], None]) -> Iterator[Browser]:
    """Start the browser once for all tests."""
    with sync_playwright() as playwright:
        program = system_chromium()
        if program is None and not os.path.exists(playwright.chromium.executable_path):
            left_out("no Chromium, Chrome or Edge here: install one, or set CHROMIUM to its path")
        # Chromium's own sandbox refuses to run as root.
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        browser = playwright.chromium.launch(
            executable_path=program, args=QUIET + (["--no-sandbox"] if root else [])
        )
        with acts_that_arrive():
            yield browser
        browser.close()


class Journey:
    """Whether a page is on its way to another one, by what Chromium says of it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.away = False
        self.browser = page.context.new_cdp_session(page)
        self.browser.on("Page.frameRequestedNavigation", self._leave)
        self.browser.on("Page.frameStoppedLoading", self._arrive)
        self.frame = self.browser.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self.browser.send("Page.enable")

    def _leave(self, event: dict[str, Any]) -> None:
        self.away |= event["frameId"] == self.frame and event["disposition"] == "currentTab"

    def _arrive(self, event: dict[str, Any]) -> None:
        # Also after a download, an answer without a page, and a server that is not there.
        self.away &= event["frameId"] != self.frame

    def finish(self) -> None:
        """Wait for the next page and its scripts if the act that was just done leads to one."""
        # The browser answers in order: what the act set off has been said before this comes back.
        self.browser.send("Page.getFrameTree")
        until = time.monotonic() + PATIENCE / 1000
        while self.away and not self.page.is_closed():
            assert time.monotonic() < until, f"no page came after {self.page.url}"
            self.page.wait_for_timeout(5)


# What a person does to a part of a page and may lead to another page.
ACTS = ("click", "check", "press", "tap")


@contextmanager
def acts_that_arrive() -> Iterator[None]:
    """Let every act on a page end when the page that it leads to is there.

    Playwright's end at once. What a test read or touched next was then the old page, the new one
    without its script, or nothing at all, as the machine's load would have it.
    """
    journeys: weakref.WeakKeyDictionary[Page, Journey] = weakref.WeakKeyDictionary()
    plain = {name: getattr(Locator, name) for name in ACTS}

    def arriving(act: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(act)
        def done(locator: Locator, *args: Any, **kwargs: Any) -> None:
            page = locator.page
            if page not in journeys:
                journeys[page] = Journey(page)
            act(locator, *args, **kwargs)
            if not page.is_closed():
                journeys[page].finish()

        return done

    for name, act in plain.items():
        setattr(Locator, name, arriving(act))
    try:
        yield
    finally:
        for name, act in plain.items():
            setattr(Locator, name, act)


class People:
    """Browsers of different persons, with nothing shared between them."""

    def __init__(self, chromium: Browser) -> None:
        self.chromium = chromium
        self.contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    def open(
        self,
        *,
        language: str = "en",
        size: dict[str, int] = DESKTOP,
        scripts: bool = True,
        reduced_motion: Any = "reduce",
        **more: Any,
    ) -> Page:
        """A browser of one more person; further tabs come from ``page.context``."""
        context = self.chromium.new_context(
            locale=language,
            viewport=size,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            timezone_id="Europe/Brussels",
            reduced_motion=reduced_motion,
            **more,
        )
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))
        context.on("console", self._listen)
        context.on("request", self._watch)
        self.contexts.append(context)
        return context.new_page()

    def _listen(self, message: ConsoleMessage) -> None:
        # An answer of 4xx is part of some stories; the browser logs it under these words.
        expected = message.text.startswith("Failed to load resource")
        if message.type in ("error", "warning") and not expected:
            self.faults.append(f"console: {message.text}")

    def _watch(self, request: Request) -> None:
        host = urlsplit(request.url).hostname
        if host not in ("127.0.0.1", "localhost", None):
            self.faults.append(f"fetched {request.url}")

    def close(self) -> None:
        """Let everybody go home, and say what went wrong on their pages."""
        for context in self.contexts:
            try:
                context.close()
            except Error as error:
                self.faults.append(str(error))
        assert not self.faults, "\n".join(self.faults)
