"""Exact thresholds: percentages and comparisons that are decided without rounding.

A verdict hangs on whether 7 of 10 is "at least 70 %". Floats cannot be trusted with that
(0.07 * 100 > 7 in binary), so thresholds are fractions, read from text, and every comparison is
made between whole numbers.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

import numpy as np

from surveys.stats.ratings import BoolArray, IntArray

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:/[1-9]\d*)?")


class Comparison(StrEnum):
    """The four ways in which a number can meet a threshold, boundary included or not."""

    AT_LEAST = ">="
    MORE_THAN = ">"
    AT_MOST = "<="
    UNDER = "<"

    def holds(self, value: Fraction | int | float, threshold: Fraction | int) -> bool:
        """Say whether `value` meets `threshold`; exact when both are integers or fractions."""
        if self is Comparison.AT_LEAST:
            return value >= threshold
        if self is Comparison.MORE_THAN:
            return value > threshold
        if self is Comparison.AT_MOST:
            return value <= threshold
        return value < threshold

    def each(self, values: IntArray, thresholds: IntArray | int) -> BoolArray:
        """The same for whole numbers in arrays."""
        operation = {
            Comparison.AT_LEAST: np.greater_equal,
            Comparison.MORE_THAN: np.greater,
            Comparison.AT_MOST: np.less_equal,
            Comparison.UNDER: np.less,
        }[self]
        held: BoolArray = operation(values, thresholds)
        return held

    @property
    def wants_much(self) -> bool:
        """True for "at least" and "more than": a larger number can only help."""
        return self in (Comparison.AT_LEAST, Comparison.MORE_THAN)

    @property
    def opposite(self) -> Comparison:
        """The comparison that holds exactly when this one does not."""
        return _OPPOSITE[self]

    @property
    def mirrored(self) -> Comparison:
        """The same strictness seen from the other end of a scale: ">= 7" becomes "<= 3"."""
        return _MIRRORED[self]

    def limit(self, percent: Fraction, total: int) -> int:
        """The count out of `total` at which a share just meets `percent`.

        For "at least" and "more than" the smallest count that meets it (which may exceed
        `total`: nobody can reach "more than 100 %"); for "at most" and "under" the largest
        (which may be -1: nothing is "under 0 %").

        >>> Comparison.AT_LEAST.limit(Fraction(70), 11)
        8
        >>> Comparison.UNDER.limit(Fraction(15), 20)
        2
        """
        exact_count = percent * total / 100
        if self is Comparison.AT_LEAST:
            return math.ceil(exact_count)
        if self is Comparison.MORE_THAN:
            return math.floor(exact_count) + 1
        if self is Comparison.AT_MOST:
            return math.floor(exact_count)
        return math.ceil(exact_count) - 1


_OPPOSITE = {
    Comparison.AT_LEAST: Comparison.UNDER,
    Comparison.MORE_THAN: Comparison.AT_MOST,
    Comparison.AT_MOST: Comparison.MORE_THAN,
    Comparison.UNDER: Comparison.AT_LEAST,
}
_MIRRORED = {
    Comparison.AT_LEAST: Comparison.AT_MOST,
    Comparison.MORE_THAN: Comparison.UNDER,
    Comparison.AT_MOST: Comparison.AT_LEAST,
    Comparison.UNDER: Comparison.MORE_THAN,
}


def exact(number: str | int | Fraction | Decimal) -> Fraction:
    """Read a threshold exactly: 70, "66.7", "200/3".

    A float is refused: 0.1 + 0.2 as a threshold would be a number nobody wrote.

    Raises ValueError for anything that is not a plain decimal number or a fraction.
    """
    if isinstance(number, bool | float):
        raise ValueError(f"a threshold must be exact text or a whole number, not {number!r}")
    if isinstance(number, str):
        if not _NUMBER.fullmatch(number):
            raise ValueError(f"not a number: {number!r}")
        whole, _, divisor = number.partition("/")
        return Fraction(whole) / int(divisor or 1)
    return Fraction(number)


def plain(number: Fraction) -> str:
    """Write a threshold back as text that `exact` reads: "70", "66.7", "200/3".

    A finite decimal is written as one; anything else stays a fraction, because 66.67 is not 200/3.
    """
    rest, twos, fives = number.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return f"{number.numerator}/{number.denominator}"
    places = max(twos, fives)
    if places == 0:
        return str(number.numerator)
    digits = str(abs(number.numerator) * 10**places // number.denominator).zfill(places + 1)
    return f"{'-' if number < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def threshold(number: object, *, percent: bool = False) -> Fraction:
    """Check one threshold handed to a rule: exact, and within 0..100 where it is a percentage."""
    if not isinstance(number, str | int | Fraction | Decimal):
        raise ValueError(f"a threshold must be exact text or a whole number, not {number!r}")
    value = exact(number)
    if percent and not 0 <= value <= 100:
        raise ValueError(f"a percentage lies between 0 and 100, not {plain(value)}")
    return value
