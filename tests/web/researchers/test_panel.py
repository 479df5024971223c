"""The panel with its names."""

import pytest
from sqlalchemy import func, select

from surveys.models.audit import AuditEvent
from surveys.models.contact import Contact
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


def test_an_expert_is_added_under_a_pseudonym(story, panel):
    page = panel.press("Add to the panel", **NOOR)
    assert "E07 was added to the panel and is invited to the open round." in page.text
    assert "Dr Noor Peeters" in page.text
    assert "noor@kliniek.example" in page.text


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
    assert not page.all("b")


def test_every_look_at_the_names_is_in_the_trail(story, panel):
    looks = select(func.count(AuditEvent.id)).where(AuditEvent.act == "identities viewed")
    assert story.anew().session.scalar(looks) == 1
    panel.open(f"{panel.study}/panel")
    assert story.anew().session.scalar(looks) == 2


def test_names_stand_on_no_other_page(story, panel, app):
    story.answer(1, 2, {"S01": 4}, {"S01": "a remark"})
    story.close(2)
    for path in ("", "/rounds/1", "/rounds/1/answers", "/rounds/2", "/rounds/2/results"):
        page = panel.open(f"{panel.study}{path}")
        assert "Name of" not in page.html
        assert "panel.example" not in page.html
    assert "Name of" not in panel.open(f"{panel.study}/rounds/2/comments").html


def test_a_replaced_link_stops_working_and_the_mail_will_carry_the_new_one(story, panel, app):
    old = story.link(3)
    page = panel.press(form=panel.page.form_with(action="/panel/E03/new-link"))
    assert "The link of E03 was replaced" in page.text
    visitor = Visitor(app)
    assert visitor.open(old).status == 410
    assert visitor.open(story.anew().link(3)).status == 200


@pytest.mark.parametrize("code", ["E99", "%00", "x" * 300])
def test_a_link_of_nobody_is_replaced_for_nobody(panel, code):
    answer = panel.post(f"{panel.study}/panel/{code}/new-link")
    assert answer.status_code in (303, 404)
