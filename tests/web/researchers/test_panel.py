"""The panel by code, one page per expert, and the names apart."""

import pytest
from sqlalchemy import func, select

from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.contact import Contact
from surveys.models.panel import Expert
from surveys.services import recruiting
from tests.actors.visitor import Visitor

NOOR = {
    "name": "Dr Noor Peeters",
    "email": "noor@kliniek.example",
    "group": "physician",
    "language": "nl",
}


@pytest.fixture
def panel(lead):
    lead.open(f"{lead.study}/panel")
    return lead


def look(lead, **typed):
    lead.open(f"{lead.study}/panel/identities")
    return lead.press("Show the names", **{"purpose": "contact", **typed})


def looks(story):
    return (
        story.anew()
        .session.scalars(
            select(AuditEvent).where(AuditEvent.act == "identities viewed").order_by(AuditEvent.id)
        )
        .all()
    )


def test_an_expert_is_added_under_a_pseudonym(story, panel):
    page = panel.press("Add to the panel", **NOOR)
    assert "E07 was added to the panel and is invited to the open round." in page.text
    assert "Noor" not in page.text
    page = look(panel, search="noor")
    assert "Dr Noor Peeters" in page.text
    assert "noor@kliniek.example" in page.text
    assert "Name of 1" not in page.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "no address"}, "cannot be an e-mail address"),
        ({"email": "EXPERT1@panel.example"}, "on this panel already"),
        ({"name": ""}, "Please fill in name"),
        ({"name": "x" * 500}, "Please fill in name"),
        ({"group": "astronaut"}, "Please fill in name"),
        ({"language": "xx"}, "Please fill in name"),
    ],
)
def test_what_was_typed_about_an_expert_stays_on_the_page(story, panel, wrong, said):
    page = panel.press("Add to the panel", **{**NOOR, **wrong})
    assert page.status == 422
    assert said in page.text
    for name in {"name", "email"} - {next(iter(wrong))}:
        assert page.one("input", id=name).attrs["value"] == NOOR[name]
    assert story.anew().session.scalar(select(func.count(Contact.id))) == 6


@pytest.mark.parametrize("text", ["Zoë <b>&amp;</b>", "名前", 'O"Brien', "a\x00b", "\u202eabc"])
def test_any_name_is_kept_as_text(story, panel, text):
    page = panel.press("Add to the panel", **{**NOOR, "name": text})
    assert page.status in (200, 422)
    assert not look(panel).all("b")


def test_nobody_sees_a_name_without_saying_what_for(story, lead):
    for typed in ({"purpose": None}, {"purpose": "curiosity"}, {"purpose": "other"}):
        page = look(lead, **typed)
        assert page.status == 422
        assert "what you need the names for" in page.text
        assert "Name of" not in page.text
    assert looks(story) == []


def test_every_look_is_in_the_trail_with_its_purpose_and_whose_names_they_were(story, lead):
    page = look(lead, purpose="other", note="a call  from the clinic", search="NAME of 2")
    assert "Name of 2" in page.text
    assert "Name of 3" not in page.text
    (event,) = looks(story)
    assert event.details == {
        "purpose": "other",
        "note": "a call from the clinic",
        "experts": ["E02"],
    }
    assert "for something else" in lead.open(f"{lead.study}/trail").text
    expert = Visitor(lead.browser.application)
    expert.arrive(story.link(2))
    own = expert.open(f"/e/{story.participation(2)}/data")
    assert "identities viewed" in own.text, "an expert can see that somebody looked"
    other = Visitor(lead.browser.application)
    other.arrive(story.link(3))
    assert "identities viewed" not in other.open(f"/e/{story.participation(3)}/data").text


def test_in_an_archive_names_can_be_looked_at_and_experts_let_go_and_nobody_is_added(story, lead):
    with transaction(story.session):
        story.study.archived_at = story.now
    story.anew()
    assert "Name of 2" in look(lead, search="name of 2").text
    lead.open(f"{lead.study}/panel/E02")
    page = lead.press("Let E02 leave the study", earlier="erase", told="mail")
    assert "E02 has left the study." in page.text
    lead.open(f"{lead.study}/panel")
    assert "nothing was changed" in lead.press("Add to the panel", **NOOR).text


def test_what_is_looked_for_stands_in_no_address(story, lead):
    look(lead, search="name of 2")
    assert lead.page.form_with(field="search").method == "post"
    assert "?" not in lead.response.request.url


