"""Who works on a study: asked in by mail, given a role, taken out; never without a lead."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from surveys import worker
from surveys.models.base import transaction
from surveys.models.invitation import AccountMail
from surveys.models.researcher import Membership, Researcher, Role
from tests.actors.visitor import Visitor
from tests.factories import make_member


@pytest.fixture
def settings(port, mailbox):
    return {
        "public_url": f"http://127.0.0.1:{port}",
        "mail_host": "127.0.0.1",
        "mail_port": mailbox.port,
    }


def roles(story):
    rows = story.anew().session.execute(
        select(Researcher.email, Membership.role)
        .join(Membership, Membership.researcher_id == Researcher.id)
        .order_by(Researcher.email)
    )
    return {email.partition("@")[0]: role.value for email, role in rows}


def ask_in(lead, **typed):
    lead.open(f"{lead.study}/team")
    return lead.press("Send the invitation", **typed)


def test_a_colleague_is_asked_in_by_mail_and_works_on_the_study(app, story, lead, mailbox):
    page = ask_in(lead, email="Ana@institute.example", name="Ana Peeters", role="analyst")
    assert "Ana Peeters can work on the study now" in page.text
    worker.sweep(app)
    (letter,) = mailbox.to("Ana@institute.example")
    assert "as analyst" in letter.get_content()
    link = re.search(r"/sign-in/once/\S+", letter.get_content())[0]
    colleague = Visitor(app)
    assert colleague.sign_in(link).h1 == "Set a password", "an account without one begins there"
    assert colleague.open(lead.study).status == 200
    assert colleague.open(f"{lead.study}/panel").status == 200, "codes, and no names"
    assert colleague.ask("GET", f"{lead.study}/panel/identities").status_code == 403
    assert roles(story) == {"Ana": "analyst", "lead": "lead"}


def test_who_has_a_password_is_led_to_the_study(app, story, lead, session, mailbox):
    ask_in(lead, email="ana@institute.example", role="observer")
    with transaction(story.session):
        story.session.scalars(
            select(Researcher).where(Researcher.email.startswith("ana"))
        ).one().password = "hashed"
    worker.sweep(app)
    (letter,) = mailbox.to("ana@institute.example")
    assert f"{lead.study}\r\n" in letter.get_content()
    assert "/sign-in/once/" not in letter.get_content()


def test_a_letter_about_a_role_that_was_taken_back_is_not_sent(app, story, lead, mailbox):
    ask_in(lead, email="ana@institute.example", role="observer")
    lead.press("Take out ana")
    worker.sweep(app)
    assert mailbox.to("ana@institute.example") == []


def test_nobody_is_asked_in_twice(story, lead):
    ask_in(lead, email="ana@institute.example", role="observer")
    page = ask_in(lead, email="ANA@institute.example", role="lead")
    assert (page.status, "has a role here already" in page.text) == (422, True)
    assert page.all("input", id="email")[0].attrs["value"] == "ANA@institute.example"
    assert story.anew().session.scalar(select(func.count(AccountMail.id))) == 1


@pytest.mark.parametrize("typed", ["", "x", "a@", "a@b@c", "a b@institute.example"])
def test_an_address_that_cannot_be_one_is_refused_and_kept(lead, typed):
    page = ask_in(lead, email=typed, role="observer")
    assert page.status == 422
    assert page.all("input", id="email")[0].attrs["value"] == typed


def test_a_role_is_changed_and_the_trail_says_so(story, lead):
    make_member(story.session, story.study_id, Role.OBSERVER)
    story.anew()
    page = lead.open(f"{lead.study}/team")
    form = next(form for form in page.forms if form.action.endswith("/2/role"))
    lead.press("Change", form=form, role="facilitator")
    assert roles(story)["observer"] == "facilitator"
    assert "role changed" in lead.open(lead.study).text


def test_the_last_lead_neither_leaves_nor_steps_down(story, lead):
    lead.open(f"{lead.study}/team")
    page = lead.press("Leave the study")
    assert (page.status, "A study needs a lead" in page.text) == (409, True)
    page = lead.press("Change", role="observer")
    assert page.status == 409
    assert roles(story) == {"lead": "lead"}


def test_a_lead_may_leave_once_there_is_another(app, story, lead):
    ask_in(lead, email="ana@institute.example", role="lead")
    assert lead.press("Leave the study").h1 == "Studies"
    assert lead.ask("GET", lead.study).status_code == 404


def test_a_colleague_of_another_study_cannot_be_touched(story, lead):
    lead.open(f"{lead.study}/panel")
    assert lead.post(f"{lead.study}/team/777/take-out").status_code == 404
    lead.open(f"{lead.study}/panel")
    assert lead.post(f"{lead.study}/team/777/role", role="lead").status_code == 404


def test_only_a_lead_sees_the_controls(app, story, lead):
    from tests.web.researchers.conftest import sign_in_link

    reader = Visitor(app)
    reader.sign_in(sign_in_link(story, make_member(story.session, story.study_id, Role.OBSERVER)))
    page = reader.open(f"{lead.study}/team")
    assert "Ask a colleague in" not in page.text
    assert reader.post(f"{lead.study}/team", email="x@y.example", role="lead").status_code == 403
