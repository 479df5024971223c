"""Enter what an expert answered by phone or on paper: the expert's own questions, under a clear bar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import DateTimeLocalField, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from surveys.items.base import N_
from surveys.models.base import db, transaction
from surveys.models.panel import Channel, Expert
from surveys.models.round import Round
from surveys.queries import progress
from surveys.services import consenting, entering, responding
from surveys.services.problems import Refused
from surveys.services.self_rating import Kept
from surveys.web.clock import now
from surveys.web.errors import problem
from surveys.web.experts import expertise
from surveys.web.experts.access import visit, visit_for
from surveys.web.experts.consent import consent_text
from surveys.web.experts.forms import UnknownItem, read_answers
from surveys.web.experts.questionnaire import (
    Page,
    asked_now,
    mark_conflicts,
    mark_problems,
    page_of,
)
from surveys.web.experts.shown import as_shown
from surveys.web.locale import in_words
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, actor, needs, round_or_404
from surveys.web.researchers.rounds import as_typed, aware, to_round

CHANNELS = {
    Channel.PHONE: N_("by phone"),
    Channel.PAPER: N_("on paper"),
    Channel.OTHER: N_("in another way"),
}


class SittingForm(FlaskForm):
    """Of whom the answers are, how they came, and when."""

    class Meta:
        csrf = False

    expert = SelectField(validators=[InputRequired()], choices=[])
    how = SelectField(choices=[SelectChoice(one.value, "") for one in Channel])
    when = DateTimeLocalField(validators=[InputRequired()])


class ActForm(FlaskForm):
    """What a button says, and its token."""

    act = HiddenField()


@dataclass(frozen=True, slots=True)
class Taken:
    """A sitting as pages name it."""

    code: str
    channel: Channel
    taken_at: datetime

    @property
    def fields(self) -> dict[str, Any]:
        """How it stands in addresses and hidden fields."""
        return {"how": self.channel.value, "when": as_typed(self.taken_at)}

    @property
    def how(self) -> str:
        """The way, in the language of the page."""
        return _(CHANNELS[self.channel])


@researchers.get("/<study>/rounds/<int:number>/entering")
@needs(MAY_RUN)
def choose_expert(number: int) -> ResponseReturnValue:
    """Of whom the answers are, how they came and when."""
    found = round_or_404(number)
    if not found.dates.accepts(now()):
        return not_open(number)
    form = SittingForm(request.args if request.args else None)
    people = progress.people(db.session, found)
    form.expert.choices = [SelectChoice(person.code, person.code) for person in people]
    problems = {}
    if request.args:
        if form.validate() and (taken_at := aware(form.when.data)):
            try:
                entering.look_over(found, taken_at, now())
                return redirect(
                    url_for(
                        "researchers.enter_answers",
                        study=g.study.public_id,
                        number=number,
                        code=form.expert.data,
                        how=form.how.data,
                        when=as_typed(taken_at),
                    ),
                    HTTPStatus.SEE_OTHER,
                )
            except Refused as refused:
                problems["when"] = " ".join(in_words(one) for one in refused.problems)
        if form.expert.errors:
            problems["expert"] = _("Please choose an expert from the list.")
        if form.how.errors:
            problems["how"] = _("Please say how the answers came.")
        if form.when.errors:
            problems["when"] = _("The moment could not be read. Please pick it from the calendar.")
    return render_template(
        "researchers/entering_choose.html",
        round=found,
        people=people,
        channels=[(one.value, _(name)) for one, name in CHANNELS.items()],
        chosen=request.args.get("expert", ""),
        how=request.args.get("how", Channel.PHONE.value),
        when=request.args.get("when") or as_typed(now()),
        problems=problems,
        audience="researcher",
    ), HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK


def not_open(number: int) -> ResponseReturnValue:
    """Say that nothing can be entered now."""
    g.study_id = g.study.public_id
    flash(_("This round is not open, so no answers can be entered."), "warning")
    return to_round(number)


def sitting_in(number: int, code: str) -> Taken:
    """The sitting that the address or the form names, with the expert's visit in its place; or 404."""
    found = round_or_404(number)
    participation = db.session.scalar(
        select(Expert.participation).where(Expert.study_id == g.study.id, Expert.code == code)
    )
    current = visit_for(participation, number) if participation else None
    named = request.form if request.method == "POST" else request.args
    form = SittingForm(named)
    form.expert.choices = [SelectChoice(code, code)]
    form.expert.data = code
    if current is None or not form.how.validate(form) or not form.when.validate(form):
        abort(HTTPStatus.NOT_FOUND)
    taken_at = aware(form.when.data)
    if taken_at is None or not found.opened_at:
        abort(HTTPStatus.NOT_FOUND)
    g.visit = current
    return Taken(code, Channel(form.how.data), taken_at)


@researchers.get("/<study>/rounds/<int:number>/entering/<code>")
@needs(MAY_RUN)
def enter_answers(number: int, code: str) -> ResponseReturnValue:
    """The expert's questionnaire, or first the consent that is still missing."""
    taken = sitting_in(number, code)
    if not round_or_404(number).dates.accepts(now()):
        return not_open(number)
    if not visit().consented:
        return consent_page(number, taken)
    launched, asked = asked_now(number)
    asked, own = as_shown(asked)
    return form_page(taken, page_of(launched, asked, own), receipt=own.receipt or "")


