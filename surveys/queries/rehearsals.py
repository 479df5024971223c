"""What a rehearsal shows: per round its burden, its results, and one expert to look through."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from surveys.delphi.answer import Missing
from surveys.models.audit import AuditEvent
from surveys.models.base import AnySession
from surveys.models.panel import Expert
from surveys.models.response import Comment, NotAsked, Rating, Response, is_asked
from surveys.models.round import Round, RoundItem
from surveys.models.study import RehearsalKind, Study
from surveys.queries import pace, questionnaire, results
from surveys.queries.questionnaire import StudyText

HALF_A_MINUTE = 30


@dataclass(frozen=True, slots=True)
class Played:
    """One round of a rehearsal."""

    number: int
    rating: bool
    title: dict[str, Any]
    opened_at: datetime | None
    closed_at: datetime | None
    items: int
    # How long it takes to read and answer it, in whole minutes.
    minutes: int
    took_part: int
    # How many statements have which verdict; empty where none was rated.
    verdicts: dict[str, int]
    # Somebody who took part, to look at the round with their eyes.
    example: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One rehearsal of a study."""

    public_id: str
    kind: RehearsalKind
    created_at: datetime
    experts: int
    rounds: tuple[Played, ...]


def of_study(
    session: AnySession, study: Study, kind: RehearsalKind, language: str, at: datetime
) -> Rehearsal | None:
    """The newest rehearsal of a kind; None where there is none."""
    made = session.scalar(
        select(Study)
        .where(Study.rehearsal_of_id == study.id, Study.rehearsal_kind == kind)
        .order_by(Study.id.desc())
        .limit(1)
    )
    if made is None:
        return None
    experts = session.scalar(select(func.count(Expert.id)).where(Expert.study_id == made.id))
    rounds = session.scalars(
        select(Round).where(Round.study_id == made.id).order_by(Round.number)
    ).all()
    return Rehearsal(
        made.public_id,
        kind,
        made.created_at,
        experts or 0,
        tuple(_played(session, made, round_, language, at) for round_ in rounds),
    )


def minutes_of(
    session: AnySession, study: Study, round_: Round, language: str, at: datetime
) -> int:
    """How long a round takes, by the pace of its panel where that is known, else by its words."""
    asked = questionnaire.asked_round(session, study, round_, language)
    panel = pace.of_panel(session, study.public_id, round_.id, language, at=at)
    seconds = panel.seconds(asked.asking)
    return int((seconds + HALF_A_MINUTE) // 60)


def _played(
    session: AnySession, study: Study, round_: Round, language: str, at: datetime
) -> Played:
    items = session.scalar(select(func.count(RoundItem.id)).where(RoundItem.round_id == round_.id))
    took_part = session.execute(
        select(func.count(Response.id), func.min(Expert.code))
        .join(Expert, Expert.id == Response.expert_id)
        .where(Response.round_id == round_.id, Response.submitted_at.is_not(None))
    ).one()
    found = results.of_round(session, round_)
    verdicts = Counter(one.verdict for one in found.statements if one.verdict) if found else {}
    return Played(
        round_.number,
        round_.kind == "rating",
        round_.title,
        round_.opened_at,
        round_.closed_at,
        items or 0,
        minutes_of(session, study, round_, language, at) if items else 0,
        took_part[0],
        dict(verdicts),
        took_part[1] or "",
    )


def played_so_far(session: AnySession, study: Study) -> int:
    """How many dry runs a study has had, those that were thrown away among them."""
    return (
        session.scalar(
            select(func.count(AuditEvent.id)).where(
                AuditEvent.study_id == study.id, AuditEvent.act == "dry run begun"
            )
        )
        or 0
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """What came in on one item of a pilot."""

    code: str
    wording: StudyText
    answered: int
    skipped: int
    unable: int
    # What was said of it, with the pseudonym of whoever said it.
    remarks: tuple[tuple[str, str, str], ...]


def findings(session: AnySession, study: Study, round_: Round, language: str) -> list[Finding]:
    """Item by item who answered, who did not, and what they said: from those who took part."""
    asked = questionnaire.asked_round(session, study, round_, language)
    took_part = session.scalar(
        select(func.count(Response.id)).where(Response.round_id == round_.id)
    )
    given: dict[int, Counter[str]] = defaultdict(Counter)
    for round_item_id, missing, count in session.execute(
        select(Rating.round_item_id, Rating.missing, func.count(Rating.id))
        .join(Response, Response.id == Rating.response_id)
        .where(Response.round_id == round_.id, Rating.latest, is_asked(Rating))
        .group_by(Rating.round_item_id, Rating.missing)
    ):
        given[round_item_id][missing.value if missing else "answered"] += count
    not_asked = dict(
        session.execute(
            select(NotAsked.round_item_id, func.count(NotAsked.response_id))
            .join(Response, Response.id == NotAsked.response_id)
            .where(Response.round_id == round_.id)
            .group_by(NotAsked.round_item_id)
        ).all()
    )
    remarks: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for round_item_id, code, text, spoken in session.execute(
        select(Comment.round_item_id, Expert.code, Comment.text, Comment.language)
        .join(Response, Response.id == Comment.response_id)
        .join(Expert, Expert.id == Response.expert_id)
        .where(
            Response.round_id == round_.id, Comment.latest, Comment.text != "", is_asked(Comment)
        )
        .order_by(Comment.id)
    ):
        remarks[round_item_id].append((code, text, spoken))
    found = []
    for item in asked.asking:
        counts = given[item.id]
        answered, unable = counts["answered"], counts[Missing.UNABLE.value]
        asked_of = (took_part or 0) - not_asked.get(item.id, 0)
        found.append(
            Finding(
                item.code,
                item.wording,
                answered,
                max(asked_of - answered - unable, 0),
                unable,
                tuple(remarks[item.id]),
            )
        )
    return found
