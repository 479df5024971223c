"""A study is built on its pages: its frame, its rounds, its items."""

from datetime import UTC, datetime, timedelta

import pytest

from surveys.delphi.protocol import Protocol
from surveys.items import KINDS
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.item import ItemRevision
from surveys.models.response import Rating
from surveys.models.round import RoundItem
from tests.actors.visitor import Visitor
from tests.factories import make_rated_story, make_researcher, make_story
from tests.web.researchers.conftest import sign_in_link


@pytest.fixture
def story(session, links):
    """Nothing launched yet."""
    return make_story(session, at=datetime.now(UTC) - timedelta(days=3), links=links)


@pytest.fixture
def editor(lead):
    """The lead in the editor of round 2."""
    lead.open(f"{lead.study}/rounds/2/design")
    return lead


def wording(story, code):
    placed = story.anew().asked(2)[code]
    return story.session.get_one(ItemRevision, placed.revision_id).wording


def form_of(lead, action):
    return lead.page.form_with(action=f"{lead.study}{action}")


def test_the_frame_of_a_study_is_edited_part_by_part(story, lead):
    page = lead.open(f"{lead.study}/design")
    assert "1 (point 1) to 5 (point 5), or “Unable to judge”" in page.text
    lead.press("Keep the texts", **{"title-en": "A new name"})
    lead.press("Add", **{"add": "de"})
    page = lead.press("Add the theme", **{"title-en": "Equity", "title-nl": "Gelijkheid"})
    assert "German: not translated yet" in page.text
    page = lead.press("Add the group", **{"name-en": "Carer"})
    assert "Dutch: not translated yet" in page.text
    page = lead.press(
        "Keep the scale", **{"setting-scale-high": "7", "setting-scale-high_from": "6"}
    )
    assert "1 (point 1) to 7, or" in page.text
    study = story.anew().study
    assert study.title["en"] == "A new name"
    assert study.languages == ["en", "nl", "de"]
    assert Protocol.from_json(study.protocol).scale.high == 7
    acts = story.session.query(AuditEvent.act).order_by(AuditEvent.id.desc()).limit(5).all()
    assert [act for (act,) in acts] == [
        "scale set",
        "group added",
        "theme added",
        "language added",
        "study described",
    ]
    page = lead.open(f"{lead.study}/trail")
    assert "theme added: theme equity" in page.text


def test_what_cannot_be_kept_comes_back_beside_its_form_with_what_was_typed(story, lead):
    lead.open(f"{lead.study}/design")
    theme = form_of(lead, "/design/themes/1")
    page = lead.press(form=theme, act="keep", **{"title-en": "", "title-nl": "Mijn naam"})
    assert page.status == 422
    assert "The text in “English” is empty." in page.text
    assert page.one("input", id="theme-1-title-nl").attrs["value"] == "Mijn naam"
    page = lead.press(form=theme, act="remove")
    assert "This theme holds items: Q1" in page.text
    lead.open(f"{lead.study}/design")
    first, second = (lead.page.form_with(button="Keep the texts") for _hand in range(2))
    lead.press("Keep the texts", form=first, **{"title-en": "First hand"})
    page = lead.press("Keep the texts", form=second, **{"title-en": "Second hand"})
    assert page.status == 422
    assert "A colleague has changed this meanwhile" in page.text
    assert "It says now: First hand" in page.text
    lead.press("Keep the texts")
    assert story.anew().study.title["en"] == "Second hand"


def test_rounds_are_added_described_and_removed(story, lead):
    lead.open(f"{lead.study}/design")
    page = lead.press("Add the round", kind="rating", **{"title-en": "Last look"})
    assert lead.at.endswith("/rounds/4/design")
    describe = form_of(lead, "/rounds/4/design/texts")
    lead.press("Keep", form=describe, layout="sections", mode="real_time")
    round_ = story.anew().round(4)
    assert (round_.layout.value, round_.real_time) == ("sections", True)
    assert "round 4, mode in real time" in lead.open(f"{lead.study}/trail").text
    lead.open(f"{lead.study}/rounds/4/design")
    page = lead.press("Remove this round")
    assert "Round 4, “Last look”, was removed." in page.text
    assert lead.post(f"{lead.study}/design/rounds", kind="quiz").status_code == 422
    assert lead.post(f"{lead.study}/rounds/2/design/texts", mode="x").status_code == 422


