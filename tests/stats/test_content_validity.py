"""Content validity against printed tables, scipy and statsmodels, and every edge."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from statsmodels.stats.proportion import proportion_confint

from surveys.stats import content_validity, counts
from surveys.stats.ratings import NOBODY_RATED, ScalePoints
from tests.published.content_validity_tables import AYRE_SCALLY, POLIT_KAPPA

FOUR = ScalePoints(1, 4)


def relevance(*pairs):
    """Items with so many experts, of whom so many call the item relevant (3 or 4)."""
    rows = [[n - yes, 0, yes, 0] for n, yes in pairs]
    return counts.from_counts(rows, points=FOUR)


def test_the_ratio_runs_from_nobody_over_half_to_all():
    assert content_validity.ratio([0, 5, 10], 10).tolist() == [-1, 0, 1]
    assert np.isnan(content_validity.ratio(0, 0))


def test_more_essential_than_experts_is_refused():
    with pytest.raises(ValueError, match="count 11 is not a whole number from 0 to 10"):
        content_validity.ratio(11, 10)


@pytest.mark.parametrize(("experts", "expected"), AYRE_SCALLY.items())
def test_critical_ratios_are_ayre_and_scallys(experts, expected):
    critical = content_validity.critical_ratio(experts)

    assert critical.essential == expected[0]
    assert critical.cvr == pytest.approx(expected[1], abs=5e-4)


@pytest.mark.parametrize("experts", range(5, 41))
def test_critical_ratios_follow_the_binomial_test(experts):
    needed = content_validity.critical_ratio(experts).essential

    p, p_less = (
        stats.binomtest(count, experts, alternative="greater").pvalue
        for count in (needed, needed - 1)
    )
    assert p <= 0.05 < p_less


@pytest.mark.parametrize("experts", [1_001, 2_000, 100_000])
def test_critical_ratios_of_large_panels_follow_the_binomial_distribution(experts):
    needed = content_validity.critical_ratio(experts).essential

    # The tail of a fair coin, summed in logarithms.
    def tail(count):
        at = np.arange(count, experts + 1)
        logs = special.gammaln(experts + 1) - special.gammaln(at + 1)
        logs -= special.gammaln(experts - at + 1) + experts * np.log(2)
        return np.exp(logs).sum()

    assert tail(needed) <= 0.05 < tail(needed - 1)


def test_a_large_panel_at_a_level_no_float_can_tell_apart_is_counted():
    # The chance that 600 or more of 1,001 coins fall on one side, exactly.
    alpha = Fraction(sum(math.comb(1_001, at) for at in range(600, 1_002)), 2**1_001)

    assert content_validity.critical_ratio(1_001, alpha=alpha).essential == 600


def test_four_experts_can_never_be_enough():
    critical = content_validity.critical_ratio(4)

    assert (critical.cvr, critical.essential) == (None, None)
    assert critical.reason == content_validity.NOT_ENOUGH_EXPERTS


def test_a_lenient_level_counts_down_to_nobody():
    assert content_validity.critical_ratio(1, alpha=0.6).essential == 1
    assert content_validity.critical_ratio(3, alpha=0.999).essential == 1


def test_lawshes_table_is_legacy_and_lenient_at_ten():
    legacy = content_validity.critical_ratio(10, source="lawshe")

    assert (legacy.cvr, legacy.essential) == (0.62, 9)
    assert content_validity.critical_ratio(9, source="lawshe").essential == 8
    missing = content_validity.critical_ratio(17, source="lawshe")
    assert (missing.cvr, missing.reason) == (None, content_validity.NOT_IN_TABLE)


def test_wilsons_approximation_differs_at_thirteen():
    legacy = content_validity.critical_ratio(13, source="wilson")

    assert legacy.cvr == pytest.approx(0.456, abs=5e-4)
    assert legacy.essential == 10
    too_few = content_validity.critical_ratio(2, source="wilson")
    assert (too_few.essential, too_few.reason) == (None, content_validity.NOT_ENOUGH_EXPERTS)


def test_wrong_settings_are_named():
    with pytest.raises(ValueError, match="at least one expert, not 0"):
        content_validity.critical_ratio(0)
    with pytest.raises(ValueError, match="alpha 5 is not"):
        content_validity.critical_ratio(10, alpha=5)
    with pytest.raises(ValueError, match=r"alpha 0\.05, not 0\.01"):
        content_validity.critical_ratio(10, alpha=0.01, source="lawshe")
    with pytest.raises(ValueError, match="called 'ayre'"):
        content_validity.critical_ratio(10, source="ayre")


@pytest.mark.parametrize("row", POLIT_KAPPA)
def test_kappa_is_polits(row):
    n, yes, i_cvi, chance, kappa = row
    found = content_validity.indices(relevance((n, yes)), relevant=(3, 4))

    # The paper computes kappa from rounded numbers, which moves its second place.
    assert found.i_cvi[0] == pytest.approx(i_cvi, abs=0.0051)
    assert found.chance[0] == pytest.approx(chance, abs=0.00051)
    assert found.kappa[0] == pytest.approx(kappa, abs=0.011)


def test_the_list_has_an_average_and_a_unanimous_share():
    found = content_validity.indices(relevance((6, 6), (6, 5), (5, 5), (6, 3)), relevant=(3, 4))

    assert found.s_cvi_ave == pytest.approx((1 + 5 / 6 + 1 + 0.5) / 4)
    assert found.s_cvi_ua == 0.5
    assert found.reason is None
    assert found.relevant.tolist() == [6, 5, 5, 3]


def test_an_unrated_item_leaves_the_list_undefined():
    found = content_validity.indices(relevance((6, 6), (0, 0)), relevant=(3, 4))

    assert np.isnan(found.i_cvi).tolist() == [False, True]
    assert np.isnan(found.chance).tolist() == [False, True]
    assert (found.s_cvi_ave, found.s_cvi_ua, found.reason) == (None, None, NOBODY_RATED)


def test_a_list_of_no_items_is_undefined():
    none = counts.from_counts(np.empty((0, 4)), points=FOUR)

    assert content_validity.indices(none, relevant=(3, 4)).s_cvi_ave is None


def test_one_expert_has_no_kappa():
    found = content_validity.indices(relevance((1, 1)), relevant=(3, 4))

    assert found.i_cvi[0] == 1
    assert np.isnan(found.kappa[0])


@given(st.integers(0, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_chance_is_the_binomial_at_one_half(case):
    n, yes = case
    found = content_validity.indices(relevance((n, yes)), relevant=(3, 4))

    if n:
        assert found.chance[0] == pytest.approx(math.comb(n, yes) / 2**n)


def test_v_runs_from_the_lowest_to_the_highest_point():
    panel = counts.from_counts([[5, 0, 0, 0], [0, 0, 0, 5], [5, 0, 0, 5], [0] * 4], points=FOUR)

    assert content_validity.aiken_v(panel)[:3].tolist() == [0, 1, 0.5]
    assert np.isnan(content_validity.aiken_v(panel)[3])


@given(st.lists(st.integers(1, 4), min_size=1, max_size=20))
def test_the_interval_of_v_is_penfield_and_giacobbis(ratings):
    panel = counts.from_ratings(ratings, points=FOUR)
    found = content_validity.aiken_interval(panel)

    n, k, z = len(ratings), 3, stats.norm.ppf(0.975)
    v = content_validity.aiken_v(panel)[0]
    root = z * math.sqrt(4 * n * k * v * (1 - v) + z * z)
    lower = (2 * n * k * v + z * z - root) / (2 * (n * k + z * z))
    upper = (2 * n * k * v + z * z + root) / (2 * (n * k + z * z))
    assert found.lower[0] == pytest.approx(lower, abs=1e-9)
    assert found.upper[0] == pytest.approx(upper, abs=1e-9)
    theirs = proportion_confint(sum(ratings) - n, n * k, method="wilson")
    assert (found.lower[0], found.upper[0]) == pytest.approx(theirs, abs=1e-9)


def test_v_of_nobody_has_no_interval():
    found = content_validity.aiken_interval(counts.from_counts([[0] * 4], points=FOUR))

    assert np.isnan([found.lower[0], found.upper[0]]).all()
