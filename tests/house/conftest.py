"""The house is inspected on SQLite, but for its migrations."""

import pytest


@pytest.fixture
def engine_name():
    return "sqlite"
