"""What an expert's page costs the server: opening 40 statements, saving 40 ratings with comments.

CPU is counted inside the WSGI call, on the thread that serves it, so that the client costs nothing.
SQLite, warm, the lowest of five medians of 40: on a machine that is busy with other things even CPU
time grows, and it is never the program that makes it shrink. A page of the bare framework is measured
beside, so that machines and moments can be compared.
"""

from __future__ import annotations

import gc
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import event

from surveys import create_app
from surveys.cli.migrating import bring_up_to_date
from surveys.models.base import db, transaction
from surveys.models.panel import Expert
from surveys.models.round import Round, RoundKind, RoundMode
from surveys.models.study import Study
from surveys.queries import questionnaire
from surveys.services import (
    consenting,
    launching,
    linking,
    loading,
    recruiting,
    signing_in,
)

STATEMENTS = 40
ROUNDS = 5
REPEATS = 40
WARM_UP = 20
BUDGETS = {
    "open, ms of CPU": 20.0,
    "save 40 with comments, ms of CPU": 10.0,
    "autosave of one, ms of CPU": 5.0,
    "SQL statements to open": 10.0,
    "page weight, kB compressed": 80.0,
    "requests": 6.0,
}


class CpuMeter:
    """WSGI middleware that notes the CPU time of each call."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app
        self.last = 0.0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        begun = time.thread_time()
        answer = self.app(environ, start_response)
        body = b"".join(answer)
        close = getattr(answer, "close", None)
        if close:
            close()
        self.last = (time.thread_time() - begun) * 1000
        return [body]


@contextmanager
def installation() -> Iterator[tuple[Flask, CpuMeter]]:
    """An app on an empty database, and the meter in front of it."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(instance=folder)
        meter = CpuMeter(app.wsgi_app)
        app.wsgi_app = meter  # type: ignore[method-assign]
        with app.app_context():
            bring_up_to_date()
        yield app, meter
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def run() -> bool:
    """Measure, print a table, and say whether every budget holds."""
    with installation() as (app, meter):
        with app.app_context():
            token = build(app)
        gc.freeze()  # as app.py does
        measured = measure(app, meter, token)
    return holds(
        f"{STATEMENTS} statements, SQLite, warm, lowest of {ROUNDS} medians of {REPEATS}",
        measured,
        BUDGETS,
    )


def holds(title: str, measured: Mapping[str, float], budgets: Mapping[str, float]) -> bool:
    """Print what was measured beside its budget; whether all that have one hold it."""
    print(title)
    over = {name for name, value in measured.items() if value > budgets.get(name, value)}
    for name, value in measured.items():
        budget = f"  (budget {budgets[name]:g})" if name in budgets else ""
        print(f"  {name:<38} {value:8.2f}{budget}{'  OVER' if name in over else ''}")
    return not over


def build(app: Flask) -> str:
    """A study whose open round has 40 statements; return one expert's token."""
    study, _round, (expert,) = launched(app, 1)
    with transaction(db.session):
        agree(study, expert, datetime.now(UTC))
    return linking.plain_token(db.session, expert, app.extensions["rondo.links"])


def launched(app: Flask, size: int, **round_: Any) -> tuple[Study, Round, Sequence[Expert]]:
    """The first study's statements, made forty, as its one round; launched for so many experts.

    round_ : what else its round is.
    """
    plan = loading.read_file(loading.library_path("smoking_cessation_mhealth"))
    items = list(plan.rounds[1].items)
    more = [
        replace(item, code=f"S{37 + n}") for n, item in enumerate(items[: STATEMENTS - len(items)])
    ]
    rating = replace(
        plan.rounds[1], number=1, kind=RoundKind.RATING, items=tuple(items + more), **round_
    )
    live = (1,) if rating.mode is RoundMode.REAL_TIME else ()
    plan = replace(plan, rounds=(rating,), protocol=replace(plan.protocol, real_time=live))
    at = datetime.now(UTC)
    links: linking.LinkMaker = app.extensions["rondo.links"]
    with transaction(db.session):
        lead = signing_in.account(db.session, "bench@simulated.test", "Bench", at)
        study = loading.create_study(
            db.session, plan, lead=lead, actor="bench", at=at, simulated=True
        )
        for number in range(size):
            recruiting.add_expert(
                db.session,
                study,
                recruiting.Newcomer(
                    f"Bench {number}",
                    f"expert{number}@simulated.test",
                    plan.groups[number % len(plan.groups)][0],
                    "en",
                ),
                links=links,
                actor="bench",
                at=at,
            )
        launching.launch(
            db.session,
            study,
            db.session.scalars(db.select(Round)).one(),
            closes_at=at + timedelta(days=1),
            links=links,
            sender_host="localhost",
            actor="bench",
            at=at,
        )
    return (
        db.session.scalars(db.select(Study)).one(),
        db.session.scalars(db.select(Round)).one(),
        db.session.scalars(db.select(Expert).order_by(Expert.id)).all(),
    )


