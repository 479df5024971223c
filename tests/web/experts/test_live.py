"""A round in real time as experts' pages show it: blind first, then the group so far."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from surveys.models.base import db, transaction
from surveys.models.feedback import FeedbackCondition
from surveys.models.live import FigureRelease, ReleaseShown
from tests.actors.page import Page
from tests.actors.visitor import Visitor
from tests.factories import live_rounds, make_live_story, make_story, study_document
from tests.services.test_releasing import comment_of

EXPERTS = 12


@pytest.fixture
def story(session, links):
    """A round in real time is open; nobody has answered."""
    return make_live_story(session, at=datetime.now(UTC) - timedelta(days=3), links=links)


def arrive(app, story, number):
    """An expert on the page of the round."""
    person = Visitor(app, story.expert(number).language)
    person.arrive(story.link(number))
    return person


def others_answer(story, ratings=(5, 5, 4, 4, 1), *, code="S01", first=2):
    """Experts from the second on give these ratings, each with a comment."""
    for number, rating in enumerate(ratings, start=first):
        story.keep(number, 1, {code: rating}, {code: f"reason of number {number}"})


def ask(person, story, number=1, *, tag=None, **query):
    """What the script of an expert's page asks for."""
    address = f"/e/{story.participation(number)}/rounds/1/figures"
    headers = {"Accept": "application/json"} | ({"If-None-Match": tag} if tag else {})
    return person.browser.get(address, query_string=query, headers=headers)


def block(page: Page, place):
    """Where the figures of an item stand on a page."""
    (found,) = page.all("div", data_live=str(place))
    return found


def save(person, story, number, code, rating):
    """What the script sends when a point is chosen."""
    place = story.place(1, code)
    answer = person.script(
        f"/e/{story.participation(number)}/rounds/1/answers",
        {f"a-{place}": str(rating), f"v-{place}": "0.0"},
    )
    assert answer.status_code == 200


# --- blind


def test_before_ones_own_answer_nothing_of_the_group_is_on_the_page_or_sent(app, story):
    others_answer(story)
    person = arrive(app, story, 1)
    place = story.place(1, "S01")
    assert block(person.page, place).parts == []
    sent = ask(person, story, after=0, items=place)
    assert sent.json == {"newest": 0, "items": {}}
    for text in (person.response.text, sent.text):
        assert "reason of number" not in text
        assert "of 5 experts" not in text
        assert "data-middle" not in text


def test_an_answer_to_one_item_opens_no_other(app, story):
    others_answer(story)
    others_answer(story, code="S02")
    person = arrive(app, story, 1)
    save(person, story, 1, "S01", 4)
    sent = ask(person, story, after=0).json["items"]
    assert list(sent) == [str(story.place(1, "S01"))]
    page = arrive(app, story, 1).page
    assert block(page, story.place(1, "S02")).parts == []


def test_figures_of_an_unopened_item_do_not_even_change_the_tag(app, story):
    person = arrive(app, story, 1)
    save(person, story, 1, "S02", 4)
    tag = ask(person, story, after=0).headers["ETag"]
    others_answer(story)
    assert ask(person, story, tag=tag).status_code == 304


# --- open


def test_after_ones_own_answer_the_group_so_far_is_shown(app, story):
    others_answer(story)
    person = arrive(app, story, 1)
    save(person, story, 1, "S01", 4)
    page = arrive(app, story, 1).page
    text = block(page, story.place(1, "S01")).text
    assert "The group so far" in text
    assert "Your answer now: 4 (point 4)." in text
    assert "4 of 5 experts (80%) rated it 4–5; 1 (20%) rated it 1–2." in text
    assert "Middle rating 4;" in text
    assert "5 comments by experts" in text
    assert "last time" not in text
    assert "previous round" not in text


def test_while_too_few_have_answered_the_page_says_so(app, story):
    others_answer(story, (5, 4))
    person = arrive(app, story, 1)
    save(person, story, 1, "S01", 4)
    text = block(arrive(app, story, 1).page, story.place(1, "S01")).text
    assert "Too few have answered to show figures." in text
    assert "reason of" not in text


