"""Clauses that cannot decide anything at a panel's size, found before the panel is asked.

"At least 75 % high and at most 15 % low" sounds like two demands. With 7 ratings it is one: once
6 of 7 are high, one at most is low, which is 14 %. A protocol that states a clause should know
whether it can ever matter, and one whose verdict nobody can reach should not be launched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np

from surveys.delphi.conditions import (
    YES,
    AllOf,
    ByGroup,
    Condition,
    EqualGroups,
    InGroup,
    OneOf,
    points_of,
)
from surveys.delphi.consensus import ConsensusRule, Verdict
from surveys.delphi.reach import Answer, NotBoxes, patterns, reaching
from surveys.delphi.scale import Scale
from surveys.delphi.wording import Phrase, say
from surveys.stats.counts import from_counts

# So many panels are looked at one by one where a condition is no set of boxes (a mean).
MOST_PANELS = 100_000


class Idle(StrEnum):
    """What is wrong with a clause at a size; stable codes."""

    REDUNDANT = "redundant"
    NEVER = "never"


_IDLE: Mapping[Idle, Phrase] = {
    Idle.REDUNDANT: {
        "en": "With {n} usable ratings{group} this clause decides nothing, because it follows from"
        " the rest of the rule: {clause}.",
        "nl": "Bij {n} bruikbare beoordelingen{group} beslist deze voorwaarde niets, want ze volgt"
        " uit de rest van de regel: {clause}.",
        "fr": "Avec {n} évaluations exploitables{group}, cette clause ne décide rien, car elle"
        " découle du reste de la règle\u00a0: {clause}.",
        "de": "Bei {n} verwertbaren Bewertungen{group} entscheidet diese Bedingung nichts, denn sie"
        " folgt aus dem Rest der Regel: {clause}.",
    },
    Idle.NEVER: {
        "en": "With {n} usable ratings{group} this can never be met: {clause}.",
        "nl": "Bij {n} bruikbare beoordelingen{group} kan hieraan nooit voldaan zijn: {clause}.",
        "fr": "Avec {n} évaluations exploitables{group}, ceci ne peut jamais être rempli\u00a0:"
        " {clause}.",
        "de": "Bei {n} verwertbaren Bewertungen{group} kann dies nie erfüllt sein: {clause}.",
    },
}
_IN_GROUP: Phrase = {
    "en": " in \u201c{group}\u201d",
    "nl": " in \u2018{group}\u2019",
    "fr": " dans «\u202f{group}\u202f»",
    "de": " in \u201e{group}\u201c",
}


@dataclass(frozen=True, slots=True)
class IdleClause:
    """A clause that does nothing at a panel's size.

    what : redundant, or never met.
    verdict : the verdict whose condition it belongs to.
    clause : the condition. n : the size; group : the group of that size, None for the panel.
    """

    what: Idle
    verdict: Verdict
    clause: Condition
    n: int
    group: str | None = None

    def sentence(self, locale: str, scale: Scale | None = None) -> str:
        """The warning in words."""
        where = "" if self.group is None else say(_IN_GROUP, locale, group=self.group)
        clause = self.clause.phrase(locale, scale)
        return say(_IDLE[self.what], locale, n=self.n, group=where, clause=clause)


def idle_clauses(
    rule: ConsensusRule,
    scale: Scale,
    n: int,
    *,
    unable: int = 0,
    groups: Mapping[str, int] | None = None,
) -> tuple[IdleClause, ...]:
    """Which clauses can decide nothing when so many experts give a usable rating?

    n : usable ratings expected; unable : experts expected to be unable to judge; groups : usable
    ratings expected per stakeholder group, for rules by group.

    A part of an "and" is redundant when it holds in every panel in which the other parts hold; a
    part of an "or" when another part holds in every panel in which it does. A condition is never
    met when no panel of the size meets it. Both are decided exactly, over all panels of that size;
    clauses with a mean are left out where those are too many to look at.

    >>> nine = Scale.of(1, 9)
    >>> rule = ConsensusRule.share_with_limit(75, 15)
    >>> [(n, len(idle_clauses(rule, nine, n))) for n in (6, 7, 8)]
    [(6, 0), (7, 2), (8, 0)]
    """
    if n < rule.minimum:
        return ()
    found: list[IdleClause] = []
    for verdict, condition in ((Verdict.IN, rule.in_when), (Verdict.OUT, rule.out_when)):
        if condition is not None:
            found += _idle(condition, verdict, scale, n, unable, groups or {}, None)
    return tuple(found)


def _idle(
    condition: Condition,
    verdict: Verdict,
    scale: Scale,
    n: int,
    unable: int,
    groups: Mapping[str, int],
    group: str | None,
) -> Iterator[IdleClause]:
    if isinstance(condition, EqualGroups):
        return
    if isinstance(condition, ByGroup):
        names = [condition.group] if isinstance(condition, InGroup) else list(groups)
        for name in names:
            size = groups.get(name, 0)
            if size >= condition.minimum:
                yield from _idle(condition.condition, verdict, scale, size, 0, {}, name)
        return
    if condition.asks_groups:
        for part in condition.inside:
            yield from _idle(part, verdict, scale, n, unable, groups, group)
        return
    if _none(((condition, Answer.YES),), scale, n, unable):
        yield IdleClause(Idle.NEVER, verdict, condition, n, group)
        return
    yield from _redundant(condition, verdict, scale, n, unable, group)


def _redundant(
    condition: Condition, verdict: Verdict, scale: Scale, n: int, unable: int, group: str | None
) -> Iterator[IdleClause]:
    if isinstance(condition, AllOf | OneOf) and len(condition.conditions) > 1:
        together = isinstance(condition, AllOf)
        for place, part in enumerate(condition.conditions):
            rest = condition.conditions[:place] + condition.conditions[place + 1 :]
            # And: the rest holds and the part does not. Or: the part holds and none of the rest.
            others = tuple((other, Answer.YES if together else Answer.NOT_YES) for other in rest)
            alone = (part, Answer.NOT_YES if together else Answer.YES)
            if _none((*others, alone), scale, n, unable):
                yield IdleClause(Idle.REDUNDANT, verdict, part, n, group)
    for part in condition.inside if isinstance(condition, AllOf | OneOf) else ():
        yield from _redundant(part, verdict, scale, n, unable, group)


def _none(demands: tuple[tuple[Condition, Answer], ...], scale: Scale, n: int, unable: int) -> bool:
    """Whether no panel of the size meets all demands; False where that was not to be found out."""
    try:
        meeting = None
        for condition, wanted in demands:
            boxes = reaching(condition, wanted, n=n, unable=unable, scale=scale)
            meeting = boxes if meeting is None else meeting & boxes
        return meeting is not None and meeting.empty
    except NotBoxes:
        if patterns(n, scale) > MOST_PANELS:
            return False
    table = from_counts(
        every_panel(n, scale), points=points_of(scale), unable=np.full(patterns(n, scale), unable)
    )
    met = np.ones(table.items, dtype=np.bool_)
    for condition, wanted in demands:
        yes = condition.holds_each(table, scale) == YES
        met &= yes if wanted is Answer.YES else ~yes
    return not met.any()


def every_panel(n: int, scale: Scale) -> np.ndarray:
    """Every way in which n ratings can fall on a scale, shape (panels, points)."""
    bars = np.array(list(combinations(range(n + len(scale) - 1), len(scale) - 1)), dtype=np.int64)
    before = np.full((len(bars), 1), -1)
    after = np.full((len(bars), 1), n + len(scale) - 1)
    return np.diff(np.hstack([before, bars, after]), axis=1) - 1
