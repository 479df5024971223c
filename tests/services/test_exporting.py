"""The tables that leave a study: whole, pseudonymous, and the same numbers as everywhere else."""

import csv
import io

import pandas as pd
import pytest

from surveys.exports import csv_file
from surveys.models.base import transaction
from surveys.models.panel import EarlierAnswers
from surveys.queries import dataset
from surveys.queries import results as result_reads
from surveys.services import exporting, withdrawing
from tests.factories import make_finished_story, make_rated_story, make_story


def frame(made):
    """The file as pandas reads it; nothing is taken for "not available" but an empty cell."""
    return pd.read_csv(
        io.BytesIO(csv_file.write(made)),
        encoding="utf-8-sig",
        keep_default_na=False,
        na_values=[""],
    )


def data(story):
    return dataset.of_study(story.session, story.study)


def long(story):
    return frame(exporting.long_table(story.study, data(story), "en"))


def wide(story, language="en"):
    return frame(exporting.wide_table(story.study, data(story), language))


def results(story, number, language="en"):
    stored = result_reads.of_round(story.session, story.round(number))
    return frame(exporting.results_table(story.study, stored, language))


def leave(story, number, choice):
    with transaction(story.session):
        withdrawing.withdraw(
            story.session,
            story.expert(number),
            earlier_answers=choice,
            actor="expert",
            at=story.now,
        )


@pytest.fixture
def finished(session):
    return make_finished_story(session)


def test_the_long_file_has_a_row_for_every_expert_round_and_item(finished):
    rows = long(finished)
    assert len(rows) == 8 * (2 + 4 + 4)
    assert not rows.duplicated(["expert", "round", "item"]).any()
    first = rows[(rows["expert"] == "E01") & (rows["round"] == 2)]
    assert list(first["value"]) == [5, 5, 1, 4]


def test_long_and_wide_say_the_same(finished):
    rows, matrix = long(finished), wide(finished).set_index("expert")
    for row in rows[rows["kind"] == "likert"].itertuples():
        cell = matrix.loc[row.expert, f"r{row.round}_{row.item.lower()}"]
        if pd.notna(row.value):
            assert cell == row.value
        else:
            assert (
                cell == {"skipped": -1, "unable": -2, "not_shown": -3, "withdrawn": -4}[row.missing]
            )


def test_why_an_answer_is_missing_stands_in_four_words(session):
    story = make_rated_story(session)
    story.later(days=1)
    leave(story, 5, EarlierAnswers.KEEP)
    story.launch(3)
    story.rate(3, {"S01": [4, 4], "S02": ["unable", None], "S03": [4, 4], "S04": [4, 4]})
    rows = long(story)
    reasons = {
        (row.expert, row.round, row.item): row.missing
        for row in rows.itertuples()
        if pd.notna(row.missing)
    }
    assert reasons["E01", 3, "S02"] == "unable"
    assert reasons["E02", 3, "S02"] == "skipped"
    assert reasons["E03", 3, "S02"] == "not_shown"
    assert reasons["E05", 3, "S02"] == "withdrawn"
    has_value = rows["value"].notna() | rows["text"].notna()
    assert (has_value ^ rows["missing"].notna()).all()


def test_open_answers_and_comments_come_word_for_word(session):
    words = 'Zoë says: "50 % – not more"; naïef,\nmaar wáár'
    story = make_story(session)
    story.launch(1)
    story.answer(1, 1, {"Q1": words})
    story.later(days=1)
    story.close(1)
    story.launch(2)
    story.answer(1, 2, {"S01": 4}, {"S01": words})
    rows = long(story)
    assert list(rows["text"].dropna()) == [words]
    assert list(rows["comment"].dropna()) == [words]


def test_text_of_experts_that_looks_like_a_formula_is_made_safe(session):
    story = make_story(session)
    story.launch(1)
    story.answer(1, 1, {"Q1": '=HYPERLINK("http://x.example")', "Q2": "-5"})
    assert list(long(story)["text"].dropna()) == ['\'=HYPERLINK("http://x.example")', "'-5"]


