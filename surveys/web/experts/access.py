"""Personal link, cookie, guard: who is answering, and that it is really them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from flask import abort, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh
from sqlalchemy import Executable, Integer, and_, bindparam, select

from surveys.delphi.round import RoundDates, RoundState
from surveys.models.base import db, transaction
from surveys.models.panel import Consent, Expert
from surveys.models.round import Round
from surveys.models.study import RehearsalKind, Study
from surveys.queries import profiles
from surveys.queries.questionnaire import StudyText, in_language
from surveys.services import linking
from surveys.web.clock import now
from surveys.web.errors import problem
from surveys.web.experts import experts, links
from surveys.web.locale import SPOKEN, own_name

GRANTS = "participations"
# A browser may be shared by colleagues, or one person may sit on several panels.
MOST_GRANTS = 8


@dataclass(frozen=True, slots=True)
class Me:
    """What every page of an expert shows around its content."""

    participation: str
    language: str
    languages: list[tuple[str, str]]
    study_title: StudyText
    contact_name: str
    contact_email: str


@dataclass(frozen=True, slots=True)
class Launched:
    """A launched round's number and dates."""

    id: int
    number: int
    dates: RoundDates
    version: int


class Visit:
    """Who is answering. What costs a query and is not needed to save is read when it is asked for."""

    def __init__(
        self,
        *,
        expert_id: int,
        participation: str,
        language: str,
        study_id: int,
        study_public_id: str,
        simulated: bool,
        consented: bool,
        archived: bool = False,
        pilot: bool = False,
        round_: Launched | None = None,
    ) -> None:
        self.expert_id = expert_id
        self.participation = participation
        self.language = language
        self.study_id = study_id
        self.study_public_id = study_public_id
        self.simulated = simulated
        self.consented = consented
        # Whether the researchers have put the study away.
        self.archived = archived
        self.pilot = pilot
        # The round in the page's address; None where it names none that was launched.
        self.round = round_
        # Whether a researcher enters what the expert answered by phone or on paper.
        self.by_researcher = False
        # Languages of study texts that stood in on this page for texts the expert's has not.
        self.stand_ins: set[str] = set()

    @property
    def study(self) -> Study:
        """The study; the session keeps it, so asking twice costs one query."""
        return db.session.get_one(Study, self.study_id)

    @cached_property
    def me(self) -> Me:
        """What the pages show around their content."""
        study = self.study
        return Me(
            participation=self.participation,
            language=self.language,
            languages=[(code, own_name(code)) for code in study.languages],
            study_title=self.say(study.title),
            contact_name=self.setting("contact_name"),
            contact_email=self.setting("contact_email"),
        )

    def speak(self, language: str) -> None:
        """Go on in another language."""
        self.language = language
        self.stand_ins.clear()
        vars(self).pop("me", None)

    def say(self, texts: Mapping[str, Any] | None) -> StudyText:
        """A text of the study in the expert's language; the page tells where another stands in."""
        text = in_language(texts, self.language, self.study.default_language)
        self.tell({text.language})
        return text

    def setting(self, name: str) -> str:
        """One of the study's settings; settings may be one text for all languages."""
        value: Any = self.study.settings.get(name, "")
        return self.say(value) if isinstance(value, dict) else str(value)

    def tell(self, languages: Iterable[str]) -> None:
        """Note in which languages the page says texts of the study."""
        self.stand_ins.update(set(languages) - {self.language})


def visit() -> Visit:
    """The visit of this request; the guards have seen to it that there is one."""
    current: Visit = g.visit
    return current


def enter(current: Visit) -> None:
    """Put the visit where views and templates find it."""
    g.visit = current
    g.language = current.language
    # A text may have been said before the expert was known, in the browser's language.
    refresh()
    g.simulated = current.simulated
    g.pilot = current.pilot


