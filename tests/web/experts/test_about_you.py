"""What the study asks of each expert beside its rounds: one page after the consent."""

import pytest
from sqlalchemy import select

from surveys.models.base import transaction
from surveys.models.profile import Declaration, FieldKind, FilledBy, ProfileValue
from surveys.services import declaring, profiling
from tests.actors.visitor import Visitor
from tests.factories import both


@pytest.fixture
def asked(story):
    """Years of practice and interests are asked; nobody has consented to round 2 yet but expert 1."""
    with transaction(story.session):
        about = {"actor": story.actor, "at": story.now}
        field = profiling.add_field(
            story.session,
            story.study,
            kind=FieldKind.NUMBER,
            label=both("Years in practice", "Jaren praktijk"),
            filled_by=FilledBy.EXPERT,
            may_identify=False,
            **about,
        )
        declaring.revise(story.session, story.study, asked=True, text={}, **about)
        number = field.id
    story.anew()
    return number


def test_the_page_comes_after_the_consent_and_then_never_again(app, story, asked):
    visitor = Visitor(app)
    page = visitor.arrive(story.link(2))
    assert page.h1 == "Over u"
    assert "Jaren praktijk" in page.text
    page = visitor.press("Bewaren en verdergaan", **{f"field-{asked}": "12", "conflict": "no"})
    assert visitor.at.endswith("/rounds/2")
    assert story.anew().session.scalars(select(ProfileValue.value)).all() == ["12"]
    visitor.arrive(story.link(2))
    assert visitor.at.endswith("/rounds/2")


def test_what_does_not_fit_is_told_and_the_rest_is_kept(app, story, asked):
    visitor = Visitor(app)
    visitor.arrive(story.link(3))
    page = visitor.press("Keep and go on", **{f"field-{asked}": "many"})
    assert page.status == 422
    assert "“many” is not a number." in page.text
    assert "Please answer the question about interests: yes or no." in page.text
    assert page.one("input", id=f"field-{asked}").attrs["value"] == "many"
    page = visitor.press("Keep and go on", **{f"field-{asked}": "many", "conflict": "no"})
    assert page.status == 422
    assert story.anew().session.scalars(select(Declaration.has_conflict)).all() == [False]


def test_it_can_wait_and_be_changed_in_your_data(app, story, asked):
    visitor = Visitor(app)
    page = visitor.arrive(story.link(3))
    later = [node for node in page.all("a") if node.text == "Not now"]
    assert visitor.open(later[0].attrs["href"]).status == 200
    assert visitor.at.endswith("/rounds/2")
    visitor.open(f"/e/{story.participation(3)}/about-you")
    visitor.press(
        "Keep and go on",
        **{f"field-{asked}": "3", "conflict": "yes", "explanation": "A <b>firm</b>."},
    )
    page = visitor.open(f"/e/{story.participation(3)}/data")
    assert "Years in practice" in page.text
    assert "A <b>firm</b>." in page.text
    visitor.open(f"/e/{story.participation(3)}/about-you")
    assert visitor.page.one("input", id=f"field-{asked}").attrs["value"] == "3"


def test_a_study_that_asks_nothing_has_no_such_page(app, story):
    visitor = Visitor(app)
    visitor.arrive(story.link(2))
    visitor.open(f"/e/{story.participation(2)}/about-you")
    assert visitor.at.endswith("/rounds/2")
