"""A study is built on its pages: its frame, its rounds, its items."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_story


@pytest.fixture
def story(session, links):
    """Nothing launched yet."""
    return make_story(session, at=datetime.now(UTC) - timedelta(days=3), links=links)


def test_pages(story, lead):
    lead.open(f"{lead.study}/design")
    lead.open(f"{lead.study}/rounds/2/design")
    lead.open(f"{lead.study}/rounds/1/design")
    from surveys.items import KINDS

    for kind in KINDS:
        lead.open(f"{lead.study}/rounds/2/design/new?kind={kind}&theme=care")
    lead.open(f"{lead.study}/rounds/2/design/items/{story.place(2, 'S01')}")
    lead.open(f"{lead.study}/rounds/2/preview")
    lead.open(f"{lead.study}/rounds/2/preview/page")
