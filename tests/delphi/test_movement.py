"""First against final answers within one round in real time."""

import pytest

from surveys.delphi.movement import Movement
from surveys.delphi.stability import Kappa, StabilityRule
from surveys.delphi.summary import PairCounts
from tests.delphi.rulebook import FIVE, LOCALES

RULE = StabilityRule.of("same band", ">=", 80)
STAYED = [(4, 5), (5, 5), (2, 1), (3, 3), (4, 4)]
MOVED = [(4, 2), (5, 4), (2, 4), (3, 3), (4, 4)]


def movement(pairs, rule=RULE):
    return Movement.within_a_round(PairCounts.of(pairs, FIVE), FIVE, rule)


def test_the_studys_rule_is_asked_of_first_and_final_ratings():
    assert movement(STAYED).settled.stable is True
    assert movement(MOVED).settled.stable is False


def test_what_was_found_is_said_with_its_numbers_and_under_its_own_name():
    said = movement(STAYED).sentence("en")

    assert said == (
        "First against final answer, within this real-time round: little moved,"
        " 5 of 5 (100%) stayed in the same band."
    )
    assert "3 of 5 (60%) stayed in the same band" in movement(MOVED).sentence("en")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("pairs", "rule"),
    [
        (STAYED, RULE),
        (MOVED, RULE),
        (STAYED[:2], RULE),
        ([], RULE),
        (STAYED, StabilityRule((Kappa(">=", "0.6"),))),
    ],
)
def test_it_is_never_called_stability_between_rounds(locale, pairs, rule):
    said = movement(pairs, rule).sentence(locale)

    assert said.endswith(".")
    assert "{" not in said
    for word in ("stab", "both rounds", "beide rondes", "deux tours", "beiden Runden"):
        assert word.lower() not in said.lower()


def test_too_few_pairs_are_not_assessed():
    few = movement(STAYED[:2])

    assert few.settled.stable is None
    assert "2 experts" in few.sentence("en")
    assert "at least 5" in few.sentence("en")


def test_it_is_stored_with_who_moved_where():
    stored = movement(MOVED).to_json()

    assert (stored["pairs"], stored["unchanged"]) == (5, 2)
    assert (stored["moved_up"], stored["moved_down"]) == (1, 2)
    assert stored["table"][3] == [0, 1, 0, 1, 0]
    assert stored["settled"]["stable"] is False
