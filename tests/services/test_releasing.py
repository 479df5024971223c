"""Rounds in real time: items open with the first answer, figures come in batches."""

from __future__ import annotations

import random
import threading

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from surveys.models.base import transaction
from surveys.models.live import FigureRelease, FirstAnswer, ReleaseShown
from surveys.models.panel import EarlierAnswers
from surveys.models.response import Comment, Rating, Response
from surveys.models.round import ItemFeedback
from surveys.queries import live
from surveys.services import moderating, releasing, withdrawing
from tests.factories import (
    UNABLE,
    both,
    live_rounds,
    make_live_story,
    make_story,
    study_document,
)

BY_GROUP = {
    **study_document()["protocol"],
    "feedback": {"smallest_group": 5, "whose": "all_groups"},
}


def releases(story, code="S01"):
    """Every sheet that was released on an item, the launch's empty one first."""
    story.session.rollback()
    rows = story.session.scalars(
        select(FigureRelease)
        .where(FigureRelease.round_item_id == story.place(1, code))
        .order_by(FigureRelease.number)
    ).all()
    assert [row.number for row in rows] == list(range(len(rows)))
    assert [row.latest for row in rows] == [False] * (len(rows) - 1) + [True]
    return [row.sheet for row in rows]


def shown(story, code="S01"):
    """What stands released on an item."""
    return releases(story, code)[-1]


def opened_to(story, expert):
    """The codes of the items that are open to an expert."""
    story.session.rollback()
    places = {placed.id: code for code, placed in story.asked(1).items()}
    found = live.released_to(story.session, story.expert(expert).id, story.round(1).id)
    return {places[place] for place in found}


def test_nothing_is_released_before_a_batch_is_full(session):
    story = make_live_story(session)
    for expert in range(1, 5):
        story.keep(expert, 1, {"S01": 4})
    assert releases(story) == [{"suppressed": True, "smallest": 5}]


def test_the_answer_that_fills_a_batch_releases_it(session):
    story = make_live_story(session)
    for expert, rating in enumerate((5, 4, 4, 2, 1), start=1):
        story.keep(expert, 1, {"S01": rating})
    sheet = shown(story)
    assert (sheet["n"], sheet["counts"], sheet["median"]) == (5, [1, 1, 0, 2, 1], 4)
    assert sheet["share_high"] == 0.6
    assert shown(story, "S02") == {"suppressed": True, "smallest": 5}


def test_a_late_answer_changes_nothing_until_the_next_batch(session):
    story = make_live_story(session)
    for expert in range(1, 10):
        story.keep(expert, 1, {"S01": 4})
    assert [sheet.get("n") for sheet in releases(story)] == [None, 5]
    story.keep(10, 1, {"S01": 1})
    assert [sheet.get("n") for sheet in releases(story)] == [None, 5, 10]
    assert shown(story)["counts"] == [1, 0, 0, 9, 0]


def test_changed_answers_fill_a_batch_like_new_ones(session):
    story = make_live_story(session)
    for expert in range(1, 6):
        story.keep(expert, 1, {"S01": 2})
    for expert in range(1, 4):
        story.keep(expert, 1, {"S01": 4})
    story.keep(6, 1, {"S01": 4})
    assert shown(story)["counts"] == [0, 5, 0, 0, 0]
    story.keep(7, 1, {"S01": 4})
    assert shown(story)["counts"] == [0, 2, 0, 5, 0]


def test_an_answer_that_is_changed_back_is_no_news(session):
    story = make_live_story(session)
    for expert in range(1, 6):
        story.keep(expert, 1, {"S01": 2})
    for _ in range(3):
        for expert in (1, 2):
            for rating in (4, 2):
                story.keep(expert, 1, {"S01": rating})
    assert len(releases(story)) == 2
    # Two are where they were, so four others do not fill a batch.
    for expert in range(6, 10):
        story.keep(expert, 1, {"S01": 5})
    assert len(releases(story)) == 2


def test_whoever_cannot_judge_fills_no_batch(session):
    """Four who are unable and one who rates: the figures would move by one rating."""
    story = make_live_story(session)
    for expert in range(1, 5):
        story.keep(expert, 1, {"S01": UNABLE})
    story.keep(5, 1, {"S01": 3})
    assert shown(story)["suppressed"]


