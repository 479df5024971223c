"""The map: where experts stand, and that gaps and scales do not move them unduly."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from surveys.stats.camps import opinion_map
from surveys.stats.ratings import ScalePoints

NINE = ScalePoints(1, 9)
VOTES = ScalePoints(-1, 1)


def some_opinions(experts, items, seed=3):
    rng = np.random.default_rng(seed)
    sides = np.where(np.arange(experts) % 2 == 0, 1.0, -1.0)
    pull = rng.normal(0, 0.5, items)
    return np.clip(np.outer(sides, pull) + rng.normal(0, 0.4, (experts, items)), -1, 1)


def drawn(opinions, *, remove_level=False):
    counted = ~np.isnan(opinions).all(axis=1)
    return opinion_map.draw(opinions, counted=counted, remove_level=remove_level)


def test_the_ends_of_any_scale_are_minus_one_and_one():
    assert opinion_map.on_common_scale([[1, 5, 9, np.nan]], points=NINE).tolist()[0][:3] == [
        -1,
        0,
        1,
    ]
    assert opinion_map.on_common_scale([[0, 25]], points=ScalePoints(0, 100)).tolist() == [
        [-1, -0.5]
    ]
    assert opinion_map.on_common_scale([[-1, 0, 1]], points=VOTES).tolist() == [[-1, 0, 1]]


def test_every_item_may_have_a_scale_of_its_own():
    opinions = opinion_map.on_common_scale([[9, 1], [np.nan, 0]], points=[NINE, VOTES])

    assert opinions[0].tolist() == [1, 1]
    assert np.isnan(opinions[1, 0])
    assert opinions[1, 1] == 0


def test_a_rating_off_its_scale_is_named_with_its_place():
    with pytest.raises(ValueError, match="rating 10 of expert 1 on item 0"):
        opinion_map.on_common_scale([[9], [10]], points=NINE)
    with pytest.raises(ValueError, match="rating 2 of expert 0 on item 1"):
        opinion_map.on_common_scale([[9, 2]], points=[NINE, VOTES])


def test_scales_that_do_not_fit_the_items_are_refused():
    with pytest.raises(ValueError, match="1 scales do not fit 2 items"):
        opinion_map.on_common_scale([[9, 2]], points=[NINE])


@pytest.mark.parametrize("shape", [(30, 8), (9, 14), (10, 10)])
def test_complete_ratings_stand_where_principal_components_put_them(shape):
    opinions = some_opinions(*shape)

    found = drawn(opinions)

    theirs = PCA(n_components=2, svd_solver="full").fit(opinions)
    positions = theirs.transform(opinions)
    for axis in range(2):
        # A component's sign is arbitrary, so compare up to it.
        sign = np.sign(positions[:, axis] @ found.positions[:, axis])
        assert found.positions[:, axis] == pytest.approx(sign * positions[:, axis])
        assert found.loadings[:, axis] == pytest.approx(sign * theirs.components_[axis])
    assert found.variance_share == pytest.approx(theirs.explained_variance_ratio_)
    assert found.centre == pytest.approx(opinions.mean(axis=0))


def test_the_statement_that_pulls_hardest_pulls_to_the_positive_end():
    found = drawn(some_opinions(30, 8))

    for axis in range(2):
        assert found.loadings[np.abs(found.loadings[:, axis]).argmax(), axis] > 0


def test_who_rated_a_quarter_of_the_statements_is_stretched_twofold():
    opinions = some_opinions(20, 8)
    opinions[0, 2:] = np.nan

    found = drawn(opinions)

    by_hand = sum(
        (opinions[0, item] - found.centre[item]) * found.loadings[item] for item in (0, 1)
    )
    assert found.positions[0] == pytest.approx(2 * by_hand)
    assert found.answered[0] == 2


def test_an_expert_without_a_rating_has_no_position():
    opinions = some_opinions(12, 6)
    opinions[4] = np.nan

    found = drawn(opinions)

    assert np.isnan(found.positions[4]).all()
    assert not np.isnan(np.delete(found.positions, 4, axis=0)).any()


def test_a_statement_nobody_counted_rated_has_no_loading():
    opinions = some_opinions(12, 6)
    opinions[:, 2] = np.nan

    found = drawn(opinions)

    assert np.isnan(found.loadings[2]).all()
    assert np.isnan(found.centre[2])
    assert found.positions == pytest.approx(drawn(np.delete(opinions, 2, axis=1)).positions)


def test_uncounted_experts_are_placed_and_shape_nothing():
    opinions = some_opinions(20, 8)
    counted = np.arange(20) < 15

    found = opinion_map.draw(opinions, counted=counted, remove_level=False)
    alone = drawn(opinions[:15])

    assert found.loadings == pytest.approx(alone.loadings)
    assert found.positions[:15] == pytest.approx(alone.positions)
    by_hand = (opinions[15:] - found.centre) @ found.loadings
    assert found.positions[15:] == pytest.approx(by_hand)


def test_seven_answers_count_or_all_of_fewer():
    opinions = np.zeros((3, 10))
    opinions[0, 7:] = np.nan
    opinions[1, 6:] = np.nan

    assert opinion_map.counted_experts(opinions, least_answers=7).tolist() == [True, False, True]
    few = opinions[:, :5].copy()
    few[2, 0] = np.nan
    assert opinion_map.counted_experts(few, least_answers=7).tolist() == [True, True, False]


def test_statements_nobody_rated_do_not_raise_the_bar():
    opinions = np.full((2, 9), np.nan)
    opinions[:, :3] = 0

    assert opinion_map.counted_experts(opinions, least_answers=7).all()


def test_one_statement_that_varies_makes_a_line():
    opinions = np.zeros((9, 4))
    opinions[:, 1] = np.linspace(-1, 1, 9)

    found = drawn(opinions)

    assert found.positions[:, 0] == pytest.approx(opinions[:, 1])
    assert (found.positions[:, 1] == 0).all()
    assert found.loadings[:, 0].tolist() == [0, 1, 0, 0]
    assert found.variance_share.tolist() == [1, 0]


def test_a_single_statement_is_its_own_axis():
    found = drawn(np.linspace(-1, 1, 9)[:, np.newaxis])

    assert found.loadings.tolist() == [[1, 0]]
    assert found.positions[:, 0] == pytest.approx(np.linspace(-1, 1, 9))


def test_identical_experts_all_stand_at_the_centre():
    found = drawn(np.tile([0.5, -1.0, 0.25], (9, 1)))

    assert (found.positions == 0).all()
    assert found.variance_share.tolist() == [0, 0]
    assert found.level_correlation is None


def test_the_generous_and_the_strict_are_told_from_disagreement():
    rng = np.random.default_rng(5)
    level = rng.normal(0, 0.3, (30, 1))
    generous = np.clip(0.2 + level + rng.normal(0, 0.1, (30, 10)), -1, 1)

    with_level, without = drawn(generous), drawn(generous, remove_level=True)

    assert abs(with_level.level_correlation) > 0.95
    assert abs(without.level_correlation) < 0.5
    assert with_level.variance_share[0] > 0.7


def test_removing_levels_leaves_nothing_of_levels_alone_even_with_gaps():
    rng = np.random.default_rng(6)
    additive = rng.uniform(-0.5, 0.5, (14, 1)) + rng.uniform(-0.5, 0.5, 9)
    additive[rng.uniform(size=additive.shape) < 0.3] = np.nan

    found = drawn(additive, remove_level=True)

    assert np.abs(found.positions).max() < 1e-6


def test_removing_levels_from_complete_ratings_is_centring_both_ways():
    opinions = some_opinions(16, 7)
    twice = (
        opinions - opinions.mean(axis=1, keepdims=True) - opinions.mean(axis=0) + opinions.mean()
    )

    found = drawn(opinions, remove_level=True)

    _, lengths, _ = np.linalg.svd(twice)
    assert (found.positions**2).sum(axis=0) == pytest.approx(lengths[:2] ** 2)


def test_a_panel_too_gappy_to_settle_still_gets_levels():
    # Two halves joined by one rating only: the turns stop at their limit, with finite levels.
    opinions = np.full((40, 40), np.nan)
    rng = np.random.default_rng(8)
    opinions[:20, :20] = rng.uniform(-1, 1, (20, 20))
    opinions[20:, 20:] = rng.uniform(-1, 1, (20, 20))
    opinions[0, 20] = 1.0

    found = drawn(opinions, remove_level=True)

    assert np.isfinite(found.positions).all()
    assert np.abs(found.centre).max() < 3
