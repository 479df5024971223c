"""Statements and questions from a spreadsheet: what of it can become items, and what is wrong, row by row.

A list in one column is enough. With headings there may be codes, themes, marks, kinds, wordings and
explanations in several languages, and notes; docs/researchers.md shows the template. Every bad row is
named at once, with its place and what to do; what only makes one wonder is said beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from surveys.delphi.alike import near
from surveys.items.base import N_
from surveys.models.item import Aspect
from surveys.services.designing import LONGEST_WORDING
from surveys.services.problems import Problem
from surveys.services.spreadsheets import Row, Sheet, Unreadable, column_name, read
from surveys.services.study_files import ITEM_CODE, LANGUAGES

MOST_ITEMS = 500
LONGEST_THEME = 200
STATEMENT, QUESTION, NUMBER = "likert", "open_text", "number"

# What a heading may be called, without its language: in the languages of researchers, and loosely.
_MEANINGS = {
    "code": "code nr no number nummer id",
    "theme": "theme thema themes thema's section sectie",
    "aspect": "mark aspect markering kant",
    "kind": "kind type soort",
    "wording": "wording statement statements stelling stellingen formulering item items text tekst"
    " question questions vraag vragen",
    "help": "help explanation toelichting uitleg",
    "note": "note notes notitie notities",
    "unable": "unable",
}
_CALLED = {word: meaning for meaning, words in _MEANINGS.items() for word in words.split()}
_IN_WORDS = {"unable to judge": "unable", "kan ik niet beoordelen": "unable"}
_IN_LANGUAGES = {"wording", "help", "theme"}
_LANGUAGE_NAMES = {
    "english": "en",
    "engels": "en",
    "dutch": "nl",
    "nederlands": "nl",
    "french": "fr",
    "frans": "fr",
    "français": "fr",
    "german": "de",
    "duits": "de",
    "deutsch": "de",
} | {code: code for code in LANGUAGES}
_SKIPPED = {"read me", "readme", "lees mij", "leesmij", "examples", "example", "voorbeelden"}
_QUESTIONS = {"questions", "question", "vragen", "open questions", "open vragen"}
_KINDS = {
    "": None,
    "statement": STATEMENT,
    "stelling": STATEMENT,
    "likert": STATEMENT,
    "rating": STATEMENT,
    "question": QUESTION,
    "open question": QUESTION,
    "vraag": QUESTION,
    "open vraag": QUESTION,
    "open_text": QUESTION,
    "open": QUESTION,
    "number": NUMBER,
    "getal": NUMBER,
}
_ASPECTS = {
    "": None,
    "opportunity": Aspect.OPPORTUNITY,
    "kans": Aspect.OPPORTUNITY,
    "risk": Aspect.RISK,
    "risico": Aspect.RISK,
    "condition": Aspect.CONDITION,
    "voorwaarde": Aspect.CONDITION,
}
_YES_NO = {
    "": True,
    "yes": True,
    "ja": True,
    "true": True,
    "no": False,
    "nee": False,
    "false": False,
}


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong, or odd, at a place of the spreadsheet.

    row, column : as the spreadsheet counts them; column "" for the whole row. sheet : "" where there is
        but one.
    """

    sheet: str
    row: int
    column: str
    said: Problem


@dataclass(frozen=True, slots=True)
class Found:
    """One row that can become an item. ``code`` is "" where the spreadsheet gives none."""

    sheet: str
    row: int
    kind: str
    wording: Mapping[str, str]
    code: str = ""
    theme: Mapping[str, str] = field(default_factory=dict)
    aspect: Aspect | None = None
    help: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    offers_unable: bool = True


@dataclass(frozen=True, slots=True)
class Statements:
    """What a spreadsheet holds.

    languages : those of its headings, or the one it was read in. bad : rows that are left out, each
        with what to do. odd : what only makes one wonder. lacking : texts that are not there yet, by
        language.
    """

    languages: tuple[str, ...]
    found: tuple[Found, ...]
    bad: tuple[Remark, ...]
    odd: tuple[Remark, ...]
    lacking: Mapping[str, int]

    @property
    def statements(self) -> tuple[Found, ...]:
        """What belongs to rating rounds: all that is no open question."""
        return tuple(one for one in self.found if one.kind != QUESTION)

    @property
    def questions(self) -> tuple[Found, ...]:
        """The open questions."""
        return tuple(one for one in self.found if one.kind == QUESTION)

    @property
    def bad_rows(self) -> int:
        """How many rows are left out."""
        return len({(one.sheet, one.row) for one in self.bad})

    @property
    def themes(self) -> tuple[str, ...]:
        """The themes, in the order in which they come."""
        return tuple(dict.fromkeys(theme_key(one) for one in self.found if one.theme))


