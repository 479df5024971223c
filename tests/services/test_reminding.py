"""Reminders by plan, from the row to the outbox: once each, only to who has not finished, with the end."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from surveys.delphi.reminding import Reminders
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.invitation import Outbox
from surveys.services import closing, mailing, reminding
from tests.factories import HOST, make_story


@pytest.fixture
def engine_name():
    """The engine does not matter to a calendar."""
    return "sqlite"


def brussels(*parts):
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Brussels")).astimezone(UTC)


@pytest.fixture
def story(session):
    """Round 1 opened on Monday 2 March and ends on Thursday 19 March; 7 and 3 days before, all remind."""
    story = make_story(session, experts=3)
    story.launch(1, closes_at=brussels(2026, 3, 19, 21, 0))
    plan(story, Reminders((7, 3)))
    return story


def plan(story, reminders, round_=None):
    with transaction(story.session):
        reminding.set_plan(
            story.session, story.study, round_, reminders, actor=story.actor, at=story.now
        )


def sweep(story, *parts):
    at = brussels(*parts)
    if not reminding.due(story.session, at):
        return 0
    with transaction(story.session):
        return reminding.remind_by_plan(story.session, sender_host=HOST, at=at)


def reminded(story):
    return [
        (owed.act, owed.expert_id)
        for owed in story.session.scalars(
            select(Outbox).where(Outbox.act.startswith("reminder")).order_by(Outbox.id)
        )
    ]


def test_each_reminder_is_owed_once_and_to_who_has_not_finished(story):
    story.answer(1, 1, {"Q1": "done"})
    story.keep(2, 1, {"Q1": "begun"})
    assert sweep(story, 2026, 3, 12, 7, 59) == 0
    assert sweep(story, 2026, 3, 12, 8, 0) == 2
    assert sweep(story, 2026, 3, 12, 8, 1) == 0
    story.answer(2, 1, {"Q1": "done too"})
    assert sweep(story, 2026, 3, 16, 8, 5) == 1
    two, three = story.expert(2).id, story.expert(3).id
    assert reminded(story) == [
        ("reminder:d7", two),
        ("reminder:d7", three),
        ("reminder:d3", three),
    ]
    events = story.session.scalars(select(AuditEvent).where(AuditEvent.act == "reminder queued"))
    assert [(one.actor, one.details["days"]) for one in events] == [("system", 7), ("system", 3)]


def test_moving_the_end_moves_what_is_not_sent_yet(story):
    assert sweep(story, 2026, 3, 12, 8, 0) == 3
    with transaction(story.session):
        closing.extend(
            story.session,
            story.study,
            story.round(1),
            until=brussels(2026, 3, 26, 21, 0),
            actor=story.actor,
            at=brussels(2026, 3, 13, 12, 0),
        )
    at = brussels(2026, 3, 13, 12, 1)
    (still,) = reminding.planned(story.session, story.round(1), at)
    assert (still.days, still.at) == (3, brussels(2026, 3, 23, 8, 0))
    assert sweep(story, 2026, 3, 16, 8, 0) == 0
    assert sweep(story, 2026, 3, 19, 8, 0) == 0, "the first one has been"
    assert sweep(story, 2026, 3, 23, 8, 0) == 3


def test_a_round_may_have_a_plan_of_its_own(story):
    plan(story, Reminders((1,)), story.round(1))
    assert [one.days for one in reminding.planned(story.session, story.round(1), story.now)] == [1]
    with transaction(story.session):
        assert reminding.as_the_study(
            story.session, story.study, story.round(1), actor=story.actor, at=story.now
        )
    assert len(reminding.planned(story.session, story.round(1), story.now)) == 2


def test_the_same_plan_again_changes_nothing(story):
    with transaction(story.session):
        changed = reminding.set_plan(
            story.session,
            story.study,
            None,
            Reminders((3, 7)),
            actor=story.actor,
            at=story.now + timedelta(days=12),
        )
    assert not changed
    assert sweep(story, 2026, 3, 16, 8, 0) == 3


def test_a_planned_reminder_that_fails_in_the_evening_is_tried_in_the_morning(story):
    sweep(story, 2026, 3, 12, 8, 0)
    reminder = story.session.scalars(
        select(Outbox).where(Outbox.act == "reminder:d7").order_by(Outbox.id)
    ).first()
    invitation = story.session.scalars(select(Outbox).where(Outbox.act == "invitation")).first()
    evening = brussels(2026, 3, 13, 17, 59, 30)
    for owed in (reminder, invitation):
        with transaction(story.session):
            assert mailing.claim(story.session, owed.id, evening)
        with transaction(story.session):
            mailing.failed(
                story.session,
                owed.id,
                "451 later",
                final=False,
                not_before=reminding.decent_hours(story.session, owed.id),
                at=evening,
            )
    assert reminder.due_at == brussels(2026, 3, 16, 8, 0), "on Monday"
    assert invitation.due_at == evening + mailing.FIRST_PAUSE, "an invitation waits for nobody"
