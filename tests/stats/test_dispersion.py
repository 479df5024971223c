"""Ordinal agreement against articles, manuals and the definitions written out plainly."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from surveys.stats import counts, dispersion
from surveys.stats.ratings import ScalePoints
from tests.published import ordinal_distributions as printed

MEASURES = {
    # name: (function, unanimous panel, half at either end)
    "consensus": (dispersion.consensus, 1, 0),
    "agreement": (dispersion.agreement, 1, -1),
    "polarisation": (dispersion.polarisation, 0, 1),
    "leik": (dispersion.leik, 0, 1),
    "blair_lacy_squared": (dispersion.blair_lacy_squared, 1, 0),
    "blair_lacy": (dispersion.blair_lacy, 1, 0),
    "ordinal_variation": (dispersion.ordinal_variation, 0, 1),
    "kvalseth": (dispersion.kvalseth, 0, 1),
    "reynal_querol": (dispersion.reynal_querol, 0, 1),
    "esteban_ray": (dispersion.esteban_ray, 0, 1),
    "entropy": (dispersion.entropy, 0, 1),
}
HISTOGRAMS = st.lists(st.integers(0, 6), min_size=3, max_size=9).filter(lambda bars: sum(bars) > 1)


def table(*rows):
    return counts.from_counts(rows, points=ScalePoints(1, len(rows[0])))


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("points", [3, 4, 9])
def test_unanimity_and_an_even_split_are_the_two_ends(name, points):
    measure, unanimous, split = MEASURES[name]
    middle = [0] * points
    middle[points // 2] = 11
    ends = [4, *[0] * (points - 2), 4]

    assert measure(table(middle))[0] == pytest.approx(unanimous, abs=1e-12)
    assert measure(table(ends))[0] == pytest.approx(split, abs=1e-12)


@pytest.mark.parametrize("name", MEASURES)
def test_one_rating_would_pass_for_agreement_and_is_undefined(name):
    measure, *_ = MEASURES[name]

    assert np.isnan(measure(table([0, 1, 0], [0, 0, 0]))).all()


@pytest.mark.parametrize("name", MEASURES)
@given(bars=HISTOGRAMS)
def test_turning_the_scale_round_changes_nothing(name, bars):
    measure, *_ = MEASURES[name]

    assert measure(table(bars[::-1]))[0] == pytest.approx(measure(table(bars))[0], abs=1e-9)


@pytest.mark.parametrize(
    "name", [name for name in MEASURES if name not in ("ordinal_variation", "kvalseth")]
)
@given(bars=HISTOGRAMS, times=st.integers(2, 5))
def test_a_panel_of_twins_measures_the_same(name, bars, times):
    measure, *_ = MEASURES[name]
    twins = [times * bar for bar in bars]

    assert measure(table(twins))[0] == pytest.approx(measure(table(bars))[0], abs=1e-9)


def test_van_der_eijks_example_is_met():
    panel = table(printed.VAN_DER_EIJK)

    assert dispersion.agreement(panel)[0] == pytest.approx(printed.VAN_DER_EIJK_A, abs=5e-8)
    assert dispersion.polarisation(panel)[0] == pytest.approx(printed.AGRMT_POLARISATION, abs=5e-8)


@pytest.mark.parametrize(("layer", "score"), printed.VAN_DER_EIJK_LAYERS)
def test_van_der_eijks_layers_score_as_printed(layer, score):
    twins = [2 * filled for filled in layer]

    assert dispersion.agreement(table(twins))[0] == pytest.approx(score, abs=5e-4)


def test_van_der_eijks_parties_are_met():
    panel = table(printed.PVDA, printed.D66)

    assert dispersion.agreement(panel).round(2).tolist() == [printed.PVDA_A, printed.D66_A]


@given(HISTOGRAMS)
def test_agreement_is_the_weighted_mean_of_its_layers(bars):
    rest, total = list(bars), 0.0
    while any(rest):
        height = min(bar for bar in rest if bar)
        filled = [bar > 0 for bar in rest]
        total += height * sum(filled) * _layer(filled)
        rest = [bar - height if bar else 0 for bar in rest]

    assert dispersion.agreement(table(bars))[0] == pytest.approx(total / sum(bars), abs=1e-12)


def _layer(filled):
    k, size = len(filled), sum(filled)
    triples = [tuple(triple) for triple in itertools.combinations(filled, 3)]
    unimodal = triples.count((True, True, False)) + triples.count((False, True, True))
    bimodal = triples.count((True, False, True))
    if size == 1 or unimodal + bimodal == 0:
        u = 1.0
    else:
        u = ((k - 2) * unimodal - (k - 1) * bimodal) / ((k - 2) * (unimodal + bimodal))
    return u * (1 - (size - 1) / (k - 1))


def test_a_flat_panel_has_no_agreement_at_all():
    assert dispersion.agreement(table([3] * 7))[0] == 0


def test_two_points_are_too_few_for_van_der_eijk():
    pair = table([3, 4])

    assert np.isnan(dispersion.agreement(pair)).all()
    assert np.isnan(dispersion.polarisation(pair)).all()
    assert 0 < dispersion.consensus(pair)[0] < 0.1


def test_consensus_meets_its_article_and_manual():
    article = table(printed.TASTLE_WIERMAN)
    manual = table(printed.VAN_DER_EIJK)

    assert dispersion.consensus(article)[0] == pytest.approx(
        printed.TASTLE_WIERMAN_CONSENSUS, abs=5e-4
    )
    assert dispersion.consensus(manual)[0] == pytest.approx(printed.AGRMT_CONSENSUS, abs=5e-8)


def test_leik_meets_the_manual():
    found = dispersion.leik(table(printed.VAN_DER_EIJK))[0]

    assert found == pytest.approx(printed.AGRMT_LEIK, abs=5e-4)


@given(HISTOGRAMS)
def test_ordinal_variation_is_the_mean_distance_of_pairs(bars):
    ratings = np.repeat(np.arange(len(bars)), bars)
    apart = np.abs(ratings[:, np.newaxis] - ratings).sum() / 2
    n, low = len(ratings), len(ratings) // 2
    ends = low * (n - low) * (len(bars) - 1)

    assert dispersion.ordinal_variation(table(bars))[0] == pytest.approx(apart / ends)


@given(HISTOGRAMS)
def test_blair_lacy_is_the_distance_from_the_even_split(bars):
    cumulative = np.cumsum(bars)[:-1] / sum(bars)
    squared = ((cumulative - 0.5) ** 2).sum() / ((len(bars) - 1) / 4)
    panel = table(bars)

    assert dispersion.blair_lacy_squared(panel)[0] == pytest.approx(squared)
    assert dispersion.blair_lacy(panel)[0] == pytest.approx(np.sqrt(squared))
    if sum(bars) % 2 == 0:
        assert dispersion.ordinal_variation(panel)[0] == pytest.approx(1 - squared)
    variation = dispersion.ordinal_variation(panel)[0]
    assert dispersion.kvalseth(panel)[0] == pytest.approx(1 - np.sqrt(max(1 - variation, 0)))


def test_an_uneven_split_of_an_odd_panel_is_as_split_as_it_can_be():
    assert dispersion.ordinal_variation(table([3, 0, 0, 4]))[0] == 1


@given(HISTOGRAMS)
def test_blocs_are_measured_as_defined(bars):
    shares = np.array(bars) / sum(bars)
    places = np.arange(len(bars)) / (len(bars) - 1)
    apart = sum(
        p**2.3 * q * abs(x - y)
        for p, x in zip(shares, places, strict=True)
        for q, y in zip(shares, places, strict=True)
    )
    panel = table(bars)

    assert dispersion.esteban_ray(panel, alpha=1.3)[0] == pytest.approx(2**2.3 * apart)
    assert dispersion.reynal_querol(panel)[0] == pytest.approx(4 * (shares**2 * (1 - shares)).sum())


@pytest.mark.parametrize("alpha", [0, -1, 1.7])
def test_alpha_stays_in_its_range(alpha):
    with pytest.raises(ValueError, match=f"at most 1.6, not {alpha}"):
        dispersion.esteban_ray(table([1, 1, 1]), alpha=alpha)


@given(HISTOGRAMS)
def test_entropy_is_scipys_in_bits(bars):
    panel = table(bars)

    assert dispersion.entropy(panel)[0] == pytest.approx(stats.entropy(bars, base=2), abs=1e-12)
    assert dispersion.entropy(panel, normalised=True)[0] == pytest.approx(
        stats.entropy(bars, base=len(bars)), abs=1e-12
    )


@given(st.integers(2, 30), st.integers(0, 8))
def test_another_agreeing_expert_leaves_a_unanimous_panel_unanimous(experts, point):
    bars = [0] * 9
    bars[point] = experts
    grown = [bar and bar + 1 for bar in bars]

    for measure, unanimous, _ in MEASURES.values():
        assert measure(table(bars, grown)) == pytest.approx([unanimous] * 2, abs=1e-12)
