"""Evaluate a closed round: numbers, verdicts, stability, what the carry-forward rule proposes.

Results are stored with their provenance and never changed; a repeat is a new dated result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy import func, select

from surveys.delphi.consensus import Verdict
from surveys.delphi.movement import Movement
from surveys.delphi.protocol import Population, Protocol
from surveys.delphi.scale import Scale
from surveys.delphi.stability import StabilityJudgement
from surveys.delphi.summary import ItemCounts, PairCounts
from surveys.items import KINDS, load_kind
from surveys.items.describing import describe
from surveys.models.base import AnySession
from surveys.models.result import ItemResult, RoundResult
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study
from surveys.queries import live, progress, protocols, ratings
from surveys.services import auditing


def evaluate(session: AnySession, study: Study, round_: Round, *, at: datetime) -> RoundResult:
    """Compute and store the results of a round from the answers that stand now."""
    protocol = Protocol.from_json(study.protocol)
    only_submitted = not protocol.unsubmitted_count
    asked = session.scalars(
        select(RoundItem).where(RoundItem.round_id == round_.id).order_by(RoundItem.position)
    ).all()
    placed = [row for row in asked if KINDS[row.kind].rates]
    scales = {row.id: Scale.from_json(row.settings["scale"]) for row in placed}
    counted = ratings.counts_by_item(
        session,
        round_.id,
        scales,
        only_submitted=only_submitted,
        completed=_to_complete(session, round_, protocol),
    )
    paired = ratings.pairs_by_item(
        session,
        {row.id: (row.previous_id, scales[row.id]) for row in placed if row.previous_id},
        only_submitted=only_submitted,
    )
    result = RoundResult(
        round_id=round_.id,
        number=1 + _analyses_so_far(session, round_),
        computed_at=at,
        provenance=_provenance(study, protocol, protocols.last_amendment(session, study.id)),
        participation=_participation(session, round_),
    )
    session.add(result)
    session.flush()
    moved = _movement(session, round_, asked, protocol)
    rule = protocol.consensus.for_round(round_.number)
    numbers = _numbers(counted, scales, protocol.quantile_method)
    for row in placed:
        scale, item = scales[row.id], counted[row.id]
        judgement = rule.judge(item.panel, scale, item.groups)
        pairs = paired.get(row.id)
        settled = None if pairs is None else protocol.stability.judge(pairs, scale)
        proposal = protocol.carry_forward.propose(
            judgement.verdict,
            None if settled is None else settled.stable,
            rated=rounds_rated(session, row),
        )
        session.add(
            ItemResult(
                round_result_id=result.id,
                round_item_id=row.id,
                verdict=judgement.verdict.value,
                stable=None if settled is None else settled.stable,
                numbers={**numbers[row.id], "judgement": judgement.to_json()},
                stability=_stability(pairs, settled),
                movement=moved.get(row.id),
                proposal=proposal.to_json(),
            )
        )
    others = [row for row in asked if row not in placed]
    _sum_up_others(session, result, others, moved, protocol)
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=auditing.SYSTEM,
        act="round analysed",
        at=at,
        round=round_.number,
        analysis=result.number,
        items=len(placed),
    )
    return result


def _to_complete(session: AnySession, round_: Round, protocol: Protocol) -> Sequence[int]:
    """The rounds that an expert must have submitted for their ratings to be judged."""
    if protocol.population is not Population.COMPLETERS:
        return ()
    return session.scalars(
        select(Round.id).where(
            Round.study_id == round_.study_id,
            Round.opened_at.is_not(None),
            Round.number <= round_.number,
        )
    ).all()


def _sum_up_others(
    session: AnySession,
    result: RoundResult,
    placed: Sequence[RoundItem],
    moved: Mapping[int, dict[str, Any]],
    protocol: Protocol,
) -> None:
    """Store what kinds without a verdict say of a round's answers."""
    given = ratings.answers_by_item(
        session,
        result.round_id,
        [row.id for row in placed],
        only_submitted=not protocol.unsubmitted_count,
    )
    for row in placed:
        numbers = load_kind(row.kind, row.settings).summarise(
            given[row.id], quantile_method=protocol.quantile_method
        )
        if numbers is None:
            continue
        # No rule judges them, so whether they are asked again is for a person to say.
        proposal = protocol.carry_forward.propose(
            Verdict.UNDECIDED, None, rated=rounds_rated(session, row)
        )
        session.add(
            ItemResult(
                round_result_id=result.id,
                round_item_id=row.id,
                numbers=numbers,
                movement=moved.get(row.id),
                proposal=proposal.to_json(),
            )
        )


