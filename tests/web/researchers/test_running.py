"""Running a study through its pages: launch, watch, remind, close, prepare; and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from surveys.delphi.round import RoundState
from surveys.models.audit import AuditEvent
from surveys.models.invitation import Outbox
from surveys.models.response import Rating, Response
from surveys.models.study import Study
from tests.factories import ROUND_2, make_rated_story, make_story


@pytest.fixture
def story(session, links):
    """Nothing launched yet."""
    return make_story(session, at=datetime.now(UTC) - timedelta(days=3), links=links)


def state(story, number):
    return story.anew().round(number).dates.state(datetime.now(UTC))


def local(days):
    """A moment as a browser's calendar sends it, in the time of Brussels."""
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def test_a_study_begins_from_the_library(story, lead):
    lead.open("/studies/new")
    page = lead.press("Create from the library", ready="smoking_cessation_mhealth")
    assert page.h1.startswith("Digital tools in smoking cessation support")
    assert "Not locked yet" in page.text
    assert story.anew().session.scalar(select(func.count(Study.id))) == 2


def test_a_study_that_is_not_in_the_library_is_not_begun(story, lead):
    lead.open("/studies/new")
    for ready in ("", "nothing", "../../etc"):
        page = lead.press("Create from the library", ready=ready)
        assert "Please choose a study from the list." in page.text
    assert story.anew().session.scalar(select(func.count(Study.id))) == 1


def test_launching_opens_the_round_locks_the_protocol_and_owes_invitations(story, lead):
    page = lead.open(f"{lead.study}/rounds/1")
    assert "With this first launch the protocol is locked." in page.text
    page = lead.press("Launch round 1", closes_at=local(7))
    assert "The round is open. 6 invitations are on their way." in page.text
    assert state(story, 1) is RoundState.OPEN
    assert "Locked on" in lead.open(lead.study).text
    assert story.study.protocol_hash in lead.page.html


def test_the_end_of_a_round_is_meant_in_the_time_of_the_page(app, story, lead):
    lead.open(f"{lead.study}/rounds/1")
    lead.press("Launch round 1", closes_at="2030-07-01T12:00")
    zone = app.extensions["rondo.config"].time_zone
    hour = {"Europe/Brussels": 10, "UTC": 12}[zone]
    assert story.anew().round(1).closes_at == datetime(2030, 7, 1, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    "when",
    ["tomorrow", "2026-13-45T99:99", "0001-01-01T00:00", "9999-12-31T23:59", "x" * 9_000, "\x00"],
)
def test_an_end_that_cannot_be_read_or_kept_is_refused_or_kept(story, lead, when):
    lead.open(f"{lead.study}/rounds/1")
    page = lead.press("Launch round 1", closes_at=when)
    assert page.status == 200
    assert (state(story, 1) is RoundState.OPEN) is when.startswith("9999")


def test_an_end_in_the_past_is_refused_with_its_reason(story, lead):
    lead.open(f"{lead.study}/rounds/1")
    page = lead.press("Launch round 1", closes_at=local(-1))
    assert "The closing date must lie in the future." in page.text
    assert state(story, 1) is RoundState.DRAFT


def test_pressing_launch_twice_launches_once(story, lead):
    lead.open(f"{lead.study}/rounds/1")
    form = lead.page.form_with(button="Launch round 1")
    lead.press("Launch round 1", form=form, closes_at="")
    page = lead.press("Launch round 1", form=form, closes_at="")
    assert "This round has already been launched." in page.text
    assert story.anew().session.scalar(select(func.count(Outbox.id))) == 6


def test_a_round_with_nothing_in_it_offers_no_launch(story, lead):
    page = lead.open(f"{lead.study}/rounds/3")
    assert not [node for node in page.all("button") if node.text.startswith("Launch")]


