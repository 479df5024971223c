"""When a study ends, against every course that its statements can take."""

import doctest
from itertools import product

import pytest

from surveys.delphi import ending as module
from surveys.delphi.carrying import CarryForwardRule
from surveys.delphi.consensus import Verdict
from surveys.delphi.ending import Course, ending
from surveys.delphi.scale import Scale
from surveys.delphi.stopping import StoppingRule
from surveys.delphi.summary import ItemCounts

FIVE = Scale.of(1, 5)
COUNTS = ItemCounts.of([5, 5, 5], FIVE)
DEFAULT, FIRST = CarryForwardRule(), CarryForwardRule.at_first_consensus()
LATER = CarryForwardRule(rounds=3)


def histories(course, rounds):
    """What a statement can go through: its verdict, what the rule says in each round, how likely."""
    for verdict, weight in (
        (Verdict.IN, course.consensus),
        (Verdict.NO_CONSENSUS, 1 - course.consensus),
    ):
        for settles_in in range(2, rounds + 2):
            waits = settles_in - 2
            chance = weight * (1 - course.settles) ** waits
            chance *= course.settles if settles_in <= rounds else 1
            for said in product((True, False), repeat=rounds - 1):
                likely = chance
                for number, stable in enumerate(said, start=2):
                    p = course.settled_stable if number >= settles_in else course.moving_stable
                    likely *= p if stable else 1 - p
                yield likely, verdict, (None, *said)


def told(rule, carry, panel, rounds):
    """The round after which the rules themselves end the study; None where they never do."""
    inside = dict(enumerate(panel))
    for number in range(1, rounds + 1):
        outcomes = {}
        for code, (verdict, said) in list(inside.items()):
            stable = said[number - 1]
            outcomes[str(code)] = rule.classify(verdict, stable, COUNTS, FIVE)
            if carry.propose(verdict, stable, rated=number).proposal.leaves:
                del inside[code]
        if rule.advise(outcomes, round=number).stop or not inside:
            return number
    return None


@pytest.mark.parametrize("carry", [DEFAULT, FIRST, LATER])
@pytest.mark.parametrize("statements", [1, 2])
def test_the_study_ends_as_often_as_the_rules_themselves_end_it(carry, statements):
    course = Course(statements, 0.6, 0.9, 0.2, 0.7)
    rounds = 4
    rule = StoppingRule(max_rounds=None)
    wanted = dict.fromkeys([*range(1, rounds + 1), None], 0.0)
    for panel in product(histories(course, rounds), repeat=statements):
        likely = 1.0
        for chance, _, _ in panel:
            likely *= chance
        wanted[told(rule, carry, [one[1:] for one in panel], rounds)] += likely
    found = ending(StoppingRule(max_rounds=rounds), carry, course)
    assert found.after == pytest.approx([wanted[number] for number in range(1, rounds + 1)])
    assert found.not_yet == pytest.approx(wanted[None])
    assert found.by_protocol


def test_all_that_settles_at_once_ends_after_the_second_round():
    found = ending(StoppingRule(), DEFAULT, Course(40, 1, 1, 0, 0.5))
    assert found.after == pytest.approx((0, 1, 0))
    assert found.open == pytest.approx(0)


def test_what_is_never_called_stable_ends_by_protocol_alone():
    found = ending(StoppingRule(max_rounds=3), DEFAULT, Course(40, 0.5, 0, 0, 0.5))
    assert (found.not_yet, found.by_protocol, found.open) == (
        pytest.approx(1),
        True,
        pytest.approx(40),
    )
    assert not ending(StoppingRule(max_rounds=None), DEFAULT, Course(40, 0.5, 0, 0, 1)).by_protocol
    assert len(ending(StoppingRule(max_rounds=20), DEFAULT, Course(2, 0.5, 1, 0, 1)).after) == 6


def test_one_round_ends_itself_with_what_has_not_left_open():
    found = ending(StoppingRule(max_rounds=1), FIRST, Course(10, 0.5, 1, 0, 0.8))
    assert found.after == pytest.approx((0.8**10,))
    assert found.open == pytest.approx(2)


@pytest.mark.parametrize("statements", [20, 200])
def test_more_statements_end_later_and_chances_add_up(statements):
    fewer, more = (
        ending(StoppingRule(None), DEFAULT, Course(n, 0.7, 0.98, 0.05, 0.6))
        for n in (statements // 2, statements)
    )
    assert more.not_yet > fewer.not_yet
    for one in (fewer, more):
        assert sum(one.after) + one.not_yet == pytest.approx(1)


def test_no_statements_and_no_chances_are_refused():
    with pytest.raises(ValueError, match="at least one statement"):
        Course(0, 0.5, 1, 0, 1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        Course(3, 1.5, 1, 0, 1)


def test_examples():
    assert doctest.testmod(module).failed == 0
