"""Stories that are told once: a copy is what was told, and nobody's writing is copied over."""

import shutil

import pytest
from sqlalchemy import select

from surveys.models.base import db, transaction
from surveys.models.panel import Expert
from surveys.models.study import Study
from tests import retelling
from tests.engines import bare_database
from tests.factories import make_story


@pytest.fixture
def sessions(sqlite_template, tmp_path):
    """Opens empty databases, one after the other."""

    def opened():
        for number in range(3):
            file = shutil.copy(sqlite_template, tmp_path / f"{number}.sqlite")
            with bare_database(f"sqlite:///{file}") as app, app.app_context():
                yield db.session

    return opened()


@pytest.fixture(autouse=True)
def nothing_told_yet(monkeypatch):
    monkeypatch.setattr(retelling, "_kept", {})


def everything(story):
    """All rows there are, but for the name of the study."""
    name = story.study.public_id
    with retelling.file_of(story.session) as file:
        return [row.replace(name, "its name") for row in file.iterdump()]


def test_a_story_that_was_told_is_copied_whole(sessions):
    told = make_story(next(sessions), statements=1)
    told.until_round_2()
    rows, now, link = everything(told), told.now, told.link(3)
    name = told.study.public_id
    copied = make_story(next(sessions), statements=1)
    its_own = copied.study.public_id
    copied.until_round_2()
    assert everything(copied) == rows
    assert (copied.now, copied.link(3)) == (now, link)
    assert copied.study.public_id == its_own != name
    copied.answer(3, 2, {"S01": 4})


def test_what_a_test_wrote_in_between_is_not_copied_over(sessions):
    make_story(next(sessions), statements=1).until_round_2()
    story = make_story(next(sessions), statements=1)
    with transaction(story.session):
        story.study.title = {"en": "Another title", "nl": "Een andere titel"}
    story.until_round_2()
    assert story.study.title["en"] == "Another title"
    story.answer(3, 2, {"S01": 4})
    # And what comes of it is kept for nobody.
    later = make_story(next(sessions), statements=1)
    later.until_round_2()
    assert later.study.title["en"] == "A small study"


def test_a_second_story_stands_beside_the_first(sessions):
    session = next(sessions)
    first, second = make_story(session, experts=1), make_story(session, experts=1)
    assert session.scalars(select(Study.id)).all() == [first.study_id, second.study_id]
    assert len(session.scalars(select(Expert.id)).all()) == 2
