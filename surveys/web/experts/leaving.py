"""Leave the study, with a choice about the answers given so far."""

from __future__ import annotations

from http import HTTPStatus

from flask import render_template, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from surveys.models.base import db, leave_no_trace, transaction
from surveys.models.panel import EarlierAnswers, Expert
from surveys.services import auditing, withdrawing
from surveys.web.clock import now
from surveys.web.experts import experts
from surveys.web.experts.access import GRANTS, visit


class LeavingForm(FlaskForm):
    """Keep or erase; there is no preset answer."""

    earlier = RadioField(
        choices=[SelectChoice(choice.value, choice.value) for choice in EarlierAnswers],
        validators=[InputRequired()],
    )


@experts.route("/leave", methods=["GET", "POST"])
def leave() -> ResponseReturnValue:
    """Ask, then end the participation."""
    form = LeavingForm()
    if form.validate_on_submit():
        expert_id, participation = visit().expert_id, visit().participation
        with transaction(db.session):
            expert = db.session.get_one(Expert, expert_id)
            withdrawing.withdraw(
                db.session,
                expert,
                earlier_answers=EarlierAnswers(form.earlier.data),
                actor=auditing.expert(expert.code),
                at=now(),
            )
        if form.earlier.data == EarlierAnswers.ERASE.value:
            leave_no_trace(db.session)
        session[GRANTS] = [p for p in session.get(GRANTS, []) if p != participation]
        return render_template(
            "experts/left.html", erased=form.earlier.data == "erase", audience="expert"
        )
    error = _("Please choose what happens to your earlier answers.") if form.errors else None
    return render_template("experts/leave.html", error=error, audience="expert"), (
        HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    )
