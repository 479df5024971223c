"""Commands: `python3 run.py WORD` is `flask --app app WORD`. The only place that prints."""

from __future__ import annotations

from flask import Flask

from surveys.cli import analysing, demonstration, serving, studies


def register(app: Flask) -> None:
    """Give the app its commands."""
    app.cli.add_command(analysing.analyse)
    app.cli.add_command(demonstration.demo)
    app.cli.add_command(serving.serve)
    app.cli.add_command(serving.work)
    app.cli.add_command(studies.study)
    app.cli.add_command(studies.researcher)
    app.cli.add_command(studies.migrate_now)
