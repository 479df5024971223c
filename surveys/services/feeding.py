"""Compose what experts see of the round before, and freeze it at launch."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.delphi.protocol import Protocol
from surveys.models.base import AnySession
from surveys.models.panel import EarlierAnswers, Expert
from surveys.models.response import Comment, Response
from surveys.models.result import ItemResult, RoundResult
from surveys.models.round import ItemFeedback, Round, RoundItem
from surveys.models.study import Study

# What the sheet takes over from the stored result; nothing is computed twice.
NUMBERS = (
    "n",
    "counts",
    "count_low",
    "count_high",
    "share_low",
    "share_high",
    "median",
    "q1",
    "q3",
    "unable",
)


def freeze(session: AnySession, study: Study, round_: Round, *, at: datetime) -> None:
    """Write one sheet per item that was asked before; a round of new items has none."""
    policy = Protocol.from_json(study.protocol).feedback
    placed = session.scalars(
        select(RoundItem).where(RoundItem.round_id == round_.id, RoundItem.previous_id.is_not(None))
    ).all()
    results = latest_results(session, [row.previous_id for row in placed if row.previous_id])
    for row in placed:
        if row.previous_id in results:
            session.add(
                ItemFeedback(
                    round_item_id=row.id,
                    sheet=sheet(session, policy, row.previous_id, results[row.previous_id]),
                    composed_at=at,
                )
            )
    session.flush()


def sheet(
    session: AnySession, policy: FeedbackPolicy, earlier_id: int, numbers: dict[str, Any]
) -> dict[str, Any]:
    """The feedback on one item: the group's numbers and the comments that may be shown.

    Below the policy's smallest group neither numbers nor comments are in it.
    """
    if not policy.may_show(int(numbers["n"])):
        return {"suppressed": True, "smallest": policy.smallest_group}
    shown = {
        "suppressed": False,
        "smallest": policy.smallest_group,
        "shows": [part.value for part in policy.shows],
        **(
            {name: numbers.get(name) for name in NUMBERS}
            if "share_high" in numbers
            else {"n": numbers["n"], "numbers": numbers}
        ),
    }
    if Shown.COMMENTS in policy.shows:
        shown["comments"] = comments_on(session, earlier_id)
    return shown


def comments_on(session: AnySession, round_item_id: int) -> list[dict[str, str]]:
    """The comments on one item that were not kept back, in an order that tells nothing.

    Sorted by text: the order of arrival would let experts line up comments of one author.
    """
    rows = session.execute(
        select(Comment.text, Comment.language)
        .join(Response, Response.id == Comment.response_id)
        .join(Expert, Expert.id == Response.expert_id)
        .where(
            Comment.round_item_id == round_item_id,
            Comment.latest,
            Comment.text != "",
            Comment.hidden_at.is_(None),
            (Expert.withdrawn_at.is_(None)) | (Expert.earlier_answers == EarlierAnswers.KEEP),
        )
        .order_by(Comment.text)
    )
    return [{"text": text, "language": language} for text, language in rows]


def latest_results(session: AnySession, round_item_ids: list[int]) -> dict[int, dict[str, Any]]:
    """The stored numbers of round items, from the newest analysis of their round."""
    rows = session.execute(
        select(ItemResult.round_item_id, ItemResult.numbers)
        .join(RoundResult, RoundResult.id == ItemResult.round_result_id)
        .where(ItemResult.round_item_id.in_(round_item_ids))
        .order_by(RoundResult.number)
    )
    return dict(rows.all())
