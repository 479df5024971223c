"""One of a few options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from wtforms import Field, StringField

from surveys.delphi import wording as words
from surveys.delphi.answer import Answer, Missing
from surveys.delphi.asking import Tells, Told
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.items.base import MISSING_CODES, N_, InvalidAnswer, ItemKind, Sentence
from surveys.items.describing import absences, describe_shares
from surveys.items.fields import OneOf
from surveys.items.numbers import missing_names, phrase_in
from surveys.items.options import Option, load_options, options_to_json
from surveys.items.settings import refuse_others, text_in, texts
from surveys.tables import Column, Measure

OTHER = "other"
LONGEST_OTHER = 300
# Options are read one by one before one is chosen.
SECONDS_TO_CHOOSE = 3.0
SECONDS_PER_OPTION = 1.5
OTHER_IN_WORDS: words.Phrase = {
    "en": "in their own words",
    "nl": "in eigen woorden",
    "fr": "en ses propres mots",
    "de": "in eigenen Worten",
}


@dataclass(frozen=True, slots=True)
class SingleChoice(ItemKind):
    """One option, or another one in the expert's own words.

    other : what "other" is called; empty where only the options are offered.
    unable : what "unable to judge" is called; empty where it is not offered.
    """

    kind: ClassVar[str] = "single_choice"
    label: ClassVar[str] = N_("One answer of several")
    takes_comment: ClassVar[bool] = True
    in_parts: ClassVar[bool] = True

    options: tuple[Option, ...]
    other: Mapping[str, str] = field(default_factory=dict)
    unable: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, settings: Mapping[str, Any]) -> Self:
        refuse_others(settings, {"options", "other", "unable"}, "a choice of one answer")
        return cls(
            load_choices(settings),
            texts(settings.get("other"), "other"),
            texts(settings.get("unable"), "unable"),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "options": options_to_json(self.options),
            "other": dict(self.other),
            "unable": dict(self.unable),
        }

    def texts(self) -> dict[str, Mapping[str, str]]:
        return choice_texts(self.options, other=self.other, unable=self.unable)

    @property
    def usual_seconds(self) -> float:
        return SECONDS_TO_CHOOSE + SECONDS_PER_OPTION * len(self.options)

    def tells(self) -> Tells:
        names = {option.code: option.name for option in self.options}
        names |= {OTHER: self.other} if self.other else {}
        return Tells(options=frozenset(names), unable=bool(self.unable), names=names)

    def told(self, answer: Answer) -> Told:
        return Told(
            chosen=frozenset({_choice(answer)}) - {""}, unable=answer.missing is Missing.UNABLE
        )

    def fields(self) -> dict[str, Field]:
        codes = [option.code for option in self.options]
        codes += [OTHER] if self.other else []
        codes += [Missing.UNABLE.value] if self.unable else []
        boxes: dict[str, Field] = {"": OneOf(frozenset(codes))}
        return boxes | ({"-other": StringField()} if self.other else {})

    def read(self, data: Mapping[str, Any]) -> Answer:
        chosen, text = str(data.get("") or ""), own_words(data.get("-other"))
        if chosen == Missing.UNABLE.value:
            return Answer.absent(Missing.UNABLE)
        # Words without a tick before them say what the tick would have said.
        if chosen == OTHER or (text and not chosen):
            return Answer(detail={"choice": OTHER, "text": text})
        return Answer(detail={"choice": chosen}) if chosen else Answer.absent(Missing.SKIPPED)

    def check(self, answer: Answer) -> None:
        if answer.missing is Missing.UNABLE and not self.unable:
            raise InvalidAnswer(N_("“Unable to judge” is not offered here."))
        if answer.missing is not None:
            return
        known = {option.code for option in self.options} | ({OTHER} if self.other else set())
        if _choice(answer) not in known:
            raise InvalidAnswer(N_("This is not one of the answers offered here."))
        check_own_words(_text(answer))

    def lacks(self, answer: Answer, language: str) -> Sentence | None:
        if _choice(answer) == OTHER and not _text(answer):
            return Sentence(
                N_("You chose “%(other)s”: please say which."),
                {"other": text_in(self.other, language)},
            )
        return None

    def filled(self, answer: Answer | None) -> dict[str, str]:
        chosen = "" if answer is None else _choice(answer)
        if answer is not None and answer.missing is Missing.UNABLE:
            chosen = Missing.UNABLE.value
        boxes = {"": chosen}
        return boxes | ({"-other": "" if answer is None else _text(answer)} if self.other else {})

    def in_words(self, answer: Answer, language: str) -> str:
        if answer.missing is Missing.UNABLE:
            return text_in(self.unable, language)
        chosen = _choice(answer)
        if chosen == OTHER:
            return other_in_words(self.other, _text(answer), language)
        return next((o.name_in(language) for o in self.options if o.code == chosen), "")

    def face(self, language: str) -> dict[str, Any]:
        return {
            "options": tuple((option.code, option.name_in(language)) for option in self.options),
            "other_name": text_in(self.other, language),
            "unable_name": text_in(self.unable, language),
            "longest": LONGEST_OTHER,
        }

    def summarise(
        self, answers: Sequence[Answer], *, quantile_method: str
    ) -> dict[str, Any] | None:
        """How many chose each option. Own words are counted as "other"; the words stay with answers."""
        chosen = [_choice(answer) for answer in answers if answer.given]
        codes = [option.code for option in self.options] + ([OTHER] if self.other else [])
        counts = {code: chosen.count(code) for code in codes}
        return {
            "n": len(chosen),
            **absences(answers),
            "options": describe_shares(counts, len(chosen)),
        }

    def feedback(
        self, numbers: Mapping[str, Any], own: Answer | None, language: str, policy: FeedbackPolicy
    ) -> dict[str, Any] | None:
        mine = _choice(own) if own is not None and Shown.OWN_RATING in policy.shows else ""
        return choice_rows(numbers, self.options, self.other, {mine}, language, policy)

    def columns(self, code: str, wording: str, language: str) -> tuple[Column, ...]:
        names = {place: o.name_in(language) for place, o in enumerate(self.options, start=1)}
        if self.other:
            names[len(self.options) + 1] = text_in(self.other, language)
        chosen = Column(
            code.lower(), wording, Measure.NOMINAL, names, dict(missing_names(language))
        )
        return (chosen, *other_columns(self.other, code, wording, language))

    def cells(self, answer: Answer | None) -> tuple[float | str | None, ...]:
        if answer is None or answer.missing is not None:
            reason = Missing.SKIPPED if answer is None else answer.missing
            return (MISSING_CODES[reason or Missing.SKIPPED], *([None] if self.other else []))
        codes = [*(option.code for option in self.options), OTHER]
        return (
            codes.index(_choice(answer)) + 1,
            *([_text(answer) or None] if self.other else []),
        )


def load_choices(settings: Mapping[str, Any]) -> tuple[Option, ...]:
    """The options of a choice. Raises ValueError, also for codes that mean something else here."""
    if "options" not in settings:
        raise ValueError("there must be something to choose from: “options” is absent")
    options = load_options(settings["options"])
    taken = sorted({OTHER, "none", "missing"} & {option.code for option in options})
    if taken:
        raise ValueError(
            f"no option may have the code {', '.join(taken)}: it has a meaning already"
        )
    return options


def choice_texts(
    options: Sequence[Option], **more: Mapping[str, str]
) -> dict[str, Mapping[str, str]]:
    """The texts of a choice, by place."""
    named = {f"option {option.code}": option.name for option in options}
    return named | {name: text for name, text in more.items() if text}


def own_words(typed: Any) -> str:
    """An answer in the expert's own words, on one line."""
    return " ".join(str(typed or "").replace("\x00", "").split())


