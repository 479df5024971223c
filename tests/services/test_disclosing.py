"""Whose figures experts see, beside each other and beside those they saw before."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from surveys.delphi.feedback import FeedbackPolicy, Whose
from surveys.models.base import transaction
from surveys.models.item import Item
from surveys.models.panel import EarlierAnswers
from surveys.models.round import ItemFeedback, RoundItem
from surveys.queries import behind, feedback
from surveys.services import withdrawing
from tests.factories import both, make_live_story, make_story, study_document

SHOW = ["own", "distribution", "median", "comments"]
NAMES = ("nurse", "physician", "patient", "payer")
# Twelve nurses, eleven physicians; patients and payers are too few to stand alone.
MEMBERS = ("nurse",) * 12 + ("physician",) * 11 + ("patient",) * 3 + ("payer",) * 2
EVERYBODY = range(1, len(MEMBERS) + 1)


def protocol_with(whose):
    shown = {"smallest_group": 5, "show": SHOW, "whose": whose}
    return {**study_document()["protocol"], "feedback": shown, "maximum_rounds": 9}


def panel(session, whose="all_groups", members=MEMBERS, **parts):
    """A study whose round 2 is open."""
    story = make_story(
        session,
        experts=len(members),
        members=members,
        protocol=protocol_with(whose),
        groups=[{"code": code, "name": both(code)} for code in NAMES],
        **parts,
    )
    story.until_round_2()
    return story


def rate(story, number, ratings, code="S01"):
    """Experts answer a round; what they do not answer they leave open."""
    for expert, rating in ratings.items():
        story.answer(expert, number, {code: rating})


def close_and_go_on(story, number):
    story.close(number)
    story.later(days=1)
    story.prepare(number, returning=[row.id for row in story.asked(number).values()])
    story.launch(number + 1)


def sheet_of(story, number, code="S01"):
    """What is shown of an item in a round."""
    return story.session.scalars(
        select(ItemFeedback.sheet)
        .join(RoundItem, RoundItem.id == ItemFeedback.round_item_id)
        .join(Item, Item.id == RoundItem.item_id)
        .where(Item.code == code, RoundItem.round_id == story.round(number).id)
    ).one()


def twice(session, first, second, **parts):
    """Rounds 2 and 3 answered; what round 4 shows of round 3."""
    story = panel(session, **parts)
    rate(story, 2, first)
    close_and_go_on(story, 2)
    rate(story, 3, second)
    close_and_go_on(story, 3)
    return story


def level(people=EVERYBODY):
    """Everybody's rating, by expert."""
    return {expert: 2 + expert % 4 for expert in people}


def test_small_groups_are_shown_as_others(session):
    story = panel(session)
    rate(story, 2, level())
    close_and_go_on(story, 2)

    sheet = sheet_of(story, 3)

    assert list(sheet["groups"]) == ["nurse", "physician"]
    assert sheet["others"]["groups"] == ["patient", "payer"]
    assert sheet["others"]["n"] == 5
    assert sheet["withheld"] == []
    together = [*sheet["groups"].values(), sheet["others"]]
    assert [sum(at) for at in zip(*(one["counts"] for one in together), strict=True)] == (
        sheet["counts"]
    )


def test_a_group_of_whom_nobody_answered_is_named_as_not_shown(session):
    story = panel(session)
    rate(story, 2, level(range(1, 27)))
    rate(story, 2, level((27, 28)), code="S02")
    close_and_go_on(story, 2)

    sheet = sheet_of(story, 3)

    # Three patients need company, and take that of the next smallest group.
    assert list(sheet["groups"]) == ["nurse"]
    assert sorted(sheet["others"]["groups"]) == ["patient", "physician"]
    assert sheet["withheld"] == ["payer"]


def test_a_member_of_a_small_group_sees_the_others_it_is_shown_with(session):
    story = panel(session, whose="own_group")
    rate(story, 2, level())
    close_and_go_on(story, 2)

    own = feedback.narrowed(sheet_of(story, 3), FeedbackPolicy(whose=Whose.OWN_GROUP), "payer")

    assert (own["n"], own["own_with"]) == (5, ["patient"])
    assert own.keys().isdisjoint({"groups", "others", "withheld", "cells"})


def test_the_same_people_show_their_new_figures_though_one_changed_their_mind(session):
    story = twice(session, level(), level() | {1: 5})

    sheet = sheet_of(story, 4)

    assert "of_round" not in sheet
    assert sheet["counts"] != sheet_of(story, 3)["counts"]
    assert list(sheet["groups"]) == ["nurse", "physician"]


