"""The items of a draft round: added, worded, set, ordered, taken out and put back."""

import pytest

from surveys.items import KINDS
from surveys.models.base import transaction
from surveys.models.item import Aspect, Item, ItemRevision
from surveys.queries import designs, questionnaire
from surveys.services import designing, editing
from surveys.services.designing import RoundLaunched
from surveys.services.editing import NotEdited, Typed
from surveys.services.framing import EditedMeanwhile
from tests.factories import both, make_rated_story, make_story


@pytest.fixture
def engine_name():
    """Rules and JSON, nothing that engines tell apart."""
    return "sqlite"


@pytest.fixture
def story(session):
    """Nothing launched yet."""
    return make_story(session)


def do(story, act, *args, number=2, **named):
    with transaction(story.session):
        made = act(
            story.session,
            story.study,
            *[one() if callable(one) else one for one in args],
            actor=story.actor,
            at=story.now,
            **named,
        )
        return getattr(made, "id", made)


def in_round(story, act, *args, number=2, **named):
    return do(story, act, lambda: story.round(number), *args, **named)


def on_item(story, act, code, *args, number=2, **named):
    return do(story, act, lambda: story.asked(number)[code], *args, **named)


def listed(story, number=2):
    """(code, theme) in the order of the round."""
    codes = {row.id: code for code, row in story.asked(number).items()}
    return [
        (codes[row], theme) for row, theme in editing.themed(story.session, story.round(number))
    ]


def revision_of(story, code, number=2):
    return story.session.get_one(ItemRevision, story.asked(number)[code].revision_id)


def mark_of(story, code):
    placed = story.asked(2)[code]
    item = story.session.get_one(Item, placed.item_id)
    return editing.marked(item, placed, revision_of(story, code))


def edit(story, code, seen=None, **typed):
    typed = {"wording": both(f"{code} anew."), "theme": "care", **typed}
    on_item(story, editing.edit_item, code, Typed(**typed), seen=seen or mark_of(story, code))


OPTIONS = [{"code": "a", "name": both("A")}, {"code": "b", "name": both("B")}]
NEEDED = {
    "single_choice": {"options": OPTIONS},
    "multiple_choice": {"options": OPTIONS},
    "ranking": {"options": OPTIONS},
    "allocation": {"options": OPTIONS},
    "multi_rating": {"dimensions": OPTIONS},
    "slider": {"low_name": both("None"), "high_name": both("All")},
}


def test_an_item_of_every_kind_can_be_added_and_is_shown_to_experts(story):
    for kind in KINDS:
        typed = Typed(both(f"A {kind}."), settings=NEEDED.get(kind, {}), theme="data")
        in_round(story, editing.add_item, kind, typed)
    asked = questionnaire.asked_round(story.session, story.study, story.round(2), "nl")
    assert {item.kind.kind for item in asked.items} == set(KINDS)
    assert all(item.wording.language == "nl" for item in asked.items)
    codes = [code for code, _theme in listed(story)]
    assert {"S04", "Q3", "T01"} <= set(codes)


def test_a_new_item_stands_behind_the_others_of_its_theme(story):
    # S01 care, S02 data, S03 care.
    in_round(story, editing.add_item, "likert", Typed(both("New."), theme="data"))
    assert listed(story) == [("S01", "care"), ("S02", "data"), ("S04", "data"), ("S03", "care")]


