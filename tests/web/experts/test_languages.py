"""Four languages: pages speak the expert's, study texts say so where they cannot, switching loses nothing."""

from datetime import UTC, datetime

import pytest
from babel import Locale
from playwright.sync_api import expect
from sqlalchemy import select

from surveys import worker
from surveys.models.base import transaction
from surveys.models.item import ItemRevision
from surveys.models.panel import Consent
from surveys.models.response import Comment, Rating, Response
from surveys.models.round import RoundItem
from surveys.models.study import Study
from surveys.queries import questionnaire
from tests.actors.browser import PHONE
from tests.actors.expert import ExpertInBrowser
from tests.every_kind import DUTCH, ENGLISH, FRENCH, GERMAN, LANGUAGES, make_four_languages

OPINION = {"en": "Your opinion", "nl": "Uw mening", "fr": "Votre avis", "de": "Ihre Einschätzung"}


@pytest.fixture
def story(session, links):
    """Round 2 is open; experts 1 to 4 speak the four languages."""
    story = make_four_languages(session, links=links)
    story.until_round_2()
    # The list of a cached round would still hold what a test takes away below.
    questionnaire._launched.clear()
    return story


def speaks(story, number):
    story.anew()
    return story.expert(number).language


def standing(story, number, code, kind=Rating):
    """What stands for an expert on an item of round 2."""
    story.anew()
    return story.session.scalars(
        select(kind)
        .join(Response, Response.id == kind.response_id)
        .where(
            Response.expert_id == story.expert(number).id,
            kind.round_item_id == story.place(2, code),
            kind.latest,
        )
    ).first()


def round_of(story, number):
    return f"/e/{story.participation(number)}/rounds/2"


def forget(story, language, *, code=None, labels=False):
    """Take a language from a wording, or from the names of all points, as of round 2."""
    with transaction(story.session):
        for placed in story.asked(2).values():
            if labels:
                named = placed.settings.get("labels", {})
                left = {spoken: names for spoken, names in named.items() if spoken != language}
                stored = story.session.get_one(RoundItem, placed.id)
                stored.settings = {**placed.settings, **({"labels": left} if named else {})}
        if code:
            revision = story.session.get_one(ItemRevision, story.asked(2)[code].revision_id)
            revision.wording = {
                spoken: text for spoken, text in revision.wording.items() if spoken != language
            }
    questionnaire._launched.clear()


# --- pages


@pytest.mark.parametrize("number", [ENGLISH, DUTCH, FRENCH, GERMAN])
def test_every_page_speaks_the_experts_language(story, visitor, number):
    language = LANGUAGES[number - 1]
    visitor.language = "es"  # what the browser asks for does not matter
    pages = [visitor.open(story.link(number)), visitor.arrive(story.link(number))]
    assert pages[-1].h1 == OPINION[language]
    address = round_of(story, number)
    visitor.post(address, act="submit")
    pages += [visitor.open(f"{address}/review")]
    visitor.post(address, act="submit_anyway")
    pages += [visitor.open(f"{address}/receipt")]
    pages += [
        visitor.open(f"/e/{story.participation(number)}/{page}") for page in ("wait", "leave")
    ]
    pages += [visitor.open("/e/nobody/")]
    assert [page.language for page in pages] == [language] * len(pages)


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("fr-BE, nl;q=0.5", "fr"), ("de-AT", "de"), ("es, nl;q=0.1", "nl"), ("es", "en")],
)
def test_public_pages_speak_what_the_browser_asks_for(app, visitor, asked, spoken):
    visitor.language = asked
    assert visitor.open("/privacy").language == spoken
    assert visitor.open("/nowhere").language == spoken


def test_researchers_pages_do_not_pretend_to_speak_french(app, visitor):
    visitor.language = "fr, nl;q=0.5"
    assert visitor.open("/sign-in").language == "nl"


def test_a_page_reached_from_an_experts_page_goes_on_in_their_language(story, visitor):
    visitor.language = "nl"
    page = visitor.arrive(story.link(FRENCH))
    (privacy,) = [
        node.attrs["href"] for node in page.all("a") if "/privacy" in node.attrs.get("href", "")
    ]
    assert visitor.open(privacy).h1 == "Vie privée"


