"""A study's own words, in the language of the page."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext as _

from surveys.delphi.consensus import Verdict
from surveys.models.researcher import Role
from surveys.models.study import Study
from surveys.queries.questionnaire import in_language
from surveys.services.joining import ROLE_NAMES
from surveys.web.locale import page_language

KEYS = {
    Verdict.IN: "in",
    Verdict.OUT: "out",
    Verdict.NO_CONSENSUS: "none",
    Verdict.UNDECIDED: "few",
}


def verdict_names(study: Study, locale: str) -> dict[Verdict, str]:
    """How the study words its verdicts."""
    return {
        verdict: in_language(study.verdicts.get(key), locale, study.default_language)
        for verdict, key in KEYS.items()
        if study.verdicts.get(key)
    }


def role_names() -> dict[Role, str]:
    """What a researcher can be in a study, in the language of the page."""
    return {role: _(name) for role, name in ROLE_NAMES.items()}


def say(texts: dict[str, Any] | None) -> str:
    """A study text in the language of the page, for templates."""
    study = getattr(g, "study", None)
    default = study.default_language if study else "en"
    return in_language(texts, page_language(), default)
