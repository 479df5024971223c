"""Every item under every definition: which verdicts are the panel's, and which are the rule's.

Published definitions of consensus keep very different sets of items from the same ratings. A study
fixes one; this shows what the others would have said, so that a reader sees which items are in
whatever one asks, and which hang on the definition.

Source of the idea: Steegen S, et al. Perspect Psychol Sci 2016;11:702-12 (multiverse analysis).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from surveys.delphi.conditions import table_of
from surveys.delphi.consensus import ConsensusRule, Verdict
from surveys.delphi.presets import fitting
from surveys.delphi.scale import Scale
from surveys.delphi.stored import Json
from surveys.delphi.summary import Groups, ItemCounts

# The name under which a study's own rule stands among the definitions.
OWN = "own rule"


@dataclass(frozen=True, slots=True)
class Multiverse:
    """Verdicts of items (rows) under definitions (columns).

    items : their codes. definitions : their ids, the study's own rule first where there is one.
    rules : the rules behind them, in the same order.
    verdicts : one row per item.
    """

    items: tuple[str, ...]
    definitions: tuple[str, ...]
    rules: tuple[ConsensusRule, ...]
    verdicts: tuple[tuple[Verdict, ...], ...]

    def verdict(self, item: str, definition: str) -> Verdict:
        """One verdict. Raises ValueError for an unknown item or definition."""
        return self.verdicts[_place(self.items, item)][_place(self.definitions, definition)]

    def column(self, definition: str) -> tuple[Verdict, ...]:
        """The verdicts of one definition, per item."""
        place = _place(self.definitions, definition)
        return tuple(row[place] for row in self.verdicts)

    def kept(self) -> dict[str, int]:
        """How many items each definition has in."""
        return {name: self.column(name).count(Verdict.IN) for name in self.definitions}

    @property
    def in_under_all(self) -> tuple[str, ...]:
        """Items that every definition has in."""
        return tuple(item for item, count in self._times_in() if count == len(self.definitions))

    @property
    def in_under_none(self) -> tuple[str, ...]:
        """Items that no definition has in."""
        return tuple(item for item, count in self._times_in() if count == 0)

    @property
    def depending(self) -> tuple[str, ...]:
        """Items that some definitions have in and others not: they hang on the definition."""
        between = range(1, len(self.definitions))
        return tuple(item for item, count in self._times_in() if count in between)

    def _times_in(self) -> list[tuple[str, int]]:
        rows = zip(self.items, self.verdicts, strict=True)
        return [(item, row.count(Verdict.IN)) for item, row in rows]

    def flips(self, reference: str | None = None) -> dict[str, int]:
        """Per definition, how many verdicts differ from those of a reference definition.

        reference : by default the first definition, which is the study's own rule where given.
        """
        against = self.column(self.definitions[0] if reference is None else reference)
        return {
            name: sum(
                mine is not theirs for mine, theirs in zip(self.column(name), against, strict=True)
            )
            for name in self.definitions
        }

    def flips_by_item(self, reference: str | None = None) -> dict[str, int]:
        """Per item, how many definitions give another verdict than the reference."""
        place = 0 if reference is None else _place(self.definitions, reference)
        return {
            item: sum(verdict is not row[place] for verdict in row)
            for item, row in zip(self.items, self.verdicts, strict=True)
        }

    def spread(self, item: str) -> dict[Verdict, int]:
        """How many definitions give each verdict on one item."""
        found = Counter(self.verdicts[_place(self.items, item)])
        return {verdict: found[verdict] for verdict in Verdict}

    def to_json(self) -> dict[str, Json]:
        """The whole table for an export, with each definition's rule and hash."""
        return {
            "definitions": {
                name: {"rule": rule.to_json(), "hash": rule.hash, "kept": kept, "flips": flips}
                for name, rule, kept, flips in zip(
                    self.definitions,
                    self.rules,
                    self.kept().values(),
                    self.flips().values(),
                    strict=True,
                )
            },
            "items": {
                item: {
                    name: verdict.value for name, verdict in zip(self.definitions, row, strict=True)
                }
                for item, row in zip(self.items, self.verdicts, strict=True)
            },
            "in_under_all": list(self.in_under_all),
            "in_under_none": list(self.in_under_none),
            "depending": list(self.depending),
        }


def _place(names: tuple[str, ...], name: str) -> int:
    if name not in names:
        raise ValueError(f"{name!r} is not among {', '.join(names)}")
    return names.index(name)


def multiverse(
    items: Mapping[str, ItemCounts],
    scale: Scale,
    *,
    own: ConsensusRule | None = None,
    groups: Mapping[str, Groups] | None = None,
    rules: Mapping[str, ConsensusRule] | None = None,
    quantile_method: str | int = "linear",
    unable_in_denominator: bool = False,
) -> Multiverse:
    """Judge every item by every definition that fits the scale.

    items : counts by item code. own : the study's rule, compared as it is.
    groups : the same items by stakeholder group, for the definitions that ask for groups.
    rules : definitions to compare instead of the presets that fit.
    quantile_method, unable_in_denominator : settings that all presets take over, so that only the
        definitions differ.

    Raises ValueError when no definition is left, or when counts do not fit the scale.
    """
    chosen = dict(rules) if rules is not None else _presets(scale, groups is not None)
    if rules is None:
        chosen = {name: rule.with_quantiles(quantile_method) for name, rule in chosen.items()}
        if unable_in_denominator:
            chosen = {name: rule.counting_unable() for name, rule in chosen.items()}
    if own is not None:
        chosen = {OWN: own, **chosen}
    if not chosen:
        raise ValueError("there is no definition to compare")
    table = table_of(list(items.values()), scale)
    columns = [
        _by_group(rule, items, scale, groups)
        if rule.asks_groups and groups is not None
        else rule.judge_each(table, scale)
        for rule in chosen.values()
    ]
    return Multiverse(
        tuple(items), tuple(chosen), tuple(chosen.values()), tuple(zip(*columns, strict=True))
    )


def _by_group(
    rule: ConsensusRule,
    items: Mapping[str, ItemCounts],
    scale: Scale,
    groups: Mapping[str, Groups],
) -> tuple[Verdict, ...]:
    """One by one, because not every group was asked every item."""
    return tuple(
        rule.judge(counts, scale, groups.get(item)).verdict for item, counts in items.items()
    )


def _presets(scale: Scale, with_groups: bool) -> dict[str, ConsensusRule]:
    made = {chosen.id: chosen.rule(scale) for chosen in fitting(scale, groups=with_groups)}
    return {name: rule for name, rule in made.items() if isinstance(rule, ConsensusRule)}
