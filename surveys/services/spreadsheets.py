"""Spreadsheets as people send them, as rows of texts: CSV in any of its dialects, and XLSX.

CSV is understood with commas, semicolons or tabs, with or without a byte order mark, in UTF-8, in
Excel's "Unicode text" and, where the caller says so, in the older encoding of Windows. Of a workbook the
values of its sheets are read, those of formulas too; macros, pictures and links are never looked at.
Rows and columns keep their numbers as a spreadsheet counts them.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from surveys.items.base import N_
from surveys.services.problems import Problem, Refused

SEPARATORS = (",", ";", "\t")
# What is sent, and what a workbook unfolds to.
LARGEST = 2_000_000
LARGEST_UNFOLDED = 30_000_000
MOST_PARTS = 1_000
MOST_ROWS = 5_000
MOST_COLUMNS = 100
LONGEST_CELL = 10_000
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Excel reads this line as a setting; the separator it names is used and the line is no data.
_SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)
_ZIP, _OLE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"

Row = tuple[int, tuple[str, ...]]


class Unreadable(Refused):
    """A file is no spreadsheet that can be read; the problem says what it is and what to do."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__([Problem(text, values)])


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one sheet that hold anything, with their numbers.

    name : what the sheet is called; "" for a file that has but one.
    """

    name: str
    rows: tuple[Row, ...]


def column_name(number: int) -> str:
    """What a spreadsheet calls a column.

    >>> column_name(1), column_name(28)
    ('A', 'AB')
    """
    name = ""
    while number > 0:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def read(content: bytes, *, is_heading: Callable[[str], bool]) -> tuple[Sheet, ...]:
    """The sheets of a file, told by what it holds and not by its name. Raises Unreadable.

    is_heading : whether a cell is a heading that the caller knows. A list in one column has no
        separator, and sentences hold commas: only headings, or the same number of semicolons or tabs
        on every line, tell the one from the other.
    """
    if len(content) > LARGEST:
        raise Unreadable(
            N_("The file is larger than %(most)s kilobytes."), most=f"{LARGEST // 1000:,}"
        )
    if content.startswith(_OLE):
        raise Unreadable(
            N_(
                "This is an old Excel file (.xls), or one with a password. Please save it as .xlsx "
                "without a password."
            )
        )
    sheets = (
        _workbook(content)
        if content.startswith(_ZIP)
        else (Sheet("", _text_rows(content, is_heading)),)
    )
    if not any(sheet.rows for sheet in sheets):
        raise Unreadable(N_("There is nothing in the file."))
    return sheets


# --- CSV


def decoded(content: bytes) -> tuple[str, bool]:
    """The text, and whether it was what it claimed to be.

    Where it was not, every byte is read as one character, so that the search for other mistakes can
    go on and the wrong characters can be found again in their cells.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding), True
            except UnicodeDecodeError:
                return content[len(mark) :].decode("latin-1"), False
    try:
        return content.decode("utf-8"), True
    except UnicodeDecodeError:
        return content.decode("latin-1"), False


def separator_of(text: str) -> tuple[str, int]:
    """What stands between cells, and how many rows come before the data only to say so."""
    first = text.lstrip("\r\n ").partition("\n")[0]
    if named := _SEPARATOR_LINE.fullmatch(first.strip()):
        return named[1], 1
    outside_quotes = re.sub(r'"[^"]*"', "", first)
    return max(SEPARATORS, key=outside_quotes.count), 0


def rows_of(text: str, separator: str, skip: int) -> tuple[list[Row], int | None]:
    """The rows with anything in them, and the number of the row where the reading had to stop."""
    rows = []
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    row = 0
    try:
        for row, record in enumerate(records, start=1):
            cells = tuple(cell.strip() for cell in record)
            if row > skip and any(cells):
                rows.append((row, cells))
    except csv.Error:
        return rows, row + 1
    return rows, None


