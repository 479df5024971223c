"""The pictures of docs/experts.md and docs/kinds.md, taken from running pages.

`python3 run.py deep tests/deep/test_pictures.py` looks whether every picture can be taken; with
RONDO_PICTURES=docs/pictures it writes them there. All panels in them are simulated.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from surveys.items import ASKING
from surveys.models.item import Meaning
from tests.actors.browser import DESKTOP, PHONE
from tests.actors.expert import ExpertInBrowser
from tests.every_kind import make_fed_back
from tests.factories import (
    Story,
    both,
    live_rounds,
    make_live_story,
    make_story,
    study_document,
)

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SIZES = {"375": PHONE, "1280": DESKTOP}
FOR = (
    "Clients keep their appointments since they can move them by themselves.",
    "It saves a journey for people who live far out.",
    "Between two sessions I see who is struggling, and call.",
)
AGAINST = (
    "Half of the people I see have no phone that runs the app.",
    "A craving at night needs a voice, not a notification.",
)
# Twelve ratings: most agree, three do not.
SPLIT = [5, 4, 4, 5, 4, 2, 5, 4, 1, 4, 2, 5]
# Who gives the reasons; experts of odd numbers write English.
FOR_BY, AGAINST_BY = (1, 3, 5), (9, 11)
STATEMENT = both("Apps make counselling easier to reach.", "Apps maken begeleiding bereikbaarder.")
POINTS = ("Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree")


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where pictures go: the documentation's folder if it is named, else nowhere that stays."""
    made = Path(os.environ.get("RONDO_PICTURES") or tmp_path)
    for name in ("experts", "kinds"):
        (made / name).mkdir(parents=True, exist_ok=True)
    return made


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def at_the_round(browser: Callable[..., Page], live: str, size: str) -> Callable[..., Any]:
    """An expert in front of the open round."""

    def arrive(story: Story, number: int) -> ExpertInBrowser:
        expert = ExpertInBrowser(browser(size=SIZES[size]), live + story.link(number))
        expert.open_link()
        expert.start()
        if expert.page.locator("input[name=agree]").count():
            expert.consent()
        # What hangs at the foot of the screen would lie over the part in the picture.
        expert.page.evaluate("document.querySelector('.bar').hidden = true")
        return expert

    return arrive


@pytest.fixture
def parts(app: Any) -> dict[str, Any]:
    """When the stories begin, and with which links."""
    return {
        "at": datetime.now(UTC) - timedelta(days=20),
        "links": app.extensions["rondo.links"],
    }


@pytest.fixture
def words(parts: dict[str, Any]) -> dict[str, Any]:
    """The same with a statement and a scale that read as in a study."""
    document = study_document()
    for item in document["rounds"][1]["items"]:
        item["wording"] = STATEMENT
    labels = dict(enumerate(POINTS, start=1))
    document["scale"]["labels"] = {"en": labels, "nl": labels}
    return {**parts, "rounds": document["rounds"], "scale": document["scale"]}


def take(part: Locator, path: Path) -> None:
    """One picture of a part of a page that is there and is seen."""
    expect(part).to_be_visible()
    part.screenshot(path=path)
    assert path.stat().st_size > 2_000, "an empty picture"


def test_every_kind_of_item(session, parts, folder, size, at_the_round):
    story = make_fed_back(session, **parts)
    expert = at_the_round(story, 1)
    kinds = {placed.kind: code for code, placed in story.asked(3).items() if placed.kind in ASKING}
    assert len(kinds) >= 9
    for kind, code in kinds.items():
        take(expert.item(code), folder / "kinds" / f"{kind}-{size}.png")


@pytest.mark.parametrize("whose", ["panel", "all_groups"])
def test_feedback_with_and_without_groups(session, parts, folder, size, at_the_round, whose):
    story = make_fed_back(session, whose=whose, **parts)
    expert = at_the_round(story, 1)
    name = "feedback" if whose == "panel" else "feedback-by-group"
    take(expert.item("S01"), folder / "experts" / f"{name}-{size}.png")


def test_reasons_for_and_against(session, words, folder, size, at_the_round):
    story = make_story(session, experts=12, **words)
    story.until_round_2()
    story.rate(2, {"S01": SPLIT})
    for number, reason in zip((*FOR_BY, *AGAINST_BY), (*FOR, *AGAINST), strict=True):
        story.keep(number, 2, {}, {"S01": reason})
    fed_back(story)
    expert = at_the_round(story, 3)
    expert.item("S01").locator(".voices summary").first.click()
    take(expert.item("S01"), folder / "experts" / f"reasons-{size}.png")


def test_a_change_of_wording(session, words, folder, size, at_the_round):
    story = make_story(session, experts=12, **words)
    story.until_round_2()
    story.rate(2, {"S01": SPLIT, "S02": SPLIT})
    story.close(2)
    story.prepare(2, returning=[story.place(2, "S01")])
    story.reword(
        3,
        "S01",
        {
            "en": "Apps make good counselling easier to reach for everybody.",
            "nl": "Apps maken goede begeleiding voor iedereen bereikbaarder.",
        },
        {
            "en": "Several experts asked for whom it would be easier.",
            "nl": "Verschillende experts vroegen voor wie het makkelijker zou worden.",
        },
        Meaning.KEPT,
    )
    story.launch(3, closes_at=datetime.now(UTC) + timedelta(days=7))
    take(at_the_round(story, 3).item("S01"), folder / "experts" / f"wording-{size}.png")


def test_self_rated_expertise(session, words, folder, size, at_the_round):
    story = make_story(session, experts=8, expertise="item", **words)
    story.until_round_2()
    # The question stands below the statement, and is not part of its answer.
    section = at_the_round(story, 1).page.locator("section").first
    take(section, folder / "experts" / f"expertise-{size}.png")


def test_a_round_in_real_time(session, words, folder, size, at_the_round):
    asked = live_rounds(items=words["rounds"][1]["items"])
    now = datetime.now(UTC) - timedelta(days=3)
    story = make_live_story(session, **{**words, "at": now, "rounds": asked})
    for number, rating in enumerate(SPLIT[3:9], start=5):
        story.anew().keep(number, 1, {"S01": rating})
    expert = at_the_round(story, 3)
    take(expert.item("S01"), folder / "experts" / f"real-time-blind-{size}.png")
    expert.rate("S01", 4)
    expect(expert.item("S01").locator(".live")).not_to_be_empty()
    take(expert.item("S01"), folder / "experts" / f"real-time-{size}.png")


def fed_back(story: Story) -> None:
    """Close round 2 and open round 3 with what it brought."""
    story.close(2)
    story.prepare(2, returning=[story.place(2, "S01")])
    story.launch(3, closes_at=datetime.now(UTC) + timedelta(days=7))
