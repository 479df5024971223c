"""Keep how well an expert says to know an item or a theme: append-only, like the answers beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, insert, select, update

from surveys.delphi.expertise import Level
from surveys.models.base import AnySession
from surveys.models.response import SelfRating
from surveys.queries.questionnaire import AskedRound
from surveys.queries.self_ratings import Said, Subject, own, subjects
from surveys.services import responding


@dataclass(frozen=True, slots=True)
class Offer:
    """A level as a page sends it, none for "not said", with the version that page was based on."""

    level: Level | None
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """The standing version of every offered subject, and what it refused to write over."""

    versions: Mapping[str, int] = field(default_factory=dict)
    conflicts: Mapping[str, Said] = field(default_factory=dict)


def keep(
    session: AnySession,
    expert_id: int,
    asked: AskedRound,
    offers: Mapping[str, Offer],
    *,
    at: datetime,
    intake_id: int | None = None,
) -> Kept:
    """Append what is new among the offered levels. Saying the same again changes nothing.

    A level that is newer than the page it comes from is not written over, unless the page only
    repeats what it was drawn with: it comes back as a conflict.

    Raises RoundNotOpen or NotInRound.
    """
    known = {subject.key: subject for subject in subjects(asked)}
    if not offers.keys() <= known.keys():
        raise responding.NotInRound
    response_id = responding.take_place(session, expert_id, asked.id, at)
    standing = own(session, expert_id, asked)
    versions, conflicts = {}, {}
    for key, offer in offers.items():
        stands = standing.get(key, Said())
        versions[key] = stands.version
        if offer.level == stands.level:
            continue
        if offer.seen < stands.version:
            if offer.level != _said_in(session, response_id, known[key], offer.seen):
                conflicts[key] = stands
            continue
        version = stands.version + 1
        _append(session, response_id, known[key], version, offer.level, at, intake_id)
        versions[key] = version
    return Kept(versions, conflicts)


def _append(
    session: AnySession,
    response_id: int,
    subject: Subject,
    version: int,
    level: Level | None,
    at: datetime,
    intake_id: int | None,
) -> None:
    """Let a new version stand in place of the one before."""
    of_subject = _of(response_id, subject)
    if version > 1:
        session.execute(
            update(SelfRating)
            .where(*of_subject, SelfRating.latest)
            .values(latest=False)
            .execution_options(synchronize_session=False)
        )
    session.execute(
        insert(SelfRating).values(
            response_id=response_id,
            round_item_id=subject.round_item_id,
            theme_id=subject.theme_id,
            version=version,
            level=level,
            given_at=at,
            latest=True,
            intake_id=intake_id,
        )
    )


def _said_in(session: AnySession, response_id: int, subject: Subject, version: int) -> Level | None:
    """What an earlier version said; before the first, nothing."""
    level = session.scalar(
        select(SelfRating.level).where(*_of(response_id, subject), SelfRating.version == version)
    )
    return Level(level) if level else None


def _of(response_id: int, subject: Subject) -> tuple[ColumnElement[bool], ...]:
    """The versions of one subject."""
    return (
        SelfRating.response_id == response_id,
        SelfRating.round_item_id.is_not_distinct_from(subject.round_item_id),
        SelfRating.theme_id.is_not_distinct_from(subject.theme_id),
    )