def test_names_stand_on_no_other_page(story, panel, app):
    story.answer(1, 2, {"S01": 4}, {"S01": "a remark"})
    story.close(2)
    paths = ["/rounds/1", "/rounds/1/answers", "/rounds/2", "/rounds/2/results"]
    for path in ("", "/panel", "/panel/E01", "/panel/identities", "/trail", *paths):
        page = panel.open(f"{panel.study}{path}")
        assert "Name of" not in page.html
        assert "panel.example" not in page.html
    assert "Name of" not in panel.open(f"{panel.study}/rounds/2/comments").html


def test_the_list_says_where_everybody_stands_and_can_be_narrowed(story, panel):
    story.answer(1, 2, {"S01": 4})
    page = panel.open(f"{panel.study}/panel?standing=submitted")
    assert [row.all("th")[0].text for row in page.all("tr")[1:]] == ["E01"]
    page = panel.open(f"{panel.study}/panel?code=e03&group=nowhere&page=99999999999999999999")
    assert "Nobody on this panel fits." in page.text
    page = panel.open(f"{panel.study}/panel?page=99")
    assert "By code: 1 to 6 of 6." in page.text


def test_a_replaced_link_stops_working_and_the_mail_will_carry_the_new_one(story, lead, app):
    old = story.link(3)
    lead.open(f"{lead.study}/panel/E03")
    page = lead.press("Replace link of E03")
    assert "The link of E03 was replaced" in page.text
    visitor = Visitor(app)
    assert visitor.open(old).status == 410
    assert visitor.open(story.anew().link(3)).status == 200


@pytest.mark.parametrize("code", ["E99", "%00", "x" * 300])
def test_a_link_of_nobody_is_replaced_for_nobody(panel, code):
    answer = panel.post(f"{panel.study}/panel/{code}/new-link")
    assert answer.status_code == 404


def test_an_address_is_corrected_and_the_old_link_goes_only_if_that_is_wanted(story, lead, app):
    old = story.link(2)
    lead.open(f"{lead.study}/panel/E02")
    lead.press("See and correct name and address")
    page = lead.press("Keep this", email="EXPERT1@panel.example")
    assert (page.status, "on this panel already" in page.text) == (422, True)
    page = lead.press("Keep this", email="right@panel.example", link="again")
    assert "The link is on its way to E02 once more." in page.text
    assert Visitor(app).open(old).status == 200
    lead.press("See and correct name and address")
    page = lead.press("Keep this", name="Dr Right", link="replaced")
    assert Visitor(app).open(old).status == 410
    assert [event.details["experts"] for event in looks(story)] == [["E02"], ["E02"]]
    contact = story.session.scalar(select(Contact).where(Contact.expert_id == story.expert(2).id))
    assert (contact.name, contact.email) == ("Dr Right", "right@panel.example")


def test_after_the_launch_another_group_needs_a_reason(story, lead):
    lead.open(f"{lead.study}/panel/E01")
    form = lead.page.form_with(field="reason")
    wanted = {"group": "physician", "language": "nl"}
    page = lead.press(form=form, **{**wanted, "reason": " "})
    assert (page.status, "please give the reason" in page.text) == (422, True)
    assert story.anew().expert(1).language == "en"
    page = lead.press("Keep this", **wanted, reason="She changed her post.")
    assert "was changed" in page.text
    assert story.anew().expert(1).language == "nl"
    assert "She changed her post." in lead.open(f"{lead.study}/trail").text


def test_an_expert_who_asked_to_stop_is_let_go_and_the_trail_says_who_entered_it(story, lead, app):
    story.answer(1, 2, {"S01": 4})
    link = story.link(1)
    lead.open(f"{lead.study}/panel/E01")
    page = lead.press("Let E01 leave the study")
    assert page.status == 422
    page = lead.press("Let E01 leave the study", earlier="erase", told="telephone")
    assert "E01 has left the study." in page.text
    assert "Let E01 leave the study" not in page.text
    event = story.anew().session.scalar(
        select(AuditEvent).where(AuditEvent.act == "expert withdrew")
    )
    assert event.actor == "researcher:1"
    assert event.details["told"] == "telephone"
    assert Visitor(app).open(link).status == 410


def test_only_somebody_who_was_never_written_to_is_removed_and_the_code_stays_free(story, lead):
    with_mail = lead.post(f"{lead.open(f'{lead.study}/panel/E01') and lead.at}/remove")
    assert with_mail.status_code == 422
    story.close(2)
    lead.open(f"{lead.study}/panel")
    lead.press("Add to the panel", **NOOR)
    lead.open(f"{lead.study}/panel/E07")
    page = lead.press("Remove E07")
    assert "Nothing of this person is kept." in page.text
    session = story.anew().session
    assert session.scalar(select(func.count(Contact.id))) == 6
    assert session.scalar(select(Expert.id).where(Expert.code == "E07")) is None
    assert recruiting.next_number(session, story.study_id) == 8
