"""The conditions from which a definition of consensus is built, each a question with yes or no.

A condition looks at one item's counts and answers with a `Finding`: whether it holds, with the
exact numbers it used, or that the question has no answer (nobody rated, no stakeholder groups).
`holds_each` asks the same of many items at once, from a table of counts. Conditions compose with
and/or and can be asked of every group, of any group, of one group, or of all groups with equal
weight.

This module has the frame and the shares; `surveys.delphi.centre` asks about medians, means and
spread, `surveys.delphi.rand` about disagreement, `surveys.delphi.validity` about content validity.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from surveys.delphi import wording
from surveys.delphi.exact import Comparison, plain, threshold
from surveys.delphi.region import Region
from surveys.delphi.scale import Band, Scale
from surveys.delphi.stored import Json, Stored
from surveys.delphi.summary import Groups, ItemCounts
from surveys.delphi.wording import Phrase, say
from surveys.stats.counts import CountTable
from surveys.stats.ratings import IntArray, ScalePoints


class Undefined(StrEnum):
    """Why a condition has no answer."""

    NOBODY_RATED = "nobody rated"
    ONE_RATING = "one rating"
    PANEL_TOO_SMALL = "panel too small"
    NO_GROUPS = "no stakeholder groups"
    NO_SUCH_GROUP = "no such stakeholder group"
    GROUP_TOO_SMALL = "a stakeholder group has too few ratings"

    def name_in(self, locale: str) -> str:
        """The reason in words."""
        return say(_UNDEFINED[self], locale)


_UNDEFINED: Mapping[Undefined, Phrase] = {
    Undefined.NOBODY_RATED: {
        "en": "nobody rated it",
        "nl": "niemand gaf een beoordeling",
        "fr": "personne ne l'a évalué",
        "de": "niemand hat bewertet",
    },
    Undefined.ONE_RATING: {
        "en": "one rating has no spread",
        "nl": "één beoordeling heeft geen spreiding",
        "fr": "une seule évaluation n'a pas de dispersion",
        "de": "eine einzelne Bewertung hat keine Streuung",
    },
    Undefined.PANEL_TOO_SMALL: {
        "en": "the definition does not cover so few ratings",
        "nl": "de definitie geldt niet voor zo weinig beoordelingen",
        "fr": "la définition ne couvre pas si peu d'évaluations",
        "de": "die Definition gilt nicht für so wenige Bewertungen",
    },
    Undefined.NO_SUCH_GROUP: {
        "en": "the panel has no stakeholder group of that name",
        "nl": "het panel heeft geen groep van belanghebbenden met die naam",
        "fr": "le panel n'a pas de groupe de parties prenantes de ce nom",
        "de": "das Panel hat keine Interessengruppe dieses Namens",
    },
    Undefined.NO_GROUPS: {
        "en": "the panel has no stakeholder groups",
        "nl": "het panel heeft geen groepen van belanghebbenden",
        "fr": "le panel n'a pas de groupes de parties prenantes",
        "de": "das Panel hat keine Interessengruppen",
    },
    Undefined.GROUP_TOO_SMALL: {
        "en": "a stakeholder group has too few ratings",
        "nl": "een groep van belanghebbenden heeft te weinig beoordelingen",
        "fr": "un groupe de parties prenantes compte trop peu d'évaluations",
        "de": "eine Interessengruppe hat zu wenige Bewertungen",
    },
}


class Denominator(StrEnum):
    """Of whom a share is taken."""

    USABLE = "usable"
    # COMET forms offer "unable to judge"; some studies count it against the item.
    WITH_UNABLE = "usable and unable"

    def size(self, counts: ItemCounts) -> int:
        """The number of experts in the denominator."""
        return counts.n + (counts.unable if self is Denominator.WITH_UNABLE else 0)

    def name_in(self, locale: str) -> str:
        """The denominator in words, ready to follow a share: "of usable ratings"."""
        return say(_DENOMINATOR[self], locale)


_DENOMINATOR: Mapping[Denominator, Phrase] = {
    Denominator.USABLE: {
        "en": "of usable ratings",
        "nl": "van de bruikbare beoordelingen",
        "fr": "des évaluations exploitables",
        "de": "der verwertbaren Bewertungen",
    },
    Denominator.WITH_UNABLE: {
        "en": "of ratings, unable to judge included,",
        "nl": "van de antwoorden, inclusief \u2018kan dit niet beoordelen\u2019,",
        "fr": "des réponses, y compris «\u202fne peut pas se prononcer\u202f»,",
        "de": "der Antworten, \u201ekann dies nicht beurteilen\u201c eingeschlossen,",
    },
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition's answer for one item.

    condition : the question that was asked.
    holds : True, False, or None where it has no answer.
    count, total : the exact numerator and denominator, where the condition is about a share.
    needed : the count at which the condition would just hold, out of the same total.
    value : the number compared, where it is not a share (a median in scale points, for instance).
    undefined : why `holds` is None.
    group : the stakeholder group it was asked of; None for the whole panel.
    parts : the findings of the conditions inside.
    """

    condition: Condition
    holds: bool | None
    count: int | None = None
    total: int | None = None
    needed: int | None = None
    value: Fraction | None = None
    undefined: Undefined | None = None
    group: str | None = None
    parts: tuple[Finding, ...] = ()

    @property
    def share(self) -> Fraction | None:
        """The exact share; None where the condition is not about one or nobody is in it."""
        if self.count is None or not self.total:
            return None
        return Fraction(self.count, self.total)

    @property
    def off_by(self) -> int | None:
        """By how many ratings the threshold was missed, 0 when met; None where none are counted."""
        if self.count is None or self.needed is None:
            return None
        return 0 if self.holds else abs(self.needed - self.count)

    @property
    def leaves(self) -> tuple[Finding, ...]:
        """The findings with numbers, without those that only combine others."""
        if not self.parts:
            return (self,)
        return tuple(leaf for part in self.parts for leaf in part.leaves)

    def sentence(self, locale: str, scale: Scale | None = None) -> str:
        """What was found, without capital or full stop: "16 of 23 (69.6%) at 7–9"."""
        return say_facts(self.facts(locale, scale), locale)

    def facts(self, locale: str, scale: Scale | None = None) -> Iterator[tuple[str, str]]:
        """Every fact in it with the group it is about, "" for the whole panel."""
        if not self.parts:
            said = self.undefined.name_in(locale) if self.undefined is not None else ""
            yield self.group or "", said or self.condition.fact(self, locale, scale)
        for part in self.parts:
            for group, fact in part.facts(locale, scale):
                yield self.group or group, fact

    def to_json(self) -> dict[str, Json]:
        """The finding for an export: exact counts, the share as a fraction of 1."""
        return {
            "condition": self.condition.to_json(),
            "holds": self.holds,
            "count": self.count,
            "total": self.total,
            "needed": self.needed,
            "value": None if self.value is None else plain(self.value),
            "undefined": None if self.undefined is None else self.undefined.value,
            "group": self.group,
            "parts": [part.to_json() for part in self.parts],
        }


