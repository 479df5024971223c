"""Single questions, their composition, and stakeholder groups."""

import doctest
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi import conditions
from surveys.delphi.conditions import (
    NO,
    UNKNOWN,
    YES,
    AllOf,
    AnyGroup,
    Denominator,
    EqualGroups,
    EveryGroup,
    InGroup,
    OneBand,
    OneOf,
    Share,
    Undefined,
    table_of,
)
from surveys.delphi.rand import WithoutExtremes
from surveys.delphi.summary import ItemCounts, as_groups
from surveys.stats.counts import from_counts
from surveys.stats.ratings import ScalePoints
from tests.delphi.rulebook import FIVE, NINE, TYPED, TYPED_BY_GROUP, panels, typed

MOSTLY_HIGH = ItemCounts.of([5, 5, 4, 4, 4, 4, 4, 3, 2, 1], FIVE, unable=4)
HIGH = Share.of("high", ">=", 70)
LOW = Share.of("low", "<", 15)
NOBODY = ItemCounts((0,) * 5, unable=2)


@pytest.mark.parametrize("text", [*TYPED, *TYPED_BY_GROUP])
@given(
    items=st.lists(st.tuples(panels(FIVE, most=9), panels(FIVE, most=9)), min_size=1, max_size=4)
)
def test_a_table_is_judged_as_its_items_one_by_one(text, items):
    rule = typed(text)
    groups = [{"a": first, "b": second} for first, second in items]
    whole = [first + second for first, second in items]

    together = rule.judge_each(
        table_of(whole, FIVE),
        FIVE,
        {name: table_of([group[name] for group in groups], FIVE) for name in ("a", "b")},
    )

    one_by_one = [
        rule.judge(counts, FIVE, group) for counts, group in zip(whole, groups, strict=True)
    ]
    assert together == tuple(judged.verdict for judged in one_by_one)


def test_a_share_says_its_exact_numbers_and_what_it_needed():
    found = HIGH.check(MOSTLY_HIGH, FIVE)

    assert (found.holds, found.count, found.total, found.needed) == (True, 7, 10, 7)
    assert found.share == Fraction(7, 10)


def test_a_share_says_how_many_ratings_it_was_off():
    assert HIGH.check(MOSTLY_HIGH, FIVE).off_by == 0
    assert Share.of("high", ">=", 90).check(MOSTLY_HIGH, FIVE).off_by == 2
    assert Share.of("low", "<", 15).check(MOSTLY_HIGH, FIVE).off_by == 1
    assert HIGH.check(NOBODY, FIVE).off_by is None


def test_unable_to_judge_may_count_in_the_denominator():
    counting = Share.of("high", ">=", 70, Denominator.WITH_UNABLE)

    found = counting.check(MOSTLY_HIGH, FIVE)

    assert (found.holds, found.count, found.total, found.needed) == (False, 7, 14, 10)
    assert counting.check(NOBODY, FIVE).holds is False
    assert HIGH.check(NOBODY, FIVE).undefined is Undefined.NOBODY_RATED


@pytest.mark.parametrize(
    ("comparison", "holds"), [(">=", True), (">", False), ("<=", True), ("<", False)]
)
def test_the_boundary_counts_exactly_when_the_comparison_says_so(comparison, holds):
    assert Share.of("high", comparison, 70).check(MOSTLY_HIGH, FIVE).holds is holds


def test_the_fullest_band_may_be_any():
    middle = ItemCounts.of([3, 3, 3, 4], FIVE)

    assert OneBand(">=", "75").check(middle, FIVE).holds
    assert not OneBand(">", "75").check(middle, FIVE).holds


def test_one_that_fails_decides_an_and_even_beside_an_unknown():
    unanswered = EveryGroup(HIGH)

    assert AllOf((Share.of("low", ">", 50), unanswered)).check(MOSTLY_HIGH, FIVE).holds is False
    assert AllOf((HIGH, unanswered)).check(MOSTLY_HIGH, FIVE).holds is None
    assert OneOf((HIGH, unanswered)).check(MOSTLY_HIGH, FIVE).holds is True
    undecided = OneOf((LOW, unanswered)).check(MOSTLY_HIGH, FIVE)
    assert undecided.holds is None
    assert undecided.undefined is Undefined.NO_GROUPS


GROUPS = as_groups({"patients": [5, 5, 5, 1], "nurses": [4] * 8 + [3, 3]}, FIVE)
PANEL = GROUPS["patients"] + GROUPS["nurses"]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (EveryGroup(HIGH), True),
        (EveryGroup(AllOf((HIGH, LOW))), False),
        (AnyGroup(AllOf((HIGH, LOW))), True),
        (AnyGroup(Share.of("middle", ">", 20)), False),
        (EveryGroup(HIGH, minimum=5), None),
        (AnyGroup(HIGH, minimum=5), True),
        (InGroup(HIGH, group="nurses"), True),
        (InGroup(LOW, group="patients"), False),
        (InGroup(HIGH, minimum=5, group="patients"), None),
        (InGroup(HIGH, group="doctors"), None),
        (EqualGroups(HIGH), True),
        (EqualGroups(Share.of("high", ">", "77.5")), False),
        (EqualGroups(Share.of("high", ">=", "77.5")), True),
        (EqualGroups(AllOf((HIGH, LOW))), True),
        (EqualGroups(HIGH, minimum=5), None),
    ],
)
def test_groups_are_asked_each_any_one_or_with_equal_weight(condition, holds):
    found = condition.check(PANEL, FIVE, GROUPS)

    assert found.holds is holds
    assert (found.undefined is None) == (holds is not None)


