"""A consensus rule as somebody composes it: clause by clause, in plain choices and typed numbers.

A form holds texts, and some of them are not numbers yet. A draft keeps them as they were typed, says
at which place something is wrong, and becomes a rule only when nothing is. A rule goes back to the
draft it could have been composed as, where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction

from surveys.delphi.centre import (
    Iqr,
    MeanCut,
    MedianCut,
    MedianIn,
    NearMedian,
    NumberCondition,
    Span,
)
from surveys.delphi.conditions import (
    AllOf,
    AnyGroup,
    ByGroup,
    Condition,
    Denominator,
    EqualGroups,
    EveryGroup,
    InGroup,
    OneBand,
    OneOf,
    Share,
    ShareCondition,
)
from surveys.delphi.consensus import FEWEST_RATINGS, ConsensusRule
from surveys.delphi.exact import Comparison, exact, plain
from surveys.delphi.rand import ClassicAgreement, NoDisagreement, SplitRule
from surveys.delphi.region import Region
from surveys.delphi.scale import Band, Scale
from surveys.delphi.validity import ContentValidity

# More clauses than these no reader of a report can follow.
MOST_CLAUSES = 8
MOST_RATINGS = 1000
# Scales have at most 101 points; finer or larger numbers are slips, and would not fit whole numbers
# of a computer where they are compared.
LARGEST_NUMBER = 10_000
_POINTS = re.compile(r"\s*(-?\d+)\s*(?:(?:-|\u2013|\.\.)\s*(-?\d+)\s*)?")


class Asked(StrEnum):
    """What one clause is about."""

    SHARE = "share"
    ONE_BAND = "one band"
    MEDIAN_IN = "median in"
    MEDIAN = "median"
    MEAN = "mean"
    IQR = "iqr"
    RANGE = "range"
    NEAR_MEDIAN = "near median"
    IPRAS = "no disagreement"
    CLASSIC = "no disagreement, classic"
    AGREEMENT = "classic agreement"
    VALIDITY = "content validity"

    @property
    def parts(self) -> tuple[str, ...]:
        """Which of a clause's places it uses."""
        return _PARTS.get(self, ())

    def fits(self, scale: Scale) -> bool:
        """Whether it has a meaning on a scale."""
        if self is Asked.IPRAS:
            return (scale.low, scale.high) == (1, 9)
        if self in (Asked.CLASSIC, Asked.AGREEMENT):
            return bool(scale.points_in(Band.MIDDLE))
        return True


_PARTS: Mapping[Asked, tuple[str, ...]] = {
    Asked.SHARE: ("where", "comparison", "number"),
    Asked.ONE_BAND: ("comparison", "number"),
    Asked.MEDIAN_IN: ("where",),
    Asked.MEDIAN: ("comparison", "number"),
    Asked.MEAN: ("comparison", "number"),
    Asked.IQR: ("comparison", "number"),
    Asked.RANGE: ("comparison", "number"),
    Asked.NEAR_MEDIAN: ("within", "comparison", "number"),
}
_NUMBERED: Mapping[Asked, type[NumberCondition]] = {
    Asked.MEDIAN: MedianCut,
    Asked.MEAN: MeanCut,
    Asked.IQR: Iqr,
    Asked.RANGE: Span,
}


class Reach(StrEnum):
    """Of whom the conditions are asked."""

    PANEL = "panel"
    EVERY_GROUP = "every group"
    ANY_GROUP = "any group"
    ONE_GROUP = "in group"
    EQUAL_GROUPS = "groups weighted equally"


_BY_GROUP: Mapping[Reach, type[ByGroup]] = {
    Reach.EVERY_GROUP: EveryGroup,
    Reach.ANY_GROUP: AnyGroup,
    Reach.EQUAL_GROUPS: EqualGroups,
}


class Out(StrEnum):
    """When an item is in consensus out."""

    MIRRORED = "mirrored"
    NEVER = "never"
    OWN = "own"


