"""Several studies side by side: what each waits for, the copy, and the one that is put away."""

from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.study import Study
from tests.actors.visitor import Visitor


def test_the_list_says_what_each_study_waits_for(story, lead):
    story.answer(1, 2, {"S01": 4})
    page = lead.open("/studies/")
    assert "Round 2 is open: 1 of 6 have submitted." in page.text
    story.close(2)
    assert "Round 2 is closed: prepare round 3." in lead.open("/studies/").text
    story.prepare(2)
    assert "Round 3 is ready to be launched." in lead.open("/studies/").text


def test_a_copy_is_led_by_whoever_asked_for_it(story, lead):
    lead.open(lead.study)
    page = lead.press("Duplicate")
    assert page.h1 == "A small study (copy)"
    assert "Not launched yet: it has no panel." in lead.open("/studies/").text
    assert story.anew().session.scalars(select(Study)).all()[1].rehearsal_of_id is None


def test_an_archived_study_refuses_every_act_in_words_and_comes_back(app, story, lead):
    lead.open(lead.study)
    assert "Round 2 is open. Close it before" in lead.press("Archive").text
    story.close(2)
    lead.open(lead.study)
    assert "The study is archived." in lead.press("Archive").text
    assert "A small study" not in lead.open("/studies/").text.partition("Begin a study")[0]
    assert "A small study" in lead.open("/studies/?show=archived").text
    lead.open(f"{lead.study}/rounds/2/next")
    lead.post(f"{lead.study}/rounds/2/next", by="rule")
    assert "This study is archived: nothing was changed." in lead.open(lead.study).text
    expert = Visitor(app)
    assert expert.ask("GET", story.link(1)).status_code == 410
    assert "The researchers have closed this study." in expert.page.text
    lead.open(lead.study)
    assert "The study is back" in lead.press("Bring it back").text
    acts = story.anew().session.scalars(select(AuditEvent.act)).all()
    assert {"study archived", "study brought back"} < set(acts)
    expert.arrive(story.link(1))
