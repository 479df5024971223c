"""Modality flags: printed coefficients, diptest, the definition as a linear program."""

import diptest
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from surveys.stats import counts, modality, spread
from surveys.stats.ratings import ScalePoints
from tests.published import ordinal_distributions as printed

HISTOGRAMS = st.lists(st.integers(0, 12), min_size=3, max_size=11).filter(
    lambda bars: sum(bars) >= 4 and np.count_nonzero(bars) > 1
)


def table(*rows):
    return counts.from_counts(rows, points=ScalePoints(1, len(rows[0])))


def test_pfisters_two_examples_are_met():
    found = modality.bimodality_coefficient(
        table(printed.PFISTER_ONE_PEAK, printed.PFISTER_TWO_PEAKS)
    )

    assert found.round(2).tolist() == [printed.PFISTER_ONE_PEAK_BC, printed.PFISTER_TWO_PEAKS_BC]
    assert found[0] < modality.BIMODALITY_OF_UNIFORM < found[1]


def test_a_uniform_distribution_has_five_ninths():
    flat = counts.from_counts([[1] * 1001], points=ScalePoints(0, 1000))

    found = modality.bimodality_coefficient(flat, variant="population")[0]
    assert found == pytest.approx(modality.BIMODALITY_OF_UNIFORM, abs=1e-5)


@given(HISTOGRAMS)
def test_the_variants_are_their_formulas(bars):
    panel, n = table(bars), sum(bars)
    term = 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    for variant, kind, added in (("sas", 2, term), ("uncorrected", 1, term), ("population", 1, 3)):
        skew = spread.skewness(panel, kind=kind)[0]
        excess = spread.excess_kurtosis(panel, kind=kind)[0]
        found = modality.bimodality_coefficient(panel, variant=variant)[0]
        assert found == pytest.approx((skew**2 + 1) / (excess + added))


def test_another_variant_is_refused():
    with pytest.raises(ValueError, match="called 'modes'"):
        modality.bimodality_coefficient(table([1, 1, 1]), variant="modes")


@pytest.mark.parametrize("variant", ["sas", "uncorrected", "population"])
def test_without_variation_there_is_no_coefficient(variant):
    panel = table([0, 9, 0], [0, 1, 0], [0, 0, 0])

    assert np.isnan(modality.bimodality_coefficient(panel, variant=variant)).all()


def test_three_ratings_have_no_corrected_coefficient():
    assert np.isnan(modality.bimodality_coefficient(table([1, 1, 1]))).all()
    assert np.isnan(modality.bimodality_coefficient(table([1, 1, 1]), variant="uncorrected")).all()


@given(HISTOGRAMS)
def test_the_dip_is_diptests(bars):
    ratings = np.repeat(np.arange(len(bars), dtype=float), bars)

    assert modality.dip(table(bars))[0] == pytest.approx(
        diptest.dipstat(ratings, allow_zero=False), abs=1e-12
    )


@pytest.mark.parametrize("experts", [20, 400])
def test_the_dip_of_fine_scales_is_diptests(experts):
    chance = np.random.default_rng(5)
    for _ in range(60):
        centres = chance.choice([20, 80, 50], size=experts, p=chance.dirichlet([1, 1, 1]))
        ratings = np.clip(np.rint(chance.normal(centres, 9)), 0, 100)
        panel = counts.from_ratings(ratings, points=ScalePoints(0, 100))
        assert modality.dip(panel)[0] == pytest.approx(
            diptest.dipstat(ratings, allow_zero=False), abs=1e-12
        )


@pytest.mark.parametrize("seed", range(6))
def test_the_dip_is_the_distance_to_the_nearest_single_peak(seed):
    chance = np.random.default_rng(seed)
    bars = chance.multinomial(17, chance.dirichlet(np.ones(7)))

    assert modality.dip(table(bars))[0] == pytest.approx(
        max(_nearest_single_peak(bars), 1 / 34), abs=1e-9
    )


def _nearest_single_peak(bars):
    """Over every place of the peak, the least distance by a linear program."""
    x = np.flatnonzero(bars).astype(float)
    upper = np.cumsum(bars[bars > 0]) / bars.sum()
    lower = np.concatenate([[0.0], upper[:-1]])
    return min(_distance(x, lower, upper, peak) for peak in range(len(x)))


def _distance(x, lower, upper, peak):
    # Unknowns: the curve just before the peak and at every point below it, the curve just after
    # the peak and at every point above it, and the distance, which is last.
    left = [(x[k], lower[k], upper[k]) for k in range(peak)] + [(x[peak], lower[peak], lower[peak])]
    right = [(x[peak], upper[peak], upper[peak])]
    right += [(x[k], lower[k], upper[k]) for k in range(peak + 1, len(x))]
    size = len(left) + len(right) + 1
    rows, limits = [], []

    def require(terms, limit):
        row = np.zeros(size)
        for place, factor in terms:
            row[place] += factor
        rows.append(row)
        limits.append(limit)

    for place, (_, below, above) in enumerate(left + right):
        require([(place, 1), (-1, -1)], below)
        require([(place, -1), (-1, -1)], -above)
    for place in range(size - 2):
        require([(place, 1), (place + 1, -1)], 0)
    for start, side, bend in ((0, left, 1), (len(left), right, -1)):
        for k in range(len(side) - 2):
            first, second = (1 / (side[k + i + 1][0] - side[k + i][0]) for i in (0, 1))
            terms = [(start + k, -first), (start + k + 1, first + second), (start + k + 2, -second)]
            require([(place, bend * factor) for place, factor in terms], 0)
    goal = np.zeros(size)
    goal[-1] = 1
    return linprog(goal, A_ub=np.array(rows), b_ub=limits, bounds=[(None, None)] * size).fun


