"""Who answered, who left, and could those who left have changed the result?

Three steps, from counting to supposing: response, completion and retention with their
denominators; stayers against leavers, item by item; and the share of agreement with those who
left brought back in, first by a model, then by the best and the worst they could have said. With
a handful of leavers no test has power: show the numbers, and the bounds.
"""

from surveys.stats.participation.adjustment import (
    PENALTY,
    AdjustedShare,
    AttritionBounds,
    RetentionModel,
    adjusted_share,
    attrition_bounds,
    retention_covariates,
    retention_model,
)
from surveys.stats.participation.attrition import (
    AttritionTable,
    TraitAttrition,
    attrition_table,
    trait_attrition,
)
from surveys.stats.participation.response import (
    PanelParticipation,
    Proportion,
    RoundParticipation,
    panel_participation,
    proportion,
)

__all__ = [
    "PENALTY",
    "AdjustedShare",
    "AttritionBounds",
    "AttritionTable",
    "PanelParticipation",
    "Proportion",
    "RetentionModel",
    "RoundParticipation",
    "TraitAttrition",
    "adjusted_share",
    "attrition_bounds",
    "attrition_table",
    "panel_participation",
    "proportion",
    "retention_covariates",
    "retention_model",
    "trait_attrition",
]
