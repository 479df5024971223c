"""What every researcher template may use: the study's words, names of roles and aspects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g
from flask_babel import gettext as _

from surveys.delphi.scale import Scale
from surveys.items import load_kind
from surveys.queries.results import StatementResult
from surveys.translations import LANGUAGES
from surveys.web.locale import NAMES, page_language
from surveys.web.researchers.accounts import accounts
from surveys.web.researchers.words import KEYS, role_names, say


@accounts.app_context_processor
def surroundings() -> dict[str, Any]:
    """The words; made per page, because they are in its language."""
    return {
        "study": getattr(g, "study", None),
        "say": say,
        "role_names": role_names(),
        "aspect_names": {
            "opportunity": _("opportunity"),
            "risk": _("risk"),
            "condition": _("condition"),
        },
        "verdict_keys": {verdict.value: key for verdict, key in KEYS.items()},
        "language_names": NAMES,
        "interface_languages": [(code, NAMES[code]) for code in LANGUAGES["researchers"]],
        "names_of": names_of,
        "points_of": points_of,
        "bands_of": bands_of,
    }


def names_of(statement: StatementResult) -> list[tuple[int, str]]:
    """The points of a statement's scale with their names, for the key to the bars."""
    return [(point, name) for point, name, _count in points_of(statement)]


def points_of(statement: StatementResult) -> Sequence[tuple[int, str, int]]:
    """A statement's points with their names and counts, for the bar."""
    named = load_kind(statement.kind, statement.settings).face(page_language())["points"]
    return [
        (int(point), name, count)
        for (point, name), count in zip(named, statement.numbers["counts"], strict=True)
    ]


def bands_of(statement: StatementResult) -> dict[int, str]:
    """The band of every point of a statement's scale."""
    scale = Scale.from_json(statement.settings["scale"])
    return {point: scale.band_of(point).value for point in scale}
