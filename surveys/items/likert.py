"""An ordered scale with named points, rated once per item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from wtforms import Field

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.asking import Tells
from surveys.delphi.scale import Scale
from surveys.items.base import MISSING_CODES, N_, InvalidAnswer, ItemKind
from surveys.items.fields import OneOf
from surveys.items.settings import texts, whole
from surveys.tables import Column, Measure

# How many letters of a name fit: in a word inside a point at a desk, by the number of points; in a word
# of the two ends of longer scales; on one line under the points on a phone.
_LONGEST_WORD = {2: 24, 3: 24, 4: 17, 5: 13, 6: 11, 7: 9}
LONGEST_WORD_AT_END = 7
LONGEST_LINE = 34


def _numbers_read(stored: Any) -> Any:
    """A scale with the numbers that a form sends as text; what is no scale stays as it is."""
    if not isinstance(stored, Mapping):
        return stored
    return {
        name: whole(value, name) if isinstance(value, str) and name != "kind" else value
        for name, value in stored.items()
    }


def _longest_word(names: Sequence[str]) -> int:
    return max(len(word) for name in names for word in [*name.split(), ""])


@dataclass(frozen=True, slots=True)
class Likert(ItemKind):
    """One rating on a scale whose points have names in every language.

    ``unable`` names the answer "unable to judge"; empty where the item does not offer it.
    """

    kind: ClassVar[str] = "likert"
    label: ClassVar[str] = N_("Rating scale")
    rates: ClassVar[bool] = True
    uses_scale: ClassVar[bool] = True
    takes_comment: ClassVar[bool] = True

    scale: Scale
    labels: Mapping[str, Mapping[str, str]]
    unable: Mapping[str, str]

    @classmethod
    def load(cls, settings: Mapping[str, Any]) -> Self:
        unknown = set(settings) - {"scale", "labels", "unable"}
        if unknown:
            raise ValueError(f"a rating scale has no setting {', '.join(sorted(unknown))}")
        if "scale" not in settings:
            raise ValueError("a rating scale needs its points: “scale” is absent")
        return cls(
            Scale.from_json(_numbers_read(settings["scale"])),
            settings.get("labels") or {},
            texts(settings.get("unable"), "unable"),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "scale": self.scale.to_json(),
            "labels": {lang: dict(names) for lang, names in self.labels.items()},
            "unable": dict(self.unable),
        }

    @property
    def rating_scale(self) -> Scale:
        return self.scale

    def name(self, point: int, language: str) -> str:
        """What a point is called; its number where it has no name."""
        names = self.labels.get(language) or next(iter(self.labels.values()), {})
        return names.get(str(point), str(point))

    def unable_name(self, language: str) -> str:
        """What "unable to judge" is called here; empty where it is not offered."""
        return self.unable.get(language) or next(iter(self.unable.values()), "")

    def texts(self) -> dict[str, Mapping[str, str]]:
        named: dict[str, Mapping[str, str]] = {
            f"labels of point {point}": {
                language: names.get(str(point), "") for language, names in self.labels.items()
            }
            for point in self.scale
            if self.labels
        }
        return named | ({"unable": self.unable} if self.unable else {})

    def face(self, language: str) -> dict[str, Any]:
        points = tuple((str(point), self.name(point, language)) for point in self.scale)
        names = [name for _, name in points]
        ends = (names[0], names[-1])
        # Long scales name their ends alone.
        shown = names if len(names) in _LONGEST_WORD else ends
        limit = _LONGEST_WORD.get(len(names), LONGEST_WORD_AT_END)
        return {
            "points": points,
            "unable_name": self.unable_name(language),
            "ends": ends,
            "ends_named": ends != (points[0][0], points[-1][0]),
            "long_names": max(map(len, names)) > LONGEST_LINE,
            "names_below": _longest_word(shown) > limit,
        }

    def tells(self) -> Tells:
        return Tells({"": (self.scale.low, self.scale.high)}, unable=bool(self.unable))

    def fields(self) -> dict[str, Field]:
        codes = {str(point) for point in self.scale}
        return {"": OneOf(codes | {Missing.UNABLE.value} if self.unable else codes)}

    def read(self, data: Mapping[str, Any]) -> Answer:
        chosen = data.get("")
        if chosen in (None, ""):
            return Answer.absent(Missing.SKIPPED)
        if chosen == Missing.UNABLE.value:
            return Answer.absent(Missing.UNABLE)
        try:
            return Answer(int(str(chosen)))
        except ValueError:
            raise InvalidAnswer(N_("This is not a point of the scale.")) from None

    def check(self, answer: Answer) -> None:
        if answer.missing is Missing.UNABLE and not self.unable:
            raise InvalidAnswer(N_("“Unable to judge” is not offered here."))
        if answer.missing is None and answer.value not in self.scale:
            raise InvalidAnswer(N_("This is not a point of the scale."))

    def filled(self, answer: Answer | None) -> dict[str, str]:
        if answer is None or answer.missing not in (None, Missing.UNABLE):
            return {"": ""}
        if answer.missing is Missing.UNABLE:
            return {"": Missing.UNABLE.value}
        return {"": str(int(answer.value or 0))}

    def in_words(self, answer: Answer, language: str) -> str:
        if answer.missing is Missing.UNABLE:
            return self.unable_name(language)
        if answer.value is None:
            return ""
        return self.name(int(answer.value), language)

    def columns(self, code: str, wording: str, language: str) -> tuple[Column, ...]:
        return (
            Column(
                code.lower(),
                wording,
                Measure.ORDINAL,
                {point: self.name(point, language) for point in self.scale},
                {number: reason.name_in(language) for reason, number in MISSING_CODES.items()},
            ),
        )

    def cells(self, answer: Answer | None) -> tuple[float | str | None, ...]:
        if answer is None:
            return (MISSING_CODES[Missing.SKIPPED],)
        if answer.missing is not None:
            return (MISSING_CODES[answer.missing],)
        return (int(answer.value or 0),)
