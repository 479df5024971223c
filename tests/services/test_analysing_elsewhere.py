"""The numbers of an analysis against other programs, its verdicts, and every special panel."""

from __future__ import annotations

import json

import krippendorff
import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from surveys.delphi import stored
from surveys.delphi.conditions import AllOf, AnyGroup, EveryGroup, InGroup, Share, table_of
from surveys.delphi.scale import Scale
from surveys.delphi.summary import ItemCounts
from surveys.services import analysing_elsewhere
from surveys.services.elsewhere import certainty, numbers, tables
from surveys.services.elsewhere.numbers import Entries
from tests.services.elsewhere import analysed, round_of

NAN = float("nan")
NINE = Scale.of(1, 9)
# Twelve experts, four items: agreed, unanimous, split, and one that some could not judge.
NOW = [
    [7, 8, 9, "U"],
    [8, 8, 9, 1],
    [9, 8, 2, None],
    [7, 8, 1, 2],
    [7, 8, 5, 3],
    [3, 8, 9, 9],
    [7, 8, 1, 9],
    [8, 8, 2, 9],
    [9, 8, None, 1],
    [9, 8, 9, None],
    [7, 8, 9, 2],
    [1, 8, 9, 8],
]
BEFORE = [
    [7, 7, 9, None],
    [7, 8, 8, 1],
    [9, 8, 2, None],
    [5, 8, 1, 2],
    [7, 8, 6, 2],
    [3, 8, 9, 9],
    [6, 8, 1, 9],
    [8, 8, 1, 9],
    [9, 8, 3, 1],
    [None, None, None, None],
    [2, 9, 9, 9],
    [1, 8, 9, 8],
]


def columns(rows):
    values = np.array(
        [[None if cell == "U" else cell for cell in row] for row in rows], dtype=np.float64
    )
    return [column[~np.isnan(column)] for column in values.T], values


def test_the_numbers_of_items_are_those_of_other_programs():
    items = analysed(NOW)["items"]
    per_item, _ = columns(NOW)

    for item, ratings in zip(items.values(), per_item, strict=True):
        n = len(ratings)
        high = int((ratings >= 7).sum())
        assert item["n"] == n
        assert item["counts"] == [int((ratings == point).sum()) for point in range(1, 10)]
        assert item["share_high"] == pytest.approx(high / n)
        limits = proportion_confint(high, n, method="wilson")
        assert item["share_high_interval"] == pytest.approx(limits)
        assert item["median"] == np.median(ratings)
        assert item["mean"] == pytest.approx(ratings.mean())
        assert item["sd"] == pytest.approx(ratings.std(ddof=1))
        assert item["cv"] == pytest.approx(stats.variation(ratings, ddof=1))
        quantiles = np.quantile(ratings, [0.25, 0.3, 0.7, 0.75])
        assert [item[name] for name in ("q1", "p30", "p70", "q3")] == pytest.approx(quantiles)
        assert item["iqr"] == pytest.approx(stats.iqr(ratings))
        assert item["mad"] == pytest.approx(stats.median_abs_deviation(ratings))
        assert item["mad_mean"] == pytest.approx(np.abs(ratings - np.median(ratings)).mean())
        p30, p70 = quantiles[1:3]
        limit = 2.35 + 1.5 * abs(5 - (p30 + p70) / 2)
        assert item["ipr"] == pytest.approx(p70 - p30)
        assert item["ipras"] == pytest.approx(limit)
        assert item["disagreement_index"] == pytest.approx((p70 - p30) / limit)
        assert item["disagreement"] is bool(p70 - p30 > limit)


