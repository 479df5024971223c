"""Spreadsheets as people send them, and files that are none."""

import csv
import io
import subprocess
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from surveys.services import spreadsheets
from surveys.services.spreadsheets import Sheet, Unreadable

HEADINGS = {"code", "wording en", "wording nl"}
ROWS = [
    ["code", "wording en", "wording nl"],
    ["S01", "Apps help; they are there, always.", "Apps helpen; ze zijn er, altijd."],
    ["S02", "A “quoted” word, é and €.", 'Een "geciteerd" woord.'],
]
READ = Sheet("", tuple((number, tuple(cells)) for number, cells in enumerate(ROWS, start=1)))


def read(content, headings=HEADINGS):
    return spreadsheets.read(content, is_heading=lambda cell: cell.lower() in headings)


def as_csv(separator, encoding, rows=ROWS):
    into = io.StringIO(newline="")
    csv.writer(into, delimiter=separator).writerows(rows)
    return into.getvalue().encode(encoding)


def workbook(rows=ROWS, *, title="Statements", more=None):
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    if more:
        more(book)
    into = io.BytesIO()
    book.save(into)
    return into.getvalue()


def problem(content):
    with pytest.raises(Unreadable) as refused:
        read(content)
    (one,) = refused.value.problems
    return str(one)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_csv_is_read_in_all_its_dialects(separator, encoding):
    assert read(as_csv(separator, encoding)) == (READ,)


def test_a_line_for_excel_names_the_separator():
    assert read(b"sep=;\r\ncode;wording en\r\nS1;Yes, no.\r\n")[0].rows == (
        (2, ("code", "wording en")),
        (3, ("S1", "Yes, no.")),
    )


@pytest.mark.parametrize(
    "text",
    [
        "Apps help, mostly.\nThey cost little, in the end; or do they?\n",
        "Apps help, mostly.\nYes.\n",
    ],
)
def test_a_list_in_one_column_keeps_its_commas(text):
    assert [cells for _, cells in read(text.encode())[0].rows] == [
        (line,) for line in text.splitlines()
    ]


def test_columns_without_known_headings_are_told_by_their_number():
    assert read(b"S1;One, two.\nS2;Three, four.\n")[0].rows[1] == (2, ("S2", "Three, four."))


def test_a_workbook_gives_what_people_see(tmp_path):
    def more(book):
        book.active.append([3.0, 2.5, True])
        book.active["A7"] = "after an empty row"
        hidden = book.create_sheet("Hidden")
        hidden.append(["never"])
        hidden.sheet_state = "hidden"
        book.create_sheet("Questions").append(["Why\nnot?"])

    statements, questions = read(workbook(more=more))
    assert statements.rows == (
        *READ.rows,
        (4, ("3", "2.5", "yes")),
        (7, ("after an empty row",)),
    )
    assert questions == Sheet("Questions", ((1, ("Why\nnot?",)),))


def test_a_workbook_that_libreoffice_saved_reads_alike_with_formulas_as_values(
    libreoffice, tmp_path
):
    def more(book):
        book.active.append(["S03", '="One"&" "&"two."', "Drie."])

    (tmp_path / "made.xlsx").write_bytes(workbook(more=more))
    subprocess.run(
        [
            libreoffice,
            f"-env:UserInstallation=file://{tmp_path}/office",
            "--headless",
            "--convert-to",
        ]
        + ["xlsx", "--outdir", str(tmp_path / "out"), str(tmp_path / "made.xlsx")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (sheet,) = read((tmp_path / "out" / "made.xlsx").read_bytes())
    assert sheet.rows == (*READ.rows, (4, ("S03", "One two.", "Drie.")))


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts):
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return into.getvalue()


def with_sheet(change):
    parts = parts_of(workbook())
    name = "xl/worksheets/sheet1.xml"
    return zipped({**parts, name: change(parts[name])})


def test_a_sheet_that_says_it_is_huge_is_read_by_what_is_there():
    lying = with_sheet(lambda xml: xml.replace(b'ref="A1:C3"', b'ref="A1:XFD1048576"'))
    assert b"XFD1048576" in parts_of(lying)["xl/worksheets/sheet1.xml"]
    assert read(lying)[0].rows == READ.rows


ENTITIES = b'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "There is nothing in the file."),
        (b"\n\n ; ;\n", "There is nothing in the file."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel file (.xls), or one with a"),
        (b"%PDF-1.7", "This is a PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "This is no spreadsheet"),
        (b'code\n"never closed' + b"x\n" * 70_000, "row 2 a quotation mark"),
        (workbook()[:-200], "cannot be read as an Excel file"),
        (zipped({"a.txt": b"x"}), "cannot be read as an Excel file"),
        (zipped({"content.xml": b"<x/>"}), "OpenDocument"),
        (zipped({"xl/workbook.xml": b" " * 31_000_000}), "unfolds to more"),
        (zipped({f"{n}.xml": b"" for n in range(1001)}), "unfolds to more"),
        (b"x" * 2_000_001, "larger than 2,000 kilobytes"),
        (b"word\n" * 5001, "more than 5,000 rows"),
        (workbook([["x"]] * 5001), "more than 5,000 rows"),
        (("a" * 10_001).encode(), "row 1, column A holds more than 10,000"),
        ((";".join("code" for _ in range(101))).encode(), "Row 1 has more than 100 columns"),
        (with_sheet(lambda xml: ENTITIES + xml), "cannot be read as an Excel file"),
        (
            with_sheet(lambda xml: xml.replace(b'r="3"', b'r="x"')),
            "cannot be read as an Excel file",
        ),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(content, sentence):
    assert sentence.lower() in problem(content).lower()


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
@settings(max_examples=120, deadline=None)
def test_no_bytes_bring_the_reader_down(content):
    for tried in (content, b"PK\x03\x04" + content, b"\xff\xfe" + content):
        try:
            sheets = read(tried)
        except Unreadable:
            continue
        assert any(sheet.rows for sheet in sheets)


MADE = workbook()


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_damage_to_a_workbook_brings_the_reader_down(data):
    parts = parts_of(MADE)
    name = data.draw(st.sampled_from(sorted(parts)))
    at = data.draw(st.integers(0, max(0, len(parts[name]) - 1)))
    parts[name] = parts[name][:at] + data.draw(st.binary(max_size=8)) + parts[name][at + 1 :]
    try:
        read(zipped(parts))
    except Unreadable:
        return
