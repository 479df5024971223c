"""Runs migrations inside the application, on the engine it uses, in batch mode for SQLite."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from flask import current_app

import surveys.models  # noqa: F401 - registers every table
from surveys.models.base import UtcDateTime, db


def in_plain_types(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """Write our own types by their plain equivalents: migrations outlive the code they came from."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Bring the database to a revision; one transaction for all of it."""
    engine = db.engine.execution_options(write=True)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadatas[None],
            render_item=in_plain_types,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
