"""Participation and attrition: by hand, scikit-learn 1.9, statsmodels 0.15, and every edge."""

import doctest
import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from surveys.stats import comparison, counts, intervals, participation
from surveys.stats.comparison import groups as comparison_reasons
from surveys.stats.participation import adjustment, response
from surveys.stats.ratings import NOBODY_RATED, ONE_RATING, ScalePoints

FIVE = ScalePoints(1, 5)
TOP = np.array([False, False, False, True, True])
BOTTOM = np.array([True, True, False, False, False])


def a_panel_that_loses_some(experts=40, items=6, seed=0):
    """Earlier ratings, who stayed (those who rated high rather), and later ratings."""
    chance = np.random.default_rng(seed)
    earlier = chance.integers(1, 6, size=(experts, items)).astype(float)
    earlier[chance.random(earlier.shape) < 0.1] = np.nan
    stayed = chance.random(experts) < 0.4 + 0.12 * (np.nanmean(earlier, axis=1) - 2)
    later = np.where(stayed[:, np.newaxis], chance.integers(1, 6, size=earlier.shape), np.nan)
    return earlier, stayed, later


class TestResponse:
    invited = np.array([[1, 1, 1], [1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 1, 1]], bool)
    responded = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 1, 1]], bool)
    completed = np.array([[1, 0, 1], [1, 1, 0], [0, 0, 0], [0, 0, 0], [0, 1, 1]], bool)

    def found(self):
        return participation.panel_participation(self.invited, self.responded, self.completed)

    def test_every_share_has_its_own_denominator(self):
        first, second, third = self.found().rounds
        assert [r.invited for r in (first, second, third)] == [4, 4, 3]
        assert [(r.response.count, r.response.of) for r in (first, second, third)] == [
            (3, 4),
            (3, 4),
            (2, 3),
        ]
        assert (second.completion.count, second.completion.of) == (2, 3)
        assert (third.retention.count, third.retention.of) == (1, 3)
        assert (third.retention_from_previous.count, third.retention_from_previous.of) == (2, 3)
        assert (self.found().every_round.count, self.found().every_round.of) == (1, 5)

    def test_shares_have_wilsons_interval(self):
        share = self.found().rounds[0].response
        limits = intervals.proportion(3, 4)
        assert share.share == 0.75
        assert (share.lower, share.upper) == (limits.lower, limits.upper)
        assert share.reason is None

    def test_the_first_round_keeps_nobody_from_before(self):
        first = self.found().rounds[0]
        assert first.retention.share is None
        assert first.retention.reason == response.FIRST_ROUND
        assert first.retention_from_previous.reason == response.FIRST_ROUND

    def test_a_share_of_nobody_is_undefined_with_its_reason(self):
        nobody = np.zeros((3, 2), bool)
        found = participation.panel_participation(nobody, nobody, nobody)
        assert found.rounds[0].response.reason == response.NOBODY_INVITED
        assert found.rounds[0].completion.reason == response.NOBODY_RESPONDED
        assert found.rounds[1].retention.reason == response.NOBODY_BEFORE
        assert found.every_round.share is None
        assert found.every_round.lower is None

    @pytest.mark.parametrize(
        ("broken", "said"),
        [
            ("responded", "expert 3 responded without an invitation in round 1"),
            ("completed", "expert 2 completed without responding in round 1"),
        ],
    )
    def test_what_cannot_have_happened_is_named(self, broken, said):
        marks = {name: getattr(self, name).copy() for name in ("invited", "responded", "completed")}
        marks[broken][{"responded": 3, "completed": 2}[broken], 1] = True
        with pytest.raises(ValueError, match=said):
            participation.panel_participation(**marks)

    @pytest.mark.parametrize(
        ("marks", "said"),
        [
            ([np.ones((2, 2), bool), np.ones((2, 3), bool), np.ones((2, 2), bool)], "the shapes"),
            ([np.ones((2, 2))] * 3, "not booleans"),
            ([np.ones(2, bool)] * 3, "not booleans"),
        ],
    )
    def test_what_is_no_record_of_rounds_is_refused(self, marks, said):
        with pytest.raises(ValueError, match=said):
            participation.panel_participation(*marks)

    def test_the_examples_in_the_docstrings_run(self):
        assert doctest.testmod(response).attempted == 1
        assert doctest.testmod(response).failed == 0


