"""Results on the page, in the files, and the comments before others read them."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.web.researchers.results import IDENTIFYING, TABLES
from tests.factories import make_finished_story, make_story
from tests.services import test_disclosing as disclosing


@pytest.fixture
def story(session, links):
    return make_finished_story(session, at=datetime.now(UTC) - timedelta(days=30), links=links)


def rows(answer):
    text = answer.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def statement(page, code):
    return page.one("article", id=f"result-{code}").text


def test_the_page_says_verdicts_in_the_studys_words_with_their_numbers(lead):
    page = lead.open(f"{lead.study}/rounds/2/results")
    assert "8 of 8 experts answered; 8 submitted and 0 answered in part." in page.text
    said = statement(page, "S01")
    assert "The panel agrees" in said
    assert "6 of 8 (75%) at 4–5" in said.replace("\u2060", "").replace("\u00a0", " ")
    assert "The panel disagrees" in statement(page, "S03")
    assert "No consensus" in statement(page, "S02")
    assert "Too few ratings" in statement(page, "S04")


def test_the_page_and_the_file_show_the_same_numbers(lead):
    page = lead.open(f"{lead.study}/rounds/3/results")
    answer = lead.ask("GET", f"{lead.study}/data/results-round-3.csv")
    for row in rows(answer):
        said = statement(page, row["item"])
        median, iqr = float(row["median"]), float(row["iqr"])
        for name, value in (("Median", f"{median:g}"), ("IQR", f"{iqr:g}")):
            assert re.search(rf"{name}[^0-9]*{re.escape(value)}\b", said), (row["item"], name, said)
        pairs = f"{row['pairs']} experts rated it in both rounds"
        assert pairs in said
        kept = f"{row['unchanged']} kept the rating, {row['moved_up']} moved up"
        assert kept in said


def test_the_codebook_explains_every_other_file_column_by_column(lead):
    explained = {}
    for row in rows(lead.ask("GET", f"{lead.study}/data/codebook.csv")):
        if not row["code"]:
            explained.setdefault(row["file"], []).append(row["variable"])
    for name in (
        "long",
        "wide",
        "wordings",
        "lineage",
        "versions",
        "results-round-2",
        "results-round-3",
    ):
        columns = list(rows(lead.ask("GET", f"{lead.study}/data/{name}.csv"))[0])
        assert explained[name.replace("-", "_")] == columns


def test_the_page_shows_what_was_stored_as_proposed(story, lead):
    page = lead.open(f"{lead.study}/rounds/3/next")
    shown = {row.all("span", class_="code")[0].text: row.text for row in page.all("article")}
    proposals = {
        row["item"]: row for row in rows(lead.ask("GET", f"{lead.study}/data/results-round-3.csv"))
    }
    words = {"leaves in": "Leaves", "leaves out": "Leaves", "needs a look": "Needs a look"}
    for code, stored in story.results(3).items():
        assert proposals[code]["proposal"] == stored.proposal["proposal"]
        assert words[stored.proposal["proposal"]] in shown[code]
    assert "another round will hardly change that" in shown["S02"]


def test_a_first_rating_says_that_stability_was_not_assessed(lead):
    said = statement(lead.open(f"{lead.study}/rounds/2/results"), "S01")
    assert "not assessed" in said.lower()


def test_results_can_be_shown_by_verdict(lead):
    page = lead.open(f"{lead.study}/rounds/2/results?verdict=out")
    assert [node.attrs["id"] for node in page.all("article")] == ["result-S03"]
    for junk in ("nothing", "%00", "<b>"):
        page = lead.open(f"{lead.study}/rounds/2/results?verdict={junk}")
        assert page.status == 200
        assert len(page.all("article")) == 4


def test_the_bars_have_a_key_with_the_names_of_the_points(lead):
    page = lead.open(f"{lead.study}/rounds/2/results")
    assert page.one("ul", class_="legend").text == " ".join(f"{n} point {n}" for n in range(1, 6))


def test_a_round_of_open_questions_has_no_file_of_results(lead):
    page = lead.open(f"{lead.study}/data")
    assert "Results of round 2" in page.text
    assert "Results of round 1" not in page.text


def test_a_round_that_is_open_has_no_results_yet(lead, session, links, story):
    other = make_story(session, at=story.now, links=links)
    other.until_round_2()
    page = lead.open(f"/studies/{other.study.public_id}/rounds/2/results")
    assert "This round has no results yet" in page.text


def test_every_file_of_the_data_page_can_be_fetched_and_read(lead):
    page = lead.open(f"{lead.study}/data")
    addresses = [
        node.attrs["href"] for node in page.all("a") if ".csv" in node.attrs.get("href", "")
    ]
    # Results by round, of which there are two; the identifying table in one form alone.
    in_two_forms = set(TABLES) - {"results", IDENTIFYING}
    assert len(addresses) == 2 * (len(in_two_forms) + 2) + 1
    for address in addresses:
        answer = lead.ask("GET", address)
        assert answer.status_code == 200
        assert answer.mimetype == "text/csv"
        assert "attachment" in answer.headers["Content-Disposition"]
        separator = ";" if "semicolon" in address else ","
        text = answer.data.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
        assert len({len(line) for line in lines}) == 1
        assert lines[0][0] == "simulated"


def test_every_file_that_leaves_is_in_the_trail(story, lead):
    lead.ask("GET", f"{lead.study}/data/long.csv")
    event = (
        story.anew()
        .session.scalars(select(AuditEvent).where(AuditEvent.act == "data exported"))
        .one()
    )
    assert (event.actor, event.details["table"]) == ("researcher:1", "long")


@pytest.mark.parametrize(
    "table",
    ["secrets", "results", "results-round-9", "results-round-x", "long-round-1x", "%00"]
    + ["results-round-" + "9" * 400, "../long"],
)
def test_a_file_that_does_not_exist_is_not_found(lead, table):
    assert lead.ask("GET", f"{lead.study}/data/{table}.csv").status_code == 404
    assert lead.ask("GET", f"{lead.study}/data/long.csv?separator=tab").status_code == 404


def test_a_simulated_panel_is_named_on_every_page_and_in_every_file(session, links, app, lead):
    told = make_finished_story(
        session, at=datetime.now(UTC) - timedelta(days=30), links=links, simulated=True
    )
    study = f"/studies/{told.study.public_id}"
    for path in ("", "/panel", "/data", "/rounds/2", "/rounds/2/results", "/rounds/2/comments"):
        assert "Simulated panel:" in lead.open(study + path).text
    answer = lead.ask("GET", f"{study}/data/long.csv")
    assert "simulated" in answer.headers["Content-Disposition"]
    assert {row["simulated"] for row in rows(answer)} == {"yes"}
    expert = type(lead)(app)
    assert "Simulated panel:" in expert.arrive(told.link(1)).text


class TestWhatExpertsAreShown:
    """The figures of groups, told to the researcher before they are shown."""

    @pytest.fixture
    def story(self, session, links):
        at = datetime.now(UTC) - timedelta(days=30)
        story = disclosing.panel(session, links=links, at=at)
        disclosing.rate(story, 2, disclosing.level())
        disclosing.rate(story, 2, {1: 3, 2: 3}, code="S02")
        return story

    def test_who_stands_alone_and_who_together(self, story, lead):
        story.close(2)
        page = lead.open(f"{lead.study}/rounds/2/results")

        said = statement(page, "S01")
        assert "by themselves: nurse and physician. Together, as others: patient and payer." in said
        assert "shown no figures: fewer than 5 answered" in statement(page, "S02")

    def test_that_figures_of_the_round_before_are_shown_again(self, story, lead):
        disclosing.close_and_go_on(story, 2)
        without = disclosing.level()
        del without[1]
        disclosing.rate(story, 3, without)
        story.close(3)

        said = statement(lead.open(f"{lead.study}/rounds/3/results"), "S01")
        assert "shown the figures of round 2 again: fewer than 5 experts" in said
