"""Is a division there or only drawn: the tests against chance and the redrawn panels."""

import numpy as np
import pytest

from surveys.stats.camps import evidence, grouping, opinion_map
from surveys.stats.camps.evidence import Panel


def panel_of(opinions, *, remove_level=False):
    return Panel(*opinion_map.filled(np.asarray(opinions, dtype=float)), remove_level=remove_level)


def two_camps(each=10, items=14, apart=0.7, missing=0.0, seed=1):
    rng = np.random.default_rng(seed)
    side = np.repeat([1.0, -1.0], each)
    opinions = np.outer(side, apart * rng.choice([-1, 1], items))
    opinions = np.clip(opinions + rng.normal(0, 0.4, opinions.shape), -1, 1)
    opinions[rng.uniform(size=opinions.shape) < missing] = np.nan
    return panel_of(opinions), (side < 0).astype(np.int64)


def one_cloud(experts=30, items=14, seed=1):
    rng = np.random.default_rng(seed)
    along = np.outer(rng.normal(size=experts), rng.normal(0, 0.25, items))
    return panel_of(np.clip(along + rng.normal(0, 0.3, (experts, items)), -1, 1))


def halved(panel):
    positions = panel.placed(panel.axes())
    return (positions[:, 0] > np.median(positions[:, 0])).astype(np.int64)


def chance_of_gap(panel, labels, k=2, *, resamples=99, seed=1, advance=lambda _: None):
    return evidence.gap_p(
        panel,
        labels,
        k,
        resamples=resamples,
        starts=6,
        smallest=3,
        rng=np.random.default_rng(seed),
        advance=advance,
    )


def chance_of_axis(panel, *, resamples=99, advance=lambda _: None):
    return evidence.axis_p(
        panel, resamples=resamples, rng=np.random.default_rng(1), advance=advance
    )


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_camps_leave_emptier_ground_between_them_than_chance(missing):
    panel, truth = two_camps(missing=missing)

    assert chance_of_gap(panel, truth) <= 0.03


def test_one_cloud_cut_in_half_has_no_gap():
    panel = one_cloud()

    assert chance_of_gap(panel, halved(panel)) > 0.5


def test_three_camps_leave_gaps_on_a_plane():
    rng = np.random.default_rng(2)
    profiles = rng.choice([-0.7, 0.7], (3, 20))
    truth = np.repeat(np.arange(3), 9)
    panel = panel_of(np.clip(profiles[truth] + rng.normal(0, 0.3, (27, 20)), -1, 1))

    assert chance_of_gap(panel, truth, 3) <= 0.05


def test_camps_on_a_line_without_a_second_axis_are_tested_on_the_line():
    opinions = np.zeros((12, 5))
    opinions[:6, 2], opinions[6:, 2] = -1, 1

    p = chance_of_gap(panel_of(opinions), np.repeat([0, 1], 6))

    assert p == 1 / 100


def test_even_clouds_have_the_variances_of_the_map():
    panel, _ = two_camps(missing=0.4)
    found = panel.axes()
    positions = panel.placed(found)
    positions = positions - positions.mean(axis=0)
    _, _, turn = np.linalg.svd(positions, full_matrices=False)
    spreads = turn @ evidence._spreads(panel, found, positions) @ turn.T
    turned = positions @ turn.T

    clouds = evidence._even_clouds(turned, spreads, 5, np.random.default_rng(1))

    for cloud in clouds:
        assert cloud.mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
        assert cloud.T @ cloud == pytest.approx(turned.T @ turned, abs=1e-9)


def test_a_cloud_without_extent_in_a_direction_stays_without_it():
    positions = np.column_stack([np.linspace(-1, 1, 9), np.linspace(-1, 1, 9)])
    spreads = np.tile(np.diag([1.0, 0.0]), (9, 1, 1))

    clouds = evidence._even_clouds(positions, spreads, 3, np.random.default_rng(1))

    assert np.isfinite(clouds).all()
    assert (clouds[:, :, 1] == 0).all()


def test_who_rated_little_of_a_strong_axis_spreads_less():
    rng = np.random.default_rng(3)
    latent = np.outer(rng.normal(size=60), np.full(20, 0.4)) + rng.normal(0, 0.1, (60, 20))
    opinions = np.clip(latent, -1, 1)
    for expert in range(20):
        opinions[expert, rng.permutation(20)[5:]] = np.nan
    panel = panel_of(opinions)
    found = panel.axes()
    positions = panel.placed(found)

    spreads = evidence._spreads(panel, found, positions - positions.mean(axis=0))

    # A quarter of the terms, stretched twofold: a quarter of the variance of everybody else.
    variances = (spreads @ spreads)[:, 0, 0]
    assert variances[:20].mean() / variances[20:].mean() == pytest.approx(0.25, abs=0.05)
    assert variances.mean() == pytest.approx(positions[:, 0].var())


