"""The panel with its names: a screen of its own, and every look at it is in the audit trail."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from surveys.models.base import db, transaction
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.study import Study
from surveys.queries import panel as reads
from surveys.services import auditing, linking, mailing, recruiting
from surveys.web.clock import now
from surveys.web.locale import in_words, own_name
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_SEE_IDENTITIES, actor, needs
from surveys.web.researchers.rounds import ActForm
from surveys.web.researchers.words import say


class ExpertForm(FlaskForm):
    """One new expert."""

    name = StringField(validators=[InputRequired(), Length(max=120)])
    email = StringField(validators=[InputRequired(), Length(max=254)])
    group = SelectField(choices=[])
    language = SelectField(choices=[])


def expert_form() -> ExpertForm:
    """The form with this study's groups and languages."""
    form = ExpertForm()
    groups = db.session.scalars(
        select(StakeholderGroup)
        .where(StakeholderGroup.study_id == g.study.id)
        .order_by(StakeholderGroup.position)
    )
    form.group.choices = [SelectChoice(group.code, say(group.name)) for group in groups]
    form.language.choices = [SelectChoice(code, own_name(code)) for code in g.study.languages]
    return form


def look_at_identities() -> None:
    """Keep that somebody looked at the names."""
    study_id, who = g.study.id, actor()
    with transaction(db.session):
        auditing.record(db.session, study_id=study_id, actor=who, act="identities viewed", at=now())


@researchers.get("/<study>/panel")
@needs(MAY_SEE_IDENTITIES)
def panel() -> ResponseReturnValue:
    """Who is on the panel."""
    look_at_identities()
    return panel_page(expert_form(), [])


@researchers.post("/<study>/panel")
@needs(MAY_SEE_IDENTITIES)
def add_expert() -> ResponseReturnValue:
    """Give one person a place on the panel."""
    form = expert_form()
    if not form.validate_on_submit():
        return panel_page(form, [_("Please fill in name, address, group and language.")])
    newcomer = recruiting.Newcomer(
        form.name.data or "", form.email.data or "", form.group.data, form.language.data
    )
    study_id, who, public_id = g.study.id, actor(), g.study.public_id
    links: linking.LinkMaker = current_app.extensions["rondo.links"]
    try:
        with transaction(db.session):
            expert = recruiting.add_expert(
                db.session,
                db.session.get_one(Study, study_id),
                newcomer,
                links=links,
                actor=who,
                at=now(),
            )
            code = expert.code
            invited = mailing.invite_late(
                db.session,
                expert,
                act=mailing.INVITATION,
                sender_host=current_app.extensions["rondo.host"],
                actor=who,
                at=now(),
            )
    except recruiting.NotAdded as refused:
        return panel_page(form, [in_words(problem) for problem in refused.problems])
    if invited:
        current_app.extensions["rondo.wake"]()
        flash(
            _("%(code)s was added to the panel and is invited to the open round.", code=code),
            "success",
        )
    else:
        flash(_("%(code)s was added to the panel.", code=code), "success")
    return redirect(url_for("researchers.panel", study=public_id), HTTPStatus.SEE_OTHER)


@researchers.post("/<study>/panel/<code>/new-link")
@needs(MAY_SEE_IDENTITIES)
def new_link(code: str) -> ResponseReturnValue:
    """Replace an expert's link: the old one stops working, the next mail carries the new one."""
    public_id, study_id, who = g.study.public_id, g.study.id, actor()
    links: linking.LinkMaker = current_app.extensions["rondo.links"]
    if ActForm().validate_on_submit():
        with transaction(db.session):
            expert = db.session.scalar(
                select(Expert).where(Expert.study_id == study_id, Expert.code == code)
            )
            if expert is not None and expert.withdrawn_at is None:
                link = linking.make_link(db.session, expert, links, now())
                mailing.invite_late(
                    db.session,
                    expert,
                    act=f"{mailing.INVITATION}:link-{link.generation}",
                    sender_host=current_app.extensions["rondo.host"],
                    actor=who,
                    at=now(),
                )
                auditing.record(
                    db.session,
                    study_id=study_id,
                    actor=who,
                    act="link replaced",
                    at=now(),
                    expert=code,
                )
        current_app.extensions["rondo.wake"]()
        flash(
            _(
                "The link of %(code)s was replaced. While a round is open the new one is sent at "
                "once, else with the next invitation.",
                code=code,
            )
        )
    return redirect(url_for("researchers.panel", study=public_id), HTTPStatus.SEE_OTHER)


@researchers.post("/<study>/panel/names")
@needs(MAY_SEE_IDENTITIES)
def export_names() -> ResponseReturnValue:
    """The names of those who wish to be named, as a list. That it was taken is kept in the trail."""
    names = reads.to_be_named(db.session, g.study)
    study_id, who, public_id = g.study.id, actor(), g.study.public_id
    with transaction(db.session):
        auditing.record(
            db.session,
            study_id=study_id,
            actor=who,
            act="names exported",
            at=now(),
            rows=len(names),
        )
    return Response(
        "".join(f"{name}\r\n" for name in names),
        mimetype="text/plain",
        headers={"Content-Disposition": f'attachment; filename="rondo-{public_id}-names.txt"'},
    )


def panel_page(form: ExpertForm, problems: list[str]) -> ResponseReturnValue:
    """The roster with the form below it."""
    return render_template(
        "researchers/panel.html",
        roster=reads.roster(db.session, g.study),
        to_be_named=len(reads.to_be_named(db.session, g.study)),
        form=form,
        act_form=ActForm(),
        problem_links=[("name", text) for text in problems],
        typed=request.form,
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)