class TestAttritionTable:
    def test_it_compares_earlier_ratings_of_stayers_and_leavers(self):
        earlier, stayed, _ = a_panel_that_loses_some()
        found = participation.attrition_table(earlier, stayed, points=FIVE)
        kept = counts.from_ratings(earlier[stayed], points=FIVE)
        gone = counts.from_ratings(earlier[~stayed], points=FIVE)
        test = comparison.mann_whitney(kept, gone)
        assert found.p.tolist() == test.p.tolist()
        assert found.p_screened.tolist() == comparison.benjamini_hochberg(test.p).tolist()
        for item in range(6):
            mine, theirs = (earlier[who, item] for who in (stayed, ~stayed))
            assert found.mean_stayed[item] == pytest.approx(np.nanmean(mine))
            assert found.mean_left[item] == pytest.approx(np.nanmean(theirs))
            assert found.n_stayed[item] == np.isfinite(mine).sum()
            assert found.n_left[item] == np.isfinite(theirs).sum()
        assert found.flagged.tolist() == (np.abs(found.d) > 0.2).tolist()
        assert found.denominator == "pooled"

    def test_where_nobody_left_there_is_nothing_to_compare(self):
        found = participation.attrition_table([3.0, 4.0], np.array([True, True]), points=FIVE)
        assert found.mean_stayed.tolist() == [3.5]
        assert np.isnan([found.mean_left[0], found.p[0], found.d[0], found.p_screened[0]]).all()
        assert found.test_reasons == found.d_reasons == (comparison_reasons.EMPTY_GROUP,)

    @pytest.mark.parametrize("stayed", [[True], [1, 0], np.ones((2, 1), bool)])
    def test_stayed_is_one_boolean_per_expert(self, stayed):
        with pytest.raises(ValueError, match="who of 2 experts stayed"):
            participation.attrition_table([3.0, 4.0], np.array(stayed), points=FIVE)


class TestTraits:
    def test_it_counts_people_per_category_and_tests_them(self):
        traits = ["nurse", "nurse", "doctor", None, "doctor", "nurse", "patient"]
        stayed = np.array([True, True, False, True, False, True, True])
        found = participation.trait_attrition(traits, stayed)
        assert found.categories == ("doctor", "nurse", "patient")
        assert found.stayed.tolist() == [0, 3, 1]
        assert found.left.tolist() == [2, 0, 0]
        assert found.unknown == 1
        # Of C(6, 2) = 15 pairs of leavers one is "both doctors" and no other is as rare.
        assert found.test.p == pytest.approx(1 / 15)

    @pytest.mark.parametrize(
        ("traits", "stayed"), [([None, None], [True, False]), (["a", "b"], [True, True]), ([], [])]
    )
    def test_without_people_to_compare_there_is_no_p(self, traits, stayed):
        found = participation.trait_attrition(traits, np.array(stayed, dtype=bool))
        assert found.test.p is None
        assert found.test.reason == comparison_reasons.EMPTY_GROUP


