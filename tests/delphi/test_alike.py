"""Comments that say the same: what is proposed, and what must not be."""

import doctest

import pytest

from surveys.delphi import alike
from surveys.delphi.alike import ALIKE, Said, likeness, proposals
from surveys.delphi.voices import Side

SAME = [
    ("en", "Staff need training.", "The staff needs a training!"),
    ("en", "It takes too much time.", "This takes far too much time."),
    (
        "en",
        "There is no time for this in a consultation.",
        "No time for this during the consultation.",
    ),
    ("en", "Privacy must be guaranteed first.", "First guarantee privacy."),
    ("en", "See above", "see above."),
    (
        "nl",
        "Er is geen tijd voor in een consultatie.",
        "In een consultatie is daar geen tijd voor.",
    ),
    ("nl", "Opleiding van het personeel is nodig.", "Er is opleiding nodig voor het personeel."),
    ("nl", "Privacy moet eerst gewaarborgd zijn.", "Eerst moet de privacy gewaarborgd worden."),
    ("fr", "Il faut former le personnel.", "Le personnel doit être formé."),
    ("fr", "C'est trop cher pour l'hôpital.", "C’est trop cher pour un hopital"),
    ("de", "Dafür fehlt im Alltag die Zeit.", "Im Alltag fehlt die Zeit dafür."),
]
DIFFERENT = [
    ("en", "It is safe for patients.", "It is not safe for patients."),
    ("en", "Training of staff costs a lot.", "Training of staff makes all the difference."),
    ("en", "Older patients use it.", "Younger patients use it."),
    ("en", "The app should be free for patients.", "The app should be tested with patients."),
    ("en", "Nurses should do this.", "Physicians should do this."),
    ("en", "I see it every week.", "I see it every day."),
    ("nl", "De app moet gratis zijn voor patiënten.", "De app moet getest worden met patiënten."),
    ("nl", "Dat werkt.", "Dat werkt niet."),
    ("fr", "C'est utile aux patients jeunes.", "C'est utile aux patients âgés."),
    ("fr", "Cela aide.", "Cela n'aide pas."),
    ("de", "Die App sollte kostenlos sein.", "Die App sollte geprüft sein."),
    ("de", "Es gibt Belege.", "Es gibt keine Belege."),
    # Paraphrases share no words. A moderator may merge them by hand; nothing proposes them.
    ("en", "Staff need training.", "People must learn how to use it."),
]


@pytest.mark.parametrize(("language", "one", "other"), SAME)
def test_what_people_call_the_same_is_proposed(language, one, other):
    assert likeness(one, other, language) >= ALIKE
    assert likeness(one, other, language) == likeness(other, one, language)


@pytest.mark.parametrize(("language", "one", "other"), DIFFERENT)
def test_what_only_looks_the_same_is_not_proposed(language, one, other):
    assert likeness(one, other, language) < ALIKE


def test_the_examples_run():
    assert doctest.testmod(alike).failed == 0


def said(*texts, side=Side.FOR, language="en", first=1):
    return [Said(key, text, language, side) for key, text in enumerate(texts, first)]


def test_only_comments_of_one_side_and_one_language_are_compared():
    text = "Staff need training."
    assert proposals(said(text) + said(text, side=Side.AGAINST, first=2)) == []
    assert proposals(said(text) + said(text, language="nl", first=2)) == []
    assert proposals(said(text, text)) == [(1, 2)]


def test_a_comment_is_in_one_group_at_most():
    found = proposals(
        said(
            "Staff need training first.",
            "Staff need a good training first.",
            "It takes too much time.",
            "First the staff needs training.",
            "Far too much time is what it takes.",
            "Who pays for it?",
        )
    )
    assert found == [(1, 2, 4), (3, 5)]


def test_small_steps_do_not_join_what_has_nothing_in_common():
    chain = [
        "one two three four five",
        "two three four five six",
        "three four five six seven",
        "four five six seven eight",
    ]
    for group in proposals(said(*chain)):
        for one in group:
            for other in group:
                assert likeness(chain[one - 1], chain[other - 1], "en") >= ALIKE


def test_what_was_told_apart_is_not_proposed_again():
    three = said("Staff need training.", "The staff needs training.", "Training the staff needs.")
    assert proposals(three) == [(1, 2, 3)]
    assert proposals(three, {(1, 2)}) in ([(1, 3)], [(2, 3)])
    assert proposals(three, {(1, 2), (1, 3), (2, 3)}) == []


def test_a_comment_without_a_word_is_like_nothing():
    assert likeness("!!!", "!!!", "en") == 0
    assert likeness("the", "the", "en") == 0
    assert proposals(said("…", "…")) == []


def test_a_language_without_a_list_is_compared_word_by_word():
    assert likeness("Se necesita formación", "se necesita formacion", "es") == 1
