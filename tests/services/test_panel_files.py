"""Files of people: columns are recognised, every bad row is told, and no file is a crash."""

import io
from dataclasses import replace

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.exports import roster_template
from surveys.models.profile import FieldKind
from surveys.services import panel_files
from surveys.services.panel_files import Draft, Known
from surveys.services.profile_values import KnownField
from surveys.services.spreadsheets import Unreadable

KNOWN = Known(
    groups={
        "nurse": {"en": "Nurse", "nl": "Verpleegkundige", "fr": "Infirmière"},
        "physician": {"en": "Physician", "nl": "Arts"},
    },
    languages=("en", "nl"),
    fields=(
        KnownField("years", FieldKind.NUMBER, {"en": "Years in practice"}),
        KnownField(
            "setting",
            FieldKind.CHOICE,
            {"en": "Setting"},
            {"gp": {"en": "Practice", "nl": "Praktijk"}},
        ),
    ),
    panel=(("Dr Carla De Wit", "carla@panel.example"),),
    simulated=False,
    may_make_groups=True,
)


def examined(text, known=KNOWN, encoding="utf-8"):
    return panel_files.examine(panel_files.read(text.encode(encoding), known), known)


def told(examination):
    """Every mistake as (row, part, sentence)."""
    return [
        (person.row, str(fault.part), str(fault.problem))
        for person in examination.people
        for fault in person.faults
    ]


@pytest.mark.parametrize(
    "heading",
    [
        "Name,E-mail,Group,Language",
        "Volledige naam;E-mailadres;Groep;Voorkeurstaal",
        "Nom complet\tAdresse électronique\tPartie prenante\tLangue",
        "TEILNEHMERIN;E-Mail-Adresse;Anspruchsgruppe;Sprache",
    ],
)
def test_headings_of_four_languages_are_recognised(heading):
    draft = panel_files.read(f"{heading}\n".encode() + b"x;y;z;w\n", KNOWN)
    assert draft.columns == ["name", "email", "group", "language"]


@pytest.mark.parametrize(
    ("heading", "row", "name"),
    [
        ("Prénom;Nom;Courriel;Groupe", "Zoé;Lefèvre;z@kliniek.example;Infirmière", "Zoé Lefèvre"),
        ("Nachname;Vorname;Mail;Gruppe", "Müller;Jo;z@kliniek.example;nurse", "Jo Müller"),
        ("Email;Name;Group", "Ann Lee <z@kliniek.example>;;nurse", "Ann Lee"),
    ],
)
def test_a_name_in_parts_or_beside_the_address_is_put_together(heading, row, name):
    (person,) = examined(f"{heading}\n{row}").people
    assert (person.name, person.email, person.group) == (name, "z@kliniek.example", "nurse")
    assert person.ready


def test_a_pasted_list_needs_no_heading():
    (person,) = examined("Ann Lee, ann@kliniek.example, Verpleegkundige, Dutch").people
    assert (person.row, person.name, person.group, person.language) == (1, "Ann Lee", "nurse", "nl")


def test_unknown_columns_are_ignored_until_somebody_says_what_they_hold():
    text = "name,email,group,Diploma,years,setting\nAnn,a@kliniek.example,nurse,MD,12,praktijk"
    draft = panel_files.read(text.encode(), KNOWN)
    assert draft.columns[3:] == ["ignore", "field:years", "field:setting"]
    (person,) = panel_files.examine(draft, KNOWN).people
    assert person.values == {"years": "12", "setting": "gp"}


def test_everything_wrong_is_told_at_once_with_row_and_column():
    examination = examined(
        "name,email,group,language,years,setting\n"
        "Ann,ann@kliniek,nurse,nl,,\n"
        ",bob@kliniek.example,nurse,nl,,\n"
        "\n"
        "Cy,cy@kliniek.example,astronaut,xx,many,moon\n"
        "Di,bob@kliniek.example,,nl,,\n"
        "Ed,CARLA@panel.example,nurse,nl,,\n"
        "ZoÃ« X,zoe@kliniek.example,nurse,nl,,\n"
    )
    assert [(row, part) for row, part, _sentence in told(examination)] == [
        (2, "email"),
        (3, "name"),
        (5, "group"),
        (5, "language"),
        (5, "column-4"),
        (5, "column-5"),
        (6, "group"),
        (6, "email"),
        (7, "email"),
        (8, "name"),
    ]
    sentences = " ".join(sentence for _row, _part, sentence in told(examination))
    assert "stands in row 3 already" in sentences
    assert "is “Zoë X” meant?" in sentences
    assert examination.strange_groups == {"astronaut": 1}
    assert examination.strange_languages == {"xx": 1}
    assert not examination.ready


