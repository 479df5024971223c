"""Signing in and out. Passwords, sessions and hashing are the security library's."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_security import Security, SQLAlchemyUserDatastore
from flask_security.utils import hash_password, login_user
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from surveys.config import Config
from surveys.items.base import N_
from surveys.models.base import db, transaction
from surveys.models.researcher import Researcher
from surveys.services import auditing, signing_in
from surveys.translations import LANGUAGES
from surveys.web.clock import now
from surveys.web.errors import problem

accounts = Blueprint("accounts", __name__)
ONE_TIME = ("rondo-one-time",)


class Researchers(SQLAlchemyUserDatastore):
    """The security library's way to our accounts; it flushes, and only transaction() commits."""

    def commit(self) -> None:
        self.db.session.flush()


class NoRole:
    """Stands where the library expects a table of global roles; roles here belong to studies."""

    id = 0
    name = ""


def register(app: Flask, configured: Config) -> None:
    """Bind sign-in to the app."""
    app.config.update(
        # The salt of reset and other tokens; passwords have a salt each, from argon2.
        SECURITY_PASSWORD_SALT="rondo:" + configured.secret_key[:16],
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of a method
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/studies/",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_LOGIN_USER_TEMPLATE="researchers/sign_in.html",
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_REGISTERABLE=False,
        SECURITY_TRACKABLE=False,
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS=False,
        SECURITY_ANONYMOUS_USER_DISABLED=False,
        # The library's own catalogues know no plain "nl"; its one sentence we show is in ours.
        SECURITY_I18N_DOMAIN=app.config["BABEL_DOMAIN"],
        SECURITY_I18N_DIRNAME=app.config["BABEL_TRANSLATION_DIRECTORIES"].split(";"),
        SECURITY_MSG_GENERIC_AUTHN_FAILED=(
            N_("This address and this password do not belong together."),
            "error",
        ),
        REMEMBER_COOKIE_DURATION=0,
        REMEMBER_COOKIE_SECURE=configured.secure_cookies,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
    )
    no_role: Any = NoRole
    datastore = Researchers(db, Researcher, no_role)
    app.extensions["rondo.security"] = Security(app, datastore)
    app.register_blueprint(accounts)


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
    login_user(researcher, authn_via=list(ONE_TIME))
    g.language = researcher.language or None
    return redirect(url_for("researchers.studies"), HTTPStatus.SEE_OTHER)


@accounts.post("/account/language")
def language() -> ResponseReturnValue:
    """Change the language of the researcher's pages."""
    wanted = request.form.get("language", "")
    if current_user.is_authenticated and wanted in LANGUAGES["researchers"]:
        researcher_id = current_user.id
        with transaction(db.session):
            db.session.get_one(Researcher, researcher_id).language = wanted
    following = request.form.get("next", "")
    if not following.startswith("/studies/"):
        following = url_for("researchers.studies")
    return redirect(following, HTTPStatus.SEE_OTHER)


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
        _("It was used already, or it is older than a day."),
        [
            _("Sign in with your password."),
            _("Or make a new link on the machine Rondo runs on: python3 run.py researcher sign-in"),
        ],
    )
