"""Kinds whose answer is typed into boxes, with one box to tick for those who cannot judge."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from wtforms import BooleanField, Field, StringField

from surveys.delphi.answer import Answer, Missing
from surveys.items.base import N_, InvalidAnswer, ItemKind
from surveys.items.options import Option
from surveys.items.settings import text_in

UNABLE = "-unable"


class Boxes(ItemKind):
    """What such kinds share; each says what its boxes are and what is typed into them.

    ``unable`` names the answer "unable to judge"; empty where the item does not offer it.
    """

    # Said to somebody who types an answer and ticks that there is none.
    not_both: ClassVar[str]
    unable: Mapping[str, str]

    @property
    @abstractmethod
    def suffixes(self) -> Collection[str]:
        """The suffixes of the boxes to type in."""

    @abstractmethod
    def typed_in(self, data: Mapping[str, Any]) -> Answer | None:
        """What was typed; None for nothing. Raises InvalidAnswer."""

    @abstractmethod
    def check_given(self, answer: Answer) -> None:
        """Raise InvalidAnswer unless an answer that is given fits this item."""

    @abstractmethod
    def boxes(self, answer: Answer | None) -> dict[str, str]:
        """What the boxes to type in hold, by suffix."""

    @abstractmethod
    def given_in_words(self, answer: Answer, language: str) -> str:
        """An answer that is given, for a person to read; empty for one that is not."""

    def fields(self) -> dict[str, Field]:
        boxes: dict[str, Field] = {suffix: StringField() for suffix in self.suffixes}
        return boxes | ({UNABLE: BooleanField()} if self.unable else {})

    def read(self, data: Mapping[str, Any]) -> Answer:
        given, cannot = self.typed_in(data), bool(data.get(UNABLE))
        if given and cannot:
            raise InvalidAnswer(self.not_both)
        if cannot:
            return Answer.absent(Missing.UNABLE)
        return given or Answer.absent(Missing.SKIPPED)

    def check(self, answer: Answer) -> None:
        if answer.missing is Missing.UNABLE and not self.unable:
            raise InvalidAnswer(N_("“Unable to judge” is not offered here."))
        if answer.given:
            self.check_given(answer)

    def filled(self, answer: Answer | None) -> dict[str, str]:
        cannot = answer is not None and answer.missing is Missing.UNABLE
        return self.boxes(answer) | ({UNABLE: "yes" if cannot else ""} if self.unable else {})

    def in_words(self, answer: Answer, language: str) -> str:
        if answer.missing is Missing.UNABLE:
            return text_in(self.unable, language)
        return self.given_in_words(answer, language)


class BoxPerOption(Boxes):
    """A whole number for each of some options: its place, its points."""

    # Under which name an answer keeps the numbers, what people write behind one, and what is said
    # of numbers that are for other options.
    detail: ClassVar[str]
    sign: ClassVar[str]
    foreign: ClassVar[str]
    seconds_per_option: ClassVar[float]

    options: tuple[Option, ...]

    @abstractmethod
    def number(self, typed: str) -> int:
        """The number somebody typed for an option. Raises InvalidAnswer."""

    @property
    def usual_seconds(self) -> float:
        return self.seconds_per_option * len(self.options)

    @property
    def suffixes(self) -> Collection[str]:
        return [f"-{option.code}" for option in self.options]

    def texts(self) -> dict[str, Mapping[str, str]]:
        named = {f"option {option.code}": option.name for option in self.options}
        return {**named, "unable": self.unable} if self.unable else named

    def numbers_of(self, answer: Answer | None) -> Mapping[str, int]:
        """The numbers as they were typed, by option; empty where there are none."""
        if answer is None or not isinstance(answer.detail, Mapping):
            return {}
        numbers = answer.detail.get(self.detail)
        return numbers if isinstance(numbers, Mapping) else {}

    def typed_in(self, data: Mapping[str, Any]) -> Answer | None:
        numbers = {}
        for option in self.options:
            typed = str(data.get(f"-{option.code}") or "").strip().rstrip(self.sign).rstrip()
            if typed:
                numbers[option.code] = self.number(typed)
        return Answer(detail={self.detail: numbers}) if numbers else None

    def check_given(self, answer: Answer) -> None:
        numbers = self.numbers_of(answer)
        if not numbers or not numbers.keys() <= {option.code for option in self.options}:
            raise InvalidAnswer(self.foreign)
        for number in numbers.values():
            self.number(str(number))

    def boxes(self, answer: Answer | None) -> dict[str, str]:
        numbers = self.numbers_of(answer)
        return {f"-{option.code}": str(numbers.get(option.code, "")) for option in self.options}
