"""Refusals and sentences that no other test of the rules comes past."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from surveys.delphi.arms import FeedbackArm, FeedbackArms
from surveys.delphi.consensus import ConsensusByRound, ConsensusRule
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.delphi.protocol import Protocol
from surveys.delphi.round import Obstacle, RoundDates
from surveys.delphi.scale import Scale
from surveys.delphi.stability import StabilityRule

NOTHING = FeedbackArm("none", FeedbackPolicy(shows=()))
NUMBERS = FeedbackArm("numbers", FeedbackPolicy(shows=(Shown.DISTRIBUTION,)))
PROTOCOL = Protocol(
    Scale.of(1, 5),
    ConsensusByRound.always(ConsensusRule.share_with_limit(75, 15)),
    StabilityRule.of("same band", ">=", 80),
)


@pytest.mark.parametrize("locale", ["en", "nl", "fr", "de"])
def test_a_comparison_of_feedback_says_what_each_arm_shows(locale):
    told = FeedbackArms((NOTHING, NUMBERS), seed=7).sentence(locale)

    assert f"none: {NOTHING.policy.sentence(locale)}" in told
    assert f"numbers: {NUMBERS.policy.sentence(locale)}" in told
    assert "7" in told.partition("none:")[0]


def test_arms_of_a_protocol_are_a_comparison_and_nothing_else():
    with pytest.raises(ValueError, match="arms of a protocol is not 'none'"):
        replace(PROTOCOL, arms="none")


def test_a_round_with_a_placeholder_left_may_not_be_launched():
    permission = RoundDates().may_launch(
        datetime(2026, 1, 1, tzinfo=UTC), items=1, experts=1, filled_in=False
    )

    assert not permission
    assert permission.obstacles == (Obstacle.NOT_FILLED_IN,)
