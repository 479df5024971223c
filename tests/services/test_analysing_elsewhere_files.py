"""Files as spreadsheets leave them are understood; what is wrong is named by row and column."""

from __future__ import annotations

import numpy as np
import pytest

from surveys.delphi.scale import Scale
from surveys.services import analysing_elsewhere
from surveys.services.elsewhere import choices
from surveys.services.elsewhere.reading import FileMistakes, read_groups, read_ratings

NINE = Scale.of(1, 9)
PLAIN = "expert,S1,S2\nE1,7,U\nE2,,9\n"


@pytest.fixture
def file(tmp_path):
    def write(content, name="ratings.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def mistakes(path, **options):
    found, problems = read_ratings(path, NINE, **options)
    assert found is None
    return problems


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        "\ufeff" + PLAIN,
        "\ufeff" + PLAIN.replace(",", ";").replace("\n", "\r\n"),
        "sep=;\r\n" + PLAIN.replace(",", ";"),
        PLAIN.replace("7", " 7.0 ").replace("U", "u"),
        PLAIN.replace(",", ";").replace("7", "7,0"),
        'expert,"S1","S2"\n"E1","7","U"\n"E2","","9"\n',
        # Spreadsheets leave separators and rows behind.
        "expert,S1,S2,\nE1,7,U,\n,,,\nE2,,9,\n\n",
        PLAIN.rstrip("\n"),
        "\n" + PLAIN,
    ],
    ids=[
        "commas",
        "semicolons",
        "tabs",
        "byte order mark",
        "as Excel writes it in Europe",
        "with Excel's separator line",
        "spaces and small letters",
        "decimal commas",
        "quotes",
        "empty columns and rows",
        "no last line end",
        "an empty first row",
    ],
)
def test_a_spreadsheet_is_understood_however_it_was_saved(file, content):
    found, problems = read_ratings(file(content), NINE)

    assert problems == []
    assert (found.experts, found.items) == (("E1", "E2"), ("S1", "S2"))
    assert np.array_equal(found.ratings, [[7, np.nan], [np.nan, 9]], equal_nan=True)
    assert found.unable.tolist() == [[False, True], [False, False]]


def test_excels_unicode_text_is_understood(file):
    found, problems = read_ratings(
        file("expert\tβ1\nE1\t7\n".encode("utf-16"), encoding="utf-16"), NINE
    )

    assert problems == []
    assert found.items == ("β1",)


def test_codes_may_be_whole_sentences_with_separators_and_line_ends(file):
    found, _ = read_ratings(file('expert,"Pain, at rest\n(at night)"\nE1,7\n'), NINE)

    assert found.items == ("Pain, at rest\n(at night)",)


def test_unable_to_judge_has_the_mark_that_is_named(file):
    found, problems = read_ratings(file("e,S1\nE1,X\nE2,x\n"), NINE, unable="X")

    assert problems == []
    assert found.unable.tolist() == [[True], [True]]


def test_a_mark_may_be_a_number_off_the_scale(file):
    found, problems = read_ratings(file("e,S1\nE1,99\nE2,4\n"), NINE, unable="99")

    assert problems == []
    assert found.unable.tolist() == [[True], [False]]


def test_every_mistake_is_named_with_its_row_and_column_all_at_once(file):
    problems = mistakes(
        file("expert,S1,S2,S1\nE1,seven,10,3\nE2,7,4.5,0\nE1,7,8,9\nE3,7,8\n,7,8,9\nE4,7,8,9,9\n")
    )

    assert problems == [
        "ratings.csv, row 1, column 4: item S1 has column 2 already",
        "ratings.csv, row 4, column 1: expert E1 has row 2 already",
        "ratings.csv, row 6, column 1: no expert's code",
        "ratings.csv, row 2, column 2 (item S1, expert E1): 'seven' is not a number",
        "ratings.csv, row 2, column 3 (item S2, expert E1): 10 is not a point of the scale 1 to 9",
        "ratings.csv, row 3, column 3 (item S2, expert E2): 4.5 is not a point of the scale 1 to 9",
        "ratings.csv, row 3, column 4 (item S1, expert E2): 0 is not a point of the scale 1 to 9",
        "ratings.csv, row 5: 3 cells, but the header has 4",
        "ratings.csv, row 7: 5 cells, but the header has 4",
    ]


