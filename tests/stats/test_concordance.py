"""Concordance: printed examples, scipy 1.17, pingouin 0.7, complete enumeration, and every edge."""

import itertools
import os
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats as scipy_stats

from surveys.stats import concordance
from surveys.stats.ratings import NOBODY_RATED

ROOT = Path(__file__).parents[2]
PRINTED = tomllib.loads((ROOT / "tests/published/agreement.toml").read_text("utf-8"))
REAL_DATA = Path(os.environ.get("RONDO_REAL_DATA", ROOT.parent / "shared" / "data"))
NAN = float("nan")

complete_panels = hnp.arrays(
    np.float64,
    st.tuples(st.integers(2, 6), st.integers(2, 6)),
    elements=st.integers(1, 5).map(float),
)


def drawn_panel(experts=11, items=12, seed=7, gaps=0.0):
    chance = np.random.default_rng(seed)
    common = chance.normal(0, 1.2, items)
    ratings = np.clip(np.rint(6 + common + chance.normal(0, 1.4, (experts, items))), 1, 9)
    ratings[chance.random(ratings.shape) < gaps] = NAN
    return ratings


# --- Kendall's W ---------------------------------------------------------------------------------


@pytest.mark.parametrize("example", ["siegel_applicants", "kendall_ties"])
def test_w_is_the_printed_one(example):
    printed = PRINTED[example]

    found = concordance.kendalls_w(printed["rankings"])

    assert found.w == pytest.approx(printed["w"], abs=0.002)
    assert np.multiply(found.mean_ranks, 3) == pytest.approx(printed["rank_sums"])


def test_w_can_be_recomputed_from_printed_rank_sums():
    printed = PRINTED["kendall_ties"]
    from_ratings = concordance.kendalls_w(printed["rankings"])

    found = concordance.kendalls_w_from_rank_sums(
        printed["rank_sums"], experts=3, tie_term=from_ratings.tie_term
    )

    assert found == from_ratings


def test_without_the_tie_term_w_is_too_small():
    printed = PRINTED["kendall_ties"]

    found = concordance.kendalls_w_from_rank_sums(printed["rank_sums"], experts=3)

    assert found.w < concordance.kendalls_w(printed["rankings"]).w


@pytest.mark.parametrize("experts", [2, 3, 11, 40])
def test_chi_squared_is_scipys_friedman(experts):
    ratings = drawn_panel(experts)
    theirs = scipy_stats.friedmanchisquare(*ratings.T)

    found = concordance.kendalls_w(ratings)
    test = concordance.friedman(ratings)

    assert found.chi_squared == pytest.approx(theirs.statistic)
    assert found.p_chi_squared == pytest.approx(theirs.pvalue)
    assert (test.statistic, test.df, test.p) == (found.chi_squared, 11, found.p_chi_squared)
    assert (test.experts, test.items, test.reason) == (experts, 12, None)


@pytest.mark.parametrize("method", ["chisq", "f"])
def test_w_and_its_tests_are_pingouins(method):
    ratings = drawn_panel()
    long = pd.DataFrame(ratings).reset_index().melt(id_vars="index")
    theirs = pingouin.friedman(
        long, dv="value", within="variable", subject="index", method=method
    ).iloc[0]

    found = concordance.kendalls_w(ratings)

    assert found.w == pytest.approx(theirs["W"])
    if method == "f":
        assert (found.f, found.df1, found.df2, found.p_f) == pytest.approx(
            (theirs["F"], theirs["ddof1"], theirs["ddof2"], theirs["p_unc"])
        )
    else:
        assert (found.chi_squared, found.p_chi_squared) == pytest.approx(
            (theirs["Q"], theirs["p_unc"])
        )


def test_enlight_keeps_19_of_65_experts_and_ties_raise_w():
    file = REAL_DATA / "enlight_round1_ratings.csv"
    if not file.exists():
        pytest.skip("the ENLIGHT ratings are not beside the checkout (RONDO_REAL_DATA)")
    ratings = pd.read_csv(file, index_col=0, na_values=["X"]).to_numpy(dtype=float)

    found = concordance.kendalls_w(ratings)
    rank_sums = np.multiply(found.mean_ranks, found.experts)
    uncorrected = concordance.kendalls_w_from_rank_sums(rank_sums, experts=found.experts)

    assert (found.experts, found.experts_left_out, found.items) == (19, 46, 61)
    assert found.w == pytest.approx(0.384, abs=5e-4)
    assert uncorrected.w == pytest.approx(0.337, abs=5e-4)


