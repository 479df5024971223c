"""Within-group agreement: definitions written out, borders, negative values kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.stats import counts, within_group
from surveys.stats.ratings import ScalePoints

FIVE = ScalePoints(1, 5)
PANELS = st.lists(st.integers(1, 5), min_size=2, max_size=20)


def table(*items, points=FIVE):
    rows = [counts.from_ratings(list(item), points=points).counts[0] for item in items]
    return counts.from_counts(rows, points=points)


NOBODY = counts.from_counts([[0] * 5], points=FIVE)


def test_five_points_have_the_variance_two_that_multilevel_assumes():
    assert within_group.uniform_variance(NOBODY) == 2
    assert within_group.uniform_variance(table([0.5], points=ScalePoints(0, 2, 0.5))) == 0.5


@given(PANELS)
def test_r_wg_is_one_less_the_ratio_of_variances(ratings):
    assert within_group.r_wg(table(ratings))[0] == pytest.approx(1 - np.var(ratings, ddof=1) / 2)


def test_a_split_panel_stays_below_nought():
    assert within_group.r_wg(table([1, 1, 5, 5]))[0] < -1


def test_another_null_variance_may_be_given():
    panel = table([1, 2, 3, 4])

    assert within_group.r_wg(panel, null_variance=1.34)[0] == pytest.approx(1 - (5 / 3) / 1.34)
    with pytest.raises(ValueError, match="above 0, not 0"):
        within_group.r_wg(panel, null_variance=0)


def test_a_list_of_items_averages_its_variances():
    panel = table([1, 2, 3, 4], [4, 4, 4, 5])

    variances = np.var([1, 2, 3, 4], ddof=1), np.var([4, 4, 4, 5], ddof=1)
    assert within_group.r_star_wg(panel) == pytest.approx(1 - np.mean(variances) / 2)


def test_a_list_with_an_unrated_item_has_no_value():
    assert within_group.r_star_wg(table([1, 2], [3])) is None
    assert within_group.r_star_wg(counts.from_counts(np.empty((0, 5)), points=FIVE)) is None


@given(PANELS)
def test_a_wg_compares_with_the_largest_variance_at_the_mean(ratings):
    n, mean = len(ratings), np.mean(ratings)
    lowest, highest = (1 * (n - 1) + 5) / n, (5 * (n - 1) + 1) / n
    found = within_group.a_wg(table(ratings))[0]

    if not lowest - 1e-9 <= mean <= highest + 1e-9:
        assert np.isnan(found)
        return
    largest = (6 * mean - mean**2 - 5) * n / (n - 1)
    assert found == pytest.approx(1 - 2 * np.var(ratings, ddof=1) / largest)
    assert -1 - 1e-9 <= found <= 1


def test_a_wg_is_one_for_unanimity_and_minus_one_for_the_ends():
    assert within_group.a_wg(table([3, 3, 3], [1, 5, 1, 5])) == pytest.approx([1, -1])


def test_a_mean_on_the_border_is_inside():
    # Ten experts, one step up in all: the border is a mean of 1.4, five ones of a step too few.
    inside, outside = [1] * 9 + [5], [1] * 9 + [4]

    assert np.isnan(within_group.a_wg(table(inside, outside))).tolist() == [False, True]


@given(PANELS)
def test_average_deviations_are_about_mean_and_median(ratings):
    panel, values = table(ratings), np.array(ratings)

    assert within_group.average_deviation(panel)[0] == pytest.approx(
        np.abs(values - values.mean()).mean(), abs=1e-12
    )
    about_median = within_group.average_deviation(panel, about="median")[0]
    assert about_median == pytest.approx(np.abs(values - np.median(values)).mean())
    assert about_median <= within_group.average_deviation(panel)[0] + 1e-12


def test_another_centre_is_refused():
    with pytest.raises(ValueError, match="not 'mode'"):
        within_group.average_deviation(NOBODY, about="mode")


@pytest.mark.parametrize("panel", [NOBODY, table([4])])
def test_fewer_than_two_ratings_have_no_agreement(panel):
    assert np.isnan(within_group.r_wg(panel)).all()
    assert np.isnan(within_group.a_wg(panel)).all()
    assert np.isnan(within_group.average_deviation(panel)).all()
    assert np.isnan(within_group.average_deviation(panel, about="median")).all()
