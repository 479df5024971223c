"""Feedback as a condition: allotted at launch, disclosed by policy, withheld where it would point."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from surveys.delphi.feedback import FeedbackPolicy, Shown, Whose
from surveys.delphi.protocol import Protocol
from surveys.models.base import transaction
from surveys.models.feedback import FeedbackCondition
from surveys.models.item import Item
from surveys.models.panel import Expert
from surveys.models.round import ItemFeedback, RoundItem
from surveys.queries import feedback
from surveys.services import feeding
from tests.factories import make_live_story, make_story, study_document

SHOW = ["own", "distribution", "median", "comments"]


def protocol_with(**part):
    """The small study's protocol with other feedback."""
    return {**study_document()["protocol"], "feedback": {"smallest_group": 5, **part}}


ARMS = protocol_with(
    arms=[
        {"code": "none", "show": []},
        {"code": "own_group", "show": SHOW, "whose": "own_group"},
        {"code": "all_groups", "show": SHOW, "whose": "all_groups"},
    ],
    seed=3,
)


def story_of(session, size, **parts):
    """A study whose round 2 everybody rated and whose round 3 is open."""
    story = make_story(session, experts=size, **parts)
    story.until_round_2()
    for expert in range(1, size + 1):
        story.answer(expert, 2, {"S01": 4 if expert % 2 else 2}, {"S01": f"remark {expert}"})
    story.close(2)
    story.prepare(2)
    story.launch(3)
    return story


def sheet_of(story, code="S01"):
    return story.session.scalars(
        select(ItemFeedback.sheet)
        .join(RoundItem, RoundItem.id == ItemFeedback.round_item_id)
        .join(Item, Item.id == RoundItem.item_id)
        .where(Item.code == code, RoundItem.round_id == story.round(3).id)
    ).one()


@pytest.mark.both_engines
def test_every_expert_is_allotted_an_arm_at_launch_balanced(session):
    story_of(session, 12, protocol=ARMS)
    arms = Counter(session.scalars(select(FeedbackCondition.arm)))
    assert arms == {"none": 4, "own_group": 4, "all_groups": 4}


def test_a_study_that_compares_nothing_still_logs_who_is_shown_feedback(session):
    story = story_of(session, 6)
    conditions = session.scalars(select(FeedbackCondition)).all()
    assert [(c.arm, c.first_shown_at) for c in conditions] == [("", None)] * 6
    assert {c.allotted_at for c in conditions} == {story.now}


@pytest.mark.both_engines
def test_a_round_without_feedback_allots_nothing(session):
    story = make_story(session, experts=6)
    story.until_round_2()
    assert session.scalars(select(FeedbackCondition)).all() == []


@pytest.mark.both_engines
def test_the_first_moment_on_screen_is_kept_and_no_later_one(session):
    story = story_of(session, 6)
    condition_id = session.scalars(select(FeedbackCondition.id)).first()
    first = story.now
    for _ in range(2):
        with transaction(session):
            feeding.note_shown(session, condition_id, at=story.now)
        story.later(hours=1)
    assert session.get_one(FeedbackCondition, condition_id).first_shown_at == first


@pytest.mark.both_engines
def test_an_expert_of_each_arm_sees_what_the_arm_shows(session):
    story = story_of(session, 12, protocol=ARMS)
    protocol = Protocol.from_json(story.study.protocol)
    seen = {}
    for expert in story.experts:
        condition = feedback.condition_of(session, story.round(3).id, expert.id)
        policy = condition.policy(protocol)
        seen[condition.arm] = (
            condition.group,
            feedback.narrowed(sheet_of(story), policy, condition.group),
        )
    assert seen["none"][1] is None
    group, own = seen["own_group"]
    # Nurses are the experts with odd numbers, who all rated 4; physicians all rated 2.
    assert (own["n"], own["median"]) == (6, 4 if group == "nurse" else 2)
    assert "groups" not in own
    every = seen["all_groups"][1]
    assert every["n"] == 12
    assert {code: part["median"] for code, part in every["groups"].items()} == {
        "nurse": 4,
        "physician": 2,
    }


def test_a_small_group_is_withheld_and_so_is_what_would_give_it_away(session):
    # Nine experts: five nurses and four physicians. The panel's numbers less the nurses' are the
    # physicians', so neither group may stand beside the panel.
    story = story_of(session, 9, protocol=protocol_with(show=SHOW, whose="all_groups"))
    sheet = sheet_of(story)
    assert sheet["groups"] == {}
    assert sorted(sheet["withheld"]) == ["nurse", "physician"]
    assert sheet["n"] == 9


def test_the_own_group_of_a_small_group_is_not_shown(session):
    sheet = {
        "suppressed": False,
        "smallest": 5,
        "shows": [],
        "n": 9,
        "counts": [0, 4, 0, 5, 0],
        "groups": {},
        "comments": [],
    }
    policy = FeedbackPolicy(whose=Whose.OWN_GROUP)
    assert feedback.narrowed(sheet, policy, "nurse") == {"suppressed": True, "smallest": 5}


@pytest.mark.parametrize(
    ("left_out", "absent"),
    [
        (Shown.COMMENTS, {"comments"}),
        (Shown.DISTRIBUTION, {"counts", "share_high", "count_low"}),
    ],
)
def test_what_a_policy_leaves_out_is_not_in_its_sheet(session, left_out, absent):
    story = story_of(session, 6)
    policy = FeedbackPolicy(tuple(part for part in Shown if part is not left_out))
    part = feedback.narrowed(sheet_of(story), policy, "nurse")
    assert absent.isdisjoint(part)
    assert part["n"] == 6


@pytest.mark.both_engines
def test_who_joins_late_gets_the_arm_that_fewest_have(session):
    """Nurses are the odd numbers; three arms of four experts each, and then two nurses more."""
    story = make_live_story(session, protocol=ARMS)
    story.recruit(3)
    for number in (13, 15):
        with transaction(session):
            feeding.allot_late(session, story.round(1), story.expert(number), at=story.now)
    rows = session.execute(
        select(FeedbackCondition.arm, Expert.group_id)
        .join(Expert, Expert.id == FeedbackCondition.expert_id)
        .where(Expert.group_id == story.expert(1).group_id)
    ).all()
    counts = Counter(arm for arm, _group in rows)
    assert sum(counts.values()) == 8
    assert max(counts.values()) - min(counts.values()) <= 1
