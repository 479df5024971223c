"""What an item rests on: one thing with a title, and a picture with words for who does not see it."""

import json

import pytest

from surveys.items.evidence import Evidence, StoredFile, load_evidence
from surveys.items.media import PDF, Media

TITLE = {"en": "The trial", "nl": "De studie"}
PAPER = {"title": TITLE, "url": "https://www.who.int/a/Trial.PDF"}
QUOTE = {"title": TITLE, "text": {"en": "Half **stopped**."}, "source": {"en": "Smith 2024"}}
FILE = StoredFile("ab" * 32, "trial.pdf", Media(PDF), 1_200)
PICTURE = StoredFile("cd" * 32, "map.png", Media("image/png", 800, 600), 90_000)
LEAFLET = {"title": TITLE, "file": FILE.to_json()}
MAP = {"title": TITLE, "file": PICTURE.to_json(), "alt": {"en": "A map of Ghent"}}


@pytest.mark.parametrize("entry", [PAPER, QUOTE, LEAFLET, MAP])
def test_evidence_is_read_back_equal_from_its_text(entry):
    one = Evidence.load(entry)
    assert Evidence.load(json.loads(json.dumps(one.to_json()))) == one
    assert one.to_json() == entry


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("https://who.int", "“evidence” must be a list"),
        (["https://who.int"], "a group of keys and values"),
        ([PAPER] * 21, "at most 20 pieces of evidence, not 21"),
        ([{**PAPER, "link": "x"}], "evidence has no setting link"),
        ([{"title": TITLE}], "one of url, text, file, not 0"),
        ([{**PAPER, **QUOTE}], "one of url, text, file, not 2"),
        ([{"url": "https://who.int"}], "needs a title"),
        ([{**PAPER, "title": ""}], "needs a title"),
        ([{**PAPER, "url": "trial.pdf"}], "whole web address, not 'trial.pdf'"),
        ([{**PAPER, "url": "javascript:alert(1)"}], "whole web address"),
        ([{**PAPER, "url": "https://"}], "whole web address"),
        ([{**PAPER, "url": "https://[::1"}], "whole web address"),
        ([{**PAPER, "url": "https://who.int/a b"}], "whole web address"),
        ([{**PAPER, "url": "https://who.int/" + "a" * 2_000}], "2000 characters"),
        ([{**MAP, "alt": {}}], "a picture needs “alt”"),
        ([{**PAPER, "alt": {"en": "x"}}], "this is none"),
        ([{**LEAFLET, "file": "trial.pdf"}], "named by what it holds"),
        ([{**LEAFLET, "file": {"digest": "../../etc/passwd"}}], "named by what it holds"),
    ],
)
def test_evidence_that_does_not_fit_is_refused_in_a_sentence(stored, said):
    with pytest.raises(ValueError, match=said):
        load_evidence(stored)


def test_no_evidence_is_none():
    assert load_evidence(None) == load_evidence([]) == ()


@pytest.mark.parametrize(
    ("entry", "form", "host"),
    [
        ({**PAPER, "url": "https://www.who.int/a/Trial.PDF?page=2"}, "pdf", "who.int"),
        ({**PAPER, "url": "http://example.org/map.png"}, "picture", "example.org"),
        ({**PAPER, "url": "https://doi.org/10.1000/182"}, "page", "doi.org"),
        (QUOTE, "text", ""),
        (LEAFLET, "pdf", ""),
        (MAP, "picture", ""),
    ],
)
def test_evidence_says_what_one_gets_and_from_where(entry, form, host):
    one = Evidence.load(entry)
    assert (one.form, one.host) == (form, host)


def test_every_text_an_expert_reads_is_named():
    assert set(Evidence.load(QUOTE).texts()) == {"title", "text", "source"}
    assert set(Evidence.load(MAP).texts()) == {"title", "alt"}
