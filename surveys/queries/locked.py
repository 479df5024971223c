"""What is asked in a round, as one text that can be hashed: locked when the round is launched."""

from __future__ import annotations

from sqlalchemy import select

from surveys.delphi.stored import Json
from surveys.models.base import AnySession
from surveys.models.item import Item, ItemRevision
from surveys.models.round import Round, RoundItem
from surveys.models.study import Theme

# Whoever hashes again must know which form was hashed.
FORM = "rondo round items 1"


def round_items(session: AnySession, round_: Round) -> dict[str, Json]:
    """Everything that an expert is asked in the round: items in order, words, settings, conditions.

    Not in it: who is on the panel, what is fed back, and dates.
    """
    rows = session.execute(
        select(RoundItem, Item, ItemRevision, Theme.code)
        .join(Item, Item.id == RoundItem.item_id)
        .join(ItemRevision, ItemRevision.id == RoundItem.revision_id)
        .outerjoin(Theme, Theme.id == Item.theme_id)
        .where(RoundItem.round_id == round_.id)
        .order_by(RoundItem.position, RoundItem.id)
    ).all()
    return {
        "form": FORM,
        "round": round_.number,
        "kind": round_.kind.value,
        "title": round_.title,
        "introduction": round_.introduction,
        "order": round_.item_order,
        "expertise": round_.expertise.value,
        "items": [
            {
                "code": item.code,
                "kind": placed.kind,
                "theme": theme,
                "revision": revision.number,
                "wording": revision.wording,
                "help": revision.help,
                "settings": placed.settings,
                "ask_if": placed.ask_if,
                "evidence": placed.evidence,
            }
            for placed, item, revision, theme in rows
        ],
    }
