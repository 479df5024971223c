"""New words, drawn orders, conditions and evidence, on a phone and at a desk, seen by both judges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from surveys.delphi.asking import Compared, Relation
from surveys.models.base import transaction
from surveys.models.item import Meaning
from surveys.services import attaching, designing
from surveys.services.attaching import Described
from tests.actors.browser import DESKTOP, PHONE
from tests.actors.expert import ExpertInBrowser
from tests.actors.judges import Judges
from tests.conftest import left_out
from tests.factories import Story, both, make_rated_story, study_document
from tests.pictures import png

pytestmark = pytest.mark.browser

WHY = both("Children were not meant.", "Kinderen waren niet bedoeld.")


@pytest.fixture
def story(session: Any, app: Flask) -> Story:
    """Round 3 is open, in an order drawn for each expert.

    S01 is reworded and rests on a picture, S02 means something else now, S04 is asked after a low S01.
    """
    rounds = study_document(statements=4)["rounds"]
    for item in rounds[1]["items"]:
        item["theme"] = "care"
    rounds[2]["order"] = "random"
    story = make_rated_story(
        session,
        rounds=rounds,
        at=datetime.now(UTC) - timedelta(days=20),
        links=app.extensions["rondo.links"],
    )
    clearer = both("Statement 1 holds for adults.", "Stelling 1 klopt voor volwassenen.")
    story.reword(3, "S01", clearer, WHY, Meaning.KEPT)
    story.reword(3, "S02", both("Statement 2 never holds."), WHY, Meaning.CHANGED)
    picture = Described(
        both("Abstinence"), file_name="curve.png", content=png(900, 400), alt=both("Two curves")
    )
    act = {"actor": story.actor, "at": story.now}
    with transaction(session):
        attaching.attach(
            session,
            story.study,
            story.asked(3)["S01"],
            picture,
            store=app.extensions["rondo.uploads"],
            **act,
        )
        condition = Compared("S01", Relation.AT_MOST, 2)
        designing.set_condition(
            session, story.study, story.asked(3)["S04"], condition=condition, **act
        )
    story.later(days=1)
    story.launch(3)
    return story


@pytest.fixture
def judges(tmp_path: Path) -> Iterator[Judges]:
    folder = tmp_path / "seen"
    folder.mkdir()
    judges = Judges(folder, left_out)
    yield judges
    judges.verdict()


@pytest.fixture
def opens(story: Story, live: str, browser: Callable[..., Page]) -> Callable[..., ExpertInBrowser]:
    """Lets the first expert of the panel, who reads English, open the round on one more device."""

    def arrive(**device: Any) -> ExpertInBrowser:
        expert = ExpertInBrowser(browser(**device), live + story.link(1))
        expert.open_link()
        expert.start()
        expert.page.wait_for_url("**/rounds/3")
        return expert

    return arrive


def shown(expert: ExpertInBrowser) -> list[str]:
    """The codes of the items on the page that can be seen."""
    marks = expert.page.locator(".item .code").all()
    return [mark.inner_text() for mark in marks if mark.is_visible()]


def test_new_words_and_evidence_are_read_on_a_phone_and_at_a_desk(
    opens: Callable[..., ExpertInBrowser], judges: Judges
) -> None:
    for name, size in (("phone", PHONE), ("desk", DESKTOP)):
        expert = opens(size=size)
        item = expert.item("S01")
        expect(item.locator("ins")).to_contain_text("for adults")
        expect(item.locator(".why")).to_contain_text("Children were not meant.")
        expect(item).to_contain_text("You rated 5")
        expect(expert.item("S02")).to_contain_text("The new wording means something else")
        expect(expert.item("S02")).not_to_contain_text("You rated")
        # The picture is fetched when it is unfolded, and drawn.
        image = item.locator(".rests-on img")
        drawn = "(image) => image.complete && image.naturalWidth"
        assert not image.evaluate(drawn)
        with expert.page.expect_response("**/evidence/*") as fetched:
            item.locator(".rests-on summary").press("Enter")
        assert fetched.value.ok
        expect(image).to_be_visible()
        expert.page.wait_for_function(f"({drawn})(document.querySelector('.rests-on img')) === 900")
        judges.look(expert.page, name)


def test_a_drawn_order_is_the_same_after_a_reload_and_on_a_second_device(
    opens: Callable[..., ExpertInBrowser],
) -> None:
    desk = opens(size=DESKTOP)
    order = shown(desk)
    assert sorted(order) == ["S01", "S02", "S03"]
    desk.rate(order[0], 3)
    desk.page.reload()
    phone = opens(size=PHONE)
    assert shown(desk) == shown(phone) == order
    onward = phone.page.get_by_role("link", name="Continue at the first unanswered")
    place = phone.item(order[1]).get_attribute("id")
    expect(onward).to_have_attribute("href", f"#{place}")


def test_an_item_comes_and_goes_with_the_save_that_decides_it_and_no_focus_is_lost(
    opens: Callable[..., ExpertInBrowser], judges: Judges
) -> None:
    expert = opens(size=PHONE)
    page = expert.page
    news, progress, asked = (
        page.locator("#asked-now"),
        page.locator("#progress"),
        expert.item("S04"),
    )
    expect(asked).to_be_hidden()
    expert.rate("S01", 1)
    expect(asked).to_be_visible()
    expect(news).to_have_text("Asked now as well: S04.")
    assert news.get_attribute("role") == "status"
    expect(progress).to_have_text("1 of 4 answered")
    assert page.evaluate("document.activeElement.name") == expert.item("S01").locator(
        "input[value='1']"
    ).get_attribute("name")
    judges.look(page, "asked")

    # It is taken away while somebody writes in it: it goes when they leave it.
    remark = asked.locator("textarea")
    remark.fill("Half a thought")
    rating = expert.item("S01").locator("input[value='5']")
    rating.evaluate(
        "(one) => { one.checked = true; one.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    expect(news).to_have_text("No longer asked: S04.")
    expect(asked).to_be_visible()
    expect(remark).to_be_focused()
    expert.item("S01").locator("textarea").focus()
    expect(asked).to_be_hidden()
    expect(progress).to_have_text("1 of 3 answered")

    # What was written stands, and is there when the item is asked again.
    expert.rate("S01", 2)
    expect(asked).to_be_visible()
    page.reload()
    expect(asked.locator("textarea")).to_have_value("Half a thought")


def test_without_a_script_an_item_comes_and_goes_when_the_section_is_saved(
    opens: Callable[..., ExpertInBrowser],
) -> None:
    expert = opens(size=DESKTOP, scripts=False)
    save = expert.page.locator(".section-save button").first
    expect(expert.item("S04")).to_be_hidden()
    for point, there in ((1, True), (4, False)):
        expert.item("S01").locator(f"label:has(input[value='{point}'])").click()
        save.click()
        expect(expert.item("S04")).to_be_visible(visible=there)
