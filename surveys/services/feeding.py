"""Compose what experts see of the round before, and freeze it at launch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from surveys.delphi.feedback import FeedbackPolicy, Shown, Whose
from surveys.delphi.protocol import Protocol
from surveys.delphi.summary import ItemCounts
from surveys.models.base import AnySession
from surveys.models.feedback import FeedbackCondition
from surveys.models.panel import EarlierAnswers, Expert, StakeholderGroup
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
    protocol = Protocol.from_json(study.protocol)
    policies = [arm.policy for arm in protocol.arms.arms] if protocol.arms else [protocol.feedback]
    placed = session.scalars(
        select(RoundItem).where(RoundItem.round_id == round_.id, RoundItem.previous_id.is_not(None))
    ).all()
    results = latest_results(session, [row.previous_id for row in placed if row.previous_id])
    for row in placed:
        if row.previous_id in results:
            session.add(
                ItemFeedback(
                    round_item_id=row.id,
                    sheet=sheet(session, policies, row.previous_id, results[row.previous_id]),
                    composed_at=at,
                )
            )
    session.flush()


def allot(session: AnySession, study: Study, round_: Round, *, at: datetime) -> None:
    """Decide at launch what each expert is shown; a round that feeds nothing back allots nothing."""
    fed_back = session.scalar(
        select(ItemFeedback.id)
        .join(RoundItem, RoundItem.id == ItemFeedback.round_item_id)
        .where(RoundItem.round_id == round_.id)
        .limit(1)
    )
    if fed_back is None:
        return
    arms = Protocol.from_json(study.protocol).arms
    groups: dict[str, list[str]] = {}
    ids = {}
    for expert_id, code, group in session.execute(
        select(Expert.id, Expert.code, StakeholderGroup.code)
        .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
        .where(Expert.study_id == study.id, Expert.withdrawn_at.is_(None))
    ):
        groups.setdefault(group, []).append(code)
        ids[code] = expert_id
    allotted = arms.allocate(groups) if arms else dict.fromkeys(ids, "")
    session.add_all(
        FeedbackCondition(round_id=round_.id, expert_id=ids[code], arm=arm, allotted_at=at)
        for code, arm in allotted.items()
    )
    session.flush()


def note_shown(session: AnySession, condition_id: int, *, at: datetime) -> None:
    """Keep when an expert's feedback was first on their screen."""
    condition = session.get_one(FeedbackCondition, condition_id)
    condition.first_shown_at = condition.first_shown_at or at
    session.flush()


def sheet(
    session: AnySession,
    policies: Sequence[FeedbackPolicy],
    earlier_id: int,
    numbers: dict[str, Any],
) -> dict[str, Any]:
    """The feedback on one item: all that any of the policies shows, and nothing that is too small.

    Below the smallest group neither numbers nor comments are in it. Which of it an expert sees is
    decided by their own policy when the page is drawn (queries/feedback.py).
    """
    policy = policies[0]
    if not policy.may_show(int(numbers["n"])):
        return {"suppressed": True, "smallest": policy.smallest_group}
    shown = {
        "suppressed": False,
        "smallest": policy.smallest_group,
        "shows": [part.value for part in Shown if any(part in policy.shows for policy in policies)],
        **(
            {name: numbers.get(name) for name in NUMBERS}
            if "share_high" in numbers
            else {"n": numbers["n"], "numbers": numbers}
        ),
    }
    if "share_high" in numbers and any(policy.whose is not Whose.PANEL for policy in policies):
        shown |= _by_group(policy, numbers)
    if any(Shown.COMMENTS in policy.shows for policy in policies):
        shown["comments"] = comments_on(session, earlier_id)
    return shown


def _by_group(policy: FeedbackPolicy, numbers: dict[str, Any]) -> dict[str, Any]:
    """The groups whose numbers may stand beside the panel's, and those that may not.

    A group is withheld when it is too small, and when a small one could be had by subtracting the
    others from the panel.
    """
    groups = numbers.get("groups", {})
    counts = {code: ItemCounts(tuple(group["counts"])) for code, group in groups.items()}
    disclosed = policy.disclose(ItemCounts(tuple(numbers["counts"])), counts)
    return {
        "groups": {
            code: {name: groups[code].get(name) for name in NUMBERS} for code in disclosed.groups
        },
        "withheld": list(disclosed.withheld),
    }


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
