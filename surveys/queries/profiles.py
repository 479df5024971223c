"""Profiles and declarations of interests: what a study asks, what an expert has said. No names here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, func, select

from surveys.models.base import AnySession
from surveys.models.panel import EarlierAnswers, Expert
from surveys.models.profile import Declaration, FieldKind, FilledBy, ProfileField, ProfileValue
from surveys.models.study import Study


@dataclass(frozen=True, slots=True)
class Filled:
    """One field with what it holds for one expert; None where nobody was asked or answered yet."""

    field: ProfileField
    value: str | None

    def in_words(self, language: str, default: str) -> str:
        """The value as people read it: a choice by its name."""
        if not self.value or self.field.kind is not FieldKind.CHOICE:
            return self.value or ""
        options = {option["code"]: option["name"] for option in self.field.options}
        names: Mapping[str, str] = options.get(self.value, {})
        return str(names.get(language) or names.get(default) or self.value)


def fields(session: AnySession, study_id: int) -> list[ProfileField]:
    """What the study wants to know of each expert, in its order."""
    return list(
        session.scalars(
            select(ProfileField)
            .where(ProfileField.study_id == study_id)
            .order_by(ProfileField.position, ProfileField.id)
        )
    )


def times_filled(session: AnySession, study_id: int) -> dict[int, int]:
    """For how many experts each field holds something."""
    return dict(
        session.execute(
            select(ProfileValue.field_id, func.count(ProfileValue.id))
            .join(ProfileField, ProfileField.id == ProfileValue.field_id)
            .where(ProfileField.study_id == study_id, ProfileValue.value != "")
            .group_by(ProfileValue.field_id)
        ).all()
    )


def of_expert(session: AnySession, study_id: int, expert_id: int) -> list[Filled]:
    """Every field of the study with what it holds for one expert."""
    return [
        Filled(field, value)
        for field, value in session.execute(
            select(ProfileField, ProfileValue.value)
            .outerjoin(
                ProfileValue,
                and_(ProfileValue.field_id == ProfileField.id, ProfileValue.expert_id == expert_id),
            )
            .where(ProfileField.study_id == study_id)
            .order_by(ProfileField.position, ProfileField.id)
        )
    ]


def declarations(session: AnySession, expert_id: int) -> list[Declaration]:
    """What an expert declared about interests, oldest first."""
    return list(
        session.scalars(
            select(Declaration)
            .where(Declaration.expert_id == expert_id)
            .order_by(Declaration.given_at, Declaration.id)
        )
    )


def lacks_something(session: AnySession, study: Study, expert_id: int) -> bool:
    """Whether an expert has not been asked yet what the study asks of every expert."""
    conflicts = study.conflicts
    if conflicts.get("asked"):
        declared = session.scalar(
            select(Declaration.id).where(
                Declaration.expert_id == expert_id,
                Declaration.version == str(conflicts["version"]),
            )
        )
        if declared is None:
            return True
    # A field that was left open has an empty value, so that nobody is asked twice.
    answered = select(ProfileValue.field_id).where(ProfileValue.expert_id == expert_id)
    return bool(
        session.scalar(
            select(func.count(ProfileField.id)).where(
                ProfileField.study_id == study.id,
                ProfileField.filled_by == FilledBy.EXPERT,
                ProfileField.id.not_in(answered),
            )
        )
    )


@dataclass(frozen=True, slots=True)
class Profiles:
    """Everybody's profile, by the numbers of the rows."""

    fields: tuple[ProfileField, ...]
    # (expert id, field id) to what it holds.
    values: Mapping[tuple[int, int], str]
    # Whether the expert has conflicting interests, as last declared; absent where nobody said.
    conflicts: Mapping[int, bool]
    asks_about_conflicts: bool


def of_study(session: AnySession, study: Study, *, identifying: bool) -> Profiles:
    """The profiles for a table that leaves: without what may identify, or with it.

    Who withdrew and had earlier answers erased has no profile either.
    """
    wanted = tuple(
        field for field in fields(session, study.id) if identifying or not field.may_identify
    )
    stands = Expert.earlier_answers.is_distinct_from(EarlierAnswers.ERASE)
    values: dict[tuple[int, int], str] = {}
    for expert_id, field_id, value in session.execute(
        select(ProfileValue.expert_id, ProfileValue.field_id, ProfileValue.value)
        .join(Expert, Expert.id == ProfileValue.expert_id)
        .where(Expert.study_id == study.id, stands)
    ):
        values[expert_id, field_id] = value
    declared: dict[int, bool] = {}
    for expert_id, has_conflict in session.execute(
        select(Declaration.expert_id, Declaration.has_conflict)
        .join(Expert, Expert.id == Declaration.expert_id)
        .where(Expert.study_id == study.id, stands)
        .order_by(Declaration.given_at, Declaration.id)
    ):
        declared[expert_id] = has_conflict
    return Profiles(wanted, values, declared, bool(study.conflicts.get("asked") or declared))
