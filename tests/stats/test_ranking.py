"""Rankings: printed examples, pref_voting 1.18.2, scipy 1.17, all permutations, and every edge."""

import itertools
import tomllib
from math import factorial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats as scipy_stats

from surveys.stats import concordance, ranking

PRINTED = tomllib.loads(
    (Path(__file__).parents[1] / "published" / "rankings.toml").read_text("utf-8")
)
NAN = float("nan")
CYCLE = [[1, 2, 3], [3, 1, 2], [2, 3, 1]]

rankings_with_gaps = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    elements=st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0, NAN]),
)


def places_of(orders):
    """Rankings (experts, items) from items listed first to last."""
    return np.argsort(np.array(orders), axis=1) + 1.0


def drawn_rankings(experts, items, noise, seed=0):
    chance = np.random.default_rng(seed)
    return places_of(np.argsort(np.arange(items) + chance.normal(0, noise, (experts, items))))


def distance_to_all(order, rankings):
    places = np.empty(len(order))
    places[list(order)] = np.arange(len(order))
    return sum(ranking.kemeny_distance(row, places).distance or 0 for row in rankings)


def tennessee():
    printed = PRINTED["tennessee"]
    return np.repeat(np.array(printed["rankings"], dtype=float), printed["voters"], axis=0)


# --- Preferences and scores ----------------------------------------------------------------------


def test_preferences_count_who_puts_what_first():
    counted = ranking.preferences([[1, 2, 3], [2, 2, 1], [NAN, 1, 2], [NAN, NAN, NAN]])

    assert counted.prefer.tolist() == [[0, 1, 1], [0, 0, 2], [1, 1, 0]]
    assert counted.tied.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert counted.ranked_by.tolist() == [2, 3, 3]
    assert (counted.experts, counted.items) == (3, 3)


def test_unranked_items_of_a_top_list_come_last_and_share_that_place():
    counted = ranking.preferences([[1, NAN, NAN], [NAN, NAN, NAN]], unranked="last")

    assert counted.prefer.tolist() == [[0, 1, 1], [0, 0, 0], [0, 0, 0]]
    assert counted.tied.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert counted.ranked_by.tolist() == [1, 0, 0]
    assert counted.experts == 1


def test_a_condorcet_winner_is_named_and_a_cycle_has_none():
    assert ranking.preferences(tennessee()).condorcet_winner == 1
    assert ranking.preferences(CYCLE).condorcet_winner is None


def test_borda_points_are_the_printed_ones():
    found = ranking.borda(tennessee())

    assert found.points == tuple(PRINTED["tennessee"]["borda_points"])
    assert found.order == ((1,), (2,), (0,), (3,))
    assert found.mean_points == pytest.approx(np.divide(found.points, 100))
    assert found.share_won == pytest.approx(np.divide(found.points, 300))


@pytest.mark.parametrize("case", PRINTED["pref_voting"])
def test_borda_and_kemeny_are_pref_votings(case):
    rankings = places_of(case["orders"])

    found = ranking.kemeny(rankings)

    assert ranking.borda(rankings).points == tuple(case["borda"])
    assert [list(order) for order in found.orders] == case["closest"]
    assert (found.count, found.distance) == (len(case["closest"]), 2 * case["reversed_pairs"])


def test_borda_ties_share_a_place_and_half_points():
    found = ranking.borda([[1, 1, 2]])

    assert found.points == (1.5, 1.5, 0)
    assert found.order == ((0, 1), (2,))


def test_borda_compares_like_with_like_when_experts_ranked_few_items():
    # Item 0 won every comparison it was in, though only one; item 1 lost one of many.
    found = ranking.borda([[1, NAN, NAN, 2], [NAN, 1, 2, 3], [NAN, 2, 1, 3]])

    assert found.order[0] == (0,)
    assert found.mean_points[0] < found.mean_points[1]
    assert found.ranked_by == (1, 2, 2, 3)


