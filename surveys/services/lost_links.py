"""Send a lost link again to who types its address, without a word on whether the address is known.

Asking does the same work for every address: it notes a keyed mark of it. Whose address it is is found
out later by the worker, and told to nobody but the mailbox of that address.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, or_, select

from surveys.models.base import AnySession
from surveys.models.contact import Contact
from surveys.models.invitation import LinkRequest, PersonalLink
from surveys.models.panel import Expert
from surveys.models.round import Round
from surveys.services import auditing, mailing, turnstile
from surveys.services.linking import LinkMaker, make_link

REMEMBERED = timedelta(days=1)


class NoAddress(Exception):
    """What was typed cannot be an e-mail address."""


def ask(session: AnySession, typed: str, client: str, *, links: LinkMaker, at: datetime) -> None:
    """Note that the link of an address is asked for.

    An address that was asked for too often is noted like any other, and gets nothing.

    Raises NoAddress, or turnstile.TooManyRequests.
    """
    try:
        address = validate_email(typed, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise NoAddress from None
    turnstile.note(session, address.normalized, client, links=links, at=at)


def waiting(session: AnySession, at: datetime) -> bool:
    """Whether there is something to answer, or to forget."""
    return (
        session.scalar(
            select(LinkRequest.id)
            .where(or_(LinkRequest.answered_at.is_(None), LinkRequest.asked_at <= at - REMEMBERED))
            .limit(1)
        )
        is not None
    )


def answer(session: AnySession, *, links: LinkMaker, sender_host: str, at: datetime) -> int:
    """Owe one mail for each study that an asked address is on; say how many. Forget old requests."""
    session.execute(
        delete(LinkRequest)
        .where(LinkRequest.asked_at <= at - REMEMBERED)
        .execution_options(synchronize_session=False)
    )
    requests = session.scalars(
        select(LinkRequest)
        .where(LinkRequest.answered_at.is_(None))
        .order_by(LinkRequest.id)
        .with_for_update(skip_locked=True)
    ).all()
    if not requests:
        return 0
    experts = _experts_by_mark(session, links)
    owed = 0
    answered = set()
    for request in requests:
        request.answered_at = at
        # Asked for twice before anybody looked: one mail is enough.
        if request.passed_over or request.address_mark in answered:
            continue
        answered.add(request.address_mark)
        for expert_id in experts.get(request.address_mark, ()):
            expert = session.get_one(Expert, expert_id)
            owed += _send_again(session, expert, request, links, sender_host, at)
    session.flush()
    return owed


def _experts_by_mark(session: AnySession, links: LinkMaker) -> dict[str, list[int]]:
    """Everybody who is still on a panel, by the mark of their address."""
    found = defaultdict(list)
    for expert_id, email in session.execute(
        select(Expert.id, Contact.email)
        .join(Contact, Contact.expert_id == Expert.id)
        .where(Expert.withdrawn_at.is_(None))
        .order_by(Expert.id)
    ):
        found[links.mark(f"address {email.lower()}")].append(expert_id)
    return found


def _send_again(
    session: AnySession,
    expert: Expert,
    request: LinkRequest,
    links: LinkMaker,
    sender_host: str,
    at: datetime,
) -> bool:
    """Owe an expert the link that stands, unless every link was revoked; whether one is owed.

    One that has expired stays dead, for it may lie in an old mail of somebody else's: a new one is made.
    """
    link = session.scalar(
        select(PersonalLink)
        .where(PersonalLink.expert_id == expert.id, PersonalLink.revoked_at.is_(None))
        .order_by(PersonalLink.generation.desc())
        .limit(1)
    )
    round_ = _round_of(session, expert)
    if link is None or round_ is None:
        return False
    if link.expires_at <= at:
        make_link(session, expert, links, at)
    mailing.owe(
        session,
        [expert],
        round_,
        f"{mailing.LOST_LINK}:{request.id}",
        sender_host=sender_host,
        at=at,
    )
    auditing.record(
        session,
        study_id=expert.study_id,
        actor=auditing.SYSTEM,
        act="lost link sent",
        at=at,
        expert=expert.code,
    )
    return True


def _round_of(session: AnySession, expert: Expert) -> Round | None:
    """The round a link leads to: the newest that was launched, before the first launch the first."""
    rounds = select(Round).where(Round.study_id == expert.study_id).limit(1)
    launched = rounds.where(Round.opened_at.is_not(None)).order_by(Round.number.desc())
    return session.scalar(launched) or session.scalar(rounds.order_by(Round.number))
