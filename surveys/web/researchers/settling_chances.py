"""What the rules of stability and stopping would do on the planned panel, for the page of rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from flask_babel import gettext as _
from sqlalchemy import func, select

from surveys.delphi import settling
from surveys.delphi.carrying import CarryForwardRule
from surveys.delphi.chance import Opinion, chances
from surveys.delphi.consensus import ConsensusRule, Verdict
from surveys.delphi.ending import Course, Ending, ending
from surveys.delphi.scale import Scale
from surveys.delphi.settling import FIRST_AGREEING, SettlingChances, Truth
from surveys.delphi.stability import StabilityReason, StabilityRule
from surveys.delphi.stopping import StoppingRule
from surveys.items import KINDS
from surveys.models.base import db
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study
from surveys.web.filters import percent

# What is supposed where a study has no statements yet.
USUAL_STATEMENTS = 20
RATING = tuple(name for name, kind in KINDS.items() if kind.rates)
WANTED = (0.8, 0.9)
# Per round, the share of the statements that still move and then settle.
SETTLING_SHARES = (0.3, 0.5, 0.7, 0.9)
# How experts rate a statement that has settled, in the model of stopping.
SETTLED_KEEPING = 90


@dataclass(frozen=True, slots=True)
class SettlingLine:
    """One truth: its name, how likely each answer, and pairs for each chance wanted.

    needed : None where the truth keeps no share; a number or "> 300" for each of `WANTED` elsewhere.
    """

    name: str
    stable: float
    moving: float
    not_assessed: float
    error: float
    needed: Sequence[int | None] | None


@dataclass(frozen=True, slots=True)
class SettlingTrial:
    """A stability rule tried on so many pairs. counted : whether pairs needed are exact."""

    pairs: int
    minimum: int
    lines: Sequence[SettlingLine]
    exact: bool
    panels: int
    seed: int | None
    counted: bool
    largest: int

    @property
    def too_few(self) -> bool:
        """Whether nothing is ever assessed with so many pairs."""
        return self.pairs < self.minimum


@dataclass(frozen=True, slots=True)
class EndingTrial:
    """A stopping rule tried on so many statements. rows : a share that settles, with the ending."""

    statements: int
    rows: Sequence[tuple[float, Ending]]
    settled_stable: float
    moving_stable: float
    consensus: float

    @property
    def rounds(self) -> int:
        """How many rounds are looked at one by one."""
        return len(self.rows[0][1].after)

    @property
    def by_protocol(self) -> bool:
        """Whether the last of them is the last by protocol."""
        return self.rows[0][1].by_protocol


def settling_trial(rule: StabilityRule, scale: Scale, pairs: int) -> SettlingTrial:
    """Try a stability rule on what every such rule is tried on."""
    found, needed, counted = _settling(rule, scale, pairs)
    return SettlingTrial(
        pairs,
        rule.minimum_pairs,
        [
            SettlingLine(
                name_of(one.truth),
                one.stable,
                one.of[StabilityReason.MOVED],
                one.not_assessed,
                one.error,
                enough,
            )
            for one, enough in zip(found, needed, strict=True)
        ],
        all(one.exact for one in found),
        found[0].panels,
        found[0].seed,
        counted,
        settling.LARGEST_COUNTED if counted else settling.SIZES_DRAWN[-1],
    )


def ending_trial(
    stopping: StoppingRule,
    carry: CarryForwardRule,
    stability: StabilityRule,
    consensus: ConsensusRule,
    scale: Scale,
    *,
    pairs: int,
    size: int,
    groups: dict[str, int],
    statements: int,
) -> EndingTrial | None:
    """Try a stopping rule; None where the consensus rule has no meaning on the scale."""
    found, _needed, _counted = _settling(stability, scale, pairs)
    settled, moving = (
        next(one.stable for one in found if (one.truth.kind, one.truth.kept) == wanted)
        for wanted in (("one point", SETTLED_KEEPING), ("anew", None))
    )
    try:
        agreeing = _consensus(consensus, scale, size, tuple(groups.items()))
    except ValueError:
        return None
    rows = [
        (share, ending(stopping, carry, Course(statements, share, settled, moving, agreeing)))
        for share in SETTLING_SHARES
    ]
    return EndingTrial(statements, rows, settled, moving, agreeing)


@lru_cache(maxsize=256)
def _settling(
    rule: StabilityRule, scale: Scale, pairs: int
) -> tuple[tuple[SettlingChances, ...], tuple[Sequence[int | None] | None, ...], bool]:
    """The same rule is asked about with every change elsewhere on the page."""
    under = settling.truths(scale)
    needed = tuple(
        None if one.kept is None else settling.pairs_needed(rule, scale, one, WANTED)
        for one in under
    )
    return settling.settling(rule, scale, pairs, under), needed, settling.is_counted(rule)


@lru_cache(maxsize=256)
def _consensus(
    rule: ConsensusRule, scale: Scale, size: int, groups: tuple[tuple[str, int], ...]
) -> float:
    opinion = Opinion.agreement(scale, FIRST_AGREEING)
    (found,) = chances(rule, scale, size, [opinion], groups=dict(groups))
    return min(1.0, found.of[Verdict.IN] + found.of[Verdict.OUT])


def name_of(truth: Truth) -> str:
    """A truth in words."""
    if truth.kind == "random":
        return _("twice at random")
    if truth.kind == "anew":
        return _("anew, as if for the first time")
    share = percent((truth.kept or 0) / 100)
    if truth.kind == "one point":
        return _("%(share)s keep, others move one point", share=share)
    return _("%(share)s keep, others move anywhere", share=share)


def statements_now(study: Study) -> int:
    """How many statements the study rates, in whichever round."""
    counted = db.session.scalar(
        select(func.count(RoundItem.item_id.distinct()))
        .join(Round, Round.id == RoundItem.round_id)
        .where(Round.study_id == study.id, RoundItem.kind.in_(RATING))
    )
    return int(counted or 0)


def typed_whole(text: str, most: int, otherwise: int) -> int:
    """A number that somebody asks about; another where none can be read."""
    text = text.strip()
    known = text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most
    return int(text) if known else otherwise
