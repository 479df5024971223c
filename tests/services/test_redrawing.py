"""Statements that are split and merged: new ones, from old ones that stay, never compared with them."""

import pytest
from sqlalchemy import select

from surveys.delphi.descent import Descent, WhyNoPair
from surveys.delphi.scale import Scale
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.item import Item, ItemDescent
from surveys.models.round import RoundItem
from surveys.queries import lineage, ratings, results
from surveys.services import exporting, redrawing
from tests.factories import ROUND_2, both, make_rated_story

WHY = both("Two ideas in one.", "Twee ideeën in één.")
PARTS = (both("The first half holds."), both("The second half holds."))


@pytest.fixture
def engine_name(request):
    """SQLite alone, but for what is told exactly."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def story(session):
    """Round 2 was rated and closed; round 3 is a draft."""
    return make_rated_story(session)


def split(story, code, wordings=PARTS, reasons=WHY):
    with transaction(story.session):
        return [
            one.code
            for one in redrawing.split(
                story.session,
                story.study,
                story.round(2),
                story.place(2, code),
                [redrawing.Part(wording, "care") for wording in wordings],
                reasons=reasons,
                actor=story.actor,
                at=story.now,
            )
        ]


def merge(story, codes, wording=PARTS[0], reasons=WHY):
    with transaction(story.session):
        return redrawing.merge(
            story.session,
            story.study,
            story.round(2),
            [story.place(2, code) for code in codes],
            redrawing.Part(wording, "data"),
            reasons=reasons,
            actor=story.actor,
            at=story.now,
        ).code


def problems(caught):
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.both_engines
@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"], indirect=True)
def test_parts_stand_where_the_whole_stood_and_ask_what_it_asked(story):
    with transaction(story.session):
        whole = story.asked(3)["S02"]
        whole.ask_if = {"group": ["nurse"]}
        whole.evidence = [{"form": "link", "url": "https://example.org", "title": both("A trial")}]
        kept = (whole.kind, whole.settings, whole.ask_if, whole.evidence)
    assert split(story, "S02") == ["S05", "S06"]
    assert list(story.asked(3)) == ["S01", "S05", "S06", "S03", "S04"]
    for code in ("S05", "S06"):
        part = story.asked(3)[code]
        assert (part.kind, part.settings, part.ask_if, part.evidence) == kept
        assert part.previous_id is None
    assert "S02" in story.asked(2)


def test_a_merged_statement_knows_all_it_was_made_from(story):
    assert merge(story, ["S01", "S03"]) == "S05"
    assert list(story.asked(3)) == ["S05", "S02", "S04"]
    made = lineage.made_from(story.session, story.round(3))[story.place(3, "S05")]
    assert (made.act, made.codes, made.since) == (Descent.MERGED, ("S01", "S03"), 2)
    assert made.reasons == WHY
    trail = story.session.scalars(select(AuditEvent).where(AuditEvent.act == "statements merged"))
    details = trail.one().details
    assert (details["items"], details["made"]) == (["S01", "S03"], ["S05"])


def test_what_was_split_does_not_come_back_when_the_round_is_prepared_again(story):
    split(story, "S02")
    story.prepare(2)
    assert list(story.asked(3)) == ["S01", "S05", "S06", "S03", "S04"]


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_made(story):
    with pytest.raises(redrawing.NotRedrawn) as caught:
        split(story, "S02", [{"en": "Alone."}], {"en": "Why."})
    assert problems(caught) == [
        "Please word at least two parts.",
        "The wording in “nl” is empty.",
        "Experts have seen the earlier wording: please give the reason in “nl”.",
    ]
    story.anew()
    assert not story.session.scalars(select(ItemDescent)).all()
    assert list(story.asked(3)) == ["S01", "S02", "S03", "S04"]


def test_a_statement_is_redrawn_once(story):
    split(story, "S02")
    with pytest.raises(redrawing.NotRedrawn, match="S02 was split or merged already"):
        merge(story, ["S01", "S02"])


def test_only_what_is_answered_on_one_scale_is_merged(story):
    with transaction(story.session):
        other = story.session.get_one(RoundItem, story.place(2, "S03"))
        other.settings = {**other.settings, "may_decline": False}
    with pytest.raises(redrawing.NotRedrawn, match="on the same scale"):
        merge(story, ["S01", "S03"])


def rated_again(story):
    story.later(days=1)
    story.launch(3)
    asked = list(story.asked(3))
    story.rate(3, {code: ROUND_2.get(code, ROUND_2["S01"]) for code in asked})
    story.later(days=1)
    story.close(3)


def test_ratings_are_never_compared_across_a_split_and_every_place_says_why(story):
    parts = split(story, "S02")
    rated_again(story)
    stored = story.results(3)
    for code in parts:
        assert (stored[code].stability, stored[code].stable) == (None, None)
        assert stored[code].proposal["rated"] == 1
    assert stored["S01"].stability["pairs"] == 8
    why = lineage.no_pairs(story.session, story.round(3))[stored["S05"].round_item_id]
    assert (why.why, why.round, why.codes) == (WhyNoPair.SPLIT, 2, ("S02",))
    table = exporting.results_table(
        story.study,
        results.of_round(story.session, story.round(3)),
        "en",
        lineage.no_pairs(story.session, story.round(3)),
    )
    names = [column.name for column in table.columns]
    reasons = {row[names.index("item")]: row[names.index("stable_reason")] for row in table.rows}
    assert reasons["S05"] == "made_by_split"
    assert reasons["S01"] not in set(WhyNoPair)


def test_whoever_asks_for_pairs_across_a_merge_is_refused(story):
    """Not by leaving the pair out: by saying that there is none."""
    merge(story, ["S01", "S03"])
    here, then = story.asked(3)["S05"], story.asked(2)["S01"]
    scale = Scale.from_json(here.settings["scale"])
    with pytest.raises(lineage.NotComparable):
        ratings.pairs_by_item(story.session, {here.id: (then.id, scale)}, only_submitted=False)


def test_no_statement_is_redrawn_after_the_launch(story):
    rated_again(story)
    with pytest.raises(redrawing.undoing.NotUndone):
        split(story, "S02")
    assert "S05" not in {item.code for item in story.session.scalars(select(Item))}
