"""The screen between two rounds, without a script: choose, split, merge, prepare, undo."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from surveys.models.item import ItemOrigin
from surveys.services import undoing
from tests.actors.visitor import Visitor
from tests.factories import make_finished_story, make_rated_story, make_researcher, make_story
from tests.web.researchers.conftest import sign_in_link

PARTS = {
    "wording-1-en": "The first half holds.",
    "wording-1-nl": "De eerste helft klopt.",
    "wording-2-en": "The second half holds.",
    "wording-2-nl": "De tweede helft klopt.",
    "reason-en": "Two ideas in one.",
    "reason-nl": "Twee ideeën in één.",
}


@pytest.fixture
def story(session, links):
    return make_rated_story(session, at=datetime.now(UTC) - timedelta(days=20), links=links)


@pytest.fixture
def screen(story, lead):
    lead.open(f"{lead.study}/rounds/2/next")
    return lead


def place(story, code):
    return story.place(2, code)


def of(page, code):
    return page.one("article", id=f"s-{code}").text


def test_a_statement_stands_with_its_proposal_its_signs_and_its_numbers(screen):
    said = of(screen.page, "S04")
    assert "Needs a look. The rule could not decide." in said
    assert "Many unable to judge: 4 of 8 (50%) of those who answered said so" in said
    assert "4 / 4 (100%)" in said
    assert "Nurse 2/2 · Physician 2/2" in said
    page = screen.open(f"{screen.study}/rounds/2/next?show=look")
    assert [node.attrs["id"] for node in page.all("article")] == ["s-S04"]


def test_a_choice_against_the_rule_without_a_reason_is_asked_again_and_nothing_typed_is_lost(
    story, screen
):
    choice, other = f"choice-{place(story, 'S01')}", f"why-{place(story, 'S02')}"
    page = screen.press("Keep the choices", **{choice: "leaves", other: "Kept as typed."})
    assert page.status == 422
    assert "S01: this departs from the rule, so please give a reason." in page.text
    picked = page.one("select", name=choice).all("option", selected="")
    assert [option.attrs["value"] for option in picked] == ["leaves"]
    assert page.one("input", name=other).attrs["value"] == "Kept as typed."
    page = screen.press(
        "Keep the choices", **{choice: "leaves", f"why-{place(story, 'S01')}": "Not ours."}
    )
    assert "The choices are kept." in page.text
    assert "Against the rule, chosen" in of(page, "S01")
    assert "The draft no longer follows the choices: S01." in page.text
    screen.press("Prepare round 3 as chosen")
    assert list(story.anew().asked(3)) == ["S02", "S03", "S04"]


def test_a_colleague_sees_the_choice_and_does_not_overwrite_it_unseen(story, screen, app):
    other = Visitor(app)
    other.sign_in(sign_in_link(story, make_researcher(story.session)))
    other.open(f"{screen.study}/rounds/2/next")
    choice, why = f"choice-{place(story, 'S03')}", f"why-{place(story, 'S03')}"
    screen.press("Keep the choices", **{choice: "leaves", why: "All against it."})
    page = other.press("Keep the choices", **{choice: "returns"})
    assert "researcher 1 chose for the same statement at" in page.text
    assert page.one("input", name=why).attrs["value"] == "All against it."


def test_a_script_keeps_one_choice_and_is_told_what_undoes_it(story, screen):
    address = f"{screen.study}/rounds/2/next/choices/{place(story, 'S01')}"
    answer = screen.script(address, {"choice": "leaves", "why": "", "seen": "0"})
    assert (answer.status_code, answer.json["problem"]) == (
        422,
        "S01: this departs from the rule, so please give a reason.",
    )
    answer = screen.script(address, {"choice": "leaves", "why": "Not ours.", "seen": "0"})
    assert answer.json["version"] == 1
    assert answer.json["undo"]["text"] == "choice for S01"
    assert screen.script(address, {"choice": "", "why": "", "seen": "0"}).status_code == 409


def test_a_statement_is_split_and_the_split_undone(story, screen):
    screen.open(f"{screen.study}/rounds/2/next/split/{place(story, 'S02')}")
    page = screen.press("One more part", **PARTS)
    assert page.one("textarea", id="wording-2-en").text == "The second half holds."
    page = screen.press("Split S02", **PARTS)
    assert page.status == 422
    third = {"wording-3-en": "A third.", "wording-3-nl": "Een derde."}
    page = screen.press("Split S02", **PARTS, **third)
    assert "S02 was split into S05, S06, S07." in page.text
    assert "Split into S05, S06, S07." in of(page, "S02")
    assert list(story.anew().asked(3)) == ["S01", "S05", "S06", "S07", "S03", "S04"]
    page = screen.press("Undo: split of S02")
    assert "Undone: split of S02." in page.text
    assert list(story.anew().asked(3)) == ["S01", "S02", "S03", "S04"]


def test_ticked_statements_are_merged(story, screen):
    page = screen.press("Merge ticked …", of=[str(place(story, "S01"))])
    assert "Tick at least two statements, then merge them." in page.text
    both = [str(place(story, "S01")), str(place(story, "S03"))]
    page = screen.press("Merge ticked …", of=both)
    assert page.h1 == "Merge S01, S03"
    one = {name: text for name, text in PARTS.items() if "-2-" not in name}
    page = screen.press("Merge S01, S03", **one)
    assert "S01, S03 were merged into S05." in page.text
    page = screen.open(f"{screen.study}/lineage/S05")
    assert "merged from S01, S03" in page.one("table").text
    assert "not compared: another question" in page.one("table").text


def test_a_statement_is_reworded_from_here_and_one_comes_back_here(story, screen):
    page = screen.ask(
        "POST",
        f"{screen.study}/rounds/2/next",
        data={"csrf_token": screen.token, "act": f"reword:{place(story, 'S01')}"},
    )
    page = screen.open(page.headers["Location"])
    assert page.h1 == "Reword S01"
    page = screen.press(
        form=page.form_with(field="wording_en"),
        wording_en="Statement 1 holds now.",
        reason_en="Clearer.",
        meaning="kept",
    )
    assert page.h1 == "From round 2 to the next"
    assert undoing.steps(story.anew().session, story.round(2))[0].act == "statement reworded"


def test_comments_are_merged_and_kept_back_beside_the_numbers(session, links, app):
    story = make_story(session, experts=8, at=datetime.now(UTC) - timedelta(days=20), links=links)
    story.until_round_2()
    said = {
        1: "Patients in remote villages save many hours.",
        3: "Patients in remote villages save many hours!",
        8: "My clinic has no camera.",
    }
    for expert in range(1, 9):
        given = {"S01": 1 if expert == 8 else 5, "S02": 4, "S03": 4}
        story.answer(expert, 2, given, {"S01": said[expert]} if expert in said else {})
    story.close(2)
    lead = Visitor(app)
    lead.sign_in(sign_in_link(story, make_researcher(session)))
    page = lead.open(f"/studies/{story.study.public_id}/rounds/2/next")
    assert "3 comments · for 2 · against 1 · some seem to say the same" in of(page, "S01")
    page = lead.press("Merge these 2 comments")
    assert page.h1 == "From round 2 to the next"
    assert "2 experts said this" in of(page, "S01")
    ticked = [box.attrs["value"] for box in page.one(class_="side-for").all("input")]
    page = lead.press("Make a statement of them", comment=ticked)
    assert page.h1 == "New statement"
    assert "Patients in remote villages save many hours. E01 · S01 · round 2" in page.text
    page = lead.press("Add to round 3", wording_en="It saves time.", wording_nl="Het spaart tijd.")
    assert page.h1 == "From round 2 to the next"
    assert "It saves time." in page.text
    made = story.anew().session.scalars(select(ItemOrigin)).all()
    assert len(made) == 2
    (against,) = page.one(class_="side-against").all("input", name="comment")
    lead.press("Keep back", comment=[against.attrs["value"]], reason="Names a clinic.")
    assert "kept back" in lead.page.one(class_="side-against").text


def test_when_the_rule_says_stop_there_is_both_an_end_and_one_more_round(session, links, app):
    story = make_finished_story(session, at=datetime.now(UTC) - timedelta(days=20), links=links)
    lead = Visitor(app)
    lead.sign_in(sign_in_link(story, make_researcher(session)))
    study = f"/studies/{story.study.public_id}"
    page = lead.open(f"{study}/rounds/3/next")
    assert "Stop: round 3 was the last by protocol" in page.text
    page = lead.press("Prepare round 4 as chosen")
    assert page.status == 422
    assert "The stopping rule advises to stop. Please say why there is another round." in page.text
    page = lead.press("Finish after round 3")
    assert "Decided: the study ends with this round (researcher 1," in page.text
    lead.press("Undo: decision on another round")
    lead.press("Prepare round 4 as chosen", reason="S02 still moves.")
    assert story.anew().asked(4)
    page = lead.open(f"{study}/trail?act=decision+made")
    assert "decision go on, against the stopping rule yes, reason S02 still moves." in page.text


def test_lineage_is_told_for_every_round_and_every_reason(session, links, app):
    story = make_finished_story(session, at=datetime.now(UTC) - timedelta(days=20), links=links)
    lead = Visitor(app)
    lead.sign_in(sign_in_link(story, make_researcher(session)))
    page = lead.open(f"/studies/{story.study.public_id}/lineage")
    drawn = page.one("svg", class_="lineage")
    assert [node.text for node in drawn.all("text", class_="column")] == ["Round 2", "Round 3"]
    assert len(drawn.all("a", class_="node")) == 8
    assert len(page.one("table").all("tr")) == 1 + 4 + 4
    assert lead.open(f"/studies/{story.study.public_id}/lineage/S77").status == 404
