"""The question put to a whole panel: camps, a spectrum, or none."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.stats import camps
from surveys.stats.camps import finding
from surveys.stats.ratings import NOBODY_RATED, ScalePoints

NINE = ScalePoints(1, 9)


def rated(latent):
    """Opinions from -1 to 1 as ratings on nine points."""
    return np.clip(np.rint(5 + 4 * np.asarray(latent)), 1, 9)


def with_camps(sizes=(12, 12), *, items=20, apart=0.6, noise=0.4, seed=1):
    rng = np.random.default_rng(seed)
    profiles = rng.choice([-1.0, 1.0], (len(sizes), items))
    if len(sizes) == 2:
        profiles[1] = -profiles[0]
    truth = np.repeat(np.arange(len(sizes)), sizes)
    latent = 0.2 + apart * profiles[truth] + rng.normal(0, noise, (len(truth), items))
    return rated(latent), truth


def one_cloud(experts, *, items=20, axis=0.3, missing=0.0, seed=1):
    rng = np.random.default_rng(seed)
    latent = np.outer(rng.normal(size=experts), rng.normal(0, axis, items))
    latent += rng.normal(0, 0.3, items) + rng.normal(0, 0.4, (experts, items))
    ratings = rated(latent)
    ratings[rng.uniform(size=ratings.shape) < missing] = np.nan
    return ratings


def found_in(ratings, **options):
    return camps.find(ratings, **({"points": NINE, "seed": 1, "resamples": 59} | options))


def test_two_camps_are_found_named_by_size_and_told_apart():
    ratings, truth = with_camps((8, 14))

    found = found_in(ratings)

    assert found.verdict == "camps"
    assert found.stable is True
    assert found.division.sizes.tolist() == [14, 8]
    assert found.division.labels.tolist() == (1 - truth).tolist()
    assert found.evidence.membership.min() > 0.9
    assert len(found.statements.dividing()) == 5
    assert found.warnings == ("small panel",)
    assert found.reasons == {}


def test_three_camps_are_three():
    ratings, truth = with_camps((12, 12, 12), apart=0.7)

    found = found_in(ratings)

    assert (found.verdict, found.division.k) == ("camps", 3)
    for camp in range(3):
        assert len(set(found.division.labels[truth == camp])) == 1
    assert found.warnings == ()


@pytest.mark.parametrize("experts", [8, 10])
def test_a_small_panel_split_on_everything_has_camps(experts):
    half = experts // 2
    ratings = np.repeat([[1, 2, 1, 9, 8], [9, 8, 9, 1, 2]], half, axis=0)

    found = found_in(ratings)

    assert found.verdict == "camps"
    assert found.division.sizes.tolist() == [half, half]


def test_unrelated_ratings_have_no_camps_but_a_division_to_look_at():
    ratings = np.random.default_rng(2).integers(1, 10, (24, 12))

    found = found_in(ratings)

    assert found.verdict == "none"
    assert found.stable is False
    assert found.division.sizes.sum() == 24
    assert found.reasons == {}


def test_opinions_along_a_line_are_a_spectrum():
    found = found_in(one_cloud(80, axis=0.6))

    assert found.verdict == "spectrum"
    assert found.stable is False
    assert found.evidence.axis_p <= 0.05 < found.evidence.gap_p


def test_camps_are_seldom_claimed_where_there_is_one_cloud():
    verdicts = [
        found_in(one_cloud(experts, missing=missing, seed=seed)).verdict
        for experts, missing in ((10, 0.0), (24, 0.2))
        for seed in range(15)
    ]

    # 5 % of 30 is 1.5; five or more would happen once in a hundred.
    assert verdicts.count("camps") <= 4


def test_camps_are_mostly_seen_in_twenty_four_experts_with_gaps():
    verdicts = []
    for seed in range(10):
        ratings, _ = with_camps(seed=seed)
        ratings[np.random.default_rng(seed).uniform(size=ratings.shape) < 0.2] = np.nan
        verdicts.append(found_in(ratings).verdict)

    assert verdicts.count("camps") >= 8


@settings(max_examples=15)
@given(st.randoms(use_true_random=False), st.integers(0, 50))
def test_the_order_of_experts_changes_nothing(shuffler, seed):
    ratings = one_cloud(14, items=8, missing=0.1, seed=seed)
    ratings[3] = np.nan
    order = list(range(14))
    shuffler.shuffle(order)

    one = found_in(ratings, resamples=19)
    other = found_in(ratings[order], resamples=19)

    assert other.verdict == one.verdict
    if one.division is None:  # so many gaps that too few experts are left
        assert other.division is None
        return
    for mine, yours in (
        (one.division.labels, other.division.labels),
        (one.division.widths, other.division.widths),
        (one.opinion_map.positions, other.opinion_map.positions),
        (one.opinion_map.counted, other.opinion_map.counted),
        (one.evidence.membership, other.evidence.membership),
    ):
        np.testing.assert_array_equal(mine[order], yours)
    np.testing.assert_array_equal(one.statements.p, other.statements.p)


@settings(max_examples=15)
@given(st.integers(0, 200))
def test_turning_the_scale_around_mirrors_the_map_and_keeps_the_camps(seed):
    ratings, _ = with_camps((9, 6), seed=seed)

    one = found_in(ratings, resamples=0)
    other = found_in(10 - ratings, resamples=0)

    assert other.opinion_map.positions == pytest.approx(-one.opinion_map.positions)
    assert other.division.labels.tolist() == one.division.labels.tolist()
    np.testing.assert_array_equal(one.statements.agree, other.statements.disagree)
    assert one.statements.consensus_agree == pytest.approx(other.statements.consensus_disagree)


@settings(max_examples=15)
@given(st.integers(0, 200))
def test_a_statement_all_agree_on_moves_nobody_in_a_complete_panel(seed):
    ratings, _ = with_camps((9, 6), seed=seed)
    with_unanimous = np.column_stack([ratings, np.full(15, 8)])

    one = found_in(ratings, resamples=0)
    other = found_in(with_unanimous, resamples=0)

    assert other.opinion_map.positions == pytest.approx(one.opinion_map.positions)
    assert other.division.labels.tolist() == one.division.labels.tolist()
    assert other.statements.uniting("agree", top=1) == (20,)


def test_the_same_seed_gives_the_same_answer():
    ratings = one_cloud(20)

    one, again = found_in(ratings), found_in(ratings)

    assert (one.evidence.gap_p, one.evidence.axis_p) == (
        again.evidence.gap_p,
        again.evidence.axis_p,
    )
    np.testing.assert_array_equal(one.evidence.overlap, again.evidence.overlap)


def test_without_resampling_there_is_a_division_and_no_verdict():
    ratings, _ = with_camps()

    found = found_in(ratings, resamples=0)

    assert found.verdict is None
    assert found.stable is None
    assert found.evidence is None
    assert found.reasons == {"verdict": finding.NOT_RESAMPLED, "evidence": finding.NOT_RESAMPLED}
    assert found.division.k == 2
    assert found.standing(0).membership is None
    assert found.standing(0).width > 0


def test_resampling_tells_how_far_it_is():
    ratings, _ = with_camps()
    steps = []

    found_in(ratings, resamples=30, progress=lambda done, total: steps.append((done, total)))

    assert steps[-1] == (140, 140)
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})


def undefined(found):
    fields = ("verdict", "opinion_map", "division", "evidence", "statements")
    assert all(getattr(found, field) is None for field in fields)
    assert set(found.reasons) == set(fields)
    (reason,) = set(found.reasons.values())
    return reason


@pytest.mark.parametrize("shape", [(20, 5), (0, 5), (20, 0)])
def test_a_panel_where_nobody_rated_is_undefined(shape):
    assert undefined(found_in(np.full(shape, np.nan))) == NOBODY_RATED


def test_seven_experts_are_too_few():
    ratings, _ = with_camps((4, 3))

    found = found_in(ratings)

    assert undefined(found) == finding.FEW_EXPERTS
    assert found.counted == 7


def test_experts_who_rated_too_little_do_not_make_up_the_number():
    ratings, _ = with_camps((6, 6))
    ratings[:5, 6:] = np.nan

    found = found_in(ratings)

    assert undefined(found) == finding.FEW_EXPERTS
    assert found.counted == 7


def test_a_panel_of_one_mind_has_no_map():
    found = found_in(np.tile([7, 8, 2, 9], (20, 1)))

    assert undefined(found) == finding.ALL_ALIKE
    with pytest.raises(ValueError, match="expert 3 has no place: all experts gave the same"):
        found.standing(3)


def test_experts_who_differ_in_level_only_have_no_map_without_levels():
    ratings = np.linspace(2, 6, 9)[:, np.newaxis].round() + np.array([0, 1, 2])

    assert undefined(found_in(ratings, remove_level=True)) == finding.ONLY_LEVELS
    assert found_in(ratings).opinion_map is not None


def test_one_dissenter_is_no_camp():
    ratings = np.tile([7.0, 8, 2, 9], (9, 1))
    ratings[4] = [1, 1, 9, 1]

    found = found_in(ratings)

    assert found.verdict == "none"
    assert found.division is None
    assert found.evidence is None
    assert found.reasons["division"] == finding.NO_DIVISION
    assert found.opinion_map.positions[4, 0] != found.opinion_map.positions[0, 0]
    standing = found.standing(4)
    assert standing.counted
    assert (standing.camp, standing.membership, standing.width) == (None, None, None)


def test_an_expert_who_rated_little_is_shown_near_a_camp_and_counted_nowhere():
    ratings, _ = with_camps()
    extra = np.full((2, 20), np.nan)
    extra[0, :3] = ratings[0, :3]

    found = found_in(np.vstack([ratings, extra]))

    assert found.counted == 24
    assert "experts left out" in found.warnings
    little, nothing = found.standing(24), found.standing(25)
    assert little.camp == found.division.labels[0]
    assert (little.counted, little.membership, little.width) == (False, None, None)
    assert (nothing.position, nothing.camp) == (None, None)
    assert found.statements.answered.sum(axis=0).tolist() == [24] * 20
    assert np.isnan(found.evidence.membership[24:]).all()


def test_an_experts_standing_is_hers():
    ratings, _ = with_camps((8, 14))

    found = found_in(ratings)
    standing = found.standing(5)

    assert standing.position == tuple(found.opinion_map.positions[5])
    assert standing.camp == 1
    assert standing.counted
    assert standing.membership == found.evidence.membership[5]
    assert standing.width == found.division.widths[5]


def test_a_statement_nobody_counted_rated_is_empty_with_a_reason():
    ratings, _ = with_camps()
    ratings[:, 4] = np.nan

    found = found_in(ratings, resamples=0)

    assert found.statements.answered[:, 4].tolist() == [0, 0]
    assert np.isnan(found.statements.p[4])
    assert found.statements.reasons[4] == NOBODY_RATED
    assert found.statements.reasons[3] is None


def test_generous_and_strict_raters_are_warned_of():
    rng = np.random.default_rng(4)
    ratings = rated(rng.normal(0, 0.4, (40, 1)) + rng.normal(0, 0.15, (40, 12)))

    assert "level" in found_in(ratings, resamples=0).warnings
    assert "level" not in found_in(ratings, resamples=0, remove_level=True).warnings


def test_groups_that_were_asked_different_things_are_warned_of():
    rng = np.random.default_rng(5)
    ratings = rated(rng.normal(0, 0.4, (40, 24)))
    ratings[:20, :12] = rated(np.repeat(rng.choice([-0.8, 0.8], (1, 12)), 20, axis=0))
    ratings[:20, 16:] = np.nan
    ratings[20:, :4] = np.nan
    ratings[:20, 12:16], ratings[20:, 12:16] = 9, 1

    assert "answering" in found_in(ratings, resamples=0).warnings


def test_gaps_that_fall_anywhere_are_not_warned_of():
    ratings, _ = with_camps((5, 5))
    ratings[np.random.default_rng(6).uniform(size=ratings.shape) < 0.4] = np.nan

    found = found_in(ratings, resamples=0)

    # In camps of five, shares differ by more than a quarter by chance alone.
    assert "answering" not in found.warnings


def test_a_division_that_other_statements_would_not_repeat_is_warned_of():
    at_random = np.random.default_rng(2).integers(1, 10, (24, 12))

    found = found_in(at_random)

    assert found.evidence.statements_agreement < 0.5
    assert "few statements" in found.warnings


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"least_answers": 0}, "least_answers 0 is below 1"),
        ({"smallest_camp": 0}, "smallest_camp 0 is below 1"),
        ({"most_camps": 1}, "most_camps 1 is below 2"),
        ({"resamples": 10}, "resamples 10 cannot show"),
        ({"resamples": -1}, "resamples -1 cannot show"),
        ({"adjustment": "bonferroni"}, "no adjustment is called 'bonferroni'"),
        ({"agree_from": 12}, "agree_from 12"),
        ({"points": ScalePoints(1, 7)}, "rating 9"),
    ],
)
def test_options_that_make_no_sense_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        found_in(np.full((9, 3), 9.0), **options)


def test_every_choice_is_on_record():
    ratings, _ = with_camps()

    conventions = found_in(ratings, resamples=0, adjustment="benjamini-hochberg").conventions

    assert conventions["seed"] == 1
    assert conventions["resamples"] == 0
    assert conventions["adjustment"] == "benjamini-hochberg"
    assert conventions["least_overlap"] == 0.75


def test_the_example_in_the_docstring_runs():
    (example,) = doctest.DocTestFinder().find(finding.find, "find", globs=vars(finding).copy())

    results = doctest.DocTestRunner(verbose=False).run(example)

    assert (results.attempted, results.failed) == (3, 0)
