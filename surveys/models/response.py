"""What experts gave: the answer log and the comments, append-only; the latest one counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    exists,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from surveys.delphi.answer import Missing
from surveys.models.base import Model, value_enum
from surveys.models.panel import Channel

# As queries say it: SQLite takes a partial index for no other spelling of its condition.
LATEST_ON_SQLITE = "latest = 1"


class Response(Model):
    """One expert's answers in one round; submitting is an event in its life."""

    __tablename__ = "response"
    __table_args__ = (UniqueConstraint("round_id", "expert_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    # What the expert can show to prove a submission; the researcher can check it.
    receipt: Mapped[str | None] = mapped_column(String(24), unique=True)


class Intake(Model):
    """Answers that one expert gave by phone or on paper, and a researcher entered.

    Every version that was entered so points here. ``taken_at`` is when the expert gave them, and
    ``researcher`` how the trail names who entered them.
    """

    __tablename__ = "intake"
    __table_args__ = (
        UniqueConstraint("round_id", "expert_id", "researcher", "channel", "taken_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id", ondelete="CASCADE"), index=True)
    researcher: Mapped[str] = mapped_column(String(60))
    channel: Mapped[Channel] = mapped_column(value_enum(Channel))
    taken_at: Mapped[datetime]
    created_at: Mapped[datetime]


class Rating(Model):
    """One version of one expert's answer to one round item.

    Exactly one of value, detail and missing is set. Rows are never changed but for ``latest``, which
    a partial unique index keeps true for one version only; the database can so count the ratings
    that stand without looking at history.
    """

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("response_id", "round_item_id", "version"),
        CheckConstraint(
            "CASE WHEN value IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN detail IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN missing IS NULL THEN 0 ELSE 1 END = 1",
            name="one_of_value_detail_missing",
        ),
        Index(
            "uq_rating_latest",
            "response_id",
            "round_item_id",
            unique=True,
            sqlite_where=text(LATEST_ON_SQLITE),
            postgresql_where=text("latest"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"))
    round_item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id"))
    version: Mapped[int]
    value: Mapped[float | None]
    detail: Mapped[dict[str, Any] | None]
    missing: Mapped[Missing | None] = mapped_column(value_enum(Missing))
    given_at: Mapped[datetime]
    latest: Mapped[bool] = mapped_column(default=True)
    # Where a researcher entered it; nothing where the expert did.
    intake_id: Mapped[int | None] = mapped_column(ForeignKey("intake.id"))


class Comment(Model):
    """One version of the free text given with a rating; an empty text takes the earlier one back."""

    __tablename__ = "comment"
    __table_args__ = (
        UniqueConstraint("response_id", "round_item_id", "version"),
        Index(
            "uq_comment_latest",
            "response_id",
            "round_item_id",
            unique=True,
            sqlite_where=text(LATEST_ON_SQLITE),
            postgresql_where=text("latest"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"))
    round_item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id"))
    version: Mapped[int]
    text: Mapped[str]
    language: Mapped[str] = mapped_column(String(5))
    given_at: Mapped[datetime]
    latest: Mapped[bool] = mapped_column(default=True)
    # Where a researcher entered it; nothing where the expert did.
    intake_id: Mapped[int | None] = mapped_column(ForeignKey("intake.id"))
    # A researcher may keep a comment that identifies somebody from other experts; it is not deleted.
    hidden_at: Mapped[datetime | None]
    hidden_reason: Mapped[str] = mapped_column(default="")


class SelfRating(Model):
    """One version of how well an expert says to know one item or one theme of a round.

    Exactly one of ``round_item_id`` and ``theme_id`` is set; no ``level`` takes the earlier one back.
    """

    __tablename__ = "self_rating"
    __table_args__ = (
        UniqueConstraint("response_id", "round_item_id", "version"),
        UniqueConstraint("response_id", "theme_id", "version"),
        CheckConstraint("(round_item_id IS NULL) <> (theme_id IS NULL)", name="of_item_or_theme"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level"),
        *(
            Index(
                f"uq_self_rating_latest_{subject}",
                "response_id",
                f"{subject}_id",
                unique=True,
                sqlite_where=text(f"latest AND {subject}_id IS NOT NULL"),
                postgresql_where=text(f"latest AND {subject}_id IS NOT NULL"),
            )
            for subject in ("round_item", "theme")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"))
    round_item_id: Mapped[int | None] = mapped_column(ForeignKey("round_item.id"))
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"))
    version: Mapped[int]
    level: Mapped[int | None]
    given_at: Mapped[datetime]
    latest: Mapped[bool] = mapped_column(default=True)
    # Where a researcher entered it; nothing where the expert did.
    intake_id: Mapped[int | None] = mapped_column(ForeignKey("intake.id"))


class NotAsked(Model):
    """That an expert is not asked an item, because its condition does not hold for them.

    The only rows here that come and go: they follow from the answers that stand (delphi/asking.py) and
    are kept so that counts need not judge conditions. What was answered before stays in the log, and
    counts again when the item is asked again.
    """

    __tablename__ = "not_asked"

    response_id: Mapped[int] = mapped_column(
        ForeignKey("response.id", ondelete="CASCADE"), primary_key=True
    )
    round_item_id: Mapped[int] = mapped_column(
        ForeignKey("round_item.id", ondelete="CASCADE"), primary_key=True, index=True
    )


def is_asked(given: Any) -> ColumnElement[bool]:
    """Whether the item of a rating or a comment is asked of who gave it: only then it counts.

    given : the class, or an alias of it.
    """
    return ~exists().where(
        NotAsked.response_id == given.response_id, NotAsked.round_item_id == given.round_item_id
    )
