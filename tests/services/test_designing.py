"""Statements from answers, new wordings, what is taken out."""

import pytest
from sqlalchemy import select

from surveys.models.base import transaction
from surveys.models.item import Aspect, Item, ItemOrigin, ItemRevision
from surveys.models.response import Rating
from surveys.services import designing
from tests.factories import both, make_rated_story, make_story


@pytest.fixture
def story(session):
    """Round 1 is closed with three answers in it; round 2 is a draft."""
    story = make_story(session)
    story.launch(1)
    story.answer(1, 1, {"Q1": "more time", "Q2": "less paper"})
    story.answer(2, 1, {"Q1": "meer tijd"})
    story.later(days=1)
    story.close(1)
    return story


def answer_ids(story, code):
    return list(
        story.session.scalars(
            select(Rating.id)
            .where(Rating.round_item_id == story.place(1, code))
            .order_by(Rating.id)
        )
    )


def add(story, number=2, **about):
    about = {"wording": both("It saves time."), "theme": "care", "aspect": None, **about}
    with transaction(story.session):
        placed = designing.add_statement(
            story.session,
            story.study,
            story.round(number),
            actor=story.actor,
            at=story.now,
            **about,
        )
        return placed.item_id


@pytest.mark.both_engines
def test_a_statement_keeps_which_answers_it_came_from(story, session):
    sources = answer_ids(story, "Q1")
    item_id = add(story, from_ratings=sources, aspect=Aspect.OPPORTUNITY)
    item = session.get_one(Item, item_id)
    assert (item.code, item.basis, item.aspect) == ("S04", "panel", Aspect.OPPORTUNITY)
    origins = select(ItemOrigin.rating_id).where(ItemOrigin.item_id == item_id)
    assert sorted(session.scalars(origins)) == sources
    assert list(story.asked(2)) == ["S01", "S02", "S03", "S04"]


@pytest.mark.both_engines
def test_an_origin_survives_a_later_change_of_the_answer_list(story, session):
    """The very version that was read is kept, and nothing that is answered later moves it."""
    sources = answer_ids(story, "Q1")
    add(story, from_ratings=sources[:1])
    origin = session.scalars(select(ItemOrigin.rating_id)).one()
    assert session.get_one(Rating, origin).detail == {"text": "more time"}


def test_a_statement_of_ones_own_has_no_origin(story, session):
    item_id = add(story)
    assert session.get_one(Item, item_id).basis == "ours"
    assert session.scalars(select(ItemOrigin)).all() == []


@pytest.mark.both_engines
def test_everything_wrong_with_a_statement_is_said_at_once(story, session):
    other = make_story(session, at=story.now)
    other.launch(1)
    other.answer(1, 1, {"Q1": "of another study"})
    foreign = select(Rating.id).where(Rating.round_item_id == other.place(1, "Q1"))
    with pytest.raises(designing.StatementRefused) as refused:
        add(
            story,
            wording={"en": "x" * 1_001, "nl": " "},
            theme="no such theme",
            from_ratings=[session.scalars(foreign).one()],
        )
    assert len(refused.value.problems) == 4
    assert list(story.asked(2)) == ["S01", "S02", "S03"]


@pytest.mark.both_engines
def test_a_question_round_takes_no_statements(session):
    story = make_story(session)
    with pytest.raises(designing.StatementRefused):
        add(story, number=1)


@pytest.mark.both_engines
def test_a_wording_nobody_has_seen_is_replaced_in_place(story, session):
    story.reword(2, "S01", both("Better worded."))
    revisions = select(ItemRevision).where(ItemRevision.item_id == story.asked(2)["S01"].item_id)
    (revision,) = session.scalars(revisions).all()
    assert revision.wording == both("Better worded.")
    assert (revision.reasons, revision.meaning) == (None, None)


def test_what_is_taken_out_of_a_draft_keeps_its_history(session):
    story = make_rated_story(session)
    with transaction(session):
        designing.remove(
            session, story.study, story.asked(3)["S01"], actor=story.actor, at=story.now
        )
    assert list(story.asked(3)) == ["S02", "S03", "S04"]
    assert story.results(2)["S01"].numbers["n"] == 8
