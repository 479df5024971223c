"""Pages for everybody: home, privacy, accessibility, health."""

from __future__ import annotations

from flask import Blueprint, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from surveys.models.base import db
from surveys.translations import LANGUAGES

public = Blueprint("public", __name__)


@public.before_request
def go_on() -> None:
    """Go on in the language of the expert's page that led here: its cookie does not reach this far."""
    if request.args.get("language") in LANGUAGES["experts"]:
        g.language = request.args["language"]


@public.get("/")
def home() -> ResponseReturnValue:
    """What Rondo is, and the way in for researchers."""
    return render_template(
        "public/home.html", researcher_url=url_for("security.login"), audience="public"
    )


@public.get("/privacy")
def privacy() -> ResponseReturnValue:
    """How Rondo handles personal data."""
    return render_template("public/privacy.html", audience="public")


@public.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """What works, what does not yet."""
    return render_template("public/accessibility.html", audience="public")


@public.get("/health")
def health() -> ResponseReturnValue:
    """For those who run it: whether the database answers."""
    db.session.execute(text("SELECT 1"))
    return jsonify(status="ok")


# Registers its routes on import.
from surveys.web.public import lost_link, no_more_mail  # noqa: E402

__all__ = ["lost_link", "no_more_mail", "public"]
