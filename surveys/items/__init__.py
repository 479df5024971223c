"""Kinds of item: what an expert can be asked, and how an answer is read, checked and written out.

One module per kind, one folder of templates per kind (templates/items/<kind>), one line here. A kind
knows nothing of Flask, requests or rows; nobody outside compares a kind's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surveys.items.allocation import Allocation
from surveys.items.base import InvalidAnswer, ItemKind, Sentence
from surveys.items.information import Information
from surveys.items.interval_estimate import IntervalEstimate
from surveys.items.likert import Likert
from surveys.items.multi_rating import MultiRating
from surveys.items.multiple_choice import MultipleChoice
from surveys.items.number import Number
from surveys.items.open_text import OpenText
from surveys.items.ranking import Ranking
from surveys.items.single_choice import SingleChoice
from surveys.items.slider import Slider

# In the order in which a researcher who adds an item reads them.
KINDS: dict[str, type[ItemKind]] = {
    kind.kind: kind
    for kind in (
        Likert,
        OpenText,
        MultiRating,
        SingleChoice,
        MultipleChoice,
        Ranking,
        Allocation,
        Slider,
        Number,
        IntervalEstimate,
        Information,
    )
}

# The kinds that ask for an answer; what only informs is left out of counts, tables and files.
ASKING = tuple(name for name, kind in KINDS.items() if kind.asks)


def load_kind(kind: str, settings: Mapping[str, Any]) -> ItemKind:
    """A kind bound to an item's settings. Raises ValueError for an unknown kind or bad settings."""
    if kind not in KINDS:
        raise ValueError(f"“{kind}” is not a kind of item; there is: {', '.join(KINDS)}")
    return KINDS[kind].load(settings)


__all__ = ["ASKING", "KINDS", "InvalidAnswer", "ItemKind", "Sentence", "load_kind"]
