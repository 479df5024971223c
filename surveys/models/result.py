"""Frozen numbers of closed rounds, with their provenance. Screens, feedback and exports read these."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveys.models.base import Model


class RoundResult(Model):
    """One analysis of one closed round. A repeat is a new dated row; the highest number counts."""

    __tablename__ = "round_result"
    __table_args__ = (UniqueConstraint("round_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    number: Mapped[int]
    computed_at: Mapped[datetime]
    # Rules, quantile definition, denominators, package versions.
    provenance: Mapped[dict[str, Any]]
    # Who took part: invited, answered, submitted, partial, by group.
    participation: Mapped[dict[str, Any]]


class ItemResult(Model):
    """The numbers, the verdict and the stability of one round item in one analysis."""

    __tablename__ = "item_result"
    __table_args__ = (UniqueConstraint("round_result_id", "round_item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_result_id: Mapped[int] = mapped_column(ForeignKey("round_result.id", ondelete="CASCADE"))
    round_item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id"), index=True)
    verdict: Mapped[str | None] = mapped_column(String(24))
    # None where the item was rated once or too few experts rated it twice: the reason is in stability.
    stable: Mapped[bool | None]
    numbers: Mapped[dict[str, Any]]
    stability: Mapped[dict[str, Any] | None]
    # Of a round in real time: from the first, blind answers to the final ones. Never stability
    # between rounds.
    movement: Mapped[dict[str, Any] | None]
    proposal: Mapped[dict[str, Any] | None]
