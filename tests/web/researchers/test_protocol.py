"""The rules of a study through its pages: composed, tried, kept, locked, amended, on record."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from scipy import stats as scipy_stats

from surveys.delphi.conditions import AllOf, EveryGroup, OneOf
from surveys.delphi.consensus import Verdict
from surveys.delphi.presets import preset
from surveys.delphi.protocol import Protocol
from surveys.models.researcher import Role
from tests.actors.visitor import Visitor
from tests.factories import make_member, make_rated_story, make_story
from tests.web.researchers.conftest import sign_in_link

REASON = "The ethics committee asked for it."


@pytest.fixture
def story(session, links):
    """Nothing launched yet."""
    return make_story(session, at=datetime.now(UTC) - timedelta(days=3), links=links)


@pytest.fixture
def rated(session, links):
    """Locked, with a round closed."""
    return make_rated_story(session, at=datetime.now(UTC) - timedelta(days=30), links=links)


def rules(story):
    return Protocol.from_json(story.anew().study.protocol)


def said(page, part):
    return page.all("p", id=f"said-{part}")[0].text


def test_a_ready_definition_is_chosen_tried_and_kept(story, lead):
    page = lead.open(f"{lead.study}/protocol")
    assert "at most 15% are 1–2" in said(page, "consensus")
    page = lead.press("Show what this says", **{"s0-choice": "majority", "planned": "20"})
    assert said(page, "consensus").startswith("The panel agrees: more than 50%")
    assert "If 20 experts each give a usable rating" in page.text
    assert "Exact: every possible panel was looked at." in page.text
    assert rules(story).consensus.for_round(1) != preset("majority").rule(rules(story).scale)
    page = lead.press("Keep these rules", **{"s0-minimum": "8"})
    assert "The rules are kept." in page.text
    kept = rules(story).consensus.for_round(1)
    assert (kept.in_when, kept.minimum) == (preset("majority").rule(rules(story).scale).in_when, 8)
    assert story.study.planned_experts == 20
    assert "rules chosen" in lead.open(f"{lead.study}/trail").text


def test_a_rule_is_composed_without_script_clause_by_clause_and_by_round(story, lead):
    lead.open(f"{lead.study}/protocol")
    page = lead.press("Change its clauses")
    assert page.all("select", id="s0-in-1-where")
    page = lead.press("Add a clause")
    lead.press(
        "Another rule from a later round on",
        **{
            "s0-in-0-number": "80",
            "s0-in-2-asked": "iqr",
            "s0-in-2-comparison": "<=",
            "s0-in-2-number": "1,5",
            "s0-reach": "every group",
            "quantiles": "weibull",
        },
    )
    page = lead.press("Take clause 2 away", **{"s1-joined": "one of", "s1-start": "3"})
    assert "From round 3 on" in said(page, "consensus")
    page = lead.press("Keep these rules")
    assert "The rules are kept." in page.text
    first, later = (step.rule for step in rules(story).consensus.steps)
    assert isinstance(first.in_when, EveryGroup)
    assert isinstance(first.in_when.condition, AllOf)
    assert len(first.in_when.condition.conditions) == 2
    assert first.quantile_methods == later.quantile_methods == ("weibull",)
    assert isinstance(later.in_when.condition, OneOf)


def test_mistakes_are_said_at_their_fields_and_nothing_typed_is_lost(story, lead):
    before = rules(story)
    lead.open(f"{lead.study}/protocol")
    lead.press("Change its clauses")
    response = lead.send(
        "Keep these rules",
        **{
            "s0-in-0-number": "many",
            "s0-minimum": "0",
            "planned": "-4",
            "max_rounds": "never",
            "stability": "own",
            "p0-comparison": "<",
            "words": "some",
            "smallest_group": "1",
            "low_until": "4",
            "high_from": "2",
        },
    )
    assert response.status_code == 422
    page = lead.page
    wrong = ("s0-in-0-number", "s0-minimum", "planned", "max_rounds", "p0-comparison", "words")
    for place in (*wrong, "smallest_group", "high_from"):
        assert page.all("p", id=f"{place}-error"), place
    assert page.all("input", id="s0-in-0-number")[0].attrs["value"] == "many"
    assert page.all("input", id="max_rounds")[0].attrs["value"] == "never"
    assert "Type a percentage from 0 to 100" in page.text
    assert rules(story) == before


def test_a_form_that_nobody_made_is_answered_with_a_sentence(story, lead):
    lead.open(f"{lead.study}/protocol")
    for data in (
        {"do": "keep"},
        {"do": "remove-step-1"},
        {"do": "add-s9-in", "s0-choice": "own"},
        {
            "do": "keep",
            "s0-choice": "tarot",
            "s0-in-0-asked": "x",
            "stability": "?",
            "f-shows": "z",
        },
        {
            "do": "keep",
            "s0-choice": "own",
            "s0-reach": "in group",
            "compared": "yes",
            "a0-code": "1",
        },
    ):
        assert lead.post(f"{lead.study}/protocol", **data).status_code in (200, 422), data
    assert lead.post(f"{lead.study}/protocol/amend", do="amend").status_code == 303


def test_a_clause_that_decides_nothing_is_said_with_the_panel_in_mind(story, lead):
    lead.open(f"{lead.study}/protocol")
    page = lead.press("Show what this says", planned="7")
    assert "With 7 usable ratings this clause decides nothing" in page.text
    page = lead.press("Show what this says", planned="4")
    assert "With 4 experts nothing is ever decided" in page.text


def test_rules_of_stability_and_stopping_are_tried_on_the_panel_and_follow_what_is_typed(
    story, lead
):
    lead.open(f"{lead.study}/protocol")
    page = lead.press(
        "Show what this says", stability="unchanged-75", planned="40", statements="12"
    )
    assert "If 40 experts rate it in both rounds" in page.text
    assert "Exact: every possible table of pairs was counted." in page.text
    assert "With 12 statements, everything has settled" in page.text
    # 80 % keep, 30 of 40 must have: binomial.
    chance = f"{scipy_stats.binom.sf(29, 40, 0.8):.1%}"
    assert chance in page.all("div", id="settling")[0].text
    page = lead.press("Show what this says", stability="kappa-60", rated_twice="30")
    assert "If 30 experts rate it in both rounds" in page.text
    assert "Drawn: 1,000 panels" in page.all("div", id="settling")[0].text
    page = lead.press("Show what this says", rated_twice="4", max_rounds="3")
    assert "With 4 experts who rate twice, nothing is ever assessed" in page.text
    assert "the study stops after round 3, the last by protocol" in page.text
    page = lead.press("Show what this says", rated_twice="many", statements="-3")
    assert "If 40 experts rate it in both rounds" in page.text


def test_kinds_of_feedback_are_compared_from_the_form(story, lead):
    lead.open(f"{lead.study}/protocol")
    page = lead.press(
        "Keep these rules",
        compared="yes",
        **{"a0-code": "plain", "a1-code": "rich", "a1-shows": ["median", "comments"], "seed": "7"},
    )
    assert "The rules are kept." in page.text
    arms = rules(story).arms
    assert ([arm.code for arm in arms.arms], arms.seed) == (["plain", "rich"], 7)
    assert [shown.value for shown in arms.policy_of("rich").shows] == ["median", "comments"]


def test_locked_rules_are_amended_with_a_reason_that_stands_everywhere(app, rated, session):
    lead = Visitor(app)
    lead.sign_in(sign_in_link(rated, 1))
    study = f"/studies/{rated.study.public_id}"
    locked = rules(rated)
    page = lead.open(f"{study}/protocol")
    assert "Locked on" in page.text
    assert lead.post(f"{study}/protocol", do="keep").status_code == 303
    lead.open(f"{study}/protocol/amend")
    assert lead.send("Amend the protocol", **{"s0-choice": "share-80"}).status_code == 422
    assert "Please confirm that you have read what changes." in lead.page.text
    assert "at most 15% are 1–2" in lead.page.all("div", id="changes")[0].text
    response = lead.send("Amend the protocol", confirmed="yes")
    assert response.status_code == 422
    assert "Please give the reason for the amendment" in lead.page.text
    page = lead.press("Amend the protocol", confirmed="yes", reason=REASON)
    assert "Amendment 1 is in force from now on." in page.text
    assert page.text.count(REASON) == 1
    amended = rules(rated)
    assert amended.changes(locked) == ("consensus",)
    results = lead.open(f"{study}/rounds/2/results").text
    assert REASON in results
    assert "Judged by the rules as they were locked." in results
    assert REASON in lead.open(f"{study}/protocol/record").text
    assert REASON in lead.open(f"{study}/trail").text
    assert "Amended 1 time since" in lead.open(study).text
    files = [
        lead.ask("GET", f"{study}/{path}").text
        for path in ("data/protocol.csv", "protocol/record.md")
    ]
    assert all(REASON in text and amended.hash in text and locked.hash in text for text in files)


def test_the_record_hands_out_the_bytes_that_were_hashed(app, rated, session):
    """With json and hashlib alone, as the record tells its readers."""
    lead = Visitor(app)
    lead.sign_in(sign_in_link(rated, 1))
    study = f"/studies/{rated.study.public_id}"
    page = lead.open(f"{study}/protocol/record")
    assert "NOT the same" not in page.text
    sent = lead.ask("GET", f"{study}/protocol/record.json").data
    assert hashlib.sha256(sent).hexdigest() == rated.study.protocol_hash
    again = json.dumps(json.loads(sent), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(again.encode("utf-8")).hexdigest() == rated.study.protocol_hash
    written = json.loads(sent)
    locked = "scale consensus stability stopping carry_forward feedback quantile_method population"
    for part in (*locked.split(), "unsubmitted_count", "comments", "groups"):
        assert part in written, part
    assert written["consensus"]["steps"][0]["rule"]["in_when"]["conditions"][0]["denominator"]
    for number in (1, 2):
        items = lead.ask("GET", f"{study}/protocol/items-round-{number}.json").data
        assert hashlib.sha256(items).hexdigest() == rated.round(number).items_hash
        assert rated.round(number).items_hash in page.text
    assert lead.ask("GET", f"{study}/protocol/record.json?amendment=3").status_code == 404


def test_who_only_reads_reads_the_rules_and_changes_none(app, story, session):
    reader = Visitor(app)
    reader.sign_in(sign_in_link(story, make_member(session, story.study_id, Role.OBSERVER)))
    study = f"/studies/{story.study.public_id}"
    page = reader.open(f"{study}/protocol")
    assert Verdict.IN.name_in("en") not in page.text
    assert "Not locked yet" in page.text
    assert not page.all("select")
    assert reader.post(f"{study}/protocol", do="keep").status_code == 403
    assert reader.ask("GET", f"{study}/protocol/amend").status_code == 403
    assert reader.open(f"{study}/protocol/record").h1 == "Record of the protocol"
