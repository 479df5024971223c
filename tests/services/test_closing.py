"""Closing a round, extending it, reopening it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from surveys.delphi.round import RoundState
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.result import RoundResult
from surveys.services import closing, responding
from tests.factories import make_story


def obstacles(refused):
    return {obstacle.value for obstacle in refused.value.permission.obstacles}


@pytest.fixture
def story(session):
    story = make_story(session)
    story.until_round_2()
    return story


def reopen(story, number=2, *, until=None, reason="the server was down"):
    with transaction(story.session):
        closing.reopen(
            story.session,
            story.study,
            story.round(number),
            until=until,
            reason=reason,
            actor=story.actor,
            at=story.now,
        )


def extend(story, until):
    with transaction(story.session):
        closing.extend(
            story.session,
            story.study,
            story.round(2),
            until=until,
            actor=story.actor,
            at=story.now,
        )


def test_closing_evaluates_the_round_in_the_same_act(story, session):
    story.rate(2, {"S01": [4] * 6, "S02": [3] * 6, "S03": [1] * 6})
    story.close(2)
    assert story.round(2).closed_at == story.now
    assert {code: r.verdict for code, r in story.results(2).items()} == {
        "S01": "in",
        "S02": "no consensus",
        "S03": "out",
    }


def test_a_closed_round_is_not_closed_again(story, session):
    story.close(2)
    with pytest.raises(closing.NotDone) as refused:
        story.close(2)
    assert obstacles(refused) == {"already_closed"}
    analyses = select(func.count(RoundResult.id)).where(RoundResult.round_id == story.round(2).id)
    assert session.scalar(analyses) == 1


def test_a_draft_cannot_be_closed(story):
    with pytest.raises(closing.NotDone) as refused:
        story.close(3)
    assert obstacles(refused) == {"not_launched"}


def test_a_round_whose_end_has_passed_is_closed_as_of_that_end(session):
    story = make_story(session)
    end = story.now + timedelta(days=1)
    story.launch(1, closes_at=end)
    story.later(days=3)
    with transaction(session):
        assert closing.close_due(session, story.now) == [story.round(1).id]
    assert story.round(1).closed_at == end
    with transaction(session):
        assert closing.close_due(session, story.now) == []


def test_a_round_without_an_end_is_never_due(story, session):
    with transaction(session):
        assert closing.close_due(session, story.now + timedelta(days=999)) == []


@pytest.mark.both_engines
def test_an_extended_round_goes_on_taking_answers(session):
    story = make_story(session)
    end = story.now + timedelta(days=1)
    story.launch(1, closes_at=end)
    with transaction(session):
        closing.extend(
            session,
            story.study,
            story.round(1),
            until=end + timedelta(days=7),
            actor=story.actor,
            at=story.now,
        )
    story.later(days=2)
    story.answer(1, 1, {"Q1": "after the first end"})


def test_an_end_in_the_past_is_no_extension(story):
    with pytest.raises(closing.NotDone) as refused:
        extend(story, story.now)
    assert obstacles(refused) == {"closing_date_past"}


@pytest.mark.both_engines
def test_reopening_takes_a_reason_and_keeps_it(story, session):
    story.close(2)
    with pytest.raises(closing.NotDone) as refused:
        reopen(story, reason="  ")
    assert obstacles(refused) == {"no_reason"}
    reopen(story)
    assert story.round(2).dates.state(story.now) is RoundState.OPEN
    event = session.scalars(select(AuditEvent).where(AuditEvent.act == "round reopened")).one()
    assert event.details["reason"] == "the server was down"


@pytest.mark.both_engines
def test_a_reopened_round_counts_later_answers_in_a_second_dated_result(story, session):
    story.rate(2, {"S01": [4, 4, 4, 4, 4, 2], "S02": [3] * 6, "S03": [1] * 6})
    story.close(2)
    first = story.results(2)["S01"]
    reopen(story)
    story.later(days=1)
    story.keep(6, 2, {"S01": 5})
    story.close(2)
    assert first.verdict == "no consensus"
    assert story.results(2)["S01"].verdict == "in"
    numbers = select(RoundResult.number).where(RoundResult.round_id == story.round(2).id)
    assert sorted(session.scalars(numbers)) == [1, 2]


def test_a_round_is_not_reopened_once_its_feedback_was_shown(story):
    story.rate(2, {"S01": [4] * 6, "S02": [3] * 6, "S03": [1] * 6})
    story.close(2)
    story.prepare(2)
    story.launch(3)
    with pytest.raises(closing.NotDone) as refused:
        reopen(story)
    assert obstacles(refused) == {"later_round_launched"}


def test_answers_at_the_very_end_are_too_late(session):
    story = make_story(session)
    end = story.now + timedelta(hours=1)
    story.launch(1, closes_at=end)
    story.now = end
    with pytest.raises(responding.RoundNotOpen):
        story.keep(1, 1, {"Q1": "one moment too late"})
