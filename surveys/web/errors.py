"""Every error page: one template, one plain sentence, what to do next, and what was typed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import (
    Flask,
    current_app,
    g,
    jsonify,
    make_response,
    render_template,
    request,
    session,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy import select
from sqlalchemy.exc import DataError, OperationalError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge

from surveys.models.base import db
from surveys.models.item import Item
from surveys.models.round import RoundItem
from surveys.web.sessions import is_expert_path

# Fields whose content a person typed; secrets and numbers of versions are not among them.
TYPED_PREFIXES = (
    *("a-", "c-", "wording", "reason", "name", "email", "note", "text"),
    *("statement", "changes"),
)
LONGEST_KEPT = 20_000
MOST_CODES = 500


def problem(
    status: int,
    title: str,
    text: str,
    steps: list[str] | None = None,
    *,
    forget: str = "",
    lost_link: bool = False,
) -> ResponseReturnValue:
    """One error page, or the same as JSON for a script's request.

    forget : a participation of which the page removes what it finds on the device.
    lost_link : whether the page leads on to where a lost link is sent again.
    """
    if wants_json():
        return jsonify(problem=text, steps=steps or []), status
    page = render_template(
        "errors/problem.html",
        status=status,
        title=title,
        text=text,
        next_steps=steps or [],
        kept=typed(),
        forget=forget,
        lost_link=lost_link,
        contact=g.visit.me if "visit" in g else None,
        audience="expert" if is_expert_path(request.path) else "researcher",
    )
    return page, status


def wants_json() -> bool:
    """Whether a script and not a person reads the answer."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return best == "application/json"


def typed() -> list[tuple[str, str]]:
    """What the person typed, so that an error page can give it back."""
    if request.method != "POST":
        return []
    try:
        fields = request.form
    except RequestEntityTooLarge:
        # Whatever else is wrong with the request, it is not read.
        return []
    labels: dict[str, str] = getattr(g, "field_labels", {}) or item_codes()
    return [
        (labels.get(name) or field_name(name), value[:LONGEST_KEPT])
        for name, value in fields.items(multi=True)
        if value.strip() and name.startswith(TYPED_PREFIXES)
    ]


def item_codes() -> dict[str, str]:
    """The codes of the items that a page speaks of, for pages refused before anybody looked."""
    asked = {
        int(name[2:]) for name in request.form if name[:2] in ("a-", "c-") and name[2:].isdecimal()
    }
    try:
        rows = db.session.execute(
            select(RoundItem.id, Item.code)
            .join(Item, Item.id == RoundItem.item_id)
            .where(RoundItem.id.in_(sorted(asked)[:MOST_CODES]))
        ).all()
    except (SQLAlchemyError, OverflowError):
        return {}
    return {
        f"{part}-{round_item_id}": f"{code}, {label}"
        for round_item_id, code in rows
        for part, label in (("a", _("Answer")), ("c", _("Comment")))
    }


def field_name(name: str) -> str:
    """What a field is called whose page did not say it."""
    names = {
        "a-": _("Answer"),
        "c-": _("Comment"),
        "wording": _("Wording"),
        "reason": _("Reason"),
        "name": _("Name"),
        "email": _("E-mail address"),
        "note": _("Note"),
        "text": _("Text"),
        "statement": _("Sentence to tick"),
        "changes": _("What has changed"),
    }
    return next(names[prefix] for prefix in TYPED_PREFIXES if name.startswith(prefix))


