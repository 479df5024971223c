"""Rounds in real time: when an item opened to an expert, and the figures that were released on it.

Figures are rows and not computed for whoever looks, so that every expert and every process of the
server shows the same ones, and so that they change in batches only (delphi/release.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from surveys.models.base import Model
from surveys.models.response import LATEST_ON_SQLITE


class FirstAnswer(Model):
    """The version of an expert's answer that was given blind; with it the item opens to them.

    It stays when the answer is changed or taken back: what was seen cannot be unseen.
    """

    __tablename__ = "first_answer"
    __table_args__ = (UniqueConstraint("response_id", "round_item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"))
    round_item_id: Mapped[int] = mapped_column(
        ForeignKey("round_item.id", ondelete="CASCADE"), index=True
    )
    rating_id: Mapped[int] = mapped_column(ForeignKey("rating.id", ondelete="CASCADE"), unique=True)


class FigureRelease(Model):
    """What was released on one item of a round in real time. Number 0, of the launch, shows nothing.

    ``sheet`` holds all that any expert may be shown, as in ItemFeedback. ``streams`` says of which
    answers the figures are: for each set of experts whose figures change together, the last rating
    that is counted, and the counts at each point of the scale.
    """

    __tablename__ = "figure_release"
    __table_args__ = (
        UniqueConstraint("round_item_id", "number"),
        Index(
            "uq_figure_release_latest",
            "round_item_id",
            unique=True,
            sqlite_where=text(LATEST_ON_SQLITE),
            postgresql_where=text("latest"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id", ondelete="CASCADE"))
    number: Mapped[int]
    sheet: Mapped[dict[str, Any]]
    streams: Mapped[dict[str, Any]]
    # The newest comment that may be in it; those that were hidden since are not.
    comments_until: Mapped[int]
    released_at: Mapped[datetime]
    latest: Mapped[bool] = mapped_column(default=True)


class ReleaseShown(Model):
    """When figures were first on the screen of an expert."""

    __tablename__ = "release_shown"
    __table_args__ = (UniqueConstraint("release_id", "expert_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("figure_release.id", ondelete="CASCADE"))
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id", ondelete="CASCADE"), index=True)
    shown_at: Mapped[datetime]
