"""Rounds, and items placed in them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveys.delphi.expertise import AskedAbout
from surveys.delphi.round import RoundDates
from surveys.models.base import Model, value_enum


class RoundKind(StrEnum):
    """What a round asks for."""

    OPEN = "open"
    RATING = "rating"


class RoundLayout(StrEnum):
    """How a questionnaire is laid out: all on one page, or a page for each section."""

    PAGE = "page"
    SECTIONS = "sections"


class RoundMode(StrEnum):
    """Whether experts see the group of the round before, or that of this round while it is open."""

    CLASSICAL = "classical"
    REAL_TIME = "real_time"


class Round(Model):
    """One questionnaire sent to the panel. Its state follows from its dates (delphi/round.py)."""

    __tablename__ = "round"
    __table_args__ = (
        UniqueConstraint("study_id", "number"),
        CheckConstraint("closed_at IS NULL OR opened_at IS NOT NULL", name="closed_after_opened"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[RoundKind] = mapped_column(value_enum(RoundKind))
    title: Mapped[dict[str, Any]]
    introduction: Mapped[dict[str, Any]]
    layout: Mapped[RoundLayout] = mapped_column(value_enum(RoundLayout), default=RoundLayout.PAGE)
    # What delphi.ordering reads: random order within sections; nothing where items stand as listed.
    item_order: Mapped[dict[str, Any] | None]
    # On what experts may say how well they know it.
    expertise: Mapped[AskedAbout] = mapped_column(
        value_enum(AskedAbout), default=AskedAbout.NOTHING
    )
    # What the protocol says of the round's number, beside the dates that every save asks for.
    mode: Mapped[RoundMode] = mapped_column(value_enum(RoundMode), default=RoundMode.CLASSICAL)
    opened_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    prepared_at: Mapped[datetime | None]
    # SHA-256 of what was asked, locked at launch (queries/locked.py); nothing before it.
    items_hash: Mapped[str | None] = mapped_column(String(64))
    version_id: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version_id}

    @property
    def real_time(self) -> bool:
        """Whether the round shows its own figures while it is open."""
        return self.mode is RoundMode.REAL_TIME

    @property
    def dates(self) -> RoundDates:
        """The dates from which the round's state follows."""
        return RoundDates(self.opened_at, self.closes_at, self.closed_at)


class RoundItem(Model):
    """A revision at a position of a round; ``settings`` of its kind are frozen at launch.

    ``previous_id`` is the same item's place in the round before, for paired comparison; it is set
    only while the meaning is the same.
    """

    __tablename__ = "round_item"
    __table_args__ = (UniqueConstraint("round_id", "item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("item_revision.id"), index=True)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("round_item.id"), index=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(24))
    settings: Mapped[dict[str, Any]]
    # Of whom it is asked, as delphi.asking reads it; nothing where it is asked of everyone.
    ask_if: Mapped[dict[str, Any] | None]
    # What it rests on, as items.evidence reads it.
    evidence: Mapped[list[Any] | None]
    # Whether a comment may be given with the answer, where its kind takes one.
    comments: Mapped[bool] = mapped_column(default=True)


class ShownOrder(Model):
    """In which order one expert is shown the items of a round whose order is drawn.

    ``items`` are the ids of all round items. Made at launch, and for who joins later at their first
    look; never changed, so that it is the same on every device and can be exported as it was.
    """

    __tablename__ = "shown_order"
    __table_args__ = (UniqueConstraint("round_id", "expert_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id", ondelete="CASCADE"), index=True)
    items: Mapped[list[Any]]
    made_at: Mapped[datetime]


class ItemFeedback(Model):
    """What experts see of the round before on one item, frozen at launch."""

    __tablename__ = "item_feedback"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_item_id: Mapped[int] = mapped_column(
        ForeignKey("round_item.id", ondelete="CASCADE"), unique=True
    )
    sheet: Mapped[dict[str, Any]]
    composed_at: Mapped[datetime]
