"""A study written as a file and read again is the same study, and is written the same again."""

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from sqlalchemy import select

from surveys.delphi.consensus import ConsensusByRound, ConsensusRule
from surveys.delphi.presets import PRESETS
from surveys.delphi.protocol import Protocol
from surveys.models.base import transaction
from surveys.models.item import Item, ItemRevision, Meaning
from surveys.models.mail import MailText, ReminderPlan
from surveys.models.panel import StakeholderGroup
from surveys.models.profile import ProfileField
from surveys.models.researcher import Researcher
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study, Theme
from surveys.services import beginning, loading, redrawing, study_files, writing_study_files
from surveys.services.protocol_words import protocol_of, words_of
from surveys.services.uploading import UploadStore
from tests.every_kind import make_fed_back
from tests.factories import (
    FOUR_LANGUAGES,
    MORNING,
    both,
    make_researcher,
    make_story,
    study_document,
    study_file,
)
from tests.pictures import pdf, png

LIBRARY = sorted(loading.LIBRARY.glob("*/study.yaml"))
STUDIES = sorted(FOUR_LANGUAGES.parent.glob("*.yaml"))


@pytest.fixture
def engine_name():
    """Nothing here depends on the engine: JSON comes back from both as it went in."""
    return "sqlite"


@pytest.fixture
def store(tmp_path):
    return UploadStore(tmp_path / "uploads")


def create(session, plan, store=None):
    lead = session.scalar(select(Researcher.id)) or make_researcher(session)
    with transaction(session):
        study = loading.create_study(
            session,
            plan,
            lead=session.get_one(Researcher, lead),
            actor=f"researcher:{lead}",
            at=MORNING,
            uploads=store,
        )
        return study.id


def without(row, *names):
    hidden = {"_sa_instance_state", "id", "study_id", "public_id", "created_at", "version_id"}
    return {k: v for k, v in vars(row).items() if k not in hidden | set(names)}


def design(session, study_id):
    """All rows that are design, without what names this one copy of it."""
    session.expire_all()
    study = session.get_one(Study, study_id)
    session.refresh(study)
    # Groups are written into the rules when they are locked, and stand in the file as groups.
    rules = replace(Protocol.from_json(study.protocol), groups=())

    def of(row, *order):
        return session.scalars(select(row).where(row.study_id == study_id).order_by(*order)).all()

    items = {item.id: item for item in of(Item, Item.id)}
    themes = {theme.id: theme.code for theme in of(Theme, Theme.position)}
    rounds = of(Round, Round.number)
    placed = {}
    for round_ in rounds:
        for row in session.scalars(
            select(RoundItem).where(RoundItem.round_id == round_.id).order_by(RoundItem.position)
        ):
            item = items[row.item_id]
            revision = session.get_one(ItemRevision, row.revision_id)
            placed[row.id] = {
                "round": round_.number,
                "item": without(item, "theme_id") | {"theme": themes.get(item.theme_id)},
                "wording": without(revision, "item_id"),
                "before": row.previous_id
                and (placed[row.previous_id]["round"], placed[row.previous_id]["item"]["code"]),
                **without(row, "round_id", "item_id", "revision_id", "previous_id", "position"),
            }
    return {
        "study": without(
            study, "locked_at", "protocol_hash", "simulated", "protocol", "archived_at"
        )
        | {"rule_chosen_at": bool(study.rule_chosen_at)},
        "hash": rules.hash,
        "groups": [without(g) for g in of(StakeholderGroup, StakeholderGroup.position)],
        "fields": [without(f) for f in of(ProfileField, ProfileField.position)],
        "mails": sorted(
            (m.message, m.language, m.subject, m.body) for m in of(MailText) if not m.standard
        ),
        "reminders": [
            (next((r.number for r in rounds if r.id == plan.round_id), None), plan.plan)
            for plan in of(ReminderPlan, ReminderPlan.round_id)
        ],
        "themes": [without(t) for t in of(Theme, Theme.position)],
        "rounds": [
            without(r, "opened_at", "closes_at", "closed_at", "prepared_at", "items_hash")
            for r in rounds
        ],
        "items": list(placed.values()),
    }


def written(session, study_id):
    return writing_study_files.written(session, session.get_one(Study, study_id))


def goes_round(session, study_id):
    """Write, read, make, write: the same design and the same letters. The text."""
    text = written(session, study_id)
    again = create(session, loading.read(text))
    assert design(session, again) == design(session, study_id)
    assert written(session, again) == text
    return text


