"""Accounts of researchers and their one-time sign-ins."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select

from surveys.models.base import AnySession
from surveys.models.researcher import Membership, OneTimeSignIn, Researcher, Role
from surveys.services.linking import token_hash

LIFETIME = timedelta(hours=24)


class SignInUnknown(Exception):
    """No such one-time sign-in, or it was used, or its time is over."""


class AccountRefused(Exception):
    """An account cannot be made like this; the text says why."""


def find(session: AnySession, email: str) -> Researcher | None:
    """Whose account an address is; capitals do not matter."""
    return session.scalar(
        select(Researcher).where(func.lower(Researcher.email) == email.strip().lower())
    )


def account(
    session: AnySession, email: str, name: str, at: datetime, *, language: str | None = None
) -> Researcher:
    """The researcher with this address, made if there is none. Raises AccountRefused.

    language : in which the pages speak from now on; without one, what was chosen before, else
        whatever the browser asks for.
    """
    try:
        checked = validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise AccountRefused(f"“{email}” cannot be an e-mail address: {error}") from error
    found = session.scalar(
        select(Researcher).where(func.lower(Researcher.email) == checked.normalized.lower())
    )
    researcher = found or Researcher(
        email=checked.normalized,
        name=name.strip() or checked.local_part,
        fs_uniquifier=secrets.token_hex(32),
        created_at=at,
    )
    if language:
        researcher.language = language
    session.add(researcher)
    session.flush()
    return researcher


def offer(
    session: AnySession, researcher: Researcher, at: datetime, *, lifetime: timedelta = LIFETIME
) -> str:
    """A token that signs this researcher in once, within its lifetime; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeSignIn(
            researcher_id=researcher.id,
            token_hash=token_hash(token),
            created_at=at,
            expires_at=at + lifetime,
        )
    )
    session.flush()
    return token


def holder(session: AnySession, token: str, at: datetime) -> Researcher:
    """Whose sign-in this is. Reads only. Raises SignInUnknown."""
    found = session.execute(
        select(OneTimeSignIn, Researcher)
        .join(Researcher, Researcher.id == OneTimeSignIn.researcher_id)
        .where(OneTimeSignIn.token_hash == token_hash(token))
    ).first()
    if found is None or found.OneTimeSignIn.used_at or found.OneTimeSignIn.expires_at <= at:
        raise SignInUnknown
    researcher: Researcher = found.Researcher
    if not researcher.active:
        raise SignInUnknown
    return researcher


def use(session: AnySession, token: str, at: datetime) -> Researcher:
    """Spend a one-time sign-in. Raises SignInUnknown."""
    researcher = holder(session, token, at)
    row = session.scalar(select(OneTimeSignIn).where(OneTimeSignIn.token_hash == token_hash(token)))
    if row is not None:
        row.used_at = at
    session.flush()
    return researcher


def role_in(session: AnySession, researcher_id: int, study_id: int) -> Role | None:
    """A researcher's role in a study; None without one."""
    return session.scalar(
        select(Membership.role).where(
            Membership.researcher_id == researcher_id, Membership.study_id == study_id
        )
    )
