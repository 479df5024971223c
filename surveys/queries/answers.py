"""Open answers of a round, by pseudonym, for researchers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

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


def open_answers(session: AnySession, round_id: int) -> list[Question]:
    """What the panel wrote, question by question, and which statements each answer went into."""
    became = origins.statements_from(session, round_id)
    found: dict[int, list[OpenAnswer]] = {}
    for rating, kind, settings, code, language, group in session.execute(
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
        .where(
            Response.round_id == round_id,
            Rating.latest,
            Rating.missing.is_(None),
            is_asked(Rating),
        )
        .order_by(Expert.id)
    ):
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
