"""Agreement beyond chance and ICC: printed examples, irrCAC 0.4.4, krippendorff 0.9, pingouin 0.7."""

import doctest
import itertools
import os
import tomllib
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats as scipy_stats
from statsmodels.stats import inter_rater

from surveys.stats import concordance, counts, reliability
from surveys.stats.ratings import ALL_EQUAL, NOBODY_RATED, ScalePoints
from surveys.stats.reliability import chance_corrected, intraclass, two_ratings
from surveys.stats.reliability import krippendorff as alpha_module
from surveys.stats.resampling import NO_DRAW_DEFINED

PUBLISHED = Path(__file__).parents[1] / "published"
PRINTED = tomllib.loads((PUBLISHED / "agreement.toml").read_text("utf-8"))
IRRCAC = tomllib.loads((PUBLISHED / "irrcac_0_4_4.toml").read_text("utf-8"))
REAL_DATA = Path(os.environ.get("RONDO_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
NAN = float("nan")
NINE = ScalePoints(1, 9)
FIVE = ScalePoints(1, 5)

from_counts = {
    "gwet": reliability.gwet_ac,
    "fleiss": reliability.fleiss_kappa,
    "bp": reliability.brennan_prediger,
}
panels = hnp.arrays(
    np.float64,
    st.tuples(st.integers(2, 6), st.integers(2, 6)),
    elements=st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0, NAN]),
)


def table_of(ratings, points=NINE):
    return counts.from_ratings(ratings, points=points)


def drawn_panel(experts=11, items=12, seed=7, gaps=0.1, points=NINE):
    chance = np.random.default_rng(seed)
    middle = (points.lowest + points.highest) / 2
    noise = chance.normal(0, 1.2, items) + chance.normal(0, 1.4, (experts, items))
    ratings = np.clip(np.rint(middle + noise), points.lowest, points.highest)
    ratings[chance.random(ratings.shape) < gaps] = NAN
    return ratings


# --- Chance-corrected agreement ------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    IRRCAC["results"],
    ids=lambda key: "-".join([key["panel"], key["method"], key["weights"]]),
)
def test_coefficient_parts_error_and_interval_are_irrcacs(key):
    panel = IRRCAC["panels"][key["panel"]]
    points = ScalePoints(1, panel["highest"])
    weights = "unweighted" if key["weights"] == "identity" else key["weights"]

    if key["method"] == "conger":
        found = reliability.conger_kappa(panel["ratings"], points=points, weights=weights)
    else:
        table = table_of(panel["ratings"], points)
        found = from_counts[key["method"]](table, weights=weights)

    assert (found.coefficient, found.observed, found.expected, found.standard_error) == (
        pytest.approx((key["value"], key["pa"], key["pe"], key["se"]), abs=1e-9)
    )
    assert found.lower == pytest.approx(key["lower"], abs=1e-9)
    assert min(1, found.upper) == pytest.approx(key["upper"], abs=1e-9)
    assert found.weights == weights


def test_fleiss_kappa_is_the_printed_one_and_statsmodels():
    printed = PRINTED["fleiss_1971"]

    found = reliability.fleiss_kappa(counts.from_counts(printed["counts"], points=FIVE))

    assert found.coefficient == pytest.approx(printed["kappa"], abs=5e-4)
    assert found.coefficient == pytest.approx(inter_rater.fleiss_kappa(printed["counts"]))
    assert (found.items, found.paired_items, found.ratings) == (30, 30, 180)


def test_brennan_prediger_is_statsmodels_uniform_kappa():
    printed = PRINTED["fleiss_1971"]["counts"]

    found = reliability.brennan_prediger(counts.from_counts(printed, points=FIVE))

    assert found.coefficient == pytest.approx(inter_rater.fleiss_kappa(printed, method="uniform"))


@pytest.mark.parametrize("weights", ["unweighted", "quadratic"])
def test_percent_agreement_counts_pairs_of_experts(weights):
    ratings = drawn_panel(6, 8)
    agreement = reliability.agreement_weights(weights, points=NINE)
    per_item = []
    for item in ratings.T:
        pairs = list(itertools.combinations(item[~np.isnan(item)].astype(int) - 1, 2))
        per_item.append(np.mean([agreement[a, b] for a, b in pairs]))

    found = reliability.percent_agreement(table_of(ratings), weights=weights)

    assert found.coefficient == found.observed == pytest.approx(np.mean(per_item))
    assert found.expected == 0
    # With every item rated twice or more it is a plain mean over items.
    assert found.standard_error == pytest.approx(scipy_stats.sem(per_item))
    reach = scipy_stats.t.ppf(0.975, 7) * scipy_stats.sem(per_item)
    assert (found.lower, found.upper) == pytest.approx(
        (np.mean(per_item) - reach, np.mean(per_item) + reach)
    )


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic"])
def test_conger_of_two_experts_is_cohens_kappa(weights):
    ratings = drawn_panel(2, 30, gaps=0)

    found = reliability.conger_kappa(ratings, points=NINE, weights=weights)
    cohen = reliability.kappa(*ratings, points=NINE, weights=weights)

    assert found.coefficient == pytest.approx(cohen.kappa)
    assert (found.observed, found.expected) == pytest.approx((cohen.observed, cohen.expected))


