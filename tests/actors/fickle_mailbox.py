"""A real SMTP server with a will of its own: now and then something goes wrong, in every way it can."""

from __future__ import annotations

import random
from collections import Counter
from email.message import EmailMessage
from typing import Any

from tests.actors.mailbox import Mailbox

ONE_IN = 10
BUSY, UNKNOWN, FULL, HANGS_UP, HANGS_UP_AFTER = "busy", "unknown", "full", "hangs up", "took it"
TROUBLES = (BUSY, UNKNOWN, FULL, HANGS_UP, HANGS_UP_AFTER)


class FickleMailbox(Mailbox):
    """Refuses for now or for good, and ends connections before and after it has taken a letter.

    When is drawn by a seed, what follows in turn; ``troubles`` counts what happened.
    """

    def __init__(self, seed: int, one_in: int = ONE_IN) -> None:
        super().__init__()
        self.one_in = one_in
        self._draw = random.Random(seed)
        self._mood: str | None = None
        self.troubles: Counter[str] = Counter()
        # Once told so it takes everything.
        self.patient = False

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        trouble = not self.patient and self._draw.randrange(self.one_in) == 0
        self._mood = TROUBLES[self.troubles.total() % len(TROUBLES)] if trouble else None
        if self._mood:
            self.troubles[self._mood] += 1
        if self._mood == BUSY:
            return f"451 4.7.1 <{address}> come back later"
        if self._mood == UNKNOWN:
            return f"550 5.1.1 <{address}> no such user"
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self._mood == FULL:
            return "452 4.3.1 no room left"
        if self._mood == HANGS_UP:
            server.transport.abort()
            return "421 gone"
        answer = await super().handle_DATA(server, session, envelope)
        if self._mood == HANGS_UP_AFTER:
            server.transport.abort()
        return answer

    def taken(self) -> dict[str, list[EmailMessage]]:
        """The letters by whom they went to."""
        found: dict[str, list[EmailMessage]] = {}
        for letter, recipients in zip(list(self.letters), list(self.recipients), strict=False):
            for address in recipients:
                found.setdefault(address, []).append(letter)
        return found
