"""A study in four languages that asks every kind of item, and eight experts who have answered it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from surveys.models.base import AnySession
from tests.factories import FOUR_LANGUAGES, UNABLE, Given, Story, make_story, told_once

LANGUAGES = ("en", "nl", "fr", "de")
ENGLISH, DUTCH, FRENCH, GERMAN = (1, 2, 3, 4)
EXPERTS = 12
# What the experts answer in round 2; a mapping is what the fields of a kind hold.
ROUND_2: dict[str, list[Given]] = {
    "S01": [5, 4, 4, 4, 5, 4, 4, 2, 5, 4, 4, 3],
    "S02": [1, 5, 1, 5, 2, 4, 3, 3, 1, 5, 2, 4],
    "S04": [5, 5, 4, 4, 3, 5, 4, UNABLE, 4, 4, 5, 5],
    "M01": [{"-useful": str(1 + n % 5), "-feasible": str(5 - n % 3)} for n in range(EXPERTS)],
    "C01": [{"": ("practice", "home")[n % 2]} for n in range(11)] + [{"": "", "-other": "Bus"}],
    "C02": [{"-practice": "yes", "-home": "yes" if n % 2 else ""} for n in range(EXPERTS)],
    "R01": [{"-training": "1", "-fees": "23"[n % 2], "-law": "32"[n % 2]} for n in range(EXPERTS)],
    "P01": [{"-training": "50", "-fees": str(20 + n), "-law": str(30 - n)} for n in range(EXPERTS)],
    "L01": [{"": str(40 + 5 * n)} for n in range(EXPERTS)],
    "N01": [{"": f"{10 + n}.5"} for n in range(EXPERTS)],
    "E01": [
        {"-lowest": "10", "-best": str(20 + n), "-highest": "40", "-confidence": "80"}
        for n in range(EXPERTS)
    ],
}
# By experts of three languages, on S01.
REASONS = {6: "De lijn valt soms uit.", 8: "Das Licht ist schlecht.", 9: "It saves a journey."}


def three_weeks_ago() -> datetime:
    return datetime.now(UTC) - timedelta(days=20)


@told_once(three_weeks_ago)
def make_four_languages(
    session: AnySession,
    *,
    whose: str = "panel",
    layout: str = "page",
    mode: str = "classical",
    **parts: Any,
) -> Story:
    """Nothing is launched; experts 1 to 12 speak the four languages in turn.

    mode : how round 2 runs.
    """
    file = FOUR_LANGUAGES.read_text("utf-8")
    round_2 = "  - number: 2\n    kind: rating\n"
    assert round_2 in file
    file = file.replace(round_2, f"{round_2}    mode: {mode}\n")
    file = file.replace("smallest_group: 5", f"smallest_group: 5, whose: {whose}")
    story = make_story(
        session,
        experts=0,
        file=f"{file}\nlayout: {layout}\n",
        **{"at": three_weeks_ago(), **parts},
    )
    story.recruit(EXPERTS, LANGUAGES)
    return story


@told_once(three_weeks_ago)
def make_fed_back(session: AnySession, **parts: Any) -> Story:
    """The same with round 3 open until next week: every kind comes back with its feedback.

    Experts 13 to 16, of the four languages, come too late for round 2.
    """
    story = make_four_languages(session, **parts)
    story.until_round_2()
    story.rate(2, ROUND_2)
    for expert, reason in REASONS.items():
        story.keep(expert, 2, {}, {"S01": reason})
    story.close(2)
    story.recruit(len(LANGUAGES), LANGUAGES)
    story.prepare(2, returning=[story.place(2, code) for code in ROUND_2])
    story.launch(3, closes_at=datetime.now(UTC) + timedelta(days=7))
    return story
