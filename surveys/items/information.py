"""Text that informs; it asks for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from wtforms import Field

from surveys.delphi.answer import Answer, Missing
from surveys.items.base import N_, InvalidAnswer, ItemKind
from surveys.items.settings import refuse_others, text_in, texts
from surveys.tables import Column

# Read with care, and on a phone: about 200 words a minute.
SIGNS_PER_SECOND = 20


@dataclass(frozen=True, slots=True)
class Information(ItemKind):
    """The wording is its heading; ``text`` is Markdown."""

    kind: ClassVar[str] = "information"
    label: ClassVar[str] = N_("Information")
    asks: ClassVar[bool] = False

    text: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, settings: Mapping[str, Any]) -> Self:
        refuse_others(settings, {"text"}, "information")
        return cls(texts(settings.get("text"), "text"))

    def to_json(self) -> dict[str, Any]:
        return {"text": dict(self.text)}

    def texts(self) -> dict[str, Mapping[str, str]]:
        return {"text": self.text} if self.text else {}

    @property
    def usual_seconds(self) -> float:
        return max(map(len, self.text.values()), default=0) / SIGNS_PER_SECOND

    def fields(self) -> dict[str, Field]:
        return {}

    def read(self, data: Mapping[str, Any]) -> Answer:
        return Answer.absent(Missing.SKIPPED)

    def check(self, answer: Answer) -> None:
        if answer.given or answer.missing is Missing.UNABLE:
            raise InvalidAnswer(N_("This asks for no answer."))

    def filled(self, answer: Answer | None) -> dict[str, str]:
        return {}

    def in_words(self, answer: Answer, language: str) -> str:
        return ""

    def face(self, language: str) -> dict[str, Any]:
        return {"text": text_in(self.text, language)}

    def columns(self, code: str, wording: str, language: str) -> tuple[Column, ...]:
        return ()

    def cells(self, answer: Answer | None) -> tuple[float | str | None, ...]:
        return ()
