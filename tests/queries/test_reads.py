"""What pages read: progress in counts, the roster, open answers, one expert's questionnaire."""

import pytest
from sqlalchemy import event

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.round import RoundState
from surveys.models.base import transaction
from surveys.models.panel import EarlierAnswers
from surveys.models.researcher import Researcher, Role
from surveys.queries import answers, panel, progress, questionnaire, ratings, results, studies
from surveys.services import withdrawing
from tests.factories import (
    UNABLE,
    make_finished_story,
    make_member,
    make_rated_story,
    make_story,
)


def asked(story, number, language="en"):
    return questionnaire.asked_round(story.session, story.study, story.round(number), language)


def own(story, expert, number):
    return questionnaire.own_answers(story.session, story.expert(expert).id, asked(story, number))


def leave(story, number, choice):
    with transaction(story.session):
        withdrawing.withdraw(
            story.session,
            story.expert(number),
            earlier_answers=choice,
            actor="expert",
            at=story.now,
        )


def test_progress_counts_invited_begun_submitted_by_group(session):
    story = make_story(session)
    story.until_round_2()
    story.answer(1, 2, {"S01": 4, "S02": UNABLE})
    story.keep(2, 2, {"S01": 4})
    found = progress.of_round(session, story.round(2))
    assert (found.panel.invited, found.panel.begun, found.panel.submitted) == (6, 2, 1)
    assert found.panel.partial == 1
    assert [(g.code, g.invited, g.begun, g.submitted) for g in found.groups] == [
        ("nurse", 3, 1, 1),
        ("physician", 3, 1, 0),
    ]
    assert found.answers == 3
    assert (found.mail.waiting, found.mail.sent, found.mail.refused) == (6, 0, 0)


def test_progress_of_one_round_knows_nothing_of_another(session):
    story = make_story(session)
    story.until_round_2()
    found = progress.of_round(session, story.round(2))
    assert (found.panel.begun, found.answers) == (0, 0)


def test_names_are_apart_from_codes_and_an_erased_one_is_gone(session):
    story = make_story(session, experts=2)
    leave(story, 1, EarlierAnswers.ERASE)
    (first, second), total = panel.identities(session, story.study, "", after=0, most=50)
    assert total == 2
    assert (first.code, first.name, first.email, first.withdrawn) == ("E01", "", "", True)
    assert (second.name, second.email) == ("Name of 2", "expert2@panel.example")


def test_open_answers_come_by_question_and_pseudonym(session):
    story = make_story(session)
    story.launch(1)
    story.answer(1, 1, {"Q1": "first thought"})
    story.keep(1, 1, {"Q1": "second thought"})
    story.answer(2, 1, {"Q1": "tweede", "Q2": "ja"})
    one, two = answers.open_answers(session, story.round(1).id)
    assert [(a.expert, a.text, a.language) for a in one.answers] == [
        ("E01", "second thought", "en"),
        ("E02", "tweede", "nl"),
    ]
    assert [(a.expert, a.text) for a in two.answers] == [("E02", "ja")]


def test_a_questionnaire_is_in_the_experts_language(session):
    story = make_story(session)
    story.until_round_2()
    english, dutch = asked(story, 2, "en"), asked(story, 2, "nl")
    assert english.items[0].wording == "Statement 1 holds."
    assert dutch.items[0].wording == "Stelling 1 klopt."
    assert dutch.title == "Uw mening"
    assert [item.code for item in english.items] == ["S01", "S02", "S03"]


def test_a_draft_is_read_anew_each_time(session):
    story = make_rated_story(session)
    assert len(asked(story, 3).items) == 4
    story.prepare(2, returning=[])
    assert len(asked(story, 3).items) == 0


def test_own_answers_are_ones_own_and_the_ones_that_stand(session):
    story = make_story(session)
    story.until_round_2()
    story.keep(1, 2, {"S01": 4, "S02": UNABLE, "S03": 1}, {"S01": "mine"})
    story.keep(1, 2, {"S01": 5, "S03": None})
    story.keep(2, 2, {"S01": 1}, {"S02": "of another"})
    found = own(story, 1, 2)
    given = found.given[story.place(2, "S01")]
    assert (given.answer, given.version) == (Answer(5.0), 2)
    assert (given.comment, given.comment_version) == ("mine", 1)
    assert found.given[story.place(2, "S03")].answer == Answer.absent(Missing.SKIPPED)
    assert found.answered(asked(story, 2)) == 2
    assert found.submitted_at is None


