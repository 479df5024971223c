"""The mail of a study: its texts with a preview, reminders by plan, the list of who gets none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any
from zoneinfo import available_timezones

from flask import abort, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf import FlaskForm
from markupsafe import Markup
from sqlalchemy import select
from wtforms import BooleanField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from surveys.config import Config
from surveys.delphi.reminding import Reminders
from surveys.delphi.round import RoundState
from surveys.items.base import N_
from surveys.mail.letter import fill_in, no_more_address, no_more_in_words, notes_above
from surveys.mail.wording import MESSAGES, NEXT_ROUND, PLACES, Wording
from surveys.models.base import db, transaction
from surveys.models.researcher import Researcher
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.queries import mail as reads
from surveys.services import (
    mail_texts,
    mailing,
    reminding,
    stop_list,
    writing_to_researchers,
)
from surveys.services.mail_texts import InUse
from surveys.services.problems import Refused
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.locale import in_words, page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, actor, needs, round_or_404
from surveys.web.researchers.planned import planned_in_words
from surveys.web.researchers.rounds import ActForm

NAMES = {
    "invitation": N_("Invitation"),
    "next": N_("Invitation to a later round"),
    "reminder": N_("Reminder"),
    "receipt": N_("Receipt and thanks"),
    "result": N_("Result"),
    "link": N_("Lost link"),
}
WHEN = {
    "invitation": N_("when the first round is launched, and to who joins while it is open"),
    "next": N_("when a later round is launched"),
    "reminder": N_("by plan or by your button, to who has not finished"),
    "receipt": N_("after each submission"),
    "result": N_("after a round has closed, when you press the button"),
}
SAID = {
    "name": N_("the expert’s name"),
    "study": N_("the title of the study"),
    "round": N_("the title of the round"),
    "number": N_("the number of the round"),
    "link": N_("the expert’s personal link"),
    "closes": N_("when the round closes; without an end the paragraph is left out"),
    "minutes": N_("about how many minutes it takes"),
    "contact": N_("who answers questions"),
    "email": N_("that person’s address"),
    "receipt": N_("the code of the receipt"),
    "received": N_("when the answers arrived"),
}
SAMPLE_NAME = "Dr Robin Example"
SAMPLE_ADDRESS = "robin@example.org"


class TextForm(FlaskForm):
    """What is written. Lengths are judged with all else that may be wrong."""

    subject = StringField(validators=[Length(max=2_000)])
    body = TextAreaField(validators=[Length(max=40_000)])


class PlanForm(FlaskForm):
    """Reminders by plan, for the study or for one round."""

    days = StringField(validators=[Length(max=60)])
    from_hour = IntegerField(validators=[InputRequired(), NumberRange(0, 23)])
    to_hour = IntegerField(validators=[InputRequired(), NumberRange(1, 24)])
    weekends = BooleanField()
    time_zone = StringField(validators=[InputRequired(), Length(max=60)])
    round = StringField(validators=[Optional(), Length(max=4)])


class StopForm(FlaskForm):
    """Who gets no more mail, and why."""

    code = StringField(validators=[Length(max=20)])
    reason = StringField(validators=[Length(max=300)])


@dataclass(frozen=True, slots=True)
class Shown:
    """A letter for looking at on the page."""

    language: str
    subject: str
    notes: list[str]
    html: Markup
    text: str
    foot: str
    address: str


@researchers.get("/<study>/mail")
def mail() -> ResponseReturnValue:
    """Texts, reminders, and who gets no mail."""
    return mail_page()


def mail_page(
    *,
    problems: list[tuple[str, str]] | None = None,
    typed: Any = None,
) -> ResponseReturnValue:
    """The page, with what was typed still in it."""
    found = rounds()
    chosen = chosen_round(found)
    plan = reminding.plan_of(db.session, g.study.id, chosen)
    kinds = reads.counts(db.session, g.study.id)
    return render_template(
        "researchers/mail.html",
        messages=[(one, _(NAMES[one]), _(WHEN[one])) for one in MESSAGES],
        worded=mail_texts.worded(db.session, g.study),
        total=reads.totals(kinds),
        rounds=found,
        chosen=chosen,
        plan=plan,
        plan_said=(plan.reminders if plan else Reminders()).sentence(page_language()),
        reminders=plan.reminders
        if plan
        else Reminders(time_zone=current_app.extensions["rondo.config"].time_zone),
        planned=[(one, planned_in_words(one)) for one in found if one.dates.accepts(now())],
        to_tell=[
            (one, len(mailing.answered(db.session, one)))
            for one in found
            if one.dates.state(now()) is RoundState.CLOSED
        ],
        told={
            entry.round
            for entry in reads.log(
                db.session, g.study.id, reads.Wanted(message="result"), after=0, most=200
            )
        },
        stopped=stop_list.entries(db.session, g.study.id) if g.role in MAY_RUN else [],
        zones=sorted(zone for zone in time_zones() if "/" in zone),
        may_run=g.role in MAY_RUN,
        mail_leaves=bool(current_app.extensions["rondo.config"].mail_host),
        problem_links=problems or [],
        typed=typed or {},
        form=ActForm(),
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


@cache
def time_zones() -> frozenset[str]:
    """The names of all zones; looked up in many files, so once per process."""
    return frozenset(available_timezones())


def rounds() -> list[Round]:
    """The study's rounds."""
    return list(
        db.session.scalars(select(Round).where(Round.study_id == g.study.id).order_by(Round.number))
    )


