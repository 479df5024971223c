"""Services run on SQLite, and on PostgreSQL where a test is marked ``both_engines``.

Marked are locks, races and constraints, and of the rest so many that PostgreSQL is sent every statement
that the services write. ``python3 run.py deep`` repeats all of them there.
"""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE not in item.path.parents or item.get_closest_marker("both_engines"):
            continue
        callspec = getattr(item, "callspec", None)
        if callspec and callspec.params.get("engine_name") == "postgresql":
            item.add_marker("slow")
