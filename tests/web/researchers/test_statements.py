"""From open answers to statements."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from surveys.models.item import Item, ItemOrigin, ItemRevision
from surveys.models.response import Rating
from tests.actors.visitor import Visitor
from tests.factories import ROUND_3, make_rated_story, make_researcher, make_story
from tests.web.researchers.conftest import sign_in_link


@pytest.fixture
def story(session, links):
    """Round 1 is closed with two answers; round 2 is a draft."""
    story = make_story(session, at=datetime.now(UTC) - timedelta(days=3), links=links)
    story.launch(1)
    story.answer(1, 1, {"Q1": "More time for <talking>"})
    story.answer(2, 1, {"Q1": "Meer tijd"})
    story.later(days=1)
    story.close(1)
    return story


def sources(story):
    return [str(number) for number in story.session.scalars(select(Rating.id).order_by(Rating.id))]


def test_chosen_answers_become_a_statement_that_remembers_them(story, lead):
    page = lead.open(f"{lead.study}/rounds/1/answers")
    assert "More time for <talking>" in page.text
    page = lead.press("Make a statement", answer=sources(story))
    assert page.h1 == "New statement"
    assert "Made from" in page.text
    page = lead.press(
        "Add to round 2",
        wording_en="There is more time to talk.",
        wording_nl="Er is meer tijd om te praten.",
        theme="care",
        aspect="opportunity",
    )
    assert "S04 was added to round 2." in page.text
    assert page.h1 == "Answers of round 1"
    assert page.text.count("Became S04 There is more time to talk.") == 2
    item = story.anew().session.scalars(select(Item).where(Item.code == "S04")).one()
    origins = select(ItemOrigin.rating_id).where(ItemOrigin.item_id == item.id)
    assert [str(number) for number in story.session.scalars(origins)] == sources(story)
    assert (item.aspect.value, item.kind) == ("opportunity", "likert")


def test_a_statement_without_a_wording_keeps_what_was_typed(story, lead):
    lead.open(f"{lead.study}/rounds/1/answers")
    lead.press("Make a statement", answer=sources(story)[:1])
    page = lead.press("Add to round 2", wording_en="Half a pair", wording_nl=" ", note="my note")
    assert page.status == 422
    assert page.one("textarea", id="wording_en").text == "Half a pair"
    assert page.one(id="note").attrs["value"] == "my note"
    assert "More time for <talking>" in page.text
    assert "S04" not in story.anew().asked(2)


@pytest.mark.parametrize("answers", [["x"], ["9" * 9_000], ["-1"], ["999999"], [""]])
def test_answers_that_are_none_are_left_out(story, lead, answers):
    lead.open(f"{lead.study}/rounds/1/answers")
    page = lead.press("Make a statement", answer=answers)
    assert page.status == 200
    assert "Grows from" not in page.text


def test_answers_of_another_study_cannot_be_taken(story, lead, session, links):
    other = make_story(session, at=story.now, links=links)
    other.launch(1)
    other.answer(1, 1, {"Q1": "somebody else's words"})
    foreign = sources(other)[-1]
    lead.open(f"{lead.study}/rounds/1/answers")
    page = lead.press("Make a statement", answer=[foreign])
    assert "somebody else's words" not in page.text


def test_a_wording_is_changed_while_nobody_has_seen_it(story, lead):
    place = story.place(2, "S01")
    lead.open(f"{lead.study}/rounds/2/statements/{place}")
    page = lead.press(
        form=lead.page.form_with(field="wording_en"), wording_en="Better.", wording_nl="Beter."
    )
    assert "The new wording is kept." in page.text
    revision = story.anew().session.get_one(ItemRevision, story.asked(2)["S01"].revision_id)
    assert revision.wording == {"en": "Better.", "nl": "Beter."}


def test_an_empty_wording_is_refused_and_the_page_keeps_the_other(story, lead):
    place = story.place(2, "S01")
    lead.open(f"{lead.study}/rounds/2/statements/{place}")
    page = lead.press(
        form=lead.page.form_with(field="wording_en"), wording_en="Better.", wording_nl=""
    )
    assert page.status == 422
    assert page.one("textarea", id="wording_en").text == "Better."


def test_a_statement_is_taken_out_of_a_draft(story, lead):
    place = story.place(2, "S01")
    lead.open(f"{lead.study}/rounds/2")
    page = lead.press(form=lead.page.form_with(action=f"/statements/{place}/remove"))
    assert "taken out of this round" in page.text
    assert "S01" not in story.anew().asked(2)


@pytest.mark.parametrize("place", [0, 999_999, 2**31, 10**30])
def test_a_statement_that_does_not_exist_is_not_found(lead, place):
    assert lead.open(f"{lead.study}/rounds/2/statements/{place}").status == 404


def test_a_statement_of_another_study_is_not_found(story, lead, session, links):
    other = make_story(session, at=story.now, links=links)
    assert lead.open(f"{lead.study}/rounds/2/statements/{other.place(2, 'S01')}").status == 404


def test_what_experts_see_is_not_changed_by_a_page_left_open(story, lead):
    place = story.place(2, "S01")
    lead.open(f"{lead.study}/rounds/2/statements/{place}")
    story.launch(2)
    page = lead.press(
        form=lead.page.form_with(field="wording_en"), wording_en="Too late.", wording_nl="Te laat."
    )
    assert "has been launched: what experts see is not changed any more" in page.text
    revision = story.anew().session.get_one(ItemRevision, story.asked(2)["S01"].revision_id)
    assert revision.wording["en"] == "Statement 1 holds."


@pytest.fixture
def rated(session, links):
    """Round 2 was rated and closed; round 3 is a draft."""
    return make_rated_story(session, at=datetime.now(UTC) - timedelta(days=20), links=links)


@pytest.fixture
def rewording(rated, app):
    """The lead on the page that rewords S01 of round 3."""
    visitor = Visitor(app)
    visitor.sign_in(sign_in_link(rated, make_researcher(rated.session)))
    address = f"/studies/{rated.study.public_id}/rounds/3/statements/{rated.place(3, 'S01')}"
    visitor.open(address)
    return visitor


def send(visitor, **typed):
    return visitor.press(form=visitor.page.form_with(field="wording_en"), **typed)


def test_new_words_for_what_experts_saw_need_a_reason_and_a_word_on_the_meaning(rated, rewording):
    assert "Experts saw this wording in round 2." in rewording.page.text
    page = send(rewording, wording_en="It holds for adults.", reason_nl="Geen reden")
    assert page.status == 422
    assert "please give the reason in “English”" in page.text
    assert "whether the statement still means the same" in page.text
    assert page.one("textarea", id="wording_en").text == "It holds for adults."
    assert page.one("textarea", id="reason_nl").text == "Geen reden"
    page = send(rewording, reason_en="Children were not meant.", meaning="changed")
    assert "The new wording is kept." in page.text
    assert "comes back with another meaning" in page.text
    assert "Wording changed since round 2" in page.text
    assert rated.anew().asked(3)["S01"].previous_id is None


@pytest.mark.parametrize("meaning", ["", "perhaps", "KEPT", "\x00"])
def test_a_meaning_that_is_none_is_asked_for_again(rewording, meaning):
    page = send(rewording, wording_en="Other.", reason_en="A reason.", meaning=meaning)
    assert page.status == 422
    assert page.one("textarea", id="reason_en").text == "A reason."


def test_results_say_where_the_meaning_changed_and_nothing_is_compared(rated, rewording):
    send(
        rewording,
        wording_en="Statement 1 holds for adults.",
        wording_nl="Stelling 1 klopt.",
        reason_en="Children were not meant.",
        meaning="changed",
    )
    rated.anew().later(days=1)
    rated.launch(3)
    rated.rate(3, ROUND_3)
    rated.close(3)
    page = rewording.open(f"/studies/{rated.study.public_id}/rounds/3/results")
    result = page.one(id="result-S01")
    assert "Not compared with round 2: its meaning changed since" in result.text
    assert "(added: for adults)" in result.text
    assert "its meaning changed" not in page.one(id="result-S02").text


def test_thousands_of_answers_nobody_gave_are_no_sources(story, lead):
    ids = "&".join(f"answer={number}" for number in range(10_000, 50_000))
    page = lead.open(f"{lead.study}/rounds/2/statements/new?{ids}")
    assert page.status == 200
    assert "Made from" not in page.text


def test_a_draft_statement_shows_the_answers_it_was_made_from(story, lead):
    lead.open(f"{lead.study}/rounds/1/answers")
    lead.press("Make a statement", answer=sources(story)[:1])
    lead.press("Add to round 2", wording_en="More time.", wording_nl="Meer tijd.")
    page = lead.open(f"{lead.study}/rounds/2/statements/{story.anew().place(2, 'S04')}")
    assert page.h1 == "Reword S04"
    assert "Made from More time for <talking> E01 · Q1 · round 1" in page.text


def test_an_answer_that_was_changed_still_shows_what_became_of_it(story, lead):
    lead.open(f"{lead.study}/rounds/1/answers")
    lead.press("Make a statement", answer=sources(story)[:1])
    lead.press("Add to round 2", wording_en="More time.", wording_nl="Meer tijd.")
    lead.open(f"{lead.study}/rounds/1")
    lead.press("Reopen", reason="A link was broken.", until="")
    story.anew().later(days=3)
    story.keep(1, 1, {"Q1": "Time, and a quiet room"})
    page = lead.open(f"{lead.study}/rounds/1/answers")
    assert "Time, and a quiet room E01 · Nurse Became S04 More time." in page.text


def test_results_show_the_answers_behind_a_statement(story, lead):
    lead.open(f"{lead.study}/rounds/1/answers")
    lead.press("Make a statement", answer=sources(story))
    lead.press("Add to round 2", wording_en="More time.", wording_nl="Meer tijd.")
    story.anew().launch(2)
    story.answer(1, 2, {"S04": 4})
    story.close(2)
    page = lead.open(f"{lead.study}/rounds/2/results")
    made = page.one("details", class_="origins")
    assert made.text == (
        "Made from 2 answers More time for <talking> E01 · Q1 · round 1 Meer tijd E02 · Q1 · round 1"
    )
    assert "Made from 2 answers" in page.one(id="result-S04").text
    # Nobody rated it: no quartiles, and no signs that stand for them.
    assert "IQR– No rating" in page.one(id="result-S01").text
    assert "(–" not in page.one(id="result-S01").text
