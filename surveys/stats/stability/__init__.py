"""Change between rounds: who kept their rating, which way others went, and whether it matters.

Everything about two rounds is computed from ``transitions.TransitionTables``, so that its cost
does not grow with the panel and only experts who rated in both rounds are compared. Three or more
rounds come as arrays. Consensus is another question and is not asked here.

Read the share unchanged first (``transitions.movement``), weighted kappa second, change of the
distribution third: whatever looks at the two distributions only calls a panel stable in which
half moved from 1 to 9 and half from 9 to 1.

No test here can show that nothing changed: a large p-value is absence of evidence. The question
"has it stopped changing?" is answered by `equivalence` and `mean_equivalence`, which ask whether
the change is smaller than a margin fixed beforehand.
"""

from surveys.stats.stability.association import (
    RankCorrelation,
    WeightedKappa,
    rank_correlation,
    weighted_kappa,
    weighted_kappa_interval,
)
from surveys.stats.stability.chi_square import (
    ChiSquareTest,
    IndividualChiSquare,
    Lambda,
    chi_square_group,
    chi_square_individual,
    goodman_kruskal_lambda,
)
from surveys.stats.stability.equivalence import Equivalence, equivalence, mean_equivalence
from surveys.stats.stability.moves import (
    Direction,
    McNemar,
    ShareChange,
    SpreadChange,
    change_in_spread,
    direction_of_moves,
    mcnemar,
    share_change,
)
from surveys.stats.stability.rounds import (
    PageTrend,
    RoundsTest,
    cochran_q,
    friedman_over_rounds,
    page_trend,
)
from surveys.stats.stability.signed_rank import (
    EXACT_UP_TO,
    SignedRank,
    hodges_lehmann_change,
    signed_rank,
)
from surveys.stats.stability.symmetry import bowker, marginal_homogeneity
from surveys.stats.stability.table import KEYS, StabilityTable, stability_table

__all__ = [
    "EXACT_UP_TO",
    "KEYS",
    "ChiSquareTest",
    "Direction",
    "Equivalence",
    "IndividualChiSquare",
    "Lambda",
    "McNemar",
    "PageTrend",
    "RankCorrelation",
    "RoundsTest",
    "ShareChange",
    "SignedRank",
    "SpreadChange",
    "StabilityTable",
    "WeightedKappa",
    "bowker",
    "change_in_spread",
    "chi_square_group",
    "chi_square_individual",
    "cochran_q",
    "direction_of_moves",
    "equivalence",
    "friedman_over_rounds",
    "goodman_kruskal_lambda",
    "hodges_lehmann_change",
    "marginal_homogeneity",
    "mcnemar",
    "mean_equivalence",
    "page_trend",
    "rank_correlation",
    "share_change",
    "signed_rank",
    "stability_table",
    "weighted_kappa",
    "weighted_kappa_interval",
]
