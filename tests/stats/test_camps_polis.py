"""Four real conversations: the groups found against the groups Polis published.

Data: compdemocracy/openData, CC BY 4.0, gathered using the Polis software and sub-licensed by The
Computational Democracy Project. They stay outside the repository.
"""

import csv
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from surveys.stats import camps
from surveys.stats.camps import grouping
from surveys.stats.ratings import ScalePoints

ROOT = Path(__file__).resolve().parents[2]
REAL_DATA = Path(os.environ.get("RONDO_REAL_DATA", ROOT.parent / "shared" / "data"))

# Reached: 0.8813, 0.8381, 0.7517, 0.7761 (2 groups each). One method, one set of defaults.
CONVERSATIONS = {
    "brexit-consensus": 0.85,
    "canadian-electoral-reform": 0.75,
    "vtaiwan.uberx": 0.70,
    "15-per-hour-seattle": 0.70,
}


# The two large ones take half a minute: the quick ones stand for them in every run.
LARGE = ("canadian-electoral-reform", "vtaiwan.uberx")


def of_conversations(*names):
    """One test for each of these conversations."""
    return pytest.mark.parametrize(
        "name",
        [pytest.param(name, marks=[pytest.mark.slow] * (name in LARGE)) for name in names],
    )


@cache
def conversation(name):
    file = REAL_DATA / f"polis_{name}_votes.csv"
    if not file.exists():
        pytest.skip("the Polis conversations are not beside the checkout (RONDO_REAL_DATA)")
    with file.open() as lines:
        rows = list(csv.reader(lines))[1:]
    votes = np.array([[float(cell) if cell else np.nan for cell in row[1:]] for row in rows])
    with (REAL_DATA / f"polis_{name}_participants.csv").open() as lines:
        groups = {row["participant"]: row["group-id"] for row in csv.DictReader(lines)}
    published = np.array([float(groups.get(row[0]) or "nan") for row in rows])
    return votes, published


@cache
def found_in(name):
    votes, _ = conversation(name)
    return camps.find(votes, points=ScalePoints(-1, 1), seed=1, resamples=0)


@of_conversations(*CONVERSATIONS)
def test_the_groups_found_are_those_that_polis_published(name):
    _, published = conversation(name)
    found = found_in(name)

    # Everybody with a published group, the few with too few votes to be counted here too.
    known = ~np.isnan(published)
    agreement = grouping.adjusted_rand_index(
        found.division.labels[known], published[known].astype(int)
    )

    assert found.division.k == 2
    assert agreement >= CONVERSATIONS[name]
    assert agreement == pytest.approx(
        adjusted_rand_score(published[known], found.division.labels[known])
    )


@of_conversations("brexit-consensus", "15-per-hour-seattle", "vtaiwan.uberx")
def test_scikit_learn_divides_the_same_maps_alike(name):
    found = found_in(name)
    counted = found.opinion_map.counted
    positions, labels = found.opinion_map.positions[counted], found.division.labels[counted]

    theirs = KMeans(2, n_init=20, random_state=0).fit(positions)

    assert adjusted_rand_score(theirs.labels_, labels) > 0.99
    assert found.division.silhouettes[2] == pytest.approx(silhouette_score(positions, labels))
    assert ((positions - found.division.centres[labels]) ** 2).sum() == pytest.approx(
        theirs.inertia_, rel=1e-3
    )


def test_brexit_is_a_spectrum_with_two_sides_and_no_gap():
    votes, _ = conversation("brexit-consensus")

    found = camps.find(votes, points=ScalePoints(-1, 1), seed=1, resamples=59)

    assert found.verdict == "spectrum"
    assert found.stable is False
    assert found.evidence.gap_p > 0.2
    assert found.evidence.overlap.min() > 0.85


def test_voters_who_only_had_a_camp_to_go_by_would_have_been_camps():
    # The gap test is able to see camps in these very gaps: deal every vote anew from the shares
    # of the voter's own group, so that nothing but the group is left.
    votes, _ = conversation("brexit-consensus")
    found = found_in("brexit-consensus")
    counted = found.opinion_map.counted
    votes, labels = votes[counted], found.division.labels[counted]
    dealt = votes.copy()
    rng = np.random.default_rng(1)
    for camp in (0, 1):
        for item in range(votes.shape[1]):
            cells = np.flatnonzero((labels == camp) & ~np.isnan(votes[:, item]))
            if len(cells):
                dealt[cells, item] = rng.choice(votes[cells, item], size=len(cells))

    again = camps.find(dealt, points=ScalePoints(-1, 1), seed=1, resamples=59)

    assert again.verdict == "camps"
    assert again.evidence.gap_p == 1 / 60
    assert grouping.adjusted_rand_index(again.division.labels, labels) > 0.8
