"""Owe messages, and settle the debt: the outbox is the truth about what was sent.

A row is written with the act that causes it and never twice for the same act and expert. Whoever
delivers takes a lease first, so that a killed worker's message is sent by the next one under the same
Message-ID.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true, update

from surveys.mail import wording
from surveys.models.base import AnySession, insert_of
from surveys.models.feedback import FeedbackCondition
from surveys.models.invitation import MailState, Outbox, Owed
from surveys.models.panel import Expert
from surveys.models.response import Response
from surveys.models.round import Round
from surveys.services import auditing
from surveys.services.linking import opaque_id

# What a row is owed for begins with one of these.
INVITATION = wording.INVITATION
REMINDER = wording.REMINDER
RECEIPT = wording.RECEIPT
RESULT = wording.RESULT
LOST_LINK = wording.LOST_LINK
LEASE = timedelta(minutes=5)
# With pauses that double up to the longest: a mail server may be away for two days.
MOST_ATTEMPTS = 16
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)


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

    For somebody who joins while a round is open, and for somebody whose link was replaced.
    """
    return invite_latecomers(
        session, [expert], act=act, sender_host=sender_host, actor=actor, at=at
    )


def invite_latecomers(
    session: AnySession,
    experts: Sequence[Expert],
    *,
    act: str,
    sender_host: str,
    actor: str,
    at: datetime,
) -> bool:
    """Owe experts of one study the link into the round that is open now; whether there is one.

    In a round with feedback each newcomer is allotted to the arm with the fewest experts.
    """
    round_ = session.scalar(
        select(Round)
        .where(Round.study_id == experts[0].study_id, Round.opened_at.is_not(None))
        .order_by(Round.number.desc())
        .limit(1)
    )
    if round_ is None or not round_.dates.accepts(at):
        return False
    owe(session, experts, round_, act, sender_host=sender_host, at=at)
    _allot_late(session, round_, experts, at)
    codes = [expert.code for expert in experts]
    auditing.record(
        session,
        study_id=round_.study_id,
        actor=actor,
        act="link sent",
        at=at,
        round=round_.number,
        **({"expert": codes[0]} if len(codes) == 1 else {"experts": codes}),
    )
    return True


def _allot_late(
    session: AnySession, round_: Round, experts: Sequence[Expert], at: datetime
) -> None:
    """Give newcomers a condition where the round feeds something back."""
    allotted = session.execute(
        select(FeedbackCondition.expert_id, FeedbackCondition.arm).where(
            FeedbackCondition.round_id == round_.id
        )
    ).all()
    counts = Counter(arm for _expert, arm in allotted)
    known = {expert_id for expert_id, _arm in allotted}
    for expert in experts:
        if not counts or expert.id in known:
            continue
        arm = min(sorted(counts), key=lambda arm: counts[arm])
        counts[arm] += 1
        session.add(
            FeedbackCondition(round_id=round_.id, expert_id=expert.id, arm=arm, allotted_at=at)
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


def is_unfinished(session: AnySession, round_: Round, expert: Expert) -> bool:
    """Whether a round still waits for an expert who was invited to it."""
    submitted = session.scalar(
        select(Response.id).where(
            Response.round_id == round_.id,
            Response.expert_id == expert.id,
            Response.submitted_at.is_not(None),
        )
    )
    return submitted is None and expert.withdrawn_at is None


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
        .values(
            # Found in the hands of a sender who died: it may have gone out before that.
            possibly_twice=case((box.state == MailState.SENDING, true()), else_=box.possibly_twice),
            state=MailState.SENDING,
            lease_until=at + LEASE,
            attempts=box.attempts + 1,
        )
        .execution_options(synchronize_session=False)
    )
    return bool(result.rowcount == 1)  # type: ignore[attr-defined]


def settled(session: AnySession, outbox_id: int, at: datetime, *, box: type[Owed] = Outbox) -> None:
    """The message went out."""
    message = session.get_one(box, outbox_id)
    message.state = MailState.SENT
    message.sent_at = at
    message.lease_until = None
    message.problem = ""
    session.flush()


def stopped(
    session: AnySession, outbox_id: int, why: str = "", *, box: type[Owed] = Outbox
) -> None:
    """The message lost its purpose before it went out; ``why`` is one of ``letters.Pointless``."""
    message = session.get_one(box, outbox_id)
    message.state = MailState.STOPPED
    message.problem = why
    message.lease_until = None
    session.flush()


