"""Who may see no names finds none: on no page, in no file, in no trail; and no log holds any."""

import logging

import pytest
from sqlalchemy import select

from surveys.models.base import transaction
from surveys.models.invitation import Outbox
from surveys.models.profile import FieldKind, FilledBy
from surveys.models.researcher import Role
from surveys.services import mailing, profiling
from tests.actors.visitor import Visitor
from tests.factories import both, make_member
from tests.house.test_guards import routes
from tests.web.researchers.conftest import sign_in_link

# Names, addresses and what may identify, of the panel and of who was on it or nearly.
NEVER = ("name of", "panel.example", "zonder", "elsewhere.example", "ward seven", "0470 12 34 56")
PASTED = "name;email;group\nZoe Zonder;zoe@elsewhere.example;nurse\nBo Zonder;bo@else,where;nurse\n"


@pytest.fixture
def busy(story, lead, caplog):
    """The study after acts that each had a name in their hands; what was logged meanwhile has none."""
    caplog.set_level(logging.DEBUG)
    with transaction(story.session):
        profiling.add_field(
            story.session,
            story.study,
            kind=FieldKind.TEXT,
            label=both("Department"),
            filled_by=FilledBy.TEAM,
            may_identify=True,
            actor=story.actor,
            at=story.now,
        )
        mail = story.session.scalars(select(Outbox).order_by(Outbox.id)).first()
        mailing.failed(
            story.session, mail.id, "550 <expert1@panel.example>: unknown", final=True, at=story.now
        )
    story.anew()
    lead.open(f"{lead.study}/panel/identities")
    lead.press(form=lead.page.form_with(field="purpose"), purpose="contact", search="Name of 2")
    lead.open(f"{lead.study}/panel/E02")
    lead.press("See and correct name and address")
    lead.press("Keep this", name="Dr Zonder", email="right@elsewhere.example", link="again")
    lead.open(f"{lead.study}/panel/E03")
    lead.press("See and correct name and address")
    fields = [name for name, _value in lead.page.form_with(action="/profile").fields]
    (field,) = [name for name in fields if name.startswith("field-")]
    lead.press(form=lead.page.form_with(action="/profile"), **{field: "Ward seven"})
    lead.open(f"{lead.study}/panel/import")
    lead.press("Look at the list", pasted=PASTED)
    lead.press("Leave these out and add 1 expert")
    lead.open(f"{lead.study}/mail")
    lead.press(form=lead.page.form_with(action="/mail/stop"), code="E04", reason="asked")
    lead.open(f"{lead.study}/panel/E05")
    lead.press("Let E05 leave the study", earlier="erase", told="mail")
    story.answer(1, 2, {"S01": 4}, {"S01": "A remark."})
    logged = "\n".join(record.getMessage().lower() for record in caplog.records)
    assert [text for text in NEVER if text in logged] == []
    return story


def readable(app):
    """Every address of a study that is opened by a GET."""
    for endpoint, method, rule in routes(app, "researchers"):
        if method == "GET" and "study" in rule.arguments:
            yield endpoint, rule


def test_no_page_and_no_file_of_an_analyst_or_observer_holds_a_name(app, busy):
    known = {
        "study": busy.study.public_id,
        "place": busy.place(2, "S01"),
        "placed_id": busy.place(2, "S01"),
        "message": "reminder",
        "language": "en",
        "ending": "csv",
        "form": "csv",
        "digest": "0" * 64,
        "key": "none",
        "token": "none",
    }
    for role in (Role.ANALYST, Role.OBSERVER):
        visitor = Visitor(app)
        visitor.sign_in(sign_in_link(busy, make_member(busy.session, busy.study_id, role)))
        opened = 0
        for endpoint, rule in readable(app):
            code = "S01" if "lineage" in rule.rule else "E02"
            for number in (1, 2) if "number" in rule.arguments else (2,):
                address = rule.build({**known, "code": code, "number": number, "table": "long"})[1]
                answer = visitor.browser.get(address)
                opened += answer.status_code == 200
                for text in NEVER:
                    assert text not in answer.text.lower(), (endpoint, role, text)
        assert opened > 20
