"""Duplicate a study, put it away, bring it back."""

from __future__ import annotations

from http import HTTPStatus

from flask import current_app, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm

from surveys.models.base import db, transaction
from surveys.models.researcher import Researcher, Role
from surveys.models.study import Study
from surveys.services import archiving, copying
from surveys.services.study_files import StudyFileBroken
from surveys.web.clock import now
from surveys.web.locale import in_words
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, actor, needs

MAY_PUT_AWAY = frozenset({Role.LEAD})


@researchers.post("/<study>/duplicate")
@needs(MAY_RUN)
def duplicate() -> ResponseReturnValue:
    """A study with the same design, without people and answers; whoever asks leads it."""
    public_id, study_id, who, researcher_id = (
        g.study.public_id,
        g.study.id,
        actor(),
        current_user.id,
    )
    uploads = current_app.extensions["rondo.uploads"]
    here = redirect(url_for("researchers.study", study=public_id), HTTPStatus.SEE_OTHER)
    if not FlaskForm().validate_on_submit():
        return here
    try:
        plan = copying.plan_of(db.session, g.study, uploads)
    except StudyFileBroken as broken:
        flash(
            _(
                "This study cannot be duplicated yet: %(problems)s",
                problems="; ".join(broken.problems),
            ),
            "warning",
        )
        return here
    with transaction(db.session):
        made = copying.duplicate(
            db.session,
            db.session.get_one(Study, study_id),
            plan,
            lead=db.session.get_one(Researcher, researcher_id),
            actor=who,
            at=now(),
            uploads=uploads,
        )
        public_id = made.public_id
    flash(_("This is the copy: the same design, without people and answers."), "success")
    return redirect(url_for("researchers.study", study=public_id), HTTPStatus.SEE_OTHER)


@researchers.post("/<study>/archive")
@needs(MAY_PUT_AWAY)
def archive() -> ResponseReturnValue:
    """Put the study away: it leaves the list and nothing in it can be changed."""
    public_id, study_id, who = g.study.public_id, g.study.id, actor()
    here = redirect(url_for("researchers.study", study=public_id), HTTPStatus.SEE_OTHER)
    if not FlaskForm().validate_on_submit():
        return here
    try:
        with transaction(db.session):
            study = db.session.get_one(Study, study_id)
            archiving.archive(db.session, study, actor=who, at=now())
    except archiving.NotPutAway as refused:
        for problem in refused.problems:
            flash(in_words(problem), "warning")
        return here
    flash(_("The study is archived. You find it in the list under “Archived”."), "success")
    return here


@researchers.post("/<study>/bring-back")
@needs(MAY_PUT_AWAY)
def bring_back() -> ResponseReturnValue:
    """Let the study be worked on again."""
    public_id, study_id, who = g.study.public_id, g.study.id, actor()
    if FlaskForm().validate_on_submit():
        with transaction(db.session):
            study = db.session.get_one(Study, study_id)
            archiving.bring_back(db.session, study, actor=who, at=now())
        flash(_("The study is back: it can be worked on again."), "success")
    return redirect(url_for("researchers.study", study=public_id), HTTPStatus.SEE_OTHER)
