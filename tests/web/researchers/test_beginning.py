"""A study begins in four ways, each from one page; a spreadsheet is looked at first."""

import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from surveys.models.base import transaction
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study
from surveys.services import writing_study_files
from tests.factories import make_researcher, make_story, study_file
from tests.spreadsheet import workbook
from tests.web.researchers.conftest import sign_in_link

TWENTY = [f"Statement number {n} is one to be rated." for n in range(1, 21)]


@pytest.fixture
def story(session, links):
    return make_story(session, links=links, experts=1)


def send(lead, address, content, name="file.csv", **fields):
    """Send a file with the form of the page, and follow to where it leads."""
    data = {"csrf_token": lead.token, "file": (io.BytesIO(content), name), **fields}
    answer = lead.ask("POST", address, data=data, content_type="multipart/form-data")
    return lead.open(answer.headers["Location"]) if answer.status_code == 303 else lead.page


def studies(story):
    return story.anew().session.scalar(select(func.count(Study.id)))


def newest(story):
    return story.anew().session.scalars(select(Study).order_by(Study.id.desc())).first()


def test_twenty_statements_become_a_study_in_three_presses(story, lead):
    page = lead.open("/studies/")
    assert page.one("a", href="/studies/new").text == "Begin a study"
    lead.open("/studies/new")
    page = send(
        lead, "/studies/new/spreadsheet", workbook([[one] for one in TWENTY]), "my-statements.xlsx"
    )
    assert page.h1 == "What will be made"
    assert studies(story) == 1
    looked_at = lead.at
    page = lead.press("Create the study")
    assert page.h1 == "My statements"
    assert "Round 1 asks 20 items." in page.text
    assert "Nobody has chosen it yet" in page.text
    made = newest(story)
    assert (made.languages, made.rule_chosen_at) == (["en"], None)
    # What was sent is let go of.
    assert "no longer kept" in lead.open(looked_at).text


def test_bad_rows_are_named_and_left_out_when_the_person_goes_on(story, lead):
    lead.open("/studies/new")
    page = send(
        lead,
        "/studies/new/spreadsheet",
        b"wording en,mark\nGood.,risk\nBad.,luck\n,risk\nAlso good.,\n",
    )
    assert "2 rows cannot be used" in page.text
    assert "“luck” is no mark" in page.text
    page = lead.press("Create the study with 2 rows", title="", rounds="3", scale="relevance-4")
    assert lead.response.status_code == 422
    assert "Please give the study a title." in page.text
    page = lead.press("Create the study with 2 rows", title="Ours", groups="Nurses\nPatients")
    assert page.h1 == "Ours"
    made = newest(story)
    assert made.scale["scale"]["high"] == 4
    assert (
        story.session.scalar(
            select(func.count(RoundItem.id)).join(Round).where(Round.study_id == made.id)
        )
        == 2
    )


@pytest.mark.parametrize(
    ("way", "content", "sentence"),
    [
        ("spreadsheet", b"", "Please choose a file first."),
        ("spreadsheet", b"\x89PNG\r\n\x1a\n\0\0", "This is no spreadsheet."),
        ("spreadsheet", b"PK\x03\x04nonsense", "This file cannot be read as an Excel file"),
        ("study-file", b"", "Please choose a file first."),
        ("study-file", b"rondo: 2\n", "things are wrong in the file; nothing was made of it."),
        ("study-file", b"PK\x03\x04nonsense", "cannot be opened as an archive"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(story, lead, way, content, sentence):
    lead.open("/studies/new")
    page = send(lead, f"/studies/new/{way}", content)
    assert lead.response.status_code == 422
    assert sentence in page.text
    assert studies(story) == 1


def test_a_study_file_becomes_the_same_study(story, lead):
    lead.open("/studies/new")
    page = send(lead, "/studies/new/study-file", study_file().encode(), "study.yaml")
    assert page.h1 == "A small study"
    written = writing_study_files.written(story.session, newest(story))
    assert written == writing_study_files.written(story.session, story.study)


def test_a_study_begins_from_nothing(story, lead):
    lead.open("/studies/new")
    page = lead.press("Create an empty study", title="", languages="en")
    assert "Please give the study a title." in page.text
    page = lead.press(
        "Create an empty study", title="A new one", rounds="2", open_round="yes", languages="en"
    )
    assert page.h1 == "A new one"
    assert "Round 1 asks nothing yet." in page.text
    assert len(newest(story).consent["text"]) == 1


def test_more_statements_come_into_a_draft_from_a_spreadsheet(story, lead):
    address = f"{lead.study}/rounds/2/spreadsheet"
    page = lead.open(address)
    assert page.h1 == "Add from a spreadsheet"
    page = send(lead, address, b"wording en,wording nl\nOne more.,Nog een.\nLess.,\n")
    assert "1 text in Dutch" in page.text
    page = lead.press("Add 2 items to round 2")
    assert "2 items were added." in page.text
    assert list(story.anew().asked(2)) == ["S01", "S02", "S03", "S04", "S05"]
    page = send(lead, f"{lead.study}/rounds/1/spreadsheet", b"A statement for an open round.")
    page = lead.press("Add 1 item to round 1")
    assert "Statements belong to a rating round." in page.text


def test_what_was_sent_is_for_whoever_sent_it_and_for_what_it_was_sent(story, lead, app):
    lead.open("/studies/new")
    send(lead, "/studies/new/spreadsheet", b"One statement.")
    looked_at = lead.at
    token = looked_at.rpartition("/")[2]
    # Not into another study.
    page = lead.open(f"{lead.study}/rounds/2/spreadsheet/{token}")
    assert "no longer kept" in page.text
    other = type(lead)(app)
    other.sign_in(sign_in_link(story, make_researcher(story.session, "other@institute.example")))
    assert "no longer kept" in other.open(looked_at).text


def test_the_template_can_be_filled_in_and_sent(story, lead):
    answer = lead.ask("GET", "/studies/new/template.xlsx")
    book = load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["Read me", "Statements", "Questions", "Examples"]
    headings = [cell.value for cell in book["Statements"][1]]
    assert headings[:3] == ["wording en", "theme", "mark"]
    book["Statements"].append(["Filled in.", "Care", "risk"])
    book["Questions"].append(["Why?"])
    into = io.BytesIO()
    book.save(into)
    lead.open("/studies/new")
    page = send(lead, "/studies/new/spreadsheet", into.getvalue(), "filled.xlsx")
    assert "cannot be used" not in page.text
    assert "to look at" not in page.text
    assert "Filled in." in page.text
    assert "Why?" in page.text
    example = lead.ask("GET", "/studies/new/template.csv?separator=semicolon").data
    page = send(lead, "/studies/new/spreadsheet", example, "examples.csv")
    assert "A shared care plan should be on paper before care starts." in page.text
    assert lead.ask("GET", "/studies/new/template.exe").status_code == 404


def test_the_steps_until_the_launch_say_what_is_done(story, lead):
    page = lead.open(lead.study)
    steps = page.one("ol", class_="first-steps").text
    assert "Round 1 asks 2 items." in steps
    assert "Filled in." in steps
    assert "1 expert is on it." in steps
    assert "Somebody chose it." in steps
    assert "send yourself a trial" in steps
    with transaction(story.session):
        story.study.rule_chosen_at = None
    assert "Nobody has chosen it yet" in lead.open(lead.study).text
    story.launch(1)
    assert "Until the first launch" not in lead.open(lead.study).text
