"""People who run studies: their accounts, their one-time sign-ins, their roles."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from flask_security.core import UserMixin, WebAuthnMixin
from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveys.models.base import Model, value_enum


def _now() -> datetime:
    """The library writes these rows, and knows nothing of our clock."""
    return datetime.now(UTC)


class Role(StrEnum):
    """What a researcher may do in one study."""

    LEAD = "lead"
    FACILITATOR = "facilitator"
    ANALYST = "analyst"
    OBSERVER = "observer"


class Researcher(Model, UserMixin):
    """One account. Roles belong to studies (Membership), never to the account itself."""

    __tablename__ = "researcher"
    __table_args__ = (
        Index("uq_researcher_fs_webauthn_user_handle", "fs_webauthn_user_handle", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    # Empty until one is chosen: until then pages speak what the browser asks for.
    language: Mapped[str] = mapped_column(String(5), default="")
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    # Changing it ends every session of the account.
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    # These names are the sign-in library's. Secret and codes are encrypted by it, with keys that are not
    # in the database.
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    # A type of its own: what is mutable belongs to the type, and the others are not.
    mf_recovery_codes: Mapped[list[Any] | None] = mapped_column(
        MutableList.as_mutable(JSON(none_as_null=True))
    )
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(  # type: ignore[assignment]
        String(64)
    )

    webauthn: Mapped[list[Passkey]] = relationship(  # type: ignore[assignment]
        cascade="all, delete-orphan", passive_deletes=True, order_by="Passkey.id"
    )

    # The library asks every account for global roles, and for a telephone; Rondo has neither.
    roles: ClassVar[list[str]] = []  # type: ignore[misc, assignment]
    tf_phone_number: ClassVar[None] = None  # type: ignore[misc]


class Passkey(Model, WebAuthnMixin):
    """A key on a device with which a researcher signs in; names of columns are the library's."""

    __tablename__ = "passkey"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("researcher.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(64))
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(default=0)
    transports: Mapped[list[Any] | None]
    backup_state: Mapped[bool]
    device_type: Mapped[str] = mapped_column(String(64))
    extensions: Mapped[str | None] = mapped_column(String(255))
    usage: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=_now)
    lastuse_datetime: Mapped[datetime] = mapped_column(default=_now)


class OneTimeSignIn(Model):
    """A link that signs one researcher in, once: the first visit, or a forgotten password."""

    __tablename__ = "one_time_sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    researcher_id: Mapped[int] = mapped_column(ForeignKey("researcher.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Membership(Model):
    """The role of one researcher in one study."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("study_id", "researcher_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    researcher_id: Mapped[int] = mapped_column(
        ForeignKey("researcher.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[Role] = mapped_column(value_enum(Role))
    created_at: Mapped[datetime]
