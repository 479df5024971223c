"""The rules of a study over time: as locked, as amended, as in force at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from surveys.delphi.protocol import Protocol
from surveys.delphi.stored import canonical, fingerprint
from surveys.models.amendment import Amendment
from surveys.models.base import AnySession
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.queries import locked


@dataclass(frozen=True, slots=True)
class Change:
    """One amendment. ``before`` and ``after`` are the whole protocols."""

    number: int
    before: Protocol
    before_hash: str
    after: Protocol
    after_hash: str
    reason: str
    after_round: int | None
    in_round: int | None
    actor: str
    at: datetime

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts in which the two differ."""
        return self.before.changes(self.after)


@dataclass(frozen=True, slots=True)
class LockedRound:
    """One round as the record has it. ``matches``: whether its items still give the hash; None for none."""

    number: int
    kind: str
    title: dict[str, Any]
    items: int
    opened_at: datetime | None
    closed_at: datetime | None
    items_hash: str | None
    matches: bool | None


@dataclass(frozen=True, slots=True)
class Record:
    """What a study registry is given.

    locked : the protocol as it was locked, or as it stands while nothing is; text : its canonical
    form, of which ``hash`` is the SHA-256. matches : whether the hash kept at the lock is that one.
    """

    locked: Protocol
    text: str
    hash: str
    locked_at: datetime | None
    matches: bool
    in_force: Protocol
    changes: Sequence[Change]
    rounds: Sequence[LockedRound]


def changes(session: AnySession, study_id: int) -> list[Change]:
    """The amendments, in order."""
    return [
        Change(
            row.number,
            Protocol.from_json(row.before),
            row.before_hash,
            Protocol.from_json(row.after),
            row.after_hash,
            row.reason,
            row.after_round,
            row.in_round,
            row.actor,
            row.at,
        )
        for row in session.scalars(
            select(Amendment).where(Amendment.study_id == study_id).order_by(Amendment.number)
        )
    ]


def in_force(session: AnySession, study: Study, at: datetime) -> Protocol:
    """The rules by which the study ran at a moment."""
    first_after = session.scalar(
        select(Amendment)
        .where(Amendment.study_id == study.id, Amendment.at > at)
        .order_by(Amendment.number)
        .limit(1)
    )
    return Protocol.from_json(study.protocol if first_after is None else first_after.before)


def last_amendment(session: AnySession, study_id: int) -> int:
    """The number of the amendment in force; 0 while the rules are those that were locked."""
    found = session.scalar(
        select(Amendment.number)
        .where(Amendment.study_id == study_id)
        .order_by(Amendment.number.desc())
        .limit(1)
    )
    return found or 0


def record(session: AnySession, study: Study) -> Record:
    """Everything that is on record about the rules, with every hash computed again."""
    amended = changes(session, study.id)
    current = Protocol.from_json(study.protocol)
    as_locked = amended[0].before if amended else current
    text = canonical(as_locked.to_json())
    return Record(
        as_locked,
        text,
        study.protocol_hash or as_locked.hash,
        study.locked_at,
        study.protocol_hash in (None, fingerprint(as_locked.to_json())),
        current,
        amended,
        _rounds(session, study),
    )


def _rounds(session: AnySession, study: Study) -> list[LockedRound]:
    found = []
    for round_ in session.scalars(
        select(Round).where(Round.study_id == study.id).order_by(Round.number)
    ):
        asked = locked.round_items(session, round_)
        items = asked["items"]
        matches = None if round_.items_hash is None else fingerprint(asked) == round_.items_hash
        found.append(
            LockedRound(
                round_.number,
                round_.kind.value,
                round_.title,
                len(items) if isinstance(items, list) else 0,
                round_.opened_at,
                round_.closed_at,
                round_.items_hash,
                matches,
            )
        )
    return found
