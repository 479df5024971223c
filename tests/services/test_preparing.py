"""Carrying statements forward: by the rule in one act, or by the researcher's hand."""

import pytest
from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.item import Aspect
from surveys.services import designing, preparing
from tests.factories import make_finished_story, make_rated_story, make_story, study_document


def events(story, act):
    return story.session.scalars(
        select(AuditEvent).where(AuditEvent.act == act).order_by(AuditEvent.id)
    ).all()


def test_one_act_brings_back_every_statement_that_was_rated_once(session):
    story = make_rated_story(session)
    assert list(story.asked(3)) == ["S01", "S02", "S03", "S04"]
    for code, placed in story.asked(3).items():
        assert placed.previous_id == story.place(2, code)
        assert placed.revision_id == story.asked(2)[code].revision_id
        assert placed.settings == story.asked(2)[code].settings
    assert story.round(3).prepared_at == story.now


def test_no_round_follows_the_last_one_by_protocol(session):
    story = make_finished_story(session)
    with pytest.raises(preparing.NotPrepared, match="By the protocol round 3 was the last one."):
        story.prepare(3)


def test_a_study_may_go_on_beyond_the_rounds_its_file_describes(session):
    """S01 and S03 have left; what needs a look returns unless the researcher decides otherwise."""
    rules = {**study_document()["protocol"], "maximum_rounds": 5}
    story = make_finished_story(session, protocol=rules)
    story.prepare(3)
    assert list(story.asked(4)) == ["S02", "S04"]
    assert story.round(4).kind is story.round(3).kind


def test_leaving_at_first_consensus_is_a_choice(session):
    rules = {**study_document()["protocol"], "carry_forward": {"kind": "first_consensus"}}
    story = make_rated_story(session, protocol=rules)
    assert list(story.asked(3)) == ["S02", "S04"]
    left = story.results(2)["S01"]
    assert left.proposal["reason"] == "first_consensus"
    assert left.stable is None


@pytest.mark.both_engines
def test_what_the_researcher_ticks_returns_and_the_trail_says_what_the_rule_had_said(session):
    story = make_rated_story(session)
    story.prepare(2, returning=[story.place(2, "S02")])
    assert list(story.asked(3)) == ["S02"]
    details = events(story, "round prepared")[-1].details
    assert details["returning"] == ["S02"]
    assert details["leaving"] == ["S01", "S03", "S04"]
    assert details["against_rule"] == ["S01", "S03", "S04"]


def test_preparing_again_replaces_what_came_along_and_keeps_what_was_added(session):
    story = make_rated_story(session)
    with transaction(session):
        designing.add_statement(
            session,
            story.study,
            story.round(3),
            wording={"en": "New.", "nl": "Nieuw."},
            theme="care",
            aspect=Aspect.RISK,
            actor=story.actor,
            at=story.now,
        )
    story.prepare(2, returning=[])
    assert list(story.asked(3)) == ["S05"]
    story.prepare(2)
    assert list(story.asked(3)) == ["S01", "S02", "S03", "S04", "S05"]


def test_an_open_round_brings_nothing_forward(session):
    story = make_story(session)
    story.until_round_2()
    with pytest.raises(preparing.NotPrepared):
        story.prepare(2)


def test_questions_are_not_carried_forward(session):
    story = make_story(session)
    story.until_round_2()
    with pytest.raises(preparing.NotPrepared):
        story.prepare(1)


def test_a_launched_round_is_not_prepared_again(session):
    story = make_rated_story(session)
    story.launch(3)
    with pytest.raises(preparing.NotPrepared):
        story.prepare(2)
    assert list(story.asked(3)) == ["S01", "S02", "S03", "S04"]
