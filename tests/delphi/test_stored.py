"""Rules go to JSON and come back, and their hash is the same wherever they were written."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi import stored
from surveys.delphi.carrying import CarryForwardRule
from surveys.delphi.conditions import Share
from surveys.delphi.consensus import ConsensusRule
from surveys.delphi.stability import StabilityRule
from surveys.delphi.stored import Stored, load, load_as
from tests.delphi.rulebook import rules

ROOT = Path(__file__).parents[2]


@given(rules())
def test_a_rule_is_read_back_equal_from_its_text(rule):
    back = load(json.loads(json.dumps(rule.to_json())))

    assert back == rule
    assert back.hash == rule.hash


def shuffled(data, random):
    if isinstance(data, list):
        return [shuffled(part, random) for part in data]
    if isinstance(data, dict):
        keys = list(data)
        random.shuffle(keys)
        return {key: shuffled(data[key], random) for key in keys}
    return data


@given(rules(), st.randoms(use_true_random=False))
def test_the_hash_does_not_depend_on_the_order_of_keys(rule, random):
    data = shuffled(rule.to_json(), random)

    assert stored.fingerprint(data) == rule.hash
    assert load(data).hash == rule.hash


def test_70_and_70_0_percent_are_one_rule():
    assert Share.of("high", ">=", 70).hash == Share.of("high", ">=", "70.0").hash
    assert Share.of("high", ">=", 70).hash != Share.of("high", ">", 70).hash


def test_the_hash_of_a_rule_never_changes():
    # A study that locked this rule must find the same hash years later. Whoever changes this
    # number breaks every protocol that was ever locked.
    rule = ConsensusRule.share_with_limit(75, 15)

    assert rule.hash == "69fc0cf0c7e982d28164bcd8d61aceffd8a77e56be28810c12076b2f0de31fc6"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ("high", "an object with a kind"),
        ({}, "unknown kind of rule: None"),
        ({"kind": "guess"}, "unknown kind of rule: 'guess'"),
        ({"kind": ["share"]}, "unknown kind"),
        ({"kind": "consensus"}, "lacks a setting"),
        (
            {"kind": "share", "region": "high", "comparison": ">=", "percent": "7", "extra": 1},
            "share has no setting 'extra'",
        ),
        ({"kind": "share", "region": "high", "comparison": "=", "percent": "70"}, "'='"),
        ({"kind": "share", "region": "high", "comparison": ">=", "percent": 0.7}, "exact"),
    ],
)
def test_what_is_no_rule_is_refused_by_name(data, complaint):
    with pytest.raises(ValueError, match=complaint):
        load(data)


def test_a_rule_of_another_family_is_refused():
    with pytest.raises(ValueError, match="expected a StabilityRule, found 'carry forward'"):
        load_as(StabilityRule, CarryForwardRule().to_json())


def test_a_rule_cannot_hold_what_json_cannot():
    with pytest.raises(TypeError, match="cannot store"):
        stored._plain(3.5)


def test_every_kind_is_found_by_a_program_that_imported_none():
    kinds = sorted(kind for kind in stored._KINDS if kind)
    program = (
        "import sys; from surveys.delphi import stored\n"
        "for kind in sys.argv[1:]:\n"
        "    try: stored.load({'kind': kind, 'no such setting': 1})\n"
        "    except ValueError as error: assert 'no setting' in str(error), error\n"
    )

    subprocess.run([sys.executable, "-c", program, *kinds], cwd=ROOT, check=True)


def test_a_small_value_is_stored_as_its_text():
    assert stored.AsText.text.fget is not None
    assert Share.of("5..7", ">=", 70).to_json()["region"] == "5..7"
    assert issubclass(Share, Stored)