def test_a_late_answer_is_not_on_anybodys_page(app, story):
    others_answer(story)
    person = arrive(app, story, 1)
    save(person, story, 1, "S01", 4)
    before = block(arrive(app, story, 1).page, story.place(1, "S01")).text
    story.keep(7, 1, {"S01": 1}, {"S01": "very late"})
    assert block(arrive(app, story, 1).page, story.place(1, "S01")).text == before


def test_ones_own_comment_is_not_among_those_of_others(app, story):
    story.keep(1, 1, {"S01": 4}, {"S01": "my own words"})
    others_answer(story)
    page = arrive(app, story, 1).page
    text = block(page, story.place(1, "S01")).text
    assert "my own words" not in text
    assert "4 comments by experts" in text


def test_a_comment_kept_back_by_a_moderator_is_never_sent(app, story):
    story.keep(2, 1, {"S01": 4}, {"S01": "names somebody"})
    with transaction(story.session):
        comment_of(story, 2).hidden_at = story.now
    others_answer(story, (4, 4, 4, 4), first=3)
    person = arrive(app, story, 1)
    save(person, story, 1, "S01", 4)
    assert "names somebody" not in ask(person, story, after=0).text
    assert "names somebody" not in arrive(app, story, 1).response.text


def test_a_reason_is_asked_for_outside_the_middle_half_of_the_group_so_far(app, story):
    others_answer(story, (5, 5, 4, 4, 4))
    person = arrive(app, story, 1)
    save(person, story, 1, "S01", 1)
    place = story.place(1, "S01")
    page = arrive(app, story, 1).page
    (label,) = page.all("label", **{"for": f"c-{place}"})
    assert "outside the middle half of the group" in label.text
    assert ask(person, story, after=0).json["items"][str(place)]["middle"] == "4 5"


# --- asking again


def test_nothing_new_is_answered_with_nothing_and_two_light_queries(app, story):
    others_answer(story)
    person = arrive(app, story, 1)
    save(person, story, 1, "S01", 4)
    tag = ask(person, story, after=0).headers["ETag"]
    statements = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *about: statements.append(about[2]))
    answer = ask(person, story, tag=tag)
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == tag
    assert len([one for one in statements if one.startswith("SELECT")]) == 2, statements


def test_the_page_knows_what_it_is_up_to_date_with(app, story):
    others_answer(story)
    person = arrive(app, story, 1)
    save(person, story, 1, "S01", 4)
    (about,) = arrive(app, story, 1).page.all(id="live")
    assert ask(person, story, tag=f'W/"{about.attrs["data-tag"]}"').status_code == 304


def test_only_what_is_newer_is_sent(app, story):
    others_answer(story)
    others_answer(story, code="S02")
    person = arrive(app, story, 1)
    for code in ("S01", "S02"):
        save(person, story, 1, code, 4)
    first = ask(person, story, after=0)
    assert len(first.json["items"]) == 2
    for number in range(7, 12):
        story.keep(number, 1, {"S02": 1})
    second = ask(person, story, after=first.json["newest"], tag=first.headers["ETag"])
    assert list(second.json["items"]) == [str(story.place(1, "S02"))]
    assert "10 experts" in second.json["items"][str(story.place(1, "S02"))]["html"]


def test_what_was_just_answered_is_sent_with_ones_new_answer_in_it(app, story):
    others_answer(story)
    person = arrive(app, story, 1)
    save(person, story, 1, "S01", 4)
    first = ask(person, story, after=0)
    place = story.place(1, "S01")
    person.script(
        f"/e/{story.participation(1)}/rounds/1/answers", {f"a-{place}": "2", f"v-{place}": "1.0"}
    )
    again = ask(person, story, after=first.json["newest"], items=place, tag=first.headers["ETag"])
    assert "Your answer now: 2" in again.json["items"][str(place)]["html"]


def test_in_sections_only_the_items_of_the_section_are_sent(app, session, links):
    story = make_live_story(
        session,
        at=datetime.now(UTC) - timedelta(days=3),
        links=links,
        rounds=live_rounds(layout="sections"),
    )
    others_answer(story)
    others_answer(story, code="S02")
    person = arrive(app, story, 1)
    for code in ("S01", "S02"):
        save(person, story, 1, code, 4)
    (about,) = person.page.all(id="live")
    section = about.attrs["data-section"]
    assert len(ask(person, story, after=0, section=section).json["items"]) == 1
    assert len(story.anew().session.scalars(select(ReleaseShown)).all()) == 1


