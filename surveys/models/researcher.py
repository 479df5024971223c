"""People who run studies: their accounts, their one-time sign-ins, their roles."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from flask_security.core import UserMixin
from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveys.models.base import Model, value_enum


class Role(StrEnum):
    """What a researcher may do in one study."""

    LEAD = "lead"
    FACILITATOR = "facilitator"
    ANALYST = "analyst"
    OBSERVER = "observer"


class Researcher(Model, UserMixin):
    """One account. Roles belong to studies (Membership), never to the account itself."""

    __tablename__ = "researcher"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    # Empty until one is chosen: until then pages speak what the browser asks for.
    language: Mapped[str] = mapped_column(String(5), default="")
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    # Changing it ends every session of the account.
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]

    # The sign-in library asks every account for global roles; Rondo has none.
    roles: ClassVar[list[str]] = []  # type: ignore[misc, assignment]


class OneTimeSignIn(Model):
    """A link that signs one researcher in, once: the first visit, or a forgotten password."""

    __tablename__ = "one_time_sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    researcher_id: Mapped[int] = mapped_column(ForeignKey("researcher.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Membership(Model):
    """The role of one researcher in one study."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("study_id", "researcher_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    researcher_id: Mapped[int] = mapped_column(
        ForeignKey("researcher.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[Role] = mapped_column(value_enum(Role))
    created_at: Mapped[datetime]
