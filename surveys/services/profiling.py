"""Own profile fields of a study: define them, fill them in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from surveys.models.base import AnySession
from surveys.models.profile import FieldKind, FilledBy, ProfileField
from surveys.models.study import Study
from surveys.queries.panel import folded
from surveys.services import auditing

LONGEST_CODE = 40


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
    """Let the study know one thing more of each expert."""
    taken = session.scalars(
        select(ProfileField.code).where(ProfileField.study_id == study.id)
    ).all()
    last = session.scalar(
        select(func.max(ProfileField.position)).where(ProfileField.study_id == study.id)
    )
    named = next((label[code] for code in study.languages if label.get(code)), "")
    field = ProfileField(
        study_id=study.id,
        code=code_from(named, taken),
        kind=kind,
        label=dict(label),
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
