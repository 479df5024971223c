"""Evidence on an expert's page, and its files: for the experts of the study and nobody else."""

from datetime import UTC, datetime, timedelta

import pytest

from surveys.items.evidence import StoredFile
from surveys.models.base import transaction
from surveys.services import attaching
from surveys.services.attaching import Described
from tests.actors.visitor import Visitor
from tests.factories import both, make_story
from tests.pictures import pdf, png

TITLE = both("The trial", "De studie")
ALT = both("A <diagonal>", "Een diagonaal")
PIECES = [
    Described(TITLE, url="https://www.who.int/trial.pdf", source=both("Smith 2024")),
    Described(TITLE, text=both("Half **stopped**.", "De helft **stopte**.")),
    Described(TITLE, file_name="map.png", content=png(), alt=ALT),
    Described(TITLE, file_name="trial.pdf", content=pdf()),
]


def with_evidence(session, app):
    """Round 2 is open; S01 rests on one piece of each form."""
    story = make_story(
        session, at=datetime.now(UTC) - timedelta(days=3), links=app.extensions["rondo.links"]
    )
    for described in PIECES:
        with transaction(session):
            attaching.attach(
                session,
                story.study,
                story.asked(2)["S01"],
                described,
                store=app.extensions["rondo.uploads"],
                actor=story.actor,
                at=story.now,
            )
    story.until_round_2()
    return story


@pytest.fixture
def story(session, app):
    return with_evidence(session, app)


def arrived(story, app, expert=1):
    person = Visitor(app, story.expert(expert).language)
    person.arrive(story.link(expert))
    return person


def digest(story, place):
    return StoredFile.load(story.asked(2)["S01"].evidence[place]["file"]).digest


def address(story, place, expert=1):
    return f"/e/{story.participation(expert)}/evidence/{digest(story, place)}"


def test_evidence_is_folded_below_the_statement_in_the_experts_language(story, app):
    item = arrived(story, app, 2).page.one(id=f"i-{story.place(2, 'S01')}")
    (fold,) = item.all("details", class_="rests-on")
    assert fold.text.startswith("Bronnen (4)")
    assert "De helft stopte." in fold.text
    assert "Smith 2024" in fold.text
    other = arrived(story, app, 2).page.one(id=f"i-{story.place(2, 'S02')}")
    assert other.all("details", class_="rests-on") == []


def test_a_picture_says_its_size_and_what_it_shows_and_waits_until_it_is_unfolded(story, app):
    (image,) = arrived(story, app).page.all("img")
    assert (image.attrs["width"], image.attrs["height"]) == ("8", "6")
    assert image.attrs["alt"] == "A <diagonal>"
    assert image.attrs["loading"] == "lazy"


def test_a_picture_is_sent_to_an_expert_as_what_it_is_and_lets_nothing_run(story, app):
    answer = arrived(story, app).ask("GET", address(story, 2))
    assert answer.status_code == 200
    assert answer.data == png()
    answer.close()
    assert answer.mimetype == "image/png"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_pdf_is_sent_to_be_saved(story, app):
    answer = arrived(story, app).ask("GET", address(story, 3))
    assert answer.data == pdf()
    answer.close()
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == "attachment; filename=trial.pdf"


def test_nobody_without_the_cookie_of_the_participation_gets_a_file(story, app):
    assert Visitor(app).ask("GET", address(story, 2)).status_code == 403
    assert arrived(story, app, 1).ask("GET", address(story, 2, 2)).status_code == 403


def test_an_expert_of_another_study_gets_no_file(story, app, session):
    other = make_story(session, at=story.now, links=story.links)
    other.until_round_2()
    person = arrived(other, app)
    foreign = f"/e/{other.participation(1)}/evidence/{digest(story, 2)}"
    assert person.ask("GET", foreign).status_code == 404


@pytest.mark.parametrize("name", ["x", "../keys.json", "%2e%2e%2fkeys.json", "0" * 64, "ü"])
def test_a_file_that_is_none_is_not_found(story, app, name):
    person = arrived(story, app)
    assert person.ask("GET", f"/e/{story.participation(1)}/evidence/{name}").status_code == 404


def test_a_file_that_was_lost_is_not_found(story, app):
    app.extensions["rondo.uploads"].path(digest(story, 2)).unlink()
    assert arrived(story, app).ask("GET", address(story, 2)).status_code == 404


def test_who_left_the_study_gets_no_file(story, app):
    person = arrived(story, app)
    person.open(f"/e/{story.participation(1)}/leave")
    person.press(form=person.page.form_with(field="earlier"), earlier="keep")
    assert person.ask("GET", address(story, 2)).status_code in (403, 410)
