"""The words after `run.py`: all of them lead somewhere, and a server loads none that it does not need."""

import subprocess
import sys

import click
import pytest

from surveys.cli import COMMANDS
from surveys.cli.analysing import analyse

SERVER = """
import sys
from surveys import create_app

create_app(instance=sys.argv[1])
unwanted = ("scipy", "alembic", "surveys.stats.camps", "surveys.services.elsewhere", "surveys.cli.")
print([name for name in sys.modules if name.startswith(unwanted)])
"""


@pytest.fixture
def engine_name():
    return "sqlite"


@pytest.mark.parametrize("word", COMMANDS)
def test_every_word_is_a_command_that_says_what_it_does(app, word):
    command = app.cli.get_command(click.Context(app.cli), word)
    assert command is not None
    assert command.get_short_help_str()


def test_the_commands_of_extensions_stay(app):
    assert {"db", *COMMANDS} <= set(app.cli.list_commands(click.Context(app.cli)))


def test_a_word_that_is_none_leads_nowhere(app):
    assert app.cli.get_command(click.Context(app.cli), "analyze") is None
    assert app.cli.get_command(click.Context(app.cli), "analyse") is analyse


def test_a_server_brings_no_statistics_of_files_along(tmp_path):
    """They would make every start slower, of a laptop as of a web process."""
    started = subprocess.run(
        [sys.executable, "-c", SERVER, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert started.stdout.strip() == "[]"
