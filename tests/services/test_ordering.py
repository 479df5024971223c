"""Orders drawn at launch, kept, and exported as they were shown."""

import pytest
from sqlalchemy import select

from surveys.delphi.ordering import ItemOrder
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.round import ShownOrder
from surveys.queries import dataset
from surveys.services import designing, exporting, loading, ordering
from tests.factories import make_rated_story, make_story, study_document, study_file


def document(order, *, statements=8, **parts):
    """Round 2 asks statements of one theme, in this order."""
    rounds = study_document(statements=statements)["rounds"]
    for item in rounds[1]["items"]:
        item["theme"] = "care"
    rounds[1]["order"] = order
    return {"rounds": rounds, **parts}


@pytest.fixture
def story(session):
    story = make_story(session, **document("random"))
    story.until_round_2()
    return story


def orders(story):
    """By expert, the codes in the order that was drawn."""
    codes = {placed.id: code for code, placed in story.asked(2).items()}
    return {
        expert_id: [codes[item] for item in items]
        for expert_id, items in story.session.execute(
            select(ShownOrder.expert_id, ShownOrder.items).order_by(ShownOrder.expert_id)
        )
    }


def test_at_launch_every_expert_gets_an_order_that_can_be_drawn_again(story):
    drawn = orders(story)
    assert set(drawn) == {expert.id for expert in story.experts}
    assert len({tuple(order) for order in drawn.values()}) == 6
    listed = list(story.asked(2))
    for expert in story.experts:
        again = ItemOrder().arrange(
            expert.participation,
            [ordering.Placed(code, "care") for code in listed],
        )
        assert drawn[expert.id] == list(again)


@pytest.mark.both_engines
def test_a_round_whose_items_stand_as_listed_keeps_no_orders(session):
    story = make_story(session)
    story.until_round_2()
    assert orders(story) == {}


def test_who_joins_later_gets_an_order_once(story):
    story.recruit(1)
    for _ in range(2):
        with transaction(story.session):
            ordering.draw_late(story.session, story.round(2).id, story.expert(7).id, at=story.now)
    drawn = orders(story)
    assert len(drawn) == 7
    assert sorted(drawn[story.expert(7).id]) == list(story.asked(2))


def test_the_next_round_is_asked_in_the_same_manner(session):
    rules = {**study_document()["protocol"], "maximum_rounds": 9}
    story = make_rated_story(session, order="random", protocol=rules)
    assert story.round(3).item_order == ItemOrder().to_json()
    story.launch(3)
    story.keep(1, 3, {"S01": 5})
    story.close(3)
    story.prepare(3)
    assert story.round(4).item_order == story.round(3).item_order


def test_the_long_table_says_at_which_place_each_expert_was_shown_an_item(story):
    story.answer(1, 2, {"S01": 5})
    story.later(days=1)
    data = dataset.of_study(story.session, story.study)
    table = exporting.long_table(story.study, data, "en")
    names = [column.name for column in table.columns]
    rows = [dict(zip(names, row, strict=True)) for row in table.rows]
    places = {
        expert: {
            row["item"]: row["position_shown"]
            for row in rows
            if row["expert"] == expert and row["round"] == 2
        }
        for expert in ("E01", "E02")
    }
    drawn = orders(story)[story.expert(1).id]
    assert places["E01"] == {code: place for place, code in enumerate(drawn, start=1)}
    # The second expert never came.
    assert set(places["E02"].values()) == {None}
    listed = [row["position_shown"] for row in rows if row["expert"] == "E01" and row["round"] == 1]
    assert listed == [1, 2]


def set_order(story, *sections, number=3):
    with transaction(story.session):
        designing.set_order(
            story.session,
            story.study,
            story.round(number),
            sections=sections,
            actor=story.actor,
            at=story.now,
        )


@pytest.mark.both_engines
def test_a_researcher_shuffles_some_sections_of_a_draft_all_or_none(story):
    set_order(story, "data")
    assert ItemOrder.from_json(story.round(3).item_order) == ItemOrder(("data",), 1)
    set_order(story, "data", "care")
    assert ItemOrder.from_json(story.round(3).item_order) == ItemOrder(None, 1)
    set_order(story)
    assert story.round(3).item_order is None
    acts = select(AuditEvent.details).where(AuditEvent.act == "order of items set")
    trail = story.session.scalars(acts.order_by(AuditEvent.id)).all()
    assert [event["random_in"] for event in trail] == [["data"], ["care", "data"], []]


def test_the_order_of_a_launched_round_is_never_changed(story):
    with pytest.raises(designing.RoundLaunched):
        set_order(story, number=2)
    assert story.round(2).item_order is not None


def test_a_section_that_is_none_is_refused(story):
    with pytest.raises(designing.StatementRefused, match="“nowhere”"):
        set_order(story, "nowhere")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("listed", None),
        ("random", ItemOrder()),
        ({"random": "all", "seed": 4}, ItemOrder(None, 4)),
        ({"random": ["data"]}, ItemOrder(("data",), 1)),
        ({"random": "data", "seed": 2}, ItemOrder(("data",), 2)),
    ],
)
def test_a_file_says_in_which_order_items_are_shown(written, read):
    plan = loading.read(study_file(**document(written)))
    assert plan.rounds[1].order == read


def test_a_round_follows_the_study_unless_it_says_other():
    plan = loading.read(study_file(order={"random": ["care"], "seed": 5}, **document("listed")))
    assert [one.order for one in plan.rounds] == [
        ItemOrder(("care",), 5),
        None,
        ItemOrder(("care",), 5),
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("shuffled", "must be listed, random"),
        ({"random": ["marsh"]}, "not among the themes: marsh"),
        ({"random": 3}, "cannot be read"),
        ({"random": []}, "needs the codes of the sections"),
        ({"seed": "one"}, "a seed is a whole number"),
        ({"sections": ["care"]}, "must be listed, random"),
    ],
)
def test_an_order_that_cannot_be_read_is_told_with_its_line(written, said):
    with pytest.raises(loading.StudyFileBroken) as broken:
        loading.read(study_file(**document(written)))
    (problem,) = broken.value.problems
    assert said in problem
    assert problem.startswith("line ")
