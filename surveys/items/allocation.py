"""Points shared among a few options, so that importance is weighed and not only put in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median, stdev
from typing import Any, ClassVar, Self

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.asking import Tells, Told
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.items.base import MISSING_CODES, N_, InvalidAnswer, Sentence
from surveys.items.boxes import BoxPerOption
from surveys.items.describing import absences
from surveys.items.options import Option, load_options, options_to_json
from surveys.items.settings import refuse_others, text_in, texts, whole
from surveys.tables import Column, Measure

USUAL_TOTAL = 100
LARGEST_TOTAL = 10_000
_GIVEN_IN_ALL = {
    "en": "points given in all",
    "nl": "punten in totaal gegeven",
    "fr": "points attribués au total",
    "de": "vergebene Punkte insgesamt",
}


@dataclass(frozen=True, slots=True)
class Allocation(BoxPerOption):
    """Whole points shared among options until they add up to ``total``.

    An option left empty gets none once the others add up. A sum that is not there yet is kept as it
    was typed, and told.
    """

    kind: ClassVar[str] = "allocation"
    label: ClassVar[str] = N_("Points to share")
    takes_comment: ClassVar[bool] = True
    in_parts: ClassVar[bool] = True
    script: ClassVar[str] = "composing.js"
    detail: ClassVar[str] = "points"
    sign: ClassVar[str] = "%"
    not_both: ClassVar[str] = N_("Either give points or say that you cannot judge, not both.")
    foreign: ClassVar[str] = N_("These points are not for these options.")
    seconds_per_option: ClassVar[float] = 7.0

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

    def tells(self) -> Tells:
        return Tells(
            {option.code: (0, self.total) for option in self.options},
            unable=bool(self.unable),
            names={option.code: option.name for option in self.options},
        )

    def told(self, answer: Answer) -> Told:
        points = dict(self.numbers_of(answer))
        if sum(points.values()) == self.total:
            # Once they add up, an option left empty got none.
            points = {option.code: points.get(option.code, 0) for option in self.options}
        return Told(points, unable=answer.missing is Missing.UNABLE)

    def number(self, typed: str) -> int:
        if typed.isdecimal() and len(typed) <= len(str(LARGEST_TOTAL)):
            return int(typed)
        raise InvalidAnswer(
            N_("Points are whole numbers from 0 to %(total)s, not “%(typed)s”."),
            total=self.total,
            typed=typed,
        )

    def lacks(self, answer: Answer, language: str) -> Sentence | None:
        points = self.numbers_of(answer)
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

    def given_in_words(self, answer: Answer, language: str) -> str:
        points = self.numbers_of(answer)
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
        whole = [self.numbers_of(answer) for answer in given if self.lacks(answer, "") is None]
        return {
            "n": len(whole),
            "unfinished": len(given) - len(whole),
            **absences(answers),
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
        given = self.numbers_of(own) if Shown.OWN_RATING in policy.shows else {}
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
        points = self.numbers_of(answer)
        empty = MISSING_CODES[Missing.SKIPPED] if self.lacks(answer, "") else 0
        return (
            *(points.get(option.code, empty) for option in self.options),
            sum(points.values()),
        )


def _described(given: Sequence[int]) -> dict[str, Any]:
    """One option's numbers over the experts; None for nobody, and for the SD of one."""
    return {
        "mean": fmean(given) if given else None,
        "median": float(median(given)) if given else None,
        "sd": stdev(given) if len(given) > 1 else None,
        "none": sum(points == 0 for points in given),
    }
