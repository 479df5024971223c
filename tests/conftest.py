"""What tests stand on: both engines, the app, a server, a mail server, a browser.

Everything is lazy, imports included: tests of pure statistics load none of it. REQUIRE_ALL=1 (as in
.ci/run) turns every "left out, because" into a failure.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# Without deadlines: how fast a busy machine is says nothing about a rule. Fifty examples, because
# there are many properties and every one is drawn anew in each run.
hypothesis.settings.register_profile("rondo", deadline=None, max_examples=50)
hypothesis.settings.load_profile("rondo")


def left_out(reason: str) -> None:
    """Skip with a reason; where everything must be there, fail."""
    (pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip)(reason)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file."""
    from tests.engines import migrate

    folder = tmp_path_factory.mktemp("template")
    migrate(folder)
    return folder / "study.sqlite"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server of this session."""
    from tests.engines import postgresql_server

    with postgresql_server(left_out) as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated, empty database on it."""
    from tests.engines import create_database, migrate

    name = f"template_{uuid.uuid4().hex[:12]}"
    migrate(tmp_path_factory.mktemp("template"), create_database(postgresql, name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Both engines; folders whose tests are about pages override this with SQLite alone."""
    return str(request.param)


@pytest.fixture
def db_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of the test's own."""
    from tests.engines import create_database, drop_database

    if engine_name == "sqlite":
        file = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "study.sqlite")
        yield f"sqlite:///{file}"
        return
    template = request.getfixturevalue("postgresql_template")
    server, name = request.getfixturevalue("postgresql"), f"test_{uuid.uuid4().hex[:12]}"
    yield create_database(server, name, template)
    drop_database(server, name)


@pytest.fixture
def port() -> int:
    """A port that is free now."""
    from tests.actors.server import free_port

    return free_port()


@pytest.fixture
def settings(port: int) -> dict[str, Any]:
    """Settings of the app; a test that needs others overrides this."""
    return {"public_url": f"http://127.0.0.1:{port}"}


@pytest.fixture
def app(db_url: str, tmp_path: Path, settings: dict[str, Any]) -> Iterator[Any]:
    """The application on a database of its own. Failures are raised, not turned into pages."""
    from tests.engines import running_app

    with running_app(tmp_path / "instance", db_url, settings) as app:
        yield app


@pytest.fixture
def session(db_url: str) -> Iterator[Any]:
    """A database session behind the scenes: without an app's pages, so that requests share nothing."""
    from surveys.models.base import db
    from tests.engines import bare_database

    with bare_database(db_url) as app, app.app_context():
        yield db.session
        db.session.remove()


@pytest.fixture
def live(app: Any, port: int) -> Iterator[str]:
    """The address of the app behind its production server."""
    from tests.actors.server import served

    with served(app, port) as address:
        yield address


@pytest.fixture
def mailbox() -> Iterator[Any]:
    """A real SMTP server that keeps what it is given."""
    from tests.actors.mailbox import Mailbox

    with Mailbox() as box:
        yield box


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A Chromium: the system's, else Playwright's own."""
    from tests.actors.browser import launched

    with launched(left_out) as browser:
        yield browser


@pytest.fixture
def browser(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Opens browsers of one person each; faults on their pages fail the test at its end."""
    from tests.actors.browser import People

    people = People(chromium)
    yield people.open
    people.close()


@pytest.fixture(scope="session")
def libreoffice() -> str:
    """The program LibreOffice."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or left_out("no LibreOffice here: apt install libreoffice-calc")
