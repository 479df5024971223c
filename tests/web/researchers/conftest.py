"""Who runs the study, in front of its pages."""

from datetime import UTC, datetime

import pytest

from surveys.models.base import transaction
from surveys.models.researcher import Researcher
from surveys.services import signing_in
from tests.actors.visitor import Visitor
from tests.factories import make_researcher


def sign_in_link(story, researcher_id):
    with transaction(story.session):
        person = story.session.get_one(Researcher, researcher_id)
        token = signing_in.offer(story.session, person, datetime.now(UTC))
    story.anew()
    return f"/sign-in/once/{token}"


@pytest.fixture
def lead(story, app):
    """The researcher who leads the story's study, signed in."""
    visitor = Visitor(app)
    visitor.sign_in(sign_in_link(story, make_researcher(story.session)))
    visitor.study = f"/studies/{story.study.public_id}"
    return visitor
