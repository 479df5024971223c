"""A passkey made and used in a browser whose authenticator is simulated by the browser itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from surveys.models.base import transaction
from surveys.models.researcher import Passkey, Researcher
from surveys.services import signing_in
from tests.actors.judges import Judges
from tests.conftest import left_out
from tests.factories import make_researcher

pytestmark = pytest.mark.browser

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def settings(port: int) -> dict[str, Any]:
    """Browsers make passkeys for a name, not for a number."""
    return {"public_url": f"http://localhost:{port}"}


def test_a_passkey_signs_in_instead_of_a_password(app, session, live, browser, port, tmp_path):
    researcher_id = make_researcher(session)
    with transaction(session):
        researcher = session.get_one(Researcher, researcher_id)
        token = signing_in.offer(session, researcher, datetime.now(UTC))
    session.rollback()
    page = browser()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    pages = tmp_path / "pages"
    pages.mkdir()
    judges = Judges(pages, left_out)

    page.goto(f"http://localhost:{port}/sign-in/once/{token}")
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"http://localhost:{port}/account")
    judges.look(page, "account")
    page.get_by_role("link", name="Passkeys", exact=True).click()
    judges.look(page, "passkeys")
    page.get_by_label("Name of the new passkey").fill("Laptop at work")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("The passkey is kept.")).to_be_visible()
    kept = session.scalars(select(Passkey)).one()
    assert (kept.name, kept.usage) == ("Laptop at work", "first")

    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"http://localhost:{port}/sign-in")
    judges.look(page, "sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Studies")

    page.goto(f"http://localhost:{port}/account/passkeys")
    page.get_by_role("button", name="Remove Laptop at work").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    session.rollback()
    assert session.scalars(select(Passkey)).all() == []
    judges.verdict()