# Built once: every request of an expert asks one of them.
_VISIT = (
    select(
        Expert.id,
        Expert.participation,
        Expert.language,
        Expert.withdrawn_at,
        Study.id.label("study_id"),
        Study.public_id,
        Study.simulated,
        Study.archived_at,
        Study.rehearsal_kind,
        Consent.id.label("consent_id"),
        Round.id.label("round_id"),
        Round.number,
        Round.opened_at,
        Round.closes_at,
        Round.closed_at,
        Round.version_id,
    )
    .join(Study, Study.id == Expert.study_id)
    .outerjoin(
        Consent,
        and_(
            Consent.expert_id == Expert.id,
            Consent.version == Study.consent["version"].as_string(),
        ),
    )
    .outerjoin(
        Round,
        and_(
            Round.study_id == Study.id,
            Round.number == bindparam("round", type_=Integer),
            Round.opened_at.is_not(None),
        ),
    )
)
_BY_LINK = _VISIT.where(Expert.id == bindparam("expert"))
_BY_ADDRESS = _VISIT.where(Expert.participation == bindparam("participation"))


def visit_for(participation: str, number: int) -> Visit | None:
    """The visit of an expert to a round, for a researcher who enters the answers; None for a leaver."""
    found = visit_of(_BY_ADDRESS, participation=participation, round=number)
    if found is not None:
        found.by_researcher = True
    return found


def visit_of(query: Executable, **named: Any) -> Visit | None:
    """The visit of the expert a query names, in one light query; None for nobody or a leaver."""
    found = db.session.execute(query, named).first()
    if found is None or found.withdrawn_at is not None:
        return None
    dates = RoundDates(found.opened_at, found.closes_at, found.closed_at)
    return Visit(
        expert_id=found.id,
        participation=found.participation,
        language=found.language,
        study_id=found.study_id,
        study_public_id=found.public_id,
        simulated=found.simulated,
        consented=found.consent_id is not None,
        archived=found.archived_at is not None,
        pilot=found.rehearsal_kind is RehearsalKind.PILOT,
        round_=Launched(found.round_id, found.number, dates, found.version_id)
        if found.round_id
        else None,
    )


def current_round(study_id: int) -> Round | None:
    """The newest launched round, open or closed."""
    return db.session.scalar(
        select(Round)
        .where(Round.study_id == study_id, Round.opened_at.is_not(None))
        .order_by(Round.number.desc())
        .limit(1)
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
            lost_link=True,
        )
    except linking.LinkReplaced:
        return problem(
            HTTPStatus.GONE,
            title,
            _("This link has been replaced by a newer one."),
            [_("Use the link in the newest mail you received."), ask],
            lost_link=True,
        )
    except linking.LinkExpired:
        return problem(HTTPStatus.GONE, title, _("This link has expired."), [ask], lost_link=True)
    except linking.ExpertWithdrew as error:
        return problem(
            HTTPStatus.GONE,
            _("You have left this study"),
            _("This link belongs to a participation that has ended."),
            [_("If that was a mistake, please write to the researchers.")],
            forget=error.participation,
        )
    found = visit_of(_BY_LINK, expert=expert.id, round=None)
    if found is None:
        abort(HTTPStatus.GONE)
    enter(found)
    return put_away() if found.archived else None


def put_away() -> ResponseReturnValue:
    """Say that the researchers have closed the study."""
    return problem(
        HTTPStatus.GONE,
        _("This study is closed"),
        _("The researchers have closed this study. Nothing can be answered in it any more."),
        [_("If you have a question about it or about your data, please write to the researchers.")],
    )


@links.get("/<token>")
def start(token: str) -> ResponseReturnValue:
    """Show the start page and change nothing: mail scanners open links."""
    current = visit()
    study = current.study
    round_ = current_round(study.id)
    return render_template(
        "experts/start.html",
        study={
            "title": current.me.study_title,
            "summary": current.say(study.summary),
        },
        round={
            "number": round_.number,
            "title": current.say(round_.title),
            "closes_at": round_.closes_at,
            "open": round_.dates.accepts(now()),
        }
        if round_
        else None,
        consented=current.consented,
        contact_name=current.me.contact_name,
        contact_email=current.me.contact_email,
        audience="expert",
    )


