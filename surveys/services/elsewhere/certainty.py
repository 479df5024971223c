"""How probable is it that a rule's condition holds for the true shares behind a panel's counts?

Computed where a rule is made of shares: one share, or a share with a limit on another region, of
the panel or of stakeholder groups. What is computed for other rules (medians, quartiles) is nothing,
with that reason.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveys.delphi.conditions import (
    AllOf,
    AnyGroup,
    Condition,
    Denominator,
    EveryGroup,
    InGroup,
    Share,
)
from surveys.delphi.scale import Scale
from surveys.delphi.summary import Groups, ItemCounts
from surveys.stats import posterior
from surveys.stats.ratings import NOBODY_RATED

NOT_SHARES = "the rule is not one share, nor a share with a limit on another region"
NO_CONDITION = "the rule has no condition for out"
NO_SUCH_GROUP = "the panel has no stakeholder group of that name"
NO_GROUPS = "no stakeholder groups were given"


@dataclass(frozen=True, slots=True)
class Certainty:
    """A probability from 0 to 1, or None with the reason."""

    probability: float | None
    reason: str | None = None


def of_condition(
    condition: Condition | None, counts: ItemCounts, scale: Scale, groups: Groups | None = None
) -> Certainty:
    """The probability that a condition holds for the true shares.

    condition : of a rule, for in or for out; None where the rule has none.
    counts : the panel's ratings of one item; groups : the same by stakeholder group.

    Undefined: nobody in the denominator; a condition that is not made of shares.

    Method: `posterior.share_exceeds` for one share, `posterior.both_clauses_hold` for two. Groups
    are different people, so their probabilities multiply.
    """
    if condition is None:
        return Certainty(None, NO_CONDITION)
    if isinstance(condition, EveryGroup | AnyGroup | InGroup):
        return _over_groups(condition, scale, groups or {})
    parts = condition.conditions if isinstance(condition, AllOf) else (condition,)
    shares = [part for part in parts if isinstance(part, Share)]
    if len(shares) < len(parts):
        return Certainty(None, NOT_SHARES)
    if len(shares) == 1:
        return _one(shares[0], counts, scale)
    return _two(shares, counts, scale)


def _over_groups(
    condition: EveryGroup | AnyGroup | InGroup, scale: Scale, groups: Groups
) -> Certainty:
    asked = dict(groups)
    if isinstance(condition, InGroup):
        asked = {name: counts for name, counts in groups.items() if name == condition.group}
        if not asked:
            return Certainty(None, NO_SUCH_GROUP)
    if not asked:
        return Certainty(None, NO_GROUPS)
    found = [of_condition(condition.condition, counts, scale) for counts in asked.values()]
    for one in found:
        if one.probability is None:
            return one
    chances = np.array([one.probability for one in found])
    if isinstance(condition, AnyGroup):
        return Certainty(float(1 - np.prod(1 - chances)))
    return Certainty(float(np.prod(chances)))


def _one(share: Share, counts: ItemCounts, scale: Scale) -> Certainty:
    total = share.denominator.size(counts)
    if total == 0:
        return Certainty(None, NOBODY_RATED)
    inside = share.region.count(counts, scale)
    if _holds_everybody(share, scale):
        return Certainty(float(share.comparison.holds(100, share.percent)))
    above = float(posterior.share_exceeds(inside, total, threshold=float(share.percent / 100)))
    return Certainty(above if share.comparison.wants_much else 1 - above)


def _holds_everybody(share: Share, scale: Scale) -> bool:
    """Whether the region is the whole scale, so that nobody could be outside."""
    whole = len(share.region.points(scale)) == len(scale)
    return whole and share.denominator is Denominator.USABLE


def _two(shares: list[Share], counts: ItemCounts, scale: Scale) -> Certainty:
    """A share that must be large beside one that must be small, of regions that do not overlap."""
    large = [share for share in shares if share.comparison.wants_much]
    small = [share for share in shares if not share.comparison.wants_much]
    if len(large) != 1 or len(small) != 1 or large[0].denominator is not small[0].denominator:
        return Certainty(None, NOT_SHARES)
    full, other = set(large[0].region.points(scale)), set(small[0].region.points(scale))
    if full & other:
        return Certainty(None, NOT_SHARES)
    total = large[0].denominator.size(counts)
    if total == 0:
        return Certainty(None, NOBODY_RATED)
    nothing_between = len(full | other) == len(scale)
    chance = posterior.both_clauses_hold(
        large[0].region.count(counts, scale),
        small[0].region.count(counts, scale),
        total,
        at_least=float(large[0].percent / 100),
        opposite_below=float(small[0].percent / 100),
        middle_exists=not (nothing_between and large[0].denominator is Denominator.USABLE),
    )
    return Certainty(float(chance))