def test_borda_of_a_top_list_divides_by_all_who_ranked():
    found = ranking.borda([[1, 2, NAN], [NAN, 1, NAN]], unranked="last")

    assert found.points == (2.5, 3, 0.5)
    assert found.mean_points == (1.25, 1.5, 0.25)


def test_an_item_never_compared_has_no_score_and_no_place():
    found = ranking.borda([[1, 2, NAN], [2, 1, NAN]])

    assert np.isnan(found.share_won[2])
    assert np.isnan(found.mean_points[2])
    assert found.order == ((0, 1),)
    assert found.reason is None


def test_mean_ranks_are_scipys_ranks_averaged():
    rankings = np.array([[1, 5, 9], [2, 2, 1], [3, 1, 1.0]])

    found = ranking.mean_rank(rankings)

    assert found.scores == pytest.approx(scipy_stats.rankdata(rankings, axis=1).mean(axis=0))
    assert found.order == ((2,), (1,), (0,))


def test_mean_ranks_with_gaps_are_over_those_who_placed_the_item():
    found = ranking.mean_rank([[1, NAN, 2, NAN], [3, 1, 2, NAN]])

    assert found.scores[:3] == (2, 1, 2)
    assert np.isnan(found.scores[3])
    assert found.ranked_by == (2, 1, 2, 0)
    assert found.order == ((1,), (0, 2))


def test_mean_ranks_of_a_top_list_share_the_places_left():
    found = ranking.mean_rank([[1, NAN, NAN], [NAN, NAN, NAN]], unranked="last")

    assert found.scores == (1, 2.5, 2.5)
    assert (found.ranked_by, found.experts) == ((1, 0, 0), 1)


def test_nobody_ranked_is_the_reason_everywhere():
    nothing = np.full((2, 3), NAN)

    for unranked in ("unknown", "last"):
        for found in (
            ranking.mean_rank(nothing, unranked=unranked),
            ranking.borda(nothing, unranked=unranked),
        ):
            assert (found.reason, found.order, found.experts) == (ranking.NOBODY_RANKED, (), 0)
        found = ranking.kemeny(nothing, unranked=unranked)
        assert (found.orders, found.count, found.distance) == ((), None, None)
        assert (found.reason, found.items) == (ranking.NOBODY_RANKED, 3)


# --- Kemeny --------------------------------------------------------------------------------------


def test_kemeny_of_tennessee_is_the_printed_order():
    printed = PRINTED["tennessee"]

    found = ranking.kemeny(tennessee())

    assert found.orders == (tuple(printed["kemeny_order"]),)
    # 100 voters x 6 pairs, of which the printed number agree; a reversed pair counts 2.
    assert found.distance == 2 * (600 - printed["kemeny_agreements"])
    assert (found.exact, found.count, found.lower_bound) == (True, 1, found.distance)


def test_a_condorcet_cycle_has_three_closest_rankings():
    found = ranking.kemeny(CYCLE)

    assert found.orders == ((0, 1, 2), (1, 2, 0), (2, 0, 1))
    assert (found.count, found.distance, found.exact) == (3, 8, True)


def test_one_expert_is_their_own_closest_ranking():
    found = ranking.kemeny([[3, 1, 2]])

    assert (found.orders, found.distance) == (((1, 2, 0),), 0)


def test_a_divided_panel_has_every_order_and_lists_as_many_as_asked():
    rankings = np.array([np.arange(12), np.arange(12)[::-1]]) + 1.0

    found = ranking.kemeny(rankings, most=5)

    assert found.count == factorial(12)
    assert len(set(found.orders)) == 5
    assert all(distance_to_all(order, rankings) == found.distance for order in found.orders)


