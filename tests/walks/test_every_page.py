"""Every page an expert can come to, error pages and public pages included, in all four languages.

The pages are found by the addresses of the app: a new one without a visit here fails.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy.exc import OperationalError

from surveys.models.base import transaction
from surveys.models.invitation import PersonalLink
from surveys.models.profile import FieldKind, FilledBy
from surveys.services import declaring, profiling
from surveys.services.linking import make_link
from tests.actors.browser import DESKTOP
from tests.actors.judges import Judges, check_html
from tests.actors.tour import Tourist, address, expert_rules, expert_templates
from tests.conftest import left_out
from tests.every_kind import ENGLISH, EXPERTS, GERMAN, LANGUAGES, make_fed_back, make_four_languages
from tests.factories import Story

NARROW = {"width": 320, "height": 640}
# What no fields may hold, and what nobody chose.
JUNK, NOTHING = "no number", ""


@pytest.fixture
def links(app: Flask) -> Any:
    return app.extensions["rondo.links"]


def test_every_page_in_every_language_is_valid_html(
    app: Flask, session: Any, links: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    people = [Tourist(app, language, pages) for language in LANGUAGES]
    experts = list(enumerate(people, start=1))
    early = make_four_languages(session, links=links)
    story = make_fed_back(session, links=links, whose="all_groups")
    parts = make_fed_back(session, links=links, whose="own_group", layout="sections")
    with transaction(session):
        make_link(session, story.expert(12), links, story.now)
        session.query(PersonalLink).filter_by(expert_id=story.expert(11).id).update(
            {"expires_at": story.now - timedelta(days=1)}
        )
    replaced = links.token(story.participation(12), 1)
    for number, person in experts:
        comes_too_early(person, early, number)
        goes_astray(person, [replaced, "unknown", story.link(11).rpartition("/")[2]])
        consents(person, story, EXPERTS + number)
    ask_about_everybody(story)
    for number, person in experts:
        tells_about_themselves(person, story, number)
        looks_at_everything(app, person, story, number)
        makes_mistakes(person, story, number)
        submits(person, story, number)
        answers_in_sections(app, person, parts, number)
    for act in (fails, is_away):
        monkeypatch.setitem(app.view_functions, "public.privacy", act)
        for person in people:
            assert person.open("/privacy").status in (500, 503)
    monkeypatch.undo()
    story.close(3)
    for number, person in experts:
        comes_too_late(person, story, number)
        leaves(person, story, number)
    ways = set().union(*(person.ways for person in people))
    missed = {rule.endpoint for rule in expert_rules(app)} - {end for _how, end in ways}
    assert not missed, f"no visit to {missed}: add one here"
    for person in people:
        unseen = expert_templates(app) - person.templates
        assert not unseen, f"no visit to a page of {unseen}: add one here"
    check_html(pages, left_out)


def comes_too_early(person: Tourist, story: Story, number: int) -> None:
    """Nothing is launched yet."""
    person.arrive(story.link(number))
    assert person.at.endswith("/wait")


def goes_astray(person: Tourist, tokens: list[str]) -> None:
    """Addresses that are wrong, old or somebody else's, and requests that cannot be."""
    statuses = [person.open(f"/p/{token}").status for token in tokens]
    assert statuses == [410, 404, 410]
    statuses = [
        person.open("/nowhere").status,
        person.open("/e/nobody/").status,
        person.ask("POST", "/privacy").status_code,
        person.ask("POST", "/e/nobody/leave", data={"text": "Typed."}).status_code,
        person.ask("POST", "/privacy", data={"a": "x" * 600_000}).status_code,
    ]
    assert statuses == [404, 403, 405, 400, 405]


def consents(person: Tourist, story: Story, number: int) -> None:
    person.open(story.link(number))
    person.press(form=person.page.form_with(action=story.link(number)))
    assert person.at.endswith("/consent")
    assert person.post(person.at).status_code == 422
    person.arrive(story.link(number))
    assert person.at.endswith("/rounds/3")


def ask_about_everybody(story: Story) -> None:
    """The study wants to know a number, a choice and conflicting interests of each expert."""
    about: dict[str, Any] = {"actor": story.actor, "at": story.now}
    with transaction(story.session):
        for kind, options in ((FieldKind.NUMBER, ""), (FieldKind.CHOICE, "Hospital\nPractice")):
            profiling.add_field(
                story.session,
                story.study,
                kind=kind,
                label={"en": f"Your {kind.value}"},
                filled_by=FilledBy.EXPERT,
                may_identify=False,
                options=profiling.options_from(story.study, {"en": options}) if options else (),
                **about,
            )
        declaring.revise(story.session, story.study, asked=True, text={}, **about)
    story.anew()


def tells_about_themselves(person: Tourist, story: Story, number: int) -> None:
    """Nonsense first."""
    person.arrive(story.link(number))
    assert person.at.endswith("/about-you")
    form = person.page.form_with(field="conflict")
    numbers = [box.attrs["name"] for box in form.node.all("input", inputmode="decimal")]
    nonsense = dict.fromkeys(numbers, JUNK)
    assert person.send(form=form, conflict="yes", **nonsense).status_code == 422
    person.press(form=form, conflict="no")
    assert person.at.endswith("/rounds/3")


def looks_at_everything(app: Flask, person: Tourist, story: Story, number: int) -> None:
    """Every address there is."""
    person.arrive(story.link(number))
    assert person.at.endswith("/rounds/3")
    for rule in expert_rules(app):
        where = address(rule, story, number, 3)
        response = person.ask("GET", where)
        assert response.status_code in (200, 303, 404), where
        person._follow(response)


