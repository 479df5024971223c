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
from surveys.models.study import Study
from surveys.queries.questionnaire import in_language
from surveys.services import consenting
from surveys.web.clock import now
from surveys.web.experts import experts
from surveys.web.experts.access import setting, visit
from surveys.web.texts import markdown

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


def consent_text(study: Study, language: str) -> str:
    """The study's consent text with its settings put in."""
    text = in_language(study.consent["text"], language, study.default_language)
    for name in FILLED_IN:
        text = text.replace("{" + name + "}", setting(study, name, language))
    return text


@experts.route("/consent", methods=["GET", "POST"])
def consent() -> ResponseReturnValue:
    """Read and agree. Agreeing again changes nothing."""
    form = ConsentForm()
    current = visit()
    study, language = current.study, current.language
    text = consent_text(study, language)
    if form.validate_on_submit():
        expert_id, version = current.expert_id, study.consent["version"]
        with transaction(db.session):
            consenting.agree(
                db.session,
                db.session.get_one(Expert, expert_id),
                version=version,
                language=language,
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
        consent_html=markdown(text),
        statement=in_language(study.consent["statement"], language, study.default_language),
        error=error,
        audience="expert",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK)