def test_several_items_of_one_save_are_released_together(session):
    story = make_live_story(session)
    for expert in range(1, 6):
        story.keep(expert, 1, {"S01": 4, "S02": expert, "S03": 1})
    assert [shown(story, code)["median"] for code in ("S01", "S02", "S03")] == [4, 3, 1]


# --- groups


def test_every_group_is_released_by_itself_and_the_panel_is_their_sum(session):
    story = make_live_story(session, experts=14, protocol=BY_GROUP)
    for expert in (1, 3, 5, 7, 9, 2, 4, 6):
        story.keep(expert, 1, {"S01": 5 if expert % 2 else 1})
    sheet = shown(story)
    # Three physicians have answered. The panel does not count them yet, or they would be the panel
    # less the nurses.
    assert (sheet["n"], list(sheet["groups"])) == (5, ["nurse"])
    for expert in (8, 10):
        story.keep(expert, 1, {"S01": 1})
    sheet = shown(story)
    assert (sheet["n"], sheet["counts"]) == (10, [5, 0, 0, 0, 5])
    assert {code: group["median"] for code, group in sheet["groups"].items()} == {
        "nurse": 5,
        "physician": 1,
    }


def test_groups_too_small_for_a_batch_are_one_batch_and_named_as_withheld(session):
    """Nine experts: five nurses and four physicians, who are one batch with the nurses."""
    story = make_live_story(session, experts=9, protocol=BY_GROUP)
    for expert in range(1, 6):
        story.keep(expert, 1, {"S01": 4})
    sheet = shown(story)
    assert (sheet["n"], sheet["groups"]) == (5, {})
    assert sorted(sheet["withheld"]) == ["nurse", "physician"]


def test_whoever_joins_later_changes_nobodys_batch(session):
    story = make_live_story(session, experts=9, protocol=BY_GROUP)
    story.recruit(6)
    for expert in range(1, 16):
        story.keep(expert, 1, {"S01": 4})
    assert (shown(story)["n"], shown(story)["groups"]) == (15, {})


@pytest.mark.both_engines
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", range(2))
def test_no_release_differs_from_the_one_before_by_fewer_than_a_batch(session, seed):
    """Experts answer, change and take back as they like. Whenever a group's figures are renewed, at
    least three of its members differ, and the panel is always the sum of what was last renewed."""
    draw = random.Random(seed)
    protocol = {**BY_GROUP, "feedback": {"smallest_group": 3, "whose": "all_groups"}}
    story = make_live_story(session, experts=11, protocol=protocol)
    members = {"nurse": range(1, 12, 2), "physician": range(2, 12, 2)}
    given: dict[int, int] = {}
    in_figures: dict[str, dict[int, int]] = {"nurse": {}, "physician": {}}
    last, renewals = {}, 0
    for _ in range(60):
        expert = draw.randint(1, 11)
        rating = draw.choice([1, 2, 3, 4, 5, UNABLE, None])
        story.keep(expert, 1, {"S01": rating})
        given.pop(expert, None)
        if isinstance(rating, int):
            given[expert] = rating
        released = session.scalars(
            select(FigureRelease.streams).where(
                FigureRelease.round_item_id == story.place(1, "S01"), FigureRelease.latest
            )
        ).one()["released"]
        for group in [group for group in released if released[group] != last.get(group)]:
            now = {who: given[who] for who in members[group] if who in given}
            people = now.keys() | in_figures[group].keys()
            assert sum(now.get(who) != in_figures[group].get(who) for who in people) >= 3
            in_figures[group] = now
            renewals += 1
        last = released
        sheet = shown(story)
        everybody = [rating for answers in in_figures.values() for rating in answers.values()]
        assert sheet.get("n", 0) == len(everybody)
        if everybody:
            assert sheet["counts"] == [everybody.count(point) for point in range(1, 6)]
        for group, answers in in_figures.items():
            part = sheet.get("groups", {}).get(group)
            assert part is None or sorted(answers.values()) == [
                point for point in range(1, 6) for _ in range(part["counts"][point - 1])
            ]
        session.rollback()
    assert renewals > 8


# --- opening


def test_an_item_opens_with_ones_own_answer_and_no_other_item_does(session):
    story = make_live_story(session)
    for expert in range(1, 7):
        story.keep(expert, 1, {"S01": 4, "S02": 4})
    story.keep(7, 1, {"S02": 1})
    assert opened_to(story, 7) == {"S02"}
    assert opened_to(story, 8) == set()
    story.keep(8, 1, {"S03": UNABLE})
    assert opened_to(story, 8) == {"S03"}


