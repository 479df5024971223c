"""Points shared among a few options, so that importance is weighed and not only put in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median, stdev
from typing import Any, ClassVar, Self

from wtforms import BooleanField, Field, StringField
from wtforms.validators import Optional

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.asking import Tells, Told
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.items.base import MISSING_CODES, N_, InvalidAnswer, ItemKind, Sentence
from surveys.items.options import Option, load_options, options_to_json
from surveys.items.settings import refuse_others, text_in, texts, whole
from surveys.tables import Column, Measure

UNABLE = "-unable"
USUAL_TOTAL = 100
LARGEST_TOTAL = 10_000
SECONDS_PER_OPTION = 7.0
_GIVEN_IN_ALL = {
    "en": "points given in all",
    "nl": "punten in totaal gegeven",
    "fr": "points attribués au total",
    "de": "vergebene Punkte insgesamt",
}


@dataclass(frozen=True, slots=True)
class Allocation(ItemKind):
    """Whole points shared among options until they add up to ``total``.

    An option left empty gets none once the others add up. A sum that is not there yet is kept as it
    was typed, and told.
    """

    kind: ClassVar[str] = "allocation"
    label: ClassVar[str] = N_("Points to share")
    takes_comment: ClassVar[bool] = True
    in_parts: ClassVar[bool] = True
    script: ClassVar[str] = "composing.js"

    options: tuple[Option, ...]
    total: int = USUAL_TOTAL
    unable: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, settings: Mapping[str, Any]) -> Self:
        refuse_others(settings, {"options", "total", "unable"}, "points to share")
        if "options" not in settings:
            raise ValueError("points need something to be shared among: “options” is absent")
        total = whole(settings.get("total", USUAL_TOTAL), "total", least=1, most=LARGEST_TOTAL)
        return cls(
            load_options(settings["options"]), total, texts(settings.get("unable"), "unable")
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "options": options_to_json(self.options),
            "total": self.total,
            "unable": dict(self.unable),
        }

    @property
    def usual_seconds(self) -> float:
        return SECONDS_PER_OPTION * len(self.options)

    def texts(self) -> dict[str, Mapping[str, str]]:
        named = {f"option {option.code}": option.name for option in self.options}
        return {**named, "unable": self.unable} if self.unable else named

    def tells(self) -> Tells:
        return Tells(
            {option.code: (0, self.total) for option in self.options},
            unable=bool(self.unable),
            names={option.code: option.name for option in self.options},
        )

    def told(self, answer: Answer) -> Told:
        points = dict(_points_of(answer))
        if sum(points.values()) == self.total:
            # Once they add up, an option left empty got none.
            points = {option.code: points.get(option.code, 0) for option in self.options}
        return Told(points, unable=answer.missing is Missing.UNABLE)

    def fields(self) -> dict[str, Field]:
        boxes: dict[str, Field] = {
            f"-{option.code}": StringField(validators=[Optional()]) for option in self.options
        }
        if self.unable:
            boxes[UNABLE] = BooleanField()
        return boxes

    def read(self, data: Mapping[str, Any]) -> Answer:
        points = {}
        for option in self.options:
            typed = str(data.get(f"-{option.code}") or "").strip().rstrip("%").rstrip()
            if typed:
                points[option.code] = self._points(typed)
        if points and data.get(UNABLE):
            raise InvalidAnswer(N_("Either give points or say that you cannot judge, not both."))
        if data.get(UNABLE):
            return Answer.absent(Missing.UNABLE)
        return Answer(detail={"points": points}) if points else Answer.absent(Missing.SKIPPED)

    def _points(self, typed: str) -> int:
        if typed.isdecimal() and len(typed) <= len(str(LARGEST_TOTAL)):
            return int(typed)
        raise InvalidAnswer(
            N_("Points are whole numbers from 0 to %(total)s, not “%(typed)s”."),
            total=self.total,
            typed=typed,
        )

    def check(self, answer: Answer) -> None:
        if answer.missing is Missing.UNABLE and not self.unable:
            raise InvalidAnswer(N_("“Unable to judge” is not offered here."))
        if answer.missing is not None:
            return
        known = {option.code for option in self.options}
        points = answer.detail.get("points") if isinstance(answer.detail, Mapping) else None
        if not isinstance(points, Mapping) or not points or not points.keys() <= known:
            raise InvalidAnswer(N_("These points are not for these options."))
        for given in points.values():
            self._points(str(given))

    def lacks(self, answer: Answer, language: str) -> Sentence | None:
        points = _points_of(answer)
        if not points:
            return None
        given = sum(points.values())
        if given < self.total:
            return Sentence(
                N_("You have given %(given)s of %(total)s points; %(left)s are left to give."),
                {"given": given, "total": self.total, "left": self.total - given},
            )
        if given > self.total:
            return Sentence(
                N_("You have given %(given)s points: %(over)s more than the %(total)s there are."),
                {"given": given, "total": self.total, "over": given - self.total},
            )
        return None

    def filled(self, answer: Answer | None) -> dict[str, str]:
        points = _points_of(answer)
        boxes = {
            f"-{option.code}": str(points[option.code]) if option.code in points else ""
            for option in self.options
        }
        if self.unable:
            cannot = answer is not None and answer.missing is Missing.UNABLE
            boxes[UNABLE] = "yes" if cannot else ""
        return boxes

    def in_words(self, answer: Answer, language: str) -> str:
        if answer.missing is Missing.UNABLE:
            return text_in(self.unable, language)
        points = _points_of(answer)
        return ", ".join(
            f"{option.name_in(language)} {points[option.code]}"
            for option in self.options
            if option.code in points
        )

    def face(self, language: str) -> dict[str, Any]:
        return {
            "options": tuple((option.code, option.name_in(language)) for option in self.options),
            "total": self.total,
            "unable_name": text_in(self.unable, language),
        }

    def summarise(
        self, answers: Sequence[Answer], *, quantile_method: str
    ) -> dict[str, Any] | None:
        """What each option got: mean, median, SD, and how many gave it nothing.

        ``n`` counts the experts whose points add up; the others are ``unfinished`` and in no other
        number. Means over options add up to ``total``; medians need not. ``sd`` (n - 1) is None for
        fewer than two experts.
        """
        given = [answer for answer in answers if answer.given]
        whole = [_points_of(answer) for answer in given if self.lacks(answer, "") is None]
        return {
            "n": len(whole),
            "unfinished": len(given) - len(whole),
            "unable": sum(answer.missing is Missing.UNABLE for answer in answers),
            "skipped": sum(answer.missing is Missing.SKIPPED for answer in answers),
            "not_shown": sum(answer.missing is Missing.NOT_SHOWN for answer in answers),
            "total": self.total,
            "options": {
                option.code: _described([points.get(option.code, 0) for points in whole])
                for option in self.options
            },
        }

    def feedback(
        self, numbers: Mapping[str, Any], own: Answer | None, language: str, policy: FeedbackPolicy
    ) -> dict[str, Any] | None:
        """What the panel gave each option, most first, with the expert's own points beside it."""
        given = _points_of(own) if Shown.OWN_RATING in policy.shows else {}
        whole = bool(given) and own is not None and self.lacks(own, language) is None
        rows = [
            {
                "name": option.name_in(language),
                "mean": numbers["options"][option.code]["mean"],
                "median": numbers["options"][option.code]["median"],
                # Once the points add up, an option left empty was given none.
                "own": given.get(option.code, 0 if whole else None),
            }
            for option in self.options
        ]
        rows.sort(key=lambda row: -row["mean"])
        return {"rows": rows, "total": self.total, "own": bool(given)}

    def columns(self, code: str, wording: str, language: str) -> tuple[Column, ...]:
        missing = {number: reason.name_in(language) for reason, number in MISSING_CODES.items()}
        per_option = [
            Column(
                f"{code.lower()}_{option.code}",
                f"{wording} {option.name_in(language)}",
                Measure.NUMBER,
                missing=missing,
            )
            for option in self.options
        ]
        in_all = _GIVEN_IN_ALL.get(language, _GIVEN_IN_ALL["en"])
        return (
            *per_option,
            Column(f"{code.lower()}_sum", f"{wording} {in_all}", Measure.NUMBER, missing=missing),
        )

    def cells(self, answer: Answer | None) -> tuple[float | str | None, ...]:
        """The points as they were given, and their sum, which tells whether they add up."""
        if answer is None or answer.missing is not None:
            reason = Missing.SKIPPED if answer is None else answer.missing
            return (MISSING_CODES[reason or Missing.SKIPPED],) * (len(self.options) + 1)
        points = _points_of(answer)
        empty = MISSING_CODES[Missing.SKIPPED] if self.lacks(answer, "") else 0
        return (
            *(points.get(option.code, empty) for option in self.options),
            sum(points.values()),
        )


def _points_of(answer: Answer | None) -> Mapping[str, int]:
    """The points as they were typed, by option; empty where there are none."""
    if answer is None or not isinstance(answer.detail, Mapping):
        return {}
    points = answer.detail.get("points")
    return points if isinstance(points, Mapping) else {}


def _described(given: Sequence[int]) -> dict[str, Any]:
    """One option's numbers over the experts; None for nobody, and for the SD of one."""
    return {
        "mean": fmean(given) if given else None,
        "median": float(median(given)) if given else None,
        "sd": stdev(given) if len(given) > 1 else None,
        "none": sum(points == 0 for points in given),
    }
