"""One message to one expert, ready to go."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, formatdate


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text to one recipient; ``message_id`` stays the same when it has to be sent again."""

    sender: str
    recipient_name: str
    recipient: str
    subject: str
    body: str
    message_id: str
    language: str

    def as_email(self) -> EmailMessage:
        """The message as it travels. Raises ValueError for a line break in a header."""
        email = EmailMessage()
        email["From"] = self.sender
        email["To"] = formataddr((self.recipient_name, self.recipient))
        email["Subject"] = self.subject
        email["Message-ID"] = self.message_id
        email["Date"] = formatdate(localtime=False)
        # Out-of-office robots stay silent, and nobody's answer reaches a list.
        email["Auto-Submitted"] = "auto-generated"
        email.set_content(self.body)
        # After the content, which begins by clearing every header of this family.
        email["Content-Language"] = self.language
        return email
