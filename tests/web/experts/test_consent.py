"""Consent: asked anew when the text changes, and nothing that was on its way is lost meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.contact import Contact
from surveys.models.panel import Consent
from surveys.models.response import Comment, Rating, SelfRating
from surveys.queries import dataset
from surveys.services import consenting
from tests.factories import both, make_story


def revise(story):
    """A new version of the text holds."""
    with transaction(story.session):
        return consenting.revise(
            story.session,
            story.study,
            text=both("{controller} runs this with a partner.", "{controller} en een partner."),
            statement=story.study.consent["statement"],
            changes=both("A partner has joined.", "Er is een partner bij."),
            naming=True,
            actor=story.actor,
            at=story.now,
        )


def consents(story, number=3):
    """(version, text) of what an expert agreed to, oldest first."""
    return [
        (row.version, row.text)
        for row in story.anew().session.scalars(
            select(Consent).where(Consent.expert_id == story.expert(number).id).order_by(Consent.id)
        )
    ]


def contact(story, number=3):
    return (
        story.anew()
        .session.scalars(select(Contact).where(Contact.expert_id == story.expert(number).id))
        .one()
    )


def send_again(visitor, answer):
    """What a browser does with an answer of 307."""
    assert answer.status_code == 307
    fields = visitor.page.form_with(field="agree").fields
    return visitor.ask("POST", answer.headers["Location"], data=dict(fields))


def test_a_new_version_is_asked_for_at_the_next_visit_and_the_earlier_consent_stays(story, visitor):
    visitor.arrive(story.link(3))
    revise(story)
    page = visitor.open(f"/e/{story.participation(3)}/rounds/2")
    assert page.h1 == "The text about taking part has changed"
    assert "You agreed to an earlier version on" in page.text
    assert "What has changed: A partner has joined." in page.text
    then = page.one("div", class_="notice").all("details")[0]
    assert then.text == "The text you agreed to thenTest Institute runs this."
    assert "Test Institute runs this with a partner." in page.text
    assert visitor.press("Agree and go on", agree="yes").h1 == "Your opinion"
    assert consents(story) == [
        ("1", "Test Institute runs this."),
        ("2", "Test Institute runs this with a partner."),
    ]


def test_who_comes_after_the_change_sees_the_new_text_alone(story, visitor):
    revise(story)
    visitor.open(story.link(3))
    page = visitor.press("Start")
    assert page.h1 == "Before you take part"
    assert "What has changed" not in page.text
    assert visitor.press("Take part", agree="yes").h1 == "Your opinion"
    assert consents(story) == [("2", "Test Institute runs this with a partner.")]


def test_answers_on_their_way_without_script_wait_for_the_agreement(story, visitor):
    visitor.arrive(story.link(3))
    one = story.place(2, "S01")
    revise(story)
    text = 'Two lines\r\nand <b>marks</b> & "quotes"'
    page = visitor.press("Save", **{f"a-{one}": "4", f"c-{one}": text})
    assert (page.status, page.h1) == (409, "The text about taking part has changed")
    assert "is not saved yet" in page.text
    assert visitor.press("Agree and go on").status == 422, "the box was not ticked"
    answer = send_again(visitor, visitor.send("Agree and go on", agree="yes"))
    assert answer.status_code == 303
    session = story.anew().session
    assert session.scalars(select(Rating.value).where(Rating.round_item_id == one)).all() == [4]
    assert session.scalars(select(Comment.text)).all() == [text.replace("\r\n", "\n")]


def test_what_a_script_sends_meanwhile_is_refused_with_the_reason(story, visitor):
    visitor.arrive(story.link(3))
    revise(story)
    where = f"/e/{story.participation(3)}/rounds/2/answers"
    answer = visitor.script(where, {f"a-{story.place(2, 'S01')}": "4"})
    assert (answer.status_code, answer.json["problem"]) == (403, "Please give your consent first.")


@pytest.mark.parametrize(
    "onward",
    ["https://evil.example/", "//evil.example/", "/studies/", "/e/other/rounds/2", "rounds/2"],
)
def test_agreeing_leads_to_no_other_place(story, visitor, onward):
    visitor.arrive(story.link(3))
    where = f"/e/{story.participation(3)}"
    answer = visitor.post(f"{where}/consent", agree="yes", onward=onward)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{where}/")


def test_who_will_not_agree_may_leave_from_there(story, visitor):
    visitor.arrive(story.link(3))
    revise(story)
    page = visitor.open(f"/e/{story.participation(3)}/")
    (link,) = [node for node in page.all("a") if node.text == "I would rather stop"]
    assert visitor.open(link.attrs["href"]).h1 == "Leave the study"


def test_the_changed_text_speaks_the_experts_language(story, visitor):
    visitor.arrive(story.link(2))
    revise(story)
    page = visitor.open(f"/e/{story.participation(2)}/")
    assert page.language == "nl"
    assert "Er is een partner bij." in page.text


# --- the wish to be named


@pytest.mark.parametrize(("ticked", "wish"), [({"name_me": "yes"}, True), ({}, False)])
def test_the_wish_is_asked_with_the_consent_and_kept_with_the_identity(
    story, visitor, ticked, wish
):
    assert contact(story).wants_naming is None
    visitor.open(story.link(3))
    page = visitor.press("Start")
    assert "checked" not in page.one("input", id="name_me").attrs, "nothing is preset"
    visitor.press("Take part", agree="yes", **ticked)
    assert contact(story).wants_naming is wish


def test_the_wish_stands_nowhere_but_with_the_identity(story, visitor):
    visitor.open(story.link(3))
    visitor.press("Start")
    visitor.press("Take part", agree="yes", name_me="yes")
    session = story.anew().session
    (event,) = session.scalars(
        select(AuditEvent).where(AuditEvent.act == "wish about naming noted")
    )
    assert (event.actor, event.details) == ("expert:E03", {})
    assert "naming" not in repr(dataset.of_study(session, story.study))


def test_when_the_text_changes_the_wish_stands_as_it_was(story, visitor):
    visitor.open(story.link(3))
    visitor.press("Start")
    visitor.press("Take part", agree="yes", name_me="yes")
    revise(story)
    page = visitor.open(f"/e/{story.participation(3)}/")
    assert "checked" in page.one("input", id="name_me").attrs
    visitor.press("Agree and go on", agree="yes")
    assert contact(story).wants_naming is True


def three_days_ago():
    return datetime.now(UTC) - timedelta(days=3)


def test_a_study_that_names_nobody_does_not_ask(session, links, visitor):
    consent = {"version": "1", "text": both("Text."), "statement": both("I take part.")}
    story = make_story(
        session, at=three_days_ago(), links=links, consent={**consent, "naming": False}
    )
    story.launch(1)
    visitor.open(story.link(3))
    page = visitor.press("Start")
    assert not page.all("input", id="name_me")
    visitor.press("Take part", agree="yes", name_me="yes")
    assert contact(story).wants_naming is None


def test_expertise_on_its_way_is_carried_along(session, links, visitor):
    story = make_story(session, at=three_days_ago(), links=links, expertise="item")
    story.until_round_2()
    visitor.arrive(story.link(3))
    revise(story)
    visitor.press("Save", **{f"a-k{story.place(2, 'S01')}": "5"})
    send_again(visitor, visitor.send("Agree and go on", agree="yes"))
    assert story.anew().session.scalars(select(SelfRating.level)).all() == [5]
