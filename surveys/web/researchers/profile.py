"""What the study wants to know of each expert: own profile fields, and conflicts of interest."""

from __future__ import annotations

from http import HTTPStatus

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from surveys.items.base import N_
from surveys.models.base import db, leave_no_trace, transaction
from surveys.models.panel import Expert
from surveys.models.profile import FieldKind, FilledBy, ProfileField
from surveys.models.study import Study
from surveys.queries import profiles
from surveys.services import declaring, profiling
from surveys.services.problems import Refused
from surveys.web.clock import now
from surveys.web.locale import in_words
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, MAY_SEE_IDENTITIES, actor, needs
from surveys.web.researchers.panel import expert_or_404
from surveys.web.researchers.rounds import ActForm

KIND_NAMES = {
    FieldKind.TEXT: N_("a text"),
    FieldKind.NUMBER: N_("a number"),
    FieldKind.CHOICE: N_("one of some choices"),
}
FILLED_BY_NAMES = {
    FilledBy.EXPERT: N_("asked of the expert"),
    FilledBy.TEAM: N_("filled in by us"),
}


@researchers.get("/<study>/panel/profile")
@needs(MAY_RUN)
def profile() -> ResponseReturnValue:
    """The fields, and the question about interests."""
    return profile_page([])


@researchers.post("/<study>/panel/profile")
@needs(MAY_RUN)
def add_field() -> ResponseReturnValue:
    """Ask one thing more of each expert, or keep room for it."""
    typed = request.form
    kinds, ways = {kind.value for kind in FieldKind}, {way.value for way in FilledBy}
    if (
        not ActForm().validate_on_submit()
        or typed.get("kind") not in kinds
        or typed.get("filled_by") not in ways
    ):
        return profile_page([("kind", _("Please say what the field holds and who fills it in."))])
    study_id, who = g.study.id, actor()
    kind = FieldKind(typed["kind"])
    try:
        with transaction(db.session):
            study = db.session.get_one(Study, study_id)
            options = []
            if kind is FieldKind.CHOICE:
                options = profiling.options_from(study, texts("options"))
            profiling.add_field(
                db.session,
                study,
                kind=kind,
                label=texts("label"),
                filled_by=FilledBy(typed["filled_by"]),
                may_identify=bool(typed.get("may_identify")),
                options=options,
                actor=who,
                at=now(),
            )
    except profiling.FieldRefused as refused:
        return profile_page(in_order("label", refused))
    flash(_("The field was added."), "success")
    return back()


@researchers.post("/<study>/panel/profile/<code>")
@needs(MAY_RUN)
def change_field(code: str) -> ResponseReturnValue:
    """Change what a field is called, who fills it in and whether it may identify; or take it away."""
    found = db.session.scalar(
        select(ProfileField).where(ProfileField.study_id == g.study.id, ProfileField.code == code)
    )
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    typed = request.form
    if not ActForm().validate_on_submit():
        return back()
    field_id, study_id, who = found.id, g.study.id, actor()
    if typed.get("act") == "remove":
        with transaction(db.session):
            study, field = (
                db.session.get_one(Study, study_id),
                db.session.get_one(ProfileField, field_id),
            )
            profiling.remove_field(db.session, study, field, actor=who, at=now())
        leave_no_trace(db.session)
        flash(_("The field was removed, with what it held."), "success")
        return back()
    way = typed.get("filled_by", found.filled_by.value)
    try:
        with transaction(db.session):
            profiling.change_field(
                db.session,
                db.session.get_one(Study, study_id),
                db.session.get_one(ProfileField, field_id),
                label=texts("label"),
                filled_by=FilledBy(way) if way in set(FilledBy) else found.filled_by,
                may_identify=bool(typed.get("may_identify")),
                actor=who,
                at=now(),
            )
    except profiling.FieldRefused as refused:
        return profile_page(in_order(f"{code}-label", refused))
    flash(_("Kept."), "success")
    return back()


@researchers.post("/<study>/panel/interests")
@needs(MAY_RUN)
def ask_about_interests() -> ResponseReturnValue:
    """Ask every expert about conflicts of interest, in the standard words or in the study's own."""
    if not ActForm().validate_on_submit():
        return back()
    study_id, who, asked = g.study.id, actor(), bool(request.form.get("asked"))
    try:
        with transaction(db.session):
            changed = declaring.revise(
                db.session,
                db.session.get_one(Study, study_id),
                asked=asked,
                text=texts("question"),
                actor=who,
                at=now(),
            )
    except declaring.QuestionRefused as refused:
        return profile_page(in_order("question", refused))
    if not changed:
        flash(_("Nothing has changed."))
    elif asked:
        flash(_("Experts are asked about conflicts of interest at their next visit."), "success")
    else:
        flash(_("Experts are not asked about conflicts of interest."), "success")
    return back()


@researchers.post("/<study>/panel/<code>/profile")
@needs(MAY_SEE_IDENTITIES)
def fill_in_profile(code: str) -> ResponseReturnValue:
    """Fill in what the team knows of an expert, or was told."""
    found = expert_or_404(code)
    expert_id, study_id, public_id, who = found.id, g.study.id, g.study.public_id, actor()
    there = url_for("researchers.expert", study=public_id, code=code)
    if not ActForm().validate_on_submit() or found.withdrawn_at is not None:
        return redirect(there, HTTPStatus.SEE_OTHER)
    typed = {
        field.id: request.form[f"field-{field.id}"]
        for field in profiles.fields(db.session, study_id)
        if f"field-{field.id}" in request.form
    }
    try:
        with transaction(db.session):
            profiling.fill_in(
                db.session,
                db.session.get_one(Study, study_id),
                db.session.get_one(Expert, expert_id),
                typed,
                by=FilledBy.TEAM,
                actor=who,
                at=now(),
            )
    except profiling.NotFilledIn as refused:
        # What was typed may identify: it goes into no address, and the page it came from asks anew.
        flash(" ".join(in_words(problem) for problem in refused.problems), "warning")
        return redirect(there, HTTPStatus.SEE_OTHER)
    flash(_("Kept."), "success")
    return redirect(there, HTTPStatus.SEE_OTHER)


def texts(name: str) -> dict[str, str]:
    """What was typed of one text, per language."""
    return {code: request.form.get(f"{name}-{code}", "") for code in g.study.languages}


def in_order(field: str, refused: Refused) -> list[tuple[str, str]]:
    """Every problem, each leading to the field in the study's first language."""
    target = f"{field}-{g.study.default_language}"
    return [(target, in_words(problem)) for problem in refused.problems]


def back() -> ResponseReturnValue:
    """To the page of the profile."""
    return redirect(url_for("researchers.profile", study=g.study.public_id), HTTPStatus.SEE_OTHER)


def profile_page(problems: list[tuple[str, str]]) -> ResponseReturnValue:
    """The fields with how often they are filled in, a new one, and the question."""
    fields = profiles.fields(db.session, g.study.id)
    # What was refused stands in the form it came from; the field's own form is named by the problem.
    refused = problems[0][0] if problems else ""
    return render_template(
        "researchers/profile.html",
        fields=fields,
        filled=profiles.times_filled(db.session, g.study.id),
        kinds=[(kind.value, _(name)) for kind, name in KIND_NAMES.items()],
        kind_names={kind: _(name) for kind, name in KIND_NAMES.items()},
        ways=[(way.value, _(name)) for way, name in FILLED_BY_NAMES.items()],
        asked=declaring.is_asked(g.study),
        version=declaring.version(g.study),
        question=declaring.question(g.study),
        typed=request.form,
        refused=refused,
        problem_links=problems,
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)
