"""Groups compared: against printed examples, scipy 1.17.1, statsmodels 0.15, pingouin, by hand."""

import doctest
import itertools
import math
import tomllib
from pathlib import Path

import numpy as np
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from statsmodels.stats.multitest import multipletests

from surveys.stats import comparison, counts
from surveys.stats.comparison import groups as why
from surveys.stats.comparison import multiplicity
from surveys.stats.ratings import NOBODY_RATED, TOO_FEW, ScalePoints

FIVE = ScalePoints(1, 5)
NINE = ScalePoints(1, 9)
PUBLISHED = tomllib.loads(
    (Path(__file__).parents[1] / "published" / "two_groups.toml").read_text("utf-8")
)


def table_of(ratings, points=FIVE):
    return counts.from_ratings(np.asarray(ratings, dtype=float), points=points)


def two_groups(first, second, items=6, seed=0, points=FIVE):
    chance = np.random.default_rng(seed)
    return (
        chance.choice(points.values, size=(first, items)),
        chance.choice(points.values, size=(second, items)),
    )


NOBODY = table_of(np.full((2, 1), np.nan))


class TestGroupTables:
    def test_experts_are_counted_in_their_own_group(self):
        tables = comparison.group_tables(
            [[1, 5], [2, np.nan], [2, 4], [3, 3]],
            ["nurse", "doctor", "nurse", None],
            points=FIVE,
        )
        assert tables.names == ("doctor", "nurse")
        assert tables.of("nurse").counts.tolist() == [[1, 1, 0, 0, 0], [0, 0, 0, 1, 1]]
        assert tables.n.tolist() == [[1, 2], [0, 2]]
        assert tables.items == 2

    def test_named_groups_come_in_that_order_and_may_be_empty(self):
        tables = comparison.group_tables(
            [1, 2, 3], ["a", "b", "c"], points=FIVE, names=("c", "patient")
        )
        assert tables.names == ("c", "patient")
        assert tables.n.tolist() == [[1, 0]]

    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (lambda: comparison.group_tables([1, 2], ["a"], points=FIVE), "1 group names"),
            (lambda: comparison.group_tables([7], ["a"], points=FIVE), "not a point"),
            (lambda: comparison.GroupTables(np.zeros((1, 2, 4)), ("a", "b"), FIVE), "2 groups"),
            (lambda: comparison.GroupTables(np.zeros((1, 2, 5)), ("a", "a"), FIVE), "same name"),
            (lambda: comparison.GroupTables(np.full((1, 1, 5), -1), ("a",), FIVE), "count -1"),
            (lambda: comparison.GroupTables(np.zeros((1, 1, 5)), ("a",), FIVE).of("b"), "'b'"),
        ],
    )
    def test_what_makes_no_groups_is_refused(self, make, said):
        with pytest.raises(ValueError, match=said):
            make()


class TestKruskalWallis:
    def test_it_is_scipys(self):
        chance = np.random.default_rng(1)
        ratings = chance.integers(1, 10, size=(40, 8)).astype(float)
        ratings[chance.random(ratings.shape) < 0.1] = np.nan
        names = chance.choice(["a", "b", "c"], size=40)
        found = comparison.kruskal_wallis(
            comparison.group_tables(ratings, names.tolist(), points=NINE)
        )
        for item in range(8):
            usable = ~np.isnan(ratings[:, item])
            samples = [ratings[usable & (names == name), item] for name in "abc"]
            theirs = scipy_stats.kruskal(*samples)
            assert found.statistic[item] == pytest.approx(theirs.statistic)
            assert found.p[item] == pytest.approx(theirs.pvalue)
            ranks = scipy_stats.rankdata(ratings[usable, item])
            assert found.mean_ranks[item, 0] == pytest.approx(ranks[names[usable] == "a"].mean())
            assert found.epsilon_squared[item] == pytest.approx(
                theirs.statistic / (usable.sum() - 1)
            )
        assert found.df.tolist() == [2] * 8

    def test_a_group_without_ratings_is_not_in_the_test(self):
        three = comparison.GroupTables(
            [[[3, 1, 0, 2, 0], [0, 0, 0, 0, 0], [0, 2, 2, 1, 1]]], ("a", "b", "c"), FIVE
        )
        two = comparison.GroupTables([[[3, 1, 0, 2, 0], [0, 2, 2, 1, 1]]], ("a", "c"), FIVE)
        with_empty, without = map(comparison.kruskal_wallis, (three, two))
        assert with_empty.p.tolist() == without.p.tolist()
        assert with_empty.df.tolist() == [1]
        assert np.isnan(with_empty.mean_ranks[0, 1])

    def test_undefined_outcomes_have_reasons(self):
        nobody, one, same = [[0] * 5] * 2, [[1, 2, 0, 0, 0], [0] * 5], [[0, 2, 0, 0, 0]] * 2
        tables = comparison.GroupTables([nobody, one, same], ("a", "b"), FIVE)
        found = comparison.kruskal_wallis(tables)
        assert np.isnan(found.p).all()
        assert np.isnan(found.statistic).all()
        assert found.df.tolist() == [0, 0, 0]
        assert found.reasons == (NOBODY_RATED, why.ONE_GROUP, why.ALL_SAME)


