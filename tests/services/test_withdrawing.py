"""Leaving a study: the choice between keeping and erasing, and what it reaches."""

import pytest
from sqlalchemy import func, select

from surveys.models.base import transaction
from surveys.models.contact import Contact
from surveys.models.invitation import PersonalLink
from surveys.models.item import ItemOrigin
from surveys.models.panel import EarlierAnswers
from surveys.models.response import Comment, Rating, Response
from surveys.queries import dataset, questionnaire
from surveys.services import designing, linking, withdrawing
from tests.factories import LINKS, both, make_rated_story, make_story


def leave(story, number, choice):
    with transaction(story.session):
        expert = story.expert(number)
        withdrawing.withdraw(
            story.session,
            expert,
            earlier_answers=choice,
            actor=f"expert:{expert.code}",
            at=story.now,
        )


def rows_of(story, number, kind):
    responses = select(Response.id).where(Response.expert_id == story.expert(number).id)
    return story.session.scalar(
        select(func.count()).select_from(kind).where(kind.response_id.in_(responses))
    )


@pytest.mark.both_engines
@pytest.mark.parametrize("choice", list(EarlierAnswers))
def test_every_link_of_an_expert_who_left_stops_working(session, choice):
    story = make_story(session)
    story.launch(1)
    token = linking.plain_token(session, story.expert(1), LINKS)
    leave(story, 1, choice)
    with pytest.raises(linking.ExpertWithdrew):
        linking.expert_behind(session, token, story.now)
    standing = select(func.count(PersonalLink.id)).where(
        PersonalLink.expert_id == story.expert(1).id, PersonalLink.revoked_at.is_(None)
    )
    assert session.scalar(standing) == 0


def test_answers_that_are_kept_stay_under_the_pseudonym(session):
    story = make_rated_story(session)
    leave(story, 1, EarlierAnswers.KEEP)
    assert rows_of(story, 1, Rating) == 5
    data = dataset.of_study(session, story.study)
    assert (story.expert(1).id, story.place(2, "S01")) in data.answers


@pytest.mark.both_engines
def test_erasing_takes_ratings_comments_and_the_name(session):
    story = make_story(session)
    story.until_round_2()
    story.keep(1, 2, {"S01": 4}, {"S01": "a remark"})
    leave(story, 1, EarlierAnswers.ERASE)
    assert rows_of(story, 1, Rating) == rows_of(story, 1, Comment) == 0
    names = select(func.count(Contact.id)).where(Contact.expert_id == story.expert(1).id)
    assert session.scalar(names) == 0
    assert story.expert(1).code == "E01"


def test_erasing_one_expert_leaves_the_others_alone(session):
    story = make_rated_story(session)
    leave(story, 1, EarlierAnswers.ERASE)
    assert [rows_of(story, number, Rating) for number in (1, 2, 7)] == [0, 4, 4]


def test_results_that_were_published_stay(session):
    story = make_rated_story(session)
    before = story.results(2)["S01"].numbers
    leave(story, 1, EarlierAnswers.ERASE)
    assert story.results(2)["S01"].numbers == before


@pytest.mark.both_engines
def test_a_statement_outlives_the_erased_answer_it_came_from(session):
    story = make_story(session)
    story.launch(1)
    story.answer(1, 1, {"Q1": "in my own words"})
    story.close(1)
    with transaction(session):
        designing.add_statement(
            session,
            story.study,
            story.round(2),
            wording=both("A statement."),
            theme=None,
            aspect=None,
            from_ratings=list(session.scalars(select(Rating.id))),
            actor=story.actor,
            at=story.now,
        )
    leave(story, 1, EarlierAnswers.ERASE)
    assert session.scalars(select(ItemOrigin)).all() == []
    assert "S04" in story.asked(2)


def test_leaving_twice_changes_nothing(session):
    story = make_rated_story(session)
    leave(story, 1, EarlierAnswers.KEEP)
    left_at = story.expert(1).withdrawn_at
    story.later(days=1)
    leave(story, 1, EarlierAnswers.ERASE)
    assert story.expert(1).withdrawn_at == left_at
    assert story.expert(1).earlier_answers is EarlierAnswers.KEEP
    assert rows_of(story, 1, Rating) == 5


def test_who_left_is_not_invited_to_the_next_round(session):
    story = make_rated_story(session)
    leave(story, 1, EarlierAnswers.KEEP)
    assert story.launch(3) == 7


@pytest.mark.both_engines
def test_erasing_takes_a_comment_out_of_what_an_open_round_feeds_back(session):
    """Also where a process remembers the round as it was launched."""
    story = make_story(session, experts=8, statements=1)
    story.until_round_2()
    for number in range(1, 8):
        story.answer(number, 2, {"S01": 4}, {"S01": f"Remark of expert {number}."})
    story.close(2)
    story.prepare(2)
    story.launch(3)

    def fed_back():
        round_ = story.round(3)
        asked = questionnaire.launched_round(
            session, story.study.public_id, round_.id, "en", version=round_.version_id
        )
        return {comment["text"] for comment in asked.items[0].sheet["comments"]}

    assert "Remark of expert 1." in fed_back()
    leave(story, 1, EarlierAnswers.ERASE)
    assert fed_back() == {f"Remark of expert {number}." for number in range(2, 8)}
    leave(story, 2, EarlierAnswers.KEEP)
    assert len(fed_back()) == 6