def theme_key(found: Found) -> str:
    """By what two rows are of one theme: its first name, whatever its capitals."""
    return next(iter(found.theme.values()), "").casefold()


def read_statements(
    content: bytes,
    *,
    language: str,
    languages: Sequence[str] = (),
    taken: Collection[str] = (),
    compare: bool = True,
) -> Statements:
    """Read a spreadsheet of statements and questions. Raises Unreadable where it is none.

    language : of texts whose heading names none. languages : those of the study; none where the
        headings are to say them. taken : codes of items that are there already. compare :
        whether to say which statements seem to say the same; it takes longer than all else.
    """
    sheets = read(content, is_heading=lambda cell: _meaning(cell) is not None)
    reader = _Reader(language, tuple(languages), {code.lower() for code in taken}, compare)
    return reader.all_of(_used(sheets))


def _used(sheets: Sequence[Sheet]) -> list[Sheet]:
    """The sheets that hold items: those with headings, else the first that is none to read."""
    read_from = [
        sheet for sheet in sheets if sheet.rows and sheet.name.strip().casefold() not in _SKIPPED
    ]
    with_headings = [sheet for sheet in read_from if _headed(sheet.rows[0])]
    if not read_from:
        raise Unreadable(N_("There is nothing in the file."))
    return with_headings or read_from[:1]


def _headed(row: Row) -> bool:
    return any(_meaning(cell) for cell in row[1])


def _meaning(cell: str) -> tuple[str, str] | None:
    """What a heading means and the language it names, "" for none; None for what is no heading."""
    plain = " ".join(re.sub(r"[\s_:()\[\]*/.-]+", " ", cell.casefold()).split())
    if plain in _IN_WORDS:
        return _IN_WORDS[plain], ""
    if plain in _LANGUAGE_NAMES and len(plain) > 2:
        return "wording", _LANGUAGE_NAMES[plain]
    words = plain.split()
    if not words or len(words) > 3 or words[0] not in _CALLED:
        return None
    meaning = _CALLED[words[0]]
    if len(words) == 1:
        return meaning, ""
    named = words[-1] if words[-2] != "in" or len(words) == 3 else ""
    if meaning not in _IN_LANGUAGES or (len(words) == 3 and words[1] != "in"):
        return None
    if named in _LANGUAGE_NAMES:
        return meaning, _LANGUAGE_NAMES[named]
    # "wording es": a language that Rondo does not speak, which has to be said.
    return (meaning, named) if re.fullmatch(r"[a-z]{2}", named) else None


@dataclass
class _Columns:
    """What the columns of a sheet mean, by their places."""

    meanings: dict[int, tuple[str, str]]
    first_row: int

    def is_used(self, sheet: Sheet, place: int) -> bool:
        """Whether anything stands in a column below its heading."""
        return any(
            row >= self.first_row and place < len(cells) and cells[place]
            for row, cells in sheet.rows
        )


