"""The ratings of a round as counts and pairs: what rules judge and statistics are computed from.

Who counts: experts whose answers stand when the round closes. Where the protocol drops answers that
were not submitted, only submitted responses are looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import aliased

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.scale import Scale
from surveys.delphi.summary import ItemCounts, PairCounts
from surveys.models.base import AnySession
from surveys.models.panel import EarlierAnswers, Expert, StakeholderGroup
from surveys.models.response import NotAsked, Rating, Response, is_asked
from surveys.models.round import RoundItem
from surveys.queries import lineage


@dataclass(frozen=True, slots=True)
class CountedItem:
    """One round item's answers, for the panel and by stakeholder group."""

    panel: ItemCounts
    groups: Mapping[str, ItemCounts]


def stands(only_submitted: bool, completed: Sequence[int] = ()) -> ColumnElement[bool]:
    """Whose answers count: not those of experts who left and had them erased.

    completed : rounds that an expert must have submitted to be counted.
    """
    kept = or_(Expert.withdrawn_at.is_(None), Expert.earlier_answers == EarlierAnswers.KEEP)
    return and_(
        kept,
        Response.submitted_at.is_not(None) if only_submitted else true(),
        *(_submitted(round_id) for round_id in completed),
    )


def _submitted(round_id: int) -> ColumnElement[bool]:
    earlier = aliased(Response)
    return (
        select(earlier.id)
        .where(
            earlier.expert_id == Expert.id,
            earlier.round_id == round_id,
            earlier.submitted_at.is_not(None),
        )
        .exists()
    )


def _left_out(
    session: AnySession, round_id: int, only_submitted: bool, completed: Sequence[int] = ()
) -> Mapping[tuple[int, str], int]:
    """How many who took part were not asked an item, by round item and stakeholder group."""
    rows = session.execute(
        select(NotAsked.round_item_id, StakeholderGroup.code, func.count())
        .join(Response, Response.id == NotAsked.response_id)
        .join(Expert, Expert.id == Response.expert_id)
        .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
        .where(Response.round_id == round_id, stands(only_submitted, completed))
        .group_by(NotAsked.round_item_id, StakeholderGroup.code)
    )
    return defaultdict(int, {(item, group): count for item, group, count in rows})


