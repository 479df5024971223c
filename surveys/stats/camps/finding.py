"""The question put to a whole panel: ``find``, and the answer it gives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from surveys.stats.camps import evidence as evidence_of
from surveys.stats.camps import grouping, opinion_map
from surveys.stats.camps import statements as statements_of
from surveys.stats.camps.evidence import Evidence, Panel
from surveys.stats.camps.grouping import Division
from surveys.stats.camps.opinion_map import OpinionMap
from surveys.stats.camps.statements import Adjustment, Statements
from surveys.stats.ratings import NOBODY_RATED, BoolArray, FloatArray, IntArray, ScalePoints
from surveys.stats.resampling import Progress

Verdict = Literal["camps", "spectrum", "none"]

# Fewer experts than this cannot be divided into two groups that both could be more than chance.
LEAST_EXPERTS = 8
# A verdict needs chance this small, and overlap this large (Hennig 2007: 0.75 and more is
# stable).
ALPHA = 0.05
LEAST_OVERLAP = 0.75
# With fewer redrawn panels no chance of 0.05 can be shown: 1 / (1 + 19).
LEAST_RESAMPLES = 19
# Under this many experts camps must be far apart to be seen at all.
SMALL_PANEL = 30
# More than two thirds of the first axis are then the experts' own levels (0.82 squared).
MOSTLY_LEVEL = 0.82
# Camps that rated different statements: mean difference in the share that rated.
DIFFERENT_ANSWERING = 0.25
# Adjusted Rand index under which the division is another one with other statements.
LEAST_STATEMENTS_AGREEMENT = 0.5

FEW_EXPERTS = f"fewer than {LEAST_EXPERTS} experts rated enough statements"
ALL_ALIKE = "all experts gave the same ratings"
ONLY_LEVELS = "experts differ in level only"
NO_DIVISION = "no division leaves enough experts in every group"
NOT_RESAMPLED = "no resampling was asked for"

WARNINGS: Mapping[str, str] = {
    "small panel": f"Fewer than {SMALL_PANEL} experts: only camps that lie far apart can be seen,"
    " and one or two experts can make or unmake them.",
    "experts left out": "Some experts rated too little to shape the map. They are shown at the"
    " camp they are nearest to and counted nowhere.",
    "level": "The first axis mostly says who rates high and who rates low on everything. Look"
    " again with every expert's own level removed.",
    "answering": "The camps differ in which statements they rated. They may be groups that were"
    " asked different things.",
    "few statements": "With other statements the experts would divide differently: the division"
    " hangs on few of them.",
}

# Random starts of k-means: for the division reported, for each reference cloud, for each
# redrawn panel. On a two-dimensional map ten are enough to find the best division of up to five
# groups practically always; the reported one gets more because it is done once.
_STARTS, _CLOUD_STARTS, _REDRAWN_STARTS = 20, 10, 5
# Random divisions that the pattern of answering is compared with.
_RANDOM_DIVISIONS = 99
# Each step has random numbers of its own, so that changing one leaves the others alone.
_DIVIDING, _CHANCES, _GAP, _AXIS, _EXPERTS, _STATEMENTS, _ANSWERING = range(7)


@dataclass(frozen=True, slots=True)
class Standing:
    """One expert's place.

    position : on the map; None for somebody who rated nothing drawn.
    camp : the group she belongs to, or is nearest to if not counted; None where there is none.
    counted : whether she rated enough to shape the map.
    membership : share of redrawn panels that put her into that camp, 0 to 1; None where not
        counted or not resampled.
    width : silhouette width, -1 to 1; None where not counted. Below 0 she lies nearer to another
        camp's experts than to her own's.
    """

    position: tuple[float, float] | None
    camp: int | None
    counted: bool
    membership: float | None
    width: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Camps:
    """The answer of ``find``.

    verdict : "camps", "spectrum" or "none"; None where undefined.
    opinion_map, division, evidence, statements : what it rests on; None where undefined.
        ``statements`` has arrays over all items given, NaN for items nobody counted rated.
    reasons : why, by the name of each of these fields that is None.
    warnings : keys of ``WARNINGS`` that apply.
    counted : experts who shaped the map.
    conventions : every choice made, by name.
    """

    verdict: Verdict | None
    opinion_map: OpinionMap | None
    division: Division | None
    evidence: Evidence | None
    statements: Statements | None
    reasons: Mapping[str, str]
    warnings: tuple[str, ...]
    counted: int
    conventions: Mapping[str, str | int | float | bool]

    @property
    def stable(self) -> bool | None:
        """Whether there are stable camps; None where undefined."""
        return None if self.verdict is None else self.verdict == "camps"

    def standing(self, expert: int) -> Standing:
        """One expert's place, by her row in the ratings.

        Raises ValueError where no map could be drawn.
        """
        if self.opinion_map is None:
            raise ValueError(f"expert {expert} has no place: {self.reasons['opinion_map']}")
        x, y = (float(value) for value in self.opinion_map.positions[expert])
        counted = bool(self.opinion_map.counted[expert])
        camp = -1 if self.division is None else int(self.division.labels[expert])
        known = counted and self.division is not None
        return Standing(
            position=None if np.isnan(x) else (x, y),
            camp=None if camp < 0 else camp,
            counted=counted,
            membership=float(self.evidence.membership[expert])
            if known and self.evidence is not None
            else None,
            width=float(self.division.widths[expert])
            if known and self.division is not None
            else None,
        )


def find(
    ratings: npt.ArrayLike,
    *,
    points: ScalePoints | Sequence[ScalePoints],
    seed: int,
    agree_from: float | Sequence[float] | None = None,
    disagree_to: float | Sequence[float] | None = None,
    least_answers: int = 7,
    smallest_camp: int = 3,
    most_camps: int = 5,
    remove_level: bool = False,
    resamples: int = 200,
    adjustment: Adjustment = "holm",
    progress: Progress | None = None,
) -> Camps:
    """Say whether the experts fall into camps, and which.

    ratings : shape (experts, items), NaN missing. Agree / pass / disagree is 1, 0, -1 on
        ``ScalePoints(-1, 1)``.
    points : the scale, or one per item.
    seed : start of the random numbers; same seed, same answer, whatever the order of the rows.
    agree_from, disagree_to : where agreement begins and rejection ends, in scale points, one for
        all items or one each; everything above and below the middle when left out. They matter
        to the counts of statements only, never to map or camps.
    least_answers : ratings an expert needs to shape the map; all where there are fewer items.
    smallest_camp : experts that make a camp.
    most_camps : groups to try at most; also limited to 2 + experts / 12.
    remove_level : take each expert's own mean away first. For ratings of importance, where the
        generous and the strict otherwise become the two camps.
    resamples : redrawn panels, and reference clouds, in each of four steps: at least 19, or 0 for
        map, division and statements without a verdict.
    adjustment : for the p of the statements.
    progress : called as ``progress(done, total)``.

    Returns Camps.

    Raises ValueError for ratings off the scale and for options that make no sense, naming them.

    Undefined: everything when nobody rated, when fewer than 8 experts rated enough, and when all
    counted experts gave the same ratings. A panel that cannot be divided into groups of
    ``smallest_camp`` has a map and the verdict "none". Without resampling there is no verdict.

    Method
        Map: principal components with gaps at the statement's mean and positions stretched by
        sqrt(items / answered). Division: k-means on the map, the number of groups by silhouette
        and parsimony. Verdict "camps": gap_p at most 0.05 and every group's overlap at least
        0.75; "spectrum": not that, but axis_p at most 0.05 and the same overlap; "none"
        otherwise. See the modules for each.

    Checked against
        The four Polis conversations of the real data (published groups), scikit-learn 1.9 for
        each part, and simulated panels with and without camps: ``docs/statistics.md``.

    >>> two_sides = [[1, 1, 2, 9, 8]] * 5 + [[8, 9, 9, 1, 2]] * 5
    >>> camps = find(two_sides, points=ScalePoints(1, 9), seed=1)
    >>> camps.verdict, camps.division.sizes.tolist()
    ('camps', [5, 5])
    """
    _check_options(least_answers, smallest_camp, most_camps, resamples, adjustment)
    opinions = opinion_map.on_common_scale(ratings, points=points)
    taken = statements_of.sides(
        opinions, points=points, agree_from=agree_from, disagree_to=disagree_to
    )
    conventions: dict[str, str | int | float | bool] = {
        "scale": "lowest point -1, middle 0, highest 1; items not standardised",
        "map": "principal components, gaps at the item's mean, stretched by sqrt(items/answered)",
        "division": "k-means, smallest number of groups within one standard error of the best"
        " mean silhouette width",
        "agree_from": "above the middle" if agree_from is None else str(agree_from),
        "disagree_to": "below the middle" if disagree_to is None else str(disagree_to),
        "level_removed": remove_level,
        "least_answers": least_answers,
        "smallest_camp": smallest_camp,
        "most_camps": most_camps,
        "alpha": ALPHA,
        "least_overlap": LEAST_OVERLAP,
        "adjustment": adjustment,
        "resamples": resamples,
        "seed": seed,
    }
    # Rows sorted by what they say: every random draw below then depends on who said what and not
    # on who came first.
    order = np.lexsort(opinions.T[::-1]) if opinions.shape[1] else np.arange(len(opinions))
    back = np.argsort(order)
    opinions, taken = opinions[order], taken.of(order)
    counted = opinion_map.counted_experts(opinions, least_answers=least_answers)
    if np.isnan(opinions).all():
        return _undefined(NOBODY_RATED, counted, conventions)
    if counted.sum() < LEAST_EXPERTS:
        return _undefined(FEW_EXPERTS, counted, conventions)
    drawn = opinion_map.rated_statements(opinions[counted])
    panel = Panel(*opinion_map.filled(opinions[counted][:, drawn]), remove_level=remove_level)
    if panel.axes().total_variance < opinion_map.NO_VARIANCE:
        alike = np.nanstd(opinions[counted][:, drawn], axis=0).max() < opinion_map.NO_VARIANCE
        return _undefined(ALL_ALIKE if alike else ONLY_LEVELS, counted, conventions)

    the_map = opinion_map.draw(opinions, counted=counted, remove_level=remove_level)
    found = grouping.divide(
        the_map.positions[counted],
        most=most_camps,
        smallest=smallest_camp,
        starts=_STARTS,
        rng=np.random.default_rng([seed, _DIVIDING]),
    )
    division = None if found is None else _division(the_map, *found)
    table, evidence = None, None
    if division is not None:
        advance = _counter(progress, 4 * resamples + int(drawn.sum()))
        chances = statements_of.chances(
            panel,
            division.k,
            starts=_REDRAWN_STARTS,
            rng=np.random.default_rng([seed, _CHANCES]),
            advance=advance,
        )
        table = statements_of.tabulate(
            opinions[counted],
            taken.of(counted),
            division.labels[counted],
            division.k,
            p=_for_all_items(drawn, chances[0]),
            reasons=_reasons_for_all_items(drawn, chances[1]),
            adjustment=adjustment,
        )
        if resamples:
            evidence = _evidence(
                panel, division, counted, resamples, smallest_camp, seed=seed, advance=advance
            )
    return Camps(
        verdict=_verdict(division, evidence),
        opinion_map=replace(
            the_map,
            positions=the_map.positions[back],
            answered=the_map.answered[back],
            counted=counted[back],
        ),
        division=division
        and replace(division, labels=division.labels[back], widths=division.widths[back]),
        evidence=evidence and replace(evidence, membership=evidence.membership[back]),
        statements=table,
        reasons=_reasons(division, evidence),
        warnings=_warnings(the_map, remove_level, opinions, division, evidence, seed),
        counted=int(counted.sum()),
        conventions=conventions,
    )


def _undefined(
    reason: str, counted: BoolArray, conventions: Mapping[str, str | int | float | bool]
) -> Camps:
    return Camps(
        verdict=None,
        opinion_map=None,
        division=None,
        evidence=None,
        statements=None,
        reasons=dict.fromkeys(
            ("verdict", "opinion_map", "division", "evidence", "statements"), reason
        ),
        warnings=(),
        counted=int(counted.sum()),
        conventions=conventions,
    )


def _reasons(division: Division | None, evidence: Evidence | None) -> dict[str, str]:
    if division is None:
        return dict.fromkeys(("division", "evidence", "statements"), NO_DIVISION)
    return {} if evidence else dict.fromkeys(("verdict", "evidence"), NOT_RESAMPLED)


def _for_all_items(drawn: BoolArray, values: FloatArray) -> FloatArray:
    every = np.full(len(drawn), np.nan)
    every[drawn] = values
    return every


def _reasons_for_all_items(
    drawn: BoolArray, reasons: tuple[str | None, ...]
) -> tuple[str | None, ...]:
    """The reasons of the items drawn, and for the others that nobody counted rated them."""
    given = iter(reasons)
    return tuple(next(given) if there else NOBODY_RATED for there in drawn)


def _check_options(
    least_answers: int, smallest_camp: int, most_camps: int, resamples: int, adjustment: str
) -> None:
    statements_of.check_adjustment(adjustment)
    least = {"least_answers": (least_answers, 1), "smallest_camp": (smallest_camp, 1)}
    least["most_camps"] = (most_camps, 2)
    for name, (value, lowest) in least.items():
        if value < lowest:
            raise ValueError(f"{name} {value} is below {lowest}")
    if resamples != 0 and resamples < LEAST_RESAMPLES:
        raise ValueError(
            f"resamples {resamples} cannot show a chance of {ALPHA}: 0, or at least"
            f" {LEAST_RESAMPLES}"
        )


def _counter(progress: Progress | None, total: int) -> Callable[[int], None]:
    """Add up steps and report them, if somebody listens."""
    done = 0

    def advance(steps: int) -> None:
        nonlocal done
        done += steps
        if progress is not None:
            progress(done, total)

    return advance


def _division(
    the_map: OpinionMap,
    counted_labels: IntArray,
    silhouettes: dict[int, float],
    errors: dict[int, float],
) -> Division:
    """The division with everybody in it: those not counted at the camp that is nearest."""
    counted, positions = the_map.counted, the_map.positions
    k = int(counted_labels.max()) + 1
    centres = grouping.centres_of(positions[counted], counted_labels, k)
    placed = ~np.isnan(positions[:, 0])
    labels = np.full(len(positions), -1, dtype=np.int64)
    labels[placed] = grouping.nearest_centre(positions[placed], centres)
    labels[counted] = counted_labels
    widths = np.full(len(positions), np.nan)
    widths[counted] = grouping.silhouette_widths(positions[counted], counted_labels, k)
    return Division(
        k=k,
        labels=labels,
        sizes=np.bincount(counted_labels, minlength=k),
        centres=centres,
        widths=widths,
        silhouettes=silhouettes,
        standard_errors=errors,
    )


def _evidence(
    panel: Panel,
    division: Division,
    counted: BoolArray,
    resamples: int,
    smallest: int,
    *,
    seed: int,
    advance: Callable[[int], None],
) -> Evidence:
    labels, k = division.labels[counted], division.k
    gap_p = evidence_of.gap_p(
        panel,
        labels,
        k,
        resamples=resamples,
        starts=_CLOUD_STARTS,
        smallest=smallest,
        rng=np.random.default_rng([seed, _GAP]),
        advance=advance,
    )
    axis_p = evidence_of.axis_p(
        panel,
        resamples=resamples,
        rng=np.random.default_rng([seed, _AXIS]),
        advance=advance,
    )
    overlap, agreement, same = evidence_of.by_redrawn_experts(
        panel,
        labels,
        k,
        resamples=resamples,
        starts=_REDRAWN_STARTS,
        rng=np.random.default_rng([seed, _EXPERTS]),
        advance=advance,
    )
    with_other_statements = evidence_of.by_redrawn_statements(
        panel,
        labels,
        k,
        resamples=resamples,
        starts=_REDRAWN_STARTS,
        rng=np.random.default_rng([seed, _STATEMENTS]),
        advance=advance,
    )
    membership = np.full(len(counted), np.nan)
    membership[counted] = same
    return Evidence(
        gap_p=gap_p,
        axis_p=axis_p,
        overlap=overlap,
        experts_agreement=agreement,
        statements_agreement=with_other_statements,
        membership=membership,
        resamples=resamples,
    )


def _verdict(division: Division | None, evidence: Evidence | None) -> Verdict | None:
    if division is None:
        return "none"
    if evidence is None:
        return None
    if evidence.overlap.min() < LEAST_OVERLAP:
        return "none"
    if evidence.gap_p <= ALPHA:
        return "camps"
    return "spectrum" if evidence.axis_p <= ALPHA else "none"


def _warnings(
    the_map: OpinionMap,
    remove_level: bool,
    opinions: FloatArray,
    division: Division | None,
    evidence: Evidence | None,
    seed: int,
) -> tuple[str, ...]:
    level = the_map.level_correlation
    agreement = None if evidence is None else evidence.statements_agreement
    applies = {
        "small panel": int(the_map.counted.sum()) < SMALL_PANEL,
        "experts left out": not the_map.counted.all(),
        "level": not remove_level and level is not None and abs(level) >= MOSTLY_LEVEL,
        "answering": division is not None
        and _rated_differently(
            ~np.isnan(opinions[the_map.counted]), division.labels[the_map.counted], division.k, seed
        ),
        "few statements": agreement is not None and agreement < LEAST_STATEMENTS_AGREEMENT,
    }
    return tuple(key for key in WARNINGS if applies[key])


def _rated_differently(rated: BoolArray, labels: IntArray, k: int, seed: int) -> bool:
    """Whether the camps rated different statements, by much and by more than chance.

    The mean, over statements, of the largest less the smallest share of a camp that rated. In
    small camps that is large by chance alone, so it must also exceed what all of 99 random
    divisions of the same sizes give.
    """
    rng = np.random.default_rng([seed, _ANSWERING])

    def unlikeness(named: IntArray) -> float:
        member = (named[:, np.newaxis] == np.arange(k)).astype(np.float64).T
        shares = (member @ rated) / member.sum(axis=1, keepdims=True)
        return float(np.ptp(shares, axis=0).mean())

    found = unlikeness(labels)
    if found < DIFFERENT_ANSWERING:
        return False
    return found > max(unlikeness(rng.permutation(labels)) for _ in range(_RANDOM_DIVISIONS))
