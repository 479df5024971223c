"""One's own data: all of it, every version, to that expert alone, and that it was taken is kept."""

import io
import json
import zipfile

from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.contact import Contact
from tests.actors.visitor import Visitor


def where(story, number=3):
    return f"/e/{story.participation(number)}/data"


def revised(story, visitor):
    """Expert 3 rated S01 three times and wrote a comment twice."""
    visitor.arrive(story.link(3))
    for value, text in ((2, "At first."), (4, "On second thought."), (5, None)):
        story.keep(3, 2, {"S01": value}, {"S01": text} if text else {})
        story.later(minutes=5)
    return visitor.open(where(story))


def test_every_version_is_shown_with_what_stands_first(story, visitor):
    page = revised(story, visitor)
    assert page.h1 == "Your data"
    said = page.one("section", aria_labelledby="said").text
    assert "S01 Statement 1 holds." in said
    assert said.index("point 5") < said.index("2 earlier versions") < said.index("point 4")
    assert said.index("point 4") < said.index("point 2")
    assert said.index("On second thought.") < said.index("At first.")
    assert "Name of 3" in page.text
    assert "expert3@panel.example" in page.text


def test_every_page_leads_there_and_no_consent_is_needed(story, visitor):
    visitor.open(story.link(3))
    page = visitor.press("Start")
    (link,) = [node for node in page.all("a") if node.text == "Your data"]
    assert visitor.open(link.attrs["href"]).h1 == "Your data"


def take(visitor):
    answer = visitor.send("Take all of it in one file")
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        return packed.read("your-data.html").decode(), json.loads(packed.read("your-data.json"))


def test_the_file_holds_it_for_people_and_for_programs(story, visitor):
    revised(story, visitor)
    html, rows = take(visitor)
    assert "On second thought." in html
    assert [row["value"] for row in rows["tables"]["rating"]] == [2, 4, 5]
    assert [row["text"] for row in rows["tables"]["comment"]] == ["At first.", "On second thought."]
    assert rows["tables"]["contact"][0]["email"] == "expert3@panel.example"
    assert rows["tables"]["consent"][0]["text"] == "Test Institute runs this."
    assert rows["tables"]["outbox"]
    assert "own data taken" in [line["act"] for line in rows["trail"]]


def test_nothing_of_anybody_else_and_no_secret_is_in_it(story, visitor):
    story.keep(1, 2, {"S01": 1}, {"S01": "Of somebody else."})
    revised(story, visitor)
    html, rows = take(visitor)
    told = html + json.dumps(rows)
    assert "Of somebody else." not in told
    assert "expert1@panel.example" not in told
    assert "token_hash" not in told
    assert {row["id"] for row in rows["tables"]["expert"]} == {story.anew().expert(3).id}


def test_that_it_was_taken_is_kept_in_the_trail(story, visitor):
    revised(story, visitor)
    take(visitor)
    (event,) = story.anew().session.scalars(
        select(AuditEvent).where(AuditEvent.act == "own data taken")
    )
    assert (event.actor, event.details) == ("expert:E03", {})
    assert visitor.ask("GET", f"{where(story)}/file").status_code == 405


def test_it_speaks_the_experts_language(story, app):
    dutch = Visitor(app)
    dutch.arrive(story.link(2))
    page = dutch.open(where(story, 2))
    assert (page.language, page.h1) == ("nl", "Uw gegevens")


def test_the_wish_to_be_named_is_changed_here(story, visitor):
    visitor.arrive(story.link(3))
    visitor.open(where(story))
    page = visitor.press("Keep this wish", name_me="yes", named_as="Prof. Three")
    assert page.one("input", id="named_as").attrs["value"] == "Prof. Three"
    kept = (
        story.anew()
        .session.scalars(select(Contact).where(Contact.expert_id == story.expert(3).id))
        .one()
    )
    assert (kept.wants_naming, kept.named_as) == (True, "Prof. Three")
