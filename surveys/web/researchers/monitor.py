"""A round while it is open: its figures, which the page asks for again by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from flask import Response, abort, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import to_user_timezone
from markupsafe import Markup

from surveys.models.base import db
from surveys.models.round import Round
from surveys.queries import progress
from surveys.queries.progress import Day
from surveys.web.clock import now
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import round_or_404

# The drawing, in its own units.
WIDTH, HEIGHT = 640, 180
LEFT, RIGHT, TOP, BOTTOM = 50, 8, 14, 30


@dataclass(frozen=True, slots=True)
class Steps:
    """How many had begun and had submitted, day by day, as two stepped lines."""

    begun: str
    submitted: str
    first: date
    last: date
    # Heights of the lines that help to read it, with their numbers.
    marks: tuple[tuple[float, int], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    foot: int = HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class Figures:
    """The part of the page that changes, and a name for what it says now."""

    html: Markup
    tag: str


def figures_of(found: Round) -> Figures:
    """The figures of a launched round as they are now."""
    counted = progress.of_round(db.session, found)
    ended = found.closed_at or now()
    days = progress.days(db.session, found, to_user_timezone, ended)
    html = render_template(
        "researchers/round_figures.html",
        progress=counted,
        days=days,
        steps=steps_of(days, counted.panel.invited),
        audience="researcher",
    )
    return Figures(Markup(html), hashlib.sha256(html.encode("utf-8")).hexdigest()[:16])  # noqa: S704 - of our own template


@researchers.get("/<study>/rounds/<int:number>/figures")
def round_figures(number: int) -> ResponseReturnValue:
    """The figures alone, for the script that follows the round; "not modified" where nothing is new."""
    found = round_or_404(number)
    if found.opened_at is None:
        abort(HTTPStatus.NOT_FOUND)
    figures = figures_of(found)
    response = Response(figures.html, mimetype="text/html")
    if not found.dates.accepts(now()):
        # The page then shows other buttons; it has to be opened again.
        response.headers["X-Round"] = "closed"
    response.set_etag(figures.tag, weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    g.simulated = False
    return response.make_conditional(request)


def steps_of(days: Sequence[Day], most: int) -> Steps | None:
    """The two lines; None where there is nothing to draw."""
    if not days or not most:
        return None
    across = (WIDTH - LEFT - RIGHT) / len(days)
    up = (HEIGHT - TOP - BOTTOM) / most

    def line(counts: Sequence[int]) -> str:
        drawn, before = [f"M{LEFT} {HEIGHT - BOTTOM}"], 0
        for place, count in enumerate(counts):
            if count != before:
                drawn.append(f"H{LEFT + across * (place + 0.5):.1f}")
                drawn.append(f"V{HEIGHT - BOTTOM - up * count:.1f}")
                before = count
        return "".join((*drawn, f"H{WIDTH - RIGHT}"))

    half = most // 2
    marks = [(HEIGHT - BOTTOM - up * number, number) for number in (half, most) if number]
    return Steps(
        line([day.begun_so_far for day in days]),
        line([day.submitted_so_far for day in days]),
        days[0].day,
        days[-1].day,
        tuple(marks),
    )
