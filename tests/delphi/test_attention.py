"""What a researcher should look at: each sign at its edge, with the number that gave it."""

from fractions import Fraction

import pytest

from surveys.delphi.attention import Noticed, Sign, noticed
from surveys.delphi.scale import Scale
from surveys.delphi.summary import ItemCounts, PairCounts

SCALE = Scale.of(1, 5)


def signs(counts, pairs=None, **more):
    return [one.sign for one in noticed(counts, SCALE, pairs, **more)]


def pairs(stayed, moved):
    return PairCounts.of([(4, 4)] * stayed + [(4, 5)] * moved, SCALE)


def test_what_is_rated_by_all_and_agreed_on_is_not_noticed():
    assert signs(ItemCounts((0, 0, 1, 5, 6)), pairs(10, 2)) == []


@pytest.mark.parametrize(
    ("counts", "found"),
    [((4, 0, 4, 0, 4), [Sign.POLARISED]), ((3, 0, 5, 0, 4), []), ((2, 0, 0, 0, 2), [Sign.LOW_N])],
    ids=["a third on each side", "less on one side", "too few to tell"],
)
def test_a_panel_is_polarised_from_a_third_on_each_side_on(counts, found):
    assert signs(ItemCounts(counts)) == found


def test_the_studys_own_share_for_camps_counts():
    assert signs(ItemCounts((3, 0, 5, 0, 4)), camps=Fraction(25)) == [Sign.POLARISED]


@pytest.mark.parametrize(
    ("stayed", "moved", "found"), [(5, 6, [Sign.UNSTABLE]), (6, 6, []), (0, 4, [])]
)
def test_ratings_are_unstable_when_more_than_half_of_five_pairs_or_more_moved(stayed, moved, found):
    assert signs(ItemCounts((0, 0, 0, 6, 6)), pairs(stayed, moved)) == found


@pytest.mark.parametrize(
    ("n", "skipped", "found"),
    [(4, 0, [Sign.LOW_N]), (5, 0, []), (8, 4, []), (7, 4, [Sign.LOW_N])],
)
def test_ratings_are_few_under_five_and_under_two_thirds_of_who_was_asked(n, skipped, found):
    assert signs(ItemCounts((0, 0, 0, 0, n), skipped=skipped)) == found


@pytest.mark.parametrize(("unable", "found"), [(2, [Sign.UNABLE]), (1, [])])
def test_many_are_unable_from_one_in_five_on(unable, found):
    assert signs(ItemCounts((0, 0, 0, 0, 8), unable=unable)) == found


def test_nobody_asked_is_nothing_to_look_at():
    assert signs(ItemCounts((0, 0, 0, 0, 0), not_shown=9)) == []


@pytest.mark.parametrize("locale", ["en", "nl", "fr", "de"])
def test_every_sign_says_the_number_that_gave_it(locale):
    everything = ItemCounts((3, 0, 0, 0, 3), unable=2, skipped=4)
    found = noticed(everything, SCALE, pairs(2, 4))
    assert {one.sign for one in found} == set(Sign)
    for one in found:
        assert one.sign.name_in(locale)
        for number in {one.count, one.total}:
            assert str(number) in one.sentence(locale)


def test_a_sentence_has_the_threshold_it_was_compared_with():
    said = Noticed(Sign.UNSTABLE, 7, 12, Fraction(50)).sentence("en")
    assert said == (
        "Unstable: 7 of 12 (58.3%) who rated it in both rounds changed their rating, more than 50%."
    )