# Answers for many items at once.
YES, NO, UNKNOWN = 1, 0, -1
Answers: TypeAlias = "npt.NDArray[np.int8]"
Tables: TypeAlias = "Mapping[str, CountTable]"


def say_facts(facts: Iterable[tuple[str, str]], locale: str) -> str:
    """Facts in a row, each once, gathered by the group they are about."""
    by_group: dict[str, dict[str, None]] = {}
    for group, fact in facts:
        by_group.setdefault(group, {})[fact] = None
    said = []
    for group, found in by_group.items():
        text = wording.semicolon(locale).join(found) if not group else ", ".join(found)
        said.append(f"{group}{wording.colon(locale)} {text}" if group else text)
    return wording.semicolon(locale).join(said)


@dataclass(frozen=True, slots=True)
class Condition(Stored):
    """A question about one item's ratings."""

    @abstractmethod
    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        """Answer it for one item, by group where the condition asks for groups."""

    @abstractmethod
    def holds_each(self, table: CountTable, scale: Scale, groups: Tables | None = None) -> Answers:
        """Answer it for every item of a table: YES, NO or UNKNOWN, shape (items,)."""

    @abstractmethod
    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        """The condition as a clause; `after` another one it need not repeat the denominator."""

    def fact(self, finding: Finding, locale: str, scale: Scale | None = None) -> str:
        """What was found, as a clause with its numbers; of a composition, that of its parts."""
        return finding.sentence(locale, scale)

    @abstractmethod
    def mirrored(self, scale: Scale | None = None) -> Condition:
        """The same question about the other end of the scale.

        Raises ValueError where the question names points or values and no scale is given.
        """

    @property
    def inside(self) -> tuple[Condition, ...]:
        """The conditions this one is made of; none for a single question."""
        return ()

    def rebuilt(self, change: Callable[[Condition], Condition]) -> Condition:
        """The same composition with every single question changed."""
        return change(self)

    def leaves(self) -> Iterator[Condition]:
        """Every single question in it."""
        if not self.inside:
            yield self
        for condition in self.inside:
            yield from condition.leaves()

    @property
    def quantiles(self) -> str | None:
        """The quantile definition its answer depends on, if any."""
        return None

    def with_quantiles(self, method: str | int) -> Condition:
        """The same question by another quantile definition; itself where none is used."""
        return self

    @property
    def asks_groups(self) -> bool:
        """Whether stakeholder groups are needed to answer it."""
        return any(condition.asks_groups for condition in self.inside)


