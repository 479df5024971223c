"""A place on a line between two named ends, without an answer until one is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from surveys.delphi.answer import Answer
from surveys.delphi.asking import Tells
from surveys.delphi.feedback import FeedbackPolicy
from surveys.items.base import N_, InvalidAnswer
from surveys.items.describing import absences, describe_values, even_bins
from surveys.items.number import OneNumber, quantity_shown
from surveys.items.numbers import (
    behind,
    check_within,
    reason_cell,
    why_absent,
)
from surveys.items.settings import refuse_others, text_in, texts, whole
from surveys.tables import Column, Measure

MOST_STEPS = 1_000


@dataclass(frozen=True, slots=True)
class Slider(OneNumber):
    """A whole number from ``low`` to ``high`` in steps, chosen on a line or typed.

    There is no preset answer: where a handle already stands, many leave it, and all are drawn to it.
    low_name, high_name : what the ends mean; unit : what stands behind the number ("%"), empty for
    none; unable : what "unable to judge" is called, empty where it is not offered.
    """

    kind: ClassVar[str] = "slider"
    label: ClassVar[str] = N_("Slider")
    takes_comment: ClassVar[bool] = True
    script: ClassVar[str] = "composing.js"
    decimals: ClassVar[int] = 0  # type: ignore[misc]

    low: int = 0
    high: int = 100
    step: int = 1
    low_name: Mapping[str, str] = field(default_factory=dict)
    high_name: Mapping[str, str] = field(default_factory=dict)
    unit: Mapping[str, str] = field(default_factory=dict)
    unable: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, settings: Mapping[str, Any]) -> Self:
        known = {"low", "high", "step", "low_name", "high_name", "unit", "unable"}
        refuse_others(settings, known, "a slider")
        low = whole(_given(settings, "low", 0), "low")
        high = whole(_given(settings, "high", 100), "high")
        step = whole(_given(settings, "step", 1), "step", least=1)
        if low >= high:
            raise ValueError(f"low ({low}) must lie below high ({high})")
        if (high - low) % step or (high - low) // step > MOST_STEPS:
            raise ValueError(
                f"steps of {step} must lead from {low} to {high}, at most {MOST_STEPS} of them"
            )
        named = {
            name: texts(settings.get(name), name)
            for name in ("low_name", "high_name", "unit", "unable")
        }
        for name in ("low_name", "high_name"):
            if not named[name]:
                raise ValueError(f"a slider's ends need names: “{name}” is absent")
        return cls(low, high, step, **named)

    def to_json(self) -> dict[str, Any]:
        return {
            "low": self.low,
            "high": self.high,
            "step": self.step,
            "low_name": dict(self.low_name),
            "high_name": dict(self.high_name),
            "unit": dict(self.unit),
            "unable": dict(self.unable),
        }

    def texts(self) -> dict[str, Mapping[str, str]]:
        named = {
            "low_name": self.low_name,
            "high_name": self.high_name,
            "unit": self.unit,
            "unable": self.unable,
        }
        return {name: text for name, text in named.items() if text}

    def tells(self) -> Tells:
        return Tells({"": (self.low, self.high)}, unable=bool(self.unable))

    def check_given(self, answer: Answer) -> None:
        if answer.value is None:
            raise InvalidAnswer(N_("This is not a number."))
        check_within(answer.value, self.low, self.high)
        if (answer.value - self.low) % self.step:
            raise InvalidAnswer(
                N_("Please go in steps of %(step)s, starting from %(low)s."),
                step=self.step,
                low=self.low,
            )

    def face(self, language: str) -> dict[str, Any]:
        return {
            "low": self.low,
            "high": self.high,
            "step": self.step,
            "low_name": text_in(self.low_name, language),
            "high_name": text_in(self.high_name, language),
            "unit": text_in(self.unit, language),
            "unable_name": text_in(self.unable, language),
        }

    def summarise(
        self, answers: Sequence[Answer], *, quantile_method: str
    ) -> dict[str, Any] | None:
        values = [answer.value for answer in answers if answer.value is not None]
        return {
            **describe_values(values, quantile_method),
            **absences(answers),
            "bins": even_bins(values, self.low, self.high),
        }

    def feedback(
        self, numbers: Mapping[str, Any], own: Answer | None, language: str, policy: FeedbackPolicy
    ) -> dict[str, Any] | None:
        return quantity_shown(numbers, own, policy) | {
            "unit": behind(text_in(self.unit, language), language),
            "low_name": text_in(self.low_name, language),
            "high_name": text_in(self.high_name, language),
        }

    def columns(self, code: str, wording: str, language: str) -> tuple[Column, ...]:
        ends = f"{self.low} = {text_in(self.low_name, language)}, "
        ends += f"{self.high} = {text_in(self.high_name, language)}"
        return (
            Column(code.lower(), f"{wording} ({ends})", Measure.NUMBER),
            why_absent(code, wording, language),
        )

    def cells(self, answer: Answer | None) -> tuple[float | str | None, ...]:
        value = None if answer is None else answer.value
        return (None if value is None else int(value), reason_cell(answer))


def _given(settings: Mapping[str, Any], name: str, usual: int) -> Any:
    """A setting, or what is usual where it is absent or empty."""
    value = settings.get(name)
    return usual if value in (None, "") else value
