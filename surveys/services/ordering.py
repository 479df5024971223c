"""Draw, for every expert, the order in which a round shows its items, and keep it as it was drawn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from surveys.delphi import asking
from surveys.delphi.ordering import ItemOrder, Placed
from surveys.items import KINDS
from surveys.models.base import AnySession, insert_of
from surveys.models.item import Item
from surveys.models.panel import Expert
from surveys.models.round import Round, RoundItem, ShownOrder
from surveys.models.study import Theme


def draw(session: AnySession, round_: Round, experts: Iterable[Expert], *, at: datetime) -> None:
    """Keep an order for each of these experts; a round whose items stand as listed needs none.

    Whoever has an order keeps it.
    """
    if round_.item_order is None:
        return
    order = ItemOrder.from_json(round_.item_order)
    places = {
        code: (id_, Placed(code, theme, not KINDS[kind].asks, _after(ask_if)))
        for id_, code, kind, theme, ask_if in session.execute(
            select(RoundItem.id, Item.code, RoundItem.kind, Theme.code, RoundItem.ask_if)
            .join(Item, Item.id == RoundItem.item_id)
            .outerjoin(Theme, Theme.id == Item.theme_id)
            .where(RoundItem.round_id == round_.id)
            .order_by(RoundItem.position)
        )
    }
    listed = [placed for _id, placed in places.values()]
    rows = [
        {
            "round_id": round_.id,
            "expert_id": expert.id,
            "items": [places[code][0] for code in order.arrange(expert.participation, listed)],
            "made_at": at,
        }
        for expert in experts
    ]
    if rows:
        session.execute(insert_of(session)(ShownOrder).on_conflict_do_nothing(), rows)


def _after(ask_if: dict[str, Any] | None) -> frozenset[str]:
    """The items that an item with a condition follows: it appears and disappears behind them."""
    return asking.read(ask_if).refers if ask_if else frozenset()


def draw_late(session: AnySession, round_id: int, expert_id: int, *, at: datetime) -> None:
    """The same for an expert who came onto the panel after the launch."""
    round_, expert = session.get_one(Round, round_id), session.get_one(Expert, expert_id)
    draw(session, round_, [expert], at=at)
