"""A researcher enters what an expert answered by phone, through the pages."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from surveys.models.panel import Consent
from surveys.models.response import Intake, Rating, Response
from tests.actors.visitor import Visitor


def local(**ago):
    return (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M")


def begin(lead, **more):
    lead.open(f"{lead.study}/rounds/2/entering")
    return lead.press("Open the questionnaire", **{"expert": "E03", "when": local(hours=1), **more})


def test_from_the_code_over_the_consent_to_the_submitted_round(story, lead):
    page = begin(lead)
    assert "First the consent of E03" in page.text
    page = lead.press("Note the consent and go on")
    assert page.status == 422
    assert "Please tick the box if the expert agreed to this text." in page.text
    page = lead.press("Note the consent and go on", agreed="yes")
    assert "You are entering answers for E03, given by phone on" in page.text
    s01, s02 = story.place(2, "S01"), story.place(2, "S02")
    page = lead.press("Save", **{f"a-{s01}": "4", f"c-{s01}": "As in the ward."})
    assert "1 of 3 answered" in page.text
    page = lead.press("Submit for the expert", **{f"a-{s02}": "2"})
    assert "The answers of E03 are in, and submitted." in page.text
    session = story.anew().session
    expert_id = story.expert(3).id
    (consent,) = session.scalars(select(Consent).where(Consent.expert_id == expert_id))
    assert (consent.channel, consent.recorded_by) == ("phone", "researcher:1")
    (intake,) = session.scalars(select(Intake))
    (response,) = session.scalars(select(Response).where(Response.expert_id == expert_id))
    kept = session.execute(
        select(Rating.value, Rating.intake_id).where(
            Rating.response_id == response.id, Rating.value.is_not(None)
        )
    ).all()
    assert kept == [(4, intake.id), (2, intake.id)]
    assert response.submitted_at is not None
    assert "answers entered: round 2, expert E03, given by phone" in lead.open(lead.study).text


def test_an_answer_that_came_meanwhile_is_shown_beside_the_one_that_was_typed(app, story, lead):
    story.consent(3)
    begin(lead)
    story.keep(3, 2, {"S01": 1})
    s01 = story.place(2, "S01")
    page = lead.press("Save", **{f"a-{s01}": "5"})
    assert page.status == 422
    assert "The expert answered this too, after you opened the page." in page.text
    assert "Kept." in lead.press("Save", **{f"a-{s01}": "5"}).text
    expert = Visitor(app)
    expert.arrive(story.link(3))
    expert.open(f"/e/{story.participation(3)}/data")
    assert "entered for you by the researchers" in expert.page.text


def test_what_was_typed_while_the_round_closed_is_given_back(story, lead):
    story.consent(3)
    begin(lead)
    form = lead.page.form_with(button="Submit for the expert")
    story.close(2)
    s01 = story.place(2, "S01")
    page = lead.press("Submit for the expert", form=form, **{f"c-{s01}": "Said on the phone."})
    assert page.status == 409
    assert "Said on the phone." in page.text


def test_whoever_left_or_never_was_and_moments_that_cannot_be_are_refused_in_words(story, lead):
    assert "Please choose an expert from the list." in begin(lead, expert="").text
    assert "cannot have been taken in the future" in begin(lead, when=local(days=-2)).text
    assert "before the round was launched" in begin(lead, when=local(days=40)).text
    assert "Please pick it from the calendar." in begin(lead, when="\x00").text
    for code in ("E77", "x" * 4_000):
        address = f"{lead.study}/rounds/2/entering/{code}?how=phone&when={local(hours=1)}"
        assert lead.ask("GET", address).status_code == 404
    assert lead.ask("GET", f"{lead.study}/rounds/2/entering/E03?how=pigeon").status_code == 404
    story.close(2)
    assert "so no answers can be entered" in lead.open(f"{lead.study}/rounds/2/entering").text
