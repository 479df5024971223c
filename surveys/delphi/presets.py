"""Published definitions of consensus, ready to use and to compare.

Each has an id, a rule that fits itself to the study's scale, and where it comes from. They are
defaults that a study may change, not recommendations: 75 % is a habit, not a validated cut-off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from surveys.delphi.centre import Iqr, MeanCut, MedianIn, NearMedian
from surveys.delphi.conditions import AllOf, Condition, EveryGroup, OneBand, Share
from surveys.delphi.consensus import ConsensusByRound, ConsensusRule, VerdictNames
from surveys.delphi.exact import Comparison
from surveys.delphi.rand import ClassicAgreement, NoDisagreement, SplitRule, WithoutExtremes
from surveys.delphi.scale import Band, Scale
from surveys.delphi.stability import Kappa, Kept, NetChange, StabilityRule
from surveys.delphi.validity import ContentValidity

AnyRule = ConsensusRule | ConsensusByRound

COMET_HIGH, COMET_LOW = 70, 15
# The median threshold of the studies that gave one (Diamond 2014).
USUAL_SHARE = 75
# The share of relevant ratings that content validity panels of six and more ask for.
USUAL_CVI = 78


@dataclass(frozen=True, slots=True)
class Preset:
    """One published definition.

    id : its name on the command line and in exports.
    reference : where it was published or is described; "" where it is only common use.
    make : the rule on a scale. fits : whether it has a meaning on a scale.
    by_group : whether it needs stakeholder groups.
    """

    id: str
    reference: str
    make: Callable[[Scale], AnyRule]
    fits: Callable[[Scale], bool]
    by_group: bool = False

    def rule(self, scale: Scale) -> AnyRule:
        """The definition on a scale. Raises ValueError when it has no meaning there."""
        if not self.fits(scale):
            raise ValueError(f"{self.id} does not fit a scale from {scale.low} to {scale.high}")
        return self.make(scale)

    def sentence(self, locale: str, scale: Scale, names: VerdictNames | None = None) -> str:
        """The definition in words, for a scale."""
        return self.rule(scale).sentence(locale, scale, names)


def _every(scale: Scale) -> bool:
    return True


def _nine(scale: Scale) -> bool:
    return (scale.low, scale.high) == (1, 9)


def _has_thirds(scale: Scale) -> bool:
    return bool(scale.points_in(Band.MIDDLE))


def _four(scale: Scale) -> bool:
    return len(scale) == 4


def _share(percent: int | str, comparison: Comparison = Comparison.AT_LEAST) -> AnyRule:
    return ConsensusRule.mirrored(Share.of(Band.HIGH, comparison, percent))


def _with_limit(percent: int, opposite: int, limit: Comparison = Comparison.UNDER) -> Condition:
    return AllOf(
        (
            Share.of(Band.HIGH, Comparison.AT_LEAST, percent),
            Share.of(Band.LOW, limit, opposite),
        )
    )


def _comet() -> ConsensusRule:
    return ConsensusRule.mirrored(_with_limit(COMET_HIGH, COMET_LOW))


def _spread_limit(scale: Scale) -> int:
    # At most 1 on short scales and 2 from nine points on, as reviews report; both near a fifth of
    # the range.
    return 1 if len(scale) < 9 else 2


def _median_and_iqr(scale: Scale) -> ConsensusRule:
    return ConsensusRule.mirrored(
        AllOf((MedianIn(Band.HIGH), Iqr.of(Comparison.AT_MOST, _spread_limit(scale))))
    )


def _appropriate(*conditions: Condition) -> ConsensusRule:
    return ConsensusRule.mirrored(AllOf((MedianIn(Band.HIGH), *conditions)))


_GROUPS = "core outcome set studies with several stakeholder groups, e.g. PMC10860107, table 2"
_DIAMOND = "Diamond IR, et al. J Clin Epidemiol 2014;67:401-9 (commonest definition; median 75 %)"
_GRACHT = "von der Gracht HA. Technol Forecast Soc Change 2012;79:1525-36 (review)"
_RAND = "Fitch K, et al. The RAND/UCLA Appropriateness Method User's Manual. RAND MR-1269, 2001"
_CLASSIC = f"{_RAND}; BMC Med Inform Decis Mak 2012;12:93, table 7"
_AYRE = "Lawshe CH. Pers Psychol 1975;28:563-75; Ayre C, Scally AJ. Meas Eval Couns Dev 2014;47:79"
_CVI = "Polit DF, Beck CT, Owen SV. Res Nurs Health 2007;30:459-67"

PRESETS: tuple[Preset, ...] = (
    Preset(
        "comet-70-15",
        "COMET practice: Trials 2015 (ELICIT), PMC8024512",
        lambda _: _comet(),
        _every,
    ),
    Preset(
        "comet-70-15-every-group",
        _GROUPS,
        lambda _: ConsensusRule.mirrored(EveryGroup(_with_limit(COMET_HIGH, COMET_LOW))),
        _every,
        by_group=True,
    ),
    Preset(
        "comet-70-15-out-50",
        _GROUPS,
        lambda _: ConsensusRule(
            EveryGroup(_with_limit(COMET_HIGH, COMET_LOW)),
            EveryGroup(Share.of(Band.HIGH, Comparison.AT_MOST, 50)),
        ),
        _every,
        by_group=True,
    ),
    Preset(
        "comet-50-15",
        "first round of PMC8024512",
        lambda _: ConsensusRule.mirrored(_with_limit(50, COMET_LOW)),
        _every,
    ),
    Preset(
        "comet-50-15-then-70-15",
        "PMC8024512",
        lambda _: ConsensusByRound.of(
            {1: ConsensusRule.mirrored(_with_limit(50, COMET_LOW)), 2: _comet()}
        ),
        _every,
    ),
    Preset(
        "share-80-15",
        "",
        lambda _: ConsensusRule.mirrored(_with_limit(80, COMET_LOW)),
        _every,
    ),
    Preset(
        "share-75-15",
        "",
        lambda _: ConsensusRule.share_with_limit(USUAL_SHARE, COMET_LOW),
        _every,
    ),
    Preset("share-80", "", lambda _: _share(80), _every),
    Preset("share-75", _DIAMOND, lambda _: _share(USUAL_SHARE), _every),
    Preset("share-over-75", "", lambda _: _share(USUAL_SHARE, Comparison.MORE_THAN), _every),
    Preset("share-70", "", lambda _: _share(70), _every),
    Preset("share-67", "", lambda _: _share(67), _every),
    Preset("two-thirds", "", lambda _: _share("200/3"), _every),
    Preset("share-51", "", lambda _: _share(51), _every),
    Preset("majority", "", lambda _: _share(50, Comparison.MORE_THAN), _every),
    Preset(
        "one-band-75",
        "",
        lambda _: _appropriate(OneBand(Comparison.AT_LEAST, Fraction(USUAL_SHARE))),
        _every,
    ),
    Preset("median-iqr", _GRACHT, _median_and_iqr, _every),
    Preset(
        "median-high",
        "",
        lambda _: ConsensusRule.mirrored(MedianIn(Band.HIGH)),
        _every,
    ),
    Preset(
        "mean-high",
        "",
        lambda scale: ConsensusRule.mirrored(
            MeanCut(Comparison.AT_LEAST, Fraction(scale.high_from)), scale=scale
        ),
        _every,
    ),
    Preset(
        "near-median-80",
        "",
        lambda _: _appropriate(NearMedian.of(1, Comparison.AT_LEAST, 80)),
        _every,
    ),
    Preset("rand-ipras", _RAND, lambda _: _appropriate(NoDisagreement()), _nine),
    Preset(
        "rand-classic",
        _CLASSIC,
        lambda _: _appropriate(NoDisagreement(SplitRule.CLASSIC)),
        _has_thirds,
    ),
    Preset("rand-agreement", _CLASSIC, lambda _: _appropriate(ClassicAgreement()), _has_thirds),
    Preset(
        "rand-strict",
        f"{_RAND}; first appropriateness panels",
        lambda _: _appropriate(OneBand(Comparison.AT_LEAST, Fraction(100))),
        _has_thirds,
    ),
    Preset(
        "rand-relaxed",
        "J Public Health Med 1991;13:35-9",
        lambda _: ConsensusRule.mirrored(
            WithoutExtremes(
                AllOf((MedianIn(Band.HIGH), OneBand(Comparison.AT_LEAST, Fraction(100))))
            )
        ),
        _has_thirds,
    ),
    Preset("cvr", _AYRE, lambda _: ConsensusRule(ContentValidity()), _every),
    Preset(
        "cvi-78",
        _CVI,
        lambda _: ConsensusRule(Share.of(Band.HIGH, Comparison.AT_LEAST, USUAL_CVI)),
        _four,
    ),
)
BY_ID: Mapping[str, Preset] = {preset.id: preset for preset in PRESETS}


def preset(name: str) -> Preset:
    """The preset of that id. Raises ValueError naming those there are."""
    if name not in BY_ID:
        raise ValueError(f"no preset is called {name!r}; there are {', '.join(BY_ID)}")
    return BY_ID[name]


def fitting(scale: Scale, *, groups: bool = False) -> tuple[Preset, ...]:
    """The presets with one rule for every round that fit a scale, for comparing definitions.

    groups : whether the panel has stakeholder groups; without them rules by group are left out.
    """
    return tuple(
        chosen
        for chosen in PRESETS
        if chosen.fits(scale)
        and (groups or not chosen.by_group)
        and isinstance(chosen.rule(scale), ConsensusRule)
    )


def of_one_round(chosen: Preset) -> str:
    """The ids of the single rules that a definition by round goes through."""
    return {"comet-50-15-then-70-15": "comet-50-15 or comet-70-15"}[chosen.id]


@dataclass(frozen=True, slots=True)
class ReadyStability:
    """One common definition of stability; "" as the reference where it is only common use."""

    id: str
    reference: str
    rule: StabilityRule


_SCHEIBE = "Scheibe M, et al. In: Linstone HA, Turoff M (eds). The Delphi Method. 1975"
_HOLEY = "Holey EA, et al. BMC Med Res Methodol 2007;7:52 (as a trend, not a cut-off)"

STABILITY: tuple[ReadyStability, ...] = (
    ReadyStability("band-80", "", StabilityRule.of(Kept.SAME_BAND, Comparison.AT_LEAST, 80)),
    ReadyStability("within-one-80", "", StabilityRule.of(Kept.WITHIN_ONE, Comparison.AT_LEAST, 80)),
    ReadyStability("unchanged-75", "", StabilityRule.of(Kept.UNCHANGED, Comparison.AT_LEAST, 75)),
    ReadyStability(
        "net-change-15",
        _SCHEIBE,
        StabilityRule((NetChange(Comparison.UNDER, Fraction(15)),)),
    ),
    ReadyStability(
        "band-80-net-change-15",
        _SCHEIBE,
        StabilityRule.of(Kept.SAME_BAND, Comparison.AT_LEAST, 80, net_change_under=15),
    ),
    ReadyStability(
        "kappa-60", _HOLEY, StabilityRule((Kappa(Comparison.AT_LEAST, Fraction(3, 5)),))
    ),
)
