"""A real SMTP server for tests: it keeps what it is given, or refuses as it is told."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller

from tests.actors.server import free_port


def text_of(letter: EmailMessage) -> str:
    """What a reader without pictures and colours reads."""
    body = letter.get_body(("plain",))
    assert body is not None, "the letter has no plain text"
    return str(body.get_content())


class Mailbox:
    """Listens on a port of this machine while it is used as a context."""

    def __init__(self) -> None:
        self.port = free_port()
        self.letters: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        # What the server says to a recipient; None accepts.
        self.refusal: str | None = None
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._controller.stop()

    def to(self, address: str) -> list[EmailMessage]:
        """The letters to one address, oldest first."""
        return [
            letter
            for letter, recipients in zip(self.letters, self.recipients, strict=True)
            if address in recipients
        ]

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.refusal is not None:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append(letter)  # type: ignore[arg-type]
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 kept"
