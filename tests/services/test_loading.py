"""Study files: a good one becomes a study, a broken one is refused with every line and reason."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from surveys.delphi.voices import Approval, CommentRule
from surveys.models.base import transaction
from surveys.models.item import Item
from surveys.models.researcher import Researcher
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.services import loading
from tests.factories import (
    MORNING,
    both,
    make_researcher,
    make_story,
    study_document,
    study_file,
)

DOCS = Path(__file__).parents[2] / "docs" / "study-files.md"


def problems_of(text):
    with pytest.raises(loading.StudyFileBroken) as broken:
        loading.read(text)
    return list(broken.value.problems)


def changed(path, value):
    """The small study with one part of it replaced; a path of ... takes the part away."""
    document = json.loads(study_file())
    *way, last = path
    part = document
    for step in way:
        part = part[step]
    if value is ...:
        del part[last]
    else:
        part[last] = value
    return document


def problem_of(path, value):
    """The one problem of such a file, and the text of the line it names."""
    text = json.dumps(changed(path, value), indent=1, ensure_ascii=False)
    (problem,) = problems_of(text)
    number, sentence = re.fullmatch(r"line (\d+): (.+)", problem).groups()
    return sentence, text.splitlines()[int(number) - 1].strip()


def test_the_small_study_is_read(session):
    plan = loading.read(study_file())
    assert (plan.code, plan.languages) == ("small", ("en", "nl"))
    assert [len(round_.items) for round_ in plan.rounds] == [2, 3, 0]


@pytest.mark.parametrize(
    ("path", "value", "sentence", "line"),
    [
        (["rondo"], 2, "rondo must be 1, the version of the file format", '"rondo": 2,'),
        (["surprise"], 1, "surprise is not a part of a study file", '"surprise": 1'),
        (
            ["languages"],
            ["en", "xx"],
            "languages must list some of en, nl, fr, de, each once",
            '"languages": [',
        ),
        (["code"], "", "code must be a text", '"code": "",'),
        (["title"], {"en": "Only English"}, "title has no text in nl", '"title": {'),
        (["summary"], None, "summary must be a text in en, nl", '"summary": null,'),
        (["groups"], "nurses", "groups must be a list", '"groups": "nurses",'),
        (
            ["groups", 1, "code"],
            "nurse",
            "groups use a code more than once: nurse",
            '"groups": [',
        ),
        (["groups", 0, "name"], {}, "name has no text in en, nl", '"name": {}'),
        (
            ["groups", 0],
            "nurses",
            "groups holds “nurses”, where keys and values are needed",
            '"groups": [',
        ),
        (["consent", "text"], ..., "text must be a text in en, nl", None),
        (["consent"], [], "consent must be a group of keys and values", '"consent": [],'),
        (["scale", "high"], "many", None, '"scale": {'),
        (["scale", "bands"], {"low": [1, 2], "middle": [3], "high": [2, 5]}, None, '"scale": {'),
        (
            ["scale", "labels", "nl", "5"],
            ...,
            "labels lack the points 5 in “nl”",
            '"labels": {',
        ),
        (
            ["verdicts"],
            "agree",
            "verdicts must be a group of keys and values",
            '"verdicts": "agree",',
        ),
        (["verdicts", "few"], ..., "few must be a text in en, nl", None),
        (
            ["rounds", 1, "number"],
            7,
            "number must be 2: rounds stand in their order",
            '"number": 7,',
        ),
        (["rounds", 0, "kind"], "chat", "kind must be one of open, rating", '"kind": "chat",'),
        (["layout"], "wall", "layout must be one of page, sections", '"layout": "wall"'),
        (["rounds", 1, "layout"], [], "layout must be one of page, sections", '"layout": []'),
        (["rounds", 1, "mode"], "live", "mode must be one of classical, real_time", None),
        (["rounds", 1, "mode"], [], "mode must be one of classical, real_time", '"mode": []'),
        (["rounds", 0, "mode"], "real_time", "mode can be real_time in a rating round only", None),
        (
            ["expertise"],
            "yes",
            "expertise must be one of nothing, item, theme",
            '"expertise": "yes"',
        ),
        (
            ["rounds", 1, "expertise"],
            {},
            "expertise must be one of nothing, item, theme",
            '"expertise": {}',
        ),
        (
            ["rounds", 1, "items", 0, "theme"],
            "weather",
            "theme “weather” is not among the themes",
            '"theme": "weather",',
        ),
        (
            ["rounds", 1, "items", 0, "aspect"],
            "hope",
            "aspect must be one of opportunity, risk, condition",
            '"aspect": "hope",',
        ),
        (
            ["rounds", 1, "items", 0, "wording"],
            {"en": "Only English."},
            "wording has no text in nl",
            '"wording": {',
        ),
        (
            ["rounds", 0, "items", 0, "settings"],
            {"longest": 0},
            "kind Q1: longest must be a number of characters, not 0",
            '"kind": "open_text",',
        ),
        (
            ["rounds", 1, "items", 1, "code"],
            "S01",
            "rounds use a code more than once: S01",
            '"rounds": [',
        ),
        (["protocol", "consensus"], ..., "protocol lacks consensus", '"protocol": {'),
        (["protocol", "mood"], "good", None, '"protocol": {'),
        (
            ["protocol", "unsubmitted"],
            "maybe",
            "protocol unsubmitted must be count or drop, not 'maybe'",
            '"protocol": {',
        ),
        (["protocol", "consensus", "high"], {"at_least": 175}, None, '"protocol": {'),
        (["protocol", "consensus", "minimum"], 0, None, '"protocol": {'),
        (["protocol", "stability", "same"], "mood", None, '"protocol": {'),
        (["protocol", "feedback", "show"], ["names"], None, '"protocol": {'),
        (["protocol", "feedback", "smallest_group"], 1, None, '"protocol": {'),
        (["protocol", "feedback", "reading_budget"], {"words": 0}, None, '"protocol": {'),
        (["protocol", "feedback", "reading_budget"], "short", None, '"protocol": {'),
        (["protocol", "feedback", "reading_budget"], {"minutes": 1}, None, '"protocol": {'),
        (["protocol", "feedback", "approve"], "nobody", None, '"protocol": {'),
        (["protocol", "carry_forward"], {"kind": "never"}, None, '"protocol": {'),
        (["protocol", "quantiles"], "guess", None, '"protocol": {'),
        (["protocol", "maximum_rounds"], 0, None, '"protocol": {'),
    ],
)
def test_one_mistake_is_one_sentence_at_its_line(path, value, sentence, line):
    said, where = problem_of(path, value)
    if sentence is not None:
        assert said == sentence
    if line is not None:
        assert where == line


def test_a_round_is_laid_out_as_the_study_unless_it_says_other():
    document = changed(["layout"], "sections")
    document["rounds"][2]["layout"] = "page"
    plan = loading.read(json.dumps(document))
    assert [round_.layout for round_ in plan.rounds] == ["sections", "sections", "page"]
    assert {round_.layout for round_ in loading.read(study_file()).rounds} == {"page"}


def test_which_rounds_run_in_real_time_is_part_of_the_protocol():
    plan = loading.read(json.dumps(changed(["rounds", 2, "mode"], "real_time")))
    assert [round_.mode for round_ in plan.rounds] == ["classical", "classical", "real_time"]
    assert plan.protocol.real_time == (3,)
    assert plan.protocol.hash != loading.read(study_file()).protocol.hash


def test_a_round_in_real_time_cannot_drop_what_was_not_submitted():
    document = changed(["rounds", 1, "mode"], "real_time")
    document["protocol"]["unsubmitted"] = "drop"
    with pytest.raises(loading.StudyFileBroken, match="count without being submitted"):
        loading.read(json.dumps(document))


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ({}, CommentRule()),
        ({"reading_budget": {"words": 80, "comments": 5}}, CommentRule(words=80, comments=5)),
        ({"reading_budget": {"comments": 5}}, CommentRule(words=None, comments=5)),
        ({"reading_budget": "none", "approve": "all"}, CommentRule(Approval.ALL, None)),
    ],
)
def test_how_comments_reach_others_is_read_for_all_conditions(written, rule):
    document = study_document()
    document["protocol"]["feedback"] |= written
    assert loading.read(json.dumps(document)).protocol.comments == rule
    document["protocol"]["feedback"]["arms"] = [
        {"code": "numbers", "show": ["own"]},
        {"code": "reasons", "show": ["own", "comments"]},
    ]
    assert loading.read(json.dumps(document)).protocol.comments == rule


def test_a_round_asks_for_expertise_as_the_study_unless_it_says_other(session):
    document = changed(["expertise"], "theme")
    document["rounds"][0]["expertise"] = "nothing"
    story = make_story(session, file=json.dumps(document))
    found = [story.round(number).expertise for number in (1, 2, 3)]
    assert found == ["nothing", "theme", "theme"]


def test_an_unknown_kind_of_item_names_the_kinds_there_are():
    said, where = problem_of(["rounds", 0, "items", 0, "kind"], "telepathy")
    assert said.startswith("kind must be one of likert, open_text")
    assert where == '"kind": "telepathy",'


def test_all_mistakes_are_named_in_the_order_of_their_lines():
    document = study_document()
    document["title"] = {"en": "Only English"}
    document["rounds"][0]["items"][0]["theme"] = "weather"
    document["rounds"][1]["kind"] = "chat"
    problems = problems_of(json.dumps(document, indent=1))
    assert len(problems) == 3
    lines = [int(re.match(r"line (\d+)", problem)[1]) for problem in problems]
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "keys and their values"),
        ("just words", 1, "keys and their values"),
        ("- a\n- list", 1, "keys and their values"),
        ("rondo: 1\ntitle: a: b", 2, "mapping values are not allowed here"),
        ("rondo: 1\n\tcode: x", 2, "found character"),
        ("rondo: 1\ntitle: {en: 'x'", 2, "expected ',' or '}'"),
        ("rondo: 1\ncode: a\ncode: b", 3, "duplicate key"),
        ("rondo: 1\ntitle: *nowhere", 2, "undefined alias"),
        ("rondo: 1\ncode: \x00", 1, "not YAML"),
        ("[" * 1_000, 1, "not YAML"),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_line(text, line, words):
    problems = problems_of(text)
    assert problems[0].startswith(f"line {line}: ")
    assert words in problems[0]


def test_a_file_cannot_run_a_program(tmp_path):
    mark = tmp_path / "mark"
    problems = problems_of(f"rondo: 1\ncode: !!python/object/apply:pathlib.Path.touch ['{mark}']")
    assert "line 2: code must be a text" in problems
    assert not mark.exists()


def test_a_file_that_is_not_text_says_at_which_byte(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_bytes(b"rondo: 1\ntitle: caf\xe9\n")
    with pytest.raises(loading.StudyFileBroken, match="study.yaml is not UTF-8 text: byte 19"):
        loading.read_file(file)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_bytes(b"#" * (loading.LARGEST_FILE + 1))
    with pytest.raises(loading.StudyFileBroken, match="larger than"):
        loading.read_file(file)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(loading.StudyFileBroken, match="gone.yaml cannot be opened"):
        loading.read_file(tmp_path / "gone.yaml")


def test_a_study_that_is_not_in_the_library_names_those_that_are():
    with pytest.raises(loading.StudyFileBroken, match="smoking_cessation_mhealth"):
        loading.library_path("weather")


@pytest.mark.parametrize("name", ["../library", "smoking_cessation_mhealth/..", "/etc", ""])
def test_the_library_is_left_by_no_name(name):
    with pytest.raises(loading.StudyFileBroken):
        loading.library_path(name)


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_file_is_refused_and_never_fails(data):
    """Cut, doubled, swapped anywhere: either it is still a study, or it says what is wrong."""
    text = study_file()
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    middle = data.draw(st.text(max_size=6))
    said = ["line 1: it is still a study"]
    try:
        loading.read(text[:start] + middle + text[end:])
    except loading.StudyFileBroken as broken:
        said = list(broken.problems)
    assert said
    assert all(re.match(r"line \d+: .", problem) for problem in said)


@pytest.mark.both_engines
def test_a_broken_file_makes_nothing(session):
    lead = make_researcher(session)
    with pytest.raises(loading.StudyFileBroken), transaction(session):
        loading.create_study(
            session,
            loading.read(study_file(title={"en": "Only English"})),
            lead=session.get_one(Researcher, lead),
            actor="researcher:1",
            at=MORNING,
        )
    assert session.scalar(select(func.count(Study.id))) == 0


@pytest.mark.both_engines
def test_a_plan_becomes_a_study_with_its_rounds_and_items(session):
    lead = make_researcher(session)
    with transaction(session):
        study = loading.create_study(
            session,
            loading.read(study_file(statements=5)),
            lead=session.get_one(Researcher, lead),
            actor="researcher:1",
            at=MORNING,
        )
        study_id = study.id
    study = session.get_one(Study, study_id)
    assert study.title == both("A small study", "Een kleine studie")
    codes = session.scalars(select(Item.code).where(Item.study_id == study_id).order_by(Item.id))
    assert codes.all() == ["Q1", "Q2", "S01", "S02", "S03", "S04", "S05"]
    kinds = session.scalars(select(Round.kind).where(Round.study_id == study_id).order_by(Round.id))
    assert [kind.value for kind in kinds] == ["open", "rating", "rating"]


@pytest.mark.parametrize(
    "path", sorted(loading.LIBRARY.glob("*/study.yaml")), ids=lambda path: path.parent.name
)
def test_every_study_of_the_library_is_whole(path):
    plan = loading.read_file(path)
    assert plan.rounds
    assert plan.protocol.hash


def test_the_first_study_is_the_one_that_was_asked_for():
    plan = loading.read_file(loading.library_path("smoking_cessation_mhealth"))
    questions, statements, second_look = plan.rounds
    assert plan.languages == ("en", "nl")
    assert 6 <= len(questions.items) <= 8
    assert 32 <= len(statements.items) <= 40
    assert second_look.items == ()
    themes = {code for code, _, _ in plan.themes}
    assert len(themes) == 4
    assert {item.theme for item in statements.items} == themes
    assert {item.aspect.value for item in statements.items} == {"opportunity", "risk", "condition"}
    assert all(item.settings["unable"] for item in statements.items)
    rules = " ".join(plan.protocol.sentences("en"))
    assert "75%" in rules.replace("\u00a0", "").replace(" %", "%")
    for name in ("controller", "ethics_approval", "legal_basis"):
        assert name in plan.settings
        assert "{" + name + "}" in plan.consent["text"]["nl"]


def test_the_smallest_study_of_the_manual_can_be_loaded_as_it_stands():
    manual = DOCS.read_text("utf-8")
    section = manual.split("## The smallest study", 1)[1].split("\n## ", 1)[0]
    (text,) = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    plan = loading.read(text)
    assert plan.code == "my-first-study"
    assert [len(round_.items) for round_ in plan.rounds] == [1, 2, 0]
