"""Stability between rounds: against printed examples, scipy 1.17.1, statsmodels 0.15, by hand."""

import doctest
import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from statsmodels.stats import contingency_tables, inter_rater, weightstats

from surveys.stats import centre, counts, reliability, spread, stability
from surveys.stats.ratings import ScalePoints
from surveys.stats.stability import reasons as why
from surveys.stats.transitions import NO_PAIRS, TransitionTables, movement, transition_tables

FIVE = ScalePoints(1, 5)
NINE = ScalePoints(1, 9)
THIRDS = [0, 0, 0, 1, 1, 1, 2, 2, 2]
TOP_OF_NINE = np.arange(9) >= 6
NOT_GIVEN = float("nan")
PUBLISHED = tomllib.loads(
    (Path(__file__).parents[1] / "published" / "change_between_rounds.toml").read_text("utf-8")
)


def tables_of(*counted):
    width = len(counted[0])
    return TransitionTables(np.array(counted), ScalePoints(1, width))


def two_rounds(points, experts, items, seed=0, moving=0.5):
    """A panel of which some move by a step or two, with gaps in both rounds."""
    chance = np.random.default_rng(seed)
    earlier = chance.integers(0, points.count, size=(experts, items))
    steps = chance.integers(-2, 3, size=earlier.shape) * (chance.random(earlier.shape) < moving)
    later = np.clip(earlier + steps, 0, points.count - 1)
    rounds = points.lowest + points.step * np.stack([earlier, later]).astype(float)
    rounds[chance.random(rounds.shape) < 0.1] = np.nan
    return rounds


def paired(earlier, later, item):
    both = ~np.isnan(earlier[:, item]) & ~np.isnan(later[:, item])
    return earlier[both, item], later[both, item]


def panel(points=NINE, experts=30, items=12, seed=1):
    earlier, later = two_rounds(points, experts, items, seed)
    return earlier, later, transition_tables(earlier, later, points=points)


# Nobody, one pair, all the same, one round unanimous, both unanimous but apart, everybody up.
EDGES = transition_tables(
    np.array([[np.nan, 3, 4, 4, 2, 1], [np.nan, np.nan, 4, 4, 2, 2], [np.nan, np.nan, 4, 4, 2, 3]]),
    np.array([[2, 5, 4, 3, 5, 2], [2, 3, 4, 4, 5, 3], [2, 3, 4, 4, 5, 4]], dtype=float),
    points=FIVE,
)
NOBODY, ONE_PAIR, ALL_SAME, EARLIER_ALL_EQUAL, BOTH_APART, ALL_UP = range(6)


class TestDirection:
    def test_moves_are_sorted_by_distance_from_the_earlier_median(self):
        earlier, later, tables = panel()
        found = stability.direction_of_moves(tables)
        for item in range(tables.items):
            was, became = paired(earlier, later, item)
            middle = np.median(was)
            before, after = abs(was - middle), abs(became - middle)
            assert found.median[item] == middle
            assert found.toward[item] == (after < before).sum()
            assert found.away[item] == (after > before).sum()
            assert found.across[item] == ((after == before) & (was != became)).sum()
            assert found.unmoved[item] == (was == became).sum()

    def test_the_median_that_was_fed_back_may_differ_from_that_of_the_pairs(self):
        tables = transition_tables([1, 5], [2, 5], points=FIVE)
        assert stability.direction_of_moves(tables, earlier_median=1).away.tolist() == [1]
        assert stability.direction_of_moves(tables, earlier_median=[5.0]).toward.tolist() == [1]

    def test_without_pairs_nobody_moves(self):
        found = stability.direction_of_moves(EDGES)
        assert np.isnan(found.median[NOBODY])
        assert found.toward[NOBODY] == found.away[NOBODY] == found.across[NOBODY] == 0

    def test_medians_for_other_items_are_refused(self):
        with pytest.raises(ValueError, match="3 medians do not belong to 6 items"):
            stability.direction_of_moves(EDGES, earlier_median=[1, 2, 3])


