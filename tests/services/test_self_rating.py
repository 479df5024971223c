"""What experts say to know: kept like answers, and put beside the ratings it belongs to."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from surveys.delphi.expertise import AskedAbout, Level
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.panel import EarlierAnswers
from surveys.models.response import Response, SelfRating
from surveys.queries import questionnaire, self_ratings
from surveys.services import designing, responding, self_rating, withdrawing
from surveys.services.self_rating import Offer
from tests.factories import make_rated_story, make_story, study_document


@pytest.fixture
def story(session):
    """Round 2 asks about each statement."""
    story = make_story(session, expertise="item")
    story.until_round_2()
    return story


def by_theme(session):
    story = make_story(session, expertise="theme")
    story.until_round_2()
    return story


def asked(story, number=2):
    return questionnaire.launched_round(
        story.session, story.study.public_id, story.round(number).id, "en"
    )


def own(story, expert, number=2):
    """What stands of an expert: level and version by subject."""
    found = self_ratings.own(story.session, story.expert(expert).id, asked(story, number))
    return {key: (said.level, said.version) for key, said in found.items()}


def history(story):
    rows = story.session.scalars(select(SelfRating).order_by(SelfRating.id))
    return [(row.version, row.level, row.latest) for row in rows]


def key(story, code):
    return f"k{story.place(2, code)}"


def test_every_version_stays_and_one_stands(story):
    for level in (2, 4, None, 5):
        story.know(1, 2, {"S01": level})
    assert history(story) == [(1, 2, False), (2, 4, False), (3, None, False), (4, 5, True)]
    assert own(story, 1) == {key(story, "S01"): (Level.OWN_FIELD, 4)}


def test_the_same_again_changes_nothing(story):
    story.know(1, 2, {"S01": 3})
    assert story.know(1, 2, {"S01": 3}).versions == {key(story, "S01"): 1}
    assert len(history(story)) == 1


@pytest.mark.both_engines
def test_nothing_said_leaves_no_row_but_counts_as_a_beginning(story):
    story.know(1, 2, {"S01": None})
    assert history(story) == []
    begun = select(Response.id).where(Response.round_id == story.round(2).id)
    assert story.session.scalar(begun) is not None


def test_a_newer_level_from_elsewhere_is_not_written_over(story):
    story.know(1, 2, {"S01": 2})
    story.know(1, 2, {"S01": 4})
    kept = story.know(1, 2, {"S01": 1}, seen=1)
    (conflict,) = kept.conflicts.values()
    assert (conflict.level, conflict.version) == (Level.VERY, 2)
    assert own(story, 1)[key(story, "S01")] == (Level.VERY, 2)


@pytest.mark.both_engines
def test_an_old_page_that_repeats_what_it_showed_is_no_conflict(story):
    story.know(1, 2, {"S01": 2})
    story.know(1, 2, {"S01": 4})
    kept = story.know(1, 2, {"S01": 2}, seen=1)
    assert (kept.conflicts, own(story, 1)[key(story, "S01")][0]) == ({}, Level.VERY)


@pytest.mark.parametrize("foreign", ["k999999", "t1", "x", ""])
def test_what_the_round_does_not_ask_is_refused(story, foreign):
    with pytest.raises(responding.NotInRound), transaction(story.session):
        self_rating.keep(
            story.session,
            story.expert(1).id,
            asked(story),
            {foreign: Offer(Level.VERY)},
            at=story.now,
        )


def test_a_round_that_asks_nothing_has_no_subjects(session):
    story = make_story(session)
    story.until_round_2()
    assert self_ratings.subjects(asked(story)) == ()
    with pytest.raises(responding.NotInRound):
        story.know(1, 2, {"S01": 3})


def test_a_closed_round_takes_no_level(story):
    story.close(2)
    with pytest.raises(responding.RoundNotOpen):
        story.know(1, 2, {"S01": 3})


def test_a_theme_is_asked_about_once_though_it_comes_twice(session):
    story = by_theme(session)
    subjects = self_ratings.subjects(asked(story))
    # Statements 1 and 3 are on care, statement 2 stands between them.
    assert [subject.name for subject in subjects] == ["Care", "Data"]
    parts = asked(story).sections
    assert [part.first_of_theme for part in parts] == [True, True, False]


@pytest.mark.both_engines
def test_what_was_said_of_a_theme_holds_for_its_items(session):
    story = by_theme(session)
    story.know(1, 2, {"care": 4})
    levels = self_ratings.levels_until(session, story.round(2))
    expert = story.expert(1).id
    assert [levels[story.place(2, code)].get(expert) for code in ("S01", "S02", "S03")] == [
        Level.VERY,
        None,
        Level.VERY,
    ]


def test_in_a_later_round_what_was_said_before_holds_until_it_is_said_anew(session):
    story = make_rated_story(session, expertise="item")
    story.later(days=1)
    with transaction(session):
        story.round(2).closed_at = None
    story.know(1, 2, {"S01": 2})
    story.know(2, 2, {"S01": 5})
    story.close(2)
    story.launch(3)
    story.know(2, 3, {"S01": 1})
    levels = self_ratings.levels_until(session, story.round(3))[story.place(3, "S01")]
    assert levels == {story.expert(1).id: Level.SLIGHTLY, story.expert(2).id: Level.NOT}


def test_leaving_with_erasure_takes_what_was_said_along(story):
    story.know(1, 2, {"S01": 4})
    story.know(2, 2, {"S01": 3})
    with transaction(story.session):
        withdrawing.withdraw(
            story.session,
            story.expert(1),
            earlier_answers=EarlierAnswers.ERASE,
            actor="expert",
            at=story.now,
        )
    assert history(story) == [(1, 3, True)]


@pytest.mark.both_engines
def test_a_draft_round_can_be_told_what_to_ask_and_a_launched_one_cannot(session):
    story = make_story(session)
    decide = {"about": AskedAbout.THEME, "actor": story.actor, "at": story.now}
    for _twice in range(2):
        with transaction(session):
            designing.ask_expertise(session, story.study, story.round(2), **decide)
    assert story.round(2).expertise is AskedAbout.THEME
    events = session.scalars(select(AuditEvent).where(AuditEvent.act == "expertise asked")).all()
    assert [event.details for event in events] == [{"round": 2, "about": "theme"}]
    story.until_round_2()
    decide["at"] = story.now + timedelta(minutes=1)
    with pytest.raises(designing.RoundLaunched), transaction(session):
        designing.ask_expertise(session, story.study, story.round(2), **decide)


def test_a_round_made_in_the_image_of_another_asks_the_same(session):
    """The file plans two rounds; the third is made from the second."""
    planned = study_document(statements=4)["rounds"][:2]
    story = make_rated_story(session, expertise="item", rounds=planned)
    assert story.round(3).expertise is AskedAbout.ITEM
