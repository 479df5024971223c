"""What is asked in a round, as one text that can be hashed: locked when the round is launched."""

from __future__ import annotations

from surveys.delphi.stored import Json
from surveys.models.base import AnySession
from surveys.models.round import Round
from surveys.queries.designs import placed_in

# Whoever hashes again must know which form was hashed.
FORM = "rondo round items 1"


def round_items(session: AnySession, round_: Round) -> dict[str, Json]:
    """Everything that an expert is asked in the round: items in order, words, settings, conditions.

    Not in it: who is on the panel, what is fed back, and dates.
    """
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
                "theme": theme.code if theme else None,
                "revision": revision.number,
                "wording": revision.wording,
                "help": revision.help,
                "settings": placed.settings,
                "ask_if": placed.ask_if,
                "evidence": placed.evidence,
            }
            for placed, item, revision, theme in placed_in(session, round_)
        ],
    }