class TestRetentionModel:
    @pytest.mark.parametrize("penalty", [0.1, 1.0, 10.0])
    def test_it_is_scikit_learns_ridge(self, penalty):
        earlier, stayed, _ = a_panel_that_loses_some()
        groups = ["abc"[i % 3] for i in range(40)]
        covariates = participation.retention_covariates(earlier, groups)
        found = participation.retention_model(stayed, covariates, penalty=penalty)
        scaled = StandardScaler().fit_transform(covariates)
        theirs = LogisticRegression(C=1 / penalty, tol=1e-12, max_iter=10_000).fit(scaled, stayed)
        assert found.intercept == pytest.approx(theirs.intercept_[0], abs=1e-5)
        assert found.coefficients == pytest.approx(theirs.coef_[0], abs=1e-5)
        assert found.probability == pytest.approx(theirs.predict_proba(scaled)[:, 1], abs=1e-5)

    def test_without_penalty_it_is_statsmodels_likelihood(self):
        earlier, stayed, _ = a_panel_that_loses_some()
        covariates = participation.retention_covariates(earlier)
        found = participation.retention_model(stayed, covariates, penalty=0)
        theirs = sm.Logit(stayed.astype(float), sm.add_constant(covariates)).fit(disp=0)
        assert found.probability == pytest.approx(theirs.predict(), abs=1e-7)

    def test_chances_are_on_average_the_share_that_stayed(self):
        earlier, stayed, _ = a_panel_that_loses_some(seed=4)
        found = participation.retention_model(stayed, participation.retention_covariates(earlier))
        assert found.probability.mean() == pytest.approx(stayed.mean())

    def test_a_covariate_that_does_not_vary_has_no_coefficient(self):
        stayed = np.array([True, True, False, True])
        found = participation.retention_model(stayed, np.ones((4, 2)))
        assert found.coefficients.tolist() == [0, 0]
        assert found.probability == pytest.approx([0.75] * 4)

    def test_where_nobody_left_every_chance_is_one(self):
        found = participation.retention_model(np.array([True, True]), [[1.0], [2.0]])
        assert found.probability.tolist() == [1, 1]
        assert found.coefficients is None
        assert found.intercept is None
        assert found.reason == adjustment.NOBODY_LEFT

    def test_separated_leavers_need_the_penalty(self):
        score = np.arange(12.0)[:, np.newaxis]
        stayed = score[:, 0] > 5
        with pytest.raises(ValueError, match="separate stayers from leavers"):
            participation.retention_model(stayed, score, penalty=0)
        half_separated = np.array([1, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0], bool)
        with pytest.raises(ValueError, match="separate stayers from leavers"):
            participation.retention_model(half_separated, score < 3, penalty=0)
        assert 0 < participation.retention_model(stayed, score).probability.min() < 0.2

    @pytest.mark.parametrize(
        ("stayed", "covariates", "options", "said"),
        [
            ([False, False], [[1.0], [2.0]], {}, "nobody stayed"),
            ([True, False], [[1.0], [np.nan]], {}, "covariate 0 of expert 1"),
            ([True, False], [1.0, 2.0], {}, r"shape \(2,\)"),
            ([True, False], [[1.0], [2.0]], {"penalty": -1}, "penalty -1"),
            ([True], [[1.0], [2.0]], {}, "2 experts stayed"),
        ],
    )
    def test_what_makes_no_model_is_refused(self, stayed, covariates, options, said):
        with pytest.raises(ValueError, match=said):
            participation.retention_model(np.array(stayed), covariates, **options)


class TestCovariates:
    def test_they_are_the_mean_rating_and_the_groups(self):
        found = participation.retention_covariates(
            [[1, 3], [np.nan, 5], [np.nan, np.nan]], ["b", None, "a"]
        )
        assert found[:2].tolist() == [[2, 0, 1], [5, 0, 0]]
        assert np.isnan(found[2, 0])
        assert found[2, 1:].tolist() == [1, 0]

    def test_without_groups_they_are_the_mean_rating(self):
        assert participation.retention_covariates([[1.0], [2.0]]).tolist() == [[1], [2]]

    def test_groups_belong_to_experts(self):
        with pytest.raises(ValueError, match="1 group names do not belong to 2 experts"):
            participation.retention_covariates([[1.0], [2.0]], ["a"])


