"""How templates write numbers, shares and moments."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask
from flask_babel import (
    format_date,
    format_decimal,
    format_percent,
    format_time,
    get_locale,
    to_user_timezone,
)
from flask_babel import gettext as _
from markupsafe import Markup

from surveys.queries.questionnaire import StudyText
from surveys.web.locale import page_language
from surveys.web.texts import markdown


def moment(at: datetime | None) -> str:
    """A moment for reading, in the page's language; empty for none."""
    if at is None:
        return ""
    return _("%(day)s, %(time)s", day=day(at), time=format_time(at, "short"))


def day(at: datetime | None) -> str:
    """A day for reading, as it is in the installation's time zone."""
    return format_date(to_user_timezone(at), "long") if at else ""


def short_day(on: date) -> str:
    """A day without its year, for figures and tables: "3 Mar"."""
    return format_date(on, "d MMM")


def percent(share: float | None) -> str:
    """A share from 0 to 1 as a percentage with one decimal where it needs one; a dash for none."""
    if share is None:
        return "–"
    whole = abs(share * 100 - round(share * 100)) < 1e-9
    # The locale knows whether a space stands before the sign.
    pattern = get_locale().percent_formats[None].pattern
    return format_percent(share, pattern if whole else pattern.replace("0", "0.0", 1))


def number(value: float | None, decimals: int | None = None) -> str:
    """A number with so many decimals, or with at most two; a dash for none."""
    if value is None:
        return "–"
    if decimals is None:
        return format_decimal(round(value, 2))
    return format_decimal(value, "#,##0." + "0" * decimals if decimals else "#,##0")


def lang(said: StudyText | str) -> Markup:
    """The lang attribute of a study text, or for a language, that is not the page's; else nothing."""
    language = said.language if isinstance(said, StudyText) else said
    return Markup("") if language == page_language() else Markup(' lang="{}"').format(language)


def spoken(text: str, language: str) -> str | Markup:
    """A study text inside a sentence of the page, marked where its language is another one."""
    if language == page_language() or not text:
        return text
    return Markup('<span lang="{}">{}</span>').format(language, text)


def language_name(language: str) -> str:
    """What a language is called in that of the page: "French", "Frans"."""
    return str(get_locale().languages.get(language, language))


def register_filters(app: Flask) -> None:
    """Name the filters."""
    filters = {"moment": moment, "day": day, "percent": percent, "number": number}
    app.jinja_env.filters.update(filters)
    app.jinja_env.filters["short_day"] = short_day
    app.jinja_env.filters.update({"lang": lang, "spoken": spoken, "language_name": language_name})
    app.jinja_env.filters["markdown"] = lambda text: markdown(text) if text else Markup("")
