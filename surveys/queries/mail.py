"""What became of a study's mail: counts, and one line per message by pseudonym. No names, no addresses."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from surveys.mail.wording import INVITATION, LOST_LINK, MESSAGES, NEXT_ROUND
from surveys.models.base import AnySession
from surveys.models.invitation import MailState, Outbox
from surveys.models.mail import MailText
from surveys.models.panel import Expert
from surveys.models.round import Round


class Became(StrEnum):
    """What a researcher wants to know of a message."""

    SENT = "sent"
    WAITING = "waiting"
    TRIED_AGAIN = "tried again"
    FAILED = "failed"
    STOPPED = "stopped"
    TWICE = "possibly twice"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages of one kind there are, by what became of them."""

    message: str
    language: str
    sent: int
    waiting: int
    failed: int
    stopped: int
    twice: int

    @property
    def all(self) -> int:
        """Every one of them."""
        return self.sent + self.waiting + self.failed + self.stopped


@dataclass(frozen=True, slots=True)
class Entry:
    """One message in the log.

    became : where it stands. problem : the server's words, or why it was stopped. version : of the text
    it was written with; None before it first goes out. twice : whether it may have arrived twice.
    """

    id: int
    expert: str
    language: str
    message: str
    act: str
    round: int
    became: Became
    at: datetime
    attempts: int
    problem: str
    message_id: str
    version: int | None
    text_language: str | None
    twice: bool


_WAITS = (MailState.QUEUED, MailState.SENDING)
# What a filter asks of the rows.
_WHERE: dict[Became, ColumnElement[bool]] = {
    Became.SENT: Outbox.state == MailState.SENT,
    Became.WAITING: Outbox.state.in_(_WAITS),
    Became.TRIED_AGAIN: and_(Outbox.state.in_(_WAITS), Outbox.problem != ""),
    Became.FAILED: Outbox.state == MailState.REFUSED,
    Became.STOPPED: Outbox.state == MailState.STOPPED,
    Became.TWICE: Outbox.possibly_twice.is_(True),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages the log shows; empty for all."""

    became: Became | None = None
    message: str = ""
    round: int | None = None


def counts(session: AnySession, study_id: int) -> list[Counts]:
    """By message and language, in the order in which experts get them."""
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for act, number, language, state, twice, many in session.execute(
        select(
            Outbox.act,
            Round.number,
            Expert.language,
            Outbox.state,
            Outbox.possibly_twice,
            func.count(Outbox.id),
        )
        .join(Round, Round.id == Outbox.round_id)
        .join(Expert, Expert.id == Outbox.expert_id)
        .where(Round.study_id == study_id)
        .group_by(Outbox.act, Round.number, Expert.language, Outbox.state, Outbox.possibly_twice)
    ):
        here = found[message_of(act, number), language]
        here["waiting" if state in _WAITS else state.value] += many
        here["twice"] += many if twice else 0
    order = {message: place for place, message in enumerate((*MESSAGES, LOST_LINK))}
    return [
        Counts(
            message,
            language,
            many["sent"],
            many["waiting"],
            many["refused"],
            many["stopped"],
            many["twice"],
        )
        for (message, language), many in sorted(
            found.items(), key=lambda one: (order.get(one[0][0], len(order)), one[0][1])
        )
    ]


def totals(kinds: Sequence[Counts]) -> Counts:
    """All of it."""
    return Counts(
        "",
        "",
        sum(one.sent for one in kinds),
        sum(one.waiting for one in kinds),
        sum(one.failed for one in kinds),
        sum(one.stopped for one in kinds),
        sum(one.twice for one in kinds),
    )


def how_many(session: AnySession, study_id: int, wanted: Wanted) -> int:
    """How many messages the log would show."""
    found: int = session.scalar(_chosen(select(func.count(Outbox.id)), study_id, wanted)) or 0
    return found


def log(
    session: AnySession, study_id: int, wanted: Wanted, *, after: int, most: int
) -> list[Entry]:
    """Messages, what has to be looked at first, then the newest."""
    rows = session.execute(
        _chosen(
            select(
                Outbox,
                Expert.code,
                Expert.language,
                Round.number,
                MailText.version,
                MailText.language.label("text_language"),
            ),
            study_id,
            wanted,
        )
        .outerjoin(MailText, MailText.id == Outbox.text_id)
        .order_by((Outbox.state == MailState.REFUSED).desc(), Outbox.id.desc())
        .offset(after)
        .limit(most)
    )
    return [
        Entry(
            owed.id,
            code,
            language,
            message_of(owed.act, number),
            owed.act,
            number,
            _became(owed),
            owed.sent_at or owed.due_at,
            owed.attempts,
            owed.problem,
            owed.message_id,
            version,
            text_language,
            owed.possibly_twice,
        )
        for owed, code, language, number, version, text_language in rows
    ]


def sent_with(session: AnySession, study_id: int) -> dict[int, int]:
    """How many messages went out with each text, by its id."""
    rows = session.execute(
        select(MailText.id, func.count(Outbox.id).label("many"))
        .join(Outbox, MailText.id == Outbox.text_id)
        .where(MailText.study_id == study_id, Outbox.state == MailState.SENT)
        .group_by(MailText.id)
    )
    return {row.id: row.many for row in rows}


def message_of(act: str, number: int) -> str:
    """Which message an act sends: the invitation to a later round is one of its own."""
    message = act.partition(":")[0]
    return NEXT_ROUND if message == INVITATION and number > 1 else message


def _became(owed: Outbox) -> Became:
    if owed.state in _WAITS:
        return Became.TRIED_AGAIN if owed.problem else Became.WAITING
    return {
        MailState.SENT: Became.SENT,
        MailState.REFUSED: Became.FAILED,
        MailState.STOPPED: Became.STOPPED,
    }[owed.state]


def _chosen(query: Any, study_id: int, wanted: Wanted) -> Any:
    """The query with what is wanted."""
    query = (
        query.select_from(Outbox)
        .join(Round, Round.id == Outbox.round_id)
        .join(Expert, Expert.id == Outbox.expert_id)
        .where(Round.study_id == study_id)
    )
    if wanted.became is not None:
        query = query.where(_WHERE[wanted.became])
    if wanted.round is not None:
        query = query.where(Round.number == wanted.round)
    if wanted.message in (INVITATION, NEXT_ROUND):
        first = Round.number == 1
        query = query.where(
            or_(Outbox.act == INVITATION, Outbox.act.startswith(f"{INVITATION}:")),
            first if wanted.message == INVITATION else ~first,
        )
    elif wanted.message:
        query = query.where(
            or_(Outbox.act == wanted.message, Outbox.act.startswith(f"{wanted.message}:"))
        )
    return query
