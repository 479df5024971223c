"""Of whom an item is asked: of everyone, or of those whose earlier answers or group fit a condition.

A condition is written as a study file has it, ``{"item": "S01", "at_least": 4}``, and is stored so. It
refers to items that stand before its own in the same round, so that no condition can go in a circle.

Of a question that is not answered yet nothing is known, and neither is the contrary: ``holds`` then says
None, and an item is asked only where it says True. The answer to an item that is not asked counts as none.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from surveys.delphi import wording
from surveys.delphi.wording import Phrase, all_of, any_of, capital, say

# No study needs more; deeper ones would only be hard to read.
DEEPEST = 6
LARGEST = 1e15


class Relation(StrEnum):
    """How a number meets another."""

    AT_LEAST = "at_least"
    MORE_THAN = "more_than"
    AT_MOST = "at_most"
    UNDER = "under"
    EQUALS = "equals"

    def holds(self, number: float, limit: float) -> bool:
        """Whether a number meets a limit."""
        return {
            Relation.AT_LEAST: number >= limit,
            Relation.MORE_THAN: number > limit,
            Relation.AT_MOST: number <= limit,
            Relation.UNDER: number < limit,
            Relation.EQUALS: number == limit,
        }[self]

    def possible(self, low: float, high: float, limit: float) -> bool:
        """Whether any number from ``low`` to ``high`` meets a limit."""
        if self is Relation.EQUALS:
            return low <= limit <= high
        return self.holds(high if self in (Relation.AT_LEAST, Relation.MORE_THAN) else low, limit)


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer says to a condition.

    numbers : by part; "" where the answer is one number. chosen : codes of options.
    """

    numbers: Mapping[str, float] = field(default_factory=dict)
    chosen: frozenset[str] = frozenset()
    unable: bool = False


@dataclass(frozen=True, slots=True)
class Tells:
    """What can be asked of the answers to an item, and what its parts and options are called.

    numbers : by part, the least and the largest number; None for no bound. names : per language, by
        the codes of options and parts.
    """

    numbers: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    options: frozenset[str] = frozenset()
    unable: bool = False
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def name_in(self, code: str, locale: str) -> str:
        """What an option or a part is called, between the quotation marks of the language."""
        texts = self.names.get(code, {})
        name = texts.get(wording.language(locale)) or next(iter(texts.values()), code)
        return say(_QUOTED, locale, text=name)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a condition can refer to: the items before its own, and the study's groups.

    live : whether the group's figures are shown while the round is open. Then an item may not hang on an
        answer: figures would change without anybody answering it, and could be taken apart by that.
    """

    items: Mapping[str, Tells]
    groups: Mapping[str, Mapping[str, str]]
    live: bool = False

    def group_in(self, code: str, locale: str) -> str:
        """What a group is called."""
        texts = self.groups.get(code, {})
        return texts.get(wording.language(locale)) or next(iter(texts.values()), code)


# What an expert has told so far, by item code; None for an item without an answer.
Answers: TypeAlias = "Mapping[str, Told | None]"


class Condition(ABC):
    """Whether an item is asked. Subclasses are frozen dataclasses."""

    @abstractmethod
    def holds(self, answers: Answers, group: str | None) -> bool | None:
        """Whether it holds for an expert of a group; None while that is not known."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The condition as it is written: ``read`` of it gives an equal one."""

    @abstractmethod
    def clause(self, locale: str, around: Surroundings, *, negated: bool = False) -> str:
        """The condition, or its contrary, as a clause that follows "if"."""

    @abstractmethod
    def faults(self, around: Surroundings) -> Iterator[Fault]:
        """What of it makes no sense where the item stands."""

    @property
    def parts(self) -> tuple[Condition, ...]:
        """The conditions inside."""
        return ()

    @property
    def refers(self) -> frozenset[str]:
        """The items whose answers it looks at."""
        return frozenset().union(*(part.refers for part in self.parts))

    @property
    def asks_group(self) -> bool:
        """Whether it looks at the expert's group."""
        return any(part.asks_group for part in self.parts)

    def sentence(self, locale: str, around: Surroundings) -> str:
        """The condition in words."""
        return say(_ONLY_IF, locale, clause=self.clause(locale, around))


