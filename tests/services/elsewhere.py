"""Rounds collected elsewhere, made in a line: rows of ratings, None missing, "U" unable to judge."""

from __future__ import annotations

import numpy as np

from surveys.services import analysing_elsewhere
from surveys.services.elsewhere import choices
from surveys.services.elsewhere.reading import GroupsFile, RatingsFile
from surveys.services.elsewhere.rounds import counted


def round_of(rows, *, name="ratings.csv", experts=None, items=None):
    """A round; experts are E1, E2, ... and items S1, S2, ... unless named."""
    ratings = np.array(
        [[None if cell == "U" else cell for cell in row] for row in rows], dtype=np.float64
    )
    marked = np.array([[cell == "U" for cell in row] for row in rows])
    codes = experts or tuple(f"E{number}" for number in range(1, len(rows) + 1))
    names = items or tuple(f"S{number}" for number in range(1, ratings.shape[1] + 1))
    return RatingsFile(name, "0" * 64, tuple(codes), tuple(names), ratings, marked)


def analysed(rows, *, before=None, groups=None, watch=None, **chosen):
    """An analysis of rows, or of a round; groups by expert, E1 first."""
    made = choices.chosen(**{"scale": "1-9", "draws": 0, **chosen})
    by_group = None
    if groups is not None:
        group_of = {f"E{number}": group for number, group in enumerate(groups, start=1)}
        by_group = GroupsFile("groups.csv", "0" * 64, group_of)

    def count(given, name):
        file = given if isinstance(given, RatingsFile) else round_of(given, name=name)
        return counted(file, made.scale, by_group)

    return analysing_elsewhere.of_rounds(
        count(rows, "ratings.csv"),
        made,
        before=None if before is None else count(before, "earlier.csv"),
        group_file=by_group,
        **({} if watch is None else {"watch": watch}),
    )
