"""How the items of a draft are asked: set by a researcher on the round's page."""

from datetime import UTC, datetime, timedelta

import pytest

from surveys.delphi.ordering import ItemOrder
from tests.factories import make_story


@pytest.fixture
def story(session, links):
    """Nothing launched yet."""
    return make_story(session, at=datetime.now(UTC) - timedelta(days=3), links=links)


def test_the_order_of_a_draft_is_set_section_by_section(story, lead):
    page = lead.open(f"{lead.study}/rounds/2")
    assert "sees the items as they are listed here" in page.text
    page = lead.press("Keep the order", random="data")
    assert "Within Data every expert sees the items in an order of their own" in page.text
    assert story.anew().round(2).item_order == ItemOrder(("data",), 1).to_json()
    page = lead.press("Keep the order", random=["care", "data"])
    assert "Within each section every expert sees" in page.text
    page = lead.press("Keep the order", random=[])
    assert "sees the items as they are listed here" in page.text


@pytest.mark.parametrize("sections", [["nowhere"], ["\x00"], ["care", "x" * 5_000]])
def test_a_section_that_is_none_changes_nothing(story, lead, sections):
    lead.open(f"{lead.study}/rounds/2")
    page = lead.press("Keep the order", random=sections)
    assert "There is no theme" in page.text
    assert story.anew().round(2).item_order is None


def test_the_order_of_a_launched_round_is_told_and_not_offered_for_change(story, lead):
    story.launch(1)
    story.answer(1, 1, {"Q1": "A word."})
    story.close(1)
    lead.open(f"{lead.study}/rounds/2")
    lead.press("Keep the order", random=["care", "data"])
    page_left_open = lead.page.form_with(button="Keep the order")
    story.anew().launch(2)
    page = lead.open(f"{lead.study}/rounds/2")
    assert "Within each section every expert sees" in page.text
    assert not [node for node in page.all("button") if node.text == "Keep the order"]
    page = lead.press("Keep the order", form=page_left_open, random=[])
    assert "has been launched: what experts see is not changed any more" in page.text
    assert story.anew().round(2).item_order is not None
