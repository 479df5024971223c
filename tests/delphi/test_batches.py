"""Whose figures change together in a round in real time."""

from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi.batches import TOGETHER, batches

SIZES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 12), max_size=8)
SMALLEST = st.integers(2, 7)


def test_a_group_that_fills_a_batch_is_one_by_itself():
    assert batches({"nurse": 5, "physician": 7}, 5) == {"nurse": "nurse", "physician": "physician"}


def test_small_groups_are_one_batch_together():
    found = batches({"nurse": 5, "patient": 3, "payer": 2}, 5)
    assert found == {"nurse": "nurse", "patient": TOGETHER, "payer": TOGETHER}


def test_what_is_too_small_together_takes_the_next_smallest_along():
    """Four patients alone would be the panel less the others."""
    found = batches({"nurse": 8, "patient": 4, "physician": 6}, 5)
    assert found == {"nurse": "nurse", "patient": TOGETHER, "physician": TOGETHER}


def test_a_group_without_experts_hides_nobody():
    found = batches({"nurse": 6, "physician": 6, "payer": 0}, 5)
    assert found["nurse"] == "nurse"
    assert found["physician"] == "physician"


def test_a_panel_too_small_for_one_batch_is_one_all_the_same():
    assert set(batches({"nurse": 2, "physician": 1}, 5).values()) == {TOGETHER}


@given(SIZES, SMALLEST)
def test_every_batch_can_be_filled_or_is_the_whole_panel(sizes, smallest):
    found = batches(sizes, smallest)
    assert found.keys() == sizes.keys()
    filled = {}
    for group, stream in found.items():
        filled[stream] = filled.get(stream, 0) + sizes[group]
    for stream, experts in filled.items():
        assert experts >= smallest or experts == 0 or set(filled) == {stream}
