"""A round in sections: one page for each, one progress for all, and nothing lost in between."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_story, study_document


@pytest.fixture
def story(session, links):
    """Round 2 in sections: care (S01, S03), data (S02, S04)."""
    rounds = study_document(statements=4)["rounds"]
    rounds[1]["items"].sort(key=lambda item: item["theme"])
    rounds[1]["layout"] = "sections"
    story = make_story(
        session, at=datetime.now(UTC) - timedelta(days=3), links=links, rounds=rounds
    )
    story.until_round_2()
    return story


@pytest.fixture
def expert(story, visitor):
    """Expert 3 in front of round 2."""
    visitor.arrive(story.link(3))
    visitor.round = f"/e/{story.participation(3)}/rounds/2"
    return visitor


def rating(story, code, point):
    return {f"a-{story.place(2, code)}": str(point)}


def standing(story, page, code):
    return [
        node.attrs["value"]
        for node in page.all("input", type="radio", name=f"a-{story.place(2, code)}")
        if "checked" in node.attrs
    ]


def test_each_section_has_its_page_with_where_one_is(story, expert):
    page = expert.page
    assert expert.at == f"{expert.round}/sections/1"
    assert "Section 1 of 2" in page.text
    assert page.one("title").text.startswith("Care (1 of 2) · Your opinion")
    assert "Statement 1 holds." in page.text
    assert "Statement 2 holds." not in page.text
    here = page.one("button", value="section:1")
    assert here.attrs["aria-current"] == "step"
    assert "aria-current" not in page.one("button", value="section:2").attrs


def test_going_on_and_back_saves_what_is_there(story, expert):
    page = expert.press("Next", **rating(story, "S01", 5))
    assert expert.at == f"{expert.round}/sections/2"
    assert "1 of 4 answered" in page.text
    page = expert.press("Back", **rating(story, "S02", 2))
    assert expert.at == f"{expert.round}/sections/1"
    assert "2 of 4 answered" in page.text
    assert standing(story, page, "S01") == ["5"]


def test_every_section_can_be_gone_to_and_shows_how_far_it_is(story, expert):
    page = expert.press("Data 0 of 2", **rating(story, "S01", 4))
    assert expert.at == f"{expert.round}/sections/2"
    assert page.one("button", value="section:1").text == "Care 1 of 2"


def test_saving_stays_in_the_section(story, expert):
    expert.press("Next")
    expert.press("Save", **rating(story, "S02", 3))
    assert expert.at == f"{expert.round}/sections/2"


def test_enter_in_a_field_saves(story, expert):
    first = next(
        node for node in expert.page.one("form", id="answers").all("button", type="submit")
    )
    assert first.attrs["value"] == "save"


def test_one_resumes_in_the_section_of_the_first_open_item(story, expert):
    expert.press("Save", **rating(story, "S01", 4), **rating(story, "S03", 4))
    expert.open(expert.round)
    assert expert.at == f"{expert.round}/sections/2"


def test_once_all_is_answered_one_resumes_where_one_submits(story, expert):
    expert.press("Next", **rating(story, "S01", 4), **rating(story, "S03", 4))
    expert.press("Save", **rating(story, "S02", 4), **rating(story, "S04", 4))
    page = expert.open(expert.round)
    assert expert.at == f"{expert.round}/sections/2"
    assert expert.press("Submit").h1 == "Thank you. We have your answers."
    page = expert.open(expert.round)
    assert expert.at == f"{expert.round}/sections/1"
    assert "You may still change them" in page.text


def test_only_the_last_section_submits(story, expert):
    assert not [b for b in expert.page.all("button") if b.text == "Submit"]
    page = expert.press("Next")
    assert [b for b in page.all("button") if b.text == "Submit"]
    assert not [b for b in page.all("button") if b.text == "Next"]


def test_what_is_missing_is_found_in_its_section(story, expert):
    expert.press("Next", **rating(story, "S01", 4))
    page = expert.press("Submit", **rating(story, "S02", 4))
    assert page.h1 == "2 questions have no answer yet"
    (first,) = [a for a in page.all("a") if a.text.startswith("S03")]
    expert.open(first.attrs["href"])
    assert expert.at == f"{expert.round}/sections/1"


def test_what_does_not_fit_is_shown_in_its_section_with_what_was_typed(story, expert):
    comment = {f"c-{story.place(2, 'S02')}": "I typed this"}
    expert.press("Next")
    page = expert.press("Back", **rating(story, "S02", 9), **comment)
    assert page.status == 422
    assert "Section 2 of 2" in page.text
    assert "I typed this" in page.text


def test_the_introduction_stands_on_the_first_page_alone(story, expert):
    assert "How far do you agree?" in expert.page.text
    assert "How far do you agree?" not in expert.press("Next").text


@pytest.mark.parametrize("number", [0, 3, 99])
def test_there_are_no_other_sections(story, expert, number):
    assert expert.open(f"{expert.round}/sections/{number}").status == 404
    assert expert.post(f"{expert.round}/sections/{number}", act="save").status_code == 404


@pytest.mark.parametrize(
    ("act", "leads_to"),
    [("section:99", 2), ("section:0", 1), ("section:no", 1), ("back", 1), ("section:", 1)],
)
def test_a_made_up_step_leads_to_a_section_there_is(story, expert, act, leads_to):
    answer = expert.post(f"{expert.round}/sections/1", act=act)
    assert answer.headers["Location"] == f"{expert.round}/sections/{leads_to}"


def test_a_round_on_one_page_has_no_sections(session, links, visitor):
    story = make_story(session, at=datetime.now(UTC) - timedelta(days=3), links=links)
    story.until_round_2()
    visitor.arrive(story.link(3))
    assert re.fullmatch(r"/e/[^/]+/rounds/2", visitor.at)
    assert visitor.open(f"{visitor.at}/sections/1").status == 404


def test_a_save_by_script_tells_how_far_every_section_is(story, expert):
    place = story.place(2, "S02")
    reply = expert.script(f"{expert.round}/answers", {f"a-{place}": "4", f"v-{place}": "0.0"})
    assert reply.json["answered"] == 1
    assert reply.json["steps"] == ["0 of 2", "1 of 2"]


def test_the_minutes_left_go_down_and_end(story, expert):
    assert "about 1 minute left" in expert.page.text
    page = expert.press("Next", **rating(story, "S01", 4), **rating(story, "S03", 4))
    assert "less than a minute left" in page.text
    page = expert.press("Save", **rating(story, "S02", 4), **rating(story, "S04", 4))
    assert "left" not in page.one(id="time-left").text


def test_a_closed_round_has_no_sections_to_answer(story, expert):
    story.anew()
    story.later(hours=2)
    story.close(2)
    assert expert.open(f"{expert.round}/sections/1").h1 == "Nothing to do right now"
