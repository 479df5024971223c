"""The design of a study leaves as a file, for who may take data out, and is kept in the trail."""

import pytest
from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.services import loading
from tests.factories import make_story


@pytest.fixture
def story(session, links):
    return make_story(session, links=links)


def test_the_design_is_one_file_that_can_be_read_again(story, lead):
    assert lead.open(f"{lead.study}/data").one("a", href=f"{lead.study}/study-file")
    answer = lead.ask("GET", f"{lead.study}/study-file")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="small.yaml"'
    assert answer.mimetype == "application/yaml"
    plan = loading.read(answer.data.decode())
    assert [len(round_.items) for round_ in plan.rounds] == [2, 3, 0]
    event = (
        story.anew()
        .session.scalars(select(AuditEvent).where(AuditEvent.act == "design exported"))
        .one()
    )
    assert (event.actor, event.details) == ("researcher:1", {"file": "small.yaml"})
    assert "small.yaml" in lead.open(f"{lead.study}/trail").text
