"""Chances of being called stable, against every way in which experts can rate twice."""

import doctest
from fractions import Fraction
from itertools import combinations_with_replacement
from math import factorial, prod

import numpy as np
import pytest
from scipy import stats as scipy_stats

from surveys.delphi import settling as module
from surveys.delphi.chance import Opinion
from surveys.delphi.scale import Scale
from surveys.delphi.settling import Truth, pairs_needed, settling, truths
from surveys.delphi.stability import (
    REASONS,
    IqrChange,
    Kappa,
    NetChange,
    ShareKept,
    StabilityReason,
    StabilityRule,
)
from surveys.delphi.summary import PairCounts
from tests.delphi.rulebook import FIVE, FOUR, NINE

THREE = Scale.of(1, 3)
RULES = (
    StabilityRule.of("unchanged", ">=", 75, minimum_pairs=2),
    StabilityRule.of("within one", ">", 60, minimum_pairs=1),
    StabilityRule.of("same band", ">=", "200/3", net_change_under=30, minimum_pairs=3),
    StabilityRule((Kappa(">=", Fraction(3, 5)),), 1),
    StabilityRule((IqrChange("<=", Fraction(1, 2), "weibull"), NetChange("<", Fraction(40))), 1),
    StabilityRule((ShareKept("unchanged", ">", 50), ShareKept("same band", ">=", 75)), 2),
)


def written_out(rule, scale, n, asked):
    """Exact fractions by reason for each truth: every multiset of pairs judged by itself."""
    found = [dict.fromkeys(StabilityReason, Fraction(0)) for _ in asked]
    every = [(one, other) for one in scale.points for other in scale.points]
    for panel in combinations_with_replacement(every, n):
        reason = rule.judge(PairCounts.of(panel, scale), scale).reason
        orders = factorial(n) // prod(factorial(panel.count(pair)) for pair in set(panel))
        for chances_of, truth in zip(found, asked, strict=True):
            chances_of[reason] += orders * prod(
                truth.shares[one - scale.low][other - scale.low] for one, other in panel
            )
    return found


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("n", [0, 1, 4])
def test_exact_chances_are_those_of_every_table_written_out(rule, n):
    asked = truths(THREE)
    exactly = written_out(rule, THREE, n, asked)
    for found, wanted in zip(settling(rule, THREE, n, asked), exactly, strict=True):
        assert found.exact
        assert found.error == 0
        assert found.of == pytest.approx({r: float(share) for r, share in wanted.items()})
        assert found.stable + found.not_assessed == pytest.approx(1 - found.of["moved"])


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("scale", [FIVE, FOUR, NINE])
def test_many_tables_at_once_are_judged_as_one_by_one(rule, scale):
    rng = np.random.default_rng(5)
    flat = module._shares(truths(scale)[4]).ravel()
    tables = np.concatenate([module._tables(rng, flat, n, 8) for n in (0, 1, 2, 5, 8, 200)])
    square = module._square(tables, scale)
    for table, code in zip(square, rule.reasons_each(square, scale), strict=True):
        judged = rule.judge(PairCounts(tuple(map(tuple, table.tolist()))), scale)
        assert REASONS[code] is judged.reason


def test_drawn_chances_lie_within_their_error_of_those_written_out(monkeypatch):
    rule, asked = RULES[2], truths(THREE)
    exactly = written_out(rule, THREE, 5, asked)
    monkeypatch.setattr(module, "EXACT_TABLES", 0)
    for found, wanted in zip(settling(rule, THREE, 5, asked), exactly, strict=True):
        assert (found.panels, found.seed) == (1_000, module.SEED)
        for reason, share in wanted.items():
            chance = float(share)
            error = (chance * (1 - chance) / found.panels) ** 0.5
            assert abs(found.of[reason] - chance) <= 4.5 * error + 1e-9
    again = settling(rule, THREE, 5, asked)
    assert [one.of for one in again] == [one.of for one in settling(rule, THREE, 5, asked)]
    assert [one.of for one in again] != [one.of for one in settling(rule, THREE, 5, asked, seed=2)]


@pytest.mark.parametrize("percent", [50, 70, 80, 90])
@pytest.mark.parametrize("others", ["one point", "anywhere"])
def test_the_share_kept_is_binomial_on_any_panel(percent, others):
    rule = StabilityRule.of("unchanged", ">=", 75)
    truth = Truth.keeping(Opinion.agreement(NINE, 80), percent, others)
    (found,) = settling(rule, NINE, 40, [truth])
    assert found.exact
    assert found.stable == pytest.approx(scipy_stats.binom.sf(29, 40, percent / 100))


def test_who_moves_by_one_point_is_no_mover_for_a_rule_that_lets_one_point_pass():
    rule = StabilityRule.of("within one", ">=", 80)
    near, far = (
        Truth.keeping(Opinion.agreement(NINE, 80), 50, others)
        for others in ("one point", "anywhere")
    )
    for_near, for_far = settling(rule, NINE, 20, [near, far])
    assert for_near.stable == pytest.approx(1)
    assert for_far.stable < 0.2


def test_too_few_pairs_are_counted_apart():
    for found in settling(StabilityRule.of("same band", ">=", 80), NINE, 4, truths(NINE)):
        assert found.exact
        assert found.of[StabilityReason.TOO_FEW_PAIRS] == pytest.approx(1)
        assert found.not_assessed == pytest.approx(1)
    with pytest.raises(ValueError, match="no -1 pairs"):
        settling(RULES[0], NINE, -1, truths(NINE))


@pytest.mark.parametrize("rule", [RULES[0], StabilityRule.of("unchanged", ">", 50)])
@pytest.mark.parametrize("percent", [70, 90])
def test_from_the_number_of_pairs_found_on_the_chance_is_reached(rule, percent):
    truth = Truth.keeping(Opinion.agreement(FIVE, 80), percent, "anywhere")
    for wanted, found in zip((0.8, 0.9), pairs_needed(rule, FIVE, truth, (0.8, 0.9)), strict=True):
        reached = [settling(rule, FIVE, n, [truth])[0].stable for n in range(1, 150)]
        if found is None:
            assert reached[-1] < wanted - 1e-9
        else:
            assert min(reached[found - 1 :]) >= wanted - 1e-9
            assert found == 1 or reached[found - 2] < wanted
    assert module.is_counted(rule)


def test_pairs_that_have_to_be_drawn_are_about_as_many_as_counting_would_say():
    """A second clause that every panel meets makes the rule one that is drawn."""
    counted = StabilityRule.of("unchanged", ">=", 75)
    drawn = StabilityRule((*counted.clauses, NetChange("<=", Fraction(100))))
    truth = Truth.keeping(Opinion.agreement(FIVE, 80), 80, "anywhere")
    sizes = module.SIZES_DRAWN
    reached = [settling(counted, FIVE, size, [truth])[0].stable for size in sizes]
    exactly = next(at for at in range(len(sizes)) if min(reached[at:]) >= 0.8)
    (roughly,) = pairs_needed(drawn, FIVE, truth, (0.8,))
    assert not module.is_counted(drawn)
    assert abs(sizes.index(roughly) - exactly) <= 1


@pytest.mark.parametrize("scale", [FOUR, FIVE, NINE, Scale.of(1, 2), Scale.of(0, 10)])
def test_every_truth_is_a_whole_and_keeps_what_it_says(scale):
    for truth in truths(scale):
        assert sum(map(sum, truth.shares)) == 1
        kept = sum(truth.shares[at][at] for at in range(len(scale)))
        assert truth.kept is None or kept == Fraction(truth.kept, 100)


def test_examples():
    assert doctest.testmod(module).failed == 0