def points_of(scale: Scale) -> ScalePoints:
    """The scale as the statistics package knows it."""
    return ScalePoints(scale.low, scale.high)


def table_of(items: Sequence[ItemCounts], scale: Scale) -> CountTable:
    """Counts of several items as one table. Raises ValueError for one that does not fit."""
    for counts in items:
        counts.check_fits(scale)
    rows = np.array([counts.counts for counts in items], dtype=np.int64)
    return CountTable(
        rows.reshape(len(items), len(scale)),
        points_of(scale),
        np.array([counts.unable for counts in items], dtype=np.int64),
        np.array([counts.skipped for counts in items], dtype=np.int64),
    )


def check_table(table: CountTable, scale: Scale, groups: Tables | None = None) -> None:
    """Raise ValueError unless the table, and each group's, is on the scale and has its items."""
    points = points_of(scale)
    for name, part in {"the panel": table, **(groups or {})}.items():
        if part.points != points:
            raise ValueError(f"{name} was counted on {part.points}, the rule judges on {points}")
        if part.items != table.items:
            raise ValueError(f"{name} has {part.items} items, the panel {table.items}")


def answers(holds: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_]) -> Answers:
    """Booleans as answers, UNKNOWN where there is none."""
    return np.where(known, holds.astype(np.int8), np.int8(UNKNOWN)).astype(np.int8)


@dataclass(frozen=True, slots=True)
class ShareCondition(Condition):
    """A question about the share of experts who did something, decided on whole numbers.

    comparison, percent : the threshold, with or without its boundary; percent is exact, 0..100.

    Undefined when nobody is in the denominator.
    """

    comparison: Comparison
    percent: Fraction

    def __post_init__(self) -> None:
        self._set(
            comparison=Comparison(self.comparison), percent=threshold(self.percent, percent=True)
        )

    @abstractmethod
    def tally(self, table: CountTable, scale: Scale) -> tuple[IntArray, IntArray]:
        """Numerators and denominators of the share, per item."""

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        numerators, denominators = self.tally(table_of([counts], scale), scale)
        return self.found(int(numerators[0]), int(denominators[0]))

    def found(self, count: int, total: int) -> Finding:
        """The answer for a numerator and a denominator already counted."""
        if total == 0:
            return Finding(self, None, count, total, undefined=Undefined.NOBODY_RATED)
        return Finding(
            self,
            self.comparison.holds(100 * count, self.percent * total),
            count,
            total,
            needed=self.comparison.limit(self.percent, total),
        )

    def holds_each(self, table: CountTable, scale: Scale, groups: Tables | None = None) -> Answers:
        count, total = self.tally(table, scale)
        top, bottom = self.percent.numerator, self.percent.denominator
        return answers(self.comparison.each(100 * bottom * count, top * total), total > 0)

    def amount(self, locale: str) -> str:
        """The threshold in words: "at least 75%"; where only one share meets it, that share."""
        limit = wording.percent_threshold(self.percent, locale)
        only = {Comparison.AT_LEAST: 100, Comparison.AT_MOST: 0}
        if self.percent == only.get(self.comparison):
            return limit
        return wording.compare(self.comparison, limit, locale)

    def share_found(self, finding: Finding, locale: str) -> str:
        """The share in words: "16 of 23 (69.6%)", or only "69.6%" for a weighted one."""
        if finding.count is None or not finding.total:
            return wording.percent(100 * (finding.value or Fraction(0)), locale)
        return wording.share(finding.count, finding.total, locale)


