"""The panel by pseudonym, page by page; and, apart from it, who is behind the pseudonyms.

Only the second half joins Contact. Whoever calls it keeps that in the audit trail.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from surveys.models.base import AnySession
from surveys.models.contact import Contact
from surveys.models.invitation import MailState, Outbox
from surveys.models.panel import Consent, Expert, StakeholderGroup
from surveys.models.profile import Declaration
from surveys.models.response import Response
from surveys.models.round import Round
from surveys.models.study import Study

INVITATION = "invitation"


class Standing(StrEnum):
    """Where an expert stands in the newest launched round."""

    LEFT = "left"
    SUBMITTED = "submitted"
    BEGUN = "begun"
    REFUSED = "refused"
    STOPPED = "stopped"
    INVITED = "invited"
    ON_ITS_WAY = "on_its_way"
    NOT_INVITED = "not_invited"


@dataclass(frozen=True, slots=True)
class PanelLine:
    """One expert as everybody who runs the study may see them: a code, and nobody's name."""

    code: str
    group: dict[str, Any]
    language: str
    standing: Standing
    # What was declared about interests, in the version that is asked; None where nothing was.
    has_conflict: bool | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which experts are looked for; empty parts look for all."""

    code: str = ""
    group: str = ""
    language: str = ""
    standing: str = ""


def newest_round(session: AnySession, study: Study) -> Round | None:
    """The newest launched round, open or closed."""
    return session.scalar(
        select(Round)
        .where(Round.study_id == study.id, Round.opened_at.is_not(None))
        .order_by(Round.number.desc())
        .limit(1)
    )


def groups(session: AnySession, study: Study) -> list[StakeholderGroup]:
    """The study's groups in their order."""
    return list(
        session.scalars(
            select(StakeholderGroup)
            .where(StakeholderGroup.study_id == study.id)
            .order_by(StakeholderGroup.position, StakeholderGroup.id)
        )
    )


def how_many(session: AnySession, study: Study, round_: Round | None, wanted: Wanted) -> int:
    """How many experts are looked for."""
    found = _looked_for(study, round_, wanted).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def page(
    session: AnySession,
    study: Study,
    round_: Round | None,
    wanted: Wanted,
    *,
    after: int,
    most: int,
) -> list[PanelLine]:
    """Some of the experts who are looked for, in the order they joined."""
    found = _looked_for(study, round_, wanted).order_by(Expert.id)
    return [
        PanelLine(code, group or {}, language, Standing(where), has_conflict)
        for _id, code, group, language, where, has_conflict in session.execute(
            found.offset(after).limit(most)
        )
    ]


def _looked_for(study: Study, round_: Round | None, wanted: Wanted) -> Select[Any]:
    standing = _standing()
    found = _standings(study, round_).add_columns(
        Expert.code, StakeholderGroup.name, Expert.language, standing, Declaration.has_conflict
    )
    found = found.join(StakeholderGroup, StakeholderGroup.id == Expert.group_id, isouter=True)
    if wanted.code:
        found = found.where(Expert.code.icontains(wanted.code, autoescape=True))
    if wanted.group:
        found = found.where(StakeholderGroup.code == wanted.group)
    if wanted.language:
        found = found.where(Expert.language == wanted.language)
    if wanted.standing:
        found = found.where(standing == wanted.standing)
    return found.outerjoin(
        Declaration,
        and_(
            Declaration.expert_id == Expert.id,
            Declaration.version == str(study.conflicts.get("version", "")),
        ),
    )


def counts(session: AnySession, study: Study, round_: Round | None) -> dict[Standing, int]:
    """How many experts stand where."""
    standing = _standing().label("standing")
    each = _standings(study, round_).add_columns(standing).subquery()
    return {
        Standing(where): number
        for where, number in session.execute(
            select(each.c.standing, func.count()).group_by(each.c.standing)
        )
    }


def _standings(study: Study, round_: Round | None) -> Select[Any]:
    """Every expert with the invitation into a round and the response there."""
    number = round_.id if round_ is not None else 0
    return (
        select(Expert.id)
        .outerjoin(
            Outbox,
            and_(
                Outbox.expert_id == Expert.id,
                Outbox.round_id == number,
                Outbox.act == INVITATION,
            ),
        )
        .outerjoin(Response, and_(Response.expert_id == Expert.id, Response.round_id == number))
        .where(Expert.study_id == study.id)
    )


def _standing() -> ColumnElement[str]:
    """Where somebody stands: what came last counts."""
    return case(
        (Expert.withdrawn_at.is_not(None), Standing.LEFT.value),
        (Response.submitted_at.is_not(None), Standing.SUBMITTED.value),
        (Response.id.is_not(None), Standing.BEGUN.value),
        (Outbox.state == MailState.REFUSED, Standing.REFUSED.value),
        (Outbox.state == MailState.STOPPED, Standing.STOPPED.value),
        (Outbox.state == MailState.SENT, Standing.INVITED.value),
        (Outbox.id.is_not(None), Standing.ON_ITS_WAY.value),
        else_=Standing.NOT_INVITED.value,
    )


@dataclass(frozen=True, slots=True)
class Mailed:
    """One message to an expert."""

    act: str
    round_number: int
    state: MailState
    queued_at: datetime
    sent_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True)
