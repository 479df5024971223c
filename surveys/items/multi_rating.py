"""Several ratings of one statement, each on a dimension of its own: opportunity and risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from wtforms import Field

from surveys.delphi import wording as words
from surveys.delphi.answer import Answer, Missing
from surveys.delphi.asking import Tells, Told
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.delphi.scale import Band
from surveys.delphi.summary import ItemCounts
from surveys.items.base import N_, InvalidAnswer, ItemKind, Sentence
from surveys.items.describing import absences, describe
from surveys.items.likert import Likert
from surveys.items.options import Option, load_options, names_of, options_to_json
from surveys.items.settings import refuse_others
from surveys.tables import Column

SCALE = ("scale", "labels", "unable")
MOST_DIMENSIONS = 6


@dataclass(frozen=True, slots=True)
class MultiRating(ItemKind):
    """One rating per dimension, all on the same scale; "unable to judge" may be said of each.

    It has no rating scale as a whole, and so no verdict: a statement can be in consensus on one
    dimension and split on another, and a rule that took either for the statement would be wrong.
    """

    kind: ClassVar[str] = "multi_rating"
    label: ClassVar[str] = N_("Several ratings of one statement")
    uses_scale: ClassVar[bool] = True
    takes_comment: ClassVar[bool] = True
    in_parts: ClassVar[bool] = True

    rating: Likert
    dimensions: tuple[Option, ...]

    @classmethod
    def load(cls, settings: Mapping[str, Any]) -> Self:
        refuse_others(settings, {*SCALE, "dimensions"}, "a statement with several ratings")
        if "dimensions" not in settings:
            raise ValueError("there must be something to rate on: “dimensions” is absent")
        try:
            dimensions = load_options(settings["dimensions"])
        except ValueError as error:
            raise ValueError(f"dimensions: {error}") from None
        if len(dimensions) > MOST_DIMENSIONS:
            raise ValueError(f"at most {MOST_DIMENSIONS} dimensions, not {len(dimensions)}")
        rating = Likert.load({name: settings[name] for name in SCALE if name in settings})
        return cls(rating, dimensions)

    def to_json(self) -> dict[str, Any]:
        return {**self.rating.to_json(), "dimensions": options_to_json(self.dimensions)}

    def texts(self) -> dict[str, Mapping[str, str]]:
        named = {f"dimension {option.code}": option.name for option in self.dimensions}
        return named | self.rating.texts()

    @property
    def usual_seconds(self) -> float:
        return self.rating.usual_seconds * len(self.dimensions)

    def tells(self) -> Tells:
        scale = self.rating.scale
        return Tells(
            {option.code: (scale.low, scale.high) for option in self.dimensions},
            unable=bool(self.rating.unable),
            names={option.code: option.name for option in self.dimensions},
        )

    def told(self, answer: Answer) -> Told:
        said = self.by_dimension(answer)
        return Told(
            {code: float(one.value) for code, one in said.items() if one.value is not None},
            unable=answer.missing is Missing.UNABLE,
        )

    def fields(self) -> dict[str, Field]:
        return {f"-{option.code}": self.rating.fields()[""] for option in self.dimensions}

    def read(self, data: Mapping[str, Any]) -> Answer:
        said: dict[str, int | str] = {}
        for option in self.dimensions:
            one = self.rating.read({"": data.get(f"-{option.code}")})
            if one.missing is Missing.UNABLE:
                said[option.code] = Missing.UNABLE.value
            elif one.value is not None:
                said[option.code] = int(one.value)
        if len(said) == len(self.dimensions) and set(said.values()) == {Missing.UNABLE.value}:
            return Answer.absent(Missing.UNABLE)
        return Answer(detail={"ratings": said}) if said else Answer.absent(Missing.SKIPPED)

    def check(self, answer: Answer) -> None:
        if answer.missing is not None:
            self.rating.check(answer)
            return
        ratings = self.by_dimension(answer)
        known = {option.code for option in self.dimensions}
        if not ratings or not _ratings(answer).keys() <= known:
            raise InvalidAnswer(N_("This is not a rating of this statement."))
        for one in ratings.values():
            self.rating.check(one)

    def lacks(self, answer: Answer, language: str) -> Sentence | None:
        ratings = _ratings(answer)
        absent = [option for option in self.dimensions if option.code not in ratings]
        if not ratings or not absent:
            return None
        return Sentence(N_("Still to rate: %(parts)s."), {"parts": names_of(absent, language)})

    def by_dimension(self, answer: Answer) -> dict[str, Answer]:
        """What was said on each dimension, as a rating of its own."""
        if answer.missing is not None:
            return {option.code: answer for option in self.dimensions}
        unable = Missing.UNABLE.value
        return {
            code: Answer.absent(Missing.UNABLE) if said == unable else Answer(said)
            for code, said in _ratings(answer).items()
        }

    def adds(self, answer: Answer) -> Mapping[str, Any]:
        """Each dimension's rating: a dimension may have been rated by fewer than the whole."""
        if not answer.given:
            return {}
        said = self.by_dimension(answer)
        return {"": answer.detail, **{code: one.value for code, one in said.items() if one.given}}

    def filled(self, answer: Answer | None) -> dict[str, str]:
        said = {} if answer is None else self.by_dimension(answer)
        return {
            f"-{option.code}": self.rating.filled(said.get(option.code))[""]
            for option in self.dimensions
        }

    def in_words(self, answer: Answer, language: str) -> str:
        if answer.missing is Missing.UNABLE:
            return self.rating.unable_name(language)
        said = self.by_dimension(answer) if answer.given else {}
        clauses = [
            f"{option.name_in(language)}{words.colon(language or 'en')} "
            + self.rating.in_words(said[option.code], language)
            for option in self.dimensions
            if option.code in said
        ]
        return words.semicolon(language or "en").join(clauses)

    def face(self, language: str) -> dict[str, Any]:
        return {
            **self.rating.face(language),
            "dimensions": tuple((o.code, o.name_in(language)) for o in self.dimensions),
        }

    def summarise(
        self, answers: Sequence[Answer], *, quantile_method: str
    ) -> dict[str, Any] | None:
        """Each dimension's numbers, as a rated statement has them, and how the first two meet.

        ``n`` counts the experts who rated at least one dimension; every dimension has its own.
        """
        said = [self.by_dimension(answer) for answer in answers]
        skipped = Answer.absent(Missing.SKIPPED)
        columns = {
            option.code: [one.get(option.code, skipped) for one in said]
            for option in self.dimensions
        }
        described = describe(
            [self._counts(column) for column in columns.values()],
            self.rating.scale,
            quantile_method,
        )
        return {
            "n": sum(answer.given for answer in answers),
            **absences(answers),
            "dimensions": dict(zip(columns, described, strict=True)),
            "together": self._together(*list(columns.values())[:2]),
        }

    def _counts(self, answers: Sequence[Answer]) -> ItemCounts:
        values = [answer.value for answer in answers]
        return ItemCounts(
            tuple(values.count(point) for point in self.rating.scale), **absences(answers)
        )

    def _together(self, first: Sequence[Answer], second: Sequence[Answer]) -> dict[str, Any]:
        """How many experts rated in which band of one dimension and of the other."""
        scale = self.rating.scale
        pairs = [
            (scale.band_of(one.value), scale.band_of(other.value))
            for one, other in zip(first, second, strict=True)
            if one.value is not None and other.value is not None
        ]
        return {
            "n": len(pairs),
            "table": [[pairs.count((row, column)) for column in Band] for row in Band],
        }

    def feedback(
        self, numbers: Mapping[str, Any], own: Answer | None, language: str, policy: FeedbackPolicy
    ) -> dict[str, Any] | None:
        """What a rated statement shows, once per dimension; a dimension few rated keeps its numbers."""
        mine = self.by_dimension(own) if own is not None else {}
        scale = self.rating.scale
        rows = []
        for option in self.dimensions:
            of_one, said = numbers["dimensions"][option.code], mine.get(option.code)
            row: dict[str, Any] = {
                "name": option.name_in(language),
                "own": None if said is None or said.value is None else int(said.value),
                "own_words": "" if said is None else self.rating.in_words(said, language),
                "shown": policy.may_show(of_one["n"]),
            }
            if row["shown"]:
                median = Shown.MEDIAN in policy.shows
                row |= {
                    "n": of_one["n"],
                    "counts": [
                        (point, self.rating.name(point, language), count)
                        for point, count in zip(scale, of_one["counts"], strict=True)
                    ],
                    "high": of_one["count_high"],
                    "share_high": of_one["share_high"],
                    "span_high": scale.band_span(Band.HIGH, language),
                    "median": of_one["median"] if median else None,
                    "q1": of_one["q1"] if median else None,
                    "q3": of_one["q3"] if median else None,
                }
            rows.append(row)
        return {"rows": rows, "smallest": policy.smallest_group}

    def columns(self, code: str, wording: str, language: str) -> tuple[Column, ...]:
        return tuple(
            column
            for option in self.dimensions
            for column in self.rating.columns(
                f"{code}_{option.code}", f"{wording} {option.name_in(language)}", language
            )
        )

    def cells(self, answer: Answer | None) -> tuple[float | str | None, ...]:
        said = {} if answer is None else self.by_dimension(answer)
        return tuple(
            cell for option in self.dimensions for cell in self.rating.cells(said.get(option.code))
        )


def _ratings(answer: Answer) -> Mapping[str, Any]:
    """What was said, by dimension; empty where nothing was."""
    if not isinstance(answer.detail, Mapping):
        return {}
    ratings = answer.detail.get("ratings")
    return ratings if isinstance(ratings, Mapping) else {}
