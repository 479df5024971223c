"""Dividing points: against scikit-learn, and what it does at the edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, jaccard_score, silhouette_samples

from surveys.stats.camps import grouping


def clumps(centres, each, spread=0.3, seed=2):
    rng = np.random.default_rng(seed)
    points = np.repeat(np.array(centres, dtype=float), each, axis=0)
    return points + rng.normal(0, spread, points.shape), np.repeat(np.arange(len(centres)), each)


def divided(points, k, *, smallest=1, starts=20, seed=1):
    rng = np.random.default_rng(seed)
    scatter, labels = grouping.k_means(
        points[np.newaxis], k, starts=starts, smallest=smallest, rng=rng
    )
    return scatter[0], labels[0]


@pytest.mark.parametrize("k", [2, 3, 4, 5])
def test_the_least_scatter_is_the_one_scikit_learn_finds(k):
    points = np.random.default_rng(4).normal(0, [2, 1], (150, 2))

    scatter, labels = divided(points, k)

    theirs = KMeans(k, n_init=30, random_state=0).fit(points)
    assert scatter == pytest.approx(theirs.inertia_, rel=1e-3)
    centres = grouping.centres_of(points, labels, k)
    assert ((points - centres[labels]) ** 2).sum() == pytest.approx(scatter)


def test_many_clouds_at_once_are_divided_like_one_at_a_time(monkeypatch):
    clouds = np.stack([clumps([(0, 0), (6, 0)], 8, seed=seed)[0] for seed in range(7)])
    together = grouping.k_means(clouds, 2, starts=4, smallest=1, rng=np.random.default_rng(1))
    # Small blocks only bound the memory.
    monkeypatch.setattr(grouping, "_AT_ONCE", 2 * 16 * 2 * 4)
    in_blocks = grouping.k_means(clouds, 2, starts=4, smallest=1, rng=np.random.default_rng(1))

    assert together[0] == pytest.approx(in_blocks[0])
    for one, other in zip(together[1], in_blocks[1], strict=True):
        assert grouping.adjusted_rand_index(one, other) == 1


def test_a_far_away_expert_is_no_camp_of_one():
    points = np.vstack([clumps([(0, 0), (2, 0)], 8)[0], [[40.0, 0.0]]])

    _, alone = divided(points, 2)
    scatter, joined = divided(points, 2, smallest=3)

    assert sorted(np.bincount(alone)) == [1, 16]
    assert np.bincount(joined, minlength=2).min() >= 3 or np.isinf(scatter)


def test_no_start_with_large_enough_groups_is_infinite_scatter():
    scatter, _ = divided(np.zeros((8, 2)), 2, smallest=3)

    assert np.isinf(scatter)


def test_points_on_top_of_each_other_divide_without_scatter():
    points = np.repeat([[0.1, 0.3], [0.7, 0.2]], 5, axis=0)

    scatter, labels = divided(points, 2)

    assert scatter == pytest.approx(0, abs=1e-12)
    assert sorted(np.bincount(labels)) == [5, 5]


def test_a_quarrel_without_end_is_ended(monkeypatch):
    monkeypatch.setattr(grouping, "_TURNS", 1)

    _, labels = divided(np.random.default_rng(4).normal(size=(60, 2)), 3, starts=1)

    assert set(labels) <= {0, 1, 2}


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_silhouette_widths_are_those_of_scikit_learn(seed, k):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(30, 2))
    labels = np.concatenate([np.arange(k), rng.integers(k, size=30 - k)])

    widths = grouping.silhouette_widths(points, labels, k)

    assert widths == pytest.approx(silhouette_samples(points, labels))


def test_silhouettes_do_not_depend_on_the_block_of_rows(monkeypatch):
    points, labels = clumps([(0, 0), (2, 1), (1, 3)], 9)
    whole = grouping.silhouette_widths(points, labels, 3)
    monkeypatch.setattr(grouping, "_ROWS_AT_ONCE", 4)

    assert grouping.silhouette_widths(points, labels, 3) == pytest.approx(whole)


def test_a_group_of_one_and_coinciding_points_have_width_0():
    points = np.array([[0.0, 0], [0, 0], [0, 0], [5, 5]])

    assert grouping.silhouette_widths(points, np.array([0, 0, 1, 2]), 3).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "centres",
    [[(0, 0), (6, 0)], [(0, 0), (6, 0), (3, 6)], [(0, 0), (6, 0), (0, 6), (6, 6)]],
)
def test_clumps_are_counted_and_recovered(centres):
    points, truth = clumps(centres, 12)

    labels, silhouettes, errors = grouping.divide(
        points, most=5, smallest=3, starts=20, rng=np.random.default_rng(1)
    )

    assert labels.max() + 1 == len(centres)
    assert grouping.adjusted_rand_index(labels, truth) == 1
    assert silhouettes.keys() == errors.keys()


def test_a_hair_of_silhouette_does_not_buy_another_camp():
    # Evenly scattered experts: five groups describe them best, by a hair (0.424 against 0.412).
    evenly = np.random.default_rng(0).uniform(-1, 1, (48, 2)) * [2.2, 1.2]

    labels, silhouettes, errors = grouping.divide(
        evenly, most=5, smallest=3, starts=20, rng=np.random.default_rng(1)
    )

    best = max(silhouettes, key=silhouettes.get)
    assert best == 5
    assert silhouettes[5] > silhouettes[2] > silhouettes[5] - errors[5]
    assert labels.max() + 1 == 2


def test_groups_are_numbered_by_size_and_equals_from_left_to_right():
    large, _ = clumps([(4, 0)], 9)
    small, _ = clumps([(8, 8), (-8, 8)], 6)

    labels, *_ = grouping.divide(
        np.vstack([small, large]), most=3, smallest=3, starts=20, rng=np.random.default_rng(1)
    )

    assert labels.tolist() == [2] * 6 + [1] * 6 + [0] * 9


def test_a_panel_without_room_for_two_camps_is_not_divided():
    points = np.vstack([np.zeros((7, 2)), [[9.0, 0.0]]])

    found = grouping.divide(points, most=5, smallest=3, starts=20, rng=np.random.default_rng(1))

    assert found is None


@pytest.mark.parametrize(
    ("experts", "most"), [(8, 2), (11, 2), (12, 3), (24, 4), (36, 5), (600, 5)]
)
def test_twelve_more_experts_allow_one_more_group(experts, most):
    assert grouping.most_groups(experts, most=5, smallest=3) == most


def test_groups_are_never_more_than_the_experts_can_fill():
    assert grouping.most_groups(8, most=5, smallest=5) == 1


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30))
def test_the_adjusted_rand_index_is_that_of_scikit_learn(pairs):
    one, other = (np.array(labels) for labels in zip(*pairs, strict=True))

    ours = grouping.adjusted_rand_index(one, other)

    if ours is None:
        assert len(set(one)) == len(set(other))
        assert len(set(one)) in (1, len(pairs))
    else:
        assert ours == pytest.approx(adjusted_rand_score(one, other))


def test_names_of_groups_do_not_matter_to_agreement():
    one = np.array([0, 0, 1, 1, 2, 2])

    assert grouping.adjusted_rand_index(one, np.array([7, 7, 0, 0, 3, 3])) == 1


def test_agreement_is_undefined_where_chance_leaves_no_room():
    assert grouping.adjusted_rand_index(np.zeros(5, int), np.zeros(5, int)) is None
    assert grouping.adjusted_rand_index(np.arange(5), np.arange(5)) is None
    assert grouping.adjusted_rand_index(np.zeros(1, int), np.zeros(1, int)) is None


def test_divisions_of_different_panels_cannot_be_compared():
    with pytest.raises(ValueError, match="3 labels cannot be compared with 2"):
        grouping.adjusted_rand_index(np.zeros(3, int), np.zeros(2, int))


def test_overlap_is_jaccard_and_0_for_empty_groups():
    one, other = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1])

    shared = grouping.overlaps(one, other, 3)

    for group in (0, 1):
        for like in (0, 1):
            theirs = jaccard_score(one == group, other == like)
            assert shared[group, like] == pytest.approx(theirs)
    assert (shared[2] == 0).all()
    assert (shared[:, 2] == 0).all()


def test_a_division_is_renamed_to_agree_with_most_of_another():
    reference = np.array([0, 0, 0, 1, 1, 2])
    other = np.array([2, 2, 1, 0, 0, 1])

    assert grouping.renamed_to_match(other, reference, 3).tolist() == [0, 0, 2, 1, 1, 2]


def test_everybody_is_put_into_the_nearest_of_the_groups_some_make():
    shaping, _ = clumps([(0, 0), (6, 0)], 5)
    everybody = np.array([[-1.0, 0], [7, 1], [2.9, 0]])

    labels = grouping.divide_again(shaping, everybody, 2, starts=5, rng=np.random.default_rng(1))

    assert labels[0] == labels[2] != labels[1]


def test_copies_of_one_expert_make_one_group():
    labels = grouping.divide_again(
        np.zeros((6, 2)), np.ones((2, 2)), 3, starts=2, rng=np.random.default_rng(1)
    )

    assert labels.tolist() == [0, 0]
