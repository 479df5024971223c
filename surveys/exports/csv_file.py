"""CSV that R, pandas, LibreOffice and Excel open right.

UTF-8 with a byte order mark, because Excel guesses otherwise; CRLF, as RFC 4180 has it; a comma, or a
semicolon for a spreadsheet whose language writes decimals with a comma; decimals always with a point.
Text that a spreadsheet would take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import chain

from surveys.tables import Cell, Table

SEPARATORS = {"comma": ",", "semicolon": ";"}
# What spreadsheets begin to calculate at. Tab and return count, because some strip them first.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write(table: Table, *, separator: str = "comma") -> bytes:
    """The table as a file. Raises KeyError for an unknown separator."""
    heading = [column.name for column in table.columns]
    return of_rows(chain([heading], table.rows), SEPARATORS[separator])


def of_rows(rows: Iterable[Sequence[Cell]], delimiter: str) -> bytes:
    """Rows as a file, of which the first may be a heading."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


def cell(value: Cell) -> str | int | float:
    """One value as it is written: nothing as empty, numbers whole, text that calculates nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return "'" + value if value.startswith(FORMULA_STARTS) else value
    return repr(value) if isinstance(value, float) else value