class TestDunn:
    def test_it_is_the_formula_on_joint_ranks(self):
        chance = np.random.default_rng(2)
        ratings = chance.integers(1, 6, size=(30, 4)).astype(float)
        names = np.array(["a", "b", "c"] * 10)
        found = comparison.dunn_test(comparison.group_tables(ratings, names.tolist(), points=FIVE))
        assert found.pairs == (("a", "b"), ("a", "c"), ("b", "c"))
        for item in range(4):
            ranks = scipy_stats.rankdata(ratings[:, item])
            z = [
                (ranks[names == one].mean() - ranks[names == other].mean())
                / np.sqrt(ranks.var(ddof=1) * (1 / 10 + 1 / 10))
                for one, other in found.pairs
            ]
            p = 2 * scipy_stats.norm.sf(np.abs(z))
            assert found.z[item] == pytest.approx(z)
            assert found.p[item] == pytest.approx(p)
            assert found.p_holm[item] == pytest.approx(multipletests(p, method="holm")[1])

    def test_with_two_groups_z_squared_is_kruskal_and_wallis(self):
        tables = comparison.GroupTables([[[3, 1, 0, 2, 0], [0, 2, 2, 1, 1]]], ("a", "c"), FIVE)
        assert comparison.dunn_test(tables).z[0, 0] ** 2 == pytest.approx(
            comparison.kruskal_wallis(tables).statistic[0]
        )

    def test_an_empty_group_leaves_the_other_pairs_their_family(self):
        tables = comparison.GroupTables(
            [[[3, 1, 0, 2, 0], [0] * 5, [0, 2, 2, 1, 1]], [[2, 0, 0, 0, 0]] * 3],
            ("a", "b", "c"),
            FIVE,
        )
        found = comparison.dunn_test(tables)
        assert np.isnan(found.p[0, [0, 2]]).all()
        assert found.p_holm[0, 1] == found.p[0, 1]
        assert found.reasons[0] == (why.EMPTY_GROUP, why.ALL_SAME)
        assert found.reasons[1] == (None, why.ALL_SAME)

    def test_one_group_has_no_pairs(self):
        found = comparison.dunn_test(comparison.GroupTables([[[1, 1, 0, 0, 0]]], ("a",), FIVE))
        assert found.pairs == ()
        assert found.p_holm.shape == (1, 0)


