"""Accounts of researchers from the command line, and the language in which they begin."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from surveys.models.researcher import Researcher
from tests.actors.visitor import Visitor


@pytest.fixture
def engine_name():
    return "sqlite"


@pytest.fixture
def command(app):
    """Runs a word of the command line and gives what it printed last."""

    def run(*words):
        # Another app's context may be open, of whoever looks at the rows.
        with app.app_context():
            result = app.test_cli_runner().invoke(args=[*words])
        assert result.exit_code == 0, result.output
        return result.output.split()[-1]

    return run


def language_after_sign_in(app, link, browser):
    return Visitor(app, browser).sign_in(urlsplit(link).path).language


def test_a_new_account_speaks_what_the_browser_asks_for(app, command):
    for browser, speaks in (("nl-BE,nl;q=0.9", "nl"), ("en-GB", "en"), ("fr", "en")):
        link = command("researcher", "sign-in", "new@institute.example")
        assert language_after_sign_in(app, link, browser) == speaks


def test_an_account_can_begin_in_a_language_whatever_the_browser(app, command):
    link = command("researcher", "sign-in", "new@institute.example", "--language", "nl")
    assert language_after_sign_in(app, link, "en") == "nl"


def test_a_language_that_was_chosen_stays_without_the_option(app, command):
    command("researcher", "sign-in", "new@institute.example", "--language", "nl")
    link = command("researcher", "sign-in", "new@institute.example")
    assert language_after_sign_in(app, link, "en") == "nl"


def test_the_lead_of_a_loaded_study_takes_a_language(app, command, session):
    name = "smoking_cessation_mhealth"
    command("study", "load", name, "--lead", "lead@institute.example", "--language", "nl")
    assert session.scalars(select(Researcher.language)).one() == "nl"


def test_a_language_that_researchers_are_not_spoken_to_in_is_refused(app):
    words = ["researcher", "sign-in", "new@institute.example", "--language", "fr"]
    result = app.test_cli_runner().invoke(args=words)
    assert result.exit_code == 2
    assert "'fr' is not one of 'en', 'nl'" in result.output
