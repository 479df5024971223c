"""Count who asks to be written to, and stop who asks too often.

Every request is noted alike, whoever it comes from and whether or not its address is known; of address
and client only keyed marks are kept, and those for a day (``lost_links.answer`` forgets them).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, text

from surveys.models.base import AnySession
from surveys.models.invitation import LinkRequest
from surveys.services.linking import LinkMaker

WINDOW = timedelta(hours=1)
# Within one window. A whole hospital may ask from behind one address of the network.
MOST_MAILS_TO_AN_ADDRESS = 3
MOST_REQUESTS_OF_A_CLIENT = 20


class TooManyRequests(Exception):
    """This client has asked too often for now, for whatever addresses."""


def note(
    session: AnySession, address: str, client: str, *, links: LinkMaker, at: datetime
) -> LinkRequest:
    """Note that a mail to an address is asked for; it is passed over where that was too often.

    address : what is asked for, too, where one address may ask for several things.

    Raises TooManyRequests.
    """
    address_mark = links.mark(f"address {address.lower()}")
    client_mark = links.mark(f"client {client}")
    _take_turns(session)
    asked = _count(session, at, LinkRequest.client_mark == client_mark)
    heeded = _count(
        session, at, LinkRequest.address_mark == address_mark, LinkRequest.passed_over.is_(False)
    )
    if asked >= MOST_REQUESTS_OF_A_CLIENT:
        raise TooManyRequests
    request = LinkRequest(
        address_mark=address_mark,
        client_mark=client_mark,
        asked_at=at,
        passed_over=heeded >= MOST_MAILS_TO_AN_ADDRESS,
    )
    session.add(request)
    session.flush()
    return request


def _count(session: AnySession, at: datetime, *conditions: ColumnElement[bool]) -> int:
    """How many such requests there were in the window before this moment."""
    return (
        session.scalar(
            select(func.count(LinkRequest.id)).where(
                LinkRequest.asked_at > at - WINDOW, *conditions
            )
        )
        or 0
    )


def _take_turns(session: AnySession) -> None:
    """Let two requests be counted one after the other. On SQLite every writer does anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE link_request IN SHARE ROW EXCLUSIVE MODE"))
