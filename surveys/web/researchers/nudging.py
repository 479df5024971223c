"""Whom an open round waits for, by pseudonym, and a reminder to one, some or all of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta, ngettext
from flask_babel import gettext as _

from surveys.models.base import db
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.queries import progress
from surveys.services import mailing
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, needs, round_or_404
from surveys.web.researchers.paging import asked_for
from surveys.web.researchers.rounds import RemindForm, act_on, to_round

BEGUN = {"": None, "begun": True, "not-begun": False}
AN_HOUR = timedelta(hours=1)


@researchers.get("/<study>/rounds/<int:number>/waiting")
@needs(MAY_RUN)
def waiting_for(number: int) -> ResponseReturnValue:
    """Who has not begun, and who has begun and not submitted; never by name."""
    found = round_or_404(number)
    if not found.dates.accepts(now()):
        g.study_id = g.study.public_id
        flash(_("This round is not open: it waits for nobody."), "warning")
        return to_round(number)
    shown = request.args.get("which", "")
    shown = shown if shown in BEGUN else ""
    counted = progress.unfinished(db.session, found)
    total = {"": counted.all, "begun": counted.begun, "not-begun": counted.not_begun}
    sheet = asked_for(total[shown])
    return render_template(
        "researchers/waiting.html",
        round=found,
        people=progress.awaited(
            db.session,
            found,
            begun=BEGUN[shown],
            after=sheet.after,
            most=sheet.most,
        ),
        shown=shown,
        total=total,
        sheet=sheet,
        next_reminder=mailing.reminders_so_far(db.session, found) + 1,
        ago=ago,
        audience="researcher",
    )


def ago(moment: datetime | None) -> str:
    """How long ago, in hours and then in days: to the minute nobody needs to know it."""
    if moment is None:
        return ""
    passed = now() - moment
    if passed < AN_HOUR:
        return _("within the last hour")
    return str(format_timedelta(-passed, granularity="hour", add_direction=True))


@researchers.post("/<study>/rounds/<int:number>/nudge")
@needs(MAY_RUN)
def nudge(number: int) -> ResponseReturnValue:
    """Remind those who were ticked. The number comes from the page: twice pressed is once sent."""
    form = RemindForm()
    g.study_id = g.study.public_id
    pressed = numbers_in([form.number.data or ""])
    codes = set(request.form.getlist("expert"))
    back = redirect(
        url_for("researchers.waiting_for", study=g.study_id, number=number), HTTPStatus.SEE_OTHER
    )
    if not form.validate_on_submit() or not pressed:
        flash(_("Nothing was sent. Please press the button again."), "warning")
        return back
    if not codes:
        flash(_("Please tick whom to remind."), "warning")
        return back
    which, host = min(pressed[0], 99), current_app.extensions["rondo.host"]

    def owe(_study: Study, round_: Round) -> int | None:
        if not round_.dates.accepts(now()):
            return None
        return mailing.remind(
            db.session,
            round_,
            which,
            among=codes,
            sender_host=host,
            actor=g.actor,
            at=now(),
        )

    owed = act_on(number, owe)
    if owed is None:
        flash(_("This round is not open, so nobody was reminded."), "warning")
        return to_round(number)
    if owed:
        current_app.extensions["rondo.wake"]()
        told = ngettext(
            "%(num)s reminder is on its way.", "%(num)s reminders are on their way.", owed
        )
        flash(told, "success")
    else:
        flash(_("This reminder was sent already, or everybody has submitted."), "warning")
    return back
