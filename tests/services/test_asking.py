"""Items that are asked of some: what counts, what is said to be missing, and what is refused."""

import pytest
from sqlalchemy import func, select

from surveys.delphi.answer import Missing
from surveys.delphi.asking import Compared, OfGroup, Relation
from surveys.models.base import transaction
from surveys.models.panel import EarlierAnswers, StakeholderGroup
from surveys.models.response import NotAsked, Rating
from surveys.queries import dataset, questionnaire, voices
from surveys.services import designing, exporting, feeding, launching, loading, withdrawing
from tests.factories import UNABLE, make_story, study_document, study_file


def document(conditions, *, statements=4, **parts):
    """Round 2 asks statements of one theme, some under a condition."""
    rounds = study_document(statements=statements)["rounds"]
    for item in rounds[1]["items"]:
        item["theme"] = "care"
        if item["code"] in conditions:
            item["ask_if"] = conditions[item["code"]]
    return {"rounds": rounds, **parts}


# S02 of whoever rates S01 low, S03 of whoever rates S02 high, S04 of physicians.
CONDITIONS = {
    "S02": {"item": "S01", "at_most": 2},
    "S03": {"item": "S02", "at_least": 4},
    "S04": {"group": "physician"},
}
# The first expert is a nurse, the second a physician.
NURSE, PHYSICIAN = 1, 2


@pytest.fixture
def story(session):
    story = make_story(session, **document(CONDITIONS))
    story.until_round_2()
    return story


def left_out(story, expert):
    """The codes of what an expert is kept not to be asked."""
    codes = {placed.id: code for code, placed in story.asked(2).items()}
    response = story.keep(expert, 2, {}).response_id
    rows = select(NotAsked.round_item_id).where(NotAsked.response_id == response)
    return {codes[item] for item in story.session.scalars(rows)}


def long_rows(story):
    """The long table of round 2, by expert and item."""
    table = exporting.long_table(story.study, dataset.of_study(story.session, story.study), "en")
    names = [column.name for column in table.columns]
    rows = [dict(zip(names, row, strict=True)) for row in table.rows]
    return {(row["expert"], row["item"]): row for row in rows if row["round"] == 2}


@pytest.mark.both_engines
def test_what_is_not_asked_follows_the_answers_and_the_group(story):
    assert left_out(story, NURSE) == {"S02", "S03", "S04"}
    story.keep(NURSE, 2, {"S01": 2})
    assert left_out(story, NURSE) == {"S03", "S04"}
    story.keep(NURSE, 2, {"S02": 5})
    assert left_out(story, NURSE) == {"S04"}
    story.keep(NURSE, 2, {"S01": 3})
    assert left_out(story, NURSE) == {"S02", "S03", "S04"}
    assert left_out(story, PHYSICIAN) == {"S02", "S03"}


@pytest.mark.both_engines
def test_an_answer_to_what_is_no_longer_asked_stays_in_the_log_and_counts_again_when_it_is(story):
    story.answer(NURSE, 2, {"S01": 1, "S02": 4})
    story.keep(NURSE, 2, {"S01": 5})
    log = select(func.count(Rating.id)).where(Rating.round_item_id == story.place(2, "S02"))
    assert story.session.scalar(log) == 1
    assert long_rows(story)["E01", "S02"]["missing"] == "not_shown"
    assert long_rows(story)["E01", "S02"]["value"] is None
    story.keep(NURSE, 2, {"S01": 2})
    assert story.session.scalar(log) == 1
    assert long_rows(story)["E01", "S02"]["value"] == 4


def test_an_answer_that_is_sent_although_the_item_is_not_asked_is_kept_and_does_not_count(story):
    kept = story.keep(NURSE, 2, {"S04": 5}, {"S04": "I was not asked."})
    assert kept.written == 2
    assert story.place(2, "S04") in kept.left_out
    row = long_rows(story)["E01", "S04"]
    assert (row["value"], row["missing"], row["comment"]) == (None, "not_shown", None)
    assert voices.of_round(story.session, story.round(2).id) == []
    assert feeding.comments_on(story.session, story.place(2, "S04")) == []


def test_four_reasons_for_no_answer_are_told_apart(story):
    story.answer(NURSE, 2, {"S01": UNABLE})
    story.answer(PHYSICIAN, 2, {"S01": 1})
    story.later(days=1)
    rows = long_rows(story)
    assert rows["E01", "S01"]["missing"] == "unable"
    assert rows["E01", "S02"]["missing"] == "not_shown"
    assert rows["E02", "S02"]["missing"] == "skipped"
    assert rows["E03", "S01"]["missing"] == "not_shown"  # never came
    assert rows["E01", "S02"]["position_shown"] is None
    assert rows["E02", "S02"]["position_shown"] == 2
    # In the order of the round it keeps its place, so that the others keep theirs.
    assert rows["E02", "S04"]["position_shown"] == 4


