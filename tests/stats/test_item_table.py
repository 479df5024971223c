"""The item table: the same numbers as the modules, a reason for every gap, every edge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.stats import (
    appropriateness,
    centre,
    counts,
    dispersion,
    item_table,
    modality,
    spread,
    within_group,
)
from surveys.stats.item_table import COLUMNS
from surveys.stats.ratings import ALL_EQUAL, NOBODY_RATED, ONE_RATING, TOO_FEW, ScalePoints

NINE = ScalePoints(1, 9)
THIRDS = {"low": (1, 3), "middle": (4, 6), "high": (7, 9)}
FIVE = ScalePoints(1, 5)
FIFTHS = {"low": (1, 2), "middle": (3, 3), "high": (4, 5)}
BARS = st.lists(st.integers(0, 4), min_size=9, max_size=9)


def of(*items, points=NINE, unable=None, **options):
    rows = [counts.from_ratings(list(item), points=points).counts[0] for item in items]
    table = counts.from_counts(rows, points=points, unable=unable)
    regions = THIRDS if points == NINE else FIFTHS
    return item_table.item_table(table, **{**regions, **options})


def assert_same(row, expected):
    for name, value in expected.items():
        if isinstance(value, float):
            assert row[name] == pytest.approx(value, abs=1e-12), name
        else:
            assert row[name] == value, name


def test_every_column_is_the_number_of_its_module():
    ratings = [1, 2, 2, 5, 6, 7, 7, 8, 9, 9, 9, 3]
    found = of(ratings, unable=[2], iqr_limit=2)
    table = found.table
    quartiles = spread.quartiles(table, quantile_method="linear")
    by_range = appropriateness.ipras(table)
    classic = appropriateness.classic_rule(table)
    high = centre.share_between(table, 7, 9)
    expected = {
        "n": 12, "unable": 2, "missing": 0, "n_low": 4, "n_middle": 2, "n_high": 6,
        "share_low": 4 / 12, "share_middle": 2 / 12, "share_high": 0.5,
        "share_high_lower": high.lower[0], "share_high_upper": high.upper[0],
        "median": centre.median(table)[0], "mean": centre.mean(table)[0],
        "median_lower": centre.median_interval(table).lower[0],
        "median_upper": centre.median_interval(table).upper[0],
        "median_coverage": centre.median_interval(table).coverage[0],
        "sd": np.std(ratings, ddof=1), "modes": (9.0,), "lowest": 1, "highest": 9,
        "q1": quartiles.lower[0], "q3": quartiles.upper[0], "iqr": quartiles.width[0],
        "iqr_depends": bool(spread.iqr_verdict_by_definition(table, limit=2).depends[0]),
        "p30": by_range.p30[0], "p70": by_range.p70[0], "ipr": by_range.ipr[0],
        "ipras": by_range.limit[0], "disagreement_index": by_range.index[0],
        "disagreement": by_range.present[0], "disagreement_classic": classic.disagreement[0],
        "agreement_classic": classic.agreement[0], "appropriateness": "uncertain",
        "mad": spread.median_absolute_deviation(table)[0],
        "mad_scaled": spread.median_absolute_deviation(table, scaled=True)[0],
        "mad_mean": spread.mean_absolute_deviation(table)[0],
        "cv": spread.coefficient_of_variation(table)[0],
        "near_median_1": centre.share_near_median(table, within=1)[0],
        "near_median_2": centre.share_near_median(table, within=2)[0],
        "consensus_index": dispersion.consensus(table)[0],
        "agreement_a": dispersion.agreement(table)[0],
        "polarisation": dispersion.polarisation(table)[0],
        "leik_d": dispersion.leik(table)[0],
        "blair_lacy_l": dispersion.blair_lacy(table)[0],
        "blair_lacy_l2": dispersion.blair_lacy_squared(table)[0],
        "ordinal_variation": dispersion.ordinal_variation(table)[0],
        "kvalseth": dispersion.kvalseth(table)[0],
        "reynal_querol": dispersion.reynal_querol(table)[0],
        "esteban_ray": dispersion.esteban_ray(table)[0],
        "entropy": dispersion.entropy(table)[0],
        "bimodality": modality.bimodality_coefficient(table)[0],
        "dip": modality.dip(table)[0],
        "polarised": bool(modality.polarised(table, low=(1, 3), high=(7, 9)).flag[0]),
        "r_wg": within_group.r_wg(table)[0], "a_wg": within_group.a_wg(table)[0],
        "ad_mean": within_group.average_deviation(table)[0],
        "ad_median": within_group.average_deviation(table, about="median")[0],
    }  # fmt: skip

    row = found.row(0)
    limits = {f"share_{region}_{end}" for region in ("low", "middle") for end in ("lower", "upper")}
    assert set(row) - limits == set(expected)
    assert_same(row, expected)
    assert found.reasons == ({},)


def test_a_row_holds_plain_python_values():
    row = of([7, 8, 9, 9], [5]).row(0)

    plain = (int, float, bool, str, tuple, type(None))
    assert all(type(value) in plain or isinstance(value, str) for value in row.values())


@given(st.lists(BARS, min_size=1, max_size=4), st.sampled_from(["ipras", "classic", "either"]))
def test_every_gap_has_a_reason_and_every_reason_a_gap(rows, rule):
    table = counts.from_counts(rows, points=NINE)
    found = item_table.item_table(table, **THIRDS, disagreement=rule)

    for item in range(table.items):
        row = found.row(item)
        gaps = {name for name, value in row.items() if value is None}
        assert set(found.reasons[item]) == gaps
        assert not any(value != value for value in row.values() if isinstance(value, float))


@pytest.mark.parametrize("points", [ScalePoints(0, 1), FIVE, ScalePoints(-2, 2)])
@given(data=st.data())
def test_other_scales_have_reasons_too(points, data):
    bars = data.draw(st.lists(st.integers(0, 4), min_size=points.count, max_size=points.count))
    ends = {"low": (points.lowest,) * 2, "middle": None, "high": (points.highest,) * 2}
    found = item_table.item_table(counts.from_counts(bars, points=points), **ends)

    row = found.row(0)
    gaps = {name for name, value in row.items() if value is None}
    assert set(found.reasons[0]) == gaps
    assert {"ipras", "share_middle", "iqr_depends"} <= gaps


def test_nobody_rated_says_so_everywhere():
    found = of([], [7, 8, 9, 9])
    reasons = found.reasons[0]

    assert {reasons[name] for name in reasons if name != "iqr_depends"} == {NOBODY_RATED}
    defined = {name for name, value in found.row(0).items() if value is not None}
    assert defined == {"n", "unable", "missing", "n_low", "n_middle", "n_high"}


def test_all_unable_to_judge_is_nobody_unless_they_count():
    excluded = of([], unable=[11])
    included = of([], unable=[11], unable_in_denominator=True)

    assert excluded.row(0)["share_high"] is None
    assert excluded.reasons[0]["share_high"] == NOBODY_RATED
    assert included.row(0)["share_high"] == 0
    assert "share_high" not in included.reasons[0]
    assert included.conventions["denominator"] == "usable and unable"


def test_one_rating_has_a_place_and_no_spread():
    found = of([7])
    row, reasons = found.row(0), found.reasons[0]

    assert (row["median"], row["mean"], row["modes"], row["q1"]) == (7, 7, (7.0,), 7)
    assert row["appropriateness"] is None
    for name in ("sd", "iqr", "mad", "cv", "consensus_index", "agreement_a", "disagreement", "dip"):
        assert reasons[name] == ONE_RATING
    assert reasons["median_lower"] == TOO_FEW


def test_a_unanimous_panel_is_a_success_with_two_gaps_in_its_shape():
    found = of([8] * 11)
    row, reasons = found.row(0), found.reasons[0]

    assert (row["sd"], row["iqr"], row["agreement_a"], row["consensus_index"]) == (0, 0, 1, 1)
    assert row["appropriateness"] == "appropriate"
    assert reasons == {
        "bimodality": ALL_EQUAL,
        "dip": ALL_EQUAL,
        "iqr_depends": item_table.NO_IQR_LIMIT,
    }


def test_an_even_split_is_disagreement_and_polarised():
    row = of([1] * 5 + [9] * 5).row(0)

    assert row["disagreement"] is True
    assert row["polarised"] is True
    assert row["agreement_a"] == pytest.approx(-1)
    assert row["appropriateness"] == "uncertain"
    assert row["modes"] == (1.0, 9.0)


def test_three_different_ratings_are_too_few_for_their_shape():
    reasons = of([1, 5, 9]).reasons[0]

    assert reasons["bimodality"] == reasons["dip"] == TOO_FEW


def test_other_scales_have_no_ipras_and_say_why():
    found = of([4, 5, 5, 2], points=FIVE)
    row, reasons = found.row(0), found.reasons[0]

    for name in ("ipr", "ipras", "disagreement_index", "disagreement", "appropriateness"):
        assert row[name] is None
        assert reasons[name] == appropriateness.NOT_ONE_TO_NINE
    assert row["disagreement_classic"] is False


def test_other_scales_can_be_classified_by_count_or_stretched():
    by_count = of([4, 5, 5, 2], points=FIVE, disagreement="classic").row(0)
    stretched = of([1, 1, 5, 5], points=FIVE, map_to_nine=True)

    assert by_count["appropriateness"] == "appropriate"
    assert by_count["ipras"] is None
    assert stretched.row(0)["disagreement"] is True
    assert stretched.conventions["ipras_scale"] == "mapped to 1 to 9"


def test_a_scale_without_a_middle_says_so():
    found = of([1, 2, 3, 4], points=ScalePoints(1, 4), low=(1, 2), middle=None, high=(3, 4))

    assert found.row(0)["n_middle"] == 0
    assert found.reasons[0]["share_middle_upper"] == item_table.NO_MIDDLE
    assert found.conventions["region_middle"] == "none"


def test_a_mean_at_the_end_of_the_scale_has_no_a_wg():
    reasons = of([9] * 10 + [8]).reasons[0]

    assert reasons["a_wg"] == within_group.MEAN_AT_END


def test_a_scale_through_nought_has_no_coefficient_of_variation():
    points = ScalePoints(-2, 2)
    found = of([-1, 1], points=points, low=(-2, -1), middle=(0, 0), high=(1, 2))

    assert found.reasons[0]["cv"] == spread.MEAN_NOT_POSITIVE


def test_every_choice_travels_with_the_table():
    conventions = of(
        [1, 2, 9],
        quantile_method=6,
        percentile_method=7,
        interval="jeffreys",
        confidence=0.9,
        iqr_limit=2.5,
        disagreement="classic",
        half_median="uncertain",
        bimodality="population",
        esteban_ray_alpha=1.3,
    ).conventions

    assert conventions["quantile_definition"] == "weibull (R type 6)"
    assert conventions["percentile_definition"] == "linear (R type 7)"
    assert conventions["interval"] == "jeffreys, 0.9"
    assert conventions["iqr_limit"] == "2.5"
    assert conventions["disagreement"] == "classic"
    assert conventions["half_median"] == "uncertain"
    assert conventions["bimodality"] == "population"
    assert conventions["esteban_ray"].startswith("alpha 1.3")
    assert conventions["scale"] == "1 to 9"
    assert conventions["region_high"] == "7 to 9"
    assert of([1, 2], quantile_method="tukey_hinges").conventions["quantile_definition"] == (
        "tukey_hinges"
    )


def test_the_order_of_experts_does_not_matter():
    chance = np.random.default_rng(4)
    ratings = chance.integers(1, 10, (23, 6)).astype(float)
    ratings[chance.random(ratings.shape) < 0.2] = np.nan
    tables = [
        item_table.item_table(counts.from_ratings(order, points=NINE), **THIRDS)
        for order in (ratings, ratings[chance.permutation(23)])
    ]

    for item in range(6):
        assert tables[0].row(item) == tables[1].row(item)


@given(BARS, BARS)
def test_an_item_does_not_depend_on_its_neighbours(first, second):
    both = item_table.item_table(counts.from_counts([first, second], points=NINE), **THIRDS)
    alone = item_table.item_table(counts.from_counts([second], points=NINE), **THIRDS)

    assert_same(both.row(1), alone.row(0))


def test_a_round_without_items_makes_an_empty_table():
    table = counts.from_counts(np.empty((0, 9)), points=NINE)
    found = item_table.item_table(table, **THIRDS, iqr_limit=1)

    assert all(len(getattr(found, name)) == 0 for name in COLUMNS)
    assert found.reasons == ()


def test_regions_that_overlap_are_refused():
    with pytest.raises(ValueError, match="overlap or do not ascend"):
        of([1], low=(1, 4))
