"""The tab Mail: texts with a preview, reminders by plan, the stop list, the log."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from surveys import worker
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.invitation import MailState, Outbox
from surveys.models.researcher import Researcher
from surveys.services import signing_in
from surveys.web.researchers import mail_log
from tests.actors.mailbox import text_of
from tests.actors.visitor import Visitor
from tests.factories import make_story


@pytest.fixture
def settings(mailbox):
    return {
        "public_url": "https://rondo.institute.example",
        "mail_host": "127.0.0.1",
        "mail_port": mailbox.port,
    }


@pytest.fixture
def story(app, session):
    now = datetime.now(UTC)
    return make_story(session, experts=4, at=now, links=app.extensions["rondo.links"])


@pytest.fixture
def visitor(app, story):
    with transaction(story.session):
        lead = story.session.scalars(select(Researcher)).one()
        token = signing_in.offer(story.session, lead, datetime.now(UTC))
    story.session.rollback()
    visitor = Visitor(app)
    visitor.sign_in(f"/sign-in/once/{token}")
    return visitor


@pytest.fixture
def here(story):
    return f"/studies/{story.study.public_id}/mail"


def launch(story):
    story.launch(1, closes_at=story.now + timedelta(days=14))


def keep(visitor, here, *, subject="Please, {name}", body="See {link} and **hurry**."):
    visitor.open(f"{here}/texts/invitation/en")
    return visitor.press("Keep this text", subject=subject, body=body)


def acts(story):
    return list(story.anew().session.scalars(select(AuditEvent.act).order_by(AuditEvent.id)))


# --- texts


def test_a_text_of_ones_own_is_what_experts_get_as_text_and_as_html(
    app, story, visitor, here, mailbox
):
    assert "From now on this is sent." in keep(visitor, here).text
    launch(story)
    worker.sweep(app, story.now)
    (letter,) = mailbox.to("expert1@panel.example")
    assert letter["Subject"] == "Please, Name of 1"
    link = f"https://rondo.institute.example{story.link(1)}"
    assert f"See {link} and hurry." in text_of(letter)
    html = letter.get_body(("html",)).get_content()
    assert f'<a href="{link}">' in html
    assert "<strong>hurry</strong>" in html
    # The other language has no text of its own, so the standard one stands.
    (dutch,) = mailbox.to("expert2@panel.example")
    assert "U bent uitgenodigd" in text_of(dutch)
    assert "mail text changed" in acts(story)


@pytest.mark.parametrize(
    ("subject", "body", "said"),
    [
        ("Round", "No way in.", "{link} is missing"),
        ("Round", "See {link}, {nmae}.", "has no place called {nmae}"),
        ("Round", "See {link}. Your receipt: {receipt}", "has no place called {receipt}"),
        ("", "See {link}.", "The subject is empty."),
        ("x" * 200, "See {link}.", "longer than 150 characters"),
    ],
)
def test_what_cannot_be_sent_is_named_and_what_was_typed_stays(visitor, here, subject, body, said):
    page = keep(visitor, here, subject=subject, body=body)
    assert page.status == 422
    assert said in page.text
    assert [node.text for node in page.all("textarea", id="body")] == [body]
    assert "standard text" in visitor.open(here).text


def test_the_preview_shows_what_is_typed_and_keeps_nothing(story, visitor, here):
    visitor.open(f"{here}/texts/reminder/nl")
    page = visitor.press("Preview", subject="Hallo {name}", body="Ga naar {link}. {nope}")
    assert "Hallo Dr Robin Example" in page.text
    assert "has no place called {nope}" in page.text
    answer = visitor.post(f"{here}/texts/reminder/nl/preview", subject="Dag", body="**Nu** {link}")
    assert "<strong>Nu</strong>" in answer.json["html"]
    assert "mail text changed" not in acts(story)


def test_what_was_sent_keeps_its_text_and_the_log_leads_to_it(app, story, visitor, here):
    launch(story)
    worker.sweep(app, story.now)
    keep(visitor, here, body="Newer words: {link}")
    page = visitor.open(f"{here}/log")
    hrefs = {
        node.attrs["href"] for node in page.all("a") if "#version-" in node.attrs.get("href", "")
    }
    assert f"{here}/texts/invitation/en#version-1" in hrefs
    page = visitor.open(f"{here}/texts/invitation/en")
    assert "Version 1 · standard text" in page.text
    assert "2 mails sent" in page.text
    assert "Version 2 · your text" in page.text
    page = visitor.press("Back to the standard text")
    assert "Rondo’s standard text." in page.text
    assert acts(story)[-1] == "mail text taken back"


def test_a_trial_of_any_message_in_any_language_says_that_it_is_one(
    app, story, visitor, here, mailbox
):
    visitor.open(f"{here}/texts/receipt/nl")
    visitor.press("Send me a trial of it")
    worker.sweep(app, datetime.now(UTC) + timedelta(minutes=1))
    (letter,) = mailbox.to("lead@institute.example")
    assert letter["Subject"].startswith("Proef · Ontvangen: ronde 1")
    assert "Dit is een proef" in text_of(letter)
    assert "/p/trial" in text_of(letter)
    assert "Uw ontvangstbewijs: " in text_of(letter)


@pytest.mark.parametrize("path", ["texts/nothing/en", "texts/invitation/xx", "texts/link/en"])
def test_what_is_not_there_is_not_found(visitor, here, path):
    assert visitor.open(f"{here}/{path}").status == 404


# --- reminders


def test_a_plan_is_kept_and_said_in_words_with_what_is_still_to_come(story, visitor, here):
    launch(story)
    visitor.open(here)
    page = visitor.press("Keep the plan", days="3; 7", time_zone="Europe/Lisbon")
    assert "reminded 7 and 3 days before the end, on a working day between 8 and 18 h" in page.text
    assert page.text.count("08:00 (Europe/Lisbon)") == 2
    page = visitor.open(f"{here}?round=1")
    assert "So says the plan of the study." in page.text
    page = visitor.press("Keep the plan of round 1", days="")
    assert "Nobody is reminded by itself." in page.text
    page = visitor.press("As the study")
    assert "7 and 3 days" in page.text
    assert acts(story)[-3:] == ["reminders planned", "reminders planned", "reminders as the study"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"days": "soon"}, "whole numbers of days"),
        ({"days": "61"}, "whole numbers of days"),
        ({"days": "1 2 3 4 5 6 7"}, "whole numbers of days"),
        ({"from_hour": "18", "to_hour": "8"}, "the first one earlier"),
        ({"from_hour": "x"}, "the first one earlier"),
        ({"time_zone": "Europe/Atlantis"}, "There is no such time zone."),
    ],
)
def test_a_plan_that_is_none_is_refused_and_stays_typed(story, visitor, here, typed, said):
    visitor.open(here)
    page = visitor.press("Keep the plan", **typed)
    assert page.status == 422
    assert said in page.text
    for name, value in typed.items():
        assert page.all("input", id=name)[0].attrs["value"] == value


# --- who gets no mail


def test_a_researcher_puts_an_expert_on_the_list_and_takes_them_off(story, visitor, here):
    visitor.open(here)
    page = visitor.press("Send no more mail", code="E02", reason="")
    assert page.status == 422
    assert "Please say why" in page.text
    page = visitor.press("Send no more mail", code="e02", reason="On leave")
    assert "On leave" in page.text
    page = visitor.press("Write to E02 again")
    assert "Nobody so far." in page.text
    assert acts(story)[-2:] == ["mail stopped", "mail resumed"]


# --- the log


def test_the_log_shows_what_failed_with_the_servers_words_and_tries_again(
    app, story, visitor, here, mailbox
):
    mailbox.refusal = "550 5.1.1 <expert1@panel.example> no such user"
    launch(story)
    worker.sweep(app, story.now)
    page = visitor.open(f"{here}/log?became=failed")
    assert "The mail server says: 550 5.1.1 <‹address›> no such user" in page.text
    assert "panel.example" not in page.text
    assert "1 to 4 of 4" in page.text
    mailbox.refusal = None
    ids = set(story.anew().session.scalars(select(Outbox.message_id)))
    visitor.press("Try the 4 that failed again")
    worker.sweep(app, datetime.now(UTC) + timedelta(seconds=5))
    assert {letter["Message-ID"] for letter in mailbox.letters} == ids
    assert "4 of 4" in visitor.open(f"{here}/log?became=sent").text
    assert "Nothing here." in visitor.open(f"{here}/log?became=failed").text
    assert set(story.anew().session.scalars(select(Outbox.state))) == {MailState.SENT}


def test_the_log_is_filtered_and_has_pages(app, story, visitor, here, monkeypatch):
    monkeypatch.setattr(mail_log, "ON_A_PAGE", 3)
    launch(story)
    page = visitor.open(f"{here}/log?message=invitation&round=1&page=2")
    assert "4 to 4 of 4" in page.text
    assert re.search(
        r"message=invitation.*page=1|page=1.*message=invitation", visitor.response.text
    )
    assert "Nothing here." in visitor.open(f"{here}/log?message=next").text
    assert "1 to 3 of 4" in visitor.open(f"{here}/log?page=x&round=no&became=what").text


def test_a_part_of_the_log_shows_how_far_it_is(app, story, visitor, here):
    launch(story)
    assert visitor.ask("GET", f"{here}/log/now").json["waiting"] == 4
    worker.sweep(app, story.now)
    now = visitor.ask("GET", f"{here}/log/now?became=sent").json
    assert now["waiting"] == 0
    assert "1 to 4 of 4" in now["html"]


def test_the_result_goes_to_who_answered_once_the_round_is_closed(
    app, story, visitor, here, mailbox
):
    launch(story)
    story.answer(1, 1, {"Q1": "said"})
    story.close(1)
    visitor.open(here)
    visitor.press("Write to 1 expert who answered")
    assert worker.sweep(app, datetime.now(UTC) + timedelta(seconds=5)) == 1
    (letter,) = mailbox.to("expert1@panel.example")
    assert letter["Subject"] == "Round 1 is closed: A small study"
    assert story.link(1) in text_of(letter)
    visitor.open(here)
    assert "written to already" in visitor.press("Write to 1 expert who answered").text
