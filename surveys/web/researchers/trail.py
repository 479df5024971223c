"""The audit trail in words: what is stored are codes, the same for every reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from surveys.items.base import N_
from surveys.models.audit import AuditEvent
from surveys.web.filters import moment

# What is stored as the act is the text in the catalogues: English needs no second list.
ACTS = (
    N_("comment hidden"),
    N_("comment shown"),
    N_("consent given"),
    N_("data exported"),
    N_("expert added"),
    N_("expert withdrew"),
    N_("identities viewed"),
    N_("link replaced"),
    N_("link sent"),
    N_("origins noted"),
    N_("password set"),
    N_("protocol locked"),
    N_("reminder queued"),
    N_("round analysed"),
    N_("round closed"),
    N_("round extended"),
    N_("round launched"),
    N_("round prepared"),
    N_("round reopened"),
    N_("round submitted"),
    N_("settings filled in"),
    N_("statement added"),
    N_("statement reworded"),
    N_("statement taken out"),
    N_("study created"),
)
DETAILS = {
    "analysis": N_("analysis"),
    "closes_at": N_("open until"),
    "comment": N_("comment no."),
    "earlier_answers": N_("earlier answers"),
    "expert": N_("expert"),
    "experts": N_("experts"),
    "file": N_("file"),
    "group": N_("group"),
    "hash": "SHA-256",
    "invited": N_("invited"),
    "item": N_("item"),
    "items": N_("items"),
    "language": N_("language"),
    "number": N_("number"),
    "open": N_("still to be filled in"),
    "reason": N_("reason"),
    "revision": N_("revision"),
    "round": N_("round"),
    "rows": N_("rows"),
    "statements": N_("statements"),
    "table": N_("table"),
    "until": N_("open until"),
    "version": N_("version"),
}
ACTORS = {
    "researcher": N_("researcher"),
    "expert": N_("expert"),
    "system": N_("Rondo itself"),
    "simulation": N_("simulation"),
}
VALUES = {"keep": N_("kept"), "erase": N_("erased")}
MOMENTS = ("closes_at", "until")
LONGEST_HASH = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One event as a researcher reads it."""

    at: datetime
    who: str
    act: str
    details: str


def in_words(events: Iterable[AuditEvent]) -> list[Line]:
    """The events in the language of the page."""
    return [
        Line(event.at, actor_in_words(event.actor), _(event.act), details_in_words(event.details))
        for event in events
    ]


def actor_in_words(actor: str) -> str:
    """Who did it: "researcher:1" as "researcher 1"."""
    kind, _colon, which = actor.partition(":")
    return f"{_(ACTORS.get(kind, kind))} {which}".rstrip()


def details_in_words(details: Mapping[str, Any]) -> str:
    """Codes and numbers with their names. Lists are left to the stored event: they can be long."""
    return ", ".join(
        f"{_(DETAILS.get(name, name.replace('_', ' ')))} {_value(name, value)}"
        for name, value in details.items()
        if isinstance(value, str | int) and value != ""
    )


def _value(name: str, value: str | int) -> str:
    if name in MOMENTS:
        return moment(datetime.fromisoformat(str(value)))
    if name == "hash":
        return str(value)[:LONGEST_HASH]
    if name == "earlier_answers":
        return _(VALUES.get(str(value), str(value)))
    return str(value)
