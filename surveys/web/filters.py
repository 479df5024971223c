"""How templates write numbers, shares and moments."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from flask_babel import format_date, format_datetime, format_decimal, format_percent
from markupsafe import Markup

from surveys.web.texts import markdown


def moment(at: datetime | None) -> str:
    """A moment for reading, in the page's language; empty for none."""
    return format_datetime(at, "medium") if at else ""


def day(at: datetime | None) -> str:
    """A day for reading."""
    return format_date(at, "long") if at else ""


def percent(share: float | None) -> str:
    """A share from 0 to 1 as a percentage with one decimal where it needs one; a dash for none."""
    if share is None:
        return "–"
    whole = abs(share * 100 - round(share * 100)) < 1e-9
    return format_percent(share, "#,##0%" if whole else "#,##0.0%")


def number(value: float | None) -> str:
    """A number with at most two decimals; a dash for none."""
    return "–" if value is None else format_decimal(round(value, 2))


def register_filters(app: Flask) -> None:
    """Name the filters."""
    filters = {"moment": moment, "day": day, "percent": percent, "number": number}
    app.jinja_env.filters.update(filters)
    app.jinja_env.filters["markdown"] = lambda text: markdown(text) if text else Markup("")
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
