"""Statements in a spreadsheet: what becomes an item, and every bad row at once with its place."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.item import Item, ItemRevision
from surveys.models.researcher import Researcher
from surveys.models.round import RoundItem
from surveys.models.study import Study, Theme
from surveys.services import beginning, study_files, writing_study_files
from surveys.services.beginning import NotBegun, Wish
from surveys.services.designing import RoundLaunched
from surveys.services.loading import create_study
from surveys.services.spreadsheets import Unreadable
from surveys.services.statement_sheets import read_statements
from tests.factories import MORNING, make_researcher, make_story


@pytest.fixture
def engine_name():
    """Nothing here depends on the engine."""
    return "sqlite"


def as_csv(*rows):
    into = io.StringIO(newline="")
    csv.writer(into).writerows(rows)
    return into.getvalue().encode()


def book(**sheets):
    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        page = made.create_sheet(name.replace("_", " "))
        for row in rows:
            page.append(row)
    into = io.BytesIO()
    made.save(into)
    return into.getvalue()


def read(content, language="en", **more):
    return read_statements(content, language=language, **more)


def told(remarks):
    return [(one.row, one.column, str(one.said)) for one in remarks]


TWENTY = [
    f"Something number {word} matters, and more so than before." for word in "abcdefghijklmnopqrst"
]


def test_twenty_statements_pasted_in_column_a_are_enough():
    for content in ("\n".join(TWENTY).encode(), book(Sheet1=[[line] for line in TWENTY])):
        found = read(content)
        assert [one.wording for one in found.statements] == [{"en": line} for line in TWENTY]
        assert (found.bad, found.languages, found.themes) == ((), ("en",), ())


def test_headings_are_known_loosely_and_in_the_languages_of_researchers():
    found = read(
        as_csv(
            [
                "Stelling (NL)",
                "Wording EN",
                "Thema",
                "Mark",
                "Help en",
                "Code",
                "Note",
                "Unable to judge",
            ],
            ["Een app helpt.", "An app helps.", "Zorg", "Kans", "Any app.", "7", "From us.", "nee"],
        ),
        language="nl",
    )
    (one,) = found.found
    assert found.languages == ("nl", "en")
    assert one.wording == {"nl": "Een app helpt.", "en": "An app helps."}
    assert one.theme == {"nl": "Zorg"}
    assert (one.aspect.value, one.code, one.note) == ("opportunity", "S07", "From us.")
    assert (one.help, one.offers_unable) == ({"en": "Any app."}, False)
    # One theme and one explanation lack the other language.
    assert found.lacking == {"en": 1, "nl": 1}


def test_every_bad_row_is_named_at_once_with_its_place_and_what_to_do():
    found = read(
        as_csv(
            ["wording en", "code", "mark", "kind", "unable", "theme"],
            ["Good.", "S01", "risk", "", "", "Care"],
            ["", "S02", "", "", "", "Care"],
            ["A twin.", "s01", "", "", "", ""],
            ["No code.", "1-", "", "", "", ""],
            ["No mark.", "", "bad luck", "", "", ""],
            ["No kind.", "", "", "slider", "", ""],
            ["No word.", "", "", "", "perhaps", ""],
            ["x" * 1001, "", "", "", "", ""],
            ["Twice wrong.", "T 1", "", "", "", "t" * 201],
            ["There already.", "S99", "", "", "", ""],
        ),
        languages=("en",),
        taken=("s99",),
    )
    assert [one.row for one in found.found] == [2]
    assert found.bad_rows == 9
    assert [(row, column) for row, column, _said in told(found.bad)] == [
        (3, "A"),
        (4, "B"),
        (5, "B"),
        (6, "C"),
        (7, "D"),
        (8, "E"),
        (9, "A"),
        (10, "B"),
        (10, "F"),
        (11, "B"),
    ]
    said = {(row, column): text for row, column, text in told(found.bad)}
    assert said[(3, "A")] == "There is no wording. Write one, or empty the row."
    assert said[(4, "B")].startswith("The code “s01” stands in row 2 already.")
    assert said[(7, "D")].startswith("“slider” is no kind that a spreadsheet can hold")
    assert said[(11, "B")].startswith("The study has an item “S99” already.")


def test_what_only_makes_one_wonder_is_said_and_left_in():
    found = read(
        as_csv(
            ["wording en", "colour", "wording es", "wording en"],
            ["Staff need training before they start.", "red", "Si.", ""],
            ["The staff need a training before they start.", "", "", ""],
            ["Staff need no training before they start.", "", "", ""],
        )
    )
    assert len(found.found) == 3
    assert told(found.odd) == [
        (1, "B", "“colour” is no heading of the template; the column is not used."),
        (1, "C", "Rondo does not speak “es”; it speaks en, nl, fr, de."),
        (1, "D", "“wording en” stands above two columns; the second one is not used."),
        (
            3,
            "",
            "This seems to say the same as row 2: “Staff need training before they start.”",
        ),
    ]


def test_a_study_is_asked_for_its_own_languages():
    found = read(as_csv(["wording en", "wording fr"], ["Yes.", "Oui."]), languages=("en", "nl"))
    assert told(found.odd) == [(1, "B", "The study has no language “fr”; it has en, nl.")]
    assert found.lacking == {"nl": 1}


def test_a_column_of_the_template_that_nobody_used_asks_for_no_language():
    found = read(as_csv(["wording en", "wording nl", "help nl"], ["Yes.", "", ""]))
    assert (found.languages, found.lacking) == (("en",), {})


def test_questions_have_a_sheet_of_their_own_and_examples_are_not_read():
    found = read(
        book(
            Read_me=[["wording"], ["Not me."]],
            Statements=[["wording en", "theme"], ["One.", "Care"], ["Two.", "care"]],
            Questions=[["wording en"], ["Why?"]],
            Examples=[["wording en"], ["Not me either."]],
        )
    )
    assert [one.wording["en"] for one in found.statements] == ["One.", "Two."]
    assert [one.wording["en"] for one in found.questions] == ["Why?"]
    assert found.themes == ("care",)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (as_csv(["code", "theme"], ["S1", "x"]), "No column holds the statements."),
        (book(Read_me=[["Hello"]]), "There is nothing in the file."),
        ("\n".join(f"Item {n}." for n in range(501)).encode(), "more than 500 statements"),
    ],
)
def test_a_file_without_statements_is_refused_in_a_sentence(content, sentence):
    with pytest.raises(Unreadable, match=sentence):
        read(content)


@given(
    st.lists(
        st.lists(
            st.one_of(
                st.sampled_from(["wording en", "wording", "code", "kind", "S01", "risk", "", "no"]),
                st.text(max_size=20),
            ),
            min_size=1,
            max_size=5,
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_the_cells_is_read_or_refused_in_words(rows):
    try:
        found = read(as_csv(*rows))
    except Unreadable:
        return
    assert all(one.wording for one in found.found)
    assert not {(one.sheet, one.row) for one in found.found} & {
        (one.sheet, one.row) for one in found.bad
    }
    if found.found:
        plan = beginning.plan_of(Wish("Any", found.languages), found)
        codes = [item.code.lower() for round_ in plan.rounds for item in round_.items]
        assert len(codes) == len(set(codes)) == len(found.found)


# --- what is made of it

SHEET = as_csv(
    ["wording en", "wording nl", "theme", "mark", "kind", "help en", "unable", "code", "note"],
    ["What is hard?", "Wat is moeilijk?", "Care", "", "question", "", "", "", ""],
    ["A plan is on paper.", "Een plan staat op papier.", "Care", "condition", "", "", "", "", ""],
    ["Apps help.", "", "Technology & tools", "opportunity", "", "Any app.", "no", "A1", "Ours."],
    ["How many days?", "Hoeveel dagen?", "", "", "number", "", "", "", ""],
)


def make(session, plan):
    lead = make_researcher(session)
    with transaction(session):
        return create_study(
            session, plan, lead=session.get_one(Researcher, lead), actor="researcher:1", at=MORNING
        ).id


def test_a_spreadsheet_becomes_a_study_whose_rules_nobody_has_chosen(session):
    plan = beginning.plan_of(
        Wish(" My  study ", ("en", "nl"), "importance-9", 2, groups=("Nurses", "Patients")),
        read(SHEET),
    )
    assert [round_.kind.value for round_ in plan.rounds] == ["open", "rating", "rating"]
    assert [[item.code for item in round_.items] for round_ in plan.rounds] == [
        ["Q01"],
        ["S01", "A1", "S02"],
        [],
    ]
    assert [(code, title) for code, title, _ in plan.themes] == [
        ("care", {"en": "Care"}),
        ("technology_tools", {"en": "Technology & tools"}),
    ]
    assert [code for code, _name in plan.groups] == ["nurses", "patients"]
    assert plan.rounds[1].items[1].settings["unable"] == {}
    assert not plan.rule_chosen
    assert plan.protocol.stopping.max_rounds == 3
    study_id = make(session, plan)
    study = session.get_one(Study, study_id)
    assert study.title == {"en": "My study"}
    assert study.rule_chosen_at is None
    # What a study needs is there in all its languages; what was given lacks some.
    assert set(study.consent["text"]) == {"en", "nl"}
    # It can leave and come back like any other.
    text = writing_study_files.written(session, study)
    assert "\ndraft: true\n" in text
    assert study_files.read(text).rounds == plan.rounds


@pytest.mark.parametrize("scale", beginning.SCALES)
def test_every_scale_begins_with_a_rule_that_fits_it(scale):
    for languages in (("en",), ("de", "fr"), ("nl", "en", "fr", "de")):
        plan = beginning.plan_of(Wish("T", languages, scale, 3, open_round=True))
        assert plan.languages[0] == languages[0]
        assert len(plan.rounds) == 4
        texts = json.dumps([plan.summary, plan.consent, plan.verdicts, plan.scale["unable"]])
        assert all(f'"{code}"' in texts for code in languages)
        for code in languages:
            assert plan.protocol.sentences(code)
            assert all(round_.introduction[code] for round_ in plan.rounds)
            for name in plan.settings:
                assert "{" + name + "}" in plan.consent["text"][code]


def test_all_that_is_wrong_with_a_wish_is_said_at_once():
    with pytest.raises(NotBegun) as refused:
        beginning.plan_of(Wish("  ", (), "scale-of-mine", 9, groups=["x"] * 21))
    assert len(refused.value.problems) == 5


def test_more_statements_come_to_the_end_of_a_draft_round(session):
    story = make_story(session, experts=1)
    statements = read(
        as_csv(
            ["wording en", "wording nl", "theme", "kind", "unable"],
            ["More.", "Meer.", "Zorg", "", ""],
            ["New.", "Nieuw.", "Money", "", "no"],
        ),
        languages=("en", "nl"),
    )
    with transaction(session):
        added = beginning.add_to_round(
            session, story.study, story.round(2), statements, actor=story.actor, at=MORNING
        )
    assert added == 2
    assert list(story.anew().asked(2)) == ["S01", "S02", "S03", "S04", "S05"]
    placed = story.asked(2)
    assert placed["S04"].settings == placed["S01"].settings
    assert placed["S05"].settings["unable"] == {}
    codes = dict(
        session.execute(select(Item.code, Theme.code).join(Theme, Theme.id == Item.theme_id)).all()
    )
    # “Zorg” is what the study calls a theme in Dutch; “Money” is new.
    assert (codes["S04"], codes["S05"]) == ("care", "money")
    assert session.scalar(
        select(ItemRevision.wording)
        .join(RoundItem, RoundItem.revision_id == ItemRevision.id)
        .where(RoundItem.id == placed["S05"].id)
    ) == {"en": "New.", "nl": "Nieuw."}
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.act == "statements added from a spreadsheet")
    ).one()
    assert event.details == {"round": 2, "items": 2}
    with pytest.raises(NotBegun), transaction(session):
        beginning.add_to_round(
            session, story.study, story.round(1), statements, actor=story.actor, at=MORNING
        )
    story.launch(1)
    with pytest.raises(RoundLaunched), transaction(session):
        beginning.add_to_round(
            session, story.study, story.round(1), statements, actor=story.actor, at=MORNING
        )