def _movement(
    session: AnySession, round_: Round, asked: Sequence[RoundItem], protocol: Protocol
) -> dict[int, dict[str, Any]]:
    """How first answers became final ones in a round in real time; nothing in other rounds.

    Who first could not judge, or cannot now, has not moved from one answer to another and is left out.
    """
    if not round_.real_time:
        return {}
    given = live.first_and_final(session, round_.id, only_submitted=not protocol.unsubmitted_count)
    found: dict[int, dict[str, Any]] = {}
    for row in asked:
        kind = load_kind(row.kind, row.settings)
        pairs = [(one, two) for one, two in given.get(row.id, []) if one.given and two.given]
        if kind.rating_scale is not None:
            ratings_of = [(one.value or 0, two.value or 0) for one, two in pairs]
            table = PairCounts.of(ratings_of, kind.rating_scale)
            moved = Movement.within_a_round(table, kind.rating_scale, protocol.stability)
            found[row.id] = moved.to_json()
        elif kind.asks:
            unchanged = sum(one == two for one, two in pairs)
            found[row.id] = {"pairs": len(pairs), "unchanged": unchanged}
    return found


def rounds_rated(session: AnySession, placed: RoundItem) -> int:
    """In how many launched rounds the item was rated with its present meaning, this one included."""
    rated = 1
    earlier = placed.previous_id
    while earlier is not None:
        rated += 1
        earlier = session.scalar(select(RoundItem.previous_id).where(RoundItem.id == earlier))
    return rated


def _numbers(
    counted: Mapping[int, ratings.CountedItem],
    scales: Mapping[int, Scale],
    quantile_method: str,
) -> dict[int, dict[str, Any]]:
    """Every item's numbers, for the panel and by group, computed together scale by scale."""
    places: dict[Scale, list[tuple[int, str | None, ItemCounts]]] = {}
    for round_item_id, item in counted.items():
        rows = places.setdefault(scales[round_item_id], [])
        rows.append((round_item_id, None, item.panel))
        rows += [(round_item_id, code, group) for code, group in item.groups.items()]
    numbers: dict[int, dict[str, Any]] = {}
    for scale, rows in places.items():
        described = describe([counts for _, _, counts in rows], scale, quantile_method)
        for (round_item_id, group, _), numbers_of_one in zip(rows, described, strict=True):
            if group is None:
                numbers[round_item_id] = {**numbers_of_one, "groups": {}}
            else:
                numbers[round_item_id]["groups"][group] = numbers_of_one
    return numbers


def _stability(
    pairs: PairCounts | None, settled: StabilityJudgement | None
) -> dict[str, Any] | None:
    """How paired ratings moved, with the number of pairs; None for an item rated once."""
    if pairs is None or settled is None:
        return None
    return {
        **settled.to_json(),
        "table": [list(row) for row in pairs.table],
        # The rule's own count, where it asks for one; None where too few pairs were there to ask.
        "kept": next((one.count for one in settled.findings if one.count is not None), None),
        "unchanged": pairs.unchanged,
        "within_one": pairs.within(1),
        "moved_up": pairs.moved_up,
        "moved_down": pairs.moved_down,
    }


def _provenance(study: Study, protocol: Protocol, amendment: int) -> dict[str, Any]:
    """By which rules and with which software the numbers were made."""
    return {
        "protocol": protocol.to_json(),
        "protocol_hash": protocol.hash,
        "locked_hash": study.protocol_hash,
        "amendment": amendment,
        "quantiles": protocol.quantile_method,
        "unsubmitted": "count" if protocol.unsubmitted_count else "drop",
        "simulated": study.simulated,
        "software": {name: version(name) for name in ("numpy", "scipy")},
    }


def _participation(session: AnySession, round_: Round) -> dict[str, Any]:
    """Who took part, with the denominators."""
    now = progress.of_round(session, round_)

    def counts(part: progress.GroupProgress) -> Mapping[str, int]:
        return {
            "invited": part.invited,
            "begun": part.begun,
            "submitted": part.submitted,
            "partial": part.partial,
        }

    return {
        "panel": counts(now.panel),
        "groups": {group.code: counts(group) for group in now.groups},
    }


def _analyses_so_far(session: AnySession, round_: Round) -> int:
    return (
        session.scalar(select(func.count(RoundResult.id)).where(RoundResult.round_id == round_.id))
        or 0
    )