class TestSignedRank:
    def test_it_reproduces_the_exact_p_of_the_bortz_example(self):
        example = PUBLISHED["blood_pressure"]
        tables = transition_tables(example["earlier"], example["later"], points=ScalePoints(1, 20))
        found = stability.signed_rank(tables, zeros="wilcox")
        assert found.statistic.tolist() == [example["statistic"]]
        assert found.p[0] == pytest.approx(example["exact_p"], abs=5e-5)
        assert found.exact.tolist() == [True]

    @pytest.mark.parametrize("zeros", ["pratt", "wilcox"])
    @pytest.mark.parametrize("seed", range(4))
    def test_exact_p_is_scipys_over_all_sign_patterns(self, zeros, seed):
        earlier, later = two_rounds(FIVE, 11, 4, seed, moving=0.9)
        tables = transition_tables(earlier, later, points=FIVE)
        found = stability.signed_rank(tables, zeros=zeros)
        every_pattern = scipy_stats.PermutationMethod(n_resamples=np.inf)
        for item in range(tables.items):
            was, became = paired(earlier, later, item)
            theirs = scipy_stats.wilcoxon(
                became, was, zero_method=zeros, correction=False, method=every_pattern
            )
            assert found.statistic[item] == theirs.statistic
            assert found.p[item] == pytest.approx(theirs.pvalue, abs=1e-12)

    @pytest.mark.parametrize("zeros", ["pratt", "wilcox"])
    def test_the_approximation_is_scipys_without_correction(self, zeros):
        earlier, later, tables = panel(NINE, 200, 6, 3)
        found = stability.signed_rank(tables, zeros=zeros)
        assert not found.exact.any()
        for item in range(tables.items):
            was, became = paired(earlier, later, item)
            theirs = scipy_stats.wilcoxon(
                became, was, zero_method=zeros, correction=False, method="asymptotic"
            )
            assert found.statistic[item] == theirs.statistic
            assert found.p[item] == pytest.approx(theirs.pvalue, rel=1e-12)
            assert abs(found.z[item]) == pytest.approx(abs(theirs.zstatistic))

    def test_exact_p_of_fifty_pairs_is_a_whole_number_of_patterns(self):
        chance = np.random.default_rng(5)
        was = chance.integers(1, 8, 50)
        tables = transition_tables(was, was + chance.integers(1, 3, 50), points=NINE)
        found = stability.signed_rank(tables)
        assert found.exact.tolist() == [True]
        assert found.p.tolist() == [2 / 2**50]

    def test_without_zeros_and_ties_it_is_the_textbook_table(self):
        # Ranks 1 to 8 with 5 the smaller sum: 10 of 256 patterns reach it (Wilcoxon's table).
        moves = np.array([1, 2, 3, -5, 4, 6, 7, 8])
        moves[3] = -5
        was = np.where(moves > 0, 1, 9)
        found = stability.signed_rank(transition_tables(was, was + moves, points=NINE))
        assert found.statistic.tolist() == [5]
        assert found.p.tolist() == [20 / 256]

    def test_no_change_is_said_in_words_and_not_as_a_p_value(self):
        found = stability.signed_rank(EDGES)
        assert np.isnan(found.p[ALL_SAME])
        assert np.isnan(found.statistic[ALL_SAME])
        assert np.isnan(found.z[ALL_SAME])
        assert found.reasons[ALL_SAME] == why.NO_CHANGE
        assert found.reasons[ALL_SAME].startswith("no change")
        assert found.shift[ALL_SAME] == 0
        assert found.reasons[NOBODY] == NO_PAIRS
        assert found.reasons[ALL_UP] is None

    def test_one_pair_that_moved_has_p_of_one(self):
        found = stability.signed_rank(EDGES)
        assert found.p[ONE_PAIR] == 1.0
        assert (found.ranks_up[ONE_PAIR], found.ranks_down[ONE_PAIR]) == (1, 0)

    @given(st.integers(0, 10_000))
    @settings(max_examples=30)
    def test_turning_the_scale_round_keeps_p_and_exchanges_the_sums(self, seed):
        earlier, later = two_rounds(FIVE, 13, 3, seed)
        plain = stability.signed_rank(transition_tables(earlier, later, points=FIVE))
        turned = stability.signed_rank(transition_tables(6 - earlier, 6 - later, points=FIVE))
        assert np.array_equal(plain.p, turned.p, equal_nan=True)
        assert np.array_equal(plain.ranks_up, turned.ranks_down)
        assert np.array_equal(plain.shift, -turned.shift, equal_nan=True)
        assert np.array_equal(plain.z, -turned.z, equal_nan=True)

    def test_pratt_hears_those_who_stayed_and_wilcox_does_not(self):
        moved = tables_of(np.diag([0, 0, 0]) + np.array([[0, 0, 4], [0, 0, 0], [0, 1, 0]]))
        with_stayers = TransitionTables(moved.counts + 5 * np.eye(3, dtype=int), moved.points)
        wilcox = [stability.signed_rank(t, zeros="wilcox") for t in (moved, with_stayers)]
        pratt = [stability.signed_rank(t) for t in (moved, with_stayers)]
        assert wilcox[0].statistic == wilcox[1].statistic == [1]
        assert (pratt[0].statistic, pratt[1].statistic) == ([1], [16])

    @pytest.mark.parametrize(
        ("options", "said"),
        [({"zeros": "zsplit"}, "'zsplit'"), ({"exact_up_to": 51}, "the most is 50")],
    )
    def test_other_variants_are_refused(self, options, said):
        with pytest.raises(ValueError, match=said):
            stability.signed_rank(EDGES, **options)


class TestHodgesLehmann:
    @pytest.mark.parametrize("points", [NINE, ScalePoints(0, 2, 0.5)])
    def test_it_is_the_median_of_the_averages_written_out(self, points):
        earlier, later, tables = panel(points, 17, 5, 2)
        found = stability.hodges_lehmann_change(tables)
        for item in range(tables.items):
            was, became = paired(earlier, later, item)
            moved = became - was
            averages = [
                (moved[i] + moved[j]) / 2 for i in range(len(moved)) for j in range(i, len(moved))
            ]
            assert found[item] == pytest.approx(np.median(averages))

    def test_everybody_one_up_is_a_shift_of_one(self):
        assert stability.hodges_lehmann_change(EDGES)[ALL_UP] == 1
        assert np.isnan(stability.hodges_lehmann_change(EDGES)[NOBODY])


