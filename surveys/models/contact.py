"""Who an expert is. Points at Expert, never the reverse, so that no join happens by accident."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from surveys.models.base import Model


class Contact(Model):
    """Name and address of one expert."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id", ondelete="CASCADE"), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    # Whether to be named among the experts who took part; nothing as long as nobody was asked.
    wants_naming: Mapped[bool | None]
    # How the name is to be written then, where not as above.
    named_as: Mapped[str] = mapped_column(String(160), default="")
    wish_given_at: Mapped[datetime | None]


class RosterDraft(Model):
    """People in a file that was read and not yet added: its researcher's alone, and for an hour."""

    __tablename__ = "roster_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), unique=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"), index=True)
    researcher_id: Mapped[int] = mapped_column(ForeignKey("researcher.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(index=True)
    content: Mapped[dict[str, Any]]
