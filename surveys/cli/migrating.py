"""`upgrade`: the database follows the code.

The library that migrates is brought along only where something is to migrate; most starts find
the database as it should be.
"""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import inspect, text

from surveys.models.base import db

FOLDER = Path(__file__).resolve().parents[1] / "migrations"


@click.command("upgrade")
@with_appcontext
def upgrade_now() -> None:
    """Bring the database up to date with this version of Rondo."""
    bring_up_to_date()


def bring_up_to_date() -> None:
    """Migrate the database to this version of the code."""
    if standing() == newest():
        return
    prepare(current_app._get_current_object())  # type: ignore[attr-defined]
    from flask_migrate import upgrade

    upgrade()


def standing() -> str | None:
    """At which migration the database is; None for an empty one.

    Asked as a writer asks, so that a database that cannot be written is noticed at the start.
    """
    with db.engine.execution_options(write=True).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.scalar(text("SELECT version_num FROM alembic_version"))


def newest() -> str:
    """The newest migration of this version of the code."""
    return (FOLDER / "versions" / ".head").read_text("utf-8").strip()


def prepare(app: Flask) -> None:
    """Let the app migrate its database, and have the `db` commands."""
    from flask_migrate import Migrate

    if "migrate" not in app.extensions:
        Migrate(app, db, directory=str(FOLDER), render_as_batch=True)
