"""What a study writes to its experts, when it reminds them, and whom it does not write to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from surveys.models.base import Model


class MailText(Model):
    """One version of a message in one language, its places not yet filled in. Never edited.

    The highest version is in use. Rondo's own text is kept here too once it was sent, so that "what
    did we write" has an answer after Rondo's texts have changed.
    """

    __tablename__ = "mail_text"
    __table_args__ = (UniqueConstraint("study_id", "message", "language", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    message: Mapped[str] = mapped_column(String(24))
    language: Mapped[str] = mapped_column(String(5))
    version: Mapped[int]
    subject: Mapped[str]
    body: Mapped[str]
    # Rondo's own, as it was when it was first sent.
    standard: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]


class ReminderPlan(Model):
    """When a round reminds by itself, as ``delphi.reminding`` reads it.

    Without a round it holds for every round of the study that has none of its own.
    """

    __tablename__ = "reminder_plan"
    __table_args__ = (
        UniqueConstraint("study_id", "round_id"),
        Index(
            "uq_reminder_plan_of_study",
            "study_id",
            unique=True,
            sqlite_where=text("round_id IS NULL"),
            postgresql_where=text("round_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    round_id: Mapped[int | None] = mapped_column(
        ForeignKey("round.id", ondelete="CASCADE"), index=True
    )
    plan: Mapped[dict[str, Any]]
    # What lay before it is not made up for.
    made_at: Mapped[datetime]


class MailStop(Model):
    """That an address gets no more mail of a study.

    It is known by a keyed mark alone, which outlives the person's place on the panel: who asked for
    no more mail is not written to because somebody adds the address again.
    """

    __tablename__ = "mail_stop"
    __table_args__ = (UniqueConstraint("study_id", "mark"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    mark: Mapped[str] = mapped_column(String(64))
    expert_id: Mapped[int | None] = mapped_column(
        ForeignKey("expert.id", ondelete="SET NULL"), index=True
    )
    reason: Mapped[str] = mapped_column(String(300), default="")
    # "expert", or the researcher who was asked by other ways.
    actor: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
