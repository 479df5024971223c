"""Files of ratings and of groups as spreadsheets leave them, and every mistake in them by place.

A file is understood with commas, semicolons or tabs, with or without a byte order mark, in UTF-8 or
in Excel's "Unicode text". What is not understood is never guessed at: all mistakes of a file are
gathered and told together, each with its row and column as a spreadsheet counts them.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surveys.delphi.scale import Scale
from surveys.services.spreadsheets import decoded, rows_of, separator_of
from surveys.stats.ratings import BoolArray, FloatArray

# The mark of "unable to judge" unless another is named.
UNABLE = "U"
# A word in this many places that are no numbers is a mark, not a slip of the finger.
_MARK_FROM = 3
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_NUMBER_WITH_COMMA = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_NOT_UTF8 = 'is not written in UTF-8; save the file again as "CSV UTF-8"'


class FileMistakes(ValueError):
    """What is wrong with the files, all at once, each mistake with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as rows of stripped cells; rows keep their number as a spreadsheet counts them.

    name : the file's name. sha256 : of its bytes, so that a reader can tell it is the same file.
    decimal_comma : whether numbers may be written with a comma, as where the separator is not one.
    """

    name: str
    sha256: str
    header: tuple[str, ...]
    header_row: int
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    decimal_comma: bool


@dataclass(frozen=True, slots=True, eq=False)
class RatingsFile:
    """One round: who rated what.

    experts, items : their codes, in the file's order.
    ratings : shape (experts, items), NaN where there is no rating.
    unable : which of these mean "unable to judge", same shape.
    """

    name: str
    sha256: str
    experts: tuple[str, ...]
    items: tuple[str, ...]
    ratings: FloatArray
    unable: BoolArray


@dataclass(frozen=True, slots=True)
class GroupsFile:
    """Which stakeholder group each expert belongs to; None for an expert without one."""

    name: str
    sha256: str
    group_of: dict[str, str | None]


def read_ratings(
    path: Path, scale: Scale, *, unable: str = UNABLE
) -> tuple[RatingsFile | None, list[str]]:
    """Read one round's ratings: a header of item codes, then a row per expert, code first.

    scale : cells are points of it. unable : what marks "unable to judge"; empty cells are
    experts who did not answer.

    Returns the file, or None, and its mistakes.
    """
    sheet, problems = _sheet(path)
    if sheet is None:
        return None, problems
    if len(sheet.header) < 2:
        problems.append(
            f"{_place(sheet, sheet.header_row)}: the header has no item; it needs a name for the"
            " experts and then one code per item, separated by commas, semicolons or tabs"
        )
        return None, problems
    columns, others = _item_columns(sheet, problems)
    experts = _experts(sheet, problems)
    if not sheet.rows:
        problems.append(f"{sheet.name}: there is no row below the header")
    ratings = np.full((len(sheet.rows), len(columns)), np.nan)
    marked = np.zeros(ratings.shape, dtype=np.bool_)
    cells = _Cells(scale, unable, sheet.decimal_comma)
    for line, (row, values) in enumerate(sheet.rows):
        if len(values) != len(sheet.header):
            problems.append(
                f"{_place(sheet, row)}: {len(values)} cells, but the header has {len(sheet.header)}"
            )
            continue
        ratings[line] = cells.values([values[column] for column in columns])
        doubtful = cells.values([values[column] for column in others])
        if cells.odd:
            marked[line] = _tell_odd(sheet, row, values, columns, cells, ratings[line], problems)
            _tell_odd(sheet, row, values, others, cells, np.array(doubtful), problems)
    problems += cells.hints(sheet)
    if problems:
        return None, problems
    items = tuple(sheet.header[column] for column in columns)
    return RatingsFile(sheet.name, sheet.sha256, experts, items, ratings, marked), []


def read_groups(path: Path, experts: Sequence[str] | None) -> tuple[GroupsFile | None, list[str]]:
    """Read who belongs to which stakeholder group: a row per expert, code and group.

    experts : the codes of the experts who rated; each needs a row, whose group may be empty. None
        where they are not known, because their own file has mistakes. A first row that names one
        of them is no header. Rows of other experts are passed over.

    Returns the file, or None, and its mistakes.
    """
    sheet, problems = _sheet(path)
    if sheet is None:
        return None, problems
    rows = list(sheet.rows)
    if experts is not None and sheet.header[0] in experts:
        rows.insert(0, (sheet.header_row, sheet.header))
    group_of: dict[str, str | None] = {}
    first_row: dict[str, int] = {}
    for row, values in rows:
        if len(values) != 2:
            problems.append(
                f"{_place(sheet, row)}: {len(values)} cells instead of two, an expert and a group"
            )
            continue
        expert, group = values
        if _named_once(sheet, row, expert, first_row, problems):
            group_of[expert] = group or None
    if not problems and experts is not None:
        problems += [
            f"{sheet.name}: expert {_short(expert)} rated but has no row here; give one, with an"
            " empty group if there is none"
            for expert in experts
            if expert not in group_of
        ]
        if not any(group_of.get(expert) for expert in experts):
            problems.append(f"{sheet.name}: no expert who rated has a group")
    if problems:
        return None, problems
    return GroupsFile(sheet.name, sheet.sha256, group_of), []


class _Cells:
    """What each text of a cell means, looked up once per different text."""

    def __init__(self, scale: Scale, unable: str, decimal_comma: bool) -> None:
        self.scale = scale
        self.unable = unable.strip().casefold()
        self.number = _NUMBER_WITH_COMMA if decimal_comma else _NUMBER
        self.known: dict[str, float] = {"": np.nan}
        self.odd: set[str] = set()
        self.strange: Counter[str] = Counter()

    def values(self, texts: Sequence[str]) -> list[float]:
        """The ratings, NaN for empty cells, the mark, and what is wrong."""
        known = self.known
        try:
            return [known[text] for text in texts]
        except KeyError:
            known.update((text, self._read(text)) for text in texts if text not in known)
            return [known[text] for text in texts]

    def _read(self, text: str) -> float:
        if text.casefold() == self.unable:
            self.odd.add(text)
            return np.nan
        rating = float(text.replace(",", ".")) if self.number.fullmatch(text) else None
        if rating is None or rating not in self.scale:
            self.odd.add(text)
            return np.nan
        return rating

    def problem(self, text: str) -> str | None:
        """What is wrong with a text that is no rating; None for the mark."""
        if text.casefold() == self.unable:
            return None
        if self.number.fullmatch(text):
            return f"{text} is not a point of the scale {self.scale.low} to {self.scale.high}"
        self.strange[text] += 1
        return f"{text!r} is not a number"

    def hints(self, sheet: Sheet) -> Iterator[str]:
        """What a word that stands in many places may be meant as."""
        for text, times in self.strange.items():
            if times >= _MARK_FROM:
                yield (
                    f"{sheet.name}: {text!r} stands in {times} cells; if it means unable to judge,"
                    f" add --unable {text}; an answer that was not given is an empty cell"
                )


def _tell_odd(
    sheet: Sheet,
    row: int,
    values: tuple[str, ...],
    columns: list[int],
    cells: _Cells,
    ratings: FloatArray,
    problems: list[str],
) -> BoolArray:
    """Go through the cells of one row without a rating: which are unable; tells the mistakes."""
    marked = np.zeros(len(columns), dtype=np.bool_)
    for place in np.flatnonzero(np.isnan(ratings)):
        column = columns[place]
        text = values[column]
        if not text:
            continue
        problem = cells.problem(text)
        if problem is None:
            marked[place] = True
            continue
        names = {"item": sheet.header[column], "expert": values[0]}
        who = ", ".join(f"{what} {_short(name)}" for what, name in names.items() if name)
        told = (
            f"{_place(sheet, row, column + 1)} ({who})" if who else _place(sheet, row, column + 1)
        )
        problems.append(f"{told}: {problem}")
    return marked


def _item_columns(sheet: Sheet, problems: list[str]) -> tuple[list[int], list[int]]:
    """The columns that hold an item, and those that would if they had a code of their own.

    Without those that are empty from top to bottom.
    """
    columns, others = [], []
    first: dict[str, int] = {}
    for column, code in enumerate(sheet.header[1:], start=1):
        if not code:
            if any(len(values) > column and values[column] for _, values in sheet.rows):
                problems.append(f"{_place(sheet, sheet.header_row, column + 1)}: no item code")
                others.append(column)
            continue
        if code in first:
            problems.append(
                f"{_place(sheet, sheet.header_row, column + 1)}: item {_short(code)} has column"
                f" {first[code] + 1} already"
            )
            others.append(column)
            continue
        first[code] = column
        columns.append(column)
    return columns, others


def _experts(sheet: Sheet, problems: list[str]) -> tuple[str, ...]:
    first_row: dict[str, int] = {}
    for row, (expert, *_) in sheet.rows:
        _named_once(sheet, row, expert, first_row, problems)
    return tuple(values[0] for _, values in sheet.rows)


def _named_once(
    sheet: Sheet, row: int, expert: str, first_row: dict[str, int], problems: list[str]
) -> bool:
    """Whether a row begins with the code of an expert who has no row yet; tells if not."""
    if not expert:
        problems.append(f"{_place(sheet, row, 1)}: no expert's code")
        return False
    if expert in first_row:
        problems.append(
            f"{_place(sheet, row, 1)}: expert {_short(expert)} has row {first_row[expert]} already"
        )
        return False
    first_row[expert] = row
    return True


def _sheet(path: Path) -> tuple[Sheet | None, list[str]]:
    """The file's cells, and what is wrong with its text."""
    content = path.read_bytes()
    text, is_utf8 = decoded(content)
    separator, skip = separator_of(text)
    rows, stopped = rows_of(text, separator, skip)
    problems = []
    if stopped is not None:
        problems.append(f"{path.name}, row {stopped}: a quotation mark is opened and never closed")
    if not rows:
        return None, problems or [f"{path.name}: the file is empty"]
    if not is_utf8:
        problems += list(_undecodable(path.name, rows)) or [f"{path.name}: {_NOT_UTF8}"]
    (header_row, header), *below = rows
    width = len(header)
    sheet = Sheet(
        name=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        header=header,
        header_row=header_row,
        # Separators after the last cell say nothing; spreadsheets leave them behind.
        rows=tuple((row, cells if any(cells[width:]) else cells[:width]) for row, cells in below),
        decimal_comma=separator != ",",
    )
    return sheet, problems


def _undecodable(name: str, rows: Sequence[tuple[int, tuple[str, ...]]]) -> Iterator[str]:
    for row, cells in rows:
        for column, cell in enumerate(cells, start=1):
            try:
                cell.encode("latin-1").decode("utf-8")
            except UnicodeDecodeError:
                yield f"{name}, row {row}, column {column}: {_short(cell)!r} {_NOT_UTF8}"


def _place(sheet: Sheet, row: int, column: int | None = None) -> str:
    where = f"{sheet.name}, row {row}"
    return where if column is None else f"{where}, column {column}"


def _short(text: str, most: int = 40) -> str:
    """A code as it fits into a message; codes that are whole sentences lose their end."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
