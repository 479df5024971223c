"""A whole Delphi through the real pages: three rounds, two experts in browsers, one of them lost.

The researcher works at a desk in English; Anna answers on a phone in Dutch, Ben at a desk in English;
four more experts answer through the services. Links come out of the mails that were really written.
"""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select

from surveys import worker
from surveys.delphi.answer import Answer
from surveys.models.base import db, transaction
from surveys.models.contact import Contact
from surveys.models.panel import Expert
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study
from surveys.services import consenting, responding, signing_in
from tests.actors.browser import PHONE
from tests.actors.expert import ExpertInBrowser
from tests.actors.judges import Judges
from tests.actors.mailbox import text_of
from tests.actors.researcher import ResearcherAtDesk
from tests.conftest import left_out

pytestmark = pytest.mark.browser

PANEL = [
    ("Anna Peeters", "anna@practice.example", "tobacco_counsellor", "nl"),
    ("Ben Carter", "ben@practice.example", "physician", "en"),
    ("Chris Claes", "chris@practice.example", "tobacco_counsellor", "nl"),
    ("Dana Dox", "dana@practice.example", "nurse", "nl"),
    ("Eli Evers", "eli@practice.example", "psychologist", "nl"),
    ("Finn Fox", "finn@practice.example", "pharmacist", "en"),
]
ANNA, BEN = "anna@practice.example", "ben@practice.example"
NEW = {
    "en": "Every tool should offer a person to call.",
    "nl": "Elk hulpmiddel hoort een mens te tonen.",
}


