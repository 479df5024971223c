"""A spreadsheet as a person has it on the desk."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import xlsxwriter


def workbook(rows: Iterable[Sequence[str]]) -> bytes:
    """An Excel file of one sheet."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()
