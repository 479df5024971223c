"""How researchers' accounts are bound to the security library: passwords, second factors, passkeys.

Hashing, codes, passkeys and the order of the steps are the library's. Ours are the pages, the texts,
and that its writes go through ``transaction()`` like all others.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from functools import partial, wraps
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

from flask import Flask, abort, request
from flask_security import MailUtil, Security, SQLAlchemyUserDatastore, WebauthnUtil
from flask_security.signals import tf_disabled, tf_profile_changed, wan_deleted, wan_registered
from webauthn.helpers.structs import AuthenticatorSelectionCriteria

from surveys.config import Config
from surveys.items.base import N_
from surveys.models.base import db, transaction
from surveys.models.researcher import Passkey, Researcher
from surveys.services import auditing
from surveys.web.clock import now

# What may be changed on an account this long after signing in; then the password is asked again.
FRESH_FOR = timedelta(minutes=30)
RECOVERY_CODES = 8
# The library's views that write. Signing in is not among them: hashing a password takes a fifth of a
# second, and nobody else could write meanwhile.
WRITING_VIEWS = (
    "two_factor_setup",
    "two_factor_setup_validate",
    "two_factor_token_validation",
    "mf_recovery_codes",
    "mf_recovery",
    "wan_register",
    "wan_register_response",
    "wan_delete",
    "wan_signin_response",
    "wan_verify_response",
)
# Addresses the library brings along and Rondo does not offer.
CLOSED_VIEWS = ("two_factor_rescue",)
# What the library tells of an account, and how the audit trail calls it.
CHANGES = (
    (tf_profile_changed, "second factor changed"),
    (tf_disabled, "second factor changed"),
    (wan_registered, "passkey kept"),
    (wan_deleted, "passkey removed"),
)
MESSAGES = {
    "GENERIC_AUTHN_FAILED": (N_("This address and this password do not belong together."), "error"),
    "INVALID_PASSWORD": (N_("This is not your password."), "error"),
    "PASSWORD_NOT_PROVIDED": (N_("Please type your password."), "error"),
    "REAUTHENTICATION_REQUIRED": (N_("For this, please show once more that it is you."), "error"),
    "REAUTHENTICATION_SUCCESSFUL": (N_("Thank you. You can go on."), "success"),
    "TWO_FACTOR_INVALID_TOKEN": (
        N_("This code is not right, or its time is over. Please type the newest one."),
        "error",
    ),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (N_("You are signed in."), "success"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (
        N_("From now on signing in asks for a code as well. Now make recovery codes."),
        "success",
    ),
    "TWO_FACTOR_PERMISSION_DENIED": (N_("Please sign in first."), "error"),
    "TWO_FACTOR_DISABLED": (N_("Signing in asks for no code any more."), "success"),
    "TWO_FACTOR_SETUP_EXPIRED": (N_("This took too long. Please begin again."), "error"),
    "INVALID_RECOVERY_CODE": (N_("This is none of your unused recovery codes."), "error"),
    "WEBAUTHN_EXPIRED": (N_("This took too long. Please begin again."), "error"),
    "WEBAUTHN_NAME_REQUIRED": (N_("Please give the passkey a name."), "error"),
    "WEBAUTHN_NAME_INUSE": (N_("You have a passkey of this name already."), "error"),
    "WEBAUTHN_NAME_NOT_FOUND": (N_("You have no passkey of this name."), "error"),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": (
        N_("The name of a passkey consists of letters, digits and spaces."),
        "error",
    ),
    "WEBAUTHN_CREDENTIAL_DELETED": (N_("The passkey is removed."), "success"),
    "WEBAUTHN_REGISTER_SUCCESSFUL": (N_("The passkey is kept."), "success"),
    "WEBAUTHN_CREDENTIAL_ID_INUSE": (N_("This passkey is known already."), "error"),
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": (N_("This passkey is not known here."), "error"),
    "WEBAUTHN_ORPHAN_CREDENTIAL_ID": (N_("This passkey is not known here."), "error"),
    "WEBAUTHN_NO_VERIFY": (N_("The passkey could not be checked. Please try again."), "error"),
    "WEBAUTHN_CREDENTIAL_WRONG_USAGE": (N_("This passkey is kept for something else."), "error"),
    "WEBAUTHN_MISMATCH_USER_HANDLE": (N_("This passkey belongs to another account."), "error"),
    "API_ERROR": (N_("Something was missing in what the browser sent. Please try again."), "error"),
    "UNAUTHENTICATED": (N_("Please sign in first."), "error"),
    "CODE_REQUIRED": (N_("Please type the code."), "error"),
}


class Researchers(SQLAlchemyUserDatastore):
    """The security library's way to our accounts; it flushes, and only transaction() commits."""

    def commit(self) -> None:
        self.db.session.flush()


class NoRole:
    """Stands where the library expects a table of global roles; roles here belong to studies."""

    id = 0
    name = ""


class NoMail(MailUtil):
    """The library sends no mail: links that sign in are owed by the outbox like all other mail."""

    def send_mail(self, *_args: Any, **_more: Any) -> None:
        """Send nothing."""


class AnyAuthenticator(WebauthnUtil):
    """Takes a passkey from the device itself as well as from a key one carries; the library, only these."""

    def authenticator_selection(self, user: Any, usage: str) -> AuthenticatorSelectionCriteria:
        """What the browser is asked to make: by any authenticator, checked against its owner."""
        selection = super().authenticator_selection(user, usage)
        selection.authenticator_attachment = None
        return selection


