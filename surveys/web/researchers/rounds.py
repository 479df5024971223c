"""One round: launch it, watch it, remind, extend, close, reopen, and make the next one from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from flask import current_app, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_timezone, ngettext, to_user_timezone
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import DateTimeLocalField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from surveys.delphi.expertise import AskedAbout
from surveys.delphi.ordering import ItemOrder
from surveys.delphi.protocol import Protocol
from surveys.delphi.round import RoundState
from surveys.models.base import db, transaction
from surveys.models.researcher import Researcher
from surveys.models.round import Round, RoundKind
from surveys.models.study import Study
from surveys.queries import progress, questionnaire, results
from surveys.queries.asking import conditions_of
from surveys.services import (
    closing,
    designing,
    launching,
    letters,
    linking,
    mailing,
    preflight,
    writing_to_researchers,
)
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.locale import in_words, page_language
from surveys.web.researchers import monitor, researchers
from surveys.web.researchers.guards import MAY_RUN, actor, needs, round_or_404
from surveys.web.researchers.planned import planned_in_words

USUAL_DAYS = 14
A_LATE_YEAR = 5000
# How a browser's calendar field writes a moment.
AS_TYPED = "%Y-%m-%dT%H:%M"


class LaunchForm(FlaskForm):
    """When the round closes; nothing for "when I close it"."""

    closes_at = DateTimeLocalField(validators=[Optional()])


class RemindForm(FlaskForm):
    """Which reminder this is, so that pressing twice sends one."""

    number = HiddenField(validators=[InputRequired()])


class ExtendForm(FlaskForm):
    """Until when, and why if somebody says so."""

    until = DateTimeLocalField(validators=[InputRequired()])
    reason = StringField(validators=[Length(max=1_000)])


class ReopenForm(FlaskForm):
    """Why, and until when."""

    reason = TextAreaField(validators=[InputRequired(), Length(max=1_000)])
    until = DateTimeLocalField(validators=[Optional()])


class ExpertiseForm(FlaskForm):
    """On what experts are asked how well they know it."""

    about = SelectField(choices=[SelectChoice(choice.value, "") for choice in AskedAbout])


class CloseForm(FlaskForm):
    """Why, where the round closes before its announced end."""

    reason = TextAreaField(validators=[Length(max=1_000)])


class ActForm(FlaskForm):
    """A button and its token."""


def aware(local: datetime | None) -> datetime | None:
    """A moment typed in the page's time zone; beyond the calendar, the calendar's end."""
    if local is None:
        return None
    zone: Any = get_timezone() or UTC
    try:
        stamped = zone.localize(local) if hasattr(zone, "localize") else local.replace(tzinfo=zone)
        moment: datetime = stamped.astimezone(UTC)
    except OverflowError:
        early = local.year < A_LATE_YEAR
        return datetime(1, 1, 1, tzinfo=UTC) if early else datetime(9999, 12, 31, tzinfo=UTC)
    return moment


def as_typed(at: datetime | None) -> str:
    """A moment as the page's calendar field holds it; empty for none."""
    return to_user_timezone(at).strftime(AS_TYPED) if at else ""


def to_round(number: int) -> ResponseReturnValue:
    """Back to the round's page."""
    return redirect(
        url_for("researchers.round", study=g.study_id, number=number), HTTPStatus.SEE_OTHER
    )


def act_on(number: int, act: Callable[[Study, Round], Any]) -> Any:
    """Do something to a round in one transaction, on rows read under the lock."""
    found = round_or_404(number)
    g.study_id, study_row, round_row = g.study.public_id, g.study.id, found.id
    g.actor = actor()
    with transaction(db.session):
        return act(db.session.get_one(Study, study_row), db.session.get_one(Round, round_row))


@researchers.get("/<study>/rounds/<int:number>")
def round(number: int) -> ResponseReturnValue:
    """The round's page; what it shows follows from the round's state."""
    found = round_or_404(number)
    state = found.dates.state(now())
    default_end = (now() + timedelta(days=USUAL_DAYS)).replace(hour=21, minute=0, second=0)
    permission = launching.may_launch(db.session, found, None, now())
    following = db.session.scalar(
        select(Round).where(Round.study_id == g.study.id, Round.number == number + 1)
    )
    return render_template(
        "researchers/round.html",
        round=found,
        state=state,
        asked=questionnaire.asked_round(db.session, g.study, found, page_language()),
        figures_now=monitor.figures_of(found) if found.opened_at else None,
        permission=permission.sentence(page_language()),
        may_launch=bool(permission),
        default_end=default_end.strftime(AS_TYPED),
        present_end=as_typed(found.closes_at),
        planned=planned_in_words(found),
        next_reminder=mailing.reminders_so_far(db.session, found) + 1,
        unfinished=progress.unfinished(db.session, found).all if found.opened_at else 0,
        checks=checks_before(found) if not found.opened_at and g.role in MAY_RUN else [],
        has_results=results.of_round(db.session, found) is not None,
        following=following,
        following_open=bool(following and following.opened_at),
        order=order_of(found),
        asked_of={
            one.round_item_id: one for one in conditions_of(db.session, found) if one.condition
        },
        may_run=g.role in MAY_RUN,
        is_open=state is RoundState.OPEN,
        expertise_choices=list(AskedAbout),
        form=ActForm(),
        audience="researcher",
    )


