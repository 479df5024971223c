"""Medians, means, quartiles and ranges, compared exactly."""

import doctest
import statistics
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi import centre, quantile
from surveys.delphi.centre import BetweenBands, Iqr, MeanCut, MedianCut, MedianIn, NearMedian, Span
from surveys.delphi.conditions import Undefined
from surveys.delphi.scale import Band
from surveys.delphi.summary import ItemCounts
from tests.delphi.rulebook import FIVE, FOUR, LOCALES, NINE, panels

COMPARISONS = st.sampled_from([">=", ">", "<=", "<"])


@given(panels(NINE, least=1), COMPARISONS, st.integers(2, 18))
def test_a_median_is_compared_to_the_half_point(counts, comparison, doubled):
    cut = MedianCut.of(comparison, Fraction(doubled, 2))
    found = cut.check(counts, NINE)

    assert found.value == Fraction(statistics.median(counts.ratings(NINE)))
    assert found.holds is cut.comparison.holds(found.value, Fraction(doubled, 2))


@given(panels(NINE, least=1), COMPARISONS, st.sampled_from(["3.7", "6.5", "20/3", "5"]))
def test_a_mean_is_compared_exactly(counts, comparison, cut):
    found = MeanCut.of(comparison, cut).check(counts, NINE)

    assert found.value == Fraction(sum(counts.ratings(NINE)), counts.n)


def test_a_mean_of_exactly_four_and_a_third_meets_it():
    counts = ItemCounts.of([4, 4, 5], FIVE)

    assert MeanCut.of(">=", "13/3").check(counts, FIVE).holds
    assert not MeanCut.of(">", "13/3").check(counts, FIVE).holds


@given(panels(FIVE, least=2), st.sampled_from(sorted(set(quantile.QUANTILES) - {"tukey_hinges"})))
def test_the_iqr_is_numpys_by_every_definition(counts, method):
    if method == "closest_observation":
        # numpy 2.4 and R part where two ranks are equally near; R's reading is taken.
        return
    lower, upper = np.quantile(counts.ratings(FIVE), (0.25, 0.75), method=method)

    found = Iqr.of("<=", 1, quantile_method=method).check(counts, FIVE)

    assert float(found.value) == pytest.approx(upper - lower, abs=1e-12)
    assert found.holds == (found.value <= 1)


@pytest.mark.parametrize(("method", "width"), [("linear", "3/4"), ("weibull", "5/4")])
def test_the_definition_of_a_quartile_can_decide(method, width):
    counts = ItemCounts.of([3, 3, 4, 4, 4, 4, 4, 5, 5, 5], FIVE)

    found = Iqr.of("<=", 1, quantile_method=method).check(counts, FIVE)

    assert found.value == Fraction(width)


def test_r_numbers_name_a_definition_too():
    assert Iqr.of("<=", 1, quantile_method=6).quantile_method == "weibull"
    assert Iqr.of("<=", 1).with_quantiles(2).quantiles == "averaged_inverted_cdf"
    with pytest.raises(ValueError, match="'guess'"):
        Iqr.of("<=", 1, quantile_method="guess")


@pytest.mark.parametrize("condition", [Iqr.of("<=", 1), Span.of("<=", 2)])
def test_one_rating_has_no_spread(condition):
    assert condition.check(ItemCounts.of([4], FIVE), FIVE).undefined is Undefined.ONE_RATING
    assert condition.check(ItemCounts((0,) * 5), FIVE).undefined is Undefined.NOBODY_RATED


@pytest.mark.parametrize(
    "condition", [MedianCut.of(">=", 4), MeanCut.of(">=", 4), MedianIn("high")]
)
def test_nobody_has_no_centre(condition):
    assert condition.check(ItemCounts((0,) * 5), FIVE).undefined is Undefined.NOBODY_RATED


def test_a_unanimous_panel_has_no_spread():
    unanimous = ItemCounts.of([4] * 6, FIVE)

    assert Iqr.of("<=", 0).check(unanimous, FIVE).holds
    assert Span.of("<=", 0).check(unanimous, FIVE).value == 0


@given(panels(NINE, least=2))
def test_the_range_is_from_the_lowest_to_the_highest(counts):
    ratings = counts.ratings(NINE)

    assert Span.of("<=", 2).check(counts, NINE).value == ratings[-1] - ratings[0]


