"""The RAND/UCLA conditions and content validity, against published tables."""

import doctest
from fractions import Fraction

import pytest
from hypothesis import given

from surveys.delphi import rand, validity
from surveys.delphi.centre import BetweenBands, Iqr
from surveys.delphi.conditions import AllOf, EveryGroup, OneBand, Share, Undefined, table_of
from surveys.delphi.rand import ClassicAgreement, NoDisagreement, SplitRule, WithoutExtremes
from surveys.delphi.summary import ItemCounts
from surveys.delphi.validity import ContentValidity
from tests.delphi.rulebook import FIVE, FOUR, NINE, panels

IPRAS, CLASSIC = NoDisagreement(), NoDisagreement(SplitRule.CLASSIC)


def test_the_disagreement_index_is_that_of_the_published_example():
    # BMJ Open 2012;2:e001431, table 1: P30 7, P70 8, so IPR 1.0 against IPRAS 6.1.
    panel = ItemCounts.of([3, 4, 6] + [7] * 5 + [8] * 5 + [9] * 2, NINE)

    found = IPRAS.check(panel, NINE)

    assert found.holds
    assert found.value == Fraction(10, 61)
    assert found.sentence("en", NINE) == "disagreement index 0.16"


def test_the_quantile_definition_can_decide_disagreement():
    panel = ItemCounts.of([1, 2, 3, 6, 7, 7, 8, 9, 9], NINE)

    assert NoDisagreement(quantile_method="linear").check(panel, NINE).holds is True
    assert NoDisagreement(quantile_method="weibull").check(panel, NINE).holds is False
    assert IPRAS.with_quantiles(6).quantiles == "weibull"
    assert CLASSIC.quantiles is None


def test_ipras_is_for_one_to_nine_and_for_no_other_scale():
    with pytest.raises(ValueError, match="1 to 9"):
        IPRAS.check(ItemCounts.of([1, 5], FIVE), FIVE)


@pytest.mark.parametrize(
    ("n", "each_end", "split"),
    [(8, 3, True), (10, 2, False), (10, 3, True), (11, 3, False), (11, 4, True), (14, 5, True)],
)
def test_classic_disagreement_goes_by_the_ratings_of_the_item(n, each_end, split):
    # BMC Med Inform Decis Mak 2012;12:93, table 7.
    panel = ItemCounts.of([1] * each_end + [9] * each_end + [5] * (n - 2 * each_end), NINE)

    found = CLASSIC.check(panel, NINE)

    assert found.holds is not split
    assert (found.count, found.total) == (each_end, n)


@pytest.mark.parametrize(
    ("n", "outside", "agree"),
    [(10, 2, True), (10, 3, False), (11, 3, True), (13, 4, False), (16, 4, True), (16, 5, False)],
)
def test_classic_agreement_allows_a_few_outside_the_medians_band(n, outside, agree):
    panel = ItemCounts.of([5] * outside + [8] * (n - outside), NINE)

    found = ClassicAgreement().check(panel, NINE)

    assert found.holds is agree
    assert found.count == outside


@pytest.mark.parametrize("between", BetweenBands)
def test_a_median_between_bands_leaves_half_the_panel_outside_either(between):
    panel = ItemCounts.of([6, 6, 6, 6, 6, 7, 7, 7, 7, 7], NINE)

    found = ClassicAgreement(between).check(panel, NINE)

    assert (found.holds, found.count) == (False, 5)


@pytest.mark.parametrize("condition", [IPRAS, CLASSIC, ClassicAgreement()])
def test_one_expert_can_neither_agree_nor_disagree(condition):
    assert condition.check(ItemCounts.of([7], NINE), NINE).undefined is Undefined.ONE_RATING
    nobody = condition.check(ItemCounts((0,) * 9), NINE)
    assert nobody.undefined is Undefined.NOBODY_RATED


