"""The two ways out: an SMTP server, or a folder of .eml files for a demonstration.

The standard library's client is used rather than a Flask extension, because this layer must run in
the worker without an application (docs/architecture.md).

One connection carries many messages. What happened to a message is told apart with care, because it
decides whether somebody may get it twice: refused, or never handed over, or handed over whole without
an answer. Only the last is uncertain.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from surveys.mail.message import ON_THE_WIRE, Message

PATIENCE_SECONDS = 20
PERMANENT = 500
GO_AHEAD = 354
TAKEN = 250
# Servers end a connection that goes on for long; better to end it at a time of our own.
MESSAGES_PER_CONNECTION = 100


class NotSent(Exception):
    """The message did not go out, as far as is known.

    final : whether asking again would be pointless. uncertain : whether the server may have taken it
    all the same, so that asking again may send it twice.
    """

    def __init__(self, problem: str, *, final: bool, uncertain: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.final = final
        self.uncertain = uncertain


class Way(Protocol):
    """Sends messages one after the other; a context that lets go of what it holds."""

    def send(self, message: Message) -> None:
        """Send one message, or raise NotSent."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Delivery(Protocol):
    """Makes a way out."""

    def open(self) -> Way: ...

    def send(self, message: Message) -> None: ...


@dataclass(frozen=True, slots=True)
class SmtpDelivery:
    """Through a mail server."""

    host: str
    port: int
    security: str
    username: str
    password: str

    def open(self) -> SmtpWay:
        """A way that keeps its connection."""
        return SmtpWay(self)

    def send(self, message: Message) -> None:
        """One message on a connection of its own."""
        with self.open() as way:
            way.send(message)

    def connect(self) -> smtplib.SMTP:
        """A connection that is greeted, protected and signed in as the settings say."""
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
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server


@dataclass(slots=True)
class SmtpWay:
    """One connection after the other to a mail server, each for many messages."""

    delivery: SmtpDelivery
    _server: smtplib.SMTP | None = None
    _carried: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._part()

    def send(self, message: Message) -> None:
        """Hand the message to the server; its refusal is final only where its code says so.

        A connection that went cold since the message before is made anew: nothing of this one was
        said on it yet.
        """
        try:
            content, international = _on_the_wire(message)
        except ValueError as error:
            raise NotSent(f"the message cannot be sent as it is: {error}", final=True) from error
        if self._carried >= MESSAGES_PER_CONNECTION:
            self._part()
        used_before = self._server is not None
        try:
            try:
                self._hand_over(message, content, international)
            except smtplib.SMTPServerDisconnected:
                if not used_before:
                    raise
                self._drop()
                self._hand_over(message, content, international)
        except NotSent as trouble:
            if trouble.uncertain:
                self._drop()
            else:
                self._begin_anew()
            raise
        except smtplib.SMTPResponseException as answer:
            self._drop()
            final = answer.smtp_code >= PERMANENT
            raise NotSent(_said(answer.smtp_code, answer.smtp_error), final=final) from answer
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise NotSent(f"the mail server could not be used: {error}", final=False) from error
        self._carried += 1

    def _hand_over(self, message: Message, content: bytes, international: bool) -> None:
        """The conversation about one message. Until its last line nothing can have been taken."""
        if self._server is None:
            self._server, self._carried = self.delivery.connect(), 0
        server = self._server
        options = ["BODY=8BITMIME"] if server.has_extn("8bitmime") else []
        if international:
            if not server.has_extn("smtputf8"):
                raise NotSent("the mail server cannot write to this address", final=True)
            options += ["SMTPUTF8"]
        _accept(*server.mail(_bare(message.sender), options))
        _accept(*server.rcpt(message.recipient))
        code, words = server.docmd("DATA")
        if code != GO_AHEAD:
            raise _refusal(code, words)
        try:
            server.send(content)
            code, words = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(
                f"the connection ended before the mail server said whether it took the message: {error}",
                final=False,
                uncertain=True,
            ) from error
        _accept(code, words)

    def _begin_anew(self) -> None:
        """After a refusal: the connection is still good, once the refused message is forgotten."""
        try:
            if self._server is not None and self._server.rset()[0] != TAKEN:
                self._drop()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _part(self) -> None:
        """Say goodbye; every answer has been heard, so none is waited for long."""
        if self._server is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._server.quit()
        self._drop()

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server = None


@dataclass(frozen=True, slots=True)
class FolderDelivery:
    """Into a folder, one .eml file per message, so that a demonstration needs no mail server."""

    folder: Path

    def open(self) -> Self:
        """A folder is its own way."""
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

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


@dataclass(slots=True)
class Ways:
    """The ways that one round of sending uses, each opened once it is needed."""

    _open: dict[int, Way] = field(default_factory=dict)
    _held: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def by(self, delivery: Delivery) -> Way:
        """The way of a delivery, the same one every time."""
        if id(delivery) not in self._open:
            self._open[id(delivery)] = self._held.enter_context(delivery.open())
        return self._open[id(delivery)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()


def _on_the_wire(message: Message) -> tuple[bytes, bool]:
    """The message as bytes with its last line, and whether an address needs more than ASCII."""
    email = message.as_email()
    international = not (message.sender + message.recipient).isascii()
    plain = email.as_bytes(policy=ON_THE_WIRE.clone(utf8=international))
    # A line that is a single dot would end the message.
    doubled = re.sub(rb"(?m)^\.", b"..", plain)
    if not doubled.endswith(b"\r\n"):
        doubled += b"\r\n"
    return doubled + b".\r\n", international


def _bare(sender: str) -> str:
    """The address in a name with an address."""
    found = re.search(r"<([^>]*)>", sender)
    return found[1] if found else sender


def _accept(code: int, words: bytes | str) -> None:
    """Go on, or raise NotSent with the server's words."""
    if code not in (TAKEN, 251):
        raise _refusal(code, words)


def _refusal(code: int, words: bytes | str) -> NotSent:
    return NotSent(_said(code, words), final=code >= PERMANENT)


def _said(code: int, words: bytes | str) -> str:
    """The server's answer as text."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"