class TestMannWhitney:
    def test_it_reproduces_the_placenta_example(self):
        example = PUBLISHED["placenta"]
        hundredths = ScalePoints(0.73, 1.91, 0.01)
        found = comparison.mann_whitney(
            table_of(example["first"], hundredths), table_of(example["second"], hundredths)
        )
        assert found.u.tolist() == [example["u"]]
        assert found.p[0] / 2 == pytest.approx(example["one_sided_p"], abs=5e-5)

    @pytest.mark.parametrize(("first", "second"), [(4, 6), (6, 4), (5, 5), (2, 8), (9, 2)])
    def test_exact_p_with_ties_is_scipys_over_all_choices(self, first, second):
        mine, yours = two_groups(first, second, seed=first)
        found = comparison.mann_whitney(table_of(mine), table_of(yours))
        every_choice = scipy_stats.PermutationMethod(n_resamples=np.inf)
        for item in range(6):
            theirs = scipy_stats.mannwhitneyu(mine[:, item], yours[:, item], method=every_choice)
            assert found.u[item] == theirs.statistic
            assert found.p[item] == pytest.approx(theirs.pvalue, abs=1e-12)
        assert found.exact.all()

    def test_an_expert_alone_is_as_surprising_as_the_place_in_the_row(self):
        found = comparison.mann_whitney(table_of([5.0]), table_of([1.0, 2, 2, 3, 3, 4, 4, 5, 1]))
        assert found.p.tolist() == [2 * 2 / 10]

    def test_exact_p_without_ties_is_scipys_exact(self):
        ladder = ScalePoints(1, 50)
        order = np.random.default_rng(4).permutation(50) + 1
        found = comparison.mann_whitney(table_of(order[:22], ladder), table_of(order[22:], ladder))
        theirs = scipy_stats.mannwhitneyu(order[:22], order[22:], method="exact")
        assert found.p[0] == pytest.approx(theirs.pvalue, rel=1e-12)

    def test_the_approximation_is_scipys_without_correction(self):
        mine, yours = two_groups(40, 25, seed=3, points=NINE)
        found = comparison.mann_whitney(table_of(mine, NINE), table_of(yours, NINE))
        assert not found.exact.any()
        for item in range(6):
            theirs = scipy_stats.mannwhitneyu(
                mine[:, item], yours[:, item], method="asymptotic", use_continuity=False
            )
            assert found.u[item] == theirs.statistic
            assert found.p[item] == pytest.approx(theirs.pvalue)

    def test_fifty_experts_wholly_apart_have_two_choices_of_all(self):
        found = comparison.mann_whitney(table_of(np.full(25, 5.0)), table_of(np.full(25, 1.0)))
        assert found.p.tolist() == [2 / math.comb(50, 25)]
        assert found.z[0] > 0

    @given(st.integers(0, 10_000), st.integers(1, 8), st.integers(1, 8))
    @settings(max_examples=40)
    def test_exchanging_groups_or_ends_keeps_p(self, seed, first, second):
        mine, yours = two_groups(first, second, 2, seed)
        plain = comparison.mann_whitney(table_of(mine), table_of(yours))
        exchanged = comparison.mann_whitney(table_of(yours), table_of(mine))
        turned = comparison.mann_whitney(table_of(6 - mine), table_of(6 - yours))
        assert np.array_equal(plain.p, exchanged.p, equal_nan=True)
        assert np.array_equal(plain.p, turned.p, equal_nan=True)
        assert np.array_equal(plain.u, first * second - exchanged.u)

    def test_undefined_outcomes_have_reasons(self):
        same = table_of([3.0, 3.0])
        empty = comparison.mann_whitney(NOBODY, same)
        equal = comparison.mann_whitney(same, same)
        assert np.isnan([empty.u[0], empty.z[0], empty.p[0]]).all()
        assert empty.reasons == (why.EMPTY_GROUP,)
        assert equal.u.tolist() == [2]
        assert np.isnan([equal.z[0], equal.p[0]]).all()
        assert equal.reasons == (why.ALL_SAME,)

    def test_too_many_to_count_exactly_and_other_scales_are_refused(self):
        with pytest.raises(ValueError, match="the most is 50"):
            comparison.mann_whitney(NOBODY, NOBODY, exact_up_to=51)
        with pytest.raises(ValueError, match="differ"):
            comparison.mann_whitney(NOBODY, table_of([1.0], NINE))


