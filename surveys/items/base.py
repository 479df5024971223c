"""What every kind of item must answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from wtforms import Field

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.asking import Tells, Told
from surveys.delphi.feedback import FeedbackPolicy
from surveys.delphi.scale import Scale
from surveys.tables import Column

# Codes of missing answers in files: negative, so that no scale can ever contain them.
MISSING_CODES = {
    Missing.SKIPPED: -1,
    Missing.UNABLE: -2,
    Missing.NOT_SHOWN: -3,
    Missing.WITHDRAWN: -4,
}


def N_(text: str) -> str:
    """Mark a text for the catalogues; templates translate it, so that kinds stay free of Flask."""
    return text


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence for the catalogues, and the values that are put into it once it is translated."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text


class InvalidAnswer(ValueError):
    """An answer does not fit its item; ``sentence`` says why."""

    def __init__(self, text: str, **values: Any) -> None:
        self.sentence = Sentence(text, values)
        super().__init__(str(self.sentence))


class ItemKind(ABC):
    """A kind of item with the settings of one item. Subclasses are frozen dataclasses.

    ``field`` answers: is this shaped like an answer? ``check`` answers: does it fit this item?
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    # Whether it asks for an answer; what only informs is counted, saved and exported nowhere.
    asks: ClassVar[bool] = True
    # Whether the panel rates it, so that consensus can be reached on it.
    rates: ClassVar[bool] = False
    # Whether its settings begin with the study's scale.
    uses_scale: ClassVar[bool] = False
    takes_comment: ClassVar[bool] = False
    # Whether an answer has parts and is kept while some are open: ``lacks`` then says which.
    in_parts: ClassVar[bool] = False
    # A script of surveys/static that helps to answer; the page works without it.
    script: ClassVar[str] = ""

    @classmethod
    @abstractmethod
    def load(cls, settings: Mapping[str, Any]) -> Self:
        """Bind the kind to stored settings. Raises ValueError naming what does not fit."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The settings as they are stored: ``load`` of it gives an equal object."""

    def texts(self) -> dict[str, Mapping[str, str]]:
        """Every text of the settings that experts read, by its place: each is needed per language."""
        return {}

    @abstractmethod
    def fields(self) -> dict[str, Field]:
        """WTForms fields that accept what an answer looks like, by suffix.

        The page names a field "a-<item>" and the suffix: "" for the one field of a simple kind,
        "-other" and the like for further ones (small letters, digits, underscores).
        """

    @abstractmethod
    def read(self, data: Mapping[str, Any]) -> Answer:
        """The answer in the fields' data, by suffix; nothing given is ``Missing.SKIPPED``.

        Raises InvalidAnswer for data that is no answer of this kind.
        """

    @abstractmethod
    def check(self, answer: Answer) -> None:
        """Raise InvalidAnswer unless the answer fits this item."""

    def lacks(self, answer: Answer, language: str) -> Sentence | None:
        """What an answer that is kept still needs before it counts; None when it is whole.

        What is on its way to an answer is kept as it was typed and never refused, so that nothing
        is lost between the first part and the last. Asked of kinds with ``in_parts``.
        """
        return None

    @abstractmethod
    def filled(self, answer: Answer | None) -> dict[str, str]:
        """What the fields hold when the page shows this answer, by suffix: ``read`` of it gives it."""

    @abstractmethod
    def in_words(self, answer: Answer, language: str) -> str:
        """The answer for a person to read; empty where nothing was answered."""

    def face(self, language: str) -> dict[str, Any]:
        """What the templates of this kind draw, in a language: points, options, limits."""
        return {}

    def summarise(
        self, answers: Sequence[Answer], *, quantile_method: str
    ) -> dict[str, Any] | None:
        """The panel's answers as plain JSON numbers, with their ``n``; None where nothing is summed up.

        Kinds with a rating scale leave this alone: their numbers are computed for all items at once.
        ``answers`` holds the given ones and the reasons for those that are missing, also none at all.
        ``quantile_method`` is the protocol's definition, for whoever needs quantiles.
        """
        return None

    def feedback(
        self, numbers: Mapping[str, Any], own: Answer | None, language: str, policy: FeedbackPolicy
    ) -> dict[str, Any] | None:
        """What items/<kind>/feedback.html draws of a round's numbers; None where nothing is fed back.

        For kinds without a rating scale. Below the policy's smallest group it is never asked; parts
        with an ``n`` of their own ask ``policy.may_show`` again.
        """
        return None

    def tells(self) -> Tells:
        """What a condition of a later item can ask of the answers to this one (delphi/asking.py)."""
        return Tells()

    def told(self, answer: Answer) -> Told:
        """What an answer that was given, or that the expert cannot judge, says to a condition."""
        numbers = {} if answer.value is None else {"": float(answer.value)}
        return Told(numbers, unable=answer.missing is Missing.UNABLE)

    def adds(self, answer: Answer) -> Mapping[str, Any]:
        """What an answer adds to the panel's figures, by the parts that have an ``n`` of their own.

        Nothing for an answer that is not in them. What two answers add alike cannot be told apart there.
        """
        if not answer.given or (self.in_parts and self.lacks(answer, "") is not None):
            return {}
        return {"": answer.detail if answer.value is None else answer.value}

    @property
    def sums_up(self) -> bool:
        """Whether the panel's answers are summed up in figures."""
        if self.rating_scale is not None:
            return True
        return self.summarise([], quantile_method="linear") is not None

    @property
    def usual_seconds(self) -> float:
        """How long answering takes once the text is read; a study's own timings soon replace it."""
        return 10.0

    @property
    def rating_scale(self) -> Scale | None:
        """The scale the panel rates on; None for a kind without one."""
        return None

    @abstractmethod
    def columns(self, code: str, wording: str, language: str) -> tuple[Column, ...]:
        """The columns of this item in a wide table."""

    @abstractmethod
    def cells(self, answer: Answer | None) -> tuple[float | str | None, ...]:
        """The answer's values in the order of ``columns``; a missing value is its reason's code."""
