"""The small question beside the answers: how well does the expert know this? Read, kept and shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import format_time
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from surveys.delphi.expertise import Level
from surveys.models.base import db
from surveys.queries import self_ratings
from surveys.queries.questionnaire import AskedRound, AskedSection
from surveys.queries.self_ratings import Said
from surveys.services import self_rating
from surveys.services.self_rating import Kept, Offer
from surveys.web.experts.access import visit
from surveys.web.experts.forms import UnknownItem
from surveys.web.locale import page_language

# "a-k12" says how well item 12 is known, "a-t3" theme 3; "v-k12" the version that the page shows.
_FIELD = re.compile(r"a-([kt]\d{1,12})")
_VERSION = re.compile(r"\d{1,6}")
LONGEST_NUMBER = 12


@dataclass(slots=True)
class Knows:
    """The question about one subject, as its template draws it."""

    key: str
    # What it is about, for those who hear the question by itself.
    name: str
    of_theme: bool
    value: str
    version: int
    saved_at: str
    error: str | None = None
    conflict: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What a page sent: levels, and what is wrong with the others."""

    offers: Mapping[str, Offer] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


def read(asked: AskedRound, data: MultiDict[str, str]) -> Sent:
    """Read every subject that the page speaks of. Raises UnknownItem."""
    spoken = [match[1] for name in data if (match := _FIELD.fullmatch(name))]
    if not spoken:
        return Sent()
    if not set(spoken) <= {subject.key for subject in self_ratings.subjects(asked)}:
        raise UnknownItem
    named = {"": None, **{str(level.value): level for level in Level}}
    offers, problems = {}, {}
    for key in spoken:
        value, version = data[f"a-{key}"], data.get(f"v-{key}", "")
        if value in named:
            seen = int(version) if _VERSION.fullmatch(version) else 0
            offers[key] = Offer(named[value], seen)
        else:
            problems[key] = _("This is not one of the answers offered here.")
    return Sent(offers, problems)


def keep(expert_id: int, asked: AskedRound, sent: Sent, *, at: datetime) -> Kept:
    """Keep what was sent, inside a transaction. Raises RoundNotOpen."""
    if not sent.offers:
        return Kept()
    return self_rating.keep(db.session, expert_id, asked, sent.offers, at=at)


def in_answer(body: dict[str, Any], sent: Sent, kept: Kept) -> None:
    """Add to what a script is told after saving."""
    body["versions"] |= {key: str(version) for key, version in kept.versions.items()}
    body["problems"] += [{"id": key, "text": text} for key, text in sent.problems.items()]
    body["conflicts"] += [
        {
            "id": key,
            "values": {"": value_of(said)},
            "value_name": in_words(said),
            "comment": "",
            "at": time_of(said),
        }
        for key, said in kept.conflicts.items()
    ]


def shown(asked: AskedRound) -> dict[str, Knows]:
    """The questions of a round with what stands, by subject; most rounds ask none."""
    subjects = self_ratings.subjects(asked)
    if not subjects:
        return {}
    standing = self_ratings.own(db.session, visit().expert_id, asked)
    nothing = Said()
    return {
        subject.key: Knows(
            subject.key,
            subject.name,
            subject.theme_id is not None,
            value_of(said := standing.get(subject.key, nothing)),
            said.version,
            time_of(said),
        )
        for subject in subjects
    }


def mark(questions: Mapping[str, Knows], sent: Sent, kept: Kept, data: MultiDict[str, str]) -> None:
    """Put what is wrong beside the questions; what was chosen stays chosen."""
    for key, text in sent.problems.items():
        questions[key].error = text
    for key, said in kept.conflicts.items():
        questions[key].error = _("You answered this on another page too.")
        questions[key].conflict = {"value_name": in_words(said), "at": time_of(said)}
        questions[key].value = data.get(f"a-{key}", "")


def section_of(asked: AskedRound, name: str) -> AskedSection | None:
    """Where something is asked: "12" is item 12, "k12" how well it is known, "t3" how well theme 3 is."""
    kind, number = name[:1], name.lstrip("kt")
    found = [int(number)] if number.isdecimal() and len(number) <= LONGEST_NUMBER else []
    if kind == "t":
        return next((part for part in asked.sections if part.theme_id in found), None)
    return asked.section_of(found[0]) if found else None


def labels(asked: AskedRound) -> dict[str, str]:
    """What the fields are called on a page that gives back what was typed."""
    return {
        f"a-{subject.key}": f"{_('How familiar?')} {subject.name}"
        for subject in self_ratings.subjects(asked)
    }


def levels() -> list[tuple[str, str]]:
    """The levels in the language of the page, as they are offered."""
    language = page_language()
    return [(str(level.value), f"{level.value} · {level.name_in(language)}") for level in Level]


def value_of(said: Said) -> str:
    """What the field holds."""
    return str(said.level.value) if said.level else ""


def in_words(said: Said) -> str:
    """A level for a person to read."""
    return said.level.name_in(page_language()) if said.level else _("not said")


def time_of(said: Said) -> str:
    """When it was saved; empty where nothing was."""
    return format_time(said.given_at, "short") if said.given_at else ""
