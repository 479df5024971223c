"""One number, with its unit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from surveys.delphi.answer import Answer
from surveys.delphi.asking import Tells
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.items.base import N_, InvalidAnswer
from surveys.items.boxes import Boxes
from surveys.items.describing import absences, bins, describe_values
from surveys.items.numbers import (
    MOST_DECIMALS,
    USUAL_DECIMALS,
    behind,
    check_within,
    decimal_sign,
    plain,
    reason_cell,
    spoken,
    typed,
    why_absent,
)
from surveys.items.settings import (
    optional_decimal,
    refuse_others,
    text_in,
    texts,
    whole,
    without_point,
)
from surveys.tables import Column, Measure

NOT_BOTH = N_("Please either give a number or say that you cannot judge, not both.")


class OneNumber(Boxes):
    """A number in one box, with a unit behind it and so many decimals."""

    not_both: ClassVar[str] = NOT_BOTH
    decimals: int
    unit: Mapping[str, str]

    @property
    def suffixes(self) -> Collection[str]:
        return ("",)

    def typed_in(self, data: Mapping[str, Any]) -> Answer | None:
        text = without_unit(str(data.get("") or ""), self.unit)
        return Answer(typed(text, self.decimals)) if text else None

    def boxes(self, answer: Answer | None) -> dict[str, str]:
        number = None if answer is None else answer.value
        return {"": "" if number is None else plain(number)}

    def given_in_words(self, answer: Answer, language: str) -> str:
        if answer.value is None:
            return ""
        return spoken(answer.value, language, text_in(self.unit, language))


@dataclass(frozen=True, slots=True)
class Number(OneNumber):
    """A number that an expert types.

    unit : what stands behind it ("years"), empty for none; minimum, maximum : bounds, both allowed;
    decimals : how many decimals at most, 0 for whole numbers; unable : what "unable to judge" is
    called, empty where it is not offered.
    """

    kind: ClassVar[str] = "number"
    label: ClassVar[str] = N_("Number")
    takes_comment: ClassVar[bool] = True

    unit: Mapping[str, str] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    decimals: int = USUAL_DECIMALS
    unable: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, settings: Mapping[str, Any]) -> Self:
        refuse_others(settings, {"unit", "minimum", "maximum", "decimals", "unable"}, "a number")
        return cls(
            texts(settings.get("unit"), "unit"),
            *bounds(settings),
            decimals_of(settings),
            texts(settings.get("unable"), "unable"),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "unit": dict(self.unit),
            "minimum": without_point(self.minimum),
            "maximum": without_point(self.maximum),
            "decimals": self.decimals,
            "unable": dict(self.unable),
        }

    def texts(self) -> dict[str, Mapping[str, str]]:
        named = {"unit": self.unit, "unable": self.unable}
        return {name: text for name, text in named.items() if text}

    def tells(self) -> Tells:
        return Tells({"": (self.minimum, self.maximum)}, unable=bool(self.unable))

    def check_given(self, answer: Answer) -> None:
        if answer.value is None:
            raise InvalidAnswer(N_("This is not a number."))
        check_within(answer.value, self.minimum, self.maximum)

    def face(self, language: str) -> dict[str, Any]:
        return {
            "unit": text_in(self.unit, language),
            "minimum": self.minimum,
            "maximum": self.maximum,
            "decimals": self.decimals,
            "decimal_sign": decimal_sign(language),
            "unable_name": text_in(self.unable, language),
        }

    def summarise(
        self, answers: Sequence[Answer], *, quantile_method: str
    ) -> dict[str, Any] | None:
        values = [answer.value for answer in answers if answer.value is not None]
        return {
            **describe_values(values, quantile_method),
            **absences(answers),
            "bins": bins(values, whole=not self.decimals),
        }

    def feedback(
        self, numbers: Mapping[str, Any], own: Answer | None, language: str, policy: FeedbackPolicy
    ) -> dict[str, Any] | None:
        unit = behind(text_in(self.unit, language), language)
        return quantity_shown(numbers, own, policy) | {"unit": unit}

    def columns(self, code: str, wording: str, language: str) -> tuple[Column, ...]:
        unit = text_in(self.unit, language)
        label = f"{wording} ({unit})" if unit else wording
        return (
            Column(code.lower(), label, Measure.NUMBER),
            why_absent(code, wording, language),
        )

    def cells(self, answer: Answer | None) -> tuple[float | str | None, ...]:
        return (None if answer is None else without_point(answer.value), reason_cell(answer))


def bounds(settings: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """The smallest and largest number allowed. Raises ValueError where nothing lies between."""
    minimum = optional_decimal(settings, "minimum")
    maximum = optional_decimal(settings, "maximum")
    if minimum is not None and maximum is not None and minimum >= maximum:
        raise ValueError(f"minimum ({minimum:g}) must lie below maximum ({maximum:g})")
    return minimum, maximum


def decimals_of(settings: Mapping[str, Any]) -> int:
    """How many decimals at most."""
    given = settings.get("decimals")
    given = USUAL_DECIMALS if given in (None, "") else given
    return whole(given, "decimals", least=0, most=MOST_DECIMALS)


def without_unit(text: str, unit: Mapping[str, str]) -> str:
    """A typed number without the unit somebody wrote behind it."""
    text = text.strip()
    for name in unit.values():
        if text.lower().endswith(name.lower()):
            return text[: -len(name)].strip()
    return text


def quantity_shown(
    numbers: Mapping[str, Any], own: Answer | None, policy: FeedbackPolicy
) -> dict[str, Any]:
    """What feedback shows of one quantity: only what the policy names."""
    median = Shown.MEDIAN in policy.shows
    # The middle half comes with the median, as it does on a rating scale.
    quartiles = median or Shown.SPREAD in policy.shows
    return {
        "own": None
        if own is None or Shown.OWN_RATING not in policy.shows
        else without_point(own.value),
        "bins": numbers["bins"] if Shown.DISTRIBUTION in policy.shows else [],
        "median": numbers["median"] if median else None,
        "q1": numbers["q1"] if quartiles else None,
        "q3": numbers["q3"] if quartiles else None,
        "n": numbers["n"],
    }
