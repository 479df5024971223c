"""The panel by pseudonym: who stands where, one page per expert, and what is done about one."""

from __future__ import annotations

from http import HTTPStatus

from flask import abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from surveys.items.base import N_
from surveys.models.base import db, leave_no_trace, transaction
from surveys.models.panel import EarlierAnswers, Expert
from surveys.models.study import Study
from surveys.queries import panel as reads
from surveys.queries import profiles
from surveys.queries.panel import Standing, Wanted
from surveys.services import (
    declaring,
    identities,
    linking,
    mailing,
    placing,
    recruiting,
    withdrawing,
)
from surveys.services.identities import NewLink
from surveys.services.problems import Refused
from surveys.services.withdrawing import ToldBy
from surveys.web.clock import now
from surveys.web.locale import in_words, own_name
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import (
    MAY_EXPORT,
    MAY_RUN,
    MAY_SEE_IDENTITIES,
    actor,
    needs,
)
from surveys.web.researchers.paging import asked_for
from surveys.web.researchers.rounds import ActForm
from surveys.web.researchers.words import say

STANDING_NAMES = {
    Standing.NOT_INVITED: N_("not invited yet"),
    Standing.ON_ITS_WAY: N_("invitation on its way"),
    Standing.INVITED: N_("invited"),
    Standing.STOPPED: N_("gets no mail"),
    Standing.REFUSED: N_("mail refused"),
    Standing.BEGUN: N_("began"),
    Standing.SUBMITTED: N_("submitted"),
    Standing.LEFT: N_("left the study"),
}
TOLD_BY_NAMES = {
    ToldBy.MAIL: N_("by mail"),
    ToldBy.TELEPHONE: N_("by telephone"),
    ToldBy.OTHERWISE: N_("in another way"),
}


class ExpertForm(FlaskForm):
    """One new expert."""

    name = StringField(validators=[InputRequired(), Length(max=recruiting.LONGEST_NAME)])
    email = StringField(validators=[InputRequired(), Length(max=254)])
    group = SelectField(choices=[])
    language = SelectField(choices=[])


class PlaceForm(FlaskForm):
    """The group and the language of somebody who is on the panel."""

    group = SelectField(choices=[])
    language = SelectField(choices=[])
    reason = StringField()


class LeavingForm(FlaskForm):
    """What an expert who leaves told the researchers; nothing is preset."""

    earlier = SelectField(
        choices=[SelectChoice(choice.value, choice.value) for choice in EarlierAnswers],
        validators=[InputRequired()],
    )
    told = SelectField(
        choices=[SelectChoice(way.value, way.value) for way in ToldBy],
        validators=[InputRequired()],
    )


def offer_places(form: ExpertForm | PlaceForm) -> None:
    """Fill in this study's groups and languages."""
    form.group.choices = [
        SelectChoice(group.code, say(group.name)) for group in reads.groups(db.session, g.study)
    ]
    form.language.choices = [SelectChoice(code, own_name(code)) for code in g.study.languages]


def expert_form() -> ExpertForm:
    """The form with this study's groups and languages."""
    form = ExpertForm()
    offer_places(form)
    return form


def links_of_app() -> linking.LinkMaker:
    """The maker of personal links of this installation."""
    maker: linking.LinkMaker = current_app.extensions["rondo.links"]
    return maker


def expert_or_404(code: str) -> Expert:
    """The expert of this study under a pseudonym."""
    found = reads.expert(db.session, g.study, code)
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    return found


@researchers.get("/<study>/panel")
@needs(MAY_EXPORT)
def panel() -> ResponseReturnValue:
    """Who is on the panel, by code."""
    return panel_page(expert_form(), [])


