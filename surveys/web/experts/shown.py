"""The round as it is shown to whoever is answering: in their order, without what they are not asked."""

from __future__ import annotations

from collections.abc import Mapping

from surveys.delphi.answer import Answer
from surveys.models.base import db, transaction
from surveys.queries import asking, questionnaire
from surveys.queries.questionnaire import AskedRound, OwnAnswers
from surveys.services import ordering
from surveys.services.responding import Kept
from surveys.web.clock import now
from surveys.web.experts.access import visit


def as_shown(asked: AskedRound) -> tuple[AskedRound, OwnAnswers]:
    """The round as this expert sees it, and what they answered so far.

    Who came after the launch gets an order at the first look.
    """
    expert_id = visit().expert_id
    if asked.shuffled:
        order = asking.order_of(db.session, asked.id, expert_id)
        if order is None:
            with transaction(db.session):
                ordering.draw_late(db.session, asked.id, expert_id, at=now())
            order = asking.order_of(db.session, asked.id, expert_id) or []
        asked = asked.arranged(order)
    own = questionnaire.own_answers(db.session, expert_id, asked)
    return asked.leaving_out(not_asked(asked, own.standing)), own


def after_saving(asked: AskedRound, kept: Kept | None) -> AskedRound:
    """The round without what the expert is not asked, now that something may have been saved."""
    if kept:
        return asked.leaving_out(kept.left_out)
    if not asked.conditional:
        return asked
    own = questionnaire.own_answers(db.session, visit().expert_id, asked)
    return asked.leaving_out(not_asked(asked, own.standing))


def not_asked(asked: AskedRound, standing: Mapping[int, Answer]) -> frozenset[int]:
    """What this expert is not asked, by the answers that stand."""
    group = asking.group_of(db.session, visit().expert_id) if asked.asks_group else None
    return asked.not_asked(standing, group)


def appearances(asked: AskedRound) -> dict[str, object]:
    """What a script needs to show and hide items after a save; empty where none has a condition."""
    if not asked.conditional:
        return {}
    return {
        "total": len(asked.asking),
        "asked": {str(item.id): item.id not in asked.left_out for item in asked.conditional},
        "sections": [asked.shows(section) for section in asked.sections],
    }