class TestMcNemar:
    def airway(self):
        example = PUBLISHED["airway"]
        return tables_of(
            [
                [example["neither"], example["later_only"]],
                [example["earlier_only"], example["both"]],
            ]
        )

    def test_it_reproduces_the_airway_example(self):
        example = PUBLISHED["airway"]
        found = stability.mcnemar(self.airway(), inside=np.array([False, True]))
        assert found.exact_p[0] == pytest.approx(example["exact_p"], abs=5e-5)
        assert found.mid_p[0] == pytest.approx(example["mid_p"], abs=5e-5)
        assert found.chi2_p[0] == pytest.approx(example["asymptotic_p"], abs=5e-5)
        assert found.later_only.tolist() == [example["later_only"]]

    def test_it_is_statsmodels_on_the_collapsed_table(self):
        earlier, later, tables = panel(NINE, 80, 6, 4)
        found = stability.mcnemar(tables, inside=TOP_OF_NINE)
        for item in range(tables.items):
            was, became = paired(earlier, later, item)
            square = np.array(
                [
                    [sum((was >= 7) & (became >= 7)), sum((was >= 7) & (became < 7))],
                    [sum((was < 7) & (became >= 7)), sum((was < 7) & (became < 7))],
                ]
            )
            exact = contingency_tables.mcnemar(square, exact=True)
            plain = contingency_tables.mcnemar(square, exact=False, correction=False)
            b, c = square[0, 1], square[1, 0]
            mid = 2 * scipy_stats.binom.cdf(min(b, c), b + c, 0.5)
            mid -= scipy_stats.binom.pmf(min(b, c), b + c, 0.5)
            assert found.exact_p[item] == pytest.approx(exact.pvalue)
            assert found.mid_p[item] == pytest.approx(min(1.0, mid))
            assert found.statistic[item] == pytest.approx(plain.statistic)
            assert found.chi2_p[item] == pytest.approx(plain.pvalue)
            assert [found.both[item], found.earlier_only[item]] == square[0].tolist()
            assert [found.later_only[item], found.neither[item]] == square[1].tolist()

    def test_nobody_changing_sides_is_p_one_and_no_chi_square(self):
        found = stability.mcnemar(EDGES, inside=np.arange(5) >= 3)
        assert found.exact_p[ALL_SAME] == found.mid_p[ALL_SAME] == 1.0
        assert np.isnan(found.statistic[ALL_SAME])
        assert np.isnan(found.chi2_p[ALL_SAME])
        assert found.reasons[ALL_SAME] == why.NOBODY_CHANGED_SIDES

    def test_without_pairs_everything_is_undefined(self):
        found = stability.mcnemar(EDGES, inside=np.arange(5) >= 3)
        assert np.isnan([found.exact_p[NOBODY], found.mid_p[NOBODY]]).all()
        assert found.reasons[NOBODY] == NO_PAIRS

    def test_an_even_split_of_changers_has_p_one(self):
        even = tables_of([[3, 4], [4, 2]])
        found = stability.mcnemar(even, inside=np.array([False, True]))
        assert found.exact_p.tolist() == found.mid_p.tolist() == [1.0]

    @pytest.mark.parametrize("inside", [[True, False], [0, 0, 1, 1, 1], np.ones((5, 1), bool)])
    def test_a_region_is_one_boolean_per_point(self, inside):
        with pytest.raises(ValueError, match="is 5 booleans"):
            stability.mcnemar(EDGES, inside=np.array(inside))

    def test_the_change_of_the_share_has_newcombes_interval(self):
        found = stability.share_change(self.airway(), inside=np.array([False, True]))
        assert found.earlier[0] == 2 / 21
        assert found.later[0] == 8 / 21
        assert found.change[0] == pytest.approx(6 / 21)
        assert (found.lower[0], found.upper[0]) == pytest.approx((0.026, 0.507), abs=5e-4)

    def test_an_unchanged_share_has_an_interval_around_zero(self):
        found = stability.share_change(EDGES, inside=np.arange(5) >= 3)
        assert found.change[ALL_SAME] == 0
        assert found.lower[ALL_SAME] < 0 < found.upper[ALL_SAME]
        assert np.isnan([found.change[NOBODY], found.lower[NOBODY], found.upper[NOBODY]]).all()


class TestSpreadChange:
    def test_it_is_the_difference_of_both_rounds_spreads_over_the_pairs(self):
        earlier, later, tables = panel()
        found = stability.change_in_spread(tables, quantile_method="linear")
        for item in range(tables.items):
            was, became = paired(earlier, later, item)
            iqr = [np.subtract(*np.quantile(x, [0.75, 0.25])) for x in (was, became)]
            sd = [x.std(ddof=1) for x in (was, became)]
            cv = [x.std(ddof=1) / x.mean() for x in (was, became)]
            assert found.iqr[item] == pytest.approx(iqr[1] - iqr[0])
            assert found.sd[item] == pytest.approx(sd[1] - sd[0])
            assert found.cv[item] == pytest.approx(cv[1] - cv[0])

    def test_one_pair_and_no_pairs_have_no_spread_to_change(self):
        found = stability.change_in_spread(EDGES, quantile_method="linear")
        assert np.isnan(found.iqr[[NOBODY, ONE_PAIR]]).all()
        assert np.isnan(found.sd[[NOBODY, ONE_PAIR]]).all()
        assert found.reasons[NOBODY] == found.cv_reasons[NOBODY] == NO_PAIRS
        assert found.reasons[ONE_PAIR] == found.cv_reasons[ONE_PAIR] == why.ONE_PAIR
        assert found.iqr[ALL_SAME] == found.sd[ALL_SAME] == 0

    def test_cv_needs_a_mean_above_zero(self):
        around_zero = transition_tables([-1, 1], [0, 1], points=ScalePoints(-2, 2))
        found = stability.change_in_spread(around_zero, quantile_method="linear")
        assert np.isnan(found.cv[0])
        assert found.cv_reasons == (spread.MEAN_NOT_POSITIVE,)
        assert found.reasons == (None,)


