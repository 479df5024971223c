"""Response, completion and retention: three proportions with three denominators."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats import intervals
from surveys.stats.ratings import BoolArray

NOBODY_INVITED = "nobody was invited"
NOBODY_RESPONDED = "nobody responded"
NOBODY_BEFORE = "nobody responded in the earlier round"
FIRST_ROUND = "there is no earlier round"


@dataclass(frozen=True, slots=True)
class Proportion:
    """A count, what it is a count of, and the share with its Wilson interval.

    share, lower, upper : from 0 to 1; None where ``of`` is 0, with the ``reason``.
    """

    count: int
    of: int
    share: float | None
    lower: float | None
    upper: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class RoundParticipation:
    """Participation in one round.

    invited : experts asked.
    response : of those invited, who answered anything.
    completion : of those who answered, who answered everything asked.
    retention : of those who answered the first round, who answered this one.
    retention_from_previous : of those who answered the round before, who answered this one.
    """

    invited: int
    response: Proportion
    completion: Proportion
    retention: Proportion
    retention_from_previous: Proportion


@dataclass(frozen=True, slots=True)
class PanelParticipation:
    """Participation in every round, and over all of them.

    rounds : in time order. every_round : of all who were ever invited, who answered every round.
    """

    rounds: tuple[RoundParticipation, ...]
    every_round: Proportion
    confidence: float


def proportion(
    count: int, of: int, *, confidence: float = 0.95, reason: str = NOBODY_INVITED
) -> Proportion:
    """A share of people with its denominator and Wilson interval.

    reason : what to say where ``of`` is 0.

    Raises ValueError for a count outside 0..of and a confidence not between 0 and 1.

    >>> proportion(8, 11).share == 8 / 11
    True
    """
    limits = intervals.proportion(count, of, confidence=confidence)
    if of == 0:
        return Proportion(count, of, None, None, None, reason)
    return Proportion(count, of, count / of, float(limits.lower), float(limits.upper), None)


def panel_participation(
    invited: npt.ArrayLike,
    responded: npt.ArrayLike,
    completed: npt.ArrayLike,
    *,
    confidence: float = 0.95,
) -> PanelParticipation:
    """Say who answered, round by round, and who was kept.

    invited, responded, completed : booleans, shape (experts, rounds), rounds in time order. For a
        stakeholder group give its experts' rows.

    Returns PanelParticipation.

    Raises ValueError when the shapes differ, and for an expert who responded without an
    invitation or completed without responding, with the place.

    Undefined: a share of nobody is None with its reason; the first round has no retention
    (`FIRST_ROUND`).

    Source
        Denominators as ACCORD asks for them (Gattrell WT, et al. PLoS Med 2024;21:e1004326).
        Wilson EB. J Am Stat Assoc 1927;22:209-12.

    Checked against: a count by hand; the interval as in ``intervals``.
    """
    asked, answered, finished = (_booleans(x) for x in (invited, responded, completed))
    if not asked.shape == answered.shape == finished.shape:
        raise ValueError(
            f"invited, responded and completed have the shapes {asked.shape},"
            f" {answered.shape} and {finished.shape}"
        )
    _refuse(answered & ~asked, "responded without an invitation")
    _refuse(finished & ~answered, "completed without responding")

    def share(count: BoolArray, of: BoolArray, reason: str) -> Proportion:
        kept = int(np.count_nonzero(count & of))
        return proportion(kept, int(np.count_nonzero(of)), confidence=confidence, reason=reason)

    def retained(now: int, since: int) -> Proportion:
        if now == 0:
            return Proportion(0, 0, None, None, None, FIRST_ROUND)
        return share(answered[:, now], answered[:, since], NOBODY_BEFORE)

    rounds = tuple(
        RoundParticipation(
            invited=int(np.count_nonzero(asked[:, now])),
            response=share(answered[:, now], asked[:, now], NOBODY_INVITED),
            completion=share(finished[:, now], answered[:, now], NOBODY_RESPONDED),
            retention=retained(now, 0),
            retention_from_previous=retained(now, now - 1),
        )
        for now in range(asked.shape[1])
    )
    always: BoolArray = np.logical_and.reduce(answered, axis=1)
    ever: BoolArray = np.logical_or.reduce(asked, axis=1)
    every_round = share(always, ever, NOBODY_INVITED)
    return PanelParticipation(rounds, every_round, confidence)


def _booleans(marks: npt.ArrayLike) -> BoolArray:
    given = np.asarray(marks)
    if given.ndim != 2 or given.dtype != np.bool_:
        raise ValueError(
            f"an array of {given.dtype} of shape {given.shape} is not booleans (experts, rounds)"
        )
    return given


def _refuse(wrong: BoolArray, what: str) -> None:
    if wrong.any():
        expert, number = (int(place) for place in np.argwhere(wrong)[0])
        raise ValueError(f"expert {expert} {what} in round {number} (counted from 0)")