def test_conger_does_not_depend_on_how_many_experts_are_worked_on_at_a_time(monkeypatch):
    ratings = drawn_panel()
    whole = reliability.conger_kappa(ratings, points=NINE)

    monkeypatch.setattr(chance_corrected, "_RATINGS_AT_ONCE", 30)
    found = reliability.conger_kappa(ratings, points=NINE)

    assert found.coefficient == pytest.approx(whole.coefficient)
    assert found.standard_error == pytest.approx(whole.standard_error)


@pytest.mark.parametrize("points", [ScalePoints(0, 4, 0.5), ScalePoints(-0.4, 0.4, 0.1)])
def test_conger_on_a_scale_of_fractions_is_that_of_its_places(points):
    places = drawn_panel()

    found = reliability.conger_kappa(points.values[0] + points.step * (places - 1), points=points)

    assert found.coefficient == reliability.conger_kappa(places, points=NINE).coefficient


def test_an_expert_without_ratings_changes_nothing():
    ratings = drawn_panel()
    joined = np.vstack([ratings, np.full(12, NAN)])

    for weights in ("unweighted", "quadratic"):
        assert reliability.conger_kappa(
            joined, points=NINE, weights=weights
        ) == reliability.conger_kappa(ratings, points=NINE, weights=weights)


def test_ac2_needs_the_whole_scale():
    ratings = drawn_panel() * 0 + np.array([7, 8] * 6)
    ratings[0] = 9

    wide = reliability.gwet_ac(table_of(ratings), weights="unweighted")
    cut = reliability.gwet_ac(table_of(ratings, ScalePoints(7, 9)), weights="unweighted")

    assert wide.observed == cut.observed
    assert wide.coefficient > cut.coefficient
    assert (wide.name, reliability.gwet_ac(table_of(ratings)).name) == ("Gwet AC1", "Gwet AC2")


def test_a_panel_unanimous_on_one_point_has_ac_1_and_no_kappa():
    table = table_of(np.full((5, 4), 8.0))

    ac = reliability.gwet_ac(table)
    assert (ac.coefficient, ac.standard_error, ac.lower, ac.upper) == (1, 0, None, None)
    assert (ac.reason, ac.interval_reason) == (None, chance_corrected.NO_SPREAD)
    assert reliability.brennan_prediger(table).coefficient == 1
    assert reliability.percent_agreement(table).coefficient == 1
    for found in (
        reliability.fleiss_kappa(table),
        reliability.conger_kappa(np.full((5, 4), 8.0), points=NINE),
    ):
        assert (found.coefficient, found.observed) == (None, 1)
        assert found.reason == found.interval_reason == chance_corrected.ONE_CATEGORY


def test_a_panel_unanimous_on_every_item_at_different_points_has_1_throughout():
    ratings = np.tile([1.0, 9.0, 5.0], (4, 1))

    for find in from_counts.values():
        assert find(table_of(ratings)).coefficient == pytest.approx(1)
    assert reliability.conger_kappa(ratings, points=NINE).coefficient == pytest.approx(1)
    for level in reliability.LEVELS:
        assert reliability.krippendorff_alpha(table_of(ratings), level=level).alpha == 1


def test_near_unanimity_leaves_kappas_near_0_and_ac_high():
    ratings = np.full((11, 20), 8.0)
    ratings[0, ::2] = 9
    ratings[1, 1::2] = 7
    table = table_of(ratings)

    assert abs(reliability.fleiss_kappa(table).coefficient) < 0.1
    assert reliability.krippendorff_alpha(table).alpha < 0.1
    assert reliability.gwet_ac(table).coefficient > 0.95


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        (np.full((3, 2), NAN), NOBODY_RATED),
        (np.empty((0, 2)), NOBODY_RATED),
        ([[1, 2, 3]], chance_corrected.NO_ITEM_RATED_TWICE),
        ([[1, NAN], [NAN, 2]], chance_corrected.NO_ITEM_RATED_TWICE),
    ],
)
def test_agreement_is_undefined_without_two_ratings_of_one_item(ratings, reason):
    found = [find(table_of(ratings)) for find in from_counts.values()]
    found.append(reliability.conger_kappa(ratings, points=NINE))
    found.append(reliability.percent_agreement(table_of(ratings)))

    for coefficient in found:
        assert (coefficient.coefficient, coefficient.observed, coefficient.expected) == (None,) * 3
        assert (coefficient.standard_error, coefficient.lower) == (None, None)
        assert coefficient.reason == coefficient.interval_reason == reason
    assert reliability.krippendorff_alpha(table_of(ratings)).reason == reason


