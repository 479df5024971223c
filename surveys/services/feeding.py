"""Compose what experts see of the round before, and freeze it at launch."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from surveys.delphi.disclosure import Division
from surveys.delphi.feedback import FeedbackPolicy, Shown, Whose
from surveys.delphi.protocol import Protocol
from surveys.delphi.scale import Scale
from surveys.delphi.voices import in_order, opened
from surveys.items import ItemKind, load_kind
from surveys.items.describing import describe
from surveys.models.base import AnySession, insert_of
from surveys.models.feedback import FeedbackCondition
from surveys.models.item import ItemDescent
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.result import ItemResult, RoundResult
from surveys.models.round import ItemFeedback, Round, RoundItem
from surveys.models.study import Study
from surveys.queries import live, voices
from surveys.services import disclosing
from surveys.services.disclosing import Plan

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
    """Write one sheet per item that was asked before; a round of new items has none.

    Of an item that was split off or merged, the figures of what it was made from are kept beside its
    descent.
    """
    for placed_id, shown in composed(session, study, round_).items():
        session.add(ItemFeedback(round_item_id=placed_id, sheet=shown, composed_at=at))
    descents = _descents(session, round_)
    figures = figures_of(session, study, sorted({descent.parent_id for descent in descents}))
    for descent in descents:
        descent.sheet = figures.get(descent.parent_id)
    session.flush()


def figures_of(session: AnySession, study: Study, places: list[int]) -> dict[int, dict[str, Any]]:
    """What may be shown of the figures of statements that others were made from, by round item.

    Without comments: these were on another statement, and what is erased of them later is looked for
    in the sheets of items that came back.
    """
    protocol = Protocol.from_json(study.protocol)
    results, released = latest_results(session, places), live.sheets(session, places)
    classical = {place: results[place] for place in results if place not in released}
    plans = disclosing.plans(session, protocol, classical)
    sheets = dict(released) | {
        place: planned_sheet(session, protocol, place, numbers, plans[place])
        for place, numbers in classical.items()
    }
    return {
        place: {key: value for key, value in sheet.items() if key != "comments"}
        for place, sheet in sheets.items()
    }


def _descents(session: AnySession, round_: Round) -> list[ItemDescent]:
    """From what the new items of a round were made."""
    return list(
        session.scalars(
            select(ItemDescent)
            .join(RoundItem, RoundItem.item_id == ItemDescent.item_id)
            .where(RoundItem.round_id == round_.id, RoundItem.previous_id.is_(None))
            .order_by(ItemDescent.id)
        )
    )


def composed(session: AnySession, study: Study, round_: Round) -> dict[int, dict[str, Any]]:
    """The sheets as they would be frozen now, by round item."""
    protocol = Protocol.from_json(study.protocol)
    placed = session.scalars(
        select(RoundItem).where(RoundItem.round_id == round_.id, RoundItem.previous_id.is_not(None))
    ).all()
    earlier = [row.previous_id for row in placed if row.previous_id]
    results, released = latest_results(session, earlier), live.sheets(session, earlier)
    classical = {place: results[place] for place in results if place not in released}
    plans = disclosing.plans(session, protocol, classical)
    sheets = {}
    for row in placed:
        if row.previous_id in released:
            sheets[row.id] = _as_released(session, row.previous_id, released[row.previous_id])
        elif row.previous_id in results:
            numbers, plan = results[row.previous_id], plans[row.previous_id]
            sheets[row.id] = planned_sheet(session, protocol, row.previous_id, numbers, plan)
    return sheets


def planned_sheet(
    session: AnySession, protocol: Protocol, earlier_id: int, numbers: dict[str, Any], plan: Plan
) -> dict[str, Any]:
    """The sheet of one item's figures, or of those that stand in their place."""
    placed = session.get_one(RoundItem, earlier_id)
    kind = load_kind(placed.kind, placed.settings)
    if plan.stands is None:
        made = sheet(session, protocol, earlier_id, kind, numbers, plan.division)
        return made if made["suppressed"] else {**made, "cells": plan.cells}
    stands = {key: value for key, value in plan.stands.sheet.items() if key != "comments"}
    standing = {"source": plan.stands.source, "of_round": plan.stands.number}
    return {**stands, **standing, **_comments(session, protocol.policies, earlier_id)}


