"""The page for lost links: the same answer, the same work for every address; the mail at the other end."""

import pytest
from sqlalchemy import event, select

from surveys import worker
from surveys.models.base import db, transaction
from surveys.models.invitation import LinkRequest
from surveys.models.panel import EarlierAnswers
from surveys.services import withdrawing
from surveys.services.turnstile import MOST_REQUESTS_OF_A_CLIENT
from tests.actors.mailbox import text_of
from tests.actors.visitor import Visitor

KNOWN, UNKNOWN = "expert3@panel.example", "nobody@panel.example"


def ask(visitor, address):
    visitor.open("/lost-link")
    return visitor.press("Send my link", email=address)


def test_the_link_comes_through_the_mail_server_and_leads_in(app, story, mailbox):
    page = ask(Visitor(app), f" {KNOWN.upper()} ")
    assert page.h1 == "Look into your mailbox"
    worker.sweep(app)
    (letter,) = mailbox.to(KNOWN)
    assert letter["Subject"] == "Your personal link: A small study"
    text = text_of(letter)
    assert f"https://rondo.institute.example{story.link(3)}" in text
    assert "Round 2 is open. What you have answered so far is kept." in text
    assert "It is open until" in text
    expert = Visitor(app)
    assert expert.arrive(story.link(3)).h1 == "Your opinion"


def test_the_mail_speaks_the_experts_language(app, story, mailbox):
    ask(Visitor(app), "expert2@panel.example")
    worker.sweep(app)
    (letter,) = mailbox.to("expert2@panel.example")
    assert letter["Content-Language"] == "nl"
    assert letter["Subject"] == "Uw persoonlijke link: Een kleine studie"


def test_while_no_round_is_open_the_mail_says_so(app, story, mailbox):
    story.close(2)
    ask(Visitor(app), KNOWN)
    worker.sweep(app)
    (letter,) = mailbox.to(KNOWN)
    assert "No round is open right now." in text_of(letter)
    assert story.link(3) in text_of(letter)


@pytest.mark.parametrize("choice", list(EarlierAnswers))
def test_who_left_gets_no_mail_and_the_same_answer(app, story, mailbox, choice):
    with transaction(story.session):
        withdrawing.withdraw(
            story.session,
            story.expert(3),
            earlier_answers=choice,
            actor="expert",
            at=story.now,
        )
    assert ask(Visitor(app), KNOWN).h1 == "Look into your mailbox"
    worker.sweep(app)
    assert mailbox.letters == []


def test_known_and_unknown_addresses_get_the_same_bytes_and_cost_the_same_statements(app, story):
    told = {}
    for address in (KNOWN, UNKNOWN, "expert1@panel.example"):
        visitor = Visitor(app)
        visitor.open("/lost-link")
        statements = []

        def note(_c, _cur, statement, *_rest, kept=statements):
            kept.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        answer = visitor.send("Send my link", email=address)
        event.remove(engine, "before_cursor_execute", note)
        following = visitor.ask("GET", answer.headers["Location"])
        told[address] = (
            answer.status_code,
            sorted(name for name, _value in answer.headers),
            answer.data,
            answer.headers["Location"],
            following.data,
            statements,
        )
    assert len(told[KNOWN][-1]) > 0
    assert told[KNOWN] == told[UNKNOWN] == told["expert1@panel.example"]


@pytest.mark.parametrize(
    "typed", ["", " ", "no address", "a@b@c.example", "x" * 300, "é@", "\x00@x.example"]
)
def test_what_cannot_be_an_address_is_told_beside_the_field_and_kept(app, story, typed):
    page = ask(Visitor(app), typed)
    assert page.status == 422
    assert "This cannot be an e-mail address." in page.text
    kept = page.one("input", id="email").attrs["value"]
    assert kept == typed[:254]
    assert story.anew().session.scalars(select(LinkRequest)).all() == []


def test_a_client_that_asks_too_often_is_told_to_wait(app, story):
    visitor = Visitor(app)
    for number in range(MOST_REQUESTS_OF_A_CLIENT):
        assert ask(visitor, f"n{number}@x.example").status == 200
    for address in (KNOWN, UNKNOWN):
        page = ask(visitor, address)
        assert (page.status, page.h1) == (429, "Too many tries")


def test_a_form_left_open_too_long_says_what_to_do(app, story):
    visitor = Visitor(app)
    answer = visitor.ask("POST", "/lost-link", data={"email": KNOWN})
    assert answer.status_code == 400
    assert "Load the page again and repeat the last step." in visitor.page.text


@pytest.mark.parametrize("way", ["/p/unknown", "/e/nobody/", "/nowhere", "/"])
def test_every_page_about_links_leads_there(app, story, way):
    visitor = Visitor(app)
    page = visitor.open(way)
    (link,) = [node for node in page.all("a") if "/lost-link" in node.attrs["href"]]
    assert visitor.open(link.attrs["href"]).h1 == "Have your link sent again"


def test_who_has_left_is_not_led_there(app, story):
    with transaction(story.session):
        withdrawing.withdraw(
            story.session,
            story.expert(3),
            earlier_answers=EarlierAnswers.KEEP,
            actor="expert",
            at=story.now,
        )
    link = f"/p/{story.links.token(story.participation(3), 1)}"
    page = Visitor(app).open(link)
    assert page.status == 410
    assert not [node for node in page.all("a") if "/lost-link" in node.attrs["href"]]


def test_the_pages_speak_the_visitors_language(app, story):
    visitor = Visitor(app, language="fr")
    page = visitor.open("/lost-link")
    assert page.language == "fr"
    page = visitor.press(form=page.form_with(field="email"), email=UNKNOWN)
    assert page.language == "fr"
    assert visitor.open("/lost-link?language=de").language == "de"
