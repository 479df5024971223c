"""Bring experts onto the panel, and researchers into a study."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from sqlalchemy import func, select

from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.contact import Contact
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.study import Study
from surveys.services import auditing
from surveys.services.linking import LinkMaker, make_link, opaque_id
from surveys.services.problems import Problem, Refused


class NotAdded(Refused):
    """An expert cannot join the panel as described."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person as a researcher describes them."""

    name: str
    email: str
    group: str
    language: str


def add_expert(
    session: AnySession,
    study: Study,
    newcomer: Newcomer,
    *,
    links: LinkMaker,
    actor: str,
    at: datetime,
) -> Expert:
    """Give one person a place on the panel: a pseudonym, a contact kept apart, a personal link.

    Raises NotAdded with every problem at once.
    """
    problems = []
    group = session.scalar(
        select(StakeholderGroup).where(
            StakeholderGroup.study_id == study.id, StakeholderGroup.code == newcomer.group
        )
    )
    if group is None:
        problems.append(Problem(N_("There is no group “%(group)s”."), {"group": newcomer.group}))
    if newcomer.language not in study.languages:
        problems.append(
            Problem(
                N_("The study has no language “%(language)s”."), {"language": newcomer.language}
            )
        )
    if not newcomer.name.strip():
        problems.append(Problem(N_("The name is empty.")))
    email = newcomer.email.strip()
    try:
        email = validate_email(
            email, check_deliverability=False, test_environment=study.simulated
        ).normalized
    except EmailNotValidError:
        problems.append(_wrong_address(email))
    if is_on_panel(session, study, email):
        problems.append(
            Problem(N_("The address “%(email)s” is on this panel already."), {"email": email})
        )
    if problems or group is None:
        raise NotAdded(problems)

    number = 1 + (
        session.scalar(select(func.count(Expert.id)).where(Expert.study_id == study.id)) or 0
    )
    expert = Expert(
        study_id=study.id,
        group_id=group.id,
        code=f"E{number:02d}",
        participation=opaque_id(),
        language=newcomer.language,
        created_at=at,
    )
    session.add(expert)
    session.flush()
    session.add(Contact(expert_id=expert.id, name=newcomer.name.strip(), email=email))
    make_link(session, expert, links, at)
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="expert added",
        at=at,
        expert=expert.code,
        group=group.code,
    )
    return expert


def _wrong_address(email: str) -> Problem:
    """Why an address is refused. The checking library has its reasons in English only."""
    domain = email.rpartition("@")[2].lower()
    if any(f".{domain}".endswith(f".{name}") for name in SPECIAL_USE_DOMAIN_NAMES):
        return Problem(
            N_(
                "No mail can be sent to “%(email)s”: addresses like this serve for examples and "
                "tests."
            ),
            {"email": email},
        )
    return Problem(
        N_("“%(email)s” cannot be an e-mail address. Please look for a typing error."),
        {"email": email},
    )


def is_on_panel(session: AnySession, study: Study, email: str) -> bool:
    """Whether somebody with this address has a place on the panel, whatever the letters' case."""
    return bool(
        session.scalar(
            select(func.count(Contact.id))
            .join(Expert, Expert.id == Contact.expert_id)
            .where(Expert.study_id == study.id, func.lower(Contact.email) == email.lower())
        )
    )