def test_rows_are_counted_as_a_spreadsheet_counts_them(file):
    problems = mistakes(file('sep=;\n\nexpert;"a\nb"\nE1;x\n'))

    assert problems == ["ratings.csv, row 4, column 2 (item a\nb, expert E1): 'x' is not a number"]


def test_a_mark_nobody_named_is_guessed_at_in_words(file):
    problems = mistakes(file("e,S1\nE1,X\nE2,X\nE3,X\n"))

    assert len(problems) == 4
    assert "'X' stands in 3 cells; if it means unable to judge, add --unable X" in problems[-1]


@pytest.mark.parametrize("content", ["", "\n\n", ",,\n,,\n", "\ufeff"])
def test_an_empty_file_is_called_so(file, content):
    assert mistakes(file(content)) == ["ratings.csv: the file is empty"]


def test_a_file_without_items_or_experts_is_called_so(file):
    assert "the header has no item" in mistakes(file("expert\nE1\n"))[0]
    assert mistakes(file("expert,S1\n")) == ["ratings.csv: there is no row below the header"]


def test_an_item_without_a_code_is_named(file):
    problems = mistakes(file("expert,S1,\nE1,7,88\n"))

    assert problems == [
        "ratings.csv, row 1, column 3: no item code",
        "ratings.csv, row 2, column 3 (expert E1): 88 is not a point of the scale 1 to 9",
    ]


def test_another_encoding_is_named_where_it_shows_and_other_mistakes_with_it(file):
    problems = mistakes(file("expert,Schlafqualität\nJosé,12\n", encoding="latin-1"))

    assert [problem.partition(":")[0] for problem in problems] == [
        "ratings.csv, row 1, column 2",
        "ratings.csv, row 2, column 1",
        "ratings.csv, row 2, column 2 (item Schlafqualität, expert José)",
    ]
    assert "CSV UTF-8" in problems[0]


def test_half_a_character_of_unicode_text_is_told_for_the_file(file):
    problems = mistakes(file("e\tS1\nE1\t7\n".encode("utf-16") + b"\x00"))

    assert any('save the file again as "CSV UTF-8"' in problem for problem in problems)


def test_a_quotation_mark_that_is_never_closed_is_found(file):
    rows = "".join(f"E{number},7\n" for number in range(20_000))
    problems = mistakes(file('expert,S1\nE,"7\n' + rows))

    assert problems[0] == "ratings.csv, row 2: a quotation mark is opened and never closed"


def test_long_codes_are_shortened_in_messages(file):
    problems = mistakes(file(f"expert,{'a' * 60}\nE1,x\n"))

    assert f"item {'a' * 39}…, expert E1" in problems[0]


def test_groups_are_read_with_and_without_a_header(file):
    for content in ("expert,group\nE1,patients\nE2,\nE9,nurses\n", "E1,patients\nE2,\n"):
        found, problems = read_groups(file(content), ("E1", "E2"))

        assert problems == []
        assert found.group_of["E1"] == "patients"
        assert found.group_of["E2"] is None


def test_mistakes_in_groups_are_named(file):
    _, problems = read_groups(file("e,g\nE1,a\nE1,b\n,c\nE2\nE3,a,b\n", "groups.csv"), ("E1",))

    assert problems == [
        "groups.csv, row 3, column 1: expert E1 has row 2 already",
        "groups.csv, row 4, column 1: no expert's code",
        "groups.csv, row 5: 1 cells instead of two, an expert and a group",
        "groups.csv, row 6: 3 cells instead of two, an expert and a group",
    ]


