"""Migrations: numbered without gaps, reversible with data in the tables, equal to the models."""

import re
import shutil
from pathlib import Path

import pytest
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import func, inspect, select, text

from surveys.cli import demonstration, migrating
from surveys.models.base import db
from surveys.models.item import ItemRevision, Meaning
from surveys.models.response import Comment, Rating
from surveys.models.study import Study
from surveys.services import simulating

VERSIONS = Path(__file__).parents[2] / "surveys" / "migrations" / "versions"
FILES = sorted(path for path in VERSIONS.glob("*.py") if path.stem != "__init__")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request):
    return request.param


@pytest.fixture
def demo(app):
    """The demonstration, as a newcomer has it."""
    with app.app_context():
        demonstration.build(demonstration.STUDY, 8, simulating.DEFAULT_SEED)
        migrating.prepare(app)
        yield app


def field(file, name):
    found = re.search(rf'^{name}[^=]*= (?:"(\w+)"|None)', file.read_text("utf-8"), re.MULTILINE)
    return found and found[1]


def rows():
    """How many rows stand in the tables that may never lose one."""
    counts = [
        db.session.scalar(select(func.count()).select_from(kind))
        for kind in (Study, Rating, Comment)
    ]
    db.session.remove()
    return counts


def tables():
    names = set(inspect(db.engine).get_table_names())
    db.engine.dispose()
    return names


def test_migrations_are_numbered_without_gaps_and_follow_each_other():
    numbers = [f"{number:04d}" for number in range(1, len(FILES) + 1)]
    assert [file.name[:4] for file in FILES] == numbers
    assert [field(file, "revision") for file in FILES] == numbers
    assert [field(file, "down_revision") for file in FILES] == [None, *numbers[:-1]]


def test_the_head_file_names_the_newest():
    """Two branches that both add a migration then clash in version control, and not later."""
    assert (VERSIONS / ".head").read_text("utf-8").strip() == FILES[-1].name[:4]


def test_the_models_need_no_further_migration(app):
    with app.app_context():
        migrating.prepare(app)
        check()


def test_every_migration_goes_down_and_up_again_with_data_in_the_tables(demo):
    before = rows()
    assert min(before) > 0
    for file in reversed(FILES[:-1]):
        downgrade(revision=file.name[:4])
        upgrade()
        assert rows() == before, file.name
    check()


def test_the_reason_for_a_wording_is_kept_in_the_studys_first_language(demo):
    """Before 0005 there was one reason in no language, and ratings were never compared across it."""
    downgrade(revision="0004")
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE item_revision SET reason = 'two readings' WHERE id = 1"))
    upgrade()
    revision = db.session.get_one(ItemRevision, 1)
    assert (revision.reasons, revision.meaning) == ({"en": "two readings"}, Meaning.CHANGED)
    others = select(ItemRevision.reasons).where(ItemRevision.id != 1)
    assert set(db.session.scalars(others)) == {None}
    db.session.remove()
    downgrade(revision="0004")
    with db.engine.connect() as connection:
        kept = connection.scalar(text("SELECT reason FROM item_revision WHERE id = 1"))
    assert kept == "two readings"
    upgrade()


def test_the_first_migration_can_be_undone(demo):
    downgrade(revision="base")
    assert tables() <= {"alembic_version"}
    upgrade()
    assert {"study", "rating", "outbox"} <= tables()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_database_of_an_older_version_is_brought_up_to_date(demo, tmp_path):
    """An installation keeps its answers when its code is replaced by a newer one."""
    before = rows()
    downgrade(revision=FILES[0].name[:4])
    db.session.remove()
    db.engine.dispose()
    old = shutil.copy(db.engine.url.database, tmp_path / "old.sqlite")
    from surveys import create_app

    newer = create_app(tmp_path / "newer", database_url=f"sqlite:///{old}")
    with newer.app_context():
        migrating.bring_up_to_date()
        assert rows() == before
        assert migrating.standing() == migrating.newest()
        db.engine.dispose()
