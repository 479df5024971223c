"""Rules composed clause by clause: there and back, and every mistake named with its place."""

from dataclasses import replace

import pytest

from surveys.delphi import presets
from surveys.delphi.composing import Asked, ClauseDraft, Fault, RuleDraft, Unfinished, Wrong
from surveys.delphi.conditions import AllOf, InGroup, OneOf, Share
from surveys.delphi.consensus import ConsensusByRound, ConsensusRule
from surveys.delphi.scale import Scale

FIVE, NINE = Scale.of(1, 5), Scale.of(1, 9)
# What no list of clauses can say: the trimmed panel.
MORE = {"rand-relaxed"}


@pytest.mark.parametrize("scale", [Scale.of(1, 4), FIVE, NINE])
def test_every_ready_definition_becomes_a_draft_and_the_same_rule_again(scale):
    for preset in presets.PRESETS:
        rule = preset.rule(scale) if preset.fits(scale) else None
        if rule is None or isinstance(rule, ConsensusByRound):
            continue
        draft = RuleDraft.of(rule, scale)
        assert (draft is None) == (preset.id in MORE), preset.id
        if draft is not None:
            assert draft.rule(scale) == rule, preset.id


def test_a_rule_for_one_group_by_another_quantile_definition_survives_the_way():
    draft = RuleDraft(
        clauses=(
            ClauseDraft(Asked.SHARE, where="points", points="7-9", number="66,7 %"),
            ClauseDraft(Asked.IQR, comparison="<=", number="1"),
        ),
        joined=OneOf.kind,
        out="own",
        out_clauses=(ClauseDraft(number="75", where="low"),),
        reach="in group",
        group="nurse",
        group_minimum="3",
        minimum="8",
        denominator="usable and unable",
    )
    rule = draft.rule(NINE, quantiles="weibull", groups=("nurse", "physician"))
    assert isinstance(rule.in_when, InGroup)
    assert rule.quantile_methods == ("weibull",)
    back = RuleDraft.of(rule, NINE)
    assert back.rule(NINE, quantiles="weibull", groups=("nurse",)) == rule
    assert back.clauses[0].number == "66.7"


def faults(draft, scale=FIVE, **kwargs):
    with pytest.raises(Unfinished) as refused:
        draft.rule(scale, **kwargs)
    return [(fault.place, fault.what) for fault in refused.value.faults]


def test_every_mistake_is_said_at_once_with_its_place():
    draft = RuleDraft(
        clauses=(
            ClauseDraft(number="most"),
            ClauseDraft(number="101"),
            ClauseDraft(where="points", points="4-6", number="50"),
            ClauseDraft(Asked.MEDIAN, number=""),
            ClauseDraft("tarot"),
            ClauseDraft(Asked.IPRAS),
        ),
        minimum="0",
    )
    assert faults(draft) == [
        ("in-0-number", Wrong.NOT_A_PERCENTAGE),
        ("in-1-number", Wrong.NOT_A_PERCENTAGE),
        ("in-2-points", Wrong.NOT_A_POINT),
        ("in-3-number", Wrong.NOT_A_NUMBER),
        ("in-4-asked", Wrong.NOT_OFFERED),
        ("in-5-asked", Wrong.NO_MEANING),
        ("minimum", Wrong.NOT_WHOLE),
    ]


def test_closeness_alone_has_no_other_side():
    close = RuleDraft(clauses=(ClauseDraft(Asked.IQR, comparison="<=", number="1"),))
    assert faults(close) == [("out", Wrong.NO_MIRROR)]
    assert replace(close, out="never").rule(FIVE).out_when is None


@pytest.mark.parametrize(
    ("change", "place", "what"),
    [
        ({"clauses": ()}, "in", Wrong.NO_CLAUSE),
        ({"out": "own"}, "out", Wrong.NO_CLAUSE),
        ({"out": "sometimes"}, "out", Wrong.NOT_OFFERED),
        ({"reach": "in group", "group": "bakers"}, "group", Wrong.NO_GROUP),
        ({"reach": "every group", "group_minimum": "½"}, "group_minimum", Wrong.NOT_WHOLE),
        ({"reach": "nobody"}, "reach", Wrong.NOT_OFFERED),
        ({"denominator": "pizza"}, "denominator", Wrong.NOT_OFFERED),
        (
            {
                "reach": "groups weighted equally",
                "clauses": (ClauseDraft(Asked.MEDIAN, number="4"),),
            },
            "reach",
            Wrong.ONLY_SHARES,
        ),
    ],
)
def test_settings_that_do_not_hold_are_named(change, place, what):
    draft = RuleDraft(clauses=(ClauseDraft(number="75"),))
    assert faults(replace(draft, **change), groups=("nurse",)) == [(place, what)]


def test_a_rule_that_says_more_than_clauses_has_no_draft():
    high = Share.of("high", ">=", 75)
    nested = AllOf((high, OneOf((high, Share.of("low", "<", 15)))))
    assert RuleDraft.of(ConsensusRule.mirrored(nested), FIVE) is None
    assert str(Unfinished([Fault("in-0", Wrong.NO_CLAUSE)])) == "in-0: no clause"


@pytest.mark.parametrize("number", ["9" * 30, "1/" + "9" * 30, "0." + "0" * 30 + "1", "9" * 5000])
@pytest.mark.parametrize("asked", [Asked.SHARE, Asked.MEDIAN, Asked.MEAN, Asked.IQR])
def test_a_number_that_no_rule_needs_is_refused_and_not_computed_with(asked, number):
    (fault,) = faults(RuleDraft(clauses=(ClauseDraft(asked, number=number),), out="never"))
    assert fault[0] == "in-0-number"
