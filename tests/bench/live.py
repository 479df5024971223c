"""What a round in real time costs the server: a page of 40 open statements, asking whether they changed.

Measured as the other pages are (tests/bench/pages.py), with a panel of 24 that has answered everything.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy import event

from surveys.delphi.answer import Answer
from surveys.models.base import db, transaction
from surveys.models.round import RoundMode
from surveys.queries import questionnaire
from surveys.services import linking, responding
from tests.actors.visitor import Visitor
from tests.bench.pages import (
    REPEATS,
    ROUNDS,
    STATEMENTS,
    WARM_UP,
    CpuMeter,
    agree,
    holds,
    installation,
    launched,
    lowest_median,
)

EXPERTS = 24
BUDGETS = {
    "open with figures, ms of CPU": 20.0,
    "SQL statements to open": 10.0,
    "page, kB compressed": 40.0,
    "nothing new, ms of CPU": 3.0,
    "autosave of one, ms of CPU": 5.0,
}


def run() -> bool:
    """Measure, print a table, and say whether every budget holds."""
    with installation() as (app, meter):
        with app.app_context():
            token = build(app)
        measured = measure(app, meter, token)
    return holds(
        f"A round in real time, {STATEMENTS} statements, {EXPERTS} experts, SQLite, warm",
        measured,
        BUDGETS,
    )


def build(app: Flask) -> str:
    """The round, answered by everybody; return the first expert's token."""
    study, round_, experts = launched(app, EXPERTS, mode=RoundMode.REAL_TIME)
    at = datetime.now(UTC)
    asked = questionnaire.asked_round(db.session, study, round_, "en")
    with transaction(db.session):
        for number, expert in enumerate(experts):
            agree(study, expert, at)
            offers = {
                item.id: responding.Offer(
                    answer=Answer(1 + (item.id + number) % 5),
                    comment="A reason." if number % 3 == 0 else None,
                )
                for item in asked.items
            }
            responding.keep(db.session, expert.id, round_.id, offers, language="en", at=at)
    return linking.plain_token(db.session, experts[0], app.extensions["rondo.links"])


def measure(app: Flask, meter: CpuMeter, token: str) -> dict[str, float]:
    """Open the page, ask whether anything is new, and change one answer, over and over."""
    person = Visitor(app)
    person.arrive(f"/p/{token}")
    page, address, csrf = person.page, person.at, person.token
    (about,) = page.all(id="live")
    client = person.browser
    packed = {"Accept-Encoding": "br, gzip"}
    turns = range(WARM_UP + ROUNDS * REPEATS)

    statements: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    opened = []
    for _ in turns:
        statements.clear()
        answer = client.get(address, headers=packed)
        opened.append(meter.last)
    assert answer.status_code == 200
    sql = len(statements)

    asked = []
    tag = f'W/"{about.attrs["data-tag"]}"'
    for _ in turns:
        reply = client.get(
            about.attrs["data-url"],
            query_string={"after": about.attrs["data-newest"]},
            headers={"If-None-Match": tag, "Accept": "application/json"},
        )
        assert reply.status_code == 304, reply.status
        asked.append(meter.last)

    first = next(node.attrs["data-item"] for node in page.all() if "data-item" in node.attrs)
    saved, version = [], 1
    for turn in turns:
        reply = client.post(
            f"{address}/answers",
            data={f"a-{first}": str(1 + turn % 5), f"v-{first}": f"{version}.1"},
            headers={"X-CSRFToken": csrf, "Accept": "application/json"},
        )
        assert reply.status_code == 200, reply.text
        version = int(reply.json["versions"][first].split(".")[0])
        saved.append(meter.last)
    return {
        "open with figures, ms of CPU": lowest_median(opened),
        "SQL statements to open": sql,
        "page, kB compressed": len(answer.data) / 1000,
        "nothing new, ms of CPU": lowest_median(asked),
        "autosave of one, ms of CPU": lowest_median(saved),
    }
