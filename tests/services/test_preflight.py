"""What forgets itself is said before a round is launched, and nothing else is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from surveys import worker
from surveys.delphi import presets
from surveys.delphi.consensus import ConsensusByRound
from surveys.delphi.protocol import Protocol
from surveys.delphi.scale import Scale
from surveys.models.base import transaction
from surveys.models.item import ItemRevision
from surveys.models.panel import Expert
from surveys.models.round import Round
from surveys.services import preflight
from tests.actors.mailbox import text_of
from tests.factories import make_story


@pytest.fixture
def story(session, app):
    return make_story(session, experts=12, links=app.extensions["rondo.links"])


def checks(story, number=1, *, mail_leaves=True, language="en"):
    story.anew()
    round_ = story.session.scalars(select(Round).where(Round.number == number)).one()
    found = preflight.of_round(
        story.session,
        story.study,
        round_,
        mail_leaves=mail_leaves,
        language=language,
        at=story.now,
    )
    assert [check.fine for check in found] == sorted(check.fine for check in found)
    return {str(check.said): check.fine for check in found}


def attention(story, *args, **kwargs):
    return [said for said, fine in checks(story, *args, **kwargs).items() if not fine]


def test_a_ready_round_lacks_only_the_trial(story):
    assert attention(story) == ["Nobody has seen the invitation yet: send yourself a trial."]


@pytest.mark.both_engines
def test_an_empty_group_and_a_small_one_are_named(story):
    with transaction(story.session):
        experts = story.session.scalars(select(Expert).order_by(Expert.id)).all()
        groups = sorted({expert.group_id for expert in experts})
        for expert in experts:
            expert.group_id = groups[0]
    (said, *_rest) = attention(story)
    assert said == "Nobody is in: Physician."
    assert attention(story, language="nl")[0] == "Nobody is in: Arts."
    with transaction(story.session):
        story.session.scalars(select(Expert).order_by(Expert.id)).first().group_id = groups[1]
    assert any("Fewer than 5 experts are in: " in said for said in attention(story))


@pytest.mark.both_engines
def test_a_language_of_the_panel_without_a_text_is_named_with_the_items(story):
    with transaction(story.session):
        revision = story.session.scalars(select(ItemRevision).order_by(ItemRevision.id)).first()
        revision.wording = {"en": revision.wording["en"]}
    (said,) = [said for said in attention(story) if "translated" in said]
    assert "into nl" in said
    assert "6 experts" in said


def test_invitations_that_would_reach_nobody_are_said(story):
    assert any("No mail server is set" in said for said in attention(story, mail_leaves=False))


@pytest.mark.both_engines
def test_a_rule_no_panel_of_this_size_can_meet_is_said(story):
    with transaction(story.session):
        for expert in story.session.scalars(select(Expert).offset(3)):
            story.session.delete(expert)
    assert "With 3 experts a part of the consensus rule can never be met." in attention(story, 2)
    assert not any("rule" in said for said in attention(story, 1)), "an open round is not judged"


def test_the_time_an_expert_needs_is_estimated(story):
    assert any(said.startswith("Answering takes about ") for said in checks(story))


@pytest.mark.both_engines
def test_a_trial_reaches_the_researcher_as_experts_will_read_it(app, story, mailbox, settings):
    from surveys.models.researcher import Researcher
    from surveys.services import writing_to_researchers

    with transaction(story.session):
        lead = story.session.scalars(select(Researcher)).first()
        for _ in range(2):
            writing_to_researchers.owe_trial(
                story.session,
                lead,
                story.study,
                1,
                message="invitation",
                language="en",
                sender_host="rondo.example",
                at=story.now,
            )
    address = lead.email
    story.session.rollback()
    worker.sweep(app, story.now + timedelta(minutes=1))
    (letter,) = mailbox.to(address)
    assert letter["Subject"].startswith("Trial · Invitation: ")
    assert "This is a trial" in text_of(letter)
    assert "Nobody has seen" not in " ".join(attention(story))


@pytest.fixture
def settings(mailbox):
    return {"mail_host": "127.0.0.1", "mail_port": mailbox.port}


@pytest.mark.both_engines
def test_rules_that_nobody_has_looked_at_are_said(story):
    assert "The rules of the study have been chosen." in checks(story)
    with transaction(story.session):
        story.study.rule_chosen_at = None
    assert any(said.startswith("Nobody has chosen the rules yet") for said in attention(story))


@pytest.mark.both_engines
def test_words_of_ones_own_in_one_language_only_are_said(story):
    word(story, "invitation", "en")
    said = " ".join(attention(story))
    assert "The invitation has words of your own, and not in nl" in said
    word(story, "invitation", "nl")
    assert "The invitation has words of your own" not in " ".join(attention(story))


def test_a_text_changed_after_its_trial_wants_another_one(app, story, mailbox, settings):
    from surveys.models.researcher import Researcher
    from surveys.services import writing_to_researchers

    with transaction(story.session):
        writing_to_researchers.owe_trial(
            story.session,
            story.session.scalars(select(Researcher)).first(),
            story.study,
            1,
            message="invitation",
            language="en",
            sender_host="rondo.example",
            at=story.now,
        )
    worker.sweep(app, story.now + timedelta(minutes=1))
    story.later(minutes=30)
    word(story, "invitation", "en")
    assert any("was changed after its trial" in said for said in attention(story))


@pytest.mark.both_engines
def test_a_reminder_before_the_usual_round_opens_is_said(story):
    plan(story, 20)
    assert any("planned 20 days before the end" in said for said in attention(story))
    plan(story, 3)
    assert not any("days before the end" in said for said in attention(story))
    assert any("(days: 3)" in said for said in checks(story))


def plan(story, *days):
    from surveys.delphi.reminding import Reminders
    from surveys.services import reminding

    with transaction(story.session):
        reminding.set_plan(
            story.session, story.study, None, Reminders(days), actor=story.actor, at=story.now
        )


def word(story, message, language):
    from surveys.mail.wording import Wording
    from surveys.services import mail_texts

    with transaction(story.session):
        mail_texts.keep(
            story.session,
            story.study,
            message,
            language,
            Wording("Hello", "See {link}"),
            actor=story.actor,
            at=story.now,
        )


def test_a_clause_that_decides_nothing_on_this_panel_is_said(session, app):
    """With seven ratings "at most 15 % low" follows from "at least 75 % high"."""
    story = make_story(session, experts=7, links=app.extensions["rondo.links"])
    story.launch(1)
    story.close(1)
    assert any("decides nothing" in said for said in attention(story, 2))
    ipras = presets.preset("rand-ipras").rule(Scale.of(1, 9))
    with transaction(story.session):
        rules = Protocol.from_json(story.study.protocol)
        story.study.protocol = replace(rules, consensus=ConsensusByRound.always(ipras)).to_json()
    assert any("has no meaning on the scale" in said for said in attention(story, 2))
