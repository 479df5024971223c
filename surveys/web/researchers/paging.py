"""Lists that are longer than a page: which part of one is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from surveys.web.addresses import numbers_in

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a list. ``after`` of all ``total`` come before it."""

    number: int
    pages: int
    after: int
    most: int
    total: int

    @property
    def first(self) -> int:
        """The place of its first line in the whole list, from 1."""
        return self.after + 1

    @property
    def last(self) -> int:
        return min(self.after + self.most, self.total)


def asked_for(total: int, most: int = ON_A_PAGE) -> Sheet:
    """The page that the address asks for; the nearest one where there is none of that number."""
    pages = max(1, -(-total // most))
    wanted = (numbers_in([request.args.get("page", "")]) or [1])[0]
    number = min(max(wanted, 1), pages)
    return Sheet(number, pages, (number - 1) * most, most, total)
