"""What experts see of the round before: frozen at launch, silent below the smallest group."""

import pytest
from sqlalchemy import select, update

from surveys.delphi.stored import fingerprint
from surveys.models.base import transaction
from surveys.models.item import Item
from surveys.models.panel import EarlierAnswers
from surveys.models.response import Comment
from surveys.models.round import ItemFeedback, RoundItem
from surveys.services import withdrawing
from tests.factories import make_rated_story, make_story


def sheets(story, number):
    """The frozen feedback of a round, by statement."""
    rows = story.session.execute(
        select(Item.code, ItemFeedback.sheet)
        .join(RoundItem, RoundItem.id == ItemFeedback.round_item_id)
        .join(Item, Item.id == RoundItem.item_id)
        .where(RoundItem.round_id == story.round(number).id)
    )
    return dict(rows.all())


def test_a_first_rating_round_shows_nothing_of_others(session):
    story = make_story(session)
    story.until_round_2()
    assert sheets(story, 2) == {}


def test_feedback_repeats_the_stored_result_number_by_number(session):
    story = make_rated_story(session)
    story.launch(3)
    sheet, result = sheets(story, 3)["S01"], story.results(2)["S01"].numbers
    names = ("n", "counts", "count_high", "share_high", "median", "q1", "q3", "unable")
    assert {name: sheet[name] for name in names} == {name: result[name] for name in names}


@pytest.mark.parametrize(("raters", "shown"), [(4, False), (5, True)])
def test_fewer_than_five_ratings_are_never_shown(session, raters, shown):
    story = make_story(session)
    story.until_round_2()
    for expert in range(1, raters + 1):
        story.answer(expert, 2, {"S01": 4}, {"S01": f"remark {expert}"})
    story.close(2)
    story.prepare(2)
    story.launch(3)
    sheet = sheets(story, 3)["S01"]
    assert sheet["suppressed"] is not shown
    if not shown:
        assert sheet == {"suppressed": True, "smallest": 5}


def test_comments_come_without_names_in_an_order_that_tells_nothing(session):
    story = make_story(session)
    story.until_round_2()
    for expert, text in enumerate(["zeta", "alpha", "", "mid", "beta"], start=1):
        story.answer(expert, 2, {"S01": 4}, {"S01": text})
    story.close(2)
    story.prepare(2)
    story.launch(3)
    shown = sheets(story, 3)["S01"]["comments"]
    assert {(one["text"], one["language"]) for one in shown} == {
        ("alpha", "nl"),
        ("beta", "en"),
        ("mid", "nl"),
        ("zeta", "en"),
    }
    texts = [one["text"] for one in shown]
    assert texts not in (["zeta", "alpha", "mid", "beta"], sorted(texts))
    assert texts == sorted(texts, key=fingerprint)


@pytest.mark.both_engines
def test_a_comment_kept_back_is_shown_to_nobody(session):
    story = make_story(session)
    story.until_round_2()
    for expert in range(1, 6):
        story.answer(expert, 2, {"S01": 4}, {"S01": f"remark {expert}"})
    story.close(2)
    with transaction(session):
        session.execute(
            update(Comment).where(Comment.text == "remark 3").values(hidden_at=story.now)
        )
    story.prepare(2)
    story.launch(3)
    texts = sorted(comment["text"] for comment in sheets(story, 3)["S01"]["comments"])
    assert texts == ["remark 1", "remark 2", "remark 4", "remark 5"]


def test_only_the_comment_that_stands_is_shown(session):
    story = make_story(session)
    story.until_round_2()
    for expert in range(1, 6):
        story.answer(expert, 2, {"S01": 4}, {"S01": "first thought"})
        story.keep(expert, 2, {}, {"S01": "second thought" if expert < 5 else ""})
    story.close(2)
    story.prepare(2)
    story.launch(3)
    texts = [comment["text"] for comment in sheets(story, 3)["S01"]["comments"]]
    assert texts == ["second thought"] * 4


def test_what_was_shown_stays_as_it_was_shown(session):
    """Frozen at launch: an erasure afterwards changes neither the sheet nor its numbers."""
    story = make_rated_story(session)
    story.launch(3)
    before = sheets(story, 3)
    with transaction(session):
        withdrawing.withdraw(
            session,
            story.expert(1),
            earlier_answers=EarlierAnswers.ERASE,
            actor="expert:E01",
            at=story.now,
        )
    assert sheets(story, 3) == before


def test_comments_of_an_expert_who_had_them_erased_are_not_shown(session):
    story = make_story(session)
    story.until_round_2()
    for expert in range(1, 7):
        story.answer(expert, 2, {"S01": 4}, {"S01": f"remark {expert}"})
    story.close(2)
    with transaction(session):
        withdrawing.withdraw(
            session,
            story.expert(1),
            earlier_answers=EarlierAnswers.ERASE,
            actor="expert:E01",
            at=story.now,
        )
    story.prepare(2)
    story.launch(3)
    texts = sorted(comment["text"] for comment in sheets(story, 3)["S01"]["comments"])
    assert texts == [f"remark {expert}" for expert in range(2, 7)]
