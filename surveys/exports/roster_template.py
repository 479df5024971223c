"""An empty list of people as a workbook: headings, examples to write over, choices to pick from."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import xlsxwriter

# A sheet takes its choices from one text of at most so many characters.
LONGEST_CHOICES = 255
ROWS_TO_FILL = 1_000


def write(
    title: str,
    headings: Sequence[str],
    examples: Sequence[Sequence[str]],
    choices: Mapping[int, Sequence[str]],
) -> bytes:
    """The workbook. ``choices`` are what a cell of a column may hold, by the column's place."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(title[:31])
        sheet.write_row(0, 0, headings, book.add_format({"bold": True, "bottom": 1}))
        grey = book.add_format({"italic": True, "font_color": "#666666"})
        for row, example in enumerate(examples, start=1):
            sheet.write_row(row, 0, example, grey)
        for column, heading in enumerate(headings):
            widest = max(len(text) for text in (heading, *(row[column] for row in examples)))
            sheet.set_column(column, column, min(48, max(14, widest + 3)))
            offered = list(choices.get(column, ()))
            if offered and len(",".join(offered)) <= LONGEST_CHOICES:
                sheet.data_validation(
                    1,
                    column,
                    ROWS_TO_FILL,
                    column,
                    {"validate": "list", "source": offered, "error_type": "warning"},
                )
        sheet.freeze_panes(1, 0)
    return file.getvalue()
