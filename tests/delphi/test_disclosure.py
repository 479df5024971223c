"""Whose figures may stand beside each other, and what an onlooker can subtract."""

import doctest
from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.delphi import disclosure
from surveys.delphi.disclosure import Between, Division, Earlier, divide

GROUPS = "abcd"


def unchanged(sizes):
    return {group: Between(n, n, 0, same=True) for group, n in sizes.items()}


def test_the_examples_in_the_text_run():
    assert doctest.testmod(disclosure).failed == 0


def test_groups_that_are_large_enough_stand_alone():
    assert divide({"a": 5, "b": 9}, 5) == Division(("a", "b"), ())


def test_small_groups_are_shown_together():
    assert divide({"a": 2, "b": 3, "c": 6}, 5) == Division(("c",), ("a", "b"))


def test_one_small_group_is_joined_by_the_next_smallest():
    assert divide({"a": 2, "b": 9, "c": 6}, 5) == Division(("b",), ("a", "c"))


def test_where_all_must_join_only_the_panel_is_shown():
    assert divide({"a": 2, "b": 6}, 5) == Division((), ("a", "b"))


def test_a_panel_that_is_too_small_is_not_shown():
    assert divide({"a": 2, "b": 2}, 5) is None
    assert divide({}, 5) is None


def test_a_group_nobody_answered_of_is_in_neither_part():
    assert divide({"a": 0, "b": 6, "c": 7}, 5) == Division(("b", "c"), ())


def test_a_group_that_may_not_stand_alone_does_not():
    assert divide({"a": 6, "b": 7}, 5, apart=()) == Division((), ("a", "b"))


def test_the_same_people_may_be_shown_again_however_few_changed_their_mind():
    sizes = {"a": 6, "b": 7}
    earlier = Earlier(
        (frozenset("a"), frozenset("b")),
        {"a": Between(6, 6, 1, same=True), "b": Between(7, 7, 0, same=True)},
    )

    assert divide(sizes, 5, earlier=[earlier]) == Division(("a", "b"), ())


def test_somebody_who_came_is_not_to_be_had_by_subtracting_the_round_before():
    earlier = Earlier(
        (frozenset("a"), frozenset("b")),
        {"a": Between(6, 7, 1, same=False), "b": Between(7, 7, 0, same=True)},
    )

    assert divide({"a": 7, "b": 7}, 5, earlier=[earlier]) is None


def test_somebody_who_came_is_hidden_by_those_who_moved():
    between = {"a": Between(6, 7, 5, same=False), "b": Between(7, 7, 0, same=True)}
    earlier = Earlier((frozenset("a"), frozenset("b")), between)

    assert divide({"a": 7, "b": 7}, 5, earlier=[earlier]) == Division(("a", "b"), ())


def test_a_group_with_a_newcomer_joins_those_who_hide_them():
    between = {
        "a": Between(6, 7, 2, same=False),
        "b": Between(7, 7, 4, same=True),
        "c": Between(8, 8, 6, same=True),
    }
    earlier = Earlier(tuple(map(frozenset, "abc")), between)

    found = divide({"a": 7, "b": 7, "c": 8}, 5, earlier=[earlier])

    assert found == Division(("c",), ("a", "b"))


def test_a_small_group_is_not_had_from_a_partner_who_stood_alone_before():
    # b was shown and nobody in it moved: the two together, less b, would be the four of a.
    between = {
        "a": Between(5, 4, 1, same=False),
        "b": Between(6, 6, 0, same=True),
        "c": Between(9, 9, 9, same=True),
    }
    earlier = Earlier(tuple(map(frozenset, "abc")), between)

    assert divide({"a": 4, "b": 6, "c": 9}, 5, earlier=[earlier]) == Division((), tuple("abc"))


def test_what_only_the_panel_showed_is_compared_with_the_panel():
    between = {"a": Between(6, 7, 1, same=False), "b": Between(7, 7, 4, same=True)}
    whole = Earlier((frozenset("ab"),), between)

    assert divide({"a": 7, "b": 7}, 5, earlier=[whole]) == Division(("a", "b"), ())
    assert divide({"a": 7, "b": 7}, 6, earlier=[whole]) is None


