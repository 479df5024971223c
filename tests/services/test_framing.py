"""The frame of a study while it is built: texts, languages, themes, groups, the scale, the rounds."""

import pytest
from sqlalchemy import select

from surveys.delphi.ordering import ItemOrder
from surveys.delphi.protocol import Protocol
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.round import RoundKind, RoundLayout, RoundMode
from surveys.queries import panel
from surveys.services import framing
from surveys.services.framing import EditedMeanwhile, NotFramed, RoundTexts, StudyLocked
from tests.factories import both, make_story, study_document


@pytest.fixture
def engine_name():
    """Rules and JSON, nothing that engines tell apart."""
    return "sqlite"


@pytest.fixture
def story(session):
    """Nothing launched yet."""
    return make_story(session)


def do(story, act, *args, **named):
    """One act on the study; what it returns."""
    with transaction(story.session):
        made = act(
            story.session,
            story.study,
            *[one() if callable(one) else one for one in args],
            actor=story.actor,
            at=story.now,
            **named,
        )
        return getattr(made, "code", None) or getattr(made, "number", None)


def theme(story, code):
    return next(one for one in framing.themes_of(story.session, story.study) if one.code == code)


def group(story, code):
    return next(one for one in panel.groups(story.session, story.study) if one.code == code)


def refusal(story, act, *args, **named):
    with pytest.raises(NotFramed) as refused:
        do(story, act, *args, **named)
    story.anew()
    return str(refused.value)


def last_act(story):
    return story.session.scalars(
        select(AuditEvent.act).order_by(AuditEvent.id.desc()).limit(1)
    ).one()


def test_texts_are_kept_unless_a_colleague_was_faster(story):
    seen = framing.marked(story.study)
    texts = {"title": both("Another name"), "summary": both("Another summary")}
    do(story, framing.set_texts, seen=seen, **texts)
    assert story.study.title == both("Another name")
    # The same again, as a button pressed twice sends it, is no conflict.
    do(story, framing.set_texts, seen=seen, **texts)
    with pytest.raises(EditedMeanwhile):
        do(story, framing.set_texts, seen=seen, title=both("Mine"), summary=both("Mine"))
    assert story.anew().study.title == both("Another name")
    assert last_act(story) == "study described"


def test_a_language_comes_without_texts_and_those_of_one_that_goes_wait_for_its_return(story):
    do(story, framing.add_language, "fr")
    assert story.study.languages == ["en", "nl", "fr"]
    assert "already" in refusal(story, framing.add_language, "fr")
    assert "speak" in refusal(story, framing.add_language, "xx")
    do(
        story,
        framing.set_texts,
        title={"en": "A", "nl": "B", "fr": "C"},
        summary={},
        seen=framing.marked(story.study),
    )
    do(story, framing.remove_language, "fr")
    do(
        story,
        framing.set_texts,
        title={"en": "D", "nl": "E"},
        summary={},
        seen=framing.marked(story.study),
    )
    do(story, framing.add_language, "fr")
    assert story.study.title == {"en": "D", "nl": "E", "fr": "C"}


def test_a_language_that_experts_read_stays(story):
    assert "of the panel read" in refusal(story, framing.remove_language, "nl")
    assert story.study.languages == ["en", "nl"]


def test_themes_are_added_named_moved_and_removed_while_they_hold_nothing(story):
    titles = {"title": {"en": "Équité & accès", "nl": "Gelijkheid"}, "description": {}}
    assert do(story, framing.add_theme, **titles) == "equite_acces"
    assert do(story, framing.add_theme, **titles) == "equite_acces_2"
    assert "empty" in refusal(story, framing.add_theme, title={"nl": "Alleen"}, description={})
    do(
        story,
        framing.edit_theme,
        lambda: theme(story, "equite_acces"),
        title=both("Equity"),
        description=both("On equity."),
        seen=framing.marked(theme(story, "equite_acces")),
    )
    rows = framing.themes_of(story.session, story.study)
    do(story, framing.move, rows, rows[2], -1)
    order = [one.code for one in framing.themes_of(story.session, story.study)]
    assert order == ["care", "equite_acces", "data", "equite_acces_2"]
    do(story, framing.remove_theme, lambda: theme(story, "equite_acces"))
    assert "S01" in refusal(story, framing.remove_theme, lambda: theme(story, "care"))


def test_a_theme_that_goes_leaves_the_random_order_of_drafts(story):
    code = do(story, framing.add_theme, title=both("New"), description={})
    with transaction(story.session):
        story.round(2).item_order = ItemOrder(("care", code)).to_json()
    do(story, framing.remove_theme, lambda: theme(story, code))
    assert ItemOrder.from_json(story.round(2).item_order).sections == ("care",)


def test_a_theme_is_fixed_once_experts_were_asked_under_it_and_others_are_not(story):
    story.launch(1)
    named = {"title": both("Other"), "description": {}}
    said = refusal(
        story,
        framing.edit_theme,
        lambda: theme(story, "care"),
        seen=framing.marked(theme(story, "care")),
        **named,
    )
    assert "have been asked under this theme" in said
    seen = framing.marked(theme(story, "data"))
    do(story, framing.edit_theme, lambda: theme(story, "data"), seen=seen, **named)
    assert theme(story, "data").title["en"] == "Other"
    assert do(story, framing.add_theme, **named) == "other"