class TestShift:
    def test_it_reproduces_the_placenta_example(self):
        example = PUBLISHED["placenta"]
        hundredths = ScalePoints(0.73, 1.91, 0.01)
        found = comparison.hodges_lehmann_shift(
            table_of(example["first"], hundredths), table_of(example["second"], hundredths)
        )
        assert found.shift[0] == pytest.approx(example["shift"])
        assert [found.lower[0], found.upper[0]] == pytest.approx(example["interval"])

    @pytest.mark.parametrize("points", [FIVE, ScalePoints(0, 2, 0.5)])
    def test_it_is_the_median_of_all_differences(self, points):
        mine, yours = two_groups(7, 6, seed=5, points=points)
        found = comparison.hodges_lehmann_shift(table_of(mine, points), table_of(yours, points))
        for item in range(6):
            differences = np.subtract.outer(mine[:, item], yours[:, item])
            assert found.shift[item] == pytest.approx(np.median(differences))

    def test_the_interval_runs_between_counted_order_statistics(self):
        mine, yours = two_groups(6, 9, 3, seed=6, points=NINE)
        found = comparison.hodges_lehmann_shift(table_of(mine, NINE), table_of(yours, NINE))
        no_ties = [sum(chosen) - 15 for chosen in itertools.combinations(range(15), 6)]
        k = max(k for k in range(30) if np.mean(np.array(no_ties) < k) <= 0.025)
        for item in range(3):
            ordered = np.sort(np.subtract.outer(mine[:, item], yours[:, item]).ravel())
            assert (found.lower[item], found.upper[item]) == (ordered[k - 1], ordered[-k])

    def test_large_groups_use_the_normal_cut_off(self):
        chance = np.random.default_rng(7)
        mine, yours = chance.normal(size=(40, 1)), chance.normal(size=(30, 1)) + 1
        fine = ScalePoints(-6, 8, 0.01)
        rounded = [np.round(x, 2) for x in (mine, yours)]
        found = comparison.hodges_lehmann_shift(*(table_of(x, fine) for x in rounded))
        ordered = np.sort(np.subtract.outer(rounded[0].ravel(), rounded[1].ravel()).ravel())
        k = math.floor(600 - scipy_stats.norm.ppf(0.975) * math.sqrt(1200 * 71 / 12))
        assert found.lower[0] == pytest.approx(ordered[k - 1])
        assert found.upper[0] == pytest.approx(ordered[-k])

    def test_groups_too_small_have_a_shift_and_no_interval(self):
        found = comparison.hodges_lehmann_shift(table_of([5.0, 4.0]), table_of([1.0, 2.0, 2.0]))
        assert found.shift.tolist() == [3]
        assert np.isnan([found.lower[0], found.upper[0]]).all()
        assert found.reasons == (TOO_FEW,)

    def test_an_empty_group_has_no_shift(self):
        found = comparison.hodges_lehmann_shift(NOBODY, table_of([1.0, 2.0]))
        assert np.isnan(found.shift[0])
        assert found.reasons == (why.EMPTY_GROUP,)

    def test_identical_unanimous_groups_have_a_shift_of_exactly_zero(self):
        same = table_of(np.full(6, 4.0))
        found = comparison.hodges_lehmann_shift(same, same)
        assert (found.shift[0], found.lower[0], found.upper[0]) == (0, 0, 0)


def dominance_interval(first, second, t):
    """Cliff's interval from the dominance matrix written out."""
    matrix = np.sign(np.subtract.outer(first, second))
    m, n = matrix.shape
    d = matrix.mean()
    rows = ((matrix.mean(axis=1) - d) ** 2).sum() * n**2
    columns = ((matrix.mean(axis=0) - d) ** 2).sum() * m**2
    variance = (rows + columns - ((matrix - d) ** 2).sum()) / (m * n * (m - 1) * (n - 1))
    variance = max(variance, (1 - d**2) / (m * n - 1))
    root = t * math.sqrt(variance * ((1 - d**2) ** 2 + t**2 * variance))
    below = 1 - d**2 + t**2 * variance
    return d, (d - d**3 - root) / below, (d - d**3 + root) / below