def test_half_at_either_end_has_the_largest_dip_there_is():
    assert modality.dip(table([6, 0, 0, 0, 6]))[0] == 0.25


def test_without_variation_or_with_three_ratings_there_is_no_dip():
    panel = table([0, 9, 0], [1, 1, 1], [0, 0, 0])

    assert np.isnan(modality.dip(panel)).all()
    assert np.isnan(modality.dip_test(panel, draws=10).p).all()


@given(HISTOGRAMS)
def test_the_fit_has_one_peak_and_keeps_the_number_of_experts(bars):
    fit = modality.one_peak_fit(bars)
    peak = int(fit.argmax())

    assert fit.sum() == pytest.approx(1)
    assert (np.diff(fit[: peak + 1]) >= -1e-12).all()
    assert (np.diff(fit[peak:]) <= 1e-12).all()


@pytest.mark.parametrize("bars", [[0, 1, 3, 7, 2, 0], [5, 4, 1], [1, 2, 3], [0, 4, 0]])
def test_what_has_one_peak_is_its_own_fit(bars):
    assert modality.one_peak_fit(bars).tolist() == pytest.approx(np.array(bars) / sum(bars))


@given(st.lists(st.integers(0, 4), min_size=3, max_size=4).filter(any))
def test_no_other_single_peak_makes_the_counts_likelier(bars):
    bars = np.array(bars)
    used = bars > 0
    best = (bars[used] * np.log(modality.one_peak_fit(bars)[used])).sum()
    chance = np.random.default_rng(0)
    for _ in range(200):
        rival = np.sort(chance.dirichlet(np.ones(len(bars))))
        cut = chance.integers(0, len(bars))
        rival = np.concatenate([rival[:cut], rival[cut:][::-1]])  # up, then down
        if not (np.diff(np.sign(np.diff(rival))) <= 0).all():
            continue
        assert (bars[used] * np.log(rival[used])).sum() <= best + 1e-9


def test_nobody_fits_nothing():
    with pytest.raises(ValueError, match="nobody rated"):
        modality.one_peak_fit([0, 0, 0])


def test_two_camps_are_hard_to_explain_by_one_peak():
    split = table([12, 6, 2, 0, 0, 0, 2, 6, 12])

    assert modality.dip_test(split, draws=500, seed=1).p[0] < 0.01


def test_a_skewed_single_peak_is_not_called_two():
    # The usual table of the dip for continuous data rejects this panel of 200 outright.
    skewed = table([0, 1, 2, 4, 8, 20, 45, 70, 50])
    ratings = np.repeat(np.arange(9.0), skewed.counts[0])

    assert diptest.diptest(ratings)[1] < 0.001
    assert modality.dip_test(skewed, draws=500, seed=1).p[0] > 0.3


def test_single_peaks_are_rejected_no_more_often_than_promised():
    chance = np.random.default_rng(11)
    shape = [0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.25, 0.15, 0.05]
    panels = chance.multinomial(15, shape, size=200)

    p = modality.dip_test(table(*panels), draws=99, seed=2).p

    # Five in a hundred, and three standard errors of 200 panels.
    assert np.mean(p <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_the_same_item_has_the_same_p_wherever_it_stands():
    first, second = [3, 2, 0, 1, 4], [1, 5, 2, 2, 1]

    p = modality.dip_test(table(first, second), draws=200, seed=3).p
    turned = modality.dip_test(table(second, first), draws=200, seed=3).p

    assert p.tolist() == turned.tolist()[::-1]


def test_progress_is_told_item_by_item():
    seen = []
    modality.dip_test(
        table([3, 2, 4], [0, 0, 0]),
        draws=5,
        progress=lambda done, items: seen.append((done, items)),
    )

    assert seen == [(1, 2), (2, 2)]


def test_a_simulation_draws():
    with pytest.raises(ValueError, match="at least one draw, not 0"):
        modality.dip_test(table([3, 2, 4]), draws=0)


def test_a_third_at_either_end_is_polarised():
    # 4 and 4 of 12; 4 and 4 of 13; A below nought without thirds at the ends; one expert.
    panel = table(
        [4, 0, 2, 2, 0, 0, 0, 0, 4],
        [4, 0, 2, 2, 1, 0, 0, 0, 4],
        [5, 0, 0, 0, 0, 4, 0, 0, 0],
        [1, 0, 0, 0, 0, 0, 0, 0, 0],
    )

    found = modality.polarised(panel, low=(1, 3), high=(7, 9))

    assert found.thirds_at_both_ends.tolist() == [True, False, False, False]
    assert found.negative_agreement[2]
    assert found.flag.tolist()[0]
    assert not found.flag[3]
    assert (found.low[0], found.high[0]) == (6, 4)