def test_more_cells_than_can_be_tried_are_put_together():
    names = [f"g{number}" for number in range(20)]
    sizes = dict.fromkeys(names, 6)
    cells = tuple(frozenset({name}) for name in names)
    same = Earlier(cells, unchanged(sizes))

    assert divide(sizes, 5, earlier=[same]) == Division(tuple(names), ())
    assert divide(sizes, 5, apart=(), earlier=[same]) is None


@pytest.mark.parametrize("numbers", [(-1, 2, 0), (2, -1, 0), (2, 2, -1), (2, 2, 5)])
def test_numbers_of_people_that_cannot_be_are_refused(numbers):
    with pytest.raises(ValueError, match="cannot be"):
        Between(*numbers, same=False)


def test_the_same_people_are_equally_many():
    with pytest.raises(ValueError, match="cannot be"):
        Between(6, 7, 1, same=True)


# An onlooker who keeps every page: people are numbers, each of one group for good; a round is who
# answered what.
PANEL = st.dictionaries(st.integers(0, 40), st.sampled_from(GROUPS), min_size=6, max_size=24)


@st.composite
def rounds(draw):
    """Two to four rounds of one item, most answers the same, a few people coming and going."""
    panel = draw(PANEL)
    people = sorted(panel)
    answers = {who: draw(st.integers(1, 3)) for who in people if draw(st.integers(0, 5))}
    played = [answers]
    for _ in range(draw(st.integers(1, 3))):
        answers = dict(answers)
        for who in draw(st.lists(st.sampled_from(people), max_size=9, unique=True)):
            if who in answers and draw(st.booleans()):
                del answers[who]
            else:
                answers[who] = draw(st.integers(1, 3))
        played.append(answers)
    return panel, played


def between(panel, then, now):
    """What a service counts: per group, the people of the two rounds."""
    found = {}
    for group in GROUPS:
        before = {who: said for who, said in then.items() if panel[who] == group}
        after = {who: said for who, said in now.items() if panel[who] == group}
        differing = [who for who in before.keys() | after if before.get(who) != after.get(who)]
        same = before.keys() == after.keys()
        found[group] = Between(len(before), len(after), len(differing), same)
    return found


def sums(cells):
    """Every set of groups whose figures an onlooker can add up."""
    chosen = chain.from_iterable(combinations(cells, k) for k in range(len(cells) + 1))
    return [frozenset().union(*some) for some in chosen]


def of_groups(panel, answers, groups):
    return {who: said for who, said in answers.items() if panel[who] in groups}


@settings(max_examples=300)
@given(rounds(), st.integers(2, 6), st.booleans())
def test_nothing_an_onlooker_adds_and_subtracts_is_about_a_few(played, smallest, panel_only):
    panel, answered = played
    shown = []
    for answers in answered:
        sizes = {group: sum(panel[who] == group for who in answers) for group in GROUPS}
        earlier = [Earlier(cells, between(panel, then, answers)) for then, cells in shown]
        found = divide(sizes, smallest, apart=() if panel_only else None, earlier=earlier)
        if found is not None:
            shown.append((answers, found.cells))

    for answers, cells in shown:
        for groups in sums(cells):
            few = len(of_groups(panel, answers, groups))
            assert few == 0 or few >= smallest
    for (then, cells), (now, later) in combinations(shown, 2):
        for groups in sums(cells):
            before = of_groups(panel, then, groups)
            for others in sums(later):
                after = of_groups(panel, now, others)
                left = {who for who in before.keys() | after if before.get(who) != after.get(who)}
                assert before.keys() == after.keys() or len(left) >= smallest


@given(rounds(), st.integers(2, 6))
def test_no_group_is_lost_and_none_is_shown_twice(played, smallest):
    panel, (answers, *_) = played
    sizes = {group: sum(panel[who] == group for who in answers) for group in GROUPS}

    found = divide(sizes, smallest)

    if found is None:
        assert sum(sizes.values()) < smallest
        return
    assert sorted(found.alone + found.together) == sorted(g for g, n in sizes.items() if n)
    assert all(sizes[group] >= smallest for group in found.alone)
