"""Gentle hints on wordings: what is unclear is found, what is clear is left alone."""

import pytest

from surveys.delphi.clarity import MOST_WORDS, Unclear, hints
from surveys.delphi.wording import LANGUAGES
from surveys.services import study_files

DOUBLE, TWO, AND_OR = Unclear.DOUBLE_NEGATIVE, Unclear.TWO_QUESTIONS, Unclear.AND_OR


def found(text, language="en", beside=""):
    return {hint.what for hint in hints(text, language, beside)}


@pytest.mark.parametrize(
    ("language", "text", "what"),
    [
        ("en", "A counsellor should not work without an app.", DOUBLE),
        ("en", "It is not uncommon that apps fail.", DOUBLE),
        ("en", "People who don't smoke should not use it.", DOUBLE),
        ("en", "Counsellors should record the plan and share it with the client.", TWO),
        ("en", "An app improves motivation and reduces relapse.", TWO),
        ("en", "Apps are cheap, and they are safe.", TWO),
        ("en", "Is it safe? Is it cheap?", TWO),
        ("en", "Training and/or supervision is offered.", AND_OR),
        ("en", "Apps are often used.", Unclear.VAGUE),
        ("en", "Apps should always be free.", Unclear.ABSOLUTE),
        ("en", "Research shows that apps work.", Unclear.LEADING),
        ("en", "NRT should be offered.", Unclear.ABBREVIATION),
        ("nl", "Tabakologen mogen niet zonder app werken.", DOUBLE),
        ("nl", "Het is niet ongebruikelijk dat apps falen.", DOUBLE),
        ("nl", "Een app verhoogt de motivatie en verlaagt het risico.", TWO),
        ("nl", "Het is nuttig om te meten en te rapporteren.", TWO),
        ("nl", "Opleiding en/of toezicht wordt aangeboden.", AND_OR),
        ("nl", "Apps worden regelmatig gebruikt.", Unclear.VAGUE),
        ("nl", "Uiteraard werkt een app.", Unclear.LEADING),
        ("fr", "On ne doit pas travailler sans application.", DOUBLE),
        ("fr", "Une application améliore la motivation et réduit les rechutes.", TWO),
        ("fr", "Formation et/ou supervision sont offertes.", AND_OR),
        ("fr", "Les applications sont souvent utiles.", Unclear.VAGUE),
        ("fr", "Bien sûr, une application aide.", Unclear.LEADING),
        ("de", "Man soll nicht ohne App arbeiten.", DOUBLE),
        ("de", "Eine App stärkt die Motivation und senkt das Risiko.", TWO),
        ("de", "Schulung und/oder Aufsicht wird angeboten.", AND_OR),
        ("de", "Apps werden häufig genutzt.", Unclear.VAGUE),
        ("de", "Studien zeigen, dass Apps wirken.", Unclear.LEADING),
    ],
)
def test_what_can_be_read_in_two_ways_is_found(language, text, what):
    assert what in found(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Clients and counsellors should agree on goals."),
        ("en", "Patients should receive information and support."),
        ("en", "The follow-up and review of the plan takes an hour."),
        ("en", "An app should not only inform but also motivate."),
        ("en", "Neither cost nor time should decide."),
        ("en", "Smoking is not important to this group."),
        ("en", "Nicotine replacement therapy (NRT) should be offered."),
        ("nl", "Cliënten en tabakologen spreken een doel af."),
        ("nl", "Een app moet niet alleen informeren maar ook motiveren."),
        ("nl", "Het gesprek is niet onderdeel van de app."),
        ("fr", "Les patients et les soignants fixent un objectif."),
        ("fr", "Une application ne doit pas seulement informer."),
        ("de", "Patienten und Fachleute vereinbaren ein Ziel."),
        ("de", "Eine App soll nicht nur informieren, sondern motivieren."),
    ],
)
def test_what_is_clear_is_left_alone(language, text):
    assert not found(text, language)


def test_long_wordings_are_counted_in_words():
    assert not found("word " * MOST_WORDS)
    (hint,) = hints("word " * (MOST_WORDS + 1), "en")
    assert hint.what is Unclear.TOO_LONG
    assert str(MOST_WORDS + 1) in hint.sentence("nl")


def test_an_abbreviation_may_be_explained_in_the_help():
    assert Unclear.ABBREVIATION in found("CBT should be offered.")
    assert not found("CBT should be offered.", beside="CBT: cognitive behavioural therapy.")


def test_every_hint_says_itself_in_every_language():
    text = (
        "Obviously, CBT is not often offered without training and/or help? Always? " + "word " * 30
    )
    said = hints(text, "en")
    assert len(said) == len(Unclear)
    for hint in said:
        sentences = {hint.sentence(language) for language in LANGUAGES}
        assert len(sentences) == len(LANGUAGES)
        assert all(hint.found in sentence for sentence in sentences)


@pytest.mark.parametrize("text", ["", "   ", "\x00", "?" * 5_000, "und " * 2_000, "a" * 20_000])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_is_typed_makes_it_fail(text, language):
    assert isinstance(hints(text, language), tuple)


def test_the_statements_of_the_library_raise_few_hints():
    """The figure in docs/researchers.md: one of 36 in each language, for a word that excludes exceptions."""
    plan = study_files.read_file(study_files.library_path("smoking_cessation_mhealth"))
    statements = [item for round_ in plan.rounds for item in round_.items if item.code[0] == "S"]
    assert len(statements) == 36
    for language in plan.languages:
        hinted = {
            item.code: found(item.wording[language], language)
            for item in statements
            if hints(item.wording[language], language)
        }
        assert hinted == {"S22": {Unclear.ABSOLUTE}}