def test_experts_in_complete_concordance_have_w_1_and_an_infinite_f():
    found = concordance.kendalls_w([[1, 2, 3], [2, 5, 9], [4, 6, 7]])

    assert found.w == 1
    assert found.average_rank_correlation == 1
    assert (found.f, found.p_f, found.f_reason) == (None, None, concordance.COMPLETE_CONCORDANCE)
    assert found.reason is None


def test_two_opposed_experts_have_w_0():
    found = concordance.kendalls_w([[1, 2, 3], [3, 2, 1]])

    assert (found.w, found.chi_squared, found.p_chi_squared, found.f) == (0, 0, 1, 0)
    assert found.average_rank_correlation == -1


def test_two_experts_with_two_items_have_no_f():
    found = concordance.kendalls_w([[1, 2], [2, 1]])

    assert (found.w, found.f) == (0, None)
    assert found.f_reason == concordance.NO_DEGREES_OF_FREEDOM


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        (np.empty((0, 3)), NOBODY_RATED),
        (np.empty((3, 0)), NOBODY_RATED),
        (np.full((4, 3), NAN), NOBODY_RATED),
        ([[1, 2, 3]], concordance.ONE_EXPERT),
        ([[1], [2]], concordance.ONE_ITEM),
        ([[1, NAN], [NAN, 2]], concordance.NO_COMPLETE_EXPERT),
        ([[5, 5, 5], [7, 7, 7]], concordance.ALL_TIED),
    ],
)
def test_w_is_undefined_with_its_reason(ratings, reason):
    found = concordance.kendalls_w(ratings)
    tested = concordance.permutation_test(ratings, seed=1)
    interval = concordance.kendalls_w_interval(ratings, seed=1)

    assert (found.w, found.reason, found.f_reason) == (None, reason, reason)
    assert (found.chi_squared, found.p_chi_squared, found.df) == (None, None, None)
    assert found.mean_ranks == ()
    assert concordance.friedman(ratings).reason == reason
    assert (tested.p, tested.method, tested.reason) == (None, None, reason)
    assert (interval.lower, interval.upper, interval.reason) == (None, None, reason)


def test_experts_with_a_gap_are_left_out_and_counted():
    ratings = drawn_panel()
    with_gap = np.vstack([ratings, ratings[0]])
    with_gap[-1, 4] = NAN

    found = concordance.kendalls_w(with_gap)

    assert (found.experts, found.experts_left_out, found.items_left_out) == (11, 1, 0)
    assert found.w == concordance.kendalls_w(ratings).w


def test_items_with_a_gap_can_be_left_out_instead():
    ratings = drawn_panel()
    with_gap = ratings.copy()
    with_gap[3, 4] = NAN

    found = concordance.kendalls_w(with_gap, leave_out="items")

    assert (found.experts, found.items, found.items_left_out) == (11, 11, 1)
    assert found.left_out == "items"
    assert found.w == concordance.kendalls_w(np.delete(ratings, 4, axis=1)).w


def test_leaving_out_items_may_leave_none():
    found = concordance.kendalls_w([[1, NAN], [NAN, 2]], leave_out="items")

    assert found.reason == concordance.NO_COMPLETE_ITEM


def test_an_expert_who_rated_nothing_and_an_item_nobody_rated_spoil_nothing():
    ratings = drawn_panel()
    padded = np.full((12, 13), NAN)
    padded[:11, :12] = ratings

    for leave_out in ("experts", "items"):
        found = concordance.kendalls_w(padded, leave_out=leave_out)
        assert found.w == concordance.kendalls_w(ratings).w
        assert (found.experts_left_out, found.items_left_out) == (1, 1)


def test_an_expert_without_an_order_stays_and_lowers_w():
    order = [[1, 2, 3], [1, 2, 3]]

    found = concordance.kendalls_w([*order, [5, 5, 5]])

    assert found.tied_experts == 1
    assert found.w == pytest.approx(2 / 3)


def test_w_does_not_depend_on_how_many_experts_are_ranked_at_a_time(monkeypatch):
    ratings = drawn_panel(50)
    whole = concordance.kendalls_w(ratings)

    monkeypatch.setattr(concordance, "_RANKED_AT_ONCE", 30)

    assert concordance.kendalls_w(ratings) == whole