@dataclass(frozen=True, slots=True)
class _OfItem(Condition):
    """A condition on the answer to one item."""

    item: str

    @property
    def refers(self) -> frozenset[str]:
        return frozenset({self.item})

    def faults(self, around: Surroundings) -> Iterator[Fault]:
        tells = around.items.get(self.item)
        if around.live:
            yield Fault(_Why.LIVE, {"item": self.item})
        elif tells is None:
            yield Fault(_Why.NOT_BEFORE, {"item": self.item})
        else:
            yield from self.misfits(tells)

    def misfits(self, tells: Tells) -> Iterator[Fault]:
        """What the item cannot be asked."""
        yield from ()


@dataclass(frozen=True, slots=True)
class Answered(_OfItem):
    """The item has an answer, "unable to judge" included."""

    def holds(self, answers: Answers, group: str | None) -> bool | None:
        return answers.get(self.item) is not None

    def to_json(self) -> dict[str, Any]:
        return {"item": self.item, "answered": True}

    def clause(self, locale: str, around: Surroundings, *, negated: bool = False) -> str:
        return say(_ANSWERED[not negated], locale, item=self.item)


@dataclass(frozen=True, slots=True)
class Unable(_OfItem):
    """The expert cannot judge the item."""

    def holds(self, answers: Answers, group: str | None) -> bool | None:
        told = answers.get(self.item)
        return None if told is None else told.unable

    def to_json(self) -> dict[str, Any]:
        return {"item": self.item, "unable": True}

    def clause(self, locale: str, around: Surroundings, *, negated: bool = False) -> str:
        return say(_UNABLE[not negated], locale, item=self.item)

    def misfits(self, tells: Tells) -> Iterator[Fault]:
        if not tells.unable:
            yield Fault(_Why.NEVER_UNABLE, {"item": self.item})


@dataclass(frozen=True, slots=True)
class Chosen(_OfItem):
    """One of these options was chosen."""

    options: tuple[str, ...]

    def holds(self, answers: Answers, group: str | None) -> bool | None:
        told = answers.get(self.item)
        return None if told is None else not told.chosen.isdisjoint(self.options)

    def to_json(self) -> dict[str, Any]:
        one = len(self.options) == 1
        return {"item": self.item, "chosen": self.options[0] if one else list(self.options)}

    def clause(self, locale: str, around: Surroundings, *, negated: bool = False) -> str:
        tells = around.items.get(self.item, Tells())
        names = any_of([tells.name_in(code, locale) for code in self.options], locale)
        return say(_CHOSEN[not negated], locale, item=self.item, names=names)

    def misfits(self, tells: Tells) -> Iterator[Fault]:
        if not tells.options:
            yield Fault(_Why.NO_OPTIONS, {"item": self.item})
        for code in self.options if tells.options else ():
            if code not in tells.options:
                known = ", ".join(sorted(tells.options))
                yield Fault(_Why.NO_OPTION, {"item": self.item, "code": code, "known": known})


@dataclass(frozen=True, slots=True)
class Compared(_OfItem):
    """A number of the answer meets a limit; part is "" where the answer is one number."""

    relation: Relation
    limit: float
    part: str = ""

    def holds(self, answers: Answers, group: str | None) -> bool | None:
        told = answers.get(self.item)
        if told is None:
            return None
        number = told.numbers.get(self.part)
        return number is not None and self.relation.holds(number, self.limit)

    def to_json(self) -> dict[str, Any]:
        limit = int(self.limit) if float(self.limit).is_integer() else self.limit
        part = {"part": self.part} if self.part else {}
        return {"item": self.item, **part, self.relation.value: limit}

    def clause(self, locale: str, around: Surroundings, *, negated: bool = False) -> str:
        limit = say(_RELATION[self.relation], locale, limit=wording.number(self.limit, locale))
        if not self.part:
            return say(_COMPARED[not negated], locale, item=self.item, limit=limit)
        name = around.items.get(self.item, Tells()).name_in(self.part, locale)
        return say(_COMPARED_PART[not negated], locale, item=self.item, limit=limit, part=name)

    def misfits(self, tells: Tells) -> Iterator[Fault]:
        about: dict[str, object] = {"item": self.item, "part": self.part}
        if not tells.numbers:
            yield Fault(_Why.NO_NUMBER, about)
        elif self.part not in tells.numbers:
            known = ", ".join(sorted(tells.numbers))
            yield Fault(_Why.NO_PART if self.part else _Why.NEEDS_PART, {**about, "known": known})
        else:
            low, high = tells.numbers[self.part]
            bounds = (-math.inf if low is None else low, math.inf if high is None else high)
            if not self.relation.possible(*bounds, self.limit):
                yield Fault(_Why.NEVER, {**about, "limit": self.limit})