def test_once_the_round_is_closed_the_page_is_told(app, story):
    person = arrive(app, story, 1)
    story.close(1)
    assert ask(person, story).json == {
        "closed": "This round is closed. The figures no longer change."
    }


@pytest.mark.parametrize(
    "query", [{"after": "x"}, {"items": "-1,9999999999999,ü"}, {"section": "77"}]
)
def test_junk_in_the_address_is_passed_over(app, story, query):
    person = arrive(app, story, 1)
    answer = ask(person, story, **query)
    assert (answer.status_code, answer.json["items"]) == (200, {})


def test_there_is_nothing_to_follow_in_a_classical_round(app, session, links):
    story = make_story(session, at=datetime.now(UTC) - timedelta(days=3), links=links)
    story.launch(1)
    person = arrive(app, story, 1)
    assert ask(person, story).status_code == 404
    assert person.page.all(id="live") == []


def test_nobody_follows_without_consent_or_under_anothers_name(app, story):
    person = arrive(app, story, 1)
    assert ask(person, story, 2).status_code == 403
    stranger = Visitor(app)
    stranger.open(story.link(3))
    stranger.press(form=stranger.page.form_with(action=story.link(3)))
    answer = ask(stranger, story, 3)
    assert (answer.status_code, answer.json) == (
        403,
        {"problem": "Please give your consent first."},
    )


# --- without script, and the log


def test_without_script_the_figures_come_with_a_button_that_saves_first(app, story):
    others_answer(story)
    person = arrive(app, story, 1)
    place = story.place(1, "S01")
    page = person.press("Show the newest figures", **{f"a-{place}": "5"})
    assert "Your answer now: 5 (point 5)." in block(page, place).text


def test_what_was_shown_to_whom_and_when_is_kept(app, story):
    others_answer(story)
    person = arrive(app, story, 1)
    save(person, story, 1, "S01", 4)
    log = select(ReleaseShown.expert_id, FigureRelease.number).join(
        FigureRelease, FigureRelease.id == ReleaseShown.release_id
    )
    assert story.anew().session.execute(log).all() == []
    ask(person, story, after=0)
    ask(person, story, after=0)
    arrive(app, story, 1)
    assert story.anew().session.execute(log).all() == [(story.expert(1).id, 1)]
    conditions = story.session.execute(
        select(FeedbackCondition.expert_id, FeedbackCondition.first_shown_at)
    ).all()
    assert len(conditions) == EXPERTS
    assert [who for who, when in conditions if when] == [story.expert(1).id]


def test_an_arm_that_shows_nothing_follows_nothing(app, session, links):
    protocol = {
        **study_document()["protocol"],
        "feedback": {
            "smallest_group": 5,
            "arms": [{"code": "none", "show": []}, {"code": "all", "show": ["distribution"]}],
        },
    }
    story = make_live_story(
        session, at=datetime.now(UTC) - timedelta(days=3), links=links, protocol=protocol
    )
    arms = dict(session.execute(select(FeedbackCondition.expert_id, FeedbackCondition.arm)).all())
    numbers = {arms[story.expert(number).id]: number for number in range(1, EXPERTS + 1)}
    others = [n for n in range(1, EXPERTS + 1) if n not in numbers.values()][:5]
    for number in others:
        story.keep(number, 1, {"S01": 4})
    for arm, number in numbers.items():
        story.keep(number, 1, {"S01": 2})
        person = arrive(app, story, number)
        follows = bool(person.page.all(id="live"))
        assert follows is (arm == "all")
        assert ask(person, story, number, after=0).status_code == (200 if follows else 404)
        assert bool(re.search(r"live\.js", person.response.text)) is follows


def test_whoever_joins_while_the_round_is_open_sees_the_group_like_the_others(app, story):
    others_answer(story)
    story.recruit(1)
    story.keep(EXPERTS + 1, 1, {"S01": 2})
    person = arrive(app, story, EXPERTS + 1)
    assert "5 experts" in block(person.page, story.place(1, "S01")).text
    conditions = story.anew().session.scalars(select(FeedbackCondition)).all()
    assert len(conditions) == EXPERTS + 1