@settings(max_examples=150, deadline=None)
@given(rankings_with_gaps, st.sampled_from(["unknown", "last"]))
def test_kemeny_finds_what_trying_all_permutations_finds(rankings, unranked):
    counted = ranking.preferences(rankings, unranked=unranked)
    if not counted.experts:
        return
    ties = int(np.triu(counted.tied).sum())
    every = {
        order: 2 * sum(counted.prefer[b, a] for a, b in itertools.combinations(order, 2)) + ties
        for order in itertools.permutations(range(counted.items))
    }
    least = min(every.values())

    found = ranking.kemeny(rankings, unranked=unranked)

    assert found.distance == found.lower_bound == least
    assert found.orders == tuple(order for order, cost in every.items() if cost == least)
    assert found.count == len(found.orders)
    assert found.exact


@pytest.mark.parametrize("seed", range(3))
def test_seven_items_have_the_closest_of_all_5040_orders(seed):
    counted = ranking.preferences(drawn_rankings(4, 7, noise=20, seed=seed))
    every = np.array(list(itertools.permutations(range(7))))
    cost = sum(
        counted.prefer[every[:, after], every[:, before]]
        for before, after in itertools.combinations(range(7), 2)
    )

    found = ranking.kemeny(counted)

    assert np.array_equal(found.orders, every[cost == cost.min()])
    assert found.distance == 2 * cost.min()


@given(rankings_with_gaps)
def test_kemenys_distance_is_the_sum_over_experts(rankings):
    found = ranking.kemeny(rankings)

    if found.reason is None:
        assert distance_to_all(found.orders[0], rankings) == found.distance


def test_kemeny_takes_preferences_already_counted():
    counted = ranking.preferences(CYCLE)

    assert ranking.kemeny(counted) == ranking.kemeny(CYCLE)


def test_a_long_list_is_exact_where_the_majorities_have_no_large_cycle():
    rankings = drawn_rankings(11, 40, noise=2)

    found = ranking.kemeny(rankings)

    assert (found.exact, found.lower_bound) == (True, found.distance)
    assert distance_to_all(found.orders[0], rankings) == found.distance
    assert found.count == len(found.orders)


@pytest.mark.parametrize("seed", range(3))
def test_local_search_is_labelled_and_no_move_of_one_item_improves_it(seed):
    rankings = drawn_rankings(7, 18, noise=60, seed=seed)

    found = ranking.kemeny(rankings)

    assert (found.exact, found.count, len(found.orders)) == (False, None, 1)
    assert found.lower_bound < found.distance
    [order] = found.orders
    assert sorted(order) == list(range(18))
    assert distance_to_all(order, rankings) == found.distance
    for item, place in itertools.product(range(18), range(18)):
        moved = [other for other in order if other != order[item]]
        moved.insert(place, order[item])
        assert distance_to_all(moved, rankings) >= found.distance


@pytest.mark.parametrize("seed", range(6))
def test_local_search_comes_near_the_exact_answer(monkeypatch, seed):
    rankings = drawn_rankings(5, 9, noise=30, seed=seed)
    exact = ranking.kemeny(rankings)

    monkeypatch.setattr(ranking, "EXACT_ITEMS", 2)
    searched = ranking.kemeny(rankings)

    assert searched.lower_bound <= exact.distance <= searched.distance
    assert searched.distance <= 1.05 * exact.distance


def test_local_search_that_meets_the_lower_bound_is_proved(monkeypatch):
    monkeypatch.setattr(ranking, "EXACT_ITEMS", 1)

    found = ranking.kemeny([[1, 2], [2, 1]])

    assert (found.exact, found.count, found.distance) == (True, None, 2)


# --- Kemeny's distance ---------------------------------------------------------------------------


def test_the_distance_is_that_of_kendalls_tau():
    first, second = drawn_rankings(2, 9, noise=5)
    tau = scipy_stats.kendalltau(first, second).statistic

    found = ranking.kemeny_distance(first, second)

    assert found.pairs == 36
    assert found.distance == pytest.approx(36 * (1 - tau))


