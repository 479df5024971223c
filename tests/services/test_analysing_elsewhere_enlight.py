"""The figures of docs/multiverse_enlight.md, computed again from ENLIGHT's first round."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from surveys.delphi.multiverse import multiverse
from surveys.delphi.notation import parse
from surveys.services import analysing_elsewhere
from surveys.services.elsewhere import choices
from surveys.services.elsewhere.reading import read_ratings
from surveys.services.elsewhere.rounds import counted

ROOT = Path(__file__).resolve().parents[2]
REAL_DATA = Path(os.environ.get("RONDO_REAL_DATA", ROOT.parent / "shared" / "data"))
RATINGS = REAL_DATA / "enlight_round1_ratings.csv"
CHOSEN = {"scale": "1-7", "low": "1-3", "high": "5-7", "unable": "X", "draws": 0}
OWN = "high>75%; out: 4-7<25%"


@pytest.fixture(scope="module")
def written():
    return (ROOT / "docs" / "multiverse_enlight.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def ratings():
    if not RATINGS.exists():
        pytest.skip("ENLIGHT's ratings are not beside the checkout (RONDO_REAL_DATA)")
    return RATINGS


def rows_of(written, heading):
    """The cells of the table below a heading."""
    part = written.partition(heading)[2]
    lines = re.search(r"(?:^\|.*\n)+", part, flags=re.MULTILINE)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def number_of(code):
    return re.match(r"[\d.]*\d", code)[0]


@pytest.fixture(scope="module")
def eight(ratings, written):
    made = choices.chosen(**CHOSEN)
    file, _ = read_ratings(ratings, made.scale, unable="X")
    typed = [row[2].strip("`") for row in rows_of(written, "## Eight definitions")]
    rules = {text: parse(text, made.scale) for text in typed}
    # The authors count "cannot evaluate" in the denominator.
    rules[OWN] = rules[OWN].counting_unable()
    return multiverse(counted(file, made.scale).items, made.scale, rules=rules)


@pytest.fixture(scope="module")
def both(ratings):
    return [
        analysing_elsewhere.analyse(
            ratings, choices.chosen(**CHOSEN, rule=OWN, unable_in_denominator=with_unable)
        )
        for with_unable in (True, False)
    ]


def test_eight_definitions_keep_between_15_and_49_items(eight, written):
    kept = list(eight.kept().values())
    told = [int(row[3]) for row in rows_of(written, "## Eight definitions")]

    assert kept == told
    assert (min(kept), max(kept)) == (15, 49)
    assert len(eight.in_under_all) == 13
    assert len(eight.in_under_none) == 10
    assert len(eight.depending) == 38


def test_every_verdict_in_the_table_of_items_is_that_of_its_definition(eight, written):
    rows = rows_of(written, "Nothing else differs")
    words = {"in": "in", "out": "out", "·": "no consensus", "?": "undecided"}

    assert [row[0] for row in rows] == [number_of(code) for code in eight.items]
    for row, verdicts in zip(rows, eight.verdicts, strict=True):
        assert [words[cell] for cell in row[1:9]] == [verdict.value for verdict in verdicts]
        assert int(row[9]) == row[1:9].count("in")


def test_every_preset_keeps_what_the_table_says(both, written):
    rows = rows_of(written, "## Every preset")
    definitions = [analysis["multiverse"]["definitions"] for analysis in both]
    items = [analysis["multiverse"]["items"] for analysis in both]

    assert len(rows) == len(definitions[0])
    for row, name in zip(rows, definitions[0], strict=True):
        assert row[0] == ("authors' rule" if name == "own rule" else f"`{name}`")
        for told, found, verdicts in zip((row[1:4], row[4:7]), definitions, items, strict=True):
            out = sum(item[name] == "out" for item in verdicts.values())
            assert [int(cell) for cell in told] == [found[name]["kept"], out, found[name]["flips"]]
    for analysis in both:
        found = analysis["multiverse"]
        assert [number_of(code) for code in found["in_under_all"]] == ["22.1"]
        assert (len(found["in_under_none"]), len(found["depending"])) == (10, 50)


def test_what_cannot_evaluate_counts_as_decides_six_items(both):
    with_unable, without = (analysis["items"] for analysis in both)
    decided = [
        number_of(code)
        for code in without
        if with_unable[code]["verdict"] != without[code]["verdict"]
    ]

    assert decided == ["12.3", "14.1", "14.4", "15.4", "18.3", "21.5"]


def test_the_firmness_of_the_authors_decisions_is_as_written(both):
    items = both[0]["items"].values()

    assert both[0]["panel"]["verdicts"] == {
        "in": 24,
        "out": 0,
        "no consensus": 37,
        "undecided": 0,
    }
    assert sum(item["fragility"] == 1 for item in items) == 5
    assert sum(item["fragility"] <= 3 for item in items) == 10
    assert sum(0.1 < item["probability_of_consensus"] < 0.9 for item in items) == 12
