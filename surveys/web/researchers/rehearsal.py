"""Rehearse a study before the first real expert: a dry run that is simulated, a pilot with people."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from flask import abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select

from surveys.delphi.consensus import Verdict
from surveys.models.base import db, transaction
from surveys.models.panel import Expert
from surveys.models.researcher import Researcher
from surveys.models.round import Round, RoundLayout
from surveys.models.study import RehearsalKind, Study
from surveys.queries import rehearsals
from surveys.queries.rehearsals import Played, Rehearsal
from surveys.services import copying, launching, rehearsing
from surveys.services.study_files import StudyFileBroken
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.experts import access
from surveys.web.experts.questionnaire import Addresses, asked_now, laid_out, viewer_of
from surveys.web.experts.shown import as_shown
from surveys.web.locale import page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, actor, needs, round_or_404
from surveys.web.researchers.words import verdict_names


@dataclass(frozen=True, slots=True)
class Stopped:
    """Which round a dry run did not come to, and why."""

    number: int
    why: str


@researchers.get("/<study>/rehearsal")
def rehearsal() -> ResponseReturnValue:
    """The dry run and the pilot of the study, with what to look at; a rehearsal leads to its study."""
    if g.study.rehearsal_of_id is not None:
        return redirect(
            url_for("researchers.rehearsal", study=parent_of(g.study).public_id),
            HTTPStatus.SEE_OTHER,
        )
    language, at = page_language(), now()
    dry = rehearsals.of_study(db.session, g.study, RehearsalKind.DRY_RUN, language, at)
    cast = rehearsing.planned_cast(db.session, g.study)
    return render_template(
        "researchers/rehearsal.html",
        dry=dry,
        pilot_run=rehearsals.of_study(db.session, g.study, RehearsalKind.PILOT, language, at),
        stopped=stopped(dry) if dry else None,
        minutes=[
            (one.number, one.title, minutes)
            for one in db.session.scalars(
                select(Round).where(Round.study_id == g.study.id).order_by(Round.number)
            )
            if (minutes := rehearsals.minutes_of(db.session, g.study, one, language, at))
        ],
        cast=cast,
        smallest=rehearsing.SMALLEST,
        largest=rehearsing.LARGEST,
        said={verdict.value: name for verdict, name in in_this_study(language).items()},
        may_run=g.role in MAY_RUN,
        form=FlaskForm(),
        audience="researcher",
    )


def in_this_study(language: str) -> dict[Verdict, str]:
    """Every verdict in the study's words, or in the usual ones."""
    named = verdict_names(g.study, language)
    return {verdict: named.get(verdict) or verdict.name_in(language) for verdict in Verdict}


def parent_of(study: Study) -> Study:
    """The study that a rehearsal rehearses."""
    return db.session.get_one(Study, study.rehearsal_of_id)


def stopped(dry: Rehearsal) -> Stopped | None:
    """The first round that was not launched, with its obstacles."""
    missing: Played | None = next((one for one in dry.rounds if one.opened_at is None), None)
    if missing is None:
        return None
    round_ = db.session.scalars(
        select(Round)
        .join(Study, Study.id == Round.study_id)
        .where(Study.public_id == dry.public_id, Round.number == missing.number)
    ).one()
    permission = launching.may_launch(db.session, round_, None, now())
    return Stopped(missing.number, permission.sentence(page_language()))


@researchers.post("/<study>/rehearsal")
@needs(MAY_RUN)
def dry_run() -> ResponseReturnValue:
    """Play the study through with a simulated panel; an earlier dry run is thrown away."""
    public_id, study_id = g.study.public_id, g.study.id
    here = redirect(url_for("researchers.rehearsal", study=public_id), HTTPStatus.SEE_OTHER)
    if g.study.rehearsal_of_id is not None:
        return here
    typed = numbers_in([request.form.get("experts", "")])
    fits = bool(typed) and rehearsing.SMALLEST <= typed[0] <= rehearsing.LARGEST
    if not FlaskForm().validate_on_submit() or not fits:
        flash(
            _(
                "A dry run takes %(smallest)s to %(largest)s simulated experts.",
                smallest=rehearsing.SMALLEST,
                largest=rehearsing.LARGEST,
            ),
            "warning",
        )
        return here
    cast = rehearsing.planned_cast(db.session, g.study, typed[0])
    seed = 1 + rehearsals.played_so_far(db.session, g.study)
    discard(RehearsalKind.DRY_RUN, study_id)
    copy_id = copied(RehearsalKind.DRY_RUN, study_id)
    if copy_id is None:
        return here
    run = rehearsing.DryRun(
        db.session,
        copy_id,
        cast,
        links=current_app.extensions["rondo.links"],
        sender_host=current_app.extensions["rondo.host"],
        seed=seed,
        at=now(),
    )
    # Each step is an act of its own: real experts of other studies are not kept waiting.
    for step in run.steps():
        with transaction(db.session):
            step()
    flash(_("The dry run is done. Look it over before you launch."), "success")
    return here


