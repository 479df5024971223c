"""From the fields of an editor's form to an item's settings.

templates/items/<kind>/settings.html names every field after its place in the settings, part by part:
"setting-unit-en" is ``{"unit": {"en": …}}``, "setting-options-n0-code" the code of the first option.
Whether the settings fit is said by the kind's ``load``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

PREFIX = "setting-"
_PLACE_IN_LIST = re.compile(r"n[0-9]{1,3}")
# The places that forms have; where a field says another, no form of ours sent it, and pages could not
# draw it again: a value where there are parts, a list with a hole, a text without a language.
_TEXTS = "unable|unit|text|other|none|low_name|high_name"
_PLACE = re.compile(
    rf"(?:{_TEXTS})-[a-z]{{2}}"
    r"|(?:options|dimensions)-n[0-9]{1,3}-(?:code|name-[a-z]{2})"
    r"|scale-[a-z_]+"
    r"|labels-[a-z]{2}--?[0-9]{1,4}"
    rf"|(?!(?:{_TEXTS}|options|dimensions|scale|labels)$)[a-z_]+"
)


def settings_of(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Settings from what a form sent; empty fields, and entries with nothing in them, are left out."""
    tree: dict[str, Any] = {}
    for name, value in fields:
        place = name.removeprefix(PREFIX)
        if place == name or not _PLACE.fullmatch(place) or not value.strip():
            continue
        # Not at the sign of a point below zero.
        *way, last = re.split(r"(?<!-)-", place)
        branch = tree
        for part in way:
            branch = branch.setdefault(part, {})
        branch[last] = value.strip()
    settings = _with_lists(tree)
    return settings if isinstance(settings, dict) else {}


def _with_lists(tree: dict[str, Any]) -> dict[str, Any] | list[Any]:
    """The same with places in lists made lists, in their order."""
    grown = {
        name: _with_lists(branch) if isinstance(branch, dict) else branch
        for name, branch in tree.items()
    }
    if grown and all(_PLACE_IN_LIST.fullmatch(name) for name in grown):
        return [grown[name] for name in sorted(grown, key=lambda name: int(name[1:]))]
    return grown