@pytest.mark.parametrize("path", [*LIBRARY, *STUDIES], ids=lambda path: path.parent.name)
def test_a_study_goes_round_through_its_file(session, path):
    text = goes_round(session, create(session, loading.read_file(path)))
    assert text.startswith("# A Delphi study, written by Rondo")
    # A whole study is no draft.
    assert "\ndraft:" not in text


RULES = st.fixed_dictionaries(
    {
        "consensus": st.one_of(
            st.fixed_dictionaries(
                {
                    "kind": st.just("region"),
                    "high": st.dictionaries(
                        st.sampled_from(["at_least", "more_than"]),
                        st.sampled_from([50, 75, 66.7, "200/3"]),
                        min_size=1,
                        max_size=1,
                    ),
                    "minimum": st.integers(1, 9),
                },
                optional={"opposite": st.just({"under": 15})},
            ),
            st.just(
                {
                    "kind": "consensus by round",
                    "steps": [
                        {
                            "kind": "from round",
                            "round": number,
                            "rule": {
                                "kind": "consensus",
                                "in_when": {"kind": "median in", "band": "high"},
                                "out_when": None,
                                "minimum": 4 + number,
                            },
                        }
                        for number in (1, 2)
                    ],
                }
            ),
        ),
        "stability": st.one_of(
            st.fixed_dictionaries(
                {
                    "kind": st.just("pairs"),
                    "same": st.sampled_from(["band", "rating", "within_one"]),
                    "at_least": st.sampled_from([80, "85.5"]),
                    "minimum": st.integers(1, 9),
                },
                optional={"net_change_under": st.just(15)},
            ),
            st.just(
                {
                    "kind": "stability",
                    "clauses": [{"kind": "kappa", "comparison": ">=", "value": "0.6"}],
                    "minimum_pairs": 8,
                }
            ),
        ),
    },
    optional={
        "carry_forward": st.sampled_from(
            [{"kind": "first_consensus"}, {"kind": "stable_consensus", "minimum_ratings": 3}]
        ),
        "feedback": st.sampled_from(
            [
                {"show": [], "smallest_group": 9},
                {"show": ["spread"], "whose": "own_group", "approve": "all"},
                {"reading_budget": "none"},
                {
                    "reading_budget": {"comments": 6},
                    "seed": 7,
                    "arms": [
                        {"code": "numbers", "show": ["own", "median"]},
                        {"code": "reasons", "show": ["comments"], "whose": "all_groups"},
                    ],
                },
            ]
        ),
        "population": st.sampled_from(["answered", "every_round"]),
        "unsubmitted": st.sampled_from(["count", "drop"]),
        "maximum_rounds": st.sampled_from([1, 5, "none"]),
        "stopping": st.sampled_from([{"majority": 60}, {"camps": "30", "majority": "200/3"}]),
    },
)


@given(RULES)
@settings(max_examples=60, deadline=None)
def test_rules_come_back_from_their_words(words):
    scale = study_files.Scale.of(1, 9)
    rules = protocol_of(words, scale)
    said = words_of(rules)
    assert protocol_of(said, scale).hash == rules.hash
    # As a file holds it, and in the same words once more.
    assert protocol_of(through_a_file(said), scale).hash == rules.hash
    assert words_of(protocol_of(said, scale)) == said
    if words["consensus"]["kind"] == "region":
        assert said["consensus"]["kind"] == "region"


def through_a_file(words):
    """Rules as a reader of YAML finds them."""
    text = "\n".join(writing_study_files._named("protocol", words, ""))
    return study_files._plain(YAML(typ="safe", pure=True).load(text)["protocol"])


@pytest.mark.parametrize("points", [(1, 9), (1, 5), (1, 4)])
def test_every_preset_comes_back_from_its_words(points):
    scale = study_files.Scale.of(*points)
    usual = beginning.plan_of(beginning.Wish("Any", ["en"])).protocol
    fitting = [preset.rule(scale) for preset in PRESETS if preset.fits(scale)]
    assert len(fitting) > 15
    for rule in fitting:
        by_round = ConsensusByRound.always(rule) if isinstance(rule, ConsensusRule) else rule
        rules = replace(usual, scale=scale, consensus=by_round)
        assert protocol_of(through_a_file(words_of(rules)), scale).hash == rules.hash


