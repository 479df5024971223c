"""Whose figures may stand beside each other: small groups together, and nothing left to subtract.

Who sees the figures of a panel and of its groups can subtract: the panel less the groups shown is
whoever is left; this round's figures less those of the round before are whoever came, went or changed
their mind. So what is shown is divided into cells such that whatever an onlooker adds up and subtracts,
on one item, belongs to nobody or to a crowd. Bars are not cells: that one person in a cell rated 2 says
nothing of who it was.

Within one round every sum of cells is a crowd if every cell is. Between two rounds the sums of the one
meet the sums of the other, and what is left over when one is subtracted from the other must again be a
crowd, unless both are of exactly the same people: then it is a figure about all of them, how they moved.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

Cell = frozenset[str]
Person = TypeVar("Person", bound=Hashable)

# Sums of so many cells of earlier figures are tried one by one; where more of them are entangled than
# ever were on a panel, groups are put together without a trial.
_TRIED = 12


@dataclass(frozen=True, slots=True)
class Between:
    """One group's people behind the figures of an earlier round, and behind those to be shown.

    then, now : people whose answers are in the earlier figures; in those to be shown.
    differing : people of whom it is certain that what they add to the two is not the same: they are
        in one of the two only, or answered something else.
    same : whether it is certain that exactly the same people are in both.

    Raises ValueError for numbers of people that cannot be.
    """

    then: int
    now: int
    differing: int
    same: bool

    def __post_init__(self) -> None:
        few, many = min(self.then, self.now, self.differing), self.then + self.now
        if few < 0 or self.differing > many or (self.same and self.then != self.now):
            raise ValueError(f"{self} cannot be")


def between(
    then: Mapping[Person, object],
    now: Mapping[Person, object],
    *,
    people_then: int | None = None,
    people_now: int | None = None,
) -> Between:
    """Compare one group's answers, by person, behind the figures of two rounds.

    people_then, people_now : people in the figures, where that may be more or fewer than are known now:
        who had their answers erased is still in figures that were shown. Of those nothing is taken for
        certain.

    >>> between({"a": 4, "b": 2}, {"a": 4, "b": 5, "c": 1})
    Between(then=2, now=3, differing=2, same=False)
    >>> between({"a": 4}, {"a": 4}, people_then=2)
    Between(then=2, now=1, differing=1, same=False)
    """
    before, after = (
        len(known) if people is None else people
        for known, people in ((then, people_then), (now, people_now))
    )
    absent = object()
    certain = sum(then.get(who, absent) != now.get(who, absent) for who in then.keys() | now.keys())
    unknown, anew = before - len(then), after - len(now)
    # The same unknown people may be behind both; and as many known ones as are too many, behind neither.
    certain += abs(max(unknown, 0) - max(anew, 0)) + min(unknown, 0) + min(anew, 0)
    return Between(
        before,
        after,
        min(max(certain, 0), before + after),
        same=unknown == anew == 0 and then.keys() == now.keys(),
    )


@dataclass(frozen=True, slots=True)
class Earlier:
    """Figures that were shown before on the same item.

    cells : the groups whose figures were shown together, group by group; all that had anybody in
        them, also where nothing was shown but the panel.
    between : every group, from those figures to the ones to be shown.
    """

    cells: tuple[Cell, ...]
    between: Mapping[str, Between]


@dataclass(frozen=True, slots=True)
class Division:
    """Whose figures are shown, all beside the panel's.

    alone : groups that stand by themselves.
    together : groups that are shown as one, "others"; where no group is alone they are the panel.
    """

    alone: tuple[str, ...]
    together: tuple[str, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Groups by what is shown of them together."""
        return _cells(self.alone, self.together)