def test_groups_are_removed_when_nobody_and_no_condition_needs_them(session):
    document = study_document()
    document["rounds"][1]["items"][2]["ask_if"] = {"not": {"group": "patient"}}
    document["groups"].append({"code": "patient", "name": both("Patient")})
    story = make_story_of(session, document)
    assert "experts in this group" in refusal(
        story, framing.remove_group, lambda: group(story, "nurse")
    )
    assert "S03" in refusal(story, framing.remove_group, lambda: group(story, "patient"))
    assert do(story, framing.add_group, name=both("Carer")) == "carer"
    rows = panel.groups(story.session, story.study)
    do(story, framing.move, rows, rows[-1], -1)
    do(story, framing.remove_group, lambda: group(story, "carer"))
    assert [one.code for one in panel.groups(story.session, story.study)][:2] == [
        "nurse",
        "physician",
    ]


def make_story_of(session, document):
    import json

    return make_story(session, file=json.dumps(document))


SEVEN = {
    "scale": {"kind": "scale", "low": "1", "high": "7", "low_until": "2", "high_from": "6"},
    "labels": {"en": {"1": "no", "7": "yes", "9": "beyond"}},
}


def test_a_new_scale_is_followed_by_what_stood_on_the_old_one_and_by_the_rules(session):
    document = study_document()
    own = {"low": 0, "high": 10, "low_until": 2, "high_from": 8, "kind": "scale"}
    document["rounds"][1]["items"][2]["settings"] = {"scale": own, "labels": {}, "unable": {}}
    story = make_story_of(session, document)
    seen = framing.mark(story.study.scale)
    do(story, framing.set_scale, SEVEN, seen=seen)
    placed = story.asked(2)
    assert placed["S01"].settings["scale"]["high"] == 7
    assert placed["S01"].settings["labels"] == {"en": {"1": "no", "7": "yes"}}
    assert placed["S03"].settings["scale"] == own
    assert Protocol.from_json(story.study.protocol).scale.high == 7
    wrong = {"scale": {**SEVEN["scale"], "low": "9"}}
    said = refusal(story, framing.set_scale, wrong, seen=framing.mark(story.study.scale))
    assert "This scale cannot be used" in said
    with pytest.raises(EditedMeanwhile):
        do(
            story,
            framing.set_scale,
            {"scale": {**SEVEN["scale"], "high": "9", "high_from": "7"}},
            seen=seen,
        )


def said_of(round_, **parts):
    said = {
        "title": round_.title,
        "introduction": round_.introduction,
        "layout": round_.layout,
        "mode": round_.mode,
        **parts,
    }
    return RoundTexts(**said)


def test_a_round_is_added_described_and_runs_in_real_time_when_the_rules_say_so(story):
    assert do(story, framing.add_round, kind=RoundKind.RATING, title=both("Last")) == 4
    said = said_of(story.round(4), layout=RoundLayout.SECTIONS, mode=RoundMode.REAL_TIME)
    seen = framing.marked(story.round(4))
    do(story, framing.edit_round, lambda: story.round(4), said, seen=seen)
    assert story.round(4).real_time
    assert Protocol.from_json(story.study.protocol).real_time == (4,)
    said = said_of(story.round(1), mode=RoundMode.REAL_TIME)
    seen = framing.marked(story.round(1))
    assert "Only a rating round" in refusal(
        story, framing.edit_round, lambda: story.round(1), said, seen=seen
    )


def test_a_round_that_goes_takes_its_items_along_and_later_ones_move_up(story):
    do(story, framing.add_round, kind=RoundKind.RATING, title=both("Last"))
    said = said_of(story.round(4), mode=RoundMode.REAL_TIME)
    seen = framing.marked(story.round(4))
    do(story, framing.edit_round, lambda: story.round(4), said, seen=seen)
    do(story, framing.remove_round, lambda: story.round(2))
    titles = [one.title["en"] for one in framing.rounds_of(story.session, story.study)]
    assert titles == ["Your experience", "A second look", "Last"]
    assert [one.number for one in framing.rounds_of(story.session, story.study)] == [1, 2, 3]
    assert Protocol.from_json(story.study.protocol).real_time == (3,)


def test_once_launched_what_is_locked_says_so_and_drafts_go_on(story):
    story.launch(1)
    for act, args in (
        (framing.set_texts, {"title": both("X"), "summary": {}, "seen": ""}),
        (framing.add_group, {"name": both("X")}),
        (framing.set_scale, {"settings": SEVEN, "seen": ""}),
    ):
        with pytest.raises(StudyLocked):
            do(story, act, **args)
    with pytest.raises(StudyLocked):
        do(story, framing.add_language, "fr")
    live = said_of(story.round(2), mode=RoundMode.REAL_TIME)
    with pytest.raises(StudyLocked):
        do(
            story,
            framing.edit_round,
            lambda: story.round(2),
            live,
            seen=framing.marked(story.round(2)),
        )
    story.anew()
    assert "launched" in refusal(story, framing.remove_round, lambda: story.round(1))
    title = said_of(story.round(2), title=both("Named anew"))
    do(
        story,
        framing.edit_round,
        lambda: story.round(2),
        title,
        seen=framing.marked(story.round(2)),
    )
    assert story.round(2).title == both("Named anew")