def failed(
    session: AnySession,
    outbox_id: int,
    problem: str,
    *,
    final: bool,
    at: datetime,
    uncertain: bool = False,
    not_before: Callable[[datetime], datetime] | None = None,
    box: type[Owed] = Outbox,
) -> None:
    """The message did not go out: ask again later, each pause twice as long, or give up.

    uncertain : it may have gone out all the same. not_before : holds what is tried again back until
    mails may go out.
    """
    message = session.get_one(box, outbox_id)
    message.possibly_twice = message.possibly_twice or uncertain
    message.problem = without_addresses(problem)[:500]
    message.lease_until = None
    if final or message.attempts >= MOST_ATTEMPTS:
        message.state = MailState.REFUSED
    else:
        message.state = MailState.QUEUED
        pause = min(FIRST_PAUSE * 2 ** (message.attempts - 1), LONGEST_PAUSE)
        message.due_at = not_before(at + pause) if not_before else at + pause
    session.flush()


def unwritten(
    session: AnySession, outbox_id: int, problem: str, at: datetime, *, box: type[Owed] = Outbox
) -> None:
    """The message could not even be written: it waits like one that failed and holds up no other.

    One that somebody has taken for sending is left to its lease.
    """
    if claim(session, outbox_id, at, box=box):
        session.expire_all()
        failed(session, outbox_id, problem, final=False, at=at, box=box)


def send_again(
    session: AnySession, study_id: int, outbox_id: int, *, actor: str, at: datetime
) -> bool:
    """Let a message that was given up or stopped be tried anew, under its Message-ID.

    Whether there is anything to try: one that waits or went out is left alone.
    """
    message = session.scalar(
        select(Outbox)
        .join(Round, Round.id == Outbox.round_id)
        .where(
            Outbox.id == outbox_id,
            Round.study_id == study_id,
            Outbox.state.in_((MailState.REFUSED, MailState.STOPPED)),
        )
    )
    if message is None:
        return False
    message.state, message.attempts, message.due_at = MailState.QUEUED, 0, at
    message.lease_until = None
    session.flush()
    auditing.record(
        session,
        study_id=study_id,
        actor=actor,
        act="mail tried again",
        at=at,
        round=session.get_one(Round, message.round_id).number,
        expert=session.get_one(Expert, message.expert_id).code,
        message=message.act.partition(":")[0],
    )
    return True


def send_all_again(session: AnySession, study_id: int, *, actor: str, at: datetime) -> int:
    """The same for everything the study's mail servers refused; how many."""
    refused = session.scalars(
        select(Outbox.id)
        .join(Round, Round.id == Outbox.round_id)
        .where(Round.study_id == study_id, Outbox.state == MailState.REFUSED)
    ).all()
    return sum(send_again(session, study_id, one, actor=actor, at=at) for one in refused)


def tell_results(
    session: AnySession, round_: Round, *, sender_host: str, actor: str, at: datetime
) -> int:
    """Owe everyone who answered in a closed round what came of it; how many are new."""
    experts = answered(session, round_)
    added = owe(session, experts, round_, RESULT, sender_host=sender_host, at=at)
    if added:
        auditing.record(
            session,
            study_id=round_.study_id,
            actor=actor,
            act="result mail queued",
            at=at,
            round=round_.number,
            experts=added,
        )
    return added


def answered(session: AnySession, round_: Round) -> list[Expert]:
    """Experts who answered in the round and are still in the study."""
    return list(
        session.scalars(
            select(Expert)
            .join(Response, Response.expert_id == Expert.id)
            .where(Response.round_id == round_.id, Expert.withdrawn_at.is_(None))
            .order_by(Expert.id)
        )
    )


def without_addresses(text: str) -> str:
    """A server's words with every e-mail address masked: they are stored beside pseudonyms."""
    return re.sub(r"[^\s<>(),;]*@[^\s<>(),;:]+", "‹address›", text)


def _claimable(box: type[Owed], at: datetime) -> ColumnElement[bool]:
    return or_(
        and_(box.state == MailState.QUEUED, box.due_at <= at),
        and_(box.state == MailState.SENDING, box.lease_until < at),
    )
