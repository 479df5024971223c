"""Random order within sections: drawn again the same, and never across what it must respect."""

import json
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi.ordering import ItemOrder, Placed
from tests.delphi.rulebook import LOCALES


@st.composite
def rounds(draw):
    """Items of some sections; a few inform, a few may only follow an earlier one."""
    items = []
    for number in range(draw(st.integers(1, 14))):
        earlier = [item.code for item in items if not item.stays]
        items.append(
            Placed(
                f"S{number}",
                draw(st.sampled_from(["care", "data", None])),
                stays=draw(st.booleans()) and draw(st.booleans()),
                after=frozenset(
                    draw(st.lists(st.sampled_from(earlier), max_size=2)) if earlier else ()
                ),
            )
        )
    return items


def sections(items):
    return [(theme, list(run)) for theme, run in groupby(items, lambda item: item.theme)]


def arranged(items, expert="e", **order):
    by_code = {item.code: item for item in items}
    return [by_code[code] for code in ItemOrder(**order).arrange(expert, items)]


@given(rounds(), st.integers(), st.text(max_size=5))
def test_every_item_is_shown_once_and_in_its_own_section(items, seed, expert):
    shown = sections(arranged(items, expert, seed=seed))
    listed = sections(items)
    assert [theme for theme, _ in shown] == [theme for theme, _ in listed]
    for (_, there), (_, here) in zip(listed, shown, strict=True):
        assert {item.code for item in there} == {item.code for item in here}
        assert len(there) == len(here)


@given(rounds(), st.integers())
def test_what_informs_keeps_its_place_and_what_stood_before_it(items, seed):
    for (_, there), (_, here) in zip(
        sections(items), sections(arranged(items, seed=seed)), strict=True
    ):
        for place, item in enumerate(there):
            if item.stays:
                assert here[place] == item
                assert {i.code for i in here[:place]} == {i.code for i in there[:place]}


@given(rounds(), st.integers())
def test_an_item_comes_after_what_it_may_only_follow(items, seed):
    codes = [item.code for item in arranged(items, seed=seed)]
    listed = {item.code: place for place, item in enumerate(items)}
    for item in items:
        for other in item.after:
            assert listed[other] < listed[item.code]
            assert codes.index(other) < codes.index(item.code)


@given(rounds(), st.integers(), st.text(max_size=5))
def test_the_same_seed_and_expert_give_the_same_order(items, seed, expert):
    order = ItemOrder(seed=seed)
    again = ItemOrder.from_json(json.loads(json.dumps(order.to_json())))
    assert again == order
    assert again.arrange(expert, items) == order.arrange(expert, items)


TEN = [Placed(f"S{number:02d}", "care") for number in range(10)]


def test_experts_and_seeds_have_orders_of_their_own():
    orders = {ItemOrder(seed=seed).arrange(e, TEN) for seed in (1, 2) for e in "abcdefgh"}
    assert len(orders) == 16


def test_over_many_experts_every_item_comes_first_about_equally_often():
    """Four standard deviations around 200 of 2,000; the draw is seeded, so this never wavers."""
    first = [ItemOrder().arrange(str(expert), TEN)[0] for expert in range(2_000)]
    assert {first.count(item.code) for item in TEN} <= set(range(147, 254))


def test_a_section_that_is_not_named_stands_as_listed():
    items = [*TEN, *(Placed(f"D{number}", "data") for number in range(10))]
    codes = ItemOrder(("data",), 3).arrange("e", items)
    assert list(codes[:10]) == [item.code for item in TEN]
    assert list(codes[10:]) != [f"D{number}" for number in range(10)]


def test_an_item_added_to_one_section_moves_nothing_in_another():
    data = [Placed(f"D{number}", "data") for number in range(10)]
    before = ItemOrder().arrange("e", [*TEN, *data])
    after = ItemOrder().arrange("e", [*TEN, Placed("S99", "care"), *data])
    assert before[-10:] == after[-10:]


@pytest.mark.parametrize("given", [{"seed": True}, {"seed": "1"}, {"sections": ()}])
def test_an_order_that_makes_no_sense_is_refused(given):
    with pytest.raises(ValueError, match=r"seed|sections"):
        ItemOrder(**given)


@pytest.mark.parametrize("locale", LOCALES)
def test_an_order_says_where_it_holds_and_with_which_seed(locale):
    said = ItemOrder(("care", "data"), 7).sentence(locale, {"care": "Zorg"})
    assert "Zorg" in said
    assert "data" in said
    assert "7" in said
    assert "7" in ItemOrder(seed=7).sentence(locale)
