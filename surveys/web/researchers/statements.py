"""Open answers become statements; statements of a draft round are added, reworded, taken out."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from surveys.models.base import db
from surveys.models.item import Aspect, Item, ItemRevision, Meaning
from surveys.models.round import Round, RoundItem, RoundKind
from surveys.models.study import Theme
from surveys.queries import answers as reads
from surveys.queries import lineage, origins, questionnaire
from surveys.queries.origins import Source
from surveys.services import designing
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.locale import in_words, page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, needs, placed_or_404, round_or_404
from surveys.web.researchers.paging import asked_for
from surveys.web.researchers.rounds import ActForm, act_on
from surveys.web.researchers.words import say

LANGUAGE_FIELD = "wording_{}"
REASON_FIELD = "reason_{}"

# A statement may come from several answers, so a usual panel's stand on one page.
ANSWERS_ON_A_PAGE = 200


class StatementForm(FlaskForm):
    """A new statement; a wording field per study language is added when the form is made."""

    theme = SelectField(choices=[], validators=[Optional()], validate_choice=True)
    aspect = SelectField(choices=[], validators=[Optional()], validate_choice=True)
    note = StringField(validators=[Length(max=500)])


def statement_form() -> Any:
    """The form for this study's languages and themes."""
    # How long a wording may be, the service says, with the language it is about.
    fields = {LANGUAGE_FIELD.format(language): TextAreaField() for language in g.study.languages}
    form = type("StatementFormOfStudy", (StatementForm,), fields)()
    themes = db.session.scalars(
        select(Theme).where(Theme.study_id == g.study.id).order_by(Theme.position)
    )
    form.theme.choices = [
        SelectChoice("", _("no theme")),
        *(SelectChoice(theme.code, say(theme.title)) for theme in themes),
    ]
    form.aspect.choices = [
        SelectChoice("", _("not marked")),
        SelectChoice("opportunity", _("opportunity")),
        SelectChoice("risk", _("risk")),
        SelectChoice("condition", _("condition")),
    ]
    return form


def wordings(form: Any) -> dict[str, str]:
    """What was typed, by language."""
    return {
        language: form[LANGUAGE_FIELD.format(language)].data or "" for language in g.study.languages
    }


def following_rating_round(number: int) -> Round | None:
    """The next rating round that has not been launched: where statements go."""
    return db.session.scalar(
        select(Round)
        .where(
            Round.study_id == g.study.id,
            Round.number > number,
            Round.kind == RoundKind.RATING,
            Round.opened_at.is_(None),
        )
        .order_by(Round.number)
        .limit(1)
    )


@researchers.get("/<study>/rounds/<int:number>/answers")
def answers(number: int) -> ResponseReturnValue:
    """What the panel wrote, question by question."""
    found = round_or_404(number)
    sheet = asked_for(sum(reads.counts(db.session, found.id).values()), ANSWERS_ON_A_PAGE)
    most = sheet.most if sheet.pages > 1 else None
    return render_template(
        "researchers/answers.html",
        round=found,
        questions=reads.open_answers(db.session, found.id, after=sheet.after, most=most),
        sheet=sheet,
        target=following_rating_round(number),
        may_run=g.role in MAY_RUN,
        audience="researcher",
    )


@researchers.get("/<study>/rounds/<int:number>/statements/new")
@needs(MAY_RUN)
def new_statement(number: int) -> ResponseReturnValue:
    """Word a statement for a draft round, from chosen answers or from nothing."""
    found = round_or_404(number)
    form = statement_form()
    chosen = chosen_answers(request.args.getlist("answer"))
    if chosen and chosen[0].theme:
        form.theme.data = chosen[0].theme
    return statement_page(found, form, chosen, [])


@researchers.post("/<study>/rounds/<int:number>/statements/new")
@needs(MAY_RUN)
def add_statement(number: int) -> ResponseReturnValue:
    """Add the statement, and keep which answers it came from."""
    found = round_or_404(number)
    form = statement_form()
    chosen = chosen_answers(request.form.getlist("answer"))
    texts = wordings(form)
    if not form.validate_on_submit():
        problems = [str(error) for errors in form.errors.values() for error in errors]
        return statement_page(found, form, chosen, problems)
    theme, aspect, note = form.theme.data, form.aspect.data, form.note.data or ""
    rating_ids = [answer.rating_id for answer in chosen]
    try:
        code = act_on(
            number,
            lambda study, round_: (
                db.session.get_one(
                    Item,
                    designing.add_statement(
                        db.session,
                        study,
                        round_,
                        wording=texts,
                        theme=theme or None,
                        aspect=Aspect(aspect) if aspect else None,
                        from_ratings=rating_ids,
                        note=note,
                        actor=g.actor,
                        at=now(),
                    ).item_id,
                ).code
            ),
        )
    except designing.StatementRefused as refused:
        problems = [in_words(problem) for problem in refused.problems]
        return statement_page(round_or_404(number), form, chosen, problems)
    except designing.RoundLaunched:
        return launched(number)
    flash(_("%(code)s was added to round %(number)s.", code=code, number=number), "success")
    if back := numbers_in([request.form.get("back", "")]):
        return redirect(
            url_for("researchers.answers", study=g.study_id, number=back[0]),
            HTTPStatus.SEE_OTHER,
        )
    return back_from_draft(number, request.form.get("after", ""), code)


