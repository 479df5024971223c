"""What a study keeps of its experts beside their answers: own profile fields, conflicts of interest.

No names here. A field that may identify somebody is kept apart from every export (queries/profiles.py).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveys.models.base import Model, value_enum


class FieldKind(StrEnum):
    """What a profile field holds."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"


class FilledBy(StrEnum):
    """Who fills a profile field in."""

    EXPERT = "expert"
    TEAM = "team"


class ProfileField(Model):
    """One thing a study wants to know of each expert.

    ``options`` are those of a choice: ``{"code": …, "name": {language: text}}``.
    """

    __tablename__ = "profile_field"
    __table_args__ = (UniqueConstraint("study_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[FieldKind] = mapped_column(value_enum(FieldKind))
    label: Mapped[dict[str, Any]]
    options: Mapped[list[Any]]
    filled_by: Mapped[FilledBy] = mapped_column(value_enum(FilledBy))
    # What may identify stays out of exports unless somebody with the right takes it, which is logged.
    may_identify: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int]

    @property
    def is_number(self) -> bool:
        """Whether it holds a number."""
        return self.kind is FieldKind.NUMBER


class ProfileValue(Model):
    """What one expert's profile holds in one field; empty where the expert left it open."""

    __tablename__ = "profile_value"
    __table_args__ = (UniqueConstraint("expert_id", "field_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id", ondelete="CASCADE"))
    field_id: Mapped[int] = mapped_column(
        ForeignKey("profile_field.id", ondelete="CASCADE"), index=True
    )
    value: Mapped[str] = mapped_column(String(500))
    given_by: Mapped[FilledBy] = mapped_column(value_enum(FilledBy))
    given_at: Mapped[datetime]


class Declaration(Model):
    """What an expert declared about interests, and the question as it was read."""

    __tablename__ = "declaration"
    __table_args__ = (UniqueConstraint("expert_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id", ondelete="CASCADE"))
    version: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(5))
    text: Mapped[str]
    has_conflict: Mapped[bool]
    # May name people and firms: researchers read it, no export holds it.
    explanation: Mapped[str]
    given_at: Mapped[datetime]