@dataclass(frozen=True, slots=True)
class OfGroup(Condition):
    """The expert belongs to one of these stakeholder groups."""

    groups: tuple[str, ...]

    def holds(self, answers: Answers, group: str | None) -> bool | None:
        return group in self.groups

    def to_json(self) -> dict[str, Any]:
        return {"group": self.groups[0] if len(self.groups) == 1 else list(self.groups)}

    def clause(self, locale: str, around: Surroundings, *, negated: bool = False) -> str:
        names = any_of([around.group_in(code, locale) for code in self.groups], locale)
        return say(_OF_GROUP[not negated], locale, names=names)

    def faults(self, around: Surroundings) -> Iterator[Fault]:
        for code in self.groups:
            if code not in around.groups:
                known = ", ".join(around.groups)
                yield Fault(_Why.NO_GROUP, {"code": code, "known": known})

    @property
    def asks_group(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class _Joined(Condition):
    """Several conditions."""

    conditions: tuple[Condition, ...]

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self.conditions

    def faults(self, around: Surroundings) -> Iterator[Fault]:
        for part in self.conditions:
            yield from part.faults(around)

    def joined(self, locale: str, around: Surroundings, *, negated: bool, conjunctive: bool) -> str:
        """The clauses with "and" or "or" between them, and brackets where both would mix."""
        clauses = []
        for part in self.conditions:
            clause = part.clause(locale, around, negated=negated)
            clauses.append(f"({clause})" if len(part.parts) > 1 else clause)
        return (all_of if conjunctive else any_of)(clauses, locale)


@dataclass(frozen=True, slots=True)
class AllOf(_Joined):
    """All of them hold."""

    def holds(self, answers: Answers, group: str | None) -> bool | None:
        found = [part.holds(answers, group) for part in self.conditions]
        return False if False in found else None if None in found else True

    def to_json(self) -> dict[str, Any]:
        return {"all": [part.to_json() for part in self.conditions]}

    def clause(self, locale: str, around: Surroundings, *, negated: bool = False) -> str:
        return self.joined(locale, around, negated=negated, conjunctive=not negated)


@dataclass(frozen=True, slots=True)
class AnyOf(_Joined):
    """At least one of them holds."""

    def holds(self, answers: Answers, group: str | None) -> bool | None:
        found = [part.holds(answers, group) for part in self.conditions]
        return True if True in found else None if None in found else False

    def to_json(self) -> dict[str, Any]:
        return {"any": [part.to_json() for part in self.conditions]}

    def clause(self, locale: str, around: Surroundings, *, negated: bool = False) -> str:
        return self.joined(locale, around, negated=negated, conjunctive=negated)


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """It does not hold."""

    condition: Condition

    def holds(self, answers: Answers, group: str | None) -> bool | None:
        found = self.condition.holds(answers, group)
        return None if found is None else not found

    def to_json(self) -> dict[str, Any]:
        return {"not": self.condition.to_json()}

    def clause(self, locale: str, around: Surroundings, *, negated: bool = False) -> str:
        return self.condition.clause(locale, around, negated=not negated)

    def faults(self, around: Surroundings) -> Iterator[Fault]:
        return self.condition.faults(around)

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self.condition.parts

    @property
    def refers(self) -> frozenset[str]:
        return self.condition.refers

    @property
    def asks_group(self) -> bool:
        return self.condition.asks_group


# --- from and to what is written


def read(data: object, depth: int = 1) -> Condition:
    """A condition as a study file or the database has it.

    Raises ValueError with a sentence about what cannot be read.
    """
    if not isinstance(data, Mapping) or not data:
        raise ValueError(f"a condition is a group of keys and values, not {data!r}")
    if depth > DEEPEST:
        raise ValueError(f"conditions lie in each other at most {DEEPEST} deep")
    keys = set(data)
    if keys in ({"all"}, {"any"}):
        ((word, inside),) = data.items()
        if not isinstance(inside, Sequence) or isinstance(inside, str) or len(inside) < 2:
            raise ValueError(f"“{word}” needs a list of two conditions or more")
        parts = tuple(read(part, depth + 1) for part in inside)
        return AllOf(parts) if word == "all" else AnyOf(parts)
    if keys == {"not"}:
        return Not(read(data["not"], depth + 1))
    if keys == {"group"}:
        return OfGroup(_codes(data["group"], "group"))
    return _of_item(data)


def _of_item(data: Mapping[Any, Any]) -> Condition:
    """A condition on one item."""
    item = data.get("item")
    asked = [key for key in data if key not in ("item", "part")]
    words = [*(relation.value for relation in Relation), "chosen", "unable", "answered"]
    if not isinstance(item, str) or len(asked) != 1 or asked[0] not in words:
        raise ValueError(
            "a condition has an item and one of "
            f"{', '.join(words)}; or all, any, not, or group; not {', '.join(map(str, data))}"
        )
    word, value = asked[0], data[asked[0]]
    if word in tuple(Relation):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not abs(value) < LARGEST:
            raise ValueError(f"“{word}” needs a number, not {value!r}")
        part = data.get("part", "")
        if not isinstance(part, str):
            raise ValueError(f"a part is named by its code, not {part!r}")
        return Compared(item, Relation(word), value, part)
    if "part" in data:
        raise ValueError(f"“part” goes with a number, not with “{word}”")
    if word == "chosen":
        return Chosen(item, _codes(value, word))
    if value is not True:
        raise ValueError(f"“{word}” is written “{word}: true”; for the contrary there is “not”")
    return Unable(item) if word == "unable" else Answered(item)


def _codes(value: object, word: str) -> tuple[str, ...]:
    """One code or several."""
    codes = [value] if isinstance(value, str) else value
    if not isinstance(codes, Sequence) or not codes or not all(isinstance(c, str) for c in codes):
        raise ValueError(f"“{word}” needs a code or a list of codes, not {value!r}")
    return tuple(codes)


# --- what follows from conditions


def not_asked(
    conditions: Iterable[tuple[str, Condition | None]], answers: Answers, group: str | None
) -> frozenset[str]:
    """The items that an expert is not asked.

    conditions : by item code, in the order of the round; None for what everyone is asked.
    """
    counted = dict(answers)
    left_out = set()
    for code, condition in conditions:
        if condition is not None and condition.holds(counted, group) is not True:
            left_out.add(code)
            # What somebody answered before the item was taken away from them decides nothing.
            counted[code] = None
    return frozenset(left_out)


class _Why(StrEnum):
    """Why a condition makes no sense."""

    NOT_BEFORE = "not before"
    NEVER_UNABLE = "never unable"
    NO_OPTIONS = "no options"
    NO_OPTION = "no option"
    NO_NUMBER = "no number"
    NO_PART = "no part"
    NEEDS_PART = "needs part"
    NEVER = "never"
    NO_GROUP = "no group"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing about a condition that makes no sense."""

    why: _Why
    about: Mapping[str, object]

    def sentence(self, locale: str) -> str:
        """It in words."""
        return capital(say(_FAULTS[self.why], locale, **self.about))


_QUOTED: Phrase = {
    "en": "“{text}”",
    "nl": "“{text}”",
    "fr": "«\u202f{text}\u202f»",
    "de": "„{text}“",
}
_ONLY_IF: Phrase = {
    "en": "Asked only if {clause}.",
    "nl": "Alleen gevraagd als {clause}.",
    "fr": "Posé seulement si {clause}.",
    "de": "Nur gefragt, wenn {clause}.",
}
_ANSWERED: Mapping[bool, Phrase] = {
    True: {
        "en": "{item} is answered",
        "nl": "{item} beantwoord is",
        "fr": "{item} a reçu une réponse",
        "de": "{item} beantwortet ist",
    },
    False: {
        "en": "{item} is not answered",
        "nl": "{item} niet beantwoord is",
        "fr": "{item} n'a pas reçu de réponse",
        "de": "{item} nicht beantwortet ist",
    },
}
_UNABLE: Mapping[bool, Phrase] = {
    True: {
        "en": "the expert is unable to judge {item}",
        "nl": "de expert {item} niet kan beoordelen",
        "fr": "l'expert ne peut pas se prononcer sur {item}",
        "de": "die Fachperson {item} nicht beurteilen kann",
    },
    False: {
        "en": "the expert is able to judge {item}",
        "nl": "de expert {item} kan beoordelen",
        "fr": "l'expert peut se prononcer sur {item}",
        "de": "die Fachperson {item} beurteilen kann",
    },
}
_CHOSEN: Mapping[bool, Phrase] = {
    True: {
        "en": "the answer to {item} is {names}",
        "nl": "het antwoord op {item} {names} is",
        "fr": "la réponse à {item} est {names}",
        "de": "die Antwort auf {item} {names} lautet",
    },
    False: {
        "en": "the answer to {item} is not {names}",
        "nl": "het antwoord op {item} niet {names} is",
        "fr": "la réponse à {item} n'est pas {names}",
        "de": "die Antwort auf {item} nicht {names} lautet",
    },
}
_COMPARED: Mapping[bool, Phrase] = {
    True: {
        "en": "the answer to {item} is {limit}",
        "nl": "het antwoord op {item} {limit} is",
        "fr": "la réponse à {item} est {limit}",
        "de": "die Antwort auf {item} {limit} beträgt",
    },
    False: {
        "en": "the answer to {item} is not {limit}",
        "nl": "het antwoord op {item} niet {limit} is",
        "fr": "la réponse à {item} n'est pas {limit}",
        "de": "die Antwort auf {item} nicht {limit} beträgt",
    },
}
_COMPARED_PART: Mapping[bool, Phrase] = {
    True: {
        "en": "{part} in the answer to {item} is {limit}",
        "nl": "{part} in het antwoord op {item} {limit} is",
        "fr": "{part} dans la réponse à {item} est {limit}",
        "de": "{part} in der Antwort auf {item} {limit} beträgt",
    },
    False: {
        "en": "{part} in the answer to {item} is not {limit}",
        "nl": "{part} in het antwoord op {item} niet {limit} is",
        "fr": "{part} dans la réponse à {item} n'est pas {limit}",
        "de": "{part} in der Antwort auf {item} nicht {limit} beträgt",
    },
}
_RELATION: Mapping[Relation, Phrase] = {
    Relation.AT_LEAST: {
        "en": "at least {limit}",
        "nl": "ten minste {limit}",
        "fr": "d'au moins {limit}",
        "de": "mindestens {limit}",
    },
    Relation.MORE_THAN: {
        "en": "more than {limit}",
        "nl": "meer dan {limit}",
        "fr": "de plus de {limit}",
        "de": "mehr als {limit}",
    },
    Relation.AT_MOST: {
        "en": "at most {limit}",
        "nl": "ten hoogste {limit}",
        "fr": "d'au plus {limit}",
        "de": "höchstens {limit}",
    },
    Relation.UNDER: {
        "en": "under {limit}",
        "nl": "minder dan {limit}",
        "fr": "de moins de {limit}",
        "de": "weniger als {limit}",
    },
    Relation.EQUALS: {
        "en": "exactly {limit}",
        "nl": "precies {limit}",
        "fr": "exactement {limit}",
        "de": "genau {limit}",
    },
}
_OF_GROUP: Mapping[bool, Phrase] = {
    True: {
        "en": "the expert belongs to {names}",
        "nl": "de expert behoort tot {names}",
        "fr": "l'expert fait partie de {names}",
        "de": "die Fachperson zu {names} gehört",
    },
    False: {
        "en": "the expert does not belong to {names}",
        "nl": "de expert niet behoort tot {names}",
        "fr": "l'expert ne fait pas partie de {names}",
        "de": "die Fachperson nicht zu {names} gehört",
    },
}
_FAULTS: Mapping[_Why, Phrase] = {
    _Why.NOT_BEFORE: {
        "en": "its condition refers to {item}, which this round does not ask before it",
        "nl": "de voorwaarde verwijst naar {item}, dat deze ronde niet eerder vraagt",
        "fr": "sa condition renvoie à {item}, que ce tour ne pose pas avant lui",
        "de": "die Bedingung verweist auf {item}, das diese Runde nicht vorher fragt",
    },
    _Why.NEVER_UNABLE: {
        "en": "its condition asks who is unable to judge {item}, which does not offer that answer",
        "nl": "de voorwaarde vraagt wie {item} niet kan beoordelen, maar dat antwoord wordt er niet"
        " aangeboden",
        "fr": "sa condition demande qui ne peut pas se prononcer sur {item}, qui n'offre pas cette"
        " réponse",
        "de": "die Bedingung fragt, wer {item} nicht beurteilen kann, was dort nicht angeboten wird",
    },
    _Why.NO_OPTIONS: {
        "en": "its condition asks what was chosen in {item}, which offers nothing to choose",
        "nl": "de voorwaarde vraagt wat in {item} gekozen werd, maar daar valt niets te kiezen",
        "fr": "sa condition demande ce qui a été choisi dans {item}, qui n'offre aucun choix",
        "de": "die Bedingung fragt, was in {item} gewählt wurde, wo es nichts zu wählen gibt",
    },
    _Why.NO_OPTION: {
        "en": "its condition names the option {code} of {item}; there is: {known}",
        "nl": "de voorwaarde noemt de optie {code} van {item}; er is: {known}",
        "fr": "sa condition nomme l'option {code} de {item}\u00a0; il y a\u00a0: {known}",
        "de": "die Bedingung nennt die Option {code} von {item}; es gibt: {known}",
    },
    _Why.NO_NUMBER: {
        "en": "its condition compares {item} with a number, and its answers are none",
        "nl": "de voorwaarde vergelijkt {item} met een getal, maar de antwoorden zijn er geen",
        "fr": "sa condition compare {item} à un nombre, et ses réponses n'en sont pas",
        "de": "die Bedingung vergleicht {item} mit einer Zahl, und die Antworten sind keine",
    },
    _Why.NO_PART: {
        "en": "its condition names the part {part} of {item}; there is: {known}",
        "nl": "de voorwaarde noemt het deel {part} van {item}; er is: {known}",
        "fr": "sa condition nomme la partie {part} de {item}\u00a0; il y a\u00a0: {known}",
        "de": "die Bedingung nennt den Teil {part} von {item}; es gibt: {known}",
    },
    _Why.NEEDS_PART: {
        "en": "its condition must say which part of {item} is compared: {known}",
        "nl": "de voorwaarde moet zeggen welk deel van {item} vergeleken wordt: {known}",
        "fr": "sa condition doit dire quelle partie de {item} est comparée\u00a0: {known}",
        "de": "die Bedingung muss sagen, welcher Teil von {item} verglichen wird: {known}",
    },
    _Why.NEVER: {
        "en": "its condition compares {item} with {limit}, which no answer meets",
        "nl": "de voorwaarde vergelijkt {item} met {limit}, waaraan geen antwoord voldoet",
        "fr": "sa condition compare {item} à {limit}, ce qu'aucune réponse ne remplit",
        "de": "die Bedingung vergleicht {item} mit {limit}, was keine Antwort erfüllt",
    },
    _Why.LIVE: {
        "en": "its condition refers to {item}; in a round in real time a condition may ask for the"
        " group only",
        "nl": "de voorwaarde verwijst naar {item}; in een ronde in realtime mag een voorwaarde alleen"
        " naar de groep vragen",
        "fr": "sa condition renvoie à {item}\u00a0; dans un tour en temps réel, une condition ne peut"
        " porter que sur le groupe",
        "de": "die Bedingung verweist auf {item}; in einer Runde in Echtzeit darf eine Bedingung nur"
        " nach der Gruppe fragen",
    },
    _Why.NO_GROUP: {
        "en": "its condition names the group {code}; there is: {known}",
        "nl": "de voorwaarde noemt de groep {code}; er is: {known}",
        "fr": "sa condition nomme le groupe {code}\u00a0; il y a\u00a0: {known}",
        "de": "die Bedingung nennt die Gruppe {code}; es gibt: {known}",
    },
}
