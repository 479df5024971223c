"""What the study asks of each expert beside its rounds: profile fields and conflicts of interest.

Asked once, after the consent, and again when the question about interests is put anew. Every field may
stay open, and the page may be left for later; no answer hangs on it.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from surveys.models.base import db, transaction
from surveys.models.panel import Expert
from surveys.models.profile import FilledBy, ProfileField
from surveys.models.study import Study
from surveys.queries import profiles
from surveys.queries.questionnaire import StudyText
from surveys.services import auditing, declaring, profiling
from surveys.services.profile_values import LONGEST_VALUE
from surveys.web.clock import now
from surveys.web.experts import experts
from surveys.web.experts.access import visit, what_comes_next
from surveys.web.locale import in_words

Faults = list[tuple[str, str]]


class AboutYouForm(FlaskForm):
    """The fields follow from the study and are read from the request."""


@experts.get("/about-you")
def about_you() -> ResponseReturnValue:
    """What is asked, with what was said before."""
    current = visit()
    if not current.consented:
        return redirect(
            url_for("experts.consent", participation=current.participation), HTTPStatus.SEE_OTHER
        )
    if not asked_fields() and not declaring.is_asked(current.study):
        return redirect(what_comes_next(), HTTPStatus.SEE_OTHER)
    return about_you_page([])


@experts.post("/about-you")
def keep_about_you() -> ResponseReturnValue:
    """Keep all of it, or say what does not fit and keep what was typed."""
    current = visit()
    if not current.consented or not AboutYouForm().validate_on_submit():
        return redirect(
            url_for("experts.home", participation=current.participation), HTTPStatus.SEE_OTHER
        )
    typed = {field.id: request.form.get(f"field-{field.id}", "") for field in asked_fields()}
    expert_id, study_id = current.expert_id, current.study_id
    is_asked, asked = declaring.is_asked(current.study), question()
    faults: Faults = []
    with transaction(db.session):
        expert = db.session.get_one(Expert, expert_id)
        study = db.session.get_one(Study, study_id)
        # Each part is kept for itself: a number that is none loses no declaration.
        try:
            profiling.fill_in(
                db.session,
                study,
                expert,
                typed,
                by=FilledBy.EXPERT,
                actor=auditing.expert(expert.code),
                at=now(),
            )
        except profiling.NotFilledIn as refused:
            faults += [(f"field-{number}", in_words(told)) for number, told in refused.faults]
        if is_asked:
            try:
                declaring.declare(
                    db.session,
                    study,
                    expert,
                    answer=request.form.get("conflict", ""),
                    explanation=request.form.get("explanation", ""),
                    language=asked.language,
                    text=str(asked),
                    at=now(),
                )
            except declaring.NotDeclared as refused:
                told = map(in_words, refused.problems)
                faults += list(zip(refused.fields, told, strict=True))
    if faults:
        return about_you_page(faults)
    return redirect(what_comes_next(), HTTPStatus.SEE_OTHER)


def asked_fields() -> list[ProfileField]:
    """The fields that experts fill in."""
    return [
        field
        for field in profiles.fields(db.session, visit().study_id)
        if field.filled_by is FilledBy.EXPERT
    ]


def question() -> StudyText:
    """The question about interests in the expert's language."""
    return visit().say(declaring.question(visit().study))


def about_you_page(faults: Faults) -> ResponseReturnValue:
    """The fields and the question, with what was typed or said before."""
    current = visit()
    is_asked = declaring.is_asked(current.study)
    said = profiles.declarations(db.session, current.expert_id)
    stands = next((one for one in said if one.version == declaring.version(current.study)), None)
    typed = request.form
    fields = [
        {
            "id": f"field-{filled.field.id}",
            "kind": filled.field.kind.value,
            "is_number": filled.field.is_number,
            "label": current.say(filled.field.label),
            "options": [
                (option["code"], current.say(option["name"])) for option in filled.field.options
            ],
            "value": typed.get(f"field-{filled.field.id}", filled.value or ""),
        }
        for filled in profiles.of_expert(db.session, current.study_id, current.expert_id)
        if filled.field.filled_by is FilledBy.EXPERT
    ]
    return render_template(
        "experts/about_you.html",
        fields=fields,
        longest=LONGEST_VALUE,
        question=question() if is_asked else None,
        asked_again=bool(said) and stands is None,
        conflict=typed.get("conflict", ("no", "yes")[stands.has_conflict] if stands else ""),
        explanation=typed.get("explanation", stands.explanation if stands else ""),
        longest_explanation=declaring.LONGEST_EXPLANATION,
        later=what_comes_next(),
        faults=faults,
        fault_of=dict(faults),
        audience="expert",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK)
