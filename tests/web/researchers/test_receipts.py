"""Checking a receipt: genuine or not, under the pseudonym, and kept in the trail."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.panel import EarlierAnswers
from surveys.services import receipts, withdrawing
from tests.factories import make_story


@pytest.fixture
def code(story):
    """Of expert 3, who answered two of three statements of round 2."""
    story.keep(3, 2, {"S01": 4, "S02": "unable"})
    story.later(minutes=5)
    return story.submit(3, 2)


def check(lead, typed):
    lead.open(f"{lead.study}/receipts")
    return lead.press("Check", receipt=typed)


def checks(story):
    return [
        event.details
        for event in story.anew().session.scalars(
            select(AuditEvent).where(AuditEvent.act == "receipt checked").order_by(AuditEvent.id)
        )
    ]


def typed_ways(code):
    plain = code.replace("-", "")
    return [code, code.lower(), f"  {code} ", plain, " ".join(plain), plain.lower(), f"{code}."]


def test_a_genuine_code_tells_what_arrived_however_it_is_typed(story, lead, code):
    for typed in typed_ways(code):
        page = check(lead, typed)
        said = page.one("div", class_="receipt-card").text
        assert "This receipt is genuine." in said, typed
        assert f"Receipt{code} RoundRound 2" in said
        assert "2 of 3" in said
        assert "E03" in said
        assert "changed" not in said
    assert len(checks(story)) == 7


def test_nothing_of_the_identity_is_told(story, lead, code):
    page = check(lead, code)
    assert "Name of" not in page.html
    assert "panel.example" not in page.html


def test_answers_changed_after_the_submission_are_told(story, lead, code):
    story.later(minutes=5)
    story.keep(3, 2, {"S03": 1})
    said = check(lead, code).one("div", class_="receipt-card").text
    assert "3 of 3 changed after the submission" in said


def test_of_answers_that_were_erased_that_is_told(story, lead, code):
    with transaction(story.session):
        withdrawing.withdraw(
            story.session,
            story.expert(3),
            earlier_answers=EarlierAnswers.ERASE,
            actor="expert",
            at=story.now,
        )
    said = check(lead, code).one("div", class_="receipt-card").text
    assert "This receipt is genuine." in said
    assert "erased, at the expert’s wish" in said


@pytest.mark.parametrize(
    "typed",
    ["AAAA-BBBB-CCCC", "AAAA", "a b", "<b>x</b>", "-", "'; DROP TABLE response", "é" * 12, "\x00"],
)
def test_another_code_is_not_genuine(story, lead, code, typed):
    page = check(lead, typed)
    assert page.status == 200
    assert "This receipt is genuine." not in page.text
    assert checks(story) in ([{"found": "no"}], [])


def test_a_code_of_another_study_is_not_genuine(session, links, lead, story):
    other = make_story(session, at=datetime.now(UTC) - timedelta(days=3), links=links)
    other.until_round_2()
    other.keep(1, 2, {"S01": 4})
    foreign = other.submit(1, 2)
    page = check(lead, foreign)
    assert f"No submission of this study has the receipt “{foreign}”." in page.text


@pytest.mark.parametrize("typed", ["", " ", "A" * 61])
def test_nothing_and_too_much_are_told_beside_the_field(story, lead, typed):
    page = check(lead, typed)
    assert page.status == 422
    assert "Please type the code that stands on the receipt." in page.text
    assert checks(story) == []


def test_each_check_is_in_the_trail_with_the_pseudonym_and_not_with_what_was_typed(
    story, lead, code
):
    check(lead, code)
    check(lead, "ZZZZ-ZZZZ-ZZZZ")
    assert checks(story) == [{"found": "yes", "expert": "E03", "round": 2}, {"found": "no"}]
    trail = lead.open(lead.study).text
    assert "receipt checked: found yes, expert E03, round 2" in trail
    assert "ZZZZ" not in trail


def test_every_code_that_is_given_can_be_read_back(story):
    code = story.submit(3, 2)
    assert receipts.is_code(code)
    assert receipts.as_written(code) == code
