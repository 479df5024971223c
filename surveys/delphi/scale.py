"""The ordered points on which experts rate, and the bands that give them meaning.

High always means support: band `high` is what "consensus in" is about. A questionnaire whose
scale runs the other way (1 = fully agree) is recoded when its answers are read, once, so that no
rule ever has to know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from surveys.delphi.stored import Stored, load_as
from surveys.delphi.wording import Phrase, say, span


class Band(StrEnum):
    """A named stretch of a scale: the low, middle or high points."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"

    @property
    def mirrored(self) -> Band:
        """The band at the other end; the middle is its own."""
        return {Band.LOW: Band.HIGH, Band.HIGH: Band.LOW}.get(self, self)

    def name_in(self, locale: str) -> str:
        """The band in words, with its preposition: "in the high band"."""
        return say(_BAND_NAMES[self], locale)


_BAND_NAMES: Mapping[Band, Phrase] = {
    Band.LOW: {
        "en": "in the low band",
        "nl": "in de lage zone",
        "fr": "dans la zone basse",
        "de": "im unteren Bereich",
    },
    Band.MIDDLE: {
        "en": "in the middle band",
        "nl": "in de middelste zone",
        "fr": "dans la zone médiane",
        "de": "im mittleren Bereich",
    },
    Band.HIGH: {
        "en": "in the high band",
        "nl": "in de hoge zone",
        "fr": "dans la zone haute",
        "de": "im oberen Bereich",
    },
}

# More points than this are a number line, not a scale one can read.
MOST_POINTS = 101


@dataclass(frozen=True, slots=True)
class Scale(Stored):
    """Whole points from `low` to `high`, divided into bands.

    `low_until` is the last point of the low band, `high_from` the first of the high band; what
    lies between is the middle band, which may be empty (4 points: 1-2, none, 3-4).

    Raises ValueError when the scale has fewer than 2 or more than 101 points, or when the bands
    leave the scale or overlap.

    >>> Scale.of(1, 9).points_in(Band.HIGH)
    (7, 8, 9)
    >>> Scale.of(1, 4).points_in(Band.MIDDLE)
    ()
    """

    kind: ClassVar[str] = "scale"

    low: int
    high: int
    low_until: int
    high_from: int

    def __post_init__(self) -> None:
        for name in ("low", "high", "low_until", "high_from"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise ValueError(f"{name} must be a whole number, not {value!r}")
        if not 2 <= self.high - self.low + 1 <= MOST_POINTS:
            raise ValueError(
                f"a scale has 2 to {MOST_POINTS} points, not {self.high - self.low + 1}"
                f" ({self.low} to {self.high})"
            )
        if not self.low <= self.low_until < self.high_from <= self.high:
            raise ValueError(
                f"bands {self.low}-{self.low_until} (low) and {self.high_from}-{self.high} (high)"
                f" do not fit on {self.low} to {self.high}; low must lie below high"
            )

    @classmethod
    def of(
        cls, low: int, high: int, *, low_until: int | None = None, high_from: int | None = None
    ) -> Scale:
        """A scale with the bands in common use, unless others are given.

        9 points 1-3 / 4-6 / 7-9; 7 points 1-2 / 3-5 / 6-7; 5 points 1-2 / 3 / 4-5; 4 points
        1-2 / none / 3-4; otherwise outer bands of a third, rounded to the nearest point (11 points
        0-3 / 4-6 / 7-10).
        """
        points = high - low + 1
        # 4 points have no middle: agree or disagree is what such a scale asks.
        outer = 2 if points == 4 else (points + 1) // 3
        return cls(
            low,
            high,
            low + outer - 1 if low_until is None else low_until,
            high - outer + 1 if high_from is None else high_from,
        )

    @property
    def points(self) -> tuple[int, ...]:
        """Every point, from low to high."""
        return tuple(range(self.low, self.high + 1))

    def __iter__(self) -> Iterator[int]:
        return iter(self.points)

    def __len__(self) -> int:
        return self.high - self.low + 1

    def __contains__(self, value: object) -> bool:
        """Whether a value is a point: 3 and 3.0 are, 3.5, True and "3" are not."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return value == value // 1 and self.low <= value <= self.high

    @property
    def bands(self) -> dict[Band, tuple[int, ...]]:
        """The points of each band; the middle may be empty."""
        return {band: self.points_in(band) for band in Band}

    def points_in(self, band: Band) -> tuple[int, ...]:
        """The points of one band, from low to high."""
        return {
            Band.LOW: tuple(range(self.low, self.low_until + 1)),
            Band.MIDDLE: tuple(range(self.low_until + 1, self.high_from)),
            Band.HIGH: tuple(range(self.high_from, self.high + 1)),
        }[band]

    def band_of(self, value: float) -> Band:
        """The band of a point, or of a median between two points.

        A value between two bands (3.5 on 1-3 / 4-6 / 7-9) belongs to the higher one, as in the
        RAND/UCLA manual; a rule that leaves such medians undecided asks before it calls this.

        Raises ValueError for a value off the scale.
        """
        if not self.low <= value <= self.high:
            raise ValueError(f"{value} is not on the scale {self.low} to {self.high}")
        if value <= self.low_until:
            return Band.LOW
        # With no middle band there is nothing between: 2.5 on 1-2 / 3-4 goes up as well.
        if value > self.high_from - 1 or self.low_until + 1 == self.high_from:
            return Band.HIGH
        return Band.MIDDLE

    def mirrored(self, value: int) -> int:
        """The point as far from the other end: 7 on 1 to 9 is mirrored by 3."""
        return self.low + self.high - value

    @property
    def midpoint(self) -> float:
        """The centre of the scale, which is a point only when their number is odd."""
        return (self.low + self.high) / 2

    def band_span(self, band: Band, locale: str) -> str:
        """The points of a band for reading: "7–9"; empty text where it has none."""
        points = self.points_in(band)
        return span(points[0], points[-1], locale) if points else ""

    @classmethod
    def from_json(cls, data: object) -> Scale:
        """Read a stored scale. Raises ValueError when it is none or does not hold together."""
        scale: Scale = load_as(cls, data)
        return scale
