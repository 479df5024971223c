"""The protocol: all rules of a study, locked together."""

import json
from dataclasses import replace

import pytest

from surveys.delphi.carrying import CarryForwardRule
from surveys.delphi.centre import Iqr
from surveys.delphi.conditions import AllOf, Share
from surveys.delphi.consensus import ConsensusByRound, ConsensusRule, Verdict
from surveys.delphi.protocol import Population, Protocol
from surveys.delphi.stability import IqrChange, StabilityRule
from tests.delphi.rulebook import FIVE, LOCALES

STUDY = Protocol(
    scale=FIVE,
    consensus=ConsensusByRound.always(ConsensusRule.share_with_limit(75, 15)),
    stability=StabilityRule.of("within one", ">=", 80),
)
BY_IQR = ConsensusByRound.always(
    ConsensusRule.mirrored(AllOf((Share.of("high", ">", 50), Iqr.of("<=", 1))))
)


def test_a_protocol_is_read_back_with_the_same_hash():
    back = Protocol.from_json(json.loads(json.dumps(STUDY.to_json())))

    assert back == STUDY
    assert back.hash == STUDY.hash


def test_every_part_is_in_the_hash():
    others = [
        replace(STUDY, unsubmitted_count=False),
        replace(STUDY, quantile_method="weibull"),
        replace(STUDY, population=Population.COMPLETERS),
        replace(STUDY, carry_forward=CarryForwardRule.at_first_consensus()),
    ]

    assert len({protocol.hash for protocol in (STUDY, *others)}) == 5


def test_a_deviation_is_named_by_its_parts():
    later = replace(STUDY, unsubmitted_count=False, population="completed every round")

    assert STUDY.changes(later) == ("population", "unsubmitted_count")
    assert STUDY.changes(STUDY) == ()


@pytest.mark.parametrize("locale", ["nl_BE", *LOCALES])
def test_the_whole_protocol_is_said(locale):
    sentences = STUDY.sentences(locale)

    assert len(sentences) == 9
    assert all(said.endswith(".") and "{" not in said for said in sentences)
    assert STUDY.sentence(locale) == " ".join(sentences)


def test_the_study_names_its_verdicts():
    assert STUDY.sentence("en", {Verdict.IN: "agreed"}).startswith("Agreed: at least 75%")


def test_experts_are_told_whether_unsubmitted_answers_count():
    assert "reported as partial" in STUDY.sentence("en")
    assert "do not count" in replace(STUDY, unsubmitted_count=False).sentence("en")


def test_quartiles_are_judged_as_they_are_shown():
    changing = StabilityRule((IqrChange("<=", 1),))

    assert replace(STUDY, consensus=BY_IQR).quantile_method == "linear"
    assert replace(STUDY, stability=changing, quantile_method=7).quantile_method == "linear"
    with pytest.raises(ValueError, match="shown by weibull and judged by linear"):
        replace(STUDY, consensus=BY_IQR, quantile_method="weibull")
    with pytest.raises(ValueError, match="judged by linear"):
        replace(STUDY, stability=changing, quantile_method="weibull")


@pytest.mark.parametrize(
    ("part", "complaint"),
    [
        ({"consensus": ConsensusRule.share_with_limit(75, 15)}, "consensus of a protocol is not"),
        ({"stability": None}, "stability of a protocol is not None"),
        ({"scale": "1-5"}, "scale of a protocol is not '1-5'"),
        ({"quantile_method": "guess"}, "'guess'"),
        ({"population": "everybody"}, "'everybody'"),
        ({"unsubmitted_count": "yes"}, "count or not: 'yes'"),
    ],
)
def test_a_protocol_of_other_parts_is_refused(part, complaint):
    with pytest.raises(ValueError, match=complaint):
        replace(STUDY, **part)


def test_an_incomplete_protocol_is_refused():
    data = STUDY.to_json()
    del data["stability"]

    with pytest.raises(ValueError, match="stability"):
        Protocol.from_json(data)


def test_rounds_in_real_time_are_locked_with_the_rules_and_said():
    live = replace(STUDY, real_time=(3, 1, 3))

    assert live.real_time == (1, 3)
    assert live.hash != STUDY.hash
    assert STUDY.changes(live) == ("real_time",)
    assert Protocol.from_json(json.loads(json.dumps(live.to_json()))) == live
    assert "In real time: round 1 and round 3." in live.sentence("en")
    for locale in LOCALES:
        assert len(live.sentences(locale)) == len(STUDY.sentences(locale)) + 1
        assert "{" not in live.sentence(locale)


def test_without_such_a_round_a_protocol_is_written_as_before_there_were_any():
    """Hashes of protocols that were locked then still hold."""
    assert "real_time" not in STUDY.to_json()


@pytest.mark.parametrize("number", [0, -1, True, "1"])
def test_a_round_in_real_time_is_named_by_its_number(number):
    with pytest.raises(ValueError, match="by its number"):
        replace(STUDY, real_time=(number,))


def test_in_real_time_answers_count_without_being_submitted():
    with pytest.raises(ValueError, match="without being submitted"):
        replace(STUDY, real_time=(1,), unsubmitted_count=False)


def test_groups_are_written_only_where_there_are_any():
    """What was locked before groups could be written down keeps its hash."""
    assert "groups" not in STUDY.to_json()
    grouped = replace(STUDY, groups=("nurse", "physician"))
    assert grouped.hash != STUDY.hash
    assert Protocol.from_json(json.loads(json.dumps(grouped.to_json()))) == grouped
    assert "nurse and physician" in grouped.sentence("en")
    with pytest.raises(ValueError, match="by its code"):
        replace(STUDY, groups=("nurse", 2))