def divide(
    sizes: Mapping[str, int],
    smallest: int,
    *,
    apart: Iterable[str] | None = None,
    earlier: Sequence[Earlier] = (),
) -> Division | None:
    """Decide which groups stand alone and which are others, on one item.

    sizes : people with a usable answer in every group of the panel. Groups of nobody are in neither
        part: there is nothing to show or to hide.
    smallest : people below which nothing is shown.
    apart : the groups that may stand alone; all of them by default, none where only the panel's
        figures are shown.
    earlier : what was shown before on this item.

    Returns None where not even the panel's own figures may be shown: because it is too small, or
    because too few people lie between them and figures that were shown before.

    Groups below the smallest size are others. While the others are too few themselves, or while a
    sum of cells less earlier ones leaves too few people, the smallest group in question joins them.

    >>> divide({"nurses": 9, "patients": 6, "payers": 2}, 5)
    Division(alone=('nurses',), together=('patients', 'payers'))
    >>> divide({"nurses": 9, "patients": 2, "payers": 3}, 5).together
    ('patients', 'payers')
    """
    sizes = {group: people for group, people in sizes.items() if people}
    if sum(sizes.values()) < smallest:
        return None
    allowed = sizes.keys() if apart is None else sizes.keys() & set(apart)
    alone = {group for group in allowed if sizes[group] >= smallest}
    while True:
        together = sizes.keys() - alone
        few = 0 < sum(sizes[group] for group in together) < smallest
        told = set() if few else _told(_cells(sorted(alone), sorted(together)), earlier, smallest)
        if not few and not told:
            return Division(
                tuple(group for group in sizes if group in alone),
                tuple(group for group in sizes if group in together),
            )
        if not alone:
            return None
        alone.remove(min(alone & told or alone, key=lambda group: (sizes[group], group)))


def _cells(alone: Iterable[str], together: Iterable[str]) -> tuple[Cell, ...]:
    parts = [frozenset({group}) for group in alone] + [frozenset(together)]
    return tuple(part for part in parts if part)


def _told(cells: Sequence[Cell], earlier: Sequence[Earlier], smallest: int) -> set[str]:
    """The groups of cells that, with earlier figures, tell of too few people; empty if none do."""
    for figures in earlier:
        for then, now in _entangled(figures.cells, cells):
            if _leaves_few(then, now, figures.between, smallest):
                return {group for cell in now for group in cell}
    return set()


def _entangled(
    then: Sequence[Cell], now: Sequence[Cell]
) -> Iterable[tuple[list[Cell], list[Cell]]]:
    """Cells of two rounds that share groups, directly or through each other.

    Only these need to be looked at together: what is left over of others comes on top.
    """
    parts: list[tuple[list[Cell], list[Cell], set[str]]] = []
    for earlier, cell in [*((True, cell) for cell in then), *((False, cell) for cell in now)]:
        mine = ([cell], [], set(cell)) if earlier else ([], [cell], set(cell))
        for part in [part for part in parts if part[2] & cell]:
            parts.remove(part)
            mine = (mine[0] + part[0], mine[1] + part[1], mine[2] | part[2])
        parts.append(mine)
    return [(before, after) for before, after, _ in parts]


def _leaves_few(
    then: Sequence[Cell], now: Sequence[Cell], between: Mapping[str, Between], smallest: int
) -> bool:
    """Whether a sum of the earlier cells less a sum of the later ones leaves too few people.

    For each sum of earlier cells the sum of later ones that comes nearest is found cell by cell, for
    they share no people. Where that leaves the same people, every other sum is a whole cell farther.
    """
    if len(then) > _TRIED:
        return True
    for count in range(len(then) + 1):
        for chosen in combinations(then, count):
            groups = frozenset[str]().union(*chosen)
            left, same = _left_over(groups.difference(*now), frozenset(), between)
            for cell in now:
                people, alike = min(
                    _left_over(groups & cell, taken, between) for taken in (cell, frozenset[str]())
                )
                left, same = left + people, same and alike
            if not same and left < smallest:
                return True
    return False


def _left_over(then: Cell, now: Cell, between: Mapping[str, Between]) -> tuple[int, bool]:
    """People left over between a sum of earlier figures and one of later, and whether they are the same."""
    people, same = 0, True
    for group in then | now:
        of = between[group]
        if group in then and group in now:
            people, same = people + of.differing, same and of.same
        else:
            alone = of.then if group in then else of.now
            people, same = people + alone, same and not alone
    return people, same
