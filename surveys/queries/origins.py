"""Between answers and the statements made from them, both ways, by pseudonym.

An answer is what was written to an open question, or the comment that was given with a rating.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from surveys.delphi.answer import Answer
from surveys.items import load_kind
from surveys.models.base import AnySession
from surveys.models.item import Item, ItemOrigin, ItemRevision
from surveys.models.panel import Expert
from surveys.models.response import Comment, Rating, Response, is_asked
from surveys.models.round import Round, RoundItem, RoundKind
from surveys.models.study import Theme


@dataclass(frozen=True, slots=True)
class Source:
    """An answer that a statement comes from, or may come from."""

    rating_id: int
    text: str
    expert: str
    language: str
    question: str
    theme: str | None
    round_number: int


@dataclass(frozen=True, slots=True)
class Became:
    """A statement that an answer went into, and the round in which it was first placed."""

    code: str
    wording: dict[str, Any]
    round_number: int


def of_statements(session: AnySession, item_ids: Collection[int]) -> dict[int, list[Source]]:
    """The answers that statements were made from, by item; a statement without any is absent."""
    found: dict[int, list[Source]] = {}
    for *row, item_id in session.execute(
        _answers()
        .add_columns(ItemOrigin.item_id)
        .join(ItemOrigin, ItemOrigin.rating_id == Rating.id)
        .where(ItemOrigin.item_id.in_(item_ids))
    ):
        found.setdefault(item_id, []).append(_source(*row))
    return found


def chosen(session: AnySession, study_id: int, rating_ids: Collection[int]) -> list[Source]:
    """Those of these answers that stand in an open round of the study, or have a comment."""
    standing = (
        select(Rating.id)
        .join(RoundItem, RoundItem.id == Rating.round_item_id)
        .join(Round, Round.id == RoundItem.round_id)
        .where(
            Round.study_id == study_id,
            or_(
                and_(Round.kind == RoundKind.OPEN, Rating.missing.is_(None)),
                and_(Round.kind == RoundKind.RATING, exists().where(*_goes_with(Rating))),
            ),
            Rating.latest,
            is_asked(Rating),
        )
    )
    # Told apart here: a request can name more answers than a statement can have parameters.
    ours = set(rating_ids).intersection(session.scalars(standing))
    return [_source(*row) for row in session.execute(_answers().where(Rating.id.in_(ours)))]


def statements_from(session: AnySession, round_id: int) -> dict[int, list[Became]]:
    """What the answers of a round became, by the rating that stands now.

    An expert may have changed an answer since: what was made from the earlier version still counts.
    """
    then = aliased(Rating)
    first = (
        select(RoundItem.item_id, func.min(Round.number).label("number"))
        .join(Round, Round.id == RoundItem.round_id)
        .group_by(RoundItem.item_id)
        .subquery()
    )
    newest = (
        select(ItemRevision.item_id, func.max(ItemRevision.number).label("number"))
        .group_by(ItemRevision.item_id)
        .subquery()
    )
    found: dict[int, list[Became]] = {}
    for rating_id, *row in session.execute(
        select(Rating.id, Item.code, ItemRevision.wording, first.c.number)
        .join(Response, Response.id == Rating.response_id)
        .join(
            then,
            (then.response_id == Rating.response_id) & (then.round_item_id == Rating.round_item_id),
        )
        .join(ItemOrigin, ItemOrigin.rating_id == then.id)
        .join(Item, Item.id == ItemOrigin.item_id)
        .join(first, first.c.item_id == Item.id)
        .join(newest, newest.c.item_id == Item.id)
        .join(
            ItemRevision,
            (ItemRevision.item_id == Item.id) & (ItemRevision.number == newest.c.number),
        )
        .where(Response.round_id == round_id, Rating.latest)
        .order_by(Item.code)
    ):
        became = Became(*row)
        if became not in found.setdefault(rating_id, []):
            found[rating_id].append(became)
    return found


def of_comments(
    session: AnySession, round_id: int, comment_ids: Collection[int]
) -> tuple[list[int], int]:
    """The ratings that these comments of a round were given with, and how many were given with none."""
    rows = session.execute(
        select(Comment.id, Rating.id)
        .join(Response, Response.id == Comment.response_id)
        .outerjoin(
            Rating,
            (Rating.response_id == Comment.response_id)
            & (Rating.round_item_id == Comment.round_item_id)
            & Rating.latest,
        )
        .where(Response.round_id == round_id, Comment.id.in_(list(comment_ids)), Comment.latest)
        .order_by(Comment.id)
    ).all()
    return [rating for _comment, rating in rows if rating], sum(not rating for _c, rating in rows)


def _goes_with(rating: Any) -> tuple[Any, ...]:
    """Whether a comment stands beside a rating and says something."""
    return (
        Comment.response_id == rating.response_id,
        Comment.round_item_id == rating.round_item_id,
        Comment.latest,
        Comment.text != "",
    )


def _answers() -> Select[Any]:
    """Answers with all that ``_source`` needs, in the order in which they were asked."""
    return (
        select(
            Rating,
            RoundItem.kind,
            RoundItem.settings,
            Expert.code,
            Expert.language,
            Item.code,
            Theme.code,
            Round.number,
            Comment.text,
            Comment.language,
        )
        .join(RoundItem, RoundItem.id == Rating.round_item_id)
        .join(Round, Round.id == RoundItem.round_id)
        .join(Item, Item.id == RoundItem.item_id)
        .join(Response, Response.id == Rating.response_id)
        .join(Expert, Expert.id == Response.expert_id)
        .outerjoin(Theme, Theme.id == Item.theme_id)
        .outerjoin(Comment, and_(Round.kind == RoundKind.RATING, *_goes_with(Rating)))
        .order_by(Round.number, RoundItem.position, Expert.id)
    )


def _source(
    rating: Rating,
    kind: str,
    settings: dict[str, Any],
    expert: str,
    language: str,
    question: str,
    theme: str | None,
    round_number: int,
    comment: str | None,
    comment_language: str | None,
) -> Source:
    if comment:
        written_in = comment_language or language
        return Source(rating.id, comment, expert, written_in, question, theme, round_number)
    answer = Answer(rating.value, rating.detail, rating.missing)
    said = load_kind(kind, settings).in_words(answer, language)
    return Source(rating.id, said, expert, language, question, theme, round_number)
