"""Do the experts' ratings tell the items apart? Agreement corrected for chance, and ICC.

All of these treat **items as the subjects and experts as the raters**: they ask whether experts
agree on *which* items are high and which are low, beyond what their habits of rating would produce.
They do not ask whether the panel agrees on one item. When a panel is unanimous about everything
(every item rated 8 or 9 by everybody), there is nothing left to tell apart: alpha, Fleiss' and
Conger's kappa and the ICC then fall to 0 or become undefined although consensus could not be
better. Gwet's coefficient, Brennan and Prediger's and the plain agreement stay high. Show the item
shares first, these second, and this paragraph with them.

Except for Conger's kappa, the ICC and the resampling of experts, everything is computed from the
category-count table, so the cost does not grow with the panel once the table stands.
"""

from surveys.stats.reliability.chance_corrected import (
    ChanceCorrected,
    brennan_prediger,
    conger_kappa,
    fleiss_kappa,
    gwet_ac,
    percent_agreement,
)
from surveys.stats.reliability.intraclass import (
    IntraclassCorrelation,
    IntraclassCorrelations,
    icc,
)
from surveys.stats.reliability.krippendorff import (
    LEVELS,
    KrippendorffAlpha,
    Level,
    krippendorff_alpha,
    krippendorff_interval_over_experts,
    krippendorff_interval_over_items,
)
from surveys.stats.reliability.two_ratings import (
    PairedKappa,
    kappa,
    kappa_from_table,
    kappa_interval,
    kappas_from_tables,
)
from surveys.stats.reliability.weights import (
    WEIGHTS,
    Weights,
    agreement_from_disagreement,
    agreement_weights,
)

__all__ = [
    "LEVELS",
    "WEIGHTS",
    "ChanceCorrected",
    "IntraclassCorrelation",
    "IntraclassCorrelations",
    "KrippendorffAlpha",
    "Level",
    "PairedKappa",
    "Weights",
    "agreement_from_disagreement",
    "agreement_weights",
    "brennan_prediger",
    "conger_kappa",
    "fleiss_kappa",
    "gwet_ac",
    "icc",
    "kappa",
    "kappa_from_table",
    "kappa_interval",
    "kappas_from_tables",
    "krippendorff_alpha",
    "krippendorff_interval_over_experts",
    "krippendorff_interval_over_items",
    "percent_agreement",
]
