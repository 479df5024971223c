"""What stands is found without looking at history, and without looking at other rounds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from surveys.queries import progress, questionnaire, ratings
from surveys.services import answer_log
from tests.factories import make_rated_story


@pytest.fixture(params=["sqlite"])
def engine_name(request):
    return request.param


@contextmanager
def plans(session) -> Iterator[list[str]]:
    """How SQLite carries out what the block asks of ratings and comments, line by line."""
    asked: list[tuple[str, Any]] = []
    found: list[str] = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        asked.append((statement, parameters))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
    for statement, parameters in asked:
        if statement.startswith("SELECT"):
            plan = session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", parameters
            )
            found += [detail for *_numbers, detail in plan if names_answers(detail)]


def names_answers(detail: str) -> bool:
    return detail.split()[1].startswith(("rating", "comment"))


def only_what_stands(plan: list[str]) -> bool:
    return bool(plan) and all(
        detail.startswith("SEARCH") and "_latest (response_id=?" in detail for detail in plan
    )


@pytest.fixture
def story(session):
    return make_rated_story(session)


@pytest.fixture
def asked(story):
    return {
        number: questionnaire.asked_round(story.session, story.study, story.round(number), "en")
        for number in (2, 3)
    }


def test_an_experts_page_reads_what_stands_alone(story, asked):
    expert = story.expert(1).id
    with plans(story.session) as plan:
        questionnaire.own_answers(story.session, expert, asked[2])
    assert only_what_stands(plan), plan


def test_saving_reads_what_stands_alone(story):
    story.launch(3)
    story.keep(1, 3, {"S01": 4})
    with plans(story.session) as plan:
        story.keep(1, 3, {"S01": 2, "S02": 3}, {"S01": "a remark"})
    assert only_what_stands(plan), plan


def test_saving_a_whole_page_reads_what_stands_alone(story, monkeypatch):
    monkeypatch.setattr(answer_log, "FEW_ITEMS", 1)
    story.launch(3)
    story.keep(1, 3, {"S01": 4})
    with plans(story.session) as plan:
        story.keep(1, 3, {"S01": 2, "S02": 3}, {"S01": "a remark"})
    assert only_what_stands(plan), plan


def test_results_read_what_stands_alone(story, asked):
    places = {
        item.id: (item.previous_id, item.kind.scale) for item in asked[3].items if item.previous_id
    }
    scales = {item.id: item.kind.scale for item in asked[2].items}
    round_ = story.round(2)
    with plans(story.session) as plan:
        ratings.counts_by_item(story.session, round_.id, scales, only_submitted=False)
        ratings.answers_by_item(story.session, round_.id, list(scales), only_submitted=False)
        ratings.pairs_by_item(story.session, places, only_submitted=False)
        progress.of_round(story.session, round_)
    assert len(places) == 4
    assert only_what_stands(plan), plan
