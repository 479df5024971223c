"""What an expert's page shows of the round before, by the condition that holds for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from surveys.models.feedback import FeedbackCondition
from tests.actors.visitor import Visitor
from tests.services import test_disclosing as disclosing
from tests.services.test_feedback_conditions import ARMS, SHOW, protocol_with, story_of

LATELY = datetime.now(UTC) - timedelta(days=3)
LONG_AGO = datetime.now(UTC) - timedelta(days=30)


def page_of(app, story, number):
    """The questionnaire of round 3 as one expert sees it; its visitor."""
    person = Visitor(app, story.expert(number).language)
    person.arrive(story.link(number))
    return person


def test_each_arm_sees_its_own_feedback(app, session, links):
    story = story_of(session, 12, protocol=ARMS, links=links, at=LATELY)
    arms = dict(session.execute(select(FeedbackCondition.expert_id, FeedbackCondition.arm)).all())
    seen = {}
    for number in range(1, 13):
        arm = arms[story.expert(number).id]
        if arm not in seen and story.expert(number).language == "en":
            seen[arm] = page_of(app, story, number).page
    assert set(seen) == {"none", "own_group", "all_groups"}
    assert seen["none"].all(class_="feedback") == []
    own = seen["own_group"].all(class_="feedback")[0].text
    assert "In your own group: 6 of 6 experts" in own
    every = seen["all_groups"].all(class_="feedback")[0]
    rows = [[cell.text for cell in row.all("th", "td")] for row in every.all("tr")]
    assert rows == [
        ["Group", "Ratings", "4–5", "1–2", "Middle"],
        ["Nurse", "6", "100%", "0%", "4"],
        ["Physician", "6", "0%", "100%", "2"],
    ]


def test_a_withheld_group_is_named_and_not_shown(app, session, links):
    story = story_of(
        session, 9, protocol=protocol_with(show=SHOW, whose="all_groups"), links=links, at=LATELY
    )
    feedback = page_of(app, story, 1).page.all(class_="feedback")[0].text
    assert "Not shown by themselves, because too few answered" in feedback
    assert "Nurse, Physician." in feedback


def test_small_groups_stand_in_one_row_as_others(app, session, links):
    story = disclosing.panel(session, links=links, at=LONG_AGO)
    disclosing.rate(story, 2, disclosing.level())
    disclosing.close_and_go_on(story, 2)

    table = page_of(app, story, 1).page.all(class_="by-group")[0]

    names = [row.all("th")[0].text for row in table.all("tr")[1:]]
    assert names == ["nurse", "physician", "Others (patient, payer)"]


def test_a_member_of_a_small_group_is_told_whom_it_is_shown_with(app, session, links):
    story = disclosing.panel(session, whose="own_group", links=links, at=LONG_AGO)
    disclosing.rate(story, 2, disclosing.level())
    disclosing.close_and_go_on(story, 2)

    feedback = page_of(app, story, 27).page.all(class_="feedback")[0].text

    assert "In your own group together with others (patient): " in feedback


def test_figures_that_are_shown_again_say_of_which_round_they_are(app, session, links):
    first = disclosing.level()
    del first[1]
    story = disclosing.twice(session, first, disclosing.level(), links=links, at=LONG_AGO)

    feedback = page_of(app, story, 1).page.all(class_="feedback")[0].text

    assert "These are the answers of round 2." in feedback
    assert "fewer than 5 experts make the difference" in feedback


def test_the_first_look_is_kept_and_only_the_first(app, session, links):
    story = story_of(session, 6, links=links, at=LATELY)
    person = page_of(app, story, 1)
    story.anew()
    shown = session.scalars(
        select(FeedbackCondition.first_shown_at).order_by(FeedbackCondition.expert_id)
    )
    first, *others = shown.all()
    assert first is not None
    assert others == [None] * 5
    person.open(person.at)
    session.rollback()
    again = session.scalars(
        select(FeedbackCondition.first_shown_at).order_by(FeedbackCondition.expert_id)
    ).first()
    assert again == first
