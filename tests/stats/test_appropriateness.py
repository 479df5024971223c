"""RAND/UCLA: the published example, the printed table, exact boundaries, every edge."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.stats import appropriateness, counts
from surveys.stats.appropriateness import THIRDS, Appropriateness, Regions
from surveys.stats.ratings import ScalePoints
from tests.published.appropriateness_panels import CLASSIC_LIMITS, CRITERION_ONE

NINE = ScalePoints(1, 9)
FIVE = ScalePoints(1, 5)
PANELS = st.lists(st.integers(1, 9), min_size=2, max_size=25)


def table(*items, points=NINE):
    rows = [counts.from_ratings(list(item), points=points).counts[0] for item in items]
    return counts.from_counts(rows, points=points)


def judged(panel, rule="ipras", half_median="higher"):
    found = appropriateness.disagreement(panel, rule=rule)
    return appropriateness.categories(panel, found, half_median=half_median)


NOBODY = counts.from_counts([[0] * 9], points=NINE)


def test_the_published_criterion_is_met():
    panel = counts.from_counts(CRITERION_ONE, points=NINE)
    found = appropriateness.ipras(panel)

    assert (found.p30[0], found.p70[0], found.ipr[0]) == (7, 8, 1)
    assert found.limit[0] == pytest.approx(6.1)
    assert found.index[0] == pytest.approx(1 / 6.1)
    assert found.present == (False,)
    assert (found.definition, found.mapped, found.n[0]) == ("linear", False, 15)
    classic = appropriateness.classic_rule(panel)
    assert (classic.outside[0], classic.agreement[0]) == (3, True)
    assert judged(panel) == (Appropriateness.APPROPRIATE,)


def test_the_definition_of_the_percentile_can_decide():
    panel = table([1, 2, 3, 6, 7, 7, 8, 9, 9])

    linear = appropriateness.ipras(panel, quantile_method="linear")
    weibull = appropriateness.ipras(panel, quantile_method="weibull")

    assert (linear.ipr[0], linear.limit[0]) == pytest.approx((3.4, 3.7))
    assert (weibull.ipr[0], weibull.limit[0]) == pytest.approx((5.0, 3.1))
    assert (linear.present, weibull.present) == ((False,), (True,))
    assert appropriateness.classic_rule(panel).disagreement == (True,)


@given(PANELS)
def test_disagreement_is_decided_as_by_hand_in_fractions(ratings):
    found = appropriateness.ipras(table(ratings))

    ordered = sorted(ratings)
    p30, p70 = (_type_seven(ordered, share) for share in (Fraction(3, 10), Fraction(7, 10)))
    limit = Fraction(47, 20) + Fraction(3, 2) * abs(5 - (p30 + p70) / 2)
    assert found.present[0] == (p70 - p30 > limit)
    assert found.p30[0] == pytest.approx(float(p30))
    assert found.limit[0] == pytest.approx(float(limit))


def _type_seven(ordered, share):
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def test_a_range_equal_to_its_limit_is_not_disagreement():
    # About the midpoint the limit is 2.35 exactly: 6.175 - 3.825. One fortieth more is too much.
    fortieths = ScalePoints(1, 9, 0.025)
    panel = table([3.825] * 5 + [6.175] * 5, [3.8] * 5 + [6.2] * 5, points=fortieths)
    found = appropriateness.ipras(panel)

    assert found.ipr.tolist() == pytest.approx([2.35, 2.4])
    assert found.limit.tolist() == pytest.approx([2.35, 2.35])
    assert found.present == (False, True)


def test_a_split_against_a_minority_escapes_both_rules():
    panel = table([2] * 8 + [9] * 3)

    assert appropriateness.ipras(panel).index[0] == 0
    assert appropriateness.disagreement(panel, rule="either") == (False,)


def test_another_scale_has_no_ipras_unless_it_is_stretched():
    panel = table([1, 1, 1, 5, 5, 5], points=FIVE)

    with pytest.raises(ValueError, match="the scale is not 1 to 9 but 1 to 5"):
        appropriateness.ipras(panel)
    stretched = appropriateness.ipras(panel, map_to_nine=True)
    assert (stretched.p30[0], stretched.p70[0]) == (1, 9)
    assert stretched.present == (True,)
    assert stretched.mapped


def test_half_points_from_one_to_nine_need_no_stretching():
    found = appropriateness.ipras(table([7, 7.5, 8], points=ScalePoints(1, 9, 0.5)))

    assert not found.mapped
    assert found.p30[0] == pytest.approx(7.3)


def test_one_expert_cannot_disagree():
    found = appropriateness.ipras(table([5]))

    assert (found.p30[0], found.p70[0]) == (5, 5)
    assert np.isnan([found.ipr[0], found.limit[0], found.index[0]]).all()
    assert found.present == (None,)
    assert judged(table([8])) == (None,)
    classic = appropriateness.classic_rule(table([8]))
    assert (classic.agreement, classic.disagreement) == ((None,), (None,))


@pytest.mark.parametrize("rule", ["ipras", "classic", "either"])
def test_nobody_is_not_uncertain(rule):
    assert np.isnan(appropriateness.ipras(NOBODY).p30).all()
    assert judged(NOBODY, rule=rule) == (None,)


@pytest.mark.parametrize(("experts", "limits"), CLASSIC_LIMITS.items())
def test_the_classic_limits_are_the_printed_ones(experts, limits):
    classic = appropriateness.classic_rule(table([8] * experts))

    assert (classic.most_outside[0], classic.least_each[0]) == limits
    assert classic.from_table[0]


@pytest.mark.parametrize("experts", [2, 3, 7, 17, 18, 19, 30, 1001])
def test_other_panels_are_judged_by_thirds(experts):
    classic = appropriateness.classic_rule(table([8] * experts))

    assert not classic.from_table[0]
    assert classic.most_outside[0] < experts / 3 <= classic.most_outside[0] + 1
    assert classic.least_each[0] >= experts / 3 > classic.least_each[0] - 1


def test_ten_and_eleven_ratings_have_different_limits():
    # Three at either end: disagreement of ten, not of eleven.
    ten = table([1] * 3 + [9] * 3 + [5] * 4)
    eleven = table([1] * 3 + [9] * 3 + [5] * 5)

    assert appropriateness.classic_rule(ten).disagreement == (True,)
    assert appropriateness.classic_rule(eleven).disagreement == (False,)
    assert appropriateness.disagreement(ten, rule="classic") == (True,)


def test_either_rule_is_enough_for_either():
    ten = table([3] * 3 + [7] * 3 + [5] * 4)

    assert appropriateness.disagreement(ten, rule="ipras") == (False,)
    assert appropriateness.disagreement(ten, rule="either") == (True,)
    assert judged(ten, rule="either") == (Appropriateness.UNCERTAIN,)


def test_medians_between_regions_follow_the_setting():
    panel = table([6, 6, 7, 7], [3, 3, 4, 4])

    assert judged(panel, half_median="higher") == ("appropriate", "uncertain")
    assert judged(panel, half_median="lower") == ("uncertain", "inappropriate")
    assert judged(panel, half_median="uncertain") == ("uncertain", "uncertain")


def test_the_three_categories_follow_the_median():
    assert judged(table([8] * 9, [5] * 9, [2] * 9)) == (
        Appropriateness.APPROPRIATE,
        Appropriateness.UNCERTAIN,
        Appropriateness.INAPPROPRIATE,
    )


def test_disagreement_makes_any_median_uncertain():
    assert judged(table([1, 1, 1, 1, 8, 8, 9, 9, 9])) == (Appropriateness.UNCERTAIN,)


def test_a_scale_without_a_middle_has_two_regions():
    regions = Regions((1, 2), None, (3, 4))
    panel = table([2, 2, 3, 3], [4, 4, 4], points=ScalePoints(1, 4))
    calm = (False, False)

    assert regions.ascending == ((1, 2), (3, 4))
    between = appropriateness.categories(panel, calm, regions=regions, half_median="uncertain")
    assert between == (Appropriateness.UNCERTAIN, Appropriateness.APPROPRIATE)
    classic = appropriateness.classic_rule(panel, regions=regions, half_median="uncertain")
    assert classic.agreement == (False, True)
    assert classic.outside.tolist() == [4, 0]


@pytest.mark.parametrize(
    ("low", "middle", "high"),
    [((1, 3), (3, 6), (7, 9)), ((7, 9), (4, 6), (1, 3)), ((3, 1), None, (7, 9))],
)
def test_regions_that_overlap_or_descend_are_refused(low, middle, high):
    with pytest.raises(ValueError, match="overlap or do not ascend"):
        Regions(low, middle, high)


def test_unknown_settings_are_named():
    with pytest.raises(ValueError, match="disagreement is called 'delphi'"):
        appropriateness.disagreement(table([1, 2]), rule="delphi")
    with pytest.raises(ValueError, match="higher, lower or uncertain: 'up'"):
        appropriateness.classic_rule(table([1, 2]), half_median="up")


def test_strict_and_relaxed_rules_differ_where_ratings_straddle_regions():
    rules = appropriateness.span_rules(table([7, 8, 9], [6, 7, 8], [6, 7, 9], [1, 5, 9], [3, 5, 7]))

    assert rules.strict_agreement == (True, False, False, False, False)
    assert rules.relaxed_agreement == (True, True, False, False, False)
    assert rules.strict_disagreement == (False, False, False, True, False)
    assert rules.relaxed_disagreement == (False, False, False, True, True)


def test_one_outlier_at_either_end_may_be_left_out():
    panel = table([1, 7, 7, 8, 9])

    assert appropriateness.span_rules(panel).strict_agreement == (False,)
    relaxed = appropriateness.span_rules(panel, discard_extremes=True)
    assert relaxed.strict_agreement == (True,)
    assert relaxed.relaxed_disagreement == (False,)
    assert (relaxed.n[0], relaxed.extremes_discarded) == (3, True)


def test_leaving_out_extremes_leaves_nothing_of_a_pair():
    pairs = table([1, 9], [5], [5, 5, 5])
    left = appropriateness.without_extremes(pairs)

    assert left.n.tolist() == [0, 0, 1]
    rules = appropriateness.span_rules(pairs, discard_extremes=True)
    assert rules.strict_agreement == (None, None, None)
    assert appropriateness.without_extremes(NOBODY).n.tolist() == [0]


def test_a_window_holds_a_point():
    with pytest.raises(ValueError, match="at least one point, not 0"):
        appropriateness.span_rules(NOBODY, window=0)


@given(PANELS)
def test_turning_the_scale_round_exchanges_the_outer_categories(ratings):
    there = table(ratings)
    back = table([10 - rating for rating in ratings])
    turned = {
        Appropriateness.APPROPRIATE: Appropriateness.INAPPROPRIATE,
        Appropriateness.INAPPROPRIATE: Appropriateness.APPROPRIATE,
        Appropriateness.UNCERTAIN: Appropriateness.UNCERTAIN,
    }

    assert judged(back, half_median="lower")[0] == turned[judged(there, half_median="higher")[0]]
    ours, theirs = appropriateness.ipras(there), appropriateness.ipras(back)
    assert ours.index[0] == pytest.approx(theirs.index[0])
    assert (
        appropriateness.classic_rule(there, half_median="uncertain").outside[0]
        == (appropriateness.classic_rule(back, half_median="uncertain").outside[0])
    )


@given(PANELS)
def test_strict_agreement_implies_relaxed_and_excludes_disagreement(ratings):
    rules = appropriateness.span_rules(table(ratings))

    if rules.strict_agreement[0]:
        assert rules.relaxed_agreement[0]
        assert not rules.relaxed_disagreement[0]
    if rules.strict_disagreement[0]:
        assert rules.relaxed_disagreement[0]


def test_thirds_are_the_regions_of_the_method():
    assert THIRDS.ascending == ((1, 3), (4, 6), (7, 9))
