"""How the items of a draft are asked: set by a researcher on the round's page."""

from datetime import UTC, datetime, timedelta

import pytest

from surveys.delphi.ordering import ItemOrder
from tests.factories import make_story, study_document


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


def condition_of(story, code):
    return story.anew().asked(2)[code].ask_if


@pytest.fixture
def asking(story, lead):
    """The lead on the page that says of whom S03 is asked."""
    lead.address = f"{lead.study}/rounds/2/items/{story.place(2, 'S03')}/condition"
    lead.open(lead.address)
    return lead


def test_of_whom_an_item_is_asked_is_put_together_and_said_in_words(story, asking):
    assert "It is asked of everyone." in asking.page.text
    page = asking.press(
        "Keep the condition",
        **{
            "what-0": "S01|at_least|",
            "number-0": "4",
            "what-1": "group|nurse",
            "contrary-1": "yes",
        },
    )
    assert "The condition is kept." in page.text
    said = "the answer to S01 is at least 4 and the expert does not belong to Nurse."
    assert f"Asked only if {said}" in page.text
    assert condition_of(story, "S03") == {
        "all": [{"item": "S01", "at_least": 4}, {"not": {"group": "nurse"}}]
    }
    page = asking.open(asking.address)
    assert page.one("input", id="number-0").attrs["value"] == "4"
    assert "checked" in page.one("input", id="contrary-1").attrs
    asking.press("Keep the condition", join="any")
    assert set(condition_of(story, "S03")) == {"any"}
    asking.open(asking.address)
    page = asking.press("Keep the condition", **{"what-0": "", "what-1": ""})
    assert "it is asked of everyone" in page.text
    assert condition_of(story, "S03") is None


@pytest.mark.parametrize(
    ("what", "number", "said"),
    [
        ("S01|at_least|", "", "is not a number"),
        ("S01|at_least|", "four", "is not a number"),
        ("S01|at_least|", "9", "which no answer meets"),
        ("S03|answered", "", "refers to S03"),
        ("S01|chosen|home", "", "offers nothing to choose"),
        ("group|poet", "", "names the group poet"),
        ("\x00|||", "", "refers to"),
        ("x" * 5_000, "", "refers to"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_and_keeps_what_was_typed(
    story, asking, what, number, said
):
    page = asking.press("Keep the condition", **{"what-0": what, "number-0": number})
    assert page.status == 422
    assert said in page.text
    assert page.one("input", id="number-0").attrs["value"] == number
    assert condition_of(story, "S03") is None


def test_a_condition_that_says_more_than_the_form_can_is_told_before_it_is_replaced(
    session, links, lead
):
    nested = {
        "any": [
            {"item": "S01", "unable": True},
            {"all": [{"item": "S01", "under": 3}, {"group": "nurse"}]},
        ]
    }
    rounds = study_document()["rounds"]
    rounds[1]["items"][2]["ask_if"] = nested
    other = make_story(session, rounds=rounds, links=links)
    page = lead.open(
        f"/studies/{other.study.public_id}/rounds/2/items/{other.place(2, 'S03')}/condition"
    )
    assert "says more than the form below can" in page.text
    assert "unable to judge S01 or (the answer to S01 is under 3 and" in page.text


def test_a_condition_whose_item_is_gone_is_told_beside_it_and_stops_the_launch(story, lead):
    story.launch(1)
    story.answer(1, 1, {"Q1": "A word."})
    story.close(1)
    lead.open(f"{lead.study}/rounds/2/items/{story.place(2, 'S03')}/condition")
    lead.press("Keep the condition", **{"what-0": "S01|unable"})
    page = lead.press(form=lead.page.form_with(action=f"/{story.place(2, 'S01')}/remove"))
    assert "refers to S01, which this round does not ask before it" in page.text
    assert "The condition of an item refers to something" in page.text
    assert not [node for node in page.all("button") if node.text == "Launch round 2"]


@pytest.mark.parametrize("place", [0, 999_999, 10**30])
def test_the_condition_of_an_item_that_is_none_is_not_found(lead, place):
    assert lead.open(f"{lead.study}/rounds/2/items/{place}/condition").status == 404


def test_the_condition_of_a_launched_item_is_not_changed_by_a_page_left_open(story, asking):
    story.launch(1)
    story.answer(1, 1, {"Q1": "A word."})
    story.close(1)
    story.launch(2)
    page = asking.press("Keep the condition", **{"what-0": "S01|unable"})
    assert "has been launched: what experts see is not changed any more" in page.text
    assert condition_of(story, "S03") is None