def _as_released(session: AnySession, earlier_id: int, shown: dict[str, Any]) -> dict[str, Any]:
    """What is fed back of a round in real time: the figures that were released last in it.

    The results have the few answers too that came after, and who subtracted the figures on the
    screen from them would have these.
    """
    if "comments" not in shown:
        return shown
    return {**shown, "comments": comments_on(session, earlier_id)}


def allot(session: AnySession, study: Study, round_: Round, *, at: datetime) -> None:
    """Decide at launch what each expert is shown; a round that feeds nothing back allots nothing."""
    if not round_.real_time and not _feeds_back(session, round_):
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


def allot_late(session: AnySession, round_: Round, expert: Expert, *, at: datetime) -> None:
    """Give somebody who joined while a round is open the condition that fewest have.

    Counted in the expert's group first and then on the panel; among equals the first in the protocol.
    """
    protocol = Protocol.from_json(session.get_one(Study, round_.study_id).protocol)
    arm = ""
    if protocol.arms is not None:
        allotted = session.execute(
            select(FeedbackCondition.arm, Expert.group_id)
            .join(Expert, Expert.id == FeedbackCondition.expert_id)
            .where(FeedbackCondition.round_id == round_.id)
        ).all()
        arm = min(
            (one.code for one in protocol.arms.arms),
            key=lambda code: (
                sum(theirs == code and group == expert.group_id for theirs, group in allotted),
                sum(theirs == code for theirs, _group in allotted),
            ),
        )
    new = insert_of(session)(FeedbackCondition).on_conflict_do_nothing()
    row = {"round_id": round_.id, "expert_id": expert.id, "arm": arm, "allotted_at": at}
    session.execute(new.values(row))


def _feeds_back(session: AnySession, round_: Round) -> bool:
    """Whether anything of the round before is shown."""
    sheet_id = session.scalar(
        select(ItemFeedback.id)
        .join(RoundItem, RoundItem.id == ItemFeedback.round_item_id)
        .where(RoundItem.round_id == round_.id)
        .limit(1)
    )
    return sheet_id is not None or any(descent.sheet for descent in _descents(session, round_))


def note_shown(session: AnySession, condition_id: int, *, at: datetime) -> None:
    """Keep when an expert's feedback was first on their screen."""
    condition = session.get_one(FeedbackCondition, condition_id)
    condition.first_shown_at = condition.first_shown_at or at
    session.flush()


def sheet(
    session: AnySession,
    protocol: Protocol,
    earlier_id: int,
    kind: ItemKind,
    numbers: dict[str, Any],
    division: Division | None,
    *,
    until: int | None = None,
) -> dict[str, Any]:
    """The feedback on one item: all that any of the policies shows, and nothing that is too small.

    Below the smallest group neither numbers nor comments are in it. Which of it an expert sees is
    decided by their own policy when the page is drawn (queries/feedback.py).

    division : whose figures stand beside each other; None where nothing is shown.
    until : the newest comment that may be in it, where not all may.
    """
    policies = protocol.policies
    smallest = policies[0].smallest_group
    if division is None or not policies[0].may_show(int(numbers["n"])):
        return {"suppressed": True, "smallest": smallest}
    shown = {
        "suppressed": False,
        "smallest": smallest,
        "shows": [part.value for part in Shown if any(part in policy.shows for policy in policies)],
        **(
            {name: numbers.get(name) for name in NUMBERS}
            if "share_high" in numbers
            else {"n": numbers["n"], "numbers": numbers}
        ),
    }
    scale = kind.rating_scale
    if scale is not None and any(policy.whose is not Whose.PANEL for policy in policies):
        shown |= _by_group(scale, protocol.quantile_method, numbers, division)
    return {**shown, **_comments(session, policies, earlier_id, until=until)}


