"""A copy has the whole design and nothing else; an archived study stays as it is."""

import pytest
from sqlalchemy import func, select

from surveys.models.base import transaction
from surveys.models.panel import Expert
from surveys.models.researcher import Researcher
from surveys.models.response import Response
from surveys.models.study import Study
from surveys.services import archiving, copying, writing_study_files
from surveys.services.uploading import UploadStore
from tests.factories import make_story


@pytest.fixture
def engine_name():
    """A copy goes through files; what the engines do differently is tested elsewhere."""
    return "sqlite"


def test_a_copy_has_the_design_and_neither_people_nor_answers(session, tmp_path):
    story = make_story(session)
    story.launch(1)
    story.answer(1, 1, {"Q1": "Something said."})
    uploads = UploadStore(tmp_path)
    plan = copying.plan_of(session, story.study, uploads)
    with transaction(session):
        copied = copying.duplicate(
            session,
            story.study,
            plan,
            lead=session.scalars(select(Researcher)).one(),
            actor=story.actor,
            at=story.now,
            uploads=uploads,
        )
        copy_id = copied.id
    copied = session.get_one(Study, copy_id)
    assert copied.title == {"en": "A small study (copy)", "nl": "Een kleine studie (kopie)"}
    assert (copied.locked_at, copied.rehearsal_of_id) == (None, None)
    original, copy = (writing_study_files.written(session, one) for one in (story.study, copied))
    assert copy == original.replace("A small study", "A small study (copy)").replace(
        "Een kleine studie", "Een kleine studie (kopie)"
    )
    for rows in (Expert, Response):
        of_copy = select(func.count()).select_from(rows)
        if rows is Expert:
            of_copy = of_copy.where(Expert.study_id == copy_id)
        else:
            of_copy = of_copy.join(Expert).where(Expert.study_id == copy_id)
        assert session.scalar(of_copy) == 0


def test_a_study_whose_round_is_open_is_not_put_away(session):
    story = make_story(session)
    story.launch(1)
    with pytest.raises(archiving.NotPutAway, match="Round 1 is open"), transaction(session):
        archiving.archive(session, story.study, actor=story.actor, at=story.now)
    story.close(1)
    with transaction(session):
        archiving.archive(session, story.study, actor=story.actor, at=story.now)
    assert story.anew().study.archived_at == story.now
