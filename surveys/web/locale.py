"""Which language a page speaks."""

from __future__ import annotations

from flask import g, request, session
from flask_babel import get_locale, gettext
from flask_login import current_user

from surveys.services.problems import Problem
from surveys.translations import locale_of
from surveys.web.sessions import is_expert_path

LANGUAGES = {"en": "English", "nl": "Nederlands", "fr": "Français", "de": "Deutsch"}
# Interfaces that are wholly translated; study texts may have more languages.
TRANSLATED = ("en", "nl")
# Where an expert's cookie keeps the language of the pages.
SPOKEN = "language"


def page_language() -> str:
    """The language of the page, for its texts and its lang attribute: "en", "nl"."""
    locale = get_locale()
    return locale.language if locale else TRANSLATED[0]


def select_locale() -> str:
    """The locale of the page's language."""
    return locale_of(select_language())


def select_language() -> str:
    """The expert's own language, the researcher's, or what the browser asks for."""
    chosen = getattr(g, "language", None)
    if chosen is None and is_expert_path(request.path):
        # A page refused before the guard knows who asks still speaks the expert's language.
        chosen = session.get(SPOKEN)
    elif chosen is None and current_user.is_authenticated:
        chosen = current_user.language
    if chosen in TRANSLATED:
        return str(chosen)
    return request.accept_languages.best_match(TRANSLATED) or TRANSLATED[0]


def in_words(problem: Problem) -> str:
    """A problem that a service found, in the language of the page."""
    values = dict(problem.values)
    if "language" in values:
        code = str(values["language"])
        values["language"] = LANGUAGES.get(code, code)
    return gettext(problem.text, **values)
