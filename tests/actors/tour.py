"""Ways to every page an expert can come to, made from the addresses themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, request, request_started, template_rendered
from jinja2 import meta
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from surveys.services import stop_list
from tests.actors.visitor import Visitor
from tests.factories import Story

# Whose pages are not an expert's. Every other blueprint's are, a new one's too.
OTHERS = {"researchers", "accounts", "security", "static"}
FOLDERS = ("experts", "public", "errors")


def expert_rules(app: Flask, method: str = "GET") -> list[Rule]:
    """Every way in that an expert may take."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] not in OTHERS and method in (rule.methods or ())
    ]


def address(rule: Rule, story: Story, expert: int, number: int) -> str:
    """The address of a rule for an expert in a round."""
    known: dict[str, Any] = {
        "participation": story.participation(expert),
        "token": story.link(expert).rpartition("/")[2],
        "number": number,
        "section": 1,
        "proof": stop_list.secret(story.participation(expert), story.links).partition("/")[2],
        # A file that nobody attached.
        "digest": "0" * 64,
    }
    new = rule.arguments - set(known)
    assert not new, f"{rule.rule}: say in tests/actors/tour.py what stands for {new}"
    path = rule.build({name: known[name] for name in rule.arguments})
    assert path is not None
    return path[1]


def expert_templates(app: Flask) -> set[str]:
    """The pages for experts: templates that no other template extends or includes."""
    folder = Path(str(app.template_folder))
    names = {
        file.relative_to(folder).as_posix()
        for part in FOLDERS
        for file in (folder / part).iterdir()
    }
    parts = {
        part
        for file in folder.rglob("*.html")
        for part in meta.find_referenced_templates(app.jinja_env.parse(file.read_text("utf-8")))
    }
    return names - parts


class Tourist(Visitor):
    """A visitor who keeps the source of every page, and remembers the ways and the templates."""

    def __init__(self, app: Flask, language: str, folder: Path) -> None:
        super().__init__(app, language)
        self.folder, self.kept = folder, 0
        self.ways: set[tuple[str, str]] = set()
        self.templates: set[str] = set()
        self.app = app

    def _ask(self, method: str, address: str, **more: Any) -> TestResponse:
        def note_template(_app: Flask, template: Any, **_more: Any) -> None:
            self.templates.add(template.name)

        def note_way(app: Flask, **_more: Any) -> None:
            self.ways.add((request.method, request.endpoint or ""))

        with template_rendered.connected_to(note_template), request_started.connected_to(note_way):
            response = super()._ask(method, address, **more)
        if response.mimetype == "text/html" and not 300 <= response.status_code < 400:
            self.kept += 1
            name = f"{self.language}-{self.kept:02d}-{self.at.strip('/').replace('/', '-')[:60]}"
            (self.folder / f"{name}.html").write_text(response.text, "utf-8")
        return response
