"""Interface texts: none missing, none guessed, the compiled catalogues those of the written ones."""

from __future__ import annotations

import io

import pytest
from babel.messages.mofile import write_mo

from surveys.translations import __main__ as tool

CATALOGUES = [
    (language, domain)
    for domain in tool.DOMAINS
    for language in tool.LANGUAGES[domain]
    if language != "en"  # the texts in the code are English
]


@pytest.fixture(scope="module")
def texts():
    return tool.extracted()


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_every_text_is_translated(language, domain, texts):
    catalogue = tool.read(language, domain)
    wanted = {message.id for message in texts[domain] if message.id}
    there = {message.id for message in catalogue if message.id and tool._translated(message)}
    assert wanted - there == set()


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_no_translation_is_left_of_a_text_that_is_gone(language, domain, texts):
    catalogue = tool.read(language, domain)
    wanted = {message.id for message in texts[domain] if message.id}
    assert {message.id for message in catalogue if message.id} - wanted == set()


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_the_compiled_catalogue_is_the_written_one(language, domain):
    path = tool.catalogue_path(language, domain)
    compiled = io.BytesIO()
    write_mo(compiled, tool.read(language, domain))
    assert path.with_suffix(".mo").read_bytes() == compiled.getvalue()