def test_a_language_without_interface_gets_english_pages_around_its_own_texts(story, visitor):
    """The rest of the panel's languages are known to the study, not to the program."""
    with transaction(story.session):
        study = story.session.get_one(Study, story.study_id)
        study.languages = [*study.languages, "it"]
        study.title = {**study.title, "it": "Le videoconsulenze"}
        story.expert(FRENCH).language = "it"
    visitor.language = "nl"
    page = visitor.open(story.link(FRENCH))
    assert page.language == "en"
    (heading,) = page.all("h1")
    assert (heading.text, heading.attrs["lang"]) == ("Le videoconsulenze", "it")
    page = visitor.arrive(story.link(FRENCH))
    names = [node.text for node in page.all("button", name="language")]
    assert names == ["English", "Nederlands", "Français", "Deutsch", "Italiano"]


# --- dates, times, numbers


def test_moments_are_written_as_the_language_writes_them(story, app):
    from surveys.web.filters import moment, percent

    at = datetime(2026, 12, 7, 16, 6, tzinfo=UTC)
    written = {}
    for language in LANGUAGES:
        with app.test_request_context("/", headers={"Accept-Language": language}):
            written[language] = (moment(at), percent(0.7), percent(0.735))
    assert written == {
        "en": ("7 December 2026, 17:06", "70%", "73.5%"),
        "nl": ("7 december 2026, 17:06", "70%", "73,5%"),
        "fr": ("7 décembre 2026 à 17:06", "70\u00a0%", "73,5\u00a0%"),
        "de": ("7. Dezember 2026, 17:06\u00a0Uhr", "70\u00a0%", "73,5\u00a0%"),
    }


def test_letters_are_in_the_experts_language_and_name_the_time_zone(story, app, mailbox):
    """Round 2 has an end, so that its letters name a moment."""
    story.close(2)
    story.prepare(2, returning=[story.place(2, "S01")])
    story.launch(3, closes_at=datetime(2031, 7, 7, 15, 6, tzinfo=UTC))
    configured = app.extensions["rondo.config"]
    from surveys.models.invitation import Outbox
    from surveys.services import letters as writing

    letters = {}
    for row in story.session.scalars(
        select(Outbox).where(Outbox.round_id == story.round(3).id).order_by(Outbox.id).limit(4)
    ):
        letter = writing.letter(story.session, row.id, story.links, story.now).letter
        letters[letter.language] = worker.write(letter, configured)
    french, german = letters["fr"], letters["de"]
    assert french.subject == "Le tour 3 est ouvert\u00a0: Les consultations vidéo en première ligne"
    assert "jusqu’au 7 juillet 2031 à 17:06 (heure d’Europe centrale)." in french.body
    assert german.subject.startswith("Runde 3 ist offen: Videosprechstunden")
    assert "bis zum 7. Juli 2031, 17:06\u00a0Uhr MESZ antworten." in german.body
    assert "until 7 July 2031, 17:06 CEST." in letters["en"].body
    assert "7 juli 2031, 17:06 CEST" in letters["nl"].body
    assert [letters[one].language for one in LANGUAGES] == list(LANGUAGES)


# --- study texts that are missing


def test_a_missing_wording_is_shown_in_the_studys_language_and_the_page_says_so(story, visitor):
    forget(story, "fr", code="S02")
    page = visitor.arrive(story.link(FRENCH))
    legends = {node.text[:3]: node for node in page.all("legend")}
    assert "Video widens the gap" in legends["S02"].text
    assert legends["S02"].attrs["lang"] == "en"
    assert "lang" not in legends["S01"].attrs
    line = (
        "Certains textes de cette étude n’existent pas en français ; ils sont affichés en anglais."
    )
    assert page.text.count(line) == 1
    visitor.post(round_of(story, FRENCH), act="submit")
    page = visitor.open(f"{round_of(story, FRENCH)}/review")
    (link,) = [node for node in page.all("a") if "Video widens" in node.text]
    assert link.attrs["lang"] == "en"
    assert page.text.count(line) == 1