def test_every_kind_has_a_page_and_is_shown_with_its_own_settings(story, lead):
    options = {
        f"setting-{part}-n{place}-name-en": name
        for part in ("options", "dimensions")
        for place, name in enumerate(("This", "That"))
    }
    ends = {"setting-low_name-en": "none", "setting-high_name-en": "all"}
    for kind in KINDS:
        before = set(story.anew().asked(2))
        page = lead.open(f"{lead.study}/rounds/2/design/new?kind={kind}&theme=data")
        assert not any("checked" in box.attrs for box in page.all("input", id="setting-own")), kind
        there = {node.attrs["name"] for node in page.all("input") if "name" in node.attrs}
        fields = {name: value for name, value in {**options, **ends}.items() if name in there}
        page = lead.press("Add to round 2", **{"wording-en": "What is new?", **fields})
        assert "The item was added." in page.text, kind
        (new,) = [row for code, row in story.anew().asked(2).items() if code not in before]
        assert new.kind == kind
        number, settings = new.id, new.settings
        lead.open(f"{lead.study}/rounds/2/design/items/{number}")
        lead.press("Keep", **{"wording-en": "What is new, then?"})
        assert story.anew().session.get_one(RoundItem, number).settings == settings, kind


def test_a_scale_of_its_own_takes_no_names_from_that_of_the_study(story, editor):
    editor.open(f"{editor.study}/rounds/2/design/new")
    ends = {"low": "0", "high": "10", "low_until": "3", "high_from": "7"}
    fields = {f"setting-scale-{name}": value for name, value in ends.items()}
    empty = {
        node.attrs["name"]: ""
        for node in editor.page.all("input")
        if node.attrs.get("name", "").startswith(("setting-labels", "setting-unable"))
    }
    editor.press("Add to round 2", own_scale="yes", **{"wording-en": "Wide?"}, **fields, **empty)
    settings = story.anew().asked(2)["S04"].settings
    assert (settings["scale"]["high"], settings["labels"], settings["unable"]) == (10, {}, {})
    page = editor.open(f"{editor.study}/rounds/2/design/items/{story.place(2, 'S04')}")
    assert "checked" in page.one("input", id="setting-own").attrs


def test_an_item_is_edited_language_by_language_with_its_hints(story, editor):
    place = story.place(2, "S01")
    editor.open(f"{editor.study}/rounds/2/design/items/{place}")
    page = editor.press("Keep", **{"wording-en": "It often helps.", "comments": ""})
    assert "“often” means something else to every reader" in page.text
    assert "Dutch: older than the text it translates" in page.text
    assert "no comments" in page.text
    page = editor.open(f"{editor.study}/rounds/2/design/items/{place}")
    page = editor.press("It is fine as it is", still_right="nl")
    assert "means something else" not in page.text
    assert "older than the text it translates" not in page.text
    assert wording(story, "S01")["en"] == "It often helps."
    left_open = editor.page.form_with(field="wording-en")
    editor.press("Keep", **{"wording-en": "One hand."})
    page = editor.press("Keep", form=left_open, **{"wording-en": "Other hand."})
    assert page.status == 422
    assert "It says now: One hand." in page.text
    assert page.one("textarea", id="wording-en").text.strip() == "Other hand."
    editor.press("Keep")
    assert wording(story, "S01")["en"] == "Other hand."


def test_hints_come_while_one_types_and_nothing_is_kept(story, editor):
    address = f"{editor.study}/design/hints"
    body = {"wording-en": "Apps and/or sites.", "wording-nl": "Goed.", "wording-xx": "and/or"}
    said = editor.script(address, body).get_json()
    assert set(said) == {"en", "nl"}
    assert "“and/or”" in said["en"][0]
    assert said["nl"] == []