def test_no_name_no_address_and_no_participation_leaves(finished):
    stored = result_reads.of_round(finished.session, finished.round(3))
    wide_one = exporting.wide_table(finished.study, data(finished), "en")
    files = [
        exporting.long_table(finished.study, data(finished), "en"),
        wide_one,
        exporting.codebook_table(finished.study, [wide_one]),
        exporting.results_table(finished.study, stored, "en"),
    ]
    content = b"".join(csv_file.write(made) for made in files).decode("utf-8-sig")
    for expert in finished.experts:
        assert expert.participation not in content
    assert "Name of" not in content
    assert "panel.example" not in content
    assert "E08" in content


def test_every_table_says_whether_the_panel_is_simulated(session):
    for simulated, word in ((False, "no"), (True, "yes")):
        story = make_rated_story(session, simulated=simulated)
        wide_one = exporting.wide_table(story.study, data(story), "en")
        stored = result_reads.of_round(session, story.round(2))
        for made in (
            exporting.long_table(story.study, data(story), "en"),
            wide_one,
            exporting.codebook_table(story.study, [wide_one]),
            exporting.results_table(story.study, stored, "en"),
        ):
            assert set(frame(made)["simulated"]) == {word}, made.name


def test_the_codebook_explains_every_column_and_every_code_of_the_wide_file(finished):
    wide_one = exporting.wide_table(finished.study, data(finished), "nl")
    book = frame(exporting.codebook_table(finished.study, [wide_one]))
    matrix = frame(wide_one)
    assert set(book["variable"]) == set(matrix.columns)
    assert book["label"].notna().all()
    for name in matrix.columns:
        if not name.startswith("r2_s0") or name.endswith("_comment"):
            continue
        about = book[(book["variable"] == name) & book["code"].notna()]
        assert set(matrix[name].astype(str)) <= set(about["code"])
        assert set(about[about["is_missing"] == "yes"]["code"]) == {"-1", "-2", "-3", "-4"}
    labels = book[(book["variable"] == "r2_s01") & (book["code"] == "5")]
    assert list(labels["meaning"]) == ["punt 5"]
    assert "Stelling 1 klopt." in list(book["label"])


def test_the_codebook_explains_the_columns_and_codes_of_the_long_file(finished):
    long_one = exporting.long_table(finished.study, data(finished), "nl")
    book = frame(exporting.codebook_table(finished.study, [long_one]))
    assert set(book["file"]) == {"long"}
    assert list(book[book["code"].isna()]["variable"]) == list(frame(long_one).columns)
    for name in ("simulated", "group", "kind", "theme", "missing", "submitted"):
        codes = book[(book["variable"] == name) & book["code"].notna()].set_index("code")
        assert set(frame(long_one)[name].dropna()) <= set(codes.index), name
        assert set(codes["is_missing"]) == {"yes" if name == "missing" else "no"}
    meanings = book.set_index(["variable", "code"])["meaning"]
    assert meanings["group", "physician"] == "Arts"
    assert meanings["theme", "care"] == "Zorg"
    assert meanings["missing", "unable"] == "kan dit niet beoordelen"


def test_the_codebook_tells_the_files_apart(finished):
    made = [
        exporting.long_table(finished.study, data(finished), "en"),
        exporting.wide_table(finished.study, data(finished), "en"),
    ]
    book = frame(exporting.codebook_table(finished.study, made))
    columns = book[book["code"].isna()].groupby("file")["variable"].agg(list)
    assert {name: columns[name] for name in columns.index} == {
        table.name: [column.name for column in table.columns] for table in made
    }


def test_names_of_columns_are_safe_in_every_statistics_program(finished):
    for name in wide(finished).columns:
        assert name.isascii()
        assert name[0].isalpha()
        assert name.replace("_", "").isalnum()
        assert len(name) <= 32


