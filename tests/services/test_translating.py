"""What the team says in another language: fed to its readers, never in place of the original."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.moderation import Translation
from surveys.models.panel import EarlierAnswers
from surveys.queries import translations
from surveys.queries.translations import PieceKind
from surveys.services import designing, moderating, translating, withdrawing
from surveys.services.translating import Proposal
from tests.factories import both, make_story
from tests.services.voicing import decide, make_commented, merged, numbers, shown

# Experts 1, 3 and 5 write on English pages, 2 and 4 on Dutch ones.
SAID = [(5, "It helps."), (1, "Dat kost tijd."), (5, "This helps a lot."), (4, "Er is vraag naar.")]


def translate(story, text, language, said, *, number=2, source=None, kind=PieceKind.COMMENT):
    """Let the team translate one comment, by its text."""
    with transaction(story.session):
        (about,) = numbers(story, text) if kind is PieceKind.COMMENT else (number_of(story, text),)
        return translating.translate(
            story.session,
            story.study,
            story.round(number),
            [Proposal(kind, about, language, source or text, said)],
            actor=story.actor,
            at=story.now,
        )


def number_of(story, text):
    return next(piece.id for piece in pieces(story, 1) if piece.text == text)


def pieces(story, number=2):
    return translations.pieces(story.session, story.study, story.round(number))


def progress(story, number=2):
    languages = translations.languages_read(story.session, story.study)
    return {
        done.language: (done.done, done.total)
        for done in translations.progress(pieces(story, number), languages)
    }


def test_a_translation_is_fed_with_its_original(session):
    story = make_commented(session, SAID)
    translate(story, "Dat kost tijd.", "en", "That takes time.")
    story.launch(3)
    comment = shown(story)["Dat kost tijd."]
    assert (comment["language"], comment["said_in"]) == ("nl", {"en": "That takes time."})
    assert shown(story)["It helps."]["said_in"] == {}


def test_who_translated_and_when_is_kept_and_in_the_trail(session):
    story = make_commented(session, SAID)
    translate(story, "Dat kost tijd.", "en", "That takes time.")
    made = session.scalars(select(Translation)).one()
    assert (made.translator, made.made_at, made.source) == (
        "researcher:1",
        story.now,
        "Dat kost tijd.",
    )
    event = session.scalars(select(AuditEvent).where(AuditEvent.act == "translation kept")).one()
    assert event.details == {"round": 2, "language": "en", "comment": made.comment_id}


def test_what_lacks_is_counted_per_language(session):
    story = make_commented(session, SAID)
    assert progress(story) == {"en": (0, 2), "nl": (0, 2)}
    translate(story, "Dat kost tijd.", "en", "That takes time.")
    assert progress(story) == {"en": (1, 2), "nl": (0, 2)}


@pytest.mark.both_engines
def test_a_language_that_nobody_reads_is_not_asked_for(session):
    story = make_story(session)
    assert translations.languages_read(session, story.study) == ["en", "nl"]
    with transaction(session):
        for expert in story.experts[1::2]:
            expert.language = "en"
    assert translations.languages_read(session, story.study) == ["en"]


@pytest.mark.both_engines
def test_a_better_translation_stands_and_the_earlier_one_is_kept(session):
    story = make_commented(session, SAID)
    for text in ("It takes time.", "That takes time.", "That takes time."):
        translate(story, "Dat kost tijd.", "en", text)
    stored = session.scalars(select(Translation).order_by(Translation.id)).all()
    assert [(one.text, one.latest) for one in stored] == [
        ("It takes time.", False),
        ("That takes time.", True),
    ]


def test_an_emptied_translation_is_taken_back(session):
    story = make_commented(session, SAID)
    translate(story, "Dat kost tijd.", "en", "That takes time.")
    translate(story, "Dat kost tijd.", "en", "  ")
    assert progress(story)["en"] == (0, 2)
    assert translate(story, "Dat kost tijd.", "en", "").kept == 0


def test_what_is_in_the_language_already_needs_no_translation(session):
    story = make_commented(session, [(5, "It helps."), (4, "I wrote this on a Dutch page.")])
    assert progress(story)["en"] == (0, 1)
    text = "I wrote this on a Dutch page."
    translate(story, text, "en", text)
    assert progress(story) == {"en": (0, 0), "nl": (0, 2)}
    story.launch(3)
    assert shown(story)[text]["language"] == "en"


@pytest.mark.both_engines
def test_a_translation_of_words_that_were_redacted_counts_no_more(session):
    story = make_commented(session, [(5, "Volgens dokter Peeters helpt het."), (4, "Er is vraag.")])
    told = "Volgens dokter Peeters helpt het."
    # A flagged comment is fed to nobody, so there is nothing to translate yet.
    assert told not in [piece.text for piece in pieces(story)]
    (number,) = numbers(story, told)
    decide(story, moderating.approve, [number])
    translate(story, told, "en", "According to Dr Peeters it helps.")
    decide(story, moderating.redact, number, "Volgens een collega helpt het.")
    (piece,) = [piece for piece in pieces(story) if piece.id == number]
    assert piece.lacks("nl")
    assert list(piece.outdated) == ["en"]
    story.launch(3)
    assert shown(story)["Volgens een collega helpt het."]["said_in"] == {}


def test_only_the_one_that_speaks_for_a_merge_is_translated(session):
    story = make_commented(session, SAID)
    merged(story, "It helps.", "This helps a lot.")
    assert [piece.text for piece in pieces(story) if piece.side == "for"] == [
        "It helps.",
        "Er is vraag naar.",
    ]
    assert progress(story)["nl"] == (0, 1)


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("language", "source", "said", "words"),
    [
        ("fr", None, "Cela prend du temps.", "no texts in this language"),
        ("en", "Dat kostte tijd.", "That took time.", "reworded"),
        ("en", None, "x" * 12_001, "too long"),
    ],
)
def test_a_translation_that_does_not_fit_is_refused_in_a_sentence(
    session, language, source, said, words
):
    story = make_commented(session, SAID)
    outcome = translate(story, "Dat kost tijd.", language, said, source=source)
    assert outcome.kept == 0
    assert words in str(outcome.refused[0])
    assert session.scalars(select(Translation)).all() == []


def test_one_that_is_refused_does_not_take_the_others_with_it(session):
    story = make_commented(session, SAID)
    first, second = numbers(story, "It helps.", "This helps a lot.")
    with transaction(session):
        outcome = translating.translate(
            session,
            story.study,
            story.round(2),
            [
                Proposal(PieceKind.COMMENT, first, "nl", "It helped.", "Het hielp."),
                Proposal(PieceKind.COMMENT, 99_999, "nl", "?", "?"),
                Proposal(PieceKind.COMMENT, second, "nl", "This helps a lot.", "Helpt erg."),
            ],
            actor=story.actor,
            at=story.now,
        )
    assert outcome.kept == 1
    assert set(outcome.refused) == {0, 1}


@pytest.mark.both_engines
def test_open_answers_that_became_statements_are_to_be_translated(session):
    story = make_story(session)
    story.launch(1)
    story.answer(1, 1, {"Q1": "Nobody answers the phone."})
    story.answer(2, 1, {"Q1": "Niemand neemt de telefoon op."})
    story.close(1)
    assert progress(story, 1) == {"en": (0, 0), "nl": (0, 0)}
    with transaction(session):
        designing.add_statement(
            session,
            story.study,
            story.round(2),
            wording=both("Nobody can be reached.", "Niemand is bereikbaar."),
            theme=None,
            aspect=None,
            from_ratings=[piece.id for piece in pieces(story, 1)],
            actor=story.actor,
            at=story.now,
        )
    assert progress(story, 1) == {"en": (0, 1), "nl": (0, 1)}
    answer = "Niemand neemt de telefoon op."
    translate(story, answer, "en", "Nobody picks up.", number=1, kind=PieceKind.ANSWER)
    assert progress(story, 1) == {"en": (1, 1), "nl": (0, 1)}


def test_who_has_the_answers_erased_takes_the_translations_along(session):
    story = make_commented(session, SAID)
    translate(story, "Dat kost tijd.", "en", "That takes time.")
    with transaction(session):
        withdrawing.withdraw(
            session,
            story.expert(2),
            earlier_answers=EarlierAnswers.ERASE,
            actor="expert:E02",
            at=story.now,
        )
    assert session.scalars(select(Translation)).all() == []
