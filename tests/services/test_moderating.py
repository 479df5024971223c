"""What a moderator decides of comments: who may read what, once, in which words, and back again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from surveys.delphi.voices import Approval, Place, Standing
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.moderation import CommentReview
from surveys.models.panel import EarlierAnswers
from surveys.models.response import Comment
from surveys.queries import voices
from surveys.services import launching, moderating, withdrawing
from surveys.services.moderating import NoSuchComment, NotModerated
from tests.services.voicing import (
    decide,
    make_commented,
    merged,
    numbers,
    protocol_with,
    shown,
)

NAMED = "Dr Peeters does it like this."
FOR = "Staff need training."
ALSO_FOR = "The staff needs training!"
AGAINST = "There is no time."
# Experts with odd numbers write on English pages, the others on Dutch ones.
SAID = [(5, FOR), (3, "It depends."), (4, ALSO_FOR), (1, AGAINST), (5, NAMED)]


def standing(story, text, approval=Approval.FLAGGED):
    comments = {one.text: one for one in voices.of_round(story.session, story.round(2).id)}
    return comments[text].standing(approval)


def acts(story):
    """The decisions in the trail, in order."""
    return [
        (event.act, event.details["comment"])
        for event in story.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
        if "comment" in event.details
    ]


def test_every_comment_stands_on_the_side_of_its_rating(session):
    story = make_commented(session, SAID)
    story.launch(3)
    assert {text: comment["side"] for text, comment in shown(story).items()} == {
        FOR: "for",
        ALSO_FOR: "for",
        AGAINST: "against",
        "It depends.": "other",
    }


@pytest.mark.both_engines
def test_a_flagged_comment_is_withheld_until_somebody_decides_and_the_launch_counts_it(session):
    story = make_commented(session, SAID)
    waiting = launching.withheld(session, story.study, story.round(3))
    assert [one.text for one in waiting] == [NAMED]
    story.launch(3)
    assert NAMED not in shown(story)
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.act == "round launched").order_by(AuditEvent.id.desc())
    ).first()
    assert event.details["comments_withheld"] == 1


def test_where_all_comments_need_approval_none_passes_by_itself(session):
    story = make_commented(session, SAID, protocol=protocol_with(approve="all"))
    assert len(launching.withheld(session, story.study, story.round(3))) == 5
    decide(story, moderating.approve, numbers(story, FOR, AGAINST))
    story.launch(3)
    assert set(shown(story)) == {FOR, AGAINST}


def test_a_comment_that_was_let_through_is_shown_as_it_was_written(session):
    story = make_commented(session, SAID)
    decide(story, moderating.approve, numbers(story, NAMED))
    assert standing(story, NAMED) is Standing.APPROVED
    story.launch(3)
    assert NAMED in shown(story)


@pytest.mark.both_engines
def test_a_reworded_comment_is_shown_in_its_new_words_and_kept_in_its_own(session):
    story = make_commented(session, SAID)
    (number,) = numbers(story, NAMED)
    decide(story, moderating.redact, number, "  A colleague\r\ndoes it like this. ")
    story.launch(3)
    assert "A colleague\ndoes it like this." in shown(story)
    assert NAMED not in shown(story)
    assert session.get_one(Comment, number).text == NAMED


@pytest.mark.parametrize(
    ("wording", "words"),
    [("  ", "Please write"), (NAMED, "nothing was changed"), ("x" * 4_001, "too long")],
)
def test_a_rewording_that_is_none_is_refused(session, wording, words):
    story = make_commented(session, SAID)
    (number,) = numbers(story, NAMED)
    with pytest.raises(NotModerated, match=words):
        decide(story, moderating.redact, number, wording)
    assert standing(story, NAMED) is Standing.WAITING


def test_a_comment_is_kept_back_with_a_reason_only(session):
    story = make_commented(session, SAID)
    (number,) = numbers(story, AGAINST)
    with pytest.raises(NotModerated, match="why"):
        decide(story, moderating.keep_back, [number], "  ")
    decide(story, moderating.keep_back, [number], " names  a ward ")
    assert session.get_one(Comment, number).hidden_reason == "names a ward"
    story.launch(3)
    assert AGAINST not in shown(story)


@pytest.mark.both_engines
def test_a_decision_can_be_taken_back_and_every_step_is_in_the_trail(session):
    story = make_commented(session, SAID)
    (number,) = numbers(story, NAMED)
    found = [standing(story, NAMED)]
    for act, *more in (
        (moderating.approve,),
        (moderating.keep_back, "names somebody"),
        (moderating.take_back,),
    ):
        decide(story, act, [number], *more)
        found.append(standing(story, NAMED))
    assert found == [
        Standing.WAITING,
        Standing.APPROVED,
        Standing.KEPT_BACK,
        Standing.WAITING,
    ]
    assert acts(story) == [
        ("comment approved", number),
        ("comment hidden", number),
        ("decision taken back", number),
    ]
    # The trail knows which comment, not what it says.
    told = str([event.details for event in session.scalars(select(AuditEvent))])
    assert "Peeters" not in told


def test_merged_comments_are_read_once_and_counted(session):
    story = make_commented(session, SAID)
    merged(story, FOR, ALSO_FOR)
    story.launch(3)
    assert ALSO_FOR not in shown(story)
    assert shown(story)[FOR]["experts"] == 2
    assert shown(story)[FOR]["sources"] == numbers(story, FOR, ALSO_FOR)


def test_a_merge_can_be_taken_back(session):
    story = make_commented(session, SAID)
    merged(story, FOR, ALSO_FOR)
    decide(story, moderating.part, numbers(story, ALSO_FOR))
    story.launch(3)
    assert shown(story)[FOR]["experts"] == shown(story)[ALSO_FOR]["experts"] == 1


def test_a_merge_into_a_merged_one_brings_all_along(session):
    story = make_commented(session, [(5, "one"), (5, "two"), (5, "three"), (4, "four")])
    merged(story, "one", "two")
    merged(story, "three", "one", "four")
    story.launch(3)
    assert {text: one["experts"] for text, one in shown(story).items()} == {"three": 4}


def test_turning_a_merge_round_leaves_no_circle(session):
    story = make_commented(session, [(5, "one"), (5, "two"), (5, "three")])
    merged(story, "one", "two", "three")
    merged(story, "two", "one")
    story.launch(3)
    assert {text: one["experts"] for text, one in shown(story).items()} == {"two": 3}


@pytest.mark.parametrize("others", [(AGAINST,), (ALSO_FOR, AGAINST), ("It depends.",)])
def test_comments_of_different_sides_are_not_merged(session, others):
    story = make_commented(session, SAID)
    with pytest.raises(NotModerated, match="one side"):
        merged(story, FOR, *others)
    story.launch(3)
    assert shown(story)[FOR]["experts"] == 1


def test_one_comment_alone_and_one_that_is_kept_back_are_not_merged(session):
    story = make_commented(session, SAID)
    with pytest.raises(NotModerated, match="two"):
        merged(story, FOR)
    decide(story, moderating.keep_back, numbers(story, ALSO_FOR), "names a ward")
    with pytest.raises(NotModerated, match="kept back"):
        merged(story, FOR, ALSO_FOR)


def test_when_the_one_that_speaks_is_kept_back_another_one_speaks(session):
    story = make_commented(session, [(5, "one"), (5, "two"), (5, NAMED)])
    merged(story, "one", "two", NAMED)
    decide(story, moderating.keep_back, numbers(story, "one"), "names a ward")
    story.launch(3)
    # The flagged one was merged, never approved: it is counted and cannot speak.
    assert {text: one["experts"] for text, one in shown(story).items()} == {"two": 2}


def test_when_nobody_of_a_merge_may_speak_it_is_silent(session):
    story = make_commented(session, [(5, "one"), (5, NAMED)])
    merged(story, "one", NAMED)
    decide(story, moderating.keep_back, numbers(story, "one"), "names a ward")
    story.launch(3)
    assert shown(story) == {}


def test_who_changes_sides_after_a_merge_speaks_on_the_new_side(session):
    story = make_commented(session, [(5, "one"), (5, "two")])
    merged(story, "one", "two")
    with transaction(session):
        story.round(2).closed_at = None
    story.keep(2, 2, {"S01": 1})
    found = voices.heard(voices.of_round(session, story.round(2).id), Approval.FLAGGED)
    assert {(one.lead.text, one.lead.side.value, one.voice.experts) for one in found} == {
        ("one", "for", 1),
        ("two", "against", 1),
    }


@pytest.mark.both_engines
def test_when_who_speaks_has_the_answers_erased_another_one_leads_the_rest(session):
    story = make_commented(session, [(5, "one"), (5, "two"), (5, "three")])
    merged(story, "one", "two", "three")
    with transaction(session):
        withdrawing.withdraw(
            session,
            story.expert(1),
            earlier_answers=EarlierAnswers.ERASE,
            actor="expert:E01",
            at=story.now,
        )
    story.launch(3)
    assert {text: one["experts"] for text, one in shown(story).items()} == {"two": 2}
    assert len(session.scalars(select(CommentReview)).all()) == 2


@pytest.mark.both_engines
def test_look_alikes_are_proposed_until_they_are_merged_or_told_apart(session):
    story = make_commented(session, [*SAID, (4, None), (5, "Training the staff needs.")])

    def read():
        comments = voices.of_round(session, story.round(2).id)
        groups = voices.look_alikes(session, comments)
        return [sorted(one.text for one in group) for group in groups]

    third = "Training the staff needs."
    assert read() == [sorted([FOR, ALSO_FOR, third])]
    decide(story, moderating.tell_apart, numbers(story, FOR, third))
    decide(story, moderating.tell_apart, numbers(story, ALSO_FOR, third))
    assert read() == [sorted([FOR, ALSO_FOR])]
    merged(story, FOR, ALSO_FOR)
    assert read() == []


@pytest.mark.both_engines
def test_what_a_moderator_puts_first_or_folds_is_so_in_the_sheet(session):
    said = [(5, f"{word} " + "more " * 60) for word in ("one", "two", "three")]
    story = make_commented(session, said, protocol=protocol_with(reading_budget={"words": 70}))
    texts = [text.strip() for _value, text in said]
    by_rule = voices.heard(voices.of_round(session, story.round(2).id), Approval.FLAGGED)
    assert len(by_rule) == 3
    decide(story, moderating.put, numbers(story, texts[1]), Place.FIRST)
    decide(story, moderating.put, numbers(story, texts[0]), Place.FOLDED)
    story.launch(3)
    assert {text[:3]: one["open"] for text, one in shown(story).items()} == {
        "one": False,
        "two": True,
        "thr": False,
    }
    assert next(iter(shown(story))) == texts[1]


@pytest.mark.both_engines
def test_a_comment_of_another_round_or_none_is_not_decided_on(session):
    story = make_commented(session, SAID)
    (number,) = numbers(story, FOR)
    for ids in ([], [number, 99_999]):
        with pytest.raises(NoSuchComment):
            decide(story, moderating.approve, ids)
    with pytest.raises(NoSuchComment):
        decide(story, moderating.approve, [number], number=1)
    assert standing(story, FOR) is Standing.PASSED


def test_a_newer_version_of_a_comment_is_decided_on_anew(session):
    story = make_commented(session, SAID)
    decide(story, moderating.approve, numbers(story, NAMED))
    with transaction(session):
        story.round(2).closed_at = None
    story.keep(5, 2, {}, {"S01": "Prof. Janssens does it like this."})
    assert standing(story, "Prof. Janssens does it like this.") is Standing.WAITING