@given(complete_panels, st.randoms(use_true_random=False))
def test_w_lies_in_0_to_1_and_ignores_the_order_of_experts_and_items(ratings, random):
    experts, items = list(range(len(ratings))), list(range(ratings.shape[1]))
    random.shuffle(experts)
    random.shuffle(items)

    found = concordance.kendalls_w(ratings)
    shuffled = concordance.kendalls_w(ratings[np.ix_(experts, items)])

    assert found.reason == shuffled.reason
    if found.w is not None:
        assert 0 <= found.w <= 1
        assert shuffled.w == pytest.approx(found.w, abs=1e-12)


@given(complete_panels)
def test_w_sees_only_the_order_within_each_expert(ratings):
    shifted = ratings**3 + 10 * np.arange(len(ratings))[:, np.newaxis]

    assert concordance.kendalls_w(shifted).w == concordance.kendalls_w(ratings).w


@given(complete_panels)
def test_an_expert_with_the_panels_own_order_does_not_lower_w(ratings):
    before = concordance.kendalls_w(ratings)

    if before.w is not None and np.unique(before.mean_ranks).size == ratings.shape[1]:
        joined = concordance.kendalls_w(np.vstack([ratings, before.mean_ranks]))
        assert joined.w >= before.w - 1e-12


@pytest.mark.parametrize(
    ("rank_sums", "settings", "message"),
    [
        ([3, 6, 10], {"experts": 3}, "add up to 19; 3 rankings of 3 items make 18"),
        ([3, 6, 9], {"experts": 3, "tie_term": 36.0}, "W would be 2.0000"),
        ([[3, 6, 9]], {"experts": 3}, "one finite number per item"),
        ([3, 6, NAN], {"experts": 3}, "one finite number per item"),
        ([3, 6, 9], {"experts": -1}, "-1 experts"),
        ([3, 6, 9], {"experts": 3, "tie_term": -1.0}, "tie term of -1"),
    ],
)
def test_rank_sums_that_cannot_be_are_refused(rank_sums, settings, message):
    with pytest.raises(ValueError, match=message):
        concordance.kendalls_w_from_rank_sums(rank_sums, **settings)


def test_rank_sums_of_experts_without_any_order_are_undefined():
    found = concordance.kendalls_w_from_rank_sums([4, 4, 4], experts=2, tie_term=48)

    assert found.reason == concordance.ALL_TIED
    assert concordance.kendalls_w_from_rank_sums([3], experts=3).reason == concordance.ONE_ITEM


def test_wrong_settings_are_refused():
    with pytest.raises(ValueError, match='"experts" or "items", not \'rows\''):
        concordance.kendalls_w([[1, 2]], leave_out="rows")
    with pytest.raises(ValueError, match="inf"):
        concordance.kendalls_w([[1, np.inf]])
    with pytest.raises(ValueError, match="at least 1 draw, not 0"):
        concordance.permutation_test([[1, 2]], seed=1, draws=0)
    with pytest.raises(ValueError, match="0 draws"):
        concordance.kendalls_w_interval([[1, 2]], seed=1, draws=0)
    with pytest.raises(ValueError, match="not at 1"):
        concordance.kendalls_w_interval([[1, 2]], seed=1, confidence=1)


def test_ranks_are_scipys_and_need_complete_ratings():
    ratings = drawn_panel()

    assert np.array_equal(concordance.ranks(ratings), scipy_stats.rankdata(ratings, axis=1))
    with pytest.raises(ValueError, match="expert 0 did not rate item 1"):
        concordance.ranks([[1, NAN]])


# --- Permutation test ----------------------------------------------------------------------------


def panel_with(items, experts, chi_squared):
    """Rankings with a given Friedman statistic, found by drawing."""
    chance = np.random.default_rng(0)
    while True:
        rankings = chance.permuted(np.tile(np.arange(1.0, items + 1), (experts, 1)), axis=1)
        if abs(concordance.kendalls_w(rankings).chi_squared - chi_squared) < 1e-9:
            return rankings


@pytest.mark.parametrize("case", PRINTED["friedman_exact"]["cases"])
def test_the_exact_p_is_in_friedmans_tables(case):
    rankings = panel_with(case["items"], case["experts"], case["chi_squared"])

    found = concordance.permutation_test(rankings, seed=1)

    assert (found.method, found.draws, found.seed) == ("exact", 0, None)
    assert found.p == pytest.approx(case["p"], abs=6e-4)


