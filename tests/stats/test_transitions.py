"""Transition tables and plain movement: the same counts as two loops, and every edge named."""

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.stats import transitions
from surveys.stats.ratings import ScalePoints

FIVE = ScalePoints(1, 5)
NINE = ScalePoints(1, 9)
HALVES = ScalePoints(0, 2, 0.5)
THIRDS = [0, 0, 0, 1, 1, 1, 2, 2, 2]
NOT_GIVEN = float("nan")


def two_rounds(points, experts, items, seed=0):
    chance = np.random.default_rng(seed)
    rounds = chance.choice(points.values, size=(2, experts, items))
    rounds[chance.random(rounds.shape) < 0.15] = np.nan
    return rounds


@pytest.mark.parametrize("points", [NINE, HALVES, ScalePoints(0, 100), ScalePoints(0, 1)])
@pytest.mark.parametrize("shape", [(11, 40), (1, 1), (30000, 3), (5, 700)])
def test_every_pair_is_counted_where_it_went(points, shape):
    earlier, later = two_rounds(points, *shape)

    tables = transitions.transition_tables(earlier, later, points=points)

    for item in {0, shape[1] - 1}:
        plain = np.zeros((points.count, points.count), dtype=int)
        for was, became in zip(earlier[:, item], later[:, item], strict=True):
            if not (np.isnan(was) or np.isnan(became)):
                place = [int(np.argmin(np.abs(points.values - x))) for x in (was, became)]
                plain[place[0], place[1]] += 1
        assert np.array_equal(tables.counts[item], plain)


def test_movement_is_what_a_person_would_count():
    earlier, later = two_rounds(NINE, 60, 7)
    tables = transitions.transition_tables(earlier, later, points=NINE)
    bands = np.array(THIRDS)

    moved = transitions.movement(tables, bands=bands)

    for item in range(7):
        paired = ~np.isnan(earlier[:, item]) & ~np.isnan(later[:, item])
        was, became = earlier[paired, item].astype(int), later[paired, item].astype(int)
        assert moved.pairs[item] == paired.sum()
        assert moved.unchanged[item] == (was == became).sum()
        assert moved.same_region[item] == (bands[was - 1] == bands[became - 1]).sum()
        assert moved.within_one[item] == (abs(was - became) <= 1).sum()
        assert moved.moved_up[item] == (became > was).sum()
        assert moved.moved_down[item] == (became < was).sum()
        before, after = np.bincount(was, minlength=10), np.bincount(became, minlength=10)
        assert moved.net_change[item] == pytest.approx(abs(before - after).sum() / 2 / len(was))
        assert moved.share(moved.unchanged)[item] == (was == became).mean()


def test_a_panel_that_swaps_ends_has_no_net_change_and_nobody_unchanged():
    swapped = transitions.transition_tables([1] * 5 + [9] * 5, [9] * 5 + [1] * 5, points=NINE)

    moved = transitions.movement(swapped, bands=THIRDS)

    assert moved.net_change.tolist() == [0.0]
    assert moved.unchanged.tolist() == [0]
    assert (moved.moved_up.tolist(), moved.moved_down.tolist()) == ([5], [5])


def test_an_item_without_pairs_has_counts_of_zero_and_no_shares():
    tables = transitions.transition_tables(
        [[3, NOT_GIVEN], [NOT_GIVEN, 4]], [[NOT_GIVEN, 2], [5, NOT_GIVEN]], points=FIVE
    )

    moved = transitions.movement(tables, bands=[0, 0, 1, 2, 2])

    assert moved.pairs.tolist() == [0, 0]
    assert moved.unchanged.tolist() == [0, 0]
    assert np.isnan(moved.share(moved.unchanged)).all()
    assert np.isnan(moved.net_change).all()


def test_a_panel_of_nobody_and_a_list_of_no_items_are_tables_of_zeros():
    nobody = transitions.transition_tables(np.empty((0, 3)), np.empty((0, 3)), points=FIVE)
    nothing = transitions.transition_tables(np.empty((4, 0)), np.empty((4, 0)), points=FIVE)

    assert nobody.pairs.tolist() == [0, 0, 0]
    assert nothing.items == 0


@given(st.integers(0, 10_000), st.permutations(range(12)))
def test_the_order_of_experts_does_not_matter(seed, order):
    earlier, later = two_rounds(FIVE, 12, 3, seed)

    plain = transitions.transition_tables(earlier, later, points=FIVE)
    shuffled = transitions.transition_tables(earlier[order], later[order], points=FIVE)

    assert np.array_equal(plain.counts, shuffled.counts)


