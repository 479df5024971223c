"""What one expert is asked of a launched round, and in which order.

The round itself is read once per process for everybody (queries/questionnaire.py); what differs from
expert to expert is laid over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from surveys.delphi import asking
from surveys.delphi.asking import Condition, Fault, Surroundings, Tells
from surveys.items import load_kind
from surveys.models.base import AnySession
from surveys.models.item import Item, ItemRevision
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.round import Round, RoundItem, ShownOrder


def order_of(session: AnySession, round_id: int, expert_id: int) -> list[int] | None:
    """The ids of a round's items in the order drawn for an expert; None where none was drawn."""
    return session.scalar(
        select(ShownOrder.items).where(
            ShownOrder.round_id == round_id, ShownOrder.expert_id == expert_id
        )
    )


def group_of(session: AnySession, expert_id: int) -> str | None:
    """The code of an expert's stakeholder group."""
    return session.scalar(
        select(StakeholderGroup.code)
        .join(Expert, Expert.group_id == StakeholderGroup.id)
        .where(Expert.id == expert_id)
    )


@dataclass(frozen=True, slots=True)
class AskedOf:
    """Of whom one item of a round is asked.

    around : what its condition can refer to: the items before it, and the groups of the study.
    wordings : of those items, per language. condition : None for everyone.
    """

    round_item_id: int
    code: str
    around: Surroundings
    wordings: Mapping[str, Mapping[str, str]]
    condition: Condition | None

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What of its condition makes no sense where it stands."""
        return tuple(self.condition.faults(self.around)) if self.condition else ()


def conditions_of(session: AnySession, round_: Round) -> list[AskedOf]:
    """Of whom every item of a round is asked, in the order of the round."""
    groups: dict[str, Mapping[str, str]] = dict(
        session.execute(
            select(StakeholderGroup.code, StakeholderGroup.name)
            .where(StakeholderGroup.study_id == round_.study_id)
            .order_by(StakeholderGroup.position)
        ).all()
    )
    found = []
    before: dict[str, Tells] = {}
    wordings: dict[str, Mapping[str, str]] = {}
    for placed, code, wording in session.execute(
        select(RoundItem, Item.code, ItemRevision.wording)
        .join(Item, Item.id == RoundItem.item_id)
        .join(ItemRevision, ItemRevision.id == RoundItem.revision_id)
        .where(RoundItem.round_id == round_.id)
        .order_by(RoundItem.position)
    ):
        condition = asking.read(placed.ask_if) if placed.ask_if else None
        around = Surroundings(dict(before), groups, round_.real_time)
        found.append(AskedOf(placed.id, code, around, dict(wordings), condition))
        kind = load_kind(placed.kind, placed.settings)
        if kind.asks:
            before[code], wordings[code] = kind.tells(), wording
    return found
