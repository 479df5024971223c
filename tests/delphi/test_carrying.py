"""Which statements return, leave, or need a look."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi import carrying
from surveys.delphi.carrying import CarryForwardRule, CarryReason, Leaving, Proposal
from surveys.delphi.consensus import Verdict
from tests.delphi.rulebook import LOCALES

DEFAULT = CarryForwardRule()
FIRST = CarryForwardRule.at_first_consensus()
IN, OUT, NONE, UNDECIDED = Verdict


@pytest.mark.parametrize(
    ("rule", "verdict", "stable", "rated", "proposal", "reason"),
    [
        (DEFAULT, IN, None, 1, Proposal.RETURNS, CarryReason.RATED_TOO_SELDOM),
        (DEFAULT, IN, True, 2, Proposal.LEAVES_IN, CarryReason.CONSENSUS_AND_STABLE),
        (DEFAULT, OUT, True, 2, Proposal.LEAVES_OUT, CarryReason.CONSENSUS_AND_STABLE),
        (DEFAULT, IN, False, 2, Proposal.RETURNS, CarryReason.CONSENSUS_NOT_STABLE),
        (DEFAULT, IN, None, 2, Proposal.LOOK, CarryReason.CONSENSUS_STABILITY_UNKNOWN),
        (DEFAULT, NONE, None, 1, Proposal.RETURNS, CarryReason.NO_CONSENSUS),
        (DEFAULT, NONE, False, 3, Proposal.RETURNS, CarryReason.NO_CONSENSUS),
        (DEFAULT, NONE, True, 2, Proposal.LOOK, CarryReason.STABLE_WITHOUT_CONSENSUS),
        (DEFAULT, UNDECIDED, None, 1, Proposal.LOOK, CarryReason.UNDECIDED),
        (DEFAULT, UNDECIDED, None, 0, Proposal.RETURNS, CarryReason.NOT_RATED),
        (FIRST, IN, None, 1, Proposal.LEAVES_IN, CarryReason.FIRST_CONSENSUS),
        (FIRST, OUT, None, 1, Proposal.LEAVES_OUT, CarryReason.FIRST_CONSENSUS),
        (FIRST, IN, True, 2, Proposal.LEAVES_IN, CarryReason.CONSENSUS_AND_STABLE),
        (FIRST, IN, False, 2, Proposal.LEAVES_IN, CarryReason.CONSENSUS_NOT_STABLE),
        (FIRST, IN, None, 2, Proposal.LEAVES_IN, CarryReason.CONSENSUS_STABILITY_UNKNOWN),
        (FIRST, NONE, True, 1, Proposal.LOOK, CarryReason.STABLE_WITHOUT_CONSENSUS),
        (
            CarryForwardRule(Leaving.FIRST_CONSENSUS, 2),
            IN,
            None,
            1,
            Proposal.RETURNS,
            CarryReason.RATED_TOO_SELDOM,
        ),
    ],
)
def test_each_outcome_of_a_round_has_its_proposal(rule, verdict, stable, rated, proposal, reason):
    proposed = rule.propose(verdict, stable, rated=rated)

    assert (proposed.proposal, proposed.reason) == (proposal, reason)


def test_leaving_after_one_round_says_that_stability_was_not_assessed():
    said = FIRST.propose(IN, None, rated=1).sentence("en")

    assert said == "In consensus. Stability not assessed: rated once."


@given(
    st.sampled_from([DEFAULT, CarryForwardRule(rounds=3)]),
    st.sampled_from(Verdict),
    st.sampled_from([True, False, None]),
    st.integers(0, 5),
)
def test_by_default_nothing_leaves_unless_in_consensus_stable_and_rated_twice(
    rule, verdict, stable, rated
):
    proposed = rule.propose(verdict, stable, rated=rated)

    assert proposed.proposal.leaves == (
        verdict.is_consensus and stable is True and rated >= rule.rounds
    )
    for locale in LOCALES:
        assert "{" not in proposed.sentence(locale)
        assert proposed.proposal.name_in(locale)
    assert proposed.to_json()["rated"] == rated


@pytest.mark.parametrize(
    "settings",
    [
        {"rounds": 1},
        {"rounds": 2.0},
        {"rounds": True},
        {"leaving": "first consensus", "rounds": 0},
        {"leaving": "never"},
    ],
)
def test_a_rule_that_cannot_assess_what_it_asks_is_refused(settings):
    with pytest.raises(ValueError, match="rounds|never"):
        CarryForwardRule(**settings)


@pytest.mark.parametrize("rule", [DEFAULT, FIRST, CarryForwardRule(Leaving.FIRST_CONSENSUS, 2)])
def test_carry_forward_rules_are_stored_and_said(rule):
    assert CarryForwardRule.from_json(rule.to_json()) == rule
    assert len({rule.sentence(locale) for locale in LOCALES}) == 4


def test_a_later_first_consensus_says_its_rounds():
    assert "2 rounds" in CarryForwardRule(Leaving.FIRST_CONSENSUS, 2).sentence("en")


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(carrying).failed == 0
