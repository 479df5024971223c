"""From the personal link to the pages behind it, and everybody who must stay outside."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.panel import Consent, EarlierAnswers
from surveys.models.response import Response
from surveys.services import linking, withdrawing
from surveys.web.experts.access import MOST_GRANTS
from tests.actors.visitor import Visitor
from tests.factories import make_story


def counts(story):
    """Everything that opening a page could have changed."""
    story.anew()
    return [
        story.session.scalar(select(func.count()).select_from(kind))
        for kind in (AuditEvent, Consent, Response)
    ]


def leave(story, number):
    with transaction(story.session):
        withdrawing.withdraw(
            story.session,
            story.expert(number),
            earlier_answers=EarlierAnswers.KEEP,
            actor="expert",
            at=story.now,
        )


def test_opening_a_link_changes_nothing_and_signs_nobody_in(story, visitor):
    """Mail scanners open links; only pressing the button is an act."""
    before = counts(story)
    for _ in range(3):
        page = visitor.open(story.link(3))
    assert page.h1 == "A small study"
    assert counts(story) == before
    participation = story.participation(3)
    assert visitor.ask("GET", f"/e/{participation}/").status_code == 403


def test_the_way_in_leads_over_consent_to_the_open_round(story, visitor):
    visitor.open(story.link(3))
    assert visitor.press("Start").h1 == "Before you take part"
    assert "Test Institute runs this." in visitor.page.text
    assert visitor.press("Take part", agree="yes").h1 == "Your opinion"
    assert story.link(3) not in visitor.page.html


def test_the_address_behind_the_link_carries_no_secret(story, visitor):
    visitor.arrive(story.link(3))
    token = story.link(3).removeprefix("/p/")
    assert token not in visitor.at
    assert token not in visitor.page.html


def test_without_the_tick_nobody_takes_part(story, visitor):
    visitor.open(story.link(3))
    visitor.press("Start")
    page = visitor.press("Take part")
    assert (page.status, page.h1) == (422, "Before you take part")
    assert "Please tick the box if you want to take part." in page.text
    assert counts(story)[1] == 1  # expert 1 alone consented, in round 1


def test_consent_keeps_the_text_with_the_settings_in_it(story, visitor):
    visitor.arrive(story.link(3))
    kept = select(Consent.text).where(Consent.expert_id == story.anew().expert(3).id)
    assert story.session.scalars(kept).one() == "Test Institute runs this."


def test_no_page_of_a_round_is_seen_before_consent(story, visitor):
    visitor.open(story.link(3))
    visitor.press("Start")
    where = f"/e/{story.participation(3)}"
    assert visitor.ask("GET", f"{where}/rounds/2").headers["Location"] == f"{where}/consent"
    answer = visitor.script(f"{where}/rounds/2/answers", {f"a-{story.place(2, 'S01')}": "4"})
    assert (answer.status_code, answer.json["problem"]) == (403, "Please give your consent first.")
    assert counts(story)[2] == 1


def test_coming_back_leads_straight_to_the_round(story, visitor):
    visitor.arrive(story.link(3))
    back = Visitor(visitor.browser.application)
    back.open(story.link(3))
    assert back.press("Continue").h1 == "Your opinion"


def test_between_rounds_the_pages_say_that_there_is_nothing_to_do(story, visitor):
    story.close(2)
    assert visitor.arrive(story.link(3)).h1 == "Nothing to do right now"


# --- links that do not work


def refused(visitor, link, status, words):
    page = visitor.open(link)
    assert page.status == status
    assert words in page.text
    assert page.all("li"), "what to do next"
    posted = visitor.ask("POST", link, data={})
    assert posted.status_code in (400, status)


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "%ff%fe", "é", "a" * 3_000])
def test_an_unknown_link_says_so(app, token):
    refused(Visitor(app), f"/p/{token}", 404, "We do not know this link.")


def test_a_link_cut_short_is_unknown(story, visitor):
    refused(visitor, story.link(3)[:-1], 404, "Perhaps it was copied incompletely.")


def test_an_expired_link_says_so(session, links, visitor):
    story = make_story(
        session, at=datetime.now(UTC) - timedelta(days=links.days, seconds=5), links=links
    )
    refused(visitor, story.link(1), 410, "This link has expired.")


def test_a_replaced_link_says_that_a_newer_one_exists(story, visitor):
    old = story.link(3)
    with transaction(story.session):
        linking.make_link(story.session, story.expert(3), story.links, story.now)
    refused(visitor, old, 410, "replaced by a newer one")
    assert visitor.arrive(story.link(3)).h1 == "Your opinion"


def test_a_link_of_somebody_who_left_says_so(story, visitor):
    link = story.link(3)
    leave(story, 3)
    refused(visitor, link, 410, "You have left this study")


# --- participations in the address


def test_a_foreign_participation_is_refused_and_nothing_is_stored(story, visitor):
    visitor.arrive(story.link(3))
    place = story.place(2, "S01")
    foreign = f"/e/{story.participation(4)}"
    for method, address in [
        ("GET", f"{foreign}/"),
        ("GET", f"{foreign}/rounds/2"),
        ("GET", f"{foreign}/rounds/2/receipt"),
        ("GET", f"{foreign}/leave"),
        ("GET", f"{foreign}/wait"),
    ]:
        visitor.ask(method, address)
        assert visitor.page.status == 403
        assert "Please open your personal link first" in visitor.page.text
    visitor.open(f"/e/{story.participation(3)}/rounds/2")
    data = {"csrf_token": visitor.token, f"a-{place}": "5", "earlier": "erase"}
    for address in (f"{foreign}/rounds/2", f"{foreign}/rounds/2/answers", f"{foreign}/leave"):
        assert visitor.ask("POST", address, data=data).status_code == 403
    assert counts(story)[2] == 1
    assert story.expert(4).withdrawn_at is None


def test_what_was_typed_on_a_foreign_page_is_given_back(story, visitor):
    visitor.arrive(story.link(3))
    place = story.place(2, "S01")
    visitor.post(f"/e/{story.participation(4)}/rounds/2", **{f"c-{place}": "a long thought"})
    assert "a long thought" in visitor.page.text


@pytest.mark.parametrize("name", ["x", "%00", "..", "a" * 500, "%F0%9F%98%80", "' OR 1=1 --"])
def test_junk_for_a_participation_is_refused(app, name):
    visitor = Visitor(app)
    visitor.ask("GET", f"/e/{name}/rounds/2")
    assert visitor.page.status in (403, 404)


def test_a_deleted_cookie_costs_no_saved_answer(story, visitor):
    visitor.arrive(story.link(3))
    place = story.place(2, "S01")
    visitor.press("Save", **{f"a-{place}": "4"})
    token = visitor.token
    visitor.browser.delete_cookie("rondo_expert")
    address = f"/e/{story.participation(3)}/rounds/2"
    answer = visitor.ask(
        "POST", address, data={"csrf_token": token, f"a-{place}": "5", f"c-{place}": "my thought"}
    )
    assert answer.status_code == 400
    assert "Open your personal link" in visitor.page.text
    assert "my thought" in visitor.page.text
    visitor.ask("GET", address)
    assert visitor.page.status == 403
    page = visitor.arrive(story.link(3))
    (chosen,) = [node for node in page.all("input", type="radio") if "checked" in node.attrs]
    assert chosen.attrs["value"] == "4"


def test_a_cookie_made_up_by_somebody_opens_nothing(story, visitor):
    for value in ("x", "eyJwYXJ0aWNpcGF0aW9ucyI6WyJ4Il19.x.y", ""):
        visitor.browser.set_cookie("rondo_expert", value)
        assert visitor.ask("GET", f"/e/{story.participation(3)}/").status_code == 403


def test_a_researchers_cookie_is_no_experts_cookie(story, visitor):
    visitor.arrive(story.link(3))
    value = visitor.browser.get_cookie("rondo_expert").value
    visitor.browser.delete_cookie("rondo_expert")
    visitor.browser.set_cookie("rondo_researcher", value)
    assert visitor.ask("GET", f"/e/{story.participation(3)}/").status_code == 403
    assert visitor.ask("GET", "/studies/").status_code == 303


def test_the_cookie_is_for_this_site_and_not_for_scripts(story, visitor):
    visitor.open(story.link(3))
    answer = visitor.send("Start")
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if "rondo_expert=" in c]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_browser_holds_a_few_participations_and_drops_the_oldest(session, links, app):
    story = make_story(
        session, experts=MOST_GRANTS + 1, at=datetime.now(UTC) - timedelta(days=1), links=links
    )
    story.launch(1)
    visitor = Visitor(app)
    for number in range(1, MOST_GRANTS + 2):
        visitor.arrive(story.link(number))
    first, second = story.participation(1), story.participation(2)
    assert visitor.ask("GET", f"/e/{first}/").status_code == 403
    assert visitor.ask("GET", f"/e/{second}/").status_code == 303


def test_the_language_of_the_pages_can_be_changed(story, visitor):
    visitor.arrive(story.link(3))
    place = f"/e/{story.participation(3)}"
    assert visitor.post(f"{place}/language", language="nl").status_code == 303
    page = visitor.open(f"{place}/rounds/2")
    assert (page.language, page.h1) == ("nl", "Uw mening")
    assert story.anew().expert(3).language == "nl"


@pytest.mark.parametrize("wanted", ["xx", "", "fr"])
def test_a_language_the_study_lacks_changes_nothing(story, visitor, wanted):
    visitor.arrive(story.link(3))
    visitor.post(f"/e/{story.participation(3)}/language", language=wanted)
    assert story.anew().expert(3).language == "en"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/studies/", "/\\evil", "javascript:1"]
)
def test_changing_the_language_leads_to_no_other_place(story, visitor, elsewhere):
    visitor.arrive(story.link(3))
    where = f"/e/{story.participation(3)}"
    answer = visitor.post(f"{where}/language", language="nl", next=elsewhere)
    assert answer.headers["Location"] == f"{where}/"


def test_leaving_asks_for_a_choice_and_ends_everything(story, visitor):
    visitor.arrive(story.link(3))
    visitor.press("Save", **{f"a-{story.place(2, 'S01')}": "4"})
    where = f"/e/{story.participation(3)}"
    visitor.open(f"{where}/leave")
    page = visitor.press("Leave the study")
    assert page.status == 422
    assert "Please choose what happens to your earlier answers." in page.text
    assert story.anew().expert(3).withdrawn_at is None
    page = visitor.press("Leave the study", earlier="erase")
    assert page.h1 == "You have left the study"
    assert "Your answers have been erased." in page.text
    visitor.ask("GET", f"{where}/rounds/2")
    assert visitor.page.status in (403, 410)
    assert story.anew().expert(3).earlier_answers is EarlierAnswers.ERASE


def test_a_page_left_open_in_another_tab_says_that_the_participation_has_ended(story, visitor):
    visitor.arrive(story.link(3))
    leave(story, 3)
    place = story.place(2, "S01")
    answer = visitor.post(
        f"/e/{story.participation(3)}/rounds/2", **{f"a-{place}": "4", f"c-{place}": "too late"}
    )
    assert answer.status_code == 410
    assert "You have left this study" in visitor.page.text
    assert "too late" in visitor.page.text
