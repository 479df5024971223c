"""A dry run plays a whole study, of every kind of item, with a panel that is simulated and says so."""

import numpy as np
import pytest
from sqlalchemy import select

from surveys.items import KINDS
from surveys.models.invitation import MailState, Outbox
from surveys.models.panel import Expert
from surveys.models.researcher import Membership, Role
from surveys.models.response import Comment, Rating, Response
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study
from surveys.queries import dataset, results
from surveys.services import simulated_answers
from tests.factories import FOUR_LANGUAGES, MORNING, live_rounds, make_member, make_story
from tests.services.rehearsed import rehearse


@pytest.fixture
def engine_name():
    """What differs between the engines is how a run is thrown away: test_rehearsing.py."""
    return "sqlite"


def test_every_round_is_answered_by_the_planned_panel_and_no_mail_is_owed(session, tmp_path):
    story = make_story(session, statements=8, members=("nurse", "nurse", "physician"))
    observer = make_member(session, story.study_id, Role.OBSERVER)
    copy_id = rehearse(story, tmp_path)
    copy = session.get_one(Study, copy_id)
    assert copy.simulated
    assert copy.title["nl"] == "Een kleine studie (proefloop)"
    rounds = session.scalars(select(Round).where(Round.study_id == copy_id).order_by(Round.number))
    closed = [(one.number, one.closed_at is not None) for one in rounds]
    assert closed == [(1, True), (2, True), (3, True)]
    data = dataset.of_study(session, copy)
    by_group = [expert.group for expert in data.experts]
    assert (by_group.count("nurse"), by_group.count("physician")) == (8, 4)
    asked = dict.fromkeys((1, 2, 3), 0)
    for item in data.items:
        asked[item.round_number] += 1
    assert asked[1] == 2
    assert asked[2] == 8
    assert asked[3] > 0
    second = session.scalars(
        select(Round).where(Round.study_id == copy_id, Round.number == 2)
    ).one()
    found = results.of_round(session, second)
    assert {statement.verdict for statement in found.statements} > {"in"}
    states = session.scalars(
        select(Outbox.state)
        .join(Expert, Expert.id == Outbox.expert_id)
        .where(Expert.study_id == copy_id)
    ).all()
    assert set(states) == {MailState.STOPPED}
    roles = session.execute(
        select(Membership.researcher_id, Membership.role).where(Membership.study_id == copy_id)
    ).all()
    assert dict(roles) == {1: Role.LEAD, observer: Role.OBSERVER}


def test_every_kind_is_answered_and_real_time_rounds_are_looked_at_again(session, tmp_path):
    story = make_story(session, experts=0, file=FOUR_LANGUAGES.read_text("utf-8"), at=MORNING)
    copy_id = rehearse(story, tmp_path, experts=8)
    answered = set(
        session.scalars(
            select(RoundItem.kind)
            .join(Rating, Rating.round_item_id == RoundItem.id)
            .join(Round, Round.id == RoundItem.round_id)
            .where(Round.study_id == copy_id, Rating.missing.is_(None))
        )
    )
    asking = {name for name, kind in KINDS.items() if kind.asks}
    assert answered == asking
    assert any(
        text.startswith(("Simulated", "Gesimuleerde", "Commentaire simulé", "Simulierter"))
        for text in session.scalars(select(Comment.text))
    )
    live = make_story(session, rounds=live_rounds(), at=MORNING)
    live_id = rehearse(live, tmp_path, experts=12)
    versions = session.scalars(
        select(Rating.version)
        .join(Response, Response.id == Rating.response_id)
        .join(Round, Round.id == Response.round_id)
        .where(Round.study_id == live_id)
    ).all()
    assert max(versions) > 1


def test_feedback_pulls_where_the_panel_is_not_divided():
    draw = np.random.default_rng(3)
    agreed = simulated_answers.Leaning(simulated_answers.Mind.FOR, {}, 0.9)
    moved = [agreed.after(0.2, 0.9, draw) for _ in range(300)]
    kept = [agreed.after(0.2, None, draw) for _ in range(300)]
    assert np.mean(moved) > np.mean(kept) + 0.1


def test_minds_differ_so_that_every_verdict_can_be_seen():
    draw = np.random.default_rng(7)
    minds = [simulated_answers.leaning(["a", "b"], draw).mind for _ in range(60)]
    assert set(minds) == set(simulated_answers.Mind)
