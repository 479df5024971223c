"""What changed between two wordings: exact both ways, and readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi.word_difference import Mark, word_difference, words

SIGNS = {Mark.KEPT: "{}", Mark.REMOVED: "[-{}-]", Mark.ADDED: "[+{}+]"}
VOCABULARY = [
    "app",
    "helpt",
    "l'eau",
    "foto's",
    "follow-up",
    "qu'il",
    "für",
    "Ärzt:innen",
    "75",
    "%",
]
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([*VOCABULARY, " ", "  ", ", ", ".", "\n"]), max_size=25).map("".join),
)


def shown(old, new):
    return "".join(SIGNS[p.mark].format(p.text) for p in word_difference(old, new).pieces)


@given(TEXTS, TEXTS)
def test_the_pieces_give_both_wordings_exactly(old, new):
    difference = word_difference(old, new)
    assert difference.old == old
    assert difference.new == new


@given(TEXTS)
def test_a_wording_does_not_differ_from_itself(text):
    assert not word_difference(text, text)
    assert [piece.text for piece in word_difference(text, text).pieces] == ([text] if text else [])


@given(TEXTS, TEXTS)
def test_two_wordings_differ_when_they_are_not_the_same(old, new):
    assert bool(word_difference(old, new)) is (old != new)


@given(TEXTS, TEXTS)
def test_what_was_removed_stands_before_what_was_added_and_nothing_is_empty(old, new):
    pieces = word_difference(old, new).pieces
    assert all(piece.text for piece in pieces)
    for one, following in zip(pieces, pieces[1:], strict=False):
        assert one.mark is not following.mark
        assert (one.mark, following.mark) != (Mark.ADDED, Mark.REMOVED)


@given(TEXTS, TEXTS)
def test_between_two_changes_stands_a_word(old, new):
    """Spaces and commas alone would break a change into crumbs."""
    pieces = word_difference(old, new).pieces
    for piece in pieces[1:-1]:
        if piece.mark is Mark.KEPT:
            assert any(sign.isalnum() for sign in piece.text)


@given(TEXTS, TEXTS)
def test_a_mark_can_be_set_on_the_words_alone(old, new):
    for piece in word_difference(old, new).pieces:
        before, marked, after = piece.around
        assert before + marked + after == piece.text
        assert marked == marked.strip()
        assert not (before + after).strip()


@given(TEXTS)
def test_words_lose_no_character(text):
    assert "".join(words(text)) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("don't ask O'Brien", ["don't", " ", "ask", " ", "O'Brien"]),
        ("foto’s en auto's", ["foto’s", " ", "en", " ", "auto's"]),
        ("l'appli qu’elle", ["l'", "appli", " ", "qu’", "elle"]),
        ("aujourd'hui", ["aujourd'hui"]),
        ("d'abord, jusqu'ici", ["d'", "abord", ",", " ", "jusqu'", "ici"]),
        ("well-known follow-ups", ["well-known", " ", "follow-ups"]),
        ("Ärzt:innen für 2,5", ["Ärzt:innen", " ", "für", " ", "2", ",", "5"]),
    ],
)
def test_words_keep_their_apostrophes_and_hyphens(text, found):
    assert words(text) == found


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Apps help.", "Apps help smokers.", "Apps help[+ smokers+]."),
        ("L'appli aide.", "L'application aide.", "L'[-appli-][+application+] aide."),
        ("Eine App hilft oft.", "Eine App hilft.", "Eine App hilft[- oft-]."),
        (
            "Foto's zijn altijd heel veilig.",
            "Foto's zijn meestal veilig.",
            "Foto's zijn [-altijd heel-][+meestal+] veilig.",
        ),
        # The one space between two changed words does not part them.
        (
            "An app helps us all.",
            "An app harms them all.",
            "An app [-helps us-][+harms them+] all.",
        ),
    ],
)
def test_a_reader_sees_which_words_changed(old, new, told):
    assert shown(old, new) == told


def test_a_wording_written_anew_is_told_whole():
    old, new = "The app reminds you every day.", "Nobody should pay for counselling in the clinic."
    assert shown(old, new) == f"[-{old}-][+{new}+]"