def test_unrelated_statements_have_no_axis_and_related_ones_have():
    unrelated = panel_of(np.random.default_rng(3).uniform(-1, 1, (30, 12)))
    related, _ = two_camps()

    assert chance_of_axis(unrelated) > 0.05
    assert chance_of_axis(related) == 1 / 100


def test_dealing_ratings_anew_keeps_margins_and_gaps(monkeypatch):
    panel, _ = two_camps(missing=0.3)
    seen = []
    plain = Panel.axes

    def remember(self):
        seen.append(self)
        return plain(self)

    monkeypatch.setattr(Panel, "axes", remember)
    chance_of_axis(panel, resamples=19)

    for shuffled in seen[1:]:
        assert (shuffled.observed == panel.observed).all()
        for item in range(14):
            rated = panel.observed[:, item] > 0
            assert sorted(shuffled.values[rated, item]) == sorted(panel.values[rated, item])
        assert (shuffled.values != panel.values).any()


def test_panels_without_variance_have_no_axis_to_speak_of():
    assert chance_of_axis(panel_of(np.ones((9, 4))), resamples=19) == 1


def test_clear_camps_come_back_when_experts_are_drawn_anew():
    panel, truth = two_camps()

    overlap, agreement, membership = evidence.by_redrawn_experts(
        panel,
        truth,
        2,
        resamples=30,
        starts=5,
        rng=np.random.default_rng(1),
        advance=lambda _: None,
    )

    assert overlap.min() > 0.95
    assert agreement > 0.95
    assert membership.min() > 0.9


def test_a_random_division_does_not_come_back():
    panel = one_cloud()
    at_random = np.random.default_rng(5).integers(2, size=30)

    overlap, agreement, _ = evidence.by_redrawn_experts(
        panel,
        at_random,
        2,
        resamples=30,
        starts=5,
        rng=np.random.default_rng(1),
        advance=lambda _: None,
    )

    assert overlap.min() < 0.6
    assert abs(agreement) < 0.3


def test_camps_on_many_statements_survive_other_statements_and_on_one_do_not():
    many, truth = two_camps()
    opinions = np.random.default_rng(1).uniform(-0.2, 0.2, (20, 14))
    opinions[:, 0] = np.repeat([1.0, -1.0], 10)

    on_many = statements_agreement(many, truth)
    on_one = statements_agreement(panel_of(opinions), truth)

    assert on_many > 0.9
    # One statement is among fourteen drawn with replacement in 64.6 % of all draws.
    assert on_one == pytest.approx(0.646, abs=0.15)


def statements_agreement(panel, labels):
    return evidence.by_redrawn_statements(
        panel,
        labels,
        2,
        resamples=60,
        starts=5,
        rng=np.random.default_rng(1),
        advance=lambda _: None,
    )


def test_statements_that_never_bring_two_experts_together_compare_nothing():
    # Each expert rated a statement of her own: some draws leave one expert, none leaves a pair
    # of groups to compare with a division that puts everybody together.
    panel = panel_of(np.where(np.eye(3) > 0, 1.0, np.nan))

    agreement = evidence.by_redrawn_statements(
        panel,
        np.zeros(3, dtype=np.int64),
        2,
        resamples=5,
        starts=2,
        rng=np.random.default_rng(1),
        advance=lambda _: None,
    )

    assert agreement is None


def test_progress_counts_every_cloud_and_every_redrawn_panel():
    panel, truth = two_camps()
    steps = []

    chance_of_gap(panel, truth, resamples=45, advance=steps.append)
    chance_of_axis(panel, resamples=19, advance=steps.append)

    assert sum(steps) == 45 + 19
    assert max(steps) == 20


def test_membership_names_the_same_camp_whatever_its_number():
    panel, truth = two_camps()
    swapped = 1 - truth

    found = [
        evidence.by_redrawn_experts(
            panel,
            labels,
            2,
            resamples=20,
            starts=5,
            rng=np.random.default_rng(1),
            advance=lambda _: None,
        )[2]
        for labels in (truth, swapped)
    ]

    assert found[0] == pytest.approx(found[1])
    assert grouping.adjusted_rand_index(truth, swapped) == 1