def chosen_round(found: list[Round]) -> Round | None:
    """The round whose plan is looked at; None for the study's."""
    number = next(iter(numbers_in([request.values.get("round", "")])), 0)
    return next((one for one in found if one.number == number), None)


# --- texts


@researchers.get("/<study>/mail/texts/<message>/<language>")
def mail_text(message: str, language: str) -> ResponseReturnValue:
    """One message in one language: what it says, and how it looks."""
    known(message, language)
    used = mail_texts.in_use(db.session, g.study, message, language)
    return text_page(message, language, used.wording, used)


@researchers.post("/<study>/mail/texts/<message>/<language>")
@needs(MAY_RUN)
def keep_mail_text(message: str, language: str) -> ResponseReturnValue:
    """Put a text into use, or only look at it."""
    known(message, language)
    form = TextForm()
    typed = typed_in(form)
    used = mail_texts.in_use(db.session, g.study, message, language)
    if not form.validate_on_submit():
        return text_page(message, language, typed, used, [_("Please type less text.")])
    if request.form.get("act") == "preview":
        found = [in_words(one) for one in mail_texts.problems(message, typed)]
        return text_page(message, language, typed, used, looked_at=found)
    study_id, who, public_id = g.study.id, actor(), g.study.public_id
    try:
        with transaction(db.session):
            changed = mail_texts.keep(
                db.session,
                db.session.get_one(Study, study_id),
                message,
                language,
                typed,
                actor=who,
                at=now(),
            )
    except Refused as refused:
        return text_page(
            message, language, typed, used, [in_words(one) for one in refused.problems]
        )
    flash(
        _("Kept. From now on this is sent.") if changed else _("Nothing was changed."),
        "success" if changed else "message",
    )
    return to_text(public_id, message, language)


@researchers.post("/<study>/mail/texts/<message>/<language>/preview")
@needs(MAY_RUN)
def preview_mail_text(message: str, language: str) -> ResponseReturnValue:
    """The letter as it would look with what is typed now: a part of the page, for its script."""
    known(message, language)
    form = TextForm()
    if not form.validate_on_submit():
        abort(HTTPStatus.UNPROCESSABLE_ENTITY)
    typed = typed_in(form)
    return jsonify(
        html=render_template(
            "researchers/mail_preview.html",
            letter=shown(message, language, typed),
            looked_at=[in_words(one) for one in mail_texts.problems(message, typed)],
        )
    )


@researchers.post("/<study>/mail/texts/<message>/<language>/standard")
@needs(MAY_RUN)
def standard_mail_text(message: str, language: str) -> ResponseReturnValue:
    """Back to Rondo's own text."""
    known(message, language)
    study_id, who, public_id = g.study.id, actor(), g.study.public_id
    if ActForm().validate_on_submit():
        with transaction(db.session):
            mail_texts.back_to_standard(
                db.session,
                db.session.get_one(Study, study_id),
                message,
                language,
                actor=who,
                at=now(),
            )
        flash(_("The standard text is in use again."), "success")
    return to_text(public_id, message, language)