def test_the_numbers_of_the_panel_are_those_of_other_programs():
    panel = analysed(NOW)["panel"]
    _, values = columns(NOW)
    complete = values[~np.isnan(values).any(axis=1)]
    friedman = stats.friedmanchisquare(*complete.T)
    assert (panel["experts"], panel["items"]) == (12, 4)
    assert panel["complete_experts"] == len(complete) == 8
    assert panel["kendalls_w_chi2"] == pytest.approx(friedman.statistic)
    assert panel["kendalls_w_p"] == pytest.approx(friedman.pvalue)
    assert panel["kendalls_w_df"] == 3
    assert panel["kendalls_w"] == pytest.approx(friedman.statistic / (len(complete) * 3))
    for level, key in (
        ("ordinal", "ordinal"),
        ("interval", "interval_level"),
        ("nominal", "nominal_level"),
    ):
        alpha = krippendorff.alpha(reliability_data=values, level_of_measurement=level)
        assert panel[f"krippendorff_alpha_{key}"] == pytest.approx(alpha)
    # Two-way analysis of variance of the complete experts, written out.
    k, n = complete.shape
    of_items, of_experts = complete.mean(axis=0), complete.mean(axis=1)
    between = k * of_items.var(ddof=1)
    experts = n * of_experts.var(ddof=1)
    left = complete - of_items - of_experts[:, np.newaxis] + complete.mean()
    error = (left**2).sum() / ((n - 1) * (k - 1))
    single = (between - error) / (between + (k - 1) * error + k * (experts - error) / n)
    assert panel["icc_a1"] == pytest.approx(single)


def test_the_numbers_between_rounds_are_those_of_other_programs():
    stability = analysed(NOW, before=BEFORE)["stability"]
    _, now = columns(NOW)
    _, before = columns(BEFORE)

    for place, item in enumerate(stability.values()):
        both = ~np.isnan(now[:, place]) & ~np.isnan(before[:, place])
        later, earlier = now[both, place], before[both, place]
        assert item["pairs"] == both.sum()
        assert item["unchanged"] == pytest.approx((later == earlier).mean())
        assert item["within_one"] == pytest.approx((abs(later - earlier) <= 1).mean())
        same = np.searchsorted([4, 7], later, side="right") == np.searchsorted(
            [4, 7], earlier, side="right"
        )
        assert item["same_region"] == pytest.approx(same.mean())
        assert item["moved_up"] == (later > earlier).sum()
        assert item["moved_down"] == (later < earlier).sum()
        assert item["iqr_change"] == pytest.approx(stats.iqr(later) - stats.iqr(earlier))
        assert item["sd_change"] == pytest.approx(later.std(ddof=1) - earlier.std(ddof=1))
        if np.ptp(later) and np.ptp(earlier):
            assert item["spearman"] == pytest.approx(stats.spearmanr(earlier, later).statistic)
            tau = stats.kendalltau(earlier, later).statistic
            assert item["kendall_tau_b"] == pytest.approx(tau)


def test_a_swap_of_sides_is_seen_though_the_distributions_are_the_same():
    item = analysed(
        [[9], [9], [9], [1], [1], [1]],
        before=[[1], [1], [1], [9], [9], [9]],
    )["stability"]["S1"]

    assert (item["unchanged"], item["net_change"]) == (0, 0)
    assert item["stable"] is False
    assert "stayed in the same band" in item["stable_reason"]
    assert item["outcome"] == "not stable"


def test_an_unanimous_item_that_stays_so_has_settled():
    item = analysed([[8]] * 6, before=[[8]] * 6, stability="kappa>=0.6")["stability"]["S1"]

    assert (item["unchanged"], item["stable"], item["outcome"]) == (1, True, "consensus")
    assert item["signed_rank_p"] is None
    assert item["reasons"]["signed_rank_p"] == "no change: every expert kept the rating"


def test_an_item_that_is_new_has_no_pairs_and_one_that_is_gone_is_named():
    now = round_of([[8, 7]] * 6, items=("S1", "S9"))
    analysis = analysed(now, before=[[8, 2]] * 6)

    assert analysis["stability"]["S9"]["pairs"] == 0
    assert analysis["stability"]["S9"]["reasons"]["unchanged"] == "nobody rated in both rounds"
    assert analysis["previous"]["items_new"] == ["S9"]
    assert analysis["previous"]["items_gone"] == ["S2"]