def test_one_item_has_a_coefficient_and_no_error():
    found = reliability.gwet_ac(table_of([[7.0], [8.0], [9.0]]))

    assert found.coefficient is not None
    assert (found.standard_error, found.lower, found.upper) == (None, None, None)
    assert found.interval_reason == chance_corrected.ONE_ITEM_NO_ERROR


def test_weights_that_call_everything_agreement_leave_nothing_to_correct():
    found = reliability.brennan_prediger(table_of(drawn_panel()), weights=np.ones((9, 9)))

    assert (found.coefficient, found.expected, found.weights) == (None, 1, "custom")
    assert found.reason == chance_corrected.CHANCE_IS_CERTAIN


def test_items_without_ratings_do_not_count():
    ratings = drawn_panel()
    padded = np.column_stack([ratings, np.full(11, NAN)])

    assert reliability.gwet_ac(table_of(padded)) == reliability.gwet_ac(table_of(ratings))
    assert reliability.conger_kappa(padded, points=NINE) == reliability.conger_kappa(
        ratings, points=NINE
    )


@settings(max_examples=60)
@given(panels, st.sampled_from(["unweighted", "quadratic", "ordinal"]))
def test_agreement_ignores_the_order_of_experts_and_the_direction_of_the_scale(ratings, weights):
    for find in from_counts.values():
        found = find(table_of(ratings, FIVE), weights=weights)
        other = find(table_of(6 - ratings[::-1, ::-1], FIVE), weights=weights)
        assert found.reason == other.reason
        if found.coefficient is not None:
            assert found.coefficient <= 1 + 1e-12
            assert other.coefficient == pytest.approx(found.coefficient, abs=1e-9)
    found = reliability.conger_kappa(ratings, points=FIVE, weights=weights)
    other = reliability.conger_kappa(6 - ratings[::-1, ::-1], points=FIVE, weights=weights)
    assert found.reason == other.reason
    if found.coefficient is not None:
        assert other.coefficient == pytest.approx(found.coefficient, abs=1e-9)


@settings(max_examples=60)
@given(panels)
def test_relabelling_the_points_does_not_change_what_is_unweighted(ratings):
    relabelled = np.where(
        np.isnan(ratings),
        NAN,
        np.array([3, 1, 5, 2, 4])[np.nan_to_num(ratings, nan=1).astype(int) - 1],
    )

    for find in (reliability.fleiss_kappa, reliability.brennan_prediger):
        found, other = find(table_of(ratings, FIVE)), find(table_of(relabelled, FIVE))
        assert (found.reason, found.coefficient) == (
            other.reason,
            pytest.approx(other.coefficient),
        )
    alpha = reliability.krippendorff_alpha(table_of(ratings, FIVE), level="nominal")
    other = reliability.krippendorff_alpha(table_of(relabelled, FIVE), level="nominal")
    assert alpha.alpha == pytest.approx(other.alpha)


def test_a_unanimous_item_more_does_not_lower_ac():
    ratings = drawn_panel(gaps=0)

    before = reliability.gwet_ac(table_of(ratings))
    joined = reliability.gwet_ac(table_of(np.column_stack([ratings, np.full(11, 8.0)])))

    assert joined.coefficient > before.coefficient


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("squared", "not 'squared'"),
        (np.ones((3, 3)), r"shape \(3, 3\) do not fit a scale of 5 points"),
        (np.zeros((5, 5)), "1 on the diagonal"),
        (np.full((5, 5), 2.0), "lie in 0..1"),
        (np.triu(np.ones((5, 5))), "the same both ways"),
    ],
)
def test_broken_weights_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        reliability.gwet_ac(table_of(drawn_panel(points=FIVE), FIVE), weights=weights)


def test_ratio_weights_need_a_scale_above_0():
    with pytest.raises(ValueError, match="not 0 to 4"):
        reliability.agreement_weights("ratio", points=ScalePoints(0, 4))


@pytest.mark.parametrize("kind", reliability.WEIGHTS)
def test_weights_are_1_for_equal_ratings_and_reach_down_to_0(kind):
    weights = reliability.agreement_weights(kind, points=NINE)

    assert np.diag(weights).tolist() == [1] * 9
    assert weights.min() == 0
    assert weights == pytest.approx(weights.T)


def test_a_confidence_that_is_none_is_refused():
    with pytest.raises(ValueError, match="not at 95"):
        reliability.gwet_ac(table_of(drawn_panel()), confidence=95)


