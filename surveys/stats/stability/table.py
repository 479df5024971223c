"""Every stability number of every item, in one call."""

import math
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from surveys.stats.ratings import BoolArray, FloatArray, IntArray
from surveys.stats.stability.association import rank_correlation, weighted_kappa
from surveys.stats.stability.moves import change_in_spread
from surveys.stats.stability.reasons import NO_PAIRS, Reasons, first_reason
from surveys.stats.stability.signed_rank import EXACT_UP_TO, signed_rank
from surveys.stats.transitions import TransitionTables, movement

# The names under which the command line and the exports give these numbers.
KEYS = (
    "pairs",
    "unchanged",
    "same_region",
    "within_one",
    "moved_up",
    "moved_down",
    "net_change",
    "signed_rank_statistic",
    "signed_rank_p",
    "signed_rank_exact",
    "shift",
    "weighted_kappa",
    "spearman",
    "kendall_tau_b",
    "iqr_change",
    "sd_change",
)


@dataclass(frozen=True, slots=True, eq=False)
class StabilityTable:
    """Every stability number of every item, by the names the command line and exports use.

    Counts are integers, shares proportions from 0 to 1, the rest as in the functions named in
    `stability_table`; NaN where undefined. ``reasons[key][item]`` says why, or is None.
    """

    pairs: IntArray
    unchanged: FloatArray
    same_region: FloatArray
    within_one: FloatArray
    moved_up: IntArray
    moved_down: IntArray
    net_change: FloatArray
    signed_rank_statistic: FloatArray
    signed_rank_p: FloatArray
    signed_rank_exact: BoolArray
    shift: FloatArray
    weighted_kappa: FloatArray
    spearman: FloatArray
    kendall_tau_b: FloatArray
    iqr_change: FloatArray
    sd_change: FloatArray
    reasons: dict[str, Reasons]
    conventions: dict[str, str]

    def item(self, item: int) -> dict[str, Any]:
        """One item as plain numbers; None where undefined, with ``reasons`` by key."""
        row: dict[str, Any] = {}
        for key in KEYS:
            value = getattr(self, key)[item].item()
            row[key] = None if isinstance(value, float) and math.isnan(value) else value
        row["reasons"] = {
            key: why[item] for key, why in self.reasons.items() if why[item] is not None
        }
        return row


def stability_table(
    tables: TransitionTables, *, bands: npt.ArrayLike, quantile_method: str
) -> StabilityTable:
    """Give every stability number of every item at once.

    tables : `TransitionTables` of two rounds.
    bands : for each point of the scale the number of its band, as in `transitions.movement`.
    quantile_method : definition of the quartiles, as in ``spread``.

    Returns StabilityTable: shares unchanged, in the same band and within one step, and moves up
    and down, and net change (`transitions.movement`); signed rank with Pratt's zeros
    (`signed_rank`); quadratic kappa (`weighted_kappa`); `rank_correlation`; `change_in_spread`.

    Raises ValueError as those functions do.

    Undefined: NaN in the vectors, None in ``item(j)``, each with its reason.

    >>> from surveys.stats.ratings import ScalePoints
    >>> from surveys.stats.transitions import transition_tables
    >>> table = stability_table(
    ...     transition_tables([4, 5, 3], [4, 5, 3], points=ScalePoints(1, 5)),
    ...     bands=[0, 0, 1, 2, 2],
    ...     quantile_method="linear",
    ... )
    >>> row = table.item(0)
    >>> row["unchanged"], row["signed_rank_p"], row["reasons"]["signed_rank_p"]
    (1.0, None, 'no change: every expert kept the rating')
    """
    moved = movement(tables, bands=bands)
    ranks = signed_rank(tables)
    kappa = weighted_kappa(tables)
    correlation = rank_correlation(tables)
    spreads = change_in_spread(tables, quantile_method=quantile_method)
    without_pairs = first_reason((moved.pairs == 0, NO_PAIRS))
    return StabilityTable(
        pairs=moved.pairs,
        unchanged=moved.share(moved.unchanged),
        same_region=moved.share(moved.same_region),
        within_one=moved.share(moved.within_one),
        moved_up=moved.moved_up,
        moved_down=moved.moved_down,
        net_change=moved.net_change,
        signed_rank_statistic=ranks.statistic,
        signed_rank_p=ranks.p,
        signed_rank_exact=ranks.exact,
        shift=ranks.shift,
        weighted_kappa=kappa.kappa,
        spearman=correlation.spearman,
        kendall_tau_b=correlation.kendall_tau_b,
        iqr_change=spreads.iqr,
        sd_change=spreads.sd,
        reasons={
            "unchanged": without_pairs,
            "same_region": without_pairs,
            "within_one": without_pairs,
            "net_change": without_pairs,
            "signed_rank_statistic": ranks.reasons,
            "signed_rank_p": ranks.reasons,
            "shift": without_pairs,
            "weighted_kappa": kappa.reasons,
            "spearman": correlation.reasons,
            "kendall_tau_b": correlation.reasons,
            "iqr_change": spreads.reasons,
            "sd_change": spreads.reasons,
        },
        conventions={
            "pairs": "experts who rated the item in both rounds",
            "signed_rank": (
                "Pratt zeros; smaller rank sum; two-sided; exact permutation with ties up to"
                f" {EXACT_UP_TO} pairs, else normal without continuity correction"
            ),
            "shift": "Hodges-Lehmann: median of Walsh averages, zeros kept",
            "weighted_kappa": "quadratic weights over the full scale",
            "kendall_tau": "tau-b",
            "quantile": quantile_method,
            "change": "later minus earlier, same experts",
        },
    )
