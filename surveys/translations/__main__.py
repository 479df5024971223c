"""Extract, update and compile the catalogues: `python3 -m surveys.translations`.

A text that both audiences see belongs to the experts' catalogue. Texts keep no line numbers in the
catalogues, so that a moved line changes nothing there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from surveys.translations import IN_THE_CODE, LANGUAGES

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
A_DAY = datetime(2026, 11, 23, tzinfo=UTC)
DOMAINS = tuple(LANGUAGES)
RESEARCHERS = (
    "surveys/web/researchers/",
    "templates/researchers/",
    "templates/macros/origins.html",
    "templates/macros/statement_sheet.html",
    "templates/macros/paging.html",
    "templates/macros/profiles.html",
    "templates/mail/role/",
    "templates/mail/sign-in/",
    # What these refuse, only researchers can ask for.
    "surveys/services/consenting.py",
    "surveys/items/media.py",
    "surveys/services/archiving.py",
    "surveys/services/attaching.py",
    "surveys/services/designing.py",
    "surveys/services/identities.py",
    "surveys/services/entering.py",
    "surveys/services/editing.py",
    "surveys/services/framing.py",
    "surveys/services/mail_texts.py",
    "surveys/services/stop_list.py",
    "surveys/services/panel_files.py",
    "surveys/services/joining.py",
    "surveys/services/placing.py",
    "surveys/services/profiling.py",
    "surveys/services/spreadsheets.py",
    "surveys/services/preflight.py",
    "surveys/services/moderating.py",
    "surveys/services/preparing.py",
    "surveys/services/choosing.py",
    "surveys/services/redrawing.py",
    "surveys/services/undoing.py",
    "surveys/services/recruiting.py",
    "surveys/services/statement_sheets.py",
    "surveys/services/beginning.py",
    "surveys/services/amending.py",
    "surveys/services/ruling.py",
    "surveys/services/translating.py",
)
# Of each kind of item, what only researchers look at.
THEIR_PART_OF_KINDS = ("/result.html", "/settings.html")
METHODS = [
    ("surveys/**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
]
KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
OPTIONS = {
    "templates/**.html": {"newstyle_gettext": "true"},
    "templates/**.txt": {"newstyle_gettext": "true"},
}


def extracted() -> dict[str, Catalog]:
    """The texts in the code, by domain."""
    catalogues = {domain: Catalog(domain=domain, charset="utf-8") for domain in DOMAINS}
    found: dict[str, list[tuple[Any, str]]] = {domain: [] for domain in DOMAINS}
    for path, text, comments in _messages():
        researchers = path.startswith(RESEARCHERS) or path.endswith(THEIR_PART_OF_KINDS)
        domain = "researchers" if researchers else "experts"
        found[domain].append((text, comments))
    seen = {_key(text) for text, _comments in found["experts"]}
    for domain in DOMAINS:
        for text, _comments in found[domain]:
            if domain == "experts" or _key(text) not in seen:
                catalogues[domain].add(text)
    return catalogues


def _messages() -> Iterator[tuple[str, Any, Any]]:
    for folder in ("surveys", "templates"):
        for path, _line, text, comments, _context in extract_from_dir(
            str(ROOT / folder),
            method_map=[(pattern.removeprefix(folder + "/"), how) for pattern, how in METHODS],
            options_map={k.removeprefix(folder + "/"): v for k, v in OPTIONS.items()},
            keywords=KEYWORDS,
        ):
            yield f"{folder}/{Path(path).as_posix()}", text, comments


def _key(text: Any) -> str:
    return text if isinstance(text, str) else text[0]


def catalogue_path(language: str, domain: str) -> Path:
    """Where a catalogue lies."""
    return HERE / language / "LC_MESSAGES" / f"{domain}.po"


def read(language: str, domain: str) -> Catalog:
    """A catalogue as it is stored; empty where there is none yet."""
    path = catalogue_path(language, domain)
    if not path.exists():
        return Catalog(locale=language, domain=domain, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def updated(language: str, domain: str, texts: Catalog) -> Catalog:
    """The stored catalogue with exactly the texts of the code; nothing is guessed from likeness.

    A text that has gone over to the other audience brings its translation along.
    """
    catalogue = read(language, domain)
    catalogue.update(texts, no_fuzzy_matching=True)
    for other in DOMAINS:
        for message in read(language, other) if other != domain else ():
            moved = catalogue.get(_key(message.id)) if message.id else None
            if moved is not None and not _translated(moved) and moved.id == message.id:
                moved.string = message.string
    catalogue.obsolete.clear()
    # A header that says nothing of the moment it was written: it would change with every run.
    catalogue.header_comment = f"# Rondo, texts for {domain}, {language}."
    catalogue.project, catalogue.version = "Rondo", "1"
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = "Rondo"
    catalogue.creation_date = catalogue.revision_date = A_DAY
    catalogue.fuzzy = False
    return catalogue


def main() -> int:
    """Write every catalogue and its compiled twin; say what is missing."""
    texts = extracted()
    missing = 0
    # All are made before one is written: a text may move between them.
    catalogues = {
        (language, domain): updated(language, domain, texts[domain])
        for domain in DOMAINS
        for language in LANGUAGES[domain]
        if language != IN_THE_CODE
    }
    for (language, domain), catalogue in catalogues.items():
        path = catalogue_path(language, domain)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, omit_header=False, sort_output=True, width=100)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)
        untranslated = [message for message in catalogue if message.id and not _translated(message)]
        missing += len(untranslated)
        sys.stdout.write(
            f"{language} {domain}: {len(catalogue)} texts, {len(untranslated)} untranslated\n"
        )
    return 1 if missing else 0


def _translated(message: Any) -> bool:
    texts = message.string if isinstance(message.string, tuple | list) else [message.string]
    return bool(texts) and all(texts) and not message.fuzzy


if __name__ == "__main__":
    sys.exit(main())
