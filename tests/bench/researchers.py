"""What a large study costs its researchers: every page of theirs, with 200 items and 1,000 experts.

Round 1 asked questions, round 2 was rated by everybody, round 3 is open and half of it is in; comments
were written, mails have gone out, results are computed. The pages are found by the addresses of the
app: a new one is measured by itself. CPU is counted inside the WSGI call, warm, the lowest of three.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import event, insert, select, update
from werkzeug.routing import Rule

from surveys.models.base import db, transaction
from surveys.models.invitation import MailState, Outbox
from surveys.models.panel import Expert
from surveys.models.response import Comment, Rating, Response
from surveys.models.round import Round, RoundItem, RoundKind
from surveys.models.study import Study
from surveys.services import (
    closing,
    launching,
    linking,
    loading,
    preparing,
    recruiting,
    signing_in,
)
from tests.actors.visitor import Visitor
from tests.bench.pages import CpuMeter, installation

STATEMENTS = 200
QUESTIONS = 8
EXPERTS = 1_000
# Every fortieth answer to a statement comes with a reason.
REASONS = 40
REPEATS = 3
LONGEST = 300.0
MOST_STATEMENTS = 40
VOCABULARY = sorted(
    set(
        loading.library_path("smoking_cessation_mhealth")
        .read_text("utf-8")
        .replace('"', " ")
        .lower()
        .split()
    )
)
PAGES_OF = ("researchers", "accounts")
ACTOR = "bench"


@dataclass(frozen=True, slots=True)
class Measured:
    """One page or file: what it answered with, and what that cost."""

    address: str
    status: int
    kind: str
    milliseconds: float
    statements: int
    kilobytes: float

    @property
    def is_page(self) -> bool:
        """Whether somebody waits for it in front of a screen; files may take longer."""
        return self.status == 200 and self.kind == "text/html"

    @property
    def misses(self) -> bool:
        return self.is_page and (self.milliseconds > LONGEST or self.statements > MOST_STATEMENTS)


def run() -> bool:
    """Measure, print a table page by page, and say whether every page holds its budget."""
    with installation() as (app, meter):
        with app.app_context():
            token = build(app)
        gc.freeze()  # as app.py does
        measured = sorted(
            measure(app, meter, token), key=lambda one: (not one.is_page, -one.milliseconds)
        )
    print(
        f"{STATEMENTS} items, {EXPERTS} experts, SQLite, warm, lowest of {REPEATS}; budget of a "
        f"page: {LONGEST:g} ms, {MOST_STATEMENTS} statements"
    )
    print(f"  {'ms':>8} {'SQL':>5} {'kB':>7}  page")
    for one in measured:
        what = "" if one.is_page else f"  ({one.status}, {one.kind})"
        print(
            f"  {one.milliseconds:8.1f} {one.statements:5d} {one.kilobytes:7.0f}  "
            f"{one.address}{what}{'  OVER' if one.misses else ''}"
        )
    return not any(one.misses for one in measured)


# --- the study


def build(app: Flask) -> str:
    """The study and its panel, as far as round 3; return the token that signs its lead in."""
    links: linking.LinkMaker = app.extensions["rondo.links"]
    plan = loading.read_file(loading.library_path("smoking_cessation_mhealth"))
    begun, rated, *_rest = plan.rounds
    statements = [
        replace(rated.items[place % len(rated.items)], code=f"S{place + 1:03d}")
        for place in range(STATEMENTS)
    ]
    plan = replace(
        plan,
        rounds=(
            replace(begun, items=begun.items[:QUESTIONS]),
            replace(rated, items=tuple(statements)),
        ),
    )
    at = datetime.now(UTC) - timedelta(days=60)
    with transaction(db.session):
        lead = signing_in.account(db.session, "bench@simulated.test", "Bench", at)
        study = loading.create_study(
            db.session, plan, lead=lead, actor=ACTOR, at=at, simulated=True
        )
        study.settings = dict.fromkeys(study.settings, "filled in")
        for number in range(EXPERTS):
            recruiting.add_expert(
                db.session,
                study,
                recruiting.Newcomer(
                    f"Bench {number}",
                    f"expert{number}@simulated.test",
                    plan.groups[number % len(plan.groups)][0],
                    study.languages[number % len(study.languages)],
                ),
                links=links,
                actor=ACTOR,
                at=at,
            )
    for number, share in ((1, 1.0), (2, 1.0), (3, 0.5)):
        at += timedelta(days=14)
        launch(number, links, at)
        answer(number, share, at + timedelta(days=2))
        if share == 1:
            close(number, at + timedelta(days=10))
    with transaction(db.session):
        lead = signing_in.account(db.session, "bench@simulated.test", "Bench", at)
        return signing_in.offer(db.session, lead, datetime.now(UTC))


def the_round(number: int) -> Round:
    return db.session.scalars(select(Round).where(Round.number == number)).one()


def the_study() -> Study:
    return db.session.scalars(select(Study)).one()


def launch(number: int, links: linking.LinkMaker, at: datetime) -> None:
    """Open a round; its invitations go out at once."""
    with transaction(db.session):
        launching.launch(
            db.session,
            the_study(),
            the_round(number),
            closes_at=None,
            links=links,
            sender_host="localhost",
            actor=ACTOR,
            at=at,
        )
        db.session.execute(update(Outbox).values(state=MailState.SENT, sent_at=at))


def answer(number: int, share: float, at: datetime) -> None:
    """Let a share of the panel answer everything, and say why now and then."""
    with transaction(db.session):
        round_ = the_round(number)
        opens = round_.kind is RoundKind.OPEN
        places = db.session.scalars(
            select(RoundItem.id).where(RoundItem.round_id == round_.id).order_by(RoundItem.position)
        ).all()
        experts = db.session.execute(
            select(Expert.id, Expert.language).order_by(Expert.id).limit(int(EXPERTS * share))
        ).all()
        db.session.execute(
            insert(Response),
            [
                {
                    "round_id": round_.id,
                    "expert_id": expert,
                    "started_at": at,
                    "submitted_at": at + timedelta(minutes=expert % 90),
                    "receipt": f"{number}-{expert:06d}",
                }
                for expert, _language in experts
            ],
        )
        responses = dict(
            db.session.execute(
                select(Response.expert_id, Response.id).where(Response.round_id == round_.id)
            ).all()
        )
        for expert, language in experts:
            log = {"response_id": responses[expert], "version": 1, "given_at": at, "latest": True}
            said = [
                {**log, "round_item_id": place, "language": language, "text": reason(expert, place)}
                for place in places
                if not opens and (expert + place) % REASONS == 0
            ]
            db.session.execute(
                insert(Rating),
                [
                    {
                        **log,
                        "round_item_id": place,
                        "value": None if opens else 1 + (expert * 7 + place * 3 + number) % 5,
                        "detail": {"text": reason(expert, place)} if opens else None,
                    }
                    for place in places
                ],
            )
            if said:
                db.session.execute(insert(Comment), said)


def reason(expert: int, place: int) -> str:
    """What somebody might write: ten words of the study's own statements."""
    drawn = random.Random(expert * STATEMENTS + place)
    return " ".join(drawn.choices(VOCABULARY, k=10)).capitalize() + "."


