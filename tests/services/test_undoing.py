"""Every step between two rounds can be undone, exactly, until the next round is launched."""

import pytest
from sqlalchemy import select

from surveys.delphi.carrying import Choice
from surveys.delphi.round import Obstacle
from surveys.delphi.stopping import Decision
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.draft import CarryChoice, DraftStep
from surveys.models.item import Item, ItemDescent, ItemRevision, Meaning
from surveys.models.round import Round, RoundItem
from surveys.services import choosing, designing, editing, launching, preparing, undoing
from tests.factories import both, make_finished_story, make_rated_story, study_document
from tests.services.test_redrawing import WHY, merge, split


@pytest.fixture
def engine_name(request):
    """SQLite alone, but for what is told exactly."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def story(session):
    return make_rated_story(session)


TABLES = (Round, RoundItem, Item, ItemRevision, ItemDescent, CarryChoice)
# Ids a row may get anew, and counters that only ever go up.
ANEW = {"id", "revision_id", "item_id", "round_item_id", "version", "version_id"}


def everything(story):
    """All that a step may touch, without the ids that are handed out anew."""
    story.anew()
    revisions = dict(story.session.execute(select(ItemRevision.id, ItemRevision.wording)).all())
    codes = dict(story.session.execute(select(Item.id, Item.code)).all())
    return {
        kind.__tablename__: sorted(
            repr(
                [
                    (column.name, getattr(row, column.name))
                    for column in kind.__table__.columns
                    if column.name not in ANEW
                ]
                + [codes.get(getattr(row, "item_id", None))]
                + [revisions.get(getattr(row, "revision_id", None))]
            )
            for row in story.session.scalars(select(kind))
        )
        for kind in TABLES
    }


def newest(story):
    return undoing.steps(story.session, story.round(2))[0]


def undo(story, after=2):
    step_id = undoing.steps(story.session, story.round(after))[0].id
    with transaction(story.session):
        return undoing.undo(
            story.session, story.round(after), step_id, actor=story.actor, at=story.now
        )


def choose(story, code, choice, reason="", seen=0):
    with transaction(story.session):
        return choosing.choose(
            story.session,
            story.round(2),
            story.place(2, code),
            choice,
            reason=reason,
            seen=seen,
            actor=story.actor,
            at=story.now,
        )


def take_out(story, code):
    with transaction(story.session):
        designing.remove(
            story.session, story.study, story.asked(3)[code], actor=story.actor, at=story.now
        )


def add(story):
    with transaction(story.session):
        designing.add_statement(
            story.session,
            story.study,
            story.round(3),
            wording=both("New."),
            theme="care",
            aspect=None,
            note="A gap.",
            actor=story.actor,
            at=story.now,
        )


def move_down(story, code):
    with transaction(story.session):
        editing.shift(
            story.session, story.study, story.asked(3)[code], 1, actor=story.actor, at=story.now
        )


ACTS = {
    "statement reworded": lambda story: story.reword(
        3, "S01", both("Statement 1 holds for adults."), WHY, Meaning.CHANGED
    ),
    "statement split": lambda story: split(story, "S02"),
    "items ordered": lambda story: move_down(story, "S05"),
    "statements merged": lambda story: merge(story, ["S01", "S04"]),
    "statement taken out": lambda story: take_out(story, "S03"),
    "statement added": add,
    "choice made": lambda story: choose(story, "S04", Choice.LEAVES, "Nobody could judge it."),
    "round prepared": lambda story: story.prepare(2, returning=[story.place(2, "S03")]),
}


@pytest.mark.both_engines
@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"], indirect=True)
def test_each_act_is_a_step_and_undoing_them_in_turn_restores_every_state_exactly(story):
    states = []
    for act, do in ACTS.items():
        story.later(minutes=1)
        states.append(everything(story))
        do(story)
        assert newest(story).act == act
        assert everything(story) != states[-1]
    story.later(minutes=1)
    for act in reversed(ACTS):
        assert undo(story) == act
        assert everything(story) == states.pop()
    undone = story.session.scalars(select(AuditEvent).where(AuditEvent.act == "step undone")).all()
    assert [event.details["undone"] for event in undone] == list(reversed(ACTS))


def test_a_step_says_which_statements_it_is_about(story):
    split(story, "S02")
    assert newest(story).items == ["S02"]
    take_out(story, "S03")
    assert newest(story).items == ["S03"]


def test_preparing_is_one_act_and_one_undo_takes_the_round_away_again(session):
    rules = {**study_document()["protocol"], "maximum_rounds": 5}
    story = make_finished_story(session, protocol=rules)
    before = everything(story)
    story.prepare(3)
    assert list(story.asked(4)) == ["S02", "S04"]
    assert undo(story, after=3) == "round prepared"
    assert everything(story) == before


def test_the_whole_draft_is_thrown_away_with_what_was_changed_between_the_steps(story):
    while undoing.steps(story.session, story.round(2)):
        undo(story)
    before = everything(story)
    story.prepare(2)
    split(story, "S02")
    with transaction(story.session):
        story.asked(3)["S05"].ask_if = {"group": ["nurse"]}
        story.asked(3)["S01"].ask_if = {"group": ["nurse"]}
    with transaction(story.session):
        assert (
            undoing.throw_away(story.session, story.round(2), actor=story.actor, at=story.now) == 2
        )
    assert everything(story) == before


def test_only_the_newest_step_is_undone_and_only_once(story):
    split(story, "S02")
    older = newest(story).id
    take_out(story, "S03")
    with pytest.raises(undoing.NotUndone, match="Something else was done meanwhile"):
        undoing.undo(story.session, story.round(2), older, actor=story.actor, at=story.now)
    assert "S05" in story.asked(3)


def test_what_was_changed_since_in_another_way_is_not_lost_by_an_undo(story):
    story.reword(3, "S01", both("Statement 1 holds for adults."), WHY, Meaning.KEPT)
    with transaction(story.session):
        story.session.get_one(ItemRevision, story.asked(3)["S01"].revision_id).reasons = both("X")
    undo_it = newest(story)
    assert undo_it.act == "statement reworded"
    with transaction(story.session):
        story.asked(3)["S01"].revision_id = story.asked(2)["S01"].revision_id
    with pytest.raises(undoing.NotUndone, match="changed since in another way: S01"):
        undo(story)


def test_nothing_is_undone_after_the_launch(story):
    split(story, "S02")
    story.later(days=1)
    story.launch(3)
    for act in (
        lambda: undo(story),
        lambda: choose(story, "S01", Choice.LEAVES, "Late."),
        lambda: undoing.throw_away(story.session, story.round(2), actor=story.actor, at=story.now),
    ):
        with pytest.raises(undoing.NotUndone, match="what experts saw is never altered"):
            act()
    assert "S05" in story.asked(3)


# --- choices


def test_a_choice_against_the_rule_needs_a_reason_and_decides_what_returns(story):
    """S01 is rated once, so the rule lets it return."""
    with pytest.raises(choosing.NotChosen, match="S01: this departs from the rule"):
        choose(story, "S01", Choice.LEAVES)
    choose(story, "S01", Choice.LEAVES, "Not ours to decide.")
    choose(story, "S02", Choice.RETURNS)
    story.prepare(2)
    assert list(story.asked(3)) == ["S02", "S03", "S04"]
    event = story.session.scalars(
        select(AuditEvent).where(AuditEvent.act == "round prepared").order_by(AuditEvent.id.desc())
    ).first()
    assert event.details["against_rule"] == ["S01"]


def test_two_who_choose_at_once_do_not_overwrite_each_other_unseen(story):
    assert choose(story, "S01", Choice.LEAVES, "Mine.") == 1
    with pytest.raises(choosing.ChosenMeanwhile) as caught:
        choose(story, "S01", None, seen=0)
    assert caught.value.stands.reason == "Mine."
    assert choose(story, "S01", Choice.LEAVES, "Mine.", seen=0) == 1
    assert choose(story, "S01", None, seen=1) == 2


def test_the_same_choice_again_is_no_step(story):
    choose(story, "S01", Choice.RETURNS)
    before = len(story.session.scalars(select(DraftStep)).all())
    choose(story, "S01", Choice.RETURNS, seen=1)
    assert len(story.session.scalars(select(DraftStep)).all()) == before


# --- whether there is another round


def decide(story, decision, reason=""):
    with transaction(story.session):
        choosing.decide(
            story.session,
            story.study,
            story.round(3),
            decision,
            reason=reason,
            actor=story.actor,
            at=story.now,
        )


def test_one_more_round_than_the_protocol_has_takes_a_reason_that_is_kept(session):
    story = make_finished_story(session)
    with pytest.raises(preparing.NotPrepared, match="round 3 was the last one"):
        story.prepare(3)
    with transaction(session):
        preparing.prepare(
            session,
            story.study,
            story.round(3),
            reason="Two statements still move.",
            actor=story.actor,
            at=story.now,
        )
    assert story.asked(4)
    decided = choosing.decision_after(session, story.round(3))
    assert (decided.decision, decided.reason) == (Decision.GO_ON, "Two statements still move.")
    assert undo(story, after=3) == "round prepared"
    assert choosing.decision_after(session, story.round(3)).decision is None


def test_a_study_that_is_finished_has_no_next_round_until_that_is_undone(session):
    story = make_finished_story(session)
    decide(story, Decision.FINISH)
    with pytest.raises(preparing.NotPrepared, match="finished after this round"):
        preparing.prepare(
            session,
            story.study,
            story.round(3),
            reason="Once more.",
            actor=story.actor,
            at=story.now,
        )
    assert undo(story, after=3) == "decision made"


def test_no_draft_of_a_finished_study_is_launched(story):
    with transaction(story.session):
        choosing.decide(
            story.session,
            story.study,
            story.round(2),
            Decision.FINISH,
            reason="No money left.",
            actor=story.actor,
            at=story.now,
        )
    refused = launching.may_launch(story.session, story.round(3), None, story.now)
    assert refused.obstacles == (Obstacle.STUDY_FINISHED,)
    undo(story)
    assert launching.may_launch(story.session, story.round(3), None, story.now)


def test_stopping_before_the_rule_says_so_takes_a_reason(session):
    rules = {**study_document()["protocol"], "maximum_rounds": 5}
    story = make_finished_story(session, protocol=rules)
    with pytest.raises(choosing.NotChosen, match="departs from the stopping rule"):
        decide(story, Decision.FINISH)
    decide(story, Decision.FINISH, "No money left.")