@given(
    st.recursive(
        st.one_of(st.text(), st.integers(-99, 99), st.booleans(), st.none(), st.floats(0, 1)),
        lambda inside: st.one_of(
            st.lists(inside, max_size=3),
            st.dictionaries(st.text("abcdefgh_", min_size=1, max_size=6), inside, max_size=3),
        ),
        max_leaves=8,
    )
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_stands_in_a_file_is_read_as_it_was(value):
    text = writing_study_files._text_of({"rounds": value, "rondo": 1})
    assert YAML(typ="safe", pure=True).load(text) == {"rounds": value, "rondo": 1}


def test_what_is_still_to_be_translated_stays_so(session):
    document = study_document(draft=True)
    document["rounds"][1]["items"][0]["wording"] = {"en": "Only in English."}
    document["rounds"][1]["items"][1]["comments"] = False
    document["rounds"][2]["items"] = [{"code": "S02", "again": True, "comments": True}]
    document["themes"][0].pop("description")
    document["protocol"] |= {"chosen": False, "planned_experts": 24}
    text = goes_round(session, create(session, loading.read(json.dumps(document))))
    assert "\ndraft: true\n" in text
    assert "  planned_experts: 24\n  chosen: false\n" in text
    assert [item.comments for item in loading.read(text).rounds[1].items] == [True, False, True]
    assert loading.read(text).rounds[2].items[0].comments
    # Without the line it is told what is absent.
    with pytest.raises(loading.StudyFileBroken, match="wording has no text in nl"):
        loading.read(text.replace("\ndraft: true\n", "\n"))


ABOUT_EXPERTS = {
    "profile": [
        {
            "code": "years",
            "kind": "number",
            "label": both("Years of practice", "Jaren praktijk"),
            "filled_by": "expert",
            "may_identify": False,
        },
        {
            "code": "setting",
            "kind": "choice",
            "label": both("Setting", "Setting"),
            "options": [
                {"code": "ward", "name": both("Ward", "Afdeling")},
                {"code": "home", "name": both("At home", "Thuis")},
            ],
            "filled_by": "team",
        },
    ],
    "conflicts": {"asked": True, "version": "2", "text": {"nl": "Hebt u belangen?"}},
    "mails": {
        "invitation": {
            "nl": {"subject": "Uw mening telt", "body": "Beste {name},\n\n{link}\n\nTot gauw."}
        }
    },
    "reminders": {"days": [7, 3], "time_zone": "Europe/Paris"},
}


def test_what_experts_are_asked_of_themselves_and_written_goes_round(session):
    document = study_document(**ABOUT_EXPERTS)
    document["rounds"][1] |= {
        "reminders": {"days": [1], "weekends": True},
        "mode": "real_time",
        "layout": "sections",
        "order": {"random": ["data"], "seed": 7},
        "expertise": "theme",
    }
    text = goes_round(session, create(session, loading.read(json.dumps(document))))
    plan = loading.read(text)
    assert [one.code for one in plan.profile] == ["years", "setting"]
    assert plan.mails[("invitation", "nl")].subject == "Uw mening telt"
    assert (plan.reminders.days, plan.rounds[1].reminders.days) == ((7, 3), (1,))


@pytest.mark.parametrize(
    ("way", "value", "sentence"),
    [
        (["mails", "invitation", "nl", "body"], "No link.", "{link} is missing"),
        (["mails", "welcome"], {}, "welcome is not known here"),
        (["mails", "invitation", "fr"], {}, "fr is not known here"),
        (["reminders", "days"], [90], "reminders cannot be read"),
        (["reminders", "at_night"], True, "reminders cannot be read"),
        (["profile", 0, "kind"], "date", "kind must be one of text, number, choice"),
        (["profile", 1, "options"], [], "options belong to a choice"),
        (["conflicts", "asked"], "often", "asked must be true or false"),
        (["groups", 1, "code"], "g" * 41, "code has 41 characters; at most 40 are allowed"),
        (["consent", "version"], "1" * 21, "version has 21 characters"),
        (["rounds", 0, "items", 0, "basis"], "b" * 25, "basis has 25 characters"),
        (["rounds", 0, "items", 0, "note"], "a\0b", "a text holds a sign that cannot be kept"),
        (["title", "en"], "\ud800", "a text holds a sign that cannot be kept"),
    ],
)
def test_what_does_not_fit_there_is_named(way, value, sentence):
    document = json.loads(json.dumps(study_document(**ABOUT_EXPERTS)))
    part = document
    for step in way[:-1]:
        part = part[step]
    part[way[-1]] = value
    with pytest.raises(loading.StudyFileBroken, match=re.escape(sentence)) as broken:
        loading.read(json.dumps(document))
    assert len(broken.value.problems) == 1


def test_a_study_that_ran_is_written_with_the_wordings_that_were_shown(session):
    story = make_story(session, experts=6)
    story.until_round_2()
    story.rate(2, {code: [1, 5, 3, 4, 2, 3] for code in ("S01", "S02", "S03")})
    story.close(2)
    story.prepare(2)
    story.reword(
        3,
        "S01",
        both("Said anew.", "Nieuw gezegd."),
        both("Clearer.", "Duidelijker."),
        Meaning.KEPT,
    )
    story.reword(3, "S02", both("Another thing.", "Iets anders."), both("New."), Meaning.CHANGED)
    text = goes_round(session, story.study_id)
    returned = loading.read(text).rounds[2].items
    assert [(item.code, item.again, item.reworded) for item in returned] == [
        ("S01", True, Meaning.KEPT),
        ("S02", True, Meaning.CHANGED),
        ("S03", True, None),
    ]
    assert returned[0].reasons == both("Clearer.", "Duidelijker.")
    first = loading.read(text).rounds[1].items[0]
    assert first.wording == both("Statement 1 holds.", "Stelling 1 klopt.")
    # Neither the panel nor an answer.
    assert not [word for word in ("expert1@", "Name of", "E01") if word in text]


def test_what_was_split_and_merged_is_said_and_goes_round(session):
    story = make_story(session, experts=6, statements=4)
    story.until_round_2()
    story.rate(2, {code: [1, 5, 3, 4, 2, 3] for code in ("S01", "S02", "S03", "S04")})
    story.close(2)
    story.prepare(2)
    told = {"reasons": both("Two thoughts."), "actor": story.actor, "at": story.now}
    parts = [redrawing.Part(both("One."), "care"), redrawing.Part(both("Other."), "care")]
    with transaction(session):
        redrawing.split(session, story.study, story.round(2), story.place(2, "S01"), parts, **told)
    both_of_them = [story.place(2, "S02"), story.place(2, "S03")]
    with transaction(session):
        redrawing.merge(session, story.study, story.round(2), both_of_them, parts[0], **told)
    plan = loading.read(goes_round(session, story.study_id))
    made = {item.code: item.made for item in plan.rounds[2].items}
    assert made["S05"].of == made["S06"].of == ("S01",)
    assert (made["S07"].of, made["S07"].reasons) == (("S02", "S03"), both("Two thoughts."))
    assert made["S04"] is None


def test_a_study_of_every_kind_that_came_back_goes_round(session):
    story = make_fed_back(session, layout="sections")
    again = loading.read(goes_round(session, story.study_id)).rounds[2].items
    assert {item.kind for item in again} >= {"likert", "ranking", "allocation", "slider"}
    assert all(item.again for item in again if item.kind != "information")


def test_items_come_again_only_where_they_were(session):
    document = study_document()
    document["rounds"][2]["items"] = [
        {"code": "S01", "again": True},
        {"code": "S09", "again": True},
        {"code": "S02", "again": True, "wording": both("Else.")},
        {"code": "S03", "again": True, "kind": "likert"},
        {"code": "S01", "again": True},
    ]
    with pytest.raises(loading.StudyFileBroken) as broken:
        loading.read(json.dumps(document, indent=1))
    assert [problem.partition(": ")[2] for problem in broken.value.problems] == [
        "items use a code more than once: S01",
        "code “S09” comes again, and no earlier round asks it",
        "meaning must be one of kept, changed: S02 is reworded",
        "kind is not known here; there is code, again, wording, help, settings, ask_if, comments,"
        " reasons, meaning",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "\n".join(
            f"{name}: &{name} [{', '.join(f'*{before}' for _ in range(9))}]"
            for before, name in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "rounds: " + "[" * 60 + "]" * 60,
    ],
    ids=["a few lines that stand for billions", "a well"],
)
def test_a_file_that_unfolds_without_end_is_refused(text):
    with pytest.raises(loading.StudyFileBroken, match="unfolds to more"):
        loading.read(text)


# --- with files


def document_with_evidence(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "curve.png").write_bytes(png())
    (folder / "trial.pdf").write_bytes(pdf())
    document = study_document()
    document["rounds"][1]["items"][0]["settings"] = {
        "evidence": [
            {"title": both("The curve"), "file": "curve.png", "alt": "A line that falls."},
            {"title": both("The trial"), "file": "trial.pdf", "source": both("Smith, 2024")},
            {"title": both("A page"), "url": "https://doi.org/10.1000/182"},
        ]
    }
    path = folder / "study.yaml"
    path.write_text(json.dumps(document), "utf-8")
    return path


def test_evidence_travels_in_a_zip_and_comes_back(session, store, tmp_path):
    first = create(session, loading.read_file(document_with_evidence(tmp_path)), store)
    sent = writing_study_files.packed(session, session.get_one(Study, first), store)
    assert (sent.name, sent.type) == ("small.zip", "application/zip")
    with zipfile.ZipFile(io.BytesIO(sent.content)) as archive:
        assert archive.namelist() == ["study.yaml", "curve.png", "trial.pdf"]
        assert archive.read("curve.png") == png()
    plan = study_files.read_upload(sent.content)
    elsewhere = UploadStore(tmp_path / "elsewhere")
    second = create(session, plan, elsewhere)
    assert design(session, second) == design(session, first)
    again = writing_study_files.packed(session, session.get_one(Study, second), elsewhere)
    assert again == sent


def test_two_files_of_one_name_are_told_apart_in_the_zip(session, store, tmp_path):
    document = study_document()
    for item, colour, folder in zip(
        document["rounds"][1]["items"], ("red", "blue"), ("a", "b"), strict=False
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "map.png").write_bytes(png(width=3 if colour == "red" else 4))
        item["settings"] = {"evidence": [{"title": "Map", "file": "map.png", "alt": "A map."}]}
    # One after the other, as two uploads of one name would.
    a = json.loads(json.dumps(document))
    del a["rounds"][1]["items"][1]["settings"]
    (tmp_path / "a" / "study.yaml").write_text(json.dumps(a), "utf-8")
    (tmp_path / "b" / "study.yaml").write_text(json.dumps(document), "utf-8")
    first = create(session, loading.read_file(tmp_path / "a" / "study.yaml"), store)
    other = create(session, loading.read_file(tmp_path / "b" / "study.yaml"), store)
    evidence = session.scalars(
        select(RoundItem.evidence)
        .join(Round)
        .where(Round.study_id == other, RoundItem.evidence.is_not(None))
    ).first()
    with transaction(session):
        placed = session.scalars(
            select(RoundItem)
            .join(Round)
            .join(Item, Item.id == RoundItem.item_id)
            .where(Round.study_id == first, Item.code == "S02")
        ).one()
        placed.evidence = evidence
    sent = writing_study_files.packed(session, session.get_one(Study, first), store)
    plan = study_files.read_upload(sent.content)
    assert dict(plan.files) == {
        "map.png": png(width=3),
        "map-2.png": png(width=4),
    }


def zipped(*entries):
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return into.getvalue()


def asks_for(name):
    document = study_document()
    document["rounds"][1]["items"][0]["settings"] = {
        "evidence": [{"title": both("T"), "file": name, "alt": both("A")}]
    }
    return json.dumps(document)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (zipped(("../study.yaml", study_file())), "leads out of the archive"),
        (zipped(("/etc/study.yaml", study_file())), "leads out of the archive"),
        (zipped(("C:\\study.yaml", study_file())), "leads out of the archive"),
        (zipped(("notes.txt", "x")), "there is no study.yaml in the archive"),
        (
            zipped(("a/study.yaml", study_file()), ("b/study.yaml", study_file())),
            "more than one study.yaml",
        ),
        (zipped(("study.yaml", "#" * 3_000_000)), "is larger than 1,000,000 bytes"),
        (zipped(("study.yaml", asks_for("map.png"))), "“map.png” is not in the archive"),
        (
            zipped(("study.yaml", asks_for("map.png")), ("map.png", b"0" * 60_000_000)),
            "map.png",
        ),
        (zipped(*((f"{n}.txt", "x") for n in range(600))), "holds more than 500 files"),
        (zipped(("study.yaml", study_file()))[:-30], "cannot be opened as an archive"),
        (b"PK\x03\x04" + b"\x00" * 40, "cannot be opened as an archive"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"", "the file must hold a study"),
        (png(), "is not UTF-8 text"),
    ],
)
def test_an_upload_that_is_no_study_is_refused_in_a_sentence(content, problem):
    with pytest.raises(loading.StudyFileBroken) as broken:
        study_files.read_upload(content)
    assert problem in broken.value.problems[0]


def test_a_folder_that_was_zipped_whole_is_read(session):
    plan = study_files.read_upload(
        zipped(
            ("small/study.yaml", asks_for("map.png")),
            ("small/map.png", png()),
            ("small/NOTES.md", "x"),
            ("__MACOSX/small/._study.yaml", "x"),
        )
    )
    assert plan.files == {"map.png": png()}


@given(st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_no_bytes_bring_the_reader_down(content):
    for tried in (content, b"PK\x03\x04" + content, zipped(("study.yaml", content))):
        with pytest.raises(loading.StudyFileBroken):
            study_files.read_upload(tried)


def test_the_clock_is_not_in_the_file(session):
    """Two exports of one study can be compared."""
    study_id = create(session, loading.read(study_file()))
    assert str(datetime.now(UTC).year) not in written(session, study_id).replace("EC 2026/1", "")
