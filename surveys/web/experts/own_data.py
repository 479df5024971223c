"""Everything that is held on one expert, to look at and to take along; and the wish to be named."""

from __future__ import annotations

import io
import json
import zipfile
from http import HTTPStatus
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import Length

from surveys.models.base import db, transaction
from surveys.models.panel import Expert
from surveys.queries import own_data as reads
from surveys.queries import profiles
from surveys.queries.questionnaire import StudyText
from surveys.services import auditing, consenting, declaring, naming
from surveys.web.clock import now
from surveys.web.downloads import attached
from surveys.web.experts import experts
from surveys.web.experts.about_you import asked_fields
from surveys.web.experts.access import visit


class NamingForm(FlaskForm):
    """Whether to be named, and how the name is to be written."""

    name_me = BooleanField()
    named_as = StringField(validators=[Length(max=naming.LONGEST_NAME)])


@experts.get("/data")
def own_data() -> ResponseReturnValue:
    """What is held, for the expert's own eyes; consent or not, for the right does not hang on it."""
    return render_template("experts/own_data.html", **held(), audience="expert")


@experts.post("/data/naming")
def keep_naming() -> ResponseReturnValue:
    """Change the wish to be named."""
    form = NamingForm()
    current = visit()
    if form.validate_on_submit() and consenting.asks_about_naming(current.study):
        expert_id = current.expert_id
        with transaction(db.session):
            naming.wish(
                db.session,
                db.session.get_one(Expert, expert_id),
                named=bool(form.name_me.data),
                written=form.named_as.data or "",
                at=now(),
            )
    return redirect(
        url_for("experts.own_data", participation=current.participation), HTTPStatus.SEE_OTHER
    )


@experts.post("/data/file")
def take_own_data() -> ResponseReturnValue:
    """All of it in one file: a page to read and the rows for a program. That it was taken is kept."""
    expert_id = visit().expert_id
    with transaction(db.session):
        expert = db.session.get_one(Expert, expert_id)
        auditing.record(
            db.session,
            study_id=expert.study_id,
            actor=auditing.expert(expert.code),
            act="own data taken",
            at=now(),
        )
    told = held()
    rows = {
        "study": dict(visit().study.title),
        "taken_at": now().isoformat(),
        "feedback_shown": reads.feedback(db.session, visit().study, expert_id),
        "tables": reads.everything(db.session, expert_id),
        "trail": [
            {"at": act.at.isoformat(), "actor": act.actor, "act": act.act, "details": act.details}
            for act in told["acts"]
        ],
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("your-data.html", render_template("files/own_data.html", **told))
        packed.writestr("your-data.json", json.dumps(rows, ensure_ascii=False, indent=1))
    return attached(file.getvalue(), "rondo-your-data.zip", "application/zip")


def profile_in_words() -> list[tuple[StudyText, str]]:
    """What the study keeps of the expert beside the answers, whoever filled it in."""
    current = visit()
    return [
        (
            current.say(filled.field.label),
            filled.in_words(current.language, current.study.default_language),
        )
        for filled in profiles.of_expert(db.session, current.study_id, current.expert_id)
        if filled.value
    ]


def held() -> dict[str, Any]:
    """What the page and the file show."""
    current = visit()
    expert = db.session.get_one(Expert, current.expert_id)
    return {
        "identity": reads.identity(db.session, expert.id),
        "code": expert.code,
        "asks_about_naming": consenting.asks_about_naming(current.study),
        "profile": profile_in_words(),
        "declarations": profiles.declarations(db.session, expert.id),
        "may_tell": bool(asked_fields()) or declaring.is_asked(current.study),
        "rounds": reads.rounds(db.session, current.study, expert.id, current.language),
        "consents": reads.consents(db.session, expert.id),
        "mails": reads.mails(db.session, expert.id),
        "acts": reads.acts(db.session, expert),
    }