def check_own_words(text: str) -> None:
    """Raise InvalidAnswer for an answer in own words that is too long to be kept."""
    if len(text) > LONGEST_OTHER:
        raise InvalidAnswer(
            N_("This answer is longer than %(longest)s characters. Please shorten it."),
            longest=LONGEST_OTHER,
        )


def other_in_words(other: Mapping[str, str], text: str, language: str) -> str:
    """An answer in own words behind the name of "other"."""
    name = text_in(other, language)
    return f"{name}{words.colon(language or 'en')} {text}" if text else name


def other_columns(
    other: Mapping[str, str], code: str, wording: str, language: str
) -> tuple[Column, ...]:
    """The column for answers in own words, where "other" is offered."""
    if not other:
        return ()
    label = f"{wording} {phrase_in(OTHER_IN_WORDS, language)}"
    return (Column(f"{code.lower()}_other", label, Measure.TEXT),)


def choice_rows(
    numbers: Mapping[str, Any],
    options: Sequence[Option],
    other: Mapping[str, str],
    mine: set[str],
    language: str,
    policy: FeedbackPolicy,
) -> dict[str, Any]:
    """How many chose each option, and which ones the expert chose; no rows where none are shown."""
    names = [(option.code, option.name_in(language)) for option in options]
    names += [(OTHER, text_in(other, language))] if other else []
    shown = Shown.DISTRIBUTION in policy.shows
    return {
        "rows": [
            {"name": name, "own": code in mine, **numbers["options"][code]} for code, name in names
        ]
        if shown
        else [],
        "n": numbers["n"],
    }


def _choice(answer: Answer) -> str:
    """The code of the chosen option; empty where there is none."""
    return str(answer.detail.get("choice", "")) if isinstance(answer.detail, Mapping) else ""


def _text(answer: Answer) -> str:
    return str(answer.detail.get("text", "")) if isinstance(answer.detail, Mapping) else ""
