"""What the database itself refuses, whatever the code above it does."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm.exc import StaleDataError

from surveys.delphi.answer import Missing
from surveys.models.base import WriteOutsideTransaction, db, transaction
from surveys.models.panel import Expert
from surveys.models.response import Rating, Response
from surveys.models.round import Round
from surveys.models.study import Study
from tests.factories import MORNING, both, make_story


@pytest.fixture
def story(session):
    story = make_story(session)
    story.until_round_2()
    story.keep(1, 2, {"S01": 4})
    return story


def rating(story, **about):
    """One more row in the answer log, written past the services."""
    response_id = story.session.scalars(
        select(Response.id).where(Response.round_id == story.round(2).id)
    ).one()
    row = {
        "response_id": response_id,
        "round_item_id": story.place(2, "S02"),
        "version": 1,
        "given_at": story.now,
        "latest": True,
        **about,
    }
    with transaction(story.session):
        story.session.execute(insert(Rating).values(row))


def test_a_rating_has_a_value_or_a_detail_or_a_reason(story):
    rating(story, value=4)
    rating(story, missing=Missing.UNABLE, round_item_id=story.place(2, "S03"))


@pytest.mark.parametrize(
    "about",
    [
        {},
        {"value": 4, "missing": Missing.UNABLE},
        {"value": 4, "detail": {"text": "x"}},
        {"detail": {"text": "x"}, "missing": Missing.SKIPPED},
        {"detail": None, "value": None, "missing": None},
    ],
)
def test_a_rating_with_none_or_two_of_them_is_refused(story, about):
    with pytest.raises(IntegrityError):
        rating(story, **about)


def test_a_version_of_an_answer_exists_once(story):
    rating(story, value=4)
    with pytest.raises(IntegrityError):
        rating(story, value=5, latest=False)


def test_one_version_stands(story):
    rating(story, value=4)
    with pytest.raises(IntegrityError):
        rating(story, value=5, version=2)


def test_an_expert_has_one_response_in_a_round(story, session):
    with pytest.raises(IntegrityError), transaction(session):
        session.add(
            Response(round_id=story.round(2).id, expert_id=story.expert(1).id, started_at=story.now)
        )


def test_an_answer_needs_an_expert_who_exists(story, session):
    with pytest.raises(IntegrityError), transaction(session):
        session.add(Response(round_id=story.round(2).id, expert_id=9_999, started_at=story.now))


def test_a_round_cannot_be_closed_without_having_been_open(story, session):
    with pytest.raises(IntegrityError), transaction(session):
        session.execute(update(Round).where(Round.number == 3).values(closed_at=story.now))


def test_a_lock_has_a_hash(story, session):
    with pytest.raises(IntegrityError), transaction(session):
        session.execute(update(Study).values(protocol_hash=None))


def test_who_left_has_chosen(story, session):
    with pytest.raises(IntegrityError), transaction(session):
        session.execute(update(Expert).values(withdrawn_at=story.now))


def test_a_kind_of_round_that_does_not_exist_is_refused(story, session):
    with pytest.raises(DBAPIError), transaction(session):
        session.execute(text("UPDATE round SET kind = 'chat'"))


def test_codes_are_unique_in_a_study_and_free_in_another(story, session):
    make_story(session)
    with pytest.raises(IntegrityError), transaction(session):
        session.execute(update(Expert).where(Expert.code == "E02").values(code="E01"))


# --- time


def test_a_moment_without_a_time_zone_is_refused(story, session):
    naive = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - the mistake this is about
    with pytest.raises(StatementError, match="needs its time zone"), transaction(session):
        session.execute(update(Round).values(prepared_at=naive))


def test_a_moment_comes_back_as_the_same_moment_in_utc(story, session):
    brussels = timezone(timedelta(hours=2))
    with transaction(session):
        story.round(3).prepared_at = datetime(2026, 7, 1, 14, 30, 15, 250_000, brussels)
    found = story.round(3).prepared_at
    assert found == datetime(2026, 7, 1, 12, 30, 15, 250_000, UTC)
    assert found.utcoffset() == timedelta(0)


# --- transactions


def test_a_row_outside_a_transaction_is_refused(story, session):
    session.add(Response(round_id=1, expert_id=1, started_at=MORNING))
    with pytest.raises(WriteOutsideTransaction):
        session.flush()


@pytest.mark.parametrize(
    "statement",
    [insert(Rating).values(response_id=1), update(Expert).values(language="nl"), delete(Expert)],
    ids=["insert", "update", "delete"],
)
def test_a_statement_outside_a_transaction_is_refused(story, session, statement):
    with pytest.raises(WriteOutsideTransaction):
        session.execute(statement)


def test_a_transaction_is_kept_whole_or_not_at_all(story, session):
    def fail_in_the_middle():
        story.study.title = both("Half written")
        session.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction(session):
        fail_in_the_middle()
    assert story.study.title == both("A small study", "Een kleine studie")


def test_a_transaction_inside_another_is_refused_and_does_not_wait_for_itself(story, session):
    with pytest.raises(WriteOutsideTransaction, match="inside another"), transaction(session):
        story.consent(2)
    story.consent(2)


def test_a_transaction_that_failed_leaves_the_next_one_free(story, session):
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), transaction(session):
            1 / 0  # noqa: B018
    with transaction(session):
        story.study.title = both("Written")
    assert story.study.title == both("Written")


# On SQLite nobody else can write meanwhile: that is what BEGIN IMMEDIATE is for.
@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_of_two_changes_to_one_study_the_second_does_not_win_unseen(story, app, session):
    """What was read before somebody else's change is not written over it."""
    with transaction(session):
        mine = story.study
        with app.app_context(), db.engine.connect() as other:
            other.execute(text("UPDATE study SET version_id = version_id + 1"))
            other.commit()
        mine.title = both("Mine")
        with pytest.raises(StaleDataError):
            session.flush()
        session.rollback()
        session.connection(execution_options={"write": True})


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_connections_to_sqlite_keep_their_promises(session):
    asked = {
        name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
        for name in ("journal_mode", "foreign_keys", "secure_delete", "busy_timeout")
    }
    assert asked == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 10_000,
    }
