"""Quantiles, IQR, deviations and shape: against numpy, scipy and pandas, and every edge."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from surveys.stats import counts, spread
from surveys.stats.ratings import ScalePoints

NINE = ScalePoints(1, 9)
FIVE = ScalePoints(1, 5)
PANELS = st.lists(st.integers(1, 9), min_size=1, max_size=30)
NUMPY_METHODS = [name for name in spread.DEFINITIONS if name != "tukey_hinges"]
SHARES = (0, 0.1, 0.25, 0.3, 0.5, 0.7, 0.75, 0.9, 1)


def table(*items, points=NINE):
    rows = [counts.from_ratings(list(item), points=points).counts[0] for item in items]
    return counts.from_counts(rows, points=points)


NOBODY = counts.from_counts([[0] * 9], points=NINE)
EDGES = table([5], [5, 5, 5])


@pytest.mark.parametrize(
    "method", [name for name in NUMPY_METHODS if name != "closest_observation"]
)
@given(ratings=PANELS)
def test_quantiles_are_numpys(method, ratings):
    ours = spread.quantiles(table(ratings), SHARES, quantile_method=method)[0]

    np.testing.assert_allclose(ours, np.quantile(ratings, SHARES, method=method), atol=1e-9)


@pytest.mark.parametrize(
    ("ratings", "share", "expected"),
    [
        # n p - 1/2 = 2 is whole and even: R keeps rank 2. With 1.0 it is odd and R goes to 2.
        ([1, 2, 3, 4, 5], 0.5, 2),
        ([1, 2, 3], 0.5, 2),
        ([1, 2, 3, 4], 0.5, 2),
        ([1, 2, 3, 4, 5, 6], 0.25, 2),
        ([1, 2, 3, 4, 5, 6], 0.75, 4),
    ],
)
def test_the_third_type_takes_the_even_rank_as_r_does(ratings, share, expected):
    quantile = spread.quantiles(table(ratings), [share], quantile_method=3)

    assert quantile[0, 0] == expected


@given(PANELS)
def test_hinges_are_the_medians_of_halves_that_share_the_middle(ratings):
    ordered = sorted(ratings)
    half = (len(ordered) + 1) // 2

    hinges = spread.quartiles(table(ratings), quantile_method="tukey_hinges")

    assert hinges.lower[0] == np.median(ordered[:half])
    assert hinges.upper[0] == np.median(ordered[-half:])


def test_hinges_give_no_other_quantile():
    with pytest.raises(ValueError, match=r"they give no quantile at 0\.3"):
        spread.quantiles(table([1, 2]), [0.3], quantile_method="tukey_hinges")


@pytest.mark.parametrize("name", [7, "7", "type 7", "R type 7", "type7", "linear", "Linear"])
def test_a_definition_answers_to_its_number_and_its_name(name):
    assert spread.quantile_definition(name).name == "linear"


def test_every_r_type_has_a_definition():
    assert {spread.quantile_definition(number).r_type for number in range(1, 10)} == set(
        range(1, 10)
    )


@pytest.mark.parametrize("name", ["0", 10, "", "None", "quartile"])
def test_an_unknown_definition_is_named(name):
    with pytest.raises(ValueError, match=f"no quantile definition is called '?{name}"):
        spread.quantile_definition(name)


def test_a_share_above_one_is_refused():
    with pytest.raises(ValueError, match=r"from 0 to 1, not at 1\.5"):
        spread.quantiles(table([1]), [1.5], quantile_method=7)


def test_bounds_the_wrong_way_round_are_refused():
    with pytest.raises(ValueError, match=r"the upper share 0\.3 is below the lower share 0\.7"):
        spread.interquantile_range(table([1]), 0.7, 0.3, quantile_method=7)


def test_a_whole_rank_is_not_missed_by_a_rounding_error():
    # 0.7 * 90 is 62.99999999999999 in binary; the rank is 63, and type 2 averages it with 64.
    ratings = [1] * 63 + [9] * 27

    assert spread.quantiles(table(ratings), [0.7], quantile_method=2)[0, 0] == 5
    assert spread.quantiles(table(ratings), [0.7], quantile_method=1)[0, 0] == 1


@pytest.mark.parametrize(
    ("experts", "patterns", "differ"),
    [(8, 495, 51), (9, 715, 165), (10, 1001, 180), (15, 3876, 108)],
)
def test_the_verdict_depends_on_the_definition_as_often_as_counted(experts, patterns, differ):
    # Every pattern that so many experts can make on five points, linear against weibull.
    bars = itertools.combinations(range(experts + 4), 4)
    edges = np.array([(-1, *bar, experts + 4) for bar in bars])
    every = counts.from_counts(np.diff(edges, axis=1) - 1, points=FIVE)

    verdicts = spread.iqr_verdict_by_definition(every, limit=1, definitions=(7, 6))

    assert every.items == patterns
    assert np.count_nonzero(verdicts.depends) == differ
    assert verdicts.definitions == ("linear", "weibull")


def test_the_same_panel_passes_with_r_and_fails_with_spss():
    panel = table([3, 3, 4, 4, 4, 4, 4, 5, 5, 5], points=FIVE)

    verdicts = spread.iqr_verdict_by_definition(panel, limit=1)

    assert spread.quartiles(panel, quantile_method="linear").width[0] == 0.75
    assert spread.quartiles(panel, quantile_method="weibull").width[0] == 1.25
    assert verdicts.definitions == spread.COMPARED_DEFINITIONS
    assert verdicts.within[0].tolist() == [True, False, True, True]
    assert verdicts.depends[0]


def test_no_definition_flips_a_verdict_that_does_not_exist():
    verdicts = spread.iqr_verdict_by_definition(table([5]), limit=1)

    assert not verdicts.within.any()
    assert not verdicts.depends.any()


def test_one_rating_has_quartiles_and_no_width():
    quartiles = spread.quartiles(table([6]), quantile_method=7)

    assert quartiles.lower[0] == quartiles.upper[0] == 6
    assert np.isnan(quartiles.width[0])


def test_an_item_nobody_rated_has_no_quantile():
    assert np.isnan(spread.quantiles(NOBODY, [0.5], quantile_method=7)).all()
    assert np.isnan(spread.quartiles(NOBODY, quantile_method=7).width).all()


def test_quantiles_of_no_shares_and_no_items_are_empty():
    assert spread.quantiles(NOBODY, [], quantile_method=7).shape == (1, 0)
    none = counts.from_counts(np.empty((0, 9)), points=NINE)
    assert spread.quantiles(none, [0.5], quantile_method=7).shape == (0, 1)


@pytest.mark.parametrize("method", list(spread.DEFINITIONS))
@given(ratings=PANELS)
def test_quartiles_mirror_when_the_scale_is_turned_round(method, ratings):
    # Types 1 and 3 look from below, so only the others are symmetrical.
    if method in ("inverted_cdf", "closest_observation", "interpolated_inverted_cdf"):
        return
    there = spread.quartiles(table(ratings), quantile_method=method)
    back = spread.quartiles(table([10 - rating for rating in ratings]), quantile_method=method)

    np.testing.assert_allclose(back.lower, 10 - there.upper)
    np.testing.assert_allclose(back.width, there.width)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=30))
def test_deviations_are_those_of_numpy_and_scipy(ratings):
    panel = table(ratings)
    values = np.array(ratings, dtype=float)

    assert spread.standard_deviation(panel)[0] == pytest.approx(values.std(ddof=1), abs=1e-12)
    assert spread.median_absolute_deviation(panel)[0] == stats.median_abs_deviation(values)
    assert spread.mean_absolute_deviation(panel)[0] == pytest.approx(
        np.abs(values - np.median(values)).mean()
    )
    assert spread.coefficient_of_variation(panel)[0] == pytest.approx(
        values.std(ddof=1) / values.mean(), abs=1e-12
    )
    lowest, highest = spread.extremes(panel)
    assert (lowest[0], highest[0]) == (values.min(), values.max())


def test_deviations_are_in_scale_points_whatever_the_step():
    halves = ScalePoints(0, 5, 0.5)
    ratings = [0, 0.5, 2, 4.5, 5]
    panel = table(ratings, points=halves)

    assert spread.standard_deviation(panel)[0] == pytest.approx(np.std(ratings, ddof=1))
    assert spread.median_absolute_deviation(panel)[0] == stats.median_abs_deviation(ratings)
    assert spread.mean_absolute_deviation(panel)[0] == pytest.approx(1.8)
    assert spread.quartiles(panel, quantile_method=7).width[0] == 4


def test_the_scaled_deviation_is_r_s_constant_times_the_plain_one():
    panel = table([1, 2, 3, 6, 9])

    plain = spread.median_absolute_deviation(panel)
    assert spread.median_absolute_deviation(panel, scaled=True)[0] == 1.4826 * plain[0]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=40))
def test_equal_ratings_have_exactly_no_spread(ratings):
    panel = table([ratings[0]] * (len(ratings) + 1))

    assert spread.standard_deviation(panel)[0] == 0
    assert spread.median_absolute_deviation(panel)[0] == 0
    assert spread.mean_absolute_deviation(panel)[0] == 0
    assert spread.coefficient_of_variation(panel)[0] == 0
    assert spread.quartiles(panel, quantile_method=8).width[0] == 0


@pytest.mark.parametrize(
    "statistic",
    [
        spread.variance,
        spread.standard_deviation,
        spread.coefficient_of_variation,
        spread.median_absolute_deviation,
        spread.mean_absolute_deviation,
        spread.skewness,
        spread.excess_kurtosis,
    ],
)
def test_one_rating_and_no_rating_have_no_spread(statistic):
    assert np.isnan(statistic(table([5]))).all()
    assert np.isnan(statistic(NOBODY)).all()


def test_nobody_has_no_extremes():
    assert np.isnan(spread.extremes(NOBODY)).all()


def test_a_coefficient_of_variation_needs_a_mean_above_nought():
    signed = ScalePoints(-3, 3)

    ratios = spread.coefficient_of_variation(table([-1, 1], [-3, -1], [1, 3], points=signed))

    assert np.isnan(ratios).tolist() == [True, True, False]


@pytest.mark.parametrize("kind", [1, 2, 3])
@given(
    ratings=st.lists(st.integers(1, 9), min_size=4, max_size=30).filter(lambda r: len(set(r)) > 1)
)
def test_shape_is_that_of_scipy_and_pandas(kind, ratings):
    panel, n = table(ratings), len(ratings)
    skew = {
        1: stats.skew(ratings),
        2: pd.Series(ratings).skew(),
        3: stats.skew(ratings) * ((n - 1) / n) ** 1.5,
    }
    kurtosis = {
        1: stats.kurtosis(ratings),
        2: pd.Series(ratings).kurt(),
        3: (stats.kurtosis(ratings) + 3) * (1 - 1 / n) ** 2 - 3,
    }

    assert spread.skewness(panel, kind=kind)[0] == pytest.approx(skew[kind], abs=1e-9)
    assert spread.excess_kurtosis(panel, kind=kind)[0] == pytest.approx(kurtosis[kind], abs=1e-9)


def test_the_corrected_shape_needs_three_and_four_ratings():
    two, three = table([1, 2]), table([1, 2, 9])

    assert np.isnan(spread.skewness(two, kind=2)).all()
    assert spread.skewness(two, kind=1)[0] == 0
    assert not np.isnan(spread.skewness(three, kind=2)).any()
    assert np.isnan(spread.excess_kurtosis(three, kind=2)).all()


def test_equal_ratings_have_no_shape():
    assert np.isnan(spread.skewness(EDGES, kind=1)).all()
    assert np.isnan(spread.excess_kurtosis(EDGES, kind=3)).all()


def test_there_is_no_fourth_kind():
    with pytest.raises(ValueError, match="no kind 4"):
        spread.skewness(EDGES, kind=4)
    with pytest.raises(ValueError, match="no kind 0"):
        spread.excess_kurtosis(EDGES, kind=0)


@given(PANELS.filter(lambda ratings: len(ratings) > 1 and len(ratings) % 2 == 1))
def test_an_expert_at_the_median_never_widens_the_mean_deviation(ratings):
    before = spread.mean_absolute_deviation(table(ratings))[0]
    after = spread.mean_absolute_deviation(table([*ratings, int(np.median(ratings))]))[0]

    assert after <= before + 1e-12