@pytest.mark.parametrize(
    "ratings",
    [
        [[1, 2, 2, 4], [2, 1, 3, 3], [1, 1, 2, 3]],
        [[1, 2, 3], [1, 3, 2], [2, 2, 2], [1, 1, 5]],
        [[1, 2, 3, 4], [4, 3, 1, 2]],
    ],
)
def test_the_exact_p_with_ties_is_complete_enumeration(ratings):
    observed = concordance.kendalls_w(ratings).w
    every = list(itertools.product(*(itertools.permutations(row) for row in ratings)))
    as_large = sum(concordance.kendalls_w(panel).w >= observed - 1e-12 for panel in every)

    found = concordance.permutation_test(ratings, seed=1)

    assert found.method == "exact"
    assert found.p == pytest.approx(as_large / len(every))


def test_the_drawn_p_comes_near_the_exact_one(monkeypatch):
    ratings = panel_with(4, 4, 5.4)
    exact = concordance.permutation_test(ratings, seed=1)

    monkeypatch.setattr(concordance, "_EXACT_STATES", 1)
    drawn = concordance.permutation_test(ratings, seed=1, draws=4_999)

    assert (drawn.method, drawn.draws, drawn.seed) == ("drawn", 4_999, 1)
    assert drawn.p == pytest.approx(exact.p, abs=0.03)
    assert concordance.permutation_test(ratings, seed=1, draws=4_999) == drawn
    assert concordance.permutation_test(ratings, seed=2, draws=4_999).p != drawn.p


def test_a_long_list_is_drawn_and_its_p_is_never_0():
    ratings = drawn_panel(20, 40)

    found = concordance.permutation_test(ratings, seed=5, draws=199)

    assert found.method == "drawn"
    assert found.p == 1 / 200


# --- Bootstrap interval --------------------------------------------------------------------------


def w_without_copies(ratings, often):
    """The resampled W, pair by pair."""
    centred = concordance.ranks(ratings)
    centred -= centred.mean(axis=1, keepdims=True)
    m = len(centred)
    pairs = [(e, f) for e in range(m) for f in range(m) if e != f]
    weight = sum(often[e] * often[f] for e, f in pairs)
    if weight == 0:
        return NAN
    between = sum(often[e] * often[f] * (centred[e] @ centred[f]) for e, f in pairs) / weight
    within = sum(often[e] * (centred[e] @ centred[e]) for e in range(m)) / m
    return (1 + (m - 1) * between / within) / m


def test_the_interval_is_the_loop_over_pairs_of_different_experts():
    ratings = drawn_panel(6)
    [weights] = concordance.resampling_weights(3, units=6, draws=100)
    looped = np.clip([w_without_copies(ratings, often) for often in weights], 0, 1)

    found = concordance.kendalls_w_interval(ratings, seed=3, draws=100)

    assert (found.lower, found.upper) == pytest.approx(np.quantile(looped, (0.025, 0.975)))
    assert (found.draws, found.seed, found.usable, found.over) == (100, 3, 100, "experts")