def test_enlight_has_the_figures_in_the_documentation():
    file = REAL_DATA / "enlight_round1_ratings.csv"
    if not file.exists():
        pytest.skip("the ENLIGHT ratings are not beside the checkout (RONDO_REAL_DATA)")
    ratings = pd.read_csv(file, index_col=0, na_values=["X"]).to_numpy(dtype=float)
    table = table_of(ratings, ScalePoints(1, 7))
    ac2 = reliability.gwet_ac(table)
    icc = reliability.icc(ratings).agreement

    assert reliability.krippendorff_alpha(table).alpha == pytest.approx(0.291, abs=5e-4)
    assert (ac2.coefficient, ac2.lower, ac2.upper) == pytest.approx((0.731, 0.696, 0.767), abs=5e-4)
    assert reliability.fleiss_kappa(table).coefficient == pytest.approx(0.101, abs=5e-4)
    assert (icc.value, icc.lower, icc.upper) == pytest.approx((0.293, 0.218, 0.392), abs=5e-4)


# --- Krippendorff's alpha ------------------------------------------------------------------------


@pytest.mark.parametrize("level", reliability.LEVELS)
def test_alpha_is_krippendorffs_printed_one(level):
    printed = PRINTED["krippendorff"]

    found = reliability.krippendorff_alpha(table_of(printed["ratings"], FIVE), level=level)

    assert found.alpha == pytest.approx(printed[level], abs=6e-4)
    assert (found.items, found.ratings) == (11, 40)
    assert found.alpha == pytest.approx(
        1 - found.observed_disagreement / found.expected_disagreement
    )


@pytest.mark.parametrize("level", reliability.LEVELS)
@pytest.mark.parametrize("points", [FIVE, NINE, ScalePoints(0, 100)])
@pytest.mark.parametrize("gaps", [0.0, 0.4])
def test_alpha_is_the_krippendorff_packages(level, points, gaps):
    ratings = drawn_panel(6, 25, gaps=gaps, points=points)
    theirs = krippendorff.alpha(ratings, level_of_measurement=level)

    found = reliability.krippendorff_alpha(table_of(ratings, points), level=level)

    assert found.alpha == pytest.approx(theirs)


@settings(max_examples=60)
@given(panels, st.sampled_from(reliability.LEVELS))
def test_alpha_does_not_depend_on_unused_points_or_the_order_of_experts(ratings, level):
    found = reliability.krippendorff_alpha(table_of(ratings, FIVE), level=level)
    other = reliability.krippendorff_alpha(table_of(ratings[::-1]), level=level)

    assert (found.reason, found.items) == (other.reason, other.items)
    if found.alpha is not None:
        assert found.alpha <= 1
        assert other.alpha == pytest.approx(found.alpha)


def test_a_panel_that_used_one_category_has_no_alpha():
    found = reliability.krippendorff_alpha(table_of(np.full((5, 4), 8.0)))

    assert (found.alpha, found.observed_disagreement) == (None, None)
    assert found.reason == chance_corrected.ONE_CATEGORY
    assert (found.items, found.ratings) == (4, 20)


def test_a_second_category_on_an_item_rated_once_does_not_make_an_alpha():
    found = reliability.krippendorff_alpha(table_of([[8, 8, 1], [8, 8, NAN]]))

    assert found.reason == chance_corrected.ONE_CATEGORY


def test_a_wrong_level_and_a_ratio_below_0_are_refused():
    table = table_of([[0, 1]], ScalePoints(-1, 1))

    with pytest.raises(ValueError, match="not 'metric'"):
        reliability.krippendorff_alpha(table, level="metric")
    with pytest.raises(ValueError, match="unlike -1 to 1"):
        reliability.krippendorff_alpha(table, level="ratio")


@pytest.mark.parametrize("level", reliability.LEVELS)
def test_the_interval_over_items_is_the_package_on_every_resample(level):
    ratings = drawn_panel(5, 9, gaps=0.2)
    used = ratings[:, (~np.isnan(ratings)).sum(axis=0) >= 2]
    [weights] = concordance.resampling_weights(4, units=used.shape[1], draws=60)
    looped = [
        krippendorff.alpha(np.repeat(used, often.astype(int), axis=1), level_of_measurement=level)
        for often in weights
    ]

    found = reliability.krippendorff_interval_over_items(
        table_of(ratings), level=level, seed=4, draws=60
    )

    assert (found.lower, found.upper) == pytest.approx(np.quantile(looped, (0.025, 0.975)))
    assert (found.over, found.usable, found.seed) == ("items", 60, 4)


