"""What the statistics cost beside other programs, and beside one plain pass over the ratings.

Panels from 11 x 40 to 100,000 x 200 on nine points, 5 % of the ratings missing. The best of several
runs, one thread, everything imported and warm. Programs that would take longer than a quarter of a
minute on a size are left out there, and those that cannot be had are named.

Kendall's W needs experts who rated everything; with 5 % missing nobody did on long lists, so W is
timed on the same ratings before the gaps were made.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from surveys.services import analysing_elsewhere
from surveys.services.elsewhere import choices
from surveys.services.elsewhere.reading import RatingsFile
from surveys.services.elsewhere.rounds import counted
from surveys.stats import concordance, item_table, reliability, stability, transitions
from surveys.stats import counts as count_tables
from surveys.stats.ratings import ScalePoints

SIZES = ((11, 40), (100, 100), (1_000, 200), (100_000, 200))
NINE = ScalePoints(1, 9)
BANDS = [0, 0, 0, 1, 1, 1, 2, 2, 2]
MISSING = 0.05
SEED = 20_26
# Repeat until so much time is spent, at least and at most so often.
SECONDS, FEWEST, MOST = 1.0, 3, 200
PATIENCE = 15.0
PASSES = 15.0
MATRICES = 2.0
TIMES_IRRCAC = 100.0
SMALL_PANEL_MS = 20.0
IRRCAC = "irrCAC==0.4.4"
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "irrCAC-0.4.4"

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Panel:
    """Ratings of two rounds with gaps, and those of the second before the gaps."""

    earlier: Matrix
    ratings: Matrix
    complete: Matrix

    @classmethod
    def drawn(cls, experts: int, items: int) -> Panel:
        """Experts with a level of their own about items with one of theirs."""
        chance = np.random.default_rng(SEED)
        level = chance.normal(6.0, 1.5, items) + chance.normal(0.0, 0.7, (experts, 1))
        first = level + chance.normal(0.0, 1.5, (experts, items))
        second = first + chance.normal(0.0, 0.7, (experts, items))
        rounds = [np.clip(np.rint(values), 1, 9) for values in (first, second)]
        gaps = [np.where(chance.random(r.shape) < MISSING, np.nan, r) for r in rounds]
        return cls(gaps[0], gaps[1], rounds[1])

    @property
    def name(self) -> str:
        """Experts x items."""
        return "{:,} x {}".format(*self.ratings.shape)


def run() -> bool:
    """Measure, print the tables, and say whether every target is met."""
    others = Others()
    met: dict[str, bool] = {}
    for size in SIZES:
        panel = Panel.drawn(*size)
        took = measure(panel)
        print(f"\n{panel.name}: a plain pass takes {took['plain pass']:.3f} ms")
        for name, milliseconds in took.items():
            passes = milliseconds / took["plain pass"]
            print(f"  {name:<34} {milliseconds:>12.3f} ms {passes:>12,.1f} passes")
        compared = others.compare(panel, took)
        met |= targets(panel, took, compared)
    print()
    for target, holds in met.items():
        print(f"  {'met   ' if holds else 'MISSED'}  {target}")
    return all(met.values())


def measure(panel: Panel) -> dict[str, float]:
    """Milliseconds of everything of ours on one panel."""
    ratings = panel.ratings
    table = count_tables.from_ratings(ratings, points=NINE)
    found = {
        "plain pass": best(lambda: ratings.sum()),
        "count table": best(lambda: count_tables.from_ratings(ratings, points=NINE)),
        "full item table, from ratings": best(lambda: full_item_table(ratings)),
        "Kendall's W": best(lambda: concordance.kendalls_w(panel.complete)),
        "Krippendorff's alpha, from counts": best(lambda: reliability.krippendorff_alpha(table)),
        "Krippendorff's alpha, from ratings": best(lambda: alpha(ratings)),
        "Gwet's AC2, from counts": best(lambda: reliability.gwet_ac(table)),
        "Gwet's AC2, from ratings": best(lambda: ac2(ratings)),
        "all of irrCAC's, from ratings": best(lambda: coefficients(ratings)),
        "stability of two rounds": best(lambda: moved(panel)),
        "all of these": best(lambda: everything(panel)),
    }
    if len(ratings) <= 1_000:
        found["`analyse` without resampling"] = best(analysis_of(panel))
    return found


def full_item_table(ratings: Matrix) -> item_table.ItemTable:
    """Every number of every item, from the ratings."""
    table = count_tables.from_ratings(ratings, points=NINE)
    return item_table.item_table(table, low=(1, 3), middle=(4, 6), high=(7, 9))


def alpha(ratings: Matrix) -> float | None:
    """Krippendorff's alpha, ordinal, from the ratings."""
    table = count_tables.from_ratings(ratings, points=NINE)
    return reliability.krippendorff_alpha(table).alpha


