"""The item statistics on ENLIGHT's first round: 65 real experts, 61 items, seven points."""

import csv
import os
import re
from pathlib import Path

import numpy as np
import pytest

from surveys.stats import centre, counts, item_table
from surveys.stats.ratings import ScalePoints

ROOT = Path(__file__).resolve().parents[2]
REAL_DATA = Path(os.environ.get("RONDO_REAL_DATA", ROOT.parent / "shared" / "data"))
# The published file shortens one label.
SHORTENED = {
    "Relative size of stimulus (e.g. angular extent in degrees from a specific viewpoint)": (
        "Relative size of stimulus (e.g. angular extent in degrees)"
    )
}


def rows(name):
    path = REAL_DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not beside the checkout (RONDO_REAL_DATA)")
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.reader(lines))


@pytest.fixture(scope="module")
def panel():
    header, *experts = rows("enlight_round1_ratings.csv")
    cells = np.array([cells for _, *cells in experts])
    unable = cells == "X"
    rated = ~unable & (cells != "")
    ratings = np.where(rated, np.where(rated, cells, "0").astype(float), np.nan)
    labels = [re.sub(r"^[\d.]+\s*", "", label) for label in header[1:]]
    table = counts.from_ratings(ratings, points=ScalePoints(1, 7), unable=unable)
    return labels, ratings, table


def test_the_authors_published_shares_are_met_for_every_item(panel):
    labels, _, table = panel
    header, *published = rows("enlight_round1_published_item_rating.csv")
    printed = {row[0]: dict(zip(header, row, strict=True)) for row in published}

    # "Cannot judge" counts in every denominator, and as exclusion with the ratings 1 to 3.
    include = centre.share_between(table, 5, 7, unable_in_denominator=True)
    exclude = (table.between(1, 3) + table.unable) / include.n

    assert len(labels) == 61
    for item, label in enumerate(labels):
        row = printed[SHORTENED.get(label, label)]
        assert include.share[item] == pytest.approx(float(row["rating_incl"]), abs=1e-12)
        assert exclude[item] == pytest.approx(float(row["rating_excl"]), abs=1e-12)
        assert (include.share[item] > 0.75) == (row["incl_yn"] == "y")


def test_the_table_agrees_with_numpy_on_every_item(panel):
    _, ratings, table = panel
    found = item_table.item_table(table, low=(1, 2), middle=(3, 5), high=(6, 7))

    assert np.allclose(found.median, np.nanmedian(ratings, axis=0))
    assert np.allclose(found.mean, np.nanmean(ratings, axis=0))
    assert np.allclose(found.sd, np.nanstd(ratings, axis=0, ddof=1))
    assert np.allclose(found.q1, np.nanquantile(ratings, 0.25, axis=0))
    assert np.allclose(found.p70, np.nanquantile(ratings, 0.7, axis=0))
    assert int(found.unable.sum()) == 484
    assert int(found.missing.sum()) == 19
