"""Median, mean, modes and shares: against numpy and statsmodels, and every edge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from surveys.stats import centre, counts
from surveys.stats.ratings import NOBODY_RATED, ScalePoints

NINE = ScalePoints(1, 9)
HALVES = ScalePoints(-2, 3, 0.5)
PANELS = st.lists(st.integers(1, 9), min_size=1, max_size=25)


def table(*items, points=NINE, unable=None):
    rows = [counts.from_ratings(list(item), points=points).counts[0] for item in items]
    return counts.from_counts(rows, points=points, unable=unable)


NOBODY = counts.from_counts([[0] * 9], points=NINE, missing=[11])


def test_a_share_comes_with_its_numerator_denominator_and_interval():
    share = centre.share_between(table([7] * 8 + [3] * 3), 7, 9)

    assert (share.count[0], share.n[0]) == (8, 11)
    assert share.share[0] == 8 / 11
    assert share.lower[0] == pytest.approx(0.434, abs=5e-4)
    assert share.upper[0] == pytest.approx(0.903, abs=5e-4)
    assert (share.lowest, share.highest, share.interval) == (7, 9, "wilson")


def test_unable_to_judge_can_be_put_in_the_denominator():
    panel = table([7] * 8 + [3] * 2, unable=[4])

    assert centre.share_between(panel, 7, 9).share[0] == 0.8
    with_unable = centre.share_between(panel, 7, 9, unable_in_denominator=True)
    assert with_unable.share[0] == 8 / 14
    assert with_unable.unable_in_denominator


def test_nobody_is_not_nought_percent():
    share = centre.share_between(NOBODY, 7, 9)

    assert np.isnan([share.share[0], share.lower[0], share.upper[0]]).all()


@given(PANELS)
def test_the_median_and_mean_are_numpys(ratings):
    panel = table(ratings)

    assert centre.median(panel)[0] == np.median(ratings)
    assert centre.mean(panel)[0] == pytest.approx(np.mean(ratings))


def test_scales_need_not_begin_at_one_nor_step_by_one():
    ratings = [-2, -1.5, 0.5, 3]
    panel = table(ratings, points=HALVES)

    assert centre.median(panel)[0] == -0.5
    assert centre.mean(panel)[0] == 0
    assert centre.modes(panel)[0] == (-2, -1.5, 0.5, 3)


def test_nobody_has_no_centre():
    assert np.isnan(centre.median(NOBODY)).all()
    assert np.isnan(centre.mean(NOBODY)).all()
    assert np.isnan(centre.share_near_median(NOBODY)).all()
    assert centre.modes(NOBODY) == ((),)


def test_one_rating_is_its_own_median_mean_and_mode():
    panel = table([7])

    assert centre.median(panel)[0] == centre.mean(panel)[0] == 7
    assert centre.modes(panel) == ((7.0,),)


def test_all_modes_are_given():
    assert centre.modes(table([1, 1, 5, 9, 9], [4])) == ((1.0, 9.0), (4.0,))


def test_the_median_interval_takes_the_ranks_of_the_binomial():
    # Eleven different ratings: ranks 2 and 10, coverage 1 - 2 * 12 / 2048.
    eleven = ScalePoints(1, 11)
    interval = centre.median_interval(table(range(1, 12), points=eleven))

    assert (interval.lower[0], interval.upper[0]) == (2, 10)
    assert interval.coverage[0] == pytest.approx(1 - 24 / 2048)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
def test_the_median_interval_is_exact_for_every_panel_to_two_hundred(confidence):
    points = ScalePoints(1, 200)
    ladder = np.triu(np.ones((200, 200), dtype=int)).T  # row n - 1 holds one rating at 1..n
    interval = centre.median_interval(
        counts.from_counts(ladder, points=points), confidence=confidence
    )

    tail = (1 - confidence) / 2
    for n in range(1, 201):
        below = stats.binom.cdf(np.arange(n + 1), n, 0.5)
        j = int(np.count_nonzero(below <= tail))  # ranks below which the tail is small enough
        if j == 0:
            assert np.isnan(interval.lower[n - 1])
            assert np.isnan(interval.coverage[n - 1])
        else:
            assert interval.lower[n - 1] == j
            assert interval.upper[n - 1] == n + 1 - j
            assert interval.coverage[n - 1] == pytest.approx(1 - 2 * below[j - 1])
            assert interval.coverage[n - 1] >= confidence


def test_the_median_interval_agrees_with_scipys():
    ratings = [2, 4, 4, 5, 6, 6, 7, 7, 8, 8, 8, 9]
    interval = centre.median_interval(table(ratings))

    theirs = stats.quantile_test(ratings, p=0.5).confidence_interval(0.95)
    assert (interval.lower[0], interval.upper[0]) == (theirs.low, theirs.high)


def test_five_experts_are_too_few_for_a_median_interval():
    interval = centre.median_interval(table([5] * 5, [5] * 6))

    assert np.isnan(interval.lower).tolist() == [True, False]


def test_a_very_large_panel_has_a_median_interval():
    big = counts.from_counts([[50_000, 0, 50_001]], points=ScalePoints(1, 3))
    interval = centre.median_interval(big)

    assert (interval.lower[0], interval.upper[0]) == (1, 3)
    assert 0.95 <= interval.coverage[0] < 0.96


@given(st.lists(st.integers(1, 9), min_size=2, max_size=25).filter(lambda r: len(set(r)) > 1))
def test_the_mean_interval_is_students(ratings):
    interval = centre.mean_interval(table(ratings), confidence=0.9)

    low, high = DescrStatsW(ratings).tconfint_mean(alpha=0.1)
    assert interval.lower[0] == pytest.approx(low)
    assert interval.upper[0] == pytest.approx(high)


def test_a_mean_without_spread_has_no_interval():
    interval = centre.mean_interval(table([5], [5, 5, 5]))

    assert np.isnan(interval.lower).all()


def test_a_median_between_points_has_an_even_window():
    # Median 6.5: within one point are 6 and 7. Median 7: 6, 7 and 8.
    assert centre.share_near_median(table([5, 6, 7, 9]), within=1)[0] == 0.5
    assert centre.share_near_median(table([5, 6, 7, 8, 9]), within=1)[0] == 0.6
    assert centre.share_near_median(table([5, 6, 7, 8, 9]), within=0)[0] == 0.2


def test_a_distance_below_nought_is_refused():
    with pytest.raises(ValueError, match="cannot be -1"):
        centre.share_near_median(table([5]), within=-1)


def test_majority_opinions_are_counted_in_ratings():
    five = ScalePoints(1, 5)
    # 8 of 10 agree; 6 of 10 disagree; 5 of 10 agree, which is not more than half.
    panel = counts.from_counts([[1, 1, 0, 4, 4], [3, 3, 2, 1, 1], [0, 0, 5, 5, 0]], points=five)

    opinions = centre.majority_opinions(panel, agree=(4, 5), disagree=(1, 2))

    assert opinions.cut_off == pytest.approx((8 + 6) / 30)
    assert (opinions.responses_in_majority, opinions.responses) == (14, 30)
    assert (opinions.majority_agree, opinions.majority_disagree) == (1, 1)
    assert opinions.reason is None


def test_without_ratings_there_is_no_majority_cut_off():
    opinions = centre.majority_opinions(NOBODY, agree=(7, 9), disagree=(1, 3))

    assert opinions.cut_off is None
    assert opinions.reason == NOBODY_RATED


@given(PANELS)
def test_turning_the_scale_round_turns_the_centre_round(ratings):
    there, back = table(ratings), table([10 - rating for rating in ratings])

    assert centre.median(back)[0] == 10 - centre.median(there)[0]
    assert centre.mean(back)[0] == pytest.approx(10 - centre.mean(there)[0])
    high = centre.share_between(there, 7, 9).share[0]
    assert centre.share_between(back, 1, 3).share[0] == high