class TestSymmetryAndMargins:
    vision = tables_of(PUBLISHED["vision"]["table"])

    def test_bowker_reproduces_the_vision_data(self):
        found = stability.bowker(self.vision)
        assert found.statistic[0] == pytest.approx(PUBLISHED["vision"]["bowker"], abs=5e-3)
        assert found.df.tolist() == [PUBLISHED["vision"]["bowker_df"]]

    @pytest.mark.parametrize(
        ("method", "key"), [("stuart_maxwell", "stuart"), ("bhapkar", "bhapkar")]
    )
    def test_the_margins_reproduce_the_vision_data(self, method, key):
        found = stability.marginal_homogeneity(self.vision, method=method)
        assert found.statistic[0] == pytest.approx(PUBLISHED["vision"][key], abs=5e-3)
        assert found.df.tolist() == [PUBLISHED["vision"]["margins_df"]]

    def test_they_are_statsmodels_on_full_tables(self):
        chance = np.random.default_rng(3)
        for _ in range(5):
            square = chance.integers(1, 12, size=(4, 4))
            tables = tables_of(square)
            theirs = contingency_tables.SquareTable(square, shift_zeros=False)
            symmetric = theirs.symmetry()
            found = stability.bowker(tables)
            assert found.statistic[0] == pytest.approx(symmetric.statistic)
            assert found.p[0] == pytest.approx(symmetric.pvalue)
            for method in ("stuart_maxwell", "bhapkar"):
                margins = theirs.homogeneity(method=method)
                found = stability.marginal_homogeneity(tables, method=method)
                assert found.statistic[0] == pytest.approx(margins.statistic)
                assert found.p[0] == pytest.approx(margins.pvalue)
                assert found.df[0] == margins.df

    def test_points_without_moves_between_them_cost_a_degree_of_freedom_or_not(self):
        square = [[5, 3, 0], [1, 4, 2], [0, 6, 7]]
        dropped = stability.bowker(tables_of(square))
        kept = stability.bowker(tables_of(square), zero_pairs="keep")
        theirs = contingency_tables.SquareTable(np.array(square), shift_zeros=False).symmetry()
        assert dropped.statistic.tolist() == kept.statistic.tolist() == [1 + 2]
        assert (dropped.df.tolist(), kept.df.tolist()) == ([2], [3])
        assert theirs.df == 3
        assert kept.p[0] == pytest.approx(scipy_stats.chi2.sf(3, 3))
        assert dropped.p[0] == pytest.approx(scipy_stats.chi2.sf(3, 2))

    def test_margins_ignore_points_nobody_used(self):
        square = np.array([[9, 3, 1], [1, 8, 2], [2, 6, 7]])
        padded = np.zeros((5, 5), dtype=int)
        padded[np.ix_([0, 2, 4], [0, 2, 4])] = square
        plain = stability.marginal_homogeneity(tables_of(square))
        found = stability.marginal_homogeneity(tables_of(padded))
        assert found.statistic[0] == pytest.approx(plain.statistic[0])
        assert found.df.tolist() == plain.df.tolist() == [2]

    def test_separate_sets_of_points_add_up(self):
        apart = np.zeros((4, 4), dtype=int)
        apart[0, 1], apart[1, 0], apart[2, 3], apart[3, 2] = 7, 2, 1, 5
        found = stability.marginal_homogeneity(tables_of(apart))
        assert found.statistic[0] == pytest.approx(5**2 / 9 + 4**2 / 6)
        assert found.df.tolist() == [2]

    def test_two_points_are_mcnemar(self):
        square = tables_of([[3, 7], [2, 4]])
        mcnemar = stability.mcnemar(square, inside=np.array([False, True]))
        for found in (stability.bowker(square), stability.marginal_homogeneity(square)):
            assert found.statistic[0] == pytest.approx(mcnemar.statistic[0])
            assert found.p[0] == pytest.approx(mcnemar.chi2_p[0])

    def test_a_swap_is_symmetric_and_keeps_the_margins(self):
        swap = transition_tables([1] * 5 + [9] * 5, [9] * 5 + [1] * 5, points=NINE)
        for found in (stability.bowker(swap), stability.marginal_homogeneity(swap)):
            assert found.statistic.tolist() == [0]
            assert found.p.tolist() == [1]

    def test_no_change_and_no_pairs_are_said(self):
        for found in (
            stability.bowker(EDGES),
            stability.bowker(EDGES, zero_pairs="keep"),
            stability.marginal_homogeneity(EDGES),
            stability.marginal_homogeneity(EDGES, method="bhapkar"),
        ):
            assert np.isnan(found.p[[NOBODY, ALL_SAME]]).all()
            assert found.reasons[NOBODY] == NO_PAIRS
            assert found.reasons[ALL_SAME] == why.NO_CHANGE
            assert found.df[ALL_SAME] == 0

    def test_bhapkar_has_no_variance_when_all_move_one_way(self):
        plain = stability.marginal_homogeneity(EDGES)
        found = stability.marginal_homogeneity(EDGES, method="bhapkar")
        assert plain.statistic[BOTH_APART] == pytest.approx(3)
        assert np.isnan(found.statistic[BOTH_APART])
        assert found.reasons[BOTH_APART] == why.ONE_WAY

    def test_other_variants_are_refused(self):
        with pytest.raises(ValueError, match="'shift'"):
            stability.bowker(EDGES, zero_pairs="shift")
        with pytest.raises(ValueError, match="'cochran'"):
            stability.marginal_homogeneity(EDGES, method="cochran")


class TestRankCorrelation:
    def test_it_is_scipys(self):
        earlier, later, tables = panel()
        found = stability.rank_correlation(tables)
        for item in range(tables.items):
            was, became = paired(earlier, later, item)
            assert found.spearman[item] == pytest.approx(scipy_stats.spearmanr(was, became)[0])
            assert found.kendall_tau_b[item] == pytest.approx(
                scipy_stats.kendalltau(was, became)[0]
            )

    def test_everybody_one_up_is_exactly_one(self):
        found = stability.rank_correlation(EDGES)
        assert (found.spearman[ALL_UP], found.kendall_tau_b[ALL_UP]) == (1, 1)

    def test_a_complete_swap_is_exactly_minus_one(self):
        swap = transition_tables([1] * 3 + [9] * 4, [9] * 3 + [1] * 4, points=NINE)
        found = stability.rank_correlation(swap)
        assert (found.spearman.tolist(), found.kendall_tau_b.tolist()) == ([-1], [-1])

    def test_a_unanimous_round_has_no_order_to_keep(self):
        found = stability.rank_correlation(EDGES)
        turned = stability.rank_correlation(
            TransitionTables(EDGES.counts.transpose(0, 2, 1), EDGES.points)
        )
        assert np.isnan(found.spearman[:5]).all()
        assert np.isnan(found.kendall_tau_b[:5]).all()
        assert found.reasons == (
            NO_PAIRS,
            why.ONE_PAIR,
            why.EACH_ROUND_UNANIMOUS,
            why.EARLIER_UNANIMOUS,
            why.EACH_ROUND_UNANIMOUS,
            None,
        )
        assert turned.reasons[EARLIER_ALL_EQUAL] == why.LATER_UNANIMOUS