def makes_mistakes(person: Tourist, story: Story, number: int) -> None:
    """Fields that hold nonsense; answers that were given on another page meanwhile."""
    here = f"/e/{story.participation(number)}"
    page = person.open(f"{here}/rounds/3")
    form = page.form_with(field="csrf_token", action="/rounds/3")
    boxes = form.node.all("input", type="text")
    junk = {box.attrs["name"]: JUNK for box in boxes if box.attrs["name"].startswith("a-")}
    assert person.send(form=form, act="save", **junk).status_code == 422
    assert person.page.all(class_="error-summary")
    for point in (5, 2):
        rating = {f"a-{story.place(3, 'S01')}": str(point)}
        answer = person.send(form=form, act="save", **rating)
    assert answer.status_code == 422
    assert person.page.all(class_="elsewhere")
    assert person.post(f"{here}/leave").status_code == 422
    token = {"csrf_token": person.token}
    foreign, long = {f"a-{story.place(2, 'S01')}": "4"}, {"text": "x" * 600_000}
    statuses = [
        person.ask("POST", f"{here}/rounds/3", data={**token, **data}).status_code
        for data in (foreign, long, {"csrf_token": "of another page", **foreign})
    ]
    assert statuses == [422, 413, 400]


def submits(person: Tourist, story: Story, number: int) -> None:
    """With gaps, after having looked at them."""
    here = f"/e/{story.participation(number)}/rounds/3"
    person.open(here)
    person._follow(person.post(here, act="submit"))
    assert person.at.endswith("/review")
    person._follow(person.post(here, act="submit_anyway"))
    assert person.at.endswith("/receipt")
    person.open(here)


def answers_in_sections(app: Flask, person: Tourist, story: Story, number: int) -> None:
    person.arrive(story.link(number))
    assert person.at.endswith("/rounds/3/sections/1")
    for rule in expert_rules(app):
        if "section" in rule.arguments:
            assert person.open(address(rule, story, number, 3)).status == 200
    person._follow(person.post(person.at, act="next"))
    assert person.at.endswith("/sections/2")


def fails() -> str:
    raise OperationalError("", {}, Exception())


def is_away() -> str:
    from sqlalchemy.exc import SQLAlchemyError

    raise SQLAlchemyError


def comes_too_late(person: Tourist, story: Story, number: int) -> None:
    """The last round is closed."""
    here = f"/e/{story.participation(number)}"
    person.open(f"{here}/leave")
    late = {f"a-{story.place(3, 'S01')}": "4", f"c-{story.place(3, 'S01')}": "Too late."}
    assert person.post(f"{here}/rounds/3", **late).status_code == 409
    person.open(f"{here}/rounds/3")
    assert person.at.endswith("/wait")
    person.open(story.link(number))


def leaves(person: Tourist, story: Story, number: int) -> None:
    here = f"/e/{story.participation(number)}"
    person.open(f"{here}/leave")
    how = "erase" if number % 2 else "keep"
    assert person.post(f"{here}/leave", earlier=how).status_code == 200
    assert person.open(story.link(number)).status == 410
    assert person.open(f"{here}/").status == 403


# --- in a browser


@pytest.mark.browser
@pytest.mark.parametrize(
    ("number", "size", "scheme"),
    [(ENGLISH, DESKTOP, "light"), (GERMAN, NARROW, "dark")],
    ids=["english-desk-light", "german-narrow-dark"],
)
def test_axe_finds_nothing_on_any_page(
    app: Flask,
    session: Any,
    links: Any,
    live: str,
    browser: Any,
    tmp_path: Path,
    number: int,
    size: dict[str, int],
    scheme: str,
) -> None:
    story = make_fed_back(session, links=links, whose="all_groups")
    language = LANGUAGES[number - 1]
    judges = Judges(tmp_path, left_out)
    page: Page = browser(language=language, size=size, color_scheme=scheme)

    def look(path: str) -> None:
        response = page.goto(live + path)
        if response and "html" in response.headers["content-type"]:
            judges.look(page, path)
            assert page.locator("html").get_attribute("lang") == language

    look("/nowhere")
    look("/e/nobody/")
    look("/p/unknown")
    page.goto(live + story.link(EXPERTS + number))
    page.locator("main form button").click()
    page.wait_for_url("**/consent")
    page.locator("main form button").click()
    judges.look(page, "no consent")
    look(story.link(number))
    page.locator("main form button").click()
    page.wait_for_url("**/rounds/3")
    page.locator("details.menu summary").click()
    for summary in page.locator("main summary").all():
        summary.click()
    judges.look(page, "round, unfolded")
    page.locator(".bar button[value=submit]").click()
    page.wait_for_url("**/review")
    judges.look(page, "review")
    page.locator("button[value=submit_anyway]").click()
    page.wait_for_url("**/receipt")
    ask_about_everybody(story)
    for rule in expert_rules(app):
        # A file is no page: a browser keeps it and shows nothing.
        if not rule.rule.endswith(".ics"):
            look(address(rule, story, number, 3))
    page.goto(f"{live}/e/{story.participation(number)}/leave")
    page.locator("main form button").click()
    judges.look(page, "no choice")
    page.locator("input[value=keep]").check()
    page.locator("main form button").click()
    judges.look(page, "left")
    judges.found_nothing()
