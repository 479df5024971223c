"""A lost link is sent again to who types its address. The answer is the same for every address."""

from __future__ import annotations

from http import HTTPStatus

from flask import abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from surveys.models.base import db, transaction
from surveys.services import linking, lost_links, turnstile
from surveys.web.clock import now
from surveys.web.locale import page_language
from surveys.web.public import public


class LostLinkForm(FlaskForm):
    """Where to send it."""

    email = StringField(validators=[DataRequired(), Length(max=254)])


@public.get("/lost-link")
def lost_link() -> ResponseReturnValue:
    """Where the address can be typed."""
    return lost_link_page()


@public.post("/lost-link")
def ask_for_link() -> ResponseReturnValue:
    """Note that a link is asked for. Who has this address, and whether anybody, is found out later."""
    form = LostLinkForm()
    wrong = _("This cannot be an e-mail address. Please look for a typing error.")
    if not form.validate_on_submit():
        return lost_link_page(wrong)
    links: linking.LinkMaker = current_app.extensions["rondo.links"]
    typed, client = (form.email.data or "").strip(), request.remote_addr or ""
    try:
        with transaction(db.session):
            lost_links.ask(db.session, typed, client, links=links, at=now())
    except lost_links.NoAddress:
        return lost_link_page(wrong)
    except turnstile.TooManyRequests:
        abort(HTTPStatus.TOO_MANY_REQUESTS)
    current_app.extensions["rondo.wake"]()
    return redirect(
        url_for("public.link_asked_for", language=page_language()), HTTPStatus.SEE_OTHER
    )


@public.get("/lost-link/asked")
def link_asked_for() -> ResponseReturnValue:
    """What happens now; the same for everybody."""
    return render_template("public/link_asked_for.html", audience="public")


def lost_link_page(problem: str = "") -> ResponseReturnValue:
    """The form, with what was typed still in it."""
    return render_template(
        "public/lost_link.html",
        problem=problem,
        typed=request.form.get("email", "")[:254],
        audience="public",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK)