def counts_by_item(
    session: AnySession,
    round_id: int,
    scales: Mapping[int, Scale],
    *,
    only_submitted: bool,
    completed: Sequence[int] = (),
) -> dict[int, CountedItem]:
    """Count the standing ratings of every given round item, in one query.

    scales : round item to its scale. Experts who took part in the round and left an item open are
    counted as skipped; of whom it was not asked, as not shown. completed : rounds whose submission is
    asked of whoever is counted.
    """
    left_out = _left_out(session, round_id, only_submitted, completed)
    takers = dict(
        session.execute(
            select(StakeholderGroup.code, func.count(Response.id))
            .join(Expert, Expert.id == Response.expert_id)
            .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
            .where(Response.round_id == round_id, stands(only_submitted, completed))
            .group_by(StakeholderGroup.code)
        ).all()
    )
    points: dict[tuple[int, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    reasons: dict[tuple[int, str], dict[Missing, int]] = defaultdict(lambda: defaultdict(int))
    for round_item_id, group, value, missing, count in session.execute(
        select(
            Rating.round_item_id,
            StakeholderGroup.code,
            Rating.value,
            Rating.missing,
            func.count(Rating.id),
        )
        .join(Response, Response.id == Rating.response_id)
        .join(Expert, Expert.id == Response.expert_id)
        .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
        .where(
            Response.round_id == round_id,
            Rating.latest,
            stands(only_submitted, completed),
            is_asked(Rating) if left_out else true(),
        )
        .group_by(Rating.round_item_id, StakeholderGroup.code, Rating.value, Rating.missing)
    ):
        if missing is not None:
            reasons[round_item_id, group][missing] += count
        elif value is not None:
            points[round_item_id, group][int(value)] += count
    counted = {}
    for round_item_id, scale in scales.items():
        groups = {}
        for group, takers_of_group in takers.items():
            at = points[round_item_id, group]
            why = reasons[round_item_id, group]
            why[Missing.NOT_SHOWN] += left_out[round_item_id, group]
            answered = sum(at.values()) + sum(
                why[reason] for reason in Missing if reason is not Missing.SKIPPED
            )
            groups[group] = ItemCounts(
                tuple(at[point] for point in scale),
                unable=why[Missing.UNABLE],
                skipped=takers_of_group - answered,
                not_shown=why[Missing.NOT_SHOWN],
                withdrawn=why[Missing.WITHDRAWN],
            )
        nobody = ItemCounts((0,) * len(scale))
        counted[round_item_id] = CountedItem(sum(groups.values(), nobody), groups)
    return counted


def pairs_by_item(
    session: AnySession,
    places: Mapping[int, tuple[int, Scale]],
    *,
    only_submitted: bool,
) -> dict[int, PairCounts]:
    """Count how the same experts rated the same items in two rounds, in one query.

    places : round item to (the earlier round item, the scale).

    Raises lineage.NotComparable where the two do not ask the same.
    """
    if not places:
        return {}
    lineage.refuse_what_is_no_pair(session, {here: then for here, (then, _) in places.items()})
    earlier, earlier_response = aliased(Rating), aliased(Response)
    both = [*places, *(then for then, _ in places.values())]
    everyone = not session.scalar(
        select(NotAsked.response_id).where(NotAsked.round_item_id.in_(both)).limit(1)
    )
    tables = {here: [[0] * len(scale) for _ in scale] for here, (_, scale) in places.items()}
    for here, then, before, now, count in session.execute(
        select(
            Rating.round_item_id,
            earlier.round_item_id,
            earlier.value,
            Rating.value,
            func.count(Rating.id),
        )
        .join(Response, Response.id == Rating.response_id)
        .join(Expert, Expert.id == Response.expert_id)
        .join(earlier_response, earlier_response.expert_id == Expert.id)
        .join(earlier, earlier.response_id == earlier_response.id)
        .where(
            # Said although it follows: from a round's responses the database finds what stands.
            Response.round_id.in_(select(RoundItem.round_id).where(RoundItem.id.in_(list(places)))),
            Rating.round_item_id.in_(list(places)),
            earlier.round_item_id.in_([then for then, _ in places.values()]),
            Rating.latest,
            earlier.latest,
            Rating.value.is_not(None),
            earlier.value.is_not(None),
            stands(only_submitted),
            earlier_response.submitted_at.is_not(None) if only_submitted else true(),
            true() if everyone else and_(is_asked(Rating), is_asked(earlier)),
        )
        .group_by(Rating.round_item_id, earlier.round_item_id, earlier.value, Rating.value)
    ):
        wanted, scale = places[here]
        if then == wanted:
            earlier_point, point = int(before or 0), int(now or 0)
            tables[here][earlier_point - scale.low][point - scale.low] += count
    return {here: PairCounts(tuple(tuple(row) for row in rows)) for here, rows in tables.items()}


def answers_by_item(
    session: AnySession, round_id: int, round_item_ids: Sequence[int], *, only_submitted: bool
) -> dict[int, list[Answer]]:
    """The standing answers to items of any kind, one per expert who took part in the round."""
    if not round_item_ids:
        return {}
    takers = session.scalar(
        select(func.count(Response.id))
        .join(Expert, Expert.id == Response.expert_id)
        .where(Response.round_id == round_id, stands(only_submitted))
    )
    left_out = _left_out(session, round_id, only_submitted)
    not_shown: dict[int, int] = defaultdict(int)
    for (round_item_id, _group), count in left_out.items():
        not_shown[round_item_id] += count
    answers: dict[int, list[Answer]] = {
        round_item_id: [Answer.absent(Missing.NOT_SHOWN)] * not_shown[round_item_id]
        for round_item_id in round_item_ids
    }
    for round_item_id, value, detail, missing in session.execute(
        select(Rating.round_item_id, Rating.value, Rating.detail, Rating.missing)
        .join(Response, Response.id == Rating.response_id)
        .join(Expert, Expert.id == Response.expert_id)
        .where(
            Response.round_id == round_id,
            Rating.round_item_id.in_(list(round_item_ids)),
            Rating.latest,
            stands(only_submitted),
            is_asked(Rating) if left_out else true(),
        )
        .order_by(Rating.id)
    ):
        answers[round_item_id].append(Answer(value, detail, missing))
    skipped = Answer.absent(Missing.SKIPPED)
    return {
        item: given + [skipped] * ((takers or 0) - len(given)) for item, given in answers.items()
    }


def answers_by_expert(
    session: AnySession, round_id: int, *, only_submitted: bool
) -> dict[int, dict[int, Answer]]:
    """For every item of a round, who answered what; those who took part and left it open skipped it.

    Experts stand under their ids, so that something else they said can be put beside it.
    """
    takers = session.scalars(
        select(Response.expert_id)
        .join(Expert, Expert.id == Response.expert_id)
        .where(Response.round_id == round_id, stands(only_submitted))
        .order_by(Response.expert_id)
    ).all()
    placed = session.scalars(select(RoundItem.id).where(RoundItem.round_id == round_id))
    answers = {item: dict.fromkeys(takers, Answer.absent(Missing.SKIPPED)) for item in placed}
    for round_item_id, expert_id, value, detail, missing in session.execute(
        select(
            Rating.round_item_id, Response.expert_id, Rating.value, Rating.detail, Rating.missing
        )
        .join(Response, Response.id == Rating.response_id)
        .join(Expert, Expert.id == Response.expert_id)
        .where(Response.round_id == round_id, Rating.latest, stands(only_submitted))
    ):
        answers[round_item_id][expert_id] = Answer(value, detail, missing)
    for round_item_id, expert_id in session.execute(
        select(NotAsked.round_item_id, Response.expert_id)
        .join(Response, Response.id == NotAsked.response_id)
        .join(Expert, Expert.id == Response.expert_id)
        .where(Response.round_id == round_id, stands(only_submitted))
    ):
        answers[round_item_id][expert_id] = Answer.absent(Missing.NOT_SHOWN)
    return answers
