"""One message to one person, ready to go."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formataddr, formatdate
from typing import Any

# The library would encode an address that is longer than a line, and no mail program reads it then.
NEVER_ENCODED = frozenset({"list-unsubscribe", "message-id"})


class WirePolicy(EmailPolicy):
    """How headers are written: addresses whole, however long."""

    def fold(self, name: str, value: Any) -> str:
        """A header as text."""
        if name.lower() in NEVER_ENCODED and str(value).isascii():
            return f"{name}: {value}{self.linesep}"
        return super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """A header as bytes."""
        if name.lower() in NEVER_ENCODED and str(value).isascii():
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


ON_DISK = WirePolicy()
ON_THE_WIRE = ON_DISK.clone(linesep="\r\n")


@dataclass(frozen=True, slots=True)
class Message:
    """Text to one recipient; ``message_id`` stays the same when it has to be sent again.

    html : the same to look at; empty for plain text alone. no_more : an address at which the reader
    gets no more mail. calendar : a calendar file that goes along.
    """

    sender: str
    recipient_name: str
    recipient: str
    subject: str
    body: str
    message_id: str
    language: str
    html: str = ""
    no_more: str = ""
    calendar: bytes = b""

    def as_email(self) -> EmailMessage:
        """The message as it travels. Raises ValueError for a line break in a header."""
        email = EmailMessage(ON_DISK)
        email["From"] = self.sender
        email["To"] = formataddr((self.recipient_name, self.recipient))
        email["Subject"] = self.subject
        email["Message-ID"] = self.message_id
        email["Date"] = formatdate(localtime=False)
        # Out-of-office robots stay silent, and nobody's answer reaches a list.
        email["Auto-Submitted"] = "auto-generated"
        if self.no_more:
            email["List-Unsubscribe"] = f"<{self.no_more}>"
            if self.no_more.startswith("https://"):
                # One press in the mail program, by a POST that no scanner sends (RFC 8058).
                email["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        email.set_content(self.body)
        if self.html:
            email.add_alternative(self.html, subtype="html")
        if self.calendar:
            email.add_attachment(
                self.calendar,
                maintype="text",
                subtype="calendar",
                filename="deadline.ics",
                params={"method": "PUBLISH", "charset": "utf-8"},
            )
        # After the content, which begins by clearing every header of this family.
        email["Content-Language"] = self.language
        return email
