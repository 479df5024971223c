"""One round with every kind of item, answered once, in whatever way the person uses the page."""

from __future__ import annotations

from sqlalchemy import select

from surveys.delphi.answer import Answer
from surveys.items import load_kind
from surveys.models.response import Comment, Rating, Response
from tests.actors.hands import Hands
from tests.factories import Story

SURE = "How sure are you that the true value lies between the two?"
COMMENT = "Only with somebody to call."
# What stands at the end, in the fields of each kind.
WANTED = {
    "S01": {"": "4", "comment": COMMENT},
    "S02": {"": "unable"},
    "S04": {"": "5"},
    "M01": {"-useful": "5", "-feasible": "2"},
    "C01": {"": "other", "-other": "Bus"},
    "C02": {"-practice": "yes", "-home": "yes"},
    "R01": {"-training": "1", "-fees": "2", "-law": "3"},
    "P01": {"-training": "50", "-fees": "30", "-law": "20"},
    "L01": {"": "70"},
    "N01": {"": "12.5"},
    "E01": {"-lowest": "10", "-best": "20", "-highest": "40", "-confidence": "80"},
}


def answer_everything(person: Hands) -> None:
    """In the order of the page."""
    person.choose("S01", "4, Agree")
    person.write("S01", "Comment", text=COMMENT)
    person.choose("S02", "Unable to judge")
    person.choose("S04", "5, Strongly agree")
    person.choose("M01", "Useful", "5, Strongly agree")
    person.choose("M01", "Feasible", "2, Disagree")
    person.choose("C01", "Elsewhere")
    person.write("C01", "Elsewhere: in your own words", text="Bus")
    person.tick("C02", "In the practice")
    person.tick("C02", "From my home")
    for option, place in (("Training", "1"), ("Fees", "2"), ("Legislation", "3")):
        person.write("R01", option, text=place)
    for option, points in (("Training", "50"), ("Fees", "30"), ("Legislation", "20")):
        person.write("P01", option, text=points)
    person.write("L01", "Your answer", text="70")
    person.write("N01", "Your answer", text="12.5")
    person.write("E01", "Lowest value", text="10")
    person.write("E01", "Best estimate", text="20")
    person.write("E01", "Highest value", text="40")
    person.write("E01", SURE, text="80")


def stands(story: Story, expert: int) -> dict[str, dict[str, str]]:
    """What an expert's answers to round 3 are, in the fields of each kind."""
    story.anew()
    of_expert = (
        Response.expert_id == story.expert(expert).id,
        Response.round_id == story.round(3).id,
    )
    found = {}
    for code, placed in story.asked(3).items():
        rating = story.session.scalar(
            select(Rating)
            .join(Response, Response.id == Rating.response_id)
            .where(*of_expert, Rating.round_item_id == placed.id, Rating.latest)
        )
        if rating is None:
            continue
        kind = load_kind(placed.kind, placed.settings)
        answer = Answer(rating.value, rating.detail, rating.missing)
        found[code] = {part: value for part, value in kind.filled(answer).items() if value}
        comment = story.session.scalar(
            select(Comment.text)
            .join(Response, Response.id == Comment.response_id)
            .where(*of_expert, Comment.round_item_id == placed.id, Comment.latest)
        )
        if comment:
            found[code]["comment"] = comment
    return found