def alpha_without_copies(ratings, often):
    """Ordinal alpha of resampled experts, pair by pair; pairs of copies do not count."""
    values, weights = [], []
    for item in ratings.T:
        rated = ~np.isnan(item) & (often > 0)
        if rated.sum() >= 2:
            values.append(item[rated])
            weights.append(often[rated])
    if not values:
        return NAN
    margins = np.bincount(np.concatenate(values).astype(int), np.concatenate(weights), 10)
    n = margins.sum()
    place = np.cumsum(margins) - margins / 2
    within = 0.0
    for item, weight in zip(values, weights, strict=True):
        pairs = list(itertools.permutations(range(len(item)), 2))
        total = sum(weight[a] * weight[b] for a, b in pairs)
        apart = sum(
            weight[a] * weight[b] * (place[int(item[a])] - place[int(item[b])]) ** 2
            for a, b in pairs
        )
        within += weight.sum() * apart / total
    overall = sum(
        margins[a] * margins[b] * (place[a] - place[b]) ** 2 for a in range(10) for b in range(10)
    ) / (n - 1)
    return 1 - within / overall if overall else NAN


def test_the_interval_over_experts_is_the_loop_over_pairs_of_different_experts(monkeypatch):
    ratings = drawn_panel(5, 7, gaps=0.2)
    ratings = np.vstack([ratings, np.full(7, NAN)])
    [weights] = concordance.resampling_weights(4, units=5, draws=80)
    looped = np.array([alpha_without_copies(ratings[:5], often) for often in weights])
    usable = looped[~np.isnan(looped)]

    whole = reliability.krippendorff_interval_over_experts(ratings, points=NINE, seed=4, draws=80)
    monkeypatch.setattr(alpha_module, "_CELLS_AT_ONCE", 7 * 9 * 3)
    monkeypatch.setattr(alpha_module, "_EXPERTS_AT_ONCE", 2)
    told = []
    found = reliability.krippendorff_interval_over_experts(
        ratings, points=NINE, seed=4, draws=80, progress=lambda done, of: told.append((done, of))
    )

    assert (whole.lower, whole.upper) == pytest.approx(np.quantile(usable, (0.025, 0.975)))
    assert whole.usable == len(usable)
    assert (found.lower, found.upper) == pytest.approx((whole.lower, whole.upper))
    assert told == [(80, 80)]


def test_each_expert_once_gives_alpha_itself():
    ratings = drawn_panel(5, 7, gaps=0.2)

    found = reliability.krippendorff_alpha(table_of(ratings))

    assert alpha_without_copies(ratings, np.ones(5)) == pytest.approx(found.alpha)


@pytest.mark.parametrize("seed", range(4))
def test_the_interval_over_experts_holds_alpha_on_a_small_panel(seed):
    chance = np.random.default_rng(seed)
    ratings = chance.integers(1, 10, size=(7, 40)).astype(float)

    found = reliability.krippendorff_interval_over_experts(ratings, points=NINE, seed=seed)

    assert found.lower <= reliability.krippendorff_alpha(table_of(ratings)).alpha <= found.upper


def test_intervals_of_an_undefined_alpha_are_undefined():
    ratings = np.full((3, 4), 8.0)

    for found in (
        reliability.krippendorff_interval_over_items(table_of(ratings), seed=1),
        reliability.krippendorff_interval_over_experts(ratings, points=NINE, seed=1),
    ):
        assert (found.lower, found.upper, found.usable) == (None, None, 0)
        assert found.reason == chance_corrected.ONE_CATEGORY


def test_resamples_without_an_alpha_are_not_usable():
    two_items = table_of([[1.0, 9.0], [1.0, 9.0]])

    some = reliability.krippendorff_interval_over_items(two_items, seed=1, draws=400)
    one = reliability.krippendorff_interval_over_experts(
        [[1.0, 9.0], [2.0, 8.0]], points=NINE, seed=1, draws=400
    )

    assert 150 < some.usable < 250
    assert some.lower == some.upper == 1
    assert 150 < one.usable < 250


def test_no_usable_resample_leaves_no_interval():
    seed = next(
        seed
        for seed in range(20)
        if next(concordance.resampling_weights(seed, units=2, draws=1)).max() == 2
    )

    items = reliability.krippendorff_interval_over_items(
        table_of([[1.0, 9.0], [1.0, 9.0]]), seed=seed, draws=1
    )
    experts = reliability.krippendorff_interval_over_experts(
        [[1.0, 9.0], [2.0, 8.0]], points=NINE, seed=seed, draws=1
    )

    assert (items.lower, items.reason) == (None, NO_DRAW_DEFINED)
    assert (experts.lower, experts.reason) == (None, NO_DRAW_DEFINED)


# --- Cohen's kappa -------------------------------------------------------------------------------

COHEN = PRINTED["cohen_1968"]
JUDGES = np.multiply(COHEN["proportions"], COHEN["pairs"])


