"""The consent text on the researchers' side, and the list of names."""

from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.services import naming


def test_a_new_version_is_typed_and_holds(story, lead):
    page = lead.open(f"{lead.study}/consent")
    assert "Version 1" in page.text
    assert "1 expert agreed" in page.text
    page = lead.press(
        "Let this hold from now on",
        **{"text-en": "{controller} and {contact_name}.", "text-nl": "{controller}."},
        **{"changes-en": "More names.", "changes-nl": "Meer namen."},
    )
    assert "Version 2 holds from now on." in page.text
    consent = story.anew().study.consent
    assert (consent["version"], consent["text"]["en"]) == ("2", "{controller} and {contact_name}.")


def test_what_is_wrong_is_told_and_what_was_typed_stays(story, lead):
    lead.open(f"{lead.study}/consent")
    page = lead.press("Let this hold from now on", **{"text-en": "Ask {nobody}."})
    assert page.status == 422
    assert "holds {nobody}, which is no setting" in page.text
    assert "what has changed: experts are asked again" in page.text
    assert page.one("textarea", id="text-en").raw.strip() == "Ask {nobody}."
    assert story.anew().study.consent["version"] == "1"


def test_the_question_about_naming_is_switched_off_without_a_new_version(story, lead):
    lead.open(f"{lead.study}/consent")
    page = lead.press("Let this hold from now on", naming=None)
    assert "Kept." in page.text
    assert story.anew().study.consent["naming"] is False
    assert "Version 1" in page.text


def wish(story, number, written=""):
    with transaction(story.session):
        naming.wish(story.session, story.expert(number), named=True, written=written, at=story.now)


def test_the_screen_of_names_tells_who_wishes_to_be_named(story, lead):
    wish(story, 1, "Prof. Name")
    lead.open(f"{lead.study}/panel/identities")
    page = lead.press("Show the names", purpose="acknowledge")
    rows = {row.all("th")[0].text: row.text for row in page.all("tr")[1:]}
    assert "to be named as “Prof. Name”" in rows["E01"]
    assert "not asked yet" in rows["E02"]


def test_the_list_of_names_is_taken_by_an_act_that_stands_in_the_trail(story, lead):
    story.keep(2, 2, {"S01": 4})
    wish(story, 1, "Žofie =HYPERLINK")
    wish(story, 2)
    page = lead.open(f"{lead.study}/panel/identities")
    assert "2 experts who answered wish to be named." in page.text
    answer = lead.send("Take the list of names")
    assert answer.data.decode("utf-8") == "Name of 2\r\nŽofie =HYPERLINK\r\n"
    assert "attachment" in answer.headers["Content-Disposition"]
    (event,) = story.anew().session.scalars(
        select(AuditEvent).where(AuditEvent.act == "names exported")
    )
    assert event.details == {"rows": 2}


def test_opening_an_address_takes_no_names(story, lead):
    assert lead.ask("GET", f"{lead.study}/panel/names").status_code == 404
