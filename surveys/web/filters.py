"""How templates write numbers, shares and moments."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from flask_babel import format_date, format_decimal, format_percent, format_time, to_user_timezone
from markupsafe import Markup

from surveys.web.texts import markdown


def moment(at: datetime | None) -> str:
    """A moment for reading, in the page's language; empty for none."""
    if at is None:
        return ""
    return f"{day(at)}, {format_time(at, 'short')}"


def day(at: datetime | None) -> str:
    """A day for reading, as it is in the installation's time zone."""
    return format_date(to_user_timezone(at), "long") if at else ""


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
