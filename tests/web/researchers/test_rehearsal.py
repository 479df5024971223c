"""A study is rehearsed through its pages; nothing of it enters the study itself."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from surveys.mail.letter import notes_above
from surveys.models.base import transaction
from surveys.models.invitation import Outbox
from surveys.models.study import RehearsalKind, Study
from surveys.services import letters
from tests.actors.visitor import Visitor
from tests.factories import Story, make_story


@pytest.fixture
def story(session, links):
    """Nothing launched yet."""
    return make_story(session, at=datetime.now(UTC) - timedelta(days=3), links=links, statements=6)


def rehearsal_of(story, kind):
    return story.anew().session.scalar(select(Study).where(Study.rehearsal_kind == kind))


def table(visitor, study, name):
    """A downloaded table, by rows."""
    text = visitor.browser.get(f"/studies/{study}/data/{name}.csv").text.lstrip("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_dry_run_shows_what_to_look_at_and_is_thrown_away(app, story, lead):
    lead.open(f"{lead.study}/rehearsal")
    page = lead.press("Run the dry run", experts="10")
    assert "Played on" in page.text
    assert "with 10 simulated experts" in page.text
    assert "minute" in page.text
    dry = rehearsal_of(story, RehearsalKind.DRY_RUN).public_id
    assert "invented" in lead.open(f"/studies/{dry}/rounds/2/results").text
    seen = lead.open(f"/studies/{dry}/rounds/3/as/E01")
    assert "Simulated panel:" in seen.text or "Gesimuleerd panel:" in seen.text
    assert seen.all("fieldset", class_="item")
    assert {row["simulated"] for row in table(lead, dry, "long")} == {"yes"}
    assert lead.ask("GET", f"{lead.study}/rounds/1/as/E01").status_code == 404
    # The study itself has its six experts, no answers, and is not launched.
    assert {row["expert"] for row in table(lead, story.study.public_id, "long")} == set()
    assert story.anew().study.locked_at is None
    lead.open(f"{lead.study}/rehearsal")
    lead.press("Run it again", experts="4")
    assert rehearsal_of(story, RehearsalKind.DRY_RUN).public_id != dry
    assert "It is thrown away" in lead.press("Throw the dry run away").text
    assert rehearsal_of(story, RehearsalKind.DRY_RUN) is None


@pytest.mark.parametrize("experts", ["1", "61", "many", "9" * 500])
def test_a_dry_run_of_no_size_is_not_run(story, lead, experts):
    lead.open(f"{lead.study}/rehearsal")
    page = lead.press("Run the dry run", experts=experts)
    assert "takes 2 to 60 simulated experts" in page.text
    assert rehearsal_of(story, RehearsalKind.DRY_RUN) is None


def test_a_dry_run_that_cannot_go_on_says_why(story, lead):
    with transaction(story.session):
        for placed in story.asked(2).values():
            story.session.delete(placed)
    lead.open(f"{lead.study}/rehearsal")
    page = lead.press("Run the dry run")
    assert "The dry run ended before round 2. This round has no items yet." in page.text


def test_a_pilot_is_answered_by_people_and_stays_apart(app, story, lead, links):
    story.launch(1)
    story.answer(1, 1, {"Q1": "An answer of the study."})
    lead.open(f"{lead.study}/rehearsal")
    lead.press("Begin a pilot")
    pilot = rehearsal_of(story, RehearsalKind.PILOT)
    trial = Story(story.session, pilot.id, links, story.now)
    trial.recruit(5)
    trial.until_round_2()
    owed = select(Outbox.id).where(Outbox.round_id == trial.round(2).id).limit(1)
    written = letters.letter(story.session, story.session.scalar(owed), links, trial.now)
    assert notes_above(written.letter)[0].startswith("This is a pilot: you try the questionnaire")
    visitor = Visitor(app)
    visitor.arrive(trial.link(3))
    page = visitor.open(f"/e/{trial.participation(3)}/rounds/2")
    assert "Pilot: answers given here try the questionnaire out" in page.text
    assert "Was this clear? What would you say otherwise?" in page.text
    trial.answer(3, 2, {"S01": 4, "S02": 2}, {"S02": "Two questions in one."})
    page = lead.open(f"/studies/{pilot.public_id}/rounds/2/findings")
    assert "Two questions in one." in page.text
    assert "1 not answered" in page.text
    assert {row["simulated"] for row in table(lead, pilot.public_id, "long")} == {"pilot"}
    of_study = table(lead, story.study.public_id, "long")
    assert {row["simulated"] for row in of_study} == {"no"}
    assert [row["text"] for row in of_study if row["text"]] == ["An answer of the study."]