def close(number: int, at: datetime) -> None:
    """Close a round, which computes its results, and make the next one where there is none."""
    with transaction(db.session):
        closing.close(db.session, the_study(), the_round(number), actor=ACTOR, at=at)
    if number == 2:
        with transaction(db.session):
            preparing.prepare(
                db.session,
                the_study(),
                the_round(2),
                returning=db.session.scalars(
                    select(RoundItem.id).where(RoundItem.round_id == the_round(2).id)
                ).all(),
                actor=ACTOR,
                at=at,
            )


# --- the pages


def measure(app: Flask, meter: CpuMeter, token: str) -> Iterator[Measured]:
    """Every address a researcher can open, in each of the rounds."""
    person = Visitor(app)
    person.sign_in(f"/sign-in/once/{token}")
    statements: list[str] = []
    with app.app_context():
        event.listen(
            db.engine, "before_cursor_execute", lambda _c, _cur, text, *_r: statements.append(text)
        )
        addresses = sorted(
            {address for rule in app.url_map.iter_rules() for address in addresses_of(rule)}
        )
        db.session.remove()
    for address in addresses:
        costs = []
        for _turn in range(REPEATS):
            statements.clear()
            reply = person.browser.get(address)
            costs.append(meter.last)
        assert reply.status_code < 500, address
        yield Measured(
            address,
            reply.status_code,
            reply.mimetype,
            min(costs),
            len(statements),
            len(reply.data) / 1000,
        )


def addresses_of(rule: Rule) -> Iterator[str]:
    """The addresses that a rule stands for in this study; none of what is done once."""
    if rule.endpoint.partition(".")[0] not in PAGES_OF or "GET" not in (rule.methods or ()):
        return
    if "token" in rule.arguments:
        return
    rounds = (1, 2, 3) if "number" in rule.arguments else (1,)
    for number in rounds:
        placed = db.session.scalars(
            select(RoundItem.id).where(RoundItem.round_id == the_round(number).id)
        ).first()
        known: dict[str, Any] = {
            "study": the_study().public_id,
            "number": number,
            "placed_id": placed,
            "place": placed,
            "code": "S001" if "lineage" in rule.rule else "E01",
            "table": "long",
            "ending": "csv",
            "form": "csv",
            "message": "invitation",
            "language": "en",
            # What nobody uploaded.
            "digest": "0" * 64,
            "key": "0" * 32,
        }
        new = rule.arguments - set(known)
        assert not new, f"{rule.rule}: say in tests/bench/researchers.py what stands for {new}"
        built = rule.build({name: known[name] for name in rule.arguments})
        if built is not None:
            yield built[1]
