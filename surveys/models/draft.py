"""What is decided between two rounds, and every step of it, so that it can be undone until the launch."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveys.delphi.carrying import Choice
from surveys.delphi.stopping import Decision
from surveys.models.base import Model, value_enum


class CarryChoice(Model):
    """What the team chose for one item of a closed round; without a row it goes as the rule proposes.

    ``version`` counts from 1 with every choice, so that two people who choose at once do not overwrite
    each other unseen.
    """

    __tablename__ = "carry_choice"
    __table_args__ = (UniqueConstraint("round_item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id", ondelete="CASCADE"))
    # None where a choice was taken back: the rule's proposal stands again.
    choice: Mapped[Choice | None] = mapped_column(value_enum(Choice))
    reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int]
    actor: Mapped[str] = mapped_column(String(60))
    chosen_at: Mapped[datetime]


class RoundDecision(Model):
    """That the team finishes after a round, or goes on, and why where the stopping rule says otherwise."""

    __tablename__ = "round_decision"
    __table_args__ = (UniqueConstraint("round_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    decision: Mapped[Decision] = mapped_column(value_enum(Decision))
    reason: Mapped[str] = mapped_column(default="")
    actor: Mapped[str] = mapped_column(String(60))
    decided_at: Mapped[datetime]


class DraftStep(Model):
    """One step between a closed round and the launch of the next, with what it changed.

    ``round_id`` is the closed round. ``changes`` say of every row what it was and what it became
    (services/undoing.py); the newest step that stands can be undone.
    """

    __tablename__ = "draft_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), index=True)
    act: Mapped[str] = mapped_column(String(60))
    items: Mapped[list[Any]]
    changes: Mapped[list[Any]]
    actor: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
