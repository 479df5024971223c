"""Numbers of quantities: quantiles by their named definition, spread, and round columns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.scale import Scale
from surveys.delphi.summary import ItemCounts
from surveys.items.describing import (
    absences,
    bins,
    describe,
    describe_shares,
    describe_values,
    even_bins,
    quantiles,
)

# numpy 2.4 rounds ties of "closest_observation" otherwise than R; that one is tested in tests/stats.
NUMPYS = (
    "inverted_cdf",
    "averaged_inverted_cdf",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
)
VALUES = st.lists(st.integers(-1_000, 1_000).map(lambda n: n / 4), min_size=1, max_size=30)


@pytest.mark.parametrize("method", NUMPYS)
@given(values=VALUES)
def test_quantiles_are_those_of_numpy(method, values):
    ours = quantiles(sorted(values), (0.25, 0.5, 0.75), method)
    theirs = np.quantile(values, (0.25, 0.5, 0.75), method=method)
    assert ours == pytest.approx(theirs.tolist(), abs=1e-9)


def test_tukeys_hinges_are_the_medians_of_the_halves():
    # Nine values: the middle one belongs to both halves.
    assert quantiles([1, 2, 4, 7, 8, 9, 10, 12, 13], (0.25, 0.75), "tukey_hinges") == (4, 10)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=25), st.sampled_from(["linear", "weibull"]))
def test_a_quantity_has_the_numbers_of_the_same_ratings(ratings, method):
    scale = Scale.of(1, 9)
    as_ratings = describe([ItemCounts.of(ratings, scale)], scale, method)[0]
    as_values = describe_values(ratings, method)
    for name in ("n", "median", "mean", "sd", "q1", "q3", "iqr"):
        assert as_values[name] == pytest.approx(as_ratings[name]), name


def test_a_scale_without_a_middle_has_no_share_there():
    scale = Scale.of(1, 4)
    numbers = describe([ItemCounts.of([1, 2, 3, 3], scale)], scale, "linear")[0]
    assert numbers["count_middle"] == 0
    assert numbers["share_middle"] is numbers["share_middle_upper"] is None
    assert (numbers["share_low"], numbers["share_high"]) == (0.5, 0.5)


def test_nobody_has_no_numbers():
    numbers = describe_values([], "linear")
    assert numbers.pop("n") == 0
    assert set(numbers.values()) == {None}


def test_one_answer_has_a_centre_and_no_spread():
    numbers = describe_values([7.5], "weibull")
    assert [numbers[name] for name in ("median", "mean", "q1", "q3", "lowest", "highest")] == [
        7.5
    ] * 6
    assert numbers["sd"] is numbers["iqr"] is None


def test_equal_answers_have_no_width():
    numbers = describe_values([4, 4, 4], "linear")
    assert numbers["iqr"] == numbers["sd"] == 0


def test_shares_come_with_their_interval_and_nobody_has_none():
    shares = describe_shares({"a": 3, "b": 0}, 12)
    assert shares["a"]["share"] == 0.25
    # Wilson, 3 of 12: statsmodels 0.15 proportion_confint(3, 12, method="wilson").
    assert (shares["a"]["lower"], shares["a"]["upper"]) == pytest.approx(
        (0.08894, 0.53231), abs=1e-5
    )
    nobody = describe_shares({"a": 0}, 0)["a"]
    assert nobody == {"count": 0, "share": None, "lower": None, "upper": None}


# Answers have at most six decimals.
@given(st.lists(st.integers(-(10**12), 10**12).map(lambda n: n / 10**6), min_size=1, max_size=40))
def test_every_answer_is_in_one_of_at_most_ten_columns(values):
    columns = bins(values)
    assert len(columns) <= 10
    assert sum(count for _, _, count in columns) == len(values)
    width = columns[0][1] - columns[0][0]
    assert columns[0][0] <= min(values) + width * 1e-6
    assert max(values) <= columns[-1][1] + width * 1e-6


def test_columns_have_round_limits():
    assert bins([1, 12, 25, 40]) == [
        [0, 5, 1],
        [5, 10, 0],
        [10, 15, 1],
        [15, 20, 0],
        [20, 25, 0],
        [25, 30, 1],
        [30, 35, 0],
        [35, 40, 0],
        [40, 45, 1],
    ]
    assert bins([0.1, 0.3], whole=False)[0] == [0.1, 0.15, 1]
    assert bins([3, 4], whole=True) == [[3, 4, 1], [4, 5, 1]]
    assert bins([7, 7]) == [[7, 8, 2]]
    assert bins([]) == []


def test_the_upper_end_of_a_line_belongs_to_its_last_column():
    counts = [count for _, _, count in even_bins([0, 9, 10, 55, 100], 0, 100)]
    assert counts == [2, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert even_bins([], -5, 5)[0] == [-5, -4, 0]


def test_absences_are_counted_by_their_reason():
    given = [Answer(1), *(Answer.absent(reason) for reason in Missing)]
    assert absences(given) == {"unable": 1, "skipped": 1, "not_shown": 1}
    assert absences([]) == {"unable": 0, "skipped": 0, "not_shown": 0}
