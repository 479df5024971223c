"""Profile fields and the question about interests: asked once, skippable, kept apart."""

import pytest
from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.panel import EarlierAnswers
from surveys.models.profile import Declaration, FieldKind, FilledBy, ProfileValue
from surveys.queries import dataset, own_data, profiles
from surveys.services import declaring, profiling, withdrawing
from surveys.services.exporting_panel import panel_table
from tests.factories import both, make_story


def make_field(story, name, *, kind=FieldKind.TEXT, options=None, **about):
    with transaction(story.session):
        return profiling.add_field(
            story.session,
            story.study,
            kind=kind,
            label=both(name),
            options=profiling.options_from(story.study, options) if options else (),
            **{"filled_by": FilledBy.EXPERT, "may_identify": False, **about},
            actor=story.actor,
            at=story.now,
        ).id


def fill_in(story, number, typed, by=FilledBy.EXPERT):
    with transaction(story.session):
        profiling.fill_in(
            story.session,
            story.study,
            story.expert(number),
            typed,
            by=by,
            actor=story.actor,
            at=story.now,
        )


def ask(story, **question):
    with transaction(story.session):
        changed = declaring.revise(
            story.session,
            story.study,
            **{"asked": True, "text": {}, **question},
            actor=story.actor,
            at=story.now,
        )
    story.anew()
    return changed


def declare(story, number, answer, explanation=""):
    with transaction(story.session):
        declaring.declare(
            story.session,
            story.study,
            story.expert(number),
            answer=answer,
            explanation=explanation,
            language="en",
            text=declaring.question(story.study)["en"],
            at=story.now,
        )


def lacks(story, number):
    return profiles.lacks_something(story.session, story.study, story.expert(number).id)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_an_expert_is_asked_until_every_field_is_answered_or_left_open(session):
    story = make_story(session, experts=2)
    assert not lacks(story, 1)
    years = make_field(story, "Years", kind=FieldKind.NUMBER)
    make_field(story, "Known to us", filled_by=FilledBy.TEAM)
    assert lacks(story, 1)
    with pytest.raises(profiling.NotFilledIn):
        fill_in(story, 1, {years: "many"})
    fill_in(story, 1, {years: ""})
    assert not lacks(story, 1)
    make_field(story, "One more")
    assert lacks(story, 1)


@pytest.mark.both_engines
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_an_expert_fills_in_no_field_of_the_team(session):
    story = make_story(session, experts=1)
    ours = make_field(story, "Ours", filled_by=FilledBy.TEAM)
    fill_in(story, 1, {ours: "mine now"})
    assert session.scalars(select(ProfileValue)).all() == []
    fill_in(story, 1, {ours: "Known"}, by=FilledBy.TEAM)
    assert session.scalars(select(ProfileValue.value)).all() == ["Known"]


@pytest.mark.both_engines
def test_interests_are_declared_in_versions_and_asked_again_when_the_words_change(session):
    story = make_story(session, experts=2)
    assert ask(story)
    assert not ask(story), "the same again changes nothing"
    for said in (("",), ("yes", "  "), ("yes", "x" * 2_001)):
        with pytest.raises(declaring.NotDeclared):
            declare(story, 1, *said)
    declare(story, 1, "yes", "Advice to a firm.")
    declare(story, 1, "no")
    assert not lacks(story.anew(), 1)
    ask(story, text={"en": "Any shares?"})
    assert story.study.conflicts["version"] == "2"
    assert lacks(story, 1)
    declare(story, 1, "yes", "Some.")
    rows = session.execute(
        select(Declaration.version, Declaration.has_conflict, Declaration.explanation).order_by(
            Declaration.id
        )
    ).all()
    assert rows == [("1", False, ""), ("2", True, "Some.")]
    trail = repr(session.scalars(select(AuditEvent.details)).all())
    assert "firm" not in trail


@pytest.mark.both_engines
def test_what_may_identify_leaves_in_no_table_for_analysis(session):
    story = make_story(session, experts=2)
    setting = make_field(
        story, "Setting", kind=FieldKind.CHOICE, options=both("Hospital\nPractice")
    )
    years = make_field(story, "Years", kind=FieldKind.NUMBER)
    employer = make_field(story, "Employer", may_identify=True)
    fill_in(story, 1, {setting: "hospital", years: "7,5", employer: "The only clinic"})
    ask(story)
    declare(story, 1, "yes", "I own The only clinic.")
    data = dataset.of_study(session, story.study)

    def table(*, identifying):
        kept = profiles.of_study(session, story.study, identifying=identifying)
        return panel_table(story.study, data, kept, "en", identifying=identifying)

    plain, whole = table(identifying=False), table(identifying=True)
    names = [column.name for column in plain.columns]
    assert names[4:] == ["left", "conflict", "profile_setting", "profile_years"]
    assert list(plain.rows[0][4:]) == ["no", "yes", "hospital", 7.5]
    assert list(plain.rows[1][4:]) == ["no", None, None, None]
    assert "clinic" not in repr(plain)
    assert whole.name == "panel_identifying"
    assert whole.rows[0][-1] == "The only clinic"
    assert "I own" not in repr(whole)


@pytest.mark.both_engines
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_erasing_takes_profile_and_declarations_along(session):
    story = make_story(session, experts=2)
    years = make_field(story, "Years", kind=FieldKind.NUMBER)
    ask(story)
    for number in (1, 2):
        fill_in(story, number, {years: "3"})
        declare(story, number, "no")
    assert {"profile_value", "declaration"} <= set(own_data.everything(session, story.expert(1).id))
    with transaction(session):
        withdrawing.withdraw(
            session,
            story.expert(1),
            earlier_answers=EarlierAnswers.ERASE,
            actor=story.actor,
            at=story.now,
        )
    for kind in (ProfileValue, Declaration):
        assert session.scalars(select(kind.expert_id)).all() == [story.expert(2).id]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    "typed",
    [{"en": "One only"}, {"en": "One\nTwo", "nl": "Een"}, {}, {"en": "\n".join("x" * 41)}],
)
def test_choices_that_make_no_choice_are_refused(session, typed):
    story = make_story(session, experts=0)
    with pytest.raises(profiling.FieldRefused):
        profiling.options_from(story.study, typed)
