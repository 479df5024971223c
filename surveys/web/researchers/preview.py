"""What an expert will see of a round: drawn by the very templates of the answering page, and nothing is kept.

The outer page has the choices (group, language, arm, width) and shows the inner one in a frame, which is
as wide as a phone or a desk and speaks the expert's language.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import (
    Response,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh

from surveys.delphi.answer import Answer
from surveys.delphi.protocol import Protocol
from surveys.models.base import db
from surveys.models.round import Round, RoundLayout
from surveys.queries import panel, questionnaire
from surveys.queries.questionnaire import AskedRound, OwnAnswers
from surveys.services import feeding
from surveys.web.addresses import numbers_in
from surveys.web.experts import access
from surveys.web.experts.feedback import Viewer
from surveys.web.experts.live import Live
from surveys.web.experts.questionnaire import Addresses, as_viewer, laid_out
from surveys.web.filters import language_name
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import round_or_404
from surveys.web.researchers.words import say
from surveys.web.security import POLICY

NOBODY = 0
FRAMES_OWN = f"{POLICY}; frame-src 'self'"
FRAMED = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
WIDTHS = ("desk", "phone")


@dataclass(frozen=True, slots=True)
class Choice:
    """For whom the round is shown. every : also items that only some answers bring up."""

    group: str
    language: str
    arm: str
    width: str
    every: bool
    section: int

    @property
    def query(self) -> dict[str, Any]:
        """The same as parts of an address."""
        return {
            "group": self.group,
            "language": self.language,
            "arm": self.arm or None,
            "width": self.width,
            "every": "yes" if self.every else None,
        }


def chosen() -> Choice:
    """What the address asks for; what is none of the study's is the first there is."""
    study = g.study
    asked = request.args

    def one_of(name: str, known: list[str]) -> str:
        wanted = request.form.get(name) or asked.get(name, "")
        return wanted if wanted in known else (known or [""])[0]

    arms = Protocol.from_json(study.protocol).arms
    return Choice(
        group=one_of("group", [group.code for group in panel.groups(db.session, study)]),
        language=one_of("language", list(study.languages)),
        arm=one_of("arm", [arm.code for arm in arms.arms] if arms else []),
        width=one_of("width", list(WIDTHS)),
        every=asked.get("every") == "yes",
        section=(numbers_in([asked.get("section", "")]) or [1])[0],
    )


@researchers.get("/<study>/rounds/<int:number>/preview")
def preview(number: int) -> ResponseReturnValue:
    """Choose for whom, and look."""
    found, choice, study = round_or_404(number), chosen(), g.study
    arms = Protocol.from_json(study.protocol).arms
    asked = as_asked(found, choice)
    response = make_response(
        render_template(
            "researchers/design/preview.html",
            round=found,
            draft=found.opened_at is None,
            choice=choice,
            groups=[(one.code, say(one.name)) for one in panel.groups(db.session, study)],
            arms=[arm.code for arm in arms.arms] if arms else [],
            languages=[(code, language_name(code)) for code in study.languages],
            conditional=bool(asked.conditional),
            shuffled=asked.shuffled,
            fed_back=any(item.sheet for item in asked.items),
            returns=any(item.previous_id for item in asked.items),
            items=len(asked.items),
            audience="researcher",
        )
    )
    response.headers["Content-Security-Policy"] = FRAMES_OWN
    return response


