"""Stability rules: kept ratings, net change, kappa and spread, for pairs."""

import doctest
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi import stability
from surveys.delphi.stability import (
    IqrChange,
    Kappa,
    Kept,
    NetChange,
    ShareKept,
    StabilityReason,
    StabilityRule,
)
from surveys.delphi.stored import load
from surveys.delphi.summary import PairCounts
from tests.delphi.rulebook import FIVE, FOUR, LOCALES, NINE

PAIRS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=14)
WITHIN_ONE = StabilityRule.of("within one", ">=", 80, net_change_under=15)
RULES = (
    WITHIN_ONE,
    StabilityRule.of("unchanged", ">", 85, minimum_pairs=1),
    StabilityRule.of("same band", ">=", 80),
    StabilityRule((NetChange("<=", "15"),)),
    StabilityRule((Kappa(">=", "0.6"), IqrChange("<=", "0.5")), minimum_pairs=1),
)


def pairs_of(*pairs, scale=FIVE):
    return PairCounts.of(pairs, scale)


@pytest.mark.parametrize(
    ("kept", "count"), [(Kept.UNCHANGED, 2), (Kept.WITHIN_ONE, 4), (Kept.SAME_BAND, 3)]
)
def test_keeping_a_rating_has_three_meanings(kept, count):
    pairs = pairs_of((4, 4), (4, 5), (2, 3), (5, 5), (5, 1))

    found = ShareKept(kept, ">=", "80").check(pairs, FIVE)

    assert (found.count, found.total, found.needed) == (count, 5, 4)
    assert found.holds is (count >= 4)


def test_80_percent_of_five_pairs_is_four():
    pairs = pairs_of((4, 4), (4, 5), (2, 3), (5, 5), (5, 1))

    assert StabilityRule.of("within one", ">=", 80).judge(pairs, FIVE).stable is True
    assert StabilityRule.of("within one", ">", 80).judge(pairs, FIVE).stable is False


def test_half_the_panel_swapping_with_the_other_half_is_not_stable():
    swapped = PairCounts.of([(1, 9)] * 5 + [(9, 1)] * 5, NINE)

    assert StabilityRule((NetChange("<", "15"),)).judge(swapped, NINE).stable is True
    assert StabilityRule.of("unchanged", ">=", 80).judge(swapped, NINE).stable is False


def test_a_drift_of_everyone_by_one_point_is_seen_by_the_net_change():
    drifted = PairCounts.of([(3, 4)] * 10, FIVE)

    judged = WITHIN_ONE.judge(drifted, FIVE)

    assert judged.stable is False
    assert judged.net_change == 1
    assert judged.sentence("en") == (
        "Not stable: 10 of 10 (100%) stayed within one scale point; net change 100%."
    )


def test_an_item_rated_once_is_not_assessed():
    judged = WITHIN_ONE.judge(PairCounts.none(FIVE), FIVE)

    assert judged.stable is None
    assert judged.reason is StabilityReason.RATED_ONCE
    assert judged.sentence("en") == "Stability not assessed: rated once."


def test_too_few_pairs_are_not_assessed_and_counted():
    judged = WITHIN_ONE.judge(pairs_of((4, 4)), FIVE)

    assert judged.reason is StabilityReason.TOO_FEW_PAIRS
    assert judged.net_change == 0
    assert judged.sentence("en") == (
        "Stability not assessed: 1 expert rated it in both rounds, the rule asks for at least 5."
    )


def test_a_unanimous_panel_that_stays_is_stable_though_kappa_is_undefined():
    judged = StabilityRule((Kappa(">=", "0.6"),)).judge(pairs_of(*[(5, 5)] * 6), FIVE)

    assert judged.stable is True
    assert judged.findings[0].value is None
    assert "undefined: every rating is the same" in judged.sentence("en")


def test_a_panel_that_moves_from_one_point_to_another_agrees_no_better_than_chance():
    judged = StabilityRule((Kappa(">=", "0.6"),)).judge(pairs_of(*[(4, 5)] * 6), FIVE)

    assert judged.stable is False
    assert judged.findings[0].value == 0


