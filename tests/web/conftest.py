"""Pages are tested on SQLite alone; the story behind them is told on the clock of the wall."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.actors.visitor import Visitor
from tests.factories import make_story


@pytest.fixture
def engine_name():
    return "sqlite"


@pytest.fixture
def visitor(app):
    """Somebody with a browser of their own."""
    return Visitor(app)


@pytest.fixture
def links(app):
    return app.extensions["rondo.links"]


@pytest.fixture
def story(session, links):
    """Round 1 is closed, round 2 open since a while, with six experts and three statements."""
    story = make_story(session, at=datetime.now(UTC) - timedelta(days=3), links=links)
    story.until_round_2()
    return story
