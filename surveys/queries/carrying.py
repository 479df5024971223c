"""What the carry-forward rule proposes for the items of a closed round, and what the team chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from surveys.delphi.carrying import CarryForwardRule, CarryProposal, Choice, Proposal
from surveys.delphi.consensus import Verdict
from surveys.delphi.stopping import Decision
from surveys.models.base import AnySession
from surveys.models.draft import CarryChoice, RoundDecision
from surveys.models.item import Item
from surveys.models.result import ItemResult, RoundResult
from surveys.models.round import Round, RoundItem


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


def choices(session: AnySession, round_: Round) -> dict[int, CarryChoice]:
    """What the team chose for items of a closed round, by round item."""
    return {
        choice.round_item_id: choice
        for choice in session.scalars(
            select(CarryChoice)
            .join(RoundItem, RoundItem.id == CarryChoice.round_item_id)
            .where(RoundItem.round_id == round_.id)
        )
    }


def comes_back(carried: Carried, chosen: Mapping[int, CarryChoice]) -> bool:
    """Whether an item returns: as was chosen, else as the rule proposes."""
    choice = chosen[carried.round_item_id].choice if carried.round_item_id in chosen else None
    return carried.returns if choice is None else choice is Choice.RETURNS


def finished_after(session: AnySession, round_: Round) -> bool:
    """Whether it was decided that this round is the last one."""
    found = session.scalar(
        select(RoundDecision.id).where(
            RoundDecision.round_id == round_.id, RoundDecision.decision == Decision.FINISH
        )
    )
    return found is not None
