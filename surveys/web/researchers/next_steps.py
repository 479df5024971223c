"""The steps until the first launch in words, with where each is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from surveys.models.base import db
from surveys.models.study import Study
from surveys.services import first_steps
from surveys.services.first_steps import Standing, Step


@dataclass(frozen=True, slots=True)
class Line:
    """One step as the page says it."""

    name: str
    said: str
    url: str
    done: bool


def lines(study: Study) -> list[Line]:
    """Every step of a study; none once its first round was launched."""
    first_round = 1
    here: dict[str, Any] = {"study": study.public_id}
    pages = {
        Step.DESIGN: url_for("researchers.design", **here),
        Step.TEAM: url_for("researchers.settings", **here),
        Step.RULE: url_for("researchers.protocol", **here),
        Step.PANEL: url_for("researchers.panel", **here),
        Step.MAIL: url_for("researchers.mail", **here),
        Step.LAUNCH: url_for("researchers.round", number=first_round, _anchor="launch", **here),
    }
    names = {
        Step.DESIGN: _("Design"),
        Step.TEAM: _("What experts read of your team"),
        Step.RULE: _("Rule"),
        Step.PANEL: _("Panel"),
        Step.MAIL: _("Mail"),
        Step.LAUNCH: _("Launch"),
    }
    return [
        Line(names[one.step], _said(one, first_round), pages[one.step], one.done)
        for one in first_steps.of_study(db.session, study)
    ]


def _said(one: Standing, first_round: int) -> str:
    """Where a step stands, in a sentence."""
    if one.step is Step.DESIGN:
        if not one.done:
            return _("Round %(number)s asks nothing yet.", number=first_round)
        return ngettext(
            "Round %(number)s asks %(num)s item.",
            "Round %(number)s asks %(num)s items.",
            one.count,
            number=first_round,
        )
    if one.step is Step.PANEL:
        if not one.done:
            return _("Nobody is on the panel yet.")
        return ngettext("%(num)s expert is on it.", "%(num)s experts are on it.", one.count)
    if one.step is Step.TEAM:
        if one.done:
            return _("Filled in.")
        return ngettext(
            "%(num)s setting still stands between square brackets.",
            "%(num)s settings still stand between square brackets.",
            one.count,
        )
    done, open_ = {
        Step.RULE: (
            _("Somebody chose it."),
            _("Nobody has chosen it yet: look at it, keep or change it."),
        ),
        Step.MAIL: (
            _("A trial of the invitation was sent."),
            _("Nobody has seen the invitation yet: send yourself a trial."),
        ),
        Step.LAUNCH: (
            _("Ready: a last look, then the panel is invited."),
            _("The look before it names what is still open; nothing there forbids a launch."),
        ),
    }[one.step]
    return done if one.done else open_
