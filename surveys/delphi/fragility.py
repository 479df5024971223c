"""How much a verdict hangs on: fewest changed ratings, and each single expert.

A verdict that one changed mind would overturn is worth less than its percentage suggests. Fragility
counts the ratings that would have to be different, in the most damaging way, before the rule said
something else; leave-one-out asks what it would have said without each expert in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from surveys.delphi.centre import MeanCut
from surveys.delphi.conditions import (
    AllOf,
    AnyGroup,
    ByGroup,
    Condition,
    Denominator,
    EveryGroup,
    InGroup,
    OneOf,
    Share,
    points_of,
)
from surveys.delphi.consensus import VERDICTS, ConsensusRule, Reason, Verdict
from surveys.delphi.rand import WithoutExtremes
from surveys.delphi.reach import Answer, Boxes, NotBoxes, reaching
from surveys.delphi.scale import Scale
from surveys.delphi.summary import Groups, ItemCounts
from surveys.delphi.wording import Phrase, say
from surveys.stats import resampling
from surveys.stats.counts import CountTable, from_counts

# Panels looked at one by one where a rule is no set of boxes (means), before giving up.
MOST_PANELS = 50_000

# One panel (a group's name, "" for all) and the answers its ratings must give; all must hold.
_Demand: TypeAlias = "tuple[str, Condition, Answer]"
# Ways to another verdict: of each, every demand must be met.
_Ways: TypeAlias = "list[frozenset[_Demand]]"


class NotKnown(StrEnum):
    """Why there is no number; stable codes."""

    TOO_FEW = "too_few"
    NEVER = "never"
    MANY = "many"
    GROUPS = "groups"


_NOT_KNOWN: Mapping[NotKnown, Phrase] = {
    NotKnown.TOO_FEW: {
        "en": "too few usable ratings for any verdict",
        "nl": "te weinig bruikbare beoordelingen voor een oordeel",
        "fr": "trop peu d'évaluations exploitables pour un verdict",
        "de": "zu wenige verwertbare Bewertungen für ein Urteil",
    },
    NotKnown.NEVER: {
        "en": "no other ratings by these experts would change the verdict",
        "nl": "geen andere beoordelingen van deze experts zouden het oordeel veranderen",
        "fr": "aucune autre évaluation de ces experts ne changerait le verdict",
        "de": "keine anderen Bewertungen dieser Fachleute würden das Urteil ändern",
    },
    NotKnown.MANY: {
        "en": "at least {at_least}; the search for more was stopped",
        "nl": "ten minste {at_least}; verder zoeken is gestopt",
        "fr": "au moins {at_least}\u00a0; la recherche s'est arrêtée là",
        "de": "mindestens {at_least}; die Suche wurde dort beendet",
    },
    NotKnown.GROUPS: {
        "en": "not computed for rules that weigh groups, or that ask groups and the whole panel",
        "nl": "niet berekend voor regels die groepen wegen, of groepen en het hele panel bevragen",
        "fr": "non calculé pour les règles qui pondèrent les groupes, ou qui interrogent à la fois"
        " les groupes et le panel entier",
        "de": "nicht berechnet für Regeln, die Gruppen gewichten oder Gruppen und das ganze Panel"
        " zugleich befragen",
    },
}
_CHANGES: Phrase = {
    "en": "{count} different ratings would change the verdict",
    "nl": "{count} andere beoordelingen zouden het oordeel veranderen",
    "fr": "{count} évaluations différentes changeraient le verdict",
    "de": "{count} andere Bewertungen würden das Urteil ändern",
}
_ONE_CHANGE: Phrase = {
    "en": "1 different rating would change the verdict",
    "nl": "1 andere beoordeling zou het oordeel veranderen",
    "fr": "1 évaluation différente changerait le verdict",
    "de": "1 andere Bewertung würde das Urteil ändern",
}


@dataclass(frozen=True, slots=True)
class Fragility:
    """The fewest ratings whose change flips a verdict.

    changes : that number, exact; None where there is none, for `reason`.
    at_least : no fewer would do, also where `changes` is None.
    reason : why there is no exact number; None where there is.
    """

    changes: int | None
    at_least: int
    reason: NotKnown | None = None

    def sentence(self, locale: str) -> str:
        """The number in words, without capital or full stop."""
        if self.reason is not None:
            return say(_NOT_KNOWN[self.reason], locale, at_least=self.at_least)
        return say(_ONE_CHANGE if self.changes == 1 else _CHANGES, locale, count=self.changes)


def fragility(
    rule: ConsensusRule, counts: ItemCounts, scale: Scale, groups: Groups | None = None
) -> Fragility:
    """How many ratings must be different before the rule gives another verdict?

    counts : the whole panel's ratings; groups : the same by stakeholder group, for rules that ask.
    Experts stay the same: a rating may change to any point of the scale, but nobody comes, leaves
    or becomes unable to judge. For a rule by group, changes are counted over all groups.

    Exact, by the distance to the nearest panel with another verdict (`surveys.delphi.reach`); a
    rule with a mean beside other conditions is searched panel by panel, and says "at least" when
    that takes too long.

    Checked against a search over every panel of up to 7 ratings on scales of 3 to 5 points.

    >>> nine = Scale.of(1, 9)
    >>> rule = ConsensusRule.share_with_limit(70, 15)
    >>> fragility(rule, ItemCounts.of([8] * 8 + [5] * 3, nine), nine).changes
    1
    """
    judged = rule.judge(counts, scale, groups)
    if judged.reason is Reason.TOO_FEW:
        return Fragility(None, 0, NotKnown.TOO_FEW)
    panels = {"": counts} | dict(groups or {})
    try:
        ways = _ways_out(rule, judged.verdict, panels, scale)
        return _nearest(ways, panels, scale)
    except NotBoxes:
        if rule.asks_groups:
            return Fragility(None, 1, NotKnown.GROUPS)
        return _searched(rule, judged.verdict, counts, scale)


def fragility_each(
    rule: ConsensusRule,
    items: Sequence[ItemCounts],
    scale: Scale,
    groups: Sequence[Groups] | None = None,
) -> tuple[Fragility, ...]:
    """The same for every item; equal counts are computed once."""
    known: dict[ItemCounts, Fragility] = {}
    found = []
    for place, counts in enumerate(items):
        if groups is not None:
            found.append(fragility(rule, counts, scale, groups[place]))
            continue
        if counts not in known:
            known[counts] = fragility(rule, counts, scale)
        found.append(known[counts])
    return tuple(found)


def _ways_out(rule: ConsensusRule, verdict: Verdict, panels: Groups, scale: Scale) -> _Ways:
    """Every way to another verdict than this one."""
    into, outof = rule.in_when, rule.out_when
    in_yes, in_not = (_ways(into, answer, panels) for answer in (Answer.YES, Answer.NOT_YES))
    # A rule without a condition for out answers "no" to it whatever anybody rates.
    certain: _Ways = [frozenset()]
    out_yes, out_not, out_no = (
        (certain if answer is not Answer.YES else [])
        if outof is None
        else _ways(outof, answer, panels)
        for answer in (Answer.YES, Answer.NOT_YES, Answer.NO)
    )
    if verdict is Verdict.IN:
        return in_not + out_yes
    if verdict is Verdict.OUT:
        return out_not + in_yes
    if verdict is Verdict.NO_CONSENSUS:
        return in_yes + out_yes + _unknown(rule, panels, scale)
    in_no = _ways(into, Answer.NO, panels)
    return _both(in_yes, out_not) + _both(in_not, out_yes) + _both(in_no, out_no)


def _unknown(rule: ConsensusRule, panels: Groups, scale: Scale) -> _Ways:
    """Ways to a question without an answer, which some rules have at some sizes."""
    found: _Ways = []
    for condition in rule.conditions:
        if not _has_gap(condition, "", panels, scale):
            continue
        neither = _both(
            _ways(condition, Answer.NOT_YES, panels), _ways(condition, Answer.NOT_NO, panels)
        )
        others = [other for other in rule.conditions if other is not condition]
        for other in others:
            neither = _both(neither, _ways(other, Answer.NOT_YES, panels))
        found += neither
    return found


def _has_gap(condition: Condition, name: str, panels: Groups, scale: Scale) -> bool:
    """Whether some question in it has no answer at these sizes."""
    if isinstance(condition, ByGroup):
        names = [group for group in panels if group]
        names = [condition.group] if isinstance(condition, InGroup) else names
        return not names or any(
            group not in panels
            or panels[group].n < condition.minimum
            or _has_gap(condition.condition, group, panels, scale)
            for group in names
        )
    if isinstance(condition, AllOf | OneOf):
        return any(_has_gap(part, name, panels, scale) for part in condition.conditions)
    if isinstance(condition, WithoutExtremes):
        # Only how many ratings are left matters for whether there is an answer.
        left = ItemCounts((max(panels[name].n - 2, 0), *[0] * (len(scale) - 1)))
        return _has_gap(condition.condition, name, {**panels, name: left}, scale)
    return condition.check(panels[name], scale).holds is None


def _ways(condition: Condition, wanted: Answer, panels: Groups) -> _Ways:
    """Ways to one answer, as demands on the whole panel or on groups."""
    if isinstance(condition, AllOf | OneOf):
        together = isinstance(condition, AllOf) == _forward(wanted)
        # What must hold together on one panel is met there together; alternatives are apart.
        if condition.asks_groups or not together:
            parts = [_ways(part, wanted, panels) for part in condition.conditions]
            return _joined(parts, together=together)
    if not condition.asks_groups:
        return [frozenset({("", condition, wanted)})]
    if isinstance(condition, EveryGroup | AnyGroup):
        names = [name for name in panels if name]
        if not names:
            return _unanswered(wanted)
        asked = [_asked(condition, name, wanted, panels) for name in names]
        return _joined(asked, together=isinstance(condition, EveryGroup) == _forward(wanted))
    if isinstance(condition, InGroup):
        if condition.group not in panels:
            return _unanswered(wanted)
        return _asked(condition, condition.group, wanted, panels)
    raise NotBoxes(f"{condition.kind!r} mixes the ratings of several groups")


def _forward(wanted: Answer) -> bool:
    return wanted in (Answer.YES, Answer.NOT_NO)


def _unanswered(wanted: Answer) -> _Ways:
    """A question that cannot be answered is not yes and not no, whatever anybody rates."""
    return [frozenset()] if wanted in (Answer.NOT_YES, Answer.NOT_NO) else []


def _asked(condition: ByGroup, name: str, wanted: Answer, panels: Groups) -> _Ways:
    if panels[name].n < condition.minimum:
        return _unanswered(wanted)
    return [frozenset({(name, condition.condition, wanted)})]


def _joined(parts: Sequence[_Ways], *, together: bool) -> _Ways:
    if not together:
        return [way for part in parts for way in part]
    ways: _Ways = [frozenset()]
    for part in parts:
        ways = _both(ways, part)
    return ways


def _both(first: _Ways, second: _Ways) -> _Ways:
    return [one | other for one in first for other in second]


def _nearest(ways: _Ways, panels: Groups, scale: Scale) -> Fragility:
    distances = [found for way in ways if (found := _cost(way, panels, scale)) is not None]
    if not distances:
        return Fragility(None, 0, NotKnown.NEVER)
    return Fragility(min(distances), min(distances))


def _cost(way: frozenset[_Demand], panels: Groups, scale: Scale) -> int | None:
    """Changes that meet every demand, summed over the panels they are about."""
    names = {name for name, _, _ in way}
    if "" in names and len(names) > 1:
        raise NotBoxes("a change in a group changes the whole panel as well")
    total = 0
    for name in names:
        demands = [(condition, wanted) for who, condition, wanted in way if who == name]
        cost = _cost_in(demands, panels[name], scale)
        if cost is None:
            return None
        total += cost
    return total


def _cost_in(
    demands: Sequence[tuple[Condition, Answer]], counts: ItemCounts, scale: Scale
) -> int | None:
    if len(demands) == 1 and isinstance(demands[0][0], MeanCut):
        return _cost_of_mean(demands[0][0], demands[0][1], counts, scale)
    meeting: Boxes | None = None
    for condition, wanted in demands:
        boxes = reaching(condition, wanted, n=counts.n, unable=counts.unable, scale=scale)
        meeting = boxes if meeting is None else meeting & boxes
    return 0 if meeting is None else meeting.distance(counts.counts)


def _cost_of_mean(cut: MeanCut, wanted: Answer, counts: ItemCounts, scale: Scale) -> int | None:
    """Moving the ratings furthest from an end to that end changes the mean fastest."""
    comparison = cut.comparison if _forward(wanted) else cut.comparison.opposite
    end = scale.high if comparison.wants_much else scale.low
    ratings = sorted(counts.ratings(scale), key=lambda rating: -abs(end - rating))
    total = sum(ratings)
    for changed in range(counts.n + 1):
        if comparison.holds(Fraction(total, counts.n), cut.value):
            return changed
        if changed < counts.n:
            total += end - ratings[changed]
    return None


def _searched(rule: ConsensusRule, verdict: Verdict, counts: ItemCounts, scale: Scale) -> Fragility:
    """Look at every panel one change away, then two, and so on."""
    seen = {counts.counts}
    ring = [counts.counts]
    for changes in range(1, counts.n + 1):
        ring = list(dict.fromkeys(_one_change_further(ring, seen)))
        seen.update(ring)
        if len(seen) > MOST_PANELS:
            return Fragility(None, changes, NotKnown.MANY)
        unable = np.full(len(ring), counts.unable)
        table = from_counts(np.array(ring), points=points_of(scale), unable=unable)
        if (rule.codes_each(table, scale) != VERDICTS.index(verdict)).any():
            return Fragility(changes, changes)
    return Fragility(None, 0, NotKnown.NEVER)


def _one_change_further(
    ring: Iterable[tuple[int, ...]], seen: set[tuple[int, ...]]
) -> Iterator[tuple[int, ...]]:
    for panel in ring:
        for source, count in enumerate(panel):
            for target in range(len(panel)) if count else ():
                moved = list(panel)
                moved[source] -= 1
                moved[target] += 1
                if (found := tuple(moved)) not in seen:
                    yield found


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """What a rule would have said without each expert in turn.

    verdicts : the verdicts with everybody, one per item.
    changed : booleans, shape (experts, items); True where leaving the expert out changes the
        verdict. An expert who did not rate the item changes nothing.
    """

    verdicts: tuple[Verdict, ...]
    changed: npt.NDArray[np.bool_]

    @property
    def by_expert(self) -> npt.NDArray[np.int64]:
        """How many verdicts hang on each expert, shape (experts,)."""
        hanging: npt.NDArray[np.int64] = self.changed.sum(axis=1, dtype=np.int64)
        return hanging

    @property
    def by_item(self) -> npt.NDArray[np.int64]:
        """On how many single experts each verdict hangs, shape (items,)."""
        hanging: npt.NDArray[np.int64] = self.changed.sum(axis=0, dtype=np.int64)
        return hanging


def influence(rule: ConsensusRule, ratings: npt.ArrayLike, scale: Scale) -> Influence:
    """Which verdicts hang on one expert, and on whom?

    ratings : float array, shape (experts, items), NaN where missing; for rules about the whole
    panel. Keep experts pseudonymous where this is shown.

    Raises ValueError for a rule by group, for one that counts "unable to judge", and for a rating
    off the scale.
    """
    if rule.asks_groups:
        raise ValueError("influence is computed for rules about the whole panel")
    if any(
        isinstance(leaf, Share) and leaf.denominator is Denominator.WITH_UNABLE
        for condition in rule.conditions
        for leaf in condition.leaves()
    ):
        raise ValueError("influence needs a rule whose shares are of usable ratings")

    def codes(table: CountTable) -> npt.NDArray[np.float64]:
        return rule.codes_each(table, scale).astype(np.float64)

    found = resampling.leave_one_expert_out(ratings, codes, points=points_of(scale))
    verdicts = tuple(VERDICTS[int(code)] for code in found.full)
    return Influence(verdicts, found.without != found.full)


def without_one(
    rule: ConsensusRule, counts: ItemCounts, scale: Scale, groups: Groups | None = None
) -> dict[tuple[str, int], Verdict]:
    """What the rule would have said with one expert fewer, by their group and rating.

    Experts of one group with the same rating are interchangeable, so each occupied point is asked
    once. Group is "" without groups. Only verdicts that differ from the full panel's are returned.
    """
    full = rule.judge(counts, scale, groups).verdict
    groups = groups or {}
    grouped = [sum(group.counts[place] for group in groups.values()) for place in range(len(scale))]
    nowhere = ItemCounts(
        tuple(count - inside for count, inside in zip(counts.counts, grouped, strict=True))
    )
    changed = {}
    for name, panel in {"": nowhere, **groups}.items():
        for place, count in enumerate(panel.counts):
            if not count:
                continue
            others = {**groups, name: _minus_one(panel, place)} if name else groups
            verdict = rule.judge(_minus_one(counts, place), scale, others).verdict
            if verdict is not full:
                changed[name, scale.low + place] = verdict
    return changed


def _minus_one(counts: ItemCounts, place: int) -> ItemCounts:
    fewer = list(counts.counts)
    fewer[place] -= 1
    return replace(counts, counts=tuple(fewer))
