"""Others' reasons in balance: sides, order, and what stands open."""

import doctest
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi import voices
from surveys.delphi.voices import (
    Approval,
    CommentRule,
    Decision,
    Place,
    Side,
    Standing,
    Voice,
    in_order,
    opened,
    side_of,
    written_in,
)
from tests.delphi.rulebook import FOUR, LOCALES, NINE

FREE = CommentRule(words=None)


def of(words, name="word"):
    """A text of so many words that is no other's."""
    return " ".join([name, *["more"] * (words - 1)])


def said(side, *lengths, place=None):
    return [Voice(of(words, f"{side.value}{n}"), side, 1, place) for n, words in enumerate(lengths)]


@st.composite
def panels(draw):
    return [
        Voice(
            of(draw(st.integers(1, 60)), f"text{number}"),
            draw(st.sampled_from(list(Side))),
            draw(st.integers(1, 4)),
            draw(st.sampled_from([None, None, None, *Place])),
        )
        for number in range(draw(st.integers(0, 12)))
    ]


def test_the_examples_run():
    assert doctest.testmod(voices).failed == 0


@pytest.mark.parametrize(
    ("value", "side"), [(9, Side.FOR), (7, Side.FOR), (6, Side.OTHER), (3, Side.AGAINST)]
)
def test_a_comment_speaks_for_the_band_of_its_rating(value, side):
    assert side_of(value, NINE) is side


def test_a_scale_without_a_middle_leaves_nobody_between():
    assert {side_of(point, FOUR) for point in FOUR} == {Side.FOR, Side.AGAINST}


def test_without_a_rating_or_a_scale_a_comment_takes_no_side():
    assert side_of(None, NINE) is Side.OTHER
    assert side_of(9, None) is Side.OTHER


@given(panels(), st.randoms())
def test_the_order_does_not_tell_who_came_first(heard, draw):
    shuffled = draw.sample(heard, len(heard))
    assert [heard[i] for i in in_order(heard)] == [shuffled[i] for i in in_order(shuffled)]
    rule = CommentRule(words=80)
    one = {heard[i].text for i in opened(heard, rule)}
    assert one == {shuffled[i].text for i in opened(shuffled, rule)}


def test_within_a_side_what_was_put_first_and_what_more_said_comes_first():
    alone, said_by_three = Voice("alone", Side.FOR), Voice("three", Side.FOR, experts=3)
    pinned = Voice("pinned", Side.FOR, place=Place.FIRST)
    heard = [alone, said_by_three, Voice("not", Side.AGAINST), pinned]
    assert [heard[i].text for i in in_order(heard)] == ["pinned", "three", "alone", "not"]


def test_the_order_is_not_that_of_the_alphabet():
    letters = [Voice(letter, Side.FOR) for letter in "abcdefghij"]
    assert [letters[i].text for i in in_order(letters)] != list("abcdefghij")


def test_eleven_for_do_not_crowd_out_the_one_against():
    heard = said(Side.FOR, *[20] * 11) + said(Side.AGAINST, 60)
    found = [heard[i] for i in opened(heard, CommentRule(words=150))]
    assert sum(voice.side is Side.AGAINST for voice in found) == 1
    # What the smaller side leaves of the budget goes to the larger one: 4 x 20 + 60 = 140.
    assert sum(voice.side is Side.FOR for voice in found) == 4


def test_sides_take_turns_while_both_have_something_to_say():
    heard = said(Side.FOR, *[10] * 9) + said(Side.AGAINST, *[10] * 7)
    found = [heard[i].side for i in opened(heard, CommentRule(words=100))]
    assert found.count(Side.FOR) == found.count(Side.AGAINST) == 5


def test_a_long_comment_leaves_its_side_a_shorter_one():
    heard = [*said(Side.FOR, 10, 10), *said(Side.AGAINST, 400, 30)]
    found = {
        heard[i].words for i in opened(heard, CommentRule(words=100)) if heard[i].side == "against"
    }
    assert found == {30}


def test_a_side_whose_comments_are_all_too_long_opens_its_shortest():
    heard = said(Side.AGAINST, 400, 300) + said(Side.FOR, 10)
    found = sorted(heard[i].words for i in opened(heard, CommentRule(words=100)))
    assert found == [10, 300]


