"""Commands: `python3 run.py WORD` is `flask --app app WORD`. The only place that prints."""

from __future__ import annotations

from importlib import import_module

import click
from flask import Flask
from flask.cli import AppGroup

# Where each command lives. A web server needs none of them, and some bring the statistics along.
COMMANDS = {
    "analyse": "surveys.cli.analysing:analyse",
    "demo": "surveys.cli.demonstration:demo",
    "serve": "surveys.cli.serving:serve",
    "work": "surveys.cli.serving:work",
    "study": "surveys.cli.studies:study",
    "researcher": "surveys.cli.studies:researcher",
    "upgrade": "surveys.cli.migrating:upgrade_now",
    "db": "surveys.cli.database:commands",
}


class Words(AppGroup):
    """The commands of the application; each is imported when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            module, _, name = COMMANDS[cmd_name].partition(":")
            self.add_command(getattr(import_module(module), name), cmd_name)
        return super().get_command(ctx, cmd_name)


def register(app: Flask) -> None:
    """Give the app its commands, beside those that extensions gave it."""
    app.cli = Words(app.name, commands=app.cli.commands)
