"""Items, their wordings, and where each came from."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveys.delphi.descent import Descent
from surveys.models.base import Model, value_enum


class Aspect(StrEnum):
    """What a statement speaks of."""

    OPPORTUNITY = "opportunity"
    RISK = "risk"
    CONDITION = "condition"


class Item(Model):
    """Anything in a round that asks for an answer; a statement when its kind rates."""

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("study_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"), index=True)
    code: Mapped[str] = mapped_column(String(24))
    kind: Mapped[str] = mapped_column(String(24))
    aspect: Mapped[Aspect | None] = mapped_column(value_enum(Aspect))
    # The team's note: the finding it rests on, or why it was added.
    note: Mapped[str] = mapped_column(default="")
    basis: Mapped[str] = mapped_column(String(24), default="")
    created_at: Mapped[datetime]


class Meaning(StrEnum):
    """Whether a new wording says the same as the one that experts saw before."""

    KEPT = "kept"
    CHANGED = "changed"


class ItemRevision(Model):
    """One wording in every study language; never edited once an expert has seen it.

    ``reasons`` (per language) and ``meaning`` are of a wording that came in place of one that experts
    had seen; a first wording has neither. ``translated_from`` has, per language, the mark of the text it
    was translated from, and ``heeded`` the hints on its wording that somebody has put aside.
    """

    __tablename__ = "item_revision"
    __table_args__ = (UniqueConstraint("item_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"))
    number: Mapped[int]
    wording: Mapped[dict[str, Any]]
    help: Mapped[dict[str, Any] | None]
    reasons: Mapped[dict[str, Any] | None]
    meaning: Mapped[Meaning | None] = mapped_column(value_enum(Meaning))
    translated_from: Mapped[dict[str, Any] | None]
    heeded: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


class ItemOrigin(Model):
    """The answer of an earlier round that a statement was made from; one row per answer."""

    __tablename__ = "item_origin"
    __table_args__ = (UniqueConstraint("item_id", "rating_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"))
    rating_id: Mapped[int] = mapped_column(ForeignKey("rating.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class ItemDescent(Model):
    """That an item was made from one that experts had rated: by splitting it, or merging it with others.

    One row per parent. ``parent_id`` is the place in which experts rated the parent last, so that its
    wording and its round are known too. ``reasons`` are per language, as experts read them.
    """

    __tablename__ = "item_descent"
    __table_args__ = (UniqueConstraint("item_id", "parent_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"))
    parent_id: Mapped[int] = mapped_column(
        ForeignKey("round_item.id", ondelete="CASCADE"), index=True
    )
    act: Mapped[Descent] = mapped_column(value_enum(Descent))
    reasons: Mapped[dict[str, Any]]
    # What experts are shown of the parent's ratings, frozen at launch; nothing where nothing is shown.
    sheet: Mapped[dict[str, Any] | None]
    actor: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime]