def test_what_a_moderator_put_first_is_open_and_what_was_folded_is_not():
    first = said(Side.FOR, 200, place=Place.FIRST)
    folded = [
        replace(voice, text="x " + voice.text) for voice in said(Side.FOR, 5, place=Place.FOLDED)
    ]
    heard = first + folded + said(Side.AGAINST, 5)
    assert [heard[i].place for i in sorted(opened(heard, CommentRule(words=100)))] == [
        Place.FIRST,
        None,
    ]


def test_nobody_can_fold_a_whole_side_away():
    heard = said(Side.FOR, 5, 5) + said(Side.AGAINST, 9, 4, place=Place.FOLDED)
    found = [heard[i].words for i in opened(heard, FREE) if heard[i].side is Side.AGAINST]
    assert 4 in found or 9 in found


def test_without_a_budget_everything_stands_open():
    heard = said(Side.FOR, *[90] * 9) + said(Side.OTHER, *[90] * 3)
    assert len(opened(heard, FREE)) == 12


def test_a_budget_in_comments_counts_comments():
    heard = said(Side.FOR, *[50] * 9) + said(Side.AGAINST, *[50] * 9)
    found = [heard[i].side for i in opened(heard, CommentRule(words=None, comments=6))]
    assert found.count(Side.FOR) == found.count(Side.AGAINST) == 3


@given(panels(), st.integers(1, 200))
def test_every_side_with_something_to_say_is_heard(heard, words):
    found = opened(heard, CommentRule(words=words))
    assert {heard[i].side for i in found} == {voice.side for voice in heard}


@given(panels(), st.integers(1, 200))
def test_the_budget_is_overrun_by_no_more_than_each_sides_first_and_the_pinned(heard, words):
    """Beyond what must be heard, nothing is opened that does not fit."""
    found = opened(heard, CommentRule(words=words))
    pinned = [i for i in found if heard[i].place is Place.FIRST]
    if not pinned and sum(heard[i].words for i in found) > words:
        assert len(found) == len({heard[i].side for i in found})


FREELY = {"flagged": False, "approval": Approval.FLAGGED}
HELD = {"flagged": True, "approval": Approval.FLAGGED}


@pytest.mark.parametrize(
    ("decision", "how", "standing"),
    [
        (Decision(), FREELY, Standing.PASSED),
        (Decision(), HELD, Standing.WAITING),
        (Decision(), {"flagged": False, "approval": Approval.ALL}, Standing.WAITING),
        (Decision(approved=True), HELD, Standing.APPROVED),
        (Decision(approved=True, wording="…"), HELD, Standing.REDACTED),
        (Decision(kept_back=True), FREELY, Standing.KEPT_BACK),
        (Decision(merged=True), HELD, Standing.MERGED),
        (Decision(kept_back=True, merged=True), FREELY, Standing.KEPT_BACK),
    ],
)
def test_a_comment_stands_as_it_was_decided_or_by_the_rule(decision, how, standing):
    assert decision.standing(**how) is standing


def test_only_what_passed_or_was_let_through_may_be_read():
    assert {s for s in Standing if s.released} == {
        Standing.PASSED,
        Standing.APPROVED,
        Standing.REDACTED,
    }


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, "many"])
@pytest.mark.parametrize("name", ["words", "comments"])
def test_a_budget_is_a_whole_number_from_one(name, limit):
    with pytest.raises(ValueError, match=f"reading budget in {name}"):
        CommentRule(**{name: limit})


def test_an_approval_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="nobody"):
        CommentRule(approval="nobody")


@pytest.mark.parametrize("locale", LOCALES)
def test_the_rule_says_its_budget_and_who_looks(locale):
    rules = [
        CommentRule(),
        CommentRule(words=80, comments=6),
        CommentRule(words=None),
        CommentRule(approval=Approval.ALL),
    ]
    sentences = [rule.sentence(locale) for rule in rules]
    assert len(set(sentences)) == 4
    assert "80" in sentences[1]
    assert "6" in sentences[1]
    assert not any("{" in sentence for sentence in sentences)


def test_a_rule_is_read_back_as_it_was_stored():
    rule = CommentRule(Approval.ALL, None, 4)
    assert CommentRule.from_json(rule.to_json()) == rule


def test_a_translation_that_equals_its_text_says_what_language_it_is_in():
    assert written_in("Op maandag niet.", "en", {"fr": "Pas le lundi."}) == "en"
    assert written_in("Op maandag niet.", "en", {"nl": "Op maandag niet."}) == "nl"
