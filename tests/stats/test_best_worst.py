"""Best-worst scaling: maxdiff 3.0.3, Lipovetsky and Conklin's totals, designs, and every edge."""

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.stats import best_worst

PRINTED = tomllib.loads(
    (Path(__file__).parents[1] / "published" / "rankings.toml").read_text("utf-8")
)
NAN = float("nan")
# Seven items in seven sets of three, every two items together once (the Fano plane).
FANO = [[0, 1, 3], [1, 2, 4], [2, 3, 5], [3, 4, 6], [4, 5, 0], [5, 6, 1], [6, 0, 2]]


def held(sets, items):
    shown = np.zeros((len(sets), items), dtype=bool)
    for row, members in enumerate(sets):
        shown[row, list(members)] = True
    return shown


def answered():
    answers = np.array(PRINTED["maxdiff"]["answers"])
    return held(answers[:, :3], 7), answers[:, 3], answers[:, 4]


def test_counts_and_scores_are_maxdiffs():
    counted = best_worst.counts(*answered())

    found = best_worst.scores(counted)

    assert counted.shown.tolist() == [15] * 7
    assert (counted.answers, counted.unanswered) == (35, 0)
    assert counted.best.sum() == counted.worst.sum() == 35
    assert np.multiply(found.score, 100) == pytest.approx(PRINTED["maxdiff"]["scores"])
    assert found.order == ((0,), (1,), (2,), (3,), (4,), (5,), (6,))


def test_weights_are_lipovetsky_and_conklins_equations():
    printed = PRINTED["lipovetsky_conklin"]
    totals = printed["shown"], printed["best"], printed["worst"]

    found = best_worst.weights(best_worst.from_totals(*totals))

    for item, (n, b, w) in enumerate(zip(*totals, strict=True)):
        p = (n - w + b) / (2 * n)
        error = math.sqrt(p * (1 - p) / (2 * n)) / (p * (1 - p))
        assert found.weight[item] == pytest.approx(math.log(p / (1 - p)))
        assert found.standard_error[item] == pytest.approx(error)
        assert found.lower[item] == pytest.approx(found.weight[item] - 1.959964 * error)
        assert found.upper[item] == pytest.approx(found.weight[item] + 1.959964 * error)
    total = sum(math.exp(weight) for weight in found.weight)
    assert found.choice_share == pytest.approx([math.exp(w) / total for w in found.weight])
    assert sum(found.choice_share) == pytest.approx(1)
    assert (found.reason, set(found.reasons)) == (None, {None})


def test_an_item_best_as_often_as_worst_weighs_0():
    found = best_worst.weights(best_worst.from_totals([10, 10], [4, 3], [4, 5]))

    assert found.weight[0] == 0


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.integers(0, 20), st.integers(0, 20)),
        min_size=1,
        max_size=8,
    )
)
def test_weights_keep_the_order_of_the_scores(totals):
    shown, best, worst = (np.array(column) for column in zip(*totals, strict=True))
    counted = best_worst.from_totals(shown + best + worst, best, worst)

    scores = np.array(best_worst.scores(counted).score)
    weights = np.array(best_worst.weights(counted).weight)

    assert np.array_equal(np.argsort(scores, kind="stable"), np.argsort(weights, kind="stable"))


def test_swapping_best_and_worst_turns_every_sign():
    shown, best, worst = answered()

    there = best_worst.counts(shown, best, worst)
    back = best_worst.counts(shown, worst, best)

    assert np.array(best_worst.scores(back).score) == pytest.approx(
        -np.array(best_worst.scores(there).score)
    )
    assert np.array(best_worst.weights(back).weight) == pytest.approx(
        -np.array(best_worst.weights(there).weight)
    )


def test_an_answer_without_a_best_or_a_worst_counts_for_nothing():
    shown = held([[0, 1, 2]] * 4, 3)

    counted = best_worst.counts(shown, [0, NAN, 0, NAN], [2, 2, NAN, NAN])

    assert (counted.answers, counted.unanswered) == (1, 3)
    assert counted.shown.tolist() == [1, 1, 1]
    assert (counted.best.tolist(), counted.worst.tolist()) == ([1, 0, 0], [0, 0, 1])


def test_an_item_never_shown_has_no_score_and_no_weight():
    counted = best_worst.counts(held([[0, 1]], 3), [0], [1])

    scored = best_worst.scores(counted)
    weighed = best_worst.weights(counted)

    assert np.isnan(scored.score[2])
    assert scored.order == ((0,), (1,))
    assert weighed.reasons[2] == best_worst.NEVER_SHOWN
    assert np.isnan(weighed.weight).all()