@researchers.post("/<study>/panel")
@needs(MAY_SEE_IDENTITIES)
def add_expert() -> ResponseReturnValue:
    """Give one person a place on the panel."""
    form = expert_form()
    if not form.validate_on_submit():
        return panel_page(form, [_("Please fill in name, address, group and language.")])
    newcomer = recruiting.Newcomer(
        form.name.data or "", form.email.data or "", form.group.data, form.language.data
    )
    study_id, who, public_id = g.study.id, actor(), g.study.public_id
    try:
        with transaction(db.session):
            expert = recruiting.add_expert(
                db.session,
                db.session.get_one(Study, study_id),
                newcomer,
                links=links_of_app(),
                actor=who,
                at=now(),
            )
            code = expert.code
            invited = mailing.invite_late(
                db.session,
                expert,
                act=mailing.INVITATION,
                sender_host=current_app.extensions["rondo.host"],
                actor=who,
                at=now(),
            )
    except recruiting.NotAdded as refused:
        return panel_page(form, [in_words(problem) for problem in refused.problems])
    if invited:
        current_app.extensions["rondo.wake"]()
        flash(
            _("%(code)s was added to the panel and is invited to the open round.", code=code),
            "success",
        )
    else:
        flash(_("%(code)s was added to the panel.", code=code), "success")
    return redirect(url_for("researchers.panel", study=public_id), HTTPStatus.SEE_OTHER)


