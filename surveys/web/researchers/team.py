"""Who works on a study: see them, ask a colleague in, change a role, take it back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import abort, current_app, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from surveys.models.base import db, transaction
from surveys.models.researcher import Role
from surveys.models.study import Study
from surveys.queries import team as reads
from surveys.services import joining, signing_in
from surveys.web.clock import now
from surveys.web.locale import page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import actor, needs
from surveys.web.researchers.rounds import ActForm
from surveys.web.researchers.words import role_names

MAY_CHANGE_ROLES = frozenset({Role.LEAD})


class ColleagueForm(FlaskForm):
    """Whom to ask in, and as what."""

    name = StringField(validators=[Length(max=120)])
    email = StringField(validators=[InputRequired(), Length(max=254)])
    role = SelectField(choices=[])


class RoleForm(FlaskForm):
    """Another role for somebody."""

    role = SelectField(choices=[])


def with_roles(form: Any) -> Any:
    """The form with the four roles in the language of the page."""
    form.role.choices = [SelectChoice(role.value, name) for role, name in role_names().items()]
    return form


@researchers.get("/<study>/team")
def team() -> ResponseReturnValue:
    """Everybody with a role."""
    return team_page(with_roles(ColleagueForm(role=Role.FACILITATOR.value)), [])


@researchers.post("/<study>/team")
@needs(MAY_CHANGE_ROLES)
def ask_in() -> ResponseReturnValue:
    """Give a colleague a role, and mail them."""
    form = with_roles(ColleagueForm())
    if not form.validate_on_submit():
        return team_page(form, [("email", _("Please type an e-mail address and choose a role."))])
    study_id, public_id, who = g.study.id, g.study.public_id, actor()
    language = page_language()
    try:
        with transaction(db.session):
            name = joining.invite(
                db.session,
                db.session.get_one(Study, study_id),
                email=form.email.data or "",
                name=form.name.data or "",
                role=Role(form.role.data),
                language=language,
                sender_host=current_app.extensions["rondo.host"],
                actor=who,
                at=now(),
            ).name
    except signing_in.AccountRefused:
        return team_page(
            form,
            [("email", _("“%(typed)s” cannot be an e-mail address.", typed=form.email.data))],
        )
    except joining.AlreadyIn:
        return team_page(form, [("email", _("Whoever has this address has a role here already."))])
    current_app.extensions["rondo.wake"]()
    flash(_("%(name)s can work on the study now; a mail is on its way.", name=name), "success")
    return redirect(url_for("researchers.team", study=public_id), HTTPStatus.SEE_OTHER)


@researchers.post("/<study>/team/<int:colleague>/role")
@needs(MAY_CHANGE_ROLES)
def change_role(colleague: int) -> ResponseReturnValue:
    """Give somebody another role."""
    form = with_roles(RoleForm())
    if not form.validate_on_submit():
        return team_page(with_roles(ColleagueForm()), [("team", _("Please choose a role."))])
    study_id, public_id, who = g.study.id, g.study.public_id, actor()
    try:
        with transaction(db.session):
            joining.change_role(
                db.session,
                db.session.get_one(Study, study_id),
                colleague,
                Role(form.role.data),
                actor=who,
                at=now(),
            )
    except LookupError:
        abort(HTTPStatus.NOT_FOUND)
    except joining.LastLead:
        return last_lead()
    flash(_("The role is changed."), "success")
    return redirect(url_for("researchers.team", study=public_id), HTTPStatus.SEE_OTHER)


@researchers.post("/<study>/team/<int:colleague>/take-out")
@needs(MAY_CHANGE_ROLES)
def take_out(colleague: int) -> ResponseReturnValue:
    """Take somebody's role back."""
    if not ActForm().validate_on_submit():
        abort(HTTPStatus.BAD_REQUEST)
    study_id, public_id, who = g.study.id, g.study.public_id, actor()
    leaves = colleague == current_user.id
    try:
        with transaction(db.session):
            joining.take_out(
                db.session, db.session.get_one(Study, study_id), colleague, actor=who, at=now()
            )
    except LookupError:
        abort(HTTPStatus.NOT_FOUND)
    except joining.LastLead:
        return last_lead()
    if leaves:
        flash(_("You have left the study."), "success")
        return redirect(url_for("researchers.studies"), HTTPStatus.SEE_OTHER)
    flash(_("The role is taken back; the account stays."), "success")
    return redirect(url_for("researchers.team", study=public_id), HTTPStatus.SEE_OTHER)


def last_lead() -> ResponseReturnValue:
    """Why the last lead stays."""
    return team_page(
        with_roles(ColleagueForm(formdata=None)),
        [("team", _("A study needs a lead. Make somebody else lead first."))],
        HTTPStatus.CONFLICT,
    )


def team_page(
    form: ColleagueForm,
    problems: list[tuple[str, str]],
    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY,
) -> ResponseReturnValue:
    """Colleagues and, for a lead, what can be done about them."""
    return render_template(
        "researchers/team.html",
        colleagues=reads.of_study(db.session, g.study.id),
        may_change=g.role in MAY_CHANGE_ROLES,
        form=form,
        problem_links=problems,
        audience="researcher",
    ), (status if problems else HTTPStatus.OK)