def test_what_cannot_be_an_item_is_refused_with_its_reason(story):
    for typed, said in (
        ({"wording": {"nl": "Alleen Nederlands."}}, "is empty"),
        ({"wording": {"en": "x" * 1_001}}, "longer than"),
        ({"wording": both("X"), "theme": "nowhere"}, "no theme"),
        ({"wording": both("X"), "note": "x" * 501}, "note is longer"),
        ({"wording": both("X"), "settings": {"scale": {"kind": "scale"}}}, "do not fit"),
    ):
        with pytest.raises(NotEdited, match=said):
            in_round(story, editing.add_item, "likert", Typed(**typed))
        assert len(story.anew().asked(2)) == 3
    for kind, settings, said in (
        ("ranking", {"options": OPTIONS[:1]}, "at least two options"),
        ("multi_rating", {}, "at least two dimensions"),
        ("slider", {"low_name": both("None")}, "both ends"),
        ("number", {"minimum": "many"}, "do not fit"),
        ("quiz", {}, "no such kind"),
    ):
        with pytest.raises(NotEdited, match=said):
            in_round(story, editing.add_item, kind, Typed(both("X"), settings=settings))
        story.anew()


def test_an_unseen_item_is_edited_in_place_and_a_second_hand_is_told(story):
    seen = mark_of(story, "S02")
    edit(
        story,
        "S02",
        theme="data",
        help=both("Help."),
        aspect=Aspect.RISK,
        comments=False,
        note="Why",
    )
    revision = revision_of(story, "S02")
    assert (revision.number, revision.wording) == (1, both("S02 anew."))
    assert not story.asked(2)["S02"].comments
    with pytest.raises(EditedMeanwhile):
        edit(story, "S02", seen=seen, wording=both("Somebody else's."))
    assert revision_of(story.anew(), "S02").wording == both("S02 anew.")


def test_a_translation_left_behind_is_outdated_until_it_is_touched_or_found_right(story):
    edit(story, "S01", wording={"en": "One.", "nl": "Eén."})
    edit(story, "S01", wording={"en": "Two.", "nl": "Eén."})
    assert designs.outdated(story.study, revision_of(story, "S01")) == ("nl",)
    edit(story, "S01", wording={"en": "Two.", "nl": "Eén."}, still_right=["nl"])
    assert designs.outdated(story.study, revision_of(story, "S01")) == ()
    edit(story, "S01", wording={"en": "Three.", "nl": "Drie."})
    assert designs.outdated(story.study, revision_of(story, "S01")) == ()
    edit(story, "S01", wording={"en": "Three."})
    (first, *_others) = designs.sections(story.session, story.study, story.round(2))
    assert (first.items[0].code, first.items[0].missing) == ("S01", ("nl",))


def test_an_item_with_another_theme_joins_its_section(story):
    edit(story, "S01", theme="data")
    assert listed(story) == [("S02", "data"), ("S01", "data"), ("S03", "care")]


def test_lines_become_statements_and_what_is_there_already_is_left_out(story):
    text = "1. It helps.\tHet helpt.\n\n- It harms.\n•  it helps.\n S07: It costs.\n3\tIt pays.\tHet loont."
    made = in_round(story, editing.add_lines, text, theme="data")
    assert made.codes == ("S04", "S05", "S06", "S07")
    assert made.there == ("it helps.",)
    worded = [revision_of(story, code).wording for code in made.codes]
    assert worded[0] == {"en": "It helps.", "nl": "Het helpt."}
    assert [one["en"] for one in worded] == ["It helps.", "It harms.", "It costs.", "It pays."]
    assert worded[3]["nl"] == "Het loont."
    questions = in_round(story, editing.add_lines, "Why?\nHow?", theme=None, number=1)
    assert questions.codes == ("Q3", "Q4")


def test_lines_that_cannot_be_added_change_nothing(story):
    for text in ("", " \n\t\n", "x" * 1_001, "a line\n" * 301):
        with pytest.raises(NotEdited):
            in_round(story, editing.add_lines, text, theme=None)
        assert len(story.anew().asked(2)) == 3


def test_a_duplicate_stands_behind_its_original_with_a_code_of_its_own(story):
    on_item(story, editing.duplicate, "S01")
    assert [code for code, _theme in listed(story)] == ["S01", "S04", "S02", "S03"]
    assert revision_of(story, "S04").wording == revision_of(story, "S01").wording


