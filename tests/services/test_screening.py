"""Comments are looked over before anybody reads them, and no name is kept that was found."""

import pytest
from sqlalchemy import select

from surveys.models.base import transaction
from surveys.models.contact import Contact
from surveys.models.moderation import CommentReview
from surveys.models.response import Comment
from surveys.services import screening
from surveys.services.screening import naming
from tests.factories import make_story
from tests.services.voicing import make_commented


def found(story):
    """What was found in each comment, by its text."""
    return dict(
        story.session.execute(
            select(Comment.text, CommentReview.flags).join(
                CommentReview, CommentReview.comment_id == Comment.id
            )
        ).all()
    )


def test_closing_a_round_looks_over_its_comments(session):
    story = make_commented(
        session, [(5, "We tried it in UZ Gent."), (1, "Too little time."), (3, None)]
    )
    assert found(story) == {"We tried it in UZ Gent.": ["organisation"], "Too little time.": []}


@pytest.mark.both_engines
def test_a_member_of_the_panel_is_found_without_saying_so(session):
    story = make_story(session)
    with transaction(session):
        contact = session.scalars(select(Contact).order_by(Contact.id)).first()
        contact.name = "Griselda Vandenwolf"
    story.until_round_2()
    story.answer(2, 2, {"S01": 5}, {"S01": "I do as Vandenwolf does."})
    story.answer(3, 2, {"S01": 5}, {"S01": "griselda vandenwolf said so"})
    story.answer(4, 2, {"S01": 5}, {"S01": "A vandenwolf is nobody."})
    story.close(2)
    # The same word as for anybody else's name: who reads it does not learn who is on the panel.
    assert found(story) == {
        "I do as Vandenwolf does.": ["person"],
        "griselda vandenwolf said so": ["person"],
        "A vandenwolf is nobody.": [],
    }


@pytest.mark.both_engines
def test_nothing_is_looked_over_twice_and_a_newer_version_is_anew(session):
    story = make_story(session)
    story.until_round_2()
    story.answer(1, 2, {"S01": 5}, {"S01": "Fine in Ghent."})
    counts = []
    for text in (None, None, "Fine everywhere.", None):
        if text:
            story.keep(1, 2, {}, {"S01": text})
        with transaction(session):
            counts.append(screening.screen(session, story.round(2), at=story.now))
    assert counts == [1, 0, 1, 0]
    assert found(story) == {"Fine in Ghent.": ["place"], "Fine everywhere.": []}


@pytest.mark.parametrize(
    ("name", "text", "seen"),
    [
        ("Jan Van den Berghe", "as Berghe says", True),
        ("Jan Van den Berghe", "van den berg", False),
        ("Jan Van den Berghe", "JAN VAN DEN BERGHE", True),
        ("Ann Wolf", "the wolf in the story", False),
        ("Ann Wolf", "Wolf would disagree", True),
        ("Ann Wolf", "Wolfgang would disagree", False),
        ("Marie-Claire O'Neill", "ask O'Neill", True),
        ("Bo Li", "Li is short", False),
        ("Bo Li", "bo li is whole", True),
        ("Élise Noël", "d'après Noël", True),
        ("Prof. Dr. Anna Maes (UZ)", "Anna", True),
    ],
)
def test_names_are_found_as_a_whole_or_with_their_capital(name, text, seen):
    assert bool(naming([name]).search(text)) is seen


def test_a_panel_without_names_finds_nobody():
    assert naming([]) is None
    assert naming(["", "de la"]) is None or not naming(["de la"]).search("de jour")
