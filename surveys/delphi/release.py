"""When live figures may be renewed: for a crowd at a time, never for one late answer.

Who watches figures while a round is open can subtract the last ones from the new ones. What is left
over is what happened in between: one answer, if one person answered. So figures stand still until
enough people stand between two releases, and the last few before the close stay out of what is shown.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Person = TypeVar("Person", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Cell:
    """The people behind one figure, now and since figures were last released.

    Cells never share people and together hold everybody who answered: the groups that are shown,
    and whoever is left. Where only the whole panel is shown, the panel is the one cell.

    usable : people whose answer counts now.
    differing : people whose answer counts now and did not then, counted then and does not now, or
        counts as another answer; everybody before the first release.

    Raises ValueError for a number of people that is negative.
    """

    usable: int
    differing: int

    def __post_init__(self) -> None:
        if min(self.usable, self.differing) < 0:
            raise ValueError(f"people are counted from 0, not {self.usable} and {self.differing}")


def cell(released: Mapping[Person, object], now: Mapping[Person, object]) -> Cell:
    """Compare one cell's usable answers, by person, with those last released.

    >>> cell({"a": 4, "b": 2}, {"a": 4, "b": 5, "c": 1})
    Cell(usable=3, differing=2)
    """
    people = released.keys() | now.keys()
    absent = object()
    return Cell(
        usable=len(now),
        differing=sum(released.get(who, absent) != now.get(who, absent) for who in people),
    )


def may_release(cells: Iterable[Cell], smallest_group: int) -> bool:
    """Whether figures may be renewed, all cells together, during the round and at its close.

    cells : every cell, also those of which nothing is shown: subtracting gives them away.
    smallest_group : people below which nothing is shown of a cell.

    True when there is something new, no cell that holds anybody is too small, and in each cell
    nobody or enough people differ. Cells are renewed together because the panel's figures are their
    sum: a cell that lagged behind could be had by subtracting the others.

    >>> may_release([Cell(usable=12, differing=5)], smallest_group=5)
    True
    >>> may_release([Cell(usable=12, differing=5), Cell(usable=8, differing=1)], smallest_group=5)
    False
    """
    cells = tuple(cells)

    def crowd_or_nobody(people: int) -> bool:
        return people == 0 or people >= smallest_group

    return any(cell.differing for cell in cells) and all(
        crowd_or_nobody(cell.usable) and crowd_or_nobody(cell.differing) for cell in cells
    )
