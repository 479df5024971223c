"""Where on a scale ratings are counted: in one of its bands, or between two points."""

from __future__ import annotations

import re
from dataclasses import dataclass

from surveys.delphi import wording
from surveys.delphi.scale import Band, Scale
from surveys.delphi.stored import AsText
from surveys.delphi.summary import ItemCounts
from surveys.delphi.wording import Phrase, say

_POINTS = re.compile(r"(-?\d+)\.\.(-?\d+)")


@dataclass(frozen=True, slots=True)
class Region(AsText):
    """A band of the study's scale, or points named outright.

    band : low, middle or high; None where points are given.
    first, last : the points, both included; None where a band is given.

    Raises ValueError unless exactly one of the two is given, and for points that run downwards.

    >>> Region.of("high").text, Region.of((5, 7)).text
    ('high', '5..7')
    """

    band: Band | None = None
    first: int | None = None
    last: int | None = None

    def __post_init__(self) -> None:
        if (self.first is None) != (self.last is None) or (self.band is None) == (
            self.first is None
        ):
            raise ValueError(
                "a region is a band or two points, not"
                f" {self.band!r}, {self.first!r}, {self.last!r}"
            )
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError(f"a region runs upwards, not from {self.first} to {self.last}")

    @classmethod
    def of(cls, place: Region | Band | str | tuple[int, int]) -> Region:
        """A region from "high", "5..7", a band, or a pair of points.

        Raises ValueError for text that is neither.
        """
        if isinstance(place, Region):
            return place
        if isinstance(place, tuple):
            return cls(first=place[0], last=place[1])
        if points := _POINTS.fullmatch(place):
            return cls(first=int(points[1]), last=int(points[2]))
        if place not in set(Band):
            raise ValueError(f"a region is low, middle, high or points such as 5..7, not {place!r}")
        return cls(band=Band(place))

    @property
    def text(self) -> str:
        """The region as it is stored: "high" or "5..7"."""
        return f"{self.first}..{self.last}" if self.band is None else self.band.value

    def points(self, scale: Scale) -> tuple[int, ...]:
        """Its points on a scale; none for an empty band.

        Raises ValueError for points off the scale.
        """
        if self.band is not None:
            return scale.points_in(self.band)
        first, last = self._ends()
        if first not in scale or last not in scale:
            raise ValueError(
                f"points {first} to {last} are not on the scale {scale.low} to {scale.high}"
            )
        return tuple(range(first, last + 1))

    def count(self, counts: ItemCounts, scale: Scale) -> int:
        """Experts who rated there. Raises ValueError for points off the scale."""
        points = self.points(scale)
        return counts.between(scale, points[0], points[-1]) if points else 0

    def mirrored(self, scale: Scale | None) -> Region:
        """The region at the other end. Raises ValueError for points without their scale."""
        if self.band is not None:
            return Region(band=self.band.mirrored)
        first, last = self._ends()
        if scale is None:
            raise ValueError(f"points {first} to {last} have no other end without a scale")
        return Region(first=scale.mirrored(last), last=scale.mirrored(first))

    def clause(self, locale: str, scale: Scale | None) -> str:
        """Verb and place: "are 7–9"; without a scale "are in the high band"."""
        points = () if scale is None else self.points(scale)
        if self.band is not None and not points:
            return say(_IN_BAND, locale, band=self.band.name_in(locale))
        first, last = (points[0], points[-1]) if points else self._ends()
        if first == last:
            return say(_AT_POINT, locale, point=wording.span(first, first, locale))
        return _with_ends(_BETWEEN, first, last, locale)

    def place(self, locale: str, scale: Scale | None) -> str:
        """The region without a verb, after a number of ratings: "at 7–9"."""
        points = () if scale is None else self.points(scale)
        if self.band is not None and not points:
            return self.band.name_in(locale)
        first, last = (points[0], points[-1]) if points else self._ends()
        return _with_ends(_PLACE if first == last else _PLACE_SPAN, first, last, locale)

    def within(self, locale: str, scale: Scale) -> str:
        """The region as a place for a median: "in 7–9"."""
        points = self.points(scale)
        return _with_ends(_WITHIN, points[0], points[-1], locale)

    def _ends(self) -> tuple[int, int]:
        # Only asked of a region of points, which has both.
        return self.first or 0, self.last or 0


def _with_ends(phrase: Phrase, first: int, last: int, locale: str) -> str:
    return say(
        phrase,
        locale,
        span=wording.span(first, last, locale),
        first=wording.span(first, first, locale),
        last=wording.span(last, last, locale),
    )


_PLACE: Phrase = {"en": "at {span}", "nl": "op {span}", "fr": "à {span}", "de": "bei {span}"}
_PLACE_SPAN: Phrase = {**_PLACE, "fr": "entre {first} et {last}"}
_WITHIN: Phrase = {
    "en": "in {span}",
    "nl": "in {span}",
    "fr": "entre {first} et {last}",
    "de": "bei {span}",
}
_IN_BAND: Phrase = {
    "en": "are {band}",
    "nl": "valt {band}",
    "fr": "se situent {band}",
    "de": "liegen {band}",
}
_AT_POINT: Phrase = {
    "en": "are {point}",
    "nl": "is {point}",
    "fr": "valent {point}",
    "de": "liegen bei {point}",
}
_BETWEEN: Phrase = {
    "en": "are {span}",
    "nl": "is {span}",
    "fr": "sont comprises entre {first} et {last}",
    "de": "liegen bei {span}",
}