@dataclass(frozen=True, slots=True)
class Share(ShareCondition):
    """Is the share of ratings in a region large, or small, enough?

    region : where the ratings are counted.
    denominator : usable ratings, or these and "unable to judge".

    >>> scale = Scale.of(1, 9)
    >>> top = Share.of("high", ">=", 70)
    >>> top.check(ItemCounts.of([7] * 7 + [5] * 3, scale), scale).holds
    True
    >>> top.check(ItemCounts.of([7] * 16 + [5] * 7, scale), scale).holds
    False
    """

    kind: ClassVar[str] = "share"

    region: Region
    denominator: Denominator = Denominator.USABLE

    def __post_init__(self) -> None:
        # No zero-argument super(): a dataclass with slots is made anew, and it would not be found.
        ShareCondition.__post_init__(self)
        self._set(region=Region.of(self.region), denominator=Denominator(self.denominator))

    @classmethod
    def of(
        cls,
        region: Region | Band | str | tuple[int, int],
        comparison: Comparison | str,
        percent: str | int | Fraction,
        denominator: Denominator | str = Denominator.USABLE,
    ) -> Share:
        """A share condition from plain values: `Share.of("high", ">=", 70)`."""
        return cls(
            Comparison(comparison),
            threshold(percent, percent=True),
            Region.of(region),
            Denominator(denominator),
        )

    def tally(self, table: CountTable, scale: Scale) -> tuple[IntArray, IntArray]:
        points = self.region.points(scale)
        total = table.n
        if self.denominator is Denominator.WITH_UNABLE:
            total = total + table.unable
        if not points:
            return np.zeros(table.items, dtype=np.int64), total
        return table.counts[:, points[0] - scale.low : points[-1] - scale.low + 1].sum(1), total

    # One item is counted without a table: most judging is of shares.
    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        counts.check_fits(scale)
        return self.found(self.region.count(counts, scale), self.denominator.size(counts))

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        of_whom = "" if after else f" {self.denominator.name_in(locale)}"
        return f"{self.amount(locale)}{of_whom} {self.region.clause(locale, scale)}"

    def fact(self, finding: Finding, locale: str, scale: Scale | None = None) -> str:
        return f"{self.share_found(finding, locale)} {self.region.place(locale, scale)}"

    def mirrored(self, scale: Scale | None = None) -> Share:
        return replace(self, region=self.region.mirrored(scale))


@dataclass(frozen=True, slots=True)
class OneBand(ShareCondition):
    """Is the share in the fullest band, whichever it is, large enough?

    "All ratings within one 3-point region" is the strictest form, at least 100 % (RAND/UCLA).
    """

    kind: ClassVar[str] = "one band"

    def tally(self, table: CountTable, scale: Scale) -> tuple[IntArray, IntArray]:
        bands = [points for points in scale.bands.values() if points]
        in_bands = [
            table.counts[:, points[0] - scale.low : points[-1] - scale.low + 1].sum(axis=1)
            for points in bands
        ]
        return np.max(in_bands, axis=0), table.n

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        of_whom = "" if after else f" {Denominator.USABLE.name_in(locale)}"
        return say(_ONE_BAND, locale, amount=self.amount(locale), of_whom=of_whom)

    def fact(self, finding: Finding, locale: str, scale: Scale | None = None) -> str:
        return say(_IN_ONE_BAND, locale, share=self.share_found(finding, locale))

    def mirrored(self, scale: Scale | None = None) -> OneBand:
        return self


_ONE_BAND: Phrase = {
    "en": "{amount}{of_whom} are in one and the same band",
    "nl": "{amount}{of_whom} valt in één en dezelfde zone",
    "fr": "{amount}{of_whom} se situent dans une seule et même zone",
    "de": "{amount}{of_whom} liegen in ein und demselben Bereich",
}
_IN_ONE_BAND: Phrase = {
    "en": "{share} in the fullest band",
    "nl": "{share} in de volste zone",
    "fr": "{share} dans la zone la plus fournie",
    "de": "{share} im am stärksten besetzten Bereich",
}


