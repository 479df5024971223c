"""Personal links and the mail that carries them. No plain link and no address is ever stored here."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveys.models.base import Model, value_enum


class PersonalLink(Model):
    """The hash of one generation of an expert's link; revoking it begins the next generation."""

    __tablename__ = "personal_link"
    __table_args__ = (UniqueConstraint("expert_id", "generation"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id", ondelete="CASCADE"))
    generation: Mapped[int]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class LinkRequest(Model):
    """That somebody asked for a link by mail, a lost one or one to sign in; forgotten after a day.

    Of the address and of the asking computer only keyed marks are kept: the same one can be
    recognised, and nobody can be read off them.
    """

    __tablename__ = "link_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_mark: Mapped[str] = mapped_column(String(64), index=True)
    client_mark: Mapped[str] = mapped_column(String(64), index=True)
    asked_at: Mapped[datetime]
    # Asked for too often: it is noted like any other, and nothing is sent.
    passed_over: Mapped[bool]
    # When the worker looked whose address it is; of the answer nothing is kept here.
    answered_at: Mapped[datetime | None] = mapped_column(index=True)


class MailState(StrEnum):
    """Where a message is on its way."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    STOPPED = "stopped"


class Owed:
    """A message that is owed: leased while it is sent, never lost.

    ``act`` names what it is for ("invitation", "reminder:1"); address and link are put in only when
    it goes out. ``message_id`` is fixed here, so that a repeat after a crash is the same message.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    act: Mapped[str] = mapped_column(String(40))
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    state: Mapped[MailState] = mapped_column(value_enum(MailState))
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    # The server's words for a refusal, masked before they are stored; or why it was not sent.
    problem: Mapped[str] = mapped_column(default="")
    # Its sender died, or the connection ended, before anybody knew whether it had gone out.
    possibly_twice: Mapped[bool] = mapped_column(default=False)


class Outbox(Owed, Model):
    """One message owed to one expert; unique per act."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("expert_id", "round_id", "act"),
        Index("ix_outbox_due", "state", "due_at"),
    )

    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id", ondelete="CASCADE"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), index=True)
    # The MailText it was written with; nothing until it first goes out. No foreign key: texts go only
    # with their study, and the outbox goes with it too.
    text_id: Mapped[int | None] = mapped_column(index=True)


class AccountMail(Owed, Model):
    """One message owed to one researcher: a link that signs in, or the news of a role in a study."""

    __tablename__ = "account_mail"
    __table_args__ = (
        UniqueConstraint("researcher_id", "act"),
        Index("ix_account_mail_due", "state", "due_at"),
    )

    researcher_id: Mapped[int] = mapped_column(ForeignKey("researcher.id", ondelete="CASCADE"))
    # Of a role: the study it is in.
    study_id: Mapped[int | None] = mapped_column(
        ForeignKey("study.id", ondelete="CASCADE"), index=True
    )
