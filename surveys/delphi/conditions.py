"""The conditions from which a definition of consensus is built, each a question with yes or no.

A condition looks at one item's counts and answers with a `Finding`: whether it holds, with the
exact numbers it used, or that the question has no answer (nobody rated, no stakeholder groups).
Conditions compose with and/or and can be asked of every group, of any group, or of all groups
with equal weight.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from surveys.delphi import wording
from surveys.delphi.exact import Comparison, plain, threshold
from surveys.delphi.region import Region
from surveys.delphi.scale import Band, Scale
from surveys.delphi.stored import Json, Stored
from surveys.delphi.summary import Groups, ItemCounts
from surveys.delphi.wording import Phrase, say


class Undefined(StrEnum):
    """Why a condition has no answer."""

    NOBODY_RATED = "nobody rated"
    NO_GROUPS = "no stakeholder groups"
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
    def leaves(self) -> tuple[Finding, ...]:
        """The findings with numbers, without those that only combine others."""
        if not self.parts:
            return (self,)
        return tuple(leaf for part in self.parts for leaf in part.leaves)

    def sentence(self, locale: str, scale: Scale | None = None) -> str:
        """What was found, without capital or full stop: "16 of 23 (69.6%) at 7–9"."""
        if self.undefined is not None and not self.parts:
            text = self.undefined.name_in(locale)
        elif self.parts:
            text = wording.semicolon(locale).join(
                part.sentence(locale, scale) for part in self.parts
            )
        else:
            text = self.condition.fact(self, locale, scale)
        return f"{self.group}: {text}" if self.group is not None else text

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


@dataclass(frozen=True, slots=True)
class Condition(Stored):
    """A question about one item's ratings."""

    @abstractmethod
    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        """Answer it for one item, by group where the condition asks for groups."""

    @abstractmethod
    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        """The condition as a clause; `after` another one it need not repeat the denominator."""

    @abstractmethod
    def fact(self, finding: Finding, locale: str, scale: Scale | None = None) -> str:
        """What was found, as a clause with its numbers."""

    @abstractmethod
    def mirrored(self, scale: Scale | None = None) -> Condition:
        """The same question about the other end of the scale."""


@dataclass(frozen=True, slots=True)
class Share(Condition):
    """Is the share of ratings in a region large, or small, enough?

    region : where the ratings are counted.
    comparison, percent : the threshold, with or without its boundary; percent is exact, 0..100.
    denominator : usable ratings, or these and "unable to judge".

    Undefined when nobody is in the denominator.

    >>> scale = Scale.of(1, 9)
    >>> top = Share.of("high", ">=", 70)
    >>> top.check(ItemCounts.of([7] * 7 + [5] * 3, scale), scale).holds
    True
    >>> top.check(ItemCounts.of([7] * 16 + [5] * 7, scale), scale).holds
    False
    """

    kind: ClassVar[str] = "share"

    region: Region
    comparison: Comparison
    percent: Fraction
    denominator: Denominator = Denominator.USABLE

    def __post_init__(self) -> None:
        self._set(
            region=Region.of(self.region),
            comparison=Comparison(self.comparison),
            percent=threshold(self.percent, percent=True),
            denominator=Denominator(self.denominator),
        )

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
            Region.of(region),
            Comparison(comparison),
            threshold(percent, percent=True),
            Denominator(denominator),
        )

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        counts.check_fits(scale)
        return self.check_count(self.region.count(counts, scale), self.denominator.size(counts))

    def check_count(self, count: int, total: int) -> Finding:
        """Answer it for a numerator and a denominator already counted."""
        if total == 0:
            return Finding(self, None, count, total, undefined=Undefined.NOBODY_RATED)
        return Finding(
            self,
            self.comparison.holds(100 * count, self.percent * total),
            count,
            total,
            needed=self.comparison.limit(self.percent, total),
        )

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        amount = wording.compare(
            self.comparison, wording.percent_threshold(self.percent, locale), locale
        )
        of_whom = "" if after else f" {self.denominator.name_in(locale)}"
        return f"{amount}{of_whom} {self.region.clause(locale, scale)}"

    def fact(self, finding: Finding, locale: str, scale: Scale | None = None) -> str:
        if finding.count is None or not finding.total:
            found = wording.percent(100 * (finding.value or Fraction(0)), locale)
        else:
            found = wording.share(finding.count, finding.total, locale)
        return f"{found} {self.region.place(locale, scale)}"

    def mirrored(self, scale: Scale | None = None) -> Share:
        return Share(self.region.mirrored(scale), self.comparison, self.percent, self.denominator)


