"""Researchers' way in: a link that works once, a password, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from flask_security.utils import hash_password
from sqlalchemy import func, select

from surveys.models.base import transaction
from surveys.models.researcher import OneTimeSignIn, Researcher
from surveys.services import signing_in
from tests.actors.visitor import Visitor
from tests.factories import make_researcher

PASSWORD = "a long pass phrase with spaces"


@pytest.fixture
def researcher(session):
    return make_researcher(session)


def offered(session, researcher_id, *, ago=timedelta(0)):
    with transaction(session):
        person = session.get_one(Researcher, researcher_id)
        token = signing_in.offer(session, person, datetime.now(UTC) - ago)
    session.rollback()
    return f"/sign-in/once/{token}"


def test_the_link_signs_in_once(session, researcher, app):
    link = offered(session, researcher)
    visitor = Visitor(app)
    assert visitor.open(link).h1 == "Sign in to Rondo"
    assert visitor.press("Sign in").h1 == "Set a password", "the account has none yet"
    another = Visitor(app)
    page = another.open(link)
    assert (page.status, page.h1) == (410, "This sign-in link does not work any more")
    assert "python3 run.py researcher sign-in" in page.text


def test_opening_the_link_spends_nothing(session, researcher, app):
    """Mail scanners open links."""
    link = offered(session, researcher)
    for _ in range(3):
        Visitor(app).open(link)
    used = select(func.count(OneTimeSignIn.id)).where(OneTimeSignIn.used_at.is_not(None))
    assert session.scalar(used) == 0


def test_a_link_older_than_a_day_is_spent(session, researcher, app):
    link = offered(session, researcher, ago=timedelta(hours=25))
    page = Visitor(app).open(link)
    assert page.status == 410
    assert "its time is over" in page.text


@pytest.mark.parametrize("token", ["x", "%00", "a" * 5_000, "é", "%F0%9F%98%80"])
def test_a_made_up_link_signs_nobody_in(app, token):
    visitor = Visitor(app)
    assert visitor.open(f"/sign-in/once/{token}").status in (404, 410)
    assert visitor.ask("GET", "/studies/").status_code == 303


def test_a_password_signs_in_and_signing_out_ends_it(session, researcher, app):
    with app.app_context():
        hashed = hash_password(PASSWORD)
    with transaction(session):
        session.get_one(Researcher, researcher).password = hashed
    session.rollback()
    visitor = Visitor(app)
    visitor.open("/sign-in")
    page = visitor.press("Sign in", email="lead@institute.example", password=PASSWORD)
    assert page.h1 == "Studies"
    visitor.press("Sign out")
    assert visitor.ask("GET", "/studies/").status_code == 303


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(session, researcher, app):
    with app.app_context():
        hashed = hash_password(PASSWORD)
    with transaction(session):
        session.get_one(Researcher, researcher).password = hashed
    session.rollback()
    said = []
    for email in ("lead@institute.example", "nobody@institute.example"):
        visitor = Visitor(app)
        visitor.open("/sign-in")
        page = visitor.press("Sign in", email=email, password="something else entirely")
        assert page.h1 == "Sign in"
        said.append(page.text)
    assert said[0] == said[1]


def test_an_account_without_a_password_cannot_sign_in_with_one(session, researcher, app):
    visitor = Visitor(app)
    visitor.open("/sign-in")
    for password in ("", "x", PASSWORD):
        page = visitor.press("Sign in", email="lead@institute.example", password=password)
        assert page.h1 == "Sign in"


def test_whoever_is_not_signed_in_is_led_there_and_back(story, lead, app):
    visitor = Visitor(app)
    answer = visitor.ask("GET", f"{lead.study}/panel")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in?next=")


def test_nobody_can_register_or_sign_out_by_a_link(app):
    visitor = Visitor(app)
    assert visitor.ask("GET", "/register").status_code == 404
    answer = visitor.ask("GET", "/sign-out")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_the_language_of_the_pages_is_the_researchers_own(story, lead):
    lead.open("/studies/")
    page = lead.press("Nederlands")
    assert page.language == "nl"
    assert story.anew().session.scalars(select(Researcher.language)).one() == "nl"
    assert lead.open(lead.study).language == "nl"