def test_whoever_has_all_texts_reads_nothing_about_missing_ones(story, visitor):
    forget(story, "fr", code="S02")
    page = visitor.arrive(story.link(GERMAN))
    assert "Einige Texte dieser Studie" not in page.text
    assert not [
        node for node in page.all() if "lang" in node.attrs and node.tag not in ("html", "button")
    ][1:]  # the first is the name of the language in the menu


def test_points_without_names_in_a_language_are_all_shown_in_the_studys(story, visitor):
    forget(story, "de", labels=True)
    page = visitor.arrive(story.link(GERMAN))
    ratings = page.all("div", class_="rating")
    assert [node.attrs.get("lang") for node in ratings] == ["en"] * 6
    assert "Strongly agree" in ratings[0].text
    # "Unable to judge" has its German name, but half a scale in German would be harder to read.
    assert {node.text for node in page.all("label", class_="unable")} == {"Unable to judge"}
    assert {node.attrs.get("lang") for node in page.all("label", class_="unable")} == {"en"}
    dimensions = [node for node in page.all("legend") if node.text in ("Useful", "Feasible")]
    assert [node.attrs.get("lang") for node in dimensions] == ["en", "en"]


def test_consent_is_kept_in_the_language_it_was_read_in(story, visitor):
    with transaction(story.session):
        study = story.session.get_one(Study, story.study_id)
        texts = {one: text for one, text in study.consent["text"].items() if one != "de"}
        study.consent = {**study.consent, "text": texts}
    visitor.open(story.link(GERMAN))
    page = visitor.press("Beginnen")
    assert "Who runs the study" in page.text
    (text,) = page.all("div", class_="prose")
    assert text.attrs["lang"] == "en"
    assert "sie werden auf Englisch gezeigt." in page.text
    visitor.press("Teilnehmen", agree="yes")
    story.anew()
    kept = story.session.scalars(
        select(Consent).where(Consent.expert_id == story.expert(GERMAN).id)
    ).one()
    assert kept.language == "en"
    assert "Legal basis: Einwilligung." in kept.text


def test_a_text_falls_back_to_the_studys_language_then_to_any():
    said = questionnaire.in_language({"nl": "ja", "de": "ja!"}, "fr", "de")
    assert (said, said.language) == ("ja!", "de")
    said = questionnaire.in_language({"nl": "ja"}, "fr", "en")
    assert (said, said.language) == ("ja", "nl")
    for nothing in (None, {}, {"fr": ""}):
        said = questionnaire.in_language(nothing, "fr", "en")
        assert (said, said.language) == ("", "fr")


# --- switching


def test_a_page_without_answers_comes_back_in_the_other_language(story, visitor):
    visitor.arrive(story.link(FRENCH))
    leave = f"/e/{story.participation(FRENCH)}/leave"
    visitor.open(leave)
    page = visitor.press("Deutsch")
    assert (visitor.at, page.language, page.h1) == (leave, "de", "Die Studie verlassen")
    assert speaks(story, FRENCH) == "de"


@pytest.mark.parametrize("wanted", ["es", "", "fr\x00"])
def test_a_language_the_study_does_not_have_changes_nothing(story, visitor, wanted):
    visitor.arrive(story.link(FRENCH))
    visitor.post(round_of(story, FRENCH), language=wanted)
    visitor.post(f"/e/{story.participation(FRENCH)}/language", language=wanted)
    assert visitor.open(round_of(story, FRENCH)).language == "fr"
    assert speaks(story, FRENCH) == "fr"


def test_what_the_page_says_is_saved_before_it_changes_its_language(story, visitor):
    visitor.arrive(story.link(FRENCH))
    first, second = story.place(2, "S01"), story.place(2, "S02")
    answer = visitor.send(
        form=visitor.page.form_with(field=f"a-{first}"),
        **{f"a-{first}": "4", f"c-{second}": "Un avis nuancé.", "language": "de"},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, round_of(story, FRENCH))
    page = visitor.open(answer.headers["Location"])
    assert page.h1 == OPINION["de"]
    assert standing(story, FRENCH, "S01").value == 4
    comment = standing(story, FRENCH, "S02", Comment)
    # Written on the French page: whoever translates comments must know.
    assert (comment.text, comment.language) == ("Un avis nuancé.", "fr")