class TestCliffsDelta:
    def test_it_reproduces_the_printed_example(self):
        example = PUBLISHED["hogarty_kromrey"]
        tens = ScalePoints(10, 50, 10)
        found = comparison.cliffs_delta(
            table_of(example["first"], tens), table_of(example["second"], tens)
        )
        assert found.delta.tolist() == [example["delta"]]
        assert [found.lower[0], found.upper[0]] == pytest.approx(example["interval"], abs=5e-8)

    def test_it_is_the_dominance_matrix(self):
        mine, yours = two_groups(8, 13, seed=8)
        found = comparison.cliffs_delta(table_of(mine), table_of(yours), confidence=0.9)
        t = scipy_stats.t.ppf(0.95, 19)
        for item in range(6):
            d, low, high = dominance_interval(mine[:, item], yours[:, item], t)
            assert found.delta[item] == pytest.approx(d)
            assert (found.lower[item], found.upper[item]) == pytest.approx((low, high))

    def test_it_is_two_u_over_the_pairs_less_one(self):
        mine, yours = two_groups(8, 13, seed=9)
        u = comparison.mann_whitney(table_of(mine), table_of(yours)).u
        found = comparison.cliffs_delta(table_of(mine), table_of(yours))
        assert found.delta == pytest.approx(2 * u / (8 * 13) - 1)

    def test_groups_wholly_apart_still_have_an_interval(self):
        high, low = table_of(np.full(8, 5.0)), table_of([1.0, 2.0, 2.0, 3.0, 1.0, 1.0])
        up, down = comparison.cliffs_delta(high, low), comparison.cliffs_delta(low, high)
        t = scipy_stats.t.ppf(0.975, 12)
        assert (up.delta[0], up.upper[0]) == (1, 1)
        assert up.lower[0] == pytest.approx((6 - t**2) / (6 + t**2))
        assert (down.delta[0], down.lower[0]) == (-1, -1)
        assert down.upper[0] == -up.lower[0]

    def test_one_rating_in_a_group_has_no_variance(self):
        found = comparison.cliffs_delta(table_of([3.0]), table_of([1.0, 3.0, 5.0]))
        assert found.delta.tolist() == [0]
        assert np.isnan([found.lower[0], found.upper[0]]).all()
        assert found.reasons == (why.ONE_RATING_IN_A_GROUP,)

    def test_an_empty_group_has_no_delta(self):
        found = comparison.cliffs_delta(NOBODY, table_of([1.0, 2.0]))
        assert np.isnan([found.delta[0], found.lower[0], found.upper[0]]).all()
        assert found.reasons == (why.EMPTY_GROUP,)

    @given(st.integers(0, 10_000))
    @settings(max_examples=40)
    def test_delta_lies_in_its_interval_and_that_in_the_range(self, seed):
        mine, yours = two_groups(2 + seed % 7, 2 + seed % 5, 3, seed)
        found = comparison.cliffs_delta(table_of(mine), table_of(yours))
        assert (found.lower >= -1).all()
        assert (found.lower <= found.delta).all()
        assert (found.delta <= found.upper).all()
        assert (found.upper <= 1).all()


class TestStandardisedDifference:
    def test_it_is_pingouins(self):
        mine, yours = two_groups(9, 6, seed=10)
        for hedges, name in ((False, "cohen"), (True, "hedges")):
            found = comparison.standardised_difference(
                table_of(mine), table_of(yours), hedges=hedges
            )
            for item in range(6):
                theirs = pingouin.compute_effsize(mine[:, item], yours[:, item], eftype=name)
                assert found.d[item] == pytest.approx(theirs)
                assert found.flagged[item] == (abs(theirs) > 0.2)

    def test_the_mean_variance_does_not_lean_to_the_larger_group(self):
        mine, yours = two_groups(9, 6, seed=11)
        found = comparison.standardised_difference(
            table_of(mine), table_of(yours), denominator="mean_variance", hedges=False
        )
        below = np.sqrt((mine.var(axis=0, ddof=1) + yours.var(axis=0, ddof=1)) / 2)
        assert found.d == pytest.approx((mine.mean(axis=0) - yours.mean(axis=0)) / below)
        assert found.denominator == "mean_variance"

    def test_undefined_outcomes_have_reasons(self):
        some, same = table_of([1.0, 2.0]), table_of([3.0, 3.0])
        for first, second, reason in (
            (NOBODY, some, why.EMPTY_GROUP),
            (table_of([1.0]), some, why.ONE_RATING_IN_A_GROUP),
            (same, same, why.ALL_SAME),
        ):
            found = comparison.standardised_difference(first, second)
            assert np.isnan(found.d[0])
            assert not found.flagged[0]
            assert found.reasons == (reason,)

    def test_unanimous_groups_apart_have_a_difference_without_a_yardstick(self):
        found = comparison.standardised_difference(table_of([5.0, 5.0]), table_of([3.0, 3.0]))
        assert found.difference.tolist() == [2]
        assert np.isnan(found.d[0])

    def test_another_denominator_is_refused(self):
        with pytest.raises(ValueError, match="'glass'"):
            comparison.standardised_difference(NOBODY, NOBODY, denominator="glass")


def all_tables_p(table):
    """Freeman and Halton's p with every table of the same totals written out."""
    columns, chosen = table.sum(axis=0), table[0].sum()
    weights = {
        placed: math.prod(math.comb(int(c), p) for c, p in zip(columns, placed, strict=True))
        for placed in itertools.product(*(range(int(c) + 1) for c in columns))
        if sum(placed) == chosen
    }
    found = weights[tuple(table[0].tolist())]
    return sum(w for w in weights.values() if w <= found) / sum(weights.values())


