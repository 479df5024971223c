"""What a server acknowledged is there after it was killed, whenever that was."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from sqlalchemy import select

from surveys.models.response import Comment, Rating, Response
from tests.actors.page import Page
from tests.actors.server import server_process
from tests.factories import Story, make_story


class ExpertOverHttp:
    """Speaks to a server as a browser's script does, with cookies of its own."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def open(self, path: str, data: dict[str, str] | None = None) -> str:
        body = urlencode(data).encode() if data is not None else None
        request = Request(self.address + path, body)  # noqa: S310 - this machine
        with self.opener.open(request, timeout=30) as answer:
            return str(answer.read().decode())

    def arrive(self, link: str, participation: str) -> None:
        page = Page(self.open(link))
        page = Page(self.open(link, dict(page.form_with(action=link).fields)))
        if page.all("input", name="agree"):
            form = page.form_with(field="agree")
            page = Page(self.open(form.action, {**dict(form.fields), "agree": "yes"}))
        self.token = page.all("input", name="csrf_token")[0].attrs["value"]
        self.autosave = f"/e/{participation}/rounds/2/answers"

    def save(self, place: int, value: int, comment: str, seen: str) -> dict[str, Any]:
        """Save one answer; the return is the acknowledgement."""
        request = Request(  # noqa: S310 - this machine
            self.address + self.autosave,
            urlencode({f"a-{place}": value, f"c-{place}": comment, f"v-{place}": seen}).encode(),
            headers={"X-CSRFToken": self.token, "Accept": "application/json"},
        )
        with self.opener.open(request, timeout=30) as answer:
            found: dict[str, Any] = json.loads(answer.read())
        assert found["conflicts"] == found["problems"] == []
        return found


def standing(story: Story) -> dict[tuple[int, int], tuple[float, str]]:
    """(expert id, round item) to the rating and the comment that stand, straight from the tables."""
    story.anew()
    rows = story.session.execute(
        select(Response.expert_id, Rating.round_item_id, Rating.value, Comment.text)
        .join(Rating, Rating.response_id == Response.id)
        .join(
            Comment,
            (Comment.response_id == Response.id) & (Comment.round_item_id == Rating.round_item_id),
        )
        .where(Response.round_id == story.round(2).id, Rating.latest, Comment.latest)
    )
    return {(expert, item): (value, text) for expert, item, value, text in rows}


def test_killing_the_server_right_after_an_acknowledged_save_loses_nothing(
    app: Any, session: Any, port: int
) -> None:
    story = make_story(
        session,
        experts=2,
        statements=8,
        at=datetime.now(UTC) - timedelta(days=3),
        links=app.extensions["rondo.links"],
    )
    story.until_round_2()
    places = [placed.id for placed in story.asked(2).values()]
    ids = [expert.id for expert in story.experts]
    links = [(story.link(n), story.participation(n)) for n in (1, 2)]
    acknowledged: dict[tuple[int, int], tuple[float, str]] = {}
    versions: dict[tuple[int, int], str] = {}
    session.remove()
    for turn, saves in enumerate((1, 7, 16)):
        with server_process(app, port) as server:
            experts = [ExpertOverHttp(f"http://127.0.0.1:{port}") for _ in ids]
            for expert, (link, participation) in zip(experts, links, strict=True):
                expert.arrive(link, participation)
            for number in range(saves):
                who, place = number % 2, places[number // 2]
                value, comment = 1 + (number + turn) % 5, f"turn {turn}, save {number}"
                key = (ids[who], place)
                answer = experts[who].save(place, value, comment, versions.get(key, "0.0"))
                if number == saves - 1:
                    server.kill()
                acknowledged[key] = (value, comment)
                versions[key] = answer["versions"][str(place)]
            server.wait()
        assert standing(story) == acknowledged
        session.remove()
