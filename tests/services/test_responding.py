"""Keeping answers: append-only, nothing lost, nothing doubled, nobody's newer answer written over."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from surveys.delphi.answer import Answer, Missing
from surveys.models.base import db, transaction
from surveys.models.panel import EarlierAnswers
from surveys.models.response import Comment, Rating, Response
from surveys.services import responding, withdrawing
from surveys.services.responding import Offer
from tests.factories import UNABLE, make_story


@pytest.fixture
def story(session):
    story = make_story(session)
    story.until_round_2()
    return story


def history(story, code, kind=Rating):
    """Every version given to an item of round 2, oldest first: (version, what, whether it stands)."""
    rows = story.session.scalars(
        select(kind).where(kind.round_item_id == story.place(2, code)).order_by(kind.version)
    )
    return [
        (row.version, row.text if kind is Comment else (row.value, row.missing), row.latest)
        for row in rows
    ]


def test_a_first_answer_is_version_one(story):
    kept = story.keep(1, 2, {"S01": 4}, {"S01": "from practice"})
    assert kept.versions[story.place(2, "S01")] == (1, 1)
    assert kept.written == 2
    assert history(story, "S01") == [(1, (4.0, None), True)]
    assert history(story, "S01", Comment) == [(1, "from practice", True)]


def test_a_changed_answer_is_a_new_version_and_the_old_one_stays(story):
    for value in (4, 2, 5):
        story.keep(1, 2, {"S01": value})
    assert history(story, "S01") == [
        (1, (4.0, None), False),
        (2, (2.0, None), False),
        (3, (5.0, None), True),
    ]


def test_the_same_answer_twice_changes_nothing(story):
    story.keep(1, 2, {"S01": 4, "S02": UNABLE}, {"S01": "because"})
    kept = story.keep(1, 2, {"S01": 4, "S02": UNABLE}, {"S01": "because"})
    assert kept.written == 0
    assert len(history(story, "S01")) == len(history(story, "S02")) == 1


def test_a_question_left_open_leaves_no_row(story):
    story.keep(1, 2, {"S01": None}, {"S01": "  "})
    assert history(story, "S01") == []
    assert history(story, "S01", Comment) == []


def test_a_rating_taken_back_is_kept_as_skipped(story):
    story.keep(1, 2, {"S01": 4}, {"S01": "a remark"})
    story.keep(1, 2, {"S01": None}, {"S01": ""})
    assert history(story, "S01")[-1] == (2, (None, Missing.SKIPPED), True)
    assert history(story, "S01", Comment)[-1] == (2, "", True)


def test_a_page_that_says_nothing_about_an_item_leaves_it_alone(story):
    story.keep(1, 2, {"S01": 4}, {"S01": "a remark"})
    story.keep(1, 2, {}, {"S01": "a better remark"})
    assert history(story, "S01") == [(1, (4.0, None), True)]
    assert [text for _, text, _ in history(story, "S01", Comment)] == [
        "a remark",
        "a better remark",
    ]


def test_an_old_page_with_an_untouched_answer_takes_nothing_back(story):
    story.keep(1, 2, {"S01": 4})
    story.keep(1, 2, {"S01": 2})
    kept = story.keep(1, 2, {"S01": 4}, seen={"S01": (1, 0)})
    assert kept.conflicts == ()
    assert history(story, "S01")[-1] == (2, (2.0, None), True)


def test_an_old_page_that_wrote_a_comment_still_does_not_know_the_newer_rating(story):
    story.keep(1, 2, {"S01": 4}, {"S01": ""})
    story.keep(1, 2, {"S01": 5})
    kept = story.keep(1, 2, {"S01": 4}, {"S01": "one"}, seen={"S01": (1, 0)})
    assert kept.conflicts == ()
    known = kept.versions[story.place(2, "S01")]
    kept = story.keep(1, 2, {"S01": 4}, {"S01": "one, two"}, seen={"S01": known})
    assert kept.conflicts == ()
    assert history(story, "S01")[-1] == (2, (5.0, None), True)
    assert history(story, "S01", Comment)[-1] == (2, "one, two", True)
    kept = story.keep(1, 2, {"S01": 3}, seen={"S01": kept.versions[story.place(2, "S01")]})
    assert [clash.standing for clash in kept.conflicts] == [Answer(5.0)]


def test_a_page_that_says_nothing_of_the_rating_does_not_know_a_newer_one(story):
    story.keep(1, 2, {"S01": 4})
    kept = story.keep(1, 2, {}, {"S01": "mine"}, seen={"S01": (0, 0)})
    assert kept.versions[story.place(2, "S01")] == (0, 1)


def test_a_clash_shows_the_comment_that_was_kept_beside_it(story):
    story.keep(1, 2, {"S01": 4}, {"S01": "first"})
    story.keep(1, 2, {"S01": 2})
    kept = story.keep(1, 2, {"S01": 5}, {"S01": "second"}, seen={"S01": (1, 1)})
    assert [(clash.standing, clash.comment) for clash in kept.conflicts] == [
        (Answer(2.0), "second")
    ]
    assert history(story, "S01", Comment)[-1] == (2, "second", True)


def test_an_old_page_with_a_changed_answer_is_a_conflict_and_writes_nothing(story):
    story.keep(1, 2, {"S01": 4}, {"S01": "mine"})
    story.later(minutes=5)
    story.keep(1, 2, {"S01": 2})
    kept = story.keep(1, 2, {"S01": 5}, seen={"S01": (1, 1)})
    (clash,) = kept.conflicts
    assert clash.round_item_id == story.place(2, "S01")
    assert clash.standing == Answer(2.0)
    assert clash.comment == "mine"
    assert clash.at == story.now
    assert kept.written == 0
    assert history(story, "S01")[-1] == (2, (2.0, None), True)


def test_after_a_conflict_the_persons_choice_is_written(story):
    story.keep(1, 2, {"S01": 4})
    story.keep(1, 2, {"S01": 2})
    clash = story.keep(1, 2, {"S01": 5}, seen={"S01": (1, 0)})
    shown = clash.versions[story.place(2, "S01")]
    story.keep(1, 2, {"S01": 5}, seen={"S01": shown})
    assert history(story, "S01")[-1] == (3, (5.0, None), True)


def test_a_page_opened_before_any_answer_cannot_overwrite_the_first(story):
    story.keep(1, 2, {"S01": 4})
    kept = story.keep(1, 2, {"S01": 1}, seen={"S01": (0, 0)})
    assert len(kept.conflicts) == 1
    assert history(story, "S01") == [(1, (4.0, None), True)]


def test_a_conflict_on_one_item_does_not_hold_up_the_others(story):
    story.keep(1, 2, {"S01": 4})
    kept = story.keep(1, 2, {"S01": 1, "S02": 3}, seen={"S01": (0, 0), "S02": (0, 0)})
    assert [clash.round_item_id for clash in kept.conflicts] == [story.place(2, "S01")]
    assert history(story, "S02") == [(1, (3.0, None), True)]


@pytest.mark.both_engines
def test_comments_clash_on_their_own(story):
    story.keep(1, 2, {"S01": 4}, {"S01": "first"})
    story.keep(1, 2, {}, {"S01": "second"})
    kept = story.keep(1, 2, {"S01": 5}, {"S01": "third"}, seen={"S01": (1, 1)})
    assert len(kept.conflicts) == 1
    assert history(story, "S01")[-1] == (2, (5.0, None), True)
    assert history(story, "S01", Comment)[-1] == (2, "second", True)


@pytest.mark.parametrize("value", [0, 6, -1, 99])
def test_a_rating_off_the_scale_refuses_the_whole_page(story, value):
    with pytest.raises(responding.AnswersRefused) as refused:
        story.keep(1, 2, {"S01": 4, "S02": value})
    assert refused.value.problems == {story.place(2, "S02"): "This is not a point of the scale."}
    assert history(story, "S01") == history(story, "S02") == []


def test_a_rating_between_two_points_is_refused(story, session):
    with pytest.raises(responding.AnswersRefused), transaction(session):
        responding.keep(
            session,
            story.expert(1).id,
            story.round(2).id,
            {story.place(2, "S01"): Offer(Answer(3.5))},
            language="en",
            at=story.now,
        )


def test_a_comment_that_is_too_long_refuses_the_whole_page(story):
    with pytest.raises(responding.AnswersRefused) as refused:
        story.keep(1, 2, {"S01": 4}, {"S01": "x" * (responding.LONGEST_COMMENT + 1)})
    assert list(refused.value.problems.values()) == [
        "This comment is too long to be kept. Please shorten it."
    ]
    assert history(story, "S01") == []


def test_an_item_of_another_round_refuses_the_whole_page(story, session):
    offers = {
        story.place(2, "S01"): Offer(Answer(4)),
        story.place(1, "Q1"): Offer(Answer(detail={"text": "late"})),
    }
    with pytest.raises(responding.NotInRound), transaction(session):
        responding.keep(
            session, story.expert(1).id, story.round(2).id, offers, language="en", at=story.now
        )
    assert history(story, "S01") == []


def test_a_round_of_another_study_is_not_this_experts(story, session):
    other = make_story(session, at=story.now)
    other.launch(1)
    with pytest.raises(responding.NotInRound), transaction(session):
        responding.keep(
            session,
            story.expert(1).id,
            other.round(1).id,
            {other.place(1, "Q1"): Offer(Answer(detail={"text": "not mine"}))},
            language="en",
            at=story.now,
        )
    with pytest.raises(responding.NotInRound), transaction(session):
        responding.submit(session, story.expert(1).id, other.round(1).id, at=story.now)


def test_a_closed_round_refuses_a_late_rating_and_a_late_submission(story):
    story.keep(1, 2, {"S01": 4})
    story.close(2)
    story.later(seconds=1)
    with pytest.raises(responding.RoundNotOpen):
        story.keep(1, 2, {"S01": 5})
    with pytest.raises(responding.RoundNotOpen):
        story.submit(1, 2)
    assert history(story, "S01") == [(1, (4.0, None), True)]


def test_a_round_that_was_not_launched_refuses_answers(story):
    story.rate(2, {"S01": [4] * 6, "S02": [3] * 6, "S03": [3] * 6})
    story.close(2)
    story.prepare(2)
    with pytest.raises(responding.RoundNotOpen):
        story.keep(1, 3, {"S01": 5})


def test_an_expert_who_left_answers_no_more(story, session):
    with transaction(session):
        withdrawing.withdraw(
            session,
            story.expert(1),
            earlier_answers=EarlierAnswers.KEEP,
            actor="expert:E01",
            at=story.now,
        )
    with pytest.raises(responding.NotInRound):
        story.keep(1, 2, {"S01": 4})


@pytest.mark.both_engines
def test_submitting_gives_a_receipt_and_submitting_again_keeps_it(story):
    story.keep(1, 2, {"S01": 4})
    receipt = story.submit(1, 2)
    story.later(hours=1)
    assert story.submit(1, 2) == receipt
    response = story.session.scalars(
        select(Response).where(Response.round_id == story.round(2).id)
    ).one()
    assert response.submitted_at == story.now
    assert len(receipt) == 14
    assert set(receipt) <= set(responding.RECEIPT_SIGNS + "-")


def test_answers_can_be_changed_after_submitting(story):
    story.keep(1, 2, {"S01": 4})
    story.submit(1, 2)
    story.keep(1, 2, {"S01": 5})
    assert history(story, "S01")[-1] == (2, (5.0, None), True)


@pytest.mark.both_engines
def test_answers_carry_the_moment_they_were_given(story, session):
    story.keep(1, 2, {"S01": 4})
    given = session.scalars(select(Rating.given_at).order_by(Rating.id.desc())).first()
    assert given == story.now
    assert given.utcoffset() == timedelta(0)


# --- several writers at once


def together(app, *acts):
    """Do acts in threads of their own, begun at the same moment; return what they raised."""
    start, raised = threading.Barrier(len(acts)), []

    def run(act):
        with app.app_context():
            start.wait()
            try:
                act()
            except Exception as error:
                raised.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def saver(expert_id, round_id, at, saves):
    """Keep one offer after the other, each in a transaction of its own, as autosave does."""

    def act():
        for place, answer, seen in saves:
            with transaction(db.session):
                responding.keep(
                    db.session,
                    expert_id,
                    round_id,
                    {place: Offer(answer, comment=f"said {answer.value}", seen=seen)},
                    language="en",
                    at=at,
                )

    return act


@pytest.mark.both_engines
def test_experts_who_save_at_the_same_moment_lose_nothing(app, session):
    story = make_story(session, statements=10)
    story.until_round_2()
    places = [placed.id for placed in story.asked(2).values()]
    ids, round_id = [expert.id for expert in story.experts], story.round(2).id
    saves = [(place, Answer(1 + place % 5), 0) for place in places]
    session.remove()
    raised = together(app, *(saver(i, round_id, story.now, saves) for i in ids))
    assert raised == []
    standing = select(Rating.round_item_id, Rating.value).where(Rating.latest)
    rows = session.execute(standing.join(Response).where(Response.round_id == round_id)).all()
    assert sorted(rows) == sorted((place, 1 + place % 5) for place in places for _ in ids)


@pytest.mark.both_engines
def test_one_expert_on_two_devices_loses_nothing(app, session):
    story = make_story(session, statements=20)
    story.until_round_2()
    places = [placed.id for placed in story.asked(2).values()]
    expert_id, round_id = story.expert(1).id, story.round(2).id
    session.remove()
    raised = together(
        app,
        saver(expert_id, round_id, story.now, [(p, Answer(2), 0) for p in places[::2]]),
        saver(expert_id, round_id, story.now, [(p, Answer(4), 0) for p in places[1::2]]),
    )
    assert raised == []
    assert session.scalar(select(func.count(Response.id)).where(Response.round_id == round_id)) == 1
    kept = dict(
        session.execute(
            select(Rating.round_item_id, Rating.value).where(Rating.round_item_id.in_(places))
        ).all()
    )
    assert kept == {place: 2.0 if place in places[::2] else 4.0 for place in places}


@pytest.mark.both_engines
def test_two_answers_to_one_item_at_one_moment_are_one_answer_and_one_conflict(app, session):
    story = make_story(session)
    story.until_round_2()
    place, round_id = story.place(2, "S01"), story.round(2).id
    ids = [expert.id for expert in story.experts]
    session.remove()
    acts = []
    for expert_id in ids:
        acts.append(saver(expert_id, round_id, story.now, [(place, Answer(2), 0)]))
        acts.append(saver(expert_id, round_id, story.now, [(place, Answer(4), 0)]))
    assert together(app, *acts) == []
    versions = session.execute(
        select(Rating.response_id, Rating.version, Rating.latest).where(
            Rating.round_item_id == place
        )
    ).all()
    assert sorted(row.version for row in versions) == [1] * len(ids)
    assert all(row.latest for row in versions)
