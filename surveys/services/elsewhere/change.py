"""From an earlier round to this one: did ratings settle, who left, and could they have mattered?

Experts are paired by their code, items by theirs. An item that is new has no pairs; an item that is
gone is named and nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from surveys.delphi.consensus import Judgement
from surveys.delphi.scale import Band
from surveys.delphi.stopping import StoppingRule
from surveys.delphi.stored import Json
from surveys.delphi.summary import PairCounts
from surveys.services.elsewhere import panel
from surveys.services.elsewhere.certainty import NO_GROUPS
from surveys.services.elsewhere.choices import Choices
from surveys.services.elsewhere.numbers import Entries, Entry, without_nothing
from surveys.services.elsewhere.panel import NOT_RESAMPLED, Watch
from surveys.services.elsewhere.reading import RatingsFile
from surveys.services.elsewhere.rounds import Counted, as_items
from surveys.stats import participation, stability, transitions
from surveys.stats.participation import AdjustedShare
from surveys.stats.participation.response import NOBODY_BEFORE
from surveys.stats.ratings import NOBODY_RATED, BoolArray, FloatArray
from surveys.stats.resampling import NO_DRAW_DEFINED
from surveys.stats.transitions import NO_PAIRS, TransitionTables

# A mean change of less than half a point does not matter to anybody who rates in whole points.
MARGIN = 0.5
NOBODY_STAYED = "nobody of the earlier round rated in this one"
BY_GROUP = "not computed for rules that ask stakeholder groups"
KAPPA_BY_CONSTRUCTION = "one round is unanimous, so kappa is 0 in every resample"


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """Two rounds laid side by side.

    experts : of either round, those of this round first, in its order. items : of this round.
    earlier, later : ratings, shape (experts, items), NaN where there is none.
    """

    before: Counted
    now: Counted
    experts: tuple[str, ...]
    earlier: FloatArray
    later: FloatArray

    @property
    def items(self) -> tuple[str, ...]:
        """The items of this round."""
        return self.now.file.items

    @property
    def common_items(self) -> tuple[str, ...]:
        """The items of both rounds, in this round's order."""
        there = set(self.before.file.items)
        return tuple(code for code in self.items if code in there)


def paired(before: Counted, now: Counted) -> Paired:
    """Lay two rounds side by side by the codes of experts and items."""
    experts = tuple(dict.fromkeys((*now.file.experts, *before.file.experts)))
    return Paired(
        before=before,
        now=now,
        experts=experts,
        earlier=_laid(before, experts, now.file.items),
        later=_laid(now, experts, now.file.items),
    )


def strangers(before: RatingsFile, now: RatingsFile) -> list[str]:
    """What makes two files no two rounds of one panel; nothing, when they are."""
    names = f"{before.name} and {now.name}"
    problems = []
    if not set(before.experts) & set(now.experts):
        problems.append(f"{names} have no expert in common; experts are paired by their code")
    if not set(before.items) & set(now.items):
        problems.append(f"{names} have no item in common; items are paired by their code")
    return problems


def earlier_round(pair: Paired, choices: Choices) -> Entry:
    """What the earlier round was, and what the two have in common."""
    entry = Entries()
    common = set(pair.common_items)
    entry.put("experts_in_both", len(set(pair.before.file.experts) & set(pair.now.file.experts)))
    entry.put("items_in_both", len(common))
    entry.put("items_new", [code for code in pair.items if code not in common])
    entry.put("items_gone", [code for code in pair.before.file.items if code not in common])
    # As a trend beside this round's numbers; their intervals are drawn for this round only.
    entry.put("panel", panel.described(pair.before, replace(choices, draws=0)))
    return entry.finished()


@dataclass(frozen=True, slots=True)
class Settled:
    """How each item's ratings moved, by code, and every choice about it by name."""

    items: dict[str, Entry]
    conventions: dict[str, Json]


def settled(
    pair: Paired, verdicts: dict[str, Judgement], choices: Choices, watch: Watch
) -> Settled:
    """Say how each item's ratings moved between the rounds, and whether they settled."""
    tables = transitions.transition_tables(pair.earlier, pair.later, points=pair.now.points)
    bands = [list(Band).index(pair.now.scale.band_of(point)) for point in pair.now.scale]
    # Bands are numbered without a gap where the middle is empty.
    numbers = [sorted(set(bands)).index(band) for band in bands]
    rows = stability.stability_table(tables, bands=numbers, quantile_method=choices.quantile_method)
    extras = _Extras(tables, pair, choices, watch)
    entries = {}
    for place, code in enumerate(pair.items):
        item = Entries()
        row = rows.item(place)
        reasons = row.pop("reasons")
        for name, value in row.items():
            item.put(name, value, reasons.get(name))
        extras.add(item, place)
        pairs = PairCounts(tuple(tuple(line) for line in tables.counts[place].tolist()))
        judgement = choices.stability.judge(pairs, pair.now.scale)
        item.put("stable", judgement.stable, judgement.sentence("en"))
        item.put("stable_reason", judgement.sentence("en"))
        outcome = StoppingRule().classify(
            verdicts[code].verdict, judgement.stable, pair.now.items[code], pair.now.scale
        )
        item.put("outcome", outcome)
        entries[code] = item.finished()
    rule = choices.stability
    conventions: dict[str, Json] = {
        "stability_rule": choices.stability_text,
        "stability_rule_sentence": rule.sentence("en"),
        "stability_rule_hash": rule.hash,
        "stability_rule_json": without_nothing(rule.to_json()),
        "stability_margin": MARGIN,
        "stability_outcome": "in Dajani's order: stable, consensus, majority, plurality, bipolar,"
        " disagreement",
    }
    conventions |= {f"stability_{name}": text for name, text in rows.conventions.items()}
    return Settled(entries, conventions)


