"""Several of a few options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from wtforms import BooleanField, Field, StringField

from surveys.delphi import wording as words
from surveys.delphi.answer import Answer, Missing
from surveys.delphi.asking import Tells, Told
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.items.base import MISSING_CODES, N_, InvalidAnswer, ItemKind, Sentence
from surveys.items.describing import absences, describe_shares
from surveys.items.numbers import missing_names, phrase_in
from surveys.items.options import Option, options_to_json
from surveys.items.settings import refuse_others, text_in, texts, whole
from surveys.items.single_choice import (
    LONGEST_OTHER,
    OTHER,
    SECONDS_PER_OPTION,
    SECONDS_TO_CHOOSE,
    check_own_words,
    choice_rows,
    choice_texts,
    load_choices,
    other_columns,
    other_in_words,
    own_words,
)
from surveys.tables import Column, Measure

UNABLE, NONE = "-unable", "-none"
TICKED = "yes"
_CHOSEN: words.Phrase = {"en": "chosen", "nl": "gekozen", "fr": "choisi", "de": "gewählt"}
_NOT_CHOSEN: words.Phrase = {
    "en": "not chosen",
    "nl": "niet gekozen",
    "fr": "non choisi",
    "de": "nicht gewählt",
}


@dataclass(frozen=True, slots=True)
class MultipleChoice(ItemKind):
    """Any number of options, or between two limits.

    minimum, maximum : how many answers are asked for at least and at most; own words count as one.
    other, none, unable : what "other", "none of these" and "unable to judge" are called; empty where
        they are not offered. "None of these" is an answer, and not the same as nothing ticked.
    """

    kind: ClassVar[str] = "multiple_choice"
    label: ClassVar[str] = N_("Several answers of several")
    takes_comment: ClassVar[bool] = True
    in_parts: ClassVar[bool] = True

    options: tuple[Option, ...]
    minimum: int = 1
    maximum: int | None = None
    other: Mapping[str, str] = field(default_factory=dict)
    none: Mapping[str, str] = field(default_factory=dict)
    unable: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, settings: Mapping[str, Any]) -> Self:
        known = {"options", "minimum", "maximum", "other", "none", "unable"}
        refuse_others(settings, known, "a choice of several answers")
        options, other = load_choices(settings), texts(settings.get("other"), "other")
        most = len(options) + bool(other)
        minimum = whole(settings.get("minimum") or 1, "minimum", least=1, most=most)
        maximum = settings.get("maximum")
        if maximum not in (None, ""):
            maximum = whole(maximum, "maximum", least=minimum, most=most)
        return cls(
            options,
            minimum,
            maximum or None,
            other,
            texts(settings.get("none"), "none"),
            texts(settings.get("unable"), "unable"),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "options": options_to_json(self.options),
            "minimum": self.minimum,
            "maximum": self.maximum,
            "other": dict(self.other),
            "none": dict(self.none),
            "unable": dict(self.unable),
        }

    def texts(self) -> dict[str, Mapping[str, str]]:
        return choice_texts(self.options, other=self.other, none=self.none, unable=self.unable)

    @property
    def usual_seconds(self) -> float:
        return SECONDS_TO_CHOOSE + 2 * SECONDS_PER_OPTION * len(self.options)

    def tells(self) -> Tells:
        names = {option.code: option.name for option in self.options}
        names |= {"other": self.other} if self.other else {}
        names |= {"none": self.none} if self.none else {}
        return Tells(options=frozenset(names), unable=bool(self.unable), names=names)

    def told(self, answer: Answer) -> Told:
        chosen = {*_choices(answer), *(["other"] if _text(answer) else [])}
        chosen |= {"none"} if _is_none(answer) else set()
        return Told(chosen=frozenset(chosen), unable=answer.missing is Missing.UNABLE)

    def fields(self) -> dict[str, Field]:
        boxes: dict[str, Field] = {f"-{option.code}": BooleanField() for option in self.options}
        if self.other:
            boxes["-other"] = StringField()
        if self.none:
            boxes[NONE] = BooleanField()
        if self.unable:
            boxes[UNABLE] = BooleanField()
        return boxes

    def read(self, data: Mapping[str, Any]) -> Answer:
        chosen = [option.code for option in self.options if data.get(f"-{option.code}")]
        text = own_words(data.get("-other"))
        alone = bool(data.get(NONE)) + bool(data.get(UNABLE))
        if alone > 1 or (alone and (chosen or text)):
            raise InvalidAnswer(
                N_(
                    "Please choose answers, or say that none fits or that you cannot judge; not both."
                )
            )
        if data.get(UNABLE):
            return Answer.absent(Missing.UNABLE)
        if not (chosen or text or data.get(NONE)):
            return Answer.absent(Missing.SKIPPED)
        return Answer(detail={"choices": chosen} | ({"text": text} if text else {}))

    def check(self, answer: Answer) -> None:
        if answer.missing is Missing.UNABLE and not self.unable:
            raise InvalidAnswer(N_("“Unable to judge” is not offered here."))
        if answer.missing is not None:
            return
        chosen, text = _choices(answer), _text(answer)
        offered = {option.code for option in self.options}
        nothing = not (chosen or text or self.none)
        if not set(chosen) <= offered or (text and not self.other) or nothing:
            raise InvalidAnswer(N_("This is not one of the answers offered here."))
        if self.maximum is not None and len(chosen) + bool(text) > self.maximum:
            raise InvalidAnswer(
                N_("Please choose at most %(most)s answers; you chose %(chosen)s."),
                most=self.maximum,
                chosen=len(chosen) + bool(text),
            )
        check_own_words(text)

    def lacks(self, answer: Answer, language: str) -> Sentence | None:
        chosen = len(_choices(answer)) + bool(_text(answer))
        if 0 < chosen < self.minimum:
            return Sentence(
                N_("Please choose at least %(least)s answers; you chose %(chosen)s."),
                {"least": self.minimum, "chosen": chosen},
            )
        return None

    def filled(self, answer: Answer | None) -> dict[str, str]:
        chosen = _choices(answer) if answer is not None else []
        boxes = {f"-{o.code}": TICKED if o.code in chosen else "" for o in self.options}
        if self.other:
            boxes["-other"] = _text(answer) if answer is not None else ""
        if self.none:
            boxes[NONE] = TICKED if answer is not None and _is_none(answer) else ""
        if self.unable:
            cannot = answer is not None and answer.missing is Missing.UNABLE
            boxes[UNABLE] = TICKED if cannot else ""
        return boxes

    def in_words(self, answer: Answer, language: str) -> str:
        if answer.missing is Missing.UNABLE:
            return text_in(self.unable, language)
        if _is_none(answer):
            return text_in(self.none, language)
        chosen, text = _choices(answer), _text(answer)
        names = [o.name_in(language) for o in self.options if o.code in chosen]
        names += [other_in_words(self.other, text, language)] if text else []
        return words.semicolon(language or "en").join(names)

    def face(self, language: str) -> dict[str, Any]:
        return {
            "options": tuple((option.code, option.name_in(language)) for option in self.options),
            "other_name": text_in(self.other, language),
            "none_name": text_in(self.none, language),
            "unable_name": text_in(self.unable, language),
            "minimum": self.minimum,
            "maximum": self.maximum,
            "longest": LONGEST_OTHER,
        }

    def summarise(
        self, answers: Sequence[Answer], *, quantile_method: str
    ) -> dict[str, Any] | None:
        """How many chose each option, of those who answered; shares add up to more than one."""
        given = [answer for answer in answers if answer.given]
        counts = {
            option.code: sum(option.code in _choices(answer) for answer in given)
            for option in self.options
        }
        if self.other:
            counts[OTHER] = sum(bool(_text(answer)) for answer in given)
        return {
            "n": len(given),
            **absences(answers),
            "none": sum(_is_none(answer) for answer in given),
            "options": describe_shares(counts, len(given)),
        }

    def feedback(
        self, numbers: Mapping[str, Any], own: Answer | None, language: str, policy: FeedbackPolicy
    ) -> dict[str, Any] | None:
        mine: set[str] = set()
        if own is not None and Shown.OWN_RATING in policy.shows:
            mine = {*_choices(own), *([OTHER] if _text(own) else [])}
        return choice_rows(numbers, self.options, self.other, mine, language, policy)

    def columns(self, code: str, wording: str, language: str) -> tuple[Column, ...]:
        values = {0: phrase_in(_NOT_CHOSEN, language), 1: phrase_in(_CHOSEN, language)}
        named = [(option.code, option.name_in(language)) for option in self.options]
        named += [("none", text_in(self.none, language))] if self.none else []
        return (
            *(
                Column(
                    f"{code.lower()}_{option}",
                    f"{wording} {name}",
                    Measure.NOMINAL,
                    values,
                    dict(missing_names(language)),
                )
                for option, name in named
            ),
            *other_columns(self.other, code, wording, language),
        )

    def cells(self, answer: Answer | None) -> tuple[float | str | None, ...]:
        boxes = len(self.options) + bool(self.none)
        if answer is None or answer.missing is not None:
            reason = Missing.SKIPPED if answer is None else answer.missing
            code = MISSING_CODES[reason or Missing.SKIPPED]
            return (*[code] * boxes, *([None] if self.other else []))
        chosen = _choices(answer)
        return (
            *(int(option.code in chosen) for option in self.options),
            *([int(_is_none(answer))] if self.none else []),
            *([_text(answer) or None] if self.other else []),
        )


def _choices(answer: Answer) -> list[str]:
    """The codes of the chosen options."""
    chosen = answer.detail.get("choices") if isinstance(answer.detail, Mapping) else None
    return [str(code) for code in chosen] if isinstance(chosen, list) else []


def _text(answer: Answer) -> str:
    return str(answer.detail.get("text", "")) if isinstance(answer.detail, Mapping) else ""


def _is_none(answer: Answer) -> bool:
    """Whether the expert said that none of the options fits."""
    return answer.given and not _choices(answer) and not _text(answer)
