"""Translations: complete, compiled, and with the places of every text intact."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
TRANSLATIONS = ROOT / "surveys" / "translations"
CATALOGUES = sorted(TRANSLATIONS.glob("*/LC_MESSAGES/*.po"))
# What an expert or a visitor reads, in every language a study can have.
READ_BY_EXPERTS = (
    "experts/*",
    "items/*.html",
    "items/*/answer.html",
    "items/*/feedback.html",
    "mail/*",
    "errors/*",
    "public/*",
    "base.html",
)
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}


def name_of(path):
    return f"{path.parts[-3]}-{path.stem}"


def read(path):
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def texts(folder, patterns):
    """The msgids in a folder's files; of plural texts the singular."""
    method = "jinja2" if folder.name == "templates" else "python"
    options = {"trimmed": "true", "silent": "false"}
    found = {}
    for name, line, message, _comments, _context in extract_from_dir(
        str(folder),
        method_map=[(pattern, method) for pattern in patterns],
        options_map=dict.fromkeys(patterns, options),
        keywords=KEYWORDS,
    ):
        found[message[0] if isinstance(message, tuple) else message] = f"{name}:{line}"
    return found


@pytest.fixture(scope="module")
def said():
    return {
        **texts(ROOT / "templates", ["**.html", "**.txt"]),
        **texts(ROOT / "surveys", ["**.py"]),
    }


@pytest.mark.parametrize("path", CATALOGUES, ids=name_of)
def test_a_catalogue_lacks_nothing_and_guesses_nothing(path):
    catalogue = read(path)
    assert len(catalogue) > 40
    for message in catalogue:
        if message.id:
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            assert all(strings), message.id
            assert not message.fuzzy, message.id


@pytest.mark.parametrize("path", CATALOGUES, ids=name_of)
def test_a_translation_keeps_the_places_of_its_text(path):
    for message in read(path):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = {place for text in ids for place in re.findall(r"%\(\w+\)s|\{\w+\}", text)}
        for string in strings if message.id else ():
            places = set(re.findall(r"%\(\w+\)s|\{\w+\}", string))
            # A singular may do without its number.
            assert places <= wanted, message.id
            assert places == wanted or isinstance(message.id, tuple), message.id


@pytest.mark.parametrize("path", CATALOGUES, ids=name_of)
def test_what_is_compiled_is_what_is_written(path):
    compiled = path.with_suffix(".mo").read_bytes()
    made = io.BytesIO()
    write_mo(made, read(path))
    there, anew = (
        {repr(message.id): repr(message.string) for message in read_mo(io.BytesIO(content))}
        for content in (compiled, made.getvalue())
    )
    assert there == anew


def singulars(catalogue):
    return {
        message.id[0] if isinstance(message.id, tuple) else message.id
        for message in catalogue
        if message.id
    }


def test_dutch_has_every_text_there_is(said):
    known = set()
    for domain in ("experts", "researchers"):
        known |= singulars(read(TRANSLATIONS / "nl" / "LC_MESSAGES" / f"{domain}.po"))
    assert {text: place for text, place in said.items() if text not in known} == {}


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_every_language_has_what_experts_read(language):
    known = singulars(read(TRANSLATIONS / language / "LC_MESSAGES" / "experts.po"))
    wanted = texts(ROOT / "templates", READ_BY_EXPERTS)
    assert len(wanted) > 60
    assert {text: place for text, place in wanted.items() if text not in known} == {}


def test_the_catalogues_of_experts_speak_of_the_same_texts():
    by_language = {
        language: singulars(read(TRANSLATIONS / language / "LC_MESSAGES" / "experts.po"))
        for language in ("nl", "fr", "de")
    }
    assert by_language["fr"] == by_language["de"] == by_language["nl"]
