"""What the whole list says of the panel: concordance, agreement beyond chance, with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from surveys.delphi.consensus import Judgement, Verdict
from surveys.services.elsewhere.choices import Choices
from surveys.services.elsewhere.numbers import Entries, Entry
from surveys.services.elsewhere.rounds import Counted
from surveys.stats import concordance, reliability
from surveys.stats.concordance import ResampledInterval
from surveys.stats.reliability import ChanceCorrected, IntraclassCorrelation, Level
from surveys.stats.resampling import Progress

_LEVELS: dict[str, Level] = {
    "ordinal": "ordinal",
    "interval_level": "interval",
    "nominal_level": "nominal",
}
NOT_RESAMPLED = "no resampling was asked for"

# Called with what is being resampled; gives the function that is told how far it is.
Watch = Callable[[str], Progress | None]


def unwatched(_: str) -> Progress | None:
    """Nobody listens."""
    return None


def described(
    round_: Counted,
    choices: Choices,
    *,
    verdicts: dict[str, Judgement] | None = None,
    watch: Watch = unwatched,
) -> Entry:
    """The panel as one object of the result.

    verdicts : counted where given. watch : told about resampling.
    """
    panel = Entries()
    ratings, table = round_.file.ratings, round_.table
    panel.put("experts", len(ratings))
    panel.put("experts_who_rated", np.count_nonzero(round_.who_rated))
    panel.put("items", table.items)
    panel.put("ratings", int(table.n.sum()))
    panel.put("unable", int(table.unable.sum()))
    panel.put("missing", int(table.missing.sum()))
    if verdicts is not None:
        said = Counter(judgement.verdict for judgement in verdicts.values())
        panel.put("verdicts", {verdict.value: said[verdict] for verdict in Verdict})
    _add_concordance(panel, round_, choices, watch)
    _add_agreement(panel, round_, choices, watch)
    _add_intraclass(panel, round_)
    return panel.finished()


def _add_concordance(panel: Entries, round_: Counted, choices: Choices, watch: Watch) -> None:
    ratings = round_.file.ratings
    found = concordance.kendalls_w(ratings)
    panel.put("complete_experts", found.experts)
    panel.put("kendalls_w", found.w, found.reason)
    panel.put("kendalls_w_chi2", found.chi_squared, found.reason)
    panel.put("kendalls_w_df", found.df, found.reason)
    panel.put("kendalls_w_p", found.p_chi_squared, found.reason)
    panel.put("kendalls_w_f", found.f, found.f_reason)
    panel.put("kendalls_w_f_df1", found.df1, found.f_reason)
    panel.put("kendalls_w_f_df2", found.df2, found.f_reason)
    panel.put("kendalls_w_f_p", found.p_f, found.f_reason)
    panel.put("kendalls_w_tied_experts", found.tied_experts)
    _add_resampled(
        panel,
        "kendalls_w_interval",
        choices,
        lambda: concordance.kendalls_w_interval(
            ratings, seed=choices.seed, draws=choices.draws, progress=watch("Kendall's W")
        ),
    )
    ranks = concordance.average_rank_correlation(ratings)
    panel.put("average_rank_correlation", ranks.value, ranks.reason)
    alpha = concordance.cronbach_alpha(ratings)
    panel.put("cronbach_alpha", alpha.alpha, alpha.reason)


def _add_agreement(panel: Entries, round_: Counted, choices: Choices, watch: Watch) -> None:
    table = round_.table
    # "interval" alone would read like a confidence interval.
    for name, level in _LEVELS.items():
        alpha = reliability.krippendorff_alpha(table, level=level)
        panel.put(f"krippendorff_alpha_{name}", alpha.alpha, alpha.reason)
    _add_resampled(
        panel,
        "krippendorff_alpha_ordinal_interval_experts",
        choices,
        lambda: reliability.krippendorff_interval_over_experts(
            round_.file.ratings,
            points=round_.points,
            seed=choices.seed,
            draws=choices.draws,
            progress=watch("Krippendorff's alpha over experts"),
        ),
    )
    _add_resampled(
        panel,
        "krippendorff_alpha_ordinal_interval_items",
        choices,
        lambda: reliability.krippendorff_interval_over_items(
            table,
            seed=choices.seed,
            draws=choices.draws,
            progress=watch("Krippendorff's alpha over items"),
        ),
    )
    for name, found in (
        ("gwet_ac2_quadratic", reliability.gwet_ac(table, weights="quadratic")),
        ("gwet_ac1", reliability.gwet_ac(table, weights="unweighted")),
        ("brennan_prediger_quadratic", reliability.brennan_prediger(table, weights="quadratic")),
        ("fleiss_kappa", reliability.fleiss_kappa(table)),
        ("percent_agreement", reliability.percent_agreement(table)),
    ):
        _add_corrected(panel, name, found)


def _add_corrected(panel: Entries, name: str, found: ChanceCorrected) -> None:
    panel.put(name, found.coefficient, found.reason)
    panel.put_interval(f"{name}_interval", found.lower, found.upper, found.interval_reason)


def _add_intraclass(panel: Entries, round_: Counted) -> None:
    found = reliability.icc(round_.file.ratings)
    for name, form in (("icc_a1", found.agreement), ("icc_ak", found.mean_agreement)):
        _add_form(panel, name, form)


def _add_form(panel: Entries, name: str, form: IntraclassCorrelation) -> None:
    panel.put(name, form.value, form.reason)
    panel.put_interval(f"{name}_interval", form.lower, form.upper, form.interval_reason)


def _add_resampled(
    panel: Entries, name: str, choices: Choices, draw: Callable[[], ResampledInterval]
) -> None:
    if not choices.draws:
        panel.put(name, None, NOT_RESAMPLED)
        return
    found = draw()
    panel.put_interval(name, found.lower, found.upper, found.reason)
