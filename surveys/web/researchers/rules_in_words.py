"""Rules and their amendments in the language of the page, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import g
from flask_babel import gettext as _

from surveys.delphi import quantile
from surveys.delphi.protocol import Protocol
from surveys.delphi.scale import Band, Scale
from surveys.items.base import N_
from surveys.queries import protocols
from surveys.web.researchers.words import verdict_names

PARTS = {
    "scale": N_("Bands"),
    "consensus": N_("Consensus"),
    "stability": N_("Stability"),
    "stopping": N_("When the study stops"),
    "carry_forward": N_("What returns"),
    "feedback": N_("Feedback"),
    "quantile_method": N_("Quartiles"),
    "population": N_("Who counts"),
    "unsubmitted_count": N_("Answers not submitted"),
    "arms": N_("Comparison of feedback"),
    "comments": N_("Comments"),
    "real_time": N_("Rounds in real time"),
    "groups": N_("Stakeholder groups"),
}


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One amendment as a reader has it: each changed part as it was and as it is."""

    number: int
    at: datetime
    actor: str
    reason: str
    after_round: int | None
    in_round: int | None
    after_hash: str
    parts: Sequence[tuple[str, str, str]]


def parts_in_words(rules: Protocol, locale: str) -> list[tuple[str, str]]:
    """Every part of the protocol with its sentence."""
    return [
        (_(name), said)
        for part, name in PARTS.items()
        if (said := part_in_words(rules, part, locale))
    ]


def part_in_words(rules: Protocol, part: str, locale: str) -> str:
    """One part of the protocol as a sentence; empty where there is nothing to say."""
    value = getattr(rules, part)
    if part == "scale":
        return bands_in_words(rules.scale, locale)
    if part == "consensus":
        return rules.consensus.sentence(locale, rules.scale, verdict_names(g.study, locale))
    if part == "stability":
        return rules.stability.sentence(locale, rules.scale)
    if part in ("stopping", "carry_forward", "feedback", "comments"):
        return str(value.sentence(locale))
    if part == "arms":
        return value.sentence(locale) if value else ""
    if part == "quantile_method":
        return quantile.name_in(value, locale)
    if part == "groups":
        return ", ".join(value)
    if part == "real_time":
        return ", ".join(map(str, value))
    return rules.said_of(part, locale)


def bands_in_words(scale: Scale, locale: str) -> str:
    """Which points are low, middle and high."""
    middle = scale.points_in(Band.MIDDLE)
    return " · ".join(
        f"{_(name)} {points_in_words(points)}"
        for name, points in (
            (N_("low"), scale.points_in(Band.LOW)),
            (N_("middle"), middle),
            (N_("high"), scale.points_in(Band.HIGH)),
        )
        if points
    )


def points_in_words(points: Sequence[int]) -> str:
    return str(points[0]) if len(points) == 1 else f"{points[0]}\u2013{points[-1]}"


def changed_parts(
    before: Protocol, after: Protocol | None, locale: str
) -> list[tuple[str, str, str]]:
    """Each part that differs: its name, the old sentence, the new one."""
    if after is None:
        return []
    return [
        (_(PARTS[part]), old, new)
        for part in before.changes(after)
        for old, new in [(part_in_words(before, part, locale), part_in_words(after, part, locale))]
    ]


def change_lines(found: Sequence[protocols.Change], locale: str) -> list[ChangeLine]:
    """The amendments for a reader."""
    return [
        ChangeLine(
            change.number,
            change.at,
            change.actor,
            change.reason,
            change.after_round,
            change.in_round,
            change.after_hash,
            changed_parts(change.before, change.after, locale),
        )
        for change in found
    ]