def link_in_the_mail(app: Flask, address: str, instance: Path) -> str:
    """The personal link in the newest mail to an address, after the worker has done its round."""
    worker.sweep(app)
    letters = sorted((instance / "outbox").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    for path in reversed(letters):
        letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if address in str(letter["To"]):
            found = re.search(r"http://\S+/p/\S+", text_of(letter))
            assert found
            return found[0]
    raise AssertionError(f"no mail to {address}")


def the_others_answer(app: Flask, number: int, say: Any, leave_out: set[str]) -> None:
    """Everybody who is not in a browser answers through the services, as of now."""
    at = datetime.now(UTC)
    with app.app_context():
        study = db.session.scalars(select(Study)).one()
        round_ = db.session.scalars(select(Round).where(Round.number == number)).one()
        placed = db.session.scalars(
            select(RoundItem.id).where(RoundItem.round_id == round_.id).order_by(RoundItem.position)
        ).all()
        people = db.session.execute(
            select(Expert.id, Expert.language, Contact.email).join(Contact)
        ).all()
        round_id, version = round_.id, study.consent["version"]
        for order, (expert_id, language, address) in enumerate(people):
            if address in leave_out:
                continue
            offers = {item: say(order, place) for place, item in enumerate(placed)}
            with transaction(db.session):
                consenting.agree(
                    db.session,
                    db.session.get_one(Expert, expert_id),
                    version=version,
                    language=language,
                    text="agreed",
                    at=at,
                )
                responding.keep(db.session, expert_id, round_id, offers, language=language, at=at)
                responding.submit(db.session, expert_id, round_id, at=at)
        db.session.remove()


def test_a_study_goes_from_interviews_to_consensus_in_three_rounds(
    app: Flask, live: str, browser: Any, tmp_path: Path
) -> None:
    instance = Path(app.instance_path)
    pages = tmp_path / "pages"
    pages.mkdir()
    judges = Judges(pages, left_out)
    with app.app_context():
        at = datetime.now(UTC)
        with transaction(db.session):
            lead = signing_in.account(db.session, "lead@institute.example", "Lead", at)
            token = signing_in.offer(db.session, lead, at)

    # The researcher makes the study and its panel.
    researcher = ResearcherAtDesk(browser(), live)
    researcher.sign_in_once(token)
    judges.look(researcher.page, "studies")
    researcher.create_study_from_the_library("smoking_cessation_mhealth")
    judges.look(researcher.page, "study")
    researcher.open_round(1)
    expect(researcher.page.get_by_text("settings are not filled in yet")).to_be_visible()
    researcher.page.goto(researcher.study)
    researcher.fill_in_the_settings()
    researcher.page.goto(f"{researcher.study}/settings")
    judges.look(researcher.page, "settings")
    researcher.page.goto(f"{researcher.address}/account/password")
    judges.look(researcher.page, "password")
    for person in PANEL:
        researcher.add_expert(*person)
    judges.look(researcher.page, "panel")
    researcher.launch_round(1)
    judges.look(researcher.page, "round-1")

    # Round 1: Anna answers on her phone, is called away, and comes back.
    anna = ExpertInBrowser(
        browser(language="nl", size=PHONE), link_in_the_mail(app, ANNA, instance)
    )
    anna.open_link()
    expect(anna.page.locator("html")).to_have_attribute("lang", "nl")
    judges.look(anna.page, "anna-start")
    anna.start()
    judges.look(anna.page, "anna-consent")
    anna.consent()
    judges.look(anna.page, "anna-questions")
    anna.write("Q3", "Een luisterend oor op het moment zelf.")
    anna.page.goto("about:blank")
    anna.open_link()
    anna.start()
    expect(anna.item("Q3").locator("textarea")).to_have_value(
        "Een luisterend oor op het moment zelf."
    )
    anna.write("Q4", "Ze merkt niet hoe iemand erbij zit.")
    anna.page.locator(".bar button[value=submit]").click()
    anna.page.wait_for_url("**/review")
    judges.look(anna.page, "anna-review")
    anna.page.locator("button[value=submit_anyway]").click()
    assert re.fullmatch(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", anna.receipt())
    judges.look(anna.page, "anna-receipt")

    ben = ExpertInBrowser(browser(), link_in_the_mail(app, BEN, instance))
    ben.open_link()
    ben.start()
    ben.consent()
    ben.write("Q8", "A person to call when the tool runs out of answers.")
    ben.submit(anyway=True)
    receipt = ben.receipt()
    the_others_answer(
        app,
        1,
        lambda order, place: responding.Offer(
            answer=Answer(detail={"text": f"Answer {order} to question {place}."})
        ),
        {ANNA, BEN},
    )

    # Answers become a statement that remembers them.
    researcher.page.goto(researcher.study)
    researcher.page.get_by_role("link", name="Check a receipt").click()
    researcher.page.get_by_label("Code on the receipt").fill(receipt.lower())
    researcher.page.get_by_role("button", name="Check", exact=True).click()
    expect(researcher.page.get_by_text("This receipt is genuine.")).to_be_visible()
    researcher.open_round(1, "/close")
    judges.look(researcher.page, "close")
    researcher.close_round(1)
    researcher.open_round(1, "/answers")
    judges.look(researcher.page, "answers")
    researcher.make_statement_from(
        ["A person to call when the tool runs out of answers.", "Answer 2 to question 7."],
        NEW,
        after_round=1,
    )
    expect(researcher.page.get_by_text("S37 was added to round 2.")).to_be_visible()
    expect(researcher.page.get_by_text("Became S37")).to_have_count(2)
    researcher.launch_round(2)

    # Round 2: six ratings of S01 that agree, six of S02 that do not.
    rated = {"S01": [5, 4, 4, 4, 5, 4], "S02": [1, 5, 1, 5, 2, 4]}
    anna.link = link_in_the_mail(app, ANNA, instance)
    anna.open_link()
    anna.start()
    anna.rate("S01", 5)
    anna.rate("S02", 1)
    anna.rate("S03", "unable")
    judges.look(anna.page, "anna-statements")
    anna.page.reload()
    assert [anna.has_rated(code) for code in ("S01", "S02", "S03", "S04")] == [
        "5",
        "1",
        "unable",
        None,
    ]
    anna.submit(anyway=True)
    ben.open_link()
    ben.start()
    ben.rate("S01", 4)
    ben.rate("S02", 5)
    ben.submit(anyway=True)
    the_others_answer(
        app,
        2,
        lambda order, place: responding.Offer(
            answer=Answer(
                rated["S01"][order] if place == 0 else rated["S02"][order] if place == 1 else 3
            ),
            comment="I see it every week." if (order, place) == (2, 0) else None,
        ),
        {ANNA, BEN},
    )
    researcher.close_round(2)
    researcher.open_round(2, "/results")
    judges.look(researcher.page, "results-2")
    agreed = researcher.result_of("S01")
    assert "The panel agrees: 6 of 6 (100%) at 4–5; 0 of 6 (0%) at 1–2." in agreed
    assert "rated once" in agreed
    assert "6 / 6 (100%)" in agreed
    assert "No consensus: 3 of 6 (50%) at 4–5; 3 of 6 (50%) at 1–2." in researcher.result_of("S02")
    assert "1 unable, 1 skipped" in researcher.result_of("S03")
    researcher.open_round(2, "/comments")
    judges.look(researcher.page, "comments")
    researcher.open_round(2, "/next")
    judges.look(researcher.page, "propose")
    researcher.prepare_round_by_the_rule(3)
    researcher.launch_round(3)

    # Round 3: Anna sees her own rating on the group's; Ben never comes back.
    anna.link = link_in_the_mail(app, ANNA, instance)
    anna.open_link()
    anna.start()
    judges.look(anna.page, "anna-feedback")
    feedback = " ".join(anna.item("S01").locator(".feedback").inner_text().split())
    assert "U koos 5 (Helemaal akkoord)." in feedback
    assert "door 6 van de 6 experts (100%)" in feedback
    anna.item("S01").locator("summary").click()
    expect(anna.item("S01").get_by_text("I see it every week.")).to_be_visible()
    anna.rate("S01", 4)
    anna.rate("S02", 1)
    anna.submit(anyway=True)
    the_others_answer(
        app,
        3,
        lambda order, place: responding.Offer(
            answer=Answer(4 if place == 0 else rated["S02"][order] if place == 1 else 3)
        ),
        {ANNA, BEN},
    )
    researcher.close_round(3)
    researcher.open_round(3, "/results")
    judges.look(researcher.page, "results-3")
    expect(researcher.page.get_by_text("5 of 6 experts answered")).to_be_visible()
    moved = researcher.result_of("S01")
    assert "The panel agrees: 5 of 5 (100%) at 4–5" in moved
    assert (
        "5 experts rated it in both rounds: 3 kept the rating, 0 moved up, 2 moved down." in moved
    )
    settled = researcher.result_of("S02")
    assert "No consensus: 2 of 5 (40%) at 4–5; 3 of 5 (60%) at 1–2." in settled
    assert "5 kept the rating" in settled
    researcher.page.goto(f"{researcher.study}/data")
    judges.look(researcher.page, "data")
    researcher.page.goto(f"{researcher.study}/trail")
    judges.look(researcher.page, "trail")
    judges.verdict()