class Wrong(StrEnum):
    """What is wrong at a place of a draft; stable codes."""

    NOT_A_NUMBER = "not a number"
    NOT_A_PERCENTAGE = "not a percentage"
    NOT_A_POINT = "not points of the scale"
    NOT_WHOLE = "not a whole number"
    NO_CLAUSE = "no clause"
    NO_MIRROR = "the mirror image is the same"
    NO_MEANING = "has no meaning on this scale"
    ONLY_SHARES = "only shares can weigh groups equally"
    NO_GROUP = "no such group"
    NOT_OFFERED = "not one of the choices"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong, and where: "in-0-number", "minimum"."""

    place: str
    what: Wrong


class Unfinished(ValueError):
    """The draft is no rule yet; ``faults`` says all that is wrong with it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.place}: {fault.what.value}" for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class ClauseDraft:
    """One clause as chosen and typed. ``points`` counts where ``where`` is "points"."""

    asked: str = Asked.SHARE
    where: str = Band.HIGH
    points: str = ""
    comparison: str = Comparison.AT_LEAST
    number: str = ""
    within: str = "1"


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A whole rule as chosen and typed; every setting is a text."""

    clauses: tuple[ClauseDraft, ...] = (ClauseDraft(),)
    joined: str = AllOf.kind
    out: str = Out.MIRRORED
    out_clauses: tuple[ClauseDraft, ...] = ()
    out_joined: str = AllOf.kind
    reach: str = Reach.PANEL
    group: str = ""
    group_minimum: str = "1"
    minimum: str = str(FEWEST_RATINGS)
    denominator: str = Denominator.USABLE

    def rule(
        self, scale: Scale, *, quantiles: str = "linear", groups: Sequence[str] = ()
    ) -> ConsensusRule:
        """The rule it says. Raises Unfinished with every fault at once.

        groups : codes of the study's stakeholder groups, one of which a rule may name.
        """
        return _Composer(self, scale, quantiles, groups).made()

    @classmethod
    def of(cls, rule: ConsensusRule, scale: Scale) -> RuleDraft | None:
        """The draft that gives this rule; None for a rule that says more than a draft can."""
        inside, reach = _unwrapped(rule.in_when)
        outside, out_reach = (None, reach) if rule.out_when is None else _unwrapped(rule.out_when)
        if reach != out_reach:
            return None
        clauses = _clauses_of(inside)
        out_clauses = () if outside is None else _clauses_of(outside)
        if clauses is None or out_clauses is None:
            return None
        shares = [leaf for part in rule.conditions for leaf in part.leaves()]
        counted = {leaf.denominator for leaf in shares if isinstance(leaf, Share)}
        out = Out.OWN
        if rule.out_when is None:
            out = Out.NEVER
        elif rule.out_when == rule.in_when.mirrored(scale):
            out, out_clauses = Out.MIRRORED, ()
        draft = cls(
            clauses=clauses,
            joined=_joined(inside),
            out=out,
            out_clauses=out_clauses,
            out_joined=AllOf.kind if outside is None else _joined(outside),
            reach=reach[0],
            group=reach[1],
            group_minimum=str(reach[2]),
            minimum=str(rule.minimum),
            denominator=min(counted, default=Denominator.USABLE),
        )
        quantiles = (*rule.quantile_methods, "linear")[0]
        try:
            again = draft.rule(scale, quantiles=quantiles, groups=[reach[1]])
        except Unfinished:
            return None
        return draft if again == rule else None


@dataclass(slots=True)
class _Composer:
    """Turns a draft into a rule, gathering what is wrong on the way."""

    draft: RuleDraft
    scale: Scale
    quantiles: str
    groups: Sequence[str]
    faults: list[Fault] = field(default_factory=list)

    def made(self) -> ConsensusRule:
        draft = self.draft
        inside = self.condition("in", draft.clauses, draft.joined)
        minimum = self.whole("minimum", draft.minimum)
        outside = None
        if draft.out == Out.OWN:
            outside = self.condition("out", draft.out_clauses, draft.out_joined)
        elif draft.out == Out.MIRRORED and inside is not None:
            outside = inside.mirrored(self.scale)
            if outside == inside:
                self.wrong("out", Wrong.NO_MIRROR)
        elif draft.out not in list(Out):
            self.wrong("out", Wrong.NOT_OFFERED)
        if inside is not None:
            inside = self.reaching(inside)
        if outside is not None:
            outside = self.reaching(outside)
        if self.faults or inside is None:
            # The same is said once, though both conditions ask the groups.
            raise Unfinished(list(dict.fromkeys(self.faults)))
        return ConsensusRule(inside, outside, minimum)

    def wrong(self, place: str, what: Wrong) -> None:
        self.faults.append(Fault(place, what))

    def condition(self, side: str, clauses: Sequence[ClauseDraft], joined: str) -> Condition | None:
        made = [self.clause(f"{side}-{at}", clause) for at, clause in enumerate(clauses)]
        found = [condition for condition in made if condition is not None]
        if not clauses:
            self.wrong(side, Wrong.NO_CLAUSE)
        if not found or len(found) < len(made):
            return None
        if len(found) == 1:
            return found[0]
        return OneOf(tuple(found)) if joined == OneOf.kind else AllOf(tuple(found))

    def clause(self, place: str, draft: ClauseDraft) -> Condition | None:
        if draft.asked not in list(Asked):
            self.wrong(f"{place}-asked", Wrong.NOT_OFFERED)
            return None
        asked = Asked(draft.asked)
        before = len(self.faults)
        if not asked.fits(self.scale):
            self.wrong(f"{place}-asked", Wrong.NO_MEANING)
        if "comparison" in asked.parts and draft.comparison not in list(Comparison):
            self.wrong(f"{place}-comparison", Wrong.NOT_OFFERED)
        is_share = asked in (Asked.SHARE, Asked.ONE_BAND, Asked.NEAR_MEDIAN)
        number = within = Fraction(0)
        if "number" in asked.parts:
            number = self.number(f"{place}-number", draft.number, percent=is_share)
        if "within" in asked.parts:
            within = self.number(f"{place}-within", draft.within)
            if within < 0:
                self.wrong(f"{place}-within", Wrong.NOT_A_NUMBER)
        region = self.region(place, draft, asked) if "where" in asked.parts else None
        if len(self.faults) > before:
            return None
        return self.single(asked, draft, number, within, region)

    def single(
        self,
        asked: Asked,
        draft: ClauseDraft,
        number: Fraction,
        within: Fraction,
        region: Region | None,
    ) -> Condition:
        comparison = Comparison(draft.comparison) if "comparison" in asked.parts else None
        if asked is Asked.SHARE and comparison and region:
            return Share(comparison, number, region, Denominator(self.denominator()))
        if asked is Asked.MEDIAN_IN and region and region.band:
            return MedianIn(region.band)
        if asked is Asked.ONE_BAND and comparison:
            return OneBand(comparison, number)
        if asked is Asked.NEAR_MEDIAN and comparison:
            return NearMedian(comparison, number, within)
        if asked in _NUMBERED and comparison:
            return _NUMBERED[asked](comparison, number).with_quantiles(self.quantiles)
        if asked is Asked.IPRAS:
            return NoDisagreement(SplitRule.IPRAS, self.quantiles)
        if asked is Asked.CLASSIC:
            return NoDisagreement(SplitRule.CLASSIC).with_quantiles(self.quantiles)
        return ClassicAgreement() if asked is Asked.AGREEMENT else ContentValidity()

    def denominator(self) -> str:
        if self.draft.denominator not in list(Denominator):
            self.wrong("denominator", Wrong.NOT_OFFERED)
            return Denominator.USABLE
        return self.draft.denominator

    def region(self, place: str, draft: ClauseDraft, asked: Asked) -> Region | None:
        if draft.where in list(Band):
            if not self.scale.points_in(Band(draft.where)):
                self.wrong(f"{place}-where", Wrong.NO_MEANING)
                return None
            return Region.of(Band(draft.where))
        if draft.where != "points" or asked is Asked.MEDIAN_IN:
            self.wrong(f"{place}-where", Wrong.NOT_OFFERED)
            return None
        typed = _POINTS.fullmatch(draft.points)
        first, last = (int(typed[1]), int(typed[2] or typed[1])) if typed else (1, 0)
        if first > last or first not in self.scale or last not in self.scale:
            self.wrong(f"{place}-points", Wrong.NOT_A_POINT)
            return None
        return Region.of((first, last))

    def number(self, place: str, typed: str, *, percent: bool = False) -> Fraction:
        value = typed_number(typed)
        if value is None or (percent and not 0 <= value <= 100):
            self.wrong(place, Wrong.NOT_A_PERCENTAGE if percent else Wrong.NOT_A_NUMBER)
        return value or Fraction(0)

    def whole(self, place: str, typed: str) -> int:
        text = typed.strip()
        # ASCII alone: other scripts' digits would be read as numbers and shown as typed.
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_RATINGS):
            self.wrong(place, Wrong.NOT_WHOLE)
            return 1
        return int(text)

    def reaching(self, condition: Condition) -> Condition:
        reach = self.draft.reach
        if reach == Reach.PANEL:
            return condition
        if reach not in list(Reach):
            self.wrong("reach", Wrong.NOT_OFFERED)
            return condition
        minimum = self.whole("group_minimum", self.draft.group_minimum)
        if reach == Reach.ONE_GROUP:
            if self.draft.group not in self.groups or not self.draft.group:
                self.wrong("group", Wrong.NO_GROUP)
                return condition
            return InGroup(condition, minimum, self.draft.group)
        if reach == Reach.EQUAL_GROUPS and not all(
            isinstance(leaf, Share) for leaf in condition.leaves()
        ):
            self.wrong("reach", Wrong.ONLY_SHARES)
            return condition
        return _BY_GROUP[Reach(reach)](condition, minimum)


def typed_number(typed: str) -> Fraction | None:
    """A number as people type it, exactly: "66,7 %"; None for what is none, or no use in a rule.

    >>> typed_number(" 66,7 % "), typed_number("200/3"), typed_number("many")
    (Fraction(667, 10), Fraction(200, 3), None)
    """
    try:
        value = exact(typed.strip().rstrip("%").strip().replace(",", ".").replace("\u2212", "-"))
    except ValueError:
        return None
    fits = abs(value) <= LARGEST_NUMBER and value.denominator <= LARGEST_NUMBER
    return value if fits else None


def _unwrapped(condition: Condition) -> tuple[Condition, tuple[str, str, int]]:
    """What is asked, and of whom: the reach, the group's name, ratings it needs."""
    if isinstance(condition, ByGroup):
        group = condition.group if isinstance(condition, InGroup) else ""
        return condition.condition, (condition.kind, group, condition.minimum)
    return condition, (Reach.PANEL.value, "", 1)


