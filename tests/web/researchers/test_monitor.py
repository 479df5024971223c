"""A round is followed: its figures, whom it waits for, reminders to some, and reasons."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.invitation import Outbox
from surveys.services import mailing


def reminded(story):
    return sorted(
        story.anew().session.scalars(
            select(Outbox.expert_id).where(Outbox.act.startswith(mailing.REMINDER))
        )
    )


def test_the_figures_come_again_only_when_they_changed(story, lead):
    address, browser = f"{lead.study}/rounds/2/figures", lead.browser
    first = browser.get(address)
    assert "0 of 6 have submitted, 0 have begun." in first.text
    tag = {"If-None-Match": first.headers["ETag"]}
    assert browser.get(address, headers=tag).status_code == 304
    story.answer(1, 2, {"S01": 4, "S02": 3, "S03": 3})
    fresh = browser.get(address, headers=tag)
    assert fresh.status_code == 200
    assert "1 of 6 have submitted, 1 have begun." in fresh.text
    assert "X-Round" not in fresh.headers
    story.close(2)
    assert browser.get(address).headers["X-Round"] == "closed"
    assert lead.ask("GET", f"{lead.study}/rounds/3/figures").status_code == 404


def test_whom_a_round_waits_for_stands_there_by_code_and_never_by_name(story, lead):
    story.answer(1, 2, {"S01": 4})
    story.keep(2, 2, {"S01": 4})
    page = lead.open(f"{lead.study}/rounds/2/waiting")
    codes = [node.attrs["value"] for node in page.all("input", name="expert")]
    assert codes == ["E02", "E03", "E04", "E05", "E06"]
    assert "Name of" not in page.html
    assert "@" not in page.text
    page = lead.open(f"{lead.study}/rounds/2/waiting?which=begun")
    assert [node.attrs["value"] for node in page.all("input", name="expert")] == ["E02"]
    assert "begun, last saved" in page.text


def test_some_are_reminded_once_and_the_others_not(story, lead):
    lead.open(f"{lead.study}/rounds/2/waiting")
    form = lead.page.form_with(button="Remind whom I ticked")
    assert "Please tick whom to remind." in lead.press("Remind whom I ticked").text
    for told in ("2 reminders are on their way.", "This reminder was sent already"):
        assert told in lead.press(form=form, expert=["E02", "E05"]).text
    assert reminded(story) == [story.expert(2).id, story.expert(5).id]


def test_closing_before_the_announced_end_asks_why_and_keeps_it(story, lead):
    end = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    lead.open(f"{lead.study}/rounds/2")
    lead.press("Set the end", until=end, reason="A holiday.")
    lead.open(f"{lead.study}/rounds/2/close")
    page = lead.press("Close round 2 now", reason=" ")
    assert "Closing before the announced end needs a reason" in page.text
    page = lead.press("Close round 2 now", reason="Everyone has answered.")
    assert "The round is closed and its results are ready." in page.text
    reasons = {
        event.act: event.details.get("reason")
        for event in story.anew().session.scalars(select(AuditEvent))
        if event.details.get("round") == 2
    }
    assert reasons["round closed"] == "Everyone has answered."
    assert reasons["round extended"] == "A holiday."
