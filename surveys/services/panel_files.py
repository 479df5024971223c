"""People in a file, as researchers keep them: which column is what, and everything wrong with each row.

Plain values in, plain values out: nothing is stored here. Columns are recognised in the four languages;
what is not understood is asked, and no row is passed over in silence.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import ratio

from surveys.items.base import N_
from surveys.queries.panel import plain
from surveys.services import recruiting, spreadsheets
from surveys.services.problems import Problem
from surveys.services.profile_values import LONGEST_VALUE, KnownField, Texts, value_in

MOST_PEOPLE = 3_000
LONGEST_GROUP = 80
# More different words than this are hardly groups.
MOST_FIRST_GROUPS = 12
# What stands in a column or for a value that is made with the import.
NEW = "+"
FIELD = "field:"
# From which likeness on (0 to 100) two names may be one person: "Jansen, Anna" and "Anna Janssen" are 96.
NEARLY = 90.0
SHORTEST_COMPARED = 6
# How many letters may differ between two providers of the same mailbox: "hospital.be", "hosptial.be".
MOST_SLIPS = 2


class Part(StrEnum):
    """What a column may hold."""

    NAME = "name"
    FIRST = "first"
    LAST = "last"
    EMAIL = "email"
    GROUP = "group"
    LANGUAGE = "language"
    IGNORE = "ignore"


PARTS = (Part.NAME, Part.FIRST, Part.LAST, Part.EMAIL, Part.GROUP, Part.LANGUAGE)
_HEADINGS = {
    Part.NAME: "name, full name, expert, participant, person, naam, volledige naam, deelnemer, persoon,"
    " nom, nom complet, nom et prenom, prenom et nom, personne, vollstandiger name, teilnehmer,"
    " teilnehmerin, teilnehmende",
    Part.FIRST: "first name, firstname, given name, forename, voornaam, prenom, vorname",
    Part.LAST: "last name, lastname, surname, family name, achternaam, familienaam, nom de famille,"
    " nachname, familienname, zuname",
    Part.EMAIL: "email, e mail, mail, email address, e mail address, mail address, emailadres,"
    " e mailadres, mailadres, adresse email, adresse e mail, adresse mail, adresse electronique,"
    " courriel, mel, email adresse, e mail adresse, emailadresse, mailadresse",
    Part.GROUP: "group, stakeholder group, stakeholder, stakeholders, groep, stakeholdergroep,"
    " belanghebbenden, groupe, partie prenante, parties prenantes, groupe d interet, gruppe,"
    " stakeholdergruppe, interessengruppe, anspruchsgruppe",
    Part.LANGUAGE: "language, lang, taal, langue, sprache, language code, taalcode, code langue,"
    " preferred language, voorkeurstaal, langue preferee, bevorzugte sprache",
}
_LANGUAGE_WORDS = {
    "en": "en, eng, english, engels, anglais, englisch",
    "nl": "nl, nld, dut, nederlands, dutch, neerlandais, niederlandisch, hollandisch, flemish, vlaams",
    "fr": "fr, fra, fre, francais, french, frans, franzosisch",
    "de": "de, deu, ger, deutsch, german, duits, allemand",
}
_TITLES = frozenset(
    {
        "dr",
        "drs",
        "prof",
        "professor",
        "professeur",
        "mr",
        "mrs",
        "ms",
        "mme",
        "mevr",
        "mevrouw",
        "dhr",
        "heer",
        "frau",
        "herr",
        "m",
        "phd",
        "md",
        "msc",
        "ir",
        "ing",
        "mag",
        "dipl",
        "med",
    }
)


_part_of = {plain(word): part for part, words in _HEADINGS.items() for word in words.split(",")}
_language_of = {
    plain(word): code for code, words in _LANGUAGE_WORDS.items() for word in words.split(",")
}
_ADDRESS = re.compile(r"[^\s<>\"]+@[^\s<>\"]+")
_WITH_NAME = re.compile(r'\s*"?(?P<name>[^"<>]*?)"?\s*<(?:mailto:)?(?P<email>[^<>]+)>\s*[,;]?\s*')
_SCRAMBLED = re.compile("[ÂÃ][\u0080-\u00bf\u0152-\u2122]|â€")


@dataclass(frozen=True, slots=True)
class Known:
    """What the study has already."""

    groups: Mapping[str, Texts]
    languages: tuple[str, ...]
    fields: tuple[KnownField, ...]
    # Names and addresses of the panel as it stands.
    panel: tuple[tuple[str, str], ...]
    simulated: bool
    # New groups are made only until the first launch locks them.
    may_make_groups: bool


@dataclass(slots=True)
class Draft:
    """A file as it was read, and what the researcher has said about it since."""

    header: list[str]
    # Each row with its number as a spreadsheet counts it.
    rows: list[tuple[int, list[str]]]
    # One per column: a Part, ``field:<code>`` or NEW.
    columns: list[str]
    # Whether the file was not UTF-8 and its letters are a guess.
    guessed: bool = False
    usual_group: str = ""
    usual_language: str = ""
    # What the file calls a group or a language, to the study's code, or NEW.
    groups: dict[str, str] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    corrections: dict[int, dict[str, str]] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)

    def to_json(self) -> dict[str, Any]:
        """The draft for its short-lived place."""
        return {
            "header": self.header,
            "rows": self.rows,
            "columns": self.columns,
            "guessed": self.guessed,
            "usual_group": self.usual_group,
            "usual_language": self.usual_language,
            "groups": self.groups,
            "languages": self.languages,
            "corrections": {str(row): typed for row, typed in self.corrections.items()},
            "left_out": sorted(self.left_out),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Draft:
        """The same again."""
        return cls(
            **{
                **stored,
                "rows": [(number, cells) for number, cells in stored["rows"]],
                "corrections": {int(row): typed for row, typed in stored["corrections"].items()},
                "left_out": set(stored["left_out"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one cell of a row, and what it is part of."""

    part: str
    problem: Problem


