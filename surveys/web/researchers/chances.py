"""What a rule would do on a panel of the planned size, for the page that chooses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from flask_babel import gettext as _

from surveys.delphi import chance, redundancy
from surveys.delphi.chance import Chances, Opinion
from surveys.delphi.consensus import ConsensusRule, Verdict
from surveys.delphi.scale import Scale
from surveys.stats import planning
from surveys.web.filters import percent

# What is supposed where nobody has said how many experts there will be.
USUAL_PANEL = 20
# What decides something on so many decides something on more; larger panels take long to look at.
LARGE_PANEL = 60
HALF_WIDTHS = (5, 10, 15, 20)
EXPECTED = (50, 70, 80, 90)


@dataclass(frozen=True, slots=True)
class Line:
    """One opinion: its name, and each verdict's chance with the error of drawing (0 where exact)."""

    name: str
    within: float
    out: float
    neither: float
    undecided: float
    error: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One rule tried on a panel. ``warnings``: clauses that decide nothing, or are never met."""

    n: int
    lines: Sequence[Line]
    exact: bool
    panels: int
    seed: int | None
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Precision:
    """How many experts an interval needs. ``rows``: a half-width with the number for each share."""

    shares: Sequence[int]
    rows: Sequence[tuple[int, Sequence[int]]]
    n: int
    half_at_n: float
    share_at_n: int


def panel_sizes(now: Mapping[str, int], n: int) -> dict[str, int]:
    """The groups of a panel of n experts, in the proportions of now; equal where there is nobody yet."""
    if not now:
        return {}
    weights = now if sum(now.values()) else dict.fromkeys(now, 1)
    total = sum(weights.values())
    sizes = {code: n * weight // total for code, weight in weights.items()}
    largest = sorted(weights, key=lambda code: -((n * weights[code]) % total))
    for code in largest[: n - sum(sizes.values())]:
        sizes[code] += 1
    return sizes


def trial(
    rule: ConsensusRule, scale: Scale, n: int, groups: Mapping[str, int], locale: str
) -> Trial:
    """Try a rule on the opinions that every rule is tried on."""
    try:
        found, idle = _tried(rule, scale, n, tuple(groups.items()))
    except ValueError:
        # IPRAS is for 1 to 9 alone, and a design may have got another scale since.
        return Trial(
            n, [], True, 0, None, [_("This rule has no meaning on the scale of the study.")]
        )
    first = found[0]
    return Trial(
        n,
        [
            Line(
                name_of(one.opinion),
                one.of[Verdict.IN],
                one.of[Verdict.OUT],
                one.of[Verdict.NO_CONSENSUS],
                one.of[Verdict.UNDECIDED],
                max(one.error(verdict) for verdict in Verdict),
            )
            for one in found
        ],
        first.exact,
        first.panels,
        first.seed,
        [*_too_small(rule, n), *(clause.sentence(locale, scale) for clause in idle)],
    )


@lru_cache(maxsize=256)
def _tried(
    rule: ConsensusRule, scale: Scale, n: int, groups: tuple[tuple[str, int], ...]
) -> tuple[tuple[Chances, ...], tuple[redundancy.IdleClause, ...]]:
    """The same rule is asked about with every change elsewhere on the page."""
    sizes = dict(groups)
    looked_at = min(n, LARGE_PANEL)
    return (
        chance.chances(rule, scale, n, chance.opinions(scale), groups=sizes),
        redundancy.idle_clauses(rule, scale, looked_at, groups=panel_sizes(sizes, looked_at)),
    )


def _too_small(rule: ConsensusRule, n: int) -> Sequence[str]:
    if n >= rule.minimum:
        return ()
    return (
        _(
            "With %(n)s experts nothing is ever decided: the rule asks for at least %(minimum)s "
            "usable ratings.",
            n=n,
            minimum=rule.minimum,
        ),
    )


def name_of(opinion: Opinion) -> str:
    """An opinion in words."""
    if opinion.kind == "random":
        return _("at random")
    if opinion.kind == "split":
        return _("in two camps")
    share = percent((opinion.agreeing or 0) / 100)
    return _("%(share)s agree", share=share)


@lru_cache(maxsize=64)
def precision(n: int, share: int = 70) -> Precision:
    """How sharp a share is on a panel, and how many experts it would take."""
    return Precision(
        EXPECTED,
        [(half, [needed(expected, half) for expected in EXPECTED]) for half in HALF_WIDTHS],
        n,
        planning.wilson_width(share / 100, n) / 2,
        share,
    )


def needed(expected: float, half: float) -> int:
    """Usable ratings for a 95 % Wilson interval of at most so many points to either side."""
    return planning.experts_for_width(expected / 100, half / 50).experts or 0
