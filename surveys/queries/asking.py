"""What one expert is asked of a launched round, and in which order.

The round itself is read once per process for everybody (queries/questionnaire.py); what differs from
expert to expert is laid over it.
"""

from __future__ import annotations

from sqlalchemy import select

from surveys.models.base import AnySession
from surveys.models.round import ShownOrder


def order_of(session: AnySession, round_id: int, expert_id: int) -> list[int] | None:
    """The ids of a round's items in the order drawn for an expert; None where none was drawn."""
    return session.scalar(
        select(ShownOrder.items).where(
            ShownOrder.round_id == round_id, ShownOrder.expert_id == expert_id
        )
    )
