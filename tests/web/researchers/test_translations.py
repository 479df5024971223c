"""The work list of translations, and the file of comments that leaves."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from surveys.services import moderating
from tests.services.voicing import decide, make_commented, merged, numbers

SAID = [
    (5, "Staff need training."),
    (1, "Dat kost te veel tijd."),
    (4, "The staff needs training!"),
    (2, "Dr Peeters weet dat."),
]


@pytest.fixture
def story(session, links):
    return make_commented(session, SAID, at=datetime.now(UTC) - timedelta(days=3), links=links)


def work(lead, query=""):
    return lead.open(f"{lead.study}/rounds/2/translations{query}")


def test_the_list_holds_what_is_lacking_and_ends_at_zero(story, lead):
    page = work(lead, "?into=en")
    assert "into English: 0 of 1" in page.text
    assert "into Dutch: 0 of 2" in page.text
    # A flagged comment is fed to nobody, so nobody has to translate it.
    assert "Dr Peeters" not in page.text
    (number,) = numbers(story, "Dat kost te veel tijd.")
    name = f"text-comment-{number}"
    lead.press("Keep the translations", **{name: "That takes too much time."})
    assert "Nothing is left to translate into English." in lead.page.text
    page = work(lead, "?into=en&all=yes")
    assert "That takes too much time." in page.text
    assert "researcher:1" in page.text


def test_a_text_that_is_in_the_language_already_leaves_the_list_with_one_button(story, lead):
    work(lead, "?into=nl")
    (number,) = numbers(story, "Staff need training.")
    form = lead.page.form_with(field=f"text-comment-{number}")
    lead.press(form=form, same=f"comment-{number}")
    assert "into Dutch: 0 of 1" in lead.page.text


def test_what_was_reworded_meanwhile_is_refused_and_stays_as_typed(story, lead):
    work(lead, "?into=en")
    (number,) = numbers(story, "Dat kost te veel tijd.")
    form = lead.page.form_with(field=f"text-comment-{number}")
    decide(story, moderating.redact, number, "Dat kost tijd.")
    story.anew()
    typed = {f"text-comment-{number}": "That takes too much time."}
    answer = lead.send(form=form, same="", **typed)
    assert answer.status_code == 422
    assert "reworded since" in lead.page.text
    assert "That takes too much time." in lead.page.text


@pytest.mark.parametrize("query", ["?into=xx", "?into=%00", "?all=maybe"])
def test_junk_in_the_address_is_no_fault(story, lead, query):
    assert work(lead, query).status == 200


def test_the_round_page_says_how_many_comments_wait_before_a_launch(story, lead):
    page = lead.open(f"{lead.study}/rounds/3")
    assert "would not be shown in this round: 1" in page.text


def test_the_file_tells_what_was_decided_of_every_comment(story, lead):
    merged(story, "Staff need training.", "The staff needs training!")
    work(lead, "?into=en")
    lead_id, number = numbers(story, "Staff need training.", "Dat kost te veel tijd.")
    story.anew()
    lead.press("Keep the translations", **{f"text-comment-{number}": "It takes time."})
    answer = lead.ask("GET", f"{lead.study}/data/comments.csv")
    rows = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))
    by_text = {row["text"]: row for row in rows}
    assert {
        text: row["moderation"] for text, row in by_text.items() if row["what"] == "comment"
    } == {
        "Staff need training.": "passed",
        "Dat kost te veel tijd.": "passed",
        "The staff needs training!": "merged",
        "Dr Peeters weet dat.": "waiting",
    }
    other = by_text["The staff needs training!"]
    assert (other["merged_into"], other["shown"]) == (str(lead_id), "")
    told = by_text["Dat kost te veel tijd."]
    assert (told["side"], told["language"], told["text_en"], told["translator_en"]) == (
        "against",
        "nl",
        "It takes time.",
        "researcher:1",
    )
    assert by_text["Dr Peeters weet dat."]["found"] == "person"
