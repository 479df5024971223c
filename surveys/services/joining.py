"""Who works on a study: ask a colleague in, change a role, take it back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.researcher import Membership, Researcher, Role
from surveys.models.study import Study
from surveys.services import auditing, signing_in, writing_to_researchers

ROLE_NAMES = {
    Role.LEAD: N_("lead"),
    Role.FACILITATOR: N_("facilitator"),
    Role.ANALYST: N_("analyst"),
    Role.OBSERVER: N_("observer"),
}


class AlreadyIn(Exception):
    """The colleague has a role in the study already."""


class LastLead(Exception):
    """A study without a lead would be nobody's: the last one cannot leave or step down."""


def invite(
    session: AnySession,
    study: Study,
    *,
    email: str,
    name: str,
    role: Role,
    language: str,
    sender_host: str,
    actor: str,
    at: datetime,
) -> Researcher:
    """Give a colleague a role, with an account if they have none, and owe them the news.

    Raises signing_in.AccountRefused for an address that cannot be one, and AlreadyIn.
    """
    colleague = signing_in.find(session, email) or signing_in.account(
        session, email, name, at, language=language
    )
    if signing_in.role_in(session, colleague.id, study.id) is not None:
        raise AlreadyIn
    session.add(Membership(study_id=study.id, researcher_id=colleague.id, role=role, created_at=at))
    session.flush()
    writing_to_researchers.owe_news_of_role(
        session, colleague, study, sender_host=sender_host, at=at
    )
    _record(session, study, "colleague asked in", colleague.id, role, actor, at)
    return colleague


def change_role(
    session: AnySession, study: Study, researcher_id: int, role: Role, *, actor: str, at: datetime
) -> None:
    """Give a colleague another role. Raises LastLead, or LookupError for a stranger."""
    membership = _membership(session, study, researcher_id)
    if membership.role is role:
        return
    _keep_a_lead(session, study, membership)
    membership.role = role
    session.flush()
    _record(session, study, "role changed", researcher_id, role, actor, at)


def take_out(
    session: AnySession, study: Study, researcher_id: int, *, actor: str, at: datetime
) -> None:
    """Take a colleague's role back; the account stays. Raises LastLead, or LookupError."""
    membership = _membership(session, study, researcher_id)
    _keep_a_lead(session, study, membership)
    role = membership.role
    session.delete(membership)
    session.flush()
    _record(session, study, "role taken back", researcher_id, role, actor, at)


def _membership(session: AnySession, study: Study, researcher_id: int) -> Membership:
    found = session.scalar(
        select(Membership).where(
            Membership.study_id == study.id, Membership.researcher_id == researcher_id
        )
    )
    if found is None:
        raise LookupError(researcher_id)
    return found


def _keep_a_lead(session: AnySession, study: Study, leaving: Membership) -> None:
    leads = session.scalar(
        select(func.count(Membership.id)).where(
            Membership.study_id == study.id, Membership.role == Role.LEAD
        )
    )
    if leaving.role is Role.LEAD and leads == 1:
        raise LastLead


def _record(
    session: AnySession,
    study: Study,
    act: str,
    researcher_id: int,
    role: Role,
    actor: str,
    at: datetime,
) -> None:
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act=act,
        at=at,
        colleague=auditing.researcher(researcher_id),
        role=role.value,
    )