@pytest.mark.parametrize(
    ("costs", "value"),
    [
        (1 - np.eye(3), COHEN["unweighted"]),
        (COHEN["costs"], COHEN["weighted"]),
        (COHEN["costs_interchanged"], COHEN["weighted_interchanged"]),
        (COHEN["costs_one_sided"], COHEN["weighted_one_sided"]),
    ],
)
def test_kappa_is_cohens_printed_one(costs, value):
    weights = reliability.agreement_from_disagreement(costs)

    found = reliability.kappa_from_table(JUDGES, weights=weights)

    assert found.kappa == pytest.approx(value, abs=5e-4)
    assert (found.pairs, found.weights) == (200, "custom")


def test_kappas_errors_are_those_of_fleiss_cohen_and_everitt():
    plain = reliability.kappa_from_table(JUDGES, weights="unweighted")
    costly = reliability.kappa_from_table(
        JUDGES, weights=reliability.agreement_from_disagreement(COHEN["costs"])
    )

    assert plain.standard_error == pytest.approx(COHEN["unweighted_error"], abs=5e-4)
    assert costly.standard_error == pytest.approx(COHEN["weighted_error"], abs=5e-5)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("unweighted", None), ("linear", "linear"), ("quadratic", "quadratic")]
)
def test_kappa_is_statsmodels(ours, theirs):
    earlier, later = drawn_panel(2, 60, gaps=0.1, points=FIVE)
    both = ~np.isnan(earlier + later)
    table = np.histogram2d(earlier[both], later[both], bins=np.arange(0.5, 6))[0]
    expected = inter_rater.cohens_kappa(table, wt=theirs)

    found = reliability.kappa(earlier, later, points=FIVE, weights=ours)

    assert found.kappa == pytest.approx(expected.kappa)
    assert found.standard_error == pytest.approx(expected.std_kappa)
    assert found.null_standard_error == pytest.approx(expected.std_kappa0)
    assert (found.lower, found.upper) == pytest.approx((expected.kappa_low, expected.kappa_upp))
    assert found.pairs == both.sum()
    assert reliability.kappas_from_tables([table, np.zeros((5, 5))], weights=ours) == pytest.approx(
        [expected.kappa, NAN], nan_ok=True
    )


def test_unused_ends_of_the_scale_do_not_change_quadratic_kappa():
    earlier, later = drawn_panel(2, 30, gaps=0, points=FIVE)

    narrow = reliability.kappa(earlier, later, points=FIVE)
    wide = reliability.kappa(earlier, later, points=NINE)

    assert narrow.kappa == pytest.approx(wide.kappa)
    assert reliability.kappa(earlier, later, points=FIVE, weights="bipolar").kappa != pytest.approx(
        reliability.kappa(earlier, later, points=NINE, weights="bipolar").kappa
    )


def test_one_unanimous_round_has_kappa_0_and_no_interval():
    found = reliability.kappa([8, 8, 8, 8], [8, 8, 8, 7], points=NINE)
    interval = reliability.kappa_interval([8, 8, 8, 8], [8, 8, 8, 7], points=NINE, seed=1)

    assert (found.kappa, found.standard_error, found.lower) == (0, 0, None)
    assert found.interval_reason == two_ratings.NO_ERROR_LEFT
    assert (interval.lower, interval.reason) == (None, two_ratings.ONE_ROUND_UNANIMOUS)


@pytest.mark.parametrize(
    ("earlier", "later", "reason"),
    [
        ([], [], two_ratings.NO_PAIRS),
        ([1, NAN], [NAN, 2], two_ratings.NO_PAIRS),
        ([8, 8], [8, 8], two_ratings.SAME_CATEGORY),
    ],
)
def test_kappa_is_undefined_with_its_reason(earlier, later, reason):
    found = reliability.kappa(earlier, later, points=NINE)
    interval = reliability.kappa_interval(earlier, later, points=NINE, seed=1)

    assert (found.kappa, found.lower, found.reason, found.interval_reason) == (
        None,
        None,
        reason,
        reason,
    )
    assert (interval.lower, interval.reason) == (None, reason)
    assert (found.observed is None) == (reason == two_ratings.NO_PAIRS)


def test_weights_that_call_every_pair_agreement_leave_nothing_to_correct():
    found = reliability.kappa_from_table([[5, 1], [2, 4]], weights=np.ones((2, 2)))

    assert found.reason == chance_corrected.CHANCE_IS_CERTAIN


def test_unanimous_rounds_at_different_points_have_kappa_0():
    assert reliability.kappa([7, 7], [8, 8], points=NINE).kappa == 0


def test_nothing_moved_is_kappa_1():
    found = reliability.kappa([1, 5, 9], [1, 5, 9], points=NINE)

    assert (found.kappa, found.standard_error) == (1, 0)
    assert found.interval_reason == two_ratings.NO_ERROR_LEFT