def test_the_monitor_counts_and_shows_no_answer(story, lead):
    story.launch(1)
    story.answer(1, 1, {"Q1": "a very personal answer"})
    page = lead.open(f"{lead.study}/rounds/1")
    assert "a very personal answer" not in page.text
    figures = [node.text for node in page.all("dd", class_="figure")]
    assert figures[:4] == ["6", "0", "1", "1"]


def test_a_reminder_is_sent_once_however_often_the_button_is_pressed(story, lead):
    story.launch(1)
    story.answer(1, 1, {"Q1": "done"})
    lead.open(f"{lead.study}/rounds/1")
    form = lead.page.form_with(action="/remind")
    assert "5 reminders are on their way." in lead.press(form=form).text
    assert "This reminder was sent already" in lead.press(form=form).text
    reminders = select(func.count(Outbox.id)).where(Outbox.act == "reminder:1")
    assert story.anew().session.scalar(reminders) == 5


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 6_000, "1.5"])
def test_a_reminder_of_no_number_is_not_sent(story, lead, number):
    story.launch(1)
    lead.open(f"{lead.study}/rounds/1")
    lead.post(f"{lead.study}/rounds/1/remind", number=number)
    reminders = select(func.count(Outbox.id)).where(Outbox.act.startswith("reminder"))
    assert story.anew().session.scalar(reminders) == 0


def test_closing_shows_that_results_are_ready(story, lead):
    story.until_round_2()
    lead.open(f"{lead.study}/rounds/2/close")
    page = lead.press("Close round 2 now")
    assert "The round is closed and its results are ready." in page.text
    assert state(story, 2) is RoundState.CLOSED
    assert lead.open(f"{lead.study}/rounds/2/results").h1 == "Results of round 2"


def test_closing_a_round_of_open_questions_speaks_of_its_answers(story, lead):
    story.launch(1)
    lead.open(f"{lead.study}/rounds/1/close")
    page = lead.press("Close round 1 now")
    assert "The round is closed. Its answers can become statements." in page.text


def test_closing_twice_is_answered_in_a_sentence(story, lead):
    story.until_round_2()
    lead.open(f"{lead.study}/rounds/2/close")
    form = lead.page.form_with(button="Close round 2 now")
    lead.press(form=form)
    assert "already" in lead.press(form=form).text
    assert "already" in lead.open(f"{lead.study}/rounds/2/close").text


def test_before_a_round_is_closed_it_says_how_many_have_not_finished(story, lead):
    story.launch(1, closes_at=datetime(2031, 5, 6, 16, tzinfo=UTC))
    story.answer(1, 1, {"Q1": "done"})
    story.keep(2, 1, {"Q1": "half"})
    lead.arrive(story.link(3))
    lead.open(f"/e/{story.participation(3)}/leave")
    lead.press(form=lead.page.form_with(field="earlier"), earlier="keep")
    page = lead.open(f"{lead.study}/rounds/1/close")
    assert page.h1 == "Close round 1 now?"
    assert "1 of 6 experts have submitted." in page.text
    assert "4 experts have not finished. 1 of them has begun." in page.text
    assert "They were told that they have until 6 May 2031" in page.text
    assert "not submitted count, and are reported as partial" in page.text
    assert state(story, 1) is RoundState.OPEN


def test_a_round_that_everybody_finished_is_closed_without_a_warning(story, lead):
    story.launch(1)
    for number in range(1, 7):
        story.answer(number, 1, {"Q1": "done"})
    page = lead.open(f"{lead.study}/rounds/1/close")
    assert not page.all(class_="notice-own")
    assert "not submitted" not in page.text


def test_a_round_that_is_not_open_is_not_offered_to_be_closed(story, lead):
    page = lead.open(f"{lead.study}/rounds/1/close")
    assert page.h1 != "Close round 1 now?"
    assert "This round has not been launched yet." in page.text