def test_experts_are_paired_by_their_code_and_not_by_their_row():
    before = round_of([[1], [9], [5]], name="earlier.csv", experts=("E3", "E1", "E2"))
    item = analysed([[9], [5], [1]], before=before)["stability"]["S1"]

    assert (item["pairs"], item["unchanged"]) == (3, 1)


def test_who_left_is_counted_and_bounded():
    before = round_of(
        [[8], [8], [8], [8], [8], [2], [2]],
        name="earlier.csv",
        experts=("E1", "E2", "E3", "E4", "E5", "E8", "E9"),
    )
    attrition = analysed([[8]] * 6, before=before, rule="high>=75%")["attrition"]
    item = attrition["items"]["S1"]

    counted_people = {
        name: attrition[name] for name in ("experts_before", "stayed", "left", "came")
    }
    assert counted_people == {"experts_before": 7, "stayed": 5, "left": 2, "came": 1}
    assert (item["mean_stayed"], item["mean_left"]) == (8, 2)
    # Six rated it high; the two who left could have been 6 of 8 or 8 of 8 together with them.
    assert (item["share_high_lowest"], item["share_high_highest"]) == (6 / 8, 1)
    assert item["verdict_survives"] is True
    strict = analysed([[8]] * 6, before=before, rule="high>75%")["attrition"]["items"]["S1"]
    assert (strict["verdict_if_leavers_low"], strict["verdict_survives"]) == ("no consensus", False)


def test_a_panel_that_changed_altogether_has_no_adjusted_share():
    before = round_of([[8], [7]], name="earlier.csv", experts=("E8", "E9"))
    attrition = analysed([[8], [9]], before=before)["attrition"]

    assert attrition["stayed"] == 0
    reason = attrition["items"]["S1"]["reasons"]["share_high_adjusted"]
    assert reason == "nobody of the earlier round rated in this one"


def test_groups_are_judged_beside_each_other():
    rows = [[9]] * 6 + [[2]] * 6
    groups = ["patients"] * 6 + ["nurses"] * 6
    analysis = analysed(rows, groups=groups, rule="every group (high>=70% and low<15%)")
    item = analysis["groups"]["items"]["S1"]

    assert analysis["groups"]["experts"] == {"nurses": 6, "patients": 6}
    assert item["groups"]["patients"]["share_high"] == 1
    assert item["share_high_equal_groups"] == 0.5
    pair = item["pairs"][0]
    assert (pair["first"], pair["second"], pair["cliffs_delta"]) == ("nurses", "patients", -1)
    assert pair["mann_whitney_p"] == pytest.approx(
        stats.mannwhitneyu([2] * 6, [9] * 6, method="exact").pvalue
    )
    h, p = stats.kruskal([9] * 6, [2] * 6)
    assert item["kruskal_wallis_h"] == pytest.approx(h)
    assert item["kruskal_wallis_p"] == pytest.approx(p)
    assert analysis["items"]["S1"]["verdict"] == "no consensus"
    assert item["groups"]["patients"]["verdict"] is None
    alone = analysed(rows, groups=groups)["groups"]["items"]["S1"]["groups"]
    assert (alone["patients"]["verdict"], alone["nurses"]["verdict"]) == ("in", "out")


def test_a_rule_that_asks_groups_decides_nothing_without_them():
    analysis = analysed(NOW, rule="every group (high>=70%)")

    assert {item["verdict"] for item in analysis["items"].values()} == {"undecided"}
    assert analysis["warnings"] == [analysing_elsewhere.GROUPS_NEEDED]


def test_a_clause_that_decides_nothing_at_this_size_is_told():
    warnings = analysed([[7]] * 7, rule="high>=75% and low<=15%")["warnings"]

    assert any("decides nothing" in warning for warning in warnings)


def test_a_verdict_that_hangs_on_the_quartiles_says_so():
    # Type 7 gives 0.75, SPSS's type 6 gives 1.25 (design of the quantile warning).
    rows = [[rating] for rating in (3, 3, 4, 4, 4, 4, 4, 5, 5, 5)]
    item = analysed(rows, scale="1-5", rule="iqr<=1")["items"]["S1"]

    assert item["verdict_depends_on_quantiles"] is True
    assert item["verdict"] == "in"
    by_spss = analysed(rows, scale="1-5", rule="iqr<=1", quantile_method="6")["items"]["S1"]
    assert by_spss["verdict"] == "no consensus"
    assert (item["iqr"], by_spss["iqr"]) == (0.75, 1.25)


