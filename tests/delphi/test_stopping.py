"""When to stop, asked in Dajani's order."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi.consensus import Verdict
from surveys.delphi.stopping import Outcome, StoppingRule, StopReason
from surveys.delphi.summary import ItemCounts
from tests.delphi.rulebook import FIVE, LOCALES, panels

RULE = StoppingRule()
NONE = Verdict.NO_CONSENSUS


def bands(low, middle, high):
    return ItemCounts((low, 0, middle, 0, high))


@pytest.mark.parametrize(
    ("verdict", "stable", "counts", "outcome"),
    [
        (Verdict.IN, None, bands(0, 0, 9), Outcome.NOT_ASSESSED),
        (Verdict.IN, False, bands(0, 0, 9), Outcome.NOT_STABLE),
        (Verdict.IN, True, bands(0, 0, 9), Outcome.CONSENSUS),
        (Verdict.OUT, True, bands(9, 0, 0), Outcome.CONSENSUS),
        (NONE, True, bands(2, 2, 6), Outcome.MAJORITY),
        (NONE, True, bands(5, 0, 6), Outcome.MAJORITY),
        (NONE, True, bands(1, 4, 5), Outcome.PLURALITY),
        (NONE, True, bands(5, 0, 5), Outcome.BIPOLAR),
        (NONE, True, bands(4, 1, 5), Outcome.BIPOLAR),
        (NONE, True, bands(0, 5, 5), Outcome.DISAGREEMENT),
        (NONE, True, bands(2, 4, 4), Outcome.DISAGREEMENT),
        (NONE, True, bands(0, 0, 0), Outcome.DISAGREEMENT),
    ],
)
def test_outcomes_are_asked_in_dajanis_order(verdict, stable, counts, outcome):
    assert RULE.classify(verdict, stable, counts, FIVE) is outcome


@given(st.sampled_from(Verdict), panels(FIVE))
def test_nothing_is_said_of_ratings_that_still_move(verdict, counts):
    assert not RULE.classify(verdict, False, counts, FIVE).settled
    assert not RULE.classify(verdict, None, counts, FIVE).settled
    assert RULE.classify(verdict, True, counts, FIVE).settled


@pytest.mark.parametrize(
    ("outcomes", "number", "stop", "reason"),
    [
        ({}, 1, False, StopReason.NOTHING_RATED),
        ({"a": Outcome.CONSENSUS, "b": Outcome.BIPOLAR}, 2, True, StopReason.EVERYTHING_SETTLED),
        ({"a": Outcome.CONSENSUS, "b": Outcome.NOT_STABLE}, 2, False, StopReason.STILL_MOVING),
        ({"a": Outcome.NOT_ASSESSED}, 3, True, StopReason.LAST_ROUND),
    ],
)
def test_a_study_stops_when_all_is_settled_or_the_last_round_is_over(
    outcomes, number, stop, reason
):
    advice = RULE.advise(outcomes, round=number)

    assert (advice.stop, advice.reason) == (stop, reason)
    assert advice.open == tuple(code for code, found in outcomes.items() if not found.settled)
    assert advice.to_json()["round"] == number
    assert all("{" not in advice.sentence(locale) for locale in LOCALES)


def test_without_a_last_round_a_moving_panel_goes_on():
    advice = StoppingRule(max_rounds=None).advise({"a": Outcome.NOT_STABLE}, round=9)

    assert advice.sentence("en") == "Go on; not settled yet: 1 of 1 statements."


@pytest.mark.parametrize(
    "settings", [{"max_rounds": 0}, {"max_rounds": True}, {"majority": 101}, {"camps": "-1"}]
)
def test_a_stopping_rule_that_makes_no_sense_is_refused(settings):
    with pytest.raises(ValueError, match="round|percentage"):
        StoppingRule(**settings)


@pytest.mark.parametrize("rule", [RULE, StoppingRule(None, Fraction(60), Fraction(25))])
def test_stopping_rules_are_stored_and_said(rule):
    assert StoppingRule.from_json(rule.to_json()) == rule
    assert len({rule.sentence(locale) for locale in LOCALES}) == 4
    assert len({outcome.name_in("nl") for outcome in Outcome}) == len(Outcome)
