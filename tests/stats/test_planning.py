"""Panel sizes: statsmodels 0.15, scipy 1.17, all tables of counts, and every edge."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from statsmodels.stats import proportion

from surveys.stats import planning

SEVENTY = planning.ShareClause(0.7)
COMET = planning.ShareClause(0.7, opposite_below=0.15)
NINE_POINTS = np.array([0.02, 0.03, 0.05, 0.05, 0.05, 0.1, 0.3, 0.3, 0.1])


def comet_rule(counts):
    """The 70/15 rule on nine points, on exact counts."""
    n = counts.sum(axis=1)
    return (10 * counts[:, 6:].sum(axis=1) >= 7 * n) & (100 * counts[:, :3].sum(axis=1) < 15 * n)


# --- Width ---------------------------------------------------------------------------------------


def test_seventy_percent_within_ten_points_takes_78_experts():
    found = planning.experts_for_width(0.70, 0.20)

    assert found.experts == 78
    assert found.reached == planning.wilson_width(0.70, 78) <= 0.20
    assert planning.wilson_width(0.70, 77) > 0.20


@pytest.mark.parametrize(("count", "n"), [(8, 11), (0, 11), (11, 11), (70, 100)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_width_is_statsmodels(count, n, confidence):
    lower, upper = proportion.proportion_confint(count, n, alpha=1 - confidence, method="wilson")

    found = planning.wilson_width(count / n, n, confidence=confidence)

    assert found == pytest.approx(upper - lower)


@given(st.floats(0, 1), st.floats(0.02, 0.9))
def test_the_panel_found_is_the_smallest(share, width):
    found = planning.experts_for_width(share, width)

    assert planning.wilson_width(share, found.experts) <= width
    if found.experts > 1:
        assert planning.wilson_width(share, found.experts - 1) > width


def test_a_width_beyond_ten_million_experts_is_not_reached():
    found = planning.experts_for_width(0.5, 1e-5)

    assert (found.experts, found.reached, found.reason) == (None, None, planning.NOT_REACHED)


# --- Rules on shares -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clause", "n", "needed"),
    [
        (SEVENTY, 10, 7),
        (SEVENTY, 11, 8),
        (SEVENTY, 23, 17),
        (planning.ShareClause(0.75, more_than=True), 8, 7),
        (planning.ShareClause(0.75), 8, 6),
        (planning.ShareClause(1.0, more_than=True), 5, 6),
        (planning.ShareClause(0.0), 5, 0),
    ],
)
def test_shares_are_read_as_written_and_counted_in_whole_experts(clause, n, needed):
    assert clause.needed(n) == needed


@pytest.mark.parametrize(
    ("clause", "n", "allowed"),
    [
        (COMET, 20, 2),
        (COMET, 21, 3),
        (planning.ShareClause(0.7, opposite_at_most=0.15), 20, 3),
        (planning.ShareClause(0.7, opposite_below=0.0), 20, -1),
        (SEVENTY, 20, 20),
    ],
)
def test_exactly_the_limit_fails_below_and_passes_at_most(clause, n, allowed):
    assert clause.allowed(n) == allowed


@pytest.mark.parametrize("region", [0.0, 0.5, 0.75, 0.8, 1.0])
def test_the_chance_of_one_clause_is_binomial(region):
    found = planning.chance_of_consensus(SEVENTY, 11, region=region)

    assert found.chance == pytest.approx(scipy_stats.binom.sf(7, 11, region))
    assert (found.method, found.seed, found.standard_error) == ("exact", None, 0)


def test_the_figures_in_the_module_are_these():
    turned_down = 1 - planning.chance_of_consensus(SEVENTY, 11, region=0.75).chance
    passed = planning.chance_of_consensus(SEVENTY, 11, region=0.5).chance

    assert (round(turned_down, 2), round(passed, 2)) == (0.29, 0.11)


@pytest.mark.parametrize("usable", [1.0, 0.8])
@pytest.mark.parametrize("experts", [1, 7, 11])
def test_the_chance_of_two_clauses_is_the_enumeration_of_all_tables(experts, usable):
    by_tables = planning.chance_of_rule(
        lambda counts: comet_rule(counts) & (counts.sum(axis=1) > 0),
        experts,
        shares=NINE_POINTS,
        seed=1,
        usable=usable,
    )

    found = planning.chance_of_consensus(COMET, experts, region=0.7, opposite=0.1, usable=usable)

    assert by_tables.method == "exact"
    assert found.chance == pytest.approx(by_tables.chance)


def test_too_few_usable_ratings_declare_nothing():
    five = planning.ShareClause(0.7, fewest=5)

    assert planning.chance_of_consensus(five, 4, region=1).chance == 0
    assert planning.chance_of_consensus(five, 5, region=1).chance == 1
    assert planning.chance_of_consensus(five, 5, region=1, usable=0.5).chance == pytest.approx(
        0.5**5
    )
    assert planning.chance_of_consensus(SEVENTY, 0, region=1).chance == 0


@pytest.mark.parametrize(
    "clause",
    [planning.ShareClause(1.0, more_than=True), planning.ShareClause(0.5, opposite_below=0.0)],
)
def test_a_rule_nobody_can_meet_has_chance_0(clause):
    assert planning.chance_of_consensus(clause, 11, region=0.9).chance == 0


@settings(max_examples=50)
@given(st.integers(1, 40), st.floats(0, 1), st.floats(0, 1))
def test_a_chance_lies_in_0_to_1_and_grows_with_the_true_share(experts, region, further):
    larger = region + further * (1 - region)

    before = planning.chance_of_consensus(SEVENTY, experts, region=region).chance
    after = planning.chance_of_consensus(SEVENTY, experts, region=larger).chance

    assert 0 <= before <= 1
    assert after >= before - 1e-12


@pytest.mark.parametrize("usable", [1.0, 0.9])
def test_from_the_size_found_on_every_panel_reaches_the_chance(usable):
    found = planning.experts_for_chance(SEVENTY, 0.8, region=0.8, usable=usable, largest=60)
    chances = [
        planning.chance_of_consensus(SEVENTY, size, region=0.8, usable=usable).chance
        for size in range(1, 61)
    ]

    assert min(chances[found.experts - 1 :]) >= 0.8
    assert chances[found.experts - 2] < 0.8
    assert found.reached == pytest.approx(chances[found.experts - 1])


def test_smaller_panels_may_reach_the_chance_by_the_luck_of_whole_experts():
    found = planning.experts_for_chance(SEVENTY, 0.8, region=0.8)

    assert found.experts == 17
    assert planning.chance_of_consensus(SEVENTY, 10, region=0.8).chance > 0.8
    assert planning.chance_of_consensus(SEVENTY, 16, region=0.8).chance < 0.8


def test_a_true_share_below_the_rule_never_reaches_the_chance():
    found = planning.experts_for_chance(SEVENTY, 0.8, region=0.6, largest=50)

    assert (found.experts, found.reached, found.reason) == (None, None, planning.NOT_REACHED)


def test_certain_agreement_is_reached_by_one_expert():
    assert planning.experts_for_chance(SEVENTY, 1.0, region=1.0, largest=20).experts == 1


# --- Any rule ------------------------------------------------------------------------------------


def test_many_experts_are_simulated_near_the_exact_chance():
    exact = planning.chance_of_consensus(COMET, 24, region=0.7, opposite=0.1).chance

    found = planning.chance_of_rule(comet_rule, 24, shares=NINE_POINTS, seed=3)

    assert (found.method, found.simulations, found.seed) == ("simulated", 20_000, 3)
    assert abs(found.chance - exact) < 4 * found.standard_error
    assert 0.003 < found.standard_error < 0.004
    assert planning.chance_of_rule(comet_rule, 24, shares=NINE_POINTS, seed=3) == found


def test_points_nobody_would_choose_cost_nothing():
    shares = np.array([0, 0, 0, 0, 0, 0.25, 0.25, 0.5, 0])

    found = planning.chance_of_rule(comet_rule, 40, shares=shares, seed=1)

    assert found.method == "exact"
    assert found.chance == pytest.approx(
        planning.chance_of_consensus(COMET, 40, region=0.75).chance
    )


def test_the_rule_sees_every_table_once_with_its_multinomial_chance():
    seen = []

    def rule(counts):
        seen.append(counts)
        return np.ones(len(counts), dtype=bool)

    found = planning.chance_of_rule(rule, 4, shares=[0.2, 0.3, 0.5], seed=1)

    [tables] = seen
    assert len(np.unique(tables, axis=0)) == len(tables) == 15
    assert set(tables.sum(axis=1)) == {4}
    assert found.chance == pytest.approx(1)


def test_nobody_asked_is_one_empty_table():
    found = planning.chance_of_rule(
        lambda counts: counts.sum(axis=1) == 0, 0, shares=[0.5, 0.5], seed=1
    )

    assert found.chance == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: planning.wilson_width(1.2, 11), "not at 1.2"),
        (lambda: planning.wilson_width(0.5, 0), "0 experts"),
        (lambda: planning.wilson_width(0.5, 11, confidence=1), "not at 1"),
        (lambda: planning.experts_for_width(0.5, 0), "not at 0"),
        (lambda: planning.experts_for_width(-0.5, 0.2), "not at -0.5"),
        (lambda: planning.ShareClause(1.1), "not at 1.1"),
        (lambda: planning.ShareClause(0.7, opposite_below=-0.1), "not at -0.1"),
        (
            lambda: planning.ShareClause(0.7, opposite_below=0.1, opposite_at_most=0.1),
            "one limit",
        ),
        (lambda: planning.ShareClause(0.7, fewest=0), "not 0"),
        (lambda: planning.chance_of_consensus(SEVENTY, -1, region=0.5), "-1 experts"),
        (
            lambda: planning.chance_of_consensus(SEVENTY, 5, region=0.7, opposite=0.4),
            "more than 1",
        ),
        (lambda: planning.chance_of_consensus(SEVENTY, 5, region=0.7, usable=2), "not at 2"),
        (lambda: planning.experts_for_chance(SEVENTY, 0, region=0.5), "not at 0"),
        (lambda: planning.experts_for_chance(SEVENTY, 0.5, region=0.5, largest=0), "not 0"),
        (
            lambda: planning.chance_of_rule(comet_rule, 5, shares=[0.5, 0.6], seed=1),
            "add up to 1",
        ),
        (
            lambda: planning.chance_of_rule(comet_rule, 5, shares=[1.5, -0.5], seed=1),
            "add up to 1",
        ),
        (lambda: planning.chance_of_rule(comet_rule, -1, shares=[1.0], seed=1), "-1 experts"),
        (
            lambda: planning.chance_of_rule(comet_rule, 5, shares=[1.0], seed=1, simulations=0),
            "not 0",
        ),
        (
            lambda: planning.chance_of_rule(
                lambda counts: counts[:, 0], 5, shares=[0.5, 0.5], seed=1
            ),
            "not one boolean each",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_example_in_the_docstring_runs():
    assert doctest.testmod(planning).failed == 0