def test_the_interval_over_pairs_is_kappa_on_every_resample(monkeypatch):
    earlier, later = drawn_panel(2, 15, gaps=0, points=FIVE)
    cells, often = np.unique(np.column_stack([earlier, later]), axis=0, return_counts=True)
    drawn = np.random.default_rng(6).multinomial(15, often / 15, size=50)
    looped = [
        reliability.kappa(*np.repeat(cells, times, axis=0).T, points=FIVE).kappa for times in drawn
    ]

    whole = reliability.kappa_interval(earlier, later, points=FIVE, seed=6, draws=50)
    monkeypatch.setattr(two_ratings, "_CELLS_AT_ONCE", 200)
    found = reliability.kappa_interval(earlier, later, points=FIVE, seed=6, draws=50)

    assert (found.lower, found.upper) == pytest.approx(np.quantile(looped, (0.025, 0.975)))
    assert found == whole
    assert (found.over, found.usable) == ("pairs", 50)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: reliability.kappa([1], [1, 2], points=FIVE), "1 earlier and 2 later"),
        (lambda: reliability.kappa([6], [1], points=FIVE), "rating 6"),
        (lambda: reliability.kappa([[1]], [[1]], points=FIVE), r"not \(pairs,\)"),
        (lambda: reliability.kappa_from_table([[1, 2, 3]]), r"shape \(1, 3\)"),
        (lambda: reliability.kappa_from_table([[1, -2], [3, 4]]), "not -2"),
        (lambda: reliability.kappa_from_table([[1, NAN], [3, 4]]), "not nan"),
        (
            lambda: reliability.kappa_from_table([[1, 2], [3, 4]], points=FIVE),
            "2 categories is not the scale 1 to 5",
        ),
        (lambda: reliability.kappas_from_tables([[1, 2], [3, 4]]), "earlier by later"),
        (lambda: reliability.agreement_from_disagreement([[0, 0], [0, 0]]), "costs"),
        (lambda: reliability.agreement_from_disagreement([[1, 1], [1, 0]]), "costs"),
        (lambda: reliability.agreement_from_disagreement([[0, -1], [1, 0]]), "costs"),
        (lambda: reliability.agreement_from_disagreement([0, 1]), "costs"),
    ],
)
def test_what_makes_no_kappa_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --- ICC -----------------------------------------------------------------------------------------

FORMS = (
    "one_way",
    "agreement",
    "consistency",
    "mean_one_way",
    "mean_agreement",
    "mean_consistency",
)


@pytest.mark.parametrize("form", FORMS)
def test_icc_is_shrout_and_fleiss_printed_one(form):
    printed = PRINTED["shrout_fleiss"]

    found = getattr(reliability.icc(printed["ratings"]), form)

    assert found.value == pytest.approx(printed[form], abs=5e-3)


# pingouin 0.7 still calls pandas 3.1 in a way that pandas is giving up.
@pytest.mark.filterwarnings("ignore:The inplace keyword")
@pytest.mark.parametrize("seed", range(3))
def test_icc_tests_and_intervals_are_pingouins(seed):
    ratings = drawn_panel(5, 9, seed=seed, gaps=0)
    long = pd.DataFrame(ratings.T).reset_index().melt(id_vars="index")
    theirs = pingouin.intraclass_corr(long, targets="index", raters="variable", ratings="value")

    found = reliability.icc(ratings)

    for form, (_, row) in zip(FORMS, theirs.iterrows(), strict=True):
        ours = getattr(found, form)
        assert ours.name == row["Type"]
        assert (ours.value, ours.f, ours.p) == pytest.approx((row["ICC"], row["F"], row["pval"]))
        assert (ours.df1, ours.df2) == (row["df1"], row["df2"])
        assert (ours.lower, ours.upper) == pytest.approx(tuple(row["CI95"]), abs=6e-3)


def test_the_forms_carry_both_names():
    found = reliability.icc(PRINTED["shrout_fleiss"]["ratings"])

    assert (found.agreement.form, found.agreement.name) == ("ICC(2,1)", "ICC(A,1)")
    assert (found.mean_consistency.form, found.mean_consistency.name) == ("ICC(3,k)", "ICC(C,k)")
    assert (found.one_way.form, found.mean_one_way.name) == ("ICC(1,1)", "ICC(1,k)")


def test_the_consistency_of_the_mean_is_cronbachs_alpha():
    ratings = drawn_panel()

    found = reliability.icc(ratings).mean_consistency
    alpha = concordance.cronbach_alpha(ratings)

    assert (found.value, found.lower, found.upper) == pytest.approx(
        (alpha.alpha, alpha.lower, alpha.upper)
    )


