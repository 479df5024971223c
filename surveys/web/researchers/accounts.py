"""A researcher's own account: the way in by a link, name and language, password, further keys."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_security.utils import hash_password, login_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length, Regexp

from surveys.models.base import db, transaction
from surveys.models.researcher import Researcher
from surveys.services import auditing, signing_in, turnstile, writing_to_researchers
from surveys.translations import LANGUAGES
from surveys.web.clock import now
from surveys.web.errors import problem

accounts = Blueprint("accounts", __name__)
ONE_TIME = ("rondo-one-time",)


@accounts.get("/sign-in/once/<token>")
def once(token: str) -> ResponseReturnValue:
    """Ask for a click: opening the link spends nothing, because mail scanners open links."""
    try:
        signing_in.holder(db.session, token, now())
    except signing_in.SignInUnknown:
        return spent()
    return render_template("researchers/sign_in_once.html", token=token, audience="researcher")


@accounts.post("/sign-in/once/<token>")
def sign_in_once(token: str) -> ResponseReturnValue:
    """Spend the link and sign in."""
    try:
        with transaction(db.session):
            researcher_id = signing_in.use(db.session, token, now()).id
    except signing_in.SignInUnknown:
        return spent()
    session.clear()
    researcher: Any = db.session.get_one(Researcher, researcher_id)
    g.language = researcher.language or None
    # Whoever set up a second factor is asked for it here too: a mailbox alone opens no account.
    factors = current_app.extensions["rondo.security"].two_factor_plugins
    asked: ResponseReturnValue | None = factors.tf_enter(researcher, False, ONE_TIME[0], None)
    if asked is not None:
        return asked
    login_user(researcher, authn_via=list(ONE_TIME))
    following = "accounts.password" if researcher.password is None else "researchers.studies"
    return redirect(url_for(following), HTTPStatus.SEE_OTHER)


@accounts.route("/sign-in/forgotten", methods=["GET", "POST"])
def forgotten() -> ResponseReturnValue:
    """Mail a link that signs in once; whether the address is known is told to nobody."""
    form = AddressForm()
    if form.validate_on_submit():
        try:
            with transaction(db.session):
                writing_to_researchers.owe_sign_in(
                    db.session,
                    form.email.data or "",
                    request.remote_addr or "",
                    links=current_app.extensions["rondo.links"],
                    sender_host=current_app.extensions["rondo.host"],
                    at=now(),
                )
        except turnstile.TooManyRequests:
            abort(HTTPStatus.TOO_MANY_REQUESTS)
        current_app.extensions["rondo.wake"]()
        return render_template("researchers/forgotten_sent.html", audience="researcher")
    problems = [("email", _("Please type an e-mail address."))] if form.email.errors else []
    return render_template(
        "researchers/forgotten.html",
        typed=form.email.data or "",
        problem_links=problems,
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


@accounts.get("/account")
def account() -> ResponseReturnValue:
    """The account of whoever is signed in: what one is called, and every way in."""
    if not current_user.is_authenticated:
        return redirect(url_for("security.login"), HTTPStatus.SEE_OTHER)
    return render_template(
        "researchers/account.html",
        name=current_user.name,
        codes_left=len(current_user.mf_recovery_codes or ()),
        problem_links=[],
        audience="researcher",
    )


@accounts.post("/account")
def rename() -> ResponseReturnValue:
    """Change what colleagues read as one's name."""
    if not current_user.is_authenticated:
        return redirect(url_for("security.login"), HTTPStatus.SEE_OTHER)
    form = NameForm()
    if not form.validate_on_submit():
        return render_template(
            "researchers/account.html",
            name=form.name.data or "",
            codes_left=len(current_user.mf_recovery_codes or ()),
            problem_links=[("name", _("A name has 1 to 120 characters."))],
            audience="researcher",
        ), HTTPStatus.UNPROCESSABLE_ENTITY
    researcher_id, name = current_user.id, (form.name.data or "").strip()
    with transaction(db.session):
        db.session.get_one(Researcher, researcher_id).name = name
    flash(_("Your name is kept."), "success")
    return redirect(url_for("accounts.account"), HTTPStatus.SEE_OTHER)


@accounts.post("/account/language")
def language() -> ResponseReturnValue:
    """Change the language of the researcher's pages."""
    wanted = request.form.get("language", "")
    if current_user.is_authenticated and wanted in LANGUAGES["researchers"]:
        researcher_id = current_user.id
        with transaction(db.session):
            db.session.get_one(Researcher, researcher_id).language = wanted
    following = request.form.get("next", "")
    if not following.startswith(("/studies/", "/account")) or "\\" in following:
        following = url_for("researchers.studies")
    return redirect(following, HTTPStatus.SEE_OTHER)


class AddressForm(FlaskForm):
    """Where to send a link."""

    email = StringField(validators=[InputRequired(), Length(max=254), Regexp(r"[^@\s]+@[^@\s]+$")])


class NameForm(FlaskForm):
    """What one is called."""

    name = StringField(
        filters=[lambda typed: (typed or "").strip()], validators=[DataRequired(), Length(max=120)]
    )


class PasswordForm(FlaskForm):
    """A password, typed twice."""

    password = PasswordField(validators=[InputRequired(), Length(min=12, max=200)])
    again = PasswordField(validators=[InputRequired(), EqualTo("password")])


@accounts.route("/account/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    """Set the password of whoever is signed in."""
    if not current_user.is_authenticated:
        return redirect(url_for("security.login"), HTTPStatus.SEE_OTHER)
    form = PasswordForm()
    problems = []
    if form.validate_on_submit():
        researcher_id, hashed = current_user.id, hash_password(form.password.data)
        with transaction(db.session):
            db.session.get_one(Researcher, researcher_id).password = hashed
            auditing.record(
                db.session,
                study_id=None,
                actor=auditing.researcher(researcher_id),
                act="password set",
                at=now(),
            )
        flash(_("Your password is kept. From now on you sign in with it."), "success")
        return redirect(url_for("researchers.studies"), HTTPStatus.SEE_OTHER)
    if form.password.errors:
        problems.append(("password", _("A password has 12 to 200 characters.")))
    elif form.again.errors:
        problems.append(("again", _("The two passwords are not the same.")))
    return render_template(
        "researchers/password.html", problem_links=problems, audience="researcher"
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


def spent() -> ResponseReturnValue:
    """The link signs nobody in."""
    if current_user.is_authenticated:
        return redirect(url_for("researchers.studies"), HTTPStatus.SEE_OTHER)
    return problem(
        HTTPStatus.GONE,
        _("This sign-in link does not work any more"),
        _("It was used already, or its time is over."),
        [
            _("Sign in with your password."),
            _("Or let Rondo mail you a new link: “Forgotten, or no password yet?” on that page."),
            _("Or make a new link on the machine Rondo runs on: python3 run.py researcher sign-in"),
        ],
    )