def ac2(ratings: Matrix) -> float | None:
    """Gwet's AC2, quadratic, from the ratings."""
    return reliability.gwet_ac(count_tables.from_ratings(ratings, points=NINE)).coefficient


def coefficients(ratings: Matrix) -> None:
    """Every coefficient that irrCAC has, quadratic, from the ratings counted once."""
    table = count_tables.from_ratings(ratings, points=NINE)
    reliability.gwet_ac(table)
    reliability.fleiss_kappa(table, weights="quadratic")
    reliability.brennan_prediger(table, weights="quadratic")
    reliability.krippendorff_alpha(table)
    reliability.conger_kappa(ratings, points=NINE, weights="quadratic")


def moved(panel: Panel) -> stability.StabilityTable:
    """Every stability number of every item, from the ratings of two rounds."""
    tables = transitions.transition_tables(panel.earlier, panel.ratings, points=NINE)
    return stability.stability_table(tables, bands=BANDS, quantile_method="linear")


def everything(panel: Panel) -> None:
    """Item table, W, alpha, AC2 and stability."""
    table = count_tables.from_ratings(panel.ratings, points=NINE)
    item_table.item_table(table, low=(1, 3), middle=(4, 6), high=(7, 9))
    concordance.kendalls_w(panel.complete)
    reliability.krippendorff_alpha(table)
    reliability.gwet_ac(table)
    moved(panel)


def analysis_of(panel: Panel) -> Callable[[], Any]:
    """The whole analysis of both rounds: also fragility, definitions, attrition."""
    made = choices.chosen(scale="1-9", draws=0)
    experts, items = panel.ratings.shape
    codes = tuple(f"E{number}" for number in range(experts))
    names = tuple(f"S{number}" for number in range(items))

    def round_of(ratings: Matrix) -> RatingsFile:
        marked = np.zeros(ratings.shape, dtype=np.bool_)
        return RatingsFile("", "", codes, names, ratings, marked)

    def analysed() -> Any:
        now, before = (
            counted(round_of(ratings), made.scale) for ratings in (panel.ratings, panel.earlier)
        )
        return analysing_elsewhere.of_rounds(now, made, before=before)

    return analysed


