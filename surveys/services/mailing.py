"""Owe messages, and settle the debt: the outbox is the truth about what was sent.

A row is written with the act that causes it and never twice for the same act and expert. Whoever
delivers takes a lease first, so that a killed worker's message is sent by the next one under the same
Message-ID.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from surveys.models.base import AnySession, insert_of
from surveys.models.contact import Contact
from surveys.models.feedback import FeedbackCondition
from surveys.models.invitation import MailState, Outbox, Owed
from surveys.models.panel import Expert
from surveys.models.response import Response
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.services import auditing
from surveys.services.linking import LinkMaker, LinkUnknown, opaque_id, plain_token

INVITATION = "invitation"
REMINDER = "reminder"
RECEIPT = "receipt"
LOST_LINK = "link"
LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 8
FIRST_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a template needs to write one message; made when it goes out, kept nowhere."""

    template: str
    language: str
    default_language: str
    name: str
    email: str
    message_id: str
    token: str
    study_title: dict[str, str]
    round_number: int
    round_title: dict[str, str]
    closes_at: datetime | None
    contact_name: object
    contact_email: object
    simulated: bool
    # Of a submission, for its receipt.
    receipt: str = ""
    submitted_at: datetime | None = None
    takes_answers: bool = False
    # To a researcher who wants to see it first.
    trial: bool = False


def owe(
    session: AnySession,
    experts: Sequence[Expert],
    round_: Round,
    act: str,
    *,
    sender_host: str,
    at: datetime,
) -> int:
    """Note one message per expert for an act; say how many are new. Asking twice adds none."""
    if not experts:
        return 0
    rows = [
        {
            "expert_id": expert.id,
            "round_id": round_.id,
            **queued(act, sender_host=sender_host, at=at),
        }
        for expert in experts
    ]
    insert_if_new = insert_of(session)(Outbox).on_conflict_do_nothing().returning(Outbox.id)
    return sum(len(session.execute(insert_if_new.values(row)).all()) for row in rows)


def queued(act: str, *, sender_host: str, at: datetime) -> dict[str, Any]:
    """The columns of a message that begins its way, whoever it is owed to."""
    return {
        "act": act,
        "message_id": f"<{opaque_id()}@{sender_host}>",
        "state": MailState.QUEUED,
        "queued_at": at,
        "due_at": at,
        "attempts": 0,
        "problem": "",
    }


def invite_late(
    session: AnySession, expert: Expert, *, act: str, sender_host: str, actor: str, at: datetime
) -> bool:
    """Owe one expert the link into the round that is open now; whether there is one.

    For somebody who joins while a round is open, and for somebody whose link was replaced. In a round
    with feedback the newcomer is allotted to the arm with the fewest experts.
    """
    round_ = session.scalar(
        select(Round)
        .where(Round.study_id == expert.study_id, Round.opened_at.is_not(None))
        .order_by(Round.number.desc())
        .limit(1)
    )
    if round_ is None or not round_.dates.accepts(at):
        return False
    owe(session, [expert], round_, act, sender_host=sender_host, at=at)
    _allot_late(session, round_, expert, at)
    auditing.record(
        session,
        study_id=round_.study_id,
        actor=actor,
        act="link sent",
        at=at,
        round=round_.number,
        expert=expert.code,
    )
    return True


def _allot_late(session: AnySession, round_: Round, expert: Expert, at: datetime) -> None:
    """Give a newcomer a condition where the round feeds something back."""
    counts = dict(
        session.execute(
            select(FeedbackCondition.arm, func.count(FeedbackCondition.id))
            .where(FeedbackCondition.round_id == round_.id)
            .group_by(FeedbackCondition.arm)
        ).all()
    )
    known = session.scalar(
        select(FeedbackCondition.id).where(
            FeedbackCondition.round_id == round_.id, FeedbackCondition.expert_id == expert.id
        )
    )
    if counts and known is None:
        session.add(
            FeedbackCondition(
                round_id=round_.id,
                expert_id=expert.id,
                arm=min(sorted(counts), key=lambda arm: counts[arm]),
                allotted_at=at,
            )
        )
        session.flush()


def remind(
    session: AnySession,
    round_: Round,
    number: int,
    *,
    among: Collection[str] | None = None,
    sender_host: str,
    actor: str,
    at: datetime,
) -> int:
    """Owe the ``number``-th reminder of a round to everyone who has not submitted.

    The number comes from the page, so that pressing the button twice sends one reminder.

    among : the pseudonyms of those to remind; None for all.
    """
    experts = [
        expert for expert in unfinished(session, round_) if among is None or expert.code in among
    ]
    added = owe(session, experts, round_, f"{REMINDER}:{number}", sender_host=sender_host, at=at)
    if added:
        auditing.record(
            session,
            study_id=round_.study_id,
            actor=actor,
            act="reminder queued",
            at=at,
            round=round_.number,
            number=number,
            experts=added,
        )
    return added


def acknowledge(session: AnySession, response: Response, *, sender_host: str, at: datetime) -> int:
    """Owe the receipt of a submission, numbered, so that each is sent once."""
    earlier = session.scalar(
        select(func.count(Outbox.id)).where(
            Outbox.expert_id == response.expert_id,
            Outbox.round_id == response.round_id,
            Outbox.act.startswith(f"{RECEIPT}:"),
        )
    )
    return owe(
        session,
        [session.get_one(Expert, response.expert_id)],
        session.get_one(Round, response.round_id),
        f"{RECEIPT}:{1 + (earlier or 0)}",
        sender_host=sender_host,
        at=at,
    )