@researchers.post("/<study>/pilot")
@needs(MAY_RUN)
def begin_pilot() -> ResponseReturnValue:
    """Make the copy that people try out; its panel and rounds are run like any study's."""
    public_id, study_id = g.study.public_id, g.study.id
    here = redirect(url_for("researchers.rehearsal", study=public_id), HTTPStatus.SEE_OTHER)
    if g.study.rehearsal_of_id is not None or not FlaskForm().validate_on_submit():
        return here
    copy_id = copied(RehearsalKind.PILOT, study_id)
    if copy_id is None:
        return here
    flash(
        _("This is the pilot. Add the people who try it out, then launch its first round."),
        "success",
    )
    pilot = db.session.get_one(Study, copy_id)
    return redirect(url_for("researchers.panel", study=pilot.public_id), HTTPStatus.SEE_OTHER)


@researchers.post("/<study>/rehearsal/throw-away")
@needs(MAY_RUN)
def throw_away() -> ResponseReturnValue:
    """Delete the dry run or the pilot, with everything in it."""
    public_id, study_id = g.study.public_id, g.study.id
    here = redirect(url_for("researchers.rehearsal", study=public_id), HTTPStatus.SEE_OTHER)
    named = request.form.get("kind", "")
    if not FlaskForm().validate_on_submit() or named not in list(RehearsalKind):
        flash(_("Nothing was thrown away. Please press the button again."), "warning")
        return here
    if discard(RehearsalKind(named), study_id):
        flash(_("It is thrown away: nothing of it is left."), "success")
    return here


def copied(kind: RehearsalKind, study_id: int) -> int | None:
    """The id of a new copy to rehearse; None, with the problems told, where it cannot be copied."""
    uploads, who, researcher_id = current_app.extensions["rondo.uploads"], actor(), current_user.id
    try:
        plan = copying.plan_of(db.session, db.session.get_one(Study, study_id), uploads)
    except StudyFileBroken as broken:
        flash(
            _(
                "This study cannot be rehearsed yet: %(problems)s",
                problems="; ".join(broken.problems),
            ),
            "warning",
        )
        return None
    with transaction(db.session):
        made = rehearsing.begin(
            db.session,
            db.session.get_one(Study, study_id),
            plan,
            kind,
            lead=db.session.get_one(Researcher, researcher_id),
            actor=who,
            at=now(),
            uploads=uploads,
        )
        return made.id


def discard(kind: RehearsalKind, study_id: int) -> int:
    """Throw away what there is of a kind; how many."""
    who = actor()
    with transaction(db.session):
        study = db.session.get_one(Study, study_id)
        doomed = db.session.scalars(
            select(Study).where(Study.rehearsal_of_id == study.id, Study.rehearsal_kind == kind)
        ).all()
        for one in doomed:
            rehearsing.throw_away(
                db.session, db.session.get_one(Study, study_id), one, actor=who, at=now()
            )
        return len(doomed)


@researchers.get("/<study>/rounds/<int:number>/as/<code>")
def as_seen_by(number: int, code: str) -> ResponseReturnValue:
    """A round of a dry run as one simulated expert has it on the screen; nothing is kept."""
    if g.study.rehearsal_kind is not RehearsalKind.DRY_RUN:
        abort(HTTPStatus.NOT_FOUND)
    participation = db.session.scalar(
        select(Expert.participation).where(Expert.study_id == g.study.id, Expert.code == code)
    )
    current = access.visit_for(participation, number) if participation else None
    if current is None or current.round is None:
        abort(HTTPStatus.NOT_FOUND)
    access.enter(current)
    g.audience = "experts"
    refresh()
    launched, asked = asked_now(number)
    asked, own = as_shown(asked)
    here = None
    if asked.layout is RoundLayout.SECTIONS:
        shown = [section.number for section in asked.shown_sections] or [1]
        wanted = numbers_in([request.args.get("section", "")])
        here = wanted[0] if wanted and wanted[0] in shown else shown[0]
    address = url_for("researchers.as_seen_by", study=g.study.public_id, number=number, code=code)
    page = laid_out(
        launched.dates.closes_at,
        asked,
        own,
        here,
        viewer_of(asked),
        None,
        Addresses(
            whole=address,
            here=url_for("researchers.press_in_preview", study=g.study.public_id, number=number),
            autosave=url_for("researchers.preview_answers", study=g.study.public_id, number=number),
        ),
    )
    return render_template(
        "researchers/design/previewed.html",
        q=page,
        previewed=True,
        example=False,
        audience="expert",
    )


@researchers.get("/<study>/rounds/<int:number>/findings")
def findings(number: int) -> ResponseReturnValue:
    """What a pilot's round brought to light, item by item."""
    if g.study.rehearsal_kind is not RehearsalKind.PILOT:
        abort(HTTPStatus.NOT_FOUND)
    found = round_or_404(number)
    return render_template(
        "researchers/findings.html",
        round=found,
        parent=parent_of(g.study),
        findings=rehearsals.findings(db.session, g.study, found, page_language()),
        audience="researcher",
    )