def test_a_refused_page_keeps_what_was_typed_and_speaks_the_wanted_language(story, visitor):
    visitor.arrive(story.link(FRENCH))
    first, second = story.place(2, "S01"), story.place(2, "S02")
    answer = visitor.send(
        form=visitor.page.form_with(field=f"a-{first}"),
        **{f"a-{first}": "9", f"a-{second}": "2", "language": "de"},
    )
    assert answer.status_code == 422
    page = visitor.page
    assert (page.language, page.h1) == ("de", OPINION["de"])
    assert "S01: Das ist keine der Antworten, die hier möglich sind." in page.text
    assert standing(story, FRENCH, "S02").value == 2
    assert speaks(story, FRENCH) == "de"


def test_a_closed_round_gives_back_what_was_typed_and_offers_no_other_page(story, visitor):
    visitor.arrive(story.link(FRENCH))
    story.close(2)
    place = story.place(2, "S01")
    visitor.post(round_of(story, FRENCH), language="de", **{f"c-{place}": "Nicht verlieren."})
    page = visitor.page
    assert (page.status, page.language, page.h1) == (409, "de", "Diese Runde ist geschlossen")
    assert page.one("textarea", id="kept-1").raw.strip() == "Nicht verlieren."
    assert not page.all("button", name="language")


# --- in a browser


@pytest.fixture
def expert(story, live, browser):
    """Opens round 2 for an expert in a browser of their own."""

    def enter(number, **how):
        someone = ExpertInBrowser(browser(**how), live + story.link(number))
        someone.open_link()
        someone.start()
        someone.consent()
        expect(someone.page.locator("h1")).to_have_text(OPINION[LANGUAGES[number - 1]])
        return someone

    return enter


def switch(expert, language):
    """Choose a language in the menu of the page."""
    expert.page.locator("details.menu summary").click()
    expert.page.locator(f"details.menu button[value={language}]").click()
    expect(expert.page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.browser
def test_without_script_the_switch_carries_what_was_typed(story, expert):
    someone = expert(FRENCH, scripts=False, size=PHONE)
    someone.item("S01").locator("label:has(input[value='4'])").click()
    someone.item("S03").locator("textarea").fill("Seulement avec accord.")
    switch(someone, "de")
    expect(someone.page.locator("h1")).to_have_text(OPINION["de"])
    assert someone.has_rated("S01") == "4"
    expect(someone.item("S03").locator("textarea")).to_have_value("Seulement avec accord.")
    assert standing(story, FRENCH, "S03", Comment).language == "fr"


@pytest.mark.browser
def test_with_script_what_is_not_yet_sent_is_sent_first(story, expert):
    someone = expert(GERMAN)
    someone.item("S02").locator("label:has(input[value='2'])").click()
    someone.item("S04").locator("textarea").fill("Nur mit Vorlage.")
    switch(someone, "fr")
    expect(someone.page.locator("h1")).to_have_text(OPINION["fr"])
    assert someone.has_rated("S02") == "2"
    expect(someone.item("S04").locator("textarea")).to_have_value("Nur mit Vorlage.")
    assert standing(story, GERMAN, "S02").version == 1


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_enter_on_a_point_saves_and_does_not_switch(story, expert, scripts):
    """Browsers press the first button of a form on Enter, and the languages come first."""
    someone = expert(GERMAN, scripts=scripts)
    someone.item("S01").locator("label:has(input[value='5'])").click()
    if scripts:
        someone.item("S01").locator("input[value='5']").press("Enter")
        expect(someone.page.locator("#save-state")).to_contain_text("Gespeichert um")
    else:
        with someone.page.expect_navigation():
            someone.item("S01").locator("input[value='5']").press("Enter")
    expect(someone.page.locator("html")).to_have_attribute("lang", "de")
    assert standing(story, GERMAN, "S01").value == 5
    assert speaks(story, GERMAN) == "de"


def test_the_names_of_languages_are_those_of_cldr():
    """The sentence about missing texts reads "en français", "auf Französisch"."""
    assert Locale.parse("fr").languages["fr"] == "français"
    assert Locale.parse("de").languages["fr"] == "Französisch"
    assert Locale.parse("nl").languages["de"] == "Duits"
