"""One's own account: a link by mail, a second factor, recovery codes, and what each refuses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask_security.utils import hash_password
from sqlalchemy import func, select

from surveys import create_app, worker
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.invitation import AccountMail, LinkRequest, MailState
from surveys.models.researcher import OneTimeSignIn, Researcher
from surveys.services.turnstile import MOST_MAILS_TO_AN_ADDRESS, MOST_REQUESTS_OF_A_CLIENT
from tests.actors.visitor import Visitor
from tests.factories import make_researcher

ADDRESS = "lead@institute.example"
PASSWORD = "a long pass phrase with spaces"


@pytest.fixture
def settings(port, mailbox):
    """Mail goes through a real server."""
    return {
        "public_url": f"http://127.0.0.1:{port}",
        "mail_host": "127.0.0.1",
        "mail_port": mailbox.port,
    }


@pytest.fixture
def researcher(session, app):
    made = make_researcher(session)
    with app.app_context():
        hashed = hash_password(PASSWORD)
    with transaction(session):
        session.get_one(Researcher, made).password = hashed
    session.rollback()
    return made


@pytest.fixture
def visitor(app, researcher):
    """Signed in with the password."""
    visitor = Visitor(app)
    signed_in_with_password(visitor)
    return visitor


def signed_in_with_password(visitor, password=PASSWORD):
    visitor.open("/sign-in")
    return visitor.press("Sign in", email=ADDRESS, password=password)


def code_at(key, at):
    """What an authenticator app shows: RFC 6238 by hand, not by the library that checks it."""
    secret = base64.b32decode(key.replace("-", "").replace(" ", "").upper())
    counter = int(at.timestamp() // 30).to_bytes(8, "big")
    digest = hmac.new(secret, counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def with_second_factor(visitor):
    """Set it up; return the key that the app on the phone holds."""
    visitor.open("/account/second-factor")
    visitor.press("Set up")
    key = visitor.page.all("code", class_="secret-key")[0].text
    page = visitor.press("Switch it on", code=code_at(key, datetime.now(UTC)))
    assert page.h1 == "Your account", page.text
    return key


def with_recovery_codes(visitor):
    visitor.open("/account/recovery-codes")
    page = visitor.press("Make recovery codes")
    return [node.text for node in page.all("ul", class_="codes")[0].all("code")]


# --- a link by mail


def test_a_forgotten_password_is_replaced_through_a_link_by_mail(session, app, researcher, mailbox):
    visitor = Visitor(app)
    visitor.open("/sign-in/forgotten")
    assert visitor.press("Send me a link", email=ADDRESS.upper()).h1 == "Look into your mail"
    worker.sweep(app)
    (letter,) = mailbox.to(ADDRESS)
    assert letter["Subject"] == "Your link to sign in to Rondo"
    link = re.search(r"/sign-in/once/\S+", letter.get_content())[0]
    assert visitor.sign_in(link).h1 == "Studies"
    visitor.open("/account/password")
    visitor.press(
        "Keep this password", password="quite another phrase", again="quite another phrase"
    )
    visitor.press("Sign out")
    assert signed_in_with_password(visitor).h1 == "Sign in"
    assert signed_in_with_password(visitor, "quite another phrase").h1 == "Studies"


def test_nobody_learns_which_addresses_have_an_account(session, app, researcher, mailbox):
    said = []
    for address in (ADDRESS, "nobody@institute.example"):
        visitor = Visitor(app)
        visitor.open("/sign-in/forgotten")
        said.append(visitor.press("Send me a link", email=address).text)
    assert said[0] == said[1]
    worker.sweep(app)
    assert mailbox.recipients == [[ADDRESS]]
    trail = session.scalars(select(AuditEvent).where(AuditEvent.act == "sign-in link asked for"))
    assert [event.details for event in trail] == [{}, {}], "no address in the trail"


def test_who_presses_again_and_again_gets_one_letter(session, app, researcher, mailbox):
    visitor = Visitor(app)
    for _ in range(3):
        visitor.open("/sign-in/forgotten")
        visitor.press("Send me a link", email=ADDRESS)
    owed = session.scalar(select(func.count(AccountMail.id)))
    worker.sweep(app)
    # Two only where a new ten minutes began in between.
    assert len(mailbox.letters) == owed <= 2


def test_an_address_gets_so_many_links_an_hour_and_a_client_asks_so_often(
    session, app, researcher, mailbox
):
    visitor = Visitor(app)
    visitor.open("/sign-in/forgotten")
    for turn in range(MOST_REQUESTS_OF_A_CLIENT):
        address = ADDRESS if turn < MOST_MAILS_TO_AN_ADDRESS + 2 else f"{turn}@elsewhere.example"
        assert visitor.post("/sign-in/forgotten", email=address).status_code == 200
        visitor.open("/sign-in/forgotten")
    assert visitor.post("/sign-in/forgotten", email=ADDRESS).status_code == 429
    asked = select(func.count(AuditEvent.id)).where(AuditEvent.act == "sign-in link asked for")
    unheeded = 2
    assert session.scalar(asked) == MOST_REQUESTS_OF_A_CLIENT - unheeded
    marks = session.scalars(select(LinkRequest.address_mark)).all()
    assert len(marks) == MOST_REQUESTS_OF_A_CLIENT
    assert "example" not in "".join(marks)


def test_the_link_is_stored_nowhere_and_made_when_the_letter_goes_out(
    session, app, researcher, mailbox
):
    visitor = Visitor(app)
    visitor.open("/sign-in/forgotten")
    visitor.press("Send me a link", email=ADDRESS)
    assert session.scalar(select(func.count(OneTimeSignIn.id))) == 0
    session.rollback()
    worker.sweep(app)
    token = re.search(r"/sign-in/once/(\S+)", mailbox.letters[0].get_content())[1]
    assert token not in session.scalars(select(OneTimeSignIn.token_hash)).all()
    assert session.scalars(select(AccountMail.state)).one() is MailState.SENT


@pytest.mark.parametrize("typed", ["", "x", "@", "a b@c", "é" * 400])
def test_what_is_no_address_is_said_and_kept(app, typed):
    visitor = Visitor(app)
    visitor.open("/sign-in/forgotten")
    page = visitor.press("Send me a link", email=typed)
    assert page.status == 422
    assert "Please type an e-mail address." in page.text
    assert page.all("input", id="email")[0].attrs["value"] == typed


# --- name


def test_the_name_is_changed_and_a_missing_one_is_refused(session, visitor):
    visitor.open("/account")
    page = visitor.press("Keep the name", name="   ")
    assert (page.status, "A name has 1 to 120 characters." in page.text) == (422, True)
    visitor.open("/account")
    visitor.press("Keep the name", name=" Ana Peeters ")
    assert session.scalars(select(Researcher.name)).one() == "Ana Peeters"


@pytest.mark.parametrize(
    "address",
    ["/account", "/account/second-factor", "/account/recovery-codes", "/account/passkeys"],
)
def test_an_account_opens_to_nobody_who_is_not_signed_in(app, address):
    answer = Visitor(app).ask("GET", address)
    assert answer.status_code in (302, 303)
    assert answer.headers["Location"].startswith("/sign-in")


# --- second factor


def test_signing_in_asks_for_the_code(session, app, visitor):
    key = with_second_factor(visitor)
    visitor.press("Sign out")
    page = signed_in_with_password(visitor)
    assert page.h1 == "Code from your phone"
    assert visitor.ask("GET", "/studies/").status_code == 303, "the password alone opens nothing"
    visitor.open("/sign-in/code")
    page = visitor.press("Sign in", code="000000")
    assert "This code is not right" in page.text
    # The next code: the one that switched it on is spent.
    later = datetime.now(UTC) + timedelta(seconds=30)
    assert visitor.press("Sign in", code=code_at(key, later)).h1 == "Studies"
    acts = session.scalars(select(AuditEvent.act).where(AuditEvent.actor.startswith("researcher")))
    assert "second factor changed" in acts.all()


def test_a_link_by_mail_asks_for_the_code_too(session, app, visitor, mailbox):
    with_second_factor(visitor)
    other = Visitor(app)
    other.open("/sign-in/forgotten")
    other.press("Send me a link", email=ADDRESS)
    worker.sweep(app)
    link = re.search(r"/sign-in/once/\S+", mailbox.letters[0].get_content())[0]
    assert other.sign_in(link).h1 == "Code from your phone"
    assert other.ask("GET", "/studies/").status_code == 303


def test_a_wrong_code_switches_nothing_on(session, visitor):
    visitor.open("/account/second-factor")
    visitor.press("Set up")
    page = visitor.press("Switch it on", code="123456")
    assert "This code is not right" in page.text
    assert session.scalars(select(Researcher.tf_primary_method)).one() is None


def test_it_is_switched_off_again(session, visitor):
    with_second_factor(visitor)
    visitor.open("/account/second-factor")
    page = visitor.press("Switch it off")
    assert "asks for no code any more" in page.text
    visitor.press("Sign out")
    assert signed_in_with_password(visitor).h1 == "Studies"


def test_secret_and_codes_are_not_readable_in_the_database(session, visitor):
    key = with_second_factor(visitor)
    codes = with_recovery_codes(visitor)
    row = session.execute(select(Researcher.tf_totp_secret, Researcher.mf_recovery_codes)).one()
    stored = f"{row.tf_totp_secret} {row.mf_recovery_codes}"
    assert key.replace("-", "") not in stored
    assert not any(code in stored for code in codes)


def test_a_recovery_code_opens_the_account_once(session, visitor):
    with_second_factor(visitor)
    codes = with_recovery_codes(visitor)
    assert len(set(codes)) == 8
    for attempt, expected in ((codes[0], "Studies"), (codes[0], "Recovery code")):
        visitor.open("/studies/")
        if visitor.page.h1 == "Studies":
            visitor.press("Sign out")
        signed_in_with_password(visitor)
        visitor.open("/sign-in/recovery-code")
        assert visitor.press("Sign in", code=attempt).h1 == expected
    assert "none of your unused recovery codes" in visitor.page.text
    session.rollback()
    assert len(session.scalars(select(Researcher.mf_recovery_codes)).one()) == 7


def test_nothing_of_the_account_is_changed_long_after_signing_in(visitor):
    with visitor.browser.session_transaction(path="/account") as cookie:
        cookie["fs_paa"] -= 3_600
    page = visitor.open("/account/second-factor")
    assert page.h1 == "Is it still you?"
    assert "This is not your password." in visitor.press("Go on", password="wrong").text
    assert visitor.press("Go on", password=PASSWORD).h1 == "Second factor"


def test_the_librarys_way_around_a_lost_phone_is_closed(app):
    """It would send a mail that nobody reads."""
    visitor = Visitor(app)
    assert visitor.ask("GET", "/tf-rescue").status_code == 404
    visitor.open("/sign-in")
    assert visitor.post("/tf-rescue", help_setup="help").status_code == 404


def test_passwords_of_people_are_hashed_slowly(tmp_path):
    """All other tests hash them as cheaply as can be (tests/engines.py)."""
    made = create_app(tmp_path / "instance").extensions["rondo.security"].pwd_context
    method, _version, cost = made.hash("a password").split("$")[1:4]
    memory, turns, _lanes = (int(one.partition("=")[2]) for one in cost.split(","))
    assert method == "argon2id"
    assert memory >= 64 * 1024
    assert turns >= 3
