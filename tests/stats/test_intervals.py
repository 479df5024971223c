"""Intervals for shares against statsmodels, papers, and their own coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats import proportion as reference

from surveys.stats import intervals

THEIR_NAMES = {"wilson": "wilson", "clopper-pearson": "beta", "jeffreys": "jeffreys"}


@pytest.mark.parametrize("method", THEIR_NAMES)
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_a_share_has_the_limits_of_statsmodels(method, confidence):
    n = np.array([1, 2, 5, 11, 11, 30, 100_000])
    count = np.array([1, 1, 4, 3, 8, 0, 70_000])

    ours = intervals.proportion(count, n, method=method, confidence=confidence)

    lower, upper = reference.proportion_confint(
        count, n, alpha=1 - confidence, method=THEIR_NAMES[method]
    )
    inside = (count > 0) & (count < n)
    np.testing.assert_allclose(ours.lower[inside], lower[inside], rtol=1e-9)
    np.testing.assert_allclose(ours.upper[inside], upper[inside], rtol=1e-9)
    assert (ours.method, ours.confidence) == (method, confidence)


@pytest.mark.parametrize("method", THEIR_NAMES)
def test_a_limit_at_the_edge_is_the_edge(method):
    nobody = intervals.proportion(0, 11, method=method)
    everybody = intervals.proportion(11, 11, method=method)

    assert nobody.lower == 0
    assert 0 < nobody.upper < 1
    assert everybody.upper == 1
    assert 0 < everybody.lower < 1


def test_the_jeffreys_limit_opposite_an_edge_is_the_posterior_quantile():
    # DescTools keeps the two-sided quantile at the other end; so does statsmodels.
    assert intervals.proportion(0, 11, method="jeffreys").upper == pytest.approx(
        reference.proportion_confint(0, 11, method="jeffreys")[1]
    )


@pytest.mark.parametrize("method", THEIR_NAMES)
def test_without_ratings_there_are_no_limits(method):
    interval = intervals.proportion([0, 1], [0, 2], method=method)

    assert np.isnan(interval.lower).tolist() == [True, False]
    assert np.isnan(interval.upper).tolist() == [True, False]


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_limits_hold_the_share_and_mirror_the_other_answer(case):
    count, n = case
    for method in THEIR_NAMES:
        yes = intervals.proportion(count, n, method=method)
        no = intervals.proportion(n - count, n, method=method)
        assert 0 <= yes.lower <= count / n <= yes.upper <= 1
        assert yes.lower == pytest.approx(1 - no.upper, abs=1e-12)


def test_clopper_pearson_never_covers_too_little():
    n = 17
    k = np.arange(n + 1)
    limits = intervals.proportion(k, n, method="clopper-pearson")
    for share in np.linspace(0.01, 0.99, 99):
        chance = np.array([_binomial(int(count), n, share) for count in k])
        covered = (limits.lower <= share) & (share <= limits.upper)
        assert chance[covered].sum() >= 0.95


def _binomial(count, n, share):
    from math import comb

    return comb(n, count) * share**count * (1 - share) ** (n - count)


@pytest.mark.parametrize(("count", "n"), [(-1, 3), (4, 3), (1.5, 3), (float("nan"), 3)])
def test_a_count_that_is_no_count_is_named(count, n):
    with pytest.raises(ValueError, match=f"count {count} is not a whole number from 0 to 3"):
        intervals.proportion(count, n)


def test_unknown_methods_and_levels_are_named():
    with pytest.raises(ValueError, match="share is called 'wald'"):
        intervals.proportion(1, 2, method="wald")
    with pytest.raises(ValueError, match="simultaneous interval is called 'wald'"):
        intervals.simultaneous([1, 2], method="wald")
    with pytest.raises(ValueError, match="confidence 95 is not between 0 and 1"):
        intervals.proportion(1, 2, confidence=95)


@pytest.mark.parametrize("method", ["goodman", "sison-glaz"])
def test_simultaneous_limits_are_those_of_statsmodels(method):
    table = np.array([[4, 5, 1], [10, 0, 0], [1, 1, 1], [1, 0, 0], [56, 72, 73], [3000, 500, 500]])

    ours = intervals.simultaneous(table, method=method)

    for row, lower, upper in zip(table, ours.lower, ours.upper, strict=True):
        theirs = reference.multinomial_proportions_confint(row, 0.05, method=method)
        np.testing.assert_allclose(lower, theirs[:, 0], atol=1e-9)
        np.testing.assert_allclose(upper, theirs[:, 1], atol=1e-9)


@pytest.mark.parametrize("method", ["goodman", "sison-glaz"])
def test_an_item_nobody_rated_has_no_simultaneous_limits(method):
    limits = intervals.simultaneous([[0, 0, 0], [1, 1, 1]], method=method)

    assert np.isnan(limits.lower[0]).all()
    assert np.isnan(limits.upper[0]).all()
    assert not np.isnan(limits.lower[1]).any()


def test_simultaneous_limits_are_wider_than_single_ones():
    together = intervals.simultaneous([8, 2, 1])
    alone = intervals.proportion([8, 2, 1], 11)

    assert (together.lower[0] <= alone.lower).all()
    assert (together.upper[0] >= alone.upper).all()


def test_one_region_is_not_several():
    with pytest.raises(ValueError, match=r"counts of shape \(1, 1\) are not"):
        intervals.simultaneous([[11]])


def test_newcombes_own_example_of_two_separate_panels_is_met():
    interval = intervals.difference_unpaired(56, 70, 48, 80)

    assert interval.lower == pytest.approx(0.0524, abs=5e-5)
    assert interval.upper == pytest.approx(0.3339, abs=5e-5)


@pytest.mark.parametrize("case", [(9, 10, 3, 10), (6, 7, 2, 7), (5, 56, 0, 29), (10, 10, 0, 20)])
def test_separate_panels_differ_as_in_statsmodels(case):
    ours = intervals.difference_unpaired(*case)

    theirs = reference.confint_proportions_2indep(*case, method="newcomb")
    assert (ours.lower, ours.upper) == pytest.approx(theirs, abs=1e-9)


def test_the_paired_airway_example_is_met():
    # Fagerland, Lydersen, Laake, Stat Med 2014;33:2850-75.
    interval = intervals.difference_paired(1, 1, 7, 12)

    assert interval.lower == pytest.approx(-0.507, abs=5e-4)
    assert interval.upper == pytest.approx(-0.026, abs=5e-4)


def test_exchanging_the_rounds_turns_the_paired_interval_round():
    there = intervals.difference_paired([20, 5], [5, 0], [2, 4], [10, 9])
    back = intervals.difference_paired([20, 5], [2, 4], [5, 0], [10, 9])

    np.testing.assert_allclose(there.lower, -back.upper)
    np.testing.assert_allclose(there.upper, -back.lower)


def test_agreement_between_rounds_narrows_the_paired_interval():
    steady = intervals.difference_paired(30, 3, 3, 30)
    crossed = intervals.difference_paired(3, 30, 30, 3)

    assert steady.upper - steady.lower < crossed.upper - crossed.lower


def test_no_pairs_no_difference():
    assert np.isnan(intervals.difference_paired(0, 0, 0, 0).lower)
    assert np.isnan(intervals.difference_unpaired(1, 2, 0, 0).upper)


def test_a_negative_cell_is_named():
    with pytest.raises(ValueError, match="count -1"):
        intervals.difference_paired(-1, 1, 1, 1)
