"""Keep of whom the items of a round are asked, as conditions and answers have it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select

from surveys.delphi.answer import Answer
from surveys.models.base import AnySession
from surveys.models.response import NotAsked, Rating, Response
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.queries import questionnaire
from surveys.queries.asking import group_of
from surveys.queries.questionnaire import AskedRound


def settle(
    session: AnySession,
    response_id: int,
    expert_id: int,
    asked: AskedRound,
    standing: Mapping[int, Answer],
) -> frozenset[int]:
    """Keep which items an expert is not asked, by the answers that stand; return them."""
    if not asked.conditional:
        return frozenset()
    group = group_of(session, expert_id) if asked.asks_group else None
    now = asked.not_asked(standing, group)
    before = frozenset(
        session.scalars(select(NotAsked.round_item_id).where(NotAsked.response_id == response_id))
    )
    if gone := before - now:
        session.execute(
            delete(NotAsked).where(
                NotAsked.response_id == response_id, NotAsked.round_item_id.in_(list(gone))
            )
        )
    if new := now - before:
        session.execute(
            insert(NotAsked),
            [{"response_id": response_id, "round_item_id": item} for item in sorted(new)],
        )
    return now


def settle_round(session: AnySession, study: Study, round_: Round) -> None:
    """The same for everyone who took part, before a round is evaluated.

    A researcher may have moved an expert to another group since their last answer.
    """
    asked = questionnaire.launched_round(
        session, study.public_id, round_.id, study.default_language
    )
    if not asked.conditional:
        return
    standing: dict[int, dict[int, Answer]] = {}
    for response_id, item, value, detail, missing in session.execute(
        select(
            Rating.response_id, Rating.round_item_id, Rating.value, Rating.detail, Rating.missing
        )
        .join(Response, Response.id == Rating.response_id)
        .where(Response.round_id == round_.id, Rating.latest)
    ):
        standing.setdefault(response_id, {})[item] = Answer(value, detail, missing)
    for response_id, expert_id in session.execute(
        select(Response.id, Response.expert_id).where(Response.round_id == round_.id)
    ).all():
        settle(session, response_id, expert_id, asked, standing.get(response_id, {}))