@pytest.mark.parametrize(
    ("first", "second", "distance", "pairs"),
    [
        ([1, 2, 3], [1, 2, 3], 0, 3),
        ([1, 2, 3], [3, 2, 1], 6, 3),
        ([1, 2, 3], [1, 1, 1], 3, 3),
        ([1, 2, NAN, 3], [2, 1, 3, NAN], 2, 1),
    ],
)
def test_a_reversed_pair_counts_two_a_tie_one_and_a_gap_nothing(first, second, distance, pairs):
    found = ranking.kemeny_distance(first, second)

    assert (found.distance, found.pairs, found.reason) == (distance, pairs, None)


def test_the_distance_of_rankings_with_one_item_in_common_is_undefined():
    found = ranking.kemeny_distance([1, 2, NAN], [1, NAN, 2])

    assert (found.distance, found.pairs, found.reason) == (None, 0, ranking.FEWER_THAN_TWO_ITEMS)


# --- Concordance of rankings ---------------------------------------------------------------------


def test_u_is_the_average_kendall_tau_between_two_experts():
    rankings = drawn_rankings(5, 8, noise=6)
    pairs = itertools.combinations(rankings, 2)
    looped = np.mean([scipy_stats.kendalltau(a, b).statistic for a, b in pairs])

    found = ranking.concordance(rankings)

    assert found.u == pytest.approx(looped)
    assert found.comparisons == 10 * 28
    assert found.w == concordance.kendalls_w(rankings)


def test_u_uses_every_pair_two_experts_share_and_w_only_complete_experts():
    found = ranking.concordance([[1, 2, NAN], [1, 2, 3], [NAN, 2, 1]])

    # Items 0 and 1: two experts, same order. Items 1 and 2: two experts, opposite orders.
    assert (found.u, found.comparisons) == (0, 2)
    assert found.w.reason == concordance.ONE_EXPERT


def test_a_tie_agrees_with_nobody_and_disagrees_with_nobody():
    assert ranking.concordance([[1, 1], [1, 2]]).u == 0


def test_top_lists_have_a_w_over_all_who_ranked():
    found = ranking.concordance([[1, 2, NAN], [1, NAN, 2], [NAN, NAN, NAN]], unranked="last")

    assert (found.w.experts, found.w.experts_left_out) == (2, 1)
    assert found.w.w == concordance.kendalls_w([[1, 2, 3], [1, 3, 2]]).w


@pytest.mark.parametrize("rankings", [[[1, 2, 3]], [[1, NAN], [NAN, 1]], np.full((2, 2), NAN)])
def test_u_is_undefined_without_two_experts_on_the_same_two_items(rankings):
    found = ranking.concordance(rankings)

    assert (found.u, found.comparisons, found.reason) == (None, 0, ranking.NO_TWO_EXPERTS)


@given(rankings_with_gaps)
def test_u_lies_between_minus_1_and_1_and_ignores_the_order_of_experts(rankings):
    found = ranking.concordance(rankings)

    if found.u is not None:
        assert -1 <= found.u <= 1
        assert ranking.concordance(rankings[::-1, ::-1]).u == found.u


def test_unanimous_rankings_have_u_1_and_one_closest_order():
    rankings = np.tile([2.0, 1.0, 3.0], (4, 1))

    assert ranking.concordance(rankings).u == 1
    assert ranking.kemeny(rankings).orders == ((1, 0, 2),)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ranking.preferences([[1, 2]], unranked="first"), "not 'first'"),
        (lambda: ranking.borda([[1, np.inf]]), "inf"),
        (lambda: ranking.kemeny([[1, 2]], most=0), "not 0"),
        (lambda: ranking.kemeny_distance([1, 2], [1, 2, 3]), "same items"),
        (lambda: ranking.kemeny_distance([[1, 2]], [[1, 2]]), "same items"),
    ],
)
def test_what_is_no_ranking_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
