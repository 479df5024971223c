"""Evidence under items: kept by its content, checked, and carried from round to round."""

import hashlib
import json

import pytest
from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.researcher import Researcher
from surveys.models.round import RoundItem
from surveys.models.upload import Upload
from surveys.services import attaching, designing, loading, uploading
from surveys.services.attaching import Described
from tests.factories import (
    MORNING,
    both,
    make_rated_story,
    make_researcher,
    make_story,
    study_document,
)
from tests.pictures import pdf, png

TITLE = both("The trial", "De studie")
ALT = both("A diagonal", "Een diagonaal")


@pytest.fixture
def store(tmp_path):
    return uploading.UploadStore(tmp_path / "uploads")


@pytest.fixture
def story(session):
    """Nothing launched yet."""
    return make_story(session)


def attach(story, store, described, code="S01", number=2):
    with transaction(story.session):
        attaching.attach(
            story.session,
            story.study,
            story.asked(number)[code],
            described,
            store=store,
            actor=story.actor,
            at=story.now,
        )


def evidence(story, code="S01", number=2):
    return story.asked(number)[code].evidence


def test_a_page_a_text_a_picture_and_a_pdf_are_attached_in_their_order(story, store):
    attach(story, store, Described(TITLE, url=" https://who.int/trial "))
    attach(story, store, Described(TITLE, text=both("Half stopped."), source=both("Smith 2024")))
    attach(story, store, Described(TITLE, file_name="map.png", content=png(), alt=ALT))
    attach(story, store, Described(TITLE, file_name="trial.pdf", content=pdf()))
    page, text, picture, paper = evidence(story)
    assert page == {"title": TITLE, "url": "https://who.int/trial"}
    assert text["source"] == both("Smith 2024")
    assert picture["alt"] == ALT
    assert picture["file"]["type"] == "image/png"
    assert paper["file"]["digest"] == hashlib.sha256(pdf()).hexdigest()
    assert store.path(paper["file"]["digest"]).read_bytes() == pdf()


@pytest.mark.both_engines
def test_the_same_file_twice_is_kept_once_and_nobody_else_can_read_it(story, store):
    for code in ("S01", "S02"):
        attach(story, store, Described(TITLE, file_name="a.pdf", content=pdf()), code)
    assert len(story.session.scalars(select(Upload)).all()) == 1
    (file,) = [path for path in store.folder.rglob("*") if path.is_file()]
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("described", "said"),
    [
        (Described(TITLE), "one of a web address, a text and a file"),
        (Described(TITLE, url="https://a.b", text=both("x")), "one of a web address"),
        (Described({"en": "Only English"}, url="https://a.b"), "The title in “nl” is empty"),
        (Described(TITLE, url="who.int"), "“who.int” is not a whole web address"),
        (Described(TITLE, url="https://a.b/" + "x" * 3_000), "more than 2000 characters"),
        (Described(TITLE, text={"en": "x"}), "The text in “nl” is empty"),
        (Described(TITLE, text=both("x" * 10_001)), "more than 10000 characters"),
        (Described(TITLE, url="https://a.b", source={"nl": "x"}), "The source in “en” is empty"),
        (Described(TITLE, file_name="a.png", content=png()), "in “en” what the picture shows"),
        (Described(TITLE, file_name="a.png", content=b"GIF89a"), "Only PDF files"),
        (Described(TITLE, file_name="a.pdf", content=b""), "This file is empty"),
    ],
)
def test_what_cannot_be_shown_is_refused_and_nothing_is_kept(story, store, described, said):
    with pytest.raises(attaching.NotAttached, match=said):
        attach(story, store, described)
    assert evidence(story) is None
    assert story.session.scalars(select(Upload)).all() == []
    assert not store.folder.exists()


def test_an_item_has_at_most_twenty_pieces(story, store):
    for _ in range(20):
        attach(story, store, Described(TITLE, url="https://a.b"))
    with pytest.raises(attaching.NotAttached, match="at most 20"):
        attach(story, store, Described(TITLE, url="https://a.b"))


@pytest.mark.both_engines
def test_evidence_is_taken_off_by_its_place(story, store):
    for url in ("https://a.b/1", "https://a.b/2"):
        attach(story, store, Described(TITLE, url=url))
    act = {"actor": story.actor, "at": story.now}
    for place, left in ((9, 2), (1, 1), (1, 0)):
        with transaction(story.session):
            attaching.take_off(story.session, story.study, story.asked(2)["S01"], place, **act)
        assert len(evidence(story) or []) == left
    acts = story.session.scalars(select(AuditEvent.act)).all()
    assert acts.count("evidence attached") == acts.count("evidence taken off") == 2


