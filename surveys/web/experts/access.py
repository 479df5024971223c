"""Personal link, cookie, guard: who is answering, and that it is really them."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from surveys.delphi.round import RoundState
from surveys.models.base import db, transaction
from surveys.models.panel import Consent, Expert
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.queries.questionnaire import in_language
from surveys.services import linking
from surveys.web.clock import now
from surveys.web.errors import problem
from surveys.web.experts import experts, links
from surveys.web.locale import LANGUAGES
from surveys.web.texts import markdown

GRANTS = "participations"
# A browser may be shared by colleagues, or one person may sit on several panels.
MOST_GRANTS = 8


@dataclass(frozen=True, slots=True)
class Me:
    """What every page of an expert shows around its content."""

    participation: str
    language: str
    languages: list[tuple[str, str]]
    study_title: str
    contact_name: str
    contact_email: str


def setting(study: Study, name: str, language: str) -> str:
    """One of the study's settings in a language; settings may be one text for all."""
    value: Any = study.settings.get(name, "")
    if isinstance(value, dict):
        return in_language(value, language, study.default_language)
    return str(value)


def enter(study: Study, expert: Expert) -> None:
    """Put expert, study and what surrounds each page where views and templates find them."""
    g.study = study
    g.expert = expert
    g.language = expert.language
    g.simulated = study.simulated
    g.me = Me(
        participation=expert.participation,
        language=expert.language,
        languages=[(code, LANGUAGES[code]) for code in study.languages],
        study_title=in_language(study.title, expert.language, study.default_language),
        contact_name=setting(study, "contact_name", expert.language),
        contact_email=setting(study, "contact_email", expert.language),
    )
    g.contact = g.me


def current_round(study_id: int) -> Round | None:
    """The newest launched round, open or closed."""
    return db.session.scalar(
        select(Round)
        .where(Round.study_id == study_id, Round.opened_at.is_not(None))
        .order_by(Round.number.desc())
        .limit(1)
    )


def has_consented(study: Study, expert: Expert) -> bool:
    """Whether the expert agreed to the consent text as it stands."""
    return bool(
        db.session.scalar(
            select(Consent.id).where(
                Consent.expert_id == expert.id, Consent.version == study.consent["version"]
            )
        )
    )


@links.before_request
def read_link() -> ResponseReturnValue | None:
    """Find out whose link this is, and refuse the others each with its own sentence. Reads only."""
    token = (request.view_args or {}).get("token", "")
    title = _("This link does not work")
    ask = _("Ask the researchers for a new link; their address is in your invitation.")
    try:
        expert = linking.expert_behind(db.session, token, now())
    except linking.LinkUnknown:
        return problem(
            HTTPStatus.NOT_FOUND,
            title,
            _("We do not know this link. Perhaps it was copied incompletely."),
            [_("Open the link straight from the mail, or copy the whole of it."), ask],
        )
    except linking.LinkReplaced:
        return problem(
            HTTPStatus.GONE,
            title,
            _("This link has been replaced by a newer one."),
            [_("Use the link in the newest mail you received."), ask],
        )
    except linking.LinkExpired:
        return problem(HTTPStatus.GONE, title, _("This link has expired."), [ask])
    except linking.ExpertWithdrew:
        return problem(
            HTTPStatus.GONE,
            _("You have left this study"),
            _("This link belongs to a participation that has ended."),
            [_("If that was a mistake, please write to the researchers.")],
        )
    study = db.session.get_one(Study, expert.study_id)
    enter(study, expert)
    return None


@links.get("/<token>")
def start(token: str) -> ResponseReturnValue:
    """Show the start page and change nothing: mail scanners open links."""
    study, expert = g.study, g.expert
    round_ = current_round(study.id)
    language = expert.language
    return render_template(
        "experts/start.html",
        study={
            "title": g.me.study_title,
            "summary_html": markdown(in_language(study.summary, language, study.default_language)),
        },
        round={
            "number": round_.number,
            "title": in_language(round_.title, language, study.default_language),
            "closes_at": round_.closes_at,
            "open": round_.dates.accepts(now()),
        }
        if round_
        else None,
        consented=has_consented(study, expert),
        contact_name=g.me.contact_name,
        contact_email=g.me.contact_email,
        audience="expert",
    )


