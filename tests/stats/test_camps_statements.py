"""What the camps say, counted by hand, by statsmodels and by scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kruskal, permutation_test
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from surveys.stats.camps import opinion_map, statements
from surveys.stats.camps.evidence import Panel
from surveys.stats.ratings import ALL_EQUAL, NOBODY_RATED, ScalePoints

VOTES = ScalePoints(-1, 1)
NINE = ScalePoints(1, 9)
GAP = np.nan


def counted(opinions, labels, *, k=2, p=None, adjustment="holm"):
    opinions = np.asarray(opinions, dtype=float)
    items = opinions.shape[1]
    return statements.tabulate(
        opinions,
        statements.sides(opinions, points=VOTES, agree_from=None, disagree_to=None),
        np.asarray(labels, dtype=np.int64),
        k,
        p=np.full(items, 0.5) if p is None else np.asarray(p, dtype=float),
        reasons=(None,) * items,
        adjustment=adjustment,
    )


def votes(agree, disagree, passed=0, unseen=0):
    return [1.0] * agree + [-1.0] * disagree + [0.0] * passed + [GAP] * unseen


def two_by(*items):
    """Columns of (camp 0's votes, camp 1's votes) as one panel, with its labels."""
    first, second = len(items[0][0]), len(items[0][1])
    columns = [one + other for one, other in items]
    return np.array(columns).T, [0] * first + [1] * second


def test_estimates_add_one_who_agrees_and_one_who_does_not():
    found = counted(*two_by((votes(3, 1, 1), votes(0, 4, 0, 2))))

    assert found.answered[:, 0].tolist() == [5, 4]
    assert found.agree[:, 0].tolist() == [3, 0]
    assert found.disagree[:, 0].tolist() == [1, 4]
    assert found.mean[:, 0].tolist() == pytest.approx([0.4, -1])
    assert found.agree_estimate[:, 0].tolist() == pytest.approx([4 / 7, 1 / 6])
    assert found.disagree_estimate[:, 0].tolist() == pytest.approx([2 / 7, 5 / 6])


def test_group_informed_consensus_is_the_product_over_camps():
    found = counted(*two_by((votes(3, 1, 1), votes(0, 4, 0, 2))))

    assert found.consensus_agree[0] == pytest.approx(4 / 7 * 1 / 6)
    assert found.consensus_disagree[0] == pytest.approx(2 / 7 * 5 / 6)


def test_a_camp_that_did_not_rate_leaves_consensus_and_difference_undefined():
    found = counted(*two_by((votes(3, 1), votes(0, 0, 0, 4)), (votes(4, 0), votes(0, 4))))

    assert np.isnan(found.consensus_agree[0])
    assert np.isnan(found.consensus_disagree[0])
    assert np.isnan(found.mean[1, 0])
    assert np.isnan(found.agree_estimate[1, 0])
    assert np.isnan(found.agree_z[1, 0])
    assert np.isnan(found.agree_ratio[:, 0]).all()
    assert np.isnan(found.agree_difference_z[:, 0]).all()
    assert np.isnan(found.difference[0])
    assert np.isnan(found.cliffs_delta[0])
    assert (found.highest[0], found.lowest[0]) == (-1, -1)
    assert found.difference[1] == 2


def test_representativeness_is_polis_by_hand():
    # Inside 8 of 10 agree, outside 2 of 12: ratio (9/12) / (3/14); z against one half
    # 2 sqrt(11) (9/11 - 1/2); between the two 9/11 - 3/13 over the root of the pooled variance
    # 12/24 * 12/24 * (1/11 + 1/13).
    found = counted(*two_by((votes(8, 2), votes(2, 10))))

    assert found.agree_ratio[0, 0] == pytest.approx((9 / 12) / (3 / 14))
    assert found.agree_z[0, 0] == pytest.approx(2 * 11**0.5 * (9 / 11 - 0.5))
    assert found.agree_difference_z[0, 0] == pytest.approx(
        (9 / 11 - 3 / 13) / (0.25 * (1 / 11 + 1 / 13)) ** 0.5
    )


@settings(max_examples=40)
@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_the_z_are_those_of_statsmodels_on_counts_raised_by_one(a, b, c, d):
    if a + b == 0 or c + d == 0:
        return
    found = counted(*two_by((votes(a, b), votes(c, d))))

    one, _ = proportions_ztest(a + 1, a + b + 1, value=0.5, prop_var=0.5)
    assert found.agree_z[0, 0] == pytest.approx(one)
    if a + c + 2 < a + b + c + d + 2:
        two, _ = proportions_ztest([a + 1, c + 1], [a + b + 1, c + d + 1])
        assert found.agree_difference_z[0, 0] == pytest.approx(two)


def test_what_everybody_agrees_on_tells_no_camp_from_another():
    found = counted(*two_by((votes(9, 0), votes(12, 0))))

    assert found.agree_difference_z[:, 0].tolist() == [0, 0]
    assert found.representative(0) == ()


def test_a_camp_is_marked_by_what_it_does_more_than_the_rest():
    found = counted(
        *two_by(
            (votes(9, 1), votes(1, 9)),
            (votes(10, 0), votes(10, 0)),
            (votes(0, 10), votes(10, 0)),
            (votes(5, 5), votes(5, 5)),
        )
    )

    assert found.representative(0) == ((2, "disagree"), (0, "agree"))
    assert found.representative(1) == ((2, "agree"), (0, "disagree"))
    assert found.representative(1, top=1) == ((2, "agree"),)


def test_camps_unite_only_where_each_has_a_majority():
    found = counted(
        *two_by(
            (votes(9, 1), votes(8, 2)),
            (votes(10, 0), votes(4, 6)),
            (votes(0, 10), votes(1, 9)),
            (votes(10, 0), votes(10, 0)),
        )
    )

    assert found.uniting("agree") == (3, 0)
    assert found.uniting("agree", top=1) == (3,)
    assert found.uniting("disagree") == (2,)


def test_dividing_statements_come_by_difference_and_may_need_a_small_p():
    panel, labels = two_by(
        (votes(6, 4), votes(4, 6)), (votes(10, 0), votes(0, 10)), (votes(9, 1), votes(2, 8))
    )
    found = counted(panel, labels, p=[0.5, 0.001, 0.01])

    assert found.dividing(alpha=None) == (1, 2, 0)
    assert found.dividing() == (1, 2)
    assert found.dividing(alpha=0.005) == (1,)
    assert found.dividing(top=1) == (1,)


def test_a_statement_without_a_p_is_no_claim():
    found = counted(*two_by((votes(10, 0), votes(0, 10))), p=[np.nan])

    assert found.dividing() == ()
    assert found.dividing(alpha=None) == (0,)


def test_the_difference_is_between_the_furthest_of_three_camps():
    opinions = np.array([[1.0], [1], [0], [0], [-1], [0]])

    found = counted(opinions, [0, 0, 1, 1, 2, 2], k=3)

    assert found.difference.tolist() == [1.5]
    assert (found.highest[0], found.lowest[0]) == (0, 2)
    assert found.cliffs_delta.tolist() == [1]


@settings(max_examples=40)
@given(
    st.lists(st.integers(-4, 4), min_size=1, max_size=9),
    st.lists(st.integers(-4, 4), min_size=1, max_size=9),
)
def test_cliffs_delta_counts_pairs(one, other):
    opinions = np.array([*one, *other], dtype=float)[:, np.newaxis] / 4
    found = counted(opinions, [0] * len(one) + [1] * len(other))

    high, low = (one, other) if found.highest[0] == 0 else (other, one)
    pairs = [np.sign(x - y) for x in high for y in low]
    assert found.cliffs_delta[0] == pytest.approx(np.mean(pairs))


def test_without_bounds_everything_beyond_the_middle_takes_a_side():
    opinions = opinion_map.on_common_scale([[1], [4], [5], [6], [GAP]], points=NINE)

    taken = statements.sides(opinions, points=NINE, agree_from=None, disagree_to=None)

    assert taken.agree[:, 0].tolist() == [False, False, False, True, False]
    assert taken.disagree[:, 0].tolist() == [True, True, False, False, False]


def test_bands_may_leave_a_middle_out():
    opinions = opinion_map.on_common_scale([[3], [4], [6], [7]], points=NINE)

    taken = statements.sides(opinions, points=NINE, agree_from=7, disagree_to=3)

    assert taken.agree[:, 0].tolist() == [False, False, False, True]
    assert taken.disagree[:, 0].tolist() == [True, False, False, False]


def test_each_item_may_have_bands_of_its_own():
    points = [NINE, ScalePoints(1, 4)]
    opinions = opinion_map.on_common_scale([[7, 3], [6, 2]], points=points)

    taken = statements.sides(opinions, points=points, agree_from=[7, 3], disagree_to=[3, 2])

    assert taken.agree.tolist() == [[True, True], [False, False]]
    assert taken.disagree.tolist() == [[False, False], [False, True]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"agree_from": 3, "disagree_to": 7}, "overlap on item 0"),
        ({"agree_from": 7.5}, "agree_from 7.5 of item 0 .* is not a point"),
        ({"disagree_to": [3, 3]}, "disagree_to has shape"),
    ],
)
def test_bands_that_make_no_sense_are_named(options, message):
    opinions = opinion_map.on_common_scale([[3]], points=NINE)

    with pytest.raises(ValueError, match=message):
        statements.sides(
            opinions, points=NINE, **({"agree_from": None, "disagree_to": None} | options)
        )


def chances(opinions, *, k=2):
    steps = []
    found = statements.chances(
        Panel(*opinion_map.filled(np.asarray(opinions, dtype=float)), remove_level=False),
        k,
        starts=5,
        rng=np.random.default_rng(1),
        advance=steps.append,
    )
    assert sum(steps) == np.shape(opinions)[1]
    return found


def test_noise_is_not_divided_by_camps_made_of_noise():
    rng = np.random.default_rng(11)
    p = np.concatenate([chances(rng.uniform(-1, 1, (24, 10)))[0] for _ in range(12)])

    # Tested between the camps it helped to make, more than a third of all noise would "divide".
    assert (p <= 0.05).mean() < 0.1
    assert np.mean(p) == pytest.approx(0.5, abs=0.08)


def test_what_camps_differ_on_is_found_among_what_they_do_not():
    rng = np.random.default_rng(12)
    opinions = rng.uniform(-0.3, 0.3, (24, 8))
    opinions[:, :5] += np.where(np.arange(24) < 12, 0.6, -0.6)[:, np.newaxis]

    p, reasons = chances(opinions)

    assert (p[:5] < 0.01).all()
    assert (p[5:] > 0.01).all()
    assert reasons == (None,) * 8


def test_a_p_that_cannot_be_has_a_reason():
    rng = np.random.default_rng(13)
    opinions = rng.uniform(-1, 1, (10, 4))
    opinions[:, 1] = 0.5
    # Who rated this statement rated nothing else.
    opinions[0, :3] = np.nan
    opinions[1:, 3] = np.nan

    p, reasons = chances(opinions)

    assert np.isnan(p[[1, 3]]).all()
    assert reasons == (None, ALL_EQUAL, None, NOBODY_RATED)


def test_a_lone_statement_cannot_be_tested_without_itself():
    p, reasons = chances(np.linspace(-1, 1, 9)[:, np.newaxis])

    assert np.isnan(p).all()
    assert reasons == (statements.NO_OTHER_STATEMENT,)


def test_a_statement_rated_in_one_camp_only_compares_nothing():
    opinions = np.repeat([[1.0, 1, 1, 0.5], [-1, -1, -1, np.nan]], 6, axis=0)
    opinions[:6, 3] = np.linspace(-1, 1, 6)

    _, reasons = chances(opinions)

    assert reasons[3] == statements.ONE_CAMP_RATED


@pytest.mark.parametrize("k", [2, 3])
def test_in_large_panels_the_p_is_that_of_kruskal_wallis(k):
    rng = np.random.default_rng(14)
    labels = rng.integers(k, size=150)
    values = rng.integers(1, 10, size=150) / 4 + 0.2 * labels

    ours = statements.rank_p(values, labels, rng=rng)

    assert ours == pytest.approx(kruskal(*(values[labels == g] for g in range(k))).pvalue)


def test_in_small_panels_the_p_is_that_of_all_permutations():
    one, other = [1.0, 2, 2, 3, 5], [3.0, 4, 5, 5]
    exact = permutation_test(
        (one, other),
        lambda x, y, axis: kruskal(x, y, axis=axis).statistic,
        permutation_type="independent",
        n_resamples=np.inf,
        alternative="greater",
        vectorized=True,
    ).pvalue

    ours = statements.rank_p(
        np.array(one + other), np.array([0] * 5 + [1] * 4), rng=np.random.default_rng(1)
    )

    assert ours == pytest.approx(exact, abs=0.01)


@settings(max_examples=40)
@given(st.lists(st.floats(0, 1), max_size=12), st.sampled_from(["holm", "benjamini-hochberg"]))
def test_adjusted_p_are_those_of_statsmodels_and_leave_gaps_out(p, adjustment):
    names = {"holm": "holm", "benjamini-hochberg": "fdr_bh"}
    with_gap = np.array([np.nan, *p])

    ours = statements.adjusted(with_gap, adjustment)

    assert np.isnan(ours[0])
    if p:
        assert ours[1:] == pytest.approx(multipletests(p, method=names[adjustment])[1])


def test_an_unknown_adjustment_is_named():
    with pytest.raises(ValueError, match="no adjustment is called 'none'"):
        statements.adjusted(np.array([0.5]), "none")
