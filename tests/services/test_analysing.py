"""The numbers of a round, against numbers computed by hand, and their provenance."""

from importlib.metadata import version

import pytest
from sqlalchemy import select

from surveys.delphi.protocol import Protocol
from surveys.models.base import transaction
from surveys.models.item import Meaning
from surveys.models.panel import EarlierAnswers
from surveys.models.result import ItemResult, RoundResult
from surveys.services import analysing, withdrawing
from tests.factories import both, make_finished_story, make_rated_story, make_story

# By hand. Quartiles at (n - 1) p between neighbours, numpy's "linear":
# S01 sorted 2 3 4 4 4 4 5 5: Q1 at 1.75 = 3.75, Q3 at 5.25 = 4.25; mean 31 / 8;
#     squares of deviations sum to 6.875, / 7 = 0.98214; 6 of 8 high (75 %), 1 of 8 low (12.5 %).
# S02 sorted 2 2 4 4 4 5 5 5: Q1 = 2 + 0.75 * 2, Q3 = 5; 6 of 8 high, but 2 of 8 low (25 %).
# S03 sorted 1 1 1 2 2 2: Q1 at 1.25 = 1, Q3 at 3.75 = 2, median 1.5; 6 of 6 low.
# S04 sorted 4 4 4 5: four usable ratings, one fewer than the rule asks for.
BY_HAND = {
    "S01": {
        "verdict": "in",
        "n": 8,
        "counts": [0, 1, 1, 4, 2],
        "median": 4,
        "q1": 3.75,
        "q3": 4.25,
        "iqr": 0.5,
        "mean": 31 / 8,
        "sd": (6.875 / 7) ** 0.5,
        "share_high": 6 / 8,
        "share_low": 1 / 8,
        # Wilson, z = 1.959964: (0.668898 - 0.259623, 0.668898 + 0.259623)
        "share_high_lower": 0.409275,
        "share_high_upper": 0.928521,
    },
    "S02": {
        "verdict": "no consensus",
        "n": 8,
        "counts": [0, 2, 0, 3, 3],
        "median": 4,
        "q1": 3.5,
        "q3": 5,
        "iqr": 1.5,
        "share_high": 6 / 8,
        "share_low": 2 / 8,
    },
    "S03": {
        "verdict": "out",
        "n": 6,
        "unable": 1,
        "skipped": 1,
        "counts": [3, 3, 0, 0, 0],
        "median": 1.5,
        "q1": 1,
        "q3": 2,
        "iqr": 1,
        "share_high": 0,
        "share_low": 1,
    },
    "S04": {"verdict": "undecided", "n": 4, "unable": 4, "skipped": 0, "counts": [0, 0, 0, 3, 1]},
}

# Round 3 against round 2, pairs only: (pairs, kept the band, exactly the same, up, down, stable).
# Of S04 there are four pairs, one fewer than the stability rule asks for.
MOVED_BY_HAND = {
    "S01": (7, 6, 6, 1, 0, True),
    "S02": (7, 6, 3, 0, 4, True),
    "S03": (6, 5, 5, 1, 0, True),
    "S04": (4, None, 2, 1, 1, None),
}


@pytest.mark.both_engines
def test_numbers_and_verdicts_are_those_computed_by_hand(session):
    results = make_rated_story(session).results(2)
    assert {code: result.verdict for code, result in results.items()} == {
        code: expected["verdict"] for code, expected in BY_HAND.items()
    }
    for code, expected in BY_HAND.items():
        found = results[code].numbers
        assert found["counts"] == expected["counts"]
        numbers = {name: n for name, n in expected.items() if name not in ("verdict", "counts")}
        assert {name: found[name] for name in numbers} == pytest.approx(numbers, abs=5e-7)


def test_a_first_rating_has_no_stability_and_returns(session):
    results = make_rated_story(session).results(2)
    assert {result.stable for result in results.values()} == {None}
    assert {result.stability for result in results.values()} == {None}
    assert {code: result.proposal["proposal"] for code, result in results.items()} == {
        "S01": "returns",
        "S02": "returns",
        "S03": "returns",
        "S04": "needs a look",
    }


def test_movement_is_counted_on_experts_who_rated_in_both_rounds(session):
    results = make_finished_story(session).results(3)
    found = {
        code: (
            result.stability["pairs"],
            result.stability["kept"],
            result.stability["unchanged"],
            result.stability["moved_up"],
            result.stability["moved_down"],
            result.stable,
        )
        for code, result in results.items()
    }
    assert found == MOVED_BY_HAND


def test_after_two_ratings_the_rule_lets_leave_what_is_settled(session):
    results = make_finished_story(session).results(3)
    assert {
        code: (result.verdict, result.proposal["proposal"], result.proposal["reason"])
        for code, result in results.items()
    } == {
        "S01": ("in", "leaves in", "consensus_and_stable"),
        "S02": ("no consensus", "needs a look", "stable_without_consensus"),
        "S03": ("out", "leaves out", "consensus_and_stable"),
        "S04": ("in", "needs a look", "consensus_stability_unknown"),
    }


