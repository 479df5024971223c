"""Chances of consensus, against every way in which a panel can answer, written out one by one."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod

import pytest

from surveys.delphi import presets
from surveys.delphi.chance import Opinion, chances, opinions
from surveys.delphi.conditions import EqualGroups, EveryGroup, Share
from surveys.delphi.consensus import ConsensusRule, Verdict
from surveys.delphi.scale import Scale
from surveys.delphi.summary import ItemCounts
from surveys.stats import planning

FOUR, FIVE, NINE = Scale.of(1, 4), Scale.of(1, 5), Scale.of(1, 9)


def written_out(rule, scale, n, asked, groups=None):
    """Exact fractions by verdict for each opinion: expert by expert, every panel judged by itself."""
    found = [dict.fromkeys(Verdict, Fraction(0)) for _ in asked]
    names = [name for name, size in (groups or {"": n}).items() for _ in range(size)]
    judged = {}
    for ratings in product(scale.points, repeat=n):
        # Who within a group gave which rating makes no other panel.
        panel = tuple(sorted(zip(names, ratings, strict=True)))
        if panel not in judged:
            parts = {
                name: ItemCounts.of([given for whose, given in panel if whose == name], scale)
                for name in groups or {}
            }
            judged[panel] = rule.judge(ItemCounts.of(ratings, scale), scale, parts or None).verdict
        for chances_of, opinion in zip(found, asked, strict=True):
            chances_of[judged[panel]] += prod(opinion.shares[r - scale.low] for r in ratings)
    return found


@pytest.mark.parametrize(
    ("name", "scale", "n"),
    [
        ("comet-70-15", FIVE, 5),
        ("share-75", NINE, 3),
        ("median-iqr", FIVE, 5),
        ("one-band-75", FOUR, 5),
        ("near-median-80", FIVE, 4),
        ("rand-relaxed", FIVE, 5),
        ("cvr", FIVE, 5),
    ],
)
def test_exact_chances_are_those_of_every_panel_written_out(name, scale, n):
    rule = replace(presets.preset(name).rule(scale), minimum=3)
    asked = opinions(scale)
    exactly = written_out(rule, scale, n, asked)
    for found, wanted in zip(chances(rule, scale, n, asked), exactly, strict=True):
        assert found.exact
        assert found.error(Verdict.IN) == 0
        assert found.of == pytest.approx(
            {v: float(share) for v, share in wanted.items()}, abs=1e-12
        )


@pytest.mark.parametrize("wrapped", [EveryGroup, EqualGroups])
def test_drawn_chances_lie_within_their_error_of_those_written_out(wrapped):
    rule = ConsensusRule.mirrored(wrapped(Share.of("high", ">=", 50)), minimum=4)
    sizes = {"nurse": 3, "physician": 2}
    asked = [Opinion.random(FIVE), Opinion.agreement(FIVE, 70)]
    exactly = written_out(rule, FIVE, 5, asked, sizes)
    for found, wanted in zip(chances(rule, FIVE, 5, asked, groups=sizes), exactly, strict=True):
        assert not found.exact
        for verdict in Verdict:
            far = abs(found.of[verdict] - float(wanted[verdict]))
            assert far <= 4 * found.error(verdict) + 1e-9


def test_drawing_agrees_with_looking_at_every_panel():
    """The same rule on a scale of two points more than can be written out, both ways."""
    rule = presets.preset("median-iqr").rule(NINE)
    (drawn,) = chances(rule, NINE, 30, [Opinion.agreement(NINE, 80)])
    assert (drawn.panels, drawn.exact) == (4_000, False)
    again = chances(rule, NINE, 30, [Opinion.agreement(NINE, 80)])
    assert again[0].of == drawn.of
    other = chances(rule, NINE, 30, [Opinion.agreement(NINE, 80)], seed=2)
    assert other[0].of != drawn.of
    assert abs(other[0].of[Verdict.IN] - drawn.of[Verdict.IN]) < 6 * drawn.error(Verdict.IN)


def test_a_rule_of_shares_stays_exact_on_a_large_panel_and_agrees_with_the_planning_of_studies():
    rule = ConsensusRule.mirrored(presets.preset("comet-70-15").rule(NINE).in_when)
    for opinion in opinions(NINE):
        (found,) = chances(rule, NINE, 120, [opinion])
        high, low = (sum(opinion.shares[6:]), sum(opinion.shares[:3]))
        clause = planning.ShareClause(0.7, opposite_below=0.15, fewest=5)
        wanted = planning.chance_of_consensus(clause, 120, region=float(high), opposite=float(low))
        assert found.exact
        assert found.of[Verdict.IN] == pytest.approx(wanted.chance, abs=1e-9)
        assert sum(found.of.values()) == pytest.approx(1)


def test_too_small_a_panel_is_always_undecided():
    rule = presets.preset("share-75").rule(FIVE)
    for found in chances(rule, FIVE, 4, opinions(FIVE)):
        assert found.of[Verdict.UNDECIDED] == pytest.approx(1)
    with pytest.raises(ValueError, match="no -1 experts"):
        chances(rule, FIVE, -1, opinions(FIVE))


@pytest.mark.parametrize("scale", [FOUR, FIVE, NINE, Scale.of(0, 10), Scale.of(1, 2)])
def test_every_opinion_is_a_whole_and_leans_as_it_says(scale):
    for opinion in opinions(scale):
        assert sum(opinion.shares) == 1
        high = sum(opinion.shares[scale.high_from - scale.low :])
        assert opinion.agreeing is None or high == Fraction(opinion.agreeing, 100)
