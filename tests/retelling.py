"""Stories told once: what an empty SQLite database would come to hold is copied from the first telling.

Many tests begin with the same story, which takes a hundred times longer to tell than to copy. Only a
database that nobody has written to is filled so. On PostgreSQL, and wherever a test has done something
of its own in between, the story is told anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from surveys.models.base import AnySession

# Stories that begin some days before now: so far apart may two tests of one run begin them.
SAME_MOMENT = timedelta(minutes=20)

State = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A database as it stood when a story had been told so far, and where the story stood."""

    began: datetime
    now: datetime
    study_id: int
    content: sqlite3.Connection


_kept: dict[str, Told] = {}


def name_of(*parts: Any) -> str:
    """One text for one story: who tells it, and with which parts."""
    return json.dumps(parts, default=repr, sort_keys=True)


def state(session: AnySession) -> State:
    """Changes whenever somebody has written to the database; empty on PostgreSQL."""
    with file_of(session) as file:
        if file is None:
            return ()
        (version,) = file.execute("PRAGMA data_version").fetchone()
        return (id(file), version, file.total_changes)


def recall(session: AnySession, name: str, began: datetime, since: State | None) -> Told | None:
    """Fill the database with a story that was told before; None where it has to be told.

    since : the state up to which everything in the database was this story; None for an empty one.
    """
    told = _kept.get(name)
    if told is None or abs(told.began - began) > SAME_MOMENT:
        return None
    if since is not None and since != state(session):
        return None
    with file_of(session) as file:
        if file is None or (since is None and not _is_empty(file)):
            return None
        told.content.backup(file)
    return told


def keep(session: AnySession, name: str, began: datetime, now: datetime, study_id: int) -> None:
    """Keep a story as it stands, for the tests that come."""
    with file_of(session) as file:
        if file is not None:
            content = sqlite3.connect(":memory:", check_same_thread=False)
            file.backup(content)
            _kept[name] = Told(began, now, study_id, content)


def is_empty(session: AnySession) -> bool:
    """Whether nobody is there yet, in a SQLite database."""
    with file_of(session) as file:
        return file is not None and _is_empty(file)


def _is_empty(file: sqlite3.Connection) -> bool:
    (empty,) = file.execute(
        "SELECT NOT EXISTS (SELECT 1 FROM researcher) AND NOT EXISTS (SELECT 1 FROM study)"
    ).fetchone()
    return bool(empty)


@contextmanager
def file_of(session: AnySession) -> Iterator[sqlite3.Connection | None]:
    """The connection to a SQLite database, with nothing open on it."""
    session.rollback()
    engine = session.get_bind()
    if engine.dialect.name != "sqlite":
        yield None
        return
    borrowed = engine.raw_connection()
    try:
        yield borrowed.driver_connection
    finally:
        borrowed.close()
