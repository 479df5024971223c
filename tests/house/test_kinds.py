"""What every kind of item must stand, asked of each that is registered."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from surveys.delphi.answer import Answer, Missing
from surveys.items import ASKING, KINDS, load_kind
from tests.actors.visitor import Visitor
from tests.factories import both, make_story, study_document

ROOT = Path(__file__).parents[2]
OPTIONS = [{"code": code, "name": both(code.title())} for code in ("one", "two", "three")]
DIMENSIONS = [{"code": code, "name": both(code.title())} for code in ("chance", "risk")]
# The settings of one plain item of each kind; those on the study's scale begin with it.
SETTINGS = {
    "likert": {},
    "open_text": {},
    "multi_rating": {"dimensions": DIMENSIONS},
    "single_choice": {"options": OPTIONS},
    "multiple_choice": {"options": OPTIONS},
    "ranking": {"options": OPTIONS},
    "allocation": {"options": OPTIONS},
    "slider": {"low_name": both("No"), "high_name": both("Yes")},
    "number": {"unit": both("years")},
    "interval_estimate": {"unit": both("days")},
    "information": {"text": both("A **fact**.")},
}
STUDY_SCALE = {
    "scale": {"kind": "scale", "low": 1, "high": 5, "low_until": 2, "high_from": 4},
    "labels": {"en": {"1": "low", "5": "high"}},
    "unable": {"en": "Unable to judge"},
}


def settings_of(name):
    return {**(STUDY_SCALE if KINDS[name].uses_scale else {}), **SETTINGS[name]}


def kind(name):
    return load_kind(name, settings_of(name))


def test_every_registered_kind_is_inspected_here():
    assert set(SETTINGS) == set(KINDS)
    assert all(KINDS[name].kind == name for name in KINDS)
    assert all(KINDS[name].label for name in KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_settings_survive_json(name):
    stored = json.loads(json.dumps(kind(name).to_json()))
    assert load_kind(name, stored) == kind(name)
    assert load_kind(name, stored).to_json() == kind(name).to_json()


@pytest.mark.parametrize("name", KINDS)
def test_a_setting_nobody_knows_is_refused_by_name(name):
    with pytest.raises(ValueError, match="surprise"):
        load_kind(name, {**settings_of(name), "surprise": 1})


@pytest.mark.parametrize("name", ASKING)
@pytest.mark.parametrize("reason", [None, *Missing])
def test_there_is_a_cell_for_every_column_whatever_is_missing(name, reason):
    made = kind(name)
    columns = made.columns("r1_x", "A wording", "en")
    cells = made.cells(None if reason is None else Answer.absent(reason))
    assert len(cells) == len(columns) > 0
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    for column in columns:
        assert column.name.startswith("r1_x")
        assert column.name.isascii()
        assert column.name.replace("_", "").isalnum()


@pytest.mark.parametrize("name", ASKING)
def test_nothing_given_is_skipped_and_fills_nothing_in(name):
    made = kind(name)
    nothing = made.read(dict.fromkeys(made.fields()))
    assert nothing == Answer.absent(Missing.SKIPPED)
    made.check(nothing)
    assert not any(made.filled(nothing).values())
    assert not any(made.filled(None).values())
    assert made.in_words(nothing, "en") == ""


@pytest.mark.parametrize("name", ASKING)
def test_answers_of_nobody_are_summed_up_without_a_number(name):
    for answers in ([], [Answer.absent(reason) for reason in Missing]):
        numbers = kind(name).summarise(answers, quantile_method="linear")
        if numbers is not None:
            assert numbers["n"] == 0
            assert "NaN" not in json.dumps(numbers)


# What the fields of an answer hold, by kind; nothing for kinds of which no answer can be typed blindly.
TYPED = {
    "likert": {"": "4"},
    "open_text": {"": "Words."},
    "multi_rating": {"-chance": "4", "-risk": "unable"},
    "single_choice": {"": "two"},
    "multiple_choice": {"-one": "yes", "-three": "yes"},
    "ranking": {"-one": "2", "-two": "1", "-three": "3"},
    "allocation": {"-one": "40", "-three": "60"},
    "slider": {"": "40"},
    "number": {"": "40"},
    "interval_estimate": {"-lowest": "1", "-best": "2", "-highest": "3"},
}


@pytest.mark.parametrize("name", ASKING)
def test_an_answer_tells_conditions_what_its_kind_says_it_can_tell(name):
    made = kind(name)
    tells, told = made.tells(), made.told(made.read(TYPED[name]))
    assert set(told.numbers) <= set(tells.numbers)
    assert told.chosen <= tells.options
    assert not told.unable
    for part, number in told.numbers.items():
        low, high = tells.numbers[part]
        assert low is None or low <= number
        assert high is None or number <= high
    if tells.numbers or tells.options:
        assert told.numbers or told.chosen
    unable = made.told(Answer.absent(Missing.UNABLE))
    assert unable.unable
    assert not unable.numbers
    assert not unable.chosen


@pytest.fixture
def story(session, app):
    """A round with one item of every kind."""
    now = datetime.now(UTC)
    rounds = study_document()["rounds"]
    rounds[1]["items"] = [
        {
            "code": f"S{number:02d}",
            "theme": "care",
            "kind": name,
            "wording": both(f"A {name}"),
            "settings": SETTINGS[name],
        }
        for number, name in enumerate(KINDS, start=1)
    ]
    story = make_story(
        session,
        experts=6,
        rounds=rounds,
        at=now - timedelta(days=5),
        links=app.extensions["rondo.links"],
    )
    story.until_round_2()
    return story


def test_every_kind_is_asked_on_a_page_that_keeps_the_rules(story, app):
    """The visitor refuses a page with a field without a label, a double id, an inline style …"""
    visitor = Visitor(app)
    for number in (3, 2):
        page = visitor.arrive(story.link(number))
        for placed in story.asked(2).values():
            assert page.all(id=f"i-{placed.id}"), placed.kind
    assert page.language == "nl"


def test_no_kind_minds_a_page_on_which_nothing_was_given(story, app):
    visitor = Visitor(app)
    visitor.arrive(story.link(3))
    assert visitor.press("Save").status == 200
    page = visitor.press("Submit")
    for code, placed in story.asked(2).items():
        assert (code in page.text) is (placed.kind in ASKING)


@pytest.mark.parametrize("junk", ["x", "-1", "9" * 400, "\x00", "1e999", "<b>", "ü" * 3_000])
def test_no_kind_fails_on_junk(story, app, junk):
    visitor = Visitor(app)
    visitor.arrive(story.link(3))
    (form,) = [form for form in visitor.page.forms if form.action.endswith("/rounds/2")]
    names = {node.attrs.get("name", "") for node in form.node.walk()}
    changes = {name: junk for name in names if name.startswith(("a-", "c-"))}
    assert len(changes) > len(ASKING)
    answer = visitor.send("Save", form=form, **changes)
    assert answer.status_code in (303, 422)


def test_a_round_with_every_kind_can_be_closed_and_followed(story, app):
    """Hardly anything was answered: numbers of nobody are no reason to fail."""
    for number in (1, 2, 3):
        story.keep(number, 2, {"S01": 4})
    story.close(2)
    story.prepare(2, returning=[placed.id for placed in story.asked(2).values()])
    story.launch(3)
    visitor = Visitor(app)
    assert visitor.arrive(story.link(3)).h1 == "A second look"