@researchers.post("/<study>/rounds/<int:number>/entering/<code>/consent")
@needs(MAY_RUN)
def record_consent(number: int, code: str) -> ResponseReturnValue:
    """Keep that the expert agreed by phone or on paper, to the text that holds now."""
    taken = sitting_in(number, code)
    if not round_or_404(number).dates.accepts(now()):
        return not_open(number)
    if not ActForm().validate_on_submit() or request.form.get("agreed") != "yes":
        return consent_page(
            number, taken, error=_("Please tick the box if the expert agreed to this text.")
        )
    current = visit()
    text = consent_text(current)
    version, expert_id, who = current.study.consent["version"], current.expert_id, actor()
    address = url_for(
        "researchers.enter_answers",
        study=g.study.public_id,
        number=number,
        code=code,
        **taken.fields,
    )
    with transaction(db.session):
        consenting.record(
            db.session,
            db.session.get_one(Expert, expert_id),
            version=version,
            language=text.language,
            text=text,
            channel=taken.channel,
            given_at=taken.taken_at,
            actor=who,
            at=now(),
        )
    flash(_("The consent is noted, with how and when it was given."), "success")
    return redirect(address, HTTPStatus.SEE_OTHER)


@researchers.post("/<study>/rounds/<int:number>/entering/<code>")
@needs(MAY_RUN)
def keep_answers(number: int, code: str) -> ResponseReturnValue:
    """Keep what was entered; say what the expert answered meanwhile; submit if the expert is done."""
    taken = sitting_in(number, code)
    found = round_or_404(number)
    if not found.dates.accepts(now()):
        return closed_meanwhile()
    current = visit()
    if not current.consented:
        return problem(
            HTTPStatus.CONFLICT,
            _("First the consent of %(code)s", code=code),
            _(
                "The consent text has changed meanwhile. Nothing was stored; what you typed stands below."
            ),
            [_("Note the consent to the new text, then enter the answers again.")],
        )
    launched, asked = asked_now(number)
    try:
        sent = read_answers(asked, request.form)
        said = expertise.read(asked, request.form)
    except UnknownItem:
        abort(HTTPStatus.UNPROCESSABLE_ENTITY)
    sitting = entering.Sitting(taken.channel, taken.taken_at, actor())
    expert_id, language, round_id, public_id = (
        current.expert_id,
        current.language,
        found.id,
        g.study.public_id,
    )
    done = request.form.get("act") == "submit"
    entered = entering.Entered(None, Kept())
    try:
        with transaction(db.session):
            expert = db.session.get_one(Expert, expert_id)
            entered = entering.keep(
                db.session,
                expert,
                asked,
                sent.offers,
                said.offers,
                sitting=sitting,
                language=language,
                at=now(),
            )
    except responding.RoundNotOpen:
        return closed_meanwhile()
    except Refused as refused:
        for wrong in refused.problems:
            flash(in_words(wrong), "warning")
        return form_again(taken, number, sent.problems, said, entered)
    conflicts = entered.answers.conflicts if entered.answers else ()
    if sent.problems or said.problems or conflicts or entered.levels.conflicts:
        return form_again(taken, number, sent.problems, said, entered)
    if done:
        with transaction(db.session):
            entering.submit(
                db.session,
                db.session.get_one(Expert, expert_id),
                db.session.get_one(Round, round_id),
                sitting=sitting,
                sender_host=current_app.extensions["rondo.host"],
                at=now(),
            )
        current_app.extensions["rondo.wake"]()
        flash(_("The answers of %(code)s are in, and submitted.", code=code), "success")
        g.study_id = public_id
        return to_round(number)
    flash(_("Kept."), "success")
    return redirect(
        url_for(
            "researchers.enter_answers", study=public_id, number=number, code=code, **taken.fields
        ),
        HTTPStatus.SEE_OTHER,
    )


def closed_meanwhile() -> ResponseReturnValue:
    """Say that the round closed while answers were typed, and give them back."""
    return problem(
        HTTPStatus.CONFLICT,
        _("This round is closed"),
        _("It closed while you were typing. Nothing was stored; what you typed stands below."),
        [_("A round can be reopened with a reason, until the next one is launched.")],
    )


def form_again(
    taken: Taken, number: int, problems: Any, said: expertise.Sent, entered: entering.Entered
) -> ResponseReturnValue:
    """The form with what was typed in it, and what is the matter beside each item."""
    launched, asked = asked_now(number)
    asked, own = as_shown(asked)
    page = page_of(launched, asked, own)
    mark_problems(page, problems, request.form)
    conflicts = entered.answers.conflicts if entered.answers else ()
    mark_conflicts(page, conflicts, asked, request.form)
    for section in page.sections:
        for item in section.items:
            if item.conflict:
                item.error = _("The expert answered this too, after you opened the page.")
    expertise.mark(page.knows, said, entered.levels, request.form)
    return form_page(taken, page, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def form_page(
    taken: Taken, page: Page, *, receipt: str = "", status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    """The questionnaire as the researcher fills it in."""
    return render_template(
        "researchers/entering.html",
        q=page,
        taken=taken,
        receipt=receipt,
        round=round_or_404(page.round.number),
        audience="researcher",
    ), status


def consent_page(number: int, taken: Taken, *, error: str = "") -> ResponseReturnValue:
    """The text that the expert must have agreed to."""
    current = visit()
    return render_template(
        "researchers/entering_consent.html",
        round=round_or_404(number),
        taken=taken,
        text=consent_text(current),
        statement=current.say(current.study.consent["statement"]),
        error=error,
        audience="researcher",
    ), HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