@researchers.post("/<study>/mail/texts/<message>/<language>/trial")
@needs(MAY_RUN)
def send_mail_trial(message: str, language: str) -> ResponseReturnValue:
    """Mail the text in use to whoever asks, as experts will get it."""
    known(message, language)
    number = round_for(message).number
    study_id, public_id, researcher_id = g.study.id, g.study.public_id, current_user.id
    host = current_app.extensions["rondo.host"]
    if ActForm().validate_on_submit():
        with transaction(db.session):
            writing_to_researchers.owe_trial(
                db.session,
                db.session.get_one(Researcher, researcher_id),
                db.session.get_one(Study, study_id),
                number,
                message=message,
                language=language,
                sender_host=host,
                at=now(),
            )
        current_app.extensions["rondo.wake"]()
        flash(_("A trial is on its way to you."), "success")
    return to_text(public_id, message, language)


def text_page(
    message: str,
    language: str,
    wording: Wording,
    used: InUse,
    problems: list[str] | None = None,
    looked_at: list[str] | None = None,
) -> ResponseReturnValue:
    """The form beside the letter it makes."""
    return render_template(
        "researchers/mail_text.html",
        message=message,
        name=_(NAMES[message]),
        when=_(WHEN[message]),
        of=language,
        messages=[(one, _(NAMES[one])) for one in MESSAGES],
        wording=wording,
        used=used,
        places=[(place, _(SAID[place])) for place in SAID if place in PLACES[message]],
        letter=shown(message, language, wording),
        looked_at=looked_at or [],
        problem_links=[("body", text) for text in problems or []],
        versions=[
            (one, sent_with_each.get(one.id, 0))
            for sent_with_each in [reads.sent_with(db.session, g.study.id)]
            for one in mail_texts.versions(db.session, g.study.id, message, language)
        ],
        may_run=g.role in MAY_RUN,
        form=ActForm(),
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


def shown(message: str, language: str, wording: Wording) -> Shown:
    """The letter to an invented expert, written with this text."""
    configured: Config = current_app.extensions["rondo.config"]
    used = mail_texts.in_use(db.session, g.study, message, language)
    letter = writing_to_researchers.sample(
        db.session,
        g.study,
        round_for(message),
        message,
        InUse(wording, used.language if used.wording == wording else language, True, 0),
        name=SAMPLE_NAME,
        email=SAMPLE_ADDRESS,
        message_id="",
        links=current_app.extensions["rondo.links"],
        at=now(),
        trial=False,
    )
    written = fill_in(letter, public_url=configured.public_url, time_zone=configured.time_zone)
    return Shown(
        letter.language,
        written.subject,
        notes_above(letter),
        Markup(written.html),  # noqa: S704 - sanitised where it is made
        written.text,
        no_more_in_words(letter.language),
        no_more_address(letter, configured.public_url),
    )


def round_for(message: str) -> Round:
    """The round whose letter is shown: the newest launched one that has such a letter, else the first."""
    found = [one for one in rounds() if (one.number > 1) == (message == NEXT_ROUND)] or rounds()
    if not found:
        abort(HTTPStatus.NOT_FOUND)
    launched = [one for one in found if one.opened_at is not None]
    return launched[-1] if launched else found[0]


def known(message: str, language: str) -> None:
    """Only what there is."""
    if message not in MESSAGES or language not in g.study.languages:
        abort(HTTPStatus.NOT_FOUND)


def typed_in(form: TextForm) -> Wording:
    """What was typed."""
    return Wording((form.subject.data or "").strip(), (form.body.data or "").replace("\r\n", "\n"))


def to_text(public_id: str, message: str, language: str) -> ResponseReturnValue:
    """Back to the text's page."""
    return redirect(
        url_for("researchers.mail_text", study=public_id, message=message, language=language),
        HTTPStatus.SEE_OTHER,
    )


# --- reminders and results


@researchers.post("/<study>/mail/reminders")
@needs(MAY_RUN)
def plan_reminders() -> ResponseReturnValue:
    """Keep when reminders go out by themselves."""
    form = PlanForm()
    chosen = chosen_round(rounds())
    study_id, public_id, who = g.study.id, g.study.public_id, actor()
    round_row = chosen.id if chosen else None
    back = redirect(
        url_for("researchers.mail", study=public_id, round=chosen.number if chosen else None)
        + "#reminders",
        HTTPStatus.SEE_OTHER,
    )
    if request.form.get("act") == "as_study" and round_row is not None:
        if ActForm().validate_on_submit():
            with transaction(db.session):
                reminding.as_the_study(
                    db.session,
                    db.session.get_one(Study, study_id),
                    db.session.get_one(Round, round_row),
                    actor=who,
                    at=now(),
                )
            flash(_("The plan of the study holds for this round."), "success")
        return back
    problems: list[tuple[str, str]] = []
    plan = plan_in(form, problems)
    if plan is None:
        return mail_page(problems=problems, typed=request.form)
    with transaction(db.session):
        reminding.set_plan(
            db.session,
            db.session.get_one(Study, study_id),
            db.session.get_one(Round, round_row) if round_row is not None else None,
            plan,
            actor=who,
            at=now(),
        )
    flash(plan.sentence(page_language()), "success")
    return back


def plan_in(form: PlanForm, problems: list[tuple[str, str]]) -> Reminders | None:
    """The plan that was typed, or all that is wrong with it."""
    words = (form.days.data or "").replace(",", " ").replace(";", " ").split()
    days = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 4]
    if len(days) != len(words) or any(not 1 <= day <= 60 for day in days) or len(set(days)) > 6:
        problems.append(
            ("days", _("Please type up to six whole numbers of days, 1 to 60, such as 7, 3."))
        )
    start, end = form.from_hour.data, form.to_hour.data
    if not form.validate_on_submit() or start is None or end is None or start >= end:
        problems.append(
            ("from_hour", _("The hours must be whole numbers from 0 to 24, the first one earlier."))
        )
    if (form.time_zone.data or "") not in time_zones():
        problems.append(("time_zone", _("There is no such time zone. Please pick one.")))
    if problems:
        return None
    return Reminders(tuple(days), start, end, bool(form.weekends.data), form.time_zone.data or "")