@links.post("/<token>")
def enter_study(token: str) -> ResponseReturnValue:
    """Let the browser in: the cookie is set, and the address no longer carries the token."""
    participation = visit().participation
    grants = [p for p in session.get(GRANTS, []) if p != participation]
    session[GRANTS] = [*grants, participation][-MOST_GRANTS:]
    session[SPOKEN] = visit().language
    return redirect(url_for("experts.home", participation=participation), HTTPStatus.SEE_OTHER)


@experts.before_request
def guard() -> ResponseReturnValue | None:
    """Let nobody through whose cookie does not hold the participation in the address."""
    named = request.view_args or {}
    participation = str(named.pop("participation", ""))
    if participation not in session.get(GRANTS, []):
        return problem(
            HTTPStatus.FORBIDDEN,
            _("Please open your personal link first"),
            _(
                "This page belongs to one expert, and this browser is not signed in as that "
                "expert. Nothing of what was sent was stored."
            ),
            [_("Open the personal link in your invitation; your saved answers are still there.")],
            lost_link=True,
        )
    found = visit_of(_BY_ADDRESS, participation=participation, round=named.get("number"))
    if found is None:
        session[GRANTS] = [p for p in session[GRANTS] if p != participation]
        return problem(
            HTTPStatus.GONE,
            _("You have left this study"),
            _("This page belongs to a participation that has ended."),
            [_("If that was a mistake, please write to the researchers.")],
            forget=participation,
        )
    enter(found)
    if session.get(SPOKEN) != found.language:
        session[SPOKEN] = found.language
    return put_away() if found.archived else None


@experts.get("/")
def home() -> ResponseReturnValue:
    """Lead on to what comes next: consent, what the study asks of each expert, the round or the wait."""
    current = visit()
    participation = current.participation
    if not current.consented:
        return redirect(url_for("experts.consent", participation=participation), 303)
    if profiles.lacks_something(db.session, current.study, current.expert_id):
        return redirect(url_for("experts.about_you", participation=participation), 303)
    return redirect(what_comes_next(), 303)


def what_comes_next() -> str:
    """The address of the open round, or of the wait between rounds."""
    current = visit()
    round_ = current_round(current.study_id)
    if round_ is not None and round_.dates.accepts(now()):
        return url_for("experts.round", participation=current.participation, number=round_.number)
    return url_for("experts.waiting", participation=current.participation)


@experts.get("/wait")
def waiting() -> ResponseReturnValue:
    """Between rounds: what happened to the answers and what comes next."""
    from surveys.models.response import Response

    current = visit()
    round_ = current_round(current.study_id)
    response = (
        db.session.scalar(
            select(Response).where(
                Response.round_id == round_.id, Response.expert_id == current.expert_id
            )
        )
        if round_
        else None
    )
    state = round_.dates.state(now()) if round_ else RoundState.DRAFT
    last = db.session.scalar(
        select(Round.id)
        .where(Round.study_id == current.study_id, Round.opened_at.is_(None))
        .limit(1)
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
    """Change the language from a page without answers; with answers, save_round does it."""
    speak(request.form.get("language", ""))
    following = request.form.get("next", "")
    home_path = url_for("experts.home", participation=visit().participation)
    if not following.startswith(home_path):
        following = home_path
    return redirect(following, HTTPStatus.SEE_OTHER)


def speak(language: str) -> None:
    """Change the language of this page, of those that follow and of later mails.

    A language that the study does not have, or the one that is spoken already, changes nothing.
    """
    current = visit()
    if language == current.language or language not in current.study.languages:
        return
    expert_id = current.expert_id
    with transaction(db.session):
        db.session.get_one(Expert, expert_id).language = language
    current.speak(language)
    g.language = session[SPOKEN] = language
    refresh()


def links_of_app() -> linking.LinkMaker:
    """The maker of personal links of this installation."""
    maker: linking.LinkMaker = current_app.extensions["rondo.links"]
    return maker
