"""Who gets no more mail of a study: known by a keyed mark of the address, and nothing else of it."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from surveys.items.base import N_
from surveys.models.base import AnySession, insert_of
from surveys.models.contact import Contact
from surveys.models.mail import MailStop
from surveys.models.panel import Expert
from surveys.services import auditing
from surveys.services.linking import LinkMaker
from surveys.services.problems import Problem, Refused

# Long enough that nobody guesses it, short enough for one line of a mail.
SECRET_SIGNS = 32
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Stopped:
    """One entry of the list; ``code`` is empty once the person has no place on the panel any more."""

    id: int
    code: str
    reason: str
    actor: str
    made_at: datetime


def secret(participation: str, links: LinkMaker) -> str:
    """The part of an address that lets its owner ask for no more mail, and for nothing else."""
    return f"{participation}/{links.mark(f'no more mail {participation}')[:SECRET_SIGNS]}"


def asking(session: AnySession, participation: str, proof: str, links: LinkMaker) -> Expert | None:
    """Whose mail the address at the foot was in; None for one that we did not make.

    It works as long as the study is there, also after the person has left.
    """
    made = secret(participation, links).partition("/")[2]
    if not hmac.compare_digest(made.encode(), proof.encode("utf-8", "surrogatepass")):
        return None
    return session.scalar(select(Expert).where(Expert.participation == participation))


def holds(session: AnySession, study_id: int, email: str, links: LinkMaker) -> bool:
    """Whether nothing is to be sent to an address."""
    return (
        session.scalar(
            select(MailStop.id).where(
                MailStop.study_id == study_id, MailStop.mark == _mark(email, links)
            )
        )
        is not None
    )


def stop(
    session: AnySession,
    expert: Expert,
    *,
    reason: str,
    actor: str,
    links: LinkMaker,
    at: datetime,
) -> bool:
    """Send nothing more to an expert's address; whether that is new."""
    email = _address(session, expert)
    if not email:
        # Who is not reachable any more gets no mail as it is.
        return False
    added = session.execute(
        insert_of(session)(MailStop)
        .values(
            study_id=expert.study_id,
            mark=_mark(email, links),
            expert_id=expert.id,
            reason=reason.strip()[:LONGEST_REASON],
            actor=actor,
            made_at=at,
        )
        .on_conflict_do_nothing()
        .returning(MailStop.id)
    ).all()
    if added:
        auditing.record(
            session,
            study_id=expert.study_id,
            actor=actor,
            act="mail stopped",
            at=at,
            expert=expert.code,
        )
    return bool(added)


def stop_by_code(
    session: AnySession,
    study_id: int,
    code: str,
    *,
    reason: str,
    actor: str,
    links: LinkMaker,
    at: datetime,
) -> bool:
    """The same for a researcher, who names the expert by code and says why. Raises Refused."""
    expert = session.scalar(
        select(Expert).where(Expert.study_id == study_id, Expert.code == code.strip().upper())
    )
    found = []
    if expert is None:
        found.append(Problem(N_("The panel has no expert %(code)s."), {"code": code.strip()}))
    if not reason.strip():
        found.append(Problem(N_("Please say why: colleagues will want to know.")))
    if expert is None or found:
        raise Refused(found)
    return stop(session, expert, reason=reason, actor=actor, links=links, at=at)


def resume(session: AnySession, study_id: int, entry_id: int, *, actor: str, at: datetime) -> bool:
    """Take an entry off the list; whether it was there."""
    entry = session.scalar(
        select(MailStop).where(MailStop.id == entry_id, MailStop.study_id == study_id)
    )
    if entry is None:
        return False
    expert = session.get(Expert, entry.expert_id) if entry.expert_id else None
    session.execute(delete(MailStop).where(MailStop.id == entry_id))
    session.flush()
    named = {"expert": expert.code} if expert else {}
    auditing.record(session, study_id=study_id, actor=actor, act="mail resumed", at=at, **named)
    return True


def resume_for(
    session: AnySession, expert: Expert, *, links: LinkMaker, actor: str, at: datetime
) -> bool:
    """Write to an expert again who asks for it; whether anything changed."""
    email = _address(session, expert)
    entry = session.scalar(
        select(MailStop.id).where(
            MailStop.study_id == expert.study_id, MailStop.mark == _mark(email, links)
        )
    )
    return entry is not None and resume(session, expert.study_id, entry, actor=actor, at=at)


def is_stopped(session: AnySession, expert: Expert, links: LinkMaker) -> bool:
    """Whether this expert gets no mail."""
    email = _address(session, expert)
    return not email or holds(session, expert.study_id, email, links)


def entries(session: AnySession, study_id: int) -> Sequence[Stopped]:
    """The list, the newest first."""
    return [
        Stopped(entry.id, code or "", entry.reason, entry.actor, entry.made_at)
        for entry, code in session.execute(
            select(MailStop, Expert.code)
            .outerjoin(Expert, Expert.id == MailStop.expert_id)
            .where(MailStop.study_id == study_id)
            .order_by(MailStop.made_at.desc(), MailStop.id.desc())
        )
    ]


def _address(session: AnySession, expert: Expert) -> str:
    return session.scalar(select(Contact.email).where(Contact.expert_id == expert.id)) or ""


def _mark(email: str, links: LinkMaker) -> str:
    return links.mark(f"no mail {email.strip().lower()}")