def _combine_all(holds: list[bool | None]) -> bool | None:
    if False in holds:
        return False
    return None if None in holds else True


def _combine_any(holds: list[bool | None]) -> bool | None:
    if True in holds:
        return True
    return None if None in holds else False


def _first_reason(findings: tuple[Finding, ...]) -> Undefined | None:
    return next((part.undefined for part in findings if part.undefined is not None), None)


@dataclass(frozen=True, slots=True)
class _Combined(Condition):
    """Several conditions as one. Raises ValueError when there is none to combine."""

    conditions: tuple[Condition, ...]

    def __post_init__(self) -> None:
        self._set(conditions=tuple(self.conditions))
        if not self.conditions:
            raise ValueError(f"{self.kind} needs at least one condition")
        for condition in self.conditions:
            if not isinstance(condition, Condition):
                raise ValueError(f"{condition!r} is not a condition")

    @abstractmethod
    def _combine(self, holds: list[bool | None]) -> bool | None:
        """The answer that follows from the answers of the parts."""

    def answer(self, parts: tuple[Finding, ...]) -> Finding:
        """Combine findings of the parts, in their order."""
        holds = self._combine([part.holds for part in parts])
        reason = _first_reason(parts) if holds is None else None
        return Finding(self, holds, undefined=reason, parts=parts)

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        return self.answer(
            tuple(condition.check(counts, scale, groups) for condition in self.conditions)
        )

    def _clauses(self, locale: str, scale: Scale | None, after: bool) -> list[str]:
        said: list[str] = []
        denominators: set[Denominator] = set()
        for condition in self.conditions:
            repeats = isinstance(condition, Share) and condition.denominator in denominators
            said.append(condition.phrase(locale, scale, after=repeats or (after and not said)))
            if isinstance(condition, Share):
                denominators.add(condition.denominator)
        return said

    def fact(self, finding: Finding, locale: str, scale: Scale | None = None) -> str:
        return finding.sentence(locale, scale)


@dataclass(frozen=True, slots=True)
class AllOf(_Combined):
    """Do all of these hold? One that fails decides, even where another has no answer."""

    kind: ClassVar[str] = "all of"

    def _combine(self, holds: list[bool | None]) -> bool | None:
        return _combine_all(holds)

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        return wording.all_of(self._clauses(locale, scale, after), locale)

    def mirrored(self, scale: Scale | None = None) -> AllOf:
        return AllOf(tuple(condition.mirrored(scale) for condition in self.conditions))


@dataclass(frozen=True, slots=True)
class OneOf(_Combined):
    """Does at least one of these hold? One that holds decides, even where another has no answer."""

    kind: ClassVar[str] = "one of"

    def _combine(self, holds: list[bool | None]) -> bool | None:
        return _combine_any(holds)

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        return wording.any_of(self._clauses(locale, scale, after), locale)

    def mirrored(self, scale: Scale | None = None) -> OneOf:
        return OneOf(tuple(condition.mirrored(scale) for condition in self.conditions))


@dataclass(frozen=True, slots=True)
class _ByGroup(Condition):
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
        if isinstance(self.condition, _ByGroup):
            raise ValueError("a condition by group cannot be asked by group again")
        if isinstance(self.minimum, bool) or not isinstance(self.minimum, int) or self.minimum < 1:
            raise ValueError(f"a group needs at least one rating, not {self.minimum!r}")

    def _parts(self, scale: Scale, groups: Groups) -> tuple[Finding, ...]:
        return tuple(self._asked(name, counts, scale) for name, counts in groups.items())

    def _asked(self, name: str, counts: ItemCounts, scale: Scale) -> Finding:
        if counts.n < self.minimum:
            return Finding(self.condition, None, undefined=Undefined.GROUP_TOO_SMALL, group=name)
        found = self.condition.check(counts, scale)
        return Finding(
            found.condition,
            found.holds,
            found.count,
            found.total,
            found.needed,
            found.value,
            found.undefined,
            name,
            found.parts,
        )

    def fact(self, finding: Finding, locale: str, scale: Scale | None = None) -> str:
        return finding.sentence(locale, scale)


