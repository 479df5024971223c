"""The two ways out: an SMTP server, or a folder of .eml files for a demonstration.

The standard library's client is used rather than a Flask extension, because this layer must run in
the worker without an application (docs/architecture.md).
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from surveys.mail.message import Message

PATIENCE_SECONDS = 20
PERMANENT = 500


class NotSent(Exception):
    """The message did not go out. ``final`` is whether asking again would be pointless."""

    def __init__(self, problem: str, *, final: bool) -> None:
        super().__init__(problem)
        self.problem = problem
        self.final = final


class Delivery(Protocol):
    """Sends one message, or raises NotSent."""

    def send(self, message: Message) -> None: ...


@dataclass(frozen=True, slots=True)
class SmtpDelivery:
    """Through a mail server."""

    host: str
    port: int
    security: str
    username: str
    password: str

    def send(self, message: Message) -> None:
        """Hand the message to the server; its refusal is final only where its code says so."""
        try:
            with self._connect() as server:
                server.send_message(message.as_email())
        except smtplib.SMTPRecipientsRefused as refused:
            code, words = next(iter(refused.recipients.values()))
            raise NotSent(_said(code, words), final=code >= PERMANENT) from refused
        except smtplib.SMTPResponseException as answer:
            final = answer.smtp_code >= PERMANENT
            raise NotSent(_said(answer.smtp_code, answer.smtp_error), final=final) from answer
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(f"the mail server could not be used: {error}", final=False) from error
        except ValueError as error:
            raise NotSent(f"the message cannot be sent as it is: {error}", final=True) from error

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if self.security == "tls":
            server = smtplib.SMTP_SSL(
                self.host, self.port, timeout=PATIENCE_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=PATIENCE_SECONDS)
        try:
            if self.security == "starttls":
                server.starttls(context=context)
            if self.username:
                server.login(self.username, self.password)
        except BaseException:
            server.close()
            raise
        return server


@dataclass(frozen=True, slots=True)
class FolderDelivery:
    """Into a folder, one .eml file per message, so that a demonstration needs no mail server."""

    folder: Path

    def send(self, message: Message) -> None:
        """Write the file under a name that is whole or absent, never half."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            name = message.message_id.strip("<>").partition("@")[0]
            part = self.folder / f"{name}.part"
            part.write_bytes(message.as_email().as_bytes())
            part.replace(self.folder / f"{name}.eml")
        except OSError as error:
            raise NotSent(
                f"the outbox folder cannot be written: {error.strerror}", final=False
            ) from error


def _said(code: int, words: bytes | str) -> str:
    """The server's answer as text."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"