def test_complete_cases_are_experts_or_items():
    ratings = drawn_panel(gaps=0)
    with_gap = ratings.copy()
    with_gap[2, 3] = NAN

    fewer_experts = reliability.icc(with_gap)
    fewer_items = reliability.icc(with_gap, leave_out="items")

    assert (fewer_experts.experts, fewer_experts.experts_left_out) == (10, 1)
    assert fewer_experts.agreement == reliability.icc(np.delete(ratings, 2, axis=0)).agreement
    assert (fewer_items.items, fewer_items.items_left_out, fewer_items.left_out) == (11, 1, "items")


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        (np.full((2, 3), NAN), NOBODY_RATED),
        ([[1, NAN], [NAN, 2]], concordance.NO_COMPLETE_EXPERT),
        ([[1, 2, 3]], concordance.ONE_EXPERT),
        ([[1], [2]], concordance.ONE_ITEM),
        (np.full((3, 3), 8.0), ALL_EQUAL),
    ],
)
def test_icc_is_undefined_with_its_reason(ratings, reason):
    found = reliability.icc(ratings)

    for form in FORMS:
        icc = getattr(found, form)
        assert (icc.value, icc.lower, icc.upper, icc.f, icc.p) == (None,) * 5
        assert icc.reason == icc.interval_reason == reason


def test_experts_apart_by_a_constant_are_consistent_and_do_not_agree():
    found = reliability.icc([[1, 2, 3], [4, 5, 6], [7, 8, 9]])

    assert (found.consistency.value, found.mean_consistency.value) == (1, 1)
    assert (found.consistency.f, found.consistency.lower) == (None, None)
    assert found.consistency.interval_reason == intraclass.F_INFINITE
    assert found.agreement.value == pytest.approx(0.1)
    assert found.agreement.interval_reason == intraclass.F_INFINITE
    assert found.mean_agreement.interval_reason == intraclass.F_INFINITE
    assert found.one_way.lower is not None


def test_experts_of_one_mind_have_1_in_every_form():
    found = reliability.icc([[1, 5, 9], [1, 5, 9]])

    assert [getattr(found, form).value for form in FORMS] == [1] * 6
    assert found.one_way.interval_reason == intraclass.F_INFINITE


def test_experts_who_see_no_difference_between_items_have_no_consistency():
    found = reliability.icc([[5, 5, 5], [7, 7, 7]])

    assert found.consistency.reason == found.mean_consistency.reason == concordance.ALL_TIED
    assert found.agreement.value == 0
    assert found.one_way.value == pytest.approx(-1)
    assert found.mean_one_way.reason == intraclass.MEAN_UNDEFINED


def test_items_whose_means_are_equal_have_negative_forms_and_no_interval():
    found = reliability.icc([[1, 2, 3], [3, 2, 1]])

    assert found.consistency.value == -1
    assert (found.consistency.f, found.consistency.p) == (0, 1)
    assert found.consistency.interval_reason == intraclass.ITEMS_NOT_APART
    assert found.agreement.interval_reason == intraclass.ITEMS_NOT_APART
    assert found.mean_consistency.reason == intraclass.MEAN_UNDEFINED
    assert found.mean_agreement.value is None


def test_variances_that_add_up_to_nothing_leave_no_agreement():
    found = reliability.icc([[1, 2], [2, 1]])

    assert (found.agreement.value, found.agreement.reason) == (None, intraclass.NO_VARIANCE_LEFT)


def test_an_interval_that_would_miss_its_own_value_is_not_given():
    found = reliability.icc([[1, 3], [6, 3]])

    assert found.agreement.value == pytest.approx(-12 / 13)
    assert (found.agreement.lower, found.agreement.upper) == (None, None)
    assert found.agreement.interval_reason == intraclass.INTERVAL_MISSES


def test_a_limit_that_cannot_be_stepped_up_leaves_the_mean_without_an_interval():
    single = intraclass.IntraclassCorrelation(
        "ICC(2,1)", "ICC(A,1)", 0.2, -0.6, 0.8, 2.0, 5, 10, 0.1, None, None
    )

    found = intraclass._stepped_up(single, 3)

    assert found.value == pytest.approx(0.6 / 1.4)
    assert (found.lower, found.upper) == (None, None)
    assert (found.reason, found.interval_reason) == (None, intraclass.MEAN_UNDEFINED)


@settings(max_examples=60)
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(2, 5), st.integers(2, 5)),
        elements=st.integers(1, 9).map(float),
    )
)
def test_icc_ignores_the_order_of_experts_and_items_and_a_common_shift(ratings):
    found = reliability.icc(ratings)
    other = reliability.icc(ratings[::-1, ::-1] + 100)

    for form in FORMS:
        ours, theirs = getattr(found, form), getattr(other, form)
        assert ours.reason == theirs.reason
        if ours.value is not None:
            assert ours.value <= 1 + 1e-12
            assert theirs.value == pytest.approx(ours.value, abs=1e-9)
        if ours.lower is not None:
            assert ours.lower <= ours.value <= ours.upper


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(two_ratings).failed == 0
    assert doctest.testmod(concordance).failed == 0
