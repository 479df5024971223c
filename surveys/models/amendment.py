"""Amendments: how locked rules were changed, one row per change, never edited."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveys.models.base import Model


class Amendment(Model):
    """A change of the protocol after its lock, with both wordings and the reason.

    ``after_round`` is the last round that was closed then, whose results it leaves alone; ``in_round``
    the one that was open. The first amendment is number 1; ``before`` of it is what was locked.
    """

    __tablename__ = "amendment"
    __table_args__ = (
        UniqueConstraint("study_id", "number"),
        CheckConstraint("before_hash <> after_hash", name="changes_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    number: Mapped[int]
    before: Mapped[dict[str, Any]]
    before_hash: Mapped[str] = mapped_column(String(64))
    after: Mapped[dict[str, Any]]
    after_hash: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str]
    after_round: Mapped[int | None]
    in_round: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
