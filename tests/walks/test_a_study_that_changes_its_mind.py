"""Three rounds in which nearly everything changes that may, told through the real pages.

Statements are reworded, split, merged and added, an expert leaves, a round is closed and reopened, the
locked rules are amended. At the end the lineage, its file and the audit trail tell the same story.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from surveys.models.base import transaction
from surveys.models.researcher import Researcher
from surveys.services import signing_in
from tests.actors.browser import PHONE
from tests.actors.expert import ExpertInBrowser
from tests.actors.judges import Judges
from tests.actors.researcher import ResearcherAtDesk
from tests.conftest import left_out
from tests.factories import Given, Story, make_story

pytestmark = pytest.mark.browser

LEAVES = 7
# Six experts; the seventh answers in a browser, and leaves after round 2.
ROUND_2: Mapping[str, tuple[Given, ...]] = {
    "S01": (5, 5, 4, 4, 3, 2),
    "S02": (5, 4, 2, 1, 3, 2),
    "S03": (4, 2, 4, 2, 3, 4),
    "S04": (4, 2, 3, 2, 3, 4),
    "S05": (1, 5, 1, 5, 1, 5),
    "S06": (3, 3, 4, 2, 3, 4),
}
REOPENED = "Two experts were on leave."
AMENDED = "Round 2 showed that fifteen percent against is no obstacle in practice."


def fill_in(page: Page, texts: Mapping[str, str | list[str]]) -> None:
    """Fill in fields by their label; several texts for as many fields of one label."""
    for label, text in texts.items():
        for place, words in enumerate([text] if isinstance(text, str) else text):
            page.get_by_label(label).nth(place).fill(words)


def rate_now(story: Story, number: int, columns: Mapping[str, Sequence[Given]]) -> None:
    """Six experts answer through the services, at the time that it is."""
    story.anew().now = datetime.now(UTC)
    story.rate(number, columns)


def test_lineage_and_trail_are_right_after_everything_that_may_happen(
    app: Flask, session: Any, live: str, browser: Any, tmp_path: Path
) -> None:
    story = make_story(
        session,
        experts=7,
        statements=6,
        at=datetime.now(UTC),
        links=app.extensions["rondo.links"],
    )
    with transaction(session):
        lead = session.get_one(Researcher, 1)
        token = signing_in.offer(session, lead, datetime.now(UTC))
    pages = tmp_path / "pages"
    pages.mkdir()
    judges = Judges(pages, left_out)
    desk = ResearcherAtDesk(browser(), live)
    desk.sign_in_once(token)
    desk.study = f"{live}/studies/{story.study.public_id}"
    page = desk.page

    # Round 1 is open; one of its answers becomes a statement.
    desk.launch_round(1)
    story.anew().now = datetime.now(UTC)
    story.answer(1, 1, {"Q1": "Somebody has to answer at night."})
    desk.close_round(1)
    desk.make_statement_from(
        ["Somebody has to answer at night."],
        {"en": "A person answers at night.", "nl": "Een mens antwoordt 's nachts."},
        after_round=1,
    )
    expect(page.get_by_text("A person answers at night.").first).to_be_visible()

    # Round 2: six answer, the seventh on a phone; it is closed too early, and reopened.
    desk.launch_round(2)
    rate_now(story, 2, {**ROUND_2, "S07": (5, 5, 4, 4, 4, 5)})
    desk.close_round(2)
    page.get_by_text("Reopen this round").click()
    page.get_by_label("Reason").fill(REOPENED)
    page.get_by_role("button", name="Reopen").click()
    expect(page.get_by_role("heading", name="Run the round")).to_be_visible()
    guest = ExpertInBrowser(browser(size=PHONE, language="en"), live + story.anew().link(LEAVES))
    guest.open_link()
    guest.start()
    guest.consent()
    guest.rate("S01", 5)
    guest.rate("S02", 1)
    guest.submit(anyway=True)
    desk.close_round(2)

    # The rules are amended, in the light of day.
    page.goto(f"{desk.study}/protocol/amend")
    page.get_by_label("Definition of consensus").first.select_option("share-75")
    page.get_by_label("Reason").last.fill(AMENDED)
    page.locator("input[name=confirmed]").check()
    page.get_by_role("button", name="Amend the protocol").click()
    expect(page.get_by_text("Amendment 1 is in force from now on.")).to_be_visible()

    # Between the rounds: one reworded, one split, two merged, one new.
    desk.open_round(2, "/next")
    page.get_by_role("button", name="Reword S01").click()
    expect(page.get_by_text("Does it still mean the same?")).to_be_visible()
    fill_in(
        page,
        {
            "Wording in English": "Statement 1 holds well.",
            "Wording in Nederlands": "Stelling 1 klopt goed.",
            "Reason in English": "Clearer.",
            "Reason in Nederlands": "Duidelijker.",
        },
    )
    page.get_by_label("Yes, the meaning is kept").check()
    page.get_by_role("button", name="Keep the new wording").click()
    desk.open_round(2, "/next")
    page.get_by_role("link", name="Split S02").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Split S02")
    fill_in(
        page,
        {
            "Wording in English": ["It is quick.", "It is cheap."],
            "Wording in Nederlands": ["Het is snel.", "Het is goedkoop."],
            "Reason in English": "Two ideas in one.",
            "Reason in Nederlands": "Twee ideeën in één.",
        },
    )
    page.locator("main .acts .btn-primary").click()
    expect(page.get_by_text("S02 was split into S08, S09.")).to_be_visible()
    for code in ("S03", "S04"):
        page.get_by_label(f"Merge {code}").check()
    page.get_by_role("button", name="Merge ticked …").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merge S03, S04")
    fill_in(
        page,
        {
            "Wording in English": "It fits the work.",
            "Wording in Nederlands": "Het past bij het werk.",
            "Reason in English": "They say the same.",
            "Reason in Nederlands": "Ze zeggen hetzelfde.",
        },
    )
    page.locator("main .acts .btn-primary").click()
    expect(page.get_by_text("S03, S04 were merged into S10.")).to_be_visible()
    page.get_by_role("button", name="Add a statement").click()
    expect(page.get_by_label("Wording in English")).to_be_visible()
    fill_in(
        page,
        {
            "Wording in English": "Training comes first.",
            "Wording in Nederlands": "Eerst opleiding.",
        },
    )
    page.get_by_label("Note for the team").fill("Asked for in a meeting.")
    page.get_by_role("button", name="Add to round 3").click()
    expect(page.get_by_text("Training comes first.")).to_be_visible()
    page.get_by_label("Your choice: S06").select_option("leaves")
    page.get_by_label("Reason, if it departs from the rule: S06").fill("Outside our question.")
    page.keyboard.press("Enter")
    expect(page.locator("#choice-state")).to_have_text("Kept.")
    desk.open_round(2, "/next")
    expect(page.get_by_label("Your choice: S06")).to_have_value("leaves")
    desk.prepare_round_by_the_rule(3)

    # Round 3: the guest reads what changed, and leaves the study; the others rate.
    desk.launch_round(3)
    guest.page.goto(live + story.anew().link(LEAVES))
    guest.start()
    expect(guest.page.get_by_text("Two ideas in one.").first).to_be_visible()
    guest.page.get_by_role("link", name="Leave the study").click()
    guest.page.get_by_label("Keep them.").check()
    guest.page.get_by_role("button", name="Leave the study").click()
    expect(guest.page.get_by_role("heading", name="You have left the study")).to_be_visible()
    asked = story.anew().asked(3)
    assert set(asked) == {"S01", "S05", "S07", "S08", "S09", "S10", "S11"}
    rate_now(story, 3, dict.fromkeys(asked, (5, 4, 4, 4, 4, 5)))
    desk.close_round(3)

    # What became of every statement, drawn, in words and in a file.
    page.goto(f"{desk.study}/lineage")
    expect(page.get_by_role("heading", name="In words")).to_be_visible()
    judges.look(page, "lineage")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Lineage as CSV").click()
    told = list(csv.DictReader(io.StringIO(coming.value.path().read_text("utf-8-sig"))))
    columns = ("round", "act", "from_item", "to_item", "compared", "sources", "reason", "reason_en")
    later = {tuple(line[column] for column in columns) for line in told if line["round"] == "3"}
    assert later == {
        ("3", "reworded", "S01", "S01", "yes", "0", "", "Clearer."),
        ("3", "split", "S02", "S08", "no", "0", "", "Two ideas in one."),
        ("3", "split", "S02", "S09", "no", "0", "", "Two ideas in one."),
        ("3", "merged", "S03", "S10", "no", "0", "", "They say the same."),
        ("3", "merged", "S04", "S10", "no", "0", "", "They say the same."),
        ("3", "kept", "S05", "S05", "yes", "0", "", ""),
        ("3", "kept", "S07", "S07", "yes", "0", "", ""),
        ("3", "left", "S06", "", "no", "0", "Outside our question.", ""),
        ("3", "new", "", "S11", "no", "0", "Asked for in a meeting.", ""),
    }
    assert [line["sources"] for line in told if line["to_item"] == "S07"][0] == "1"
    assert page.locator("svg.lineage a.node").count() == 7 + 7

    # The trail tells the acts in the order in which they were done.
    page.goto(f"{desk.study}/trail")
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit trail")
    acts = [" ".join(row.split()) for row in page.locator("main tbody tr").all_inner_texts()]
    done = iter(reversed(acts))
    for act in (
        "protocol locked",
        "statement added: item S07, round 2, from answers 1",
        "round closed: round 2",
        f"round reopened: round 2, reason {REOPENED}",
        "round closed: round 2",
        "protocol amended",
        "statement reworded: item S01, revision 2, meaning kept",
        "statement split: round 3, items (S02), made (S08, S09)",
        "statements merged: round 3, items (S03, S04), made (S10)",
        "statement added: item S11, round 3",
        "choice made: round 2, item S06",
        "round prepared: round 3",
        "round launched: round 3",
        "expert withdrew: expert E07, earlier answers kept",
        "round closed: round 3",
        "data exported: table lineage",
    ):
        assert any(act in line for line in done), f"{act} is missing, or not in its place"
    assert not any("Expert" in line or "@" in line for line in acts), "the trail names nobody"

    # The results say under which rules, why, and what is not compared.
    desk.open_round(3, "/results")
    expect(page.get_by_text(AMENDED)).to_be_attached()
    judges.verdict()
