"""Feedback as a logged condition: which expert is shown what in a round, and since when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveys.models.base import Model


class FeedbackCondition(Model):
    """What one expert is shown of the round before, decided at launch.

    ``arm`` is empty where the study compares nothing. What the arm shows is in the protocol, what the
    sheets held is in ItemFeedback; together with ``first_shown_at`` they say who saw what, and when.
    """

    __tablename__ = "feedback_condition"
    __table_args__ = (UniqueConstraint("round_id", "expert_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id", ondelete="CASCADE"), index=True)
    arm: Mapped[str] = mapped_column(String(40))
    allotted_at: Mapped[datetime]
    first_shown_at: Mapped[datetime | None]
