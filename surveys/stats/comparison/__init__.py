"""Do stakeholder groups rate differently, and by how much?

With five to twenty experts in a group, read the effect size and its interval first (by how many
points, how often is one above the other) and the p-value second. Everything is computed from one
count table per group, so that its cost does not grow with the panel and a database can deliver
the counts.
"""

from surveys.stats.comparison.categories import FisherTest, fisher_test
from surveys.stats.comparison.effect_sizes import (
    CliffsDelta,
    LocationShift,
    StandardisedDifference,
    cliffs_delta,
    hodges_lehmann_shift,
    standardised_difference,
)
from surveys.stats.comparison.groups import GroupTables, group_tables
from surveys.stats.comparison.multiplicity import benjamini_hochberg, holm
from surveys.stats.comparison.rank_tests import (
    DunnTest,
    KruskalWallis,
    MannWhitney,
    dunn_test,
    kruskal_wallis,
    mann_whitney,
)

__all__ = [
    "CliffsDelta",
    "DunnTest",
    "FisherTest",
    "GroupTables",
    "KruskalWallis",
    "LocationShift",
    "MannWhitney",
    "StandardisedDifference",
    "benjamini_hochberg",
    "cliffs_delta",
    "dunn_test",
    "fisher_test",
    "group_tables",
    "hodges_lehmann_shift",
    "holm",
    "kruskal_wallis",
    "mann_whitney",
    "standardised_difference",
]
