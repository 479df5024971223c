"""Scales and checked ratings: what is accepted, and how what is not is named."""

import numpy as np
import pytest

from surveys.stats import ratings
from surveys.stats.ratings import ScalePoints

NINE = ScalePoints(1, 9)


def test_a_nine_point_scale_has_integer_points_by_default():
    assert NINE.count == 9
    assert NINE.span == 8
    assert NINE.midpoint == 5
    assert NINE.values.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert NINE.exact
    assert str(NINE) == "1 to 9"


def test_a_slider_may_move_by_tenths():
    tenths = ScalePoints(0, 1, 0.1)

    assert tenths.count == 11
    assert not tenths.exact
    assert str(tenths) == "0 to 1 by 0.1"
    # 0.1 * 3 is not the 0.3 that a person types, and is the same point all the same.
    assert tenths.on(np.array([0.3, 0.1 * 3, 0.35, np.nan])).tolist() == [True, True, False, False]
    assert tenths.between(0.3, 0.7) == slice(3, 8)


@pytest.mark.parametrize(
    ("lowest", "highest", "step"),
    [(9, 1, 1), (1, 1, 1), (1, 9, 0), (1, 9, -1), (1, float("nan"), 1), (1, float("inf"), 1)],
)
def test_bounds_that_make_no_scale_are_refused(lowest, highest, step):
    with pytest.raises(ValueError, match="no scale runs"):
        ScalePoints(lowest, highest, step)


def test_a_step_that_misses_the_end_is_refused():
    with pytest.raises(ValueError, match=r"steps of 0\.4 from 1 do not arrive at 2"):
        ScalePoints(1, 2, 0.4)


def test_a_scale_too_fine_to_count_is_refused():
    with pytest.raises(ValueError, match="a scale of 10002 points is too fine to count"):
        ScalePoints(0, 10_001)
    assert ScalePoints(0, 10_000).count == 10_001


def test_a_region_holds_both_its_ends():
    assert NINE.between(7, 9) == slice(6, 9)
    assert NINE.between(6.5, 99) == slice(6, 9)


def test_a_region_without_a_point_is_refused():
    with pytest.raises(ValueError, match=r"no point of the scale 1 to 9 lies from 3\.2 to 3\.8"):
        NINE.between(3.2, 3.8)


def test_ratings_come_back_as_experts_by_items():
    assert ratings.checked([[1, 2, 3], [4, 5, 6]], points=NINE).shape == (2, 3)
    assert ratings.checked([1, 2, 3], points=NINE).shape == (3, 1)


def test_checking_copies_nothing():
    values = np.array([[1.0, np.nan], [3.0, 4.0]])

    assert ratings.checked(values, points=NINE) is values


def test_missing_ratings_pass_and_stay_missing():
    assert np.isnan(ratings.checked([[np.nan]], points=NINE)).all()


@pytest.mark.parametrize("wrong", [0, 10, 4.5, 7.0000001, float("inf"), float("-inf")])
def test_the_first_rating_off_the_scale_is_named_with_its_place(wrong):
    with pytest.raises(ValueError, match="expert 1 on item 0 .* is not a point of the scale 1 to"):
        ratings.checked([[1, 2], [wrong, 11]], points=NINE)


def test_without_a_scale_only_infinity_is_refused():
    assert ratings.checked([[0.123, np.nan]]).tolist()[0][0] == 0.123
    with pytest.raises(ValueError, match="rating inf of expert 0 on item 0 .* not a finite number"):
        ratings.checked([[np.inf]])


def test_a_cube_of_ratings_is_refused():
    with pytest.raises(ValueError, match="3 dimensions"):
        ratings.checked(np.ones((2, 2, 2)))
