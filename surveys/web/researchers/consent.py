"""The consent text: read it, change it, see who agreed to which version."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField

from surveys.models.base import db, transaction
from surveys.models.study import Study
from surveys.services import consenting
from surveys.web.clock import now
from surveys.web.locale import in_words
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, actor, needs

PARTS = ("text", "statement", "changes")


class ConsentTextForm(FlaskForm):
    """The texts come per language, so they are read from the request; here is what is not a text."""

    naming = BooleanField()


@researchers.get("/<study>/consent")
@needs(MAY_RUN)
def consent() -> ResponseReturnValue:
    """The text that holds, ready to be changed."""
    stored = {part: g.study.consent.get(part) or {} for part in PARTS}
    # What has changed is said anew each time.
    return consent_page({**stored, "changes": {}}, consenting.asks_about_naming(g.study), [])


@researchers.post("/<study>/consent")
@needs(MAY_RUN)
def change_consent() -> ResponseReturnValue:
    """Let a new version hold from now on."""
    form = ConsentTextForm()
    form.validate_on_submit()
    study_id, public_id, who = g.study.id, g.study.public_id, actor()
    typed = {
        part: {lang: request.form.get(f"{part}-{lang}", "") for lang in g.study.languages}
        for part in PARTS
    }
    asks = bool(form.naming.data)
    before = str(g.study.consent["version"])
    try:
        with transaction(db.session):
            version = consenting.revise(
                db.session,
                db.session.get_one(Study, study_id),
                text=typed["text"],
                statement=typed["statement"],
                changes=typed["changes"],
                naming=asks,
                actor=who,
                at=now(),
            )
    except consenting.ConsentRefused as refused:
        return consent_page(typed, asks, [in_words(problem) for problem in refused.problems])
    if version == before:
        flash(_("Kept."), "success")
    else:
        flash(
            _(
                "Version %(version)s holds from now on. Experts who agreed to an earlier one are "
                "asked again at their next visit.",
                version=version,
            ),
            "success",
        )
    return redirect(url_for("researchers.consent", study=public_id), HTTPStatus.SEE_OTHER)


def consent_page(
    texts: Mapping[str, Mapping[str, Any]], naming: bool, problems: list[str]
) -> ResponseReturnValue:
    """The texts per language, and how many agreed to which version."""
    given = consenting.versions_given(db.session, g.study)
    return render_template(
        "researchers/consent.html",
        texts=texts,
        naming=naming,
        version=g.study.consent["version"],
        given=given,
        places=[f"{{{name}}}" for name in sorted(g.study.settings)],
        problem_links=[(f"text-{g.study.languages[0]}", text) for text in problems],
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)
