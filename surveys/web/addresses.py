"""Numbers in addresses and fields: small enough for both databases, or no number at all."""

from __future__ import annotations

from collections.abc import Iterable

from werkzeug.routing import IntegerConverter
from werkzeug.routing.map import Map

LARGEST_NUMBER = 2**31 - 1
MOST_DIGITS = len(str(LARGEST_NUMBER))


class Number(IntegerConverter):
    """``<int:…>`` in a route; a larger number leads to no page instead of failing in the database."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST_NUMBER)


def numbers_in(texts: Iterable[str]) -> list[int]:
    """Those of the texts that are whole numbers from 0, and not absurdly large."""
    plain = [text for text in texts if text.isdecimal() and len(text) <= MOST_DIGITS]
    return [number for number in map(int, plain) if number <= LARGEST_NUMBER]
