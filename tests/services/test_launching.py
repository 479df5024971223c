"""Opening a round: what must be true before, what is fixed from then on."""

import hashlib
import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from surveys.delphi.protocol import Protocol
from surveys.delphi.round import RoundState
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.invitation import Outbox
from surveys.models.item import Meaning
from surveys.models.round import RoundItem
from surveys.queries import locked
from surveys.services import designing, launching
from tests.factories import make_story


def obstacles(refused):
    return {obstacle.value for obstacle in refused.value.permission.obstacles}


def test_a_new_study_has_three_draft_rounds_and_no_lock(session):
    story = make_story(session)
    states = [story.round(number).dates.state(story.now) for number in (1, 2, 3)]
    assert states == [RoundState.DRAFT] * 3
    assert story.study.locked_at is None
    assert story.study.protocol_hash is None


def test_the_first_launch_locks_the_protocol_with_its_hash(session):
    story = make_story(session)
    story.launch(1)
    assert story.study.locked_at == story.now
    assert story.study.protocol_hash == Protocol.from_json(story.study.protocol).hash
    locked = session.scalars(select(AuditEvent).where(AuditEvent.act == "protocol locked")).one()
    assert locked.details["hash"] == story.study.protocol_hash


def test_nothing_after_the_first_launch_changes_the_lock(session):
    story = make_story(session)
    story.launch(1)
    hash_before, moment, protocol = (
        story.study.protocol_hash,
        story.study.locked_at,
        story.study.protocol,
    )
    story.later(days=1)
    story.close(1)
    story.launch(2)
    story.rate(2, {"S01": [4] * 6, "S02": [3] * 6, "S03": [1] * 6})
    story.later(days=1)
    story.close(2)
    story.prepare(2)
    story.launch(3)
    assert story.study.protocol_hash == hash_before
    assert story.study.locked_at == moment
    assert story.study.protocol == protocol


@pytest.mark.both_engines
def test_a_launch_owes_every_expert_one_invitation(session):
    story = make_story(session, experts=4)
    assert story.launch(1) == 4
    assert session.scalars(select(Outbox.act)).all() == ["invitation"] * 4


def test_a_round_with_nothing_to_ask_nobody_is_refused_with_both_reasons(session):
    story = make_story(session, experts=0)
    with pytest.raises(launching.NotLaunched) as refused:
        story.launch(3)
    assert obstacles(refused) == {"no_items", "no_experts", "earlier_round_open"}
    assert story.study.locked_at is None


def test_a_round_waits_until_the_one_before_is_closed(session):
    story = make_story(session)
    story.launch(1)
    with pytest.raises(launching.NotLaunched) as refused:
        story.launch(2)
    assert obstacles(refused) == {"earlier_round_open"}


@pytest.mark.both_engines
def test_a_launched_round_is_not_launched_again(session):
    story = make_story(session)
    story.launch(1)
    with pytest.raises(launching.NotLaunched) as refused:
        story.launch(1)
    assert obstacles(refused) == {"already_launched"}
    assert session.scalar(select(func.count(Outbox.id))) == 6


def test_a_round_cannot_end_before_it_begins(session):
    story = make_story(session)
    with pytest.raises(launching.NotLaunched) as refused:
        story.launch(1, closes_at=story.now - timedelta(seconds=1))
    assert obstacles(refused) == {"closing_date_past"}


def test_what_a_launched_round_asks_is_never_altered(session):
    story = make_story(session)
    story.until_round_2()
    study, round_ = story.study, story.round(2)
    placed = story.asked(2)["S01"]
    wording = {"en": "Another wording.", "nl": "Een andere tekst."}
    act = {"actor": story.actor, "at": story.now}
    with pytest.raises(designing.RoundLaunched), transaction(session):
        designing.add_statement(
            session, study, round_, wording=wording, theme=None, aspect=None, **act
        )
    with pytest.raises(designing.RoundLaunched), transaction(session):
        designing.reword(
            session, study, placed, wording=wording, reasons=wording, meaning=Meaning.KEPT, **act
        )
    with pytest.raises(designing.RoundLaunched), transaction(session):
        designing.remove(session, study, placed, **act)
    assert list(story.asked(2)) == ["S01", "S02", "S03"]


@pytest.mark.both_engines
def test_items_keep_the_scale_they_were_placed_with(session):
    """The settings of a placed item are its own: a later change to the study cannot reach them."""
    story = make_story(session)
    story.until_round_2()
    before = {code: placed.settings for code, placed in story.asked(2).items()}
    with transaction(session):
        story.study.scale = {**story.study.scale, "unable": {"en": "?", "nl": "?"}}
    assert {code: placed.settings for code, placed in story.asked(2).items()} == before


@pytest.mark.both_engines
def test_every_launched_round_sets_its_own_dates(session):
    story = make_story(session)
    end = story.now + timedelta(days=14)
    story.launch(1, closes_at=end)
    dates = story.round(1).dates
    assert (dates.launched_at, dates.closes_at, dates.closed_at) == (story.now, end, None)
    assert dates.accepts(end - timedelta(seconds=1))
    assert not dates.accepts(end)
    assert session.scalar(select(func.count(RoundItem.id)).where(RoundItem.round_id == 1)) == 2


def test_a_launch_locks_the_items_with_a_hash_that_anyone_can_compute_again(session):
    """Another way to the same text: json and hashlib alone."""
    story = make_story(session)
    assert story.round(1).items_hash is None
    story.launch(1)
    asked = locked.round_items(session, story.round(1))
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert story.round(1).items_hash == hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert [item["code"] for item in asked["items"]] == ["Q1", "Q2"]
    assert asked["items"][0]["wording"] == {"en": "Question 1?", "nl": "Vraag 1?"}


def test_the_locked_protocol_names_the_groups_of_the_panel(session):
    story = make_story(session)
    assert Protocol.from_json(story.study.protocol).groups == ()
    story.launch(1)
    assert Protocol.from_json(story.study.protocol).groups == ("nurse", "physician")
