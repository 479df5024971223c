"""What an editor's form sends becomes the same settings again, for every kind that has one."""

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from surveys.items import KINDS, load_kind
from surveys.items.editing import settings_of
from tests.actors.page import Page, _sent

TEMPLATES = Path(__file__).parents[2] / "templates"
LANGUAGES = [("en", "English"), ("nl", "Nederlands")]
BOTH = {"en": "a name", "nl": "een naam"}
OPTIONS = [{"code": code, "name": BOTH} for code in ("one", "two", "three")]
SCALE = {
    "scale": {"kind": "scale", "low": 0, "high": 3, "low_until": 1, "high_from": 2},
    "labels": {"en": {"0": "low", "3": "high"}, "nl": {"0": "laag", "3": "hoog"}},
    "unable": BOTH,
}
# Every setting of every kind, none at its usual value.
SETTINGS = {
    "likert": SCALE,
    "open_text": {"longest": 500},
    "multi_rating": {**SCALE, "dimensions": OPTIONS},
    "single_choice": {"options": OPTIONS, "other": BOTH, "unable": BOTH},
    "multiple_choice": {
        "options": OPTIONS,
        "minimum": 2,
        "maximum": 3,
        "other": BOTH,
        "none": BOTH,
        "unable": BOTH,
    },
    "slider": {
        "low": -10,
        "high": 10,
        "step": 2,
        "low_name": BOTH,
        "high_name": BOTH,
        "unit": BOTH,
        "unable": BOTH,
    },
    "number": {"unit": BOTH, "minimum": 0.5, "maximum": 60, "decimals": 3, "unable": BOTH},
    "interval_estimate": {
        "unit": BOTH,
        "minimum": -1,
        "maximum": 2.5,
        "decimals": 1,
        "confidence": True,
        "unable": BOTH,
    },
    "information": {"text": {"en": "Two\n\n- points", "nl": "Twee\n\n- punten"}},
}


def fragment(kind, settings):
    """The part of an editor's page that asks for the settings of a kind."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), extensions=["jinja2.ext.i18n"], autoescape=True
    )
    templates.install_null_translations(newstyle=True)
    html = templates.get_template(f"items/{kind}/settings.html").render(
        settings=settings, languages=LANGUAGES
    )
    return Page(
        f"<!doctype html><html lang=en><title>x</title><main><h1>x</h1>{html}</main></html>"
    )


def sent_by(page):
    return [field for node in page.all() for field in _sent(node)]


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_form_that_is_sent_back_changes_no_setting(kind):
    bound = load_kind(kind, SETTINGS[kind])
    page = fragment(kind, bound.to_json())
    assert not page.faults()
    assert load_kind(kind, settings_of(sent_by(page))) == bound


@pytest.mark.parametrize("kind", SETTINGS)
def test_the_form_of_a_new_item_is_whole_and_empty(kind):
    page = fragment(kind, {})
    assert not page.faults()
    settings = settings_of(sent_by(page))
    assert settings in ({}, {"scale": {"kind": "scale"}})


@pytest.mark.parametrize("kind", SETTINGS)
def test_every_setting_has_a_field(kind):
    page = fragment(kind, load_kind(kind, SETTINGS[kind]).to_json())
    named = {name.split("-")[1] for name, _ in sent_by(page)}
    assert named == set(KINDS[kind].load(SETTINGS[kind]).to_json())


def test_entries_without_anything_are_left_out_and_the_others_keep_their_order():
    fields = [
        ("setting-options-n10-code", "last"),
        ("setting-options-n2-code", "first"),
        ("setting-options-n3-code", "  "),
        ("setting-unit-en", " years "),
        ("setting-decimals", ""),
        ("csrf_token", "x"),
    ]
    assert settings_of(fields) == {
        "options": [{"code": "first"}, {"code": "last"}],
        "unit": {"en": "years"},
    }
    assert settings_of([]) == {}


@pytest.mark.parametrize(
    "name",
    [
        "dimensions-²",
        "dimensions",
        "dimensions-n0",
        "dimensions-nothing-code",
        "options-n٣-code",
        "unit",
        "unit-en-more",
        "high-en",
        "scale",
        "labels-en",
        "labels-n0",
        "",
        "-",
    ],
)
def test_a_place_that_no_form_has_is_left_aside(name):
    sent = [(f"setting-{name}", "x"), ("setting-high", "3"), (f"setting-{name}", "y")]
    assert settings_of(sent) == {"high": "3"}


def test_points_below_zero_have_names():
    assert settings_of([("setting-labels-en--2", "never")]) == {"labels": {"en": {"-2": "never"}}}
