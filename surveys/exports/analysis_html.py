"""An analysis as one page that needs nothing else: no script, no font, no connection.

It is read in a browser, printed, or sent along with a manuscript; its stylesheet is inside because
it is opened from a folder and not served by us.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from surveys.tables import Cell, Table

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the page under its heading.

    intro : what to know before reading it; may be empty.
    bars : per row the shares low, middle and high to draw, or None for a row without; empty where
        nothing is drawn.
    collapsed : whether the table waits behind its heading to be opened.
    """

    heading: str
    intro: str
    table: Table
    bars: Sequence[tuple[float, float, float] | None] = ()
    collapsed: bool = False


def write(title: str, summary: Sequence[str], sections: Sequence[Section]) -> str:
    """The page as text. Everything in it is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = shown
    page = environment.get_template("analysis.html")
    return page.render(title=title, summary=summary, sections=sections)


def shown(value: Cell) -> str:
    """A value as a reader wants it: three decimals, and a dash for what is undefined."""
    if value is None:
        return "–"
    if not isinstance(value, float):
        return str(value)
    if value.is_integer():
        return str(int(value))
    if 0 < value < 0.0005:
        return "<0.001"
    return f"{value:.3f}"
