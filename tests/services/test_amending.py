"""Rules chosen, locked, and amended: with a reason, from now on, and never behind what was computed."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from surveys.delphi.conditions import Share
from surveys.delphi.consensus import ConsensusByRound, ConsensusRule
from surveys.delphi.feedback import FeedbackPolicy
from surveys.delphi.protocol import Population, Protocol
from surveys.delphi.scale import Scale
from surveys.delphi.stopping import StoppingRule
from surveys.models.amendment import Amendment
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.panel import StakeholderGroup
from surveys.models.result import RoundResult
from surveys.queries import protocols
from surveys.services import amending, preflight, ruling
from surveys.services.exporting_protocol import protocol_table
from tests.factories import ROUND_3, both, make_rated_story, make_story

REASON = "The ethics committee asked for a stricter threshold."
EVERYBODY = ConsensusByRound.always(ConsensusRule.mirrored(Share.of("high", ">=", 100)))


def rules(story):
    return Protocol.from_json(story.study.protocol)


def choose(story, protocol, *, based_on=None, planned=None):
    with transaction(story.session):
        return ruling.choose(
            story.session,
            story.study,
            protocol,
            based_on=based_on or rules(story).hash,
            planned_experts=planned,
            actor=story.actor,
            at=story.now,
        )


def amend(story, protocol, *, reason=REASON, based_on=None):
    with transaction(story.session):
        return amending.amend(
            story.session,
            story.study,
            protocol,
            based_on=based_on or rules(story).hash,
            reason=reason,
            actor=story.actor,
            at=story.now,
        )


def refusal(story, protocol, **kwargs):
    with pytest.raises(amending.AmendmentRefused) as refused:
        amend(story, protocol, **kwargs)
    story.anew()
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.both_engines
def test_rules_are_chosen_before_the_lock_and_only_then(session):
    story = make_story(session)
    bands = Scale(1, 5, 1, 5)
    assert choose(story, replace(rules(story), scale=bands), planned=20) == ("scale",)
    assert (story.study.rule_chosen_at, story.study.planned_experts) == (story.now, 20)
    assert story.asked(2)["S01"].settings["scale"] == bands.to_json()
    assert story.study.scale["scale"] == bands.to_json()
    chosen = session.scalars(select(AuditEvent).where(AuditEvent.act == "rules chosen")).one()
    assert chosen.details["parts"] == ["scale"]
    with pytest.raises(ruling.RulesRefused, match="Somebody changed the rules"):
        choose(story, rules(story), based_on="0" * 64)
    story.anew()
    with pytest.raises(amending.NotLocked):
        amend(story, rules(story))
    story.anew()
    story.launch(1)
    with pytest.raises(ruling.RulesLocked):
        choose(story, rules(story))


@pytest.mark.both_engines
def test_an_amendment_holds_from_now_on_and_leaves_results_alone(session):
    story = make_rated_story(session)
    first = session.scalars(select(RoundResult).order_by(RoundResult.id.desc()).limit(1)).one()
    verdicts = {code: one.verdict for code, one in story.results(2).items()}
    assert first.provenance["amendment"] == 0
    locked = rules(story)
    story.later(days=1)
    made = amend(story, replace(locked, consensus=EVERYBODY))
    assert (made.number, made.after_round, made.in_round) == (1, 2, None)
    assert (made.before_hash, story.study.protocol_hash) == (locked.hash, locked.hash)
    assert rules(story) == replace(locked, consensus=EVERYBODY)
    assert {code: one.verdict for code, one in story.results(2).items()} == verdicts
    event = session.scalars(select(AuditEvent).where(AuditEvent.act == "protocol amended")).one()
    assert (event.details["reason"], event.details["parts"]) == (REASON, ["consensus"])
    assert protocols.in_force(session, story.study, story.study.locked_at) == locked
    assert protocols.in_force(session, story.study, story.now) == rules(story)

    story.launch(3)
    story.later(days=1)
    second = amend(story, replace(rules(story), stopping=StoppingRule(4)))
    assert (second.number, second.after_round, second.in_round) == (2, 2, 3)
    story.rate(3, ROUND_3)
    story.close(3)
    later = session.scalars(select(RoundResult).order_by(RoundResult.id.desc()).limit(1)).one()
    assert later.provenance["amendment"] == 2
    assert later.provenance["protocol_hash"] == rules(story).hash
    assert later.provenance["locked_hash"] == locked.hash
    # Six of seven are low, which the locked rule would have taken for consensus.
    assert (verdicts["S03"], story.results(3)["S03"].verdict) == ("out", "no consensus")

    record = protocols.record(session, story.study)
    assert (record.locked, record.in_force, record.matches) == (locked, rules(story), True)
    assert [change.parts for change in record.changes] == [("consensus",), ("stopping",)]
    assert [round_.matches for round_ in record.rounds] == [True, True, True]
    rows = protocol_table(story.study, record, "en").rows
    assert [(row[1], row[2], row[7], row[9]) for row in rows] == [
        (0, "locked", None, locked.hash),
        (1, "amendment", REASON, made.after_hash),
        (2, "amendment", REASON, second.after_hash),
    ]


@pytest.mark.both_engines
def test_what_cannot_be_amended_is_refused_with_every_reason(session):
    story = make_rated_story(session)
    story.launch(3)
    now = rules(story)
    assert refusal(story, now, reason=" ") == [
        "Please give the reason for the amendment: it stands in every report.",
        "Nothing has been changed yet.",
    ]
    other = replace(now, feedback=FeedbackPolicy(()), stopping=StoppingRule(2), real_time=(4,))
    problems = refusal(story, other, reason="r" * 2001, based_on="0" * 64)
    assert [problem.split(",")[0].split(".")[0] for problem in problems] == [
        "Somebody changed the rules while this page was open",
        "The reason is longer than 2000 characters",
        "Arms of feedback and rounds in real time stay as they were locked: experts were drawn",
        "Round 3 is open",
        "Round 3 has been launched already",
    ]
    assert session.scalars(select(Amendment)).all() == []
    story.close(3)
    assert amend(story, replace(now, feedback=FeedbackPolicy(()))).number == 1


@pytest.mark.both_engines
def test_only_who_completed_every_round_is_judged_where_the_protocol_says_so(session):
    story = make_story(session, experts=8)
    choose(story, replace(rules(story), population=Population.COMPLETERS))
    story.launch(1)
    for expert in range(1, 7):
        story.answer(expert, 1, {"Q1": "An answer."})
    story.later(days=1)
    story.close(1)
    story.launch(2)
    story.rate(2, {"S01": [5] * 6 + [1, 1], "S02": [4] * 8, "S03": [1] * 8})
    story.close(2)
    found = story.results(2)["S01"]
    assert (found.numbers["n"], found.verdict) == (6, "in")


@pytest.mark.both_engines
def test_a_group_that_came_after_the_lock_is_said_before_the_next_launch(session):
    story = make_story(session)
    story.launch(1)
    assert list(preflight._groups_as_locked(session, story.study)) == []
    with transaction(session):
        session.add(
            StakeholderGroup(study_id=story.study_id, code="baker", name=both("Baker"), position=9)
        )
    (check,) = preflight._groups_as_locked(session, story.study)
    assert "(nurse, physician)" in str(check.said)
    made = amend(story, rules(story))
    assert (made.after["groups"], rules(story).groups) == (
        ["nurse", "physician", "baker"],
        ("nurse", "physician", "baker"),
    )