@pytest.mark.both_engines
def test_an_expert_who_is_lost_counts_in_no_share_and_in_no_pair(session):
    story = make_finished_story(session)
    assert {code: result.numbers["n"] for code, result in story.results(3).items()} == {
        "S01": 7,
        "S02": 7,
        "S03": 7,
        "S04": 7,
    }
    assert {result.numbers["skipped"] for result in story.results(3).values()} == {0}
    taken_part = session.scalars(
        select(RoundResult.participation).where(RoundResult.round_id == story.round(3).id)
    ).one()
    assert taken_part["panel"]["invited"] == 8
    assert taken_part["panel"]["begun"] == 7
    assert taken_part["panel"]["submitted"] == 7


def test_groups_add_up_to_the_panel(session):
    for result in make_rated_story(session).results(2).values():
        groups = result.numbers["groups"].values()
        for name in ("n", "unable", "skipped", "count_low", "count_middle", "count_high"):
            assert sum(group[name] for group in groups) == result.numbers[name]
        by_point = zip(*(group["counts"] for group in groups), strict=True)
        assert [sum(point) for point in by_point] == result.numbers["counts"]


def test_numbers_of_nobody_are_undefined_and_not_zero(session):
    story = make_story(session)
    story.until_round_2()
    story.close(2)
    numbers = story.results(2)["S01"].numbers
    assert numbers["n"] == 0
    undefined = ("median", "mean", "sd", "q1", "q3", "iqr", "share_high", "share_low")
    assert {numbers[name] for name in undefined} == {None}
    assert story.results(2)["S01"].verdict == "undecided"


def test_answers_that_were_not_submitted_count_where_the_protocol_says_so(session):
    story = make_story(session)
    story.until_round_2()
    for expert in range(1, 7):
        story.keep(expert, 2, {"S01": 4})
    story.submit(1, 2)
    story.close(2)
    assert story.results(2)["S01"].numbers["n"] == 6


@pytest.mark.both_engines
def test_answers_that_were_not_submitted_are_dropped_where_the_protocol_says_so(session):
    from tests.factories import study_document

    protocol = {**study_document()["protocol"], "unsubmitted": "drop"}
    story = make_story(session, protocol=protocol)
    story.until_round_2()
    for expert in range(1, 7):
        story.keep(expert, 2, {"S01": 4})
    story.submit(1, 2)
    story.close(2)
    numbers = story.results(2)["S01"].numbers
    assert (numbers["n"], numbers["skipped"]) == (1, 0)


def test_erased_answers_count_in_a_new_analysis_no_more(session):
    story = make_rated_story(session)
    first = story.results(2)["S01"].numbers["n"]
    with transaction(session):
        withdrawing.withdraw(
            session,
            story.expert(8),
            earlier_answers=EarlierAnswers.ERASE,
            actor="expert:E08",
            at=story.now,
        )
        analysing.evaluate(session, story.study, story.round(2), at=story.now)
    assert (first, story.results(2)["S01"].numbers["n"]) == (8, 7)
    assert story.results(2)["S01"].numbers["skipped"] == 0


def test_kept_answers_of_an_expert_who_left_go_on_counting(session):
    story = make_rated_story(session)
    with transaction(session):
        withdrawing.withdraw(
            session,
            story.expert(8),
            earlier_answers=EarlierAnswers.KEEP,
            actor="expert:E08",
            at=story.now,
        )
        analysing.evaluate(session, story.study, story.round(2), at=story.now)
    assert story.results(2)["S01"].numbers["n"] == 8


@pytest.mark.both_engines
def test_a_repeated_analysis_leaves_the_first_as_it_was(session):
    story = make_rated_story(session)

    def stored(number):
        rows = select(ItemResult.numbers).join(RoundResult).where(RoundResult.number == number)
        return session.scalars(rows.order_by(ItemResult.id)).all()

    before = stored(1)
    with transaction(session):
        analysing.evaluate(session, story.study, story.round(2), at=story.now)
    assert stored(1) == before == stored(2)


@pytest.mark.both_engines
def test_results_carry_the_rules_and_the_software_they_were_made_with(session):
    story = make_rated_story(session)
    provenance = session.scalars(
        select(RoundResult.provenance).where(RoundResult.round_id == story.round(2).id)
    ).one()
    assert Protocol.from_json(provenance["protocol"]).hash == story.study.protocol_hash
    assert provenance["locked_hash"] == story.study.protocol_hash
    assert provenance["quantiles"] == "linear"
    assert provenance["software"] == {"numpy": version("numpy"), "scipy": version("scipy")}
    assert provenance["simulated"] is False


def test_a_statement_with_another_meaning_begins_anew(session):
    """Ratings of two meanings are never compared: the statement counts as rated once."""
    story = make_rated_story(session)
    wording = both("Quite another claim.", "Een heel andere bewering.")
    story.reword(3, "S01", wording, both("Experts read it in two ways."), Meaning.CHANGED)
    story.launch(3)
    story.rate(3, {"S01": [4] * 7, "S02": [4] * 7})
    story.close(3)
    reworded, kept = story.results(3)["S01"], story.results(3)["S02"]
    assert (reworded.stable, reworded.stability) == (None, None)
    assert reworded.proposal["rated"] == 1
    assert kept.proposal["rated"] == 2
