"""Form fields of our own, for kinds that need less of a field than the library's have."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from wtforms import Field, ValidationError


class OneOf(Field):  # type: ignore[misc]
    """One of some codes, or nothing.

    The library's radio field wraps every choice so that it can be drawn, once per item and request;
    our templates draw, and on a page of forty scales an eighth of a save went into it.
    """

    def __init__(self, codes: Collection[str] = (), **rest: Any) -> None:
        super().__init__(**rest)
        self.codes = codes

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = valuelist[0]

    def pre_validate(self, form: Any) -> None:
        if self.data and self.data not in self.codes:
            raise ValidationError("not one of the codes")
