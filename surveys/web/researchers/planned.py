"""What is planned, in words."""

from __future__ import annotations

from flask_babel import format_datetime, ngettext

from surveys.delphi.reminding import Moment, Reminders
from surveys.models.base import db
from surveys.models.round import Round
from surveys.services import reminding
from surveys.web.clock import now


def planned_in_words(round_: Round) -> list[str]:
    """The reminders still to come, each in a sentence."""
    plan = reminding.plan_of(db.session, round_.study_id, round_)
    return [
        moment_in_words(one, plan.reminders)
        for one in reminding.planned(db.session, round_, now())
        if plan is not None
    ]


def moment_in_words(moment: Moment, reminders: Reminders) -> str:
    """One planned reminder, in the time zone in which it is planned."""
    local = moment.at.astimezone(reminders.zone)
    return ngettext(
        "%(when)s (%(zone)s), %(num)s day before the end",
        "%(when)s (%(zone)s), %(num)s days before the end",
        moment.days,
        when=format_datetime(local.replace(tzinfo=None), "EEEE d MMMM y, HH:mm", rebase=False),
        zone=reminders.time_zone,
    )
