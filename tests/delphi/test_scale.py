"""Scales, their bands, and regions on them."""

import doctest

import pytest
from hypothesis import given

from surveys.delphi import region, scale
from surveys.delphi.region import Region
from surveys.delphi.scale import Band, Scale
from surveys.delphi.summary import ItemCounts
from tests.delphi.rulebook import FIVE, FOUR, NINE, SEVEN, scales


@pytest.mark.parametrize(
    ("low", "high", "bands"),
    [
        (1, 9, ((1, 2, 3), (4, 5, 6), (7, 8, 9))),
        (1, 7, ((1, 2), (3, 4, 5), (6, 7))),
        (1, 5, ((1, 2), (3,), (4, 5))),
        (1, 4, ((1, 2), (), (3, 4))),
        (1, 3, ((1,), (2,), (3,))),
        (0, 1, ((0,), (), (1,))),
        (0, 10, ((0, 1, 2, 3), (4, 5, 6), (7, 8, 9, 10))),
        (1, 10, ((1, 2, 3), (4, 5, 6, 7), (8, 9, 10))),
        (1, 6, ((1, 2), (3, 4), (5, 6))),
        (-2, 2, ((-2, -1), (0,), (1, 2))),
    ],
)
def test_the_usual_bands_are_found_by_the_number_of_points(low, high, bands):
    made = Scale.of(low, high)

    assert tuple(made.bands.values()) == bands
    assert tuple(made) == made.points == tuple(range(low, high + 1))


def test_a_study_may_draw_its_bands_elsewhere():
    drawn = Scale.of(1, 7, low_until=3, high_from=5)

    assert drawn.points_in(Band.HIGH) == (5, 6, 7)
    assert drawn.band_span(Band.HIGH, "en") == "5\u20137"
    assert FOUR.band_span(Band.MIDDLE, "en") == ""


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ((1, 1, 1, 1), "2 to 101 points"),
        ((0, 101, 3, 9), "2 to 101 points"),
        ((1, 9, 7, 3), "low must lie below high"),
        ((1, 9, 3, 3), "do not fit"),
        ((1, 9, 0, 7), "do not fit"),
        ((1, 9, 3, 10), "do not fit"),
        ((1.0, 9, 3, 7), "low must be a whole number"),
        ((1, 9, True, 7), "low_until must be a whole number"),
    ],
)
def test_a_scale_that_does_not_hold_together_is_refused(settings, complaint):
    with pytest.raises(ValueError, match=complaint):
        Scale(*settings)


def test_only_its_points_are_on_a_scale():
    assert 3 in FIVE
    assert 3.0 in FIVE
    assert all(value not in FIVE for value in (0, 6, 3.5, True, "3", None))


@pytest.mark.parametrize(
    ("on", "median", "band"),
    [
        (NINE, 3, Band.LOW),
        (NINE, 3.5, Band.MIDDLE),
        (NINE, 6, Band.MIDDLE),
        (NINE, 6.5, Band.HIGH),
        (FOUR, 2, Band.LOW),
        (FOUR, 2.5, Band.HIGH),
        (SEVEN, 7, Band.HIGH),
    ],
)
def test_a_median_between_two_bands_belongs_to_the_higher(on, median, band):
    assert on.band_of(median) is band


def test_a_value_off_the_scale_has_no_band():
    with pytest.raises(ValueError, match="9.5"):
        NINE.band_of(9.5)


@given(scales())
def test_every_point_lies_in_exactly_one_band(any_scale):
    assert sum(any_scale.bands.values(), ()) == any_scale.points
    for band, points in any_scale.bands.items():
        assert all(any_scale.band_of(point) is band for point in points)


@given(scales())
def test_a_scale_is_read_back_as_it_was_stored(any_scale):
    assert Scale.from_json(any_scale.to_json()) == any_scale


def test_mirrors_are_as_far_from_the_other_end():
    assert NINE.mirrored(7) == 3
    assert NINE.midpoint == 5
    assert Band.LOW.mirrored is Band.HIGH
    assert Band.MIDDLE.mirrored is Band.MIDDLE


def test_a_region_is_a_band_or_points():
    assert Region.of("high") == Region.of(Band.HIGH) == Region(band=Band.HIGH)
    assert Region.of("5..7") == Region.of((5, 7)) == Region(first=5, last=7)
    assert Region.of(Region.of("low")).text == "low"
    assert Region.of("-3..-1").text == "-3..-1"


@pytest.mark.parametrize(
    "settings", [{}, {"band": Band.LOW, "first": 1, "last": 2}, {"first": 1}, {"last": 2}]
)
def test_a_region_is_not_both_nor_half(settings):
    with pytest.raises(ValueError, match="a band or two points"):
        Region(**settings)


@pytest.mark.parametrize("place", ["top", "7-9", (9, 7)])
def test_a_region_that_is_none_is_named(place):
    with pytest.raises(ValueError, match="region"):
        Region.of(place)


def test_ratings_are_counted_where_the_region_is():
    counts = ItemCounts((1, 2, 3, 4, 5))

    assert Region.of("high").count(counts, FIVE) == 9
    assert Region.of((2, 3)).count(counts, FIVE) == 5
    assert Region.of("middle").count(ItemCounts((1, 2, 3, 4)), FOUR) == 0


def test_points_off_the_scale_are_refused():
    with pytest.raises(ValueError, match="points 5 to 7 are not on the scale 1 to 5"):
        Region.of((5, 7)).count(ItemCounts((0,) * 5), FIVE)


def test_the_other_end_of_points_needs_the_scale():
    assert Region.of((4, 5)).mirrored(FIVE) == Region.of((1, 2))
    assert Region.of("high").mirrored(None) == Region.of("low")
    with pytest.raises(ValueError, match="without a scale"):
        Region.of((4, 5)).mirrored(None)


@pytest.mark.parametrize(
    ("place", "on", "clause", "after_a_number"),
    [
        ("high", NINE, "are 7\u20139", "at 7\u20139"),
        ("high", None, "are in the high band", "in the high band"),
        ("middle", FIVE, "are 3", "at 3"),
        ("middle", FOUR, "are in the middle band", "in the middle band"),
        ((5, 7), None, "are 5\u20137", "at 5\u20137"),
    ],
)
def test_a_region_says_its_points_where_it_knows_them(place, on, clause, after_a_number):
    assert Region.of(place).clause("en", on) == clause
    assert Region.of(place).place("en", on) == after_a_number


def test_a_median_lies_within_a_region():
    assert Region.of("high").within("fr", NINE) == "entre 7 et 9"


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(scale).failed == 0
    assert doctest.testmod(region).failed == 0