def checks_before(found: Round) -> list[tuple[bool, str]]:
    """What was looked at before the launch: whether it is fine, and the sentence."""
    configured = current_app.extensions["rondo.config"]
    checks = preflight.of_round(
        db.session,
        g.study,
        found,
        mail_leaves=bool(configured.mail_host),
        language=page_language(),
        at=now(),
    )
    return [(check.fine, in_words(check.said)) for check in checks]


@researchers.post("/<study>/rounds/<int:number>/trial")
@needs(MAY_RUN)
def send_trial(number: int) -> ResponseReturnValue:
    """Mail the invitation to whoever asks, as experts will get it."""
    found = round_or_404(number)
    g.study_id = g.study.public_id
    if not ActForm().validate_on_submit() or found.opened_at:
        flash(_("Nothing was sent. Please press the button again."), "warning")
        return to_round(number)
    researcher_id = current_user.id
    host = current_app.extensions["rondo.host"]
    act_on(
        number,
        lambda study, round_: writing_to_researchers.owe_trial(
            db.session,
            db.session.get_one(Researcher, researcher_id),
            study,
            round_.number,
            message=letters.message_of(mailing.INVITATION, round_),
            language=reads_in(study),
            sender_host=host,
            at=now(),
        ),
    )
    current_app.extensions["rondo.wake"]()
    flash(_("A trial of the invitation is on its way to you."), "success")
    return to_round(number)


def reads_in(study: Study) -> str:
    """The language of the study in which whoever is signed in reads a trial."""
    language = current_user.language or ""
    return language if language in study.languages else study.default_language


def order_of(found: Round) -> ItemOrder | None:
    """Random order within sections, or None where items stand as listed."""
    return ItemOrder.from_json(found.item_order) if found.item_order else None


@researchers.post("/<study>/rounds/<int:number>/launch")
@needs(MAY_RUN)
def launch(number: int) -> ResponseReturnValue:
    """Open the round and send the invitations."""
    form = LaunchForm()
    g.study_id = g.study.public_id
    if not form.validate_on_submit():
        flash(_("The closing date could not be read. Please pick it from the calendar."), "warning")
        return to_round(number)
    closes_at = aware(form.closes_at.data)
    links: linking.LinkMaker = current_app.extensions["rondo.links"]
    host = current_app.extensions["rondo.host"]
    try:
        owed = act_on(
            number,
            lambda study, round_: launching.launch(
                db.session,
                study,
                round_,
                closes_at=closes_at,
                links=links,
                sender_host=host,
                actor=g.actor,
                at=now(),
            ),
        )
    except launching.NotLaunched as refused:
        flash(refused.permission.sentence(page_language()), "warning")
        return to_round(number)
    current_app.extensions["rondo.wake"]()
    flash(
        ngettext(
            "The round is open. %(num)s invitation is on its way.",
            "The round is open. %(num)s invitations are on their way.",
            owed,
        ),
        "success",
    )
    return to_round(number)


@researchers.post("/<study>/rounds/<int:number>/remind")
@needs(MAY_RUN)
def remind(number: int) -> ResponseReturnValue:
    """Remind everyone who has not submitted."""
    form = RemindForm()
    g.study_id = g.study.public_id
    pressed = numbers_in([form.number.data or ""])
    if not form.validate_on_submit() or not pressed:
        flash(_("Nothing was sent. Please press the button again."), "warning")
        return to_round(number)
    which = min(pressed[0], 99)
    host = current_app.extensions["rondo.host"]

    def owe(_study: Study, round_: Round) -> int | None:
        if not round_.dates.accepts(now()):
            return None
        return mailing.remind(db.session, round_, which, sender_host=host, actor=g.actor, at=now())

    owed = act_on(number, owe)
    if owed is None:
        flash(_("This round is not open, so nobody was reminded."), "warning")
    elif owed:
        current_app.extensions["rondo.wake"]()
        flash(
            ngettext(
                "%(num)s reminder is on its way.", "%(num)s reminders are on their way.", owed
            ),
            "success",
        )
    else:
        flash(_("This reminder was sent already, or everybody has submitted."), "warning")
    return to_round(number)


