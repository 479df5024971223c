"""Files that a study shows: what they are and which they are; their content lies in a folder."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveys.models.base import Model


class Upload(Model):
    """One file of one study, named by the hash of its content."""

    __tablename__ = "upload"
    __table_args__ = (UniqueConstraint("study_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    # SHA-256 of the content, in hexadecimal.
    digest: Mapped[str] = mapped_column(String(64))
    # What it was called when it came; experts save it under this name.
    name: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    created_at: Mapped[datetime]
