"""Make the next round from the last one, by the study's carry-forward rule."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from surveys.delphi.carrying import CarryForwardRule, CarryProposal, Proposal
from surveys.delphi.consensus import Verdict
from surveys.delphi.protocol import Protocol
from surveys.items import KINDS
from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.item import Item
from surveys.models.result import ItemResult, RoundResult
from surveys.models.round import Round, RoundItem, RoundKind, RoundMode
from surveys.models.study import Study
from surveys.services import auditing
from surveys.services.problems import Problem, Refused

# What a researcher may have changed in a draft, and a second preparing must not lose.
SET_IN_A_DRAFT = ("revision_id", "previous_id", "ask_if", "evidence")


class NotPrepared(Refused):
    """The next round cannot be made now."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What the rule proposes for one item of the closed round."""

    round_item_id: int
    item_id: int
    code: str
    # None for kinds that no rule judges.
    verdict: str | None
    stable: bool | None
    proposal: dict[str, Any]

    def judged(self, rule: CarryForwardRule) -> CarryProposal:
        """The proposal again, from the stored verdict, so that it can say itself in any language."""
        verdict = Verdict(self.verdict) if self.verdict else Verdict.UNDECIDED
        return rule.propose(verdict, self.stable, rated=int(self.proposal["rated"]))

    @property
    def returns(self) -> bool:
        """Whether it comes back unless the researcher decides otherwise."""
        return not Proposal(self.proposal["proposal"]).leaves


def proposals(session: AnySession, round_: Round) -> list[Carried]:
    """The rule's proposal for every item of a closed round that was summed up, in their order."""
    rows = session.execute(
        select(
            RoundItem.id,
            Item.id,
            Item.code,
            ItemResult.verdict,
            ItemResult.stable,
            ItemResult.proposal,
        )
        .join(Item, Item.id == RoundItem.item_id)
        .join(ItemResult, ItemResult.round_item_id == RoundItem.id)
        .join(RoundResult, RoundResult.id == ItemResult.round_result_id)
        .where(RoundItem.round_id == round_.id, ItemResult.proposal.is_not(None))
        .order_by(RoundItem.position, RoundResult.number)
    )
    newest = {row[0]: Carried(*row) for row in rows}
    return list(newest.values())


def prepare(
    session: AnySession,
    study: Study,
    earlier: Round,
    *,
    returning: Collection[int] | None = None,
    actor: str,
    at: datetime,
) -> Round:
    """Fill the round after ``earlier`` with the items that come back; make it if there is none.

    returning : round items of ``earlier`` the researcher lets return; None follows the rule. Doing it
    again before the launch replaces what was carried over, with the words, condition and evidence it
    has got meanwhile, and leaves added statements alone.

    Raises NotPrepared.
    """
    if earlier.closed_at is None:
        raise NotPrepared([Problem(N_("The round before has to be closed first."))])
    if earlier.kind is not RoundKind.RATING:
        raise NotPrepared([Problem(N_("Only the items of a rating round are carried forward."))])
    last = Protocol.from_json(study.protocol).stopping.max_rounds
    if last is not None and earlier.number >= last:
        raise NotPrepared(
            [Problem(N_("By the protocol round %(last)s was the last one."), {"last": last})]
        )
    proposed = proposals(session, earlier)
    chosen = [
        carried
        for carried in proposed
        if (carried.returns if returning is None else carried.round_item_id in returning)
    ]
    round_ = _next_round(session, study, earlier)
    if round_.opened_at is not None:
        raise NotPrepared([Problem(N_("The next round has been launched already."))])
    draft: dict[int, dict[str, Any]] = {}
    there = {}
    asked_before = set(
        session.scalars(select(RoundItem.item_id).where(RoundItem.round_id == earlier.id))
    )
    for placed in session.scalars(select(RoundItem).where(RoundItem.round_id == round_.id)).all():
        if placed.item_id in asked_before:
            draft[placed.item_id] = {name: getattr(placed, name) for name in SET_IN_A_DRAFT}
            session.delete(placed)
        else:
            there[placed.item_id] = placed
    session.flush()
    returning_places = [carried.round_item_id for carried in chosen]
    for before in _with_what_informs(session, earlier, returning_places):
        as_before = {name: getattr(before, name) for name in SET_IN_A_DRAFT}
        session.add(
            RoundItem(
                round_id=round_.id,
                item_id=before.item_id,
                position=before.position,
                kind=before.kind,
                settings=before.settings,
                **draft.get(before.item_id, {**as_before, "previous_id": before.id}),
            )
        )
    last = max(
        (
            c.position
            for c in session.scalars(select(RoundItem).where(RoundItem.round_id == earlier.id))
        ),
        default=0,
    )
    for offset, placed in enumerate(sorted(there.values(), key=lambda p: p.position), start=1):
        placed.position = last + offset
    round_.prepared_at = at
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="round prepared",
        at=at,
        round=round_.number,
        returning=[carried.code for carried in chosen],
        leaving=[carried.code for carried in proposed if carried not in chosen],
        against_rule=[
            carried.code for carried in proposed if carried.returns is (carried not in chosen)
        ],
    )
    return round_


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