@given(st.integers(0, 10_000))
def test_turning_time_round_exchanges_up_and_down(seed):
    earlier, later = two_rounds(FIVE, 9, 2, seed)

    forth = transitions.movement(
        transitions.transition_tables(earlier, later, points=FIVE), bands=[0, 0, 1, 2, 2]
    )
    back = transitions.movement(
        transitions.transition_tables(later, earlier, points=FIVE), bands=[0, 0, 1, 2, 2]
    )

    assert np.array_equal(forth.moved_up, back.moved_down)
    assert np.array_equal(forth.unchanged, back.unchanged)
    assert np.array_equal(forth.net_change, back.net_change, equal_nan=True)
    everyone = forth.unchanged + forth.moved_up + forth.moved_down
    assert np.array_equal(everyone, forth.pairs)


def test_margins_are_what_the_pairs_answered_in_each_round():
    tables = transitions.transition_tables([1, 1, 5, 2], [2, 2, 5, NOT_GIVEN], points=FIVE)

    assert tables.earlier.counts.tolist() == [[2, 0, 0, 0, 1]]
    assert tables.later.counts.tolist() == [[0, 2, 0, 0, 1]]
    assert tables.earlier.points == FIVE


def test_steps_moved_are_the_diagonals_from_the_largest_fall_to_the_largest_rise():
    tables = transitions.transition_tables([3, 1, 2, 2], [1, 3, 2, 3], points=ScalePoints(1, 3))

    assert tables.steps_moved.tolist() == [[1, 0, 1, 1, 1]]


def test_bands_join_points_and_keep_the_pairs():
    earlier, later = two_rounds(NINE, 50, 4)
    tables = transitions.transition_tables(earlier, later, points=NINE)

    by_band = tables.in_bands(THIRDS)

    assert by_band.counts.shape == (4, 3, 3)
    assert np.array_equal(by_band.pairs, tables.pairs)
    assert by_band.counts[0, 0, 2] == tables.counts[0, :3, 6:].sum()
    assert by_band.points == ScalePoints(0, 2)


def test_only_chooses_items():
    earlier, later = two_rounds(FIVE, 20, 5)
    tables = transitions.transition_tables(earlier, later, points=FIVE)

    assert np.array_equal(tables.only([3]).counts[0], tables.counts[3])


def test_counts_of_a_table_cannot_be_changed_afterwards():
    tables = transitions.transition_tables([1, 2], [1, 2], points=FIVE)

    with pytest.raises(ValueError, match="read-only"):
        tables.counts[0, 0, 0] = 7


@pytest.mark.parametrize("wrong", [0, 6, 2.5, float("inf"), float("-inf")])
def test_a_rating_off_the_scale_is_named_with_round_and_place(wrong):
    right = np.full((3, 2), 4.0)
    off = right.copy()
    off[2, 1] = wrong

    place = "of expert 2 on item 1 .* is not a point of the scale 1 to 5"
    with pytest.raises(ValueError, match=f"earlier round: rating {wrong:g} {place}"):
        transitions.transition_tables(off, right, points=FIVE)
    with pytest.raises(ValueError, match=f"later round: rating {wrong:g} {place}"):
        transitions.transition_tables(right, off, points=FIVE)


@pytest.mark.parametrize(
    ("earlier", "later", "said"),
    [
        (np.ones((2, 3)), np.ones((2, 2)), r"shape \(2, 3\), the later \(2, 2\)"),
        (np.ones((2, 3, 1)), np.ones((2, 3, 1)), "3 dimensions"),
    ],
)
def test_rounds_that_do_not_pair_are_refused(earlier, later, said):
    with pytest.raises(ValueError, match=said):
        transitions.transition_tables(earlier, later, points=FIVE)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (np.zeros((2, 5)), r"shape \(2, 5\)"),
        (np.zeros((1, 5, 4)), r"shape \(1, 5, 4\)"),
        (np.full((1, 5, 5), -1), "count -1 is not a whole number from 0"),
        (np.full((1, 5, 5), 0.5), "count 0.5"),
        (np.full((1, 5, 5), np.nan), "count nan"),
    ],
)
def test_a_table_that_is_not_counts_over_the_scale_is_refused(counts, said):
    with pytest.raises(ValueError, match=said):
        transitions.TransitionTables(counts, FIVE)


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        ([0, 1], "2 band numbers do not name the bands of 5 points"),
        ([0, 0, 1, 2, -1], "band number -1"),
        ([0, 0, 1.5, 2, 2], "band number 1.5"),
        ([0, 0, np.nan, 2, 2], "band number nan"),
    ],
)
def test_bands_that_do_not_name_every_point_are_refused(bands, said):
    tables = transitions.transition_tables([1], [1], points=FIVE)

    with pytest.raises(ValueError, match=said):
        transitions.movement(tables, bands=bands)


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(transitions).attempted == 5
    assert doctest.testmod(transitions).failed == 0