def test_a_comment_alone_opens_nothing(session):
    story = make_live_story(session)
    story.keep(1, 1, {}, {"S01": "I wonder."})
    assert opened_to(story, 1) == set()


@pytest.mark.both_engines
def test_the_first_answer_stays_the_first_whatever_follows(session):
    story = make_live_story(session)
    for rating in (2, 5, None, 3):
        story.keep(1, 1, {"S01": rating})
    first = session.execute(
        select(Rating.version, Rating.value).join(FirstAnswer, FirstAnswer.rating_id == Rating.id)
    ).all()
    assert first == [(1, 2)]
    assert opened_to(story, 1) == {"S01"}


def test_an_answer_in_parts_opens_its_item_once_it_is_whole(session):
    dimensions = [{"code": code, "name": both(code)} for code in ("chance", "risk")]
    items = [
        {
            "code": "S01",
            "theme": "care",
            "kind": "multi_rating",
            "wording": both("A statement"),
            "settings": {"dimensions": dimensions},
        }
    ]
    story = make_live_story(session, rounds=live_rounds(items=items))
    story.keep(1, 1, {"S01": {"-chance": "4"}})
    assert opened_to(story, 1) == set()
    story.keep(1, 1, {"S01": {"-chance": "4", "-risk": "2"}})
    assert opened_to(story, 1) == {"S01"}
    for expert in range(2, 6):
        story.keep(expert, 1, {"S01": {"-chance": "5", "-risk": "1"}})
    assert shown(story)["n"] == 5


@pytest.mark.both_engines
def test_an_open_question_opens_and_has_no_figures(session):
    question = {"code": "S01", "theme": "care", "kind": "open_text", "wording": both("Why?")}
    story = make_live_story(session, rounds=live_rounds(items=[question]))
    for expert in range(1, 7):
        story.keep(expert, 1, {"S01": "Because."})
    assert len(session.scalars(select(FirstAnswer)).all()) == 6
    assert session.scalars(select(FigureRelease)).all() == []


def test_a_classical_round_releases_nothing(session):
    story = make_story(session, experts=6)
    story.until_round_2()
    for expert in range(1, 7):
        story.keep(expert, 2, {"S01": 4})
    assert session.scalars(select(FigureRelease)).all() == []
    assert session.scalars(select(FirstAnswer)).all() == []


# --- comments


def test_comments_come_with_the_batch_they_were_made_in(session):
    story = make_live_story(session)
    for expert in range(1, 6):
        story.keep(expert, 1, {"S01": 4}, {"S01": f"remark {expert}"})
    # The fifth comment is written with the fifth answer, and so in time.
    assert sorted(comment["text"] for comment in shown(story)["comments"]) == [
        f"remark {expert}" for expert in range(1, 6)
    ]
    story.keep(6, 1, {"S01": 4}, {"S01": "a late remark"})
    assert len(shown(story)["comments"]) == 5


def comment_of(story, expert):
    return story.session.scalars(
        select(Comment)
        .join(Response, Response.id == Comment.response_id)
        .where(Response.expert_id == story.expert(expert).id, Comment.latest)
    ).one()


@pytest.mark.both_engines
def test_a_comment_that_is_kept_back_leaves_the_figures_as_they_are(session):
    story = make_live_story(session)
    for expert in range(1, 7):
        story.keep(expert, 1, {"S01": 4}, {"S01": f"remark {expert}"})
    before = shown(story)
    with transaction(session):
        comment_of(story, 2).hidden_at = story.now
        releasing.renew_comments(session, [story.place(1, "S01")], at=story.now)
    after = shown(story)
    assert len(releases(story)) == 3
    texts = sorted(comment["text"] for comment in after.pop("comments"))
    assert texts == ["remark 1", "remark 3", "remark 4", "remark 5"]
    before.pop("comments")
    assert after == before


def test_a_comment_that_could_give_somebody_away_waits_for_a_moderator(session):
    story = make_live_story(session)
    for expert in range(1, 6):
        text = "Dr Peeters says so." if expert == 2 else f"remark {expert}"
        story.keep(expert, 1, {"S01": 4}, {"S01": text})
    assert "Dr Peeters says so." not in str(shown(story))
    with transaction(session):
        moderating.approve(
            session, story.round(1), [comment_of(story, 2).id], actor=story.actor, at=story.now
        )
    assert "Dr Peeters says so." in str(shown(story))


