"""Whatever a panel did, its analysis has every key, no number that is not one, and every reason."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.services.elsewhere import numbers, tables
from tests.services.elsewhere import analysed

# The keys that programs may count on (docs/analyse.md), as the issue that asked for them has them.
ITEM = [
    "n",
    "missing",
    "unable",
    "counts",
    "share_low",
    "share_middle",
    "share_high",
    "share_high_interval",
    "median",
    "mean",
    "sd",
    "mode",
    "q1",
    "q3",
    "iqr",
    "p30",
    "p70",
    "mad",
    "mad_mean",
    "cv",
    "ipr",
    "ipras",
    "disagreement_index",
    "disagreement",
    "appropriateness",
    "consensus_index",
    "agreement_a",
    "leik_d",
    "blair_lacy_l",
    "bimodality",
    "verdict",
    "verdict_reason",
    "probability_of_consensus",
    "fragility",
]
PANEL = [
    "experts",
    "items",
    "complete_experts",
    "kendalls_w",
    "kendalls_w_chi2",
    "kendalls_w_df",
    "kendalls_w_p",
    "krippendorff_alpha_ordinal",
    "gwet_ac2_quadratic",
    "icc_a1",
]
STABILITY = [
    "pairs",
    "unchanged",
    "same_region",
    "within_one",
    "moved_up",
    "moved_down",
    "signed_rank_statistic",
    "signed_rank_p",
    "weighted_kappa",
    "spearman",
    "kendall_tau_b",
    "iqr_change",
    "sd_change",
    "stable",
    "stable_reason",
]


@st.composite
def studies(draw):
    """Two rounds of one to nine experts with every kind of gap, and their groups."""
    low, high = draw(st.sampled_from([(0, 1), (1, 3), (1, 4), (1, 5), (1, 9), (-2, 2)]))
    cell = st.one_of(st.integers(low, high), st.sampled_from([None, "U"]), st.just(high))
    experts, items = draw(st.integers(1, 9)), draw(st.integers(1, 3))
    rows = st.lists(
        st.lists(cell, min_size=items, max_size=items), min_size=experts, max_size=experts
    )
    group = st.lists(
        st.sampled_from(["patients", "nurses", None]), min_size=experts, max_size=experts
    )
    rule = st.sampled_from(
        [
            "comet-70-15",
            "high>75%",
            "median-iqr",
            "mean>=1 and high>=50%",
            "every group (high>=70% and low<15%)",
            "any group (high>=60%)",
            "equal groups (high>=60%)",
            "group patients (high>=70%)",
            "cvr",
            "high>=50%; out: never",
        ]
    )
    return {
        "rows": draw(rows),
        "before": draw(st.one_of(st.none(), rows)),
        "groups": draw(st.one_of(st.none(), group)),
        "scale": f"{low}..{high}",
        "rule": draw(rule),
        "draws": draw(st.sampled_from([0, 19])),
        "unable_in_denominator": draw(st.booleans()),
        "quantile_method": draw(st.sampled_from(["linear", "6", "tukey_hinges"])),
    }


@settings(max_examples=60, deadline=None)
@given(studies())
def test_every_key_is_there_and_every_undefined_number_says_why(study):
    analysis = analysed(**study)

    for item in analysis["items"].values():
        assert set(ITEM) <= set(item)
    assert set(PANEL) <= set(analysis["panel"])
    for item in (analysis["stability"] or {}).values():
        assert set(STABILITY) <= set(item)
    assert list(numbers.undefined_places(analysis)) == []
    # NaN and infinity are no JSON.
    assert json.loads(json.dumps(analysis, allow_nan=False)) == analysis
    rows = {table.name: len(table.rows) for table in tables.tables(analysis)}
    assert rows["items"] == len(analysis["items"])
    assert all(section.heading for section in tables.sections(analysis)[1])


@settings(max_examples=20, deadline=None)
@given(studies(), st.randoms(use_true_random=False))
def test_the_order_of_experts_does_not_matter(study, shuffler):
    first = analysed(**study)
    order = list(range(len(study["rows"])))
    shuffler.shuffle(order)
    shuffled = dict(study, rows=[study["rows"][place] for place in order])
    for name in ("before", "groups"):
        if study[name] is not None:
            shuffled[name] = [study[name][place] for place in order]
    second = analysed(**shuffled)

    # Items and moves are computed from counts, which know no order.
    assert second["items"] == first["items"]
    assert second["stability"] == first["stability"]
    assert second["multiverse"] == first["multiverse"]
