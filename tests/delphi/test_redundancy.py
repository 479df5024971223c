"""Clauses that can decide nothing at a panel's size."""

import doctest
from itertools import product

import numpy as np
import pytest

from surveys.delphi import redundancy
from surveys.delphi.conditions import YES, AllOf, points_of
from surveys.delphi.consensus import ConsensusRule, Verdict
from surveys.delphi.redundancy import Idle, every_panel, idle_clauses
from surveys.stats.counts import from_counts
from tests.delphi.rulebook import FIVE, FOUR, LOCALES, NINE, TYPED, typed

STUDY = ConsensusRule.share_with_limit(75, 15)


def test_at_most_15_percent_opposite_decides_nothing_at_some_sizes():
    # 6 of 7 high leave at most 1 low, which is 14 %; 6 of 8 leave 2, which is 25 %.
    sizes = [n for n in range(5, 41) if idle_clauses(STUDY, FIVE, n)]

    assert sizes == [7]


def test_the_warning_names_the_clause_and_the_size():
    first, second = idle_clauses(STUDY, FIVE, 7)

    assert (first.what, first.verdict, first.n) == (Idle.REDUNDANT, Verdict.IN, 7)
    assert second.verdict is Verdict.OUT
    assert first.sentence("en", FIVE) == (
        "With 7 usable ratings this clause decides nothing, because it follows from the rest of"
        " the rule: at most 15% of usable ratings are 1\u20132."
    )


@pytest.mark.parametrize("n", range(1, 8))
@pytest.mark.parametrize("text", TYPED)
def test_a_part_is_redundant_exactly_when_no_panel_tells_it_from_the_rest(text, n):
    rule = typed(text)
    if not isinstance(rule.in_when, AllOf) or n < rule.minimum:
        return
    table = from_counts(every_panel(n, FIVE), points=points_of(FIVE))
    parts = [part.holds_each(table, FIVE) == YES for part in rule.in_when.conditions]
    if not np.all(parts, axis=0).any():
        expected = [Idle.NEVER]
    else:
        expected = [
            Idle.REDUNDANT
            for place in range(len(parts))
            if not (np.all(parts[:place] + parts[place + 1 :], axis=0) & ~parts[place]).any()
        ]

    found = idle_clauses(rule, FIVE, n)

    direct = [
        idle.what
        for idle in found
        if idle.verdict is Verdict.IN
        and (idle.clause in rule.in_when.conditions or idle.clause == rule.in_when)
    ]
    assert direct == expected


def test_a_condition_nobody_can_meet_is_told():
    found = idle_clauses(typed("high>100%; out: never"), FIVE, 9)

    assert [idle.what for idle in found] == [Idle.NEVER]
    assert "can never be met" in found[0].sentence("en")


def test_a_part_of_an_or_that_another_part_contains_is_redundant():
    found = idle_clauses(typed("high>=50% or high>=70%; out: never"), FIVE, 10)

    assert [idle.clause for idle in found] == [typed("high>=70%").in_when]


def test_parts_inside_parts_are_looked_at():
    found = idle_clauses(typed("median>=3 or (high>=75% and low<=15%); out: never"), FIVE, 7)

    assert typed("low<=15%").in_when in [idle.clause for idle in found]


def test_groups_are_looked_at_by_their_own_size():
    rule = typed("every group(high>=75% and low<=15%)")

    found = idle_clauses(rule, FIVE, 30, groups={"a": 7, "b": 8})

    assert {idle.group for idle in found} == {"a"}
    assert "in \u201ca\u201d" in found[0].sentence("en", FIVE)
    assert idle_clauses(rule, FIVE, 30) == ()


def test_one_group_and_parts_beside_groups_are_looked_at():
    rule = typed('group "a"(high>=75% and low<=15%) and median>=4; out: never')

    assert len(idle_clauses(rule, FIVE, 30, groups={"a": 7})) == 1
    assert idle_clauses(rule, FIVE, 30, groups={"b": 7}) == ()
    assert idle_clauses(typed("equal groups(comet-70-15)"), FIVE, 30, groups={"a": 7}) == ()


def test_unable_to_judge_changes_what_can_matter():
    counting = STUDY.counting_unable()

    assert idle_clauses(counting, FIVE, 7, unable=0) != ()
    found = idle_clauses(counting, FIVE, 7, unable=3)
    assert Idle.NEVER in {idle.what for idle in found}


def test_a_size_at_which_nothing_is_judged_has_no_warnings():
    assert idle_clauses(STUDY, FIVE, 4) == ()


def test_too_many_panels_for_a_mean_are_left_alone():
    rule = typed("mean>=8 and high>=0%", NINE)

    assert any(idle.what is Idle.REDUNDANT for idle in idle_clauses(rule, NINE, 5))
    assert idle_clauses(rule, NINE, 60) == ()


def test_every_panel_of_a_size_is_listed_once():
    listed = {tuple(panel) for panel in every_panel(3, FOUR).tolist()}

    assert listed == {panel for panel in product(range(4), repeat=4) if sum(panel) == 3}


@pytest.mark.parametrize("locale", LOCALES)
def test_warnings_are_said_in_every_language(locale):
    found = idle_clauses(typed("every group(high>=75% and low<=15%)"), FIVE, 30, groups={"a": 7})
    never = idle_clauses(typed("high>100%"), FIVE, 9)

    assert all("{" not in idle.sentence(locale, FIVE) for idle in (*found, *never))


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(redundancy).failed == 0