@pytest.mark.parametrize(
    ("ratings", "between", "band"),
    [
        ([3, 4], "higher", Band.MIDDLE),
        ([3, 4], "lower", Band.LOW),
        ([3, 4], "middle", Band.MIDDLE),
        ([6, 7], "higher", Band.HIGH),
        ([6, 7], "lower", Band.MIDDLE),
        ([6, 7], "middle", Band.MIDDLE),
        ([7, 7], "middle", Band.HIGH),
        ([3, 3], "middle", Band.LOW),
    ],
)
def test_a_median_between_two_bands_goes_where_the_study_says(ratings, between, band):
    counts = ItemCounts.of(ratings, NINE)

    held = [name for name in Band if MedianIn(name, between).check(counts, NINE).holds]

    assert held == [band]


def test_a_scale_without_a_middle_still_places_its_half_point():
    split = ItemCounts.of([2, 3], FOUR)

    assert MedianIn("high", "higher").check(split, FOUR).holds
    assert MedianIn("low", "lower").check(split, FOUR).holds
    assert not MedianIn("high", "middle").check(split, FOUR).holds
    assert not MedianIn("low", "middle").check(split, FOUR).holds


@given(panels(NINE, least=1), st.sampled_from(BetweenBands))
def test_every_median_lies_in_exactly_one_band(counts, between):
    assert sum(MedianIn(band, between).check(counts, NINE).holds for band in Band) == 1


@given(panels(NINE, least=1), st.sampled_from(["0", "1", "0.5", "2"]))
def test_ratings_near_the_median_are_counted(counts, within):
    median = statistics.median(counts.ratings(NINE))

    found = NearMedian.of(within, ">=", 80).check(counts, NINE)

    near = [rating for rating in counts.ratings(NINE) if abs(rating - median) <= float(within)]
    assert (found.count, found.total) == (len(near), counts.n)


def test_a_half_point_median_has_a_window_of_two_points():
    counts = ItemCounts.of([5, 6, 7, 8], NINE)

    assert NearMedian.of(1, ">=", 80).check(counts, NINE).count == 2


def test_a_distance_is_not_negative():
    with pytest.raises(ValueError, match="not -1"):
        NearMedian.of(-1, ">=", 80)


def test_cuts_are_mirrored_on_their_scale_and_spreads_are_their_own_mirror():
    assert MedianCut.of(">=", 7).mirrored(NINE) == MedianCut.of("<=", 3)
    assert MeanCut.of(">", "3.5").mirrored(FIVE) == MeanCut.of("<", "2.5")
    assert MedianIn("high").mirrored() == MedianIn("low")
    for own in (Iqr.of("<=", 1), Span.of("<=", 2), NearMedian.of(1, ">=", 80)):
        assert own.mirrored() is own
    with pytest.raises(ValueError, match="7 has no other end without a scale"):
        MedianCut.of(">=", 7).mirrored()


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (MedianCut.of(">=", 4), "the median is at least 4"),
        (MeanCut.of(">", "3.125"), "the mean is more than 3.125"),
        (Iqr.of("<=", 1), "the interquartile range (linear interpolation, R type 7) is at most 1"),
        (Span.of("<", 3), "the distance from the lowest to the highest rating is under 3"),
        (MedianIn("high"), "the median lies in 4\u20135"),
        (
            MedianIn("low", "lower"),
            "the median lies in 1\u20132 (one between two bands counts with the lower)",
        ),
        (
            NearMedian.of(1, ">=", 80),
            "at least 80% of usable ratings lie within 1 point of the median",
        ),
        (
            NearMedian.of(2, ">=", 80),
            "at least 80% of usable ratings lie within 2 points of the median",
        ),
    ],
)
def test_conditions_are_said_in_words(condition, said):
    assert condition.phrase("en", FIVE) == said


def test_a_band_without_points_is_named():
    assert MedianIn("middle").phrase("en", FOUR) == "the median lies in the middle band"
    assert MedianIn("high").phrase("nl") == "de mediaan ligt in de hoge zone"
    assert NearMedian.of(1, ">=", 80).phrase("en", after=True).startswith("at least 80% lie")


@pytest.mark.parametrize("locale", LOCALES)
def test_every_definition_has_a_name_in_every_language(locale):
    assert len({quantile.name_in(name, locale) for name in quantile.QUANTILES}) == 10


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(centre).failed == 0
