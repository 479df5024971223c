"""Evidence put under an item of a draft by a researcher."""

from datetime import UTC, datetime, timedelta

import pytest

from surveys.items.media import LARGEST_PDF
from tests.actors.visitor import Visitor
from tests.factories import make_story
from tests.pictures import pdf, png


@pytest.fixture
def story(session, links):
    """Nothing launched yet."""
    return make_story(session, at=datetime.now(UTC) - timedelta(days=3), links=links)


@pytest.fixture
def desk(story, lead):
    """The lead on the page of what S01 rests on."""
    lead.address = f"{lead.study}/rounds/2/items/{story.place(2, 'S01')}/evidence"
    lead.open(lead.address)
    return lead


TITLES = {"title-en": "The trial", "title-nl": "De studie"}


def send(desk, *, file=None, **typed):
    """Send the form as a browser does, with or without a file."""
    content, name = file or (b"", "")
    fields = {"csrf_token": desk.token, **TITLES, **typed}
    parts = [f'name="{field}"\r\n\r\n{value}'.encode() for field, value in fields.items()]
    head = f'name="file"; filename="{name}"\r\nContent-Type: text/html\r\n\r\n'
    parts.append(head.encode() + content)
    body = b"".join(
        b"--parts\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts
    )
    answer = desk.ask(
        "POST",
        desk.address,
        data=body + b"--parts--\r\n",
        content_type="multipart/form-data; boundary=parts",
    )
    return desk.open(answer.headers["Location"]) if answer.status_code == 303 else desk.page


def evidence(story):
    return story.anew().asked(2)["S01"].evidence or []


def test_a_page_is_attached_and_taken_off(story, desk):
    page = send(desk, url="https://who.int/trial")
    assert "The evidence was attached." in page.text
    assert "who.int" in page.text
    assert len(evidence(story)) == 1
    overview = desk.open(f"{desk.study}/rounds/2")
    assert "Evidence (1)" in overview.text
    desk.open(desk.address)
    page = desk.press("Take off")
    assert "The evidence was taken off." in page.text
    assert evidence(story) == []


def test_a_picture_is_attached_shown_and_sent_to_the_team(story, desk):
    page = send(
        desk,
        file=(png(), "map.png"),
        **{"alt-en": "A map of Ghent", "alt-nl": "Een kaart van Gent"},
    )
    (image,) = page.all("img")
    assert image.attrs["alt"] == "A map of Ghent"
    answer = desk.ask("GET", image.attrs["src"])
    assert answer.data == png()
    answer.close()
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    stranger = Visitor(desk.browser.application)
    assert stranger.ask("GET", image.attrs["src"]).status_code == 303  # to the sign-in


def test_a_file_may_be_larger_than_any_other_request(story, desk):
    content = pdf(stream=b"x" * 2_000_000)
    send(desk, file=(content, "long trial.pdf"))
    (entry,) = evidence(story)
    assert entry["file"]["size"] == len(content)


def test_a_request_that_is_larger_still_is_refused_before_it_is_read(story, desk):
    send(desk, file=(b"x" * (LARGEST_PDF + 300_000), "a.pdf"))
    assert desk.response.status_code == 413
    assert evidence(story) == []


def test_no_other_page_takes_as_much(story, lead):
    lead.open(f"{lead.study}/rounds/2/statements/{story.place(2, 'S01')}")
    answer = lead.ask("POST", lead.at, data={"csrf_token": lead.token, "wording_en": "x" * 600_000})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("file", "typed", "said"),
    [
        (None, {}, "one of a web address, a text and a file"),
        (None, {"url": "javascript:alert(1)"}, "is not a whole web address"),
        ((b"<svg onload='alert(1)'>", "a.png"), {}, "Only PDF files"),
        ((b"<script>alert(1)</script>", "a.pdf"), {}, "Only PDF files"),
        ((png(), "a.png"), {}, "what the picture shows"),
        ((pdf(b"/OpenAction << /JS (x) >>"), "a.pdf"), {}, "holds scripts"),
        ((b"", "empty.pdf"), {}, "This file is empty"),
    ],
)
def test_what_cannot_be_shown_is_refused_and_keeps_what_was_typed(story, desk, file, typed, said):
    page = send(desk, file=file, **typed)
    assert page.status == 422
    assert said in page.text
    assert page.one("input", id="title-en").attrs["value"] == "The trial"
    assert evidence(story) == []


def test_what_a_launched_item_rests_on_is_not_changed_by_a_page_left_open(story, desk):
    story.launch(1)
    story.answer(1, 1, {"Q1": "A word."})
    story.close(1)
    story.launch(2)
    page = send(desk, url="https://who.int/trial")
    assert "has been launched: what experts see is not changed any more" in page.text
    assert evidence(story) == []


@pytest.mark.parametrize("place", [0, 999_999, 10**30])
def test_the_evidence_of_an_item_that_is_none_is_not_found(lead, place):
    assert lead.open(f"{lead.study}/rounds/2/items/{place}/evidence").status == 404