def test_hinges_are_quartiles_and_percentiles_stay_linear():
    analysis = analysed(NOW, rule="rand-ipras", quantile_method="tukey_hinges")

    assert analysis["conventions"]["percentile_definition"] == "linear (R type 7)"
    assert analysis["conventions"]["quantile_definition"].startswith("tukey_hinges")


def test_unable_to_judge_counts_where_it_is_asked_to():
    rows = [[7]] * 7 + [["U"]] * 3
    left_out = analysed(rows, rule="high>75%")["items"]["S1"]
    counted_in = analysed(rows, rule="high>75%", unable_in_denominator=True)["items"]["S1"]

    assert (left_out["share_high"], left_out["verdict"]) == (1, "in")
    assert (counted_in["share_high"], counted_in["verdict"]) == (0.7, "no consensus")
    assert (left_out["denominator"], counted_in["denominator"]) == (7, 10)


@pytest.mark.parametrize(
    ("rows", "n", "undefined"),
    [
        ([["U"], ["U"]], 0, {"median": "nobody rated", "sd": "nobody rated"}),
        ([[None]], 0, {"share_high": "nobody rated", "mode": "nobody rated"}),
        ([[7]], 1, {"sd": "one rating", "iqr": "one rating"}),
        ([[7]] * 6, 6, {"bimodality": "all ratings equal"}),
        ([[1]] * 3 + [[9]] * 3, 6, {}),
    ],
    ids=["all unable", "nobody", "one expert", "unanimous", "even split"],
)
def test_special_panels_have_their_documented_outcome(rows, n, undefined):
    analysis = analysed(rows)
    item = analysis["items"]["S1"]

    assert item["n"] == n
    assert undefined.items() <= item["reasons"].items()
    assert all(item[name] is None for name in undefined)
    assert analysis["panel"]["kendalls_w"] is None
    assert list(numbers.undefined_places(analysis)) == []


def test_every_definition_is_compared_and_the_own_rule_stands_first():
    multiverse = analysed(NOW)["multiverse"]
    names = list(multiverse["definitions"])

    assert names[0] == "own rule"
    assert "comet-70-15" in names
    assert "rand-ipras" in names
    assert multiverse["flips_by_item"]["S2"] == sum(
        verdict != "in" for verdict in multiverse["items"]["S2"].values()
    )
    assert multiverse["definitions"]["comet-70-15"]["flips"] == 0
    for definition in multiverse["definitions"].values():
        assert stored.load(definition["rule"]).hash == definition["hash"]
    compared = analysed(NOW, compared=["strict: high>=90%"])["multiverse"]
    assert list(compared["definitions"]) == ["own rule", "strict"]


def test_camps_are_looked_for_where_there_are_experts_enough():
    two_sides = [[1, 1, 2, 9, 8, 1, 1]] * 5 + [[8, 9, 9, 1, 2, 9, 9]] * 5
    camps = analysed(two_sides, draws=99)["camps"]

    assert (camps["verdict"], camps["sizes"]) == ("camps", [5, 5])
    assert camps["experts"]["E1"]["camp"] != camps["experts"]["E6"]["camp"]
    assert "small panel" in camps["warnings"]
    assert camps["representative"][0]
    few = analysed(two_sides[:7], draws=19)
    assert few["camps"] is None
    assert few["reasons"]["camps"] == "camps are looked for among at least 8 experts"
    assert analysed(two_sides)["reasons"]["camps"] == "no resampling was asked for"
    unasked = analysed(two_sides, draws=19, camps=False)
    assert unasked["reasons"]["camps"] == "opinion groups were not asked for"