def test_a_file_of_an_older_windows_is_read_and_its_guessed_names_are_shown():
    examination = examined("name;email;group\nZoë;z@kliniek.example;nurse\n", encoding="cp1252")
    assert examination.guessed == ("Zoë",)
    assert len(examination.ready) == 1


def test_one_person_written_in_two_ways_is_a_doubt_and_no_mistake():
    examination = examined(
        "name,email,group\n"
        "Dr. Anna Janssens,anna@kliniek.example,nurse\n"
        "JANSSENS Anna,a.j@other.example,nurse\n"
        "Bo Aerts,bo@hospital.example,nurse\n"
        "Bo Baets,bo@hosptial.example,nurse\n"
        "Carla de Wit,cw@other.example,nurse\n"
    )
    assert not told(examination)
    doubts = {person.row: str(person.doubts[0]) for person in examination.doubtful}
    assert set(doubts) == {3, 5, 6}
    assert "Row 2 has nearly the same name" in doubts[3]
    assert "Row 4 has nearly the same address" in doubts[5]
    assert "Carla" not in doubts[6], "who is on the panel is not told in passing"


def test_what_is_said_about_a_draft_is_kept_and_counts():
    draft = panel_files.read(
        b"name,email,group\nAnn,a@kliniek,patients\nBo,b@kliniek,nurse\n", KNOWN
    )
    draft.corrections[2] = {"email": "ann@kliniek.example"}
    draft.groups["patients"] = panel_files.NEW
    draft.left_out.add(3)
    again = Draft.from_json(draft.to_json())
    assert again == draft
    examination = panel_files.examine(again, KNOWN)
    assert [person.email for person in examination.ready] == ["ann@kliniek.example"]
    assert not examination.faulty


def test_the_first_list_of_a_study_without_groups_proposes_to_make_its_own():
    file = b"name,email,group\nAnn,a@kliniek.example,Patients\nBo,b@kliniek.example,Nurses\n"
    fresh = replace(KNOWN, groups={"panel": {"en": "Panel"}}, panel=(), may_make_groups=True)
    examination = panel_files.examine(panel_files.read(file, fresh), fresh)
    assert [person.group for person in examination.ready] == [
        panel_files.NEW + "patients",
        panel_files.NEW + "nurses",
    ]
    assert examination.strange_groups == {"Patients": 1, "Nurses": 1}
    for settled in (replace(fresh, may_make_groups=False), replace(fresh, panel=KNOWN.panel)):
        assert not panel_files.examine(panel_files.read(file, settled), settled).ready


def test_a_column_of_many_different_words_is_not_taken_for_groups():
    fresh = replace(KNOWN, groups={"panel": {"en": "Panel"}}, panel=(), may_make_groups=True)
    file = "name,email,group\n" + "".join(
        f"Ann {number},a{number}@kliniek.example,Word {number}\n" for number in range(13)
    )
    assert not panel_files.read(file.encode(), fresh).groups


def test_the_template_is_read_back_and_its_examples_are_refused_as_such():
    made = roster_template.write(
        "Experts",
        ["Naam", "E-mailadres", "Groep", "Taal"],
        [["Zoë", "zoe@hospital.test", "Arts", "Nederlands"]],
        {2: ["Verpleegkundige", "Arts"]},
    )
    examination = panel_files.examine(panel_files.read(made, KNOWN), KNOWN)
    (person,) = examination.people
    assert (person.name, person.group, person.language) == ("Zoë", "physician", "nl")
    assert [part for _row, part, _sentence in told(examination)] == ["email"]


CELLS = st.text(max_size=30) | st.sampled_from(
    ["name", "email", "group", "a@b.example", "nurse", "Ann <a@b.example>", "12", "ZoÃ«", "\ufffd"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=6), max_size=8), st.sampled_from(",;\t"), st.booleans())
def test_no_list_of_texts_is_a_crash(rows, separator, as_workbook):
    if as_workbook:
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
            sheet = book.add_worksheet()
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, ["".join(c for c in cell if c >= " ") for cell in cells])
        content = file.getvalue()
    else:
        content = "\n".join(separator.join(cells) for cells in rows).encode("utf-8", "replace")
    judged(content)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbf"]))
def test_no_bytes_are_a_crash(content, beginning):
    judged(beginning + content)


def judged(content):
    try:
        draft = panel_files.read(content, KNOWN)
    except Unreadable:
        return
    assert len(panel_files.examine(draft, KNOWN).people) == len(draft.rows) > 0
