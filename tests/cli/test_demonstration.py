"""`demo`: a study with a simulated panel, and the ways into it for people and for programs."""

import json

import pytest
from sqlalchemy import select

from surveys.models.item import Item
from surveys.models.response import Rating, Response
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study
from tests.actors.visitor import Visitor


@pytest.fixture
def engine_name():
    return "sqlite"


@pytest.fixture
def demo(app):
    """Runs `demo` with these options and gives what it printed."""

    def run(*options):
        # Another app's context may be open, of whoever looks at the rows.
        with app.app_context():
            result = app.test_cli_runner().invoke(args=["demo", *options])
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def rows(session, public_id):
    """Every rating of a study, without the ids that the database gave."""
    asked = (
        select(Round.number, Item.code, Response.expert_id, Rating.value, Rating.missing)
        .join(RoundItem, RoundItem.id == Rating.round_item_id)
        .join(Item, Item.id == RoundItem.item_id)
        .join(Round, Round.id == RoundItem.round_id)
        .join(Response, Response.id == Rating.response_id)
        .join(Study, Study.id == Round.study_id)
        .where(Study.public_id == public_id, Rating.latest)
    )
    session.rollback()
    found = session.execute(asked).all()
    first = min(row.expert_id for row in found)
    return sorted(
        (number, code, expert - first, value, str(missing))
        for number, code, expert, value, missing in found
    )


def test_a_program_gets_every_way_in(app, demo):
    found = json.loads(demo("--experts", "6", "--json"))
    assert found["simulated"] is True
    assert {one["language"] for one in found["invitations"]} == {"en", "nl"}
    assert len({one["link"] for one in found["invitations"]}) == 6
    assert all(one["group"] for one in found["invitations"])

    researcher = Visitor(app)
    researcher.sign_in(found["researcher"]["sign_in"])
    page = researcher.open(found["address"])
    assert "Simulated panel: these experts and answers are invented." in page.text
    states = [node.text for node in page.all("span", class_="state")]
    assert states == ["closed", "closed", "open"]
    assert "The panel agrees" in researcher.open(f"{found['address']}/rounds/2/results").text

    waiting = next(one for one in found["invitations"] if not one["begun"])
    expert = Visitor(app, waiting["language"])
    page = expert.arrive(waiting["link"])
    assert page.language == waiting["language"]
    assert page.all("svg", class_="columns"), "feedback on the round before"
    assert page.all(class_="simulated")


def test_one_seed_gives_one_panel_and_another_gives_another(demo, session):
    panels = [
        rows(session, json.loads(demo("--experts", "5", "--seed", seed, "--json"))["study"])
        for seed in ("7", "7", "8")
    ]
    assert panels[0] == panels[1] != panels[2]


@pytest.mark.parametrize("options", [("--experts", "0"), ("--study", "no_such_study")])
def test_a_panel_that_cannot_be_is_refused_in_a_sentence(app, options):
    result = app.test_cli_runner().invoke(args=["demo", *options])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.output