@dataclass
class _Reader:
    language: str
    languages: tuple[str, ...]
    taken: set[str]
    compare: bool
    bad: list[Remark] = field(default_factory=list)
    odd: list[Remark] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    # Where a code stands, to say so when it comes again.
    codes: dict[str, int] = field(default_factory=dict)

    def all_of(self, sheets: Sequence[Sheet]) -> Statements:
        columns = [self.columns(sheet) for sheet in sheets]
        if not self.languages:
            # A column of the template that nobody used asks for no language.
            named = {
                language or self.language
                for sheet, one in zip(sheets, columns, strict=True)
                for place, (meaning, language) in one.meanings.items()
                if meaning == "wording" and one.is_used(sheet, place)
            } or {self.language}
            # The language that was chosen comes first, the others in the usual order.
            rest = [code for code in LANGUAGES if code in named and code != self.language]
            self.languages = (*([self.language] if self.language in named else []), *rest)
        for sheet, meant in zip(sheets, columns, strict=True):
            for row in sheet.rows:
                if row[0] >= meant.first_row:
                    self.row(sheet, meant, row)
        if len(self.found) > MOST_ITEMS:
            raise Unreadable(
                N_("There are more than %(most)s statements in the file."), most=MOST_ITEMS
            )
        if self.compare:
            self.alike()
        lacking = Counter(
            language
            for one in self.found
            for texts in (one.wording, one.help, one.theme)
            for language in self.languages
            if texts and not texts.get(language)
        )
        return Statements(
            self.languages,
            tuple(self.found),
            tuple(sorted(self.bad, key=_place)),
            tuple(sorted(self.odd, key=_place)),
            dict(lacking),
        )

    def columns(self, sheet: Sheet) -> _Columns:
        """What the first row says of the columns; without headings the first column is a list."""
        number, cells = sheet.rows[0]
        if not _headed(sheet.rows[0]):
            for row, values in sheet.rows:
                if any(values[1:]):
                    column = next(place for place, value in enumerate(values) if place and value)
                    self.note(
                        sheet,
                        row,
                        column,
                        N_(
                            "Only column A is read, because the first row holds no headings. Name the "
                            "columns as in the template to use them all."
                        ),
                    )
                    break
            return _Columns({0: ("wording", "")}, number)
        meanings: dict[int, tuple[str, str]] = {}
        for place, cell in enumerate(cells):
            meant = _meaning(cell)
            if not cell:
                continue
            if meant is None:
                self.note(
                    sheet,
                    number,
                    place,
                    N_("“%(heading)s” is no heading of the template; the column is not used."),
                    heading=cell[:60],
                )
            elif meant[1] and meant[1] not in (self.languages or LANGUAGES):
                spoken = ", ".join(self.languages or LANGUAGES)
                text = (
                    N_("The study has no language “%(language)s”; it has %(languages)s.")
                    if self.languages
                    else N_("Rondo does not speak “%(language)s”; it speaks %(languages)s.")
                )
                self.note(sheet, number, place, text, language=meant[1], languages=spoken)
            elif meant in meanings.values():
                self.note(
                    sheet,
                    number,
                    place,
                    N_("“%(heading)s” stands above two columns; the second one is not used."),
                    heading=cell[:60],
                )
            else:
                meanings[place] = meant
        if not any(meaning == "wording" for meaning, _language in meanings.values()):
            raise Unreadable(
                N_(
                    "No column holds the statements. Write “wording” above it, or “wording en” for "
                    "a language."
                )
            )
        return _Columns(meanings, number + 1)

    def row(self, sheet: Sheet, columns: _Columns, row: Row) -> None:
        """Read one row: an item, or what is wrong with it."""
        number, cells = row
        given: dict[tuple[str, str], str] = {}
        where: dict[tuple[str, str], int] = {}
        for place, (meaning, language) in columns.meanings.items():
            spoken = language or (self.language if meaning in _IN_LANGUAGES else "")
            text = cells[place] if place < len(cells) else ""
            given[(meaning, spoken)] = text or given.get((meaning, spoken), "")
            where.setdefault((meaning, spoken), place)
        if not any(given.values()):
            return
        before = len(self.bad)

        def wrong(key: tuple[str, str], text: str, **values: object) -> None:
            self.wrong(sheet, number, where.get(key), text, **values)

        def of(meaning: str) -> dict[str, str]:
            return {
                language: text
                for (named, language), text in given.items()
                if named == meaning and text
            }

        wording = of("wording")
        if not wording:
            first = next(place for key, place in where.items() if key[0] == "wording")
            self.wrong(
                sheet, number, first, N_("There is no wording. Write one, or empty the row.")
            )
        for meaning, most in (("wording", LONGEST_WORDING), ("help", LONGEST_WORDING)):
            for language, text in of(meaning).items():
                if len(text) > most:
                    wrong(
                        (meaning, language),
                        N_("The text has %(length)s characters; at most %(most)s are allowed."),
                        length=len(text),
                        most=most,
                    )
        if any(len(text) > LONGEST_THEME for text in of("theme").values()):
            wrong(
                ("theme", self.language),
                N_("The name of a theme has at most %(most)s characters."),
                most=LONGEST_THEME,
            )
        kind = self.word(
            given.get(("kind", ""), ""),
            _KINDS,
            lambda known: wrong(
                ("kind", ""),
                N_(
                    "“%(found)s” is no kind that a spreadsheet can hold; there is %(known)s. Other "
                    "kinds are added in Rondo."
                ),
                found=given[("kind", "")][:40],
                known="statement, question, number",
            ),
        )
        aspect = self.word(
            given.get(("aspect", ""), ""),
            _ASPECTS,
            lambda known: wrong(
                ("aspect", ""),
                N_("“%(found)s” is no mark; there is %(known)s, or nothing."),
                found=given[("aspect", "")][:40],
                known="opportunity, risk, condition",
            ),
        )
        unable = self.word(
            given.get(("unable", ""), ""),
            _YES_NO,
            lambda known: wrong(
                ("unable", ""),
                N_("“%(found)s” must be yes or no."),
                found=given[("unable", "")][:40],
            ),
        )
        usual = QUESTION if sheet.name.strip().casefold() in _QUESTIONS else STATEMENT
        kind = kind or usual
        code = self.code(given.get(("code", ""), ""), kind, number, wrong)
        if len(self.bad) > before:
            return
        self.found.append(
            Found(
                sheet=sheet.name,
                row=number,
                kind=kind,
                wording=wording,
                code=code,
                theme=of("theme"),
                aspect=aspect if kind == STATEMENT else None,
                help=of("help"),
                note=given.get(("note", ""), ""),
                offers_unable=unable is not False,
            )
        )

    def word(self, text: str, known: Mapping[str, Any], tell: Callable[[Any], None]) -> Any:
        """What a word of a fixed list means; tells where it is none of them."""
        plain = " ".join(text.casefold().split())
        if plain in known:
            return known[plain]
        tell(known)
        return None

    def code(self, text: str, kind: str, row: int, wrong: Callable[..., None]) -> str:
        """A code, as given or of a number; tells where it cannot be one, or is one already."""
        if not text:
            return ""
        if re.fullmatch(r"\d{1,4}", text):
            text = f"{'Q' if kind == QUESTION else 'S'}{int(text):02d}"
        if not ITEM_CODE.fullmatch(text):
            wrong(
                ("code", ""),
                N_("“%(code)s” must be a letter, then up to 23 letters, digits, - or _."),
                code=text[:40],
            )
        elif text.lower() in self.codes:
            wrong(
                ("code", ""),
                N_(
                    "The code “%(code)s” stands in row %(other)s already. Give another one, or none."
                ),
                code=text,
                other=self.codes[text.lower()],
            )
        elif text.lower() in self.taken:
            wrong(
                ("code", ""),
                N_("The study has an item “%(code)s” already. Give another code, or none."),
                code=text,
            )
        else:
            self.codes[text.lower()] = row
        return text

    def alike(self) -> None:
        """Say which statements seem to say the same; people decide."""
        for language in self.languages:
            here = [one for one in self.found if one.wording.get(language)]
            for one, other in near([one.wording[language] for one in here], language):
                said = {(remark.sheet, remark.row) for remark in self.odd}
                if (here[other].sheet, here[other].row) in said:
                    continue
                self.odd.append(
                    Remark(
                        here[other].sheet,
                        here[other].row,
                        "",
                        Problem(
                            N_("This seems to say the same as row %(row)s: “%(text)s”"),
                            {"row": here[one].row, "text": _short(here[one].wording[language])},
                        ),
                    )
                )

    def wrong(
        self, sheet: Sheet, row: int, place: int | None, text: str, /, **values: object
    ) -> None:
        column = "" if place is None else column_name(place + 1)
        self.bad.append(Remark(sheet.name, row, column, Problem(text, values)))

    def note(self, sheet: Sheet, row: int, place: int, text: str, /, **values: object) -> None:
        self.odd.append(Remark(sheet.name, row, column_name(place + 1), Problem(text, values)))


def _place(remark: Remark) -> tuple[str, int, int, str]:
    return (remark.sheet, remark.row, len(remark.column), remark.column)


def _short(text: str, most: int = 90) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