def test_results_count_only_who_was_asked(story):
    for expert, rating in enumerate([1, 1, 2, 2, 5, 5], start=1):
        story.answer(expert, 2, {"S01": rating, "S02": 4})
    story.close(2)
    numbers = story.results(2)["S02"].numbers
    assert numbers["n"] == 4
    assert numbers["counts"] == [0, 0, 0, 4, 0]
    assert (numbers["skipped"], numbers["not_shown"]) == (0, 2)
    of_nurses = numbers["groups"]["nurse"]
    assert (of_nurses["n"], of_nurses["not_shown"]) == (2, 1)
    # S03 was asked of the four who rated S02 high, and nobody rated it.
    assert story.results(2)["S03"].numbers["skipped"] == 4


@pytest.mark.both_engines
def test_other_kinds_count_only_who_was_asked(session):
    rounds = document({})["rounds"]
    rounds[1]["items"].append(
        {
            "code": "N1",
            "kind": "number",
            "wording": {"en": "How many?", "nl": "Hoeveel?"},
            "ask_if": {"item": "S01", "at_least": 4},
        }
    )
    story = make_story(session, rounds=rounds)
    story.until_round_2()
    for expert, rating in enumerate([5, 5, 4, 1], start=1):
        story.answer(expert, 2, {"S01": rating, "N1": {"": "3"}})
    story.close(2)
    (number,) = [one for one in _others(story) if one.code == "N1"]
    assert number.numbers["n"] == 3


def _others(story):
    from surveys.queries import results

    return results.of_round(story.session, story.round(2)).others


@pytest.mark.both_engines
def test_pairs_are_counted_where_the_item_was_asked_both_times(session):
    story = make_story(session, experts=6, **document({"S02": CONDITIONS["S02"]}))
    story.until_round_2()
    for expert in range(1, 7):
        story.answer(expert, 2, {"S01": 1, "S02": 4})
    story.close(2)
    story.prepare(2)
    assert story.asked(3)["S02"].ask_if == CONDITIONS["S02"]
    story.launch(3)
    story.later(hours=1)
    for expert, first in enumerate([1, 1, 1, 1, 5, 5], start=1):
        story.answer(expert, 3, {"S02": 4, "S01": first})
    story.close(3)
    assert story.results(3)["S02"].stability["pairs"] == 4
    assert story.results(3)["S01"].stability["pairs"] == 6


@pytest.mark.both_engines
def test_a_rating_that_did_not_count_is_no_earlier_rating(session):
    story = make_story(session, **document({"S02": CONDITIONS["S02"]}))
    story.until_round_2()
    story.answer(NURSE, 2, {"S01": 1, "S02": 4})
    story.keep(NURSE, 2, {"S01": 5})
    story.close(2)
    story.prepare(2)
    story.launch(3)
    asked = questionnaire.asked_round(session, story.study, story.round(3), "en")
    earlier = questionnaire.own_answers(session, story.expert(NURSE).id, asked).earlier
    assert story.place(2, "S01") in earlier
    assert story.place(2, "S02") not in earlier


@pytest.mark.both_engines
def test_who_was_moved_to_another_group_is_judged_by_it_at_the_close(story):
    story.answer(PHYSICIAN, 2, {"S01": 5, "S04": 5})
    with transaction(story.session):
        nurses = select(StakeholderGroup.id).where(StakeholderGroup.code == "nurse")
        story.expert(PHYSICIAN).group_id = story.session.scalars(nurses).one()
    story.close(2)
    assert story.results(2)["S04"].numbers["n"] == 0
    assert long_rows(story)["E02", "S04"]["missing"] == "not_shown"


@pytest.mark.both_engines
def test_who_erases_the_answers_leaves_no_trace_of_them_in_what_was_not_asked(story):
    story.answer(NURSE, 2, {"S01": 1, "S02": 4})
    with transaction(story.session):
        withdrawing.withdraw(
            story.session,
            story.expert(NURSE),
            earlier_answers=EarlierAnswers.ERASE,
            actor=story.actor,
            at=story.now,
        )
    assert story.session.scalar(select(func.count(NotAsked.response_id))) == 0
    assert long_rows(story)["E01", "S04"]["missing"] == Missing.WITHDRAWN.value


def test_submitting_without_an_answer_is_no_skipping_of_what_was_not_asked(story):
    story.consent(NURSE)
    story.submit(NURSE, 2)
    rows = long_rows(story)
    assert rows["E01", "S01"]["missing"] == "skipped"
    assert {rows["E01", code]["missing"] for code in ("S02", "S03", "S04")} == {"not_shown"}


