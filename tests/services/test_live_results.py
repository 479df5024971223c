"""What comes of a round in real time: results of final answers, movement beside them, both in files."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from sqlalchemy import select

from surveys.exports import csv_file
from surveys.models.base import transaction
from surveys.models.live import FigureRelease
from surveys.queries import dataset, versions
from surveys.queries import results as result_reads
from surveys.services import exporting, releasing
from surveys.services.exporting_versions import versions_table
from tests.factories import UNABLE, both, live_rounds, make_finished_story, make_live_story

# Experts 1 to 9 on S01, first and at last. The ninth could not judge at first, so that nothing of
# theirs was blind; the tenth answers nothing.
FIRST = [5, 5, 4, 4, 4, 2, 2, 1, UNABLE]
FINAL = [4, 5, 4, 4, 4, 4, 3, 1, 4]


def tell(session, **parts):
    """The round in real time, closed; between first and final answers two hours pass."""
    story = make_live_story(session, **parts)
    for expert, rating in enumerate(FIRST, start=1):
        story.keep(expert, 1, {"S01": rating})
    story.later(hours=2)
    for expert, rating in enumerate(FINAL, start=1):
        story.keep(expert, 1, {"S01": rating})
    story.later(hours=1)
    story.close(1)
    return story


@pytest.fixture
def story(session):
    return tell(session)


def frame(made):
    return pd.read_csv(
        io.BytesIO(csv_file.write(made)),
        encoding="utf-8-sig",
        keep_default_na=False,
        na_values=[""],
    )


def of(table, expert, code="S01"):
    """The rows of one expert on one item."""
    rows = table[(table["expert"] == expert) & (table["item"] == code)]
    return rows.astype(object).where(rows.notna(), None).to_dict("records")


def test_verdicts_are_of_the_final_answers(story):
    result = story.results(1)["S01"]
    assert result.numbers["counts"] == [1, 0, 1, 6, 1]
    assert result.verdict == "in"


def test_movement_is_of_experts_who_rated_first_and_last(story):
    movement = story.results(1)["S01"].movement
    assert movement["pairs"] == 8
    assert (movement["unchanged"], movement["moved_up"], movement["moved_down"]) == (5, 2, 1)
    assert movement["table"] == [
        [1, 0, 0, 0, 0],
        [0, 0, 1, 1, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 3, 0],
        [0, 0, 0, 1, 1],
    ]


def test_the_stability_rule_is_asked_of_it_under_another_name(story):
    """Six of eight stayed in their band, where the rule wants 80 %."""
    result = story.results(1)["S01"]
    assert result.movement["settled"]["stable"] is False
    assert result.movement["settled"]["findings"][0]["count"] == 6


def test_it_is_not_taken_for_stability_and_no_rule_uses_it(story):
    result = story.results(1)["S01"]
    assert result.stable is None
    assert result.stability is None
    assert result.proposal["rated"] == 1
    assert result.proposal["proposal"] == "returns"


def test_a_classical_round_has_no_movement(session):
    story = make_finished_story(session)
    for number in (2, 3):
        assert {result.movement for result in story.results(number).values()} == {None}


def test_between_rounds_final_answers_are_compared(story):
    """A later round is paired with what stood at the close, never with what was blind."""
    story.prepare(1, returning=[story.place(1, "S01")])
    story.launch(2)
    for expert, rating in enumerate(FINAL, start=1):
        story.keep(expert, 2, {"S01": rating})
    story.close(2)
    result = story.results(2)["S01"]
    assert (result.stability["pairs"], result.stability["unchanged"]) == (9, 9)
    assert result.stable is True
    assert result.movement is None


def test_of_kinds_without_a_scale_it_is_told_who_kept_the_first_answer(session):
    item = {"code": "S01", "theme": "care", "kind": "number", "wording": both("How many?")}
    story = make_live_story(session, rounds=live_rounds(items=[item]))
    for expert in range(1, 7):
        story.keep(expert, 1, {"S01": expert})
    story.keep(6, 1, {"S01": 60})
    story.close(1)
    stored = result_reads.of_round(session, story.round(1))
    assert stored.others[0].movement == {"pairs": 6, "unchanged": 5}


# --- files


def test_the_long_table_keeps_first_and_final_answer(story):
    data = dataset.of_study(story.session, story.study)
    long = frame(exporting.long_table(story.study, data, "en"))
    (changed,), (unable,), (nothing,) = (of(long, code) for code in ("E06", "E09", "E10"))
    assert (changed["first_value"], changed["value"]) == (2, 4)
    assert (unable["first_value"], unable["first_missing"], unable["value"]) == (None, "unable", 4)
    assert (nothing["first_value"], nothing["first_missing"]) == (None, None)
    assert nothing["missing"] == "not_shown"


def test_of_classical_rounds_no_first_answer_is_told(session):
    story = make_finished_story(session)
    data = dataset.of_study(session, story.study)
    long = frame(exporting.long_table(story.study, data, "en"))
    assert long[["first_value", "first_text", "first_missing"]].isna().all(axis=None)


def versions_of(story):
    data = dataset.of_study(story.session, story.study)
    found = versions.of_study(story.session, story.study)
    return frame(versions_table(story.study, data, found, "en"))


@pytest.mark.both_engines
def test_every_version_leaves_with_its_hour_and_nothing_finer(story):
    rows = of(versions_of(story), "E06")
    assert [(row["version"], row["value"], row["first"]) for row in rows] == [
        (1, 2, "yes"),
        (2, 4, "no"),
    ]
    # Launched at nine; told from ten on.
    assert [row["hour"] for row in rows] == ["2026-03-02T10:00Z", "2026-03-02T12:00Z"]


def test_what_the_author_had_seen_by_then_leaves_with_every_version(session):
    story = make_live_story(session)
    for expert in range(1, 6):
        story.keep(expert, 1, {"S01": 4})
    story.later(hours=1)
    release = session.scalars(select(FigureRelease.id).where(FigureRelease.number == 1)).one()
    with transaction(session):
        releasing.note_shown(session, story.expert(1).id, [release], at=story.now)
    story.later(hours=1)
    story.keep(1, 1, {"S01": 5})
    story.keep(2, 1, {"S01": 5})
    table = versions_of(story)
    assert [row["figures"] for row in of(table, "E01")] == [0, 1]
    assert [row["figures"] for row in of(table, "E02")] == [0, 0]


def test_versions_of_classical_rounds_leave_too(session):
    story = make_finished_story(session)
    story_rows = versions_of(story)
    assert set(story_rows["round"]) == {1, 2, 3}
    assert story_rows[["first", "figures"]].isna().all(axis=None)


def test_the_results_file_keeps_the_two_apart(story):
    stored = result_reads.of_round(story.session, story.round(1))
    table = frame(exporting.results_table(story.study, stored, "en"))
    (row,) = table[table["item"] == "S01"].to_dict("records")
    assert row["stable"] == "not assessed"
    assert row["first_final_settled"] == "no"
    assert (row["first_final_pairs"], row["first_final_unchanged"]) == (8, 5)
    assert (row["first_final_moved_up"], row["first_final_moved_down"]) == (2, 1)
