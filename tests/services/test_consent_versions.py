"""New versions of the consent text, and the wish to be named."""

import pytest
from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.contact import Contact
from surveys.models.panel import Consent, EarlierAnswers
from surveys.queries import panel
from surveys.services import consenting, naming, withdrawing
from tests.factories import both, make_story


@pytest.fixture
def story(session):
    story = make_story(session)
    story.until_round_2()
    return story


def revise(story, **parts):
    given = {
        "text": both("{controller} runs this with a partner."),
        "statement": story.study.consent["statement"],
        "changes": both("A partner has joined."),
        "naming": True,
        **parts,
    }
    with transaction(story.session):
        return consenting.revise(
            story.session, story.study, **given, actor=story.actor, at=story.now
        )


def problems(story, **parts):
    with pytest.raises(consenting.ConsentRefused) as refused:
        revise(story, **parts)
    return [str(problem) for problem in refused.value.problems]


def wish(story, number, named, written=None):
    with transaction(story.session):
        naming.wish(story.session, story.expert(number), named=named, written=written, at=story.now)


def leave(story, number, choice):
    with transaction(story.session):
        withdrawing.withdraw(
            story.session,
            story.expert(number),
            earlier_answers=choice,
            actor="expert",
            at=story.now,
        )


def test_versions_are_counted_and_earlier_consents_stay(story):
    assert consenting.versions_given(story.session, story.study) == {"1": 1}
    assert revise(story) == "2"
    assert revise(story, text=both("Once more.")) == "3"
    assert story.session.scalars(select(Consent.version)).all() == ["1"]
    assert story.study.consent["text"]["en"] == "Once more."


def test_a_version_that_somebody_agreed_to_never_comes_again(story):
    with transaction(story.session):
        consenting.agree(
            story.session, story.expert(2), version="2", language="en", text="x", at=story.now
        )
    leave(story, 2, EarlierAnswers.ERASE)
    assert revise(story) == "3", "a consent of somebody who left counts too"


@pytest.mark.parametrize(("before", "after"), [("1.4", "2"), ("draft", "2"), ("007", "8")])
def test_any_way_of_counting_is_gone_on_with(story, before, after):
    with transaction(story.session):
        story.study.consent = {**story.study.consent, "version": before}
    assert revise(story) == after


def test_the_trail_tells_the_versions_and_a_fingerprint_of_the_text(story):
    revise(story)
    (event,) = story.session.scalars(
        select(AuditEvent).where(AuditEvent.act == "consent text changed")
    )
    assert (event.details["before"], event.details["version"]) == ("1", "2")
    assert len(event.details["hash"]) == 64


def test_nothing_changed_is_no_new_version(story):
    same = {"text": story.study.consent["text"], "changes": both("Nothing.")}
    assert problems(story, **same) == ["Nothing has changed."]


def test_whether_naming_is_asked_changes_no_version(story):
    assert revise(story, text=story.study.consent["text"], naming=False) == "1"
    assert not consenting.asks_about_naming(story.study)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"text": {"en": "Text."}}, "The consent text in “nl” is empty."),
        ({"statement": both(" ", "x")}, "The sentence to tick in “en” is empty."),
        (
            {"changes": both("x", " ")},
            "Please say in “nl” what has changed: experts are asked again.",
        ),
        (
            {"text": both("Ask {nobody}.", "Vraag {controller}.")},
            "The text in “en” holds {nobody}, which is no setting.",
        ),
        ({"text": both("x" * 20_001, "x")}, "A text in “en” is longer than 20000 characters."),
    ],
)
def test_what_is_wrong_is_said(story, parts, said):
    assert problems(story, **parts) == [said]
    assert story.study.consent["version"] == "1"


@pytest.mark.both_engines
def test_before_anybody_agreed_nothing_need_be_said_of_the_change(session):
    assert revise(make_story(session), changes={}) == "2"


# --- the wish


def test_names_are_of_those_who_wish_it_answered_and_stayed(story):
    for number in (2, 3, 4):
        story.keep(number, 2, {"S01": 4})
    wish(story, 1, True, "  Dr  Ada   Lovelace ")
    wish(story, 2, True)
    wish(story, 3, False)
    wish(story, 4, True)
    wish(story, 5, True)
    leave(story, 4, EarlierAnswers.KEEP)
    assert panel.to_be_named(story.session, story.study) == ["Dr Ada Lovelace", "Name of 2"]


@pytest.mark.both_engines
def test_a_wish_can_be_changed_and_keeps_how_the_name_is_written(story):
    wish(story, 1, True, "Ada Lovelace")
    wish(story, 1, False)
    assert panel.to_be_named(story.session, story.study) == []
    wish(story, 1, True)
    assert panel.to_be_named(story.session, story.study) == ["Ada Lovelace"]
    wish(story, 1, True, "")
    assert panel.to_be_named(story.session, story.study) == ["Name of 1"]


def test_each_change_is_noted_and_the_same_again_is_not(story):
    for named in (True, True, False):
        wish(story, 1, named)
    events = story.session.scalars(
        select(AuditEvent).where(AuditEvent.act == "wish about naming noted")
    ).all()
    assert [(event.actor, event.details) for event in events] == [("expert:E01", {})] * 2


@pytest.mark.both_engines
def test_erasing_takes_the_wish_along(story):
    wish(story, 1, True)
    leave(story, 1, EarlierAnswers.ERASE)
    assert story.session.scalars(select(Contact.wants_naming)).all() == [None] * 5
    wish(story, 1, True)
    assert panel.to_be_named(story.session, story.study) == []
