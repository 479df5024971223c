"""Walks are about pages; the engines are the services' concern."""

from __future__ import annotations

import pytest


@pytest.fixture
def engine_name() -> str:
    return "sqlite"
