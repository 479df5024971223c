"""After which round a stopping rule would advise to stop, in a simple model of settling.

In every round from the second on, each statement that still moves settles with one chance, by
itself. The stability rule calls settled statements stable with one chance and moving ones with
another (`settling`), anew in each round; one share of the statements is in consensus (`chance`)
throughout. What is in consensus leaves by the carry-forward rule; all else is rated again. The
answer is then exact: statements go their ways independently, so the chance that all of them are
settled in a set of rounds is a power.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from surveys.delphi.carrying import CarryForwardRule
from surveys.delphi.consensus import Verdict
from surveys.delphi.stopping import StoppingRule

# Further rounds are counted together: few studies have them, and each doubles the work.
MOST_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Course:
    """How the statements of a study fare.

    statements : how many are rated, from 1. settles : chance per round that a moving one settles.
    settled_stable, moving_stable : chance per round that a settled or a moving one is called
    stable. consensus : chance that one is in consensus.

    Raises ValueError for fewer than one statement and for chances outside 0..1.
    """

    statements: int
    settles: float
    settled_stable: float
    moving_stable: float
    consensus: float

    def __post_init__(self) -> None:
        if self.statements < 1:
            raise ValueError(f"a study has at least one statement, not {self.statements}")
        for chance in (self.settles, self.settled_stable, self.moving_stable, self.consensus):
            if not 0 <= chance <= 1:
                raise ValueError(f"a chance lies between 0 and 1, not at {chance}")


@dataclass(frozen=True, slots=True)
class Ending:
    """When a study ends.

    after : for round 1, 2, ...: the chance that everything has settled then and not before, or
    that every statement has left. not_yet : the chance that it has not by the last of these.
    by_protocol : whether that round is the last by protocol, so that the study stops all the same.
    open : statements that would not have settled after it, on average, were it reached.
    """

    after: tuple[float, ...]
    not_yet: float
    by_protocol: bool
    open: float


def ending(rule: StoppingRule, carry: CarryForwardRule, course: Course) -> Ending:
    """After which round does the rule advise to stop?

    >>> every = Course(20, settles=1, settled_stable=0.99, moving_stable=0, consensus=1)
    >>> found = ending(StoppingRule(), CarryForwardRule(), every)
    >>> [round(share, 3) for share in found.after], round(found.not_yet, 3)
    ([0.0, 0.818, 0.18], 0.002)
    """
    rounds = min(rule.max_rounds or MOST_ROUNDS, MOST_ROUNDS)
    going = [1.0, *(_goes_on(carry, course, number) for number in range(1, rounds + 1))]
    after = tuple(max(0.0, before - now) for before, now in zip(going, going[1:], strict=False))
    last = _ways(carry, course, rounds, {rounds} if rounds > 1 else ())
    # Nothing is assessed in round 1: open is what has not left.
    done = last.left if rounds == 1 else last.total
    still = course.statements * max(0.0, 1 - done)
    return Ending(after, going[-1], rounds == rule.max_rounds, still)


def _goes_on(carry: CarryForwardRule, course: Course, number: int) -> float:
    """The chance that no round up to this one was the end.

    By inclusion and exclusion over the rounds in which every statement had settled. That all
    have left by a round shows in the next, where none is open; only the last needs looking at.
    """
    chance = 0.0
    rounds = range(2, number + 1)
    for many in range(len(rounds) + 1):
        for chosen in combinations(rounds, many):
            one = _ways(carry, course, number, chosen)
            both = one.total**course.statements - one.left**course.statements
            chance += (-1) ** many * both
    return min(1.0, max(0.0, chance))


class _Ways(NamedTuple):
    """The chance that a statement was settled or gone in the rounds asked for; that it has left, too."""

    total: float
    left: float


def _ways(carry: CarryForwardRule, course: Course, until: int, asked: Collection[int]) -> _Ways:
    """One statement, round by round: moving, settled, or left."""
    total = left_in_all = 0.0
    for verdict, weight in (
        (Verdict.IN, course.consensus),
        (Verdict.NO_CONSENSUS, 1 - course.consensus),
    ):
        moving, settled, left = weight, 0.0, 0.0
        if carry.propose(verdict, None, rated=1).proposal.leaves:
            moving, left = 0.0, weight
        for number in range(2, until + 1):
            settled += moving * course.settles
            moving *= 1 - course.settles
            called = (moving * course.moving_stable, settled * course.settled_stable)
            others = (0.0, 0.0) if number in asked else (moving - called[0], settled - called[1])
            moving = settled = 0.0
            for stable, (one, other) in ((True, called), (False, others)):
                if carry.propose(verdict, stable, rated=number).proposal.leaves:
                    left += one + other
                else:
                    moving, settled = moving + one, settled + other
        total += moving + settled + left
        left_in_all += left
    return _Ways(min(1.0, total), min(1.0, left_in_all))
