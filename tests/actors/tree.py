"""What Chromium tells a screen reader: its accessibility tree."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from tests.actors.browser import PATIENCE

CONTROLS = ("radio", "checkbox", "textbox", "slider", "button", "link", "DisclosureTriangle")
# Of which a person must hear how they stand.
STATES = {"radio": "checked", "checkbox": "checked", "DisclosureTriangle": "expanded"}
IN_GROUPS = ("radio", "slider")
LOUD = ("polite", "assertive")


@dataclass(slots=True)
class Heard:
    """One node that a screen reader can come to."""

    role: str
    name: str
    description: str
    value: str
    properties: dict[str, Any]
    element: int
    parent: Heard | None = None
    parts: list[Heard] = field(default_factory=list)

    def says(self, name: str) -> str:
        """A state or property, as a word; empty where nothing is said."""
        said = self.properties.get(name)
        return "" if said is None else str(said).lower()

    def walk(self) -> Iterator[Heard]:
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def text(self) -> str:
        """All that is read in it."""
        return " ".join(
            " ".join(one.name for one in self.walk() if one.role == "StaticText").split()
        )

    @property
    def groups(self) -> list[str]:
        """The names of the groups around it, outermost first."""
        around = self.parent.groups if self.parent else []
        return [*around, self.name] if self.role == "group" and self.name else around


class Tree:
    """The tree of a page as it stands, asked for anew each time; acts as a screen reader does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.loads = 0
        page.on("load", self._note_load)
        self.browser = page.context.new_cdp_session(page)

    def _note_load(self, _page: Page) -> None:
        self.loads += 1

    def root(self) -> Heard:
        """The tree, without what is ignored."""
        told = self.browser.send("Accessibility.getFullAXTree")["nodes"]
        by_id = {node["nodeId"]: node for node in told}
        return self._heard(told[0], by_id)[0]

    def _heard(self, node: dict[str, Any], by_id: dict[str, Any]) -> list[Heard]:
        parts = [
            part
            for child in node.get("childIds", [])
            if child in by_id
            for part in self._heard(by_id[child], by_id)
        ]
        if node.get("ignored"):
            return parts
        heard = _heard(node)
        heard.parts = parts
        for part in parts:
            part.parent = heard
        return [heard]

    def again(self, node: Heard) -> Heard:
        """How a node stands now, without what is around it."""
        asked = {"backendNodeId": node.element, "fetchRelatives": False}
        return _heard(self.browser.send("Accessibility.getPartialAXTree", asked)["nodes"][0])

    def find(self, role: str, *names: str) -> Heard:
        """The one control of this role and name, in groups whose names begin so; of groups, too."""
        *groups, name = names
        found = [
            node
            for node in self.root().walk()
            if node.role == role
            and (node.name.startswith(name) if role == "group" else node.name == name)
            and all(any(around.startswith(group) for around in node.groups) for group in groups)
        ]
        assert len(found) == 1, f"{len(found)} times a {role} {names}"
        return found[0]

    def act(self, node: Heard) -> None:
        """Do what the control does by default."""
        handle = self.browser.send("DOM.resolveNode", {"backendNodeId": node.element})
        self.browser.send(
            "Runtime.callFunctionOn",
            {
                "functionDeclaration": "function () { this.click(); }",
                "objectId": handle["object"]["objectId"],
            },
        )

    def focus(self, node: Heard) -> None:
        self.browser.send("DOM.focus", {"backendNodeId": node.element})

    def announced(self) -> list[str]:
        """What live regions say now."""
        return [node.text for node in self.root().walk() if node.says("live") in LOUD]

    def wait(self, come: Callable[[], bool], what: str) -> None:
        """Wait until something is so."""
        until = time.monotonic() + PATIENCE / 1000
        while not come():
            assert time.monotonic() < until, f"never came: {what}"
            self.page.wait_for_timeout(50)

    def left_unsaid(self) -> list[str]:
        """Controls without a name, a state, or the group they belong to."""
        faults = []
        for node in self.root().walk():
            if node.role not in CONTROLS:
                continue
            where = f"{node.role} {node.name!r} in {node.groups}"
            if not node.name:
                faults.append(f"{where} has no name")
            if node.role in STATES and not node.says(STATES[node.role]):
                faults.append(f"{where} does not say whether it is {STATES[node.role]}")
            if node.role in IN_GROUPS and not node.groups:
                faults.append(f"{where} belongs to no group")
        return faults


def _heard(node: dict[str, Any]) -> Heard:
    return Heard(
        role=node["role"]["value"],
        name=_text(node, "name"),
        description=_text(node, "description"),
        value=_text(node, "value"),
        properties={one["name"]: one["value"].get("value") for one in node["properties"]},
        element=node.get("backendDOMNodeId", 0),
    )


def _text(node: dict[str, Any], part: str) -> str:
    return str(node.get(part, {}).get("value", ""))