def test_an_open_round_can_be_given_more_time(story, lead):
    story.launch(1, closes_at=datetime.now(UTC) + timedelta(hours=1))
    lead.open(f"{lead.study}/rounds/1")
    page = lead.press(form=lead.page.form_with(action="/extend"), until=local(14))
    assert "The round has a new end." in page.text
    assert story.anew().round(1).closes_at > datetime.now(UTC) + timedelta(days=13)


def test_the_new_end_starts_from_the_present_one(story, lead):
    story.launch(1, closes_at=datetime(2031, 5, 6, 16, 0, 30, tzinfo=UTC))
    lead.open(f"{lead.study}/rounds/1")
    form = lead.page.form_with(action="/extend")
    assert ("until", "2031-05-06T18:00") in form.data({})
    page = lead.press(form=form)
    assert "That is the end the round has already." in page.text
    assert story.anew().round(1).closes_at == datetime(2031, 5, 6, 16, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("until", ["", "soon", "2020-01-01T00:00"])
def test_a_new_end_that_is_none_changes_nothing(story, lead, until):
    story.launch(1, closes_at=datetime.now(UTC) + timedelta(hours=1))
    before = story.round(1).closes_at
    lead.open(f"{lead.study}/rounds/1")
    page = lead.press(form=lead.page.form_with(action="/extend"), until=until)
    assert page.all(class_="notice-alarm")
    assert story.anew().round(1).closes_at == before


def test_a_closed_round_is_reopened_with_a_reason(story, lead):
    story.until_round_2()
    story.close(2)
    lead.open(f"{lead.study}/rounds/2")
    form = lead.page.form_with(action="/reopen")
    page = lead.press(form=form, reason="  ", until="")
    assert page.all(class_="notice-alarm")
    assert state(story, 2) is RoundState.CLOSED
    lead.press(form=form, reason="The link was broken for a day.", until="")
    assert state(story, 2) is RoundState.OPEN


def test_the_next_round_is_made_in_one_act(session, links, app):
    from tests.actors.visitor import Visitor
    from tests.factories import make_researcher
    from tests.web.researchers.conftest import sign_in_link

    story = make_rated_story(session, at=datetime.now(UTC) - timedelta(days=20), links=links)
    story.prepare(2, returning=[])
    visitor = Visitor(app)
    visitor.sign_in(sign_in_link(story, make_researcher(session)))
    study = f"/studies/{story.study.public_id}"
    visitor.open(f"{study}/rounds/2/next")
    page = visitor.press("Prepare round 3 as chosen")
    assert "Round 3 is ready. Look it over, then launch it." in page.text
    assert list(story.anew().asked(3)) == list(ROUND_2)


def test_acts_stand_in_the_trail_by_number_and_not_by_name(story, lead):
    lead.open(f"{lead.study}/rounds/1")
    lead.press("Launch round 1", closes_at="")
    acts = select(AuditEvent.actor, AuditEvent.act).order_by(AuditEvent.id.desc()).limit(2)
    assert [tuple(row) for row in story.anew().session.execute(acts)] == [
        ("researcher:1", "round launched"),
        ("researcher:1", "protocol locked"),
    ]


def test_a_round_that_does_not_exist_is_not_found(lead):
    for number in (0, 9, 2**31, 10**40):
        for end in ("", "/results", "/next", "/answers", "/comments", "/statements/new"):
            assert lead.open(f"{lead.study}/rounds/{number}{end}").status == 404, (number, end)


def test_a_researchers_visit_writes_nothing_into_the_answers(story, lead):
    """Two audiences, two cookies: an expert's page open beside it changes nothing either way."""
    story.launch(1)
    lead.arrive(story.link(2))
    lead.open(f"{lead.study}/rounds/1")
    lead.post(f"{lead.study}/rounds/1/close")
    session = story.anew().session
    assert session.scalar(select(func.count(Rating.id))) == 0
    assert session.scalar(select(func.count(Response.id))) == 0
    assert lead.open(f"/e/{story.participation(2)}/").language == "nl"
