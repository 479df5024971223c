"""The panel: experts by pseudonym, their groups, their consent. Names live in contact.py alone.

A study has one panel, so the study's experts *are* its panel and no row stands between.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveys.models.base import Model, value_enum


class Channel(StrEnum):
    """How something came that an expert did not say on a page of their own."""

    PHONE = "phone"
    PAPER = "paper"
    OTHER = "other"


class StakeholderGroup(Model):
    """A declared part of the panel, reported separately."""

    __tablename__ = "stakeholder_group"
    __table_args__ = (UniqueConstraint("study_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[dict[str, Any]]
    position: Mapped[int]


class EarlierAnswers(StrEnum):
    """What an expert who leaves decides about the answers given so far."""

    KEEP = "keep"
    ERASE = "erase"


class Expert(Model):
    """One person's pseudonymous place on one panel; never an account.

    ``code`` is the pseudonym in exports (E01 …); ``participation`` stands in the addresses of the
    answering pages and means nothing without the cookie that the personal link sets.
    """

    __tablename__ = "expert"
    __table_args__ = (
        UniqueConstraint("study_id", "code"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (earlier_answers IS NULL)", name="withdrawn_with_choice"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("stakeholder_group.id"), index=True)
    code: Mapped[str] = mapped_column(String(12))
    participation: Mapped[str] = mapped_column(String(24), unique=True)
    language: Mapped[str] = mapped_column(String(5))
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    earlier_answers: Mapped[EarlierAnswers | None] = mapped_column(value_enum(EarlierAnswers))


class Consent(Model):
    """That an expert agreed, to which wording, when. The text is kept as it was shown."""

    __tablename__ = "consent"
    __table_args__ = (UniqueConstraint("expert_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id", ondelete="CASCADE"))
    version: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(5))
    text: Mapped[str]
    given_at: Mapped[datetime]
    # Of a consent that was given by phone or on paper: how, and who noted it down.
    channel: Mapped[Channel | None] = mapped_column(value_enum(Channel))
    recorded_by: Mapped[str | None] = mapped_column(String(60))