def test_items_are_moved_copied_taken_out_and_put_back_by_plain_buttons(story, editor):
    def press(act, code):
        editor.open(f"{editor.study}/rounds/2/design")
        form = form_of(editor, "/rounds/2/design/items")
        return editor.press(form=form, act=f"{act}:{story.anew().place(2, code)}")

    press("down", "S01")
    press("duplicate", "S03")
    assert list(story.anew().asked(2)) == ["S01", "S02", "S03", "S04"]
    page = press("take-out", "S02")
    assert "Taken out of this round" in page.text
    assert list(story.anew().asked(2)) == ["S01", "S03", "S04"]
    button = next(
        node for node in page.all("button") if node.attrs.get("value", "").startswith("put")
    )
    editor.press(form=form_of(editor, "/rounds/2/design/items"), act=button.attrs["value"])
    assert list(story.anew().asked(2)) == ["S01", "S02", "S03", "S04"]


def test_lines_are_pasted_and_what_is_wrong_keeps_them(story, editor):
    page = editor.press("Add the lines", lines="- One thing.\n- " + "x" * 1_100)
    assert page.status == 422
    assert "Line 2 is longer" in page.text
    assert "One thing." in page.one("textarea", id="pasted").text
    page = editor.press("Add the lines", lines="One thing.\nStatement 1 holds.", theme="data")
    assert "1 item was added." in page.text
    assert "Left out, because this round says it already: Statement 1 holds." in page.text


def test_an_order_that_is_none_changes_nothing(story, editor):
    before = list(story.asked(2))
    for items, status in (
        ([], 409),
        (["1:care"], 409),
        (["x"], 400),
        (["\x00"], 400),
        (["9" * 40], 400),
    ):
        answer = editor.script(f"{editor.study}/rounds/2/design/order", {"item": items})
        assert answer.status_code == status, items
        assert answer.get_json()["problem"]
    assert list(story.anew().asked(2)) == before


def test_the_preview_is_the_experts_page_in_language_and_group_and_keeps_nothing(
    session, links, app
):
    story = make_rated_story(session, at=datetime.now(UTC) - timedelta(days=20), links=links)
    story.prepare(2, returning=[row.id for row in story.asked(2).values()])
    with transaction(session):
        story.asked(3)["S02"].ask_if = {"group": "nurse"}
        story.asked(3)["S03"].comments = False
    lead = Visitor(app)
    lead.sign_in(sign_in_link(story, make_researcher(session)))
    here = f"/studies/{story.study.public_id}/rounds/3/preview"
    page = lead.open(f"{here}?language=nl&group=physician")
    assert "would be frozen if the round were launched now" in page.text
    assert "frame-src 'self'" in lead.response.headers["Content-Security-Policy"]
    page = lead.open(f"{here}/page?language=nl&group=physician")
    assert "frame-ancestors 'self'" in lead.response.headers["Content-Security-Policy"]
    assert page.one("html").attrs["lang"] == "nl"
    assert "Stelling 1 klopt." in page.text
    remarks = {node.attrs["id"] for node in page.all("textarea")}
    assert f"c-{story.place(3, 'S01')}" in remarks
    assert f"c-{story.place(3, 'S03')}" not in remarks
    assert "De eerdere beoordeling is een voorbeeld." in page.text
    hidden = [node.attrs["id"] for node in page.all("fieldset") if "hidden" in node.attrs]
    assert hidden == [f"i-{story.place(3, 'S02')}"]
    form = page.form_with(button="Indienen")
    before = session.query(Rating).count()
    page = lead.press(form=form, act="submit", **{f"a-{story.place(3, 'S01')}": "5"})
    assert "hier zou een expert een ontvangstbewijs krijgen" in page.text
    kept = lead.script(f"{here}/answers", {f"a-{story.place(3, 'S01')}": "5"}).get_json()
    assert kept == {"saved_at": "(only a preview)"}
    assert story.anew().session.query(Rating).count() == before
    story.launch(3)
    lead.open(f"{here}")
    assert "frozen at the launch" in lead.page.text
    # What experts saw is only shown.
    page = lead.open(f"/studies/{story.study.public_id}/rounds/3/design")
    assert "What experts saw is never altered" in page.text
    assert not page.all("textarea")