def agree(study: Study, expert: Expert, at: datetime) -> None:
    """Let an expert consent to the study's text."""
    consenting.agree(
        db.session, expert, version=study.consent["version"], language="en", text="", at=at
    )


def lowest_median(times: list[float]) -> float:
    """What a call costs when nothing else is in its way."""
    warm = times[WARM_UP:]
    return min(
        statistics.median(warm[begin : begin + REPEATS]) for begin in range(0, len(warm), REPEATS)
    )


def bare_page() -> float:
    """What the framework itself costs: one route, one sentence."""
    app = Flask("bare")
    app.add_url_rule("/", view_func=lambda: "a sentence")
    meter = CpuMeter(app.wsgi_app)
    app.wsgi_app = meter  # type: ignore[method-assign]
    client = app.test_client()
    times = []
    for _ in range(WARM_UP + ROUNDS * REPEATS):
        client.get("/")
        times.append(meter.last)
    return lowest_median(times)


def measure(app: Flask, meter: CpuMeter, token: str) -> dict[str, float]:
    """Open, save and autosave over and over."""
    client = app.test_client()
    page = client.get(f"/p/{token}").text
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
    answer = client.post(f"/p/{token}", data={"csrf_token": csrf[1] if csrf else ""})
    with app.app_context():
        participation = db.session.scalars(db.select(Expert.participation)).one()
        study = db.session.scalars(db.select(Study)).one()
        round_ = db.session.scalars(db.select(Round)).one()
        asked = questionnaire.asked_round(db.session, study, round_, "en")
    address = f"/e/{participation}/rounds/1"
    headers = {"Accept-Encoding": "br, gzip"}

    statements: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    opened = []
    for _ in range(WARM_UP + ROUNDS * REPEATS):
        statements.clear()
        answer = client.get(address, headers=headers)
        opened.append(meter.last)
    assert answer.status_code == 200, answer.status
    sql = len(statements)

    plain = client.get(address)
    token_field = re.search(r'name="csrf_token" value="([^"]+)"', plain.text)
    csrf_token = token_field[1] if token_field else ""
    saved = []
    version = 0
    for turn in range(WARM_UP + ROUNDS * REPEATS):
        data = {"csrf_token": csrf_token, "act": "save"}
        for item in asked.items:
            data[f"a-{item.id}"] = str(1 + (turn + item.id) % 5)
            data[f"c-{item.id}"] = f"A comment of some length on this statement, number {turn}."
            data[f"v-{item.id}"] = f"{version}.{version}"
        reply = client.post(address, data=data)
        assert reply.status_code == 303, reply.status
        version += 1
        saved.append(meter.last)
    first = asked.items[0].id
    single = []
    rating = version
    for turn in range(WARM_UP + ROUNDS * REPEATS):
        data = {f"a-{first}": str(1 + turn % 5), f"v-{first}": f"{rating}.{version}"}
        reply = client.post(
            f"{address}/answers",
            data=data,
            headers={"X-CSRFToken": csrf_token, "Accept": "application/json"},
        )
        assert reply.status_code == 200, reply.text
        rating = int(reply.json["versions"].get(str(first), f"{rating}.0").split(".")[0])
        single.append(meter.last)

    links = re.findall(r'(?:href|src)="(/static[^"]+)"', plain.text)
    weight = len(answer.data) + sum(
        len(client.get(link, headers=headers).data) for link in dict.fromkeys(links)
    )
    return {
        "open, ms of CPU": lowest_median(opened),
        "save 40 with comments, ms of CPU": lowest_median(saved),
        "autosave of one, ms of CPU": lowest_median(single),
        "a page of the bare framework": bare_page(),
        "SQL statements to open": sql,
        "page weight, kB compressed": weight / 1000,
        "of which HTML, kB": len(answer.data) / 1000,
        "requests": 1 + len(set(links)),
    }