def test_items_move_within_their_section_and_over_its_edge(story):
    on_item(story, editing.shift, "S01", 1)
    assert listed(story) == [("S01", "data"), ("S02", "data"), ("S03", "care")]
    on_item(story, editing.shift, "S02", -1)
    assert listed(story) == [("S02", "data"), ("S01", "data"), ("S03", "care")]
    on_item(story, editing.shift, "S02", -1)
    in_round(story, editing.shift_section, 2, -1)
    assert listed(story) == [("S03", "care"), ("S02", "data"), ("S01", "data")]


def test_an_order_names_every_item_once(story):
    places = {code: row.id for code, row in story.asked(2).items()}
    order = [(places["S03"], None), (places["S01"], "data"), (places["S02"], "data")]
    in_round(story, editing.arrange, order)
    assert listed(story) == [("S03", None), ("S01", "data"), ("S02", "data")]
    with pytest.raises(EditedMeanwhile):
        in_round(story, editing.arrange, order[:2])
    with pytest.raises(EditedMeanwhile):
        in_round(story, editing.arrange, [order[0], *order[:2]])
    with pytest.raises(NotEdited):
        in_round(story, editing.arrange, [(row, "nowhere") for row, _theme in order])


def test_what_was_taken_out_is_put_back_as_it_was(story):
    edit(story, "S02", theme="data", comments=False)
    before = listed(story)
    on_item(story, designing.remove, "S02")
    (gone,) = editing.taken_out(story.session, story.round(2))
    assert gone.code == "S02"
    in_round(story, editing.put_back, gone.event_id)
    assert listed(story) == before
    assert not story.asked(2)["S02"].comments
    assert editing.taken_out(story.session, story.round(2)) == []
    with pytest.raises(NotEdited):
        in_round(story, editing.put_back, gone.event_id)


def test_a_hint_put_aside_comes_back_with_a_new_wording(story):
    on_item(story, editing.put_aside, "S01", "en", "vague")
    assert revision_of(story, "S01").heeded == {"en": ["vague"]}
    edit(story, "S01", wording={**revision_of(story, "S01").wording, "nl": "Anders."})
    assert revision_of(story, "S01").heeded == {"en": ["vague"]}
    edit(story, "S01", wording=both("Often anew."))
    assert revision_of(story, "S01").heeded is None


def test_a_launched_round_is_edited_in_no_way(story):
    placed = story.asked(1)["Q1"].id
    story.launch(1)
    typed = Typed(both("Changed?"))
    for act in (
        lambda: in_round(story, editing.add_item, "open_text", typed, number=1),
        lambda: in_round(story, editing.add_lines, "More?", theme=None, number=1),
        lambda: in_round(story, editing.arrange, [(placed, None)], number=1),
        lambda: on_item(story, editing.edit_item, "Q1", typed, number=1, seen=""),
        lambda: on_item(story, editing.duplicate, "Q1", number=1),
        lambda: on_item(story, editing.shift, "Q1", 1, number=1),
        lambda: on_item(story, editing.put_aside, "Q1", "en", "vague", number=1),
    ):
        with pytest.raises(RoundLaunched):
            act()
        story.anew()


def test_what_experts_saw_keeps_wording_and_theme_and_may_only_change_its_place(session):
    story = make_rated_story(session)
    story.prepare(2, returning=[row.id for row in story.asked(2).values()])
    with pytest.raises(NotEdited, match="give it a new wording"):
        on_item(story, editing.edit_item, "S01", Typed(both("X")), number=3, seen="")
    story.anew()
    with pytest.raises(NotEdited, match="it stays there"):
        on_item(story, editing.shift, "S01", 1, number=3)
    story.anew()
    order = list(reversed(editing.themed(session, story.round(3))))
    in_round(story, editing.arrange, order, number=3)
    assert [code for code, _theme in listed(story, 3)] == ["S04", "S03", "S02", "S01"]
