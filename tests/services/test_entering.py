"""Answers taken by phone or on paper: marked in every version, audited, and never over the expert's own."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from surveys.delphi.answer import Answer
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.panel import Channel, Consent
from surveys.models.response import Comment, Intake, Rating
from surveys.queries import dataset, own_data, questionnaire, versions
from surveys.services import consenting, entering, exporting, responding
from surveys.services.exporting_versions import versions_table
from tests.factories import HOST, make_story

RESEARCHER = "researcher:1"


@pytest.fixture
def story(session):
    story = make_story(session)
    story.until_round_2()
    return story


def enter(story, number, given, *, channel=Channel.PHONE, ago=timedelta(minutes=10), seen=99):
    """Enter answers to round 2 for an expert of this number, by code of the item."""
    round_, expert = story.round(2), story.expert(number)
    asked = questionnaire.launched_round(story.session, story.study.public_id, round_.id, "en")
    offers = {
        story.place(2, code): responding.Offer(Answer(value), f"{code} said aloud", seen, seen)
        for code, value in given.items()
    }
    sitting = entering.Sitting(channel, story.now - ago, RESEARCHER)
    with transaction(story.session):
        return entering.keep(
            story.session,
            story.expert(number),
            asked,
            offers,
            {},
            sitting=sitting,
            language=expert.language,
            at=story.now,
        )


def columns(table, *names):
    places = [[column.name for column in table.columns].index(name) for name in names]
    return [tuple(row[place] for place in places) for row in table.rows]


@pytest.mark.both_engines
def test_every_version_says_how_it_came_and_so_do_the_exports(story):
    session = story.session
    story.answer(1, 2, {"S01": 2, "S02": 3})
    story.later(minutes=30)
    enter(story, 1, {"S01": 5})
    data = dataset.of_study(session, story.study)
    long = columns(exporting.long_table(story.study, data, "en"), "expert", "item", "channel")
    assert [row for row in long if row[0] == "E01" and row[1].startswith("S")] == [
        ("E01", "S01", "phone"),
        ("E01", "S02", "own page"),
        ("E01", "S03", None),
    ]
    every = versions_table(story.study, data, versions.of_study(session, story.study), "en")
    assert [row for row in columns(every, "item", "version", "channel") if row[0] == "S01"] == [
        ("S01", 1, "own page"),
        ("S01", 2, "phone"),
    ]
    codebook = exporting.codebook_table(story.study, [every])
    assert ("channel", "phone") in columns(codebook, "variable", "code")
    of_s01 = own_data.rounds(session, story.study, story.expert(1).id, "en")[0].items[0]
    assert [(one.number, one.channel) for one in of_s01.answers] == [(1, None), (2, Channel.PHONE)]
    assert of_s01.comments[0].channel is Channel.PHONE


@pytest.mark.both_engines
def test_what_the_expert_answered_meanwhile_is_told_and_not_written_over(story):
    story.keep(2, 2, {"S01": 1})
    entered = enter(story, 2, {"S01": 5, "S02": 4}, seen=0)
    (clash,) = entered.answers.conflicts
    assert (clash.round_item_id, clash.standing.value) == (story.place(2, "S01"), 1)
    standing = story.session.execute(
        select(Rating.round_item_id, Rating.value).where(Rating.latest, Rating.value.is_not(None))
    ).all()
    assert dict(standing) == {story.place(2, "S01"): 1, story.place(2, "S02"): 4}


@pytest.mark.both_engines
def test_two_saves_in_one_sitting_are_one_sitting_and_each_is_in_the_trail(story):
    enter(story, 3, {"S01": 5}, channel=Channel.PAPER)
    enter(story, 3, {"S02": 4, "S03": 3}, channel=Channel.PAPER)
    enter(story, 3, {"S02": 4}, channel=Channel.PAPER)
    (intake,) = story.session.scalars(select(Intake))
    kept = story.session.scalars(select(Comment.intake_id).where(Comment.latest)).all()
    assert kept == [intake.id] * 3
    events = story.session.scalars(select(AuditEvent).where(AuditEvent.act == "answers entered"))
    told = [
        (e.actor, e.details["expert"], e.details["channel"], e.details["answers"]) for e in events
    ]
    assert told == [(RESEARCHER, "E03", "paper", 2), (RESEARCHER, "E03", "paper", 4)]


@pytest.mark.parametrize("ago", [timedelta(hours=-1), timedelta(days=30)])
def test_no_answer_was_taken_in_the_future_or_before_the_launch(story, ago):
    with pytest.raises(entering.NotTaken):
        enter(story, 1, {"S01": 5}, ago=ago)
    assert story.anew().session.scalars(select(Intake)).all() == []


def test_an_expert_who_left_is_not_answered_for(story):
    from surveys.models.panel import EarlierAnswers
    from surveys.services import withdrawing

    with transaction(story.session):
        withdrawing.withdraw(
            story.session,
            story.expert(1),
            earlier_answers=EarlierAnswers.KEEP,
            actor="expert:E01",
            at=story.now,
        )
    with pytest.raises(responding.NotInRound):
        enter(story, 1, {"S01": 5})


@pytest.mark.both_engines
def test_a_submission_for_an_expert_is_audited_as_such_and_the_receipt_goes_to_the_expert(story):
    enter(story, 4, {"S01": 5})
    sitting = entering.Sitting(Channel.PHONE, story.now, RESEARCHER)
    with transaction(story.session):
        response = entering.submit(
            story.session,
            story.expert(4),
            story.round(2),
            sitting=sitting,
            sender_host=HOST,
            at=story.now,
        )
        assert response.receipt
    event = story.session.scalars(
        select(AuditEvent).where(AuditEvent.act == "round submitted").order_by(AuditEvent.id.desc())
    ).first()
    assert (event.actor, event.details["expert"]) == (RESEARCHER, "E04")


@pytest.mark.both_engines
def test_a_consent_given_aloud_says_how_when_and_who_noted_it_once(story):
    expert = story.expert(5)
    given_at = story.now - timedelta(hours=2)

    def note():
        with transaction(story.session):
            return consenting.record(
                story.session,
                story.expert(5),
                version="1",
                language="en",
                text="Test Institute runs this.",
                channel=Channel.PHONE,
                given_at=given_at,
                actor=RESEARCHER,
                at=story.now,
            )

    assert (note(), note()) == (True, False)
    (consent,) = story.session.scalars(select(Consent).where(Consent.expert_id == expert.id))
    assert (consent.channel, consent.recorded_by) == (Channel.PHONE, RESEARCHER)
    assert consent.given_at == given_at
