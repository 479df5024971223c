"""Best-worst scaling: what a panel that names the best and the worst of small sets prefers.

An expert sees a few items at a time and names the one that matters most and the one that matters
least. Counts of these answers already order the items well, provided the design showed every item,
and every two items together, equally often: check the design before fieldwork with ``design``.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats.ratings import BoolArray, FloatArray, IntArray

NEVER_SHOWN = "never shown in an answered set"
ALWAYS_CHOSEN = "chosen as best every time, so no finite weight"
ALWAYS_REJECTED = "chosen as worst every time, so no finite weight"
NOT_ALL_WEIGHTS = "an item has no finite weight, so there are no shares"
NOTHING_ANSWERED = "no set was answered"


@dataclass(frozen=True, slots=True, eq=False)
class BestWorstCounts:
    """What was shown and chosen; int arrays of shape (items,).

    shown : answered sets that held the item; best, worst : times it was named.
    answers : sets answered with both a best and a worst; unanswered : sets that lack one of them,
        which count for nothing.
    """

    shown: IntArray
    best: IntArray
    worst: IntArray
    answers: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class BestWorstScores:
    """The counting scores, one per item.

    score : (best - worst) / shown, -1 (always worst) to 1 (always best); NaN for an item never
        shown (reason: ``NEVER_SHOWN``).
    order : places from first to last, each a tuple of the items that share it.
    """

    score: tuple[float, ...]
    order: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class BestWorstWeights:
    """Weights of a multinomial logit in closed form, one per item.

    weight : log odds; 0 is an item named best as often as worst. NaN with a reason in ``reasons``.
    standard_error, lower, upper : large-sample, answers taken as independent; NaN likewise.
    choice_share : share of choices if the panel picked one item out of all, adding up to 1; all
        NaN, with ``reason``, when an item has no weight.
    reasons : per item why it has no weight, else None.
    added : answers added to every item, as asked for.
    """

    weight: tuple[float, ...]
    standard_error: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    choice_share: tuple[float, ...]
    reasons: tuple[str | None, ...]
    added: float
    confidence: float
    reason: str | None


@dataclass(frozen=True, slots=True, eq=False)
class BestWorstDesign:
    """Whether a set of sets treats all items alike.

    shown : sets per item, shape (items,); together : sets per two items, shape (items, items), 0
        on the diagonal.
    set_sizes : the different sizes of the sets, ascending.
    balanced : every item is in equally many sets, all sets are equally large.
    pairwise_balanced : and every two items are together equally often (a balanced incomplete block
        design).
    connected : every item can be compared with every other through a chain of sets.
    problems : a sentence for everything that is not so; empty for a design to be proud of.
    """

    shown: IntArray
    together: IntArray
    set_sizes: tuple[int, ...]
    balanced: bool
    pairwise_balanced: bool
    connected: bool
    problems: tuple[str, ...]


def counts(shown: npt.ArrayLike, best: npt.ArrayLike, worst: npt.ArrayLike) -> BestWorstCounts:
    """Count how often each item was shown, named best and named worst.

    shown : booleans, shape (answers, items); which items the set of this answer held.
    best, worst : numbers of items counted from 0, shape (answers,), NaN where not answered.

    Returns BestWorstCounts.

    Raises ValueError for shapes that do not fit, for a best or worst item that the set did not
    hold, and for one item named both best and worst, with the number of the answer.
    """
    held = _held(shown)
    chosen = [_chosen(best, held, "best"), _chosen(worst, held, "worst")]
    answered = (chosen[0] >= 0) & (chosen[1] >= 0)
    both = answered & (chosen[0] == chosen[1])
    if both.any():
        answer = int(np.flatnonzero(both)[0])
        raise ValueError(
            f"answer {answer} (counted from 0) names item {chosen[0][answer]} best and worst"
        )
    items = held.shape[1]
    return BestWorstCounts(
        shown=held[answered].sum(axis=0),
        best=np.bincount(chosen[0][answered], minlength=items),
        worst=np.bincount(chosen[1][answered], minlength=items),
        answers=int(answered.sum()),
        unanswered=int((~answered).sum()),
    )


def from_totals(shown: npt.ArrayLike, best: npt.ArrayLike, worst: npt.ArrayLike) -> BestWorstCounts:
    """Take totals per item that were counted elsewhere, for instance in a paper; shape (items,).

    Raises ValueError for negative or fractional totals, different lengths, or an item named more
    often than shown. The number of answers is taken from the larger total of best and worst.
    """
    totals = []
    for name, given in (("shown", shown), ("best", best), ("worst", worst)):
        values = np.asarray(given, dtype=np.float64)
        whole = np.isfinite(values) & (values >= 0) & (values == np.rint(values))
        if values.ndim != 1 or not whole.all():
            raise ValueError(f"{name} is one whole number per item, not {given!r}")
        totals.append(values.astype(np.int64))
    held, first, last = totals
    if not held.size == first.size == last.size:
        raise ValueError(f"{held.size}, {first.size} and {last.size} items do not fit together")
    over = first + last > held
    if over.any():
        item = int(np.flatnonzero(over)[0])
        raise ValueError(f"item {item} (counted from 0) is named more often than shown")
    return BestWorstCounts(held, first, last, int(max(first.sum(), last.sum())), 0)


def scores(counted: BestWorstCounts) -> BestWorstScores:
    """Score each item by how much more often it was named best than worst.

    Answers "what matters most to this panel?" with nothing but counting; for one person or a
    whole panel.

    Returns BestWorstScores.
    Undefined: an item never shown has NaN and is in no place of the order.

    Source: Finn A, Louviere JJ. J Public Policy Mark 1992;11:12-25. Marley AAJ, Louviere JJ. J Math
        Psychol 2005;49:464-80, for why the difference is enough.
    Checked against: maxdiff 3.0.3 (PyPI).
    """
    score = _scores(counted)
    places = np.unique(-score[~np.isnan(score)])
    return BestWorstScores(
        score=tuple(float(value) for value in score),
        order=tuple(
            tuple(int(item) for item in np.flatnonzero(-score == place)) for place in places
        ),
    )


def weights(
    counted: BestWorstCounts, *, added: float = 0.0, confidence: float = 0.95
) -> BestWorstWeights:
    """Turn the counts into weights on a ratio scale: which share of choices would each item get?

    counted : from ``counts`` or ``from_totals``.
    added : answers to add to every item as if given by chance. 0 keeps to the data; 1 gives an item
        that was best every time a large weight instead of none. Named in the result because it
        changes every number.
    confidence : between 0 and 1.

    Returns BestWorstWeights.

    Raises ValueError for a negative ``added`` or a confidence outside 0..1.
    Undefined: an item never shown, always best or always worst has no weight, and then no item has
    a choice share.

    Method
        p = (shown + best - worst + added) / (2 shown + 2 added): not being worst counts half,
        being best the other half. Weight = log(p / (1 - p)), standard error
        1 / sqrt(2 (shown + added) p (1 - p)), share = exp(weight) / sum. A closed-form
        approximation of the multinomial logit for balanced designs. Its order is the order of the
        scores; its scale is stretched (with sets of two, two items are twice as far apart as in a
        fitted logit).

    Source: Lipovetsky S, Conklin M. J Choice Model 2014;10:60-8, equations 7, 10, 12, 13, 18. The
        same weight as "ABW score" in Marley AAJ, Islam T, Hawkins GE. J Choice Model 2016;21:15-24.
    Checked against: those equations with the totals of Lipovetsky and Conklin's table 6 (17 items).
    """
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")
    if not added >= 0 or not np.isfinite(added):
        raise ValueError(f"answers can be added, not {added}")
    from scipy import special

    shown = counted.shown + added
    usable = counted.shown > 0
    difference = counted.best - counted.worst
    p = np.full(len(shown), np.nan)
    np.divide(shown + difference, 2 * shown, out=p, where=usable)
    finite = usable & (np.abs(difference) < shown)
    weight, error = np.full(len(shown), np.nan), np.full(len(shown), np.nan)
    weight[finite] = special.logit(p[finite])
    error[finite] = 1 / np.sqrt(2 * shown[finite] * p[finite] * (1 - p[finite]))
    reach = float(special.ndtri((1 + confidence) / 2)) * error
    if not counted.answers:
        reason: str | None = NOTHING_ANSWERED
    else:
        reason = None if finite.all() else NOT_ALL_WEIGHTS
    shares = special.softmax(weight) if reason is None else np.full(len(shown), np.nan)
    return BestWorstWeights(
        weight=_floats(weight),
        standard_error=_floats(error),
        lower=_floats(weight - reach),
        upper=_floats(weight + reach),
        choice_share=_floats(shares),
        reasons=tuple(
            _reason(bool(shows), float(chance)) for shows, chance in zip(usable, p, strict=True)
        ),
        added=added,
        confidence=confidence,
        reason=reason,
    )


def design(shown: npt.ArrayLike) -> BestWorstDesign:
    """Check whether the sets give every item the same chance, before anybody answers.

    shown : booleans, shape (sets, items); which items a set holds.

    Returns BestWorstDesign.

    Raises ValueError for another shape and for a set of fewer than two items, from which nobody
    can name a best and a worst.

    Source: Louviere JJ, Flynn TN, Marley AAJ. Best-Worst Scaling, 2015, chapter 2.
    Checked against: the identities of a balanced incomplete block design (7 items in 7 sets of 3).
    """
    held = _held(shown)
    sizes = held.sum(axis=1)
    if (sizes < 2).any():
        first = int(np.flatnonzero(sizes < 2)[0])
        raise ValueError(f"set {first} (counted from 0) holds {sizes[first]} item: too few")
    whole = held.astype(np.int64)
    together = whole.T @ whole
    per_item = np.diag(together).copy()
    np.fill_diagonal(together, 0)
    pairs = together[np.triu_indices(len(per_item), k=1)]
    problems = []
    if np.unique(sizes).size > 1:
        problems.append(f"sets hold between {sizes.min()} and {sizes.max()} items")
    if np.unique(per_item).size > 1:
        problems.append(f"items are in between {per_item.min()} and {per_item.max()} sets")
    balanced = bool(len(held)) and not problems
    if np.unique(pairs).size > 1:
        problems.append(f"two items are together in between {pairs.min()} and {pairs.max()} sets")
    pairwise = balanced and np.unique(pairs).size == 1
    linked = _connected(together)
    if not linked:
        problems.append("some items cannot be compared with others, even through third ones")
    return BestWorstDesign(
        shown=per_item,
        together=together,
        set_sizes=tuple(int(size) for size in np.unique(sizes)),
        balanced=balanced,
        pairwise_balanced=pairwise,
        connected=linked,
        problems=tuple(problems),
    )


def _held(shown: npt.ArrayLike) -> BoolArray:
    held = np.asarray(shown)
    if held.ndim != 2:
        raise ValueError(f"shown has {held.ndim} dimensions, not (answers, items)")
    wrong = (held != 0) & (held != 1)
    if wrong.any():
        raise ValueError(f"an item is shown or not, but not {held[wrong][0]}")
    return held.astype(np.bool_)


def _chosen(items: npt.ArrayLike, held: BoolArray, name: str) -> IntArray:
    """Item chosen in each answer, -1 where none was."""
    given = np.asarray(items, dtype=np.float64)
    if given.shape != held.shape[:1]:
        raise ValueError(f"{name} has shape {given.shape}, not one item per answer")
    chosen = np.where(np.isnan(given), -1, given)
    answered = ~np.isnan(given)
    number = answered & (chosen == np.rint(chosen)) & (chosen >= 0) & (chosen < held.shape[1])
    found = np.where(number, chosen, -1).astype(np.int64)
    there = np.zeros(len(held), dtype=np.bool_)
    there[number] = held[number, found[number]]
    wrong = answered & ~there
    if wrong.any():
        answer = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"answer {answer} (counted from 0) names item {given[answer]:g} {name},"
            " which its set did not hold"
        )
    return found


def _scores(counted: BestWorstCounts) -> FloatArray:
    score: FloatArray = np.full(len(counted.shown), np.nan)
    difference = counted.best - counted.worst
    np.divide(difference, counted.shown, out=score, where=counted.shown > 0)
    return score


def _connected(together: IntArray) -> bool:
    """Whether every item is reached from the first through sets that share items."""
    items = len(together)
    if not items:
        return False
    reached = np.zeros(items, dtype=np.bool_)
    reached[0] = True
    while True:
        further = reached | (together[reached] > 0).any(axis=0)
        if np.array_equal(further, reached):
            return bool(reached.all())
        reached = further


def _reason(shown: bool, p: float) -> str | None:
    if not shown:
        return NEVER_SHOWN
    if p == 1:
        return ALWAYS_CHOSEN
    return ALWAYS_REJECTED if p == 0 else None


def _floats(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