def panel_page(form: ExpertForm, problems: list[str]) -> ResponseReturnValue:
    """A page of the roster with the form below it."""
    round_ = reads.newest_round(db.session, g.study)
    asked = request.args
    wanted = Wanted(
        *(asked.get(part, "")[:40] for part in ("code", "group", "language", "standing"))
    )
    if wanted.standing not in set(Standing):
        wanted = Wanted(wanted.code, wanted.group, wanted.language)
    sheet = asked_for(reads.how_many(db.session, g.study, round_, wanted))
    return render_template(
        "researchers/panel.html",
        lines=reads.page(db.session, g.study, round_, wanted, after=sheet.after, most=sheet.most),
        sheet=sheet,
        wanted=wanted,
        further={name: value for name, value in asked.items() if name != "page" and value},
        counts=reads.counts(db.session, g.study, round_),
        standing_names={one: _(name) for one, name in STANDING_NAMES.items()},
        round=round_,
        asks_about_interests=declaring.is_asked(g.study),
        form=form,
        may_add=g.role in MAY_SEE_IDENTITIES,
        problem_links=[("name", text) for text in problems],
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


# --- one expert


@researchers.get("/<study>/panel/<code>")
@needs(MAY_EXPORT)
def expert(code: str) -> ResponseReturnValue:
    """One expert's place: what is known under the code."""
    return expert_page(expert_or_404(code), [])


@researchers.post("/<study>/panel/<code>")
@needs(MAY_SEE_IDENTITIES)
def move_expert(code: str) -> ResponseReturnValue:
    """Change an expert's group or language."""
    form = PlaceForm()
    offer_places(form)
    found = expert_or_404(code)
    if not form.validate_on_submit():
        return expert_page(found, [("group", _("Please choose a group and a language."))])
    expert_id, study_id, public_id, who = found.id, g.study.id, g.study.public_id, actor()
    try:
        with transaction(db.session):
            changed = placing.move(
                db.session,
                db.session.get_one(Study, study_id),
                db.session.get_one(Expert, expert_id),
                group=form.group.data,
                language=form.language.data,
                reason=form.reason.data or "",
                actor=who,
                at=now(),
            )
    except placing.NotMoved as refused:
        return refused_page(code, "reason", refused)
    if changed:
        flash(_("The place of %(code)s on the panel was changed.", code=code), "success")
    else:
        flash(_("Nothing has changed."))
    return redirect(url_for("researchers.expert", study=public_id, code=code), HTTPStatus.SEE_OTHER)


@researchers.post("/<study>/panel/<code>/new-link")
@needs(MAY_SEE_IDENTITIES)
def new_link(code: str) -> ResponseReturnValue:
    """Send an expert's link again; or replace it: the old one stops working."""
    found = expert_or_404(code)
    expert_id, study_id, public_id, who = found.id, g.study.id, g.study.public_id, actor()
    if ActForm().validate_on_submit() and found.withdrawn_at is None:
        again = request.form.get("how") == NewLink.AGAIN
        with transaction(db.session):
            sent = identities.send_link(
                db.session,
                db.session.get_one(Study, study_id),
                db.session.get_one(Expert, expert_id),
                link=NewLink.AGAIN if again else NewLink.REPLACED,
                links=links_of_app(),
                sender_host=current_app.extensions["rondo.host"],
                actor=who,
                at=now(),
            )
        if sent:
            current_app.extensions["rondo.wake"]()
        flash(link_in_words(code, NewLink.AGAIN if again else NewLink.REPLACED, sent=sent))
    return redirect(url_for("researchers.expert", study=public_id, code=code), HTTPStatus.SEE_OTHER)


def link_in_words(code: str, link: NewLink, *, sent: bool) -> str:
    """What became of a link."""
    if link is NewLink.REPLACED:
        return _(
            "The link of %(code)s was replaced. While a round is open the new one is sent at "
            "once, else with the next invitation.",
            code=code,
        )
    if sent:
        return _("The link is on its way to %(code)s once more.", code=code)
    return _("No round is open: %(code)s gets the link with the next invitation.", code=code)


@researchers.post("/<study>/panel/<code>/leave")
@needs(MAY_RUN)
def let_go(code: str) -> ResponseReturnValue:
    """Let an expert leave who asked the researchers for it."""
    form = LeavingForm()
    found = expert_or_404(code)
    if not form.validate_on_submit():
        problem = _("Please say what happens to earlier answers, and how the expert told you.")
        return expert_page(found, [("earlier", problem)])
    expert_id, public_id, who = found.id, g.study.public_id, actor()
    choice = EarlierAnswers(form.earlier.data)
    with transaction(db.session):
        withdrawing.withdraw(
            db.session,
            db.session.get_one(Expert, expert_id),
            earlier_answers=choice,
            actor=who,
            at=now(),
            told=ToldBy(form.told.data),
        )
    if choice is EarlierAnswers.ERASE:
        leave_no_trace(db.session)
    flash(_("%(code)s has left the study. No mail is sent any more.", code=code), "success")
    return redirect(url_for("researchers.expert", study=public_id, code=code), HTTPStatus.SEE_OTHER)


@researchers.post("/<study>/panel/<code>/remove")
@needs(MAY_SEE_IDENTITIES)
def remove_expert(code: str) -> ResponseReturnValue:
    """Take somebody off the panel who was put there by mistake."""
    found = expert_or_404(code)
    expert_id, public_id, who = found.id, g.study.public_id, actor()
    if not ActForm().validate_on_submit():
        return expert_page(found, [])
    try:
        with transaction(db.session):
            expert = db.session.get(Expert, expert_id)
            if expert is None:
                abort(HTTPStatus.NOT_FOUND)
            placing.remove(db.session, expert, actor=who, at=now())
    except placing.NotRemoved as refused:
        return refused_page(code, "leave", refused)
    leave_no_trace(db.session)
    flash(_("%(code)s was removed. Nothing of this person is kept.", code=code), "success")
    return redirect(url_for("researchers.panel", study=public_id), HTTPStatus.SEE_OTHER)


def refused_page(code: str, field: str, refused: Refused) -> ResponseReturnValue:
    """The expert's page with what could not be done."""
    return expert_page(
        expert_or_404(code), [(field, in_words(problem)) for problem in refused.problems]
    )


def expert_page(found: Expert, problems: list[tuple[str, str]]) -> ResponseReturnValue:
    """One expert by code, with what can be done."""
    form = PlaceForm()
    offer_places(form)
    member = reads.member(db.session, found)
    may_act = g.role in MAY_SEE_IDENTITIES
    if "group" not in request.form:
        form.group.data, form.language.data = member.group, member.language
    return render_template(
        "researchers/expert.html",
        member=member,
        form=form,
        may_act=may_act,
        profile=[
            filled
            for filled in profiles.of_expert(db.session, g.study.id, found.id)
            # What may identify stands beside the name alone.
            if not filled.field.may_identify
        ],
        declarations=profiles.declarations(db.session, found.id),
        asks_about_interests=declaring.is_asked(g.study),
        told_by=[(way.value, _(name)) for way, name in TOLD_BY_NAMES.items()],
        problem_links=problems,
        typed=request.form,
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)