def test_an_expert_without_a_row_of_groups_is_named(file):
    _, problems = read_groups(file("e,g\nE2,a\n"), ("E1", "E2"))

    assert len(problems) == 1
    assert "expert E1 rated but has no row here" in problems[0]


def test_groups_of_nobody_are_refused(file):
    _, problems = read_groups(file("e,g\nE1,\n"), ("E1",))

    assert problems == ["ratings.csv: no expert who rated has a group"]
    assert read_groups(file(""), ("E1",))[1] == ["ratings.csv: the file is empty"]


def test_the_mistakes_of_all_files_are_told_together(file):
    made = choices.chosen(scale="1-9")
    with pytest.raises(FileMistakes) as told:
        analysing_elsewhere.analyse(
            file("e,S1\nE1,x\n"),
            made,
            previous=file("e,S1\nE1,y\n", "earlier.csv"),
            group_file=file("e,g\nE1,a,b\n", "groups.csv"),
        )

    assert [problem.split(",")[0] for problem in told.value.problems] == [
        "ratings.csv",
        "earlier.csv",
        "groups.csv",
    ]


def test_two_files_without_anything_in_common_are_no_two_rounds(file):
    made = choices.chosen(scale="1-9")
    with pytest.raises(FileMistakes) as told:
        analysing_elsewhere.analyse(
            file("e,S1\nE1,7\n"), made, previous=file("e,T1\nF1,7\n", "earlier.csv")
        )

    assert len(told.value.problems) == 2
    assert "no expert in common" in str(told.value)
    assert "no item in common" in str(told.value)


@pytest.mark.parametrize(
    ("option", "chosen", "says"),
    [
        ("scale", {"scale": "nine"}, "'nine' is not a lowest and a highest point"),
        ("scale", {"scale": "9-1"}, "'9-1' is not"),
        ("scale", {"scale": "1-200"}, "2 to 101 points"),
        ("low", {"low": "2-3"}, "the low band begins at 1"),
        ("low", {"low": "low"}, "'low' is not"),
        ("high", {"high": "7-8"}, "the high band ends at 9"),
        ("low", {"low": "1-5", "high": "4-9"}, "do not fit"),
        ("rule", {"rule": "high>=70"}, "percent sign"),
        ("stability", {"stability": "same"}, "no condition on pairs"),
        ("quantile", {"quantile_method": "spss"}, "spss"),
        ("quantile", {"quantile_method": "12"}, "12"),
        ("unable", {"unable": " "}, "empty cell"),
        ("unable", {"unable": "9"}, "a point of the scale"),
        ("draws", {"draws": 5}, "at least 19"),
        ("seed", {"seed": -1}, "from 0"),
        ("compare", {"compared": ["a: high>70%", "a: high>80%"]}, "the same name"),
        ("compare", {"compared": ["a: high"]}, "comparison"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_by_its_option(option, chosen, says):
    with pytest.raises(choices.ChoiceRefused, match=says) as refused:
        choices.chosen(**{"scale": "1-9", **chosen})

    assert refused.value.option == option


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("1-9", 3, 7), ("1..7", 2, 6), ("1–5", 2, 4), ("1-4", 2, 3), ("0-10", 3, 7), ("-2-2", -1, 1)],
)
def test_scales_have_the_usual_bands(text, low, high):
    scale = choices.chosen(scale=text).scale

    assert (scale.low_until, scale.high_from) == (low, high)


def test_bands_may_be_others():
    scale = choices.chosen(scale="1-7", low="1-3", high="5-7").scale

    assert (scale.low_until, scale.high_from) == (3, 5)
    assert choices.chosen(scale="1-5", low="1", high="5").scale.high_from == 5


def test_definitions_to_compare_may_have_names():
    compared = choices.chosen(
        scale="1-9", compared=["strict: high>=80%", "high>75%; out: never"]
    ).compared

    assert list(compared) == ["strict", "high>75%; out: never"]
    assert compared["high>75%; out: never"].out_when is None