@researchers.route(
    "/<study>/rounds/<int:number>/statements/<int:placed_id>", methods=["GET", "POST"]
)
@needs(MAY_RUN)
def reword(number: int, placed_id: int) -> ResponseReturnValue:
    """Change the wording of an item in a draft round."""
    found = round_or_404(number)
    placed = placed_or_404(found, placed_id)
    if found.opened_at is not None:
        return launched(number)
    item = db.session.get_one(Item, placed.item_id)
    item_code = item.code
    revision = db.session.get_one(ItemRevision, placed.revision_id)
    before = lineage.shown_before(db.session, found).get(placed.item_id)
    form = statement_form()
    problems: list[str] = []
    reasons, meaning = dict(revision.reasons or {}), revision.meaning
    if request.method == "GET":
        for language in g.study.languages:
            form[LANGUAGE_FIELD.format(language)].data = revision.wording.get(language, "")
    elif form.csrf_token.validate(form):
        texts = wordings(form)
        reasons = {
            language: request.form.get(REASON_FIELD.format(language), "")
            for language in g.study.languages
        }
        said = request.form.get("meaning", "")
        meaning = Meaning(said) if said in tuple(Meaning) else None
        try:
            act_on(
                number,
                lambda study, _round: designing.reword(
                    db.session,
                    study,
                    db.session.get_one(RoundItem, placed_id),
                    wording=texts,
                    reasons=reasons,
                    meaning=meaning,
                    actor=g.actor,
                    at=now(),
                ),
            )
        except designing.StatementRefused as refused:
            problems = [in_words(problem) for problem in refused.problems]
        except designing.RoundLaunched:
            return launched(number)
        else:
            flash(_("The new wording is kept."), "success")
            return back_from_draft(number, request.args.get("back", ""), item_code)
    return render_template(
        "researchers/reword.html",
        round=round_or_404(number),
        item=item,
        placed_id=placed_id,
        form=form,
        languages=g.study.languages,
        field=LANGUAGE_FIELD,
        before=before,
        reasons=reasons,
        meaning=meaning,
        sources=origins.of_statements(db.session, [item.id]).get(item.id, []),
        problem_links=[(LANGUAGE_FIELD.format(g.study.languages[0]), text) for text in problems],
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


@researchers.post("/<study>/rounds/<int:number>/statements/<int:placed_id>/remove")
@needs(MAY_RUN)
def remove_statement(number: int, placed_id: int) -> ResponseReturnValue:
    """Take an item out of a draft round."""
    found = round_or_404(number)
    placed = db.session.get(RoundItem, placed_id)
    g.study_id = g.study.public_id
    if ActForm().validate_on_submit() and placed is not None and placed.round_id == found.id:
        try:
            act_on(
                number,
                lambda study, _round: designing.remove(
                    db.session,
                    study,
                    db.session.get_one(RoundItem, placed_id),
                    actor=g.actor,
                    at=now(),
                ),
            )
        except designing.RoundLaunched:
            return launched(number)
        flash(_("The item was taken out of this round."), "success")
    return redirect(
        url_for("researchers.round", study=g.study_id, number=number), HTTPStatus.SEE_OTHER
    )


def back_from_draft(number: int, back: str, code: str) -> ResponseReturnValue:
    """To the draft, or to the screen between the rounds where one came from there."""
    if back == "next" and number > 1:
        address = url_for(
            "researchers.propose", study=g.study_id, number=number - 1, _anchor=f"s-{code}"
        )
    else:
        address = url_for("researchers.round", study=g.study_id, number=number)
    return redirect(address, HTTPStatus.SEE_OTHER)


def chosen_answers(ids: list[str]) -> list[Source]:
    """The open answers behind these ids that belong to the study."""
    wanted = set(numbers_in(ids))
    return origins.chosen(db.session, g.study.id, wanted) if wanted else []


def statement_page(
    found: Round, form: Any, chosen: list[Source], problems: list[str]
) -> ResponseReturnValue:
    """The form, with the answers it starts from and what is wrong."""
    return render_template(
        "researchers/statement.html",
        round=found,
        form=form,
        languages=g.study.languages,
        field=LANGUAGE_FIELD,
        chosen=chosen,
        problem_links=[(LANGUAGE_FIELD.format(g.study.languages[0]), text) for text in problems],
        asked=questionnaire.asked_round(db.session, g.study, found, page_language()),
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


def launched(number: int) -> ResponseReturnValue:
    """What experts may have seen is never altered."""
    flash(
        _(
            "Round %(number)s has been launched: what experts see is not changed any more.",
            number=number,
        ),
        "warning",
    )
    return redirect(
        url_for("researchers.round", study=g.study.public_id, number=number),
        HTTPStatus.SEE_OTHER,
    )