def test_the_results_file_repeats_the_stored_numbers(finished):
    rows = results(finished, 3).set_index("item")
    for code, stored in finished.results(3).items():
        row = rows.loc[code]
        assert row["verdict"] == stored.verdict
        assert row["stable"] == {True: "yes", False: "no", None: "not assessed"}[stored.stable]
        for name in exporting.RESULT_NUMBERS:
            assert row[name] == pytest.approx(stored.numbers[name], abs=0), name
        for name in ("pairs", "unchanged", "moved_up", "moved_down"):
            assert row[name] == stored.stability[name]
        assert [row[f"count_{n}"] for n in range(1, 6)] == stored.numbers["counts"]
        assert row["quantiles"] == "linear"
    assert list(rows["kept"].fillna(-1)) == [6, 6, 5, -1]


def test_results_of_a_first_rating_say_that_stability_was_not_assessed(session):
    rows = results(make_rated_story(session), 2)
    assert set(rows["stable"]) == {"not assessed"}
    assert set(rows["stable_reason"]) == {"rated_once"}
    assert rows["pairs"].isna().all()


def test_what_the_rule_proposes_leaves_with_the_results(finished):
    rows = results(finished, 3).set_index("item")
    for code, stored in finished.results(3).items():
        assert rows.loc[code, "proposal"] == stored.proposal["proposal"]
        assert rows.loc[code, "proposal_reason"] == stored.proposal["reason"]


def test_erased_answers_are_in_no_file(session):
    story = make_rated_story(session)
    leave(story, 1, EarlierAnswers.ERASE)
    rows = long(story)
    gone = rows[rows["expert"] == "E01"]
    assert set(gone["missing"]) == {"withdrawn"}
    assert gone["value"].isna().all()
    assert gone["text"].isna().all()


def test_rounds_that_were_not_launched_are_in_no_file(session):
    story = make_rated_story(session)
    assert set(long(story)["round"]) == {1, 2}
    assert not [name for name in wide(story).columns if name.startswith("r3_")]


def test_every_row_has_a_cell_for_every_column(finished):
    for made in (
        exporting.long_table(finished.study, data(finished), "en"),
        exporting.wide_table(finished.study, data(finished), "en"),
    ):
        rows = list(csv.reader(io.StringIO(csv_file.write(made).decode("utf-8-sig"), newline="")))
        assert {len(row) for row in rows} == {len(made.columns)}


@pytest.mark.parametrize("about", ["item", "theme"])
def test_what_experts_say_to_know_leaves_with_their_answers(session, about):
    story = make_story(session, expertise=about)
    story.until_round_2()
    story.keep(1, 2, {"S01": 4, "S02": 3})
    story.know(1, 2, {"S01": 4} if about == "item" else {"care": 4})
    rows = long(story)
    mine = rows[(rows["expert"] == "E01") & (rows["round"] == 2)].set_index("item")
    assert mine["expertise"]["S01"] == 4
    assert pd.isna(mine["expertise"]["S02"])
    # A theme's level stands with each of its items.
    assert pd.isna(mine["expertise"]["S03"]) == (about == "item")
    matrix = wide(story).set_index("expert")
    name, other = {
        "item": ("r2_s01_expertise", "r2_s02_expertise"),
        "theme": ("r2_theme1_expertise", "r2_theme2_expertise"),
    }[about]
    assert matrix[name]["E01"] == 4
    assert matrix[other]["E01"] == -1, "asked, and nothing said"
    assert matrix[name]["E02"] == -3, "never opened the round"
    book = frame(
        exporting.codebook_table(
            story.study, [exporting.wide_table(story.study, data(story), "nl")]
        )
    )
    meanings = book[(book["variable"] == name) & book["code"].notna()]
    assert dict(zip(meanings["code"], meanings["meaning"], strict=True))["5"] == "mijn vakgebied"
    assert set(meanings[meanings["is_missing"] == "yes"]["code"]) == {"-1", "-2", "-3", "-4"}


def test_a_study_that_asks_for_no_expertise_has_no_columns_of_it(finished):
    assert not [name for name in wide(finished).columns if "expertise" in name]
    assert long(finished)["expertise"].isna().all()
