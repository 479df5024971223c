"""CSV files, read back by programs that did not write them."""

import csv
import io
import subprocess

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.exports import csv_file
from surveys.tables import Column, Measure, Table

WORDS = ["grün", "naïef; “ja”", 'say "no"', "two\nlines", "comma, semicolon;", "’t", "日本", ""]


def table(*rows, names=("name", "number")):
    return Table("t", tuple(Column(name, name, Measure.TEXT) for name in names), rows)


def read_with_csv(content, separator=","):
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@pytest.mark.parametrize(("separator", "sign"), [("comma", ","), ("semicolon", ";")])
def test_what_is_written_is_read_back_by_pythons_reader(separator, sign):
    rows = [(word, number) for number, word in enumerate(WORDS)]
    content = csv_file.write(table(*rows), separator=separator)
    assert read_with_csv(content, sign) == [
        ["name", "number"],
        *[[word, str(number)] for word, number in rows],
    ]


@pytest.mark.parametrize(("separator", "sign"), [("comma", ","), ("semicolon", ";")])
def test_what_is_written_is_read_back_by_pandas(separator, sign):
    rows = [(word, number) for number, word in enumerate(WORDS)]
    content = csv_file.write(table(*rows), separator=separator)
    frame = pd.read_csv(io.BytesIO(content), sep=sign, encoding="utf-8-sig", keep_default_na=False)
    assert list(frame["name"]) == WORDS
    assert list(frame["number"]) == list(range(len(WORDS)))


def test_a_file_begins_with_the_mark_by_which_excel_knows_utf_8():
    assert csv_file.write(table()).startswith(b"\xef\xbb\xbfname,number\r\n")


def test_lines_end_as_the_standard_has_it():
    content = csv_file.write(table(("a", 1), ("b", 2)))
    assert content.count(b"\r\n") == 3
    assert content.count(b"\n") == 3


def test_nothing_is_an_empty_cell_and_numbers_keep_their_digits():
    content = csv_file.write(table((None, 0.1 + 0.2), ("x", 4), ("y", 1 / 3)))
    assert read_with_csv(content)[1:] == [
        ["", "0.30000000000000004"],
        ["x", "4"],
        ["y", "0.3333333333333333"],
    ]


FORMULAS = [
    '=HYPERLINK("http://x.example","click")',
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_a_spreadsheet_would_calculate_is_kept_as_text(text):
    cell = read_with_csv(csv_file.write(table((text, 1))))[1][0]
    assert cell == "'" + text


def test_negative_numbers_stay_numbers():
    assert read_with_csv(csv_file.write(table(("x", -1), ("y", -0.5))))[1:] == [
        ["x", "-1"],
        ["y", "-0.5"],
    ]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"))))
def test_any_text_comes_back_or_with_one_apostrophe_in_front(texts):
    content = csv_file.write(table(*((text, 1) for text in texts)))
    found = [row[0] for row in read_with_csv(content)[1:]]
    assert len(found) == len(texts)
    for text, cell in zip(texts, found, strict=True):
        assert cell in (text, "'" + text)
        assert not cell.startswith(("=", "+", "-", "@"))


def test_an_unknown_separator_is_refused():
    with pytest.raises(KeyError):
        csv_file.write(table(), separator="tab")


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="row 2 of t has 1 cells for 2 columns"):
        table(("a", 1), ("b",))


def test_libreoffice_reads_text_as_text_and_numbers_as_numbers(libreoffice, tmp_path):
    rows = [("grün", 1), ("=1+1", -2), ("a;b,c", 0.25), ('say "no"\ntwice', None)]
    for separator in csv_file.SEPARATORS:
        (tmp_path / f"{separator}.csv").write_bytes(
            csv_file.write(table(*rows), separator=separator)
        )
    # Either separator, double quotes, UTF-8: what its own dialogue proposes for such a file.
    subprocess.run(
        [
            libreoffice,
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--infilter=CSV:44/59,34,76",
            "--convert-to",
            "xlsx",
            "--outdir",
            tmp_path,
            *sorted(tmp_path.glob("*.csv")),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    for separator in csv_file.SEPARATORS:
        sheet = openpyxl.load_workbook(tmp_path / f"{separator}.xlsx").active
        read = [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows()][1:]
        assert read == [
            [("grün", "s"), (1, "n")],
            [("'=1+1", "s"), (-2, "n")],
            [("a;b,c", "s"), (0.25, "n")],
            [('say "no"\ntwice', "s"), (None, "n")],
        ]
