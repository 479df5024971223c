"""Probabilities of consensus: printed values, adaptive quadrature, Dirichlet draws, limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from surveys.stats import posterior

PANELS = st.integers(0, 60).flatmap(
    lambda n: st.integers(0, n).flatmap(
        lambda full: st.tuples(st.just(full), st.integers(0, n - full), st.just(n))
    )
)


def test_eight_of_eleven_pass_seventy_percent_with_little_certainty():
    assert posterior.share_exceeds(8, 11, threshold=0.70) == pytest.approx(0.56, abs=0.005)
    assert posterior.share_exceeds(8, 11, threshold=0.75) == pytest.approx(0.41, abs=0.005)


@given(PANELS, st.floats(0, 1))
def test_a_single_share_is_a_beta_tail(panel, threshold):
    full, _, n = panel

    expected = stats.beta.sf(threshold, full + 0.5, n - full + 0.5)
    found = posterior.share_exceeds(full, n, threshold=threshold)
    assert found == pytest.approx(expected, abs=1e-12)


def test_shapes_are_kept():
    assert posterior.share_exceeds([[1, 2], [3, 4]], 5, threshold=0.5).shape == (2, 2)
    joint = posterior.both_clauses_hold([[1, 2], [3, 4]], 0, 5, at_least=0.7, opposite_below=0.15)
    assert joint.shape == (2, 2)
    assert posterior.both_clauses_hold(1, 0, 5, at_least=0.7, opposite_below=0.15).shape == ()


CASES = [
    (8, 1, 11), (11, 0, 11), (0, 11, 11), (0, 0, 0), (0, 0, 5), (1, 0, 1), (17, 2, 23),
    (33, 6, 40), (215, 41, 300), (7_050, 1_480, 10_000), (70_100, 14_950, 100_000),
]  # fmt: skip


@pytest.mark.parametrize(("full", "other", "n"), CASES)
@pytest.mark.parametrize("rule", [(0.7, 0.15), (0.5, 0.3), (0.8, 0.15), (0.75, 0.25), (0.9, 0.2)])
def test_the_joint_probability_is_that_of_adaptive_quadrature(full, other, n, rule):
    found = posterior.both_clauses_hold(full, other, n, at_least=rule[0], opposite_below=rule[1])

    assert found == pytest.approx(_by_quadrature(full, other, n, *rule), abs=1e-9)


def _by_quadrature(full, other, n, at_least, limit):
    a, b, c = full + 0.5, other + 0.5, n - full - other + 0.5
    tail = stats.beta.sf(max(at_least, 1 - limit), a, b + c)
    marks = stats.beta.ppf([1e-12, 1e-4, 0.05, 0.3, 0.7, 0.95, 1 - 1e-4, 1 - 1e-12], a, b + c)
    edges = [at_least, *(mark for mark in marks if at_least < mark < 1 - limit), 1 - limit]

    def density(x):
        return stats.beta.pdf(x, a, b + c) * special.betainc(b, c, min(limit / (1 - x), 1))

    if at_least >= 1 - limit:
        return tail
    return tail + sum(
        integrate.quad(density, start, stop, epsabs=1e-12, limit=200)[0]
        for start, stop in zip(edges, edges[1:], strict=False)
    )


@pytest.mark.parametrize(("full", "other", "n"), [(8, 1, 11), (33, 6, 40), (20, 3, 30)])
def test_the_joint_probability_is_the_share_of_dirichlet_draws(full, other, n):
    draws = np.random.default_rng(0).dirichlet(
        [full + 0.5, n - full - other + 0.5, other + 0.5], size=200_000
    )
    share = np.mean((draws[:, 0] >= 0.7) & (draws[:, 2] < 0.15))

    found = posterior.both_clauses_hold(full, other, n, at_least=0.7, opposite_below=0.15)
    assert found == pytest.approx(share, abs=4 * np.sqrt(0.25 / 200_000))


@given(PANELS, st.floats(0.01, 0.99))
def test_without_a_threshold_one_clause_is_the_other_regions_beta(panel, limit):
    full, other, n = panel

    found = posterior.both_clauses_hold(full, other, n, at_least=0, opposite_below=limit)
    assert found == pytest.approx(special.betainc(other + 0.5, n - other + 1, limit), abs=1e-9)
    found = posterior.both_clauses_hold(full, other, n, at_least=limit, opposite_below=1)
    assert found == pytest.approx(stats.beta.sf(limit, full + 0.5, n - full + 1), abs=1e-12)


@given(PANELS, st.floats(0.3, 0.95), st.floats(0.05, 0.6))
def test_two_clauses_are_never_likelier_than_either(panel, at_least, limit):
    full, other, n = panel
    both = posterior.both_clauses_hold(full, other, n, at_least=at_least, opposite_below=limit)

    assert 0 <= both <= stats.beta.sf(at_least, full + 0.5, n - full + 1) + 1e-9
    assert both <= stats.beta.cdf(limit, other + 0.5, n - other + 1) + 1e-9


def test_a_redundant_clause_changes_nothing():
    # With 90 % in one region less than 10 % can be opposite, so "below 15 %" says nothing new.
    both = posterior.both_clauses_hold(9, 1, 11, at_least=0.9, opposite_below=0.15)

    assert both == pytest.approx(stats.beta.sf(0.9, 9.5, 3), abs=1e-12)


def test_below_nothing_is_impossible():
    assert posterior.both_clauses_hold(9, 0, 11, at_least=0.7, opposite_below=0) == 0
    assert posterior.both_clauses_hold(9, 0, 11, at_least=1, opposite_below=0.15) == 0


def test_without_a_middle_the_stricter_clause_decides():
    joint = posterior.both_clauses_hold(
        8, 3, 11, at_least=0.7, opposite_below=0.15, middle_exists=False
    )

    assert joint == posterior.share_exceeds(8, 11, threshold=0.85)


def test_ratings_in_a_middle_that_does_not_exist_are_named():
    with pytest.raises(ValueError, match="2 ratings lie in a middle that does not exist"):
        posterior.both_clauses_hold(
            8, 1, 11, at_least=0.7, opposite_below=0.15, middle_exists=False
        )


def test_more_experts_in_two_regions_than_in_all_are_named():
    with pytest.raises(ValueError, match="8 and 4 experts are more than all 11"):
        posterior.both_clauses_hold([1, 8], [1, 4], 11, at_least=0.7, opposite_below=0.15)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_thresholds_are_shares(wrong):
    with pytest.raises(ValueError, match="from 0 to 1, not at"):
        posterior.share_exceeds(1, 2, threshold=wrong)
    with pytest.raises(ValueError, match="from 0 to 1, not at"):
        posterior.both_clauses_hold(1, 0, 2, at_least=0.7, opposite_below=wrong)


def test_a_prior_has_weight():
    with pytest.raises(ValueError, match="above 0, not 0"):
        posterior.share_exceeds(1, 2, threshold=0.5, prior=0)