@dataclass(slots=True)
class Person:
    """One row, understood as far as it can be."""

    row: int
    name: str = ""
    email: str = ""
    # A code of the study; "" if there is none; NEW and a name where the group is made.
    group: str = ""
    language: str = ""
    values: dict[str, str] = field(default_factory=dict)
    left_out: bool = False
    faults: list[Fault] = field(default_factory=list)
    # What is no mistake and may be one.
    doubts: list[Problem] = field(default_factory=list)
    # What stands in the fields that correct the row.
    typed: dict[str, str] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether this person can be added."""
        return not self.faults and not self.left_out


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything there is to say about a draft."""

    people: tuple[Person, ...]
    # What is wrong with the file as a whole.
    problems: tuple[Problem, ...]
    # Words of the file for groups and languages that the study does not have, with how often.
    strange_groups: dict[str, int]
    strange_languages: dict[str, int]
    # Names with letters that were guessed.
    guessed: tuple[str, ...]

    @property
    def ready(self) -> list[Person]:
        """Who can be added."""
        return [person for person in self.people if person.ready]

    @property
    def faulty(self) -> list[Person]:
        """Whose row is wrong and not left out."""
        return [person for person in self.people if person.faults and not person.left_out]

    @property
    def doubtful(self) -> list[Person]:
        """Whose row should be looked at."""
        return [person for person in self.people if person.doubts and not person.faults]


# --- reading


def read(content: bytes, known: Known) -> Draft:
    """The people of a file, not yet judged. Raises spreadsheets.Unreadable."""
    sheets = spreadsheets.read(
        content, is_heading=lambda cell: part_of(cell) is not None or "@" in cell
    )
    rows = [
        (number, [_shown(cell) for cell in cells])
        for number, cells in next(sheet.rows for sheet in sheets if sheet.rows)
    ]
    width = max(len(cells) for _number, cells in rows)
    rows = [(number, cells + [""] * (width - len(cells))) for number, cells in rows]
    header = [""] * width
    # Nobody's address is a heading: a list without one begins with somebody.
    if not any(_ADDRESS.search(cell) for cell in rows[0][1]):
        header = rows.pop(0)[1]
    if not rows:
        raise spreadsheets.Unreadable(N_("There is a heading and nobody below it."))
    if len(rows) > MOST_PEOPLE:
        raise spreadsheets.Unreadable(
            N_("The file holds more than %(most)s people."), most=f"{MOST_PEOPLE:,}"
        )
    is_text = not content.startswith(b"PK")
    columns = _columns(header, rows, known)
    return Draft(
        header=header,
        rows=rows,
        columns=columns,
        guessed=is_text and not spreadsheets.decoded(content)[1],
        usual_group=next(iter(known.groups)) if len(known.groups) == 1 else "",
        usual_language=known.languages[0],
        groups=_first_groups(columns, rows, known),
    )


