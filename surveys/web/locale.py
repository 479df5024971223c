"""Which language a page speaks."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError
from flask import g, request, session
from flask_babel import format_decimal, get_locale, gettext
from flask_login import current_user

from surveys.items import Sentence
from surveys.services.problems import Problem
from surveys.translations import IN_THE_CODE, LANGUAGES, locale_of, spoken_to
from surveys.web.sessions import is_expert_path

NAMES = {"en": "English", "nl": "Nederlands", "fr": "Français", "de": "Deutsch"}
# Pages that experts may come to; an address that leads nowhere belongs to no blueprint.
_FOR_EXPERTS = {"experts", "links", "public", None}
# Where an expert's cookie keeps the language of the pages.
SPOKEN = "language"


def page_language() -> str:
    """The language of the page, for its texts and its lang attribute: "en", "nl"."""
    locale = get_locale()
    return locale.language if locale else IN_THE_CODE


def select_locale() -> str:
    """The locale of the page's language."""
    return locale_of(select_language())


def select_language() -> str:
    """The expert's own language, the researcher's, or what the browser asks for."""
    audience = "experts" if request.blueprint in _FOR_EXPERTS else "researchers"
    # A preview is a researcher's, and speaks as the expert's page does.
    audience = getattr(g, "audience", audience)
    chosen = getattr(g, "language", None)
    if chosen is None and is_expert_path(request.path):
        # A page refused before the guard knows who asks still speaks the expert's language.
        chosen = session.get(SPOKEN)
    elif chosen is None and current_user.is_authenticated:
        chosen = current_user.language or None
    if chosen is not None:
        return spoken_to(audience, str(chosen))
    # The first that is spoken here; "fr-BE" is French, and comes before a Dutch that is wanted less.
    wanted = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality)
    return next((one for one in wanted if one in LANGUAGES[audience]), IN_THE_CODE)


def own_name(language: str) -> str:
    """What a language is called by those who speak it: "Nederlands"."""
    if language in NAMES:
        return NAMES[language]
    try:
        name = Locale.parse(language, sep="-").get_language_name()
    except (ValueError, UnknownLocaleError):
        name = None
    return str(name).capitalize() if name else language


def in_words(problem: Problem | Sentence) -> str:
    """What a service or a kind of item has to say, in the language of the page."""
    values = {
        name: format_decimal(value) if isinstance(value, float) else value
        for name, value in problem.values.items()
    }
    if "language" in values:
        values["language"] = own_name(str(values["language"]))
    return gettext(problem.text, **values)
