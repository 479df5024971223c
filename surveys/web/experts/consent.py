"""Consent: the text with the study's settings in it, kept as it was read; asked again when it changes."""

from __future__ import annotations

import re
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField
from wtforms.validators import DataRequired

from surveys.models.base import db, transaction
from surveys.models.panel import Consent, Expert
from surveys.queries import own_data
from surveys.queries.questionnaire import StudyText
from surveys.services import consenting, naming
from surveys.web.clock import now
from surveys.web.experts import experts
from surveys.web.experts.access import Visit, visit

# What the page itself sends; everything else that comes along was on its way somewhere.
OWN_FIELDS = {"csrf_token", "agree", "name_me", "onward"}


class ConsentForm(FlaskForm):
    """One box to tick, one that is up to the expert, and where a page was going that was held up."""

    agree = BooleanField(validators=[DataRequired()])
    name_me = BooleanField()
    onward = HiddenField()


def consent_text(current: Visit) -> StudyText:
    """The study's consent text with its settings put in."""
    said = current.say(current.study.consent["text"])
    settings = current.study.settings

    def filled_in(name: re.Match[str]) -> str:
        return current.setting(name[1]) if name[1] in settings else name[0]

    return StudyText(re.sub(r"\{(\w+)\}", filled_in, str(said)), said.language)


@experts.route("/consent", methods=["GET", "POST"])
def consent() -> ResponseReturnValue:
    """Read and agree. Agreeing again changes nothing."""
    form = ConsentForm()
    if not form.validate_on_submit():
        error = None
        if request.method == "POST":
            error = _("Please tick the box if you want to take part.")
        return consent_page(error, onward=form.onward.data or "", carried=carried(request.form))
    current = visit()
    expert_id, study = current.expert_id, current.study
    version, text = study.consent["version"], consent_text(current)
    asked_about_naming = consenting.asks_about_naming(study)
    with transaction(db.session):
        expert = db.session.get_one(Expert, expert_id)
        at = now()
        consenting.agree(
            db.session, expert, version=version, language=text.language, text=text, at=at
        )
        if asked_about_naming:
            naming.wish(db.session, expert, named=bool(form.name_me.data), at=at)
    home = url_for("experts.home", participation=current.participation)
    onward = form.onward.data or ""
    if onward.startswith(f"{home}rounds/"):
        # With all that the page sent: the browser sends it once more, to where it was going.
        return redirect(onward, HTTPStatus.TEMPORARY_REDIRECT)
    return redirect(home, HTTPStatus.SEE_OTHER)


def held_up() -> ResponseReturnValue:
    """Answers came from somebody who has not agreed to the text that holds now: ask, and lose nothing."""
    return consent_page(None, onward=request.path, carried=carried(request.form))


def carried(data: MultiDict[str, str]) -> list[tuple[str, str]]:
    """What a page sent that was held up."""
    return [(name, value) for name, value in data.items(multi=True) if name not in OWN_FIELDS]


def consent_page(
    error: str | None, *, onward: str, carried: list[tuple[str, str]]
) -> ResponseReturnValue:
    """The text and its boxes; to those who agreed to an earlier one, what has changed."""
    current = visit()
    study = current.study
    earlier = db.session.scalar(
        select(Consent)
        .where(Consent.expert_id == current.expert_id, Consent.version != study.consent["version"])
        .order_by(Consent.given_at.desc(), Consent.id.desc())
        .limit(1)
    )
    status = HTTPStatus.CONFLICT if onward else HTTPStatus.OK
    return render_template(
        "experts/consent.html",
        study={"title": current.me.study_title},
        text=consent_text(current),
        statement=current.say(study.consent["statement"]),
        earlier=earlier,
        changes=current.say(study.consent.get("changes")) if earlier else None,
        asks_about_naming=consenting.asks_about_naming(study),
        wants_naming=own_data.identity(db.session, current.expert_id).wants_naming,
        onward=onward,
        carried=carried if onward else [],
        error=error,
        audience="expert",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if error else status)