def _first_groups(
    columns: Sequence[str], rows: Sequence[tuple[int, list[str]]], known: Known
) -> dict[str, str]:
    """The first list of a study that has not named its groups yet brings them along.

    They are proposed to be made, and still stand to be looked at. A column with many different words
    is no column of groups, and a study with groups of its own is asked which of them is meant.
    """
    if (
        known.panel
        or len(known.groups) > 1
        or not known.may_make_groups
        or Part.GROUP not in columns
    ):
        return {}
    column = columns.index(Part.GROUP)
    strange = {
        plain(cells[column])
        for _number, cells in rows
        if cells[column] and group_of(cells[column], known) is None
    }
    return dict.fromkeys(strange, NEW) if len(strange) <= MOST_FIRST_GROUPS else {}


def _shown(cell: str) -> str:
    """A cell without signs that nobody sees."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in cell).split())


def part_of(heading: str) -> Part | None:
    """What a column of this heading holds, in whichever of the four languages."""
    return _part_of.get(plain(heading))


def _columns(
    header: Sequence[str], rows: Sequence[tuple[int, list[str]]], known: Known
) -> list[str]:
    """What each column holds: by its heading, else by what stands in it; the rest is ignored."""
    fields = {
        plain(word): FIELD + one.code
        for one in known.fields
        for word in (one.code, *one.label.values())
    }
    found: list[str] = []
    for heading in header:
        part = part_of(heading)
        wanted = part.value if part else fields.get(plain(heading), Part.IGNORE.value)
        # Of two columns with one meaning the first counts; the other is asked about.
        found.append(Part.IGNORE.value if wanted in found else wanted)
    for part, holds in (
        (Part.EMAIL, lambda cell: bool(_ADDRESS.search(cell))),
        (Part.GROUP, lambda cell: group_of(cell, known) is not None),
        (Part.LANGUAGE, lambda cell: language_of(cell) is not None),
        (Part.NAME, lambda cell: bool(re.search(r"[^\W\d_]{2}", cell))),
    ):
        if part.value in found or (part is Part.NAME and {Part.FIRST, Part.LAST} & set(found)):
            continue
        for column, what in enumerate(found):
            cells = [cells[column] for _number, cells in rows if cells[column]]
            # A heading that is not understood is asked about, but an address is an address.
            told = header[column] and part is not Part.EMAIL
            if (
                what == Part.IGNORE
                and not told
                and cells
                and sum(map(holds, cells)) * 2 > len(cells)
            ):
                found[column] = part.value
                break
    return found


def group_of(word: str, known: Known) -> str | None:
    """The group that is meant, by its code or by its name in any language."""
    wanted = plain(word)
    return next(
        (
            code
            for code, names in known.groups.items()
            if wanted and wanted in {plain(code), *map(plain, names.values())}
        ),
        None,
    )


def language_of(word: str) -> str | None:
    """The language that is meant: "nl-BE", "Dutch" and "néerlandais" are one."""
    wanted = plain(word)
    return _language_of.get(wanted) or _language_of.get(wanted.partition(" ")[0])


# --- judging


def examine(draft: Draft, known: Known) -> Examination:
    """Look at every row, and tell all that is wrong at once."""
    reading = _Reading(draft, known)
    people = [reading.person(number, cells) for number, cells in draft.rows]
    _find_repeated(people, known)
    _find_lookalikes(people, known)
    problems = []
    if Part.EMAIL.value not in draft.columns:
        problems.append(
            Problem(N_("No column holds e-mail addresses. Please say below which one does."))
        )
    if not {Part.NAME.value, Part.FIRST.value, Part.LAST.value} & set(draft.columns):
        problems.append(Problem(N_("No column holds names. Please say below which one does.")))
    guessed = [person.name for person in people if draft.guessed and not person.name.isascii()]
    return Examination(
        tuple(people),
        tuple(problems),
        dict(reading.strange_groups),
        dict(reading.strange_languages),
        tuple(dict.fromkeys(guessed)),
    )


class _Reading:
    """Reads rows into people; remembers words that it does not know."""

    def __init__(self, draft: Draft, known: Known) -> None:
        self.draft = draft
        self.known = known
        self.fields = {one.code: one for one in known.fields}
        self.place = {what: column for column, what in enumerate(draft.columns)}
        self.strange_groups: Counter[str] = Counter()
        self.strange_languages: Counter[str] = Counter()

    def person(self, number: int, cells: Sequence[str]) -> Person:
        typed = self.typed(number, cells)
        person = Person(number, left_out=number in self.draft.left_out, typed=typed)
        self.read_name(person)
        self.read_email(person)
        self.read_group(person)
        self.read_language(person)
        self.read_values(person, cells)
        return person

    def typed(self, number: int, cells: Sequence[str]) -> dict[str, str]:
        """What stands in the row, or what was typed instead."""
        found = {part: self.cell(cells, part) for part in (Part.NAME, Part.EMAIL)}
        first, last = self.cell(cells, Part.FIRST), self.cell(cells, Part.LAST)
        if first and not last:
            # "Vorname" and "Name", "prénom" and "nom": beside a first name the name is the last one.
            found[Part.NAME] = f"{first} {found[Part.NAME]}"
        elif first or last:
            found[Part.NAME] = found[Part.NAME] or f"{first} {last}"
        if address := _WITH_NAME.fullmatch(found[Part.EMAIL]):
            found[Part.EMAIL] = address["email"].strip()
            found[Part.NAME] = found[Part.NAME].strip() or address["name"].strip()
        found[Part.EMAIL] = found[Part.EMAIL].removeprefix("mailto:").rstrip(",;")
        found[Part.GROUP] = self.cell(cells, Part.GROUP)
        found[Part.LANGUAGE] = self.cell(cells, Part.LANGUAGE)
        texts = {part.value: text.strip() for part, text in found.items()}
        return {**texts, **self.draft.corrections.get(number, {})}

    def cell(self, cells: Sequence[str], part: Part) -> str:
        column = self.place.get(part.value)
        return cells[column] if column is not None else ""

    def read_name(self, person: Person) -> None:
        name, wrong = recruiting.checked_name(person.typed[Part.NAME])
        person.name = name
        person.faults += [Fault(Part.NAME, problem) for problem in wrong]
        if "\ufffd" in name:
            person.faults.append(
                Fault(
                    Part.NAME,
                    Problem(
                        N_("Letters of “%(name)s” were lost before the file came here."),
                        {"name": name},
                    ),
                )
            )
        elif better := unscrambled(name):
            person.typed[Part.NAME] = better
            person.faults.append(
                Fault(
                    Part.NAME,
                    Problem(
                        N_("“%(name)s” looks scrambled: is “%(better)s” meant?"),
                        {"name": name, "better": better},
                    ),
                )
            )

    def read_email(self, person: Person) -> None:
        person.email, wrong = recruiting.checked_address(
            person.typed[Part.EMAIL], simulated=self.known.simulated
        )
        person.faults += [Fault(Part.EMAIL, problem) for problem in wrong]

    def read_group(self, person: Person) -> None:
        word = person.typed[Part.GROUP]
        if not word:
            person.group = self.draft.usual_group
            if not person.group:
                person.faults.append(Fault(Part.GROUP, Problem(N_("The group is empty."))))
            return
        code = group_of(word, self.known)
        if code is None:
            if not person.left_out:
                self.strange_groups[word] += 1
            code = self.draft.groups.get(plain(word), "")
        if code == NEW and self.known.may_make_groups and len(word) <= LONGEST_GROUP:
            person.group = NEW + plain(word)
        elif code in self.known.groups:
            person.group = code
        else:
            person.faults.append(
                Fault(Part.GROUP, Problem(N_("There is no group “%(group)s”."), {"group": word}))
            )

    def read_language(self, person: Person) -> None:
        word = person.typed[Part.LANGUAGE]
        if not word:
            person.language = self.draft.usual_language
            return
        code = language_of(word) or ""
        if code not in self.known.languages:
            if not person.left_out:
                self.strange_languages[word] += 1
            code = self.draft.languages.get(plain(word), "")
        if code in self.known.languages:
            person.language = code
        else:
            person.faults.append(
                Fault(
                    Part.LANGUAGE,
                    Problem(N_("The study has no language “%(word)s”."), {"word": word}),
                )
            )

    def read_values(self, person: Person, cells: Sequence[str]) -> None:
        for column, what in enumerate(self.draft.columns):
            typed = person.typed.get(f"column-{column}", cells[column])
            if what == NEW:
                person.values[f"{NEW}{column}"] = typed[:LONGEST_VALUE]
            elif what.startswith(FIELD) and (known := self.fields.get(what.removeprefix(FIELD))):
                value, problem = value_in(known, typed)
                if problem is not None:
                    person.typed[f"column-{column}"] = typed
                    person.faults.append(Fault(f"column-{column}", problem))
                elif value:
                    person.values[known.code] = value


def unscrambled(text: str) -> str:
    """A name whose UTF-8 was read as Windows-1252, put right: "ZoÃ«" is "Zoë". "" if it is not so."""
    if not _SCRAMBLED.search(text):
        return ""
    try:
        better = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return ""
    return better if better != text and better.isprintable() else ""


def _find_repeated(people: Sequence[Person], known: Known) -> None:
    """Tell who stands in the file twice, and who is on the panel already."""
    there = {email.lower() for _name, email in known.panel}
    first: dict[str, int] = {}
    for person in people:
        if person.left_out or not person.email:
            continue
        address = person.email.lower()
        if address in there:
            person.faults.append(Fault(Part.EMAIL, recruiting.is_there_already(person.email)))
        elif address in first:
            person.faults.append(
                Fault(
                    Part.EMAIL,
                    Problem(
                        N_("“%(email)s” stands in row %(row)s already."),
                        {"email": person.email, "row": first[address]},
                    ),
                )
            )
        else:
            first[address] = person.row


def _find_lookalikes(people: Sequence[Person], known: Known) -> None:
    """Tell who may be the same person written differently; that is a doubt and no mistake."""
    here = [person for person in people if person.name and not person.left_out]
    names = [_name_key(person.name) for person in here]
    panel = [_name_key(name) for name, _email in known.panel]
    if not names:
        return
    likeness = process.cdist(
        names, names + panel, scorer=ratio, score_cutoff=NEARLY, dtype=np.uint8
    )
    for at, person in enumerate(here):
        if len(names[at]) < SHORTEST_COMPARED:
            continue
        near = likeness[at].nonzero()[0]
        twin = next((other for other in near if other < at), None)
        if twin is not None and here[twin].email.lower() != person.email.lower():
            person.doubts.append(
                Problem(
                    N_("Row %(row)s has nearly the same name, “%(name)s”: are these two people?"),
                    {"row": here[twin].row, "name": here[twin].name},
                )
            )
        if any(other >= len(names) for other in near):
            person.doubts.append(
                Problem(N_("Somebody on the panel has nearly this name, with another address."))
            )
    _find_slips(here)


def _find_slips(people: Sequence[Person]) -> None:
    """Tell of two addresses that differ in a letter or two after the @."""
    seen: dict[str, list[tuple[str, Person]]] = defaultdict(list)
    for person in people:
        box, _at, provider = person.email.lower().partition("@")
        for other, twin in seen[box]:
            if other != provider and Levenshtein.distance(other, provider) <= MOST_SLIPS:
                person.doubts.append(
                    Problem(
                        N_("Row %(row)s has nearly the same address, “%(email)s”."),
                        {"row": twin.row, "email": twin.email},
                    )
                )
                break
        if provider:
            seen[box].append((provider, person))


def _name_key(name: str) -> str:
    """A name for comparing: without titles, its words in one order."""
    return " ".join(sorted(word for word in plain(name).split() if word not in _TITLES))
