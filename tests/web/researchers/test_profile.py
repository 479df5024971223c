"""Profile fields and the question about interests, on the researchers' side."""

from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.profile import ProfileField, ProfileValue
from surveys.models.researcher import Role
from tests.actors.visitor import Visitor
from tests.factories import make_member
from tests.web.researchers.conftest import sign_in_link

SETTING = {
    "label-en": "Setting",
    "label-nl": "Werkplek",
    "kind": "choice",
    "options-en": "Hospital\nPractice",
    "options-nl": "Ziekenhuis\nPraktijk",
    "filled_by": "team",
}


def add(lead, **typed):
    lead.open(f"{lead.study}/panel/profile")
    return lead.press("Add the field", **{**SETTING, **typed})


def test_a_field_is_made_filled_in_changed_and_taken_away(story, lead):
    page = add(lead)
    assert "The field was added." in page.text
    field = story.anew().session.scalars(select(ProfileField)).one()
    assert field.may_identify, "unless somebody says that it does not"
    assert [option["code"] for option in field.options] == ["hospital", "practice"]

    lead.open(f"{lead.study}/panel/E01")
    assert "Setting" not in lead.page.text, "it may identify, so it stands beside the name alone"
    lead.press("See and correct name and address")
    lead.press("Keep the profile", **{f"field-{field.id}": "practice"})
    assert story.anew().session.scalars(select(ProfileValue.value)).all() == ["practice"]

    lead.open(f"{lead.study}/panel/profile")
    form = lead.page.form_with(action=f"/panel/profile/{field.code}")
    page = lead.press(form=form, **{"may_identify": None, "label-en": "Place of work"})
    assert "Kept." in page.text
    assert "Place of work" in lead.open(f"{lead.study}/panel/E01").text
    lead.open(f"{lead.study}/panel/profile")
    form = lead.page.form_with(action=f"/panel/profile/{field.code}")
    page = lead.press(form=form, act="remove")
    assert "with what it held" in page.text
    assert story.anew().session.scalars(select(ProfileValue.value)).all() == []


def test_what_is_wrong_with_a_field_is_told_and_stays_typed(lead):
    page = add(lead, **{"label-en": "", "options-nl": "Praktijk"})
    assert page.status == 422
    assert "There are 1 choices in “Nederlands” and 2 in the first language." in page.text
    assert page.one("textarea", id="options-en").raw.strip() == "Hospital\nPractice"
    page = add(lead, kind="moon")
    assert (page.status, "Please say what the field holds" in page.text) == (422, True)


def test_the_question_about_interests_is_asked_in_standard_or_own_words(story, lead):
    lead.open(f"{lead.study}/panel/profile")
    page = lead.press(form=lead.page.form_with(action="/panel/interests"), asked="yes")
    assert "Experts are asked about conflicts of interest" in page.text
    assert story.anew().study.conflicts == {"asked": True, "version": "1", "text": {}}
    form = lead.page.form_with(action="/panel/interests")
    lead.press(form=form, **{"question-en": "Shares?"})
    assert story.anew().study.conflicts["text"] == {"en": "Shares?"}
    assert "not declared yet" in lead.open(f"{lead.study}/panel").text
    assert "Nothing declared yet." in lead.open(f"{lead.study}/panel/E01").text


def test_the_identifying_table_is_for_those_who_see_names_and_is_told_apart(story, lead, app):
    add(lead)
    analyst = Visitor(app)
    member = make_member(story.session, story.study_id, Role.ANALYST)
    analyst.sign_in(sign_in_link(story, member))
    assert analyst.ask("GET", f"{lead.study}/data/panel.csv").status_code == 200
    assert analyst.ask("GET", f"{lead.study}/data/panel-identifying.csv").status_code == 403
    page = analyst.open(f"{lead.study}/data")
    assert "panel-identifying" not in page.text
    assert "panel-identifying" in lead.open(f"{lead.study}/data").text
    whole = lead.ask("GET", f"{lead.study}/data/panel-identifying.csv")
    assert "profile_setting" in whole.text
    acts = story.anew().session.scalars(
        select(AuditEvent.act).where(AuditEvent.act.endswith("data exported"))
    )
    assert acts.all() == ["data exported", "identifying data exported"]
