"""Own profile fields of a study: define them, fill them in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.panel import Expert
from surveys.models.profile import FieldKind, FilledBy, ProfileField, ProfileValue
from surveys.models.study import Study
from surveys.queries import profiles
from surveys.queries.panel import folded
from surveys.services import auditing
from surveys.services.problems import Problem, Refused
from surveys.services.profile_values import known_field, value_in

LONGEST_CODE = 40
LONGEST_LABEL = 120
MOST_FIELDS = 30
MOST_OPTIONS = 40


class FieldRefused(Refused):
    """A field cannot be as described."""


class NotFilledIn(Refused):
    """What was typed does not fit its fields; ``faults`` say which."""

    def __init__(self, faults: Sequence[tuple[int, Problem]]) -> None:
        super().__init__([problem for _field, problem in faults])
        self.faults = tuple(faults)


def code_from(label: str, taken: Sequence[str]) -> str:
    """A short name for a column, made from what it is called, that no other has."""
    stem = "_".join(re.findall(r"[a-z0-9]+", folded(label)))[: LONGEST_CODE - 4].strip("_")
    if not stem or stem[0].isdigit():
        stem = f"field_{stem}".rstrip("_")[: LONGEST_CODE - 4]
    code, number = stem, 1
    while code in taken:
        number += 1
        code = f"{stem}_{number}"
    return code


def add_field(
    session: AnySession,
    study: Study,
    *,
    kind: FieldKind,
    label: Mapping[str, str],
    filled_by: FilledBy,
    may_identify: bool,
    options: Sequence[Mapping[str, Any]] = (),
    actor: str,
    at: datetime,
) -> ProfileField:
    """Let the study know one thing more of each expert. Raises FieldRefused."""
    told = _labels(study, label)
    taken = session.scalars(
        select(ProfileField.code).where(ProfileField.study_id == study.id)
    ).all()
    last = session.scalar(
        select(func.max(ProfileField.position)).where(ProfileField.study_id == study.id)
    )
    if len(taken) >= MOST_FIELDS:
        raise FieldRefused(
            [Problem(N_("A profile has at most %(most)s fields."), {"most": MOST_FIELDS})]
        )
    field = ProfileField(
        study_id=study.id,
        code=code_from(told[study.default_language], taken),
        kind=kind,
        label=told,
        options=[dict(option) for option in options],
        filled_by=filled_by,
        may_identify=may_identify,
        position=1 + (last or 0),
    )
    session.add(field)
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="profile field added",
        at=at,
        field=field.code,
        identifies="yes" if may_identify else "no",
    )
    return field


def change_field(
    session: AnySession,
    study: Study,
    field: ProfileField,
    *,
    label: Mapping[str, str],
    filled_by: FilledBy,
    may_identify: bool,
    actor: str,
    at: datetime,
) -> None:
    """Call a field otherwise, let somebody else fill it in, or say whether it may identify.

    What it holds and its choices stay. Raises FieldRefused.
    """
    told = _labels(study, label)
    before = (field.filled_by, field.may_identify)
    field.label, field.filled_by, field.may_identify = told, filled_by, may_identify
    session.flush()
    if before != (filled_by, may_identify):
        auditing.record(
            session,
            study_id=study.id,
            actor=actor,
            act="profile field changed",
            at=at,
            field=field.code,
            identifies="yes" if may_identify else "no",
        )


def remove_field(
    session: AnySession, study: Study, field: ProfileField, *, actor: str, at: datetime
) -> int:
    """Take a field away, with what it holds; say for how many experts it held something."""
    held = session.scalar(
        select(func.count(ProfileValue.id)).where(
            ProfileValue.field_id == field.id, ProfileValue.value != ""
        )
    )
    code = field.code
    session.delete(field)
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="profile field removed",
        at=at,
        field=code,
        rows=held or 0,
    )
    return held or 0


def fill_in(
    session: AnySession,
    study: Study,
    expert: Expert,
    typed: Mapping[int, str],
    *,
    by: FilledBy,
    actor: str,
    at: datetime,
) -> None:
    """Keep what fields hold for an expert, by the fields' numbers; fields not named stay.

    An expert fills in only what experts are asked. What fits is kept; then NotFilledIn is raised with
    every problem at once, and whoever wants all or none lets the transaction fall.
    """
    wanted = {
        field.id: field
        for field in profiles.fields(session, study.id)
        if field.id in typed and (by is FilledBy.TEAM or field.filled_by is FilledBy.EXPERT)
    }
    # Two clicks at once fill a field in once.
    session.execute(select(Expert.id).where(Expert.id == expert.id).with_for_update())
    there = {
        value.field_id: value
        for value in session.scalars(
            select(ProfileValue).where(ProfileValue.expert_id == expert.id)
        )
    }
    problems: list[tuple[int, Problem]] = []
    changed = []
    for number, field in wanted.items():
        value, wrong = value_in(known_field(field), typed[number])
        if wrong is not None:
            problems.append((number, wrong))
            continue
        kept = there.get(number)
        if kept is not None and kept.value == value:
            continue
        if kept is None and not value and by is FilledBy.TEAM:
            # What the team leaves empty, the expert is still asked.
            continue
        if kept is None:
            kept = ProfileValue(expert_id=expert.id, field_id=number)
            session.add(kept)
        kept.value, kept.given_by, kept.given_at = value, by, at
        changed.append(field.code)
    session.flush()
    if changed:
        auditing.record(
            session,
            study_id=study.id,
            actor=actor,
            act="profile filled in",
            at=at,
            expert=expert.code,
            fields=changed,
        )
    if problems:
        raise NotFilledIn(problems)


def _labels(study: Study, label: Mapping[str, str]) -> dict[str, str]:
    told = {
        language: " ".join(label.get(language, "").split())
        for language in study.languages
        if label.get(language, "").strip()
    }
    problems = []
    if study.default_language not in told:
        problems.append(
            Problem(
                N_("Please call the field something in “%(language)s”."),
                {"language": study.default_language},
            )
        )
    if any(len(text) > LONGEST_LABEL for text in told.values()):
        problems.append(
            Problem(
                N_("Please keep what it is called under %(longest)s characters."),
                {"longest": LONGEST_LABEL},
            )
        )
    if problems:
        raise FieldRefused(problems)
    return told


def options_from(study: Study, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Choices as typed, one on each line, the same lines in every language.

    A language without any reads those of another. Raises FieldRefused.
    """
    lines = {
        language: [" ".join(line.split()) for line in typed.get(language, "").splitlines()]
        for language in study.languages
    }
    lines = {language: [line for line in those if line] for language, those in lines.items()}
    lines = {language: those for language, those in lines.items() if those}
    first = lines.get(study.default_language, [])
    problems = []
    if len(first) < 2:
        problems.append(
            Problem(
                N_("A choice needs at least two choices, each on a line, in “%(language)s”."),
                {"language": study.default_language},
            )
        )
    problems += [
        Problem(
            N_("There are %(here)s choices in “%(language)s” and %(there)s in the first language."),
            {"here": len(those), "language": language, "there": len(first)},
        )
        for language, those in lines.items()
        if len(those) != len(first)
    ]
    if len(first) > MOST_OPTIONS or any(
        len(line) > LONGEST_LABEL for those in lines.values() for line in those
    ):
        problems.append(
            Problem(
                N_("At most %(most)s choices, each under %(longest)s characters."),
                {"most": MOST_OPTIONS, "longest": LONGEST_LABEL},
            )
        )
    if problems:
        raise FieldRefused(problems)
    options: list[dict[str, Any]] = []
    for place, name in enumerate(first):
        code = code_from(name, [option["code"] for option in options])
        names = {language: those[place] for language, those in lines.items()}
        options.append({"code": code, "name": names})
    return options
