"""A researcher's studies, and one study at a glance."""

from __future__ import annotations

from http import HTTPStatus

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select

from surveys.delphi.protocol import Protocol
from surveys.items.base import N_
from surveys.models.base import db, transaction
from surveys.models.panel import Expert
from surveys.models.study import Study
from surveys.queries import protocols
from surveys.queries import studies as reads
from surveys.queries import trail as trail_reads
from surveys.services import designing
from surveys.web.clock import now
from surveys.web.locale import page_language
from surveys.web.researchers import next_steps, researchers, shelf_words, trail
from surveys.web.researchers.guards import MAY_RUN, actor, needs
from surveys.web.researchers.words import verdict_names

RECENT_ACTS = 12
SETTINGS = {
    "controller": N_("who is responsible for the data"),
    "ethics_approval": N_("ethics approval"),
    "legal_basis": N_("legal basis"),
    "contact_name": N_("contact person"),
    "contact_email": N_("e-mail address of the contact person"),
    "retention": N_("how long data are kept"),
}


@researchers.get("/")
def studies() -> ResponseReturnValue:
    """All studies the researcher has a role in."""
    asked_for = request.args.get("show", "")
    shelf = reads.Shelf(asked_for) if asked_for in list(reads.Shelf) else reads.Shelf.ACTIVE
    lines = reads.of_researcher(db.session, current_user.id, now(), shelf)
    return render_template(
        "researchers/studies.html",
        studies=lines,
        waiting={line.public_id: shelf_words.waiting(line) for line in lines},
        shelf=shelf.value,
        shelves=reads.on_shelves(db.session, current_user.id),
        audience="researcher",
    )


@researchers.get("/<study>")
def study() -> ResponseReturnValue:
    """The study at a glance: rounds, panel, the rules in words, what happened lately."""
    protocol = Protocol.from_json(g.study.protocol)
    locale = page_language()
    experts = len(db.session.scalars(select(Expert.id).where(Expert.study_id == g.study.id)).all())
    acts = trail_reads.events(db.session, g.study.id, most=RECENT_ACTS)
    return render_template(
        "researchers/study.html",
        study=g.study,
        role=g.role,
        rounds=reads.rounds_of(db.session, g.study, now()),
        experts=experts,
        steps=next_steps.lines(g.study) if g.role in MAY_RUN else [],
        rules=protocol.sentences(locale, verdict_names(g.study, locale)),
        amended=protocols.last_amendment(db.session, g.study.id),
        acts=trail.in_words(acts),
        audience="researcher",
    )


@researchers.route("/<study>/settings", methods=["GET", "POST"])
@needs(MAY_RUN)
def settings() -> ResponseReturnValue:
    """What experts read of the team: editable until the first launch locks the study."""
    if g.study.locked_at is not None:
        flash(_("The study was launched: what experts consented to is not changed."), "warning")
        return redirect(url_for("researchers.study", study=g.study.public_id), HTTPStatus.SEE_OTHER)
    form = FlaskForm()
    if form.validate_on_submit():
        study_id, public_id, who = g.study.id, g.study.public_id, actor()
        typed = {key: value.strip() for key, value in request.form.items()}
        with transaction(db.session):
            designing.fill_in(
                db.session, db.session.get_one(Study, study_id), typed, actor=who, at=now()
            )
        flash(_("The settings are kept."), "success")
        return redirect(url_for("researchers.study", study=public_id), HTTPStatus.SEE_OTHER)
    return render_template(
        "researchers/settings.html",
        settings=g.study.settings,
        setting_names={
            "controller": _("Responsible for the data"),
            "ethics_approval": _("Ethics approval number"),
            "legal_basis": _("Legal basis"),
            "contact_name": _("Contact person"),
            "contact_email": _("E-mail address of the contact"),
            "retention": _("How long data are kept"),
        },
        unfilled=g.study.unfilled,
        audience="researcher",
    )
