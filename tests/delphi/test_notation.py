"""Rules as typed on the command line, and what is said of those that cannot be read."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi import notation
from surveys.delphi.centre import Iqr, MeanCut, MedianCut, MedianIn, NearMedian, Span
from surveys.delphi.conditions import (
    AllOf,
    AnyGroup,
    EqualGroups,
    EveryGroup,
    InGroup,
    OneBand,
    OneOf,
    Share,
)
from surveys.delphi.consensus import ConsensusRule
from surveys.delphi.notation import UnreadableRule, parse, parse_stability
from surveys.delphi.rand import ClassicAgreement, NoDisagreement, SplitRule, WithoutExtremes
from surveys.delphi.scale import Band
from surveys.delphi.stability import IqrChange, Kappa, Kept, NetChange, ShareKept, StabilityRule
from surveys.delphi.validity import ContentValidity
from tests.delphi.rulebook import FIVE, FOUR, NINE, TYPED, TYPED_BY_GROUP

HIGH70 = Share.of("high", ">=", 70)
LOW15 = Share.of("low", "<", 15)
COMET = ConsensusRule.mirrored(AllOf((HIGH70, LOW15)))


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("high>=70%", HIGH70),
        ("HIGH >= 70 %", HIGH70),
        ("in: high≥70%", HIGH70),
        ("high>=66.7%", Share.of("high", ">=", "66.7")),
        ("high>=2/3", Share.of("high", ">=", "200/3")),
        ("low≤15%", Share.of("low", "<=", 15)),
        ("7-9>75%", Share.of((7, 9), ">", 75)),
        ("7–9>75%", Share.of((7, 9), ">", 75)),
        ("7..9 > 75%", Share.of((7, 9), ">", 75)),
        ("9<5%", Share.of((9, 9), "<", 5)),
        ("high>=70% and low<15%", AllOf((HIGH70, LOW15))),
        ("high>=70% or low<15%", OneOf((HIGH70, LOW15))),
        (
            "high>=70% or low<15% and mean>5",
            OneOf((HIGH70, AllOf((LOW15, MeanCut.of(">", 5))))),
        ),
        (
            "(high>=70% or low<15%) and mean>5",
            AllOf((OneOf((HIGH70, LOW15)), MeanCut.of(">", 5))),
        ),
        ("median>=6.5", MedianCut.of(">=", "6.5")),
        ("median in high", MedianIn(Band.HIGH)),
        ("iqr<=1 and median in high", AllOf((Iqr.of("<=", 1), MedianIn(Band.HIGH)))),
        ("every group(high>=70%)", EveryGroup(HIGH70)),
        ("every-group(high>=70%)", EveryGroup(HIGH70)),
        ("any group (high>=70% and low<15%)", AnyGroup(AllOf((HIGH70, LOW15)))),
        ("equal groups(comet-70-15)", EqualGroups(AllOf((HIGH70, LOW15)))),
        ("group nurses(high>=70%)", InGroup(HIGH70, group="nurses")),
        ("group 'the nurses'(high>=70%)", InGroup(HIGH70, group="the nurses")),
        ("trimmed(median>=7)", WithoutExtremes(MedianCut.of(">=", 7))),
        ("comet-70-15 and mean>5", AllOf((AllOf((HIGH70, LOW15)), MeanCut.of(">", 5)))),
    ],
)
def test_what_is_typed_is_when_an_item_is_in_and_the_mirror_when_it_is_out(text, condition):
    assert parse(text, NINE) == ConsensusRule.mirrored(condition, scale=NINE)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("iqr<=1", Iqr.of("<=", 1)),
        ("range<3", Span.of("<", 3)),
        ("any>=75%", OneBand(">=", "75")),
        ("within 1>=80%", NearMedian.of(1, ">=", 80)),
        ("within1>=80%", NearMedian.of(1, ">=", 80)),
        ("agreement", ClassicAgreement()),
        ("no disagreement", NoDisagreement()),
        ("no disagreement (ipras)", NoDisagreement()),
        ("no disagreement (classic)", NoDisagreement(SplitRule.CLASSIC)),
    ],
)
def test_how_close_ratings_are_has_no_direction_until_the_median_gives_one(text, condition):
    assert parse(text, NINE) == ConsensusRule.mirrored(AllOf((condition, MedianIn(Band.HIGH))))


def test_content_validity_never_excludes():
    assert parse("cvr", FIVE) == ConsensusRule(ContentValidity())


def test_out_may_be_said_or_denied():
    assert parse("high>=70%; out: high<=50%", FIVE) == ConsensusRule(
        HIGH70, Share.of("high", "<=", 50)
    )
    assert parse("high>=70% ; out : never", FIVE) == ConsensusRule(HIGH70)


@pytest.mark.parametrize(("text", "minimum"), [("n>=8", 8), ("n>8", 9)])
def test_the_smallest_number_of_ratings_may_be_said(text, minimum):
    assert parse(f"high>=70% and {text}", FIVE).minimum == minimum
    assert parse(f"{text} and high>=70%", FIVE).minimum == minimum


def test_the_smallest_number_of_ratings_is_a_setting_of_presets_too():
    assert parse("comet-70-15", NINE) == COMET
    assert parse(" COMET-70-15 ", NINE, minimum=3).minimum == 3


@given(st.sampled_from((*TYPED, *TYPED_BY_GROUP)), st.sampled_from(["", " ", "  "]))
def test_spaces_and_capitals_do_not_matter(text, space):
    for sign in (">=", "<=", ";", "("):
        text = text.replace(sign, f"{space}{sign}{space}")

    assert parse(text, FIVE) == parse(text.replace("high", "HIGH"), FIVE)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the rule is empty; for example comet-70-15"),
        ("high=75%", "'=' says neither at least nor at most: use >= or <= at '=75%'"),
        ("high>75", "a share needs a percent sign at '75' (character 6)"),
        ("high>=", "expected a share such as 75% at the end"),
        ("high>=x", "expected a share such as 75% at 'x'"),
        ("high", "expected a comparison (>=, >, <=, <) at the end"),
        ("foo>=3%", "no preset and no condition is called that at 'foo>=3%'"),
        ("3.5>=3%", "no preset and no condition is called that"),
        ("high>=70% low<15%", "expected 'and', 'or' or '; out:' at 'low<15%' (character 11)"),
        ("high>=70% and", "expected a condition at the end"),
        ("any", "expected a comparison"),
        ("iqr<=x", "expected a number at 'x'"),
        ("n>=8", "only a number of ratings, and no condition"),
        ("n>=0 and high>=70%", "expected a whole number from 1 at '0"),
        ("n>=2.5 and high>=70%", "expected a whole number from 1"),
        ("n<=5 and high>=70%", "a rule asks for at least so many ratings"),
        ("high>=70% or n>=5", "cannot be one of several ways to consensus"),
        ("every group(n>=5)", "only a number of ratings, and no condition"),
        ("high>=120%", "a share is at most 100% at '120%'"),
        ("7-9>=75%", "points 7 to 9 are not on the scale 1 to 5"),
        ("median in top", "expected low, middle or high at 'top'"),
        ("no disagreement", "IPRAS is for 1 to 9 only; use 'no disagreement (classic)'"),
        ("(high>=70%", "expected ')' at the end"),
        ("every group high>=70%", "expected '(' at 'high>=70%'"),
        ("every group(any group(high>=70%))", "by group again"),
        ("equal groups(iqr<=1)", "only shares can weigh groups equally"),
        ("group (high>=70%)", "expected the name of a group"),
        ("high>=70% ; low<15%", "expected 'out' at 'low<15%'"),
        ("high>=70% ; out low<15%", "expected ':'"),
        ("high>=70% ; out: low>=70% low", "expected the end at 'low'"),
        ("high>=70% # low", "cannot read at '# low' (character 11)"),
        ("rand-ipras", "rand-ipras does not fit a scale from 1 to 5"),
        ("comet-50-15-then-70-15", "differs by round; name the rule of one round"),
        ("comet-50-15-then-70-15 and mean>3", "cannot be part of another rule"),
        ("cvi-78 and mean>3", "cannot be part of another rule"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place_and_an_example(text, complaint):
    with pytest.raises(UnreadableRule) as refused:
        parse(text, FIVE)

    assert complaint in str(refused.value)


def test_a_band_without_points_is_refused():
    with pytest.raises(UnreadableRule, match="the scale 1 to 4 has no middle band"):
        parse("middle>=50%", FOUR)


WORDS = ["high", "low", "any", "median", "iqr", "within", "every", "group", "out", "and", "or"]
WORDS += ["(", ")", ";", ":", ">=", "<", "70%", "2/3", "1", "n", "x"]


def read_or_refused(read):
    """The sentence of a rule, or what is said of a text that is none."""
    try:
        return read().sentence("en")
    except UnreadableRule as refused:
        return str(refused)


@given(st.text(max_size=30))
def test_no_text_breaks_the_reader(text):
    assert read_or_refused(lambda: parse(text, FIVE))
    assert read_or_refused(lambda: parse_stability(text))


@given(
    st.lists(
        st.sampled_from(WORDS),
        max_size=12,
    )
)
def test_no_order_of_words_breaks_the_reader(words):
    assert read_or_refused(lambda: parse(" ".join(words), FIVE))


@pytest.mark.parametrize(
    ("text", "clauses", "minimum"),
    [
        ("same band>=80%", [ShareKept(Kept.SAME_BAND, ">=", "80")], 5),
        ("same-band >= 80 %", [ShareKept(Kept.SAME_BAND, ">=", "80")], 5),
        ("unchanged>85% and pairs>=8", [ShareKept(Kept.UNCHANGED, ">", "85")], 8),
        (
            "within1>=80% and net<15% and pairs>7",
            [ShareKept(Kept.WITHIN_ONE, ">=", "80"), NetChange("<", "15")],
            8,
        ),
        ("kappa>=0.6 and iqr change<=0.5", [Kappa(">=", "0.6"), IqrChange("<=", "0.5")], 5),
    ],
)
def test_stability_is_typed_likewise(text, clauses, minimum):
    assert parse_stability(text) == StabilityRule(tuple(clauses), minimum)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the rule is empty; for example 'same band>=80%'"),
        ("stable", "no condition on pairs is called that at 'stable'"),
        ("net>15%", "little change, not '>' at 'net>15%'"),
        ("unchanged<=80%", "many kept ratings"),
        ("pairs>=8", "only a number of pairs, and no condition"),
        ("pairs<8 and net<15%", "at least so many pairs"),
        ("net<15% or kappa>=0.6", "expected 'and' at 'or"),
    ],
)
def test_a_stability_rule_that_cannot_be_read_is_said_with_its_place(text, complaint):
    with pytest.raises(UnreadableRule) as refused:
        parse_stability(text)

    assert complaint in str(refused.value)


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(notation).failed == 0
