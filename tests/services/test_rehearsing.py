"""A dry run that is thrown away leaves nothing, on either engine."""

import pytest
from sqlalchemy import func, select

from surveys.models.base import Model, transaction
from surveys.models.study import Study
from surveys.queries import dataset
from surveys.services import rehearsing
from tests.factories import make_story
from tests.services.rehearsed import rehearse


def rows_of(session):
    """How many rows every table has."""
    return {
        table.name: session.scalar(select(func.count()).select_from(table))
        for table in Model.metadata.sorted_tables
    }


@pytest.mark.both_engines
def test_thrown_away_it_leaves_not_one_row_and_the_study_as_it_was(session, tmp_path):
    story = make_story(session)
    story.launch(1)
    story.answer(1, 1, {"Q1": "A real answer."})
    before, real = rows_of(session), dataset.of_study(session, story.study)
    copy_id = rehearse(story, tmp_path, experts=4)
    assert dataset.of_study(session, story.study) == real
    with transaction(session):
        rehearsing.throw_away(
            session,
            story.study,
            session.get_one(Study, copy_id),
            actor=story.actor,
            at=story.now,
        )
    after = rows_of(session)
    changed = {name: after[name] - count for name, count in before.items() if after[name] != count}
    # Its begin and its end stay in the trail of the study.
    assert changed == {"audit_event": 2}
    with pytest.raises(ValueError, match="only a rehearsal"), transaction(session):
        rehearsing.throw_away(session, story.study, story.study, actor=story.actor, at=story.now)