def test_an_item_always_best_or_worst_has_no_finite_weight_unless_answers_are_added():
    counted = best_worst.from_totals([5, 5, 5], [5, 0, 0], [0, 5, 0])

    plain = best_worst.weights(counted)
    added = best_worst.weights(counted, added=1)

    assert plain.reasons == (best_worst.ALWAYS_CHOSEN, best_worst.ALWAYS_REJECTED, None)
    assert plain.reason == best_worst.NOT_ALL_WEIGHTS
    assert np.isnan(plain.weight[:2]).all()
    assert plain.weight[2] == 0
    assert np.isnan(plain.choice_share).all()
    assert added.weight == pytest.approx((math.log(11), -math.log(11), 0))
    assert (added.reason, added.reasons, added.added) == (None, (None, None, None), 1)


def test_nobody_answered_leaves_nothing():
    counted = best_worst.counts(held([[0, 1]], 2), [NAN], [NAN])
    nothing = best_worst.from_totals([], [], [])

    assert best_worst.scores(counted).order == ()
    assert best_worst.weights(counted).reason == best_worst.NOTHING_ANSWERED
    assert best_worst.weights(counted).reasons == (best_worst.NEVER_SHOWN,) * 2
    assert best_worst.weights(nothing).reason == best_worst.NOTHING_ANSWERED


@pytest.mark.parametrize(
    ("best", "worst", "message"),
    [
        ([2], [1], "answer 0 .* names item 2 best"),
        ([0], [2], "answer 0 .* names item 2 worst"),
        ([0], [9], "names item 9 worst"),
        ([-1], [1], "names item -1 best"),
        ([0.5], [1], "names item 0.5 best"),
        ([0], [0], "names item 0 best and worst"),
        ([0, 1], [1], "not one item per answer"),
    ],
)
def test_a_choice_that_the_set_does_not_allow_is_refused(best, worst, message):
    with pytest.raises(ValueError, match=message):
        best_worst.counts(held([[0, 1]], 3), best, worst)


@pytest.mark.parametrize(
    ("totals", "message"),
    [
        (([5, 5], [3, 1], [3, 1]), "item 0 .* more often than shown"),
        (([5], [1, 2], [1]), "1, 2 and 1 items"),
        (([5], [-1], [1]), "best is one whole number"),
        (([5], [1], [0.5]), "worst is one whole number"),
        (([NAN], [1], [1]), "shown is one whole number"),
        (([[5]], [1], [1]), "shown is one whole number"),
    ],
)
def test_totals_that_cannot_be_are_refused(totals, message):
    with pytest.raises(ValueError, match=message):
        best_worst.from_totals(*totals)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"confidence": 0}, "not at 0"), ({"added": -1}, "not -1"), ({"added": math.inf}, "not inf")],
)
def test_broken_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        best_worst.weights(best_worst.from_totals([5], [1], [1]), **settings)


# --- Designs -------------------------------------------------------------------------------------


def test_a_balanced_incomplete_block_design_has_no_problems():
    found = best_worst.design(held(FANO, 7))

    assert (found.balanced, found.pairwise_balanced, found.connected) == (True, True, True)
    assert found.problems == ()
    assert (found.shown.tolist(), found.set_sizes) == ([3] * 7, (3,))
    # r (k - 1) = lambda (v - 1): three sets, of two other items each, hold six others once.
    assert (found.together + np.eye(7, dtype=int)).tolist() == np.ones((7, 7)).tolist()


def test_equal_showing_does_not_make_pairs_equal():
    found = best_worst.design(held([[0, 1], [1, 2], [2, 3], [3, 0]], 4))

    assert (found.balanced, found.pairwise_balanced, found.connected) == (True, False, True)
    assert found.problems == ("two items are together in between 0 and 1 sets",)


def test_a_design_in_two_parts_is_said_to_be():
    found = best_worst.design(held([[0, 1], [2, 3]], 4))

    assert (found.balanced, found.connected) == (True, False)
    assert "cannot be compared" in found.problems[-1]


def test_unequal_sets_and_unequal_showing_are_named():
    found = best_worst.design(held([[0, 1, 2], [0, 1]], 3))

    assert (found.balanced, found.pairwise_balanced, found.set_sizes) == (False, False, (2, 3))
    assert found.problems[:2] == (
        "sets hold between 2 and 3 items",
        "items are in between 1 and 2 sets",
    )


def test_no_sets_and_no_items_balance_nothing():
    assert not best_worst.design(np.zeros((0, 3), dtype=bool)).balanced
    assert not best_worst.design(np.zeros((0, 0), dtype=bool)).connected


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        ([[True, False]], "set 0 .* holds 1 item"),
        ([[2, 1]], "not 2"),
        ([True, True], "1 dimensions"),
    ],
)
def test_what_is_no_design_is_refused(shown, message):
    with pytest.raises(ValueError, match=message):
        best_worst.design(np.array(shown))