class TestWeightedKappa:
    cohen = tables_of(PUBLISHED["cohen"]["table"])

    @pytest.mark.parametrize(
        ("gravities", "kappa"),
        [
            ("gravities", "kappa"),
            ("gravities_swapped", "kappa_swapped"),
            ("gravities_one_sided", "kappa_one_sided"),
        ],
    )
    def test_it_reproduces_cohens_table(self, gravities, kappa):
        found = stability.weighted_kappa(self.cohen, weights=PUBLISHED["cohen"][gravities])
        assert found.kappa[0] == pytest.approx(PUBLISHED["cohen"][kappa], abs=5e-4)

    def test_unweighted_it_reproduces_cohens_table(self):
        found = stability.weighted_kappa(self.cohen, weights="identity")
        assert found.kappa[0] == pytest.approx(PUBLISHED["cohen"]["unweighted"], abs=5e-4)

    @pytest.mark.parametrize("weights", ["quadratic", "linear"])
    def test_it_is_statsmodels_and_the_reliability_package(self, weights):
        _, _, tables = panel()
        found = stability.weighted_kappa(tables, weights=weights)
        for item in range(tables.items):
            theirs = inter_rater.cohens_kappa(tables.counts[item], wt=weights)
            assert found.kappa[item] == pytest.approx(theirs.kappa)
        ours = reliability.kappas_from_tables(tables.counts, weights=weights)
        assert found.kappa == pytest.approx(ours)

    def test_one_unanimous_round_is_exactly_zero_however_many_stayed(self):
        found = stability.weighted_kappa(EDGES)
        assert found.kappa[EARLIER_ALL_EQUAL] == 0
        assert found.kappa[BOTH_APART] == 0
        assert found.one_round_unanimous.tolist() == [False, True, False, True, True, False]
        assert found.reasons[EARLIER_ALL_EQUAL] is None

    def test_unanimity_in_both_rounds_and_no_pairs_are_undefined(self):
        found = stability.weighted_kappa(EDGES)
        assert np.isnan(found.kappa[[NOBODY, ALL_SAME]]).all()
        assert found.reasons[NOBODY] == NO_PAIRS
        assert found.reasons[ALL_SAME] == why.ONE_POINT_USED

    def test_keeping_every_rating_is_exactly_one(self):
        kept = transition_tables([1, 3, 7, 9], [1, 3, 7, 9], points=NINE)
        assert stability.weighted_kappa(kept).kappa.tolist() == [1]

    def test_the_interval_holds_kappa_and_repeats_with_its_seed(self):
        _, _, tables = panel(FIVE, 40, 3, 2)
        first = stability.weighted_kappa_interval(tables, seed=7, draws=300)
        again = stability.weighted_kappa_interval(tables, seed=7, draws=300)
        other = stability.weighted_kappa_interval(tables, seed=8, draws=300)
        kappa = stability.weighted_kappa(tables).kappa
        assert first.estimate.tolist() == kappa.tolist()
        assert (first.lower < kappa).all()
        assert (kappa < first.upper).all()
        assert first.lower.tolist() == again.lower.tolist()
        assert first.lower.tolist() != other.lower.tolist()

    def test_a_unanimous_round_has_no_interval(self):
        found = stability.weighted_kappa_interval(EDGES, seed=1, draws=50)
        assert np.isnan(
            found.lower[[NOBODY, ONE_PAIR, ALL_SAME, EARLIER_ALL_EQUAL, BOTH_APART]]
        ).all()
        assert not np.isnan(found.lower[ALL_UP])

    @pytest.mark.parametrize(
        ("weights", "said"),
        [
            ("cubic", "not 'cubic'"),
            ([[0, 1], [1, 0]], "5 x 5 table"),
            (np.ones((5, 5)), "0 on its diagonal"),
            (np.zeros((5, 5)), "5 x 5 table"),
            (np.eye(5) - 1, "from 0 on"),
        ],
    )
    def test_other_weights_are_refused(self, weights, said):
        with pytest.raises(ValueError, match=said):
            stability.weighted_kappa(EDGES, weights=weights)