def test_a_late_comer_is_not_to_be_had_by_subtracting_the_round_before(session):
    first = level()
    del first[1]
    story = twice(session, first, level())

    sheet = sheet_of(story, 4)

    # The figures of round 2 are shown again.
    assert sheet["of_round"] == 2
    assert sheet["counts"] == sheet_of(story, 3)["counts"]
    assert sheet["groups"] == sheet_of(story, 3)["groups"]


def test_figures_that_stood_once_are_what_later_ones_are_compared_with(session):
    first = level()
    del first[1]
    story = twice(session, first, level())
    rate(story, 4, level())
    close_and_go_on(story, 4)

    assert sheet_of(story, 5)["of_round"] == 2


def test_a_late_comer_is_hidden_where_enough_others_moved(session):
    first = level()
    del first[1]
    moved = dict.fromkeys((2, 3, 4, 5), 1)
    story = twice(session, first, level() | moved)

    sheet = sheet_of(story, 4)

    assert "of_round" not in sheet
    assert sheet["n"] == len(MEMBERS)
    assert list(sheet["groups"]) == ["nurse", "physician"]


def test_a_group_that_lost_somebody_is_shown_with_others(session):
    second = level()
    del second[20]
    # Enough nurses moved to hide one physician who is missing, but only together with them.
    moved = dict.fromkeys((1, 2, 3, 4), 1)
    story = twice(session, level(), second | moved)

    sheet = sheet_of(story, 4)

    assert "of_round" not in sheet
    assert "physician" not in sheet["groups"]


def test_who_had_their_answers_erased_is_not_to_be_had_from_what_was_shown(session):
    story = panel(session)
    rate(story, 2, level())
    close_and_go_on(story, 2)
    with transaction(session):
        withdrawing.withdraw(
            session,
            story.expert(7),
            earlier_answers=EarlierAnswers.ERASE,
            actor=story.actor,
            at=story.now,
        )
    left = level()
    del left[7]
    rate(story, 3, left)
    close_and_go_on(story, 3)

    assert sheet_of(story, 4)["of_round"] == 2


def test_a_panel_whose_figures_alone_are_shown_is_protected_likewise(session):
    first = level()
    del first[1]
    story = twice(session, first, level(), whose="panel")

    sheet = sheet_of(story, 4)

    assert sheet["of_round"] == 2
    assert "groups" not in sheet


def test_too_few_now_are_too_few_whatever_was_shown_before(session):
    story = twice(session, level(), level(range(1, 5)))

    assert sheet_of(story, 4) == {"suppressed": True, "smallest": 5}


@pytest.mark.both_engines
def test_figures_from_before_cells_were_kept_are_compared_all_the_same(session):
    first = level()
    del first[1]
    story = panel(session)
    rate(story, 2, first)
    close_and_go_on(story, 2)
    with transaction(session):
        for stored in session.scalars(select(ItemFeedback)):
            stored.sheet = {key: of for key, of in stored.sheet.items() if key != "cells"}
    rate(story, 3, level())
    close_and_go_on(story, 3)

    assert sheet_of(story, 4)["of_round"] == 2


TWO_ASPECTS = {
    "kind": "multi_rating",
    "settings": {
        "dimensions": [
            {"code": "chance", "name": both("Chance", "Kans")},
            {"code": "risk", "name": both("Risk", "Risico")},
        ]
    },
}


def several(chance, risk):
    given = {"-chance": str(chance), "-risk": str(risk)}
    return {suffix: value for suffix, value in given.items() if value != "None"}


def test_a_part_of_an_answer_is_protected_like_a_whole_one(session):
    items = [{"code": "S01", "theme": "care", "wording": both("Two of them."), **TWO_ASPECTS}]
    rounds = study_document()["rounds"]
    rounds[1]["items"] = items
    members = MEMBERS[:8]
    # Everybody rated the chance anew, so the whole hides who came; of the risk one more is known.
    first = {expert: several(2, None if expert == 1 else 3) for expert in range(1, 9)}
    second = {expert: several(4, 3) for expert in range(1, 9)}
    story = twice(session, first, second, members=members, rounds=rounds)

    assert sheet_of(story, 4)["of_round"] == 2
    assert sheet_of(story, 4)["numbers"] == sheet_of(story, 3)["numbers"]


@pytest.mark.both_engines
def test_behind_figures_of_a_round_in_real_time_are_those_that_were_released(session):
    story = make_live_story(session, experts=12)
    place = story.place(1, "S01")
    for expert in range(1, 8):
        story.answer(expert, 1, {"S01": 3})

    found = behind.answers(session, [place], only_submitted=False)[place]

    # Five fill a batch; the two after them wait for company.
    assert len(found) == 5
