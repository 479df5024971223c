"""`db`: the commands of the library that migrates, for those who write migrations."""

from __future__ import annotations

import click
from flask import current_app, g
from flask.cli import with_appcontext
from flask_migrate.cli import db as of_the_library

from surveys.cli import migrating


@click.group("db", commands=of_the_library.commands)
@with_appcontext
def commands() -> None:
    """Write and run database migrations."""
    migrating.prepare(current_app._get_current_object())  # type: ignore[attr-defined]
    # What the library's own group would have put there: our folder is the only one.
    g.directory, g.x_arg = None, ()
