"""Studies for their overview pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, func, select

from surveys.delphi.round import RoundState
from surveys.models.base import AnySession
from surveys.models.invitation import Outbox
from surveys.models.item import Item
from surveys.models.panel import Expert
from surveys.models.researcher import Membership
from surveys.models.response import Response
from surveys.models.round import Round, RoundItem
from surveys.models.study import RehearsalKind, Study


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest launched round of a study, and how far it is."""

    number: int
    state: RoundState
    closes_at: datetime | None
    invited: int
    submitted: int


@dataclass(frozen=True, slots=True)
class StudyLine:
    """One study in a researcher's list."""

    public_id: str
    title: dict[str, Any]
    role: str
    simulated: bool
    experts: int
    round: Standing | None
    # The number of the first round that was not launched yet, and whether anything is in it.
    next_round: int | None
    next_has_items: bool
    archived_at: datetime | None
    rehearsal: RehearsalKind | None


class Shelf(StrEnum):
    """Which of a researcher's studies are looked at."""

    ACTIVE = "active"
    REHEARSALS = "rehearsals"
    ARCHIVED = "archived"


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


def on_shelves(session: AnySession, researcher_id: int) -> dict[Shelf, int]:
    """How many studies a researcher has where."""
    counts = dict.fromkeys(Shelf, 0)
    for archived_at, rehearsal in session.execute(
        select(Study.archived_at, Study.rehearsal_kind)
        .join(Membership, Membership.study_id == Study.id)
        .where(Membership.researcher_id == researcher_id)
    ):
        counts[_shelf_of(archived_at, rehearsal)] += 1
    return counts


def _shelf_of(archived_at: datetime | None, rehearsal: RehearsalKind | None) -> Shelf:
    if archived_at is not None:
        return Shelf.ARCHIVED
    return Shelf.REHEARSALS if rehearsal else Shelf.ACTIVE


def of_researcher(
    session: AnySession, researcher_id: int, at: datetime, shelf: Shelf = Shelf.ACTIVE
) -> list[StudyLine]:
    """The studies of one kind that a researcher has a role in, newest first."""
    rows = [
        row
        for row in session.execute(
            select(Study, Membership.role, func.count(Expert.id))
            .join(Membership, Membership.study_id == Study.id)
            .outerjoin(Expert, and_(Expert.study_id == Study.id, Expert.withdrawn_at.is_(None)))
            .where(Membership.researcher_id == researcher_id)
            .group_by(Study.id, Membership.role)
            .order_by(Study.id.desc())
        )
        if _shelf_of(row[0].archived_at, row[0].rehearsal_kind) is shelf
    ]
    ids = [study.id for study, _role, _experts in rows]
    newest: dict[int, Round] = {}
    coming: dict[int, Round] = {}
    for round_ in session.scalars(
        select(Round).where(Round.study_id.in_(ids)).order_by(Round.number)
    ):
        if round_.opened_at is not None:
            newest[round_.study_id] = round_
        else:
            coming.setdefault(round_.study_id, round_)
    shown = [round_.id for round_ in newest.values()]
    invited = _per_round(
        session,
        select(Outbox.round_id, func.count(Outbox.id)).where(
            Outbox.round_id.in_(shown), Outbox.act == "invitation"
        ),
        Outbox.round_id,
    )
    submitted = _per_round(
        session,
        select(Response.round_id, func.count(Response.submitted_at)).where(
            Response.round_id.in_(shown)
        ),
        Response.round_id,
    )
    filled = set(
        session.scalars(
            select(RoundItem.round_id)
            .where(RoundItem.round_id.in_([round_.id for round_ in coming.values()]))
            .distinct()
        )
    )
    lines = []
    for study, role, experts in rows:
        now, after = newest.get(study.id), coming.get(study.id)
        lines.append(
            StudyLine(
                study.public_id,
                study.title,
                role.value,
                study.simulated,
                experts,
                Standing(
                    now.number,
                    now.dates.state(at),
                    now.closes_at,
                    invited.get(now.id, 0),
                    submitted.get(now.id, 0),
                )
                if now
                else None,
                after.number if after else None,
                bool(after and after.id in filled),
                study.archived_at,
                study.rehearsal_kind,
            )
        )
    return lines


def _per_round(session: AnySession, counted: Any, by: Any) -> dict[int, int]:
    return dict(session.execute(counted.group_by(by)).all())


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
