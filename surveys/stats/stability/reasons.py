"""Why a stability number is undefined, in words, and which reason holds for which item."""

import numpy as np

from surveys.stats.ratings import BoolArray
from surveys.stats.transitions import NO_PAIRS as NO_PAIRS
from surveys.stats.transitions import TransitionTables

Reasons = tuple[str | None, ...]

NO_CHANGE = "no change: every expert kept the rating"
ONE_PAIR = "one expert rated in both rounds"
ONE_POINT_USED = "all ratings of both rounds are the same"
EACH_ROUND_UNANIMOUS = "all ratings within each round are the same"
EARLIER_UNANIMOUS = "all ratings of the earlier round are the same"
LATER_UNANIMOUS = "all ratings of the later round are the same"
NOBODY_IN_A_ROUND = "nobody rated in one of the rounds"
NOBODY_CHANGED_SIDES = "no change: no expert entered or left the region"
UNDEFINED_IN_A_ROUND = "the number is undefined in one of the rounds"
SAME_FOR_ALL = "every expert moved by the same amount"
ONE_WAY = "the moves leave the change no variance"
NO_COMPLETE_RATER = "nobody rated in every round"
NO_CHANGE_OVER_ROUNDS = "no change: every expert kept the rating over all rounds"


def first_reason(*causes: tuple[BoolArray, str]) -> Reasons:
    """For each item the first cause that holds, or None; causes come with where they hold."""
    items = len(causes[0][0])
    reasons: list[str | None] = [None] * items
    for holds, why in reversed(causes):
        for item in np.nonzero(holds)[0]:
            reasons[item] = why
    return tuple(reasons)


def nothing_moved(tables: TransitionTables) -> Reasons:
    """`NO_CHANGE` where every pair kept its rating, `NO_PAIRS` where there is none."""
    pairs = tables.pairs
    kept = np.trace(tables.counts, axis1=1, axis2=2)
    return first_reason((pairs == 0, NO_PAIRS), (kept == pairs, NO_CHANGE))


def round_unanimous(tables: TransitionTables) -> Reasons:
    """Which round is unanimous, where one is; `NO_PAIRS` where there are none."""
    earlier, later = (
        np.count_nonzero(tables.counts.sum(axis=axis), axis=1) == 1 for axis in (2, 1)
    )
    return first_reason(
        (tables.pairs == 0, NO_PAIRS),
        (earlier & later, EACH_ROUND_UNANIMOUS),
        (earlier, EARLIER_UNANIMOUS),
        (later, LATER_UNANIMOUS),
    )