@researchers.get("/<study>/rounds/<int:number>/close")
@needs(MAY_RUN)
def before_the_end(number: int) -> ResponseReturnValue:
    """What closing now would do, and to how many experts."""
    found = round_or_404(number)
    permission = found.dates.may_close(now())
    if not permission:
        g.study_id = g.study.public_id
        flash(permission.sentence(page_language()), "warning")
        return to_round(number)
    return render_template(
        "researchers/close.html",
        round=found,
        progress=progress.of_round(db.session, found).panel,
        unfinished=progress.unfinished(db.session, found),
        unsubmitted_count=Protocol.from_json(g.study.protocol).unsubmitted_count,
        is_open=found.dates.accepts(now()),
        early=found.dates.closes_early(now()),
        audience="researcher",
    )


@researchers.post("/<study>/rounds/<int:number>/close")
@needs(MAY_RUN)
def close(number: int) -> ResponseReturnValue:
    """Close the round; its results are computed at once. Before the announced end with a reason."""
    kind = round_or_404(number).kind
    form = CloseForm()
    form.validate_on_submit()
    reason = form.reason.data or ""
    try:
        act_on(
            number,
            lambda study, round_: closing.close(
                db.session, study, round_, actor=g.actor, at=now(), reason=reason
            ),
        )
    except closing.NotDone as refused:
        flash(refused.permission.sentence(page_language()), "warning")
        if round_or_404(number).dates.closes_early(now()):
            return redirect(
                url_for("researchers.before_the_end", study=g.study_id, number=number),
                HTTPStatus.SEE_OTHER,
            )
        return to_round(number)
    if kind is RoundKind.OPEN:
        flash(_("The round is closed. Its answers can become statements."), "success")
    else:
        flash(_("The round is closed and its results are ready."), "success")
    return to_round(number)


@researchers.post("/<study>/rounds/<int:number>/extend")
@needs(MAY_RUN)
def extend(number: int) -> ResponseReturnValue:
    """Move the end of an open round."""
    form = ExtendForm()
    g.study_id = g.study.public_id
    until = aware(form.until.data) if form.validate_on_submit() else None
    if until is None:
        flash(_("The closing date could not be read. Please pick it from the calendar."), "warning")
        return to_round(number)
    if form.until.raw_data == [as_typed(round_or_404(number).closes_at)]:
        flash(_("That is the end the round has already."), "warning")
        return to_round(number)
    try:
        act_on(
            number,
            lambda study, round_: closing.extend(
                db.session,
                study,
                round_,
                until=until,
                actor=g.actor,
                at=now(),
                reason=form.reason.data or "",
            ),
        )
    except closing.NotDone as refused:
        flash(refused.permission.sentence(page_language()), "warning")
        return to_round(number)
    flash(_("The round has a new end."), "success")
    return to_round(number)


@researchers.post("/<study>/rounds/<int:number>/reopen")
@needs(MAY_RUN)
def reopen(number: int) -> ResponseReturnValue:
    """Let a closed round take answers again."""
    form = ReopenForm()
    form.validate_on_submit()
    until = aware(form.until.data)
    try:
        act_on(
            number,
            lambda study, round_: closing.reopen(
                db.session,
                study,
                round_,
                until=until,
                reason=form.reason.data or "",
                actor=g.actor,
                at=now(),
            ),
        )
    except closing.NotDone as refused:
        flash(refused.permission.sentence(page_language()), "warning")
        return to_round(number)
    flash(_("The round is open again. The reason is kept and reported."), "success")
    return to_round(number)


@researchers.post("/<study>/rounds/<int:number>/expertise")
@needs(MAY_RUN)
def ask_expertise(number: int) -> ResponseReturnValue:
    """Decide on what a draft round asks experts how well they know it."""
    form = ExpertiseForm()
    round_or_404(number)
    g.study_id = g.study.public_id
    if not form.validate_on_submit():
        flash(_("Please choose one of the answers offered."), "warning")
        return to_round(number)
    try:
        act_on(
            number,
            lambda study, round_: designing.ask_expertise(
                db.session,
                study,
                round_,
                about=AskedAbout(form.about.data),
                actor=g.actor,
                at=now(),
            ),
        )
    except designing.RoundLaunched:
        flash(
            _(
                "Round %(number)s has been launched: what experts see is not changed any more.",
                number=number,
            ),
            "warning",
        )
        return to_round(number)
    flash(_("Kept."), "success")
    return to_round(number)