def register_errors(app: Flask) -> None:
    """Give every failure its page."""

    @app.errorhandler(CSRFError)
    def lost_token(error: CSRFError) -> ResponseReturnValue:
        if request.path.startswith("/e/") and not session:
            return problem(
                HTTPStatus.BAD_REQUEST,
                _("This browser no longer knows who you are"),
                _(
                    "The cookie that your personal link set is gone. Nothing of what you sent was "
                    "stored; what you typed stands below."
                ),
                [_("Open your personal link again; your saved answers are still there.")],
                lost_link=True,
            )
        if wants_json():
            return jsonify(
                problem=_(
                    "Please open your personal link again. What you typed is kept on this device."
                )
            ), HTTPStatus.BAD_REQUEST
        return problem(
            HTTPStatus.BAD_REQUEST,
            _("This page has been open too long"),
            _(
                "For your safety each page carries a token, and the one of this page is no longer "
                "valid. Nothing of what you sent was stored; what you typed stands below."
            ),
            [
                _("Open your personal link from the invitation again and repeat the last step.")
                if is_expert_path(request.path)
                else _("Load the page again and repeat the last step.")
                if request.blueprint == "public"
                else _("Sign in again and repeat the last step.")
            ],
        )

    @app.errorhandler(HTTPStatus.NOT_FOUND)
    def not_found(error: HTTPException) -> ResponseReturnValue:
        return problem(
            HTTPStatus.NOT_FOUND,
            _("There is no such page"),
            _("The address is not known here. Perhaps it was copied incompletely."),
            [_("Copy the whole address, or use the link in your invitation.")],
            lost_link=True,
        )

    @app.errorhandler(HTTPStatus.METHOD_NOT_ALLOWED)
    def wrong_method(error: Any) -> ResponseReturnValue:
        response = make_response(
            problem(
                HTTPStatus.METHOD_NOT_ALLOWED,
                _("This address cannot be used like that"),
                _("The page exists, but not for this kind of request."),
            )
        )
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return response

    @app.errorhandler(HTTPStatus.FORBIDDEN)
    def forbidden(error: HTTPException) -> ResponseReturnValue:
        return problem(
            HTTPStatus.FORBIDDEN,
            _("You may not do this"),
            _("Your role in this study does not allow it."),
            [_("Ask the person who leads the study.")],
        )

    @app.errorhandler(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    def too_large(error: HTTPException) -> ResponseReturnValue:
        kilobytes = int((request.max_content_length or 0) / 1024)
        return problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            _("That is too much at once"),
            _(
                "At most %(size)s kB can be sent in one go, and nothing of this was stored. "
                "Earlier saved answers are safe.",
                size=kilobytes,
            ),
            [_("Go back: your browser still has what you typed. Shorten it and send it again.")],
        )

    @app.errorhandler(OperationalError)
    def database_away(error: OperationalError) -> ResponseReturnValue:
        db.session.rollback()
        current_app.logger.error("database: %s", type(error.orig).__name__)
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            _("Your answer could not be stored"),
            _(
                "The database cannot be written at the moment, so nothing of this was kept. What "
                "you typed stands below."
            ),
            [
                _("Wait a moment, go back and send it again."),
                _("If it happens again, copy your text and write to the researchers."),
            ],
        )

    @app.errorhandler(DataError)
    def no_data(error: DataError) -> ResponseReturnValue:
        """PostgreSQL keeps and looks for no text with a NUL; no person types one."""
        db.session.rollback()
        current_app.logger.warning("database: %s", type(error.orig).__name__)
        if request.method == "GET":
            return not_found(NotFound())
        return problem(
            HTTPStatus.BAD_REQUEST,
            _("This did not work"),
            _("The request could not be understood."),
            [_("Go back and try again.")],
        )

    @app.errorhandler(StaleDataError)
    def changed_meanwhile(error: StaleDataError) -> ResponseReturnValue:
        db.session.rollback()
        return problem(
            HTTPStatus.CONFLICT,
            _("Somebody else was faster"),
            _("A colleague changed the same thing at the same time. Nothing of yours was stored."),
            [_("Go back, reload the page and look at what changed.")],
        )

    @app.errorhandler(HTTPStatus.TOO_MANY_REQUESTS)
    def too_many(error: HTTPException) -> ResponseReturnValue:
        return problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            _("Too many tries"),
            _("There were too many tries in a short time."),
            [_("Wait a few minutes and try again.")],
        )

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> ResponseReturnValue:
        status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
        if error.response is not None or status < HTTPStatus.BAD_REQUEST:
            return error.get_response()
        return problem(
            status,
            _("This did not work"),
            _("The request could not be understood."),
            [_("Go back and try again.")],
        )

    @app.errorhandler(SQLAlchemyError)
    @app.errorhandler(HTTPStatus.INTERNAL_SERVER_ERROR)
    def our_fault(error: Exception) -> ResponseReturnValue:
        db.session.rollback()
        return problem(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            _("Something went wrong on our side"),
            _("This is our mistake, not yours. Answers saved before are safe."),
            [_("Go back and try again. If it happens again, please tell the researchers.")],
        )
