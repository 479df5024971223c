"""One expert's answer to one item: a value, a composite answer, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from surveys.delphi.wording import Phrase, say

# What a composite kind keeps: a ranking, an allocation, an interval, a text.
Detail: TypeAlias = "str | Sequence[object] | Mapping[str, object]"


class Missing(StrEnum):
    """Why there is no answer: four different findings, never one blank."""

    NOT_SHOWN = "not_shown"
    SKIPPED = "skipped"
    UNABLE = "unable"
    WITHDRAWN = "withdrawn"

    def name_in(self, locale: str) -> str:
        """The reason in words: "unable to judge"."""
        return say(_MISSING[self], locale)


_MISSING: Mapping[Missing, Phrase] = {
    Missing.NOT_SHOWN: {
        "en": "not shown",
        "nl": "niet getoond",
        "fr": "non présenté",
        "de": "nicht gezeigt",
    },
    Missing.SKIPPED: {
        "en": "not answered",
        "nl": "niet beantwoord",
        "fr": "sans réponse",
        "de": "nicht beantwortet",
    },
    Missing.UNABLE: {
        "en": "unable to judge",
        "nl": "kan dit niet beoordelen",
        "fr": "ne peut pas se prononcer",
        "de": "kann dies nicht beurteilen",
    },
    Missing.WITHDRAWN: {
        "en": "withdrawn",
        "nl": "teruggetrokken",
        "fr": "retiré",
        "de": "zurückgezogen",
    },
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Exactly one of a value, a detail and a reason for missing.

    value : the rating or the number of the chosen option, where an answer is one number.
    detail : the whole answer of a composite kind, as plain JSON values.
    missing : why there is no answer.

    Raises ValueError when none or more than one is given, and for a value that is not a finite
    number.
    """

    value: int | float | None = None
    detail: Detail | None = None
    missing: Missing | None = None

    def __post_init__(self) -> None:
        given = [part for part in (self.value, self.detail, self.missing) if part is not None]
        if len(given) != 1:
            raise ValueError(
                "an answer is a value, a detail or a reason for missing: exactly one of"
                f" {self.value!r}, {self.detail!r}, {self.missing!r}"
            )
        if self.missing is not None:
            object.__setattr__(self, "missing", Missing(self.missing))
        if self.value is not None and (
            isinstance(self.value, bool)
            or not isinstance(self.value, int | float)
            or not math.isfinite(self.value)
        ):
            raise ValueError(f"a rating is a number, not {self.value!r}")

    @property
    def given(self) -> bool:
        """Whether the expert answered."""
        return self.missing is None

    @classmethod
    def absent(cls, reason: Missing) -> Answer:
        """No answer, and why."""
        return cls(missing=reason)
