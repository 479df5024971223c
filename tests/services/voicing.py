"""A rated round with comments, and the acts of its moderator; for tests of moderation and translation."""

from sqlalchemy import select

from surveys.models.base import transaction
from surveys.models.item import Item
from surveys.models.response import Comment
from surveys.models.round import ItemFeedback, RoundItem
from surveys.services import moderating
from tests.factories import make_story, study_document, told_once


def protocol_with(**part):
    """The small study's protocol with other ways of letting comments through."""
    protocol = study_document()["protocol"]
    return {**protocol, "feedback": {**protocol["feedback"], **part}}


@told_once()
def make_commented(session, said, *, experts=0, **parts):
    """Round 2 closed and round 3 prepared; ``said`` are ratings of S01 with the comment on it."""
    story = make_story(session, experts=max(experts, len(said), 5), **parts)
    story.until_round_2()
    for expert, (value, text) in enumerate(said, start=1):
        story.answer(expert, 2, {"S01": value}, {"S01": text} if text else {})
    for expert in range(len(said) + 1, 6):
        story.answer(expert, 2, {"S01": 4})
    story.close(2)
    story.prepare(2)
    return story


def numbers(story, *texts):
    """The ids of comments, by their text."""
    known = dict(
        story.session.execute(select(Comment.text, Comment.id).where(Comment.latest)).all()
    )
    return [known[text] for text in texts]


def decide(story, act, *arguments, number=2):
    """Let the moderator of a round do something."""
    with transaction(story.session):
        return act(story.session, story.round(number), *arguments, actor=story.actor, at=story.now)


def merged(story, into, *others):
    """Let one comment speak for others, by their texts."""
    lead, *rest = numbers(story, into, *others)
    decide(story, moderating.merge, lead, rest)


def shown(story, code="S01", number=3):
    """The comments in the frozen sheet of a launched round."""
    sheet = story.session.scalars(
        select(ItemFeedback.sheet)
        .join(RoundItem, RoundItem.id == ItemFeedback.round_item_id)
        .join(Item, Item.id == RoundItem.item_id)
        .where(RoundItem.round_id == story.round(number).id, Item.code == code)
    ).one()
    return {comment["text"]: comment for comment in sheet["comments"]}
