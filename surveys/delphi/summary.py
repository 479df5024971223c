"""What a rule is given to judge: one item's ratings as counts, and the pairs between two rounds.

Rules never see experts. They see how many chose each point and how many had which reason not to,
which a database can deliver with one GROUP BY.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.scale import Band, Scale


def _check_counts(counts: Iterable[int]) -> None:
    for count in counts:
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise ValueError(f"a count is a whole number from 0, not {count!r}")


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """How the panel, or one stakeholder group, answered one item in one round.

    counts : experts at each point of the scale, from low to high, unused points as 0.
    unable, skipped, not_shown, withdrawn : experts without a rating, by reason.

    Raises ValueError for a count that is negative or not whole.

    >>> item = ItemCounts.of([4, 4, 5, 2], Scale.of(1, 5), unable=1)
    >>> item.counts, item.n, item.asked
    ((0, 1, 0, 2, 1), 4, 5)
    """

    counts: tuple[int, ...]
    unable: int = 0
    skipped: int = 0
    not_shown: int = 0
    withdrawn: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", tuple(self.counts))
        _check_counts((*self.counts, self.unable, self.skipped, self.not_shown, self.withdrawn))

    @classmethod
    def of(cls, ratings: Iterable[float], scale: Scale, *, unable: int = 0) -> ItemCounts:
        """Count plain ratings, one per expert. Raises ValueError for one off the scale."""
        return cls.from_answers(
            [*(Answer(rating) for rating in ratings), *[Answer.absent(Missing.UNABLE)] * unable],
            scale,
        )

    @classmethod
    def from_answers(cls, answers: Iterable[Answer], scale: Scale) -> ItemCounts:
        """Count answers with their reasons for missing. Raises ValueError for one off the scale."""
        points = [0] * len(scale)
        absent = dict.fromkeys(Missing, 0)
        for answer in answers:
            if answer.missing is not None:
                absent[answer.missing] += 1
            elif answer.value in scale:
                points[int(answer.value or 0) - scale.low] += 1
            else:
                raise ValueError(f"{answer.value!r} is not a point of {scale.low} to {scale.high}")
        return cls(
            tuple(points),
            unable=absent[Missing.UNABLE],
            skipped=absent[Missing.SKIPPED],
            not_shown=absent[Missing.NOT_SHOWN],
            withdrawn=absent[Missing.WITHDRAWN],
        )

    @property
    def n(self) -> int:
        """Usable ratings."""
        return sum(self.counts)

    @property
    def asked(self) -> int:
        """Experts who were shown the item: rated, unable or skipped."""
        return self.n + self.unable + self.skipped

    def between(self, scale: Scale, first: int, last: int) -> int:
        """Experts who rated from `first` to `last`, both included."""
        self.check_fits(scale)
        return sum(self.counts[max(0, first - scale.low) : max(0, last - scale.low + 1)])

    def in_band(self, scale: Scale, band: Band) -> int:
        """Experts who rated in one band."""
        points = scale.points_in(band)
        return self.between(scale, points[0], points[-1]) if points else 0

    def by_band(self, scale: Scale) -> dict[Band, int]:
        """Experts in each band."""
        return {band: self.in_band(scale, band) for band in Band}

    def ratings(self, scale: Scale) -> tuple[int, ...]:
        """The ratings themselves, sorted, one per expert."""
        self.check_fits(scale)
        return tuple(
            point
            for point, count in zip(scale.points, self.counts, strict=True)
            for _ in range(count)
        )

    def check_fits(self, scale: Scale) -> None:
        """Raise ValueError unless there is one count per point of the scale."""
        if len(self.counts) != len(scale):
            raise ValueError(
                f"{len(self.counts)} counts do not fit a scale of {len(scale)} points"
                f" ({scale.low} to {scale.high})"
            )

    def __add__(self, other: ItemCounts) -> ItemCounts:
        """Two groups of experts taken together. Raises ValueError when their scales differ."""
        if len(self.counts) != len(other.counts):
            raise ValueError(
                f"{len(self.counts)} and {len(other.counts)} points are not the same scale"
            )
        return ItemCounts(
            tuple(mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)),
            self.unable + other.unable,
            self.skipped + other.skipped,
            self.not_shown + other.not_shown,
            self.withdrawn + other.withdrawn,
        )


# A panel by stakeholder group: the same item, once per group.
Groups = Mapping[str, ItemCounts]


@dataclass(frozen=True, slots=True)
class PairCounts:
    """What the same experts did with the same item in two rounds.

    table : experts by earlier rating (rows) and later rating (columns), over every point of the
        scale. Who rated in one round only is not in it.

    Raises ValueError when the table is not square or holds something that is not a count.

    >>> moved = PairCounts.of([(4, 4), (4, 5), (2, 4)], Scale.of(1, 5))
    >>> moved.pairs, moved.unchanged, moved.within(1)
    (3, 1, 2)
    """

    table: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        rows = tuple(tuple(row) for row in self.table)
        if len(rows) < 2 or any(len(row) != len(rows) for row in rows):
            raise ValueError(
                f"a table of pairs is square over the scale, not {[len(row) for row in rows]}"
            )
        for row in rows:
            _check_counts(row)
        object.__setattr__(self, "table", rows)

    @classmethod
    def of(cls, pairs: Iterable[tuple[float, float]], scale: Scale) -> PairCounts:
        """Count (earlier, later) ratings. Raises ValueError for one off the scale."""
        table = [[0] * len(scale) for _ in scale]
        for earlier, later in pairs:
            for rating in (earlier, later):
                if rating not in scale:
                    raise ValueError(f"{rating!r} is not a point of {scale.low} to {scale.high}")
            table[int(earlier) - scale.low][int(later) - scale.low] += 1
        return cls(tuple(tuple(row) for row in table))

    @classmethod
    def none(cls, scale: Scale) -> PairCounts:
        """No pairs: an item rated for the first time."""
        return cls.of([], scale)

    @property
    def pairs(self) -> int:
        """Experts who rated the item in both rounds."""
        return sum(map(sum, self.table))

    @property
    def unchanged(self) -> int:
        """Experts with exactly the same rating."""
        return self.within(0)

    def within(self, distance: int) -> int:
        """Experts whose later rating is at most `distance` points from the earlier one."""
        return sum(
            count
            for earlier, row in enumerate(self.table)
            for later, count in enumerate(row)
            if abs(later - earlier) <= distance
        )

    def same_band(self, scale: Scale) -> int:
        """Experts whose two ratings lie in the same band."""
        self.check_fits(scale)
        bands = [scale.band_of(point) for point in scale]
        return sum(
            count
            for earlier, row in enumerate(self.table)
            for later, count in enumerate(row)
            if bands[earlier] is bands[later]
        )

    @property
    def moved_up(self) -> int:
        """Experts who rated higher than before."""
        return sum(sum(row[earlier + 1 :]) for earlier, row in enumerate(self.table))

    @property
    def moved_down(self) -> int:
        """Experts who rated lower than before."""
        return sum(sum(row[:earlier]) for earlier, row in enumerate(self.table))

    @property
    def earlier(self) -> tuple[int, ...]:
        """The earlier ratings of these experts, counted per point."""
        return tuple(sum(row) for row in self.table)

    @property
    def later(self) -> tuple[int, ...]:
        """The later ratings of these experts, counted per point."""
        return tuple(sum(column) for column in zip(*self.table, strict=True))

    @property
    def net_change(self) -> Fraction | None:
        """Half the absolute differences between the two distributions, 0..1; None without pairs.

        Blind to experts who swap places (Scheibe, Skutsch & Schofer 1975 call under 15 % stable).
        """
        if not self.pairs:
            return None
        moved = sum(
            abs(later - earlier) for earlier, later in zip(self.earlier, self.later, strict=True)
        )
        return Fraction(moved, 2 * self.pairs)

    def check_fits(self, scale: Scale) -> None:
        """Raise ValueError unless the table has one row per point of the scale."""
        if len(self.table) != len(scale):
            raise ValueError(
                f"a table of {len(self.table)} points does not fit {scale.low} to {scale.high}"
            )


def as_groups(groups: Mapping[str, Sequence[float]], scale: Scale) -> dict[str, ItemCounts]:
    """Count plain ratings per stakeholder group."""
    return {name: ItemCounts.of(ratings, scale) for name, ratings in groups.items()}