class _Extras:
    """Numbers about change beside those of the stability table, for every item at once."""

    def __init__(
        self, tables: TransitionTables, pair: Paired, choices: Choices, watch: Watch
    ) -> None:
        self.pairs = tables.pairs
        inside = _high(pair.now)
        self.spread = stability.change_in_spread(tables, quantile_method=choices.quantile_method)
        self.share = stability.share_change(tables, inside=inside)
        self.mcnemar = stability.mcnemar(tables, inside=inside)
        self.direction = stability.direction_of_moves(tables)
        self.symmetry = stability.bowker(tables)
        self.margins = stability.marginal_homogeneity(tables)
        self.mean = stability.mean_equivalence(tables, margin=MARGIN)
        self.kappa = stability.weighted_kappa(tables)
        self.kappa_interval = (
            stability.weighted_kappa_interval(
                tables,
                seed=choices.seed,
                draws=choices.draws,
                progress=watch("weighted kappa"),
            )
            if choices.draws
            else None
        )

    def add(self, item: Entries, place: int) -> None:
        """Put one item's numbers."""
        without = NO_PAIRS if self.pairs[place] == 0 else None
        share, mean, mcnemar = self.share, self.mean, self.mcnemar
        item.put("cv_change", self.spread.cv[place], self.spread.cv_reasons[place])
        item.put("share_high_change", share.change[place], without)
        limits = share.lower[place], share.upper[place]
        item.put_interval("share_high_change_interval", *limits, without)
        item.put("mcnemar_mid_p", mcnemar.mid_p[place], mcnemar.reasons[place])
        item.put("moved_toward_median", int(self.direction.toward[place]))
        item.put("moved_away_from_median", int(self.direction.away[place]))
        item.put("bowker_p", self.symmetry.p[place], self.symmetry.reasons[place])
        item.put("stuart_maxwell_p", self.margins.p[place], self.margins.reasons[place])
        item.put("mean_change", mean.change[place], without)
        too_few = mean.reasons[place]
        item.put_interval("mean_change_interval", mean.lower[place], mean.upper[place], too_few)
        known = bool(np.isfinite(mean.lower[place]))
        item.put(
            "mean_change_within_margin", bool(mean.equivalent[place]) if known else None, too_few
        )
        self._add_kappa_interval(item, place)

    def _add_kappa_interval(self, item: Entries, place: int) -> None:
        name = "weighted_kappa_interval"
        if self.kappa_interval is None:
            item.put(name, None, NOT_RESAMPLED)
            return
        reason = self.kappa.reasons[place] or (
            KAPPA_BY_CONSTRUCTION if self.kappa.one_round_unanimous[place] else NO_DRAW_DEFINED
        )
        lower, upper = self.kappa_interval.lower[place], self.kappa_interval.upper[place]
        item.put_interval(name, lower, upper, reason)


def attrition(pair: Paired, verdicts: dict[str, Judgement], choices: Choices) -> Entry:
    """Who left between the rounds, whether they had rated differently, and what they could change.

    Stayed has who rated anything in both rounds; left, who rated anything in the earlier only.
    """
    before, now = _who_rated(pair.before, pair.experts), _who_rated(pair.now, pair.experts)
    stayed, left = before & now, before & ~now
    entry = Entries()
    entry.put("experts_before", int(before.sum()))
    entry.put("stayed", int(stayed.sum()))
    entry.put("left", int(left.sum()))
    entry.put("came", int((~before & now).sum()))
    kept = participation.proportion(int(stayed.sum()), int(before.sum()), reason=NOBODY_BEFORE)
    entry.put("retention", kept.share, kept.reason)
    entry.put_interval("retention_interval", kept.lower, kept.upper, kept.reason)
    _add_groups(entry, pair, before, stayed)
    entry.put("items", _attrition_by_item(pair, before, stayed, verdicts, choices))
    return entry.finished()