def _text_rows(content: bytes, is_heading: Callable[[str], bool]) -> tuple[Row, ...]:
    if content.startswith(_PDF):
        raise Unreadable(N_("This is a PDF. Please send a spreadsheet: .xlsx or .csv."))
    text, whole = decoded(content)
    if not whole:
        # What Excel saves as CSV unless it is told otherwise.
        text = content.decode("cp1252", "replace")
    if any(ord(sign) < 32 and sign not in "\t\r\n\f\v" for sign in text):
        raise Unreadable(N_("This is no spreadsheet. Please send a file in .xlsx or .csv."))
    # A list without a separator: one that never occurs in it.
    nothing = "\x1f"
    for separator, skip in (separator_of(text), *((one, 0) for one in SEPARATORS)):
        rows, stopped = rows_of(text, separator, skip)
        if not rows or skip or any(map(is_heading, rows[0][1])):
            break
        if separator != "," and _is_regular(rows):
            break
    else:
        rows, stopped = rows_of(text, nothing, 0)
    if stopped is not None:
        raise Unreadable(
            N_("In row %(row)s a quotation mark is opened and never closed."), row=stopped
        )
    return _bounded(rows)


def _is_regular(rows: Sequence[Row]) -> bool:
    """Whether every row has as many cells, and more than one."""
    widths = {len(cells) for _, cells in rows}
    return len(rows) > 1 and len(widths) == 1 and widths != {1}


# --- XLSX


def _workbook(content: bytes) -> tuple[Sheet, ...]:
    """The visible sheets of a workbook. Nothing is unfolded that is larger than a study needs."""
    broken = N_("This file cannot be read as an Excel file (.xlsx). Please save it again as .xlsx.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            # The library reads no more of a part than the archive says there is.
            unfolded = sum(part.file_size for part in parts)
            names = {part.filename for part in parts}
    except Exception as error:
        raise Unreadable(broken) from error
    if "content.xml" in names:
        raise Unreadable(
            N_("This is an OpenDocument file. Please save it as .xlsx, which LibreOffice can do.")
        )
    if unfolded > LARGEST_UNFOLDED or len(parts) > MOST_PARTS:
        raise Unreadable(N_("This file unfolds to more than a study can hold."))
    try:
        with warnings.catch_warnings():
            # About what is not looked at: macros, checks of cells, styles of other programs.
            warnings.simplefilter("ignore")
            return tuple(_sheets(content))
    except Unreadable:
        raise
    except Exception as error:
        # A file that was made to break readers finds its way through all kinds of them.
        raise Unreadable(broken) from error


def _sheets(content: bytes) -> Iterator[Sheet]:
    # Slow to import, and most of what uses this module reads no workbook.
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            # What the sheet says of its size may be anything: only rows that are there are counted.
            sheet.reset_dimensions()
            rows = enumerate(
                sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS, values_only=True),
                start=1,
            )
            filled = [(number, tuple(map(_cell, cells))) for number, cells in rows]
            yield Sheet(
                str(sheet.title)[:60],
                _bounded([(number, _trimmed(cells)) for number, cells in filled if any(cells)]),
            )
    finally:
        book.close()


def _cell(value: Any) -> str:
    """A cell as the person who typed it would write it again."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date().isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    # Excel writes line breaks of a cell in a way of its own, and spaces that look like none.
    text = str(value).replace("_x000D_", "").replace("\r\n", "\n").replace("\u00a0", " ")
    return text.strip()


def _trimmed(cells: tuple[str, ...]) -> tuple[str, ...]:
    width = max((place for place, cell in enumerate(cells, start=1) if cell), default=0)
    return cells[:width]


def _bounded(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows, unless there are more of them, or more in them, than is read."""
    if rows and rows[-1][0] > MOST_ROWS:
        raise Unreadable(N_("The file has more than %(most)s rows."), most=f"{MOST_ROWS:,}")
    for number, cells in rows:
        if len(cells) > MOST_COLUMNS:
            raise Unreadable(
                N_("Row %(row)s has more than %(most)s columns."), row=number, most=MOST_COLUMNS
            )
        for column, cell in enumerate(cells, start=1):
            if len(cell) > LONGEST_CELL:
                raise Unreadable(
                    N_("Row %(row)s, column %(column)s holds more than %(most)s characters."),
                    row=number,
                    column=column_name(column),
                    most=f"{LONGEST_CELL:,}",
                )
    return tuple(rows)
