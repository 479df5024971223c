"""A quantity that nobody knows: the lowest, the best and the highest value an expert holds likely."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar, Self

from surveys.delphi import wording as words
from surveys.delphi.answer import Answer, Missing
from surveys.delphi.asking import Tells, Told
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.items.base import N_, InvalidAnswer, Sentence
from surveys.items.boxes import Boxes
from surveys.items.describing import absences, bins, describe_values
from surveys.items.number import NOT_BOTH, bounds, decimals_of, without_unit
from surveys.items.numbers import (
    USUAL_DECIMALS,
    behind,
    check_within,
    decimal_sign,
    phrase_in,
    plain,
    reason_cell,
    spoken,
    typed,
    why_absent,
)
from surveys.items.settings import refuse_others, text_in, texts, truth, without_point
from surveys.tables import Column, Measure

VALUES = ("lowest", "best", "highest")
SURE = "confidence"
PARTS = (*VALUES, SURE)
SECONDS_PER_PART = 15.0

_NAMES: Mapping[str, words.Phrase] = {
    "lowest": {
        "en": "lowest value",
        "nl": "laagste waarde",
        "fr": "valeur la plus basse",
        "de": "niedrigster Wert",
    },
    "best": {
        "en": "best estimate",
        "nl": "beste schatting",
        "fr": "meilleure estimation",
        "de": "beste Schätzung",
    },
    "highest": {
        "en": "highest value",
        "nl": "hoogste waarde",
        "fr": "valeur la plus haute",
        "de": "höchster Wert",
    },
    "confidence": {
        "en": "how sure",
        "nl": "hoe zeker",
        "fr": "degré de certitude",
        "de": "wie sicher",
    },
}
_IN_WORDS: words.Phrase = {
    "en": "between {lowest} and {highest}, best estimate {best}",
    "nl": "tussen {lowest} en {highest}, beste schatting {best}",
    "fr": "entre {lowest} et {highest}, meilleure estimation {best}",
    "de": "zwischen {lowest} und {highest}, beste Schätzung {best}",
}
_SURE: words.Phrase = {
    "en": "{confidence}% sure",
    "nl": "{confidence}% zeker",
    "fr": "sûr à {confidence}\u202f%",
    "de": "zu {confidence}\u202f% sicher",
}


@dataclass(frozen=True, slots=True)
class IntervalEstimate(Boxes):
    """Three numbers in order, and how sure the expert is that the true value lies between the ends.

    confidence : whether that last question is asked, in per cent. unit, minimum, maximum, decimals and
    unable are those of a number. An estimate that is begun is kept; it counts once it is whole.
    """

    kind: ClassVar[str] = "interval_estimate"
    label: ClassVar[str] = N_("Estimate with lowest and highest value")
    takes_comment: ClassVar[bool] = True
    in_parts: ClassVar[bool] = True
    not_both: ClassVar[str] = NOT_BOTH

    unit: Mapping[str, str] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    decimals: int = USUAL_DECIMALS
    confidence: bool = False
    unable: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, settings: Mapping[str, Any]) -> Self:
        known = {"unit", "minimum", "maximum", "decimals", "confidence", "unable"}
        refuse_others(settings, known, "an estimate")
        return cls(
            texts(settings.get("unit"), "unit"),
            *bounds(settings),
            decimals_of(settings),
            truth(settings.get("confidence"), "confidence"),
            texts(settings.get("unable"), "unable"),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "unit": dict(self.unit),
            "minimum": without_point(self.minimum),
            "maximum": without_point(self.maximum),
            "decimals": self.decimals,
            "confidence": self.confidence,
            "unable": dict(self.unable),
        }

    def texts(self) -> dict[str, Mapping[str, str]]:
        named = {"unit": self.unit, "unable": self.unable}
        return {name: text for name, text in named.items() if text}

    @property
    def parts(self) -> tuple[str, ...]:
        """What is asked for."""
        return PARTS if self.confidence else VALUES

    @property
    def usual_seconds(self) -> float:
        return SECONDS_PER_PART * len(self.parts)

    def tells(self) -> Tells:
        bounds: dict[str, tuple[float | None, float | None]] = dict.fromkeys(
            VALUES, (self.minimum, self.maximum)
        )
        bounds |= {SURE: (0, 100)} if self.confidence else {}
        return Tells(bounds, unable=bool(self.unable), names=_NAMES)

    def told(self, answer: Answer) -> Told:
        return Told(_given(answer), unable=answer.missing is Missing.UNABLE)

    @property
    def suffixes(self) -> Collection[str]:
        return [f"-{part}" for part in self.parts]

    def typed_in(self, data: Mapping[str, Any]) -> Answer | None:
        given: dict[str, float] = {}
        for part in self.parts:
            text = without_unit(str(data.get(f"-{part}") or ""), self.unit)
            if part == SURE:
                text = text.removesuffix("%").strip()
            if text:
                given[part] = _tidy(typed(text, 0 if part == SURE else self.decimals))
        return Answer(detail=given) if given else None

    def check_given(self, answer: Answer) -> None:
        given = _given(answer)
        if not given or set(answer.detail or ()) != given.keys() & set(self.parts):
            raise InvalidAnswer(N_("This is not an estimate."))
        for part in VALUES:
            if part in given:
                check_within(given[part], self.minimum, self.maximum)
        if SURE in given and not 0 <= given[SURE] <= 100:
            raise InvalidAnswer(N_("How sure you are is a number from 0 to 100."))
        _check_order(given)

    def lacks(self, answer: Answer, language: str) -> Sentence | None:
        given = _given(answer)
        absent = [part for part in self.parts if part not in given]
        if not given or not absent:
            return None
        names = words.all_of(
            [phrase_in(_NAMES[part], language) for part in absent], language or "en"
        )
        return Sentence(N_("Still to fill in: %(parts)s."), {"parts": names})

    def boxes(self, answer: Answer | None) -> dict[str, str]:
        given = {} if answer is None else _given(answer)
        return {f"-{part}": plain(given[part]) if part in given else "" for part in self.parts}

    def given_in_words(self, answer: Answer, language: str) -> str:
        given, unit = _given(answer), text_in(self.unit, language)
        said = {part: spoken(given[part], language, unit) for part in VALUES if part in given}
        if len(said) == len(VALUES):
            clauses = [phrase_in(_IN_WORDS, language).format(**said)]
        else:
            clauses = [
                f"{phrase_in(_NAMES[part], language)} {number}" for part, number in said.items()
            ]
        if SURE in given:
            sure = spoken(given[SURE], language)
            clauses.append(phrase_in(_SURE, language).format(confidence=sure))
        return ", ".join(clauses)

    def face(self, language: str) -> dict[str, Any]:
        return {
            "unit": text_in(self.unit, language),
            "minimum": self.minimum,
            "maximum": self.maximum,
            "decimals": self.decimals,
            "decimal_sign": decimal_sign(language),
            "confidence": self.confidence,
            "unable_name": text_in(self.unable, language),
        }

    def summarise(
        self, answers: Sequence[Answer], *, quantile_method: str
    ) -> dict[str, Any] | None:
        """The panel's lowest, best and highest values, from whole estimates only.

        ``inside`` counts the experts whose interval holds the panel's median best estimate: where
        they are few, experts are surer than their disagreement allows.
        """
        given = [answer for answer in answers if answer.given]
        whole = [_given(answer) for answer in given if self.lacks(answer, "") is None]
        described = {
            part: describe_values([one[part] for one in whole], quantile_method)
            for part in self.parts
        }
        best = [one["best"] for one in whole]
        median = described["best"]["median"]
        return {
            "n": len(whole),
            "unfinished": len(given) - len(whole),
            **absences(answers),
            **described,
            "bins": bins(best, whole=not self.decimals),
            "inside": None
            if median is None
            else sum(one["lowest"] <= median <= one["highest"] for one in whole),
        }

    def feedback(
        self, numbers: Mapping[str, Any], own: Answer | None, language: str, policy: FeedbackPolicy
    ) -> dict[str, Any] | None:
        """The panel's middle interval and the middle half of its best estimates, beside one's own."""
        median = Shown.MEDIAN in policy.shows
        mine = _given(own) if own is not None and Shown.OWN_RATING in policy.shows else {}
        return {
            "own": mine if set(VALUES) <= mine.keys() else None,
            **{part: numbers[part]["median"] if median else None for part in VALUES},
            "q1": numbers["best"]["q1"] if median else None,
            "q3": numbers["best"]["q3"] if median else None,
            "bins": numbers["bins"] if Shown.DISTRIBUTION in policy.shows else [],
            "unit": behind(text_in(self.unit, language), language),
            "n": numbers["n"],
        }

    def columns(self, code: str, wording: str, language: str) -> tuple[Column, ...]:
        unit = text_in(self.unit, language)
        units = {part: "%" if part == SURE else unit for part in self.parts}
        return (
            *(
                Column(
                    f"{code.lower()}_{part}",
                    f"{wording} {phrase_in(_NAMES[part], language)}"
                    + (f" ({units[part]})" if units[part] else ""),
                    Measure.NUMBER,
                )
                for part in self.parts
            ),
            why_absent(code, wording, language),
        )

    def cells(self, answer: Answer | None) -> tuple[float | str | None, ...]:
        given = {} if answer is None else _given(answer)
        return (*(without_point(given.get(part)) for part in self.parts), reason_cell(answer))


def _given(answer: Answer) -> dict[str, float]:
    """The numbers that are there, by part."""
    if not isinstance(answer.detail, Mapping):
        return {}
    return {
        part: number
        for part in PARTS
        if isinstance(number := answer.detail.get(part), int | float)
        and not isinstance(number, bool)
    }


def _tidy(number: float) -> float:
    """A number as it is stored: 12, not 12.0."""
    return int(number) if number.is_integer() else number


def _check_order(given: Mapping[str, float]) -> None:
    """Raise InvalidAnswer unless lowest, best and highest stand in their order, as far as given."""
    wrong = {
        ("lowest", "best"): N_(
            "Your lowest value (%(lower)s) is above your best estimate (%(upper)s)."
        ),
        ("best", "highest"): N_(
            "Your best estimate (%(lower)s) is above your highest value (%(upper)s)."
        ),
        ("lowest", "highest"): N_(
            "Your lowest value (%(lower)s) is above your highest value (%(upper)s)."
        ),
    }
    there = [part for part in VALUES if part in given]
    for below, above in pairwise(there):
        if given[below] > given[above]:
            raise InvalidAnswer(wrong[below, above], lower=given[below], upper=given[above])