@pytest.mark.both_engines
def test_a_comment_does_not_change_sides_between_two_releases(session):
    """Its author alone has changed the rating since; who sees the side move would know."""
    story = make_live_story(session)
    for expert in range(1, 6):
        story.keep(expert, 1, {"S01": 4}, {"S01": f"remark {expert}"})
    story.keep(1, 1, {"S01": 1})
    with transaction(session):
        ids = [comment_of(story, 2).id]
        moderating.keep_back(
            session, story.round(1), ids, "off topic", actor=story.actor, at=story.now
        )
    comments = shown(story)["comments"]
    assert {one["text"]: one["side"] for one in comments} == {
        f"remark {expert}": "for" for expert in (1, 3, 4, 5)
    }


def test_nothing_is_released_anew_where_no_comment_changed(session):
    story = make_live_story(session)
    for expert in range(1, 6):
        story.keep(expert, 1, {"S01": 4}, {"S01": f"remark {expert}"})
    with transaction(session):
        releasing.renew_comments(session, [story.place(1, "S01")], at=story.now)
    assert len(releases(story)) == 2


def test_who_leaves_and_has_answers_erased_takes_the_comments_along_at_once(session):
    story = make_live_story(session)
    for expert in range(1, 7):
        story.keep(expert, 1, {"S01": 4}, {"S01": f"remark {expert}"})
    with transaction(session):
        withdrawing.withdraw(
            session,
            story.expert(1),
            earlier_answers=EarlierAnswers.ERASE,
            actor="expert:E01",
            at=story.now,
        )
    sheet = shown(story)
    assert sorted(comment["text"] for comment in sheet["comments"]) == [
        f"remark {expert}" for expert in range(2, 6)
    ]
    # Who subtracted would otherwise have the rating of the one who left.
    assert sheet["n"] == 5
    assert len(session.scalars(select(FirstAnswer)).all()) == 5


# --- several at once


@pytest.mark.both_engines
def test_saves_at_the_same_moment_fill_a_batch_together(session):
    """Five experts press at once: nobody's answer is lost, and one release has all five."""
    story = make_live_story(session)
    engine = session.get_bind()
    ids = [story.expert(number).id for number in range(1, 6)]
    session.rollback()
    barrier = threading.Barrier(5)
    failures: list[BaseException] = []

    def press(number):
        with Session(engine) as own:
            other = type(story)(own, story.study_id, story.links, story.now)
            barrier.wait(10)
            try:
                other.keep(number, 1, {"S01": number})
            except BaseException as error:
                failures.append(error)

    threads = [threading.Thread(target=press, args=(number,)) for number in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert len(ids) == 5
    assert [sheet.get("counts") for sheet in releases(story)] == [None, [1, 1, 1, 1, 1]]


# --- afterwards


@pytest.mark.both_engines
def test_when_figures_were_first_on_a_screen_is_kept_once(session):
    story = make_live_story(session)
    for expert in range(1, 6):
        story.keep(expert, 1, {"S01": 4})
    (release,) = session.scalars(select(FigureRelease.id).where(FigureRelease.number == 1)).all()
    first = story.now
    for _ in range(2):
        with transaction(session):
            releasing.note_shown(session, story.expert(1).id, [release], at=story.now)
        story.later(hours=1)
    assert session.scalars(select(ReleaseShown.shown_at)).all() == [first]
    found = live.released_to(session, story.expert(1).id, story.round(1).id)
    assert [one.seen for one in found.values()] == [True]


@pytest.mark.both_engines
def test_the_next_round_feeds_back_what_was_released_and_not_the_few_after(session):
    """Results count the sixth rating; whoever saw the figures of five must not be able to subtract."""
    story = make_live_story(session)
    for expert in range(1, 7):
        story.keep(expert, 1, {"S01": 2 if expert == 6 else 4})
    story.close(1)
    assert story.results(1)["S01"].numbers["n"] == 6
    story.prepare(1, returning=[story.place(1, "S01")])
    story.launch(2)
    (sheet,) = session.scalars(select(ItemFeedback.sheet)).all()
    assert (sheet["n"], sheet["counts"]) == (5, [0, 0, 0, 5, 0])


def test_a_round_made_from_one_in_real_time_is_classical_unless_planned(session):
    story = make_live_story(session)
    story.keep(1, 1, {"S01": 4})
    story.close(1)
    story.prepare(1, returning=[story.place(1, "S01")])
    assert story.round(1).real_time
    assert not story.round(2).real_time
