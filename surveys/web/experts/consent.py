"""Consent: the text with the study's settings in it, kept as it was read."""

from __future__ import annotations

from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import DataRequired

from surveys.models.base import db, transaction
from surveys.models.panel import Expert
from surveys.queries.questionnaire import StudyText
from surveys.services import consenting
from surveys.web.clock import now
from surveys.web.experts import experts
from surveys.web.experts.access import Visit, visit

FILLED_IN = (
    "controller",
    "ethics_approval",
    "legal_basis",
    "contact_name",
    "contact_email",
    "retention",
)


class ConsentForm(FlaskForm):
    """One box to tick."""

    agree = BooleanField(validators=[DataRequired()])


def consent_text(current: Visit) -> StudyText:
    """The study's consent text with its settings put in."""
    said = current.say(current.study.consent["text"])
    text = str(said)
    for name in FILLED_IN:
        text = text.replace("{" + name + "}", current.setting(name))
    return StudyText(text, said.language)


@experts.route("/consent", methods=["GET", "POST"])
def consent() -> ResponseReturnValue:
    """Read and agree. Agreeing again changes nothing."""
    form = ConsentForm()
    current = visit()
    study = current.study
    text = consent_text(current)
    if form.validate_on_submit():
        expert_id, version = current.expert_id, study.consent["version"]
        with transaction(db.session):
            consenting.agree(
                db.session,
                db.session.get_one(Expert, expert_id),
                version=version,
                language=text.language,
                text=text,
                at=now(),
            )
        return redirect(
            url_for("experts.home", participation=current.participation), HTTPStatus.SEE_OTHER
        )
    error = None
    if request.method == "POST":
        error = _("Please tick the box if you want to take part.")
    return render_template(
        "experts/consent.html",
        study={"title": current.me.study_title},
        text=text,
        statement=current.say(study.consent["statement"]),
        error=error,
        audience="expert",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK)