@pytest.mark.both_engines
def test_an_item_under_a_condition_follows_what_it_depends_on_in_every_order(session):
    story = make_story(session, experts=12, order="random", **document(CONDITIONS, statements=8))
    story.until_round_2()
    codes = {placed.id: code for code, placed in story.asked(2).items()}
    for expert in story.experts:
        asked = questionnaire.asked_round(session, story.study, story.round(2), "en")
        from surveys.queries.asking import order_of

        order = order_of(session, story.round(2).id, expert.id)
        shown = [codes[item] for item in order]
        assert shown[shown.index("S01") :][:3] == ["S01", "S02", "S03"]
        assert asked.arranged(order).not_asked({}, "nurse") == {
            story.place(2, code) for code in ("S02", "S03", "S04")
        }


# --- in a draft


@pytest.fixture
def draft(session):
    """Round 1 is open, round 2 a draft with conditions."""
    story = make_story(session, **document(CONDITIONS))
    story.launch(1)
    story.answer(1, 1, {"Q1": "A word."})
    story.close(1)
    return story


def set_condition(story, code, condition):
    with transaction(story.session):
        designing.set_condition(
            story.session,
            story.study,
            story.asked(2)[code],
            condition=condition,
            actor=story.actor,
            at=story.now,
        )


@pytest.mark.both_engines
def test_a_round_is_not_launched_while_a_condition_refers_to_nothing(draft):
    with transaction(draft.session):
        designing.remove(
            draft.session, draft.study, draft.asked(2)["S01"], actor=draft.actor, at=draft.now
        )
    with pytest.raises(launching.NotLaunched, match="refers to something that this round does not"):
        draft.launch(2)
    set_condition(draft, "S02", None)
    draft.launch(2)


def test_a_researcher_says_of_whom_an_item_is_asked(draft):
    set_condition(draft, "S03", OfGroup(("nurse",)))
    assert draft.asked(2)["S03"].ask_if == {"group": "nurse"}
    set_condition(draft, "S03", None)
    assert draft.asked(2)["S03"].ask_if is None


@pytest.mark.parametrize(
    ("code", "condition", "said"),
    [
        ("S01", Compared("S02", Relation.AT_LEAST, 4), "refers to S02"),
        ("S01", Compared("S01", Relation.AT_LEAST, 4), "refers to S01"),
        ("S02", Compared("S01", Relation.AT_LEAST, 9), "which no answer meets"),
        ("S02", OfGroup(("poet",)), "names the group poet"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(draft, code, condition, said):
    before = draft.asked(2)[code].ask_if
    with pytest.raises(designing.ConditionRefused, match=said):
        set_condition(draft, code, condition)
    assert draft.asked(2)[code].ask_if == before


def test_the_condition_of_a_launched_item_is_never_changed(draft):
    draft.launch(2)
    with pytest.raises(designing.RoundLaunched):
        set_condition(draft, "S02", None)


# --- in a study file


def test_conditions_are_read_from_a_file_and_stored_as_they_are_written():
    plan = loading.read(study_file(**document(CONDITIONS)))
    assert {item.code: item.ask_if for item in plan.rounds[1].items} == {"S01": None, **CONDITIONS}


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"S01": {"item": "S02", "at_least": 4}}, "S01: Its condition refers to S02"),
        ({"S02": {"item": "S02", "answered": True}}, "S02: Its condition refers to S02"),
        ({"S02": {"item": "Q1", "answered": True}}, "S02: Its condition refers to Q1"),
        ({"S02": {"item": "S01", "at_least": 9}}, "S02: Its condition compares S01 with 9"),
        ({"S02": {"item": "S01", "over": 3}}, "S02: a condition has an item and one of"),
        ({"S02": {"group": ["nurse", "poet"]}}, "names the group poet"),
        ({"S02": "S01 > 3"}, "S02: a condition is a group of keys and values"),
        ({"S02": None}, "S02: a condition is a group of keys and values"),
    ],
)
def test_a_condition_that_cannot_be_is_told_with_its_line(conditions, said):
    with pytest.raises(loading.StudyFileBroken) as broken:
        loading.read(study_file(**document(conditions)))
    (problem,) = broken.value.problems
    assert said in problem
    assert problem.startswith("line ")


def test_two_items_that_wait_for_each_other_cannot_be_written():
    circle = {
        "S01": {"item": "S02", "answered": True},
        "S02": {"item": "S01", "answered": True},
    }
    with pytest.raises(loading.StudyFileBroken) as broken:
        loading.read(study_file(**document(circle)))
    assert len(broken.value.problems) == 1
