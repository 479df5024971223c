"""`analyse` from the command line: what it prints and writes, and how it refuses."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from surveys.cli import analysing
from surveys.services.elsewhere import numbers
from tests.actors.judges import check_html
from tests.conftest import left_out

ROOT = Path(__file__).resolve().parents[2]
REAL_DATA = Path(os.environ.get("RONDO_REAL_DATA", ROOT.parent / "shared" / "data"))
RATINGS = "expert,S1,S2\n" + "".join(
    f"E{number},{rating},{9 if number % 2 else 2}\n"
    for number, rating in enumerate([7, 7, 8, 8, 9, 9, 7, 3, "U", ""], start=1)
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "ratings.csv").write_text(RATINGS, encoding="utf-8")
    (tmp_path / "earlier.csv").write_text(RATINGS.replace(",7,", ",6,"), encoding="utf-8")
    groups = "".join(f"E{number},{'ab'[number % 2]}\n" for number in range(1, 11))
    (tmp_path / "groups.csv").write_text("expert,group\n" + groups, encoding="utf-8")
    return tmp_path


def run(*arguments):
    """The command without any application around it."""
    return CliRunner().invoke(analysing.analyse, [str(argument) for argument in arguments])


def test_it_prints_what_a_person_looks_at_first(folder):
    result = run(folder / "ratings.csv", "--scale", "1-9", "--draws", "0")

    assert result.exit_code == 0
    assert "10 experts, 2 items, scale 1 to 9" in result.stdout
    assert re.search(r"S1 +8 +87\.5% .* in\n", result.stdout)
    assert "Kendall's W" in result.stdout
    assert "definitions" in result.stdout


def test_it_prints_the_change_between_rounds_and_the_opinion_groups(folder):
    result = run(
        *(folder / "ratings.csv", "--scale", "1-9", "--draws", "19"),
        *("--previous", folder / "earlier.csv", "--stability", "same band>=70%"),
    )

    assert result.exit_code == 0
    assert "Stable: at least 70%" in result.stdout
    assert re.search(r"S2 +10 +100\.0% +100\.0%", result.stdout)
    assert "Opinion groups:" in result.stdout
    assert "Fewer than 30 experts" in result.stdout


def test_warnings_and_undefined_numbers_are_printed(tmp_path):
    (tmp_path / "r.csv").write_text("e,S1\n" + "".join(f"E{n},8\n" for n in range(7)))
    result = run(tmp_path / "r.csv", "--scale", "1-9", "--rule", "high>=75% and low<=15%")

    assert "Note: With 7 usable ratings" in result.stdout
    assert "Kendall's W: undefined, one item" in result.stdout


def test_it_prints_everything_for_a_program(folder):
    result = run(
        *(folder / "ratings.csv", "--scale", "1-9", "--json", "--draws", "19"),
        *("--previous", folder / "earlier.csv", "--groups", folder / "groups.csv"),
    )
    analysis = json.loads(result.stdout)

    assert result.exit_code == 0
    assert analysis["items"]["S1"]["unable"] == 1
    assert analysis["items"]["S1"]["missing"] == 1
    assert analysis["stability"]["S1"]["pairs"] == 8
    assert analysis["groups"]["names"] == ["a", "b"]
    assert analysis["conventions"]["rule"] == "comet-70-15"
    assert list(numbers.undefined_places(analysis)) == []


def test_it_writes_every_table_for_a_spreadsheet(folder):
    result = run(
        *(folder / "ratings.csv", "--scale", "1-9", "--csv", folder / "out" / "deep"),
        *("--previous", folder / "earlier.csv", "--draws", "0"),
    )
    written = {path.stem: path.read_bytes() for path in (folder / "out" / "deep").iterdir()}
    items = list(csv.DictReader(io.StringIO(written["items"].decode("utf-8-sig"))))

    assert result.exit_code == 0
    assert {"items", "panel", "stability", "multiverse", "conventions", "reasons"} <= set(written)
    assert items[0]["item"] == "S1"
    assert float(items[0]["share_high"]) == 0.875
    assert result.stdout == ""


def test_it_writes_one_page_that_needs_nothing_else(folder):
    page = folder / "page.html"
    result = run(folder / "ratings.csv", "--scale", "1-9", "--html", page, "--draws", "0")
    text = page.read_text(encoding="utf-8")

    assert result.exit_code == 0
    assert text.count("<h1>") == 1
    assert '<html lang="en">' in text
    assert 'scope="row"' in text
    assert "<caption>" in text
    assert "7 of 8 (87.5%)" in text
    assert "Kendall&#39;s W" in text
    assert 'aria-label="low 12%, middle 0%, high 88%"' in text
    # Nothing is fetched and nothing runs.
    assert not re.search(r"<script|<link|src=|href=|@import|url\(", text)


def test_the_page_is_valid_html(folder):
    run(folder / "ratings.csv", "--scale", "1-9", "--html", folder / "page.html", "--draws", "0")
    check_html(folder / "page.html", left_out)


def test_codes_are_escaped_on_the_page(folder):
    (folder / "r.csv").write_text('e,"<b>S1</b>"\nE1,7\n', encoding="utf-8")
    run(folder / "r.csv", "--scale", "1-9", "--html", folder / "page.html")

    assert "&lt;b&gt;S1" in (folder / "page.html").read_text(encoding="utf-8")


def test_mistakes_of_the_file_are_told_all_at_once(folder):
    (folder / "r.csv").write_text("e,S1,S2\nE1,x,7\nE1,10,7\n", encoding="utf-8")
    result = run(folder / "r.csv", "--scale", "1-9")

    assert result.exit_code == 1
    assert "3 mistakes:" in result.stderr
    assert "r.csv, row 2, column 2 (item S1, expert E1): 'x' is not a number" in result.stderr
    assert "r.csv, row 3, column 2" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Missing option '--scale'"),
        (["--scale", "nine"], "--scale: 'nine'"),
        (["--scale", "1-9", "--rule", "high>=70"], "a share needs a percent sign"),
        (["--scale", "1-9", "--stability", "kappa>=0.6"], "add --previous"),
        (["--scale", "1-9", "--rule", "every group (high>=70%)"], "add --groups"),
        (["--scale", "1-9", "--quantile", "spss"], "--quantile"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_in_words(folder, arguments, says):
    result = run(folder / "ratings.csv", *arguments)

    assert result.exit_code == 2
    assert says in result.stderr


def test_resampling_shows_how_far_it_is_once_it_takes_longer_than_a_second(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(analysing.time, "monotonic", lambda: now[0])
    progress = analysing.watch("Kendall's W")
    progress(100, 2000)
    assert capsys.readouterr().err == ""

    now[0] = 1.5
    progress(200, 2000)
    progress(210, 2000)
    progress(2000, 2000)
    assert capsys.readouterr().err == (
        "Resampling Kendall's W: 200 of 2,000\nResampling Kendall's W: 2,000 of 2,000\n"
    )


def test_short_resampling_shows_nothing(monkeypatch, capsys):
    monkeypatch.setattr(analysing.time, "monotonic", lambda: 0.0)
    progress = analysing.watch("Kendall's W")
    progress(2000, 2000)

    assert capsys.readouterr().err == ""


def test_it_needs_no_database(folder):
    # A server that does not answer would be noticed at the first connection.
    environment = os.environ | {
        "RONDO_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "RONDO_INSTANCE": str(folder / "instance"),
    }
    command = [sys.executable, "-m", "flask", "--app", "app", "analyse", "--json", "--draws", "0"]
    command += [str(folder / "ratings.csv"), "--scale", "1-9"]
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert json.loads(result.stdout)["panel"]["experts"] == 10


def test_nothing_slow_is_imported_before_a_file_is_read():
    code = (
        "import sys; from surveys.cli import analysing;"
        "print([name for name in ('scipy', 'pandas', 'jinja2.sandbox') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "[]"


def test_enlights_published_decisions_are_reproduced_for_every_item():
    ratings = REAL_DATA / "enlight_round1_ratings.csv"
    published = REAL_DATA / "enlight_round1_published_item_rating.csv"
    if not ratings.exists() or not published.exists():
        pytest.skip("the ENLIGHT files are not beside the checkout (RONDO_REAL_DATA)")
    # Include is 5 to 7; exclude is 1 to 3 and "cannot judge"; "cannot judge" counts in every
    # denominator; more than 75 % decides. Low ratings and the unable together are more than 75 %
    # where 4 to 7 are under 25 %.
    result = run(
        *(ratings, "--scale", "1-7", "--low", "1-3", "--high", "5-7", "--json", "--draws", "0"),
        *("--unable", "X", "--unable-in-denominator", "--rule", "high>75%; out: 4-7<25%"),
    )
    items = json.loads(result.stdout)["items"]
    with published.open(newline="", encoding="utf-8") as lines:
        decided = {row["Var2"]: row for row in csv.DictReader(lines)}
    words = {("y", "n"): "in", ("n", "y"): "out", ("n", "n"): "no consensus"}

    assert len(items) == len(decided) == 61
    for code, item in items.items():
        label = re.sub(r"^[\d.]+\s*", "", code)
        # The published file shortens one label.
        row = decided.get(label) or decided[label.replace(" from a specific viewpoint)", ")")]
        assert item["verdict"] == words[row["incl_yn"], row["excl_yn"]]
        assert item["share_high"] == pytest.approx(float(row["rating_incl"]), abs=1e-12)
        excluded = (item["count_low"] + item["unable"]) / item["denominator"]
        assert excluded == pytest.approx(float(row["rating_excl"]), abs=1e-12)
        unknown = item["unable"] / item["denominator"]
        assert unknown == pytest.approx(float(row["rating_unknown"]), abs=1e-12)