class TestDelphisOwnChiSquares:
    @pytest.mark.parametrize("name", ["chaffin_talley_stable", "chaffin_talley_unstable"])
    def test_they_reproduce_chaffin_and_talley(self, name):
        example = PUBLISHED[name]
        tables = tables_of(example["table"])
        individual = stability.chi_square_individual(tables)
        group = stability.chi_square_group(tables.earlier, tables.later)
        assert individual.statistic[0] == pytest.approx(example["individual_chi_square"], abs=5e-3)
        assert stability.goodman_kruskal_lambda(tables).value[0] == pytest.approx(example["lambda"])
        assert group.statistic[0] == pytest.approx(example["group_chi_square"], abs=5e-4)
        assert individual.df.tolist() == [4]
        assert group.df.tolist() == [2]

    def test_net_change_reads_nine_of_122_below_scheibes_cut(self):
        tables = tables_of(PUBLISHED["chaffin_talley_unstable"]["table"])
        moved = movement(tables, bands=[0, 1, 2])
        assert moved.net_change[0] == pytest.approx(9 / 122)
        assert moved.unchanged.tolist() == [PUBLISHED["chaffin_talley_unstable"]["unchanged"]]

    def test_the_two_tests_read_in_opposite_directions(self):
        tables = tables_of(PUBLISHED["chaffin_talley_stable"]["table"])
        individual = stability.chi_square_individual(tables)
        group = stability.chi_square_group(tables.earlier, tables.later)
        assert individual.p[0] < 1e-6
        assert individual.reads_as_stable == "p small"
        assert group.p[0] > 0.4
        assert group.reads_as_stable == "p not small"
        assert "Dajani" in group.convention

    def test_dajanis_own_example(self):
        example = PUBLISHED["dajani"]
        three = ScalePoints(1, 3)
        found = stability.chi_square_group(
            counts.from_counts(example["earlier"], points=three),
            counts.from_counts(example["later"], points=three),
        )
        assert found.statistic[0] == pytest.approx(example["group_chi_square"], abs=6e-4)

    def test_they_are_scipys_on_full_tables(self):
        chance = np.random.default_rng(2)
        square = chance.integers(1, 9, size=(4, 4))
        found = stability.chi_square_individual(tables_of(square))
        theirs = scipy_stats.chi2_contingency(square, correction=False)
        assert found.statistic[0] == pytest.approx(theirs.statistic)
        assert found.p[0] == pytest.approx(theirs.pvalue)
        assert found.smallest_expected[0] == pytest.approx(theirs.expected_freq.min())
        assert found.below_five[0] == pytest.approx((theirs.expected_freq < 5).mean())

    def test_points_nobody_used_are_left_out(self):
        tables = transition_tables([1, 1, 9, 9, 9], [1, 9, 9, 9, 1], points=NINE)
        theirs = scipy_stats.chi2_contingency([[1, 1], [1, 2]], correction=False)
        found = stability.chi_square_individual(tables)
        assert found.statistic[0] == pytest.approx(theirs.statistic)
        assert found.df.tolist() == [1]

    def test_undefined_outcomes_have_reasons(self):
        individual = stability.chi_square_individual(EDGES)
        assert np.isnan(individual.p[:5]).all()
        assert individual.reasons[NOBODY] == NO_PAIRS
        assert individual.reasons[EARLIER_ALL_EQUAL] == why.EARLIER_UNANIMOUS
        assert np.isnan(individual.smallest_expected[NOBODY])
        assert np.isnan(individual.below_five[NOBODY])
        group = stability.chi_square_group(EDGES.earlier, EDGES.later)
        assert group.reasons[NOBODY] == why.NOBODY_IN_A_ROUND
        assert group.reasons[ALL_SAME] == why.ONE_POINT_USED
        assert group.reasons[BOTH_APART] is None
        assert np.isnan(group.p[[NOBODY, ALL_SAME]]).all()
        guess = stability.goodman_kruskal_lambda(EDGES)
        assert guess.reasons[NOBODY] == NO_PAIRS
        assert guess.reasons[ALL_SAME] == why.LATER_UNANIMOUS
        assert np.isnan(guess.value[[NOBODY, ALL_SAME]]).all()

    def test_somebody_in_one_round_only_is_not_two_rounds(self):
        three = ScalePoints(1, 3)
        found = stability.chi_square_group(
            counts.from_counts([1, 2, 3], points=three), counts.from_counts([0, 0, 0], points=three)
        )
        assert np.isnan(found.p[0])
        assert found.reasons == (why.NOBODY_IN_A_ROUND,)

    def test_rounds_on_different_scales_are_refused(self):
        with pytest.raises(ValueError, match="differ"):
            stability.chi_square_group(EDGES.earlier, panel()[2].later)


def share_of_top(table):
    return table.between(4, 5) / table.n


class TestEquivalence:
    def test_the_interval_is_what_resampling_rows_gives(self):
        earlier, later, tables = panel(FIVE, 60, 1, 6)
        found = stability.equivalence(
            tables, centre.mean, margin=0.5, seed=3, draws=4000, confidence=0.90
        )
        was, became = paired(earlier, later, 0)
        rows = np.random.default_rng(9).integers(0, len(was), size=(4000, len(was)))
        by_rows = np.quantile((became - was)[rows].mean(axis=1), [0.05, 0.95])
        assert found.change[0] == pytest.approx((became - was).mean())
        assert [found.lower[0], found.upper[0]] == pytest.approx(by_rows, abs=0.02)

    def test_a_panel_that_did_not_move_is_equivalent_and_one_that_jumped_is_not(self):
        found = stability.equivalence(EDGES, share_of_top_or_nan, margin=0.2, seed=1, draws=50)
        assert found.equivalent[ALL_SAME]
        assert (found.lower[ALL_SAME], found.upper[ALL_SAME]) == (0, 0)
        assert not found.equivalent[BOTH_APART]
        assert found.reasons[ALL_SAME] is None

    def test_what_is_undefined_was_not_shown(self):
        found = stability.equivalence(EDGES, centre.median, margin=1, seed=1, draws=50)
        assert not found.equivalent[NOBODY]
        assert found.reasons[NOBODY] == NO_PAIRS
        one = stability.equivalence(EDGES, spread.standard_deviation, margin=1, seed=1, draws=50)
        assert not one.equivalent[ONE_PAIR]
        assert one.reasons[ONE_PAIR] == why.UNDEFINED_IN_A_ROUND

    def test_a_small_panel_shows_nothing_by_a_narrow_margin(self):
        tables = transition_tables([3, 4, 5, 3, 4], [4, 4, 4, 3, 5], points=FIVE)
        found = stability.equivalence(tables, centre.mean, margin=0.1, seed=1, draws=200)
        assert not found.equivalent[0]

    @pytest.mark.parametrize("margin", [0, -1, float("nan")])
    def test_a_margin_is_above_zero(self, margin):
        with pytest.raises(ValueError, match="not above 0"):
            stability.equivalence(EDGES, centre.mean, margin=margin, seed=1)
        with pytest.raises(ValueError, match="not above 0"):
            stability.mean_equivalence(EDGES, margin=margin)

    def test_the_mean_test_is_statsmodels(self):
        earlier, later, tables = panel(NINE, 40, 5, 8)
        found = stability.mean_equivalence(tables, margin=0.5)
        for item in range(tables.items):
            was, became = paired(earlier, later, item)
            p, _, _ = weightstats.ttost_paired(became, was, -0.5, 0.5)
            low, high = weightstats.DescrStatsW(became - was).tconfint_mean(alpha=0.10)
            assert found.p[item] == pytest.approx(p)
            assert (found.lower[item], found.upper[item]) == pytest.approx((low, high))
            assert found.equivalent[item] == (p < 0.05)

    def test_the_interval_is_inside_exactly_when_p_is_small(self):
        _, _, tables = panel(NINE, 25, 60, 3)
        found = stability.mean_equivalence(tables, margin=0.6, alpha=0.05)
        assert found.equivalent.tolist() == (found.p < 0.05).tolist()
        assert 0 < found.equivalent.sum() < 60

    def test_changes_without_variance_have_no_p(self):
        found = stability.mean_equivalence(EDGES, margin=0.5)
        assert np.isnan(found.p[[NOBODY, ONE_PAIR, ALL_SAME, BOTH_APART, ALL_UP]]).all()
        assert found.reasons == (
            NO_PAIRS,
            why.ONE_PAIR,
            why.NO_CHANGE,
            None,
            why.SAME_FOR_ALL,
            why.SAME_FOR_ALL,
        )
        assert found.equivalent.tolist() == [False, False, True, False, False, False]
        assert (found.lower[ALL_UP], found.upper[ALL_UP]) == (1, 1)
        assert np.isnan([found.lower[ONE_PAIR], found.lower[NOBODY]]).all()

    def test_steps_of_half_a_point_count_as_half(self):
        halves = ScalePoints(0, 2, 0.5)
        tables = transition_tables([0, 0.5, 1], [0.5, 0.5, 2], points=halves)
        assert stability.mean_equivalence(tables, margin=1).change[0] == pytest.approx(0.5)

    @pytest.mark.parametrize("alpha", [0, 0.5, 1])
    def test_an_alpha_outside_its_range_is_refused(self, alpha):
        with pytest.raises(ValueError, match="not between 0 and 0.5"):
            stability.mean_equivalence(EDGES, margin=1, alpha=alpha)