def _by_group(
    scale: Scale, quantile_method: str, numbers: dict[str, Any], division: Division
) -> dict[str, Any]:
    """The groups whose numbers stand beside the panel's: alone, or together as others.

    Withheld are those that are neither, because nobody answered or because only the panel is shown.
    """
    groups = numbers["groups"]
    found: dict[str, Any] = {
        "groups": {
            code: {name: groups[code].get(name) for name in NUMBERS} for code in division.alone
        },
        "withheld": [code for code in groups if code not in division.alone],
    }
    others = disclosing.others(numbers, division)
    if others is not None:
        (described,) = describe([others], scale, quantile_method)
        found["others"] = {
            "groups": list(division.together),
            **{name: described.get(name) for name in NUMBERS},
        }
        found["withheld"] = [code for code in found["withheld"] if code not in division.together]
    return found


def _comments(
    session: AnySession,
    policies: Sequence[FeedbackPolicy],
    earlier_id: int,
    *,
    until: int | None = None,
) -> dict[str, Any]:
    if not any(Shown.COMMENTS in policy.shows for policy in policies):
        return {}
    return {"comments": comments_on(session, earlier_id, until=until)}


def comments_on(
    session: AnySession, round_item_id: int, *, until: int | None = None
) -> list[dict[str, Any]]:
    """The comments on one item that others may read, in the order in which they are read.

    Each with its side, how many experts said it, whether it stands open within the reading budget, the
    comments it stands for, and what it says in other languages.
    """
    stored = session.scalars(
        select(Study.protocol)
        .join(Round, Round.study_id == Study.id)
        .join(RoundItem, RoundItem.round_id == Round.id)
        .where(RoundItem.id == round_item_id)
    ).one()
    rule = Protocol.from_json(stored).comments
    heard = voices.heard(voices.of_items(session, [round_item_id], until=until), rule.approval)
    said = [one.voice for one in heard]
    open_ones = opened(said, rule)
    return [
        {
            "text": said[place].text,
            "language": heard[place].lead.language,
            "side": said[place].side.value,
            "experts": said[place].experts,
            "open": place in open_ones,
            "sources": [source.comment_id for source in heard[place].sources],
            "said_in": heard[place].lead.said_in,
        }
        for place in in_order(said)
    ]


def forget_comments(
    session: AnySession, places: Collection[int], comment_ids: Collection[int]
) -> None:
    """Take erased comments on earlier items out of what launched rounds feed back of them.

    The rounds get a new version, by which every process that remembers them reads them again.
    """
    erased = set(comment_ids)
    rounds = set()
    for feedback, placed in session.execute(
        select(ItemFeedback, RoundItem)
        .join(RoundItem, RoundItem.id == ItemFeedback.round_item_id)
        .where(RoundItem.previous_id.in_(list(places)))
    ).all():
        fed_back = feedback.sheet.get("comments", ())
        if placed.previous_id and any(erased & set(one["sources"]) for one in fed_back):
            comments = comments_on(session, placed.previous_id)
            feedback.sheet = {**feedback.sheet, "comments": comments}
            rounds.add(placed.round_id)
    session.flush()
    session.execute(
        update(Round)
        .where(Round.id.in_(rounds))
        .values(version_id=Round.version_id + 1)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def latest_results(session: AnySession, round_item_ids: list[int]) -> dict[int, dict[str, Any]]:
    """The stored numbers of round items, from the newest analysis of their round."""
    rows = session.execute(
        select(ItemResult.round_item_id, ItemResult.numbers)
        .join(RoundResult, RoundResult.id == ItemResult.round_result_id)
        .where(ItemResult.round_item_id.in_(round_item_ids))
        .order_by(RoundResult.number)
    )
    return dict(rows.all())