@given(PAIRS.filter(lambda pairs: len({value for pair in pairs for value in pair}) > 1))
def test_weighted_kappa_is_scikit_learns(pairs):
    from sklearn.metrics import cohen_kappa_score  # scikit-learn 1.7, test-only

    earlier, later = zip(*pairs, strict=True)
    found = Kappa(">=", "0.6").check(PairCounts.of(pairs, FIVE), FIVE)
    theirs = cohen_kappa_score(earlier, later, weights="quadratic", labels=list(FIVE))

    assert found.value is not None
    assert float(found.value) == pytest.approx(theirs, abs=1e-12)


@given(PAIRS.filter(lambda pairs: len(pairs) > 1))
def test_the_change_of_iqr_is_the_difference_of_two_iqrs(pairs):
    widths = [
        np.subtract(*np.quantile(column, (0.75, 0.25))) for column in zip(*pairs, strict=True)
    ]

    found = IqrChange("<=", "0.5").check(PairCounts.of(pairs, FIVE), FIVE)

    assert float(found.value) == pytest.approx(abs(widths[1] - widths[0]))


def test_one_pair_has_no_change_of_spread():
    judged = StabilityRule((IqrChange("<=", 1),), minimum_pairs=1).judge(pairs_of((4, 4)), FIVE)

    assert judged.stable is None
    assert judged.reason is StabilityReason.UNDEFINED
    assert judged.sentence("en") == "Stability not assessed: one pair has no spread."


@given(PAIRS, st.sampled_from(RULES))
def test_every_answer_is_said_in_every_language_and_exported(pairs, rule):
    judged = rule.judge(PairCounts.of(pairs, FIVE), FIVE)

    assert judged.to_json()["pairs"] == len(pairs)
    for locale in LOCALES:
        assert "{" not in judged.sentence(locale)
        assert judged.sentence(locale).endswith(".")


@given(PAIRS, st.sampled_from(RULES))
def test_adding_an_expert_who_stays_never_unsettles_the_share(pairs, rule):
    if not isinstance(rule.clauses[0], ShareKept) or len(rule.clauses) > 1:
        return
    before = rule.judge(PairCounts.of(pairs, FIVE), FIVE).stable
    after = rule.judge(PairCounts.of([*pairs, (3, 3)], FIVE), FIVE).stable

    assert not (before is True and after is False)


@pytest.mark.parametrize("rule", RULES)
def test_stability_rules_are_stored_and_said(rule):
    assert load(rule.to_json()) == rule
    assert StabilityRule.from_json(rule.to_json()).hash == rule.hash
    assert all("{" not in rule.sentence(locale, FIVE) for locale in LOCALES)


def test_a_rule_knows_its_quantile_definition():
    rule = RULES[-1]

    assert rule.quantile_methods == ("linear",)
    assert rule.with_quantiles("weibull").quantile_methods == ("weibull",)
    assert WITHIN_ONE.with_quantiles("weibull") == WITHIN_ONE


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: ShareKept(Kept.UNCHANGED, "<=", "80"), "many kept ratings, not '<='"),
        (lambda: NetChange(">=", "15"), "little change, not '>='"),
        (lambda: Kappa("<", "0.6"), "a high kappa, not '<'"),
        (lambda: IqrChange(">", "1"), "little change, not '>'"),
        (lambda: StabilityRule(()), "at least one clause"),
        (lambda: StabilityRule(("kept",)), "'kept' says nothing about stability"),
        (lambda: StabilityRule.of("unchanged", ">=", 80, minimum_pairs=0), "at least 1, not 0"),
        (lambda: StabilityRule.of("moved", ">=", 80), "'moved'"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_when_it_is_made(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()


def test_pairs_of_another_scale_are_refused():
    with pytest.raises(ValueError, match="does not fit"):
        WITHIN_ONE.judge(PairCounts.none(FOUR), FIVE)


def test_the_net_change_is_exact():
    found = NetChange("<", "50").check(pairs_of((1, 2), (3, 3)), FIVE)

    assert found.value == Fraction(1, 2)
    assert found.holds is False


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(stability).failed == 0
