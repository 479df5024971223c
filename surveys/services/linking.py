"""Personal links: made from a key outside the database, known to it only by their hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from surveys.models.base import AnySession
from surveys.models.invitation import PersonalLink
from surveys.models.panel import Expert


class LinkUnknown(Exception):
    """No expert has this link."""


class LinkReplaced(Exception):
    """The link was revoked; a newer one was made."""


class LinkExpired(Exception):
    """The link's time is over."""


class ExpertWithdrew(Exception):
    """The expert has left the study."""

    def __init__(self, participation: str) -> None:
        super().__init__()
        self.participation = participation


@dataclass(frozen=True, slots=True)
class LinkMaker:
    """Makes and recognises links; holds the key that the database does not."""

    key: str
    days: int

    def token(self, participation: str, generation: int) -> str:
        """The secret part of the address: the same every time, so a reminder needs no store."""
        message = f"{participation}:{generation}".encode()
        digest = hmac.new(self.key.encode(), message, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def mark(self, text: str) -> str:
        """A keyed mark, by which a text can be recognised and from which it cannot be read."""
        return hmac.new(self.key.encode(), f"mark:{text}".encode(), hashlib.sha256).hexdigest()


def token_hash(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def opaque_id() -> str:
    """A name that says nothing and cannot be guessed."""
    return secrets.token_urlsafe(12)


def make_link(session: AnySession, expert: Expert, links: LinkMaker, at: datetime) -> PersonalLink:
    """Begin the next generation of an expert's link and revoke the earlier ones."""
    earlier = session.scalars(select(PersonalLink).where(PersonalLink.expert_id == expert.id)).all()
    for link in earlier:
        link.revoked_at = link.revoked_at or at
    generation = 1 + max((link.generation for link in earlier), default=0)
    link = PersonalLink(
        expert_id=expert.id,
        generation=generation,
        token_hash=token_hash(links.token(expert.participation, generation)),
        created_at=at,
        expires_at=at + timedelta(days=links.days),
    )
    session.add(link)
    session.flush()
    return link


def make_first_links(
    session: AnySession, experts: Sequence[Expert], links: LinkMaker, at: datetime
) -> None:
    """Begin the links of experts who have none yet."""
    session.add_all(
        PersonalLink(
            expert_id=expert.id,
            generation=1,
            token_hash=token_hash(links.token(expert.participation, 1)),
            created_at=at,
            expires_at=at + timedelta(days=links.days),
        )
        for expert in experts
    )
    session.flush()


def renew_links(session: AnySession, expert_ids: list[int], links: LinkMaker, at: datetime) -> None:
    """Let the standing links of these experts last again from ``at``."""
    for link in session.scalars(
        select(PersonalLink).where(
            PersonalLink.expert_id.in_(expert_ids), PersonalLink.revoked_at.is_(None)
        )
    ):
        link.expires_at = max(link.expires_at, at + timedelta(days=links.days))
    session.flush()


def revoke_links(session: AnySession, expert: Expert, at: datetime) -> None:
    """Make every link of an expert useless."""
    for link in session.scalars(
        select(PersonalLink).where(
            PersonalLink.expert_id == expert.id, PersonalLink.revoked_at.is_(None)
        )
    ):
        link.revoked_at = at
    session.flush()


def plain_token(session: AnySession, expert: Expert, links: LinkMaker) -> str:
    """Make the standing link's token again, for a message that goes out now.

    Raises LinkUnknown if every link of the expert is revoked.
    """
    generation = session.scalar(
        select(PersonalLink.generation)
        .where(PersonalLink.expert_id == expert.id, PersonalLink.revoked_at.is_(None))
        .order_by(PersonalLink.generation.desc())
        .limit(1)
    )
    if generation is None:
        raise LinkUnknown
    return links.token(expert.participation, generation)


def expert_behind(session: AnySession, token: str, at: datetime) -> Expert:
    """Whose link this is. Reads only: mail scanners open links.

    Raises LinkUnknown, LinkReplaced, LinkExpired or ExpertWithdrew.
    """
    row = session.execute(
        select(PersonalLink, Expert)
        .join(Expert, Expert.id == PersonalLink.expert_id)
        .where(PersonalLink.token_hash == token_hash(token))
    ).first()
    if row is None:
        raise LinkUnknown
    link, expert = row
    if expert.withdrawn_at is not None:
        raise ExpertWithdrew(expert.participation)
    if link.revoked_at is not None:
        raise LinkReplaced
    if link.expires_at <= at:
        raise LinkExpired
    return expert
