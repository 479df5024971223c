"""Bring experts onto the panel, and researchers into a study."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from sqlalchemy import func, select

from surveys.items.base import N_
from surveys.models.audit import AuditEvent
from surveys.models.base import AnySession
from surveys.models.contact import Contact
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.study import Study
from surveys.services import auditing
from surveys.services.linking import LinkMaker, make_link, opaque_id
from surveys.services.problems import Problem, Refused

LONGEST_NAME = 120


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
    name, wrong = checked_name(newcomer.name)
    problems += wrong
    email, wrong = checked_address(newcomer.email, simulated=study.simulated)
    problems += wrong
    if is_on_panel(session, study, email):
        problems.append(is_there_already(email))
    if problems or group is None:
        raise NotAdded(problems)

    expert = Expert(
        study_id=study.id,
        group_id=group.id,
        code=code_of(next_number(session, study.id)),
        participation=opaque_id(),
        language=newcomer.language,
        created_at=at,
    )
    session.add(expert)
    session.flush()
    session.add(Contact(expert_id=expert.id, name=name, email=email))
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


def code_of(number: int) -> str:
    """The pseudonym of the panel's expert of this number."""
    return f"E{number:02d}"


def next_number(session: AnySession, study_id: int) -> int:
    """The number of the next pseudonym; never one that stands for somebody in the trail."""
    codes = [
        *session.scalars(select(Expert.code).where(Expert.study_id == study_id)),
        *session.scalars(
            select(AuditEvent.details["expert"].as_string()).where(
                AuditEvent.study_id == study_id, AuditEvent.act == "expert removed"
            )
        ),
    ]
    numbers = (code[1:] for code in codes if code)
    return 1 + max((int(number) for number in numbers if number.isdecimal()), default=0)


def checked_name(typed: str) -> tuple[str, list[Problem]]:
    """A name on one line, and what is wrong with it."""
    name = " ".join("".join(sign if sign.isprintable() else " " for sign in typed).split())
    if not name:
        return name, [Problem(N_("The name is empty."))]
    if len(name) > LONGEST_NAME:
        return name, [
            Problem(
                N_("The name is longer than %(longest)s characters."), {"longest": LONGEST_NAME}
            )
        ]
    return name, []


def checked_address(typed: str, *, simulated: bool) -> tuple[str, list[Problem]]:
    """An address as mail is sent to it, and what is wrong with it."""
    email = typed.strip()
    if not email:
        return email, [Problem(N_("The e-mail address is empty."))]
    try:
        checked = validate_email(email, check_deliverability=False, test_environment=simulated)
    except EmailNotValidError:
        return email, [_wrong_address(email)]
    return checked.normalized, []


def is_there_already(email: str) -> Problem:
    """That somebody has a place on the panel."""
    return Problem(N_("The address “%(email)s” is on this panel already."), {"email": email})


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
