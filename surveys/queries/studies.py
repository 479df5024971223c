"""Studies for their overview pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from surveys.delphi.round import RoundState
from surveys.models.base import AnySession
from surveys.models.item import Item
from surveys.models.panel import Expert
from surveys.models.researcher import Membership
from surveys.models.response import Response
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study


@dataclass(frozen=True, slots=True)
class StudyLine:
    """One study in a researcher's list."""

    public_id: str
    title: dict[str, Any]
    role: str
    simulated: bool
    experts: int
    round_number: int | None
    round_state: RoundState | None


@dataclass(frozen=True, slots=True)
class RoundLine:
    """One round in a study's overview."""

    id: int
    number: int
    kind: str
    title: dict[str, Any]
    state: RoundState
    items: int
    begun: int
    submitted: int
    opened_at: datetime | None
    closes_at: datetime | None
    closed_at: datetime | None


def of_researcher(session: AnySession, researcher_id: int, at: datetime) -> list[StudyLine]:
    """The studies a researcher has a role in, newest first."""
    lines = []
    for study, role, experts in session.execute(
        select(Study, Membership.role, func.count(Expert.id))
        .join(Membership, Membership.study_id == Study.id)
        .outerjoin(Expert, Expert.study_id == Study.id)
        .where(Membership.researcher_id == researcher_id)
        .group_by(Study.id, Membership.role)
        .order_by(Study.id.desc())
    ):
        newest = session.scalar(
            select(Round)
            .where(Round.study_id == study.id, Round.opened_at.is_not(None))
            .order_by(Round.number.desc())
            .limit(1)
        )
        lines.append(
            StudyLine(
                study.public_id,
                study.title,
                role.value,
                study.simulated,
                experts,
                newest.number if newest else None,
                newest.dates.state(at) if newest else None,
            )
        )
    return lines


def rounds_of(session: AnySession, study: Study, at: datetime) -> list[RoundLine]:
    """A study's rounds in their order, with what they hold."""
    items = dict(
        session.execute(
            select(RoundItem.round_id, func.count(RoundItem.id))
            .join(Item, Item.id == RoundItem.item_id)
            .where(Item.study_id == study.id)
            .group_by(RoundItem.round_id)
        ).all()
    )
    answers = {
        round_id: (begun, submitted)
        for round_id, begun, submitted in session.execute(
            select(
                Response.round_id,
                func.count(Response.id),
                func.count(Response.submitted_at),
            )
            .join(Round, Round.id == Response.round_id)
            .where(Round.study_id == study.id)
            .group_by(Response.round_id)
        )
    }
    rounds = session.scalars(select(Round).where(Round.study_id == study.id).order_by(Round.number))
    return [
        RoundLine(
            round_.id,
            round_.number,
            round_.kind.value,
            round_.title,
            round_.dates.state(at),
            items.get(round_.id, 0),
            *answers.get(round_.id, (0, 0)),
            round_.opened_at,
            round_.closes_at,
            round_.closed_at,
        )
        for round_ in rounds
    ]