class TookPart:
    """What an expert did in one launched round, never what was answered."""

    round_number: int
    started_at: datetime
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Member:
    """One expert's place on the panel, by pseudonym."""

    code: str
    group: str
    group_name: dict[str, Any]
    language: str
    created_at: datetime
    withdrawn_at: datetime | None
    consents: tuple[tuple[str, datetime], ...]
    mails: tuple[Mailed, ...]
    rounds: tuple[TookPart, ...]

    @property
    def may_be_removed(self) -> bool:
        """Whether nothing has reached this person and nothing came of it."""
        return not (self.mails or self.consents or self.rounds)


def expert(session: AnySession, study: Study, code: str) -> Expert | None:
    """The expert of this study under a code."""
    return session.scalar(select(Expert).where(Expert.study_id == study.id, Expert.code == code))


def member(session: AnySession, found: Expert) -> Member:
    """What is known of one expert's place."""
    group = session.get(StakeholderGroup, found.group_id) if found.group_id else None
    mails = session.execute(
        select(Outbox, Round.number)
        .join(Round, Round.id == Outbox.round_id)
        .where(Outbox.expert_id == found.id)
        .order_by(Outbox.id)
    )
    rounds = session.execute(
        select(Round.number, Response.started_at, Response.submitted_at)
        .join(Round, Round.id == Response.round_id)
        .where(Response.expert_id == found.id)
        .order_by(Round.number)
    )
    consents = session.execute(
        select(Consent.version, Consent.given_at)
        .where(Consent.expert_id == found.id)
        .order_by(Consent.given_at)
    )
    return Member(
        code=found.code,
        group=group.code if group else "",
        group_name=group.name if group else {},
        language=found.language,
        created_at=found.created_at,
        withdrawn_at=found.withdrawn_at,
        consents=tuple((version, at) for version, at in consents),
        mails=tuple(
            Mailed(mail.act, number, mail.state, mail.queued_at, mail.sent_at, mail.problem)
            for mail, number in mails
        ),
        rounds=tuple(TookPart(*row) for row in rounds),
    )


# --- who is who


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is behind a pseudonym; nobody once the identity was erased."""

    code: str
    withdrawn: bool
    name: str
    email: str
    wants_naming: bool | None
    named_as: str


def identities(
    session: AnySession, study: Study, search: str, *, after: int, most: int
) -> tuple[list[Identity], int]:
    """Some of the panel with names and addresses, and how many match the search.

    A search finds parts of names, addresses and codes, whatever the letters' case and accents.
    """
    everybody = (
        select(Expert, Contact)
        .outerjoin(Contact, Contact.expert_id == Expert.id)
        .where(Expert.study_id == study.id)
        .order_by(Expert.id)
    )
    if not search:
        total = session.scalar(select(func.count(Expert.id)).where(Expert.study_id == study.id))
        rows = session.execute(everybody.offset(after).limit(most))
        return [_identity(*row) for row in rows], total or 0
    # No database of ours folds accents, and a panel is small.
    words = folded(search).split()
    found = [
        one
        for one in (_identity(*row) for row in session.execute(everybody))
        if all(word in folded(f"{one.code} {one.name} {one.email}") for word in words)
    ]
    return found[after : after + most], len(found)


def identity(session: AnySession, found: Expert) -> Identity:
    """Who one expert is."""
    return _identity(found, session.scalar(select(Contact).where(Contact.expert_id == found.id)))


def _identity(expert: Expert, contact: Contact | None) -> Identity:
    return Identity(
        expert.code,
        expert.withdrawn_at is not None,
        contact.name if contact else "",
        contact.email if contact else "",
        contact.wants_naming if contact else None,
        contact.named_as if contact else "",
    )


def addresses(session: AnySession, study: Study) -> list[tuple[str, str]]:
    """Names and addresses of everybody on the panel, for finding somebody who is there already."""
    return [
        (name, email)
        for name, email in session.execute(
            select(Contact.name, Contact.email)
            .join(Expert, Expert.id == Contact.expert_id)
            .where(Expert.study_id == study.id)
            .order_by(Expert.id)
        )
    ]


def folded(text: str) -> str:
    """A text without case and accents, for comparing."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def plain(text: str) -> str:
    """A text for comparing: no case, no accents, no punctuation."""
    return " ".join(re.findall(r"[^\W_]+", folded(text)))


def number_to_be_named(session: AnySession, study: Study) -> int:
    """How many of those who answered wish to be named."""
    return session.scalar(select(func.count()).select_from(_named(study).subquery())) or 0


def to_be_named(session: AnySession, study: Study) -> Sequence[str]:
    """The names of those who wish to be named, in an order that tells nothing of their codes.

    Who answered in no round took no part, and who left the study is thanked by nobody's list.
    """
    rows = session.execute(_named(study))
    return sorted((named_as or name for name, named_as in rows), key=str.casefold)


def _named(study: Study) -> Select[str, str]:
    took_part = select(Response.id).where(Response.expert_id == Expert.id).exists()
    return (
        select(Contact.name, Contact.named_as)
        .join(Expert, Expert.id == Contact.expert_id)
        .where(
            Expert.study_id == study.id,
            Expert.withdrawn_at.is_(None),
            Contact.wants_naming.is_(True),
            took_part,
        )
    )
