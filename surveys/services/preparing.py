"""Make the next round from the last one, by the study's carry-forward rule."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from surveys.delphi.protocol import Protocol
from surveys.delphi.stopping import Decision
from surveys.items import KINDS
from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.item import Item, ItemDescent
from surveys.models.round import Round, RoundItem, RoundKind, RoundMode
from surveys.models.study import Study
from surveys.queries import lineage
from surveys.queries.carrying import choices, comes_back, proposals
from surveys.services import auditing, choosing, undoing
from surveys.services.problems import Problem, Refused

# What a researcher may have changed in a draft, and a second preparing must not lose.
SET_IN_A_DRAFT = ("revision_id", "previous_id", "ask_if", "evidence", "comments")


class NotPrepared(Refused):
    """The next round cannot be made now."""


def prepare(
    session: AnySession,
    study: Study,
    earlier: Round,
    *,
    returning: Collection[int] | None = None,
    reason: str = "",
    actor: str,
    at: datetime,
) -> Round:
    """Fill the round after ``earlier`` with the items that come back; make it if there is none.

    returning : round items of ``earlier`` the researcher lets return; None follows the rule and what
    was chosen otherwise (services/choosing.py). reason : why there is another round although the
    stopping rule says that the last one was it. What was split or merged does not come back itself.
    Doing it again before the launch replaces what was carried over, with the words, condition and
    evidence it has got meanwhile, and leaves added statements alone.

    Raises NotPrepared.
    """
    proposed = proposals(session, earlier)
    chosen_before = choices(session, earlier)
    decided = choosing.decision_after(session, earlier)
    if decided.decision is Decision.FINISH:
        raise NotPrepared(
            [Problem(N_("The study was finished after this round. Undo that first."))]
        )
    with undoing.step(session, earlier, "round prepared", actor=actor, at=at):
        draft = draft_after(session, study, earlier, reason=reason or decided.reason)
        if reason and decided.decision is not Decision.GO_ON:
            choosing.note_decision(
                session, study, earlier, Decision.GO_ON, reason=reason, actor=actor, at=at
            )
        redrawn = lineage.became(session, earlier)
        chosen = [
            carried
            for carried in proposed
            if carried.round_item_id not in redrawn
            and (
                comes_back(carried, chosen_before)
                if returning is None
                else carried.round_item_id in returning
            )
        ]
        _fill(session, earlier, draft, [carried.round_item_id for carried in chosen])
        draft.prepared_at = at
        session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="round prepared",
        at=at,
        round=draft.number,
        returning=[carried.code for carried in chosen],
        leaving=[
            carried.code
            for carried in proposed
            if carried not in chosen and carried.round_item_id not in redrawn
        ],
        redrawn=[carried.code for carried in proposed if carried.round_item_id in redrawn],
        against_rule=[
            carried.code
            for carried in proposed
            if carried.returns is (carried not in chosen) and carried.round_item_id not in redrawn
        ],
    )
    return draft


def draft_after(session: AnySession, study: Study, earlier: Round, *, reason: str = "") -> Round:
    """The draft of the round after a closed one; it is made where there is none.

    reason : why the study goes on although the last round by protocol is closed.

    Raises NotPrepared.
    """
    if earlier.closed_at is None:
        raise NotPrepared([Problem(N_("The round before has to be closed first."))])
    if earlier.kind is not RoundKind.RATING:
        raise NotPrepared([Problem(N_("Only the items of a rating round are carried forward."))])
    last = Protocol.from_json(study.protocol).stopping.max_rounds
    if last is not None and earlier.number >= last and not reason.strip():
        raise NotPrepared(
            [Problem(N_("By the protocol round %(last)s was the last one."), {"last": last})]
        )
    draft = _next_round(session, study, earlier)
    if draft.opened_at is not None:
        raise NotPrepared([Problem(N_("The next round has been launched already."))])
    return draft


def place_in_draft(
    session: AnySession, study: Study, earlier: Round, place_id: int, *, actor: str, at: datetime
) -> RoundItem:
    """An item's place in the draft of the next round, made where it has none yet.

    Raises NotPrepared, also for an item that was split or merged.
    """
    before = session.get_one(RoundItem, place_id)
    draft = draft_after(session, study, earlier)
    if place_id in lineage.became(session, earlier):
        raise NotPrepared([Problem(N_("It was split or merged: word what became of it."))])
    placed = session.scalar(
        select(RoundItem).where(RoundItem.round_id == draft.id, RoundItem.item_id == before.item_id)
    )
    if placed is None:
        with undoing.step(session, earlier, "statement returned", actor=actor, at=at):
            placed = carried_over(before, draft)
            session.add(placed)
    return placed


def carried_over(before: RoundItem, draft: Round) -> RoundItem:
    """An item's place in the next round, as it was in the one before."""
    as_before = {name: getattr(before, name) for name in SET_IN_A_DRAFT}
    return RoundItem(
        round_id=draft.id,
        item_id=before.item_id,
        position=before.position,
        kind=before.kind,
        settings=before.settings,
        **{**as_before, "previous_id": before.id},
    )


