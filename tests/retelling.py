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
from surveys.services.linking import opaque_id

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
        # No two studies have one name: what a process remembers of a study, it remembers by it.
        name_of_study = opaque_id() if since is None else _name_of(file, told.study_id)
        told.content.backup(file)
        file.execute("UPDATE study SET public_id = ? WHERE id = ?", (name_of_study, told.study_id))
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


def _name_of(file: sqlite3.Connection, study_id: int) -> str:
    (name,) = file.execute("SELECT public_id FROM study WHERE id = ?", (study_id,)).fetchone()
    return str(name)


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
