"""What every row shares, and the one place that commits.

SQLite silently loses updates with the driver's own transactions and refuses most concurrent writers
with a deferred BEGIN, so every write begins with BEGIN IMMEDIATE, late and short (docs/architecture.md).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, Enum, MetaData, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, scoped_session
from sqlalchemy.types import TypeDecorator

AnySession = Session | scoped_session[Any]


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC on both engines; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs its time zone: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def value_enum(enum: type[StrEnum], length: int = 24) -> Enum:
    """A column of an enum's values: member names are ours to change, stored values are not."""
    return Enum(
        enum,
        native_enum=False,
        length=length,
        values_callable=lambda members: [m.value for m in members],
        validate_strings=True,
        create_constraint=True,
        name=enum.__name__.lower(),
    )


# SQL's NULL for "nothing": the default would store the text null and pass constraints it should fail.
Json = JSON(none_as_null=True)


class Base(DeclarativeBase):
    """Names for all constraints, because SQLite's batch migrations need them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)
# Given to the registry, because SQLAlchemy 2.1 refuses a map on a base that the extension derives from.
_registry: Any = db.Model
_registry.registry.update_type_annotation_map(
    {datetime: UtcDateTime(), dict[str, Any]: Json, list[Any]: Json}
)

if TYPE_CHECKING:
    from flask import Flask

    Model = Base
else:
    Model = db.Model


def insert_of(session: AnySession) -> Any:
    """The engine's own INSERT, which can leave a row alone that is there already."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


_SQLITE_WRITER = threading.Lock()
_OUTSIDE = "rows are written inside `with transaction(session):` only"


class WriteOutsideTransaction(RuntimeError):
    """A row was about to be written without ``transaction()``: a slip in our code."""


def open_database(app: Flask) -> None:
    """Let an app use the database that its settings name."""
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    guard_flushes(db.session)


def prepare_engine(engine: Engine) -> None:
    """Set what a connection must have on SQLite; PostgreSQL needs none of it."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "busy_timeout=10000",
        ):
            connection.execute("PRAGMA " + pragma)

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def guard_flushes(session: AnySession) -> None:
    """Make a forgotten ``transaction()`` fail loudly, on both engines.

    The session is shared by every app of a process, so a second app must not add a second guard.
    """
    for name, guard in (("before_flush", _refuse_flush), ("do_orm_execute", _refuse_statement)):
        if not event.contains(session, name, guard):
            event.listen(session, name, guard)


def _refuse_flush(flushed: Session, _context: Any, _instances: Any) -> None:
    pending = flushed.new or flushed.dirty or flushed.deleted
    if pending and not flushed.connection().get_execution_options().get("write"):
        raise WriteOutsideTransaction(_OUTSIDE)


def _refuse_statement(state: ORMExecuteState) -> None:
    writes = state.is_insert or state.is_update or state.is_delete
    options = state.session.connection().get_execution_options() if writes else {}
    if writes and not options.get("write"):
        raise WriteOutsideTransaction(_OUTSIDE)


def leave_no_trace(session: AnySession) -> None:
    """After an erasure, empty SQLite's log of changes, where old pages would stay readable a while.

    Deleted pages themselves are overwritten by ``secure_delete``. PostgreSQL keeps no such file of ours.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.rollback()
        session.connection().exec_driver_sql("COMMIT")
        # Somebody who is reading keeps the log in use; whoever leaves does not wait for them, and
        # the next checkpoint empties it.
        session.connection().exec_driver_sql("PRAGMA busy_timeout=250")
        session.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        session.connection().exec_driver_sql("PRAGMA busy_timeout=10000")
        session.connection().exec_driver_sql("BEGIN")
        session.rollback()


@contextmanager
def transaction(session: AnySession) -> Iterator[None]:
    """Write and commit, or roll back whole: the only commit in Rondo.

    What was read before belongs to an older snapshot, so it is let go of first; the block reads what
    it needs again under the lock. Keep the block short: nobody else writes meanwhile on SQLite.

    Raises WriteOutsideTransaction inside another transaction, which would wait for itself for ever.
    """
    plain = session() if isinstance(session, scoped_session) else session
    if plain.in_transaction() and plain.connection().get_execution_options().get("write"):
        raise WriteOutsideTransaction("a transaction has begun inside another one")
    session.rollback()
    lock = _SQLITE_WRITER if session.get_bind().dialect.name == "sqlite" else None
    if lock:
        lock.acquire()
    try:
        session.connection(execution_options={"write": True})
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        if lock:
            lock.release()