def _fill(session: AnySession, earlier: Round, draft: Round, returning: Sequence[int]) -> None:
    """Put what returns into the draft, in the order of the round before; what was made from it beside it."""
    was_there: dict[int, dict[str, Any]] = {}
    there = {}
    before = {
        placed.item_id: placed
        for placed in session.scalars(select(RoundItem).where(RoundItem.round_id == earlier.id))
    }
    for placed in session.scalars(select(RoundItem).where(RoundItem.round_id == draft.id)).all():
        if placed.item_id in before:
            was_there[placed.item_id] = {name: getattr(placed, name) for name in SET_IN_A_DRAFT}
            session.delete(placed)
        else:
            there[placed.item_id] = placed
    session.flush()
    for one in _with_what_informs(session, earlier, returning):
        placed = carried_over(one, draft)
        for name, value in was_there.get(one.item_id, {}).items():
            setattr(placed, name, value)
        session.add(placed)
    beside = {
        child: min(
            before_place.position for before_place in before.values() if before_place.id in of
        )
        for child, of in _parents(session, earlier).items()
    }
    last = max((placed.position for placed in before.values()), default=0)
    placed_now = session.scalars(select(RoundItem).where(RoundItem.round_id == draft.id)).all()
    in_order = sorted(
        placed_now,
        key=lambda placed: (
            beside.get(placed.item_id, last) if placed.item_id in there else placed.position,
            placed.item_id in there,
            placed.position,
        ),
    )
    for number, placed in enumerate(in_order, start=1):
        placed.position = number


def _parents(session: AnySession, earlier: Round) -> dict[int, set[int]]:
    """The places of a round that items were made from, by the item that was made."""
    found: dict[int, set[int]] = {}
    for item_id, parent_id in session.execute(
        select(ItemDescent.item_id, ItemDescent.parent_id)
        .join(RoundItem, RoundItem.id == ItemDescent.parent_id)
        .where(RoundItem.round_id == earlier.id)
    ):
        found.setdefault(item_id, set()).add(parent_id)
    return found


def _with_what_informs(
    session: AnySession, earlier: Round, returning: Collection[int]
) -> list[RoundItem]:
    """The places that return, and what informs about their themes: it belongs to the questions."""
    placed = session.execute(
        select(RoundItem, Item.theme_id)
        .join(Item, Item.id == RoundItem.item_id)
        .where(RoundItem.round_id == earlier.id)
        .order_by(RoundItem.position)
    ).all()
    themes = {theme for row, theme in placed if row.id in returning}
    return [
        row
        for row, theme in placed
        if row.id in returning or (not KINDS[row.kind].asks and theme in themes)
    ]


def _next_round(session: AnySession, study: Study, earlier: Round) -> Round:
    """The round after this one: as the study file planned it, or made now in its image."""
    found = session.scalar(
        select(Round).where(Round.study_id == study.id, Round.number == earlier.number + 1)
    )
    if found is not None:
        return found
    number, rules = earlier.number + 1, Protocol.from_json(study.protocol)
    round_ = Round(
        study_id=study.id,
        number=number,
        kind=earlier.kind,
        title=earlier.title,
        introduction=earlier.introduction,
        layout=earlier.layout,
        item_order=earlier.item_order,
        expertise=earlier.expertise,
        mode=RoundMode.REAL_TIME if number in rules.real_time else RoundMode.CLASSICAL,
    )
    session.add(round_)
    session.flush()
    return round_