def _first_reason(findings: Iterable[Finding]) -> Undefined | None:
    return next((part.undefined for part in findings if part.undefined is not None), None)


def _all_hold(holds: Sequence[bool | None]) -> bool | None:
    if False in holds:
        return False
    return None if None in holds else True


def _one_holds(holds: Sequence[bool | None]) -> bool | None:
    if True in holds:
        return True
    return None if None in holds else False


def _all_hold_each(parts: Sequence[Answers]) -> Answers:
    refused = np.any([part == NO for part in parts], axis=0)
    unknown = np.any([part == UNKNOWN for part in parts], axis=0)
    return answers(~refused, refused | ~unknown)


def _one_holds_each(parts: Sequence[Answers]) -> Answers:
    met = np.any([part == YES for part in parts], axis=0)
    unknown = np.any([part == UNKNOWN for part in parts], axis=0)
    return answers(met, met | ~unknown)


@dataclass(frozen=True, slots=True)
class Combined(Condition):
    """Several conditions as one. Raises ValueError when there is none to combine."""

    conditions: tuple[Condition, ...]

    def __post_init__(self) -> None:
        self._set(conditions=tuple(self.conditions))
        if not self.conditions:
            raise ValueError(f"{self.kind!r} needs at least one condition")
        for condition in self.conditions:
            if not isinstance(condition, Condition):
                raise ValueError(f"{condition!r} is not a condition")

    @property
    def inside(self) -> tuple[Condition, ...]:
        return self.conditions

    def rebuilt(self, change: Callable[[Condition], Condition]) -> Condition:
        return replace(
            self, conditions=tuple(condition.rebuilt(change) for condition in self.conditions)
        )

    def mirrored(self, scale: Scale | None = None) -> Condition:
        return replace(
            self, conditions=tuple(condition.mirrored(scale) for condition in self.conditions)
        )

    @abstractmethod
    def combine(self, holds: Sequence[bool | None]) -> bool | None:
        """The answer that follows from the answers of the parts."""

    @abstractmethod
    def combine_each(self, parts: Sequence[Answers]) -> Answers:
        """The same for many items."""

    def answer(self, parts: tuple[Finding, ...]) -> Finding:
        """Combine findings of the parts, in their order."""
        holds = self.combine([part.holds for part in parts])
        reason = _first_reason(parts) if holds is None else None
        return Finding(self, holds, undefined=reason, parts=parts)

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        return self.answer(
            tuple(condition.check(counts, scale, groups) for condition in self.conditions)
        )

    def holds_each(self, table: CountTable, scale: Scale, groups: Tables | None = None) -> Answers:
        return self.combine_each(
            [condition.holds_each(table, scale, groups) for condition in self.conditions]
        )

    def _clauses(self, locale: str, scale: Scale | None, after: bool) -> list[str]:
        said: list[str] = []
        denominators: set[Denominator] = {Denominator.USABLE} if after else set()
        for condition in self.conditions:
            denominator = getattr(condition, "denominator", None)
            clause = condition.phrase(locale, scale, after=denominator in denominators)
            # Brackets where "and" inside "or", or a group's reach, could be misread.
            bracketed = condition.inside and len(self.conditions) > 1
            said.append(f"({clause})" if bracketed else clause)
            if isinstance(denominator, Denominator):
                denominators.add(denominator)
        return said


@dataclass(frozen=True, slots=True)
class AllOf(Combined):
    """Do all of these hold? One that fails decides, even where another has no answer."""

    kind: ClassVar[str] = "all of"

    def combine(self, holds: Sequence[bool | None]) -> bool | None:
        return _all_hold(holds)

    def combine_each(self, parts: Sequence[Answers]) -> Answers:
        return _all_hold_each(parts)

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        return wording.all_of(self._clauses(locale, scale, after), locale)


@dataclass(frozen=True, slots=True)
class OneOf(Combined):
    """Does at least one of these hold? One that holds decides, even where another has no answer."""

    kind: ClassVar[str] = "one of"

    def combine(self, holds: Sequence[bool | None]) -> bool | None:
        return _one_holds(holds)

    def combine_each(self, parts: Sequence[Answers]) -> Answers:
        return _one_holds_each(parts)

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        return wording.any_of(self._clauses(locale, scale, after), locale)