def test_equal_weights_are_the_average_of_the_groups_shares_and_not_the_panels():
    found = EqualGroups(HIGH).check(PANEL, FIVE, GROUPS).parts[0]

    assert found.value == (Fraction(3, 4) + Fraction(8, 10)) / 2
    assert found.value != Fraction(11, 14)
    assert "77.5%" in found.sentence("en", FIVE)


@pytest.mark.parametrize(
    "condition", [EveryGroup(HIGH), AnyGroup(HIGH), EqualGroups(HIGH), InGroup(HIGH, group="a")]
)
def test_without_groups_a_rule_by_group_has_no_answer(condition):
    table = table_of([PANEL], FIVE)

    assert condition.check(PANEL, FIVE).holds is None
    assert condition.check(PANEL, FIVE, {}).holds is None
    assert condition.holds_each(table, FIVE).tolist() == [UNKNOWN]
    assert condition.asks_groups


def test_groups_in_a_table_are_yes_no_or_unknown():
    tables = {name: table_of([counts, NOBODY], FIVE) for name, counts in GROUPS.items()}
    panel = table_of([PANEL, NOBODY], FIVE)

    assert EveryGroup(HIGH).holds_each(panel, FIVE, tables).tolist() == [YES, UNKNOWN]
    assert EveryGroup(LOW).holds_each(panel, FIVE, tables).tolist() == [NO, UNKNOWN]


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: AllOf(()), "needs at least one condition"),
        (lambda: OneOf(("high",)), "'high' is not a condition"),
        (lambda: EveryGroup("high"), "'high' is not a condition"),
        (lambda: EveryGroup(EveryGroup(HIGH)), "by group again"),
        (lambda: EveryGroup(HIGH, minimum=0), "at least one rating, not 0"),
        (lambda: InGroup(HIGH), "names it, not ''"),
        (lambda: EqualGroups(OneBand(">=", "75")), "only shares .* not 'one band'"),
        (lambda: EqualGroups(AllOf((HIGH, OneBand(">=", "75")))), "only shares"),
        (lambda: EqualGroups(WithoutExtremes(HIGH)), "not 'without extremes'"),
        (lambda: Share.of("high", ">=", "170"), "between 0 and 100, not 170"),
        (lambda: Share.of("high", "=>", "70"), "'=>'"),
        (lambda: Share.of("high", ">=", 70, "everybody"), "'everybody'"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_when_it_is_made(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()


def test_counts_on_another_scale_are_refused():
    with pytest.raises(ValueError, match="5 counts do not fit a scale of 9 points"):
        HIGH.check(PANEL, NINE)
    with pytest.raises(ValueError, match="5 counts do not fit"):
        table_of([PANEL], NINE)


def test_a_table_on_another_scale_or_with_other_items_is_refused():
    table = table_of([PANEL, PANEL], FIVE)

    with pytest.raises(ValueError, match="the panel was counted on 1 to 5, .* judges on 1 to 9"):
        conditions.check_table(table, NINE)
    with pytest.raises(ValueError, match="a has 1 items, the panel 2"):
        conditions.check_table(table, FIVE, {"a": table_of([PANEL], FIVE)})


def test_a_table_from_a_database_is_judged_as_it_is():
    table = from_counts([[0, 0, 2, 5, 3]], points=ScalePoints(1, 5))

    assert HIGH.holds_each(table, FIVE).tolist() == [YES]


def test_a_band_without_points_holds_nobody():
    from tests.delphi.rulebook import FOUR

    none = Share.of("middle", "<=", 0)
    counts = ItemCounts.of([1, 2, 3, 4], FOUR)

    assert none.check(counts, FOUR).holds
    assert none.holds_each(table_of([counts], FOUR), FOUR).tolist() == [YES]


def test_a_finding_tells_its_facts_by_group():
    found = EveryGroup(AllOf((HIGH, LOW))).check(PANEL, FIVE, GROUPS)

    assert found.sentence("en", FIVE) == (
        "patients: 3 of 4 (75%) at 4\u20135, 1 of 4 (25%) at 1\u20132;"
        " nurses: 8 of 10 (80%) at 4\u20135, 0 of 10 (0%) at 1\u20132"
    )
    assert [leaf.group for leaf in found.leaves] == [None] * 4
    assert found.to_json()["parts"][0]["group"] == "patients"
    assert found.condition.fact(found, "en", FIVE) == found.sentence("en", FIVE)


def test_a_finding_without_an_answer_says_why():
    found = HIGH.check(NOBODY, FIVE)

    assert found.sentence("en", FIVE) == "nobody rated it"
    assert found.share is None
    assert found.to_json()["undefined"] == "nobody rated"


def test_a_composition_knows_its_single_questions():
    whole = AllOf((HIGH, EveryGroup(OneOf((LOW, HIGH)))))

    assert list(whole.leaves()) == [HIGH, LOW, HIGH]
    assert whole.asks_groups
    assert not AllOf((HIGH, LOW)).asks_groups
    assert HIGH.with_quantiles("weibull") is HIGH
    assert HIGH.quantiles is None


def test_brackets_keep_and_inside_or_readable():
    said = OneOf((HIGH, AllOf((LOW, HIGH)))).phrase("en", FIVE)

    assert said == (
        "at least 70% of usable ratings are 4\u20135 or (under 15% of usable ratings are"
        " 1\u20132 and at least 70% are 4\u20135)"
    )


def test_all_and_none_are_said_as_such():
    assert Share.of("high", ">=", 100).amount("en") == "100%"
    assert Share.of("low", "<=", 0).amount("en") == "0%"
    assert Share.of("high", ">", 0).amount("en") == "more than 0%"


def test_answers_are_small_numbers():
    assert conditions.answers(
        np.array([True, False, True]), np.array([True, True, False])
    ).tolist() == [
        YES,
        NO,
        UNKNOWN,
    ]


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(conditions).failed == 0