@links.post("/<token>")
def enter_study(token: str) -> ResponseReturnValue:
    """Let the browser in: the cookie is set, and the address no longer carries the token."""
    grants = [p for p in session.get(GRANTS, []) if p != g.expert.participation]
    session[GRANTS] = [*grants, g.expert.participation][-MOST_GRANTS:]
    return redirect(
        url_for("experts.home", participation=g.expert.participation), HTTPStatus.SEE_OTHER
    )


@experts.before_request
def guard() -> ResponseReturnValue | None:
    """Let nobody through whose cookie does not hold the participation in the address."""
    participation = str((request.view_args or {}).pop("participation", ""))
    if participation not in session.get(GRANTS, []):
        return problem(
            HTTPStatus.FORBIDDEN,
            _("Please open your personal link first"),
            _(
                "This page belongs to one expert, and this browser is not signed in as that "
                "expert. Nothing of what was sent was stored."
            ),
            [_("Open the personal link in your invitation; your saved answers are still there.")],
        )
    row = db.session.execute(
        select(Expert, Study)
        .join(Study, Study.id == Expert.study_id)
        .where(Expert.participation == participation)
    ).first()
    if row is None or row.Expert.withdrawn_at is not None:
        session[GRANTS] = [p for p in session[GRANTS] if p != participation]
        return problem(
            HTTPStatus.GONE,
            _("You have left this study"),
            _("This page belongs to a participation that has ended."),
            [_("If that was a mistake, please write to the researchers.")],
        )
    enter(row.Study, row.Expert)
    return None


@experts.get("/")
def home() -> ResponseReturnValue:
    """Lead on to what comes next: consent, the open round, or the wait between rounds."""
    participation = g.me.participation
    if not has_consented(g.study, g.expert):
        return redirect(url_for("experts.consent", participation=participation), 303)
    round_ = current_round(g.study.id)
    if round_ is not None and round_.dates.accepts(now()):
        return redirect(
            url_for("experts.round", participation=participation, number=round_.number), 303
        )
    return redirect(url_for("experts.waiting", participation=participation), 303)


@experts.get("/wait")
def waiting() -> ResponseReturnValue:
    """Between rounds: what happened to the answers and what comes next."""
    from surveys.models.response import Response

    round_ = current_round(g.study.id)
    response = (
        db.session.scalar(
            select(Response).where(
                Response.round_id == round_.id, Response.expert_id == g.expert.id
            )
        )
        if round_
        else None
    )
    state = round_.dates.state(now()) if round_ else RoundState.DRAFT
    last = db.session.scalar(
        select(Round.id).where(Round.study_id == g.study.id, Round.opened_at.is_(None)).limit(1)
    )
    return render_template(
        "experts/waiting.html",
        round={"number": round_.number, "state": state.value} if round_ else None,
        last_receipt=response.receipt if response else None,
        submitted_at=response.submitted_at if response else None,
        finished=state is RoundState.CLOSED and last is None,
        audience="expert",
    )


@experts.post("/language")
def language() -> ResponseReturnValue:
    """Change the language of the pages and of later mails."""
    wanted = request.form.get("language", "")
    if wanted in g.study.languages:
        participation = g.me.participation
        with transaction(db.session):
            expert = db.session.scalar(select(Expert).where(Expert.participation == participation))
            if expert is not None:
                expert.language = wanted
    following = request.form.get("next", "")
    home_path = url_for("experts.home", participation=g.me.participation)
    if not following.startswith(home_path):
        following = home_path
    return redirect(following, HTTPStatus.SEE_OTHER)


def links_of_app() -> linking.LinkMaker:
    """The maker of personal links of this installation."""
    maker: linking.LinkMaker = current_app.extensions["rondo.links"]
    return maker
