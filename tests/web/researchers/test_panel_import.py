"""Experts from a file, page by page."""

import io

import pytest
from sqlalchemy import func, select

from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.contact import Contact, RosterDraft
from surveys.models.panel import StakeholderGroup
from surveys.models.researcher import Role
from tests.actors.visitor import Visitor
from tests.factories import make_member
from tests.web.researchers.conftest import sign_in_link

PASTED = "name;email;group\nAnn;ann@new.example;nurse\nBo;bo@new,example;nurse\nCy;;nurse\n"


@pytest.fixture
def importing(lead):
    lead.open(f"{lead.study}/panel/import")
    return lead


def people(story):
    return story.anew().session.scalar(select(func.count(Contact.id)))


def test_bad_rows_are_told_corrected_in_place_and_all_are_added_at_once(story, importing):
    page = importing.press("Look at the list", pasted=PASTED)
    assert "Row 3, e-mail address: “bo@new,example” cannot be an e-mail address" in page.text
    assert "Row 4, e-mail address: The e-mail address is empty." in page.text
    assert people(story) == 6
    page = importing.press(
        "Take the corrections and add everybody", **{"email-3": "bo@new.example"}
    )
    assert (page.status, "Nobody was added yet" in page.text) == (422, True)
    assert "Row 3" not in page.text, "what was corrected is kept"
    assert people(story) == 6
    page = importing.press("Leave these out and add 2 experts")
    assert "2 experts were added to the panel: E07 to E08." in page.text
    assert "They are invited to the open round." in page.text
    assert people(story) == 8
    assert story.session.scalar(select(func.count(RosterDraft.id))) == 0


def test_what_was_read_stands_neither_in_the_cookie_nor_in_the_trail(story, importing):
    importing.press("Look at the list", pasted=PASTED)
    with importing.browser.session_transaction() as cookie:
        assert "ann" not in repr(dict(cookie)).lower()
    importing.press("Leave these out and add 1 expert")
    trail = repr(story.anew().session.scalars(select(AuditEvent.details)).all())
    assert "new.example" not in trail


def test_nobody_else_opens_the_file_and_throwing_it_away_erases_it(story, importing, app):
    importing.press("Look at the list", pasted=PASTED)
    here = importing.at
    colleague = Visitor(app)
    member = make_member(story.session, story.study_id, Role.FACILITATOR)
    colleague.sign_in(sign_in_link(story, member))
    assert "This list is not here any more" in colleague.open(here).text
    assert "Ann" not in colleague.page.text
    assert colleague.post(here, act="add").status_code == 303
    assert people(story) == 6
    page = importing.press("Throw the file away")
    assert "Nobody was added." in page.text
    assert importing.post(here, act="add").status_code == 303
    assert people(story) == 6
    assert story.anew().session.scalar(select(func.count(RosterDraft.id))) == 0


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("", "Please choose a file, or paste a list."),
        ("name,email\n", "nobody below it"),
        ("%PDF-1.7", "This is a PDF."),
    ],
)
def test_what_is_no_list_is_refused_and_stays_in_its_box(importing, pasted, said):
    page = importing.press("Look at the list", pasted=pasted)
    assert (page.status, said in page.text) == (422, True)
    assert page.one("textarea", id="pasted").raw.strip() == pasted.strip()


def test_odd_things_said_about_a_file_change_nothing(importing):
    importing.press("Look at the list", pasted=PASTED)
    answer = importing.post(
        importing.at,
        act="check",
        shown=["2", "99", "x", "9" * 30],
        **{"column-0": "moon", "column-77": "name", "usual_group": "moon", "name-2": "x" * 9_000},
        **{"group_word": ["?"], "group_of-0": "moon", "usual_language": "xx", "out-99": "yes"},
    )
    assert answer.status_code == 303
    assert importing.open(importing.at).status == 200


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_template_is_a_list_that_can_be_sent_back(importing, ending):
    made = importing.ask("GET", f"{importing.at}/template.{ending}")
    assert "attachment" in made.headers["Content-Disposition"]
    importing.open(importing.at.partition("/template")[0])
    token = importing.token
    answer = importing.ask(
        "POST",
        importing.at,
        data={"csrf_token": token, "file": (io.BytesIO(made.data), f"x.{ending}")},
    )
    page = importing._follow(answer)
    assert "3 people were read." in page.text
    assert page.text.count("addresses like this serve for examples") >= 3


def test_no_name_in_the_template_is_calculated_by_a_spreadsheet(story, lead):
    with transaction(story.session):
        group = story.session.scalars(
            select(StakeholderGroup).where(StakeholderGroup.study_id == story.study_id)
        ).first()
        group.name = {"en": "=1+1", "nl": "=1+1"}
    story.anew()
    text = lead.ask("GET", f"{lead.study}/panel/import/template.csv").get_data().decode("utf-8-sig")
    assert ",'=1+1," in text
    assert ",=" not in text