class Others:
    """The other programs, as far as they can be had, and how long they may be waited for."""

    def __init__(self) -> None:
        self.programs: dict[str, tuple[str, Callable[[Panel], float]]] = {
            "krippendorff": ("Krippendorff's alpha, from ratings", self.krippendorff),
            "irrCAC": ("Gwet's AC2, from ratings", self.irrcac),
            "irrCAC, all coefficients": ("all of irrCAC's, from ratings", self.irrcac_all),
            "pingouin (Friedman, W)": ("Kendall's W", self.pingouin),
            "statsmodels (kappa of every item)": ("stability of two rounds", self.statsmodels),
        }
        # Importing them, and fetching the one that is not among our packages, is not timed.
        tiny = Panel.drawn(5, 4)
        for name, (_, program) in list(self.programs.items()):
            try:
                program(tiny)
            except ImportError as error:
                del self.programs[name]
                print(f"{name} is not compared: {error}")

    def compare(self, panel: Panel, took: dict[str, float]) -> dict[str, float]:
        """Milliseconds of each program that runs here; prints them beside ours."""
        found = {}
        for name, (ours, program) in list(self.programs.items()):
            begun = time.perf_counter()
            value = program(panel)
            milliseconds = 1000 * (time.perf_counter() - begun)
            if milliseconds < 1000:
                milliseconds = best(lambda program=program: program(panel))
            # The next size may be a hundred times as large.
            if milliseconds > 1000 * PATIENCE / 50:
                del self.programs[name]
            found[name] = milliseconds
            times = milliseconds / took[ours]
            print(f"  {name:<34} {milliseconds:>12.3f} ms {times:>12,.1f} times ours ({value:.4f})")
        return found

    def krippendorff(self, panel: Panel) -> float:
        """Alpha of krippendorff, ordinal."""
        import krippendorff

        return float(
            krippendorff.alpha(
                reliability_data=panel.ratings,
                value_domain=list(range(1, 10)),
                level_of_measurement="ordinal",
            )
        )

    def irrcac(self, panel: Panel) -> float:
        """AC2 of irrCAC, quadratic, over the full scale."""
        import pandas as pd

        raw = installed_irrcac()
        frame = pd.DataFrame(panel.ratings.T)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cac = raw.CAC(frame, weights="quadratic", categories=list(range(1, 10)), digits=10)
            return float(cac.gwet()["est"]["coefficient_value"])

    def irrcac_all(self, panel: Panel) -> float:
        """Every coefficient of irrCAC, quadratic, from the ratings laid out once."""
        import pandas as pd

        raw = installed_irrcac()
        frame = pd.DataFrame(panel.ratings.T)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cac = raw.CAC(frame, weights="quadratic", categories=list(range(1, 10)), digits=10)
            found = [
                ask()["est"]["coefficient_value"]
                for ask in (cac.gwet, cac.fleiss, cac.bp, cac.krippendorff, cac.conger)
            ]
        return float(found[0])

    def pingouin(self, panel: Panel) -> float:
        """Kendall's W of pingouin, from a table with one rating a row."""
        import pandas as pd
        import pingouin

        experts, items = panel.complete.shape
        frame = pd.DataFrame(
            {
                "expert": np.repeat(np.arange(experts), items),
                "item": np.tile(np.arange(items), experts),
                "rating": panel.complete.ravel(),
            }
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = pingouin.friedman(frame, dv="rating", within="item", subject="expert")
        return float(found["W"].iloc[0])

    def statsmodels(self, panel: Panel) -> float:
        """Quadratic kappa alone, the mean over the items, tables made with numpy."""
        from statsmodels.stats.inter_rater import cohens_kappa

        kappas = []
        for earlier, later in zip(panel.earlier.T, panel.ratings.T, strict=True):
            both = ~(np.isnan(earlier) | np.isnan(later))
            edges = np.arange(0.5, 10)
            pairs = np.histogram2d(earlier[both], later[both], bins=(edges, edges))[0]
            kappas.append(cohens_kappa(pairs, wt="quadratic", return_results=False))
        return float(np.nanmean(kappas))


def installed_irrcac() -> Any:
    """The module `irrCAC.raw`, fetched into a folder of its own the first time.

    It asks for versions of other packages that are not ours, so it comes without them.
    """
    if not CACHE.exists():
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target"]
        fetched = subprocess.run(
            [*command, str(CACHE), IRRCAC], capture_output=True, text=True, check=False
        )
        if fetched.returncode != 0:
            raise ImportError(f"{IRRCAC} could not be fetched")
    if str(CACHE) not in sys.path:
        sys.path.append(str(CACHE))
    return importlib.import_module("irrCAC.raw")


def targets(panel: Panel, took: dict[str, float], compared: dict[str, float]) -> dict[str, bool]:
    """Which targets this panel decides, in words with the numbers, and whether they are met."""
    found = {}
    if panel.ratings.shape == SIZES[0]:
        milliseconds = took["all of these"]
        words = f"{panel.name}: everything in {milliseconds:.1f} ms, at most {SMALL_PANEL_MS:g}"
        found[words] = milliseconds <= SMALL_PANEL_MS
    if panel.ratings.shape == SIZES[2] and "irrCAC" in compared:
        # A study's counts are there already; whoever starts from ratings counts them once for all
        # coefficients. AC2 alone from ratings is mostly counting, and a hundredth of irrCAC is a few
        # plain passes: it is missed, said, and a target all the same.
        races = {
            "AC2 from ratings": ("irrCAC", "Gwet's AC2, from ratings"),
            "AC2 from counts": ("irrCAC", "Gwet's AC2, from counts"),
            "all its coefficients from ratings": (
                "irrCAC, all coefficients",
                "all of irrCAC's, from ratings",
            ),
        }
        for race, (theirs, ours) in races.items():
            if theirs in compared:
                times = compared[theirs] / took[ours]
                words = f"{panel.name}: {race} {times:,.0f} times faster than irrCAC"
                found[f"{words}, at least {TIMES_IRRCAC:g}"] = times >= TIMES_IRRCAC
    if panel.ratings.shape == SIZES[3]:
        passes = in_passes(panel.ratings)
        words = f"{panel.name}: item table in {passes:.1f} plain passes, at most {PASSES:g}"
        found[words] = passes <= PASSES
        matrices = 1 + peak(lambda: full_item_table(panel.ratings)) / panel.ratings.nbytes
        words = f"{panel.name}: item table in {matrices:.2f} times the matrix, at most {MATRICES:g}"
        found[words] = matrices <= MATRICES
    return found


def best(work: Callable[[], Any]) -> float:
    """Milliseconds of the best of several runs."""
    work()
    runs: list[float] = []
    spent = 0.0
    while len(runs) < FEWEST or (spent < SECONDS and len(runs) < MOST):
        begun = time.perf_counter()
        work()
        runs.append(time.perf_counter() - begun)
        spent += runs[-1]
    return 1000 * min(runs)


def in_passes(ratings: Matrix) -> float:
    """The item table in plain passes, measured in turns so that a busy moment hits both."""
    tables, passes = [], []
    for _ in range(7):
        for runs, work in ((tables, lambda: full_item_table(ratings)), (passes, ratings.sum)):
            begun = time.perf_counter()
            work()
            runs.append(time.perf_counter() - begun)
    return min(tables) / min(passes)


def peak(work: Callable[[], Any]) -> int:
    """The most bytes allocated at once while working."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
