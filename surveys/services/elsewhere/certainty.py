"""How probable is it that a rule's condition holds for the true shares behind a panel's counts?

Computed where a rule is made of shares: one share, or a share with a limit on another region, of
the panel or of stakeholder groups. For other rules (medians, quartiles) there is no number, and that
is the reason given.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    Tables,
)
from surveys.delphi.scale import Scale
from surveys.stats import posterior
from surveys.stats.counts import CountTable
from surveys.stats.ratings import NOBODY_RATED, BoolArray, FloatArray

NOT_SHARES = "the rule is not one share, nor a share with a limit on another region"
NO_CONDITION = "the rule has no condition for out"
NO_SUCH_GROUP = "the panel has no stakeholder group of that name"
NO_GROUPS = "no stakeholder groups were given"


@dataclass(frozen=True, slots=True, eq=False)
class Certainty:
    """Probabilities from 0 to 1, shape (items,), NaN where undefined; reasons say why, or None."""

    probability: FloatArray
    reasons: tuple[str | None, ...]


def of_condition(
    condition: Condition | None, table: CountTable, scale: Scale, groups: Tables | None = None
) -> Certainty:
    """The probability that a condition holds for the true shares, for every item.

    condition : of a rule, for in or for out; None where the rule has none.
    table : the panel's counts; groups : the same items by stakeholder group.

    Undefined: nobody in the denominator; a condition that is not made of shares.

    Method: `posterior.share_exceeds` for one share, `posterior.both_clauses_hold` for two. Groups
    are different people, so their probabilities multiply.
    """
    if condition is None:
        return _nowhere(table.items, NO_CONDITION)
    if isinstance(condition, EveryGroup | AnyGroup | InGroup):
        return _over_groups(condition, table.items, scale, groups or {})
    parts = condition.conditions if isinstance(condition, AllOf) else (condition,)
    shares = [part for part in parts if isinstance(part, Share)]
    if len(shares) < len(parts):
        return _nowhere(table.items, NOT_SHARES)
    return _one(shares[0], table, scale) if len(shares) == 1 else _two(shares, table, scale)


def _nowhere(items: int, reason: str) -> Certainty:
    return Certainty(np.full(items, np.nan), (reason,) * items)


def _over_groups(
    condition: EveryGroup | AnyGroup | InGroup, items: int, scale: Scale, groups: Tables
) -> Certainty:
    asked = dict(groups)
    if isinstance(condition, InGroup):
        asked = {name: table for name, table in groups.items() if name == condition.group}
        if groups and not asked:
            return _nowhere(items, NO_SUCH_GROUP)
    if not asked:
        return _nowhere(items, NO_GROUPS)
    found = [of_condition(condition.condition, table, scale) for table in asked.values()]
    chances = np.array([one.probability for one in found])
    together = (
        1 - np.prod(1 - chances, axis=0)
        if isinstance(condition, AnyGroup)
        else np.prod(chances, axis=0)
    )
    return Certainty(
        together, tuple(map(_first, zip(*(one.reasons for one in found), strict=True)))
    )


def _first(reasons: Iterable[str | None]) -> str | None:
    return next((reason for reason in reasons if reason is not None), None)


def _one(share: Share, table: CountTable, scale: Scale) -> Certainty:
    inside, total = share.tally(table, scale)
    rated = total > 0
    if _is_everybody(share, scale):
        certain = float(share.comparison.holds(100, share.percent))
        return _where(rated, np.full(table.items, certain))
    above = posterior.share_exceeds(inside, total, threshold=float(share.percent / 100))
    return _where(rated, above if share.comparison.wants_much else 1 - above)


def _is_everybody(share: Share, scale: Scale) -> bool:
    """Whether the region is the whole scale, so that nobody could be outside."""
    whole = len(share.region.points(scale)) == len(scale)
    return whole and share.denominator is Denominator.USABLE


def _two(shares: list[Share], table: CountTable, scale: Scale) -> Certainty:
    """A share that must be large beside one that must be small, of regions that do not overlap."""
    large = [share for share in shares if share.comparison.wants_much]
    small = [share for share in shares if not share.comparison.wants_much]
    if len(large) != 1 or len(small) != 1 or large[0].denominator is not small[0].denominator:
        return _nowhere(table.items, NOT_SHARES)
    regions = [set(share.region.points(scale)) for share in (large[0], small[0])]
    if regions[0] & regions[1]:
        return _nowhere(table.items, NOT_SHARES)
    full, total = large[0].tally(table, scale)
    nothing_between = len(regions[0] | regions[1]) == len(scale)
    both = posterior.both_clauses_hold(
        full,
        small[0].tally(table, scale)[0],
        total,
        at_least=float(large[0].percent / 100),
        opposite_below=float(small[0].percent / 100),
        middle_exists=not (nothing_between and large[0].denominator is Denominator.USABLE),
    )
    return _where(total > 0, both)


def _where(rated: BoolArray, probability: FloatArray) -> Certainty:
    """What is computed where somebody rated; without data only the prior would speak."""
    return Certainty(
        np.where(rated, probability, np.nan),
        tuple(None if here else NOBODY_RATED for here in rated.tolist()),
    )
