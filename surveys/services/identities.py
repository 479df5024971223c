"""Who is behind a pseudonym: look with a purpose, correct a name or an address.

Every look is in the audit trail: who looked, when, what for, at whom. The trail itself holds codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select

from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.contact import Contact
from surveys.models.invitation import Outbox
from surveys.models.panel import Expert
from surveys.models.study import Study
from surveys.queries.panel import newest_round
from surveys.services import auditing, linking, mailing, recruiting
from surveys.services.linking import LinkMaker
from surveys.services.problems import Problem, Refused

LONGEST_NOTE = 200


class Purpose(StrEnum):
    """What somebody looks at names for."""

    CONTACT = "contact"
    CORRECT = "correct"
    REQUEST = "request"
    ACKNOWLEDGE = "acknowledge"
    OTHER = "other"


PURPOSE_NAMES = {
    Purpose.CONTACT: N_("to get in touch with experts"),
    Purpose.CORRECT: N_("to correct a name or an address"),
    Purpose.REQUEST: N_("because an expert asked for it"),
    Purpose.ACKNOWLEDGE: N_("for thanks, fees or certificates"),
    Purpose.OTHER: N_("for something else"),
}


class NoPurpose(Refused):
    """Names are shown to nobody who does not say what for."""


class NotCorrected(Refused):
    """A name or an address cannot be what was typed."""


class NewLink(StrEnum):
    """What happens to the personal link when an address is corrected."""

    NOTHING = "nothing"
    AGAIN = "again"
    REPLACED = "replaced"


def purpose_of(typed: str, note: str) -> tuple[Purpose, str]:
    """What somebody said they look for. Raises NoPurpose."""
    told = " ".join(note.split())
    problems = []
    if typed not in set(Purpose):
        problems.append(Problem(N_("Please say what you need the names for.")))
    elif typed == Purpose.OTHER and not told:
        problems.append(Problem(N_("Please say in a few words what you need the names for.")))
    if len(told) > LONGEST_NOTE:
        problems.append(
            Problem(
                N_("Please keep the remark under %(longest)s characters."),
                {"longest": LONGEST_NOTE},
            )
        )
    if problems:
        raise NoPurpose(problems)
    return Purpose(typed), told


def look(
    session: AnySession,
    study_id: int,
    codes: Sequence[str],
    *,
    purpose: Purpose,
    note: str = "",
    actor: str,
    at: datetime,
) -> None:
    """Keep that somebody looked at the names behind these codes."""
    auditing.record(
        session,
        study_id=study_id,
        actor=actor,
        act="identities viewed",
        at=at,
        purpose=purpose.value,
        note=note,
        experts=list(codes),
    )


def correct(
    session: AnySession,
    study: Study,
    expert: Expert,
    *,
    name: str,
    email: str,
    link: NewLink,
    links: LinkMaker,
    sender_host: str,
    actor: str,
    at: datetime,
) -> bool:
    """Correct who an expert is; say whether the link was sent again.

    The link is sent where a round takes answers. REPLACED makes a new one, for whoever read the
    mail at the wrong address has the old one.

    Raises NotCorrected with every problem at once.
    """
    contact = session.scalar(select(Contact).where(Contact.expert_id == expert.id))
    if contact is None or expert.withdrawn_at is not None:
        raise NotCorrected([Problem(N_("%(code)s has left the study."), {"code": expert.code})])
    written, problems = recruiting.checked_name(name)
    address, wrong = recruiting.checked_address(email, simulated=study.simulated)
    problems += wrong
    if address.lower() != contact.email.lower() and recruiting.is_on_panel(session, study, address):
        problems.append(recruiting.is_there_already(address))
    if problems:
        raise NotCorrected(problems)
    changed = {"name": contact.name != written, "address": contact.email != address}
    contact.name, contact.email = written, address
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="identity corrected",
        at=at,
        expert=expert.code,
        changed=[part for part, is_new in changed.items() if is_new],
    )
    return send_link(
        session,
        study,
        expert,
        link=link,
        links=links,
        sender_host=sender_host,
        actor=actor,
        at=at,
    )


def send_link(
    session: AnySession,
    study: Study,
    expert: Expert,
    *,
    link: NewLink,
    links: LinkMaker,
    sender_host: str,
    actor: str,
    at: datetime,
) -> bool:
    """Send an expert the link once more, the same or a new one; say whether a round is open for it."""
    if link is NewLink.NOTHING or expert.withdrawn_at is not None:
        return False
    if link is NewLink.REPLACED:
        generation = linking.make_link(session, expert, links, at).generation
        act = f"{mailing.INVITATION}:link-{generation}"
        auditing.record(
            session,
            study_id=study.id,
            actor=actor,
            act="link replaced",
            at=at,
            expert=expert.code,
        )
    else:
        round_ = newest_round(session, study)
        sent = session.scalar(
            select(func.count(Outbox.id)).where(
                Outbox.expert_id == expert.id,
                Outbox.round_id == (round_.id if round_ else 0),
                Outbox.act.startswith(mailing.INVITATION),
            )
        )
        act = f"{mailing.INVITATION}:again-{sent}" if sent else mailing.INVITATION
    return mailing.invite_late(
        session, expert, act=act, sender_host=sender_host, actor=actor, at=at
    )