def test_camps_are_not_looked_for_in_a_crowd():
    analysis = analysed([[7, 8]] * 2_001, draws=19)

    assert analysis["reasons"]["camps"] == "camps are looked for among at most 2000 experts"


def test_panels_that_cannot_be_divided_say_so():
    alike = analysed([[7, 8]] * 9, draws=19)["camps"]
    assert alike["verdict"] is None
    assert alike["reasons"]["verdict"] == "all experts gave the same ratings"

    # One dissenter is no camp of three, so there is a map and no division.
    lone = analysed([[7, 8, 7]] * 8 + [[1, 1, 1]], draws=19)["camps"]
    assert lone["verdict"] == "none"
    assert lone["camps"] is None
    assert lone["experts"]["E9"]["reasons"]["camp"] == "no division, so no camp"


def test_resampling_is_seeded_and_watched():
    seen = []

    def watch(what):
        return lambda done, total: seen.append((what, done, total))

    asked = {"before": BEFORE, "draws": 50, "camps": False}
    first, second = (analysed(NOW, watch=watch, **asked) for _ in range(2))

    assert first == second
    assert {what for what, _, _ in seen} == {
        "Kendall's W",
        "Krippendorff's alpha over experts",
        "Krippendorff's alpha over items",
        "weighted kappa",
    }
    other = analysed(NOW, seed=2, **asked)
    assert other["panel"]["kendalls_w_interval"] != first["panel"]["kendalls_w_interval"]
    reason = first["stability"]["S2"]["reasons"]["weighted_kappa_interval"]
    assert reason == "one round is unanimous, so kappa is 0 in every resample"


def test_every_convention_travels_with_the_numbers():
    analysis = analysed(NOW, before=BEFORE)
    conventions = analysis["conventions"]

    for name in ("scale", "rule_hash", "quantile_definition", "denominator", "seed", "unable_mark"):
        assert conventions[name] not in (None, "")
    assert "Pratt" in conventions["stability_signed_rank"]
    assert analysis["software"]["numpy"] == np.__version__
    assert analysis["software"]["rondo"].count(".") == 2


def test_tables_hold_the_numbers_of_the_analysis():
    analysis = analysed(NOW, before=BEFORE, groups=["a", "b"] * 6, draws=19)
    found = {table.name: table for table in tables.tables(analysis)}
    items = found["items"]
    names = [column.name for column in items.columns]
    first = dict(zip(names, items.rows[0], strict=True))
    reasons = {row[0]: row[1] for row in found["reasons"].rows}

    assert set(found) >= {
        "stability",
        "groups",
        "group_pairs",
        "attrition",
        "camps",
        "camp_experts",
    }
    assert first["item"] == "S1"
    assert first["count_at_7"] == 5
    assert first["share_high_lower"] == analysis["items"]["S1"]["share_high_interval"][0]
    assert first["mode"] == "7"
    assert first["disagreement"] == "FALSE"
    assert reasons["items / S2 / bimodality"] == "all ratings equal"


def test_an_item_nobody_rated_has_no_bar():
    _, sections = tables.sections(analysed([[7, None]] * 5))

    assert sections[0].bars == [(0.0, 0.0, 1.0), None]


def test_a_number_without_a_reason_is_refused():
    entries = Entries()

    with pytest.raises(ValueError, match="sd is undefined"):
        entries.put("sd", NAN)
    with pytest.raises(TypeError, match="plain values"):
        entries.put("sd", object())
    found = numbers.undefined_places({"a": {"b": None}, "c": [None, {"d": None}]})
    assert list(found) == ["a.b", "c[0]", "c[1].d"]


def tables_of(*items):
    return table_of(
        [ItemCounts.of(ratings, NINE, unable=unable) for ratings, unable in items], NINE
    )


def test_the_probability_of_one_share_is_the_beta_tail():
    table = tables_of(([8] * 8 + [5] * 3, 0), ([8], 0))
    sure = certainty.of_condition(Share.of("high", ">=", 70), table, NINE)

    # 8 of 11 is above 70 % with probability .56.
    assert sure.probability[0] == pytest.approx(stats.beta(8.5, 3.5).sf(0.7))
    assert round(sure.probability[0], 2) == 0.56
    at_most = certainty.of_condition(Share.of("high", "<=", 70), table, NINE)
    assert at_most.probability == pytest.approx(1 - sure.probability)