def share_of_top_or_nan(table):
    return np.divide(
        table.between(4, 5), table.n, out=np.full(table.items, np.nan), where=table.n > 0
    )


def several_rounds(experts, rounds, items, seed=0, points=NINE):
    chance = np.random.default_rng(seed)
    layers = chance.integers(1, points.count + 1, size=(rounds, experts, items)).astype(float)
    layers[chance.random(layers.shape) < 0.05] = np.nan
    return list(layers)


def complete(rounds, item):
    together = np.stack([layer[:, item] for layer in rounds], axis=1)
    return together[~np.isnan(together).any(axis=1)]


class TestRounds:
    @pytest.mark.parametrize("count", [3, 4])
    def test_friedman_is_scipys_on_complete_raters(self, count):
        rounds = several_rounds(20, count, 5)
        found = stability.friedman_over_rounds(rounds)
        for item in range(5):
            theirs = scipy_stats.friedmanchisquare(*complete(rounds, item).T)
            assert found.complete[item] == len(complete(rounds, item))
            assert found.statistic[item] == pytest.approx(theirs.statistic)
            assert found.p[item] == pytest.approx(theirs.pvalue)
        assert found.df == count - 1

    def test_cochran_is_statsmodels(self):
        rounds = several_rounds(40, 3, 4)
        found = stability.cochran_q(rounds, points=NINE, inside=TOP_OF_NINE)
        for item in range(4):
            inside = complete(rounds, item) >= 7
            theirs = contingency_tables.cochrans_q(inside.astype(int))
            assert found.statistic[item] == pytest.approx(theirs.statistic)
            assert found.p[item] == pytest.approx(theirs.pvalue)

    @pytest.mark.parametrize(("count", "experts"), [(3, 9), (4, 6), (5, 4)])
    def test_page_is_scipys_exact_without_ties(self, count, experts):
        chance = np.random.default_rng(count)
        ranks = np.array([chance.permutation(count) + 1.0 for _ in range(experts)])
        found = stability.page_trend(list(ranks.T))
        theirs = scipy_stats.page_trend_test(ranks, method="exact")
        assert found.statistic.tolist() == [theirs.statistic]
        assert found.p_rising[0] == pytest.approx(theirs.pvalue)
        assert found.exact.tolist() == [True]

    def test_page_is_scipys_approximation_without_ties(self):
        chance = np.random.default_rng(1)
        ranks = np.array([chance.permutation(4) + 1.0 for _ in range(70)])
        found = stability.page_trend(list(ranks.T))
        theirs = scipy_stats.page_trend_test(ranks, method="asymptotic")
        assert found.exact.tolist() == [False]
        assert found.p_rising[0] == pytest.approx(theirs.pvalue)
        assert found.p_falling[0] == pytest.approx(1 - theirs.pvalue)

    def test_experts_with_a_gap_count_for_nothing_in_pages_test(self):
        rounds = several_rounds(90, 4, 3)
        found = stability.page_trend(rounds)
        for item in range(3):
            alone = stability.page_trend(list(complete(rounds, item).T))
            assert found.complete[item] == alone.complete[0] < 90
            assert found.statistic[item] == pytest.approx(alone.statistic[0])
            assert found.p_rising[item] == pytest.approx(alone.p_rising[0])

    def test_with_ties_page_counts_every_order(self):
        given = np.array([[1.0, 2, 2], [3, 3, 5], [2, 4, 3]])
        found = stability.page_trend(list(given.T))
        ranks = scipy_stats.rankdata(given, axis=1)
        time = np.array([1, 2, 3])
        observed = (ranks @ time).sum()
        orders = list(itertools.permutations(range(3)))
        sums = [
            sum(float(ranks[e, list(order)] @ time) for e, order in enumerate(chosen))
            for chosen in itertools.product(orders, repeat=3)
        ]
        assert found.statistic.tolist() == [observed]
        assert found.p_rising[0] == pytest.approx(np.mean(np.array(sums) >= observed - 1e-9))
        assert found.p_falling[0] == pytest.approx(np.mean(np.array(sums) <= observed + 1e-9))

    def test_many_rounds_are_approximated(self):
        rounds = several_rounds(10, 6, 2)
        assert not stability.page_trend(rounds).exact.any()

    def test_turning_time_round_exchanges_rising_and_falling(self):
        rounds = several_rounds(12, 4, 3)
        forth, back = stability.page_trend(rounds), stability.page_trend(rounds[::-1])
        assert forth.p_rising == pytest.approx(back.p_falling)

    def test_no_change_and_nobody_complete_are_said(self):
        first = np.array([[3.0, NOT_GIVEN], [4.0, 2.0]])
        second = np.array([[3.0, 1.0], [4.0, NOT_GIVEN]])
        rounds = [first, second, first]
        page = stability.page_trend(rounds)
        friedman = stability.friedman_over_rounds(rounds)
        cochran = stability.cochran_q(rounds, points=NINE, inside=TOP_OF_NINE)
        for found in (page, friedman):
            assert found.reasons == (why.NO_CHANGE_OVER_ROUNDS, why.NO_COMPLETE_RATER)
            assert np.isnan(found.statistic).all()
        assert np.isnan(page.p_rising).all()
        assert np.isnan(friedman.p).all()
        assert cochran.reasons == (why.NOBODY_CHANGED_SIDES, why.NO_COMPLETE_RATER)
        assert np.isnan(cochran.p).all()

    @pytest.mark.parametrize(
        ("rounds", "said"),
        [
            ([np.ones(3)] * 2, "three rounds or more, not 2"),
            ([np.ones(3), np.ones(3), np.ones(4)], "different shapes"),
        ],
    )
    def test_rounds_that_make_no_trend_are_refused(self, rounds, said):
        with pytest.raises(ValueError, match=said):
            stability.page_trend(rounds)

    def test_a_rating_off_the_scale_is_refused(self):
        with pytest.raises(ValueError, match="rating 10 is not a point of the scale 1 to 9"):
            stability.cochran_q([np.array([10.0])] * 3, points=NINE, inside=TOP_OF_NINE)


