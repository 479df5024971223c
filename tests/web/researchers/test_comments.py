"""The moderator's inbox: it shows what waits, and it ends at zero."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from surveys.models.response import Comment
from tests.actors.visitor import Visitor
from tests.services.voicing import make_commented, numbers

NAMED = "Dr Peeters tried it and gave up."
SAID = [
    (5, "Staff need training."),
    (1, NAMED),
    (4, "The staff needs training!"),
    (2, "Bel mij op 09 332 21 11."),
    (3, "It depends."),
]


@pytest.fixture
def story(session, links):
    return make_commented(session, SAID, at=datetime.now(UTC) - timedelta(days=3), links=links)


def inbox(lead, story, query=""):
    return lead.open(f"/studies/{story.study.public_id}/rounds/2/comments{query}")


def listed(page):
    """The texts in the list of comments."""
    return [
        node.text
        for item in page.all("li")
        if item.attrs.get("id", "").startswith("comment-")
        for node in item.all("label")[:1]
    ]


def test_what_waits_stands_first_with_its_side_and_what_was_found(story, lead):
    page = inbox(lead, story)
    assert listed(page) == [NAMED, "Bel mij op 09 332 21 11."]
    assert [mark.text for mark in page.all("mark")] == ["Dr Peeters", "09 332 21 11"]
    assert "Against" in page.text
    assert "names somebody" in page.text
    assert "To decide (2)" in page.text
    assert "Let through (3)" in page.text


def test_the_inbox_ends_at_zero(story, lead):
    inbox(lead, story)
    lead.press("Merge these 2 comments")
    one, other = numbers(story.anew(), NAMED, "Bel mij op 09 332 21 11.")
    form = lead.page.form_with(field=f"wording-{one}")
    lead.press(form=form, act=f"redact:{one}", **{f"wording-{one}": "A colleague gave up."})
    form = lead.page.form_with(field=f"wording-{other}")
    lead.press(form=form, act=f"hide:{other}", **{f"reason-{other}": "a telephone number"})
    assert "Nothing waits for a decision." in lead.page.text
    assert "These seem to say the same" not in lead.page.text
    assert "Merged (1)" in lead.page.text
    page = inbox(lead, story, "?view=through")
    assert "Others read: A colleague gave up." in page.text
    assert "2 experts said this" in page.text
    assert "kept back: a telephone number" in inbox(lead, story, "?view=back").text


def test_many_are_let_through_or_kept_back_at_once(session, story, lead):
    inbox(lead, story)
    ids = [str(number) for number in numbers(story, NAMED, "Bel mij op 09 332 21 11.")]
    form = lead.page.form_with(field="reason")
    lead.press(form=form, act="hide", comment=ids, reason="tells who it is")
    hidden = story.anew().session.scalars(select(Comment).where(Comment.hidden_at.is_not(None)))
    assert {one.hidden_reason for one in hidden} == {"tells who it is"}
    inbox(lead, story, "?view=back")
    lead.press(form=lead.page.form_with(field="reason"), act="approve", comment=ids)
    assert "Kept back (0)" in lead.page.text


def test_filters_narrow_what_is_shown_and_junk_is_no_fault(story, lead):
    assert listed(inbox(lead, story, "?flag=phone")) == ["Bel mij op 09 332 21 11."]
    assert listed(inbox(lead, story, "?item=S02")) == []
    assert len(listed(inbox(lead, story, "?view=all&item=S01"))) == 5
    for junk in ("?view=%00", "?item=<b>", "?flag=nothing&view=nowhere"):
        assert inbox(lead, story, junk).status == 200


def test_what_is_refused_says_why_and_keeps_what_was_typed(story, lead):
    inbox(lead, story)
    (one,) = numbers(story, NAMED)
    form = lead.page.form_with(field=f"wording-{one}")
    answer = lead.send(form=form, act=f"redact:{one}", **{f"wording-{one}": NAMED})
    assert answer.status_code == 422
    assert "nothing was changed" in lead.page.text
    inbox(lead, story)
    answer = lead.send(form=lead.page.form_with(field="reason"), act="approve")
    assert answer.status_code == 422
    assert "Tick the comments first." in lead.page.text


@pytest.mark.parametrize("act", ["", "burn", "approve:99999", "redact:x"])
def test_an_act_or_a_comment_that_does_not_exist_is_no_fault(story, lead, act):
    inbox(lead, story)
    answer = lead.post(f"/studies/{story.study.public_id}/rounds/2/comments", act=act, comment="1")
    assert answer.status_code in (404, 422)


@pytest.mark.parametrize("number", [0, 99_999, 2**31, 10**30])
def test_a_comment_that_is_not_there_is_not_found(story, lead, number):
    inbox(lead, story)
    answer = lead.post(
        f"/studies/{story.study.public_id}/rounds/2/comments", act=f"hide:{number}", reason="x"
    )
    assert answer.status_code in (404, 422)


def test_who_is_not_on_the_team_finds_nothing(story, app):
    stranger = Visitor(app)
    assert stranger.ask(
        "GET", f"/studies/{story.study.public_id}/rounds/2/comments"
    ).status_code in (302, 303)
