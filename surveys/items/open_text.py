"""An open question, answered in the expert's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from wtforms import Field, TextAreaField
from wtforms.validators import Optional

from surveys.delphi.answer import Answer, Missing
from surveys.items.base import N_, InvalidAnswer, ItemKind
from surveys.items.settings import whole
from surveys.tables import Column, Measure

LONGEST_ANSWER = 10_000


@dataclass(frozen=True, slots=True)
class OpenText(ItemKind):
    """Free text. ``longest`` is in characters, generous: it guards the database, not the style."""

    kind: ClassVar[str] = "open_text"
    label: ClassVar[str] = N_("Open question")

    longest: int = LONGEST_ANSWER

    @classmethod
    def load(cls, settings: Mapping[str, Any]) -> Self:
        unknown = set(settings) - {"longest"}
        if unknown:
            raise ValueError(f"an open question has no setting {', '.join(sorted(unknown))}")
        longest = settings.get("longest")
        if longest in (None, ""):
            return cls()
        try:
            return cls(whole(longest, "longest", least=1))
        except ValueError:
            raise ValueError(f"longest must be a number of characters, not {longest!r}") from None

    @property
    def usual_seconds(self) -> float:
        return 75.0

    def to_json(self) -> dict[str, Any]:
        return {"longest": self.longest}

    def fields(self) -> dict[str, Field]:
        return {"": TextAreaField(validators=[Optional()])}

    def read(self, data: Mapping[str, Any]) -> Answer:
        text = str(data.get("") or "").replace("\r\n", "\n").replace("\x00", "").strip()
        if not text:
            return Answer.absent(Missing.SKIPPED)
        return Answer(detail={"text": text})

    def check(self, answer: Answer) -> None:
        if answer.missing is Missing.UNABLE:
            raise InvalidAnswer(N_("“Unable to judge” is not offered here."))
        if answer.missing is None and len(self.in_words(answer, "")) > self.longest:
            raise InvalidAnswer(N_("This text is too long to be kept. Please shorten it."))

    def filled(self, answer: Answer | None) -> dict[str, str]:
        return {"": self.in_words(answer, "") if answer is not None else ""}

    def in_words(self, answer: Answer, language: str) -> str:
        if not isinstance(answer.detail, Mapping):
            return ""
        return str(answer.detail.get("text", ""))

    def columns(self, code: str, wording: str, language: str) -> tuple[Column, ...]:
        return (Column(code.lower(), wording, Measure.TEXT),)

    def cells(self, answer: Answer | None) -> tuple[float | str | None, ...]:
        return ((self.in_words(answer, "") if answer is not None else "") or None,)
