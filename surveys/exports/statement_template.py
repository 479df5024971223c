"""A spreadsheet to fill in: sheets with headings, examples and choices, as a workbook or as CSV."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import xlsxwriter

from surveys.exports import csv_file

# How far down a sheet offers its choices.
ROWS = 500
WIDTHS = {"wide": 60, "usual": 24, "narrow": 14}


@dataclass(frozen=True, slots=True)
class Heading:
    """One column to fill in. choices : what may stand in it; none where anything may."""

    name: str
    width: str = "usual"
    choices: Sequence[str] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: headings and rows below them, or only lines to read."""

    name: str
    headings: Sequence[Heading] = field(default=())
    rows: Sequence[Mapping[str, str]] = field(default=())
    lines: Sequence[str] = field(default=())


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """The sheets as an XLSX file."""
    into = io.BytesIO()
    with xlsxwriter.Workbook(into, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EFE9DF", "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            if sheet.lines:
                page.set_column(0, 0, 100, wrapped)
                for row, line in enumerate(sheet.lines):
                    page.write_string(row, 0, line, bold if row == 0 else wrapped)
                continue
            page.freeze_panes(1, 0)
            for column, heading in enumerate(sheet.headings):
                page.set_column(column, column, WIDTHS[heading.width], wrapped)
                page.write_string(0, column, heading.name, bold)
                if heading.hint:
                    page.write_comment(0, column, heading.hint)
                if heading.choices:
                    page.data_validation(
                        1,
                        column,
                        ROWS,
                        column,
                        {"validate": "list", "source": list(heading.choices)},
                    )
            for number, filled in enumerate(sheet.rows, start=1):
                for column, heading in enumerate(sheet.headings):
                    page.write_string(number, column, filled.get(heading.name, ""), wrapped)
    return into.getvalue()


def comma_separated(sheet: Sheet, *, separator: str) -> bytes:
    """One sheet as CSV, with the byte order mark that Excel needs."""
    names = [heading.name for heading in sheet.headings]
    rows = ([row.get(name, "") for name in names] for row in sheet.rows)
    return csv_file.of_rows([names, *rows], separator)
