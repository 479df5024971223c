"""Who is who: a screen of its own. Nobody sees a name without saying what for, and it is kept.

What is looked for comes by POST alone, so that no name stands in an address, a log or a history.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice

from surveys.models.base import db, transaction
from surveys.models.panel import Expert
from surveys.models.study import Study
from surveys.queries import panel as reads
from surveys.queries import profiles
from surveys.queries.profiles import Filled
from surveys.services import auditing, identities
from surveys.services.identities import PURPOSE_NAMES, NewLink, Purpose
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.downloads import attached
from surveys.web.locale import in_words
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_SEE_IDENTITIES, actor, needs
from surveys.web.researchers.paging import ON_A_PAGE
from surveys.web.researchers.panel import expert_or_404, link_in_words, links_of_app
from surveys.web.researchers.rounds import ActForm

LONGEST_SEARCH = 120


class CorrectionForm(FlaskForm):
    """Who an expert is, and what happens to the link."""

    name = StringField()
    email = StringField()
    link = RadioField(
        choices=[SelectChoice(way.value, way.value) for way in NewLink],
        default=NewLink.NOTHING.value,
    )


@researchers.get("/<study>/panel/identities")
@needs(MAY_SEE_IDENTITIES)
def who_is_who() -> ResponseReturnValue:
    """Ask what the names are needed for."""
    return purpose_page([])


@researchers.post("/<study>/panel/identities")
@needs(MAY_SEE_IDENTITIES)
def show_identities() -> ResponseReturnValue:
    """A page of names, for whoever said what for. Which ones were shown is in the trail."""
    typed = request.form
    if not ActForm().validate_on_submit():
        return purpose_page([])
    try:
        purpose, note = identities.purpose_of(typed.get("purpose", ""), typed.get("note", ""))
    except identities.NoPurpose as refused:
        return purpose_page([("purpose", in_words(problem)) for problem in refused.problems])
    search = " ".join(typed.get("search", "").split())[:LONGEST_SEARCH]
    number = max(1, (numbers_in([typed.get("page", "")]) or [1])[0])
    study_id, who = g.study.id, actor()
    with transaction(db.session):
        study = db.session.get_one(Study, study_id)
        shown, total = reads.identities(
            db.session, study, search, after=(number - 1) * ON_A_PAGE, most=ON_A_PAGE
        )
        identities.look(
            db.session,
            study_id,
            [one.code for one in shown],
            purpose=purpose,
            note=note,
            actor=who,
            at=now(),
        )
    return render_template(
        "researchers/identities.html",
        shown=shown,
        total=total,
        search=search,
        purpose=purpose.value,
        purpose_name=_(PURPOSE_NAMES[purpose]),
        note=note,
        number=number,
        pages=max(1, -(-total // ON_A_PAGE)),
        first=(number - 1) * ON_A_PAGE + 1,
        audience="researcher",
    )


def purpose_page(problems: list[tuple[str, str]]) -> ResponseReturnValue:
    """The question that comes before every name."""
    return render_template(
        "researchers/who_is_who.html",
        purposes=[(purpose.value, _(name)) for purpose, name in PURPOSE_NAMES.items()],
        longest_note=identities.LONGEST_NOTE,
        to_be_named=reads.number_to_be_named(db.session, g.study),
        typed=request.form,
        problem_links=problems,
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


@researchers.post("/<study>/panel/<code>/identity")
@needs(MAY_SEE_IDENTITIES)
def show_identity(code: str) -> ResponseReturnValue:
    """One expert's name and address, ready to be corrected: a look like any other."""
    found = expert_or_404(code)
    if not ActForm().validate_on_submit():
        return redirect(
            url_for("researchers.expert", study=g.study.public_id, code=code),
            HTTPStatus.SEE_OTHER,
        )
    expert_id, study_id, who = found.id, g.study.id, actor()
    with transaction(db.session):
        identities.look(db.session, study_id, [code], purpose=Purpose.CORRECT, actor=who, at=now())
    who_it_is = reads.identity(db.session, db.session.get_one(Expert, expert_id))
    return correction_page(
        code,
        {"name": who_it_is.name, "email": who_it_is.email, "link": "nothing"},
        [],
        profile=profiles.of_expert(db.session, study_id, expert_id),
    )


@researchers.post("/<study>/panel/<code>/contact")
@needs(MAY_SEE_IDENTITIES)
def correct_identity(code: str) -> ResponseReturnValue:
    """Correct a name or an address, and send the link again where that is wanted."""
    form = CorrectionForm()
    found = expert_or_404(code)
    expert_id, study_id, public_id, who = found.id, g.study.id, g.study.public_id, actor()
    typed = {"name": form.name.data or "", "email": form.email.data or "", "link": form.link.data}
    if not form.validate_on_submit():
        return correction_page(code, typed, [_("Please choose what happens to the link.")])
    link = NewLink(form.link.data)
    try:
        with transaction(db.session):
            sent = identities.correct(
                db.session,
                db.session.get_one(Study, study_id),
                db.session.get_one(Expert, expert_id),
                name=typed["name"],
                email=typed["email"],
                link=link,
                links=links_of_app(),
                sender_host=current_app.extensions["rondo.host"],
                actor=who,
                at=now(),
            )
    except identities.NotCorrected as refused:
        return correction_page(code, typed, [in_words(problem) for problem in refused.problems])
    if sent:
        current_app.extensions["rondo.wake"]()
    flash(_("Name and address of %(code)s are kept as you wrote them.", code=code), "success")
    if link is not NewLink.NOTHING:
        flash(link_in_words(code, link, sent=sent))
    return redirect(url_for("researchers.expert", study=public_id, code=code), HTTPStatus.SEE_OTHER)


def correction_page(
    code: str, typed: dict[str, str], problems: list[str], *, profile: Sequence[Filled] = ()
) -> ResponseReturnValue:
    """Name and address as fields, and the profile with what may identify."""
    return render_template(
        "researchers/correct_identity.html",
        code=code,
        typed=typed,
        profile=profile,
        problem_links=[("name", text) for text in problems],
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


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
    lines = "".join(f"{name}\r\n" for name in names)
    return attached(lines, f"rondo-{public_id}-names.txt", "text/plain")