class TestTable:
    def table(self):
        return stability.stability_table(EDGES, bands=[0, 0, 1, 2, 2], quantile_method="linear")

    def test_it_holds_the_numbers_of_the_single_functions(self):
        _, _, tables = panel()
        table = stability.stability_table(tables, bands=THIRDS, quantile_method="weibull")
        moved = movement(tables, bands=THIRDS)
        assert table.unchanged.tolist() == (moved.unchanged / moved.pairs).tolist()
        assert table.signed_rank_p.tolist() == stability.signed_rank(tables).p.tolist()
        assert table.weighted_kappa.tolist() == stability.weighted_kappa(tables).kappa.tolist()
        spreads = stability.change_in_spread(tables, quantile_method="weibull")
        assert table.iqr_change.tolist() == spreads.iqr.tolist()
        assert table.conventions["quantile"] == "weibull"

    def test_every_missing_number_has_its_reason_and_no_other_has(self):
        table = self.table()
        for item in range(EDGES.items):
            row = table.item(item)
            missing = {key for key, value in row.items() if value is None}
            assert set(row["reasons"]) == missing
            assert all(row["reasons"].values())

    def test_an_item_is_plain_numbers(self):
        row = self.table().item(ALL_UP)
        assert row["pairs"] == 3
        assert row["moved_up"] == 3
        assert row["unchanged"] == 0.0
        assert row["spearman"] == 1.0
        assert row["signed_rank_exact"] is True
        assert {type(value) for key, value in row.items() if key != "reasons"} <= {int, float, bool}
        assert list(row) == [*stability.KEYS, "reasons"]

    def test_an_unchanged_item_says_no_change(self):
        row = self.table().item(ALL_SAME)
        assert row["unchanged"] == 1.0
        assert row["signed_rank_p"] is None
        assert row["reasons"]["signed_rank_p"].startswith("no change")

    @given(st.integers(0, 10_000), st.permutations(range(10)))
    @settings(max_examples=25)
    def test_the_order_of_experts_does_not_matter(self, seed, order):
        earlier, later = two_rounds(FIVE, 10, 2, seed)
        rows = []
        for who in (range(10), order):
            tables = transition_tables(earlier[list(who)], later[list(who)], points=FIVE)
            table = stability.stability_table(
                tables, bands=[0, 0, 1, 2, 2], quantile_method="linear"
            )
            rows.append([table.item(0), table.item(1)])
        assert rows[0] == rows[1]

    @given(st.integers(0, 10_000))
    @settings(max_examples=25)
    def test_an_expert_who_keeps_the_rating_raises_the_share_unchanged(self, seed):
        earlier, later = two_rounds(FIVE, 10, 1, seed)
        steady = np.array([[4.0]])
        shares = [
            movement(transition_tables(e, la, points=FIVE), bands=[0] * 5)
            for e, la in (
                (earlier, later),
                (np.vstack([earlier, steady]), np.vstack([later, steady])),
            )
        ]
        before, after = (m.share(m.unchanged)[0] for m in shares)
        assert np.isnan(before) or after > before or before == 1


@pytest.mark.parametrize("module", [stability.table, stability.association])
def test_the_examples_in_the_docstrings_run(module):
    assert doctest.testmod(module).failed == 0