def written_out(ratings, chances):
    """Adjusted share, its error and the effective number, expert by expert."""
    usable = [(1 / p, r >= 4) for r, p in zip(ratings, chances, strict=True) if not math.isnan(r)]
    total = sum(w for w, _ in usable)
    share = sum(w for w, y in usable if y) / total
    n = len(usable)
    spread = sum((w * (y - share)) ** 2 for w, y in usable)
    error = math.sqrt(n / (n - 1) * spread) / total
    return share, error, total**2 / sum(w**2 for w, _ in usable)


class TestAdjustedShare:
    def test_it_is_the_weighted_share_written_out(self):
        earlier, stayed, later = a_panel_that_loses_some()
        chances = participation.retention_model(
            stayed, participation.retention_covariates(earlier)
        ).probability
        found = participation.adjusted_share(later, chances, points=FIVE, inside=TOP)
        for item in range(6):
            share, error, effective = written_out(later[:, item], chances)
            assert found.adjusted[item] == pytest.approx(share)
            assert found.standard_error[item] == pytest.approx(error)
            assert found.effective_n[item] == pytest.approx(effective)
            assert found.share[item] == (later[stayed, item] >= 4).mean()
            assert found.n[item] == stayed.sum()
        assert (found.lower < found.adjusted).all()
        assert (found.adjusted < found.upper).all()

    def test_with_equal_chances_it_is_the_plain_share_and_wilsons_interval(self):
        later = np.array([[4.0], [5.0], [1.0], [2.0], [5.0], [4.0]])
        found = participation.adjusted_share(later, np.full(6, 0.5), points=FIVE, inside=TOP)
        wilson = intervals.proportion(4, 6)
        p = 4 / 6
        assert found.adjusted[0] == pytest.approx(p)
        assert found.effective_n[0] == pytest.approx(6)
        assert found.standard_error[0] == pytest.approx(math.sqrt(p * (1 - p) / 5))
        assert found.lower[0] == pytest.approx(float(wilson.lower))
        assert found.upper[0] == pytest.approx(float(wilson.upper))
        assert found.largest_weight[0] == pytest.approx(1 / 6)

    def test_those_who_resemble_leavers_count_for_more(self):
        later = np.array([[5.0], [5.0], [1.0]])
        found = participation.adjusted_share(
            later, np.array([1.0, 1.0, 0.25]), points=FIVE, inside=TOP
        )
        assert found.adjusted.tolist() == [2 / 6]
        assert found.largest_weight[0] == pytest.approx(4 / 6)

    def test_it_recovers_what_leavers_would_have_said_where_the_model_is_right(self):
        # Half the panel agrees; of those who agree nine in ten stay, of the others three in ten.
        agrees = np.repeat([True, False], 1000)
        stayed = np.concatenate([np.arange(1000) < 900, np.arange(1000) < 300])
        later = np.where(stayed, np.where(agrees, 5.0, 1.0), np.nan)
        model = participation.retention_model(stayed, agrees[:, np.newaxis], penalty=0)
        found = participation.adjusted_share(later, model.probability, points=FIVE, inside=TOP)
        assert found.share.tolist() == [0.75]
        assert found.adjusted[0] == pytest.approx(0.5)

    def test_a_unanimous_panel_has_limits_at_the_edge(self):
        later = np.array([[5.0, 1.0], [5.0, 1.0], [np.nan, np.nan]])
        found = participation.adjusted_share(
            later, np.array([0.9, 0.8, 0.3]), points=FIVE, inside=TOP
        )
        assert (found.adjusted[0], found.upper[0]) == (1, 1)
        assert (found.adjusted[1], found.lower[1]) == (0, 0)
        assert found.standard_error.tolist() == [0, 0]
        assert found.lower[0] < 0.5 < found.upper[1]

    def test_undefined_outcomes_have_reasons(self):
        later = np.array([[np.nan, 4.0], [np.nan, np.nan]])
        found = participation.adjusted_share(later, np.array([0.5, 0.5]), points=FIVE, inside=TOP)
        assert np.isnan(found.adjusted[0])
        assert np.isnan([found.lower[0], found.upper[0], found.largest_weight[0]]).all()
        assert found.adjusted[1] == 1
        assert np.isnan(found.standard_error).all()
        assert found.reasons == (NOBODY_RATED, None)
        assert found.error_reasons == (NOBODY_RATED, ONE_RATING)

    @pytest.mark.parametrize(
        ("chances", "said"),
        [
            ([0.5], "1 chances to stay do not belong to 2 experts"),
            ([0.5, 0.0], "chance to stay 0 is"),
            ([0.5, 1.5], "chance to stay 1.5 is"),
            ([np.nan, 0.5], "chance to stay nan is"),
        ],
    )
    def test_chances_are_above_zero_and_one_per_expert(self, chances, said):
        with pytest.raises(ValueError, match=said):
            participation.adjusted_share([4.0, 5.0], chances, points=FIVE, inside=TOP)