@dataclass(frozen=True, slots=True)
class ByGroup(Condition):
    """A condition asked of stakeholder groups instead of the whole panel.

    condition : what is asked of each group.
    minimum : usable ratings a group needs before it is asked; with fewer it has no answer.

    Undefined when the panel has no groups.
    """

    condition: Condition
    minimum: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.condition, Condition):
            raise ValueError(f"{self.condition!r} is not a condition")
        if self.condition.asks_groups:
            raise ValueError("a condition by group cannot be asked by group again")
        if isinstance(self.minimum, bool) or not isinstance(self.minimum, int) or self.minimum < 1:
            raise ValueError(f"a group needs at least one rating, not {self.minimum!r}")

    @property
    def inside(self) -> tuple[Condition, ...]:
        return (self.condition,)

    @property
    def asks_groups(self) -> bool:
        return True

    def rebuilt(self, change: Callable[[Condition], Condition]) -> Condition:
        return replace(self, condition=self.condition.rebuilt(change))

    def mirrored(self, scale: Scale | None = None) -> Condition:
        return replace(self, condition=self.condition.mirrored(scale))

    def ask(self, name: str, counts: ItemCounts, scale: Scale) -> Finding:
        """Ask one group."""
        if counts.n < self.minimum:
            return Finding(self.condition, None, undefined=Undefined.GROUP_TOO_SMALL, group=name)
        return replace(self.condition.check(counts, scale), group=name)

    def ask_each(self, table: CountTable, scale: Scale) -> Answers:
        """Ask one group about every item."""
        found = self.condition.holds_each(table, scale)
        return answers(found == YES, (table.n >= self.minimum) & (found != UNKNOWN))

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        return say(_ASKED[self.kind], locale, clause=self.condition.phrase(locale, scale))


@dataclass(frozen=True, slots=True)
class _AskedOfEach(ByGroup):
    """A condition asked of each group in turn."""

    @abstractmethod
    def combine(self, holds: Sequence[bool | None]) -> bool | None:
        """The answer that follows from the groups' answers."""

    @abstractmethod
    def combine_each(self, parts: Sequence[Answers]) -> Answers:
        """The same for many items."""

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        if not groups:
            return Finding(self, None, undefined=Undefined.NO_GROUPS)
        parts = tuple(self.ask(name, group, scale) for name, group in groups.items())
        holds = self.combine([part.holds for part in parts])
        reason = _first_reason(parts) if holds is None else None
        return Finding(self, holds, undefined=reason, parts=parts)

    def holds_each(self, table: CountTable, scale: Scale, groups: Tables | None = None) -> Answers:
        if not groups:
            return np.full(table.items, UNKNOWN, dtype=np.int8)
        return self.combine_each([self.ask_each(group, scale) for group in groups.values()])


@dataclass(frozen=True, slots=True)
class EveryGroup(_AskedOfEach):
    """Does the condition hold in every stakeholder group?"""

    kind: ClassVar[str] = "every group"

    def combine(self, holds: Sequence[bool | None]) -> bool | None:
        return _all_hold(holds)

    def combine_each(self, parts: Sequence[Answers]) -> Answers:
        return _all_hold_each(parts)


@dataclass(frozen=True, slots=True)
class AnyGroup(_AskedOfEach):
    """Does the condition hold in at least one stakeholder group?"""

    kind: ClassVar[str] = "any group"

    def combine(self, holds: Sequence[bool | None]) -> bool | None:
        return _one_holds(holds)

    def combine_each(self, parts: Sequence[Answers]) -> Answers:
        return _one_holds_each(parts)


@dataclass(frozen=True, slots=True)
class InGroup(ByGroup):
    """Does the condition hold in one named stakeholder group?

    group : its name. Undefined when the panel has no such group.
    """

    kind: ClassVar[str] = "in group"

    group: str = ""

    def __post_init__(self) -> None:
        ByGroup.__post_init__(self)
        if not isinstance(self.group, str) or not self.group:
            raise ValueError(f"a condition in one group names it, not {self.group!r}")

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        if not groups or self.group not in groups:
            return Finding(self, None, undefined=Undefined.NO_SUCH_GROUP)
        part = self.ask(self.group, groups[self.group], scale)
        return Finding(self, part.holds, undefined=part.undefined, parts=(part,))

    def holds_each(self, table: CountTable, scale: Scale, groups: Tables | None = None) -> Answers:
        if not groups or self.group not in groups:
            return np.full(table.items, UNKNOWN, dtype=np.int8)
        return self.ask_each(groups[self.group], scale)

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        clause = self.condition.phrase(locale, scale)
        return say(_ASKED[self.kind], locale, clause=clause, group=self.group)


