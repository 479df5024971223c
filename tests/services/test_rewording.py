"""New words for what experts have seen: a revision, why it was made, and what it may be compared with."""

import pytest
from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.item import ItemRevision, Meaning
from surveys.queries import lineage
from surveys.services import designing, exporting
from tests.factories import ROUND_2, both, make_rated_story

SHOWN = both("Statement 1 holds.", "Stelling 1 klopt.")
CLEARER = both("Statement 1 holds for adults.", "Stelling 1 klopt voor volwassenen.")
WHY = both("Children were not meant.", "Kinderen waren niet bedoeld.")


@pytest.fixture
def story(session):
    """Round 2 was rated and closed; round 3 is a draft."""
    return make_rated_story(session)


def placed(story):
    """S01 in the draft, and its wording."""
    item = story.asked(3)["S01"]
    return item, story.session.get_one(ItemRevision, item.revision_id)


def revisions(story):
    item_id = story.asked(3)["S01"].item_id
    return story.session.scalars(
        select(ItemRevision).where(ItemRevision.item_id == item_id).order_by(ItemRevision.number)
    ).all()


def rated_again(story):
    """Launch and rate round 3, and close it."""
    story.later(days=1)
    story.launch(3)
    story.rate(3, ROUND_2)
    story.later(days=1)
    story.close(3)


def test_a_wording_that_was_seen_gets_a_revision_with_its_reasons(story):
    story.reword(3, "S01", CLEARER, WHY, Meaning.KEPT)
    old, new = revisions(story)
    assert (old.wording, new.wording) == (SHOWN, CLEARER)
    assert (new.number, new.reasons, new.meaning) == (2, WHY, Meaning.KEPT)
    assert story.asked(2)["S01"].revision_id == old.id


@pytest.mark.both_engines
def test_while_the_meaning_is_kept_ratings_are_compared(story):
    story.reword(3, "S01", CLEARER, WHY, Meaning.KEPT)
    assert placed(story)[0].previous_id == story.place(2, "S01")
    rated_again(story)
    assert story.results(3)["S01"].stability["pairs"] == 8


def test_across_a_change_of_meaning_nothing_is_compared(story):
    story.reword(3, "S01", CLEARER, WHY, Meaning.CHANGED)
    assert placed(story)[0].previous_id is None
    rated_again(story)
    result = story.results(3)["S01"]
    assert (result.stability, result.stable) == (None, None)
    # Rated for the first time with this meaning, so it comes back.
    assert result.proposal["rated"] == 1
    assert story.results(3)["S02"].stability["pairs"] == 8


@pytest.mark.both_engines
def test_the_researcher_may_think_again_until_the_launch(story):
    story.reword(3, "S01", CLEARER, WHY, Meaning.CHANGED)
    story.reword(3, "S01", both("Statement 1 holds for all."), WHY, Meaning.KEPT)
    item, revision = placed(story)
    assert len(revisions(story)) == 2
    assert revision.wording["en"] == "Statement 1 holds for all."
    assert item.previous_id == story.place(2, "S01")


@pytest.mark.both_engines
def test_the_earlier_wording_given_again_takes_the_new_one_back(story):
    story.reword(3, "S01", CLEARER, WHY, Meaning.CHANGED)
    story.reword(3, "S01", SHOWN)
    item, revision = placed(story)
    assert revisions(story) == [revision]
    assert item.revision_id == story.asked(2)["S01"].revision_id
    assert item.previous_id == story.place(2, "S01")


def test_a_reason_is_needed_where_the_wording_changed_and_nowhere_else(story):
    only_dutch = {**SHOWN, "nl": "Stelling 1 klopt voor volwassenen."}
    with pytest.raises(designing.StatementRefused, match="give the reason in “nl”"):
        story.reword(3, "S01", only_dutch, {"en": "A reason.", "nl": "  "}, Meaning.KEPT)
    story.reword(3, "S01", only_dutch, {"en": "A reason.", "nl": "Een reden."}, Meaning.KEPT)
    assert placed(story)[1].reasons == {"nl": "Een reden."}


def test_all_that_is_missing_is_said_at_once(story):
    with pytest.raises(designing.StatementRefused) as refused:
        story.reword(3, "S01", CLEARER, {"en": "x" * 501})
    assert len(refused.value.problems) == 3
    assert placed(story)[1].wording == SHOWN


def test_the_same_words_again_are_no_new_wording(story):
    with pytest.raises(designing.StatementRefused, match="have seen already"):
        story.reword(3, "S01", SHOWN, WHY, Meaning.KEPT)
    assert len(revisions(story)) == 1


@pytest.mark.parametrize("meaning", list(Meaning))
def test_preparing_the_round_again_keeps_new_words_and_what_they_are_compared_with(story, meaning):
    story.reword(3, "S01", CLEARER, WHY, meaning)
    compared = placed(story)[0].previous_id
    story.prepare(2)
    item, revision = placed(story)
    assert (revision.wording, item.previous_id) == (CLEARER, compared)
    assert list(story.asked(3)) == ["S01", "S02", "S03", "S04"]


def test_the_trail_says_what_was_changed_and_why(story):
    story.reword(3, "S01", CLEARER, WHY, Meaning.CHANGED)
    event = story.session.scalars(
        select(AuditEvent).where(AuditEvent.act == "statement reworded")
    ).one()
    assert event.details == {"item": "S01", "revision": 2, "reasons": WHY, "meaning": "changed"}


@pytest.mark.both_engines
def test_every_wording_that_was_shown_leaves_with_its_rounds_and_its_reason(story):
    story.reword(3, "S01", CLEARER, WHY, Meaning.CHANGED)
    draft = exporting.wordings_table(story.study, lineage.wordings(story.session, story.study_id))
    assert {row[2] for row in draft.rows if row[1] == "S01"} == {1}
    rated_again(story)
    table = exporting.wordings_table(story.study, lineage.wordings(story.session, story.study_id))
    names = [column.name for column in table.columns]
    rows = [dict(zip(names, row, strict=True)) for row in table.rows]
    about = ("revision", "language", "wording", "first_round", "last_round", "meaning", "reason")
    assert [tuple(row[name] for name in about) for row in rows if row["item"] == "S01"] == [
        (1, "en", SHOWN["en"], 2, 2, None, None),
        (1, "nl", SHOWN["nl"], 2, 2, None, None),
        (2, "en", CLEARER["en"], 3, 3, "changed", WHY["en"]),
        (2, "nl", CLEARER["nl"], 3, 3, "changed", WHY["nl"]),
    ]
    assert {(row["first_round"], row["last_round"]) for row in rows if row["item"] == "S02"} == {
        (2, 3)
    }