class TestBounds:
    def test_they_are_the_panel_with_every_gap_filled_low_and_high(self):
        earlier, _, later = a_panel_that_loses_some()
        found = participation.attrition_bounds(earlier, later, points=FIVE)
        gone = ~np.isnan(earlier) & np.isnan(later)
        for table, fill in ((found.all_low, 1.0), (found.all_high, 5.0)):
            filled = counts.from_ratings(np.where(gone, fill, later), points=FIVE)
            assert table.counts.tolist() == filled.counts.tolist()
            assert table.missing.tolist() == filled.missing.tolist()
        assert found.leavers.tolist() == gone.sum(axis=0).tolist()
        plain = counts.from_ratings(later, points=FIVE)
        assert found.observed.counts.tolist() == plain.counts.tolist()

    def test_the_share_lies_between_none_and_all_of_the_leavers(self):
        earlier, _, later = a_panel_that_loses_some()
        found = participation.attrition_bounds(earlier, later, points=FIVE)
        lowest, highest = found.share(TOP)
        n, top = found.observed.n, found.observed.between(4, 5)
        assert lowest == pytest.approx(top / (n + found.leavers))
        assert highest == pytest.approx((top + found.leavers) / (n + found.leavers))
        assert found.share(BOTTOM)[1] == pytest.approx(
            found.all_low.between(1, 2) / found.all_low.n
        )

    def test_without_leavers_nothing_is_uncertain(self):
        found = participation.attrition_bounds([[3.0], [4.0]], [[3.0], [5.0]], points=FIVE)
        lowest, highest = found.share(TOP)
        assert lowest.tolist() == highest.tolist() == [0.5]

    def test_an_item_nobody_rated_has_no_share(self):
        found = participation.attrition_bounds([[np.nan]], [[np.nan]], points=FIVE)
        assert np.isnan(found.share(TOP)).all()

    def test_an_item_nobody_rated_later_is_all_leavers(self):
        found = participation.attrition_bounds([[4.0], [2.0]], [[np.nan]] * 2, points=FIVE)
        assert [share.tolist() for share in found.share(TOP)] == [[0], [1]]

    def test_rounds_of_different_panels_are_refused(self):
        with pytest.raises(ValueError, match=r"shape \(2, 1\), the later \(1, 1\)"):
            participation.attrition_bounds([[4.0], [2.0]], [[1.0]], points=FIVE)

    @given(st.integers(0, 10_000))
    @settings(max_examples=25)
    def test_the_counted_share_lies_within_the_bounds_and_the_adjusted_is_a_share(self, seed):
        earlier, stayed, later = a_panel_that_loses_some(seed=seed)
        earlier = np.where(np.isnan(earlier), 3.0, earlier)
        lowest, highest = participation.attrition_bounds(earlier, later, points=FIVE).share(TOP)
        model = participation.retention_model(stayed, participation.retention_covariates(earlier))
        found = participation.adjusted_share(later, model.probability, points=FIVE, inside=TOP)
        assert (lowest <= found.share).all()
        assert (found.share <= highest).all()
        assert (found.lower <= found.adjusted).all()
        assert (found.adjusted <= found.upper).all()
        assert (found.effective_n <= found.n + 1e-9).all()