def unfinished(session: AnySession, round_: Round) -> list[Expert]:
    """Experts who were invited to the round and have not submitted."""
    submitted = select(Response.expert_id).where(
        Response.round_id == round_.id, Response.submitted_at.is_not(None)
    )
    invited = select(Outbox.expert_id).where(Outbox.round_id == round_.id, Outbox.act == INVITATION)
    return list(
        session.scalars(
            select(Expert)
            .where(
                Expert.id.in_(invited), Expert.withdrawn_at.is_(None), Expert.id.not_in(submitted)
            )
            .order_by(Expert.id)
        )
    )


def reminders_so_far(session: AnySession, round_: Round) -> int:
    """How many reminders the round has had."""
    return (
        session.scalar(
            select(func.count(func.distinct(Outbox.act))).where(
                Outbox.round_id == round_.id, Outbox.act.startswith(REMINDER)
            )
        )
        or 0
    )


def due(
    session: AnySession, at: datetime, limit: int = 100, *, box: type[Owed] = Outbox
) -> list[int]:
    """Messages that wait, or whose sender died with the lease."""
    return list(
        session.scalars(
            select(box.id).where(_claimable(box, at)).order_by(box.due_at, box.id).limit(limit)
        )
    )


def claim(session: AnySession, outbox_id: int, at: datetime, *, box: type[Owed] = Outbox) -> bool:
    """Take a message for sending; one UPDATE decides who gets it."""
    result = session.execute(
        update(box)
        .where(box.id == outbox_id, _claimable(box, at))
        .values(state=MailState.SENDING, lease_until=at + LEASE, attempts=box.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(result.rowcount == 1)  # type: ignore[attr-defined]


def letter(session: AnySession, outbox_id: int, links: LinkMaker) -> Letter | None:
    """What to write now; None if the message has no purpose any more.

    It has none once the expert withdrew, the round closed, or, for a reminder, the expert submitted.
    A receipt and a link that was lost go out after the close as well.
    """
    row = session.execute(
        select(Outbox, Expert, Contact, Round, Study, Response)
        .join(Expert, Expert.id == Outbox.expert_id)
        .join(Contact, Contact.expert_id == Expert.id)
        .join(Round, Round.id == Outbox.round_id)
        .join(Study, Study.id == Round.study_id)
        .outerjoin(
            Response, and_(Response.round_id == Round.id, Response.expert_id == Outbox.expert_id)
        )
        .where(Outbox.id == outbox_id)
    ).first()
    if row is None:
        return None
    message, expert, contact, round_, study, response = row
    template = message.act.partition(":")[0]
    if expert.withdrawn_at is not None:
        return None
    if round_.closed_at is not None and template not in (RECEIPT, LOST_LINK):
        return None
    if template == REMINDER and expert.id not in {e.id for e in unfinished(session, round_)}:
        return None
    try:
        token = plain_token(session, expert, links)
    except LinkUnknown:
        return None
    return Letter(
        template=template,
        language=expert.language,
        default_language=study.default_language,
        name=contact.name,
        email=contact.email,
        message_id=message.message_id,
        token=token,
        study_title=study.title,
        round_number=round_.number,
        round_title=round_.title,
        closes_at=round_.closes_at,
        contact_name=study.settings.get("contact_name", ""),
        contact_email=study.settings.get("contact_email", ""),
        simulated=study.simulated,
        receipt=response.receipt or "" if response else "",
        submitted_at=response.submitted_at if response else None,
        takes_answers=round_.opened_at is not None and round_.closed_at is None,
    )


def settled(session: AnySession, outbox_id: int, at: datetime, *, box: type[Owed] = Outbox) -> None:
    """The message went out."""
    message = session.get_one(box, outbox_id)
    message.state = MailState.SENT
    message.sent_at = at
    message.lease_until = None
    message.problem = ""
    session.flush()


def stopped(session: AnySession, outbox_id: int, *, box: type[Owed] = Outbox) -> None:
    """The message lost its purpose before it went out."""
    message = session.get_one(box, outbox_id)
    message.state = MailState.STOPPED
    message.lease_until = None
    session.flush()


def failed(
    session: AnySession,
    outbox_id: int,
    problem: str,
    *,
    final: bool,
    at: datetime,
    box: type[Owed] = Outbox,
) -> None:
    """The message did not go out: ask again later, each pause twice as long, or give up."""
    message = session.get_one(box, outbox_id)
    message.problem = without_addresses(problem)[:500]
    message.lease_until = None
    if final or message.attempts >= MOST_ATTEMPTS:
        message.state = MailState.REFUSED
    else:
        message.state = MailState.QUEUED
        message.due_at = at + FIRST_PAUSE * 2 ** (message.attempts - 1)
    session.flush()


def without_addresses(text: str) -> str:
    """A server's words with every e-mail address masked: they are stored beside pseudonyms."""
    return re.sub(r"[^\s<>(),;]*@[^\s<>(),;:]+", "‹address›", text)


def _claimable(box: type[Owed], at: datetime) -> ColumnElement[bool]:
    return or_(
        and_(box.state == MailState.QUEUED, box.due_at <= at),
        and_(box.state == MailState.SENDING, box.lease_until < at),
    )