class TestFisher:
    @given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=4))
    @settings(max_examples=80)
    def test_it_is_the_sum_over_all_tables(self, columns):
        table = np.array(columns).T
        found = comparison.fisher_test(table)
        if found.p is None:
            assert found.reason in (why.EMPTY_GROUP, "everybody belongs to one category")
        else:
            assert found.method == "exact"
            assert found.p == pytest.approx(all_tables_p(table), rel=1e-12)

    def test_two_by_two_is_scipys(self):
        for table in ([[8, 2], [1, 5]], [[10, 12], [30, 9]], [[0, 5], [7, 7]]):
            assert comparison.fisher_test(table).p == pytest.approx(
                scipy_stats.fisher_exact(table).pvalue
            )

    def test_categories_nobody_has_and_the_order_of_groups_do_not_matter(self):
        table = np.array([[4, 1, 2], [1, 6, 3]])
        with_gap = np.array([[4, 0, 1, 2], [1, 0, 6, 3]])
        p = comparison.fisher_test(table).p
        assert comparison.fisher_test(with_gap).p == p
        assert comparison.fisher_test(table[::-1]).p == p

    @pytest.mark.parametrize("table", [[[40, 60, 20], [55, 50, 29]], [[400, 600], [550, 500]]])
    def test_a_table_too_large_to_count_is_given_as_chi_square_by_name(self, table):
        found = comparison.fisher_test(table, most_partial_tables=10)
        theirs = scipy_stats.chi2_contingency(table, correction=False)
        assert found.method == "chi-square"
        assert found.p == pytest.approx(theirs.pvalue)

    def test_undefined_outcomes_have_reasons(self):
        assert comparison.fisher_test([[0, 0], [1, 2]]).reason == why.EMPTY_GROUP
        assert (
            comparison.fisher_test([[3, 0], [2, 0]]).reason == "everybody belongs to one category"
        )
        assert comparison.fisher_test([[3, 0], [2, 0]]).p is None

    @pytest.mark.parametrize(
        ("table", "said"),
        [
            ([1, 2], r"shape \(2,\)"),
            ([[1, 2]] * 3, r"shape \(3, 2\)"),
            (np.empty((2, 0)), r"shape \(2, 0\)"),
            ([[1, 2], [3, -1]], "count -1"),
            ([[1, 2], [3, 0.5]], "count 0.5"),
        ],
    )
    def test_what_is_no_table_of_people_is_refused(self, table, said):
        with pytest.raises(ValueError, match=said):
            comparison.fisher_test(table)


P_VALUES = st.lists(st.floats(0, 1) | st.just(float("nan")), max_size=12)


class TestMultiplicity:
    @given(P_VALUES)
    @settings(max_examples=40, deadline=None)
    def test_they_are_statsmodels_over_those_tested(self, given_p):
        p = np.array(given_p, dtype=float)
        tested = ~np.isnan(p)
        for ours, name in ((comparison.holm, "holm"), (comparison.benjamini_hochberg, "fdr_bh")):
            found = ours(p)
            assert np.isnan(found[~tested]).all()
            if tested.any():
                assert found[tested] == pytest.approx(multipletests(p[tested], method=name)[1])

    @given(P_VALUES)
    def test_screening_is_never_stricter_than_confirming(self, given_p):
        tested = ~np.isnan(given_p)
        screened = comparison.benjamini_hochberg(given_p)[tested]
        assert (screened <= comparison.holm(given_p)[tested] + 1e-15).all()

    def test_a_missing_p_value_is_not_in_the_family(self):
        assert comparison.holm([0.01, np.nan, np.nan])[0] == 0.01

    @pytest.mark.parametrize("wrong", [-0.1, 1.5])
    def test_what_is_no_p_value_is_refused(self, wrong):
        with pytest.raises(ValueError, match=f"{wrong:g} is not a p-value"):
            comparison.holm([0.5, wrong])

    def test_the_examples_in_the_docstrings_run(self):
        assert doctest.testmod(multiplicity).failed == 0
        assert doctest.testmod(multiplicity).attempted == 1
