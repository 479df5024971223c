"""Resampling experts: against exact distributions, row resampling, and dropping rows one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from surveys.stats import centre, counts, resampling, spread
from surveys.stats.ratings import ScalePoints
from surveys.stats.transitions import movement, transition_tables

FIVE = ScalePoints(1, 5)
HALVES = ScalePoints(0, 2, 0.5)


def share_of_top(table):
    return np.divide(
        table.between(4, 5), table.n, out=np.full(table.items, np.nan), where=table.n > 0
    )


def ratings_with_gaps(experts, items, seed=0, points=FIVE):
    chance = np.random.default_rng(seed)
    ratings = chance.choice(points.values, size=(experts, items))
    ratings[chance.random(ratings.shape) < 0.1] = np.nan
    return ratings


class TestCounts:
    def test_the_share_of_a_small_panel_follows_the_binomial(self):
        table = counts.from_counts([1, 1, 0, 2, 4], points=FIVE)
        found = resampling.bootstrap_counts(table, share_of_top, seed=1, draws=20_000)
        exact = scipy_stats.binom.ppf([0.025, 0.975], 8, 6 / 8) / 8
        assert [found.lower[0], found.upper[0]] == pytest.approx(exact)
        assert found.estimate.tolist() == [0.75]
        assert (found.draws, found.seed, found.confidence) == (20_000, 1, 0.95)

    def test_it_is_what_resampling_rows_gives(self):
        ratings = ratings_with_gaps(40, 3)
        table = counts.from_ratings(ratings, points=FIVE)
        found = resampling.bootstrap_counts(table, centre.mean, seed=2, draws=4000)
        chance = np.random.default_rng(3)
        for item in range(3):
            mine = ratings[~np.isnan(ratings[:, item]), item]
            drawn = mine[chance.integers(0, len(mine), size=(4000, len(mine)))].mean(axis=1)
            by_rows = np.quantile(drawn, [0.025, 0.975])
            assert [found.lower[item], found.upper[item]] == pytest.approx(by_rows, abs=0.06)

    def test_the_same_seed_gives_the_same_interval_in_any_chunks(self, monkeypatch):
        table = counts.from_ratings(ratings_with_gaps(12, 4), points=FIVE)
        whole = resampling.bootstrap_counts(table, centre.mean, seed=5, draws=100)
        monkeypatch.setattr(resampling, "_CELLS_AT_ONCE", 60)
        in_chunks = resampling.bootstrap_counts(table, centre.mean, seed=5, draws=100)
        other = resampling.bootstrap_counts(table, centre.mean, seed=6, draws=100)
        assert whole.lower.tolist() == in_chunks.lower.tolist()
        assert whole.upper.tolist() == in_chunks.upper.tolist()
        assert whole.lower.tolist() != other.lower.tolist()

    def test_progress_arrives_at_the_number_of_draws(self, monkeypatch):
        monkeypatch.setattr(resampling, "_CELLS_AT_ONCE", 200)
        table = counts.from_ratings(ratings_with_gaps(12, 4), points=FIVE)
        told = []
        resampling.bootstrap_counts(
            table,
            centre.mean,
            seed=5,
            draws=25,
            progress=lambda done, total: told.append((done, total)),
        )
        assert told == [(10, 25), (20, 25), (25, 25)]

    def test_a_unanimous_panel_has_an_interval_without_width(self):
        table = counts.from_counts([0, 0, 0, 7, 0], points=FIVE)
        found = resampling.bootstrap_counts(table, centre.mean, seed=1, draws=20)
        assert found.lower.tolist() == found.upper.tolist() == [4]

    def test_an_item_nobody_rated_has_no_interval_and_the_others_have(self):
        table = counts.from_counts([[0] * 5, [1, 0, 2, 3, 1]], points=FIVE)
        found = resampling.bootstrap_counts(table, centre.mean, seed=1, draws=20)
        assert np.isnan([found.estimate[0], found.lower[0], found.upper[0]]).all()
        assert found.usable.tolist() == [0, 20]
        assert found.lower[1] < found.upper[1]

    def test_resamples_without_a_number_are_left_out_and_counted(self):
        def only_when_somebody_is_at_the_top(table):
            return np.where(table.counts[:, -1] > 0, share_of_top(table), np.nan)

        table = counts.from_counts([1, 0, 0, 0, 1], points=FIVE)
        found = resampling.bootstrap_counts(
            table, only_when_somebody_is_at_the_top, seed=1, draws=400
        )
        assert 250 < found.usable[0] < 350
        assert found.lower.tolist() == [0.5]

    def test_a_number_that_no_resample_has_leaves_the_estimate_alone(self):
        calls = []

        def only_of_the_panel_itself(table):
            calls.append(table.items)
            return np.full(table.items, 3.0 if len(calls) == 1 else np.nan)

        table = counts.from_counts([1, 0, 0, 0, 1], points=FIVE)
        found = resampling.bootstrap_counts(table, only_of_the_panel_itself, seed=1, draws=10)
        assert found.estimate.tolist() == [3.0]
        assert np.isnan(found.lower).all()
        assert found.usable.tolist() == [0]

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"draws": 0}, "0 draws"),
            ({"confidence": 0.0}, "confidence 0.0"),
            ({"confidence": 1.0}, "confidence 1.0"),
        ],
    )
    def test_settings_that_make_no_bootstrap_are_refused(self, options, said):
        table = counts.from_counts([1, 0, 0, 0, 1], points=FIVE)
        with pytest.raises(ValueError, match=said):
            resampling.bootstrap_counts(table, centre.mean, seed=1, **options)
        with pytest.raises(ValueError, match=said):
            resampling.bootstrap_experts(np.ones((3, 2)), np.nanmean, seed=1, **options)

    def test_a_statistic_that_is_not_one_number_per_item_is_refused(self):
        table = counts.from_counts([1, 0, 0, 0, 1], points=FIVE)
        with pytest.raises(ValueError, match=r"shape \(1, 5\) for 1 items"):
            resampling.bootstrap_counts(table, lambda t: t.counts, seed=1)


class TestTransitions:
    def test_pairs_are_drawn_together(self):
        earlier = ratings_with_gaps(30, 2, seed=1)
        later = np.where(np.random.default_rng(2).random(earlier.shape) < 0.7, earlier, 3)
        tables = transition_tables(earlier, later, points=FIVE)

        def share_unchanged(drawn):
            moved = movement(drawn, bands=[0] * 5)
            return moved.share(moved.unchanged)

        found = resampling.bootstrap_transitions(tables, share_unchanged, seed=4, draws=20_000)
        for item in range(2):
            n, kept = int(tables.pairs[item]), found.estimate[item]
            exact = scipy_stats.binom.ppf([0.025, 0.975], n, kept) / n
            assert [found.lower[item], found.upper[item]] == pytest.approx(exact, abs=1 / n + 1e-9)


class TestExperts:
    def test_rows_are_drawn_whole(self):
        # Two kinds of expert: any resample has items equal, because rows stay together.
        ratings = np.repeat([[1.0, 1.0], [5.0, 5.0]], 10, axis=0)
        found = resampling.bootstrap_experts(
            ratings, lambda drawn: float((drawn[:, 0] - drawn[:, 1]).mean()), seed=1, draws=50
        )
        assert (found.estimate[0], found.lower[0], found.upper[0]) == (0, 0, 0)

    def test_the_mean_is_within_the_exact_distribution(self):
        ratings = np.repeat([[0.0], [1.0]], 5, axis=0)
        found = resampling.bootstrap_experts(
            ratings, lambda drawn: float(drawn.mean()), seed=2, draws=4000
        )
        exact = scipy_stats.binom.ppf([0.025, 0.975], 10, 0.5) / 10
        assert [found.lower[0], found.upper[0]] == pytest.approx(exact)

    def test_progress_is_told_at_every_hundredth_and_at_the_end(self):
        told = []
        resampling.bootstrap_experts(
            np.ones((3, 2)),
            np.nanmean,
            seed=1,
            draws=250,
            progress=lambda done, total: told.append((done, total)),
        )
        assert len(told) == 125
        assert told[-1] == (250, 250)

    def test_a_number_that_is_none_is_undefined(self):
        found = resampling.bootstrap_experts(np.ones((3, 2)), lambda _: None, seed=1, draws=5)
        assert np.isnan([found.estimate[0], found.lower[0]]).all()
        assert found.usable.tolist() == [0]

    def test_a_panel_of_nobody_has_no_interval(self):
        found = resampling.bootstrap_experts(np.empty((0, 2)), np.nanmean, seed=1, draws=5)
        assert np.isnan([found.estimate[0], found.lower[0]]).all()


class TestLeaveOneOut:
    @pytest.mark.parametrize("points", [FIVE, HALVES])
    @pytest.mark.parametrize("statistic", [centre.median, spread.standard_deviation])
    def test_it_is_what_dropping_each_row_gives(self, points, statistic):
        ratings = ratings_with_gaps(9, 6, seed=3, points=points)
        found = resampling.leave_one_expert_out(ratings, statistic, points=points)
        for expert in range(9):
            fewer = counts.from_ratings(np.delete(ratings, expert, axis=0), points=points)
            assert np.allclose(found.without[expert], statistic(fewer), equal_nan=True)
        everybody = statistic(counts.from_ratings(ratings, points=points))
        assert np.allclose(found.full, everybody, equal_nan=True)

    def test_an_expert_who_did_not_rate_has_no_influence(self):
        ratings = np.array([[1.0], [5.0], [np.nan]])
        found = resampling.leave_one_expert_out(ratings, centre.mean, points=FIVE)
        assert found.influence[:, 0].tolist() == [-2, 2, 0]

    def test_without_the_only_expert_nothing_is_left(self):
        found = resampling.leave_one_expert_out([4.0], centre.mean, points=FIVE)
        assert found.full.tolist() == [4]
        assert np.isnan(found.without).all()

    def test_nobody_has_nobody_to_leave_out(self):
        found = resampling.leave_one_expert_out(np.empty((0, 2)), centre.mean, points=FIVE)
        assert found.without.shape == (0, 2)
        assert np.isnan(found.full).all()

    @given(st.integers(0, 10_000))
    @settings(max_examples=25)
    def test_leaving_out_one_of_a_unanimous_panel_changes_nothing(self, seed):
        size = seed % 8 + 2
        ratings = np.full((size, 1), float(seed % 5 + 1))
        found = resampling.leave_one_expert_out(ratings, centre.median, points=FIVE)
        assert (found.influence == 0).all()

    def test_a_rating_off_the_scale_is_refused(self):
        with pytest.raises(ValueError, match="not a point of the scale"):
            resampling.leave_one_expert_out([6.0], centre.mean, points=FIVE)