def test_evidence_of_a_launched_item_stays_as_it_is(story, store):
    attach(story, store, Described(TITLE, url="https://a.b"))
    story.until_round_2()
    with pytest.raises(designing.RoundLaunched):
        attach(story, store, Described(TITLE, url="https://a.c"))
    with pytest.raises(designing.RoundLaunched), transaction(story.session):
        attaching.take_off(
            story.session,
            story.study,
            story.asked(2)["S01"],
            1,
            actor=story.actor,
            at=story.now,
        )
    assert len(evidence(story)) == 1


def test_evidence_comes_along_when_its_item_returns_and_what_is_added_stays(session, store):
    rounds = study_document(statements=4)["rounds"]
    rounds[1]["items"][0]["settings"] = {"evidence": [{"title": TITLE, "url": "https://a.b/1"}]}
    story = make_rated_story(session, rounds=rounds)
    assert len(evidence(story, number=3)) == 1
    attach(story, store, Described(TITLE, url="https://a.b/2"), number=3)
    story.prepare(2)
    assert [one["url"] for one in evidence(story, number=3)] == ["https://a.b/1", "https://a.b/2"]
    assert len(evidence(story, number=2)) == 1


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("trial.pdf", "trial.pdf"),
        ("C:\\files\\my trial.PDF", "my trial.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ('a"b;c\r\n.pdf', "a_b_c__.pdf"),
        ("", "file.pdf"),
        ("é" * 300 + ".exe", "é" * 116 + ".pdf"),
    ],
)
def test_a_file_is_saved_under_a_name_that_fits_what_it_is(name, tidy):
    assert uploading.tidy_name(name, ".pdf") == tidy


# --- in a study file


@pytest.fixture
def folder(tmp_path):
    """Where a study file lies with its picture."""
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "map.png").write_bytes(png())
    return folder


def file_with(folder, *entries):
    """A study file whose first statement rests on these."""
    rounds = study_document()["rounds"]
    rounds[1]["items"][0]["settings"] = {"evidence": list(entries)}
    path = folder / "study.yaml"
    path.write_text(json.dumps(study_document(rounds=rounds), indent=1), "utf-8")
    return path


MAP = {"title": TITLE, "file": "map.png", "alt": ALT, "source": "The city of Ghent"}


@pytest.mark.both_engines
def test_the_files_beside_a_study_file_are_kept_with_the_study(session, store, folder):
    plan = loading.read_file(file_with(folder, MAP))
    lead_id = make_researcher(session)
    with transaction(session):
        study = loading.create_study(
            session,
            plan,
            lead=session.get_one(Researcher, lead_id),
            actor="researcher:1",
            at=MORNING,
            uploads=store,
        )
        study_id = study.id
    stored = select(RoundItem.evidence).where(RoundItem.evidence.is_not(None))
    (entries,) = session.scalars(stored)
    digest = entries[0]["file"]["digest"]
    assert uploading.find(session, study_id, digest).name == "map.png"
    assert store.path(digest).read_bytes() == png()
    assert entries[0]["source"] == both("The city of Ghent", "The city of Ghent") | {
        "fr": "The city of Ghent",
        "de": "The city of Ghent",
    }


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({**MAP, "file": "gone.png"}, "“gone.png” cannot be opened"),
        ({**MAP, "file": "../map.png"}, "must be the name of a file beside the study file"),
        ({**MAP, "file": "/etc/passwd"}, "must be the name of a file beside the study file"),
        ({**MAP, "file": ".."}, "must be the name of a file beside the study file"),
        ({**MAP, "file": "study.yaml"}, "“study.yaml”: Only PDF files"),
        ({**MAP, "file": "link.png"}, "leads elsewhere"),
        ({**MAP, "alt": {"en": "A map"}}, "alt of evidence 1 has no text in nl"),
        ({"title": TITLE, "file": "map.png"}, "a picture needs “alt”"),
        ({"title": TITLE, "url": "trial.pdf"}, "whole web address"),
    ],
)
def test_evidence_that_cannot_be_is_told_with_its_line(folder, entry, said):
    (folder / "link.png").symlink_to(folder / "map.png")
    with pytest.raises(loading.StudyFileBroken) as broken:
        loading.read_file(file_with(folder, entry))
    (problem,) = broken.value.problems
    assert said in problem
    assert problem.startswith("line ")
    assert "S01" in problem


def test_a_file_that_is_too_large_is_not_read_whole(folder):
    with (folder / "map.png").open("wb") as file:
        file.write(png())
        file.truncate(10**9)
    with pytest.raises(loading.StudyFileBroken, match="too large"):
        loading.read_file(file_with(folder, MAP))


def test_a_text_without_a_folder_cannot_name_files(folder):
    with pytest.raises(loading.StudyFileBroken, match="needs a study in a folder"):
        loading.read(file_with(folder, MAP).read_text("utf-8"))
