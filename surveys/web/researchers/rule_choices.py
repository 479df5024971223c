"""What the form of the rules offers: ready definitions, and the values of every list with their names."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g
from flask_babel import gettext as _
from sqlalchemy import select

from surveys.delphi import presets, quantile
from surveys.delphi.composing import Asked, Out, Reach
from surveys.delphi.conditions import AllOf, Denominator, OneOf
from surveys.delphi.consensus import ConsensusByRound, ConsensusRule
from surveys.delphi.exact import Comparison
from surveys.delphi.presets import Preset
from surveys.delphi.scale import Band, Scale
from surveys.models.base import db
from surveys.models.panel import StakeholderGroup
from surveys.queries.questionnaire import in_language
from surveys.web.researchers.rules_in_words import points_in_words
from surveys.web.researchers.words import verdict_names


@dataclass(frozen=True, slots=True)
class Ready:
    """A ready definition as the form offers it."""

    id: str
    phrase: str
    sentence: str
    reference: str


def ready_for(scale: Scale, groups: bool, locale: str) -> list[Ready]:
    """The ready definitions that fit the scale, those with a reference first."""
    fitting: list[Preset] = [
        one for one in presets.PRESETS if one.fits(scale) and (groups or not one.by_group)
    ]
    names = verdict_names(g.study, locale)
    found = []
    for one in sorted(fitting, key=lambda one: not one.reference):
        rule = one.rule(scale)
        first = rule if isinstance(rule, ConsensusRule) else rule.steps[-1].rule
        phrase = first.in_when.phrase(locale, scale)
        if isinstance(rule, ConsensusByRound):
            phrase = _("%(rule)s, less in round 1", rule=phrase)
        found.append(Ready(one.id, phrase, rule.sentence(locale, scale, names), one.reference))
    return found


def choices(scale: Scale, locale: str) -> dict[str, list[tuple[str, str]]]:
    """What each list of the form offers: its values with their names."""
    asked = {
        Asked.SHARE: _("share of ratings"),
        Asked.ONE_BAND: _("share in one and the same band"),
        Asked.MEDIAN_IN: _("the median lies"),
        Asked.MEDIAN: _("median"),
        Asked.MEAN: _("mean"),
        Asked.IQR: _("interquartile range"),
        Asked.RANGE: _("range, lowest to highest"),
        Asked.NEAR_MEDIAN: _("share near the median"),
        Asked.IPRAS: _("no disagreement by IPRAS (RAND/UCLA)"),
        Asked.CLASSIC: _("no disagreement, classic count (RAND/UCLA)"),
        Asked.AGREEMENT: _("classic agreement (RAND/UCLA)"),
        Asked.VALIDITY: _("content validity reaches its critical value"),
    }
    bands = {Band.HIGH: _("high band"), Band.MIDDLE: _("middle band"), Band.LOW: _("low band")}
    groups = db.session.execute(
        select(StakeholderGroup.code, StakeholderGroup.name)
        .where(StakeholderGroup.study_id == g.study.id)
        .order_by(StakeholderGroup.position)
    ).all()
    return {
        "asked": [(kind.value, name) for kind, name in asked.items() if kind.fits(scale)],
        "where": [
            *(
                (band.value, f"{name} ({points_in_words(scale.points_in(band))})")
                for band, name in bands.items()
                if scale.points_in(band)
            ),
            ("points", _("points I name")),
        ],
        "comparison": [
            (Comparison.AT_LEAST.value, _("at least")),
            (Comparison.MORE_THAN.value, _("more than")),
            (Comparison.AT_MOST.value, _("at most")),
            (Comparison.UNDER.value, _("under")),
        ],
        "joined": [
            (AllOf.kind, _("all of these hold")),
            (OneOf.kind, _("at least one of these holds")),
        ],
        "out": [
            (Out.MIRRORED.value, _("the same at the other end of the scale")),
            (Out.NEVER.value, _("never: statements are only ever included")),
            (Out.OWN.value, _("by clauses of its own")),
        ],
        "reach": [
            (Reach.PANEL.value, _("the whole panel")),
            (Reach.EVERY_GROUP.value, _("every stakeholder group")),
            (Reach.ANY_GROUP.value, _("at least one stakeholder group")),
            (Reach.ONE_GROUP.value, _("one stakeholder group")),
            (Reach.EQUAL_GROUPS.value, _("all groups with equal weight")),
        ],
        "group": [
            (code, in_language(name, locale, g.study.default_language)) for code, name in groups
        ],
        "denominator": [
            (Denominator.USABLE.value, _("usable ratings")),
            (Denominator.WITH_UNABLE.value, _("usable ratings and “unable to judge”")),
        ],
        "quantiles": [(method, quantile.name_in(method, locale)) for method in quantile.QUANTILES],
        "low_until": [(str(point), str(point)) for point in scale.points[:-1]],
        "high_from": [(str(point), str(point)) for point in scale.points[1:]],
        "pair": [
            ("same band", _("stayed in the same band")),
            ("within one", _("stayed within one point")),
            ("unchanged", _("kept exactly the same rating")),
            ("net change", _("net change of the distribution")),
            ("kappa", _("weighted kappa")),
            ("iqr change", _("change of the interquartile range")),
        ],
        "leaving": [
            ("consensus and stable", _("when it is in consensus and its ratings are stable")),
            ("first consensus", _("at its first consensus, stable or not")),
        ],
        "population": [
            ("answered this round", _("everyone who answered the round")),
            ("completed every round", _("only experts who submitted every round so far")),
        ],
        "unsubmitted": [
            ("count", _("they count, and are reported as partial")),
            ("drop", _("they do not count")),
        ],
        "shows": [
            ("own rating", _("their own earlier rating")),
            ("distribution", _("the distribution of ratings")),
            ("median", _("the median")),
            ("spread", _("the interquartile range")),
            ("comments", _("comments without names")),
        ],
        "whose": [
            ("panel", _("the whole panel")),
            ("own group", _("their own stakeholder group")),
            ("all groups", _("the whole panel and each stakeholder group")),
        ],
        "approval": [
            ("flagged", _("those that could give somebody away")),
            ("all", _("all of them")),
        ],
    }
