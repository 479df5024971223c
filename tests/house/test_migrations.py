"""Migrations: numbered, complete, and passable in both directions with data on both engines."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import inspect, select

from surveys.cli import demonstration
from surveys.models.base import db
from surveys.models.response import Rating

VERSIONS = Path(__file__).resolve().parents[2] / "surveys" / "migrations" / "versions"


def test_migrations_are_numbered_without_a_gap_and_the_head_is_named():
    numbers = sorted(path.name[:4] for path in VERSIONS.glob("[0-9]*.py"))
    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]
    assert (VERSIONS / ".head").read_text("utf-8").strip() == numbers[-1]
    for path in VERSIONS.glob("[0-9]*.py"):
        assert re.search(rf'^revision = "{path.name[:4]}"', path.read_text("utf-8"), re.M)


def test_the_newest_migration_and_the_models_agree(app: Flask):
    with app.app_context():
        check()


def test_every_migration_goes_down_and_up_again(app: Flask):
    with app.app_context():
        demonstration.build(demonstration.STUDY, 6, 1)
        before = db.session.scalar(select(db.func.count(Rating.id)))
        db.session.remove()
        assert before
        db.engine.dispose()
        numbers = sorted(path.name[:4] for path in VERSIONS.glob("[0-9]*.py"))
        for number in reversed(numbers[:-1]):
            downgrade(revision=number)
        upgrade()
        assert db.session.scalar(select(db.func.count(Rating.id))) == before
        db.session.remove()
        downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        upgrade()
        assert "rating" in inspect(db.engine).get_table_names()