@dataclass(frozen=True, slots=True)
class EveryGroup(_ByGroup):
    """Does the condition hold in every stakeholder group?"""

    kind: ClassVar[str] = "every group"

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        if not groups:
            return Finding(self, None, undefined=Undefined.NO_GROUPS)
        parts = self._parts(scale, groups)
        holds = _combine_all([part.holds for part in parts])
        return Finding(
            self, holds, undefined=_first_reason(parts) if holds is None else None, parts=parts
        )

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        return say(
            {
                "en": "in every stakeholder group {clause}",
                "nl": "in elke groep van belanghebbenden geldt: {clause}",
                "fr": "dans chaque groupe de parties prenantes, {clause}",
                "de": "in jeder Interessengruppe gilt: {clause}",
            },
            locale,
            clause=self.condition.phrase(locale, scale, after=after),
        )

    def mirrored(self, scale: Scale | None = None) -> EveryGroup:
        return EveryGroup(self.condition.mirrored(scale), self.minimum)


@dataclass(frozen=True, slots=True)
class AnyGroup(_ByGroup):
    """Does the condition hold in at least one stakeholder group?"""

    kind: ClassVar[str] = "any group"

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        if not groups:
            return Finding(self, None, undefined=Undefined.NO_GROUPS)
        parts = self._parts(scale, groups)
        holds = _combine_any([part.holds for part in parts])
        return Finding(
            self, holds, undefined=_first_reason(parts) if holds is None else None, parts=parts
        )

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        return say(
            {
                "en": "in at least one stakeholder group {clause}",
                "nl": "in ten minste één groep van belanghebbenden geldt: {clause}",
                "fr": "dans au moins un groupe de parties prenantes, {clause}",
                "de": "in mindestens einer Interessengruppe gilt: {clause}",
            },
            locale,
            clause=self.condition.phrase(locale, scale, after=after),
        )

    def mirrored(self, scale: Scale | None = None) -> AnyGroup:
        return AnyGroup(self.condition.mirrored(scale), self.minimum)


@dataclass(frozen=True, slots=True)
class EqualGroups(_ByGroup):
    """Does the condition hold when every stakeholder group weighs the same, whatever its size?

    A share is then the plain average of the groups' shares, taken exactly. Only conditions about
    shares can be weighted; another raises ValueError when the rule is made.
    """

    kind: ClassVar[str] = "groups weighted equally"

    def __post_init__(self) -> None:
        # No zero-argument super(): a dataclass with slots is made anew, and it would not be found.
        _ByGroup.__post_init__(self)
        _refuse_unweightable(self.condition)

    def check(self, counts: ItemCounts, scale: Scale, groups: Groups | None = None) -> Finding:
        if not groups:
            return Finding(self, None, undefined=Undefined.NO_GROUPS)
        if any(group.n < self.minimum for group in groups.values()):
            return Finding(self, None, undefined=Undefined.GROUP_TOO_SMALL)
        found = _weigh(self.condition, scale, groups)
        return Finding(self, found.holds, undefined=found.undefined, parts=(found,))

    def phrase(self, locale: str, scale: Scale | None = None, *, after: bool = False) -> str:
        return say(
            {
                "en": "with every stakeholder group weighing the same, {clause}",
                "nl": "met elke groep van belanghebbenden even zwaar geteld: {clause}",
                "fr": "à poids égal pour chaque groupe de parties prenantes, {clause}",
                "de": "bei gleichem Gewicht jeder Interessengruppe gilt: {clause}",
            },
            locale,
            clause=self.condition.phrase(locale, scale, after=after),
        )

    def mirrored(self, scale: Scale | None = None) -> EqualGroups:
        return EqualGroups(self.condition.mirrored(scale), self.minimum)


def _refuse_unweightable(condition: Condition) -> None:
    if isinstance(condition, _Combined):
        for part in condition.conditions:
            _refuse_unweightable(part)
    elif not isinstance(condition, Share):
        raise ValueError(f"only shares can weigh groups equally, not {condition.kind!r}")


def _weigh(condition: Condition, scale: Scale, groups: Groups) -> Finding:
    if isinstance(condition, _Combined):
        parts = tuple(_weigh(part, scale, groups) for part in condition.conditions)
        return condition.answer(parts)
    if not isinstance(condition, Share):
        raise ValueError(f"only shares can weigh groups equally, not {condition.kind!r}")
    shares = [
        Fraction(condition.region.count(group, scale), condition.denominator.size(group))
        for group in groups.values()
    ]
    average = sum(shares, Fraction(0)) / len(shares)
    return Finding(
        condition, condition.comparison.holds(100 * average, condition.percent), value=average
    )
