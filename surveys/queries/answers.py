"""Open answers of a round, by pseudonym, for researchers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from surveys.delphi.answer import Answer
from surveys.items import ASKING, load_kind
from surveys.models.base import AnySession
from surveys.models.item import Item, ItemRevision
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.response import Rating, Response, is_asked
from surveys.models.round import RoundItem
from surveys.models.study import Theme
from surveys.queries import origins
from surveys.queries.origins import Became


@dataclass(frozen=True, slots=True)
class OpenAnswer:
    """One expert's answer to one open question."""

    rating_id: int
    text: str
    expert: str
    group: dict[str, Any]
    language: str
    became: tuple[Became, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """An open question with the answers to it."""

    round_item_id: int
    code: str
    theme: str | None
    wording: dict[str, Any]
    answers: tuple[OpenAnswer, ...]


def counts(session: AnySession, round_id: int) -> dict[int, int]:
    """How many answers there are to each item that was answered, in the order of the round."""
    counted: Any = session.execute(
        select(RoundItem.id, func.count(Rating.id))
        .join(Rating, Rating.round_item_id == RoundItem.id)
        .join(Response, Response.id == Rating.response_id)
        .where(*_given(round_id))
        .group_by(RoundItem.id)
        .order_by(RoundItem.position)
    )
    return dict(counted.all())


def open_answers(
    session: AnySession,
    round_id: int,
    *,
    after: int = 0,
    most: int | None = None,
    used_only: bool = False,
) -> list[Question]:
    """What the panel wrote, question by question, and which statements each answer went into.

    most : so many answers after the first ``after``, and their questions alone; None for everything.
    used_only : leave out answers that went into no statement.
    """
    became = origins.statements_from(session, round_id)
    answered = (
        select(
            Rating,
            RoundItem.kind,
            RoundItem.settings,
            Expert.code,
            Expert.language,
            StakeholderGroup.name,
        )
        .join(RoundItem, RoundItem.id == Rating.round_item_id)
        .join(Response, Response.id == Rating.response_id)
        .join(Expert, Expert.id == Response.expert_id)
        .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
        .where(*_given(round_id))
        .order_by(RoundItem.position, Expert.id)
    )
    if used_only:
        answered = answered.where(Rating.id.in_(list(became)))
    if most is not None:
        places, before = _part(counts(session, round_id), after, most)
        # Sorting all answers of a large panel for a few of them would take long.
        answered = answered.where(RoundItem.id.in_(places)).offset(before).limit(most)
    found: dict[int, list[OpenAnswer]] = {}
    for rating, kind, settings, code, language, group in session.execute(answered):
        found.setdefault(rating.round_item_id, []).append(
            OpenAnswer(
                rating.id,
                load_kind(kind, settings).in_words(
                    Answer(rating.value, rating.detail, rating.missing), language
                ),
                code,
                group,
                language,
                tuple(became.get(rating.id, ())),
            )
        )
    questions = _questions(session, round_id, found)
    return questions if most is None else [one for one in questions if one.answers]


def _given(round_id: int) -> list[Any]:
    """Answers of a round that stand."""
    return [
        Response.round_id == round_id,
        Rating.latest,
        Rating.missing.is_(None),
        is_asked(Rating),
    ]


def _part(counted: Mapping[int, int], after: int, most: int) -> tuple[list[int], int]:
    """The items of a part of all answers, and how many answers to them come before it."""
    places: list[int] = []
    passed = before = 0
    for place, count in counted.items():
        if passed + count > after and passed < after + most:
            if not places:
                before = after - passed
            places.append(place)
        passed += count
    return places, before


def _questions(
    session: AnySession, round_id: int, found: Mapping[int, Sequence[OpenAnswer]]
) -> list[Question]:
    return [
        Question(round_item_id, code, theme, wording, tuple(found.get(round_item_id, ())))
        for round_item_id, code, theme, wording in session.execute(
            select(RoundItem.id, Item.code, Theme.code, ItemRevision.wording)
            .join(Item, Item.id == RoundItem.item_id)
            .join(ItemRevision, ItemRevision.id == RoundItem.revision_id)
            .outerjoin(Theme, Theme.id == Item.theme_id)
            .where(RoundItem.round_id == round_id, RoundItem.kind.in_(ASKING))
            .order_by(RoundItem.position)
        )
    ]
