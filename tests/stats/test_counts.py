"""The category-count table: the same counts by every way, and every wrong input named."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from surveys.stats import counts
from surveys.stats.ratings import ScalePoints

NINE = ScalePoints(1, 9)
SLIDER = ScalePoints(0, 100)
TENTHS = ScalePoints(-0.5, 0.5, 0.1)


def drawn(points, experts, items, seed=0):
    chance = np.random.default_rng(seed)
    ratings = chance.choice(points.values, size=(experts, items))
    ratings[chance.random(ratings.shape) < 0.1] = np.nan
    return ratings


def counted_plainly(ratings, points):
    near = np.abs(ratings[:, :, np.newaxis] - points.values) < points.step / 1000
    return near.sum(axis=0)


@pytest.mark.parametrize("points", [NINE, SLIDER, TENTHS, ScalePoints(0, 1)])
@pytest.mark.parametrize("shape", [(11, 40), (1, 1), (255, 7), (3001, 3), (40, 2000), (2, 70000)])
def test_the_table_counts_every_rating_at_its_point(points, shape):
    ratings = drawn(points, *shape)

    table = counts.from_ratings(ratings, points=points)

    assert np.array_equal(table.counts, counted_plainly(ratings, points))
    assert np.array_equal(table.missing, np.isnan(ratings).sum(axis=0))
    assert np.array_equal(table.n + table.missing, np.full(shape[1], shape[0]))
    assert not table.unable.any()


@pytest.mark.parametrize(
    "points", [ScalePoints(0, 10), ScalePoints(-5, 5), ScalePoints(30, 40), ScalePoints(1000, 1003)]
)
def test_points_of_any_size_and_sign_are_counted(points):
    ratings = drawn(points, 700, 4)

    table = counts.from_ratings(ratings, points=points)

    assert np.array_equal(table.counts, counted_plainly(ratings, points))
    assert np.array_equal(table.missing, np.isnan(ratings).sum(axis=0))


def test_a_missing_rating_is_missing_however_another_program_writes_it():
    # Division of zero by zero gives a negative NaN; R hides the year 1954 in its own.
    odd = np.array([0xFFF8000000000000, 0x7FF80000000007A2], dtype=np.uint64).view(np.float64)
    for nan in odd:
        ratings = np.array([[1.0, 2.0], [nan, 9.0], [3.0, nan]])

        table = counts.from_ratings(ratings, points=NINE)

        assert table.n.tolist() == [2, 2]
        assert table.missing.tolist() == [1, 1]


def test_a_negative_zero_is_a_zero():
    assert counts.from_ratings([-0.0, 0.0], points=ScalePoints(0, 4)).counts.tolist() == [
        [2, 0, 0, 0, 0]
    ]


@pytest.mark.parametrize("experts", [254, 255, 256, 2039, 2040, 2041, 4081])
def test_a_byte_never_overflows_at_the_border_of_a_block(experts):
    table = counts.from_ratings(np.full((experts, 200), 7.0), points=NINE)

    assert table.counts[:, 6].tolist() == [experts] * 200


def test_more_experts_than_a_byte_can_count_are_counted():
    table = counts.from_ratings(np.full((300_000, 2), 9.0), points=NINE)

    assert table.counts[:, 8].tolist() == [300_000, 300_000]


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.float32, object])
def test_integers_and_short_floats_count_like_floats(kind):
    ratings = np.array([[1, 9], [5, 5], [9, 1]], dtype=kind)

    assert counts.from_ratings(ratings, points=NINE).n.tolist() == [3, 3]


def test_memory_order_does_not_matter():
    ratings = drawn(NINE, 700, 5)

    by_rows = counts.from_ratings(ratings, points=NINE)
    by_columns = counts.from_ratings(np.asfortranarray(ratings), points=NINE)

    assert np.array_equal(by_rows.counts, by_columns.counts)


@given(
    hnp.arrays(
        np.int8, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=st.integers(1, 5)
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_experts_does_not_matter(ratings, chance):
    points = ScalePoints(1, 5)
    order = list(range(len(ratings)))
    chance.shuffle(order)

    straight = counts.from_ratings(ratings, points=points)
    shuffled = counts.from_ratings(ratings[order], points=points)

    assert np.array_equal(straight.counts, shuffled.counts)


def test_one_item_may_be_given_as_a_row_of_ratings():
    table = counts.from_ratings([7, 8, np.nan], points=NINE, unable=[False, False, True])

    assert table.counts.shape == (1, 9)
    assert table.unable.tolist() == [1]


def test_unable_to_judge_is_kept_apart_from_missing():
    ratings = np.array([[7, np.nan], [np.nan, np.nan], [8, np.nan]])
    unable = np.array([[False, True], [False, True], [False, False]])

    table = counts.from_ratings(ratings, points=NINE, unable=unable)

    assert table.n.tolist() == [2, 0]
    assert table.unable.tolist() == [0, 2]
    assert table.missing.tolist() == [1, 1]


def test_a_panel_of_nobody_makes_a_table_of_zeros():
    table = counts.from_ratings(np.empty((0, 3)), points=NINE)

    assert table.n.tolist() == [0, 0, 0]
    assert np.isnan(table.shares).all()


def test_a_round_without_items_makes_an_empty_table():
    assert counts.from_ratings(np.empty((3, 0)), points=NINE).items == 0


@pytest.mark.parametrize("points", [NINE, SLIDER, TENTHS])
@pytest.mark.parametrize("wrong", [-1.0, 100.5, 101.0, 0.25, float("inf"), -float("inf"), -1e300])
def test_a_rating_off_the_scale_is_named_with_its_place(points, wrong):
    ratings = drawn(points, 600, 3)
    ratings[577, 2] = wrong

    with pytest.raises(
        ValueError, match=f"rating {wrong:g} of expert 577 on item 2".replace("+", ".")
    ):
        counts.from_ratings(ratings, points=points)


def test_a_rating_that_is_also_unable_is_refused():
    unable = np.zeros((600, 2), dtype=bool)
    unable[300, 1] = True

    with pytest.raises(ValueError, match="expert 300 is unable to judge item 1 .* rated it 7"):
        counts.from_ratings(np.full((600, 2), 7.0), points=NINE, unable=unable)


def test_marks_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"unable has shape \(2, 1\), the ratings have \(3, 1\)"):
        counts.from_ratings([1, 2, 3], points=NINE, unable=[True, False])


def test_a_cube_of_ratings_is_refused():
    with pytest.raises(ValueError, match="3 dimensions"):
        counts.from_ratings(np.ones((2, 2, 2)), points=NINE)


def test_counts_from_a_database_make_the_same_table():
    ratings = drawn(NINE, 30, 4)
    counted = counts.from_ratings(ratings, points=NINE)

    delivered = counts.from_counts(counted.counts.tolist(), points=NINE, missing=counted.missing)

    assert np.array_equal(delivered.counts, counted.counts)
    assert np.array_equal(delivered.missing, counted.missing)
    assert not delivered.unable.any()


def test_one_item_may_be_delivered_as_one_row():
    table = counts.from_counts([0, 1, 2], points=ScalePoints(1, 3), unable=4, missing=5)

    assert (table.items, table.n[0], table.unable[0], table.missing[0]) == (1, 3, 4, 5)


def test_a_table_is_read_only_and_leaves_the_source_alone():
    source = np.array([[1, 2, 3]])
    table = counts.from_counts(source, points=ScalePoints(1, 3))
    source[0, 0] = 99

    assert table.counts[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        table.counts[0, 0] = 5


@pytest.mark.parametrize("wrong", [-1, 0.5, float("nan")])
def test_a_count_that_is_no_count_is_refused(wrong):
    with pytest.raises(ValueError, match=f"count {wrong} is not a whole number"):
        counts.from_counts([[1, wrong, 3]], points=ScalePoints(1, 3))


def test_a_table_that_leaves_out_scale_points_is_refused():
    with pytest.raises(ValueError, match=r"counts of shape \(1, 3\) are not \(items, 9\)"):
        counts.from_counts([[1, 2, 3]], points=NINE)


def test_unable_must_be_one_number_per_item():
    with pytest.raises(ValueError, match=r"unable has shape \(2,\), not one number per item"):
        counts.from_counts([[1, 2, 3]], points=ScalePoints(1, 3), unable=[1, 2])


def test_shares_cumulative_and_regions_come_from_the_counts():
    table = counts.from_counts([[1, 0, 3], [0, 0, 0]], points=ScalePoints(1, 3))

    assert table.shares[0].tolist() == [0.25, 0, 0.75]
    assert np.isnan(table.shares[1]).all()
    assert table.cumulative.tolist() == [[1, 1, 4], [0, 0, 0]]
    assert table.between(2, 3).tolist() == [3, 0]


def test_some_items_can_be_taken_out():
    table = counts.from_counts(
        [[1, 0, 3], [0, 2, 0]], points=ScalePoints(1, 3), unable=[1, 2], missing=[3, 4]
    )

    assert table.only([1]).counts.tolist() == [[0, 2, 0]]
    assert table.only(np.array([False, True])).unable.tolist() == [2]
    assert table.only(slice(0, 1)).missing.tolist() == [3]


def test_two_groups_add_up_to_the_panel():
    ratings = drawn(NINE, 20, 3)
    panel = counts.from_ratings(ratings, points=NINE)

    patients = counts.from_ratings(ratings[:8], points=NINE)
    clinicians = counts.from_ratings(ratings[8:], points=NINE)

    both = patients.together_with(clinicians)
    assert np.array_equal(both.counts, panel.counts)
    assert np.array_equal(both.missing, panel.missing)


def test_groups_on_different_scales_or_items_cannot_be_joined():
    table = counts.from_counts([[1, 2, 3]], points=ScalePoints(1, 3))

    with pytest.raises(ValueError, match="scales 1 to 3 and 0 to 2 differ"):
        table.together_with(counts.from_counts([[1, 2, 3]], points=ScalePoints(0, 2)))
    with pytest.raises(ValueError, match="1 items cannot be joined with 2"):
        table.together_with(counts.from_counts([[1, 2, 3]] * 2, points=ScalePoints(1, 3)))


def test_more_ratings_than_fit_an_exact_sum_are_refused():
    with pytest.raises(ValueError, match="2000000000 ratings of one item are more than"):
        counts.from_counts([[10**9, 0, 10**9]], points=ScalePoints(1, 3))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30))
def test_ranks_give_the_ratings_in_order(ratings):
    table = counts.from_ratings(ratings, points=NINE)

    in_order = [int(table.category_at(rank)[0]) + 1 for rank in range(1, len(ratings) + 1)]
    assert in_order == sorted(ratings)
    assert table.category_at(len(ratings) + 1)[0] == 9