def test_each_expert_once_gives_w_itself():
    ratings = drawn_panel()

    assert w_without_copies(ratings, np.ones(11)) == pytest.approx(
        concordance.kendalls_w(ratings).w
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_interval_holds_w_on_a_small_panel_that_hardly_agrees(seed):
    chance = np.random.default_rng(seed)
    ratings = chance.integers(1, 10, size=(7, 40)).astype(float)

    found = concordance.kendalls_w_interval(ratings, seed=seed)

    assert found.lower <= concordance.kendalls_w(ratings).w <= found.upper


def test_a_resample_of_one_expert_only_is_not_usable():
    found = concordance.kendalls_w_interval([[1, 2, 3], [1, 3, 2]], seed=1, draws=400)

    assert 150 < found.usable < 250
    assert found.lower == found.upper == pytest.approx(0.75)


def test_two_draws_of_the_same_expert_leave_no_interval():
    seed = next(
        seed
        for seed in range(20)
        if next(concordance.resampling_weights(seed, units=2, draws=1)).max() == 2
    )

    found = concordance.kendalls_w_interval([[1, 2, 3], [1, 3, 2]], seed=seed, draws=1)

    assert (found.lower, found.usable) == (None, 0)
    assert found.reason == concordance.NO_DRAW_WITH_TWO


def test_progress_is_told_and_blocks_do_not_change_the_draws(monkeypatch):
    ratings = drawn_panel()
    whole = concordance.kendalls_w_interval(ratings, seed=1, draws=50)
    told = []

    monkeypatch.setattr(concordance, "_BLOCK", 11 * 20)
    found = concordance.kendalls_w_interval(
        ratings, seed=1, draws=50, progress=lambda done, of: told.append((done, of))
    )

    assert told == [(20, 50), (40, 50), (50, 50)]
    assert found == whole


def test_resampling_weights_add_up_to_the_panel():
    [weights] = concordance.resampling_weights(1, units=9, draws=30)

    assert weights.shape == (30, 9)
    assert set(weights.sum(axis=1)) == {9}


# --- Average rank correlation --------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_the_average_correlation_is_scipys_spearman_over_all_pairs(seed):
    ratings = drawn_panel(6, seed=seed)
    pairs = itertools.combinations(ratings, 2)
    looped = np.mean([scipy_stats.spearmanr(a, b).statistic for a, b in pairs])

    assert concordance.average_rank_correlation(ratings).value == pytest.approx(looped)


def test_without_ties_it_follows_from_w():
    rankings = PRINTED["siegel_applicants"]["rankings"]

    found = concordance.average_rank_correlation(rankings)

    assert found.value == pytest.approx(concordance.kendalls_w(rankings).average_rank_correlation)


def test_experts_without_an_order_are_left_out_of_the_average_and_counted():
    found = concordance.average_rank_correlation([[1, 2, 3], [5, 5, 5], [1, 2, 3], [1, 2, NAN]])

    assert found.value == pytest.approx(1)
    assert (found.experts, found.tied_experts) == (2, 1)
    assert (found.experts_left_out, found.items) == (1, 3)


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        (np.full((2, 3), NAN), NOBODY_RATED),
        ([[1], [2]], concordance.ONE_ITEM),
        ([[1, 2, 3]], concordance.NO_SECOND_RANKING),
        ([[1, 2, 3], [4, 4, 4]], concordance.NO_SECOND_RANKING),
        ([[1, NAN], [NAN, 2]], concordance.NO_COMPLETE_EXPERT),
    ],
)
def test_the_average_correlation_is_undefined_with_its_reason(ratings, reason):
    found = concordance.average_rank_correlation(ratings)

    assert (found.value, found.reason) == (None, reason)


@settings(max_examples=30)
@given(complete_panels)
def test_the_average_correlation_lies_in_its_range(ratings):
    found = concordance.average_rank_correlation(ratings)

    if found.value is not None:
        assert -1 / (found.experts - 1) - 1e-12 <= found.value <= 1


# --- Cronbach's alpha ----------------------------------------------------------------------------


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_alpha_is_pingouins(confidence):
    ratings = drawn_panel()
    value, interval = pingouin.cronbach_alpha(pd.DataFrame(ratings.T), ci=confidence)

    found = concordance.cronbach_alpha(ratings, confidence=confidence)

    assert found.alpha == pytest.approx(value)
    assert (found.lower, found.upper) == pytest.approx(tuple(interval), abs=6e-4)
    assert "not a measure of consensus" in found.note


def test_alpha_grows_with_the_panel_though_agreement_does_not():
    ratings = drawn_panel()

    small = concordance.cronbach_alpha(ratings)
    doubled = concordance.cronbach_alpha(np.vstack([ratings, ratings]))

    assert doubled.alpha > small.alpha


def test_alpha_does_not_notice_a_generous_expert():
    ratings = drawn_panel()
    generous = ratings + 3 * np.arange(11)[:, np.newaxis]

    assert concordance.cronbach_alpha(generous).alpha == pytest.approx(
        concordance.cronbach_alpha(ratings).alpha
    )


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        (np.full((2, 3), NAN), NOBODY_RATED),
        ([[1, 2, 3]], concordance.ONE_EXPERT),
        ([[1], [2]], concordance.ONE_ITEM),
        ([[5, 5], [7, 7]], concordance.TOTALS_EQUAL),
        ([[1, 2, 3], [3, 2, 1]], concordance.TOTALS_EQUAL),
    ],
)
def test_alpha_is_undefined_with_its_reason(ratings, reason):
    found = concordance.cronbach_alpha(ratings)

    assert (found.alpha, found.lower, found.upper) == (None, None, None)
    assert (found.reason, found.interval_reason) == (reason, reason)


def test_alpha_refuses_a_confidence_that_is_none():
    with pytest.raises(ValueError, match="not at 0"):
        concordance.cronbach_alpha(drawn_panel(), confidence=0)