def register(app: Flask, configured: Config) -> None:
    """Bind sign-in to the app."""
    app.config.update(
        # The salt of the library's tokens; passwords have a salt each, from argon2.
        SECURITY_PASSWORD_SALT="rondo:" + configured.secret_key[:16],
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of a method
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_VERIFY_URL="/sign-in/again",
        SECURITY_TWO_FACTOR_SETUP_URL="/account/second-factor",
        SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL="/sign-in/code",  # noqa: S106 - an address
        SECURITY_TWO_FACTOR_SELECT_URL="/sign-in/way",
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL="/account/recovery-codes",
        SECURITY_MULTI_FACTOR_RECOVERY_URL="/sign-in/recovery-code",
        SECURITY_WAN_REGISTER_URL="/account/passkeys",
        SECURITY_WAN_DELETE_URL="/account/passkeys/remove",
        SECURITY_WAN_SIGNIN_URL="/sign-in/passkey",
        SECURITY_WAN_VERIFY_URL="/sign-in/again/passkey",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/studies/",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_POST_VERIFY_VIEW="/account",
        SECURITY_TWO_FACTOR_POST_SETUP_VIEW="/account",
        SECURITY_WAN_POST_REGISTER_VIEW="/account",
        SECURITY_LOGIN_USER_TEMPLATE="researchers/sign_in.html",
        SECURITY_VERIFY_TEMPLATE="researchers/sign_in_again.html",
        SECURITY_TWO_FACTOR_SETUP_TEMPLATE="researchers/second_factor.html",
        SECURITY_TWO_FACTOR_VERIFY_CODE_TEMPLATE="researchers/sign_in_code.html",
        SECURITY_TWO_FACTOR_SELECT_TEMPLATE="researchers/sign_in_way.html",
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_TEMPLATE="researchers/recovery_codes.html",
        SECURITY_MULTI_FACTOR_RECOVERY_TEMPLATE="researchers/sign_in_recovery.html",
        SECURITY_WAN_REGISTER_TEMPLATE="researchers/passkeys.html",
        SECURITY_WAN_SIGNIN_TEMPLATE="researchers/sign_in_passkey.html",
        SECURITY_WAN_VERIFY_TEMPLATE="researchers/sign_in_again_passkey.html",
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_REGISTERABLE=False,
        SECURITY_TRACKABLE=False,
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS=False,
        SECURITY_ANONYMOUS_USER_DISABLED=False,
        SECURITY_FRESHNESS=FRESH_FOR,
        SECURITY_FRESHNESS_GRACE_PERIOD=timedelta(0),
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TWO_FACTOR_RESCUE_EMAIL=False,
        SECURITY_TOTP_SECRETS={"1": _key(configured, "second factor").decode()},
        SECURITY_TOTP_ISSUER="Rondo",
        SECURITY_MULTI_FACTOR_RECOVERY_CODES=True,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_N=RECOVERY_CODES,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS=[_key(configured, "recovery codes")],
        SECURITY_WEBAUTHN=True,
        SECURITY_WAN_RP_NAME="Rondo",
        SECURITY_WAN_ALLOW_AS_FIRST_FACTOR=True,
        # Hints would tell whether an address is known.
        SECURITY_WAN_ALLOW_USER_HINTS=False,
        # The library's own catalogues know no plain "nl"; the sentences we show are in ours.
        SECURITY_I18N_DOMAIN=app.config["BABEL_DOMAIN"],
        SECURITY_I18N_DIRNAME=app.config["BABEL_TRANSLATION_DIRECTORIES"].split(";"),
        REMEMBER_COOKIE_DURATION=0,
        REMEMBER_COOKIE_SECURE=configured.secure_cookies,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        **{f"SECURITY_MSG_{name}": message for name, message in MESSAGES.items()},
    )
    no_role: Any = NoRole
    datastore = Researchers(db, Researcher, no_role, Passkey)
    library = Security(mail_util_cls=NoMail, webauthn_util_cls=AnyAuthenticator)
    library.init_app(app, datastore, datetime_factory=now)
    app.extensions["rondo.security"] = library
    for name in WRITING_VIEWS:
        endpoint = f"security.{name}"
        app.view_functions[endpoint] = _in_transaction(app.view_functions[endpoint])
    for name in CLOSED_VIEWS:
        app.view_functions[f"security.{name}"] = _closed

    for signal, act in CHANGES:
        # Weak references would forget a function that only the loop knew.
        signal.connect(partial(_note, act), app, weak=False)

    @app.context_processor
    def ways_in() -> dict[str, Any]:
        return {"passkeys_possible": passkeys_possible}


def passkeys_possible() -> bool:
    """Whether a browser would make a passkey for this address: it needs a name, not a number."""
    host = request.host.rsplit(":", 1)[0].strip("[]")
    try:
        ip_address(host)
    except ValueError:
        return True
    return False


def _in_transaction(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a view of the library write: what it changes is committed or rolled back whole."""

    @wraps(view)
    def writing(*args: Any, **kwargs: Any) -> Any:
        if request.method != "POST":
            return view(*args, **kwargs)
        with transaction(db.session):
            return view(*args, **kwargs)

    return writing


def _note(act: str, _app: Flask, *, user: Any, **_more: Any) -> None:
    """Keep in the trail that a way in was changed; the view's transaction is under way."""
    auditing.record(
        db.session, study_id=None, actor=auditing.researcher(user.id), act=act, at=now()
    )


def _closed(*_args: Any, **_kwargs: Any) -> Any:
    abort(HTTPStatus.NOT_FOUND)


def _key(configured: Config, purpose: str) -> bytes:
    """A key for one purpose, from the secret key, which is not in the database."""
    made = hmac.new(configured.secret_key.encode(), purpose.encode(), hashlib.sha256)
    return urlsafe_b64encode(made.digest())