def test_the_probability_of_two_clauses_is_joint():
    rule = AllOf((Share.of("high", ">=", 70), Share.of("low", "<", 15)))
    sure = certainty.of_condition(rule, tables_of(([8] * 16 + [2] * 2 + [5] * 2, 0)), NINE)
    drawn = np.random.default_rng(1).dirichlet([16.5, 2.5, 2.5], size=200_000)

    joint = ((drawn[:, 0] >= 0.7) & (drawn[:, 1] < 0.15)).mean()
    assert sure.probability[0] == pytest.approx(joint, abs=0.004)


def test_the_joint_probability_counts_the_unable_where_the_rule_does():
    rule = AllOf(
        (
            Share.of("high", ">=", 60, "usable and unable"),
            Share.of("low", "<", 15, "usable and unable"),
        )
    )
    sure = certainty.of_condition(rule, tables_of(([8] * 14, 6)), NINE)
    drawn = np.random.default_rng(1).dirichlet([14.5, 0.5, 6.5], size=200_000)

    joint = ((drawn[:, 0] >= 0.6) & (drawn[:, 1] < 0.15)).mean()
    assert sure.probability[0] == pytest.approx(joint, abs=0.004)


def test_groups_are_independent_and_their_probabilities_multiply():
    high = Share.of("high", ">=", 70)
    parts = {"a": tables_of(([8] * 8 + [5] * 3, 0)), "b": tables_of(([8] * 5, 0))}
    together = tables_of(([8] * 13 + [5] * 3, 0))
    each = [certainty.of_condition(high, table, NINE).probability[0] for table in parts.values()]

    def chance(condition):
        return certainty.of_condition(condition, together, NINE, parts).probability[0]

    assert chance(EveryGroup(high)) == pytest.approx(each[0] * each[1])
    assert chance(AnyGroup(high)) == pytest.approx(1 - (1 - each[0]) * (1 - each[1]))
    assert chance(InGroup(high, group="b")) == pytest.approx(each[1])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("median>=7", certainty.NOT_SHARES),
        ("high>=70% and median>=7", certainty.NOT_SHARES),
        ("high>=70% and low>=1%", certainty.NOT_SHARES),
        ("high>=70% and 6-9<90%", certainty.NOT_SHARES),
        ("every group (high>=70%)", certainty.NO_GROUPS),
        ("group patients (high>=70%)", certainty.NO_GROUPS),
    ],
)
def test_other_rules_have_no_probability_and_say_why(text, reason):
    item = analysed(NOW, rule=text)["items"]["S1"]

    assert item["probability_of_consensus"] is None
    assert item["reasons"]["probability_of_consensus"] == reason


def test_a_group_that_is_not_there_has_no_probability():
    item = analysed(NOW, rule="group doctors (high>=70%)", groups=["a", "b"] * 6)["items"]["S1"]

    assert item["reasons"]["probability_of_consensus"] == certainty.NO_SUCH_GROUP


def test_a_group_nobody_rated_in_has_no_probability():
    rows = [[8]] * 6 + [["U"]] * 6
    item = analysed(rows, rule="every group (high>=70%)", groups=["a"] * 6 + ["b"] * 6)["items"]

    assert item["S1"]["reasons"]["probability_of_consensus"] == "nobody rated"


def test_a_share_of_the_whole_scale_is_certain():
    item = analysed(NOW, rule="1-9>=50%; out: never")["items"]["S1"]

    assert item["probability_of_consensus"] == 1
    assert item["reasons"]["probability_of_consensus_out"] == certainty.NO_CONDITION


def test_an_analysis_is_plain_json():
    analysis = analysed(NOW, before=BEFORE, groups=["a", "b"] * 6)

    assert json.loads(json.dumps(analysis, allow_nan=False)) == analysis
    assert analysis["format"] == "rondo-analysis-1"