def test_both_rules_overlook_a_minority_below_their_cut():
    eight_to_three = ItemCounts.of([8] * 8 + [2] * 3, NINE)

    assert IPRAS.check(eight_to_three, NINE).value == 0
    assert CLASSIC.check(eight_to_three, NINE).holds


def test_extremes_are_left_out_one_at_each_end():
    panel = ItemCounts.of([1, 7, 8, 8, 9], NINE)
    together = OneBand(">=", "100")

    assert not together.check(panel, NINE).holds
    found = WithoutExtremes(together).check(panel, NINE)
    assert found.holds
    assert found.parts[0].total == 3


def test_nothing_is_left_of_two_ratings():
    found = WithoutExtremes(Share.of("high", ">=", 70)).check(ItemCounts.of([7, 9], NINE), NINE)

    assert found.undefined is Undefined.NOBODY_RATED
    assert found.sentence("en", NINE) == "nobody rated it"


@pytest.mark.parametrize("wrong", ["high", EveryGroup(Share.of("high", ">=", 70))])
def test_extremes_are_left_out_inside_groups_and_not_around_them(wrong):
    with pytest.raises(ValueError, match="condition|inside the groups"):
        WithoutExtremes(wrong)


def test_a_trimmed_condition_is_changed_inside():
    trimmed = WithoutExtremes(AllOf((Share.of("high", ">=", 70), Iqr.of("<=", 1))))

    assert trimmed.mirrored() == WithoutExtremes(
        AllOf((Share.of("low", ">=", 70), Iqr.of("<=", 1)))
    )
    changed = trimmed.rebuilt(lambda leaf: leaf.with_quantiles("weibull"))
    assert list(changed.leaves())[1].quantiles == "weibull"


# Ayre C, Scally AJ. Meas Eval Couns Dev 2014;47:79-86, table 1.
CRITICAL = {5: 5, 7: 7, 8: 7, 9: 8, 10: 9, 11: 9, 12: 10, 13: 10, 14: 11, 15: 12, 20: 15, 40: 26}


@pytest.mark.parametrize(("experts", "needed"), CRITICAL.items())
def test_the_critical_number_of_essential_ratings_is_the_exact_one(experts, needed):
    enough = ItemCounts((0, 0, experts - needed, 0, needed))
    one_less = ItemCounts((0, 0, experts - needed + 1, 0, needed - 1))

    assert ContentValidity().check(enough, FIVE).holds
    short = ContentValidity().check(one_less, FIVE)
    assert not short.holds
    assert short.needed == needed
    assert short.value == Fraction(2 * (needed - 1) - experts, experts)


def test_four_experts_are_too_few_for_content_validity():
    assert (
        ContentValidity().check(ItemCounts.of([5] * 4, FIVE), FIVE).undefined
        is Undefined.PANEL_TOO_SMALL
    )
    assert ContentValidity().check(ItemCounts((0,) * 5), FIVE).undefined is Undefined.NOBODY_RATED


def test_a_panel_of_thousands_has_a_critical_number():
    # 2**2000 has no float; the exact tail is summed in whole numbers.
    needed = ContentValidity().critical(2000)

    assert needed == 1038


@given(panels(FOUR, least=1))
def test_content_validity_in_a_table_is_that_of_one_item(counts):
    condition = ContentValidity("high", "5")
    held = condition.holds_each(table_of([counts], FOUR), FOUR)[0]

    assert {1: True, 0: False, -1: None}[int(held)] is condition.check(counts, FOUR).holds


def test_content_validity_can_be_asked_of_the_other_end():
    assert ContentValidity().mirrored() == ContentValidity("low")


@pytest.mark.parametrize("alpha", ["0", "100"])
def test_a_level_lies_between_nothing_and_everything(alpha):
    with pytest.raises(ValueError, match="between 0 and 100"):
        ContentValidity("high", alpha)


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(rand).failed == 0
    assert doctest.testmod(validity).failed == 0