def test_before_the_first_click_there_is_nothing(session):
    story = make_story(session)
    story.until_round_2()
    found = own(story, 3, 2)
    assert (found.response_id, dict(found.given), found.receipt) == (None, {}, None)


def test_the_second_time_ones_earlier_rating_is_there(session):
    story = make_rated_story(session)
    story.launch(3)
    earlier = own(story, 1, 3).earlier
    assert earlier == {
        story.place(2, "S01"): Answer(5.0),
        story.place(2, "S02"): Answer(5.0),
        story.place(2, "S03"): Answer(1.0),
        story.place(2, "S04"): Answer(4.0),
    }


def test_counts_and_pairs_are_those_of_the_experts_who_stand(session):
    story = make_finished_story(session)
    placed = story.asked(3)["S01"]
    scale = asked(story, 3).by_id[placed.id].kind.scale
    counted = ratings.counts_by_item(
        session, story.round(3).id, {placed.id: scale}, only_submitted=False
    )
    assert counted[placed.id].panel.counts == (0, 0, 0, 5, 2)
    pairs = ratings.pairs_by_item(
        session, {placed.id: (placed.previous_id, scale)}, only_submitted=False
    )
    assert pairs[placed.id].pairs == 7
    leave(story, 1, EarlierAnswers.ERASE)
    pairs = ratings.pairs_by_item(
        session, {placed.id: (placed.previous_id, scale)}, only_submitted=False
    )
    assert pairs[placed.id].pairs == 6


def test_results_are_summed_up_by_verdict_and_by_theme(session):
    story = make_rated_story(session)
    found = results.of_round(session, story.round(2))
    assert found.verdicts == {"in": 1, "no consensus": 1, "out": 1, "undecided": 1}
    by_theme = {theme.code: (dict(theme.verdicts), theme.total) for theme in found.themes}
    assert by_theme == {
        "care": ({"in": 1, "out": 1}, 2),
        "data": ({"no consensus": 1, "undecided": 1}, 2),
    }


def test_a_round_without_an_analysis_has_no_results(session):
    story = make_story(session)
    story.until_round_2()
    assert results.of_round(session, story.round(2)) is None


def test_a_researcher_sees_the_studies_they_have_a_role_in(session):
    mine, _other = make_story(session), make_story(session)
    observer = make_member(session, mine.study_id, Role.OBSERVER)
    (line,) = studies.of_researcher(session, observer, mine.now)
    assert (line.public_id, line.role, line.experts) == (mine.study.public_id, "observer", 6)
    assert line.round is None
    lead = session.scalars(Researcher.__table__.select()).first()
    assert len(studies.of_researcher(session, lead, mine.now)) == 2


def test_the_rounds_of_a_study_say_where_they_stand(session):
    story = make_rated_story(session)
    lines = studies.rounds_of(session, story.study, story.now)
    assert [(line.number, line.state, line.items) for line in lines] == [
        (1, RoundState.CLOSED, 2),
        (2, RoundState.CLOSED, 4),
        (3, RoundState.DRAFT, 4),
    ]
    assert [(line.begun, line.submitted) for line in lines] == [(1, 1), (8, 8), (0, 0)]


@pytest.mark.parametrize("size", [6, 30])
def test_a_round_is_counted_in_as_many_queries_whatever_the_panels_size(session, size):
    story = make_story(session, experts=size)
    story.until_round_2()
    for expert in range(1, size + 1):
        story.keep(expert, 2, {"S01": 4, "S02": 3})
    places = story.asked(2)
    scales = {placed.id: asked(story, 2).by_id[placed.id].kind.scale for placed in places.values()}
    round_id, statements = story.round(2).id, []
    engine = session.get_bind()
    listener = lambda *words: statements.append(words[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", listener)
    ratings.counts_by_item(session, round_id, scales, only_submitted=False)
    event.remove(engine, "before_cursor_execute", listener)
    assert len(statements) == 3


def test_a_part_of_the_answers_comes_with_its_questions_alone(session):
    story = make_story(session)
    story.launch(1)
    for expert in (1, 2, 3):
        story.answer(expert, 1, {"Q1": f"one {expert}", "Q2": f"two {expert}"})
    round_id = story.round(1).id
    assert list(answers.counts(session, round_id).values()) == [3, 3]

    def part(after, most):
        return [
            [a.text for a in question.answers]
            for question in answers.open_answers(session, round_id, after=after, most=most)
        ]

    assert part(0, 2) == [["one 1", "one 2"]]
    assert part(2, 2) == [["one 3"], ["two 1"]]
    assert part(4, 2) == [["two 2", "two 3"]]
    assert part(6, 2) == []
