"""The end of a round as a calendar file, without the personal link: calendars are shared."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, abort

from surveys.models.base import db
from surveys.models.round import Round
from surveys.services import letters
from surveys.web.clock import now
from surveys.web.downloads import attached
from surveys.web.experts import experts
from surveys.web.experts.access import visit


@experts.get("/rounds/<int:number>/deadline.ics")
def deadline(number: int) -> Response:
    """When an open round closes; the same entry that the invitation brings, as it stands now."""
    current = visit()
    if current.round is None or current.round.number != number:
        abort(HTTPStatus.NOT_FOUND)
    dates = current.round.dates
    if dates.closes_at is None or not dates.accepts(now()):
        abort(HTTPStatus.NOT_FOUND)
    file = letters.calendar_of(
        current.study,
        db.session.get_one(Round, current.round.id),
        current.language,
        closes_at=dates.closes_at,
        at=now(),
    )
    return attached(file, "deadline.ics", "text/calendar")
