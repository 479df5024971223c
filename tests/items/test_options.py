"""Options: what a study file may say of them."""

from __future__ import annotations

from typing import Any

import pytest

from surveys.items.options import MOST_OPTIONS, load_options, names_of, options_to_json

TWO = [
    {"code": "cost", "name": {"en": "Cost", "nl": "Kosten"}},
    {"code": "time", "name": {"en": "Time", "nl": "Tijd"}},
]


def test_options_survive_being_stored() -> None:
    assert options_to_json(load_options(TWO)) == TWO


def test_an_option_has_its_name_in_the_language_asked_for() -> None:
    assert names_of(load_options(TWO), "nl") == "Kosten; Tijd"


def test_an_option_without_that_language_goes_by_its_first_name() -> None:
    assert names_of(load_options(TWO), "fr") == "Cost; Time"


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("cost, time", "must be a list"),
        (None, "must be a list"),
        (TWO[:1], "2 to 30 options, not 1"),
        ([TWO[0]] * (MOST_OPTIONS + 1), "2 to 30 options, not 31"),
        ([TWO[0], TWO[0]], "more than once: cost"),
        ([TWO[0], "time"], "nothing else; not 'time'"),
        ([TWO[0], {"code": "time"}], "nothing else"),
        ([TWO[0], {**TWO[1], "weight": 2}], "nothing else"),
        ([TWO[0], {"code": "Time", "name": {"en": "Time"}}], "it is 'Time'"),
        ([TWO[0], {"code": "2nd", "name": {"en": "Time"}}], "it is '2nd'"),
        ([TWO[0], {"code": "unable", "name": {"en": "Time"}}], "not unable or sum"),
        ([TWO[0], {"code": "sum", "name": {"en": "Time"}}], "not unable or sum"),
        ([TWO[0], {"code": 2, "name": {"en": "Time"}}], "it is 2"),
        ([TWO[0], {"code": "time", "name": {}}], "option time has no name"),
        ([TWO[0], {"code": "time", "name": {"en": "  "}}], "the name of option time must be"),
        ([TWO[0], {"code": "time", "name": ["Time"]}], "the name of option time must be"),
    ],
)
def test_what_does_not_fit_is_named(stored: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        load_options(stored)


def test_a_name_written_once_is_the_same_in_every_language() -> None:
    named = load_options([TWO[0], {"code": "iqr", "name": "IQR"}])
    assert {named[1].name_in(language) for language in ("en", "nl", "fr", "de")} == {"IQR"}