def _add_groups(entry: Entries, pair: Paired, before: BoolArray, stayed: BoolArray) -> None:
    """Whether one stakeholder group lost more than another."""
    traits = _groups(pair)
    if traits is None:
        entry.put("group_p", None, NO_GROUPS)
        return
    known = [trait for trait, there in zip(traits, before, strict=True) if there]
    found = participation.trait_attrition(known, stayed[before])
    entry.put("stayed_by_group", dict(zip(found.categories, found.stayed.tolist(), strict=True)))
    entry.put("left_by_group", dict(zip(found.categories, found.left.tolist(), strict=True)))
    entry.put("group_p", found.test.p, found.test.reason)


def _attrition_by_item(
    pair: Paired,
    before: BoolArray,
    stayed: BoolArray,
    verdicts: dict[str, Judgement],
    choices: Choices,
) -> dict[str, Entry]:
    common = [pair.items.index(code) for code in pair.common_items]
    earlier, later = pair.earlier[:, common], pair.later[:, common]
    points, high = pair.now.points, _high(pair.now)
    table = participation.attrition_table(earlier[before], stayed[before], points=points)
    bounds = participation.attrition_bounds(earlier, later, points=points)
    lowest, highest = bounds.share(high)
    adjusted = _adjusted(pair, earlier, later, before, stayed)
    all_low, all_high = as_items(bounds.all_low), as_items(bounds.all_high)
    entries = {}
    for place, code in enumerate(pair.common_items):
        item = Entries()
        item.put("n_stayed", int(table.n_stayed[place]))
        item.put("n_left", int(table.n_left[place]))
        item.put("mean_stayed", table.mean_stayed[place], table.d_reasons[place])
        item.put("mean_left", table.mean_left[place], table.d_reasons[place])
        item.put("d", table.d[place], table.d_reasons[place])
        item.put("p", table.p[place], table.test_reasons[place])
        item.put("p_screened", table.p_screened[place], table.test_reasons[place])
        item.put("leavers", int(bounds.leavers[place]))
        item.put("share_high_lowest", lowest[place], NOBODY_RATED)
        item.put("share_high_highest", highest[place], NOBODY_RATED)
        if adjusted is None:
            item.put("share_high_adjusted", None, NOBODY_STAYED)
        else:
            reason = adjusted.reasons[place]
            item.put("share_high_adjusted", adjusted.adjusted[place], reason)
        said = [
            None if choices.rule.asks_groups else choices.rule.judge(counts, pair.now.scale).verdict
            for counts in (all_low[place], all_high[place])
        ]
        item.put("verdict_if_leavers_low", said[0], BY_GROUP)
        item.put("verdict_if_leavers_high", said[1], BY_GROUP)
        survives = None if None in said else {*said} == {verdicts[code].verdict}
        item.put("verdict_survives", survives, BY_GROUP)
        entries[code] = item.finished()
    return entries


def _adjusted(
    pair: Paired,
    earlier: FloatArray,
    later: FloatArray,
    before: BoolArray,
    stayed: BoolArray,
) -> AdjustedShare | None:
    """The shares with stayers weighted up for leavers like them; None when nobody stayed."""
    if not stayed.any():
        return None
    # The mean over all that was asked then, not only over what came back.
    all_earlier = _laid(pair.before, pair.experts, pair.before.file.items)
    traits = _groups(pair)
    groups = None if traits is None else _chosen(traits, before)
    covariates = participation.retention_covariates(all_earlier[before], groups)
    model = participation.retention_model(stayed[before], covariates)
    return participation.adjusted_share(
        later[before], model.probability, points=pair.now.points, inside=_high(pair.now)
    )


def _laid(round_: Counted, experts: Sequence[str], items: Sequence[str]) -> FloatArray:
    """A round's ratings in the order of other experts and items, NaN where it has none."""
    file = round_.file
    row_of = {expert: row for row, expert in enumerate(file.experts)}
    column_of = {item: column for column, item in enumerate(file.items)}
    laid = np.full((len(experts), len(items)), np.nan)
    rows = [place for place, expert in enumerate(experts) if expert in row_of]
    columns = [place for place, item in enumerate(items) if item in column_of]
    from_rows = [row_of[experts[place]] for place in rows]
    from_columns = [column_of[items[place]] for place in columns]
    laid[np.ix_(rows, columns)] = file.ratings[np.ix_(from_rows, from_columns)]
    return laid


def _who_rated(round_: Counted, experts: Sequence[str]) -> BoolArray:
    rated = dict(zip(round_.file.experts, round_.who_rated.tolist(), strict=True))
    return np.array([rated.get(expert, False) for expert in experts], dtype=np.bool_)


def _groups(pair: Paired) -> list[str | None] | None:
    if pair.now.group_of is None or pair.before.group_of is None:
        return None
    known = dict(zip(pair.before.file.experts, pair.before.group_of, strict=True))
    known |= dict(zip(pair.now.file.experts, pair.now.group_of, strict=True))
    return [known[expert] for expert in pair.experts]


def _chosen(traits: Sequence[str | None], rows: BoolArray) -> list[str | None]:
    return [trait for trait, there in zip(traits, rows, strict=True) if there]


def _high(round_: Counted) -> BoolArray:
    return np.array([point >= round_.scale.high_from for point in round_.scale], dtype=np.bool_)