@dataclass(frozen=True, slots=True)
class EqualGroups(ByGroup):
    """Does the condition hold when every stakeholder group weighs the same, whatever its size?

    A share is then the plain average of the groups' shares, taken exactly. Only conditions about
    shares in a region can be weighted; another raises ValueError when the rule is made.
    """

    kind: ClassVar[str] = "groups weighted equally"

    def __post_init__(self) -> None:
        ByGroup.__post_init__(self)
        _weighable(self.condition)

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        if not groups:
            return Finding(self, None, undefined=Undefined.NO_GROUPS)
        if any(group.n < self.minimum for group in groups.values()):
            return Finding(self, None, undefined=Undefined.GROUP_TOO_SMALL)
        found = _weigh(self.condition, scale, groups)
        return Finding(self, found.holds, undefined=found.undefined, parts=(found,))

    def holds_each(self, table: CountTable, scale: Scale, groups: Tables | None = None) -> Answers:
        if not groups:
            return np.full(table.items, UNKNOWN, dtype=np.int8)
        # Averages of fractions with other denominators per item: exact only one by one.
        holds = [
            self.check(
                row_of(table, item),
                scale,
                {name: row_of(group, item) for name, group in groups.items()},
            ).holds
            for item in range(table.items)
        ]
        return np.array(
            [UNKNOWN if held is None else YES if held else NO for held in holds], dtype=np.int8
        )


def row_of(table: CountTable, item: int) -> ItemCounts:
    """One item of a table as counts of its own."""
    return ItemCounts(
        tuple(int(count) for count in table.counts[item]), unable=int(table.unable[item])
    )


def _weighable(condition: Condition) -> Combined | Share:
    """Refuse what has no average over groups: everything but shares and what is made of them."""
    if isinstance(condition, Combined):
        for part in condition.conditions:
            _weighable(part)
        return condition
    if not isinstance(condition, Share):
        raise ValueError(f"only shares can weigh groups equally, not {condition.kind!r}")
    return condition


def _weigh(condition: Condition, scale: Scale, groups: Groups) -> Finding:
    asked = _weighable(condition)
    if isinstance(asked, Combined):
        return asked.answer(tuple(_weigh(part, scale, groups) for part in asked.conditions))
    shares = [
        Fraction(asked.region.count(group, scale), asked.denominator.size(group))
        for group in groups.values()
    ]
    average = sum(shares, Fraction(0)) / len(shares)
    holds = asked.comparison.holds(100 * average, asked.percent)
    return Finding(asked, holds, value=average)


_ASKED: Mapping[str, Phrase] = {
    "every group": {
        "en": "in every stakeholder group {clause}",
        "nl": "in elke groep van belanghebbenden geldt: {clause}",
        "fr": "dans chaque groupe de parties prenantes, {clause}",
        "de": "in jeder Interessengruppe gilt: {clause}",
    },
    "any group": {
        "en": "in at least one stakeholder group {clause}",
        "nl": "in ten minste één groep van belanghebbenden geldt: {clause}",
        "fr": "dans au moins un groupe de parties prenantes, {clause}",
        "de": "in mindestens einer Interessengruppe gilt: {clause}",
    },
    "in group": {
        "en": "in the group \u201c{group}\u201d {clause}",
        "nl": "in de groep \u2018{group}\u2019 geldt: {clause}",
        "fr": "dans le groupe «\u202f{group}\u202f», {clause}",
        "de": "in der Gruppe \u201e{group}\u201c gilt: {clause}",
    },
    "groups weighted equally": {
        "en": "with every stakeholder group weighing the same, {clause}",
        "nl": "met elke groep van belanghebbenden even zwaar geteld: {clause}",
        "fr": "à poids égal pour chaque groupe de parties prenantes, {clause}",
        "de": "bei gleichem Gewicht jeder Interessengruppe gilt: {clause}",
    },
}