@researchers.get("/<study>/rounds/<int:number>/preview/page")
def preview_page(number: int) -> ResponseReturnValue:
    """The round as an expert will see it."""
    found, choice = round_or_404(number), chosen()
    asked = as_asked(found, choice)
    step_in(choice)
    if not choice.every:
        asked = asked.leaving_out(asked.not_asked({}, choice.group))
    own = as_if_rated(asked)
    viewer = as_seen(asked, choice)
    here = None
    if asked.layout is RoundLayout.SECTIONS and asked.sections:
        shown = [section.number for section in asked.shown_sections] or [1]
        here = choice.section if choice.section in shown else shown[0]
    query = {"study": g.study.public_id, "number": number, **choice.query}
    addresses = Addresses(
        whole=url_for("researchers.preview_page", **query),
        here=url_for("researchers.preview_page", section=here, **query),
        autosave=url_for("researchers.preview_answers", study=g.study.public_id, number=number),
    )
    live = Live(viewer, {}) if viewer and asked.real_time and viewer.policy.shows else None
    page = laid_out(found.closes_at, asked, own, here, viewer, live, addresses)
    response = make_response(
        render_template(
            "researchers/design/previewed.html",
            q=page,
            previewed=True,
            example=bool(own.earlier),
            audience="expert",
        )
    )
    response.headers["Content-Security-Policy"] = FRAMED
    return response


@researchers.post("/<study>/rounds/<int:number>/preview/page")
def press_in_preview(number: int) -> ResponseReturnValue:
    """A button of the page: nothing is kept; the next section or another language is shown."""
    found, choice = round_or_404(number), chosen()
    asked = as_asked(found, choice)
    asked = asked if choice.every else asked.leaving_out(asked.not_asked({}, choice.group))
    numbers = [section.number for section in asked.shown_sections] or [1]
    act = request.form.get("act", "")
    section = choice.section
    if wanted := numbers_in([act.removeprefix("section:")]):
        section = wanted[0]
    elif act == "next":
        section = next((one for one in numbers if one > section), section)
    elif act == "back":
        section = next((one for one in reversed(numbers) if one < section), section)
    elif act.startswith("submit"):
        step_in(choice)
        flash(_("This is a preview: here an expert would get a receipt. Nothing was kept."))
    return redirect(
        url_for(
            "researchers.preview_page",
            study=g.study.public_id,
            number=number,
            section=section if asked.layout is RoundLayout.SECTIONS else None,
            **choice.query,
        ),
        303,
    )


@researchers.post("/<study>/rounds/<int:number>/preview/answers")
def preview_answers(number: int) -> Response:
    """What the page's script is told where an answer would be kept. Nothing is."""
    round_or_404(number)
    return jsonify(saved_at=_("(only a preview)"))


def step_in(choice: Choice) -> None:
    """Speak as the pages of an expert do, for the rest of this request."""
    study = g.study
    access.enter(
        access.Visit(
            expert_id=NOBODY,
            participation=f"preview-{study.public_id}",
            language=choice.language,
            study_id=study.id,
            study_public_id=study.public_id,
            simulated=study.simulated,
            consented=True,
        )
    )
    g.audience = "experts"
    refresh()


def as_asked(found: Round, choice: Choice) -> AskedRound:
    """The round as it stands, with the feedback that a launch would freeze now."""
    asked = questionnaire.asked_round(db.session, g.study, found, choice.language)
    if found.opened_at is not None or found.real_time:
        return asked
    sheets = feeding.composed(db.session, g.study, found)
    if not sheets:
        return asked
    items = tuple(replace(item, sheet=sheets.get(item.id)) for item in asked.items)
    return replace(
        asked,
        items=items,
        by_id={item.id: item for item in items},
        sections=questionnaire.in_sections(items),
        conditional=tuple(item for item in items if item.ask_if),
    )


def as_if_rated(asked: AskedRound) -> OwnAnswers:
    """What an expert could have rated before: an example, on items with a scale that come back."""
    earlier: dict[int, Answer] = {}
    for item in asked.items:
        scale = item.kind.rating_scale
        if item.previous_id is not None and item.sheet and scale is not None:
            earlier[item.previous_id] = Answer(scale.low_until)
    return OwnAnswers(None, None, None, {}, earlier)


def as_seen(asked: AskedRound, choice: Choice) -> Viewer | None:
    """By which policy the chosen expert sees feedback; None in a round that feeds nothing back."""
    if not asked.real_time and not any(item.sheet for item in asked.items):
        return None
    rules = Protocol.from_json(g.study.protocol)
    policy = rules.arms.policy_of(choice.arm) if rules.arms and choice.arm else rules.feedback
    return as_viewer(policy, choice.group)
