"""Letters are tested on SQLite alone: the engine does not matter to a mail server."""

import pytest


@pytest.fixture
def engine_name():
    return "sqlite"
