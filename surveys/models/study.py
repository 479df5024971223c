"""A study: its texts, its rules as locked JSON, its themes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveys.models.base import Model, value_enum


class RehearsalKind(StrEnum):
    """Who answers a rehearsal: simulated experts, or people who try it out."""

    DRY_RUN = "dry_run"
    PILOT = "pilot"


class Study(Model):
    """One Delphi process from protocol to report.

    Texts are JSON objects of language to text. ``protocol`` is what ``delphi.protocol`` reads; from the
    first launch on it is locked: its hash and moment are kept and only an amendment may change it.
    """

    __tablename__ = "study"
    __table_args__ = (
        CheckConstraint("(locked_at IS NULL) = (protocol_hash IS NULL)", name="locked_with_hash"),
        CheckConstraint(
            "(rehearsal_of_id IS NULL) = (rehearsal_kind IS NULL)", name="rehearsal_whole"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    title: Mapped[dict[str, Any]]
    summary: Mapped[dict[str, Any]]
    languages: Mapped[list[Any]]
    settings: Mapped[dict[str, Any]]
    consent: Mapped[dict[str, Any]]
    scale: Mapped[dict[str, Any]]
    verdicts: Mapped[dict[str, Any]]
    protocol: Mapped[dict[str, Any]]
    protocol_hash: Mapped[str | None] = mapped_column(String(64))
    locked_at: Mapped[datetime | None]
    # Nothing while the rules are those a study begins with and nobody has looked at them.
    rule_chosen_at: Mapped[datetime | None]
    # For how many experts the rules are planned; nothing where that is the panel as it stands.
    planned_experts: Mapped[int | None]
    source: Mapped[dict[str, Any]]
    # Whether experts are asked about conflicts of interest, in which version of which words.
    conflicts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # A simulated panel says so on every page and in every export.
    simulated: Mapped[bool] = mapped_column(default=False)
    # A rehearsal is a study of its own, so that nothing of it can stand among another's data.
    rehearsal_of_id: Mapped[int | None] = mapped_column(ForeignKey("study.id"), index=True)
    rehearsal_kind: Mapped[RehearsalKind | None] = mapped_column(value_enum(RehearsalKind))
    # Put away: nothing in it can be changed until it is brought back.
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version_id: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version_id}

    @property
    def unfilled(self) -> list[str]:
        """Settings that still hold their placeholder: a text between square brackets."""
        return [
            name
            for name, value in self.settings.items()
            if any(
                str(text).lstrip().startswith("[")
                for text in (value.values() if isinstance(value, dict) else [value])
            )
        ]

    @property
    def default_language(self) -> str:
        """The language a text falls back to."""
        return str(self.languages[0])


class Theme(Model):
    """A theme of the study, from the interviews or from the team."""

    __tablename__ = "theme"
    __table_args__ = (UniqueConstraint("study_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    position: Mapped[int]
