"""What was found in comments, what a moderator decided of them, and what they say in other languages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from surveys.delphi.voices import Place
from surveys.models.base import Model, value_enum


class CommentReview(Model):
    """One version of a comment, looked over: what was found in it and what was decided.

    The comment itself is never changed. That it is kept back stands there (``hidden_at``); who decided
    what, and when, in the audit trail. A newer version of the comment is looked over anew.
    """

    __tablename__ = "comment_review"
    __table_args__ = (
        CheckConstraint("wording IS NULL OR approved_at IS NOT NULL", name="reworded_is_approved"),
        CheckConstraint("merged_into_id <> comment_id", name="not_into_itself"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), unique=True
    )
    # What could give somebody away, by the names of delphi.giveaways.Giveaway; never the names found.
    flags: Mapped[list[Any]]
    screened_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    # What others read in place of the text, where it would give somebody away.
    wording: Mapped[str | None]
    place: Mapped[Place | None] = mapped_column(value_enum(Place))
    # The comment that says the same and is read for both.
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("comment.id", ondelete="SET NULL"), index=True
    )


class CommentsApart(Model):
    """Two comments that look alike and do not say the same, as a moderator found; asked only once."""

    __tablename__ = "comments_apart"
    __table_args__ = (
        UniqueConstraint("comment_id", "other_id"),
        CheckConstraint("comment_id < other_id", name="smaller_first"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    other_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)


class Translation(Model):
    """One version of what a comment or an open answer says in another language, by the team.

    ``source`` is the text that was translated: once that reads otherwise, the translation counts no
    more. A translation that equals its source says that it is in that language already.
    """

    __tablename__ = "translation"
    __table_args__ = (
        CheckConstraint(
            "(comment_id IS NULL) <> (rating_id IS NULL)", name="of_a_comment_or_an_answer"
        ),
        Index(
            "uq_translation_of_comment",
            "comment_id",
            "language",
            unique=True,
            sqlite_where=text("latest = 1"),
            postgresql_where=text("latest"),
        ),
        Index(
            "uq_translation_of_answer",
            "rating_id",
            "language",
            unique=True,
            sqlite_where=text("latest = 1"),
            postgresql_where=text("latest"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int | None] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), index=True
    )
    rating_id: Mapped[int | None] = mapped_column(
        ForeignKey("rating.id", ondelete="CASCADE"), index=True
    )
    language: Mapped[str] = mapped_column(String(5))
    source: Mapped[str]
    text: Mapped[str]
    # "researcher:<id>", as in the audit trail.
    translator: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime]
    latest: Mapped[bool] = mapped_column(default=True)
