"""Let an expert leave, with a choice about the answers given so far."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select

from surveys.models.base import AnySession
from surveys.models.contact import Contact
from surveys.models.item import ItemOrigin
from surveys.models.panel import EarlierAnswers, Expert
from surveys.models.profile import Declaration, ProfileValue
from surveys.models.response import Comment, NotAsked, Rating, Response, SelfRating
from surveys.services import auditing, feeding, moderating, releasing
from surveys.services.linking import revoke_links


class ToldBy(StrEnum):
    """How an expert told the researchers to be let go."""

    MAIL = "mail"
    TELEPHONE = "telephone"
    OTHERWISE = "otherwise"


def withdraw(
    session: AnySession,
    expert: Expert,
    *,
    earlier_answers: EarlierAnswers,
    actor: str,
    at: datetime,
    told: ToldBy | None = None,
) -> None:
    """End an expert's participation: the links stop working and no mail is sent any more.

    With ERASE ratings, comments and what was said of expertise are deleted, and contact, profile
    and declaration with them. Results of closed rounds that the panel has seen stay as they were
    published; a new analysis counts without them. In an open round in real time comments go at once, and the
    ratings with the next figures. Doing it twice changes nothing.

    told : how the wish reached the researcher who enters it; nothing where the expert does so.
    """
    if expert.withdrawn_at is not None:
        return
    expert.withdrawn_at = at
    expert.earlier_answers = earlier_answers
    revoke_links(session, expert, at)
    if earlier_answers is EarlierAnswers.ERASE:
        moderating.leave_merges(session, expert.id)
        responses = select(Response.id).where(Response.expert_id == expert.id)
        ratings = select(Rating.id).where(Rating.response_id.in_(responses))
        commented = session.scalars(
            select(Comment.round_item_id).where(Comment.response_id.in_(responses)).distinct()
        ).all()
        comments = session.scalars(
            select(Comment.id).where(Comment.response_id.in_(responses))
        ).all()
        for statement in (
            delete(ItemOrigin).where(ItemOrigin.rating_id.in_(ratings)),
            delete(Rating).where(Rating.response_id.in_(responses)),
            delete(Comment).where(Comment.response_id.in_(responses)),
            delete(SelfRating).where(SelfRating.response_id.in_(responses)),
            # What somebody was not asked tells what they had answered.
            delete(NotAsked).where(NotAsked.response_id.in_(responses)),
            delete(Contact).where(Contact.expert_id == expert.id),
            delete(ProfileValue).where(ProfileValue.expert_id == expert.id),
            delete(Declaration).where(Declaration.expert_id == expert.id),
        ):
            session.execute(statement.execution_options(synchronize_session=False))
        releasing.renew_comments(session, commented, at=at)
        feeding.forget_comments(session, commented, comments)
    session.flush()
    auditing.record(
        session,
        study_id=expert.study_id,
        actor=actor,
        act="expert withdrew",
        at=at,
        expert=expert.code,
        earlier_answers=earlier_answers.value,
        **({"told": told.value} if told else {}),
    )
