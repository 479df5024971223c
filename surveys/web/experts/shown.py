"""The round as it is shown to whoever is answering."""

from __future__ import annotations

from surveys.models.base import db, transaction
from surveys.queries import asking
from surveys.queries.questionnaire import AskedRound
from surveys.services import ordering
from surveys.web.clock import now
from surveys.web.experts.access import visit


def as_shown(asked: AskedRound) -> AskedRound:
    """The round in this expert's own order; who came after the launch gets one at the first look."""
    if not asked.shuffled:
        return asked
    expert_id = visit().expert_id
    order = asking.order_of(db.session, asked.id, expert_id)
    if order is None:
        with transaction(db.session):
            ordering.draw_late(db.session, asked.id, expert_id, at=now())
        order = asking.order_of(db.session, asked.id, expert_id) or []
    return asked.arranged(order)