@researchers.post("/<study>/mail/rounds/<int:number>/result")
@needs(MAY_RUN)
def send_result(number: int) -> ResponseReturnValue:
    """Write to everyone who answered in a closed round."""
    found = round_or_404(number)
    public_id, who, round_row = g.study.public_id, actor(), found.id
    host = current_app.extensions["rondo.host"]
    if found.dates.state(now()) is not RoundState.CLOSED or not ActForm().validate_on_submit():
        flash(_("The result is sent once the round is closed."), "warning")
        return redirect(url_for("researchers.mail", study=public_id), HTTPStatus.SEE_OTHER)
    with transaction(db.session):
        owed = mailing.tell_results(
            db.session,
            db.session.get_one(Round, round_row),
            sender_host=host,
            actor=who,
            at=now(),
        )
    current_app.extensions["rondo.wake"]()
    flash(
        ngettext("%(num)s mail is on its way.", "%(num)s mails are on their way.", owed)
        if owed
        else _("Everybody who answered has been written to already."),
        "success" if owed else "warning",
    )
    return redirect(url_for("researchers.mail_log", study=public_id), HTTPStatus.SEE_OTHER)


# --- no more mail


@researchers.post("/<study>/mail/stop")
@needs(MAY_RUN)
def stop_expert_mail() -> ResponseReturnValue:
    """Send nothing more to an expert who asked for that by other ways."""
    form = StopForm()
    study_id, public_id, who = g.study.id, g.study.public_id, actor()
    if not form.validate_on_submit():
        return mail_page(
            problems=[("code", _("Please type the expert’s code and why."))], typed=request.form
        )
    try:
        with transaction(db.session):
            stop_list.stop_by_code(
                db.session,
                study_id,
                form.code.data or "",
                reason=form.reason.data or "",
                actor=who,
                links=current_app.extensions["rondo.links"],
                at=now(),
            )
    except Refused as refused:
        return mail_page(
            problems=[("code", in_words(one)) for one in refused.problems], typed=request.form
        )
    flash(_("Nothing more is sent to this expert. The personal link goes on working."), "success")
    return redirect(url_for("researchers.mail", study=public_id) + "#no-mail", HTTPStatus.SEE_OTHER)


@researchers.post("/<study>/mail/stop/<int:entry>/resume")
@needs(MAY_RUN)
def resume_expert_mail(entry: int) -> ResponseReturnValue:
    """Write to somebody again who agreed to it."""
    study_id, public_id, who = g.study.id, g.study.public_id, actor()
    if not ActForm().validate_on_submit():
        abort(HTTPStatus.BAD_REQUEST)
    with transaction(db.session):
        found = stop_list.resume(db.session, study_id, entry, actor=who, at=now())
    if not found:
        abort(HTTPStatus.NOT_FOUND)
    flash(_("This expert gets mail again."), "success")
    return redirect(url_for("researchers.mail", study=public_id) + "#no-mail", HTTPStatus.SEE_OTHER)