def _joined(condition: Condition) -> str:
    return OneOf.kind if isinstance(condition, OneOf) else AllOf.kind


def _clauses_of(condition: Condition) -> tuple[ClauseDraft, ...] | None:
    """The clauses of a condition; None where there are compositions within compositions."""
    parts = condition.conditions if isinstance(condition, AllOf | OneOf) else (condition,)
    found = list(_each_clause(parts))
    if None in found or len(found) > MOST_CLAUSES:
        return None
    return tuple(clause for clause in found if clause is not None)


def _each_clause(parts: Sequence[Condition]) -> Iterator[ClauseDraft | None]:
    kinds = {made.kind: asked for asked, made in _NUMBERED.items()}
    for part in parts:
        if isinstance(part, ShareCondition):
            clause = ClauseDraft(comparison=part.comparison, number=plain(part.percent))
            if isinstance(part, Share):
                region = part.region
                yield (
                    replace(clause, where=region.band)
                    if region.band
                    else replace(clause, where="points", points=f"{region.first}-{region.last}")
                )
            elif isinstance(part, NearMedian):
                yield replace(clause, asked=Asked.NEAR_MEDIAN, within=plain(part.within))
            else:
                yield replace(clause, asked=Asked.ONE_BAND)
        elif isinstance(part, NumberCondition):
            yield ClauseDraft(
                asked=kinds[part.kind], comparison=part.comparison, number=plain(part.value)
            )
        elif isinstance(part, MedianIn):
            yield ClauseDraft(asked=Asked.MEDIAN_IN, where=part.band)
        elif isinstance(part, NoDisagreement):
            ipras = part.rule is SplitRule.IPRAS
            yield ClauseDraft(asked=Asked.IPRAS if ipras else Asked.CLASSIC)
        elif isinstance(part, ClassicAgreement):
            yield ClauseDraft(asked=Asked.AGREEMENT)
        elif isinstance(part, ContentValidity):
            yield ClauseDraft(asked=Asked.VALIDITY)
        else:
            yield None
