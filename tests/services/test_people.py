"""Experts on the panel, their consent, researchers and their one-time sign-ins."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.contact import Contact
from surveys.models.panel import Consent, Expert
from surveys.models.researcher import OneTimeSignIn, Researcher, Role
from surveys.services import consenting, recruiting, signing_in
from surveys.services.recruiting import Newcomer
from tests.factories import LINKS, MORNING, make_member, make_researcher, make_story


def add(story, **about):
    person = {
        "name": "Dr Noor Peeters",
        "email": "noor@kliniek.example",
        "group": "nurse",
        "language": "nl",
        **about,
    }
    with transaction(story.session):
        return recruiting.add_expert(
            story.session,
            story.study,
            Newcomer(**person),
            links=LINKS,
            actor=story.actor,
            at=story.now,
        ).code


def test_experts_get_pseudonyms_in_turn_and_contacts_stand_apart(session):
    story = make_story(session, experts=2)
    assert add(story) == "E03"
    expert = story.expert(3)
    assert "Peeters" not in repr({c.name: getattr(expert, c.name) for c in Expert.__table__.c})
    contact = session.scalars(select(Contact).where(Contact.expert_id == expert.id)).one()
    assert (contact.name, contact.email) == ("Dr Noor Peeters", "noor@kliniek.example")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "  "},
        {"email": "not an address"},
        {"email": ""},
        {"email": "a@b@c.example"},
        {"group": "astronaut"},
        {"language": "xx"},
    ],
)
def test_a_newcomer_with_something_wrong_is_not_added(session, wrong):
    story = make_story(session, experts=1)
    with pytest.raises(recruiting.NotAdded) as refused:
        add(story, **wrong)
    assert len(refused.value.problems) == 1
    assert len(story.experts) == 1


def test_everything_wrong_with_a_newcomer_is_said_at_once(session):
    story = make_story(session, experts=1)
    with pytest.raises(recruiting.NotAdded) as refused:
        add(story, name="", email="x", group="x", language="x")
    assert len(refused.value.problems) == 4


def test_nobody_is_on_a_panel_twice_whatever_the_letters_case(session):
    story = make_story(session, experts=0)
    add(story)
    with pytest.raises(recruiting.NotAdded) as refused:
        add(story, email="NOOR@Kliniek.example")
    assert "on this panel already" in str(refused.value)


@pytest.mark.both_engines
def test_one_person_may_sit_on_two_panels(session):
    add(make_story(session, experts=0))
    add(make_story(session, experts=0))
    same_address = select(func.count(Contact.id)).where(Contact.email == "noor@kliniek.example")
    assert session.scalar(same_address) == 2


def test_the_trail_holds_codes_and_no_names(session):
    story = make_story(session, experts=0)
    add(story)
    trail = [event.details for event in session.scalars(select(AuditEvent))]
    assert "Peeters" not in repr(trail)
    assert "kliniek" not in repr(trail)
    assert {"expert": "E01", "group": "nurse"} in trail


@pytest.mark.both_engines
def test_consent_is_kept_once_with_the_wording_that_was_shown(session):
    story = make_story(session, experts=1)
    story.consent(1)
    story.later(days=1)
    story.consent(1)
    consent = session.scalars(select(Consent)).one()
    assert consent.given_at == MORNING
    assert consent.text == "Test Institute runs this."


@pytest.mark.both_engines
def test_a_new_version_of_the_text_asks_for_a_new_consent(session):
    story = make_story(session, experts=1)
    story.consent(1)
    with transaction(session):
        consenting.agree(
            session, story.expert(1), version="2", language="en", text="New.", at=story.now
        )
    assert sorted(session.scalars(select(Consent.version))) == ["1", "2"]


@pytest.mark.both_engines
def test_an_account_is_found_again_whatever_the_letters_case(session):
    first = make_researcher(session, "Lead@Institute.example")
    assert make_researcher(session, "lead@institute.example") == first
    assert session.scalar(select(func.count(Researcher.id))) == 1


def test_an_address_that_cannot_be_one_makes_no_account(session):
    with pytest.raises(signing_in.AccountRefused):
        make_researcher(session, "nobody")


def offer(session, at=MORNING):
    person_id = make_researcher(session)
    with transaction(session):
        return signing_in.offer(session, session.get_one(Researcher, person_id), at)


@pytest.mark.both_engines
def test_a_one_time_sign_in_works_once(session):
    token = offer(session)
    with transaction(session):
        assert signing_in.use(session, token, MORNING).email == "lead@institute.example"
    with pytest.raises(signing_in.SignInUnknown), transaction(session):
        signing_in.use(session, token, MORNING)


def test_looking_at_a_one_time_sign_in_does_not_spend_it(session):
    token = offer(session)
    signing_in.holder(session, token, MORNING)
    assert signing_in.holder(session, token, MORNING).email == "lead@institute.example"


def test_a_one_time_sign_in_ends_after_a_day(session):
    token = offer(session)
    signing_in.holder(session, token, MORNING + timedelta(hours=23, minutes=59))
    with pytest.raises(signing_in.SignInUnknown):
        signing_in.holder(session, token, MORNING + timedelta(hours=24))


@pytest.mark.both_engines
def test_the_token_of_a_sign_in_is_not_kept(session):
    token = offer(session)
    row = session.scalars(select(OneTimeSignIn)).one()
    assert token not in repr({c.name: getattr(row, c.name) for c in OneTimeSignIn.__table__.c})


@pytest.mark.both_engines
def test_a_switched_off_account_cannot_sign_in(session):
    token = offer(session)
    with transaction(session):
        session.scalars(select(Researcher)).one().active = False
    with pytest.raises(signing_in.SignInUnknown):
        signing_in.holder(session, token, MORNING)


@pytest.mark.both_engines
def test_roles_belong_to_one_study(session):
    one, other = make_story(session), make_story(session)
    person = make_member(session, one.study_id, Role.OBSERVER)
    assert signing_in.role_in(session, person, one.study_id) is Role.OBSERVER
    assert signing_in.role_in(session, person, other.study_id) is None
